"""What is asked about the objective at one step, besides its graph: curvature, a check of its gradient, a Jacobian,
how the loss answers to the learning rate, and why a run has diverged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from gui_app.core.fault import Fault
from gui_app.core.frames import Resume
from gui_app.core.landscape import Quadratic
from gui_app.core.question import Question

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CurvatureAsked(Question):
    """How the objective curves at a step. The answer is a Curvature."""

    step: int
    row: NDArray[np.floating]
    """The recorded parameters, (columns,)."""
    resume: Resume | None = None
    """How the optimizer comes to that step; ``None``: as at its start."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GradientCheckAsked(Question):
    """Whether the gradient is right at a step, of a script at a backward pass. The answer is a GradientCheck."""

    step: int
    row: NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JacobianAsked(Question):
    """How a value of the program depends on a parameter. The answer is a Jacobian."""

    step: int
    row: NDArray[np.floating]
    output: str = ""
    """Name of the value; empty: the newest one that is no single number, if there is one."""
    parameter: str = ""
    """Empty: the first."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RangeTestAsked(Question):
    """Where the loss comes to with each learning rate. The answers are RangeTests, each knowing more than the last."""

    is_long: ClassVar[bool] = True

    resume: Resume
    rates: Vector
    """Learning rates, (n,), ascending."""
    steps: int
    """Updates with each of them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DivergenceAsked(Question):
    """Why the run has diverged. The answer is a Divergence."""

    bad: NDArray[np.floating]
    """Parameters (columns,) at the step with something that is not finite."""
    last: Resume
    """The last step at which everything was finite."""
    row: NDArray[np.floating]
    """Parameters there."""
    grown: tuple[int, NDArray[np.floating]]
    """Step from which on the loss has only grown, and the parameters there."""


class Kind(Enum):
    """What a place is where the gradient is nearly 0; else it is SLOPE."""

    SLOPE = "slope"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SADDLE = "saddle"
    FLAT = "flat"
    """There is a direction without curvature: nothing more can be said."""


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """The learning rate beyond which the optimizer is thrown out of a quadratic bowl of that curvature."""

    rate: float
    """The present learning rate."""
    limit: float | None
    """``None``: there is none, or none is known; ``words`` says why."""
    formula: str = ""
    """Where it comes from, in the letters of ``letters``: ``2 / lam``."""
    letters: Mapping[str, float] = field(default_factory=dict)
    words: str = ""
    """What must be known of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """The second derivatives at a step."""

    step: int
    columns: tuple[str, ...]
    local: Quadratic | None
    """The local quadratic with the whole Hessian; ``None`` where there are too many parameters for it."""
    eigenvalues: Vector
    """All of them, or those that were found at both ends; ascending."""
    vector: Vector
    """(columns,), length 1: the direction of the largest eigenvalue."""
    residuals: tuple[float, float]
    """‖Hv − λv‖ / max |λ| of the smallest and of the largest, where they were found by iteration; else 0."""
    products: int
    """Hessian-vector products that were taken; 0 if the Hessian is exact."""
    gradient_norm: float
    kind: Kind
    limit: Limit

    @property
    def smallest(self) -> float:
        """λmin."""
        return float(self.eigenvalues[0])

    @property
    def largest(self) -> float:
        """λmax."""
        return float(self.eigenvalues[-1])

    @property
    def condition(self) -> float:
        """max |λ| / min |λ| of all eigenvalues; NaN where not all are known, infinite where one is 0."""
        sizes = np.abs(self.eigenvalues)
        if self.local is None:
            return float(self.largest / self.smallest) if self.smallest > 0 else np.nan
        return float(sizes.max() / sizes.min()) if sizes.min() > 1e-14 * sizes.max() else np.inf


class Verdict(Enum):
    """What the check says of an element."""

    RIGHT = "right"
    WRONG = "wrong"
    KINK = "kink"
    UNSURE = "unsure"
    """Finite differences are too rough here to tell."""


@dataclass(frozen=True, slots=True, eq=False)
class GradientCheck:
    """Autograd's gradient beside finite differences, by element; everything (n,)."""

    step: int
    names: tuple[str, ...]
    autograd: Vector
    """As the run computes it."""
    precise: Vector
    """Autograd again, in float64; NaN of a script, which cannot be run again so."""
    numeric: Vector
    """Central differences in float64."""
    error: Vector
    """Bound of the error of ``numeric``."""
    left: Vector
    right: Vector
    """Slopes from below and from above where there is a kink; else NaN."""
    verdicts: tuple[Verdict, ...]
    dtype: str
    """What the run computes in."""
    tolerance: float
    """Largest difference that counts as right, relative to the size of the two numbers."""
    of: int
    """How many elements there are in all; those that were checked are spread evenly over them."""
    reason: str = ""
    """Why something is wrong, where the text of the program tells."""

    def count(self, verdict: Verdict) -> int:
        """How many elements have it."""
        return self.verdicts.count(verdict)


@dataclass(frozen=True, slots=True, eq=False)
class Jacobian:
    """The derivatives of every element of a value with respect to every element of a parameter."""

    step: int
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    """Names and shapes of the values that can be chosen."""
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    output: str
    parameter: str
    matrix: Vector
    """(elements of the value, elements of the parameter), both in row-major order."""

    @property
    def shape_of_output(self) -> tuple[int, ...]:
        """Shape of the chosen value."""
        return dict(self.outputs)[self.output]

    @property
    def shape_of_parameter(self) -> tuple[int, ...]:
        """Shape of the chosen parameter."""
        return dict(self.parameters)[self.parameter]


@dataclass(frozen=True, slots=True, eq=False)
class RangeTest:
    """Loss against learning rate."""

    step: int
    steps: int
    rates: Vector
    losses: Vector
    """After ``steps`` updates with each rate, (n,): infinite where it was thrown out, NaN where it is not tried yet."""
    start: float
    """The loss before."""
    limit: float | None

    @property
    def done(self) -> int:
        """How many rates have been tried."""
        return int(np.count_nonzero(~np.isnan(self.losses)))

    @property
    def best(self) -> float | None:
        """The rate with the smallest loss; ``None`` before one was tried that stayed finite."""
        known = np.where(np.isfinite(self.losses), self.losses, np.inf)
        return float(self.rates[known.argmin()]) if np.isfinite(known).any() else None


@dataclass(frozen=True, slots=True, eq=False)
class Divergence:
    """What is known of the end of a run that has diverged."""

    fault: Fault | None
    """What first was not finite, and where."""
    node: str
    """The grad_fn that made it; empty where an update did."""
    at_last: Limit | None
    """Learning rate and stability limit at the last finite step; ``None`` where the curvature could not be had."""
    curvature: float
    """λmax there; NaN without."""
    at_growth: Limit | None
    """The same at the step from which on the loss has only grown."""
    suggested: float | None
    """A learning rate to try."""
