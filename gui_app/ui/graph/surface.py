"""The canvas in the user's hands: mouse, wheel and keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from gui_app.ui.graph.canvas import Canvas
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.walk import Move, step
from gui_app.ui.graph.words import tooltip
from gui_app.ui.theme import Palette

ZOOM_STEP = 1.25
_MOVES: dict[str, dict[int, Move]] = {
    "down": {
        Qt.Key.Key_Down: "forward",
        Qt.Key.Key_Up: "backward",
        Qt.Key.Key_Left: "before",
        Qt.Key.Key_Right: "after",
    },
    "right": {
        Qt.Key.Key_Right: "forward",
        Qt.Key.Key_Left: "backward",
        Qt.Key.Key_Up: "before",
        Qt.Key.Key_Down: "after",
    },
}
_KEYS = frozenset(
    {*_MOVES["down"], Qt.Key.Key_F, Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_Escape}
)


class Surface(Canvas):
    """Wheel: zoom at the cursor. Drag: move. Click: choose. Double click, F: fit. + and −: zoom. Arrows: walk."""

    node_chosen = Signal(int)
    node_hovered = Signal(int)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self.orientation = "down"
        self._hovered = -1
        self._press: QPointF | None = None
        self._drag = ""
        """What the pressed button moves: nothing yet, the ``picture``, or the frame on the ``map``."""
        self.setMouseTracking(True)

    def set_scene(self, scene: Scene | None) -> None:
        """Another picture: what was hovered is gone."""
        self._hover_over(-1, -1)
        super().set_scene(scene)

    def event(self, event: QEvent) -> bool:
        """Claims its keys before the window's shortcuts, and tells everything about the node under the cursor."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in _KEYS and _plain(event):
                event.accept()
                return True
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            node = self._node_at(QPointF(event.pos()))[1]
            text = tooltip(self.scene.graph.nodes[node]) if self.scene and node >= 0 else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Fit, zoom, clear the choice, or walk along the edges."""
        commands = {
            Qt.Key.Key_F: self.fit,
            Qt.Key.Key_Plus: lambda: self.zoom(ZOOM_STEP),
            Qt.Key.Key_Equal: lambda: self.zoom(ZOOM_STEP),
            Qt.Key.Key_Minus: lambda: self.zoom(1 / ZOOM_STEP),
            Qt.Key.Key_Escape: lambda: self._choose(-1, -1),
        }
        key = Qt.Key(event.key())
        if self.scene is None or not _plain(event):
            super().keyPressEvent(event)
        elif key in commands:
            commands[key]()
        elif key in _MOVES[self.orientation]:
            self._walk(_MOVES[self.orientation][key])
        else:
            super().keyPressEvent(event)

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
        if not self._drag:
            box, node = self._node_at(event.position())
            self._choose(node, box)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()

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

    def _point_at(self, point: QPointF) -> None:
        minimap = self.minimap()
        over_map = minimap is not None and minimap.area.contains(point)
        self._hover_over(*((-1, -1) if over_map else self._node_at(point)))

    def _hover_over(self, box: int, node: int) -> None:
        self.hover(box)
        if node != self._hovered:
            self._hovered = node
            self.setCursor(Qt.CursorShape.PointingHandCursor if node >= 0 else Qt.CursorShape.ArrowCursor)
            self.node_hovered.emit(node)

    def _choose(self, node: int, box: int) -> None:
        if node != self.chosen or box != self.box:
            self.choose(node, box)
            self.node_chosen.emit(self.chosen)

    def _walk(self, move: Move) -> None:
        assert self.scene is not None
        if self.box < 0:
            nodes = self.scene.graph.roots or (self.scene.placement.boxes[0].node,)
            box = self.scene.boxes_of[nodes[0]][0]
        else:
            box = step(self.scene, self.box, move, self.orientation)
        self._choose(self.scene.placement.boxes[box].node, box)
        self.reveal()

    def _steer(self, point: QPointF) -> None:
        """Bring the place under ``point`` on the map to the middle of the view."""
        if minimap := self.minimap():
            self.own_view = True
            self.look(self.view.centred(minimap.to_picture(point), self.screen_size()))


def _plain(event: QKeyEvent) -> bool:
    """No modifier but Shift (for +) and the keypad's."""
    harmless = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    return not event.modifiers() & ~harmless
