"""The box around a surface: floor, walls behind, numbers and names along three of its edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF

from gui_app.ui.curves.frame import LABEL_PIXELS, TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.numbers import linear_labels, nice_step, said
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.camera import HEIGHT, Camera
from gui_app.ui.descent.levels import Scale

WIDEST = 2.0 * math.sqrt(2)
"""The ground's diagonal."""
SIDE, BELOW, ABOVE = 64.0, 46.0, 14.0
"""Pixels kept free around the box for numbers and names."""
OUT = 0.1
"""How far numbers stand outside of the ground, as a share of the way from its middle."""
NAME = 22.0
"""Pixels from the numbers to the name of an axis, …"""
LONG = 48.0
"""… which is turned along its edge where it is wider than this."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the box is on the screen."""

    rect: QRectF
    camera: Camera

    @property
    def scale(self) -> float:
        """Pixels per unit of the ground."""
        _, _, up, along = self.camera.ground
        tall = HEIGHT * up + WIDEST * along
        wide = max(self.rect.width() - 2 * SIDE, 40.0) / WIDEST
        return min(wide, max(self.rect.height() - BELOW - ABOVE, 40.0) / tall) * self.camera.zoom

    @property
    def middle(self) -> QPointF:
        """Where the middle of the box is, in pixels."""
        return self.rect.center() + QPointF(0, (ABOVE - BELOW) / 2)

    def point(self, x: float, y: float, height: float = 0.0) -> QPointF:
        """The pixel position of a point of the box."""
        middle, scale = self.middle, self.scale
        right, up = self.camera.across(x, y), self.camera.up(x, y, height)
        return QPointF(middle.x() + float(right) * scale, middle.y() - float(up) * scale)

    def points(self, x: np.ndarray, y: np.ndarray, height: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same for many, (n,) each."""
        middle, scale = self.middle, self.scale
        return (
            middle.x() + self.camera.across(x, y) * scale,
            middle.y() - self.camera.up(x, y, height) * scale,
        )

    @property
    def near(self) -> tuple[float, float]:
        """The corner of the ground next to the eye."""
        cos, sin, _, _ = self.camera.ground
        return math.copysign(1.0, cos), math.copysign(1.0, sin)

    @property
    def left(self) -> tuple[float, float]:
        """The corner of the ground farthest to the left."""
        return min(((x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0)), key=lambda at: self.camera.across(*at))


@dataclass(frozen=True, slots=True)
class Edge:
    """One numbered edge: shares from 0 to 1 along it, and what is written there."""

    name: str
    shares: Sequence[float]
    labels: Sequence[str]


def ground_edge(name: str, span: Span) -> Edge:
    """Round numbers along one side of the ground."""
    step = nice_step(span.length, 5)
    low, high = math.ceil(span.low / step - 1e-9), math.floor(span.high / step + 1e-9)
    values = [step * count for count in range(low, high + 1)]
    return Edge(name, [(value - span.low) / span.length for value in values], linear_labels(values, step))


def upright_edge(name: str, scale: Scale) -> Edge:
    """Round values up the box."""
    values = scale.ticks(6)
    return Edge(name, scale.heights(values).tolist(), [said(float(value), 4) for value in values])


def paint_behind(painter: QPainter, frame: Frame, stage: Stage, edges: tuple[Edge, Edge, Edge]) -> None:
    """Floor, the two walls behind the surface, and hair lines on them at the numbers."""
    near_x, near_y = stage.near
    palette, (across, along, upright) = frame.palette, edges
    floor = [stage.point(x, y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    painter.setPen(pen(palette.border, 1.0))
    painter.setBrush(QColor(palette.raised))
    painter.drawPolygon(QPolygonF(floor))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for corners in (((-near_x, -1), (-near_x, 1)), ((-1, -near_y), (1, -near_y))):
        wall = [stage.point(*corners[0]), stage.point(*corners[1])]
        painter.drawPolygon(QPolygonF([*wall, stage.point(*corners[1], 1), stage.point(*corners[0], 1)]))
    painter.setPen(pen(palette.border, 0.75, 0.75))
    for share in across.shares:
        x = 2 * share - 1
        painter.drawPolyline([stage.point(x, near_y), stage.point(x, -near_y), stage.point(x, -near_y, 1)])
    for share in along.shares:
        y = 2 * share - 1
        painter.drawPolyline([stage.point(near_x, y), stage.point(-near_x, y), stage.point(-near_x, y, 1)])
    for share in upright.shares:
        corner = stage.point(-near_x, -near_y, share)
        painter.drawPolyline(
            [stage.point(near_x, -near_y, share), corner, stage.point(-near_x, near_y, share)]
        )


def paint_numbers(painter: QPainter, frame: Frame, stage: Stage, edges: tuple[Edge, Edge, Edge]) -> None:
    """Numbers and names, outside of the box."""
    near_x, near_y = stage.near
    across, along, upright = edges
    taken: list[QRectF] = []
    for edge, ends, out in (
        (across, ((-1.0, near_y), (1.0, near_y)), (0.0, near_y)),
        (along, ((near_x, -1.0), (near_x, 1.0)), (near_x, 0.0)),
    ):
        start, end = (stage.point(*corner) for corner in ends)
        away = (stage.point(*out) - stage.point(0, 0)) * OUT
        places = [start + (end - start) * share + away for share in edge.shares]
        _paint_edge(painter, frame, edge, places, taken)
        _paint_name(painter, frame, edge.name, start, end, away)
    left = stage.left
    places = [stage.point(*left, share) - QPointF(8, 0) for share in upright.shares]
    font = sized(frame.font, TICK_PIXELS)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(frame.palette.muted))
    free = math.inf
    for at, label in zip(places, upright.labels, strict=True):
        if at.y() < free - metrics.height() + 2:
            painter.drawText(at + QPointF(-metrics.horizontalAdvance(label), metrics.ascent() / 2 - 2), label)
            free = at.y()
    painter.setFont(sized(frame.font, LABEL_PIXELS))
    width = QFontMetricsF(painter.font()).horizontalAdvance(upright.name)
    top = stage.point(*left, 1)
    painter.drawText(QPointF(max(top.x() - 8 - width, stage.rect.left() + 8), top.y() - 14), upright.name)


def _paint_edge(
    painter: QPainter, frame: Frame, edge: Edge, places: list[QPointF], taken: list[QRectF]
) -> None:
    """The numbers around their places, but none that would run into another; ``taken`` grows by theirs."""
    font = sized(frame.font, TICK_PIXELS)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(frame.palette.muted))
    for at, label in zip(places, edge.labels, strict=True):
        width = metrics.horizontalAdvance(label)
        box = QRectF(at.x() - width / 2, at.y() - metrics.height() / 2, width, metrics.height())
        if not any(box.adjusted(-4, 0, 4, 0).intersects(other) for other in taken):
            painter.drawText(QPointF(box.left(), at.y() + metrics.ascent() / 2 - 2), label)
            taken.append(box)


def _paint_name(
    painter: QPainter, frame: Frame, name: str, start: QPointF, end: QPointF, away: QPointF
) -> None:
    """The name along its edge, beyond the numbers; ``away`` leads from the edge to them."""
    painter.setFont(sized(frame.font, LABEL_PIXELS))
    painter.setPen(QColor(frame.palette.muted))
    width = QFontMetricsF(painter.font()).horizontalAdvance(name)
    along = end - start if end.x() >= start.x() else start - end
    out = QPointF(-along.y(), along.x()) / max(math.hypot(along.x(), along.y()), 1e-9)  # down the screen
    middle = (start + end) / 2 + away + out * NAME
    painter.save()
    painter.translate(middle)
    if width > LONG:
        painter.rotate(math.degrees(math.atan2(along.y(), along.x())))
    painter.drawText(QPointF(-width / 2, 5), name)
    painter.restore()
