"""The inner steps of LBFGS, watched while torch's own LBFGS takes them.

Its methods ``_add_grad`` and ``_gather_flat_grad`` are private: a test pins them. The first is called with the step
length and the direction before an evaluation and when a step length is settled, the second after each evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gui_app.core.arithmetic import Inner, InnerSteps
from gui_app.core.experiment import OptimizerSpec
from gui_app.engine.lbfgs import LBFGSUpdates
from gui_app.engine.problem import Problem

Gradients = Callable[[Tensor], Sequence[Tensor | None]]


@dataclass
class _Direction:
    """One inner step: a direction, and the way that is gone along it in the end."""

    d: Tensor
    slope: float
    pairs: int
    length: float
    first: int
    """Index of the first evaluation along it."""


class Watch:
    """Collects the evaluations of one step; ``element`` reads the asked element as it is at present."""

    def __init__(self, gradients: Gradients, element: Callable[[], float]) -> None:
        self._gradients, self._element = gradients, element
        self._lbfgs: Any = None
        self._loss = 0.0
        self._evaluations: list[Inner] = []
        self._flat: list[Tensor] = []
        self._directions: list[_Direction] = []

    def gradients(self, loss: Tensor) -> Sequence[Tensor | None]:
        """Gradients of a loss, which is remembered."""
        self._loss = float(loss.detach())
        return self._gradients(loss)

    def attach(self, lbfgs: torch.optim.LBFGS) -> None:
        """Watch the next step of this one."""
        self._lbfgs = lbfgs
        add, gather = self._lbfgs._add_grad, self._lbfgs._gather_flat_grad

        def added(length: float, d: Tensor) -> None:
            self._moves(float(length), d)
            add(length, d)

        def gathered() -> Tensor:
            flat: Tensor = gather()
            self._evaluated(flat)
            return flat

        self._lbfgs._add_grad, self._lbfgs._gather_flat_grad = added, gathered

    def _moves(self, length: float, d: Tensor) -> None:
        if self._directions and self._directions[-1].d is d:
            self._directions[-1].length = length
            return
        slope = float(self._flat[self._reached()].dot(d))
        (memory,) = self._lbfgs.state.values()
        # Room for one number a pair, which is filled as the direction is made.
        pairs = sum(each is not None for each in memory.get("al", ()))
        self._directions.append(_Direction(d, slope, pairs, length, len(self._flat)))

    def _reached(self) -> int:
        """The evaluation at the point that has been reached."""
        if not self._directions:
            return 0
        last = self._directions[-1]
        along = (i for i in range(last.first, len(self._flat)) if self._evaluations[i].length == last.length)
        return next(along, last.first - 1)

    def _evaluated(self, flat: Tensor) -> None:
        now = self._directions[-1] if self._directions else None
        self._flat.append(flat)
        self._evaluations.append(
            Inner(
                len(self._directions),
                None if now is None else now.length,
                None if now is None else now.slope,
                0 if now is None else now.pairs,
                self._loss,
                float(flat.abs().max()) if flat.numel() else 0.0,
                self._element(),
            )
        )

    def told(self) -> InnerSteps:
        """What has happened, when the step is over."""
        group = self._lbfgs.param_groups[0]
        return InnerSteps(tuple(self._evaluations), self._why(group), group["history_size"])

    def _why(self, group: dict[str, Any]) -> str:
        """Why it stopped: torch's conditions in torch's order."""
        evaluations, taken = self._evaluations, len(self._directions)
        small, still = group["tolerance_grad"], group["tolerance_change"]
        if evaluations[0].largest <= small:
            return f"The gradient is at most {small:g} already, so nothing is done."
        if taken == group["max_iter"]:
            return f"All {taken} inner steps have been taken."
        if len(evaluations) >= group["max_eval"]:
            return f"The objective has been evaluated {len(evaluations)} times, which is the most a step may."
        if taken and (reason := self._settled(small, still)):
            return reason
        return f"Along the next direction the loss would hardly fall: its slope is above {-still:g}."

    def _settled(self, small: float, still: float) -> str:
        """Why the last inner step was the last, if it was by itself."""
        last, at = self._directions[-1], self._reached()
        before = self._evaluations[self._before()].loss
        if self._evaluations[at].largest <= small:
            return f"The gradient has fallen to at most {small:g}."
        if float(last.d.mul(last.length).abs().max()) <= still:
            return f"The last inner step was no longer than {still:g}."
        if abs(self._evaluations[at].loss - before) < still:
            return f"The loss has changed by less than {still:g}."
        return ""

    def _before(self) -> int:
        """The evaluation that the last inner step began at."""
        last = self._directions.pop()
        found = self._reached()
        self._directions.append(last)
        return found


class WatchedUpdates(LBFGSUpdates):
    """LBFGS with somebody watching."""

    def __init__(self, spec: OptimizerSpec, problem: Problem, watch: Watch) -> None:
        self.watch = watch
        super().__init__(spec, problem, watch.gradients)

    def _made(self, memory: Mapping[str, Any]) -> torch.optim.LBFGS:
        lbfgs = super()._made(memory)
        self.watch.attach(lbfgs)
        return lbfgs
