"""Boxes with a baseline, and how they are put together: what a formula is made of on paper.

Coordinates are pixels from the left end of the baseline, y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPainterPath, QPen

FAMILIES = (
    *(
        "STIX Two Text",
        "Cambria",
        "Latin Modern Roman",
        "Libertinus Serif",
        "TeX Gyre Termes",
        "Nimbus Roman",
    ),
    *("Times New Roman", "Liberation Serif", "Noto Serif", "DejaVu Serif"),
)
"""Typefaces for formulas, the best first."""


class Glyphs(NamedTuple):
    """A text with the left end of its baseline."""

    text: str
    font: QFont
    x: float
    y: float
    role: str


class Stroke(NamedTuple):
    """A line along a path, whose origin is at (x, y)."""

    path: QPainterPath
    width: float
    x: float
    y: float
    role: str


Mark = Glyphs | Stroke


class Box(NamedTuple):
    """Marks with their extent around the baseline."""

    width: float
    ascent: float
    descent: float
    marks: tuple[Mark, ...] = ()

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.ascent + self.descent

    def at(self, x: float, y: float) -> tuple[Mark, ...]:
        """Its marks, moved."""
        return tuple(mark._replace(x=mark.x + x, y=mark.y + y) for mark in self.marks)

    def tinted(self, role: str) -> Box:
        """In another colour, where it has none of its own."""
        marks = tuple(mark._replace(role=role) if mark.role == "text" else mark for mark in self.marks)
        return self._replace(marks=marks)


def space(width: float) -> Box:
    """Nothing, so wide."""
    return Box(width, 0.0, 0.0)


def beside(boxes: Sequence[Box]) -> Box:
    """One after the other on one baseline."""
    x, marks = 0.0, list[Mark]()
    for box in boxes:
        marks += box.at(x, 0.0)
        x += box.width
    ascent = max((box.ascent for box in boxes), default=0.0)
    return Box(x, ascent, max((box.descent for box in boxes), default=0.0), tuple(marks))


def grid(rows: Sequence[Sequence[Box]], gap: tuple[float, float], align: str, axis: float) -> Box:
    """Rows of boxes in columns, centred around ``axis`` above the baseline; ``align`` has a letter a column."""
    columns = [max(row[k].width for row in rows) for k in range(len(rows[0]))]
    heights = [max(b.ascent for b in row) + max(b.descent for b in row) for row in rows]
    total = sum(heights) + gap[1] * (len(rows) - 1)
    y, marks = -axis - total / 2, list[Mark]()
    for row, height in zip(rows, heights, strict=True):
        ascent = max(box.ascent for box in row)
        x = 0.0
        for box, width, side in zip(row, columns, align, strict=True):
            marks += box.at(x + (width - box.width if side == "r" else 0.0), y + ascent)
            x += width + gap[0]
        y += height + gap[1]
    width = sum(columns) + gap[0] * (len(columns) - 1)
    return Box(width, axis + total / 2, total / 2 - axis, tuple(marks))


def stroke(path: QPainterPath, width: float, role: str = "text") -> Stroke:
    """A line along a path around the baseline."""
    return Stroke(path, width, 0.0, 0.0, role)


def polyline(points: Sequence[tuple[float, float]]) -> QPainterPath:
    """Straight lines from point to point."""
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path


@cache
def _family() -> str:
    """The first of the typefaces that the system has."""
    known = set(QFontDatabase.families())
    return next((family for family in FAMILIES if family in known), QFont().defaultFamily())


@cache
def face(style: str, pixels: int) -> QFont:
    """The font of a style of text: ``italic``, ``bold`` or ``roman``."""
    made = QFont(_family())
    made.setStyleHint(QFont.StyleHint.Serif)
    made.setPixelSize(max(7, pixels))
    made.setItalic(style == "italic")
    made.setBold(style == "bold")
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@cache
def metrics(style: str, pixels: int) -> QFontMetricsF:
    """The measures of :func:`face`."""
    return QFontMetricsF(face(style, pixels))


@cache
def text_box(text: str, style: str, pixels: int) -> Box:
    """A text; as high as its ink, at least as a small letter."""
    measure = metrics(style, pixels)
    ink: QRectF = measure.tightBoundingRect(text)
    lean = max(0.0, ink.right() - measure.horizontalAdvance(text)) if style == "italic" else 0.0
    width = measure.horizontalAdvance(text) + lean
    ascent = max(-ink.top(), measure.xHeight())
    return Box(width, ascent, max(ink.bottom(), 0.0), (Glyphs(text, face(style, pixels), 0.0, 0.0, "text"),))


def paint(painter: QPainter, box: Box, origin: QPointF, colours: dict[str, QColor]) -> None:
    """Paint a box with the left end of its baseline at ``origin``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in box.marks:
        colour = colours[mark.role]
        place = origin + QPointF(mark.x, mark.y)
        if isinstance(mark, Glyphs):
            painter.setPen(colour)
            painter.setFont(mark.font)
            painter.drawText(place, mark.text)
        else:
            painter.strokePath(mark.path.translated(place), QPen(colour, mark.width))
