"""What a timeline is painted of: the scale below it, the line, and the cursor with its step."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.transport.loop_band import XOf

LINE = 26
"""Where the line lies, in pixels from the top."""
MARGIN = 3 * GRID
"""Pixels beside both ends of the line."""


def nice_interval(span: int, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that divides ``span`` steps into at most ``most`` parts."""
    power = 1
    while span > 10 * power * most:
        power *= 10
    return next(power * digit for digit in (1, 2, 5, 10) if span <= power * digit * most)


def inside(x: float, length: float, width: float) -> float:
    """Left end of a label: centred at ``x`` as far as the edges of the widget, ``width`` wide, allow."""
    return min(max(GRID / 2, x - length / 2), width - length - GRID / 2)


def paint_scale(painter: QPainter, palette: Palette, end: int, x_of: XOf, width: float, lanes: float) -> None:
    """Round steps below the lanes of the branches."""
    painter.setFont(font("small"))
    metrics = painter.fontMetrics()
    room = metrics.horizontalAdvance(f"{end:,}") + 5 * GRID
    interval = nice_interval(end, max(1, int((width - 2 * MARGIN) / room)))
    top = LINE + lanes
    for step in range(0, end + 1, interval):
        x = x_of(step)
        painter.setPen(QPen(QColor(palette.border), 1))
        painter.drawLine(QPointF(x, top + 5), QPointF(x, top + 9))
        painter.setPen(QColor(palette.muted))
        words = f"{step:,}"
        room = metrics.horizontalAdvance(words) + 2
        box = QRectF(inside(x, room, width), top + 9, room, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)


def paint_line(painter: QPainter, palette: Palette, left: float, recorded: float, right: float) -> None:
    """The line to its end, filled as far as steps are recorded."""
    painter.setPen(Qt.PenStyle.NoPen)
    for colour, end in ((palette.border, right), (palette.accent, recorded)):
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(left, LINE - 2, end - left, 4), 2, 2)


def paint_cursor(
    painter: QPainter, palette: Palette, step: int, x: float, width: float, *, focused: bool
) -> None:
    """A disc on the line, with its step above."""
    colour = QColor(palette.cursor)
    if focused:
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, LINE), 9.5, 9.5)
    painter.setPen(QPen(QColor(palette.panel), 2))
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(x, LINE), 6.5, 6.5)
    painter.setFont(font("small", bold=True))
    painter.setPen(colour)
    words = f"step {step:,}"
    room = painter.fontMetrics().horizontalAdvance(words) + 2
    box = QRectF(inside(x, room, width), 0, room, LINE - 10)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
