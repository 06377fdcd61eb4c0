"""The whole graph as a picture for export, at full detail: text stays text, shapes stay shapes."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QPainter

from gui_app.core.graph import Graph
from gui_app.core.layout import Placement
from gui_app.ui.graph.badges import Badge
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.painting import paint
from gui_app.ui.graph.scene import Scene
from gui_app.ui.theme import Palette

MARGIN = 16.0
"""Around the graph, px at 100 %."""


class GraphPicture:
    """One graph as it was when the picture was asked for; later changes do not reach it."""

    name = "graph"

    def __init__(
        self,
        graph: Graph,
        placement: Placement,
        palette: Palette,
        badges: Mapping[int, tuple[Badge, ...]] | None = None,
        flow: bool = False,
    ) -> None:
        self._scene = Scene(graph, placement, badges)
        self._ink = Ink(palette)
        self._flow = flow

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
        paint(painter, self._scene.tiles, self._ink, 1.0, self._flow)
        painter.restore()
