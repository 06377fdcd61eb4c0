"""The head of the start page: what this is, in front of a real descent on a real surface."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui_app.ui.lessons.miniatures import level_paths
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

HEADLINE = "See every gradient."
SENTENCE = (
    "Type an objective. See the autograd graph that PyTorch really built for it, watch gradient descent and the"
    " loss move. Stop anywhere, step back, and see every number of every step."
)
_REGION = (-6.2, 6.2, -5.0, 5.0)
"""Left, right, bottom, top of the part of Himmelblau's surface that is drawn."""
_STARTS = ((-0.9, -0.2, 0.006), (0.6, 4.7, 0.004), (5.9, -0.4, 0.004))
"""x, y and learning rate of each path of plain gradient descent."""
_STEPS = 60


@cache
def surface() -> NDArray[np.float64]:
    """Himmelblau's function (x² + y − 11)² + (x + y² − 7)² on a grid over the region, rows upwards."""
    left, right, bottom, top = _REGION
    ys, xs = np.mgrid[bottom:top:140j, left:right:180j]
    return (xs**2 + ys - 11) ** 2 + (xs + ys**2 - 7) ** 2


@cache
def paths() -> tuple[NDArray[np.float64], ...]:
    """Gradient descent on that function from each start, (steps + 1, 2)."""
    made = []
    for x, y, rate in _STARTS:
        walk = [(x, y)]
        for _ in range(_STEPS):
            a, b = x * x + y - 11, x + y * y - 7
            x, y = x - rate * (4 * x * a + 2 * b), y - rate * (2 * a + 4 * y * b)
            walk.append((x, y))
        made.append(np.array(walk))
    return tuple(made)


class Hero(QWidget):
    """Headline, sentence and the ways to begin."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._levels: list[tuple[float, object]] = []
        self.new, self.open = QPushButton("New experiment"), QPushButton("Open…")
        self.table = QPushButton("Open table…")
        self.table.setToolTip("Fit a model to a table, such as a CSV file.")
        self.new.setProperty("primary", True)
        self._headline, self._sentence = QLabel(HEADLINE), QLabel(SENTENCE)
        self._headline.setFont(font("headline", bold=True))
        self._sentence.setFont(font("title"))
        self._sentence.setObjectName("muted")
        self._sentence.setWordWrap(True)
        self._sentence.setFixedWidth(self._sentence.fontMetrics().horizontalAdvance("n" * 52))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fill()
        self.setFixedHeight(self._words.heightForWidth(80 * GRID) + 8 * GRID)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette from now on."""
        self._palette = palette
        self.update()

    def _fill(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.new, self.open, self.table):
            button.setMinimumHeight(34)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._words = column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(self._headline)
        column.addSpacing(GRID)
        column.addWidget(self._sentence)
        column.addSpacing(3 * GRID)
        column.addLayout(buttons)
        column.addStretch(1)

    def set_side(self, side: int) -> None:
        """Left and right of the words, in pixels."""
        self._words.setContentsMargins(side, 0, side, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._levels = list(level_paths(surface(), self._region(), 15))

    def _region(self) -> QRectF:
        """Where the surface is drawn: the right part, reaching under the words."""
        wide = max(self.width() * 0.62, self.height() * 1.5)
        return QRectF(self.width() - wide, 0, wide, self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._palette.panel))
        for depth, path in self._levels:
            colour = QColor(self._palette.accent)
            colour.setAlphaF(0.75 - 0.6 * depth)
            painter.setPen(QPen(colour, 1.3))
            painter.drawPath(path)
        for walk in paths():
            self._paint_walk(painter, walk)
        self._fade(painter)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._palette.border))

    def _paint_walk(self, painter: QPainter, walk: NDArray[np.float64]) -> None:
        left, right, bottom, top = _REGION
        region = self._region()
        xs = region.left() + (walk[:, 0] - left) / (right - left) * region.width()
        ys = region.bottom() - (walk[:, 1] - bottom) / (top - bottom) * region.height()
        points = [QPointF(x, y) for x, y in zip(xs, ys, strict=True)]
        colour = QColor(self._palette.cursor)
        painter.setPen(
            QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for point in points[:-1]:
            painter.drawEllipse(point, 2.6, 2.6)
        painter.setPen(QPen(QColor(self._palette.panel), 2))
        painter.drawEllipse(points[-1], 6.5, 6.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _fade(self, painter: QPainter) -> None:
        """Let the picture run out towards the words, which stay readable."""
        region = self._region()
        clear, solid = QColor(self._palette.panel), QColor(self._palette.panel)
        clear.setAlpha(0)
        fade = QLinearGradient(region.left(), 0, region.left() + region.width() * 0.45, 0)
        fade.setColorAt(0.0, solid)
        fade.setColorAt(1.0, clear)
        painter.fillRect(QRectF(0, 0, region.left() + 1, self.height()), solid)
        painter.fillRect(region, fade)
