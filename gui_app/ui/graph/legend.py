"""What the shapes and numbers of the graph mean, in a corner of it."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui_app.ui.graph.badges import FONT, NEW, Badge
from gui_app.ui.graph.fonts import font, width
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.painting import paint_badge
from gui_app.ui.graph.shapes import OUTLINES, strip
from gui_app.ui.theme import GRID, Palette

SHAPES = {
    "leaf": "leaf: a parameter",
    "accumulate": "AccumulateGrad: adds up .grad",
    "grad_fn": "recorded operation",
    "derivative": "recorded while differentiating; f ′ f ″: order",
    "root": "result, where backward starts",
    "saved": "saved for backward",
    "constant": "constant: no gradient",
    "ghost": "not tracked: outside the graph",
    "failed": "where the program failed",
    "block": "rolled-up part: double click opens it",
}
"""By style, in this order."""
BADGES = {
    "warning": (Badge("! 0 → 1", "warning"), "changed in place: version saved → now"),
    "broken": (Badge("first inf", "broken"), "first number that is not finite"),
    "plain": (Badge("hook", "plain"), "has hooks"),
    "new": (NEW, "was not there one step before"),
}
"""By role: a badge and what it says."""
_SAMPLES = {"accumulate": strip}
"""What is not usually drawn as an outline of its own."""
_GRADIENT = "number in this colour: gradient"
ROW = 20
SAMPLE = 48
"""Width of a sample shape, px."""
SCALE = 0.5
"""Samples are painted as small as shapes at this zoom."""


class Legend(QWidget):
    """Explains what a graph has, no more. Only looked at: the mouse goes through to the graph."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._styles: list[str] = list(SHAPES)
        self._roles: list[str] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.apply_theme(palette)
        self.resize(self.sizeHint())

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._ink = Ink(palette)
        self.update()

    def explain(self, styles: Collection[str], roles: Collection[str]) -> None:
        """Explain these styles of nodes and roles of badges."""
        self._styles = [style for style in SHAPES if style in styles]
        self._roles = [role for role in BADGES if role in roles]
        self.resize(self.sizeHint())
        self.update()

    def texts(self) -> list[str]:
        """What is said, from top to bottom."""
        shapes = [SHAPES[style] for style in self._styles]
        return [*shapes, *(BADGES[role][1] for role in self._roles), _GRADIENT]

    def sizeHint(self) -> QSize:
        """As large as its texts."""
        texts = self.texts()
        widest = max(width(text, "value") for text in texts)
        return QSize(int(widest) + SAMPLE + 4 * GRID, ROW * len(texts) + 2 * GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """One row for each shape and badge, one for the gradient's colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ink.border, 1.0))
        painter.setBrush(self._ink.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        for number, style in enumerate(self._styles):
            self._paint_sample(painter, style, QPointF(1.5 * GRID, GRID + number * ROW + ROW / 4))
        for number, role in enumerate(self._roles, len(self._styles)):
            badge = BADGES[role][0]
            wide = max(width(badge.text, FONT) + 8, 16.0)
            where = QRectF(1.5 * GRID + (SAMPLE - wide) / 2, GRID + number * ROW + 2, wide, 16)
            paint_badge(painter, where, badge, self._ink)
        painter.setFont(font("value"))
        texts = self.texts()
        painter.setPen(self._ink.colours["gradient"])
        painter.drawText(QPointF(1.5 * GRID, self._baseline(len(texts) - 1)), "0.5")
        for number, text in enumerate(texts):
            painter.setPen(self._ink.colours["gradient"] if text is _GRADIENT else self._ink.text)
            painter.drawText(QPointF(2.5 * GRID + SAMPLE, self._baseline(number)), text)

    @staticmethod
    def _baseline(row: int) -> float:
        return GRID + row * ROW + ROW - 6

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
