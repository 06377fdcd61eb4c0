"""What part of the picture is seen: a zoom and an offset."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter

SMALLEST, LARGEST = 0.01, 6.0
LARGEST_FIT = 1.25
"""A small graph is not blown up beyond this when it is fitted."""
ORIGIN = QPointF(0, 0)
FIT_MARGIN = 24.0
"""Free px on each side of a fitted picture."""


class View(NamedTuple):
    """screen = zoom · picture + offset, both in px."""

    zoom: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def to_picture(self, point: QPointF) -> QPointF:
        """Screen to picture."""
        return QPointF((point.x() - self.dx) / self.zoom, (point.y() - self.dy) / self.zoom)

    def to_screen(self, area: QRectF) -> QRectF:
        """A picture rectangle on the screen."""
        x, y = self.zoom * area.x() + self.dx, self.zoom * area.y() + self.dy
        return QRectF(x, y, self.zoom * area.width(), self.zoom * area.height())

    def seen(self, screen: QSizeF) -> QRectF:
        """The part of the picture that a screen of that size shows."""
        return QRectF(self.to_picture(QPointF(0, 0)), screen / self.zoom)

    def apply(self, painter: QPainter) -> None:
        """Let ``painter`` take picture px from now on."""
        painter.translate(self.dx, self.dy)
        painter.scale(self.zoom, self.zoom)

    def between(self, other: View, share: float) -> View:
        """On the way to ``other``: evenly in the logarithm of the zoom."""
        zoom = self.zoom * (other.zoom / self.zoom) ** share
        return View(zoom, self.dx + share * (other.dx - self.dx), self.dy + share * (other.dy - self.dy))

    def zoomed(self, factor: float, about: QPointF) -> View:
        """Zoomed with the screen point ``about`` staying where it is."""
        zoom = min(LARGEST, max(SMALLEST, self.zoom * factor))
        kept = zoom / self.zoom
        return View(zoom, about.x() - kept * (about.x() - self.dx), about.y() - kept * (about.y() - self.dy))

    def moved(self, by: QPointF) -> View:
        """Moved by screen px."""
        return View(self.zoom, self.dx + by.x(), self.dy + by.y())

    def centred(self, point: QPointF, screen: QSizeF) -> View:
        """The same zoom with the picture point in the middle of the screen."""
        return View(
            self.zoom, screen.width() / 2 - self.zoom * point.x(), screen.height() / 2 - self.zoom * point.y()
        )

    def revealing(self, area: QRectF, screen: QSizeF) -> View:
        """Moved just as far as it takes to see the picture rectangle ``area``."""
        on_screen = self.to_screen(area)
        return self.moved(
            QPointF(
                _into(on_screen.left(), on_screen.right(), screen.width()),
                _into(on_screen.top(), on_screen.bottom(), screen.height()),
            )
        )


def fitted(picture: QSizeF, screen: QSizeF, corner: QPointF = ORIGIN, margin: float = FIT_MARGIN) -> View:
    """The whole picture, which begins at ``corner``, in the middle of the screen, with a margin."""
    room = QSizeF(max(screen.width() - 2 * margin, 1.0), max(screen.height() - 2 * margin, 1.0))
    zoom = min(
        room.width() / max(picture.width(), 1.0), room.height() / max(picture.height(), 1.0), LARGEST_FIT
    )
    centre = corner + QPointF(picture.width() / 2, picture.height() / 2)
    return View(max(zoom, SMALLEST)).centred(centre, screen)


def _into(low: float, high: float, room: float) -> float:
    """How far to move [low, high] so that it lies within [0, room] with a margin."""
    if low < FIT_MARGIN:
        return FIT_MARGIN - low
    return min(0.0, max(room - FIT_MARGIN - high, FIT_MARGIN - low))
