"""Colours for program text: one regular expression finds the tokens, the palette says how they look."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui_app.ui.theme import Palette

_TOKEN = re.compile(
    r"(?P<comment>\#.*)"
    r"|(?P<string>\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?)"
    r"|(?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d]\w*)(?P<call>\s*\()?"
    r"|(?P<operator>[-+*/%@<>=!&|^~:]+)"
)


def tokens(line: str) -> Iterator[tuple[int, int, str]]:
    """(start, length, kind) of each token of a line; kinds are the keys of ``Palette.syntax``."""
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup or ""
        if match["word"]:
            kind = "keyword" if keyword.iskeyword(match["word"]) else "function" if match["call"] else "name"
            yield match.start("word"), len(match["word"]), kind
        else:
            yield match.start(), len(match[0]), kind


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
        for start, length, kind in tokens(text):
            style = self._formats[kind]
            colour = self._parameters.get(text[start : start + length]) if kind == "name" else None
            if colour:
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
