"""What the variables of a program are worth at a step."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Span
from gui_app.engine import vocabulary
from gui_app.engine.problem import Problem
from gui_app.engine.scripts import Pass, Script
from gui_app.language.compiler import check
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag


class _Variables:
    """The last value of every name."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def on_value(self, value: object, span: Span) -> None:
        """Expressions without a name are of no interest."""

    def on_name(self, name: str, value: object) -> None:
        """The last assignment counts."""
        self.values[name] = value


class _Enough(BaseException):
    """The script has come far enough."""


def variables(experiment: Experiment, step: int, row: NDArray[np.floating]) -> dict[str, object]:
    """By name the values at the end of the objective, or of a script before the pass after ``step`` (or its end).

    A script that fails later has its values of then. Raises ProgramError where an objective fails.
    """
    found = _Variables()
    if check(experiment.program, vocabulary.words()).kind == "objective":
        problem = Problem(experiment, traced=True)
        problem.load(row)
        problem.listener = found
        problem.value()
        return found.values
    script = Script(experiment, StopFlag(memory_mib=experiment.run.memory))
    script.on_name = found.on_name

    def on_pass(_tensors: Sequence[Tensor], _gradients: Sequence[Tensor | None] | None, make: Pass) -> None:
        if script.step == step:
            raise _Enough
        make()

    script.on_pass = on_pass
    with suppress(_Enough, ProgramError):
        script.run()
    return found.values
