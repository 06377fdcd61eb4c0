"""Lines of any length, drawn at a cost that the size of the picture bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPen, QPolygonF

CHUNK = 24
"""Points drawn as one stroke: the raster painter's cost of a wide jagged stroke grows with its square."""
STROKED = 160
"""A line of so few points is always stroked, …"""
SMOOTH = 1500
"""… one of more than these never; between, a smooth one is: that …"""
WINDING = 3.0
"""… is at most so many times as long as the sides of what it covers."""


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


def draw_line(painter: QPainter, xs: NDArray[np.floating], ys: NDArray[np.floating], width: float) -> None:
    """A line through pixel positions, broken at NaN; the pen's colour is kept, its width is ``width``.

    Where points that go from left to right are denser than the device's pixels, each column of pixels keeps
    its lowest and its highest: no spike is lost, and the cost is bounded by the width of the picture.
    """
    density = max(abs(painter.deviceTransform().m11()), 1e-6)
    raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
    for part in runs(xs, ys):
        x, y = xs[part], ys[part]
        if len(x) > (x[-1] - x[0]) * density + 64 and np.all(np.diff(x) >= 0):
            x, y = _columns(x, y, density)
        if raster and len(x) > STROKED and (len(x) > SMOOTH or _winding(x, y) > WINDING):
            _draw_thin(painter, x, y, width, density)
        else:
            _draw_stroked(painter, x, y, width)


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
    apart = 0.35 * (width - 1.0 / density)
    for aside in np.linspace(-apart, apart, max(1, round(width * density))).tolist():
        painter.drawPolyline(polygon(xs + aside, ys - aside))
    painter.setPen(kept)


def _columns(
    xs: NDArray[np.floating], ys: NDArray[np.floating], density: float
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """First, lowest, highest and last point of each column of device pixels; one where they are the same pixel."""
    columns = np.floor(xs * density)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(columns)) + 1))
    ends = np.append(starts[1:], len(xs)) - 1
    low, high = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    heights = np.stack((ys[starts], low, high, ys[ends]), axis=1)
    flat = (high - low) * density < 1.0
    heights[flat, 0] = (low[flat] + high[flat]) / 2
    kept = np.ones(heights.shape, bool)
    kept[flat, 1:] = False
    centres = np.repeat((columns[starts] + 0.5) / density, 4).reshape(-1, 4)
    return centres[kept], heights[kept]


def draw_dashed(painter: QPainter, xs: NDArray[np.floating], ys: NDArray[np.floating], width: float) -> None:
    """A thin line in the pen's dashes, as cheap as ``draw_line``, and with as many of its spikes."""
    density, ink = max(abs(painter.deviceTransform().m11()), 1e-6), QPen(painter.pen())
    pattern = [length * width * density for length in ink.dashPattern()]
    for part in runs(xs, ys):
        x, y = xs[part], ys[part]
        if len(x) > (x[-1] - x[0]) * density + 64 and np.all(np.diff(x) >= 0):
            x, y = _columns(x, y, density)
        if len(x) > SMOOTH // 2 and _winding(x, y) > WINDING:
            _draw_comb(painter, x, y, pattern, density)
        elif len(x) > STROKED:
            ink.setDashPattern(pattern)
            painter.setPen(ink)
            _draw_thin(painter, x, y, width, density)
        else:
            painter.drawPolyline(polygon(x, y))


def _draw_comb(
    painter: QPainter,
    xs: NDArray[np.floating],
    ys: NDArray[np.floating],
    pattern: list[float],
    density: float,
) -> None:
    """A line that fills what it covers, as upright strokes from the lowest to the highest of each column.

    The dashes are columns that are left out, but none that stands out from its neighbours.
    """
    columns = np.floor(xs * density)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(columns)) + 1))
    low, high = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    places = columns[starts]
    drawn = np.searchsorted(np.cumsum(pattern), places % sum(pattern), side="right") % 2 == 0
    around = np.pad(np.stack((low, -high)), ((0, 0), (1, 1)), mode="edge")
    out = np.minimum(around[:, :-2], around[:, 2:]) - around[:, 1:-1] > 2.0
    drawn |= out.any(axis=0)
    upright = np.stack((low, np.maximum(high, low + 1.0 / density)), axis=1)[drawn]
    upright[1::2] = upright[1::2, ::-1]  # there and back, so that what joins two of them is short
    ink = QPen(painter.pen())
    ink.setStyle(Qt.PenStyle.SolidLine)
    ink.setCosmetic(True)
    ink.setWidthF(1.0)
    painter.setPen(ink)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    at = np.repeat((places[drawn] + 0.5) / density, 2)
    gaps = np.concatenate(([0], np.flatnonzero(np.diff(np.flatnonzero(drawn)) > 1) + 1, [drawn.sum()]))
    for start, end in zip(gaps[:-1].tolist(), gaps[1:].tolist(), strict=True):
        painter.drawPolyline(polygon(at[2 * start : 2 * end], upright[start:end].ravel()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
