"""The graph's surface with a pass laid over it."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QRectF, QSizeF, QVariantAnimation, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from gui_app.ui.graph.backing import Plan
from gui_app.ui.graph.light import paint_rings
from gui_app.ui.graph.menu import MenuSurface
from gui_app.ui.graph.painting import shape_steps
from gui_app.ui.graph.pass_layer import PassLayer
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.view import FIT_MARGIN, View, fitted
from gui_app.ui.theme import Palette

GLIDE_MS = 280
WHOLE = 0.36
"""Zoom down to which the whole graph is shown: its paths belong together, and the caption tells the numbers."""
READABLE, NEAR = 0.7, 0.85
"""Zooms of a view that follows: at least so that everything is written, at most so that there is something around."""
WALK_MARGIN = 12.0
"""Free px on each side of the whole graph: the bar has taken some of the room."""
MAPS = 3
"""A map that takes more than one part in so many of the height would hide what is told."""
ROOM = 120.0
"""Around what is looked at, px on the screen."""


class WalkedSurface(MenuSurface):
    """While there is a layer, it says which numbers are known and what is lit; choice and search do not."""

    resized = Signal()

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        self.layer: PassLayer | None = None
        self.follows = False
        """The view goes along with the pass: until the user moves it, and only where the whole is too small to read."""
        self._glide = QVariantAnimation()
        self._way = View(), View()
        super().__init__(palette, parent)
        self._glide.setParent(self)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._glide.valueChanged.connect(self._on_glide)

    def set_layer(self, layer: PassLayer | None) -> None:
        """Walk a pass; ``None``: show the graph as it is."""
        if layer is not None or self.layer is not None:
            self.layer = layer
            self._backing.renew()
            self.update()

    def set_scene(self, scene: Scene | None, view: View | None = None) -> None:
        """Another picture; a view that follows goes on to do so."""
        follows = self.follows
        super().set_scene(scene, view)
        self.follows = follows

    def layer_changed(self, renewed: bool) -> None:
        """The layer shows another moment; ``renewed``: other boxes or numbers, not only what is on its way."""
        if renewed:
            self._backing.renew(ground=False)
        self.update()

    def accompany(self, area: QRectF, quick: bool) -> None:
        """Bring that part of the picture (px at 100 %) into view: where the view follows, near enough to be read."""
        if self.scene is None:
            return
        if not self.follows or self.own_view:
            if self.own_view:
                self._go_to(self.view.revealing(area, self.screen_size()), quick)
            return
        screen = self.screen_size()
        whole = fitted(self.picture_size(), screen, margin=WALK_MARGIN)
        near = min(screen.width() / (area.width() + ROOM), screen.height() / (area.height() + ROOM), NEAR)
        if whole.zoom >= WHOLE:
            self._go_to(whole, quick)
        else:
            close = whole._replace(zoom=max(near, READABLE)).centred(area.center(), screen)
            self._go_to(_filled(close, self.picture_size(), screen), quick)

    def fit(self) -> None:
        """Show the whole graph; the view follows no longer."""
        self._glide.stop()
        self.follows = False
        super().fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A view that follows goes on to do so."""
        follows = self.follows
        super().resizeEvent(event)
        self.follows = follows
        if self.layer is not None and follows and (area := self.layer.area()) is not None:
            self.accompany(area, quick=True)
        self.resized.emit()

    def _go_to(self, view: View, quick: bool) -> None:
        self._glide.stop()
        if quick or not self.isVisible():
            self.look(view)
        elif view != self.view:
            self._way = self.view, view
            self._glide.start()

    def _on_glide(self, share: float) -> None:
        self.look(self._way[0].between(self._way[1], share))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """What the user does goes before."""
        self._glide.stop()
        super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What the user does goes before."""
        self._glide.stop()
        super().mousePressEvent(event)

    def _plan(self, view: View, seen: QRectF) -> Plan:
        """The graph's own shapes, the layer's numbers."""
        if self.layer is None:
            return super()._plan(view, seen)
        assert self.scene is not None
        tiles = [tile for tile in self.scene.tiles if tile.bounds.intersects(seen)]
        return Plan(shape_steps(tiles, self.ink, view.zoom), self.layer.steps(self.ink, view.zoom, seen))

    def _paint_over(self, painter: QPainter, scene: Scene) -> None:
        """What moves, and a thin ring around what is hovered."""
        if self.layer is None or self.motion.running:
            super()._paint_over(painter, scene)
            return
        seen = self.view.seen(self.screen_size())
        painter.save()
        self.view.apply(painter)
        self.layer.paint(painter, self.view.zoom, seen)
        if self._hover is not None:
            pen = QPen(self.ink.accent, max(1.5, 1.5 / self.view.zoom))
            paint_rings(painter, scene, self._hover.boxes, pen)
        painter.restore()
        minimap = self.minimap()
        if minimap is not None and minimap.area.height() * MAPS < self.height():
            minimap.paint(painter, seen)


def _filled(view: View, picture: QSizeF, screen: QSizeF) -> View:
    """Moved so that there is nothing empty at the edges, where the picture is large enough."""
    offsets = []
    for offset, whole, room in (
        (view.dx, picture.width() * view.zoom, screen.width()),
        (view.dy, picture.height() * view.zoom, screen.height()),
    ):
        first, last = room - FIT_MARGIN - whole, FIT_MARGIN
        offsets.append((room - whole) / 2 if first > last else min(max(offset, first), last))
    return View(view.zoom, *offsets)
