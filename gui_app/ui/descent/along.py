"""The objective along its only parameter: the curve, the point on it, its tangent and its next step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from gui_app.core.branch import Branch
from gui_app.core.landscape import Axis, Landscape, Quadratic
from gui_app.ui.curves import marks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.curves.strokes import draw_line, polygon
from gui_app.ui.descent.extent import calm, first_extent, inner_margin, widened
from gui_app.ui.descent.ghosts import Ghost, draw_on_curve, ghosts
from gui_app.ui.descent.handle import Handle
from gui_app.ui.descent.mode import apart, nearest_step
from gui_app.ui.descent.record import Record
from gui_app.ui.descent.trail import Exit, exit_of
from gui_app.ui.theme import Palette, category

POINTS = 400
WALL = 0.6
"""How far the curve is shown above the run, as a share of the run's height."""
DOTS = 120
"""Most visited points that are drawn."""
TANGENT = 0.15
"""How far the tangent reaches to each side, as a share of the plot's width."""


class Along:
    """One trained number: its value along x, the objective along y."""

    moving = False
    is_slice = False

    def __init__(self, record: Record) -> None:
        self.record = record
        self.handle = Handle(record)
        self._quadratic: Quadratic | None = None
        self._ghosts: list[Ghost] = []
        self.landscape: Landscape | None = None
        self._first: Span | None = None
        """What is shown before the run has moved."""
        self._extent = Span(0.0, 1.0)

    def enter(self, chart: Chart) -> None:
        """Name the axes and set the layers."""
        chart.set_axes(self.record.elements[0].name, "objective")
        chart.set_layers(
            [self._draw_curve, self._draw_ghosts],
            [self._draw_quadratic, self._draw_trail, self._draw_start, self._draw_point],
        )

    def set_landscape(self, landscape: Landscape | None) -> None:
        """Draw this curve."""
        self.landscape = landscape

    def set_quadratic(self, quadratic: Quadratic | None) -> None:
        """Draw it as a parabola while its step is shown."""
        self._quadratic = quadratic

    def set_branches(self, branches: Sequence[Branch]) -> None:
        """Their points on the curve."""
        self._ghosts = ghosts(branches, self.record)

    def start_at(self, frame: Frame) -> QPointF | None:
        """The ring on the curve."""
        x = self.handle.values[0]
        losses = self.record.losses()
        loss = float(losses[0]) if self.handle.held is None and len(losses) else self._curve_at(x)
        return frame.point(x, loss) if math.isfinite(x) and math.isfinite(loss) else None

    def _curve_at(self, x: float) -> float:
        """The objective there, as the curve is drawn; NaN off its ends."""
        if self.landscape is None:
            return math.nan
        places = self.landscape.axes[0].values
        return float(np.interp(x, places, self.landscape.values, math.nan, math.nan))

    def restart(self) -> None:
        """Find the stretch anew."""
        self._first = None

    def home(self) -> tuple[Span, Span]:
        """Around start, reference and run; as high as curve and run."""
        record = self.record
        if self._first is None:
            start = float(record.path[0, 0]) if len(record.path) else math.nan
            self._first = self._extent = first_extent(record.elements[0], start)
        shown = calm(record.path, record.losses(), [self._first])
        self._extent = widened(self._extent, record.path[:shown], inner_margin(record.elements[0]))
        return self._extent, self._height(self._extent, record.losses()[:shown])

    def _height(self, extent: Span, losses: NDArray[np.float64]) -> Span:
        """Holds the losses of the run; walls of the curve that rise far above them may leave the picture."""
        if self.landscape is None:
            return span_of(losses, margin=0.08)
        places = self.landscape.axes[0].values
        curve = self.landscape.values[(places >= extent.low) & (places <= extent.high)]
        both = np.concatenate((losses, curve))
        both, run = both[np.isfinite(both)], losses[np.isfinite(losses)]
        if len(run) > 1 and run.max() > both.min():
            highest = run.max() + WALL * (run.max() - both.min())
            both = np.minimum(both, highest)
        return span_of(both, margin=0.08)

    def wanted(self, x: Span, _y: Span) -> tuple[tuple[Axis, ...], ...]:
        """The curve over the shown stretch."""
        return ((Axis(self.record.elements[0].column, x.low, x.high, POINTS),),)

    def reading(self, palette: Palette) -> Reading:
        """Step, value, loss and slope."""
        record = self.record
        if not record.filled:
            return ()
        values, gradients, loss = record.at(record.step)
        name = record.elements[0].name
        return [
            (f"step {record.step:,}", palette.cursor),
            (f"{name} = {said(float(values[0]))}", palette.text),
            (f"loss {said(loss)}", palette.text),
            (f"slope {said(float(gradients[0]))}", palette.good),
            *self._suggested(float(gradients[0]), palette),
        ]

    def _suggested(self, slope: float, palette: Palette) -> Reading:
        """The step that learning rate and slope suggest, where the update is nothing else."""
        moved = -self.record.rate(self.record.step) * slope
        return [(f"−lr·slope = {said(moved)}", palette.good)] if math.isfinite(moved) else []

    def cursor(self) -> float | None:
        """The point itself is the cursor."""
        return None

    def step_at(self, at: QPointF, frame: Frame) -> int | None:
        """The visited point that was clicked."""
        return nearest_step(self.record.steps, *self._pixels(frame), at)

    def exit(self, frame: Frame) -> Exit | None:
        """Where the run leaves the plot for good."""
        return exit_of(
            self.record.steps, np.column_stack((self.record.path[:, 0], self.record.losses())), frame
        )

    def place(self) -> tuple[float, float] | None:
        """The point."""
        values, _, loss = self.record.at(self.record.step)
        x = float(values[0])
        return (x, loss) if math.isfinite(x) and math.isfinite(loss) else None

    def _pixels(self, frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return frame.across(self.record.path[:, 0]), frame.down(self.record.losses())

    def _draw_quadratic(self, painter: QPainter, frame: Frame) -> None:
        """The parabola through the point, dashed."""
        quadratic = self._quadratic
        if quadratic is not None and self.record.shows(quadratic.centre):
            made = quadratic.on((Axis(self.record.elements[0].column, frame.x.low, frame.x.high, POINTS),))
            painter.setPen(pen(frame.palette.muted, 1.5, 1.0, Qt.PenStyle.DashLine))
            painter.drawPolyline(polygon(frame.across(made.axes[0].values), frame.down(made.values)))

    def _draw_curve(self, painter: QPainter, frame: Frame) -> None:
        """The objective where it is finite, and the reference as a dashed line."""
        reference = self.record.elements[0].reference
        if math.isfinite(reference):
            x = float(frame.across(reference))
            painter.setPen(pen(frame.palette.muted, 1.25, 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, frame.rect.top()), QPointF(x, frame.rect.bottom()))
        if self.landscape is not None:
            values = np.where(np.isfinite(self.landscape.values), self.landscape.values, np.nan)
            painter.setPen(pen(category(frame.palette, 0)))
            draw_line(painter, frame.across(self.landscape.axes[0].values), frame.down(values), 2.25)

    def _draw_ghosts(self, painter: QPainter, frame: Frame) -> None:
        draw_on_curve(painter, frame, self._ghosts)

    def _draw_start(self, painter: QPainter, frame: Frame) -> None:
        """A ring that can be taken; while it is held, with an upright line down to the axis."""
        at = self.start_at(frame)
        if at is None:
            return
        painter.setBrush(QColor(frame.palette.panel))
        painter.setPen(pen(frame.palette.cursor, 2.0))
        if self.handle.held is not None:
            painter.setPen(pen(frame.palette.cursor, 1.25, 0.8, Qt.PenStyle.DashLine))
            painter.drawLine(at, QPointF(at.x(), frame.rect.bottom()))
            painter.setPen(pen(frame.palette.cursor, 2.5))
        radius = 5.5 if self.handle.held is None else 7.5
        painter.drawEllipse(at, radius, radius)

    def _draw_trail(self, painter: QPainter, frame: Frame) -> None:
        """The visited points up to step k, older ones paler; what comes after k as rings."""
        record = self.record
        xs, ys = self._pixels(frame)
        shown = np.flatnonzero(apart(xs, ys, 5.0) & np.isfinite(ys))[-DOTS:]
        past = int(np.count_nonzero(record.steps[shown] < record.step))
        for place, index in enumerate(shown):
            at = QPointF(float(xs[index]), float(ys[index]))
            if place < past:
                painter.setOpacity(0.25 + 0.65 * (place + 1) / past)
                marks.dot(painter, at, 3.5, frame.palette.cursor, frame.palette.panel, 1.0)
            elif record.steps[index] > record.step:
                painter.setOpacity(0.45)
                marks.dot(painter, at, 3.0, frame.palette.panel, frame.palette.cursor, 1.0)

    def _draw_point(self, painter: QPainter, frame: Frame) -> None:
        """Step k: the tangent, the arrow to the next step, the point."""
        record = self.record
        if (left := self.exit(frame)) is not None:
            left.paint(painter, frame)
        values, gradients, loss = record.at(record.step)
        if not (math.isfinite(values[0]) and math.isfinite(loss)):
            return
        at = frame.point(float(values[0]), loss)
        if math.isfinite(gradients[0]):
            _draw_tangent(painter, frame, at, float(gradients[0]))
            self._draw_suggestion(painter, frame, float(values[0]), loss, float(gradients[0]))
        following, _, next_loss = record.at(record.next_step())
        if math.isfinite(following[0]) and math.isfinite(next_loss):
            marks.arrow(painter, at, frame.point(float(following[0]), next_loss), frame.palette.cursor, 2.0)
        marks.dot(painter, at, 6.5, frame.palette.cursor, frame.palette.panel, 2.0)

    def _draw_suggestion(self, painter: QPainter, frame: Frame, x: float, loss: float, slope: float) -> None:
        """The step down the tangent by learning rate times slope, and from its end to the curve."""
        moved = -self.record.rate(self.record.step) * slope
        if not math.isfinite(moved):
            return
        tip = frame.point(x + moved, loss + slope * moved)
        reached = self._curve_at(x + moved)
        if math.isfinite(reached):
            painter.setPen(pen(frame.palette.good, 1.25, 0.9, Qt.PenStyle.DotLine))
            painter.drawLine(tip, frame.point(x + moved, reached))
        marks.arrow(painter, frame.point(x, loss), tip, frame.palette.good, 2.5)


def _draw_tangent(painter: QPainter, frame: Frame, at: QPointF, slope: float) -> None:
    """A line through the point."""
    down = -slope * (frame.rect.height() / frame.y.length) / (frame.rect.width() / frame.x.length)
    along = QPointF(1.0, down) * (TANGENT * frame.rect.width() / math.hypot(1.0, down))
    painter.setPen(pen(frame.palette.good, 2.0))
    painter.drawLine(at - along, at + along)
