"""The objective over its two parameters: filled contours and the path of the run across them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter

from gui_app.core.branch import Branch
from gui_app.core.landscape import Axis, Landscape
from gui_app.ui.curves import marks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.descent.extent import first_extent, inner_margin, widened
from gui_app.ui.descent.field import BAR_ROOM, Field
from gui_app.ui.descent.ghosts import Ghost, draw_on_field, ghosts
from gui_app.ui.descent.handle import Handle
from gui_app.ui.descent.levels import INK, SHADE
from gui_app.ui.descent.mode import apart, nearest_step
from gui_app.ui.descent.record import Record
from gui_app.ui.theme import Palette, category

GRIDS = (64, 160)
"""Points along each axis: a first picture at once, then the fine one."""
ARROW = 52.0
"""Pixels of the gradient's arrow: it shows the direction only."""
PIECES = 6
"""Shades of the fading trail."""
DOTTED = 7.0
"""Pixels of a step that is long enough for a dot at its end."""
MOST_DOTS = 200


class Over:
    """Two trained numbers: the first along x, the second along y."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.field = Field()
        """The contours that are shown."""
        self.handle = Handle(record)
        self.moving = False
        self._ghosts: list[Ghost] = []
        self._extents: list[Span] = []

    def enter(self, chart: Chart) -> None:
        """Name the axes and set the layers."""
        first, second = self.record.elements
        chart.set_axes(first.name, second.name, right=BAR_ROOM)
        chart.set_layers(
            [self._draw_field, self._draw_ghosts],
            [self._draw_path, self._draw_goals, self._draw_point],
            [self._draw_bar],
        )

    def set_landscape(self, landscape: Landscape | None) -> None:
        """Draw these contours."""
        self.field = Field() if landscape is None else Field.of(landscape)

    def set_branches(self, branches: Sequence[Branch]) -> None:
        """Their paths across the field."""
        self._ghosts = ghosts(branches, self.record.columns)

    def start_at(self, frame: Frame) -> QPointF | None:
        """The ring."""
        start = self.handle.values
        return frame.point(*start) if np.isfinite(start).all() else None

    def restart(self) -> None:
        """Find the rectangle anew."""
        self._extents = []

    def home(self) -> tuple[Span, Span]:
        """Around starts, references and run."""
        record = self.record
        if not self._extents:
            starts = record.path[0] if len(record.path) else (math.nan, math.nan)
            self._extents = [
                first_extent(element, float(start))
                for element, start in zip(record.elements, starts, strict=True)
            ]
        self._extents = [
            widened(span, record.path[:, index], inner_margin(record.elements[index]))
            for index, span in enumerate(self._extents)
        ]
        return self._extents[0], self._extents[1]

    def wanted(self, x: Span, y: Span) -> tuple[tuple[Axis, ...], ...]:
        """The shown rectangle, coarse and fine."""
        first, second = self.record.columns
        return tuple((Axis(first, x.low, x.high, n), Axis(second, y.low, y.high, n)) for n in GRIDS)

    def reading(self, palette: Palette) -> Reading:
        """Step, both values, loss."""
        record = self.record
        if not record.filled:
            return ()
        values, _, loss = record.at(record.step)
        return [
            (f"step {record.step:,}", palette.cursor),
            *(
                (f"{element.name} = {said(float(value))}", category(palette, element.column))
                for element, value in zip(record.elements, values, strict=True)
            ),
            (f"loss {said(loss)}", palette.text),
            *((sign, palette.muted) for sign in self._signs()),
        ]

    def _signs(self) -> list[str]:
        """The signs in words."""
        known = all(math.isfinite(element.reference) for element in self.record.elements)
        return ["→ −gradient", "○ start", *(["★ reference"] if known else [])]

    def cursor(self) -> float | None:
        """The point itself is the cursor."""
        return None

    def step_at(self, at: QPointF, frame: Frame) -> int | None:
        """The visited point that was clicked."""
        path = self.record.path
        return nearest_step(self.record.steps, frame.across(path[:, 0]), frame.down(path[:, 1]), at)

    def _draw_field(self, painter: QPainter, frame: Frame) -> None:
        self.field.paint(painter, frame)

    def _draw_ghosts(self, painter: QPainter, frame: Frame) -> None:
        draw_on_field(painter, frame, self._ghosts)

    def _draw_bar(self, painter: QPainter, frame: Frame) -> None:
        self.field.paint_bar(painter, frame)

    def _draw_path(self, painter: QPainter, frame: Frame) -> None:
        """The visited points: bright up to step k, fading into the past; a thin line for what comes after k.

        With a dark outline, so that it shows on every colour of the field.
        """
        record = self.record
        xs, ys = frame.across(record.path[:, 0]), frame.down(record.path[:, 1])
        kept = apart(xs, ys, 2.0)
        xs, ys, steps = xs[kept], ys[kept], record.steps[kept]
        here = int(np.searchsorted(steps, record.step, side="right"))
        for colour, width, strength in ((SHADE, 3.0, 0.25), (INK, 1.25, 0.6)):
            painter.setPen(pen(colour, width, strength))
            draw_line(painter, xs[max(here - 1, 0) :], ys[max(here - 1, 0) :], width)
        xs, ys = _ending(record, frame, xs[:here], ys[:here])
        cuts = np.linspace(0, len(xs), PIECES + 1).astype(int)
        for colour, width, strength in ((SHADE, 4.0, 0.4), (INK, 2.0, 1.0)):
            for piece, (start, end) in enumerate(pairwise(cuts.tolist())):
                painter.setPen(pen(colour, width, strength * (0.35 + 0.65 * (piece + 1) / PIECES)))
                draw_line(painter, xs[start : end + 1], ys[start : end + 1], width)
        _draw_dots(painter, xs, ys)

    def _draw_goals(self, painter: QPainter, frame: Frame) -> None:
        """The start as a ring, the reference as a star, if they are known."""
        first, second = self.record.elements
        at = self.start_at(frame)
        if at is not None:
            radius = 6.0 if self.handle.held is None else 8.5
            painter.setPen(pen(SHADE, 4.0, 0.5))
            painter.drawEllipse(at, radius, radius)
            painter.setPen(pen(INK, 2.0))
            painter.drawEllipse(at, radius, radius)
        if math.isfinite(first.reference) and math.isfinite(second.reference):
            marks.star(painter, frame.point(first.reference, second.reference), 9.0, INK, SHADE)

    def _draw_point(self, painter: QPainter, frame: Frame) -> None:
        """Step k: the direction against the gradient as the axes show it, then the point."""
        record = self.record
        values, gradients, _ = record.at(record.step)
        if not np.isfinite(values).all():
            return
        at = frame.point(float(values[0]), float(values[1]))
        across = -float(gradients[0]) * frame.rect.width() / frame.x.length
        down = float(gradients[1]) * frame.rect.height() / frame.y.length
        length = math.hypot(across, down)
        if 0 < length < math.inf:
            tip = at + QPointF(across, down) * (ARROW / length)
            marks.arrow(painter, at, tip, SHADE, 5.0)
            marks.arrow(painter, at, tip, QColor(frame.palette.cursor).lighter(115).name(), 2.5)
        marks.dot(painter, at, 6.5, frame.palette.cursor, INK, 2.0)


def _draw_dots(painter: QPainter, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> None:
    """A dot on every step that stands apart from the ones before and after it."""
    strides = np.hypot(np.diff(xs), np.diff(ys))
    strides = np.where(np.isfinite(strides), strides, 0.0)
    far = np.flatnonzero((strides[:-1] >= DOTTED) & (strides[1:] >= DOTTED))[-MOST_DOTS:] + 1
    for x, y in zip(xs[far].tolist(), ys[far].tolist(), strict=True):
        marks.dot(painter, QPointF(x, y), 3.0, INK, SHADE, 0.75)


def _ending(
    record: Record, frame: Frame, xs: NDArray[np.float64], ys: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The path with the point of step k at its end, also where the path is thinned."""
    values, _, _ = record.at(record.step)
    end = frame.point(float(values[0]), float(values[1]))
    if len(xs) and (xs[-1], ys[-1]) == (end.x(), end.y()):
        return xs, ys
    return np.append(xs, end.x()), np.append(ys, end.y())
