"""A branch: a record that goes its own way from some step on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.history import History


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What was counted while a record was made, beyond what it holds."""

    evaluations: NDArray[np.int64]
    """(steps,): how often the updates up to each step have evaluated the objective and its gradient."""
    seconds: float
    """Time spent in the loop for all of these steps."""
    ended: str = ""
    """Why it ended before the others, in words: ``diverged at step 12: the loss is inf``."""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """What was recorded of a branch that is not the one that is shown."""

    number: int
    """Counted from 0 since the experiment was opened or changed."""
    history: History
    """Steps 0 … ``start`` are those of the branch that it comes from."""
    start: int
    """The step from which on it differs; 0 for the first."""
    label: str
    """What was changed there: ``lr 0.4 → 0.1``; ``first run`` for the first."""
    optimizer: OptimizerSpec = field(default_factory=OptimizerSpec)
    """The settings that it goes on with."""
    tally: Tally | None = None
    """Of a record that was made to be compared."""


FIRST = "first run"
