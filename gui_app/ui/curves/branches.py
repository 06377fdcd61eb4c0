"""The lines of the branches that are not shown: faint, from where they begin, to be pointed at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from gui_app.core.branch import Branch
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_colour, branch_pen
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.loss_curve import DIMMED
from gui_app.ui.curves.odd_losses import OddLosses
from gui_app.ui.curves.sampling import density_of, sampled
from gui_app.ui.curves.strokes import draw_dashed

REACH = 7.0
"""Pixels within which a line is pointed at."""
FAINT, STRONG = 0.75, 1.0


@dataclass(slots=True)
class BranchLines:
    """The losses of all other branches."""

    branches: Sequence[Branch] = ()
    pointed: Branch | None = None
    """The one under the mouse."""
    _extremes: dict[bool, NDArray[np.float64]] = field(default_factory=dict)
    _odd: dict[Branch, OddLosses] = field(default_factory=dict)

    def replace(self, branches: Sequence[Branch]) -> None:
        """Draw these, whose records grow no more."""
        self.branches, self.pointed = tuple(branches), None
        self._odd = {
            branch: self._odd.get(branch) or OddLosses(branch.history, branch.start) for branch in branches
        }
        for odd in self._odd.values():
            odd.update()
        self._extremes = {
            log: np.concatenate([_extremes(branch, log=log) for branch in branches] or [np.empty(0)])
            for log in (False, True)
        }

    @property
    def last(self) -> int:
        """The newest step of them all; 0 if there are none."""
        return max((branch.history.last for branch in self.branches), default=0)

    def extremes_over(self, first: int, last: int) -> NDArray[np.float64]:
        """Losses whose stretch holds all of those steps."""
        parts = [
            b.history.loss_curve(max(first, b.start), min(last, b.history.last), 512)[1]
            for b in self.branches
        ]
        return np.concatenate(parts or [np.empty(0)])

    def extremes(self, *, log: bool) -> NDArray[np.float64]:
        """Numbers whose stretch holds every finite (positive, if ``log``) loss that is drawn."""
        return self._extremes.get(log, np.empty(0))

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """All of them, faint; fainter while one is pointed at."""
        for branch in self.branches:
            _paint(painter, frame, branch, 1.25, FAINT if self.pointed in (None, branch) else DIMMED)
            self.paint_odd(painter, frame, branch)

    def paint_odd(self, painter: QPainter, frame: Frame, branch: Branch) -> None:
        """Marks where a loss of that branch cannot be drawn."""
        self._odd[branch].paint(painter, frame, branch_colour(frame.palette, branch.number))

    def paint_pointed(self, painter: QPainter, frame: Frame) -> None:
        """The one under the mouse, strong, with a dot at its end."""
        branch = self.pointed
        if branch is None or not len(branch.history):
            return
        _paint(painter, frame, branch, 2.5, STRONG)
        end, loss = branch.history.last, float(branch.history.losses[-1])
        if math.isfinite(loss):
            colour = branch_colour(frame.palette, branch.number)
            marks.dot(painter, frame.point(end, loss), 4.0, colour, frame.palette.panel)

    def nearest(self, at: QPointF, frame: Frame, closer: float = math.inf) -> Branch | None:
        """The branch whose line is pointed at: within reach, and nearer than ``closer`` pixels."""
        found = [(distance(branch, at, frame), index) for index, branch in enumerate(self.branches)]
        least, index = min(found, default=(math.inf, 0))
        return self.branches[index] if least <= REACH and least < closer else None


def distance(branch: Branch, at: QPointF, frame: Frame) -> float:
    """Pixels from ``at`` to the branch's line; infinity where it has none."""
    left, right = (frame.x_at(QPointF(at.x() + aside, at.y())) for aside in (-REACH, REACH))
    first, last = max(math.floor(left), branch.start), min(math.ceil(right), branch.history.last)
    if last < first:
        return math.inf
    steps, losses = branch.history.loss_curve(first, last, 64)
    xs, ys = frame.across(steps), frame.down(np.where(np.isfinite(losses), losses, np.nan))
    return _to_line(xs - at.x(), ys - at.y())


def _to_line(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> float:
    """From the origin to the line through these points."""
    if len(xs) == 1:
        return float(np.nan_to_num(np.hypot(xs[0], ys[0]), nan=np.inf))
    along_x, along_y = np.diff(xs), np.diff(ys)
    square = np.maximum(along_x**2 + along_y**2, 1e-12)
    share = np.clip(-(xs[:-1] * along_x + ys[:-1] * along_y) / square, 0.0, 1.0)
    gaps = np.hypot(xs[:-1] + share * along_x, ys[:-1] + share * along_y)
    return float(np.nanmin(gaps)) if np.isfinite(gaps).any() else math.inf


def _paint(painter: QPainter, frame: Frame, branch: Branch, width: float, alpha: float) -> None:
    steps, losses = sampled(branch.history.loss_curve, frame, density_of(painter), branch.start)
    painter.setPen(branch_pen(frame.palette, branch.number, width, alpha))
    draw_dashed(painter, frame.across(steps), frame.down(losses), width, frame.rect)


def _extremes(branch: Branch, *, log: bool) -> NDArray[np.float64]:
    _, line = branch.history.loss_curve(branch.start, branch.history.last, 512)
    line = line[np.isfinite(line)]
    if log and len(line) and line.min() <= 0:
        losses = branch.history.losses[branch.start :]
        line = losses[np.isfinite(losses) & (losses > 0)]
    return np.array([line.min(), line.max()]) if len(line) else line
