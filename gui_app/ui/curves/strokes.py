"""Lines of any length, drawn at a cost that the size of the picture bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPaintEngine, QPainter, QPen, QPolygonF

from gui_app.ui.curves.columns import columns_of, draw_columns

CHUNK = 24
"""Points drawn as one stroke: the raster painter's cost of a wide jagged stroke grows with its square."""
STROKED = 160
"""Most points of a line that is stroked: smooth ones have fewer, once what lies straight is left out."""
WINDING = 3.0
"""A line that is longer than so many times the sides of what it covers is jagged."""
STRAIGHT = 0.06
"""Device pixels within which points count as one straight line, each round; …"""
ROUNDS = 5
"""… points between two others are left out so often, half of them at most: overlapping joins make a stroke bold."""
FEW = 64
"""Points up to which a jagged line is stroked all the same: it looks better, and costs little."""


def polygon(xs: NDArray[np.floating], ys: NDArray[np.floating]) -> QPolygonF:
    """The polygon of pixel positions (n,) and (n,), copied in one go."""
    made = QPolygonF()
    if len(xs):
        made.resize(len(xs))
        buffer = shiboken6.VoidPtr(made.data(), 16 * len(xs), True)
        target = np.frombuffer(buffer, np.float64).reshape(-1, 2)
        target[:, 0], target[:, 1] = xs, ys
    return made


def runs(xs: NDArray[np.floating], ys: NDArray[np.floating]) -> Iterator[slice]:
    """The stretches in which both are numbers."""
    good = np.concatenate(([False], ~(np.isnan(xs) | np.isnan(ys)), [False]))
    edges = np.flatnonzero(good[1:] != good[:-1])
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield slice(start, end)


def draw_line(
    painter: QPainter,
    xs: NDArray[np.floating],
    ys: NDArray[np.floating],
    width: float,
    inside: QRectF | None = None,
) -> None:
    """A line through pixel positions, broken at NaN; the pen's colour is kept, its width is ``width``.

    Nothing of it needs to be seen but ``inside``: known, that makes jagged lines fast.

    Where points that go from left to right are denser than the device's pixels, each column of pixels keeps
    its lowest and its highest: no spike is lost, and the cost is bounded by the width of the picture.
    """
    density = max(abs(painter.deviceTransform().m11()), 1e-6)
    raster = _is_raster(painter)
    for part in runs(xs, ys):
        x, y = xs[part], ys[part]
        if raster and inside is not None and _is_jagged(x, y):
            _draw_jagged(painter, x, y, width, density, inside)
            continue
        x, y = _straightened(*_thinned(x, y, density), STRAIGHT / density)
        if raster and len(x) > STROKED:
            _draw_thin(painter, x, y, width, density)
        else:
            _draw_stroked(painter, x, y, width)


def draw_lines(
    painter: QPainter,
    xs: NDArray[np.floating],
    ys: NDArray[np.floating],
    pens: Sequence[QPen],
    width: float,
    inside: QRectF,
) -> None:
    """Lines over the same positions (n,), from left to right, with heights (n, lines), as ``draw_line`` draws each.

    Long ones are thinned together: a few dozen lines one by one would be most of the cost of a picture.
    """
    if len(xs) > STROKED and _is_raster(painter) and not np.isnan(ys).any():
        density = max(abs(painter.deviceTransform().m11()), 1e-6)
        columns = np.floor(xs * density)
        starts = np.concatenate(([0], np.flatnonzero(np.diff(columns)) + 1))
        extremes = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
        across = np.repeat((columns[starts] + 0.5) / density, 2)
        down = np.stack(extremes, axis=1).reshape(len(across), -1)
        for pen, line in zip(pens, down.T, strict=True):
            painter.setPen(pen)
            _draw_thin(painter, across, line, width, density)
        return
    for pen, line in zip(pens, ys.T, strict=True):
        painter.setPen(pen)
        draw_line(painter, xs, line, width, inside)


def _is_raster(painter: QPainter) -> bool:
    return painter.paintEngine().type() == QPaintEngine.Type.Raster


def _is_jagged(xs: NDArray[np.floating], ys: NDArray[np.floating]) -> bool:
    """Whether a line goes from left to right, and up and down all the time."""
    return len(xs) > FEW and _winding(xs, ys) > WINDING and bool(np.all(np.diff(xs) >= 0))


