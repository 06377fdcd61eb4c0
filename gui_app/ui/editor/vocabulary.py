"""What could be meant at the caret, from the text before it: no widgets here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gui_app.language.names import Table, Word, Words
from gui_app.ui.editor.highlighter import scan

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
    "is",
    "with",
    "import",
    "from",
    "True",
    "False",
    "None",
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
    found, opened = scan(before)
    return bool(opened) or bool(found and found[-1][2] == "comment")


def _bare(words: Words | None, program: str, stem: str) -> Iterator[Candidate]:
    yield from (Candidate(keyword) for keyword in KEYWORDS)
    for name in _NAME.findall(program):
        if name != stem:
            yield Candidate(name)
    if words is not None:
        yield from _functions(words.functions)
        yield from _contexts(words, "")
        yield from (_plain(name, word) for name, word in words.constants.items() if "." not in name)
        yield from (Candidate(name.partition(".")[0]) for name in (*words.namespaces, *words.aliases))


def _members(words: Words | None, head: str) -> Iterator[Candidate]:
    if words is None:
        return
    if not words.is_namespace(head):
        yield from _functions(words.methods)
        yield from (_plain(name.lstrip("."), word) for name, word in words.attributes.items())
        return
    inside = words.full(head)
    yield from _functions(words.namespaces.get(inside, {}))
    yield from _contexts(words, f"{head}.")
    for name, word in words.constants.items():
        if name.startswith(f"{head}."):
            yield _plain(name[len(head) + 1 :], word)
    for space in (*words.namespaces, *words.aliases):
        if space.startswith(f"{inside}."):
            yield Candidate(space[len(inside) + 1 :].partition(".")[0])


def _functions(table: Table) -> Iterator[Candidate]:
    for name, word in table.items():
        yield Candidate(name.lstrip("."), f"({word.signature.split(' | ')[0]})", word.help)


def _contexts(words: Words, head: str) -> Iterator[Candidate]:
    """What may stand after ``with`` below that namespace."""
    for name, word in words.contexts.items():
        if name.startswith(head) and "." not in name[len(head) :]:
            yield Candidate(name[len(head) :], f"({word.signature})", word.help)


def _plain(name: str, word: Word) -> Candidate:
    return Candidate(name, "", word.help)


def call_at(words: Words | None, before: str) -> Candidate | None:
    """The known function inside whose brackets the caret stands; ``before`` may have several lines."""
    depth, code = 0, "\n".join(map(_bare_code, before.split("\n")))
    for place in range(len(code) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(code[place], 0)
        if depth < 0:
            return _called(words, code[:place].rpartition("\n")[2])
    return None


def _bare_code(line: str) -> str:
    """The line with blanks for comments and strings: their brackets do not count."""
    for start, length, kind in scan(line)[0]:
        if kind in ("comment", "string"):
            line = line[:start] + " " * length + line[start + length :]
    return line


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
