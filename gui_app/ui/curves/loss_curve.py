"""The line of the losses: read from the history at the resolution of the picture, however long the run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from gui_app.core.history import History
from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import Frame, mixed, pen
from gui_app.ui.curves.odd_losses import OddLosses
from gui_app.ui.curves.sampling import density_of, sampled
from gui_app.ui.curves.smoothing import Smoothing
from gui_app.ui.curves.strokes import draw_line

DOTS_FROM = 14.0
"""Pixels between two steps from which on each has a dot."""
DIMMED = 0.3
"""Strength of a line while another one is pointed at."""
RAW = 0.4
"""Strength of the line below a smoothed one."""


@dataclass(slots=True)
class LossCurve:
    """The line; marks at the lower or upper edge stand where a loss cannot be drawn."""

    history: History | None = None
    odd: OddLosses | None = None
    smoothing: Smoothing | None = None
    """Drawn over the line, which is then faint."""
    dimmed: bool = False
    """Another line is pointed at."""

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
        strong, palette = DIMMED if self.dimmed else 1.0, frame.palette
        steps, losses = sampled(self.history.loss_curve, frame, density, int(frame.log_x))
        xs, ys = frame.across(steps), frame.down(losses)
        raw = strong if self.smoothing is None else RAW * strong
        painter.setPen(pen(mixed(palette.accent, palette.panel, raw)))
        draw_line(painter, xs, ys, 2.0 if self.smoothing is None else 1.25, frame.rect)
        if not frame.log_x and frame.rect.width() / max(frame.x.length, 1e-9) >= DOTS_FROM:
            for x, y in zip(xs, ys, strict=True):
                if math.isfinite(y):
                    marks.dot(painter, QPointF(x, y), 3.5, palette.accent, palette.panel)
        if self.smoothing is not None:
            steps, values = sampled(self.smoothing.line, frame, density, int(frame.log_x))
            painter.setPen(pen(mixed(palette.accent, palette.panel, strong)))
            draw_line(painter, frame.across(steps), frame.down(values), 2.25, frame.rect)
        self.odd.paint(painter, frame, palette.error)
