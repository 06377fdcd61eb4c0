"""The second derivatives of the objective at a step: eigenvalues, and what they mean for the learning rate."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.events import StepsTaken
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.frames import FrameValue, Resume
from gui_app.core.landscape import Quadratic
from gui_app.core.lenses import Curvature, CurvatureAsked, Kind, Limit
from gui_app.core.stability import decay_of, reach
from gui_app.engine.descent import descend
from gui_app.engine.devices import EngineError
from gui_app.engine.frames import under
from gui_app.engine.lenses.precise import Precise
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError, explain

MOST_EXACT = 300
"""Most parameters of which the whole Hessian is made."""
TOLERANCE = 1e-6
"""Of an eigenvalue that is found by iteration: ‖Hv − λv‖ against the largest |λ|."""
MOST_PRODUCTS = 300
LOOK_EVERY = 10
"""Products between two looks at the eigenvalues."""
SECONDS = 5.0
"""Longest that is iterated."""
FLAT = 1e-4
"""A gradient is nearly 0 below this share of what the curvature would make of a step as long as the row."""
DEGENERATE = 1e-7
"""Eigenvalues below this share of the largest one count as 0."""

NOT_FINITE = Fault(
    "The second derivatives are not finite at this step.",
    hint="Is there a kink or a pole, such as the root or the norm of 0?",
)

Vector = NDArray[np.float64]
Cancelled = Callable[[], bool]


def curvature(problem: Problem, question: CurvatureAsked, cancelled: Cancelled) -> Curvature:
    """See CurvatureAsked. Raises ProgramError, and EngineError where the objective has no second derivatives."""
    problem.step = question.step
    problem.load(question.row)
    found = Bending(problem, question.row, cancelled)
    state = state_at(problem.experiment, question.resume, question.row)
    return Curvature(
        question.step,
        problem.columns,
        found.local,
        found.eigenvalues,
        found.vector,
        found.residuals,
        found.products,
        float(np.linalg.norm(found.gradient)),
        _kind(found, question.row),
        limit_at(problem.experiment, found, state),
    )


class Bending:
    """The Hessian of a problem at a row: whole, or as products with vectors, and its eigenvalues."""

    def __init__(self, problem: Problem, row: NDArray[np.floating], cancelled: Cancelled) -> None:
        self._problem, self._cancelled = problem, cancelled
        self._place = Precise(problem).row(row)
        loss = Precise(problem).loss(self._place)
        self.loss = float(loss.detach())
        self._slope = self._derivative(loss, create_graph=True)
        self.gradient = _host(self._slope)
        if not math.isfinite(self.loss) or not np.isfinite(self.gradient).all():
            raise EngineError(Fault("Loss or gradient is not finite at this step, so there is no curvature."))
        self.columns = len(self._place)
        self.hessian: Vector | None = self._whole() if self.columns <= MOST_EXACT else None
        self.products, self.residuals = 0, (0.0, 0.0)
        self.local: Quadratic | None = None
        if self.hessian is not None:
            values, vectors = np.linalg.eigh(self.hessian)
            self.eigenvalues, self.vector = values, _pointed(vectors[:, -1])
            self.local = Quadratic(_host(self._place), self.loss, self.gradient, self.hessian)
        else:
            ends = _ends(self.product, self.columns, cancelled)
            self.eigenvalues, self.vector = ends.values, _pointed(ends.vector)
            self.residuals, self.products = ends.residuals, ends.products

    def largest(self, scale: Vector | None) -> float:
        """λmax, or that of the Hessian rescaled by the diagonal ``scale``: D^½ H D^½, similar to D H."""
        if scale is None:
            return float(self.eigenvalues[-1])
        root = np.sqrt(scale)
        if self.hessian is not None:
            return float(np.linalg.eigvalsh(root[:, None] * self.hessian * root)[-1])
        return float(_ends(lambda v: root * self.product(root * v), self.columns, self._cancelled).values[-1])

    def product(self, vector: Vector) -> Vector:
        """The Hessian times ``vector``, (columns,)."""
        if not self._slope.requires_grad:
            return np.zeros_like(vector)
        weights = torch.from_numpy(vector).to(self._slope)
        return _host(self._derivative(self._slope, weights))

    def _whole(self) -> Vector | None:
        """Row by row; symmetric, which rounding is not. ``None`` where that would take longer than SECONDS."""
        rows, end = list[Vector](), time.perf_counter() + SECONDS
        for one in np.eye(self.columns):
            if time.perf_counter() > end:
                return None
            if self._cancelled():
                raise EngineError(Fault("The question was withdrawn."))
            rows.append(self.product(one))
        made = np.stack(rows)
        if not np.isfinite(made).all():
            raise EngineError(NOT_FINITE)
        return (made + made.T) / 2

    def _derivative(self, of: Tensor, weights: Tensor | None = None, create_graph: bool = False) -> Tensor:
        try:
            found: Tensor | None = torch.autograd.grad(
                of, self._place, weights, retain_graph=True, create_graph=create_graph, allow_unused=True
            )[0]
        except RuntimeError as error:
            raise ProgramError(explain(error, self._problem.program)) from error
        return torch.zeros_like(self._place) if found is None else found


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Eigenvalues from both ends of a spectrum, ascending, with the vector of the largest."""

    values: Vector
    vector: Vector
    residuals: tuple[float, float]
    products: int


