"""Small signs that the charts share: dots, arrows, stars and the cursor line."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from gui_app.ui.curves.frame import Frame, pen

HEAD = 9.0
"""Length of an arrow's head in pixels."""


def dot(painter: QPainter, at: QPointF, radius: float, fill: str, ring: str, width: float = 1.5) -> None:
    """A filled disc with a ring that sets it off from what lies below."""
    painter.setPen(pen(ring, width))
    painter.setBrush(QColor(fill))
    painter.drawEllipse(at, radius, radius)


def arrow(painter: QPainter, start: QPointF, end: QPointF, colour: str, width: float = 2.0) -> None:
    """A straight arrow; nothing if it is shorter than its head's half."""
    along = end - start
    length = math.hypot(along.x(), along.y())
    if not HEAD / 2 < length < 1e6:
        return
    unit = along / length
    head = min(HEAD, 0.7 * length)
    side = QPointF(-unit.y(), unit.x()) * head * 0.45
    neck = end - unit * head
    painter.setPen(pen(colour, width))
    painter.drawLine(start, neck)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawPolygon(QPolygonF([end, neck + side, neck - side]))


def star(painter: QPainter, at: QPointF, radius: float, fill: str, ring: str) -> None:
    """A star with five points."""
    tips = [
        at
        + QPointF(math.sin(turn * math.pi / 5), -math.cos(turn * math.pi / 5))
        * (radius, radius * 0.42)[turn % 2]
        for turn in range(10)
    ]
    painter.setPen(pen(ring, 1.25))
    painter.setBrush(QColor(fill))
    painter.drawPolygon(QPolygonF(tips))


def diamond(painter: QPainter, at: QPointF, radius: float, fill: str, ring: str) -> None:
    """A square on its corner."""
    corners = [QPointF(0, -radius), QPointF(radius, 0), QPointF(0, radius), QPointF(-radius, 0)]
    painter.setPen(pen(ring, 1.25))
    painter.setBrush(QColor(fill))
    painter.drawPolygon(QPolygonF([at + corner for corner in corners]))


SYMBOLS = (
    ((0.0, -1.25), (1.15, 0.8), (-1.15, 0.8)),
    ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    ((0.0, 1.25), (1.15, -0.8), (-1.15, -0.8)),
    ((0.0, -1.3), (1.0, 0.0), (0.0, 1.3), (-1.0, 0.0)),
    tuple((math.sin(turn * math.pi / 3), math.cos(turn * math.pi / 3)) for turn in range(6)),
)
"""Corners of small signs that lines are told apart by, as multiples of a radius."""


def symbol(painter: QPainter, at: QPointF, kind: int, radius: float, fill: str, ring: str) -> None:
    """The sign of that number, counted round and round."""
    corners = [at + QPointF(x, y) * radius for x, y in SYMBOLS[kind % len(SYMBOLS)]]
    painter.setPen(pen(ring, 1.0))
    painter.setBrush(QColor(fill))
    painter.drawPolygon(QPolygonF(corners))


def cursor_line(painter: QPainter, frame: Frame, step: float) -> None:
    """The upright line at step k, with a handle at its top."""
    x, rect, colour = float(frame.across(step)), frame.rect, frame.palette.cursor
    if not rect.left() - 1 <= x <= rect.right() + 1:
        return
    painter.setPen(pen(colour, 1.25, 0.8))
    painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    top = rect.top()
    painter.drawPolygon(QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, top + 8)]))
