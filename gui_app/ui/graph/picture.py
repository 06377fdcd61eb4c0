"""The whole graph as a picture for export, at full detail: text stays text, shapes stay shapes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QPainter

from gui_app.core.graph import Graph
from gui_app.core.layout import Placement
from gui_app.ui.graph.painting import Ink, paint
from gui_app.ui.graph.scene import Scene
from gui_app.ui.theme import Palette

MARGIN = 16.0
"""Around the graph, px at 100 %."""


class GraphPicture:
    """One graph as it was when the picture was asked for; later changes do not reach it."""

    name = "graph"

    def __init__(self, graph: Graph, placement: Placement, palette: Palette) -> None:
        self._scene = Scene(graph, placement)
        self._ink = Ink(palette)

    def size(self) -> QSizeF:
        """Natural size in px."""
        placement = self._scene.placement
        return QSizeF(placement.width + 2 * MARGIN, placement.height + 2 * MARGIN)

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint the whole graph as large as ``target`` allows, in its middle, on the theme's paper."""
        size = self.size()
        zoom = min(target.width() / size.width(), target.height() / size.height())
        painter.save()
        painter.fillRect(target, self._ink.paper)
        painter.translate(target.center())
        painter.scale(zoom, zoom)
        painter.translate(MARGIN - size.width() / 2, MARGIN - size.height() / 2)
        paint(painter, self._scene.tiles, self._ink, 1.0)
        painter.restore()
