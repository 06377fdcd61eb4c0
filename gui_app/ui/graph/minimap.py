"""The whole graph in a corner, with a frame around what is seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from gui_app.ui.graph.painting import Ink
from gui_app.ui.graph.scene import Scene
from gui_app.ui.theme import GRID

MOST = QSizeF(160, 120)
"""The largest map, px."""
LARGER = 3.0
"""A map is worth its place when the picture has this many times the area of the view."""
FRAME_LEAST = 5.0


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
        self._map = self._draw(scene)

    def paint(self, painter: QPainter, seen: QRectF) -> None:
        """The map and a frame around ``seen`` (px at 100 %)."""
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

    def to_picture(self, point: QPointF) -> QPointF:
        """The place in the picture that a screen point of the map stands for."""
        return QPointF(
            (point.x() - self.area.x()) / self.area.width() * self._size.width(),
            (point.y() - self.area.y()) / self.area.height() * self._size.height(),
        )

    def _draw(self, scene: Scene) -> QPixmap:
        ratio = 2.0
        drawn = QPixmap((self.area.size() * ratio).toSize())
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.scale(self.area.width() / self._size.width(), self.area.height() / self._size.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for tile in scene.tiles:
            painter.strokePath(tile.coarse.wires, QPen(self._ink.far_wire, 0))
            for style, path in tile.coarse.boxes.items():
                painter.fillPath(path, self._ink.hairlines[style].color())
        painter.end()
        return drawn
