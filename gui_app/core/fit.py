"""How predictions fit the data at one step: the question and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gui_app.core.prepared import Numbers, Prepared, Rows
from gui_app.core.question import Question

MOST_ROWS = 100_000
"""Rows that are predicted; of more, evenly spread ones."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FitAsked(Question):
    """How what the program calls ``y_hat`` fits the data at a step. The answer is a Fit.

    A row of the data is meant by its place among those that are used.
    """

    step: int
    row: NDArray[np.floating]
    """The recorded parameters, (columns,)."""
    axes: tuple[int, int] | None = None
    """Features across and up; None: the only ones that there are, or the first two principal components."""
    sample: int | None = None
    """The row that is followed."""
    plane: bool = True
    """Predictions between the rows are wanted."""
    layers: bool = False
    """The sample's way through the layers is wanted; without a sample, that of the batch's first row."""
    metrics: bool = False
    """The metrics of all rows are wanted: the record has none of this step."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The data along one or two axes in the table's units, and what is predicted over them.

    Other features lie at the mean of the training rows.
    """

    names: tuple[str, ...]
    points: Numbers
    """Where the predicted rows lie, (rows, axes)."""
    ticks: tuple[Numbers, ...]
    """The grid's places on each axis, rising."""
    values: Numbers | None
    """Predicted numbers over the grid, (x,) or (x, y); None where there are none."""
    probabilities: Numbers | None
    """Predicted probabilities over the grid, (x, classes) or (x, y, classes)."""
    exact: Numbers | None = None
    """Predictions over a grid of one axis at the least squares solution."""
    explained: tuple[float, ...] = ()
    """Of principal components, the share of the variance along each."""
    others: int = 0
    """Features that are not shown and lie at their mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """What a model that is linear in its parameters has come to, beside the exact solution.

    All have shape (names,). In the units of the table, ``intercept`` last, where the model is a plane; else the
    parameters as they are.
    """

    names: tuple[str, ...]
    fitted: Numbers
    exact: Numbers
    """The least squares solution over the training rows, computed in float64."""
    true: Numbers | None = None
    """What the data were made with, where that is known."""
    fitted_standardized: Numbers | None = None
    """Of features with mean 0 and variance 1 over the training rows; None where the model is no plane."""
    exact_standardized: Numbers | None = None
    is_unique: bool = True
    """False: other coefficients fit as well; these are the shortest."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerSeen:
    """A layer on the way of one row through the model."""

    name: str
    """``net.0``"""
    kind: str
    """``Linear``, in words of torch.nn; ``features`` of the input."""
    values: Numbers
    """What comes out of it: (neurons,), or (channels, height, width) of a convolution."""
    weight: Numbers | None = None
    """(neurons, inputs), or (channels, inputs, height, width)."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """See FitAsked."""

    step: int
    parameters: NDArray[np.floating]
    """Those that were asked about, (columns,)."""
    data: Prepared
    rows: Rows
    """The rows that are predicted, rising, (n,)."""
    held_out: NDArray[np.bool_]
    """Which of them are not trained on, (n,)."""
    batch: Rows
    """The rows that the loss of this step is computed from."""
    values: Numbers | None = None
    """Predicted numbers, (n,)."""
    probabilities: Numbers | None = None
    """Predicted probabilities, (n, classes)."""
    plane: Plane | None = None
    coefficients: Coefficients | None = None
    layers: tuple[LayerSeen, ...] = ()
    sample: int | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    """By the names of Evaluated; empty unless asked for."""
    notice: str = ""
    """Why there are no predictions."""

    @property
    def truth(self) -> Numbers | NDArray[np.int64] | None:
        """The target of the rows that are predicted, (n,)."""
        return None if self.data.target is None else self.data.target[self.rows]

    @property
    def classes(self) -> NDArray[np.int64] | None:
        """The most probable class of each row, (n,)."""
        return None if self.probabilities is None else self.probabilities.argmax(1)

    @property
    def residuals(self) -> Numbers | None:
        """Prediction minus target, (n,), of numbers."""
        truth = self.truth
        return None if self.values is None or truth is None else self.values - truth

    @property
    def is_batched(self) -> bool:
        """A step sees only a part of the rows that are trained on."""
        return len(self.batch) < len(self.data.training)


def confusion(truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """How often each true class (first axis) is taken for each class: (classes, classes)."""
    counts = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)
