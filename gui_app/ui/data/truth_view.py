"""Predictions against truth: numbers as points around the diagonal."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.data.legend import legend_of
from gui_app.ui.data.point_chart import PointChart
from gui_app.ui.data.view import DataView, target_name
from gui_app.ui.theme import Palette


class TruthView(DataView):
    """Each row at its target and its prediction; on the diagonal they agree."""

    name = "Predictions"
    help = "Predictions against the truth. On the diagonal they agree."

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.chart = PointChart(palette)
        self.chart.set_layers([self._draw_diagonal, self.chart.draw_points], [self.chart.draw_chosen])
        self.chart.sample_chosen.connect(self.sample_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.chart)

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Where numbers are predicted."""
        return fit.values is not None and fit.truth is not None

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Show targets and predictions."""
        self.fit = fit
        if fit.values is None or fit.truth is None:
            return
        self.chart.set_axes(target_name(fit.data), "prediction")
        self.chart.set_points(fit, fit.truth, fit.values)
        across = self.chart.home_of(np.asarray(fit.truth))
        self.chart.set_home(across, self.chart.home_of(np.concatenate([fit.values, across])[:], 0.0))
        self.chart.set_step(None, legend_of(fit, self.palette_))
        self.chart.touch()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        self.chart.apply_theme(palette)
        if self.fit is not None:
            self.chart.set_step(None, legend_of(self.fit, palette))

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """The chart alone."""
        self.chart.paint(painter, target)

    def _draw_diagonal(self, painter: QPainter, frame: Frame) -> None:
        painter.setClipRect(frame.rect)
        painter.setPen(pen(frame.palette.muted, 1.4, 1.0, Qt.PenStyle.DashLine))
        low, high = min(frame.x.low, frame.y.low), max(frame.x.high, frame.y.high)
        painter.drawLine(frame.point(low, low), frame.point(high, high))
