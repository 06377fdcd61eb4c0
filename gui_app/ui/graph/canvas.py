"""The surface on which the graph is painted: the view of it, what is chosen, what is lit and what is hovered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui_app.core.graph import Graph
from gui_app.ui.graph import light, overlay
from gui_app.ui.graph.backing import Backing, Plan
from gui_app.ui.graph.badges import Badge
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.minimap import Minimap, is_worthwhile
from gui_app.ui.graph.motion import Motion
from gui_app.ui.graph.notices import paint_caption, paint_message
from gui_app.ui.graph.painting import frame_steps, shape_steps, writing_steps
from gui_app.ui.graph.scene import Scene
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
        self.caption = ""
        """A line about the graph, in its upper left corner; what is said about the light comes first."""
        self.chosen = -1
        self.box = -1
        """The box that the arrow keys start from: the one chosen, of the several that a node may have."""
        self.other = -1
        """A second chosen node: what lies between the two is lit."""
        self.shows_lineage = True
        """What the chosen node was made from and what comes of it is lit."""
        self.shows_flow = False
        """Wires are coloured by the gradient that flows back over them."""
        self._found: Collection[int] = ()
        self._hover: overlay.Hover | None = None
        self._minimap: Minimap | None = None
        self._light: light.Light | None = None
        self._backing = Backing(self._plan)
        self.motion = Motion(self)
        self._ring = False
        """The focus has come by the keyboard: show where it is."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Autograd graph")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(20 * GRID, 15 * GRID)
        self.apply_theme(palette)

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self.ink = Ink(palette)
        self._minimap = None
        self._backing.forget()
        self.update()

    def set_scene(self, scene: Scene | None, view: View | None = None) -> None:
        """Another picture, nothing chosen; the whole of it is shown unless the user has moved the view, or ``view``."""
        before = self.scene, self.view
        self.scene, self._minimap, self._found = scene, None, ()
        self._hover = None
        self._backing.forget()
        self.choose(-1)
        if view is not None:
            self.own_view = True
            self.look(view)
        elif scene is None or not self.own_view or not self._sees_something():
            self.fit()
        self.motion.start(*before, scene, self.view, self.isVisible())
        self.update()

    def show_values(self, graph: Graph, badges: Mapping[int, tuple[Badge, ...]] | None = None) -> None:
        """The same picture with other numbers."""
        assert self.scene is not None
        self.scene.show_values(graph, badges)
        if self._light is not None:
            self._light.forget_values()
        if self._hover is not None:
            self._hover.tile.forget_values()
        self._describe()
        self._backing.renew(ground=self.shows_flow)
        self.update()

    def set_message(self, text: str) -> None:
        """A sentence in the middle of an empty canvas, at the foot of a full one; empty for none."""
        self.message = text
        self.update()

    def set_caption(self, text: str) -> None:
        """A line in the upper left corner; empty for none."""
        self.caption = text
        self.update()

    def set_flow(self, on: bool) -> None:
        """Colour the wires by gradient."""
        self.shows_flow = on
        self._backing.renew()
        self.update()

    def set_lineage(self, on: bool) -> None:
        """Light up where the chosen node comes from and goes."""
        self.shows_lineage = on
        self._relight()

    def choose(self, node_id: int, box: int = -1) -> None:
        """Ring a node and light up its lineage; -1 for none. ``box`` tells which of its boxes is meant."""
        boxes = self._boxes(node_id)
        self.chosen = node_id if boxes else -1
        self.box = box if box in boxes else boxes[0] if boxes else -1
        self.other = -1
        self._relight()
        self._describe()

    def choose_other(self, node_id: int) -> None:
        """Light up all paths between the chosen node and this one; -1: no more."""
        self.other = node_id if self.chosen >= 0 and self._boxes(node_id) else -1
        self._relight()

    def show_found(self, nodes: Collection[int]) -> None:
        """Light up what a search has found instead; empty for none."""
        self._found = nodes
        self._relight()

    def reveal(self) -> None:
        """Move the view just as far as it takes to see the chosen box."""
        if self.scene is not None and self.box >= 0:
            self.look(self.view.revealing(self.scene.area(self.box), self.screen_size()))

    def hover(self, boxes: Sequence[int]) -> None:
        """Ring those boxes, the first with its wires; empty for none."""
        if tuple(boxes) != (self._hover.boxes if self._hover else ()):
            self._hover = overlay.Hover(self.scene, boxes) if self.scene and boxes else None
            self.update()

    def fit(self) -> None:
        """Show the whole graph, and keep it fitted until the user moves it."""
        self.own_view = False
        if self.scene is not None:
            extent = self.scene.extent
            self.look(fitted(extent.size(), self.screen_size(), extent.topLeft()))

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
            self.update()

    def picture_size(self) -> QSizeF:
        """Of the graph at 100 %, px."""
        assert self.scene is not None
        return QSizeF(self.scene.placement.width, self.scene.placement.height)

    def screen_size(self) -> QSizeF:
        """Of the canvas, px."""
        return QSizeF(self.size())

    def hidden_by(self, area: QRect) -> int:
        """How many boxes and wires can be seen, at least in part, in that area of the screen."""
        if self.scene is None:
            return 0
        there = QRectF(self.view.to_picture(QPointF(area.topLeft())), QSizeF(area.size()) / self.view.zoom)
        return sum(tile.count(there) for tile in self.scene.tiles)

    def minimap(self) -> Minimap | None:
        """The map of the graph, if the graph is much larger than the view; drawn once for a size and theme."""
        if self.scene is None or not is_worthwhile(self.picture_size() * self.view.zoom, self.screen_size()):
            return None
        if self._minimap is None:
            self._minimap = Minimap(self.scene, self.ink, self.screen_size())
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

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The kept picture, then what is laid over it."""
        painter = QPainter(self)
        if self.scene is None:
            painter.fillRect(self.rect(), self.ink.paper)
        elif self.motion.running:
            painter.fillRect(self.rect(), self.ink.paper)
            self.motion.paint(painter, self.ink, self.screen_size())
        elif self._backing.paint(painter, self.view, self.size(), self.ink.paper):
            self.update()
        if self.scene is not None:
            self._paint_over(painter, self.scene)
        if self.message:
            paint_message(painter, self.message, self.rect(), self.ink, self.scene is None)
        if self._ring:
            painter.setPen(QPen(self.ink.accent, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def finish(self) -> None:
        """Let what moves arrive and paint all that is left to paint: the next painting shows everything."""
        self.motion.stop()
        self._backing.finish()
        if minimap := self.minimap():
            minimap.finish()
        self.update()

    def _plan(self, view: View, seen: QRectF) -> Plan:
        """What paints that part of the graph without hover and choice."""
        assert self.scene is not None
        tiles = [tile for tile in self.scene.tiles if tile.bounds.intersects(seen)]
        ground = [
            *frame_steps(self.scene.frames, self.ink, view.zoom, seen),
            *shape_steps(tiles, self.ink, view.zoom, self.shows_flow),
        ]
        top = writing_steps(tiles, self.ink, view.zoom)
        if self._light is not None:
            top += light.light_steps(self._light, self.scene, self.ink, view.zoom, seen)
        return Plan(ground, top)

    def _paint_over(self, painter: QPainter, scene: Scene) -> None:
        """What depends on the cursor and the choice."""
        painter.save()
        self.view.apply(painter)
        if not self.motion.running:
            chosen = [*self._boxes(self.chosen), *self._boxes(self.other)]
            overlay.paint_choice(painter, scene, chosen, self.ink, self.view.zoom)
            if self._hover is not None:
                overlay.paint_hover(painter, scene, self._hover, self.ink, self.view.zoom)
        painter.restore()
        caption = (self._light.words if self._light else "") or self.caption
        paint_caption(painter, caption, self.width(), self.ink)
        minimap = self.minimap()
        if minimap is not None and minimap.paint(painter, self.view.seen(self.screen_size())):
            self.update()

    def _boxes(self, node: int) -> list[int]:
        return self.scene.boxes_of.get(node, []) if self.scene else []

    def _relight(self) -> None:
        """What is lit has changed."""
        lit: light.Light | None = None
        if self.scene is not None and self._found:
            lit = light.matches(self.scene, self._found)
        elif self.scene is not None and self.other >= 0:
            lit = light.paths(self.scene, self.chosen, self.other)
        elif self.scene is not None and self.chosen >= 0 and self.shows_lineage:
            lit = light.lineage(self.scene, self._boxes(self.chosen))
        if lit is not None or self._light is not None:
            self._light = lit
            self._backing.renew(ground=False)
        self.update()

    def _sees_something(self) -> bool:
        return self.scene is not None and self.view.seen(self.screen_size()).intersects(self.scene.extent)

    def _describe(self) -> None:
        described = summary(self.scene.graph.nodes[self.chosen]) if self.scene and self.chosen >= 0 else ""
        self.setAccessibleDescription(described)
