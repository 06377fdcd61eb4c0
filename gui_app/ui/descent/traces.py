"""Any number of parameters, or of their gradients, over the steps: one line each, named at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from gui_app.core.branch import Branch
from gui_app.core.landscape import Axis, Landscape, Quadratic
from gui_app.ui.curves import marks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.curves.strokes import draw_lines
from gui_app.ui.descent.ghosts import Ghost, draw_over_steps, ghosts
from gui_app.ui.descent.handle import Handle
from gui_app.ui.descent.record import Record
from gui_app.ui.theme import CATEGORY_LIGHT, Palette, category

LINES = 12
"""Most lines that can be told apart."""
STEPS = 500
"""About as many as the panel has pixels."""
LABEL_ROOM = 92.0
_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashDotLine)
"""The second round of the colours has another style."""


class Traces:
    """The first ``LINES`` trained numbers, each over the steps; the rest is said in words."""

    moving = True
    is_slice = False

    def __init__(self, record: Record, total: int) -> None:
        self.record = record
        record.most = STEPS
        self.handle = Handle(record)
        self._ghosts: list[Ghost] = []
        self._total = total

    def enter(self, chart: Chart) -> None:
        """Name the axes and set the layers."""
        chart.set_axes("step", "gradient" if self.record.gradients else "value", whole=True, right=LABEL_ROOM)
        chart.set_layers(
            [self._draw_references, self._draw_ghosts, self._draw_lines],
            [self._draw_dots],
            [self._draw_names],
        )

    def set_landscape(self, _landscape: Landscape | None) -> None:
        """There is none over more than two parameters."""

    def set_quadratic(self, _quadratic: Quadratic | None) -> None:
        """There is none over the steps."""

    def set_branches(self, branches: Sequence[Branch]) -> None:
        """Their elements over the steps."""
        self._ghosts = ghosts(branches, self.record)

    def start_at(self, _frame: Frame) -> QPointF | None:
        """It cannot be taken here."""
        return None

    def restart(self) -> None:
        """The axes follow the run by themselves."""

    def home(self) -> tuple[Span, Span]:
        """The whole run, with starts and references."""
        record = self.record
        ends = [int(ghost.steps[-1]) for ghost in self._ghosts]
        last = max(record.history.last if record.history is not None else 1, *ends, 1)
        known = (
            [0.0]
            if record.gradients
            else [at for each in record.elements for at in (each.start, each.reference)]
        )
        values = np.concatenate((record.path.ravel(), known))
        return Span(-0.01 * last, 1.01 * last), span_of(values, margin=0.06)

    def wanted(self, _x: Span, _y: Span) -> tuple[tuple[Axis, ...], ...]:
        """None."""
        return ()

    def reading(self, palette: Palette) -> Reading:
        """The step, the loss, and what is left out."""
        record = self.record
        if not record.filled:
            return ()
        _, _, loss = record.at(record.step)
        pieces = [(f"step {record.step:,}", palette.cursor), (f"loss {said(loss)}", palette.text)]
        if self._total > len(record.elements):
            pieces.append((f"the first {len(record.elements)} of {self._total:,} parameters", palette.muted))
        return pieces

    def cursor(self) -> float | None:
        """The step."""
        return float(self.record.step) if self.record.filled else None

    def step_at(self, at: QPointF, frame: Frame) -> int | None:
        """The step below the mouse."""
        return round(frame.x_at(at))

    def exit(self, _frame: Frame) -> None:
        """The axes hold everything, or were zoomed."""

    def place(self) -> None:
        """The cursor line is found at any height."""

    def _draw_references(self, painter: QPainter, frame: Frame) -> None:
        """Known values as dashed lines, or the line that gradients should come to."""
        if self.record.gradients:
            y = float(frame.down(0.0))
            painter.setPen(pen(frame.palette.border, 1.0))
            painter.drawLine(QPointF(frame.rect.left(), y), QPointF(frame.rect.right(), y))
            return
        for element in self.record.elements:
            if math.isfinite(element.reference):
                y = float(frame.down(element.reference))
                painter.setPen(pen(category(frame.palette, element.column), 1.25, 0.7, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(frame.rect.left(), y), QPointF(frame.rect.right(), y))

    def _draw_ghosts(self, painter: QPainter, frame: Frame) -> None:
        draw_over_steps(painter, frame, self._ghosts)

    def _draw_lines(self, painter: QPainter, frame: Frame) -> None:
        """Each element over the steps."""
        steps, path = self.record.detailed(frame.x)
        xs, ys = frame.across(steps), frame.down(path)
        inks = [
            pen(
                category(frame.palette, element.column),
                2.0,
                1.0,
                _STYLES[element.column // len(CATEGORY_LIGHT) % len(_STYLES)],
            )
            for element in self.record.elements
        ]
        draw_lines(painter, xs, ys, inks, 2.0, frame.rect)

    def _draw_dots(self, painter: QPainter, frame: Frame) -> None:
        """Each line's value at step k."""
        values = self.record.at(self.record.step)[1 if self.record.gradients else 0]
        for element, value in zip(self.record.elements, values.tolist(), strict=True):
            if math.isfinite(value):
                at = frame.point(self.record.step, value)
                marks.dot(painter, at, 4.0, category(frame.palette, element.column), frame.palette.panel)

    def _draw_names(self, painter: QPainter, frame: Frame) -> None:
        """The elements' names at the ends of their lines, moved apart where they would collide."""
        record, rect = self.record, frame.rect
        if not len(record.path):
            return
        font = sized(frame.font, TICK_PIXELS)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        ends = frame.down(record.path[-1])
        shown = [index for index in range(len(ends)) if math.isfinite(ends[index])]
        shown.sort(key=lambda index: float(ends[index]))
        places = spread([float(ends[index]) for index in shown], metrics.height(), rect.top(), rect.bottom())
        for index, y in zip(shown, places, strict=True):
            element = record.elements[index]
            at = float(ends[index])
            painter.setPen(pen(category(frame.palette, element.column), 1.0, 0.8))
            if rect.top() - 1 <= at <= rect.bottom() + 1:
                painter.drawLine(QPointF(rect.right() + 2, at), QPointF(rect.right() + 11, y))
            name = metrics.elidedText(element.name, Qt.TextElideMode.ElideRight, LABEL_ROOM - 20)
            painter.setPen(QColor(category(frame.palette, element.column)))
            painter.drawText(QPointF(rect.right() + 14, y + metrics.ascent() / 2 - 2), name)


def spread(places: list[float], height: float, low: float, high: float) -> list[float]:
    """Rising ``places`` moved as little as possible, so that neighbours are ``height`` apart.

    They stay between ``low`` and ``high``, and share what there is where that is too little. Groups that
    collide are centred on where they would like to be (pooled adjacent violators).
    """
    height = min(height, (high - low) / max(len(places) - 1, 1))
    pools: list[tuple[float, int]] = []
    for index, place in enumerate(places):
        mean, size = place - index * height, 1
        while pools and pools[-1][0] > mean:
            before, more = pools.pop()
            mean, size = (mean * size + before * more) / (size + more), size + more
        pools.append((mean, size))
    highest = high - height * max(len(places) - 1, 0)
    flat = [min(max(mean, low), max(highest, low)) for mean, size in pools for _ in range(size)]
    return [place + index * height for index, place in enumerate(flat)]
