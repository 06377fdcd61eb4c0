"""A layer of a chart: what pyqtgraph shows, painted by functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem

from gui_app.ui.curves.frame import Draw, Frame


class Framed(Protocol):
    """Whoever knows where the plot is."""

    def current_frame(self) -> Frame:
        """Where and what the plot is now."""


class Layer(pg.GraphicsWidget):
    """A rectangle of the chart in which functions paint, in pixels of the chart."""

    def __init__(
        self, chart: Framed, parent: QGraphicsItem | None = None, draws: Sequence[Draw] = ()
    ) -> None:
        super().__init__(parent)
        self.draws = draws
        self._chart = chart

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.translate(self.mapFromScene(QPointF()))
        frame = self._chart.current_frame()
        for draw in self.draws:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw(painter, frame)
            painter.restore()
