"""The canvas in the user's hands: mouse, wheel and keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from gui_app.ui.graph import walk
from gui_app.ui.graph.canvas import Canvas
from gui_app.ui.graph.changes import BlockKey
from gui_app.ui.graph.frames import Frame, frame_at
from gui_app.ui.graph.keys import COMMANDS, MOVES, claimed, plain
from gui_app.ui.graph.painting import HEADLINES_FROM, TEXT_FROM
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.shapes import opener
from gui_app.ui.graph.view import View
from gui_app.ui.graph.words import tooltip
from gui_app.ui.theme import Palette

ZOOM_STEP = 1.25
READABLE = 0.75
"""Zoom at which a node is shown that is looked for."""


class Surface(Canvas):
    """Wheel: zoom at the cursor. Drag: move. Click: choose; with Shift: the paths to a second node. Double click: fit,
    or open a block. Keys: see ``keys``; Tab goes through the nodes in topological order once one is chosen.
    """

    node_chosen = Signal(int)
    node_hovered = Signal(int)
    search_wanted = Signal()
    block_turned = Signal(str, bool, QPointF)
    """A block by its key, whether it is to be open, and where on the screen it was clicked."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self.orientation = "down"
        self._hovered = -1
        self._press: QPointF | None = None
        self._drag = ""
        """What the pressed button moves: nothing yet, the ``picture``, or the frame on the ``map``."""
        self.setMouseTracking(True)

    def set_scene(self, scene: Scene | None, view: View | None = None) -> None:
        """Another picture: what was hovered is gone."""
        self._hover_over(-1, -1)
        super().set_scene(scene, view)

    def event(self, event: QEvent) -> bool:
        """Claims its keys before the window's shortcuts, and tells everything about the node under the cursor."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if claimed(event):
                event.accept()
                return True
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            node = self._node_at(QPointF(event.pos()))[1]
            text = tooltip(self.scene.graph.nodes[node]) if self.scene and node >= 0 else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the edges, or do what else the key is for."""
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Find):
            self.search_wanted.emit()
        elif self.scene is None or not plain(event):
            super().keyPressEvent(event)
        elif key in COMMANDS:
            getattr(self, COMMANDS[key])()
        elif key in MOVES[self.orientation]:
            self._walk(MOVES[self.orientation][key])
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes to the next node while one is chosen; beyond the last one, and after Escape, it leaves."""
        if self.scene is not None and self.box >= 0:
            box = walk.in_order(self.scene, self.box, 1 if forward else -1)
            if box >= 0:
                self._go(box)
                return True
        return super().focusNextPrevChild(forward)

    def visit(self, node: int) -> None:
        """Choose a node, and come close enough to read what stands in it."""
        if boxes := self._boxes(node):
            self._go(boxes[0])
            self.show_node(node)

    def show_node(self, node: int) -> None:
        """Bring a node into view; where the view shows too much to be read, come closer."""
        if self.scene is not None and (boxes := self._boxes(node)):
            area = self.scene.area(boxes[0])
            if self.view.zoom < HEADLINES_FROM:
                self.own_view = True
                self.look(View(READABLE).centred(area.center(), self.screen_size()))
            else:
                self.look(self.view.revealing(area, self.screen_size()))

    # What the keys do

    def zoom_in(self) -> None:
        """Closer."""
        self.zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Further away."""
        self.zoom(1 / ZOOM_STEP)

    def full_size(self) -> None:
        """100 %, at the chosen node."""
        if self.scene is not None:
            about = self.view.to_screen(self.scene.area(self.box)).center() if self.box >= 0 else None
            self.zoom(1 / self.view.zoom, about)

    def let_go(self) -> None:
        """First of the second node, then of the chosen one."""
        if self.other >= 0:
            self.choose_other(-1)
        else:
            self._choose(-1, -1)

    def enter(self) -> None:
        """Open the chosen block; tell once more which node is chosen."""
        if self.scene is None or self.chosen < 0:
            return
        if self._is_block(self.chosen):
            self.open_block(self.chosen)
        else:
            self.node_chosen.emit(self.chosen)

    def roll_up(self) -> None:
        """Close the innermost block around the chosen node."""
        if self.scene is not None and self.chosen >= 0:
            homes = self.scene.identity.homes[self.chosen]
            if homes:
                self.block_turned.emit(homes[-1], False, self._centre(self.chosen))

    def open_block(self, node: int) -> None:
        """Show what is rolled up in that node."""
        assert self.scene is not None
        key = self.scene.identity.keys[node]
        if isinstance(key, BlockKey):
            self.block_turned.emit(key.key, True, self._centre(node))

    def to_leaf(self) -> None:
        """Go where the chosen node comes from."""
        self._go_to_end(forward=False)

    def to_root(self) -> None:
        """Go where the chosen node leads."""
        self._go_to_end(forward=True)

    # Mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom where the cursor is."""
        if turned := event.angleDelta().y():
            self.zoom(2 ** (turned / 480), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The start of a click or of a drag."""
        if event.button() != Qt.MouseButton.LeftButton or self.scene is None:
            event.ignore()
            return
        self._press, self._drag = event.position(), ""
        minimap = self.minimap()
        if minimap is not None and minimap.area.contains(event.position()):
            self._drag = "map"
            self._steer(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture while the button is down, else point at a node."""
        here = event.position()
        if self._press is None:
            self._point_at(here)
        elif self._drag == "map":
            self._steer(here)
        elif self._drag or (here - self._press).manhattanLength() >= QApplication.startDragDistance():
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._drag, self.own_view = "picture", True
            self.look(self.view.moved(here - self._press))
            self._press = here

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press that did not move chooses what is under it."""
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        self.unsetCursor()
        if self._drag:
            return
        box, node = self._node_at(event.position())
        frame = self._frame_at(event.position())
        if node >= 0 and self._is_block(node) and self._on_opener(box, event.position()):
            self.open_block(node)
        elif node < 0 and frame is not None:
            self.block_turned.emit(frame.key, False, self.view.to_screen(frame.tab).center())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self.chosen >= 0:
            self.choose_other(node)
        else:
            self._choose(node, box)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a block; fit where there is no node."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        node = self._node_at(event.position())[1]
        if node < 0 and self._frame_at(event.position()) is None:
            self.fit()
        elif self._is_block(node):
            self.open_block(node)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered outside."""
        super().leaveEvent(event)
        self._hover_over(-1, -1)

    def _node_at(self, point: QPointF) -> tuple[int, int]:
        """Box and node under a screen point, (-1, -1) for none."""
        if self.scene is None:
            return -1, -1
        there = self.view.to_picture(point)
        return self.scene.node_at(there.x(), there.y())

    def _frame_at(self, point: QPointF) -> Frame | None:
        if self.scene is None or self.view.zoom < TEXT_FROM:
            return None
        return frame_at(self.scene.frames, self.view.to_picture(point))

    def _centre(self, node: int) -> QPointF:
        """Where the node is on the screen."""
        assert self.scene is not None
        return self.view.to_screen(self.scene.area(self.scene.boxes_of[node][0])).center()

    def _is_block(self, node: int) -> bool:
        return self.scene is not None and node >= 0 and self.scene.graph.nodes[node].kind == "block"

    def _on_opener(self, box: int, point: QPointF) -> bool:
        return self.scene is not None and opener(self.scene.area(box)).contains(self.view.to_picture(point))

    def _point_at(self, point: QPointF) -> None:
        minimap = self.minimap()
        over_map = minimap is not None and minimap.area.contains(point)
        box, node = (-1, -1) if over_map else self._node_at(point)
        self._hover_over(box, node)
        active = node >= 0 or self._frame_at(point) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if active else Qt.CursorShape.ArrowCursor)

    def _hover_over(self, box: int, node: int) -> None:
        self.hover([box] if box >= 0 else [])
        if node != self._hovered:
            self._hovered = node
            self.node_hovered.emit(node)

    def _choose(self, node: int, box: int) -> None:
        if node != self.chosen or box != self.box or self.other >= 0:
            self.choose(node, box)
            self.node_chosen.emit(self.chosen)

    def _walk(self, move: walk.Move) -> None:
        assert self.scene is not None
        if self.box < 0:
            nodes = self.scene.graph.roots or (self.scene.placement.boxes[0].node,)
            self._go(self.scene.boxes_of[nodes[0]][0])
        else:
            self._go(walk.step(self.scene, self.box, move, self.orientation))

    def _go_to_end(self, forward: bool) -> None:
        assert self.scene is not None
        self._go(walk.end(self.scene, self.box, forward))

    def _go(self, box: int) -> None:
        """Choose that box and bring it into view."""
        assert self.scene is not None
        self._choose(self.scene.placement.boxes[box].node, box)
        self.reveal()

    def _steer(self, point: QPointF) -> None:
        """Bring the place under ``point`` on the map to the middle of the view."""
        if minimap := self.minimap():
            self.own_view = True
            self.look(self.view.centred(minimap.to_picture(point), self.screen_size()))
