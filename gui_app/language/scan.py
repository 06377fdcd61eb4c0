"""A first look at a program text, token by token: what must not reach Python's own parser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from string import ascii_letters

from gui_app.core.fault import Fault, Span
from gui_app.language import limits

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f\r]+|\\\r?\n)
      |(?P<newline>\n)
      |(?P<comment>\#[^\n]*)
      |(?P<string>[A-Za-z]{0,2}(?:\"\"\"(?s:(?:[^\\]|\\.)*?)\"\"\"|'''(?s:(?:[^\\]|\\.)*?)'''
          |(?!\"\"\"|''')(?:"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')))
      |(?P<number>0[xXoObB][0-9A-Fa-f_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      |(?P<other>.)""",
    re.VERBOSE,
)
_FORBIDDEN = re.compile("[\x00\x0b\x0c\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")
_ESCAPE = re.compile(r"(?s)\\(.)")
_ESCAPED = "nt\\\"'"
_OPEN, _CLOSE, _QUOTES = "([{", ")]}", "\"'"
_SIGNS = ("+", "-", "~", "not")
_LOOKALIKES = {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3", "√": "sqrt(…)"} | {
    "π": "pi",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}


def tokens(source: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and place of each token."""
    for token in _TOKEN.finditer(source):
        yield token.lastgroup or "", token.group(), token.start()


def scan(source: str) -> Fault | None:
    """The first fault of ``source`` that can be seen without parsing it. Linear in its length."""
    if len(source) > limits.MAX_SOURCE or len(source.encode(errors="replace")) > limits.MAX_SOURCE:
        return Fault(f"The program is longer than {limits.MAX_SOURCE:,} characters.", None, "Shorten it.")
    found = _FORBIDDEN.search(source)
    if found:
        place = _place(source, found.start(), found.end())
        return Fault(f"There is an invisible character (U+{ord(found.group()):04X}).", place, "Delete it.")
    look = _Look()
    for kind, text, start in tokens(source):
        problem = look.problem(kind, text)
        if problem:
            return Fault(problem[0], _place(source, start, start + len(text)), problem[1])
    if source.endswith("\\"):
        place = _place(source, len(source) - 1, len(source))
        return Fault("A backslash at the end has no meaning.", place, "Delete it.")
    return None


_Problem = tuple[str, str] | None


class _Look:
    """What has been seen of a text so far, and what is wrong with the next token."""

    def __init__(self) -> None:
        self._depth = self._prefixes = self._branches = 0
        self._previous = "newline"
        self._begun = False

    def problem(self, kind: str, text: str) -> _Problem:
        """What is wrong with a token, and what to do."""
        previous, self._previous = self._previous, kind
        if kind in ("space", "comment", "newline"):
            return None
        if not self._begun and previous == "space":
            return "The line is indented for no reason.", "Move it to the left."
        self._begun = True
        self._prefixes = self._prefixes + 1 if text in _SIGNS else 0
        if self._prefixes > limits.MAX_PREFIXES:
            return "There are too many signs in a row.", "One is enough."
        self._branches += text == "elif"
        if self._branches > limits.MAX_BRANCHES:
            return f"There are more than {limits.MAX_BRANCHES} elif branches.", "Use fewer."
        if kind == "name" and previous == "number":
            return _after_number(text)
        if kind == "number" and len(text) > limits.MAX_NUMBER:
            return f"A number has more than {limits.MAX_NUMBER} characters.", "Write it as in 1.5e30."
        return self._string(text) if kind == "string" else self._other(text) if kind == "other" else None

    def _other(self, text: str) -> _Problem:
        if text in _OPEN:
            self._depth += 1
            if self._depth > limits.MAX_BRACKETS:
                return "There are too many brackets in one another.", "Split the line."
        elif text in _CLOSE:
            self._depth = max(self._depth - 1, 0)
        elif text in _QUOTES:
            return "A string has no end.", "Add the closing quote."
        elif not text.isascii():
            return f"The character {text} is not understood.", f"Write {_in_ascii(text)}."
        return None

    def _string(self, text: str) -> _Problem:
        """What stands in the braces of a formatted string is parsed, too: its depth and its numbers count."""
        if any(found[1] not in _ESCAPED for found in _ESCAPE.finditer(text)):
            return "This backslash has no meaning in a string here.", "Leave it out."
        prefix, body = text[: text.index(text[-1])], text.lstrip(ascii_letters)
        if "f" not in prefix.lower():
            return None
        inside = _Look()
        for kind, part, _ in tokens(body.strip(text[-1])):
            if kind == "number" or (kind == "other" and part in _OPEN + _CLOSE) or part in _SIGNS:
                problem = inside.problem(kind, part)
                if problem:
                    return problem
        return None


def indented(source: str) -> tuple[str, set[int]]:
    """``source`` with a space before each logical line, and the numbers of the lines that begin with one.

    Lines within brackets and strings stay as they are.
    """
    pieces, moved, depth, line = [" "], {1}, 0, 1
    for kind, text, _ in tokens(source):
        pieces.append(text)
        line += text.count("\n")
        if kind == "other" and text in _OPEN + _CLOSE:
            depth = max(depth + (1 if text in _OPEN else -1), 0)
        elif kind == "newline" and not depth:
            pieces.append(" ")
            moved.add(line)
    return "".join(pieces), moved


def _in_ascii(character: str) -> str:
    """What to type instead: ``*`` for ×, ``(`` for a full-width bracket, ``alpha`` for α."""
    plain = unicodedata.normalize("NFKC", character)
    if character in _LOOKALIKES or (plain.isascii() and plain.isprintable()):
        return _LOOKALIKES.get(character, plain)
    name = unicodedata.name(character, "").split()
    return name[-1].lower() if "LETTER" in name and name[-1].isalpha() else "a name in the letters a to z"


def _after_number(text: str) -> tuple[str, str] | None:
    if text in ("j", "J"):
        return "Complex numbers are not part of the language.", "Use real and imaginary parts as two numbers."
    if text in ("if", "else", "and", "or", "is", "in", "not", "for"):
        return f"A number runs into {text}.", "Put a space between them."
    return f"A number runs into the name {text}.", "Write * to multiply: 2*x."


def _place(source: str, start: int, end: int) -> Span:
    line = source.count("\n", 0, start) + 1
    column = start - (source.rfind("\n", 0, start) + 1)
    return Span(line, column, line, column + end - start)
