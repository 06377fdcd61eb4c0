"""Sentences on the canvas: one instead of a graph or at the foot of it, a line in its corner."""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui_app.ui.graph.fonts import elided, font, width
from gui_app.ui.graph.ink import Ink
from gui_app.ui.theme import GRID

LINE = 18.0
"""Height of a caption, px."""
GLASS = 225
"""Opacity (of 255) of what is behind a caption."""
_BRACKETS = re.compile(r" \([^()]*\)")


def paint_message(painter: QPainter, text: str, screen: QRect, ink: Ink, alone: bool) -> None:
    """In the middle of an empty canvas (``alone``), else on a pill of its own at the foot."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font("text"))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    room = QRectF(screen).adjusted(3 * GRID, 2 * GRID, -3 * GRID, -2 * GRID)
    if not alone:
        needed = painter.boundingRect(room, flags, text)
        room = QRectF(needed.adjusted(-GRID * 1.5, -GRID, GRID * 1.5, GRID))
        room.moveBottom(screen.height() - 2 * GRID)
        painter.setPen(QPen(ink.colours["muted"], 1.0))
        painter.setBrush(ink.raised)
        painter.drawRoundedRect(room, GRID, GRID)
    painter.setPen(ink.colours["muted"])
    painter.drawText(room, flags, text)


def paint_caption(painter: QPainter, text: str, room: float, ink: Ink) -> None:
    """A quiet line in the upper left corner, in the margin of a fitted graph, readable over whatever lies there."""
    if not text:
        return
    text = fitting(text, room - 2 * GRID)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    area = QRectF(GRID / 2, 2, width(text, "value") + GRID, LINE)
    glass = QColor(ink.paper)
    glass.setAlpha(GLASS)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(glass)
    painter.drawRoundedRect(area, 4, 4)
    painter.setPen(ink.colours["muted"])
    painter.setFont(font("value"))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def fitting(text: str, room: float) -> str:
    """A caption for so many px: where they are too few, without what stands in brackets, and cut if need be."""
    return text if width(text, "value") <= room else elided(_BRACKETS.sub("", text), "value", room)
