"""The line of the losses: read from the history at the resolution of the picture, however long the run."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from gui_app.core.history import History
from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.sampling import density_of, sampled
from gui_app.ui.curves.smoothing import Smoothing
from gui_app.ui.curves.strokes import draw_line

DOTS_FROM = 14.0
"""Pixels between two steps from which on each has a dot."""
RAW = 0.4
"""Strength of the line below a smoothed one."""
SCAN = 1 << 20
"""Losses looked through in one go."""


class OddLosses:
    """The steps whose loss is not finite, or not positive: found once, as the history grows."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._seen = 0
        self._not_finite: list[NDArray[np.intp]] = []
        self._not_positive: list[NDArray[np.intp]] = []
        self.least_positive = math.inf

    def update(self) -> None:
        """Look through the steps recorded since the last call."""
        losses = self._history.losses
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


@dataclass(slots=True)
class LossCurve:
    """The line; marks at the lower or upper edge stand where a loss cannot be drawn."""

    history: History | None = None
    odd: OddLosses | None = None
    smoothing: Smoothing | None = None
    """Drawn over the line, which is then faint."""

    def set_history(self, history: History | None, factor: float) -> None:
        """Draw this record; ``factor`` is the weight of the past in the smoothed line, 0 for none."""
        self.history = history
        self.odd = OddLosses(history) if history is not None else None
        self.smooth(factor)

    def smooth(self, factor: float) -> None:
        """Smooth with this weight of the past; 0 for not at all."""
        self.smoothing = Smoothing(self.history, factor) if self.history is not None and factor > 0 else None
        self.update()

    def update(self) -> None:
        """Look through the steps recorded since the last call."""
        for part in (self.odd, self.smoothing):
            if part is not None:
                part.update()

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Paint the line, dots if there is room for them, the smoothed line, and the marks."""
        if self.history is None or self.odd is None:
            return
        density = density_of(painter)
        steps, losses = sampled(self.history.loss_curve, frame, density, int(frame.log_x))
        xs, ys = frame.across(steps), frame.down(losses)
        painter.setPen(pen(frame.palette.accent, 1.0, 1.0 if self.smoothing is None else RAW))
        draw_line(painter, xs, ys, 2.0 if self.smoothing is None else 1.25)
        if not frame.log_x and frame.rect.width() / max(frame.x.length, 1e-9) >= DOTS_FROM:
            for x, y in zip(xs, ys, strict=True):
                if math.isfinite(y):
                    marks.dot(painter, QPointF(x, y), 3.5, frame.palette.accent, frame.palette.panel)
        if self.smoothing is not None:
            steps, values = sampled(self.smoothing.line, frame, density, int(frame.log_x))
            painter.setPen(pen(frame.palette.accent))
            draw_line(painter, frame.across(steps), frame.down(values), 2.25)
        self._mark(painter, frame, self.odd.steps(log=frame.log))

    def _mark(self, painter: QPainter, frame: Frame, steps: NDArray[np.intp]) -> None:
        """One mark for each few pixels that hold a loss which cannot be drawn."""
        assert self.history is not None
        first, last = np.searchsorted(steps, [frame.steps.low - 0.5, frame.steps.high + 0.5])
        shown = steps[first:last]
        xs = frame.across(shown)
        _, each = np.unique(np.round(xs / 6), return_index=True)
        for index in each:
            _edge_mark(painter, frame, float(xs[index]), float(self.history.losses[shown[index]]))


def _edge_mark(painter: QPainter, frame: Frame, x: float, loss: float) -> None:
    """A cross for NaN, a triangle at the edge beyond which the value lies."""
    colour = frame.palette.error
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
