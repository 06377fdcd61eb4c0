"""A comparison: several runs of one experiment, each with an optimizer of its own, to the same budget.

The engine takes the steps and tells of them in stretches; whoever has asked puts the records together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from gui_app.core.branch import Branch, Tally
from gui_app.core.contenders import Contender, alike
from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.frames import Frame
from gui_app.core.history import FRAME_BUDGET, ROW_BUDGET, History
from gui_app.core.landscape import Axis
from gui_app.core.question import Question

Unit = Literal["steps", "evaluations"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What every run may use."""

    count: int
    unit: Unit = "steps"
    """``evaluations``: how often an update evaluates the objective and its gradient. LBFGS does so several times."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CompareAsked(Question):
    """How does each of ``contenders`` do? Answered in parts, each a :class:`Progress`, until all are over."""

    is_long: ClassVar[bool] = True

    contenders: tuple[Contender, ...]
    budget: Budget


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FieldAsked(Question):
    """The objective over the stretch that all paths cross, one colour field for all of them: a Landscape."""

    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Some further steps of the contender at place ``index``."""

    index: int
    columns: tuple[str, ...] = ()
    dtype: str = "float64"
    losses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    parameters: NDArray[np.floating] = field(default_factory=lambda: np.empty((0, 0)))
    """(steps, columns)"""
    gradients: NDArray[np.floating] = field(default_factory=lambda: np.empty((0, 0)))
    """(steps, columns)"""
    frames: tuple[Frame, ...] = ()
    evaluations: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """(steps,): all up to each step."""
    seconds: float = 0.0
    ended: str = ""
    """Why it ends here, in words, if that is before its budget."""
    fault: Fault | None = None
    """Why it cannot go on at all."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Of the last of these steps, such as ``validation loss``; empty where nothing is evaluated."""


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """What all contenders have done since the last one."""

    stretches: tuple[Stretch, ...]
    share: float
    """From 0 to 1: how much of the whole is done."""


class Trial:
    """The growing record of one contender."""

    def __init__(self, contender: Contender, rivals: int) -> None:
        self.contender = contender
        self.history: History | None = None
        """``None`` until its start has been evaluated."""
        self.fault: Fault | None = None
        self._rivals = rivals
        self._evaluations = np.empty(0, np.int64)
        self._fresh: list[NDArray[np.int64]] = []
        self._seconds = 0.0
        self._ended = ""

    def take(self, stretch: Stretch) -> None:
        """Enter what it has done. All records together take as much memory as one run may."""
        if self.history is None and len(stretch.losses):
            budgets = ROW_BUDGET // self._rivals, FRAME_BUDGET // self._rivals
            self.history = History(stretch.columns, stretch.dtype, *budgets)
        if self.history is not None:
            self.history.extend(stretch.losses, stretch.parameters, stretch.gradients, stretch.frames)
            self.history.add_metrics(self.history.last, stretch.metrics)
            self._fresh.append(stretch.evaluations)
        self._seconds += stretch.seconds
        self._ended = stretch.ended or self._ended
        self.fault = stretch.fault or self.fault

    def branch(self, number: int) -> Branch | None:
        """The record so far; ``None`` if there is none."""
        if self.history is None:
            return None
        ended = self._ended or ("" if self.fault is None else self.fault.message)
        self._evaluations, self._fresh = np.concatenate((self._evaluations, *self._fresh)), []
        tally = Tally(self._evaluations, self._seconds, ended)
        return Branch(number, self.history, 0, self.contender.label, self.contender.optimizer, tally)


class Comparison:
    """All records of a comparison, put together from what the engine tells."""

    def __init__(self, asked: CompareAsked) -> None:
        self.asked = asked
        self.trials = [Trial(each, len(asked.contenders)) for each in asked.contenders]
        self.share = 0.0

    def take(self, progress: Progress) -> None:
        """Enter what has been done."""
        for stretch in progress.stretches:
            self.trials[stretch.index].take(stretch)
        self.share = progress.share

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.share >= 1.0

    def branches(self, first: int = 1) -> tuple[Branch, ...]:
        """The records of those that have one, numbered from ``first`` on."""
        told = (trial for trial in self.trials if trial.history is not None)
        found = (trial.branch(first + at) for at, trial in enumerate(told))
        return tuple(branch for branch in found if branch is not None)

    def failed(self) -> list[Trial]:
        """Those that could not even start."""
        return [trial for trial in self.trials if trial.history is None and trial.fault is not None]


def outdated(branches: Iterable[Branch], optimizers: Sequence[OptimizerSpec]) -> set[int]:
    """Numbers of those that were made to be compared with one of these settings: they are made again."""
    made = [branch for branch in branches if branch.tally is not None]
    return {branch.number for branch in made if any(alike(branch.optimizer, each) for each in optimizers)}
