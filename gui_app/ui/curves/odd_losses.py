"""Losses that an axis cannot show: found as the record grows, marked at the edge beyond which they lie."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from gui_app.core.history import History
from gui_app.ui.curves.frame import Frame, pen

SCAN = 1 << 20
"""Losses looked through in one go."""


class OddLosses:
    """The steps from ``start`` on whose loss is not finite, or not positive: found once, as the history grows."""

    def __init__(self, history: History, start: int = 0) -> None:
        self.history = history
        self._seen = start
        self._not_finite: list[NDArray[np.intp]] = []
        self._not_positive: list[NDArray[np.intp]] = []
        self.least_positive = math.inf

    def update(self) -> None:
        """Look through the steps recorded since the last call."""
        losses = self.history.losses
        while self._seen < len(losses):
            part = losses[self._seen : self._seen + SCAN]
            finite = np.isfinite(part)
            positive = part[finite & (part > 0)]
            self.least_positive = min(self.least_positive, float(positive.min(initial=math.inf)))
            if not finite.all():
                self._not_finite.append(self._seen + np.flatnonzero(~finite))
            if len(positive) < np.count_nonzero(finite):
                self._not_positive.append(self._seen + np.flatnonzero(finite & (part <= 0)))
            self._seen += len(part)

    def steps(self, *, log: bool) -> NDArray[np.intp]:
        """The steps that a linear or a logarithmic axis cannot show."""
        parts = self._not_finite + (self._not_positive if log else [])
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.intp)

    def paint(self, painter: QPainter, frame: Frame, colour: str) -> None:
        """One mark for each few pixels that hold a loss which cannot be drawn."""
        steps = self.steps(log=frame.log)
        if not len(steps):
            return
        first, last = np.searchsorted(steps, [frame.steps.low - 0.5, frame.steps.high + 0.5])
        shown = steps[first:last]
        xs = frame.across(shown)
        _, each = np.unique(np.round(xs / 6), return_index=True)
        for index in each:
            _edge_mark(painter, frame, float(xs[index]), float(self.history.losses[shown[index]]), colour)


def _edge_mark(painter: QPainter, frame: Frame, x: float, loss: float, colour: str) -> None:
    """A cross for NaN, a triangle at the edge beyond which the value lies."""
    if math.isnan(loss):
        y = frame.rect.bottom() - 8
        painter.setPen(pen(colour, 2.0))
        painter.drawLine(QPointF(x - 4, y - 4), QPointF(x + 4, y + 4))
        painter.drawLine(QPointF(x - 4, y + 4), QPointF(x + 4, y - 4))
        return
    up = loss == math.inf
    tip = frame.rect.top() + 2 if up else frame.rect.bottom() - 2
    base = tip + 8 if up else tip - 8
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - 5, base), QPointF(x + 5, base)]))
