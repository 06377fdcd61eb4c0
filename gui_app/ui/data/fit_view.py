"""The data along one or two axes, and what is predicted there: a curve, a field, or regions of classes."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontInfo, QPainter, QResizeEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit, Plane
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.strokes import draw_dashed, draw_line
from gui_app.ui.data import marks
from gui_app.ui.data.axes_choice import AxesChoice
from gui_app.ui.data.coefficients_view import equation_of, table_of
from gui_app.ui.data.legend import legend_of
from gui_app.ui.data.point_chart import PointChart
from gui_app.ui.data.regions import Regions, field_of, shade_in
from gui_app.ui.data.view import DataView, target_name
from gui_app.ui.descent.field import BAR_ROOM, Field
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

ROOMY = 420
"""Pixels of height from which there is room for more than the chart."""
MOST_BELOW, MOST_IN_LINE = 4, 3
"""Coefficients that find room below the chart; and in a single line."""
LEAST = 200
"""Pixels of height below which the chart needs all of them."""
MOST_TARGETS = 20_000
"""Targets from which the scale of colours is found; of more, evenly spread ones."""
RUG = 0.07
"""Between the rows of points of two classes, as a share of the probabilities' range."""


class FitView(DataView):
    """One feature: points and the fitted curve. Two, or two components: points over the fitted plane."""

    name = "Fit"
    help = "The data, and what is predicted at every place between them."
    wants_plane = True

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.chart = PointChart(palette)
        self.residuals = True
        self.choices = AxesChoice()
        self._below = QLabel()
        self._plane: Plane | None = None
        self._regions: Regions | None = None
        self._field: Field | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.choices)
        column.addWidget(self.chart, 1)
        column.addWidget(self._below)
        self._below.setContentsMargins(6 * GRID, 0, GRID, GRID // 2)
        self._below.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._below.hide()
        self.choices.changed.connect(self.question_changed)
        self._corner = Corner(self.chart, palette)
        self._toggle = self._corner.toggle(
            "residuals", "Bars from each point to its prediction", self._on_toggled
        )
        self._toggle.setChecked(True)
        self.chart.set_layers(
            [self._draw_ground, self.chart.draw_points],
            [self._draw_curves, self.chart.draw_chosen],
            [self._draw_bar],
        )
        self.chart.sample_chosen.connect(self.sample_chosen)

    @classmethod
    def title(cls, fit: Fit) -> str:
        """What there is to see."""
        return "Regions" if fit.probabilities is not None and fit.data.features.shape[1] > 1 else cls.name

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Wherever there are features."""
        return fit.data.features.shape[1] > 0

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Show the data and the predictions."""
        plane = fit.plane
        if plane is None:
            return
        self.choices.offer(fit.data.names)
        known = self._plane
        moved = (
            known is None or self.fit is None or known.names != plane.names or self.fit.data is not fit.data
        )
        self.fit, self._plane = fit, plane
        self._regions = Regions(plane) if len(plane.names) == 2 and plane.probabilities is not None else None
        self._field = None
        if len(plane.names) == 2 and plane.values is not None:
            self._field = field_of(plane, _some_targets(fit))
        self._set_points(fit, plane)
        if moved:
            self.chart.zoomed = False
        self._set_axes(fit, plane)
        self._toggle.setVisible(len(plane.names) == 1 and fit.residuals is not None)
        self._write_coefficients(fit)
        self._say()
        self.chart.touch()

    def _say(self) -> None:
        """The legend, as far as the button leaves room."""
        fit, plane = self.fit, self._plane
        if fit is None or plane is None:
            return
        self.chart.reserved = (
            self._toggle.sizeHint().width() + 2 * GRID if self._toggle.isVisibleTo(self) else 0.0
        )
        curve = len(plane.names) == 1 and plane.values is not None
        reading = legend_of(
            fit, self.palette_, curve=curve, exact=plane.exact is not None, coloured=self._field is not None
        )
        self.chart.set_step(None, reading)

    def _write_coefficients(self, fit: Fit) -> None:
        """Below the chart the few coefficients of a line or a plane, or as an equation where there is less room."""
        found, writer = fit.coefficients, Writer(self.palette_, QFontInfo(monospace()).family(), 13)
        text = ""
        if found is not None and len(found.names) <= MOST_BELOW:
            if self.height() >= ROOMY and self.width() >= ROOMY:
                text = table_of(writer, found)
            elif len(found.names) <= MOST_IN_LINE and found.fitted_standardized is not None:
                text = equation_of(writer, target_name(fit.data), found.names, found.fitted)
        self._below.setText(text)
        self._below.setVisible(bool(text) and self.height() >= LEAST)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.fit is not None:
            self._write_coefficients(self.fit)

    def _set_points(self, fit: Fit, plane: Plane) -> None:
        xs, field, shade = plane.points[:, 0], self._field, None
        if len(plane.names) == 2:
            ys = plane.points[:, 1]
            if field is not None and field.colours:
                shade = partial(shade_in, field)
        elif fit.truth is None:
            ys = np.zeros(len(xs))
        elif fit.data.classes is None:
            ys = fit.truth
        else:
            ys = _rug(fit)
        self.chart.set_points(fit, xs, ys, shade)

    def _set_axes(self, fit: Fit, plane: Plane) -> None:
        ticks = plane.ticks
        across = self.chart.home_of(ticks[0][[0, -1]], 0.0)
        bar = BAR_ROOM if self._field is not None and self._field.colours else 24.0
        if len(ticks) == 2:
            up = self.chart.home_of(ticks[1][[0, -1]], 0.0)
        elif fit.probabilities is not None:
            room = RUG * (0.5 + len(fit.data.classes or ()))
            up = self.chart.home_of(
                np.array([-room if len(fit.data.classes or ()) > 2 else -RUG, 1 + RUG]), 0.0
            )
        else:
            # By the target alone: it stays where it is while the curve moves.
            known = fit.data.target if fit.data.target is not None else plane.values
            up = self.chart.home_of(np.zeros(2) if known is None else known, 0.1)
        x, y = _captions(fit, plane)
        self.chart.set_axes(x, y, right=bar)
        self.chart.set_home(across, up)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        self.chart.apply_theme(palette)
        self._corner.apply_theme(palette)
        self._say()
        if self.fit is not None:
            self._write_coefficients(self.fit)

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """The chart alone."""
        self.chart.paint(painter, target)

    def _on_toggled(self, on: bool) -> None:
        self.residuals = on
        self.chart.touch()

    def _draw_ground(self, painter: QPainter, frame: Frame) -> None:
        if self._regions is not None:
            self._regions.paint(painter, frame)
        elif self._field is not None:
            painter.setClipRect(frame.rect)
            self._field.paint(painter, frame)
        elif self.residuals and self.fit is not None:
            _draw_residuals(painter, frame, self.fit, self._plane)

    def _draw_curves(self, painter: QPainter, frame: Frame) -> None:
        plane = self._plane
        if plane is None or len(plane.names) != 1:
            return
        painter.setClipRect(frame.rect)
        xs = frame.across(plane.ticks[0])
        if plane.exact is not None:
            painter.setPen(pen(frame.palette.text, 1.6, 0.9, Qt.PenStyle.DashLine))
            draw_dashed(painter, xs, frame.down(plane.exact), 1.6)
        if plane.values is not None:
            painter.setPen(pen(frame.palette.cursor, 2.6))
            draw_line(painter, xs, frame.down(plane.values), 2.6)
        if plane.probabilities is not None:
            count = plane.probabilities.shape[-1]
            for index in range(1 if count == 2 else 0, count):
                colour = frame.palette.cursor if count == 2 else marks.class_colour(frame.palette, index)
                painter.setPen(pen(colour, 2.6))
                draw_line(painter, xs, frame.down(plane.probabilities[:, index]), 2.6)

    def _draw_bar(self, painter: QPainter, frame: Frame) -> None:
        if self._field is not None:
            self._field.paint_bar(painter, frame)


def _draw_residuals(painter: QPainter, frame: Frame, fit: Fit, plane: Plane | None) -> None:
    values, truth = fit.values, fit.truth
    if plane is None or values is None or truth is None or len(values) > marks.MOST:
        return
    painter.setClipRect(frame.rect)
    painter.setPen(pen(frame.palette.accent, 1.0, 0.35))
    xs, ends, starts = frame.across(plane.points[:, 0]), frame.down(values), frame.down(truth)
    painter.drawLines(
        [QLineF(*line) for line in zip(xs.tolist(), starts.tolist(), xs.tolist(), ends.tolist(), strict=True)]
    )


def _some_targets(fit: Fit) -> NDArray[np.float64] | None:
    """By which the colours are chosen: they stay as they are while the predictions move."""
    known = fit.data.target
    return None if known is None else np.asarray(known[:: -(-len(known) // MOST_TARGETS)], float)


def _rug(fit: Fit) -> np.ndarray:
    """Heights of points of classes along one feature: 0 and 1 of two, rows below the curves of more."""
    truth = np.asarray(fit.truth, float)
    return truth if len(fit.data.classes or ()) == 2 else -RUG * (truth + 0.75)


def _captions(fit: Fit, plane: Plane) -> tuple[str, str]:
    names = list(plane.names)
    for at, share in enumerate(plane.explained):
        names[at] += f" ({share:.0%} of variance)" if at == 0 else f" ({share:.0%})"
    if len(names) == 2:
        return names[0], names[1]
    classes = fit.data.classes
    if classes is None:
        return names[0], target_name(fit.data)
    return names[0], f"probability of {classes[1]}" if len(classes) == 2 else "probability"
