"""Why a run has diverged: what first was not finite, and the learning rate beside what the curvature bears."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gui_app.core.frames import Resume
from gui_app.core.lenses import Divergence, DivergenceAsked, Limit
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.curvature import Bending, limit_at, state_at
from gui_app.engine.lenses.origin import origin_and_node
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

SAFE, CAREFUL, LEAST = 0.5, 0.1, 1e-3
"""The suggested learning rate: against the limit; against the present one where no limit is known; and at least."""


def divergence(problem: Problem, question: DivergenceAsked, cancelled: Callable[[], bool]) -> Divergence:
    """See DivergenceAsked."""
    fault, node = origin_and_node(question.experiment, question.bad, problem.stop, question.last.step + 1)
    step, row = question.grown
    last, curvature = _limit(problem, question.last.step, question.row, question.last, cancelled)
    first, _ = _limit(problem, step, row, None, cancelled)
    return Divergence(fault, node, last, curvature, first, _suggested(question, first, last))


def _limit(
    problem: Problem,
    step: int,
    row: NDArray[np.floating],
    resume: Resume | None,
    cancelled: Callable[[], bool],
) -> tuple[Limit | None, float]:
    """Limit and λmax at a row; None and NaN where there are no finite second derivatives any more."""
    problem.step = step
    problem.load(row)
    try:
        found = Bending(problem, row, cancelled)
        return limit_at(problem.experiment, found, state_at(problem.experiment, resume, row)), float(
            found.eigenvalues[-1]
        )
    except (ProgramError, EngineError, np.linalg.LinAlgError):
        return None, float("nan")


def _suggested(question: DivergenceAsked, first: Limit | None, last: Limit | None) -> float | None:
    """Half the limit where the growth began, and at most half of what it was. Two digits are enough.

    The curvature of the last finite step says little: far out it may be as large as numbers go.
    """
    rate = question.experiment.optimizer.complete().get("lr")
    if not isinstance(rate, float | int) or not rate > 0:
        return None
    limit = next((found.limit for found in (first, last) if found is not None and found.limit), None)
    wanted = rate * CAREFUL if limit is None else SAFE * min(limit, rate)
    return float(f"{max(wanted, rate * LEAST):.1e}")
