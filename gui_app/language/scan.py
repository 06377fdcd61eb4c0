"""A first look at a program text, token by token: what must not reach Python's own parser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from gui_app.core.fault import Fault, Span
from gui_app.language import limits

_TOKEN = re.compile(
    r"""(?P<space>[ \t\f\r]+|\\\r?\n)
      |(?P<newline>\n)
      |(?P<comment>\#[^\n]*)
      |(?P<string>[A-Za-z]{0,2}(?:\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''|"[^"\n]*"|'[^'\n]*'))
      |(?P<number>0[xXoObB][0-9A-Fa-f_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
      |(?P<other>.)""",
    re.VERBOSE,
)
_FORBIDDEN = re.compile("[\x00\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]")
_OPEN, _CLOSE = "([{", ")]}"
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


def scan(source: str) -> Iterator[Fault]:
    """Faults of ``source`` that can be seen without parsing it, in order. Linear in its length."""
    if len(source) > limits.MAX_SOURCE or len(source.encode(errors="replace")) > limits.MAX_SOURCE:
        yield Fault(f"The program is longer than {limits.MAX_SOURCE:,} characters.", None, "Shorten it.")
        return
    for found in _FORBIDDEN.finditer(source):
        place = _place(source, found.start(), found.end())
        yield Fault(f"There is an invisible character (U+{ord(found.group()):04X}).", place, "Delete it.")
    depth = prefixes = branches = 0
    previous = ""
    for token in _TOKEN.finditer(source):
        kind, text = token.lastgroup, token.group()
        if kind in ("space", "comment"):
            previous = ""
            continue
        problem = None
        if kind == "other" and text in _OPEN:
            depth += 1
            problem = (
                ("There are too many brackets in one another.", "Split the line.")
                if depth > limits.MAX_BRACKETS
                else None
            )
        elif kind == "other" and text in _CLOSE:
            depth = max(depth - 1, 0)
        elif kind == "number" and len(text) > limits.MAX_NUMBER:
            problem = (f"A number has more than {limits.MAX_NUMBER} characters.", "Write it as in 1.5e30.")
        elif kind == "name" and previous == "number":
            problem = _after_number(text)
        elif kind == "other" and not text.isascii():
            problem = (f"The character {text} is not understood.", f"Write {_in_ascii(text)}.")
        elif kind == "string" and "\\" in text:
            problem = ("A backslash has no meaning in a string here.", "Leave it out.")
        prefixes = prefixes + 1 if text in ("+", "-", "~", "not") else 0
        if prefixes > limits.MAX_PREFIXES:
            problem = ("There are too many signs in a row.", "One is enough.")
        branches += text == "elif"
        if branches > limits.MAX_BRANCHES:
            problem = (f"There are more than {limits.MAX_BRANCHES} elif branches.", "Use fewer.")
        if problem:
            yield Fault(problem[0], _place(source, token.start(), token.end()), problem[1])
        previous = kind or ""


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
