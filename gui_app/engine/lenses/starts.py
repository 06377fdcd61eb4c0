"""What the studies of many starts share: where they start, and what they may cost."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.fault import Fault
from gui_app.core.landscape import Landscape
from gui_app.core.starts_study import StartsAsked
from gui_app.engine.batched import Batched
from gui_app.engine.devices import EngineError
from gui_app.engine.flock import check_together
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem

LOOP_SECONDS = 60.0
"""Longest that starts may be run one by one."""
NUMBERS = 2**24
"""Most numbers that all starts of a call together hold: optimizers and gradients take several times as much."""
PART_SECONDS = 0.2
"""About the time between two answers."""
RELIEF = 128
"""Points along each axis of the objective beneath."""

Cancelled = Callable[[], bool]


class Ground:
    """The problem with its start, and the way in which many starts of it are evaluated.

    Raises EngineError where they cannot be.
    """

    def __init__(self, problem: Problem, asked: StartsAsked) -> None:
        # One of its own, whose parameters are at their start.
        self.problem, self.asked = Problem(asked.experiment, stop=problem.stop), asked
        check_together(self.problem)
        self.start = self.problem.stores[0].elements
        """(columns,)"""

    def columns(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Tensor:
        """Starts at these places of the plane, (columns, n), the other elements at their start."""
        across, up = self.asked.plane.columns
        if len(self.start) * len(x) > NUMBERS:
            message = f"Each start has {len(self.start):,} numbers: {len(x):,} of them at once take too much memory."
            raise EngineError(Fault(message, hint="Choose fewer starts, or train fewer parameters."))
        found = self.start[:, None].repeat(1, len(x))
        # Through float64, as a typed start, so that both are rounded alike.
        found[across] = torch.from_numpy(x).to(found)
        found[up] = torch.from_numpy(y).to(found)
        return found

    def batched(self, starts: Tensor, count: int) -> Batched:
        """The way for ``count`` starts such as these, (columns, n). Raises EngineError where it would take too long."""
        self.problem.step = 0
        batched = Batched(self.problem, starts)
        steps = self.asked.steps
        seconds = batched.seconds * count * (steps + 1)
        if batched.way == "loop" and seconds > LOOP_SECONDS:
            message = (
                "This program branches on its values, so that its starts run one by one: "
                f"{count:,} starts of {steps:,} steps would take about {_told(seconds)}."
            )
            raise EngineError(Fault(message, hint="Choose fewer starts or fewer steps."))
        return batched

    def relief(self, cancelled: Cancelled) -> Landscape:
        """The objective over the plane."""
        self.problem.step = 0
        plane = self.asked.plane
        return landscape_at(self.problem, self.start.cpu().numpy(), plane.axes(RELIEF), cancelled)


class Pace:
    """Says when the next answer is due."""

    def __init__(self) -> None:
        self._due = time.perf_counter() + PART_SECONDS

    def is_due(self) -> bool:
        """Whether PART_SECONDS have passed since it last was."""
        now = time.perf_counter()
        if now < self._due:
            return False
        self._due = now + PART_SECONDS
        return True


def _told(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:,.0f} hours"
