"""The small sign that says what a column holds, and how its use is marked."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

_STYLES = {"number": "leaf", "category": "saved", "text": "ghost"}
WORDS = {"number": "number", "category": "category", "text": "left out"}


def chip_width(kind: str) -> float:
    """Pixels that the chip takes."""
    return QFontMetricsF(font("small")).horizontalAdvance(WORDS[kind]) + 2 * GRID


def paint_chip(painter: QPainter, left: float, middle: float, kind: str, palette: Palette) -> None:
    """A rounded label with the kind's word, its left edge and vertical middle given."""
    style = palette.nodes[_STYLES[kind]]
    made = font("small")
    height = QFontMetricsF(made).height() + 2
    place = QRectF(left + 0.5, middle - height / 2, chip_width(kind) - 1, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(style.border), 1))
    painter.setBrush(QColor(style.fill))
    painter.drawRoundedRect(place, height / 2, height / 2)
    painter.setPen(QColor(style.text))
    painter.setFont(made)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, WORDS[kind])
    painter.restore()


def paint_radio(
    painter: QPainter, centre_x: float, centre_y: float, palette: Palette, *, on: bool, usable: bool
) -> None:
    """A radio button."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = palette.cursor if on else palette.muted if usable else palette.faint
    painter.setPen(QPen(QColor(colour), 1.4 if on else 1))
    painter.setBrush(QColor(palette.raised))
    painter.drawEllipse(QRectF(centre_x - 7, centre_y - 7, 14, 14))
    if on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QRectF(centre_x - 4, centre_y - 4, 8, 8))
    painter.restore()