def _thinned(
    xs: NDArray[np.floating], ys: NDArray[np.floating], density: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The same picture of a line, with a few points for each column of pixels."""
    many = len(xs) > (xs[-1] - xs[0]) * density + 64 and np.all(np.diff(xs) >= 0)
    return _columns(xs, ys, density) if many else (xs, ys)


def _winding(xs: NDArray[np.floating], ys: NDArray[np.floating]) -> float:
    """Length of a line as a multiple of the sides of the rectangle that it covers."""
    length = np.abs(np.diff(xs)).sum() + np.abs(np.diff(ys)).sum()
    return float(length / max(np.ptp(xs) + np.ptp(ys), 1e-9))


def _draw_stroked(
    painter: QPainter, xs: NDArray[np.floating], ys: NDArray[np.floating], width: float
) -> None:
    """Strokes with round joins, a few points each."""
    ink = QPen(painter.pen())
    ink.setWidthF(width)
    painter.setPen(ink)
    if len(xs) == 1:
        painter.drawPoint(QPointF(float(xs[0]), float(ys[0])))
    for start in range(0, len(xs) - 1, CHUNK):
        painter.drawPolyline(polygon(xs[start : start + CHUNK + 1], ys[start : start + CHUNK + 1]))


def _draw_thin(
    painter: QPainter, xs: NDArray[np.floating], ys: NDArray[np.floating], width: float, density: float
) -> None:
    """Lines of one device pixel side by side: up to a hundred times as fast as one wide jagged stroke."""
    kept, ink = painter.pen(), QPen(painter.pen())
    ink.setWidthF(1.0)
    ink.setCosmetic(True)
    painter.setPen(ink)
    apart = 0.5 * (width - 1.0 / density)
    ahead, up = np.gradient(xs), np.gradient(ys)
    long = np.maximum(np.hypot(ahead, up), 1e-9)
    for aside in np.linspace(-apart, apart, max(1, round(width * density))).tolist():
        painter.drawPolyline(polygon(xs - aside * up / long, ys + aside * ahead / long))
    painter.setPen(kept)


def _columns(
    xs: NDArray[np.floating], ys: NDArray[np.floating], density: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """First, lowest, highest and last point of each column of device pixels; one where they are the same pixel."""
    columns = np.floor(xs * density)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(columns)) + 1))
    ends = np.append(starts[1:], len(xs)) - 1
    low, high = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    first, last = ys[starts], ys[ends]
    centres = (columns[starts] + 0.5) / density
    heights = np.stack((first, low, high, last), axis=1)
    across = np.stack((xs[starts], centres, centres, xs[ends]), axis=1)
    flat = (high - low) * density < 1.0
    heights[flat, 0], across[flat, 0] = (low[flat] + high[flat]) / 2, centres[flat]
    kept = np.ones(heights.shape, bool)
    kept[flat, 1:] = False
    steady = (np.minimum(first, last) == low) & (np.maximum(first, last) == high)
    kept[steady, 1:3] = False
    return across[kept], heights[kept]


def _straightened(
    xs: NDArray[np.floating], ys: NDArray[np.floating], most: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The same line without points that lie between two others, no further than ``most`` beside the way."""
    for _ in range(ROUNDS):
        if len(xs) < 3:
            break
        ahead, up = xs[2::2] - xs[:-2:2], ys[2::2] - ys[:-2:2]
        count = len(ahead)
        right, over = xs[1::2][:count] - xs[:-2:2], ys[1::2][:count] - ys[:-2:2]
        whole = np.hypot(ahead, up)
        aside = np.abs(ahead * over - up * right) <= most * whole
        detour = np.hypot(right, over) + np.hypot(ahead - right, up - over) - whole <= most
        kept = np.ones(len(xs), bool)
        kept[1::2][:count] = ~(aside & detour)
        if kept.all():
            break
        xs, ys = xs[kept], ys[kept]
    return xs, ys


def draw_dashed(
    painter: QPainter,
    xs: NDArray[np.floating],
    ys: NDArray[np.floating],
    width: float,
    inside: QRectF | None = None,
) -> None:
    """A thin line in the pen's dashes, as cheap as ``draw_line``, and with as many of its spikes."""
    density, ink = max(abs(painter.deviceTransform().m11()), 1e-6), QPen(painter.pen())
    pattern = [length * width * density for length in ink.dashPattern()]
    raster = _is_raster(painter)
    for part in runs(xs, ys):
        x, y = xs[part], ys[part]
        if raster and inside is not None and _is_jagged(x, y):
            _draw_jagged(painter, x, y, width, density, inside, pattern)
            continue
        x, y = _thinned(x, y, density)
        if raster and len(x) > STROKED:
            ink.setDashPattern(pattern)
            painter.setPen(ink)
            _draw_thin(painter, x, y, width, density)
        else:
            painter.drawPolyline(polygon(x, y))


def _draw_jagged(
    painter: QPainter,
    xs: NDArray[np.floating],
    ys: NDArray[np.floating],
    width: float,
    density: float,
    inside: QRectF,
    pattern: Sequence[float] = (),
) -> None:
    """As columns of pixels, in dashes if there is a ``pattern`` of device pixels."""
    first, last = math.floor(inside.left() * density), math.ceil(inside.right() * density)
    found = columns_of(xs * density, ys * density, first, last)
    if found is not None:
        found = found.thickened(max(1, round(width * density)))
        found = found.dashed(pattern) if pattern else found
        draw_columns(painter, found, painter.pen().color(), density, inside)
