"""A path over two axes, bright up to step k and fading into the past; and where it leaves what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.descent.levels import INK, SHADE

Places = NDArray[np.float64]
PIECES = 6
"""Shades of the fading trail."""
DOTTED = 7.0
"""Pixels of a step that is long enough for a dot at its end."""
MOST_DOTS = 200
FARTHEST = 20_000.0
"""Pixels from the corner of the widget beyond which nothing is drawn: strokes of enormous lines take their time."""


def draw_trail(painter: QPainter, xs: Places, ys: Places, here: int) -> None:
    """The visited points at pixel positions: ``here`` of them up to step k, a thin line for what comes after.

    With a dark outline, so that it shows on every colour of the field.
    """
    for colour, width, strength in ((SHADE, 3.0, 0.25), (INK, 1.25, 0.6)):
        painter.setPen(pen(colour, width, strength))
        draw_line(painter, *within_reach(xs[max(here - 1, 0) :], ys[max(here - 1, 0) :]), width)
    xs, ys = xs[:here], ys[:here]
    cuts = np.linspace(0, len(xs), PIECES + 1).astype(int)
    for colour, width, strength in ((SHADE, 4.0, 0.4), (INK, 2.0, 1.0)):
        for piece, (start, end) in enumerate(pairwise(cuts.tolist())):
            painter.setPen(pen(colour, width, strength * (0.35 + 0.65 * (piece + 1) / PIECES)))
            draw_line(painter, *within_reach(xs[start : end + 1], ys[start : end + 1]), width)


def within_reach(xs: Places, ys: Places) -> tuple[Places, Places]:
    """A line cut where it goes farther than FARTHEST; its pieces are separated by NaN."""
    far = (np.abs(xs) > FARTHEST) | (np.abs(ys) > FARTHEST)
    if not far.any():
        return xs, ys
    path = np.stack((xs, ys), 1)
    # From the nearer end on, whose digits would be lost beside those of the other.
    turned = (far[:-1] & ~far[1:])[:, None]
    start, end = np.where(turned, path[1:], path[:-1]), np.where(turned, path[:-1], path[1:])
    with np.errstate(all="ignore"):
        way = end - start
        ends = np.stack(((-FARTHEST - start) / way, (FARTHEST - start) / way))
        # Along an axis that a segment does not move on, it is within reach all the way or not at all.
        still = np.where(np.abs(start) <= FARTHEST, np.inf, np.nan)
        first = np.where(way == 0, -still, ends.min(axis=0)).max(axis=1).clip(0.0)
        last = np.where(way == 0, still, ends.max(axis=0)).min(axis=1).clip(None, 1.0)
        cut = np.where(last[:, None] == 1.0, end, start + last[:, None] * way)
        pieces = np.stack((np.where(first[:, None] == 0.0, start, start + first[:, None] * way), cut), 1)
    pieces = np.clip(pieces[first < last], -FARTHEST, FARTHEST)
    gaps = np.full((len(pieces), 1, 2), np.nan)
    flat = np.concatenate((pieces, gaps), axis=1).reshape(-1, 2)
    return flat[:, 0], flat[:, 1]


def draw_dots(painter: QPainter, xs: Places, ys: Places) -> None:
    """A dot on every step that stands apart from the ones before and after it."""
    strides = np.hypot(np.diff(xs), np.diff(ys))
    strides = np.where(np.isfinite(strides), strides, 0.0)
    far = np.flatnonzero((strides[:-1] >= DOTTED) & (strides[1:] >= DOTTED))[-MOST_DOTS:] + 1
    for x, y in zip(xs[far].tolist(), ys[far].tolist(), strict=True):
        marks.dot(painter, QPointF(x, y), 3.0, INK, SHADE, 0.75)


@dataclass(frozen=True, slots=True)
class Exit:
    """A path's last way out of the plot."""

    step: int
    """The first step that lies outside and is not followed by one inside."""
    at: QPointF
    """Where it crosses the border, in pixels."""
    place: tuple[float, float]
    """Where that step is, in the units of the axes."""

    @property
    def words(self) -> str:
        """What is written there."""
        return f"left the view at step {self.step:,} ›"

    def box(self, frame: Frame) -> QRectF:
        """The rectangle of the words, inside of the plot."""
        metrics, rect = QFontMetricsF(sized(frame.font, TICK_PIXELS)), frame.rect
        width, height = metrics.horizontalAdvance(self.words) + 16, metrics.height() + 6
        left = min(max(self.at.x() - width / 2, rect.left() + 8), rect.right() - width - 8)
        top = min(max(self.at.y() - height / 2, rect.top() + 8), rect.bottom() - height - 8)
        return QRectF(left, top, width, height)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """A sign with the words, and a dot where the path goes out."""
        box, palette = self.box(frame), frame.palette
        marks.dot(painter, self.at, 4.0, palette.warning, INK, 1.5)
        back = QColor(palette.panel)
        back.setAlphaF(0.92)
        painter.setPen(pen(palette.warning, 1.25))
        painter.setBrush(back)
        painter.drawRoundedRect(box, 5, 5)
        font = sized(frame.font, TICK_PIXELS)
        painter.setFont(font)
        painter.setPen(QColor(palette.text))
        painter.drawText(
            QPointF(box.left() + 8, box.center().y() + QFontMetricsF(font).ascent() / 2 - 2), self.words
        )


def exit_of(steps: NDArray[np.intp], path: Places, frame: Frame) -> Exit | None:
    """How a path (n, 2) leaves the plot, for good; None if it ends inside or never was."""
    known = np.flatnonzero(np.isfinite(path).all(axis=1))
    path, steps, rect = path[known], steps[known], frame.rect
    xs, ys = frame.across(path[:, 0]), frame.down(path[:, 1])
    inside = (xs >= rect.left()) & (xs <= rect.right()) & (ys >= rect.top()) & (ys <= rect.bottom())
    within = np.flatnonzero(inside)
    if not len(within) or within[-1] == len(xs) - 1:
        return None
    last = int(within[-1])
    start, end = np.array([xs[last], ys[last]]), np.array([xs[last + 1], ys[last + 1]])
    low, high = np.array([rect.left(), rect.top()]), np.array([rect.right(), rect.bottom()])
    border = np.clip(end, low, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(border != end, (border - start) / (end - start), 1.0)
    at = start + float(shares.min()) * (end - start)
    across, up = path[last + 1].tolist()
    return Exit(int(steps[last + 1]), QPointF(*at.tolist()), (across, up))
