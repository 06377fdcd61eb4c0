"""A pass as pictures for export: any moment of it at full detail, with what is said about it below."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter

from gui_app.core.layout import Placement
from gui_app.core.passing import Pass
from gui_app.core.passing_words import caption
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.painting import shape_steps
from gui_app.ui.graph.pass_caption import caption_height, paint_caption, paint_place
from gui_app.ui.graph.pass_layer import PassLayer
from gui_app.ui.theme import Palette

MARGIN = 24.0
"""Around the graph, px at 100 %."""
LEAST_WIDTH = 560.0
"""The caption has room in so many px."""
WIDE = 1000.0
"""The caption of a wider picture is written larger, in proportion."""


class PassPicture:
    """One moment of a pass; ``show`` goes to another. Painted in one thread, whichever it is."""

    def __init__(self, walk: Pass, placement: Placement, palette: Palette) -> None:
        self.name: str = walk.direction
        self.walk = walk
        self._layer = PassLayer(walk, placement, palette)
        self._palette, self._ink = palette, Ink(palette)
        self._graph = QSizeF(placement.width + 2 * MARGIN, placement.height + 2 * MARGIN)
        self._scale = max(1.0, self._graph.width() / WIDE)

    def show(self, index: int, phase: float = 1.0) -> None:
        """Show the frame at ``index``; ``phase``: how far what flows has come, 0 to 1."""
        self._layer.show(index, phase)

    def size(self) -> QSizeF:
        """Natural size in px."""
        width = max(self._graph.width(), LEAST_WIDTH)
        return QSizeF(width, self._graph.height() + caption_height(self._scale) + MARGIN / 2)

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint it as large as ``target`` allows, in its middle; small pictures have larger numbers in proportion."""
        size = self.size()
        zoom = min(target.width() / size.width(), target.height() / size.height())
        painter.save()
        painter.fillRect(target, QColor(self._palette.panel))
        painter.translate(target.center())
        painter.scale(zoom, zoom)
        painter.translate(-size.width() / 2, -size.height() / 2)
        room = QRectF(MARGIN, self._graph.height(), size.width() - 2 * MARGIN, caption_height(self._scale))
        lines = caption(self.walk, self._layer.frame)
        paint_caption(painter, lines, room, self._palette, self._scale)
        index, last = self._layer.index, len(self.walk) - 1
        paint_place(painter, f"{index:,} / {last:,}", room, self._palette, self._scale)
        painter.translate((size.width() - self._graph.width()) / 2 + MARGIN, MARGIN)
        scene = self._layer.scene
        seen = QRectF(-MARGIN, -MARGIN, self._graph.width(), self._graph.height())
        detail = min(zoom * painter.device().devicePixelRatioF(), 1.0)
        for step in (*shape_steps(scene.tiles, self._ink, 1.0), *self._layer.steps(self._ink, 1.0, seen)):
            step(painter)
        self._layer.paint(painter, detail, seen)
        painter.restore()
