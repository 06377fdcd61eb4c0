"""How the predictions of a program fit its data at one step."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

from gui_app.core.fault import Fault
from gui_app.core.fit import MOST_ROWS, Fit, FitAsked, LayerSeen, Plane
from gui_app.core.prepared import Numbers, Prepared, Rows
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.least_squares import LeastSquares
from gui_app.engine.lenses.planes import Axes, axes_of
from gui_app.engine.lenses.predictor import Predictor
from gui_app.engine.metrics import Evaluator
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

MOST_CELLS = 5_000_000
"""Probabilities that are told at once."""
MOST_MEASURED = 300_000
"""Rows of which metrics are computed on the way."""
NO_DATA = Fault("The program reads no data.", hint="Use X and y in it, or the names of columns.")
NAMELESS = "The program does not name its predictions. Call them y_hat, as in y_hat = X @ w + b."

Cancelled = Callable[[], bool]


class _Studied:
    """What serves all questions about one problem."""

    def __init__(self, problem: Problem) -> None:
        self.predictor = Predictor(problem)
        self.axes: dict[tuple[int, int] | None, Axes] = {}
        self._sought = False
        self._exact: LeastSquares | None = None

    @cached_property
    def evaluator(self) -> Evaluator:
        """Measures all rows."""
        return Evaluator(self.predictor.problem)

    def exact(self, cancelled: Cancelled) -> LeastSquares | None:
        """The least squares solution, if there is one."""
        if not self._sought:
            found = LeastSquares.of(self.predictor.problem, cancelled)
            if cancelled():
                return None
            self._exact, self._sought = found, True
        return self._exact


_STUDIED: WeakKeyDictionary[Problem, _Studied] = WeakKeyDictionary()


def fit_of(problem: Problem, question: FitAsked, cancelled: Cancelled) -> Fit:
    """See FitAsked. Raises ProgramError, and EngineError where the program reads no data."""
    if problem.data is None:
        raise EngineError(NO_DATA)
    studied = _STUDIED.get(problem)
    if studied is None:
        studied = _STUDIED[problem] = _Studied(problem)
    own, data = studied.predictor.problem, problem.data.prepared
    own.step = question.step
    own.load(question.row)
    batch = np.searchsorted(data.rows, problem.batch(question.step))
    rows, held_out = _chosen(data, batch)
    features = data.features[rows]
    scores = _predicted(studied.predictor, features, held_out, cancelled)
    values, probabilities = _meant(scores, data)
    sample = question.sample
    if sample is None or not 0 <= sample < len(data.rows):
        sample = int(batch[0]) if question.layers and len(batch) else None
    known = values is not None or probabilities is not None
    plane = _plane(studied, question, data, features, cancelled) if question.plane and data.names else None
    exact = studied.exact(cancelled) if values is not None else None
    return Fit(
        question.step,
        question.row,
        data,
        rows,
        held_out,
        batch,
        values,
        probabilities,
        plane if plane is None or exact is None else _beside(plane, exact, studied.axes[question.axes]),
        None if exact is None else exact.coefficients(question.row.astype(np.float64)),
        _layers(studied.predictor, data, sample) if question.layers else (),
        sample,
        _metrics(studied, question, data),
        "" if known else NAMELESS,
    )


def _chosen(data: Prepared, batch: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """The rows that are predicted, and which of them are held out."""
    count = len(data.rows)
    most = min(MOST_ROWS, MOST_CELLS // len(data.classes or ("",)), max(1, 40_000_000 // len(data.names)))
    chosen = np.full(count, count <= most)
    if count > most:
        chosen[np.linspace(0, count - 1, most).round().astype(np.intp)] = True
        chosen[batch if len(batch) <= most else batch[:0]] = True
    held = np.zeros(count, bool)
    held[data.validation] = True
    rows = np.flatnonzero(chosen)
    return rows, held[rows]


def _predicted(
    predictor: Predictor, features: Numbers, held_out: NDArray[np.bool_], cancelled: Cancelled
) -> Numbers | None:
    """Predictions for these rows of X; those held out on their own, as when they are evaluated."""
    whole: Numbers | None = None
    for part in (~held_out, held_out):
        if not part.any():
            continue
        made = predictor.predict(features[part], cancelled)
        if made is None:
            return None
        if whole is None:
            whole = np.empty((len(features), *made.shape[1:]))
        whole[part] = made
    return whole


def _meant(scores: Numbers | None, data: Prepared) -> tuple[Numbers | None, Numbers | None]:
    """Scores as numbers, or as probabilities of the target's classes."""
    if scores is None:
        return None, None
    if data.classes is None:
        return (scores, None) if scores.ndim == 1 else (None, None)
    if scores.ndim == 1 and len(data.classes) == 2:
        yes = torch.sigmoid(torch.from_numpy(scores)).numpy()
        return None, np.stack([1 - yes, yes], axis=-1)
    if scores.ndim == 2 and scores.shape[1] == len(data.classes):
        return None, torch.softmax(torch.from_numpy(scores), 1).numpy()
    return None, None


def _plane(
    studied: _Studied, question: FitAsked, data: Prepared, features: Numbers, cancelled: Cancelled
) -> Plane:
    """The predictions over the axes that are asked for."""
    axes = studied.axes.get(question.axes)
    if axes is None:
        axes = studied.axes[question.axes] = axes_of(data, question.axes)
    scores = studied.predictor.predict(axes.grid(), cancelled)
    values, probabilities = _meant(scores, data)
    size = tuple(len(ticks) for ticks in axes.ticks)
    return Plane(
        axes.names,
        axes.places(features),
        axes.ticks,
        None if values is None else values.reshape(size),
        None if probabilities is None else probabilities.reshape(*size, -1),
        None,
        axes.explained,
        axes.others,
    )


def _beside(plane: Plane, exact: LeastSquares, axes: Axes) -> Plane:
    """The same with the least squares curve, where there is one axis that is all of the features."""
    if len(axes.names) > 1 or exact.solution is None:
        return plane
    curve = exact.predict(exact.solution.parameters, axes.grid())
    return Plane(plane.names, plane.points, plane.ticks, plane.values, plane.probabilities, curve)


def _layers(predictor: Predictor, data: Prepared, sample: int | None) -> tuple[LayerSeen, ...]:
    """The way of a row, from its features to the predictions."""
    if sample is None:
        return ()
    features = data.features[sample]
    seen = predictor.layers(features)
    if not seen:
        made = predictor.predict(features[None])
        seen = () if made is None else _single(predictor, np.atleast_1d(made[0]), len(features))
    return (LayerSeen("X", "features", features), *seen) if seen else ()


def _single(predictor: Predictor, made: Numbers, features: int) -> tuple[LayerSeen, ...]:
    """The only layer of a model without a network: its weights are the parameter of that shape."""
    for name, leaf in predictor.problem.leaves.items():
        weight = leaf.detach().double().cpu().numpy()
        for table in (weight, weight.T) if weight.ndim == 2 else (weight[None],) if weight.ndim == 1 else ():
            if table.shape == (len(made), features):
                return (LayerSeen(name, "Linear", made, table),)
    return ()


def _metrics(studied: _Studied, question: FitAsked, data: Prepared) -> dict[str, float]:
    if not question.metrics or len(data.rows) > MOST_MEASURED:
        return {}
    try:
        return dict(studied.evaluator.at(0, question.step).metrics)
    except ProgramError:
        return {}
