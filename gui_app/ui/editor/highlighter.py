"""Colours for program text: one regular expression finds the tokens, the palette says how they look."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui_app.ui.theme import Palette

Token = tuple[int, int, str]
"""Start, length and kind; kinds are the keys of ``Palette.syntax``."""

_TOKEN = re.compile(
    r"(?P<comment>\#.*)"
    r"|(?P<prefix>[fFrRbBuU]{0,2})(?P<string>\"\"\"|'''|\"|')"
    r"|(?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d]\w*)(?P<call>\s*\()?"
    r"|(?P<operator>[-+*/%@<>=!&|^~:]+)"
)
_REST = {quote: re.compile(rf"(?:\\.|(?!{quote}).)*(?P<end>{quote})?") for quote in ('"""', "'''", '"', "'")}
"""From behind an opening quote to behind the closing one, or to the end of the line."""
_INSERTED = re.compile(r"\{\{|\}\}|\{(?P<code>[^{}]*)\}")
_ACROSS_LINES = ("", '"""', "'''", 'f"""', "f'''")
"""What may be open at the end of a line, by the number that Qt keeps for the line."""


def scan(line: str, inside: str = "") -> tuple[list[Token], str]:
    """The tokens of a line, and the quote of the string that is open at its end (``f`` before a formatted one's).

    ``inside`` is what was open at its beginning.
    """
    found: list[Token] = []
    place, opened = 0, inside
    if inside:
        place, opened = _string(line, 0, 0, inside, found)
    while not opened and (match := _TOKEN.search(line, place)):
        place = match.end()
        if match["string"]:
            formatted = "f" * ("f" in match["prefix"].lower())
            place, opened = _string(line, match.start(), place, formatted + match["string"], found)
        elif match["word"]:
            word = match["word"]
            kind = "keyword" if keyword.iskeyword(word) else "function" if match["call"] else "name"
            found.append((match.start(), len(word), kind))
        else:
            found.append((match.start(), len(match[0]), match.lastgroup or ""))
    return found, opened


def _string(line: str, start: int, inner: int, opened: str, found: list[Token]) -> tuple[int, str]:
    """The tokens of a string that begins at ``start``, its text at ``inner``; where it ends, and what is still open."""
    match = _REST[opened.lstrip("f")].match(line, inner)
    assert match is not None
    end, last = match.end(), start
    for code in _INSERTED.finditer(line, inner, end) if opened[0] == "f" else ():
        if code["code"]:
            first = code.start("code")
            found.append((last, first - last, "string"))
            found.extend((first + at, length, kind) for at, length, kind in scan(code["code"])[0])
            last = code.end("code")
    if end > last:
        found.append((last, end - last, "string"))
    return end, "" if match["end"] else opened


def tokens(line: str) -> Iterator[Token]:
    """The tokens of a line by itself."""
    return iter(scan(line)[0])


class ProgramHighlighter(QSyntaxHighlighter):
    """Syntax colours; a parameter wears its own colour, as in every other view."""

    def __init__(self, document: QTextDocument, palette: Palette) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._parameters: Mapping[str, str] = {}
        self.apply_theme(palette)

    def apply_theme(self, palette: Palette) -> None:
        """Colour with another palette."""
        self._formats = {kind: _format(colour) for kind, colour in palette.syntax.items()}
        self._formats["comment"].setFontItalic(True)
        self.rehighlight()

    def set_parameters(self, colours: Mapping[str, str]) -> None:
        """The colour of each parameter by name."""
        if dict(colours) != dict(self._parameters):
            self._parameters = dict(colours)
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        units = _utf16_offsets(text)
        found, opened = scan(text, _ACROSS_LINES[max(0, self.previousBlockState())])
        self.setCurrentBlockState(_ACROSS_LINES.index(opened) if opened in _ACROSS_LINES else 0)
        for start, length, kind in found:
            style = self._formats[kind]
            colour = self._parameters.get(text[start : start + length]) if kind == "name" else None
            if colour and not text[:start].rstrip().endswith("."):
                style = _format(colour)
                style.setFontWeight(QFont.Weight.DemiBold)
            self.setFormat(units[start], units[start + length] - units[start], style)


def _format(colour: str) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setForeground(QColor(colour))
    return style


def _utf16_offsets(text: str) -> list[int] | range:
    """Where each character of ``text`` stands in Qt's UTF-16 text, and its end."""
    if text.isascii():
        return range(len(text) + 1)
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if ord(character) > 0xFFFF else 1))
    return offsets
