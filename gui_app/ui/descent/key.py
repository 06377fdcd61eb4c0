"""What the signs of a plot mean: a small box in the corner that the path leaves free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.descent.levels import INK, SHADE

ROW = 17.0
SAMPLE = 26.0
"""Pixels for the sign before each label."""
PADDING, EDGE = 7.0, 8.0
WIDEST, HIGHEST = 0.66, 0.55
"""Shares of the plot that the box may take."""
LEAST = 170.0
"""A plot that is smaller than this has none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One sign and its meaning."""

    label: str
    draw: Callable[[QPainter, QPointF], None]
    """Paints the sign around a point, at most ``SAMPLE`` wide."""


def paint_key(
    painter: QPainter,
    frame: Frame,
    entries: Sequence[Entry],
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
) -> None:
    """As many entries as there is room for, where the fewest of the points ``xs``, ``ys`` lie."""
    rect = frame.rect
    if not entries or min(rect.width(), rect.height()) < LEAST:
        return
    font = sized(frame.font, TICK_PIXELS)
    metrics = QFontMetricsF(font)
    rows = max(1, int((HIGHEST * rect.height() - 2 * PADDING) / ROW))
    columns = 2 if len(entries) > rows else 1
    shown = list(entries[: rows * columns])
    if len(shown) < len(entries):
        shown[-1] = Entry(f"and {len(entries) - len(shown) + 1} more", lambda _painter, _at: None)
    rows = -(-len(shown) // columns)
    most = WIDEST * rect.width() / columns - SAMPLE - 3 * PADDING
    labels = [metrics.elidedText(entry.label, Qt.TextElideMode.ElideRight, most) for entry in shown]
    width = max(map(metrics.horizontalAdvance, labels)) + SAMPLE + 2 * PADDING
    box = _corner(rect, columns * width + PADDING, ROW * rows + 2 * PADDING - 2, xs, ys)
    back = QColor(SHADE)
    back.setAlphaF(0.66)
    painter.setPen(pen(INK, 0.75, 0.3))
    painter.setBrush(back)
    painter.drawRoundedRect(box, 5, 5)
    painter.setFont(font)
    for place, (entry, label) in enumerate(zip(shown, labels, strict=True)):
        left = box.left() + PADDING + place // rows * width
        y = box.top() + PADDING - 1 + (place % rows + 0.5) * ROW
        painter.save()
        entry.draw(painter, QPointF(left + SAMPLE / 2, y))
        painter.restore()
        painter.setPen(QColor(INK))
        painter.drawText(QPointF(left + PADDING + SAMPLE, y + metrics.ascent() / 2 - 2), label)


def _corner(
    rect: QRectF, width: float, height: float, xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> QRectF:
    """The box in the emptiest corner; below before above, left before right."""
    sides = (rect.left() + EDGE, rect.right() - EDGE - width)
    heights = (rect.bottom() - EDGE - height, rect.top() + EDGE)
    boxes = [QRectF(left, top, width, height) for top in heights for left in sides]
    counts = [
        np.count_nonzero(
            (xs > box.left() - 12)
            & (xs < box.right() + 12)
            & (ys > box.top() - 12)
            & (ys < box.bottom() + 12)
        )
        for box in boxes
    ]
    return boxes[int(np.argmin(counts))]
