"""What the shapes and numbers of the graph mean, in a corner of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui_app.ui.graph.fonts import font, width
from gui_app.ui.graph.painting import Ink
from gui_app.ui.graph.shapes import OUTLINES, strip
from gui_app.ui.theme import GRID, Palette

_SHAPES = (
    ("leaf", "leaf: a parameter"),
    ("accumulate", "AccumulateGrad: adds up .grad"),
    ("grad_fn", "recorded operation"),
    ("root", "result, where backward starts"),
    ("saved", "saved for backward"),
    ("constant", "constant: no gradient"),
    ("ghost", "not tracked"),
)
_SAMPLES = {"accumulate": strip}
"""What is not usually drawn as an outline of its own."""
_GRADIENT = "number in this colour: gradient"
ROW = 20
SAMPLE = 28
"""Width of a sample shape, px."""
SCALE = 0.5
"""Samples are painted as small as shapes at this zoom."""


class Legend(QWidget):
    """Only looked at: the mouse goes through to the graph."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.apply_theme(palette)
        self.resize(self.sizeHint())

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._ink = Ink(palette)
        self.update()

    def sizeHint(self) -> QSize:
        """As large as its texts."""
        widest = max(width(text, "value") for text in (*(text for _, text in _SHAPES), _GRADIENT))
        return QSize(int(widest) + SAMPLE + 4 * GRID, ROW * (len(_SHAPES) + 1) + 2 * GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """One row for each shape, one for the gradient's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ink.border, 1.0))
        painter.setBrush(self._ink.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        painter.setFont(font("value"))
        for number, (style, text) in enumerate(_SHAPES):
            top = GRID + number * ROW
            self._paint_sample(painter, style, QPointF(1.5 * GRID, top + ROW / 4))
            painter.setPen(self._ink.text)
            painter.drawText(QPointF(2.5 * GRID + SAMPLE, top + ROW - 6), text)
        foot = GRID + len(_SHAPES) * ROW + ROW - 6
        painter.setPen(self._ink.colours["gradient"])
        painter.drawText(QPointF(1.5 * GRID, foot), "0.5")
        painter.drawText(QPointF(2.5 * GRID + SAMPLE, foot), _GRADIENT)

    def _paint_sample(self, painter: QPainter, style: str, corner: QPointF) -> None:
        path = QPainterPath()
        _SAMPLES.get(style, OUTLINES[style])(path, QRectF(0, 0, SAMPLE / SCALE, ROW / 2 / SCALE))
        painter.save()
        painter.translate(corner)
        painter.scale(SCALE, SCALE)
        pen = QPen(self._ink.borders[style])
        pen.setWidthF(pen.widthF() / SCALE)
        painter.setPen(pen)
        painter.setBrush(self._ink.fills[style])
        painter.drawPath(path)
        painter.restore()
