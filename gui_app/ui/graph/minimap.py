"""The whole graph in a corner, with a frame around what is seen."""

from __future__ import annotations

import math
import time
from collections import deque

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.scene import Scene
from gui_app.ui.theme import GRID

MOST = QSizeF(160, 120)
"""The largest map, px."""
LARGER = 3.0
"""A map is worth its place when the picture has this many times the area of the view."""
FRAME_LEAST = 5.0
SHARP = 2.0
"""Pixels of the map for one of the screen."""
SLICE = 0.004
"""Seconds of drawing before the window has its turn again."""


def is_worthwhile(picture: QSizeF, screen: QSizeF) -> bool:
    """Whether a picture of that size, on the screen, calls for a map."""
    return picture.width() * picture.height() > LARGER * screen.width() * screen.height()


class Minimap:
    """A map of one scene in the lower right corner of a screen of that size."""

    def __init__(self, scene: Scene, ink: Ink, screen: QSizeF) -> None:
        self._size = QSizeF(scene.placement.width, scene.placement.height)
        inner = self._size.scaled(MOST, Qt.AspectRatioMode.KeepAspectRatio)
        inner = inner.expandedTo(QSizeF(2 * GRID, 2 * GRID))
        corner = QPointF(
            screen.width() - inner.width() - 2 * GRID, screen.height() - inner.height() - 2 * GRID
        )
        self.area = QRectF(corner, inner)
        """Where the map lies, screen px."""
        self._ink = ink
        self._left = deque(scene.tiles)
        """What is still to be drawn."""
        self._map = QPixmap((self.area.size() * SHARP).toSize())
        self._map.setDevicePixelRatio(SHARP)
        self._map.fill(Qt.GlobalColor.transparent)

    def paint(self, painter: QPainter, seen: QRectF) -> bool:
        """The map and a frame around ``seen`` (px at 100 %); True if more of the map is to be drawn soon."""
        self._draw(time.perf_counter() + SLICE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        around = self.area.adjusted(-GRID / 2, -GRID / 2, GRID / 2, GRID / 2)
        painter.setPen(QPen(self._ink.border, 1.0))
        painter.setBrush(self._ink.raised)
        painter.drawRoundedRect(around, GRID / 2, GRID / 2)
        painter.drawPixmap(self.area.topLeft(), self._map)
        sx, sy = self.area.width() / self._size.width(), self.area.height() / self._size.height()
        frame = QRectF(
            self.area.x() + seen.x() * sx,
            self.area.y() + seen.y() * sy,
            seen.width() * sx,
            seen.height() * sy,
        )
        centre = frame.center()
        frame.setSize(frame.size().expandedTo(QSizeF(FRAME_LEAST, FRAME_LEAST)))
        frame.moveCenter(centre)
        glass = QColor(self._ink.accent)
        glass.setAlpha(40)
        painter.setBrush(glass)
        painter.setPen(QPen(self._ink.accent, 1.5))
        painter.drawRect(frame.intersected(around))
        return bool(self._left)

    def to_picture(self, point: QPointF) -> QPointF:
        """The place in the picture that a screen point of the map stands for."""
        return QPointF(
            (point.x() - self.area.x()) / self.area.width() * self._size.width(),
            (point.y() - self.area.y()) / self.area.height() * self._size.height(),
        )

    def finish(self) -> None:
        """Draw all that is left."""
        self._draw(math.inf)

    def _draw(self, until: float) -> None:
        if not self._left:
            return
        painter = QPainter(self._map)
        painter.scale(self.area.width() / self._size.width(), self.area.height() / self._size.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        while self._left and time.perf_counter() < until:
            tile = self._left.popleft()
            painter.strokePath(tile.coarse.wires, QPen(self._ink.far_wire, 0))
            for style, path in tile.coarse.boxes.items():
                painter.fillPath(path, self._ink.hairlines[style].color())
        painter.end()
