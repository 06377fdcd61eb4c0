"""Runs of one experiment side by side: each takes the steps that the window would take, all to one budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from torch import Tensor

from gui_app.core.comparison import Budget, CompareAsked, FieldAsked, Progress, Stretch
from gui_app.core.contenders import Contender
from gui_app.core.events import StepsTaken
from gui_app.core.experiment import Experiment
from gui_app.core.landscape import Landscape
from gui_app.engine.descent import Descent
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.culprit import told
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag

ROUND = 64
"""Steps that each takes before it is the next one's turn."""
AT_ONCE = 0.02
"""Seconds of steps between two looks at whether anybody still waits."""
TOLD_EVERY = 0.15
"""Seconds between two parts of the answer."""


def compared(problem: Problem, question: CompareAsked, cancelled: Callable[[], bool]) -> Iterator[Progress]:
    """The answer to CompareAsked: the contenders in turns, so that their records grow together.

    A contender that diverges or fails ends with a word about it; the others go on.
    """
    runs = [
        _Contest(place, each, question.experiment, question.budget, problem.stop)
        for place, each in enumerate(question.contenders)
    ]
    fresh: list[Stretch] = []
    due, target = time.monotonic(), 0
    while not all(run.over for run in runs):
        target += ROUND
        for run in runs:
            while not run.over and run.step < target:
                if cancelled():
                    return
                fresh.append(run.take(target - run.step))
                if time.monotonic() >= due:
                    share = sum(run.share for run in runs) / len(runs)
                    yield Progress(tuple(fresh), min(share, 0.999))
                    fresh, due = [], time.monotonic() + TOLD_EVERY
    yield Progress(tuple(fresh), 1.0)


def field_of(problem: Problem, question: FieldAsked, cancelled: Callable[[], bool]) -> Landscape:
    """The answer to FieldAsked."""
    return landscape_at(problem, None, question.axes, cancelled)


class _Counting(Problem):
    """A problem that counts how often its loss is evaluated."""

    evaluations = 0

    def loss(self) -> Tensor:
        self.evaluations += 1
        return super().loss()


class _Contest:
    """One contender's run."""

    def __init__(
        self, index: int, contender: Contender, experiment: Experiment, budget: Budget, stop: StopFlag
    ) -> None:
        self._index, self._budget, self._stop = index, budget, stop
        self._experiment = replace(experiment, optimizer=contender.optimizer)
        self._descent: Descent | None = None
        self._problem: _Counting | None = None
        self._spent = 0
        self._by_one = True
        """How often an update evaluates is known for one step at a time, while it is or may be several times."""
        self.over = False

    @property
    def step(self) -> int:
        """The newest step; -1 before the start is evaluated."""
        return -1 if self._descent is None else self._descent.step

    @property
    def share(self) -> float:
        """How much of its budget it has used, up to 1."""
        used = self.step if self._budget.unit == "steps" else self._spent
        return 1.0 if self.over else max(used, 0) / max(self._budget.count, 1)

    def take(self, steps: int) -> Stretch:
        """The start, or up to ``steps`` further steps, as far as the budget goes."""
        try:
            return self._start() if self._descent is None else self._advance(self._descent, steps)
        except EngineError as error:
            fault = error.fault
        except ProgramError as error:
            fault = told(self._experiment, error, self._stop)
        self.over = True
        return Stretch(self._index, fault=fault)

    def _start(self) -> Stretch:
        self._problem = _Counting(self._experiment, stop=self._stop)
        descent = Descent(self._problem)
        event, trouble = descent.start(0, None)
        self._descent = descent
        self.over = bool(trouble) or self._budget.count == 0
        return self._measured(descent, self._told(descent, event, 0, trouble))

    def _advance(self, descent: Descent, steps: int) -> Stretch:
        assert self._problem is not None
        before, count = descent.step, self._problem.evaluations
        used = before if self._budget.unit == "steps" else self._spent
        steps = 1 if self._by_one else min(steps, self._budget.count - used)
        event, trouble = descent.take(0, steps, AT_ONCE)
        each = 1
        if self._by_one:
            # The evaluation that is recorded serves the next update too, unless that evaluates by itself.
            extra = self._problem.evaluations - count - 1
            self._by_one, each = extra > 0, max(1, extra)
        if self._budget.unit == "evaluations" and self._spent + each > self._budget.count:
            self.over = True
            why = "" if before else f"one step takes {each} evaluations, more than the budget"
            return Stretch(self._index, ended=why)
        stretch = self._told(descent, event, each, trouble)
        used = descent.step if self._budget.unit == "steps" else self._spent
        self.over = bool(trouble) or used >= self._budget.count
        return self._measured(descent, stretch)

    def _measured(self, descent: Descent, stretch: Stretch) -> Stretch:
        """With how well it does on all rows of the data, where that is due, and at its end."""
        evaluator = descent.evaluator
        if evaluator is None or stretch.ended or not (self.over or evaluator.is_due(descent.step)):
            return stretch
        return replace(stretch, metrics=evaluator.at(0, descent.step).metrics)

    def _told(self, descent: Descent, event: StepsTaken, each: int, trouble: str) -> Stretch:
        taken = len(event.losses)
        counted = self._spent + each * np.arange(1, taken + 1, dtype=np.int64)
        self._spent = int(counted[-1])
        return Stretch(
            self._index,
            descent.problem.columns,
            descent.dtype,
            event.losses,
            event.parameters,
            event.gradients,
            event.frames,
            counted,
            event.seconds,
            f"diverged at step {descent.step:,}: {trouble}" if trouble else "",
        )
