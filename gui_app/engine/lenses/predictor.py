"""What a program predicts for rows of one's own, at any values of its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.data import FEATURES, TARGET
from gui_app.core.fault import Span
from gui_app.core.fit import LayerSeen
from gui_app.core.prepared import Numbers, Prepared
from gui_app.engine.data import Data, Split
from gui_app.engine.devices import dtype_of
from gui_app.engine.lenses.watch import Watch, plain
from gui_app.engine.metrics import PREDICTION
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

CHUNK = 16_384
"""Rows that are predicted at once."""


class _Given(Data):
    """Arguments of a program instead of the rows of a split."""

    def __init__(self, arguments: tuple[Tensor, ...]) -> None:
        self._arguments = arguments

    def whole(self, split: Split) -> tuple[Tensor, ...]:  # noqa: ARG002 - there is one split
        """The arguments, whatever the split."""
        return self._arguments


class Predictor:
    """Evaluates the program of a problem, in float64 if ``precise``, with a problem of its own."""

    def __init__(self, problem: Problem, *, precise: bool = False) -> None:
        experiment, data = problem.experiment, problem.data
        assert data is not None
        if precise:
            parameters = tuple(replace(spec, dtype=None) for spec in experiment.parameters)
            run = replace(experiment.run, dtype="float64")
            experiment, data = replace(experiment, run=run, parameters=parameters), None
        self.problem = Problem(experiment, stop=problem.stop, traced=True, data=data)
        assert self.problem.data is not None
        self.data = self.problem.data
        self.prepared = self.data.prepared
        self._predicted: Tensor | None = None
        self._watch: Watch | None = None
        self.problem.listener = self

    def on_value(self, value: object, span: Span) -> None:
        """Expressions without a name are of no interest."""

    def on_name(self, name: str, value: object) -> None:
        """Keep the predictions."""
        if name == PREDICTION and isinstance(value, Tensor):
            self._predicted = value.detach()

    def predict(self, features: Numbers, cancelled: Callable[[], bool] = lambda: False) -> Numbers | None:
        """Predictions for rows of X (n, features): (n,), or scores (n, classes). None where the program names none.

        Raises ProgramError where it does not get that far. What is cancelled ends early.
        """
        parts: list[Numbers] = []
        for first in range(0, max(len(features), 1), CHUNK):
            made = self._named(features[first : first + CHUNK])
            if made is None or cancelled():
                return None
            parts.append(plain(made))
        whole = np.concatenate(parts)
        return whole[:, 0] if whole.ndim == 2 and whole.shape[1] == 1 else whole

    def layers(self, features: Numbers) -> tuple[LayerSeen, ...]:
        """The way of one row (features,) through the networks of the program."""
        if not self.problem.program.networks:
            return ()
        self._watch = self._watch or Watch(self.problem)
        return self._watch.layers(self._arguments(features[None]))

    def _named(self, features: Numbers) -> Tensor | None:
        """``y_hat`` of these rows; None where there is none for each of them."""
        self._predicted = None
        problem, data = self.problem, self.problem.data
        problem.data = _Given(self._arguments(features))
        try:
            with problem.on("train"), torch.no_grad():
                problem.value()
        except ProgramError:
            # The target is made up here, so that the loss may fail after the predictions were named.
            if self._predicted is None:
                raise
        finally:
            problem.data = data
        made = self._predicted
        return made if made is not None and made.ndim in (1, 2) and len(made) == len(features) else None

    def _arguments(self, features: Numbers) -> tuple[Tensor, ...]:
        problem = self.problem
        dtype = dtype_of(problem.experiment.run.dtype)
        made = []
        for name in self.data.names:
            tensor = torch.from_numpy(np.ascontiguousarray(_column(self.prepared, name, features)))
            made.append(tensor.to(problem.device, dtype if tensor.is_floating_point() else None))
        return tuple(made)


def _column(data: Prepared, name: str, features: Numbers) -> Numbers | NDArray[np.int64]:
    """What the program calls ``name``, for rows of X (n, features); of the target, zeros."""
    if name == FEATURES:
        return features
    if name in data.names and name != TARGET:
        column: Numbers = features[:, data.names.index(name)]
        return column
    labels = [place for place, each in enumerate(data.names) if each.startswith(f"{name} = ")]
    if labels and name != TARGET:
        codes: NDArray[np.int64] = features[:, labels].argmax(1).astype(np.int64)
        return codes
    zeros: Numbers | NDArray[np.int64] = np.zeros(len(features))
    return zeros if data.classes is None else zeros.astype(np.int64)
