"""Numbers that follow from the record of a run: one for each step that has a row, drawn beside the loss.

Nothing is computed before somebody asks, and then in slices, so that a frame of the window is never long.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.metric import Metric
from gui_app.core.pyramid import GrowingArray, Pyramid
from gui_app.core.rates import Rates

SLICE = 1 << 18
"""Elements looked through in one go: some milliseconds."""
REPLAYED = 16
"""An update whose schedule is replayed counts as so many elements."""

Line = tuple[NDArray[np.float64], NDArray[np.float64]]


class Source(ABC):
    """Where the numbers of a series come from. ``begin`` is called first, and again where all are others."""

    width = 1
    """Elements that one number costs."""

    def __init__(self, history: History) -> None:
        self.history = history

    @property
    def stride(self) -> int:
        """Number i belongs to step i × ``stride``."""
        return self.history.stride

    @property
    def words(self) -> str:
        """What the numbers are, honestly."""
        return thinned("", self.stride)

    @property
    def layout(self) -> Hashable:
        """Where this is another one, the numbers so far mean nothing any more."""
        return self.stride, self.history.columns

    @property
    def state(self) -> Hashable:
        """Where this is another one, the numbers so far are old, but worth to be shown until there are new ones."""
        return None

    def begin(self) -> None:
        """From the first number on, as the record is now."""
        self.width = max(1, len(self.history.columns))

    @property
    @abstractmethod
    def count(self) -> int:
        """How many numbers there are."""

    @abstractmethod
    def part(self, first: int, end: int) -> NDArray[np.float64]:
        """Numbers ``first`` … ``end - 1``, asked for one after the other."""


class GradientNorm(Source):
    """‖∇‖ of each row; elements without a gradient count as none."""

    @property
    def count(self) -> int:
        return len(self.history.steps())

    def part(self, first: int, end: int) -> NDArray[np.float64]:
        _, _, gradients = self.history.rows(first * self.stride, (end - 1) * self.stride)
        return lengths(gradients)


class UpdateSize(Source):
    """‖θₖ₊₁ − θₖ‖ at step k; where rows are thinned, the way from one to the next."""

    @property
    def words(self) -> str:
        return "" if self.stride == 1 else f"over {self.stride:,} steps"

    @property
    def count(self) -> int:
        return max(len(self.history.steps()) - 1, 0)

    def part(self, first: int, end: int) -> NDArray[np.float64]:
        _, parameters, _ = self.history.rows(first * self.stride, end * self.stride)
        return lengths(np.diff(parameters.astype(float), axis=0))


class Distance(Source):
    """‖θₖ − θ*‖ from ``reference`` (columns,); without one, from the newest row."""

    def __init__(self, history: History, reference: NDArray[np.floating] | None = None) -> None:
        super().__init__(history)
        self._reference = reference
        self._target: NDArray[np.floating] = np.empty(0)

    @property
    def words(self) -> str:
        known = "to the reference" if self._reference is not None else "to the newest step"
        return thinned(known, self.stride)

    @property
    def state(self) -> Hashable:
        return None if self._reference is not None else self.history.last

    def begin(self) -> None:
        super().begin()
        newest = self.history.parameters(self.history.last) if len(self.history) else np.empty(0)
        self._target = newest.copy() if self._reference is None else self._reference

    @property
    def count(self) -> int:
        return len(self.history.steps()) if len(self._target) == len(self.history.columns) else 0

    def part(self, first: int, end: int) -> NDArray[np.float64]:
        _, parameters, _ = self.history.rows(first * self.stride, (end - 1) * self.stride)
        return lengths(parameters.astype(float) - self._target)


class LearningRate(Source):
    """That of the update from step k to the next; none where the program updates by itself."""

    stride = 1
    words = ""

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._rates = Rates(history)

    @property
    def layout(self) -> Hashable:
        return None

    def begin(self) -> None:
        specs = [self.history.frames[0].optimizer] if self.history.frames else []
        plain = all(spec.schedule is None for spec in (*specs, *self.history.changes.values()))
        self.width = 1 if plain else REPLAYED
        self._rates = Rates(self.history)

    @property
    def count(self) -> int:
        return max(self.history.last, 0) if self.history.frames else 0

    def part(self, first: int, end: int) -> NDArray[np.float64]:
        return self._rates.following(end - first)


class Series:
    """The numbers of ``source`` with their smallest and largest at every scale, kept up by ``update``."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._shown = self._next = _Kept(source.stride)
        self._layout: Hashable = None
        self._state: Hashable = None
        self._begun = False

    @property
    def values(self) -> NDArray[np.floating]:
        """Those that are known so far."""
        return self._shown.values.array

    @property
    def words(self) -> str:
        """What must be said about them."""
        return self.source.words

    def update(self) -> bool:
        """Take in a slice of what is new; True if there is more."""
        source = self.source
        if not self._begun or source.layout != self._layout:
            self._restart()
            self._shown = self._next
        elif source.state != self._state and len(self._next.values) >= source.count:
            self._restart()
        known, count = len(self._next.values), source.count
        end = min(count, known + max(1, SLICE // source.width))
        if end > known:
            self._next.extend(source.part(known, end))
        if end == count:
            self._shown = self._next
        return end < count or source.state != self._state

    def _restart(self) -> None:
        self.source.begin()
        self._begun = True
        self._layout, self._state = self.source.layout, self.source.state
        self._next = _Kept(self.source.stride)

    def line(self, first: int, last: int, most: int) -> Line:
        """Steps and values, as :meth:`Pyramid.envelope`."""
        kept = self._shown
        at, values = kept.pyramid.envelope(
            kept.values.array, first // kept.stride, -(-last // kept.stride), most
        )
        return at * kept.stride, values

    def at(self, step: int) -> float:
        """The number of the last row at or before ``step``; NaN if there is none."""
        index = step // self._shown.stride
        return float(self.values[index]) if 0 <= index < len(self.values) else math.nan


class MetricSeries:
    """A metric, drawn as a series."""

    words = ""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pyramid = Pyramid()

    @property
    def values(self) -> NDArray[np.floating]:
        """All of them."""
        return self._metric.values

    def update(self) -> bool:
        """Take in what is new."""
        self._pyramid.update(self.values)
        return False

    def line(self, first: int, last: int, most: int) -> Line:
        """Steps and values, as :meth:`Pyramid.envelope`."""
        steps = self._metric.steps
        begin, end = np.searchsorted(steps, [first, last + 1]).tolist()
        at, values = self._pyramid.envelope(self.values, max(begin - 1, 0), end, most)
        return np.interp(at, np.arange(len(steps)), steps) if len(at) else at, values

    def at(self, step: int) -> float:
        """The newest one at ``step``; NaN before the first."""
        index = int(np.searchsorted(self._metric.steps, step, side="right")) - 1
        return float(self.values[index]) if index >= 0 else math.nan


SOURCES: dict[str, Callable[[History, NDArray[np.floating] | None], Source]] = {
    "gradient norm": lambda history, _reference: GradientNorm(history),
    "update size": lambda history, _reference: UpdateSize(history),
    "learning rate": lambda history, _reference: LearningRate(history),
    "distance": Distance,
}
"""By name; a reference is a row (columns,)."""


def reference_row(experiment: Experiment) -> NDArray[np.floating] | None:
    """Where the trained parameters should end (columns,); ``None`` unless that is known of all of them."""
    known = [np.ravel(np.array(p.reference, float)) for p in experiment.trained if p.reference is not None]
    return np.concatenate(known) if known and len(known) == len(experiment.trained) else None


def lengths(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Euclidean lengths (n,) of rows (n, columns), without overflow; NaN elements count as none, all of them NaN."""
    gone = np.isnan(rows)
    found: NDArray[np.float64] = np.hypot.reduce(np.where(gone, 0.0, rows.astype(float)), axis=1)
    return np.where(gone.all(axis=1), math.nan, found)


def thinned(words: str, stride: int) -> str:
    """``words`` and that only every so-many-th step is known."""
    return ", ".join(filter(None, (words, "" if stride == 1 else f"every {stride:,} steps")))


class _Kept:
    """Numbers that are known, and their pyramid."""

    def __init__(self, stride: int) -> None:
        self.stride = stride
        self.values, self.pyramid = GrowingArray((), "float64"), Pyramid()

    def extend(self, more: NDArray[np.float64]) -> None:
        """Append."""
        self.values.extend(more)
        self.pyramid.update(self.values.array)
