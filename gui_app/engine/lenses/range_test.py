"""The learning-rate range test: from one step, some updates with each of many learning rates."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.frames import Resume
from gui_app.core.lenses import RangeTest, RangeTestAsked
from gui_app.engine.descent import Descent
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.curvature import Bending, limit_at
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

EVERY = 0.05
"""Seconds between two answers."""


def range_test(
    problem: Problem, question: RangeTestAsked, cancelled: Callable[[], bool]
) -> Iterator[RangeTest]:
    """See RangeTestAsked: the coarse picture first. Raises ProgramError where the program fails at the start."""
    descent = Descent(problem)
    begin, trouble = descent.start(0, question.resume)
    if trouble:
        raise EngineError(Fault(f"No update follows: {trouble}.", hint="Choose an earlier step."))
    here = Resume(question.resume.step, begin.parameters[0], begin.frames[0])
    base = question.experiment.optimizer
    losses = np.full(len(question.rates), np.nan)

    def told(limit: float | None) -> RangeTest:
        return RangeTest(
            here.step, question.steps, question.rates, losses.copy(), float(begin.losses[0]), limit
        )

    limit = _limit(problem, here, cancelled)
    yield told(limit)
    due = time.perf_counter() + EVERY
    for at in _spread(len(losses)):
        if cancelled():
            return
        rate = float(question.rates[at])
        spec = replace(base, settings={**base.settings, "lr": rate}, schedule=None)
        losses[at] = _loss(descent, here, spec, question)
        if time.perf_counter() > due:
            yield told(limit)
            due = time.perf_counter() + EVERY
    yield told(limit)


def _loss(descent: Descent, here: Resume, spec: OptimizerSpec, question: RangeTestAsked) -> float:
    """The loss after the updates; infinite where something was no longer finite."""
    descent.start(0, here)
    descent.change(spec)
    left = question.steps
    while left > 0:
        try:
            event, trouble = descent.take(0, left, 1.0)
        except ProgramError:
            return math.inf  # the program refuses numbers like these
        left -= len(event.losses)
        if trouble:
            return math.inf
    return float(event.losses[-1])


def _limit(problem: Problem, here: Resume, cancelled: Callable[[], bool]) -> float | None:
    """The stability limit there, if there is one."""
    assert here.frame is not None
    problem.step = here.step
    problem.load(here.row)
    try:
        return limit_at(problem.experiment, Bending(problem, here.row, cancelled), here.frame.state).limit
    except (ProgramError, EngineError):
        return None


def _spread(count: int) -> list[int]:
    """0 … count - 1, every place halfway between earlier ones before those beside them."""
    order: list[int] = []
    step = 1 << max(count - 1, 1).bit_length()
    seen: set[int] = set()
    while step:
        order += [at for at in range(0, count, step) if at not in seen]
        seen.update(order)
        step //= 2
    return order
