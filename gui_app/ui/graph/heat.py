"""A tensor as a small strip of coloured cells: its sign by colour, its size by strength."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from gui_app.core.graph import TensorView
from gui_app.ui.theme import Palette, category

MOST_ROWS, MOST_COLUMNS = 4, 9
LEVELS = 8
"""Steps of strength on each side of zero."""


def cells_of(view: TensorView | None) -> NDArray[np.float64] | None:
    """(≤ 4, ≤ 9) means of blocks of the tensor over its largest absolute value, in [-1, 1], NaN kept.

    Leading dimensions are laid below each other. ``None`` for a single element or unknown elements.
    """
    if view is None or view.elements is None or view.elements.size < 2:
        return None
    table = np.atleast_2d(view.elements)
    table = table.reshape(-1, table.shape[-1])
    with np.errstate(all="ignore"):
        table = _block_means(_block_means(table, 0, MOST_ROWS), 1, MOST_COLUMNS)
    finite = np.abs(table[np.isfinite(table)])
    largest = float(finite.max()) if finite.size else 0.0
    return np.clip(table / largest if largest else table, -1.0, 1.0)


def paint_cells(
    painter: QPainter, where: QRectF, cells: NDArray[np.float64], colours: tuple[QColor, ...]
) -> None:
    """Fill ``where`` with the cells in colours of :func:`scale`."""
    count = len(cells), len(cells[0])
    wide, high = where.width() / count[1], where.height() / count[0]
    for row, values in enumerate(cells.tolist()):
        for column, value in enumerate(values):
            level = round(value * LEVELS) + LEVELS if value == value else len(colours) - 1
            painter.fillRect(
                QRectF(where.x() + column * wide, where.y() + row * high, wide, high), colours[level]
            )


def scale(palette: Palette) -> tuple[QColor, ...]:
    """From the most negative over zero to the most positive, then the colour of NaN."""
    ends = QColor(category(palette, 0)), QColor(category(palette, 1))
    zero = QColor(palette.grid)
    shades = [_mixed(zero, ends[level > 0], abs(level) / LEVELS) for level in range(-LEVELS, LEVELS + 1)]
    return (*shades, QColor(palette.error))


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    mixed = [a + (b - a) * share for a, b in zip(first.getRgbF(), second.getRgbF(), strict=True)]
    return QColor.fromRgbF(*mixed)


def _block_means(table: NDArray[np.float64], axis: int, most: int) -> NDArray[np.float64]:
    count = table.shape[axis]
    if count <= most:
        return table
    starts = np.linspace(0, count, most, endpoint=False).astype(int)
    sizes = np.diff(np.append(starts, count))
    shape = (-1, 1) if axis == 0 else (1, -1)
    return np.add.reduceat(table, starts, axis) / sizes.reshape(shape)
