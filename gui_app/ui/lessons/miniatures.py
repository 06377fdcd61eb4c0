"""Small pictures on the cards, painted from the lesson's own numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from contourpy import contour_generator
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui_app.ui.theme import Palette, category

LEVELS = 7
"""Level lines of a surface's miniature."""


@dataclass(frozen=True, slots=True)
class LessonCard:
    """What the gallery shows of a lesson."""

    id: str
    title: str
    summary: str
    kind: str
    """The section that it stands in, a key of MINIATURES."""
    curve: tuple[float, ...] = ()
    """graph, gradients: how many nodes each layer has, leaves first. descent: the loss at evenly spaced steps.
    surfaces: the values on a square grid, row by row from the bottom. Empty: a picture of the kind alone."""


def paint_graph(painter: QPainter, area: QRectF, curve: tuple[float, ...], palette: Palette) -> None:
    """Layers of nodes from left to right, each joined to its nearest ones in the next layer."""
    layers = [max(1, int(count)) for count in curve if math.isfinite(count)] or [2, 3, 2, 1]
    radius = min(6.0, area.height() / (2.8 * max(layers)), area.width() / (4 * len(layers)))
    places = [_layer(area.adjusted(radius, 0, -radius, 0), layers, index) for index in range(len(layers))]
    painter.setPen(QPen(QColor(palette.muted), 1.2))
    for left, right in pairwise(places):
        lines = max(len(left), len(right))
        for index in range(lines):
            painter.drawLine(left[index * len(left) // lines], right[index * len(right) // lines])
    for depth, layer in enumerate(places):
        style = palette.nodes["leaf" if depth == 0 else "root" if depth == len(places) - 1 else "grad_fn"]
        painter.setPen(QPen(QColor(style.border), 1.5))
        painter.setBrush(QColor(style.fill))
        for centre in layer:
            painter.drawEllipse(centre, radius, radius)


def _layer(area: QRectF, layers: list[int], index: int) -> list[QPointF]:
    """Centres of the nodes of one layer, spread over the height."""
    x = area.left() + area.width() * (index / (len(layers) - 1) if len(layers) > 1 else 0.5)
    count = layers[index]
    pitch = area.height() / max(layers)
    return [QPointF(x, area.center().y() + (row - (count - 1) / 2) * pitch) for row in range(count)]


def paint_descent(painter: QPainter, area: QRectF, curve: tuple[float, ...], palette: Palette) -> None:
    """The loss over the steps, falling from left to right, with the last step as a point."""
    values = np.array(curve or tuple(math.exp(-step / 5) for step in range(24)), float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return
    low, span = float(values.min()), float(np.ptp(values)) or 1.0
    xs = np.linspace(area.left(), area.right(), len(values))
    ys = area.bottom() - (values - low) / span * area.height()
    line = QPolygonF([QPointF(x, y) for x, y in zip(xs, ys, strict=True)])
    under = QPolygonF(line)
    under.append(QPointF(area.right(), area.bottom()))
    under.append(QPointF(area.left(), area.bottom()))
    colour = QColor(category(palette, 0))
    soft = QColor(colour)
    soft.setAlpha(36)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(soft)
    painter.drawPolygon(under)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPolyline(line)
    painter.setPen(QPen(QColor(palette.panel), 1.5))
    painter.setBrush(QColor(palette.cursor))
    painter.drawEllipse(line.last(), 4.5, 4.5)


def paint_surface(painter: QPainter, area: QRectF, curve: tuple[float, ...], palette: Palette) -> None:
    """Level lines over the whole area, denser towards the bottom of the valley, and a point where it is deepest."""
    side = math.isqrt(len(curve))
    values = np.array(curve[: side * side], float).reshape(side, side) if side > 1 else _bowl()
    if not np.isfinite(values).any():
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for depth, path in level_paths(values, area, LEVELS):
        colour = QColor(category(palette, 0))
        colour.setAlphaF(1.0 - 0.75 * depth)
        painter.setPen(QPen(colour, 1.4))
        painter.drawPath(path)
    row, column = np.unravel_index(np.nanargmin(values), values.shape)
    rows, columns = values.shape
    lowest = QPointF(
        area.left() + area.width() * int(column) / (columns - 1),
        area.bottom() - area.height() * int(row) / (rows - 1),
    )
    painter.setPen(QPen(QColor(palette.panel), 1.5))
    painter.setBrush(QColor(palette.cursor))
    painter.drawEllipse(lowest, 4.5, 4.5)


def _bowl() -> np.ndarray:
    ys, xs = np.mgrid[-1:1:33j, -1:1:33j]
    return xs**2 + 2 * (ys - 0.2 * xs) ** 2


def level_paths(values: np.ndarray, area: QRectF, levels: int) -> list[tuple[float, QPainterPath]]:
    """Level lines of ``values`` (rows upwards) stretched over ``area``, with their depth 0 … 1 from the bottom.

    The levels are quantiles of the values, so that valleys and plateaus both have their share.
    """
    rows, columns = values.shape
    finite = values[np.isfinite(values)]
    if not len(finite):
        return []
    xs = np.linspace(area.left(), area.right(), columns)
    ys = np.linspace(area.bottom(), area.top(), rows)
    lines = contour_generator(xs, ys, np.ma.masked_invalid(values))
    shares = np.arange(1, levels + 1) / (levels + 1)
    made = []
    for share, level in zip(shares, np.quantile(finite, shares**1.3), strict=True):
        path = QPainterPath()
        for line in lines.lines(float(level)):
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line]))
        made.append((float(share), path))
    return made


MINIATURES: dict[str, Callable[[QPainter, QRectF, tuple[float, ...], Palette], None]] = {
    "graph": paint_graph,
    "gradients": paint_graph,
    "descent": paint_descent,
    "surfaces": paint_surface,
}
