"""The objective over two axes: filled contours, the path of the run across them, and the arrows of its step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import contourpy
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from gui_app.core.branch import Branch
from gui_app.core.landscape import Axis, Landscape, Quadratic
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_pen
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.strokes import polygon
from gui_app.ui.descent.arrows import arrows
from gui_app.ui.descent.extent import calm, first_extent, inner_margin, widened
from gui_app.ui.descent.field import BAR_ROOM, Field
from gui_app.ui.descent.ghosts import Ghost, draw_on_field, ghosts
from gui_app.ui.descent.handle import Handle
from gui_app.ui.descent.key import SAMPLE, Entry, paint_key
from gui_app.ui.descent.levels import INK, SHADE, hollows
from gui_app.ui.descent.mode import apart, nearest_step
from gui_app.ui.descent.record import Record
from gui_app.ui.descent.trail import Exit, draw_dots, draw_trail, exit_of
from gui_app.ui.theme import Palette, category

GRIDS = (64, 192, 512)
"""Points along each axis: a first picture at once, then finer ones."""
SMOOTH = 96
"""Points along each axis of the local quadratic, which has no detail."""
GOAL = 40
"""Points of a path that the reference counts as where the key finds its corner."""


class Over:
    """The first of two elements along x, the second along y."""

    moving = False

    def __init__(self, record: Record, *, is_slice: bool = False, note: str = "", key: bool = True) -> None:
        """``is_slice``: there are further numbers, held at step k. ``note`` says what the picture leaves out.

        ``key``: a box tells what the signs mean.
        """
        self.record, self.is_slice, self.note, self.has_key = record, is_slice, note, key
        self.field = Field()
        """The contours that are shown."""
        self.landscape: Landscape | None = None
        """What they are of."""
        self.handle = Handle(record)
        self.ghosts: list[Ghost] = []
        self._first: list[Span] = []
        """What is shown before the run has moved."""
        self._extents: list[Span] = []
        self._quadratic: Quadratic | None = None
        self._hollows = np.empty((0, 2))
        """Where the field is lowest, here and there: the key should not lie on it."""

    def enter(self, chart: Chart) -> None:
        """Name the axes and set the layers."""
        first, second = self.record.elements
        chart.set_axes(first.name, second.name, right=BAR_ROOM)
        chart.set_layers(
            [self._draw_field, self._draw_ghosts],
            [self._draw_quadratic, self._draw_path, self._draw_goals, self._draw_point, self._draw_key],
            [self._draw_bar],
        )

    def set_landscape(self, landscape: Landscape | None) -> None:
        """Draw these contours."""
        self.landscape = landscape
        self.field = Field() if landscape is None else Field.of(landscape)
        self._hollows = np.empty((0, 2)) if landscape is None else hollows(landscape)

    def set_quadratic(self, quadratic: Quadratic | None) -> None:
        """Draw its level lines while its step is shown."""
        self._quadratic = quadratic

    def set_branches(self, branches: Sequence[Branch]) -> None:
        """Their paths across the field."""
        self.ghosts = ghosts(branches, self.record)

    def start_at(self, frame: Frame) -> QPointF | None:
        """The ring."""
        start = self.handle.values
        return frame.point(*start) if np.isfinite(start).all() else None

    def restart(self) -> None:
        """Find the rectangle anew."""
        self._first = []

    def home(self) -> tuple[Span, Span]:
        """Around starts, references and run, as far as the run does not run away."""
        record = self.record
        if not self._first:
            starts = record.path[0] if len(record.path) else (math.nan, math.nan)
            self._first = [
                first_extent(element, float(start))
                for element, start in zip(record.elements, starts, strict=True)
            ]
            self._extents = self._first
        path = record.path[: calm(record.path, record.losses(), self._first)]
        self._extents = [
            widened(span, path[:, index], inner_margin(record.elements[index]))
            for index, span in enumerate(self._extents)
        ]
        return self._extents[0], self._extents[1]

    def wanted(self, x: Span, y: Span) -> tuple[tuple[Axis, ...], ...]:
        """The shown rectangle, from coarse to fine."""
        first, second = (element.along for element in self.record.elements)
        return tuple((Axis(first, x.low, x.high, n), Axis(second, y.low, y.high, n)) for n in GRIDS)

    def reading(self, palette: Palette) -> Reading:
        """Step, both values, loss."""
        record = self.record
        if not record.filled:
            return ()
        values, _, loss = record.at(record.step)
        named = [
            (f"{element.name} = {said(float(value))}", category(palette, element.column))
            for element, value in zip(record.elements, values, strict=True)
            if element.direction is None
        ]
        return [
            (f"step {record.step:,}", palette.cursor),
            *named,
            (f"loss {said(loss)}", palette.text),
            *([(self.note, palette.muted)] if self.note else []),
        ]

    def cursor(self) -> float | None:
        """The point itself is the cursor."""
        return None

    def step_at(self, at: QPointF, frame: Frame) -> int | None:
        """The visited point that was clicked."""
        return nearest_step(self.record.steps, *self.pixels(frame), at)

    def exit(self, frame: Frame) -> Exit | None:
        """Where the path leaves the plot for good."""
        return exit_of(self.record.steps, self.record.path, frame)

    def place(self) -> tuple[float, float] | None:
        """The point."""
        across, up = map(float, self.record.at(self.record.step)[0])
        return (across, up) if math.isfinite(across) and math.isfinite(up) else None

    def pixels(self, frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The path in pixels."""
        path = self.record.path
        return frame.across(path[:, 0]), frame.down(path[:, 1])

    def _draw_field(self, painter: QPainter, frame: Frame) -> None:
        self.field.paint(painter, frame)

    def _draw_ghosts(self, painter: QPainter, frame: Frame) -> None:
        draw_on_field(painter, frame, self.ghosts)

    def _draw_bar(self, painter: QPainter, frame: Frame) -> None:
        self.field.paint_bar(painter, frame)

    def _draw_quadratic(self, painter: QPainter, frame: Frame) -> None:
        """Its level lines, dashed, at the levels of the field."""
        quadratic = self._quadratic
        if quadratic is None or not self.record.shows(quadratic.centre) or not len(self.field.levels):
            return
        axes = self.wanted(frame.x, frame.y)[0]
        made = quadratic.on(tuple(Axis(axis.along, axis.low, axis.high, SMOOTH) for axis in axes))
        lines = contourpy.contour_generator(
            made.axes[0].values, made.axes[1].values, made.values.T, line_type=contourpy.LineType.Separate
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(INK, 1.5, 0.95, Qt.PenStyle.DashLine))
        for level in self.field.levels[1:-1]:
            for line in lines.lines(float(level)):
                painter.drawPolyline(polygon(frame.across(line[:, 0]), frame.down(line[:, 1])))

    def _draw_path(self, painter: QPainter, frame: Frame) -> None:
        """The visited points with the one of step k among them, also where the path is thinned."""
        record = self.record
        xs, ys = self.pixels(frame)
        kept = apart(xs, ys, 2.0)
        xs, ys, steps = xs[kept], ys[kept], record.steps[kept]
        here = int(np.searchsorted(steps, record.step, side="right"))
        if record.filled and not (here and steps[here - 1] == record.step):
            end = frame.point(*map(float, record.at(record.step)[0]))
            xs, ys, here = np.insert(xs, here, end.x()), np.insert(ys, here, end.y()), here + 1
        draw_trail(painter, xs, ys, here)
        draw_dots(painter, xs[:here], ys[:here])

    def _draw_goals(self, painter: QPainter, frame: Frame) -> None:
        """The start as a ring, the reference as a star, if they are known."""
        first, second = self.record.elements
        at = self.start_at(frame)
        if at is not None:
            draw_ring(painter, at, 6.0 if self.handle.held is None else 8.5)
        if self._has_reference:
            marks.star(painter, frame.point(first.reference, second.reference), 9.0, INK, SHADE)

    @property
    def _has_reference(self) -> bool:
        return all(math.isfinite(element.reference) for element in self.record.elements)

    def _draw_point(self, painter: QPainter, frame: Frame) -> None:
        """Step k: its arrows, then the point; and where the path goes out of sight."""
        record = self.record
        values, _, _ = record.at(record.step)
        if np.isfinite(values).all():
            at = frame.point(float(values[0]), float(values[1]))
            for arrow in arrows(record, frame, at):
                arrow.paint(painter, at)
            marks.dot(painter, at, 6.5, frame.palette.cursor, INK, 2.0)
        if (left := self.exit(frame)) is not None:
            left.paint(painter, frame)

    def _draw_key(self, painter: QPainter, frame: Frame) -> None:
        if not self.has_key:
            return
        paths = np.concatenate([self.record.path, *(ghost.path[::10] for ghost in self.ghosts)])
        xs, ys = frame.across(paths[:, 0]), frame.down(paths[:, 1])
        if self._has_reference:  # the key should not lie on it
            goal = frame.point(*(element.reference for element in self.record.elements))
            xs, ys = np.append(xs, [goal.x()] * GOAL), np.append(ys, [goal.y()] * GOAL)
        spots = np.repeat(self._hollows, GOAL, axis=0)
        xs, ys = np.append(xs, frame.across(spots[:, 0])), np.append(ys, frame.down(spots[:, 1]))
        paint_key(painter, frame, self._entries(frame), xs, ys)

    def _entries(self, frame: Frame) -> list[Entry]:
        """What is drawn, in words."""
        record, made = self.record, []
        values, _, _ = record.at(record.step)
        if np.isfinite(values).all():
            at = frame.point(float(values[0]), float(values[1]))
            made += [arrow.entry for arrow in arrows(record, frame, at)]
        if self._quadratic is not None and record.shows(self._quadratic.centre):
            made.append(Entry("local quadratic", _draw_dashes))
        if self.ghosts:
            return made + [Entry(ghost.label, partial(draw_branch, frame, ghost)) for ghost in self.ghosts]
        if np.isfinite(self.handle.values).all():
            made.append(Entry("start", lambda painter, at: draw_ring(painter, at, 4.5)))
        if self._has_reference:
            made.append(Entry("reference", lambda painter, at: marks.star(painter, at, 7.0, INK, SHADE)))
        return made


def draw_ring(painter: QPainter, at: QPointF, radius: float) -> None:
    """The sign of the start."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen(SHADE, 4.0, 0.5))
    painter.drawEllipse(at, radius, radius)
    painter.setPen(pen(INK, 2.0))
    painter.drawEllipse(at, radius, radius)


def _draw_dashes(painter: QPainter, at: QPointF) -> None:
    painter.setPen(pen(INK, 1.5, 0.95, Qt.PenStyle.DashLine))
    painter.drawLine(at - QPointF(SAMPLE / 2, 0), at + QPointF(SAMPLE / 2, 0))


def draw_branch(frame: Frame, ghost: Ghost, painter: QPainter, at: QPointF) -> None:
    """A piece of a branch's line, for the key."""
    for ink in (pen(INK, 3.5, 0.55), branch_pen(frame.palette, ghost.number, 2.0)):
        painter.setPen(ink)
        painter.drawLine(at - QPointF(SAMPLE / 2, 0), at + QPointF(SAMPLE / 2, 0))
