"""A line that goes up and down at every pixel, painted as the columns of pixels that it fills.

A hundred times as fast as a painter strokes or fills it, and exact: each column reaches from the lowest to the
highest point of its steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

DENSE = 4.0
"""Points for each column from which on it does not matter where a line goes from one to the next."""
STANDS_OUT = 2.0
"""Pixels by which a column is taller than both neighbours where its dash is drawn though it is a gap."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of device pixels from ``first`` on: each from ``low`` to ``high``, downwards."""

    first: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def thickened(self, pixels: int) -> Columns:
        """As if drawn with a pen of so many device pixels."""
        low, high = self.low.copy(), self.high.copy()
        for _ in range(1, pixels):
            low[1:], high[1:] = np.minimum(low[1:], low[:-1]), np.maximum(high[1:], high[:-1])
        return Columns(self.first, np.floor(low - (pixels - 1) / 2), np.floor(high + (pixels + 1) / 2))

    def dashed(self, pattern: Sequence[float]) -> Columns:
        """With gaps after this pattern of device pixels, but for columns that stand out from their neighbours."""
        places = np.arange(self.first, self.first + len(self.low))
        drawn = np.searchsorted(np.cumsum(pattern), places % sum(pattern), side="right") % 2 == 0
        around = np.pad(np.stack((self.low, -self.high)), ((0, 0), (1, 1)), mode="edge")
        out = np.minimum(around[:, :-2], around[:, 2:]) - around[:, 1:-1] > STANDS_OUT
        drawn |= out.any(axis=0)
        return Columns(self.first, self.low, np.where(drawn, self.high, self.low))


def columns_of(xs: NDArray[np.floating], ys: NDArray[np.floating], first: int, last: int) -> Columns | None:
    """What a line through points in device pixels, from left to right, fills of columns ``first`` … ``last``."""
    if len(xs) < DENSE * (xs[-1] - xs[0]):
        xs, ys = _cut(xs, ys, first, last)
    at = np.floor(xs)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(at)) + 1))
    joined = ys[np.maximum(starts - 1, 0)]  # where the line comes from
    low = np.minimum(np.minimum.reduceat(ys, starts), joined)
    high = np.maximum(np.maximum.reduceat(ys, starts), joined)
    begin, end = max(int(at[0]), first), min(int(at[-1]), last)
    if end < begin:
        return None
    # A column without a point shows the one before it.
    each = np.searchsorted(at[starts], np.arange(begin, end + 1), side="right") - 1
    return Columns(begin, low[each].astype(float), high[each].astype(float))


def _cut(
    xs: NDArray[np.floating], ys: NDArray[np.floating], first: int, last: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The same line with points where it goes from one column to the next."""
    edges = np.arange(max(np.ceil(xs[0]), first), min(xs[-1], last + 1))
    at = np.searchsorted(xs, edges)
    return np.insert(xs, at, edges), np.insert(ys, at, np.interp(edges, xs, ys))


def draw_columns(painter: QPainter, columns: Columns, colour: QColor, density: float, inside: QRectF) -> None:
    """Paint them, ``density`` device pixels to a pixel, as far as they lie ``inside``."""
    top, bottom = int(inside.top() * density), int(np.ceil(inside.bottom() * density))
    low, high = np.clip(columns.low, top, bottom), np.clip(columns.high, top, bottom)
    top, bottom = int(low.min()), int(high.max())
    if bottom <= top:
        return
    begin, tall = (low - top).astype(np.uint16), (high - low).astype(np.uint16)
    rows = np.arange(bottom - top, dtype=np.uint16)[:, None]
    pixels = (rows - begin < tall) * _premultiplied(colour)  # above its beginning the difference wraps around
    shape = len(low), bottom - top
    image = QImage(pixels.data, *shape, 4 * len(low), QImage.Format.Format_ARGB32_Premultiplied)
    place = QRectF(columns.first, top, *shape)
    painter.drawImage(QRectF(place.topLeft() / density, place.size() / density), image)


def _premultiplied(colour: QColor) -> np.uint32:
    red, green, blue, alpha = colour.getRgbF()
    parts = (round(255 * part) for part in (alpha, red * alpha, green * alpha, blue * alpha))
    return np.uint32(int.from_bytes(bytes(parts), "big"))
