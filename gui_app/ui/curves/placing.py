"""In which corner of a plot a box covers the least of the lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF

INSET = 4.0
"""Pixels between the box and the sides of the plot."""
CLEARLY = 0.5
"""A box moves only where it covers less than this share of what it covers now."""
Corner = tuple[int, int]
"""1 for the right and for the lower one."""
CORNERS: tuple[Corner, ...] = ((1, 0), (0, 1), (1, 1), (0, 0))
"""In the order in which they are liked."""


def placed_at(corner: Corner, size: QSizeF, plot: QRectF) -> QRectF:
    """The box in that corner of the plot."""
    right, low = corner
    x = plot.right() - size.width() - INSET if right else plot.left() + INSET
    y = plot.bottom() - size.height() - INSET if low else plot.top() + INSET
    return QRectF(QPointF(x, max(y, plot.top() + INSET)), size)


def emptiest(
    points: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], size: QSizeF, plot: QRectF, now: Corner
) -> Corner:
    """The corner where the box covers the fewest of the lines' ``points``; where it is ``now``, if that will do."""
    xs, ys = (np.concatenate([line[i] for line in points] or [np.empty(0)]) for i in (0, 1))

    def covered(corner: Corner) -> int:
        box = placed_at(corner, size, plot)
        inside = (xs > box.left()) & (xs < box.right()) & (ys > box.top()) & (ys < box.bottom())
        return int(np.count_nonzero(inside))

    best = min(CORNERS, key=covered)
    return best if covered(best) < CLEARLY * covered(now) else now
