"""Figures within the inspector's text: formulas, and what a figure of any kind must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter

from gui_app.core.rules.maths import Maths, Text, plain
from gui_app.ui.inspector.boxes import Box, beside, paint, space
from gui_app.ui.inspector.typesetting import LEAST, box_of, lines_of
from gui_app.ui.theme import Palette


class Figure(Protocol):
    """Something that is painted in the middle of a text, and has words for those who copy or hover."""

    def size(self, width: float) -> QSizeF:
        """How much room it takes where there are ``width`` pixels."""

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        """Paint it into ``where``."""

    def plain(self) -> str:
        """What is copied for it."""

    def tip(self, at: QPointF, size: QSizeF) -> str:
        """What is said of the place, from the upper left corner of the figure of that size."""


@dataclass(frozen=True)
class Equation:
    """``left`` = the first of ``rights``, = the next, …, one below the other."""

    left: Maths
    rights: tuple[Maths, ...]
    sign: str = "="

    def plain(self) -> str:
        """In one line for each of ``rights``."""
        first, *others = map(plain, self.rights)
        return "\n".join([f"{plain(self.left)} {self.sign} {first}", *(f"= {other}" for other in others)])


class Formula:
    """Equations below each other, aligned at their signs."""

    GAP, LINE_GAP = 10.0, 6.0

    def __init__(self, equations: tuple[Equation, ...], pixels: int) -> None:
        self._equations, self._pixels = equations, pixels
        self._width, self._box = -1.0, Box(0.0, 0.0, 0.0)
        self._tops: list[tuple[float, str]] = []

    def size(self, width: float) -> QSizeF:
        box = self._laid(width)
        return QSizeF(box.width, box.height) * self._scale(width)

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        if self._width < 0:
            self._laid(where.width())
        colours = {"text": palette.text, "muted": palette.muted, "upstream": palette.accent}
        painter.save()
        painter.translate(where.topLeft())
        scale = where.width() / self._box.width if self._box.width else 1.0
        painter.scale(scale, scale)
        paint(painter, self._box, QPointF(), {role: QColor(name) for role, name in colours.items()})
        painter.restore()

    def plain(self) -> str:
        return "\n".join(equation.plain() for equation in self._equations)

    def tip(self, at: QPointF, size: QSizeF) -> str:
        y = at.y() / (size.height() / self._box.height if self._box.height else 1.0)
        return next((text for top, text in reversed(self._tops) if top <= y), "")

    def _scale(self, width: float) -> float:
        """What could not be broken small enough is painted smaller."""
        return min(1.0, width / self._laid(width).width) if self._laid(width).width else 1.0

    @cached_property
    def _lefts(self) -> list[Box]:
        return [box_of(equation.left, self._pixels) for equation in self._equations]

    def _laid(self, width: float) -> Box:
        """All equations within a width, their baseline at the very top."""
        if width == self._width:
            return self._box
        self._width, self._tops = width, []
        indent = max(left.width for left in self._lefts)
        y, rows = 0.0, list[tuple[Box, float]]()
        for equation, left in zip(self._equations, self._lefts, strict=True):
            self._tops.append((y, equation.plain()))
            for line in self._lines(equation, left, indent, width):
                rows.append((line, y + line.ascent))
                y += line.height + self.LINE_GAP
            y += self.GAP - self.LINE_GAP
        marks = tuple(mark for line, baseline in rows for mark in line.at(0.0, baseline))
        self._box = Box(max(line.width for line, _ in rows), 0.0, y - self.GAP + 1.0, marks)
        return self._box

    def _lines(self, equation: Equation, left: Box, indent: float, width: float) -> list[Box]:
        """The lines of one equation, its sign at ``indent``; the rest of a broken right side stands further in."""
        made = []
        for number, right in enumerate(equation.rights):
            sign = box_of(Text(equation.sign if number == 0 else "=", "relation"), self._pixels)
            head = [space(indent - left.width), left] if number == 0 else [space(indent)]
            rest = [space(indent + sign.width + self._pixels)]
            for place, line in enumerate(self._broken(right, width - indent - sign.width)):
                made.append(beside([*(rest if place else [*head, sign]), line]))
        return made

    def _broken(self, maths: Maths, width: float) -> list[Box]:
        """In one line, if that fits; else in several, smaller if a line is still too wide."""
        box = box_of(maths, self._pixels)
        if box.width <= width:
            return [box]
        lines: list[Box] = []
        for pixels in range(self._pixels, LEAST - 1, -1):
            lines = lines_of(maths, pixels, width - self._pixels)
            if max(line.width for line in lines) <= width - self._pixels:
                break
        return lines
