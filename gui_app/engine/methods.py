"""The method of updating that an optimizer asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.engine.devices import EngineError
from gui_app.engine.lbfgs import LBFGSUpdates
from gui_app.engine.optimizers import BY_MATRIX
from gui_app.engine.problem import Problem
from gui_app.engine.updates import FlatUpdates, Updates


def updates_for(
    spec: OptimizerSpec, problem: Problem, gradients: Callable[[Tensor], Sequence[Tensor | None]]
) -> Updates:
    """``spec`` at work on the parameters of ``problem``, from a fresh start.

    ``gradients`` gives those of a loss, one for each leaf. Raises EngineError where the optimizer cannot work.
    """
    if spec.name in BY_MATRIX:
        _check_matrices(spec.name, problem)
    if spec.name == "LBFGS":
        return LBFGSUpdates(spec, problem, gradients)
    return FlatUpdates(spec, problem)


def _check_matrices(name: str, problem: Problem) -> None:
    for spec in problem.experiment.trained:
        if len(spec.shape) != 2:
            shape = f"has shape {spec.shape}" if spec.shape else "is a single number"
            message = f"{name} updates matrices only, and {spec.name} {shape}."
            hint = f"Choose another optimizer, or make {spec.name} a matrix, such as [[1.0]]."
            raise EngineError(Fault(message, hint=hint))
