"""What can be drawn beside the loss: numbers that follow from the record, with an axis of their own at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from gui_app.core.history import History
from gui_app.core.series import SOURCES, Line, MetricSeries, Series
from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.sampling import density_of, sampled
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.theme import Palette, category

INKS = {"gradient norm": "good", "learning rate": "warning", "distance": "muted"}
"""Fields of the palette; all others have the categories."""
APART, FIRST = 96.0, 24.0
"""Pixels between two signs on a line, and between the first signs of two lines."""
MARGIN = 0.06
FURTHER = "further curves"
"""At the right axis where it is that of several lines."""


class Drawn(Protocol):
    """What a series must do to be drawn."""

    words: str
    values: NDArray[np.floating]

    def update(self) -> bool:
        """Take in what is new; True if there is more."""

    def line(self, first: int, last: int, most: int) -> Line:
        """Steps and values with all extremes."""

    def at(self, step: int) -> float:
        """The number there; NaN if there is none."""


@dataclass(frozen=True, slots=True)
class Secondary:
    """One further line."""

    name: str
    place: int
    """Its number among all that are on offer, which is also its sign."""
    series: Drawn

    @property
    def shares_axis(self) -> bool:
        """A loss, such as that on other data, belongs on the axis of the loss."""
        return self.name not in SOURCES and self.name.endswith("loss")

    @property
    def title(self) -> str:
        """The name and what must be said about it."""
        return f"{self.name} ({self.series.words})" if self.series.words else self.name

    def ink(self, palette: Palette) -> str:
        """Its colour."""
        field = INKS.get(self.name)
        return getattr(palette, field) if field else category(palette, self.place + 2)

    def newest(self) -> float:
        """The last number that there is."""
        return float(self.series.values[-1]) if len(self.series.values) else math.nan


class Secondaries:
    """Those that were chosen, of the branch that is shown; the others cost nothing."""

    def __init__(self) -> None:
        self.log = True
        self.chosen: set[str] = set()
        self.shown: tuple[Secondary, ...] = ()
        self._history: History | None = None
        self._reference: NDArray[np.floating] | None = None

    def set_history(self, history: History | None) -> None:
        """Read this record."""
        self._history, self.shown = history, ()

    def set_reference(self, reference: NDArray[np.floating] | None) -> None:
        """The row (columns,) that distances are measured from; None: the newest one."""
        if not np.array_equal(np.atleast_1d(reference), np.atleast_1d(self._reference)):
            self._reference = reference
            self.shown = tuple(one for one in self.shown if one.name != "distance")

    @property
    def offered(self) -> list[str]:
        """Names of all that there are."""
        metrics = sorted(self._history.metrics) if self._history is not None else []
        return [*SOURCES, *metrics]

    def update(self) -> bool:
        """Take in a slice of what is new; True if there is more."""
        wanted = [name for name in self.offered if name in self.chosen]
        if [one.name for one in self.shown] != wanted:
            known = {one.name: one for one in self.shown}
            self.shown = tuple(known.get(name) or self._made(name) for name in wanted)
        left = [one.series.update() for one in self.shown]
        return any(left)

    def _made(self, name: str) -> Secondary:
        assert self._history is not None
        source = SOURCES.get(name)
        if source is None:
            series: Drawn = MetricSeries(self._history.metrics[name])
        else:
            series = Series(source(self._history, self._reference))
        return Secondary(name, self.offered.index(name), series)

    @property
    def at_the_right(self) -> Sequence[Secondary]:
        """Those that need an axis of their own."""
        return [one for one in self.shown if not one.shares_axis]

    def height(self, first: int, last: int) -> Span | None:
        """The right axis for these steps; None if it is not needed."""
        lines = [one.series.line(first, last, 512)[1] for one in self.at_the_right]
        return span_of(np.concatenate(lines), log=self.log, margin=MARGIN) if lines else None

    def losses(self, first: int, last: int) -> NDArray[np.float64]:
        """Numbers of these steps that the loss axis must hold."""
        lines = [one.series.line(first, last, 512)[1] for one in self.shown if one.shares_axis]
        return np.concatenate(lines or [np.empty(0)])

    @property
    def caption(self) -> str:
        """What stands at the right axis."""
        found = self.at_the_right
        return found[0].title if len(found) == 1 else FURTHER

    def paint(self, painter: QPainter, frame: Frame, second: Frame) -> None:
        """All lines; ``second`` has the right axis."""
        density = density_of(painter)
        for place, one in enumerate(self.shown):
            axes = frame if one.shares_axis else second
            steps, values = sampled(one.series.line, axes, density, int(axes.log_x))
            ink, xs, ys = one.ink(frame.palette), axes.across(steps), axes.down(values)
            painter.setPen(pen(ink))
            draw_line(painter, xs, ys, 1.25, frame.rect)
            for at in _signs(xs, ys, axes, FIRST * (1 + place)):
                marks.symbol(painter, at, one.place, 4.0, ink, frame.palette.panel)


def _signs(xs: NDArray[np.float64], ys: NDArray[np.float64], frame: Frame, first: float) -> list[QPointF]:
    """Points of the line about every so many pixels."""
    if not len(xs):
        return []
    places = np.arange(frame.rect.left() + first, min(frame.rect.right(), xs[-1] + APART / 2), APART)
    found = np.unique(np.minimum(np.searchsorted(xs, places), len(xs) - 1))
    inside = [i for i in found.tolist() if frame.rect.contains(QPointF(xs[i], ys[i]))]
    return [QPointF(xs[i], ys[i]) for i in inside if math.isfinite(ys[i])]
