"""The surface on which the graph is painted: the view of it, what is chosen and what is hovered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui_app.core.graph import Graph
from gui_app.ui.graph import overlay
from gui_app.ui.graph.fonts import font
from gui_app.ui.graph.minimap import Minimap, is_worthwhile
from gui_app.ui.graph.painting import Ink, paint_shapes, paint_writing
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.tiles import Tile
from gui_app.ui.graph.view import View, fitted
from gui_app.ui.graph.words import summary
from gui_app.ui.theme import GRID, Palette


class Canvas(QWidget):
    """Paints a scene. The graph is kept as a picture; only hover and choice are painted over it anew."""

    zoomed = Signal(float)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene: Scene | None = None
        self.view = View()
        self.own_view = False
        """The user has zoomed or moved: the view is theirs."""
        self.message = ""
        self.chosen = -1
        self.box = -1
        """The box that the arrow keys start from: the one chosen, of the several that a node may have."""
        self._hover: overlay.Hover | None = None
        self._minimap: Minimap | None = None
        self._light: overlay.Spotlight | None = None
        self._ground: QPixmap | None = None
        """Wires and boxes as they are seen now."""
        self._still: QPixmap | None = None
        """The same with the texts: what changes with the values."""
        self._ring = False
        """The focus has come by the keyboard: show where it is."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Autograd graph")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(20 * GRID, 15 * GRID)
        self.apply_theme(palette)

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._ink = Ink(palette)
        self._minimap = None
        self._repaint()

    def set_scene(self, scene: Scene | None) -> None:
        """Another picture, nothing chosen; the whole of it is shown unless the user has moved the view."""
        self.scene, self._minimap = scene, None
        self._hover = None
        self.choose(-1)
        if scene is None or not self.own_view or not self._sees_something():
            self.fit()
        self._repaint()

    def show_values(self, graph: Graph) -> None:
        """The same picture with other numbers."""
        assert self.scene is not None
        self.scene.show_values(graph)
        for part in filter(None, (self._light, self._hover)):
            for tile in part.tiles:
                tile.forget_values()
        self._describe()
        self._still = None
        self.update()

    def set_message(self, text: str) -> None:
        """A sentence in the middle of an empty canvas, at the foot of a full one; empty for none."""
        self.message = text
        self.update()

    def choose(self, node_id: int, box: int = -1) -> None:
        """Light up the node and all paths through it; -1 for none. ``box`` tells which of its boxes is meant."""
        boxes = self.scene.boxes_of.get(node_id, []) if self.scene else []
        self.chosen = node_id if boxes else -1
        self.box = box if box in boxes else boxes[0] if boxes else -1
        self._light = overlay.Spotlight(self.scene, boxes) if self.scene and boxes else None
        self._describe()
        self.update()

    def reveal(self) -> None:
        """Move the view just as far as it takes to see the chosen box."""
        if self.scene is not None and self.box >= 0:
            self.look(self.view.revealing(self.scene.area(self.box), self.screen_size()))

    def hover(self, box: int) -> None:
        """Show the wires of that box; -1 for none."""
        if box != (self._hover.box if self._hover else -1):
            self._hover = overlay.Hover(self.scene, box) if self.scene and box >= 0 else None
            self.update()

    def fit(self) -> None:
        """Show the whole graph, and keep it fitted until the user moves it."""
        self.own_view = False
        if self.scene is not None:
            self.look(fitted(self.picture_size(), self.screen_size()))

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Zoom about a screen point, by default the middle."""
        if self.scene is not None:
            self.own_view = True
            self.look(self.view.zoomed(factor, about or QRectF(self.rect()).center()))

    def look(self, view: View) -> None:
        """Show that part of the picture."""
        if view != self.view:
            self.view = view
            self.zoomed.emit(view.zoom)
            self._repaint()

    def picture_size(self) -> QSizeF:
        """Of the graph at 100 %, px."""
        assert self.scene is not None
        return QSizeF(self.scene.placement.width, self.scene.placement.height)

    def screen_size(self) -> QSizeF:
        """Of the canvas, px."""
        return QSizeF(self.size())

    def minimap(self) -> Minimap | None:
        """The map of the graph, if the graph is much larger than the view; drawn once for a size and theme."""
        if self.scene is None or not is_worthwhile(self.picture_size() * self.view.zoom, self.screen_size()):
            return None
        if self._minimap is None:
            self._minimap = Minimap(self.scene, self._ink, self.screen_size())
        return self._minimap

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A ring for those who came by the keyboard."""
        super().focusInEvent(event)
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No ring without the focus."""
        super().focusOutEvent(event)
        self._ring = False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A fitted graph stays fitted; a moved one keeps its upper left corner."""
        super().resizeEvent(event)
        self._minimap = None
        if not self.own_view:
            self.fit()
        self._repaint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The kept picture, then what is laid over it."""
        painter = QPainter(self)
        if self.scene is None:
            painter.fillRect(self.rect(), self._ink.paper)
        else:
            painter.drawPixmap(0, 0, self._picture(self.scene))
            self._paint_over(painter, self.scene)
        if self.message:
            self._paint_message(painter)
        if self._ring:
            painter.setPen(QPen(self._ink.accent, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _picture(self, scene: Scene) -> QPixmap:
        """The graph without hover and choice; only what has changed of it is painted anew."""
        seen = self.view.seen(self.screen_size())
        tiles = [tile for tile in scene.tiles if tile.bounds.intersects(seen)]
        if self._ground is None:
            ratio = self.devicePixelRatioF()
            self._ground = QPixmap(self.size() * ratio)
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(self._ink.paper)
            self._paint_on(self._ground, paint_shapes, tiles)
        if self._still is None:
            self._still = QPixmap(self._ground)
            self._paint_on(self._still, paint_writing, tiles)
        return self._still

    def _paint_on(self, pixmap: QPixmap, paint: Callable[..., None], tiles: list[Tile]) -> None:
        painter = QPainter(pixmap)
        self._to_view(painter)
        paint(painter, tiles, self._ink, self.view.zoom)
        painter.end()

    def _paint_over(self, painter: QPainter, scene: Scene) -> None:
        painter.save()
        self._to_view(painter)
        seen = self.view.seen(self.screen_size())
        if self._light is not None:
            overlay.paint_spotlight(painter, scene, self._light, self._ink, self.view.zoom, seen)
        if self._hover is not None:
            overlay.paint_hover(painter, scene, self._hover, self._ink, self.view.zoom)
        painter.restore()
        if minimap := self.minimap():
            minimap.paint(painter, seen)

    def _paint_message(self, painter: QPainter) -> None:
        """On a pill of its own at the foot if there is a graph behind it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("text"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        room = QRectF(self.rect()).adjusted(3 * GRID, 2 * GRID, -3 * GRID, -2 * GRID)
        if self.scene is not None:
            text = painter.boundingRect(room, flags, self.message)
            room = QRectF(text.adjusted(-GRID * 1.5, -GRID, GRID * 1.5, GRID))
            room.moveBottom(self.height() - 2 * GRID)
            painter.setPen(QPen(self._ink.colours["muted"], 1.0))
            painter.setBrush(self._ink.raised)
            painter.drawRoundedRect(room, GRID, GRID)
        painter.setPen(self._ink.colours["muted"])
        painter.drawText(room, flags, self.message)

    def _to_view(self, painter: QPainter) -> None:
        painter.translate(self.view.dx, self.view.dy)
        painter.scale(self.view.zoom, self.view.zoom)

    def _sees_something(self) -> bool:
        whole = QRectF(QPointF(0, 0), self.picture_size())
        return self.view.seen(self.screen_size()).intersects(whole)

    def _repaint(self) -> None:
        """The kept picture is out of date."""
        self._ground = self._still = None
        self.update()

    def _describe(self) -> None:
        described = summary(self.scene.graph.nodes[self.chosen]) if self.scene and self.chosen >= 0 else ""
        self.setAccessibleDescription(described)
