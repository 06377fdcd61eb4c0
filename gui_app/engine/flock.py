"""Many runs of one experiment at once: the same rules as in a single one, over tensors with a column for each run."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.core.fault import Fault
from gui_app.core.schedule_rules import Schedule
from gui_app.core.schedules import ClipSpec
from gui_app.engine.batched import Batched
from gui_app.engine.devices import EngineError
from gui_app.engine.optimizers import BY_MATRIX, RULES, State
from gui_app.engine.problem import Problem

_EACH_ITS_OWN = frozenset({"ReduceLROnPlateau"})
"""Schedules that look at the loss, which differs from run to run."""


def check_together(problem: Problem) -> None:
    """Raise EngineError where the runs of an experiment cannot share their updates."""
    spec = problem.experiment.optimizer
    if spec.name not in RULES or spec.name in BY_MATRIX:
        message = (
            f"{spec.name} cannot take many starts at once: its update is not one number after the other."
        )
        raise EngineError(Fault(message, hint="Choose another optimizer, such as SGD or Adam."))
    if spec.schedule is not None and spec.schedule.name in _EACH_ITS_OWN:
        message = f"{spec.schedule.name} cannot steer many starts at once: it follows the loss of one run."
        raise EngineError(Fault(message, hint="Choose another schedule, or none."))
    if len(problem.stores) != 1:
        message = "Many starts need trained parameters of one dtype."
        raise EngineError(Fault(message, hint="Give all of them the dtype of the run."))


class Flock:
    """Runs that share their step and settings; each gives the numbers of a run of its own.

    ``position`` (columns, n) is theirs and is changed in place. Construction evaluates step 0.
    """

    def __init__(self, problem: Problem, batched: Batched, position: Tensor) -> None:
        experiment = problem.experiment
        spec = experiment.optimizer
        self._problem, self._batched = problem, batched
        self.position = position
        self.gradient = torch.empty_like(position)
        self.step = 0
        self._kept = None if experiment.run.clear_gradients else torch.zeros_like(position)
        self._rule = RULES[spec.name]
        self._group: dict[str, Any] = dict(spec.complete())
        self._schedule = None if spec.schedule is None else Schedule(spec.schedule, self._group)
        self._update = self._rule(self._group)
        self._clip = spec.clip
        self._stretches: list[tuple[slice, State]] = [(each, {}) for each in _stretches(batched.used)]
        self._shapes = _shapes(problem)
        self.loss = self._evaluate()

    def advance(self) -> None:
        """One step of each."""
        gradient = self._clipped()
        for stretch, state in self._stretches:
            self._update(self.position[stretch].view(-1), gradient[stretch].view(-1), state)
        if self._kept is not None:
            self._kept.copy_(gradient)
        if self._schedule is not None:
            self._schedule.step(self._group, self.loss)
            self._update = self._rule(self._group)
        self.step += 1
        self.loss = self._evaluate()

    def _evaluate(self) -> Tensor:
        self._problem.step = self.step
        if self._batched.way == "loop":
            loss = self._batched.evaluate(self.position, self.gradient, seconds=float("inf"))
        else:
            loss = self._batched.piece(self.position, self.gradient)
        if self._kept is not None:
            torch.add(self._kept, self.gradient, out=self.gradient)
        return loss

    def _clipped(self) -> Tensor:
        if self._clip is None:
            return self.gradient
        return clipped(self._clip, self.gradient, self._shapes)


def clipped(spec: ClipSpec, gradient: Tensor, extents: list[slice]) -> Tensor:
    """Gradients (columns, n), each run's clipped by itself, in torch's order of operations."""
    if spec.name == "value":
        return torch.clamp(gradient, -spec.amount, spec.amount)
    # Over contiguous rows: along columns the sums would have other last bits.
    parts = [torch.linalg.vector_norm(gradient[each].T.contiguous(), dim=1) for each in extents]
    coefficient = spec.amount / (torch.linalg.vector_norm(torch.stack(parts, dim=1), dim=1) + 1e-6)
    return gradient.mul(coefficient.clamp_(max=1.0))


def _stretches(used: list[bool]) -> list[slice]:
    """The longest stretches of columns with a gradient: others are passed over, as torch.optim does."""
    found: list[slice] = []
    for column, on in enumerate(used):
        if on and found and found[-1].stop == column:
            found[-1] = slice(found[-1].start, column + 1)
        elif on:
            found.append(slice(column, column + 1))
    return found


def _shapes(problem: Problem) -> list[slice]:
    """The columns of each trained parameter."""
    found, first = [], 0
    for spec in problem.experiment.trained:
        found.append(slice(first, first + spec.size))
        first += spec.size
    return found
