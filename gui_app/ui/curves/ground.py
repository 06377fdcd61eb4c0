"""What every chart paints by itself: the grid behind its layers and the line of words above them."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from gui_app.ui.curves.axis import Axis
from gui_app.ui.curves.frame import LABEL_PIXELS, Frame, pen, sized
from gui_app.ui.curves.reading import Reading, placed
from gui_app.ui.theme import GRID

TOP = 36.0
"""Above the plot: the line that reads the step out, and the tool buttons."""


class Grounded(Protocol):
    """What is needed of a chart."""

    left: Axis
    bottom: Axis
    reading: Reading
    reserved: float
    range: QRectF


def draw_grid(chart: Grounded, painter: QPainter, frame: Frame) -> None:
    """Hair lines at the ticks."""
    rect = frame.rect
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(pen(frame.palette.grid))
    for share in chart.bottom.shares():
        x = round(rect.left() + share * rect.width()) + 0.5
        painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
    for share in chart.left.shares():
        y = round(rect.bottom() - share * rect.height()) + 0.5
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))


def draw_reading(chart: Grounded, painter: QPainter, frame: Frame) -> None:
    """The line above the plot: as many whole pieces as fit, the first ones first."""
    font = sized(frame.font, LABEL_PIXELS)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    widths = [metrics.horizontalAdvance(text) for text, _ in chart.reading]
    for piece, x in placed(widths, frame.rect.left(), chart.range.width() - max(chart.reserved, GRID)):
        text, colour = chart.reading[piece]
        painter.setPen(QColor(colour))
        painter.drawText(QPointF(x, TOP / 2 + metrics.ascent() / 2 - 2), text)
