"""What could be meant at the caret, from the text before it: no widgets here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gui_app.language.names import Table, Word, Words
from gui_app.ui.editor.highlighter import tokens

KEYWORDS = (
    "for",
    "while",
    "if",
    "elif",
    "else",
    "def",
    "return",
    "break",
    "continue",
    "pass",
    "and",
    "or",
    "not",
    "in",
)
MOST = 200
_DOTTED = re.compile(r"(?P<head>(?:[A-Za-z_]\w*\.)*|.*[\])]\s*\.)(?P<stem>\w*)$", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing to insert: its text, how it is called, and what it does."""

    text: str
    signature: str = ""
    help: str = ""


def candidates(
    words: Words | None, program: str, before: str, *, asked: bool = False
) -> tuple[str, list[Candidate]]:
    """What the caret's word could become: the part that is typed, and what begins with it.

    ``before`` is the caret's line up to the caret. Unless it is ``asked`` for, nothing is offered for less
    than two letters of a bare name.
    """
    if _in_comment_or_string(before):
        return "", []
    match = _DOTTED.search(before)
    head, stem = (match["head"].strip(), match["stem"]) if match else ("", "")
    if stem[:1].isdigit() or (not head and not asked and len(stem) < 2):
        return stem, []
    found = _members(words, head[:-1]) if head else _bare(words, program, stem)
    unique = {c.text: c for c in found if c.text.startswith(stem) and (c.text != stem or c.signature)}
    return stem, sorted(unique.values(), key=lambda c: (c.text.lower(), c.text))[:MOST]


def _in_comment_or_string(before: str) -> bool:
    last = None
    for start, length, kind in tokens(before):
        last = (start + length, kind, before[start : start + length])
    if last is None or last[0] != len(before):
        return False
    closed = len(last[2]) > 1 and last[2][0] == last[2][-1]
    return last[1] == "comment" or (last[1] == "string" and not closed)


def _bare(words: Words | None, program: str, stem: str) -> Iterator[Candidate]:
    yield from (Candidate(keyword) for keyword in KEYWORDS)
    for name in _NAME.findall(program):
        if name != stem:
            yield Candidate(name)
    if words is not None:
        yield from _functions(words.functions)
        yield from (_plain(name, word) for name, word in words.constants.items() if "." not in name)
        yield from (Candidate(name.partition(".")[0]) for name in (*words.namespaces, *words.aliases))


def _members(words: Words | None, head: str) -> Iterator[Candidate]:
    if words is None:
        return
    if not words.is_namespace(head):
        yield from _functions(words.methods)
        yield from (_plain(name.lstrip("."), word) for name, word in words.attributes.items())
        return
    inside = words.aliases.get(head, head)
    yield from _functions(words.namespaces.get(inside, {}))
    for name, word in words.constants.items():
        if name.startswith(f"{head}."):
            yield _plain(name[len(head) + 1 :], word)
    for space in (*words.namespaces, *words.aliases):
        if space.startswith(f"{inside}."):
            yield Candidate(space[len(inside) + 1 :].partition(".")[0])


def _functions(table: Table) -> Iterator[Candidate]:
    for name, word in table.items():
        yield Candidate(name.lstrip("."), f"({word.signature.split(' | ')[0]})", word.help)


def _plain(name: str, word: Word) -> Candidate:
    return Candidate(name, "", word.help)


def call_at(words: Words | None, before: str) -> Candidate | None:
    """The known function inside whose brackets the caret stands."""
    depth = 0
    for place in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[place], 0)
        if depth < 0:
            return _called(words, before[:place])
    return None


def _called(words: Words | None, callee: str) -> Candidate | None:
    match = _DOTTED.search(callee.rstrip())
    if words is None or match is None or not match["stem"]:
        return None
    head, name = match["head"].strip(), match["stem"]
    word = words.functions.get(name) if not head else words.member(head + name) or _method(words, name)
    return None if word is None else Candidate(name, _ways(name, word), word.help)


def _method(words: Words, name: str) -> Word | None:
    return words.methods.get(name) or words.methods.get(f".{name}")


def _ways(name: str, word: Word) -> str:
    return "\n".join(f"{name}({way.strip()})" for way in word.signature.split("|"))


def names(found: Iterable[Candidate]) -> list[str]:
    """The texts alone."""
    return [candidate.text for candidate in found]
