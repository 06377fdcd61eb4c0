"""The arithmetic of one update: a question about step k, and its answer as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.frames import Resume
from gui_app.core.question import Question
from gui_app.core.update_formulas.line import Line


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ArithmeticAsked(Question):
    """How the optimizer gets from step ``resume.step`` to the next one, for one element. Answered by an Arithmetic.

    The update is made with the changes of ``resume`` at that very step, if there are any.
    """

    resume: Resume
    column: int
    """Of the element."""


@dataclass(frozen=True, slots=True)
class Inner:
    """One evaluation of the objective within a step of LBFGS."""

    iteration: int
    """0: at the beginning of the step."""
    length: float | None
    """Step length t along the direction; ``None`` at the beginning."""
    slope: float | None
    """Of the loss along the direction, where the inner step began."""
    pairs: int
    """Remembered pairs of changes that the direction was made from."""
    loss: float
    largest: float
    """The largest element of the gradient in size: what the tolerance counts for."""
    value: float
    """Of the element that was asked about."""


@dataclass(frozen=True, slots=True)
class InnerSteps:
    """What LBFGS did within one step."""

    evaluations: tuple[Inner, ...]
    stopped: str
    """Why it stopped, in a sentence."""
    most_pairs: int


@dataclass(frozen=True, slots=True, eq=False)
class Orthogonal:
    """What Muon did to one matrix: ``before`` and ``after`` have the same shape."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    first: tuple[int, int]
    """Row and column of the upper left element, where only a part around the asked element is given."""
    shape: tuple[int, int]
    """Of the whole matrix."""
    lengths: tuple[tuple[float, ...], tuple[float, ...]]
    """Singular values before and after, largest first; empty where the matrix is too large for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic:
    """One update, line by line, for one element."""

    step: int
    column: int
    name: str
    """Of the element."""
    optimizer: OptimizerSpec
    """As it was when the update was made."""
    lines: tuple[Line, ...]
    """Empty where the element has no gradient, and so no update."""
    values: Mapping[str, float]
    """By letter, each as it was computed; letters that stand for more than one number have none."""
    following: NDArray[np.floating]
    """(columns,): all elements after the update."""
    inner: InnerSteps | None = None
    matrix: Orthogonal | None = None
