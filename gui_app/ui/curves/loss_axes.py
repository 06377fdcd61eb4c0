"""Which stretches of its axes a loss plot shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.loss_curve import LossCurve
from gui_app.ui.curves.secondaries import Secondaries
from gui_app.ui.curves.span import Span, span_of

MARGIN = 0.06
CLIMB = 10.0
"""Losses of other branches that are so many times as high as all that is shown besides lie above the axis."""


@dataclass(slots=True)
class LossAxes:
    """Linear or logarithmic, and wide enough for the run and its branches."""

    curve: LossCurve
    branches: BranchLines
    beside: Secondaries
    log: bool = False
    log_steps: bool = False
    from_zero: bool = False
    """Whether a linear loss axis holds 0."""

    def whole(self) -> tuple[Span, Span]:
        """Axes that hold the whole run and all branches."""
        assert self.curve.history is not None
        last = max(self.curve.history.last, self.branches.last, 1)
        return self._across(Span(0.0, last)), self._down(0, self.curve.history.last, self._known())

    def over(self, steps: Span) -> tuple[Span, Span]:
        """Axes for that stretch of steps."""
        x = Span(*(math.log10(max(at, 1.0)) for at in steps)) if self.log_steps else steps
        x = x if x.length > 0 else Span(x.low, x.low + 1.0)
        first, last = self._ends(steps)
        known = self.branches.extremes_over(first, last), self.beside.losses(first, last)
        return x, self._down(first, last, np.concatenate(known))

    def second(self, steps: Span) -> Span | None:
        """The right axis for that stretch; None if there is none."""
        return self.beside.height(*self._ends(steps))

    def _ends(self, steps: Span) -> tuple[int, int]:
        """The first and the last step that lie in it or just beside it."""
        low, high = max(steps.low, -1e12), min(steps.high, 1e12)
        return max(math.floor(low), int(self.log_steps)), math.ceil(high)

    def _across(self, steps: Span) -> Span:
        if not self.log_steps:
            return Span(-0.01 * steps.high, 1.02 * steps.high)
        end = math.log10(max(steps.high, 2.0))
        return Span(-0.02 * end, 1.02 * end)

    def _down(self, first: int, last: int, known: NDArray[np.float64]) -> Span:
        assert self.curve.history is not None
        _, losses = self.curve.history.loss_curve(max(first, int(self.log_steps)), last, 512)
        y = span_of(np.append(losses, known), log=self.log, margin=MARGIN)
        return Span(min(y.low, 0.0), max(y.high, 0.0)) if self.from_zero and not self.log else y

    def _known(self) -> NDArray[np.float64]:
        """What else is to be held: the branches, and on a logarithmic axis the least loss that it can show."""
        assert self.curve.history is not None
        least = [self.curve.odd.least_positive] if self.log and self.curve.odd is not None else []
        others = self.beside.losses(0, self.curve.history.last)
        branches = self.branches.extremes(log=self.log)
        return np.concatenate((np.minimum(branches, self._ceiling()), least, others))

    def _ceiling(self) -> float:
        """How high losses of other branches are held to be of interest: one that diverges must not flatten the rest."""
        assert self.curve.history is not None
        _, own = self.curve.history.loss_curve(0, self.curve.history.last, 512)
        first = [branch.history.losses[branch.start : branch.start + 1] for branch in self.branches.branches]
        known = np.concatenate((own, *first))
        return CLIMB * float(np.abs(known[np.isfinite(known)]).max(initial=0.0)) or math.inf
