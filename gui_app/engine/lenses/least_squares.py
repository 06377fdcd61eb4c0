"""The exact least squares solution of a program whose predictions are linear in its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from gui_app.core.fit import Coefficients
from gui_app.core.prepared import Numbers
from gui_app.engine.lenses.predictor import Predictor
from gui_app.engine.problem import Problem

MOST_PARAMETERS = 256
MOST_CELLS = 4_000_000
"""Numbers of the design matrix."""
FEW = 64
"""Rows on which it is tried whether the predictions are linear."""
CLOSE = 1e-9
NAME = "intercept"


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Parameters (columns,) with the smallest sum of squares over the training rows."""

    parameters: Numbers
    is_unique: bool


class LeastSquares:
    """Evaluates the program in float64 at the solution, once that is found."""

    def __init__(self, problem: Problem) -> None:
        self._predictor = Predictor(problem, precise=True)
        data = self._predictor.data
        self._data = data.prepared
        self._true = data.table.true_values
        self._columns = problem.columns
        self.solution: Solution | None = None

    @classmethod
    def of(cls, problem: Problem, cancelled: Callable[[], bool]) -> LeastSquares | None:
        """None where the target is no number, where the predictions are not linear, or there are too many of them."""
        data, count = problem.data, len(problem.columns)
        assert data is not None
        found = data.prepared
        rows = len(found.training)
        if found.target is None or found.classes is not None or problem.program.draws:
            return None
        if not count or count > MOST_PARAMETERS or rows * count > MOST_CELLS:
            return None
        made = cls(problem)
        if not made._is_linear():
            return None
        made.solution = made._solved(cancelled)
        return made if made.solution is not None else None

    def predict(self, parameters: Numbers, features: Numbers) -> Numbers | None:
        """Predictions (n,) at parameters (columns,) for rows of X."""
        self._predictor.problem.load(parameters)
        made = self._predictor.predict(features)
        return made if made is not None and made.ndim == 1 else None

    def coefficients(self, row: Numbers) -> Coefficients | None:
        """Those of the recorded row (columns,) beside the exact ones; None if nothing was solved."""
        solution = self.solution
        if solution is None:
            return None
        fitted, exact = self._plane(row), self._plane(solution.parameters)
        if fitted is None or exact is None:
            return Coefficients(self._columns, row, solution.parameters, None, is_unique=solution.is_unique)
        return Coefficients(
            (*self._data.names, NAME),
            self._original(fitted),
            self._original(exact),
            self._known(),
            self._standardized(self._original(fitted)),
            self._standardized(self._original(exact)),
            solution.is_unique,
        )

    def _is_linear(self) -> bool:
        """Whether sums of parameters give sums of predictions, tried at random."""
        rows = self._data.features[self._data.training[:FEW]]
        random = np.random.default_rng(0)
        first, second = random.normal(size=(2, len(self._columns)))
        places = np.zeros_like(first), first, second, first + 2.5 * second
        made = [self.predict(place, rows) for place in places]
        if any(each is None or not np.isfinite(each).all() for each in made):
            return False
        zero, one, two, both = (np.asarray(each) for each in made)
        return _agree(both - zero, (one - zero) + 2.5 * (two - zero))

    def _solved(self, cancelled: Callable[[], bool]) -> Solution | None:
        data = self._data
        rows = data.features[data.training]
        zero = self.predict(np.zeros(len(self._columns)), rows)
        assert zero is not None
        assert data.target is not None
        design = np.empty((len(rows), len(self._columns)))
        for column, unit in enumerate(np.eye(len(self._columns))):
            made = self.predict(unit, rows)
            if made is None or cancelled():
                return None
            design[:, column] = made - zero
        aim = torch.from_numpy(data.target[data.training] - zero)
        found = torch.linalg.lstsq(torch.from_numpy(design), aim, driver="gelsd")
        return Solution(found.solution.numpy(), int(found.rank) == design.shape[1])

    def _plane(self, parameters: Numbers) -> Numbers | None:
        """Slopes along the features of X, then the height at 0; None where the predictions are no plane."""
        features = self._data.features
        count = features.shape[1]
        tried = features[: min(len(features), FEW)]
        made = self.predict(parameters, np.concatenate([np.zeros((1, count)), np.eye(count), tried]))
        if made is None:
            return None
        slopes, height = made[1 : count + 1] - made[0], made[0]
        if not _agree(made[count + 1 :], tried @ slopes + height):
            return None
        return np.append(slopes, height)

    def _original(self, plane: Numbers) -> Numbers:
        slopes = plane[:-1] / self._data.stds
        return np.append(slopes, plane[-1] - slopes @ self._data.means)

    def _standardized(self, plane: Numbers) -> Numbers:
        """A plane in the table's units as one over features of mean 0 and variance 1."""
        seen = self._data.original(self._data.features[self._data.training])
        return np.append(plane[:-1] * seen.std(0), plane[-1] + plane[:-1] @ seen.mean(0))

    def _known(self) -> Numbers | None:
        weight, bias = self._true.get("weight"), self._true.get("bias")
        if weight is None or bias is None or weight.size != len(self._data.names):
            return None
        return np.append(weight, bias)


def _agree(one: Numbers, other: Numbers) -> bool:
    scale = max(float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)), 1e-300)
    return bool(np.abs(one - other).max(initial=0.0) <= CLOSE * scale)
