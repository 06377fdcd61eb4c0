"""What every view of the descent reads of a run: its path, and its numbers at the step that is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.history import History
from gui_app.core.landscape import places, shifts
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.elements import Element

MOST = 3000
"""Steps of a path that are drawn; a longer run is thinned evenly."""
NUMBERS = 2**21
"""Most numbers of a path that are read at once: along directions, every row is read whole."""
DETAIL = 50_000
"""Steps that are read where a part of a long run is looked at closely."""
MOVING_MEANS = ("Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Muon")
"""Optimizers that move by a running mean of the gradients, whatever their settings."""


@dataclass(slots=True)
class Record:
    """The run as far as it is drawn, for the first elements of its parameters."""

    elements: list[Element]
    history: History | None = None
    most: int = MOST
    """Steps of the path that are read."""
    step: int = 0
    """The step that is shown: the nearest one that has a row."""
    steps: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    optimizer: OptimizerSpec | None = field(default_factory=OptimizerSpec)
    """The settings of the newest step."""
    settled: int = 0
    """The step from which on ``optimizer`` counts, unless the history tells of changes."""
    gradients: bool = False
    """The path is that of the gradients, not of the values."""
    path: NDArray[np.floating] = field(init=False)
    """(len(steps), len(elements)): the parameters, or their gradients, along the run."""

    def __post_init__(self) -> None:
        self.path = np.empty((0, len(self.elements)))

    @property
    def columns(self) -> list[int]:
        """The elements' columns in the history."""
        return [element.column for element in self.elements]

    @property
    def is_projected(self) -> bool:
        """Whether the elements are directions, and no columns."""
        return any(element.direction is not None for element in self.elements)

    @property
    def filled(self) -> bool:
        """Whether there is a run with these elements, and a step in it."""
        history = self.history
        return history is not None and len(history) > 0 and self.least_columns <= len(history.columns)

    @property
    def least_columns(self) -> int:
        """How many columns a history of these elements has at least."""
        sizes = [len(each.direction.vector) if each.direction else each.column + 1 for each in self.elements]
        return max(sizes, default=0)

    def choose(self, step: int) -> None:
        """Show ``step``."""
        self.step = self.history.nearest(step) if self.history is not None and self.filled else 0

    def update(self, step: int) -> None:
        """Read the path anew, and show ``step``."""
        self.choose(step)
        if self.history is not None and self.filled:
            self.steps, self.path = self._read(self.history, self.most)
        else:
            self.steps, self.path = np.empty(0, np.intp), np.empty((0, len(self.elements)))

    def _read(self, history: History, most: int) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
        return along(history, self.elements, most, gradients=self.gradients)

    def detailed(self, x: Span) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
        """Steps and path over the stretch ``x`` of steps, read more finely the more it is zoomed."""
        history = self.history
        if history is None or not self.filled or x.length * 1.5 > history.last:
            return self.steps, self.path
        most = min(int(self.most * history.last / max(x.length, 1.0)), DETAIL)
        steps, path = self._read(history, most)
        first, end = np.searchsorted(steps, [x.low, x.high])
        shown = slice(max(first - 1, 0), end + 1)
        return steps[shown], path[shown]

    def losses(self) -> NDArray[np.float64]:
        """The losses along the path."""
        if self.history is None or not self.filled:
            return np.empty(0)
        return np.asarray(self.history.losses[self.steps], float)

    def at(self, step: int) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Values and gradients of the elements, and the loss, at a step; NaN where there is none."""
        history = self.history
        nothing = np.full(len(self.elements), np.nan)
        if (
            history is None
            or not self.filled
            or not 0 <= step <= history.last
            or history.nearest(step) != step
        ):
            return nothing, nothing, math.nan
        values = [float(places(each.along, history.parameters(step))) for each in self.elements]
        gradients = [float(shifts(each.along, history.gradients(step))) for each in self.elements]
        return np.array(values), np.array(gradients), float(history.losses[step])

    def row(self) -> NDArray[np.floating] | None:
        """All trained numbers at the step that is shown, (columns,)."""
        return self.history.parameters(self.step) if self.history is not None and self.filled else None

    def rate(self, step: int) -> float:
        """The learning rate of plain SGD at a step; NaN where the update is another one, or nobody knows."""
        changes = self.history.changes if self.history is not None else {}
        before = [at for at in changes if at <= step]
        known = step >= self.settled and not changes
        optimizer = changes[max(before)] if before else self.optimizer if known else None
        if optimizer is None or optimizer.schedule is not None or optimizer.clip is not None:
            return math.nan
        settings = optimizer.complete()
        plain = optimizer.name == "SGD" and not any(
            settings.get(name) for name in ("momentum", "weight_decay")
        )
        return float(settings["lr"]) if plain else math.nan

    def shows(self, row: NDArray[np.floating]) -> bool:
        """Whether that is the row of the step that is shown."""
        here = self.row()
        return here is not None and np.array_equal(here, row)

    @property
    def has_memory(self) -> bool:
        """Whether earlier updates have a part in the next one, as far as is known."""
        optimizer = self.optimizer
        if optimizer is None or not self.filled:
            return False
        return optimizer.name in MOVING_MEANS or bool(optimizer.complete().get("momentum"))

    def next_step(self) -> int:
        """The step after the one that is shown, if it has a row; else -1."""
        following = self.step + 1
        if self.history is None or following > self.history.last:
            return -1
        return following if self.history.nearest(following) == following else -1


def along(
    history: History, elements: Sequence[Element], most: int, *, gradients: bool = False
) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Steps and values (n, elements) along a run, thinned to ``most``: of numbers, or of places along directions."""
    if all(element.direction is None for element in elements):
        steps, path = history.path([element.column for element in elements], history.last, most)
        if gradients and len(steps):
            columns = [element.column for element in elements]
            path = np.stack([history.gradients(step)[columns] for step in steps.tolist()])
        return steps, path
    steps, rows = whole(history, most)
    return steps, np.stack([places(element.along, rows) for element in elements], axis=1)


def whole(history: History, most: int = MOST) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Steps and whole rows (n, columns) along a run, thinned to ``most`` and to NUMBERS."""
    count = len(history.columns)
    return history.path(list(range(count)), history.last, max(3, min(most, NUMBERS // max(count, 1))))
