"""The plotting area: pyqtgraph's view, which zooms and pans, with clicks and hovering told in pixels."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsSceneMouseEvent, QGraphicsSceneWheelEvent

from gui_app.ui.theme import Palette


class View(pg.ViewBox):
    """Wheel zooms, drag pans, shift and drag zooms into a rectangle. It never ranges by itself."""

    clicked = Signal(QPointF)
    """A click that was not a drag, in pixels of the scene."""
    reset = Signal()
    """A double click."""
    hovered = Signal(object)
    """QPointF in pixels of the scene, or None where the mouse has left or drags."""

    seized = Signal(QPointF)
    """A drag begins there, in pixels of the scene: whoever draws something there may call ``take``."""
    carried = Signal(QPointF)
    """What was taken has been dragged there, in pixels of the scene."""
    dropped = Signal()
    """It has been let go."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self._carrying = False
        self.disableAutoRange()
        self.setCursor(Qt.CursorShape.CrossCursor)

    def take(self) -> None:
        """The drag that begins carries something, and does not pan."""
        self._carrying = True

    def dress(self, palette: Palette) -> None:
        """Use these colours for the rectangle."""
        tint = QColor(palette.accent)
        tint.setAlphaF(0.15)
        self.rbScaleBox.setPen(pg.mkPen(palette.accent))
        self.rbScaleBox.setBrush(tint)

    def mouseClickEvent(self, event: object) -> None:
        inside = self.sceneBoundingRect().contains(event.scenePos())  # and not over an axis
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(event.scenePos())

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        event.setAccepted(event.button() == Qt.MouseButton.LeftButton)
        if event.isAccepted():
            self.reset.emit()

    def wheelEvent(self, event: QGraphicsSceneWheelEvent, axis: int | None = None) -> None:
        if self._invertible():
            super().wheelEvent(event, axis)

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._invertible():
            event.ignore()
            return
        if event.isStart():
            self._carrying = False
            self.seized.emit(event.buttonDownScenePos())
        if self._carrying:
            event.accept()
            self.carried.emit(event.scenePos())
            if event.isFinish():
                self._carrying = False
                self.dropped.emit()
            return
        if event.isStart():
            boxed = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            # Not setMouseMode, which would lose the rectangle's colours.
            self.state["mouseMode"] = self.RectMode if boxed else self.PanMode
            self.hovered.emit(None)
        super().mouseDragEvent(event, axis)

    def hoverEvent(self, event: object) -> None:
        away = event.isExit() or event.buttons()
        self.hovered.emit(None if away else event.scenePos())

    def _invertible(self) -> bool:
        """Whether pixels can be told in numbers: views as wide as floats go can only be looked at."""
        self.updateMatrix()
        return 1e-280 < abs(self.childGroup.transform().determinant()) < 1e280