def _ends(product: Callable[[Vector], Vector], size: int, cancelled: Cancelled) -> Ends:
    """Lanczos with full orthogonalisation, until the ends are known to TOLERANCE, or MOST_PRODUCTS or SECONDS are over.

    Only eigenvalues that are known that well are among the answer, and the outermost two in any case.
    """
    begun, most = time.perf_counter(), min(size, MOST_PRODUCTS)
    basis = np.zeros((most, size))
    basis[0] = np.random.default_rng(0).standard_normal(size)
    basis[0] /= np.linalg.norm(basis[0])
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        count = len(diagonal) + 1
        moved, known = product(basis[count - 1]), basis[:count]
        if not np.isfinite(moved).all():
            raise EngineError(NOT_FINITE)
        diagonal.append(float(basis[count - 1] @ moved))
        for _ in range(2):  # once is not enough in floating point
            moved = moved - known.T @ (known @ moved)
        beside.append(float(np.linalg.norm(moved)))
        over = count == most or time.perf_counter() - begun > SECONDS or cancelled()
        if over or count % LOOK_EVERY == 0 or beside[-1] < 1e-14 * max(map(abs, diagonal)):
            values, vectors = _tridiagonal(diagonal, beside)
            size_of_largest = max(float(np.abs(values).max()), 1e-300)
            residuals = beside[-1] * np.abs(vectors[-1]) / size_of_largest
            good = residuals <= TOLERANCE
            if over or (good[0] and good[-1]) or beside[-1] < 1e-14 * size_of_largest:
                good[[0, -1]] = True
                ends = float(residuals[0]), float(residuals[-1])
                return Ends(values[good], known.T @ vectors[:, -1], ends, count)
        basis[count] = moved / beside[-1]


def _tridiagonal(diagonal: list[float], beside: list[float]) -> tuple[Vector, Vector]:
    """Eigenvalues and vectors of the symmetric matrix with these diagonals."""
    off = beside[: len(diagonal) - 1]
    values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    return values, vectors


def limit_at(experiment: Experiment, found: Bending, state: Mapping[str, FrameValue]) -> Limit:
    """The learning rate in ``state`` (else the experiment's) beside the largest that the curvature bears."""
    spec = experiment.optimizer
    settings: dict[str, Any] = spec.complete() | under("group", state)
    rate, decay = float(settings["lr"]), decay_of(spec.name, settings)
    bent = (
        found.gradient + decay * np.asarray(found.local.centre) if found.local and decay else found.gradient
    )
    with np.errstate(all="ignore"):
        known = reach(spec.name, settings, _memory(state, found.columns), bent)
    if known is None:
        words = f"{spec.name} has no such limit: its steps do not follow from gradient and curvature alone."
        return Limit(rate, None, words=words)
    largest = found.largest(known.scale)
    if decay:
        largest += decay * (1.0 if known.scale is None else float(known.scale.max()))
    if largest <= 0 or not math.isfinite(known.bound):
        words = (
            known.words if largest > 0 else "Nothing curves upward here, so no learning rate is too large."
        )
        return Limit(rate, None, words=words)
    letters = {**known.letters, "lam": largest}
    return Limit(rate, known.bound / largest, known.formula, letters, known.words)


def _memory(state: Mapping[str, FrameValue], columns: int) -> dict[str, Any]:
    """What the optimizer remembers, where that is one group of all parameters."""
    found = under("memory/0/0", state)
    whole = all(value.shape == (columns,) for value in found.values() if isinstance(value, np.ndarray))
    return found if whole else {}


def state_at(
    experiment: Experiment, resume: Resume | None, row: NDArray[np.floating]
) -> Mapping[str, FrameValue]:
    """The optimizer's settings and memory on its arrival at a step; empty where that is not known."""
    if resume is None or resume.frame is None or resume.row.shape != row.shape:
        return {}
    run = descend(experiment, resume=resume)
    next(run)
    event = next(run)
    run.close()
    frames = event.frames if isinstance(event, StepsTaken) else ()
    same = frames and frames[0].optimizer.name == experiment.optimizer.name
    if not same:
        return {}
    changed = frames[0].optimizer != experiment.optimizer
    return {k: v for k, v in frames[0].state.items() if not (changed and k.startswith("group/"))}


def _kind(found: Bending, row: NDArray[np.floating]) -> Kind:
    """What the place is, if its gradient is nearly 0."""
    values = found.eigenvalues
    largest = float(np.abs(values).max(initial=0.0))
    if float(np.linalg.norm(found.gradient)) > FLAT * largest * (1.0 + float(np.linalg.norm(row))):
        return Kind.SLOPE
    up, down = values[-1] > DEGENERATE * largest, values[0] < -DEGENERATE * largest
    if up and down:
        return Kind.SADDLE
    if largest == 0 or np.abs(values).min() <= DEGENERATE * largest:
        return Kind.FLAT
    return Kind.MINIMUM if up else Kind.MAXIMUM


def _pointed(vector: Vector) -> Vector:
    """The same direction with its largest element above 0, so that it does not turn from step to step."""
    return vector * (np.sign(vector[np.abs(vector).argmax()]) or 1.0)


def _host(tensor: Tensor) -> Vector:
    array: Vector = tensor.detach().cpu().numpy().astype(np.float64)
    return array
