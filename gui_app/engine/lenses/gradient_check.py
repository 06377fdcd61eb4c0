"""Autograd's gradient beside finite differences in float64, of an objective or of one backward pass of a script."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.experiment import element_names
from gui_app.core.fault import Fault
from gui_app.core.lenses import GradientCheck, GradientCheckAsked, Verdict
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.differences import Slope, slope
from gui_app.engine.lenses.precise import EPSILON, Precise
from gui_app.engine.lenses.replay import Replay
from gui_app.engine.lenses.tape import Tape
from gui_app.engine.lenses.tensors import plain
from gui_app.engine.problem import Problem
from gui_app.engine.scripts import Pass, Script

MOST = 400
"""Most elements that are checked."""
SECONDS = 4.0
TOLERANCES = {"float64": 1e-6, "float32": 1e-3, "float16": 5e-2, "bfloat16": 1e-1}
"""Largest relative difference that counts as right, by what autograd computed in."""
ROUNDINGS = 100.0
"""A difference of so many roundings of the loss is none."""

Vector = NDArray[np.float64]
Cancelled = Callable[[], bool]

_CAUSES = (
    (
        r"[\w.\[\]]*\.data\b",
        "{} shares memory that autograd does not watch: changes through it go unnoticed.",
    ),
    (r"[\w.\[\]]*\.detach_?\(\)", "{} is cut from the graph: its share of the derivative is missing."),
    (r"(torch\.)?no_grad\(\)", "Nothing under {} is recorded: its share of the derivative is missing."),
    (
        r"[\w.\[\]]*\.item\(\)",
        "{} is a plain number without a history: its share of the derivative is missing.",
    ),
)


def gradient_check(problem: Problem, question: GradientCheckAsked, cancelled: Cancelled) -> GradientCheck:
    """See GradientCheckAsked. Raises ProgramError and EngineError where the gradient cannot be had at all."""
    problem.step = question.step
    problem.load(question.row)
    leaves = list(problem.leaves.values())
    loss, precise = problem.loss(), Precise(problem)
    place = precise.row(question.row)
    exact = precise.loss(place)
    try:
        own = torch.autograd.grad(loss, leaves, allow_unused=True)
        double = torch.autograd.grad(exact, place, allow_unused=True)[0]
    except RuntimeError as error:
        raise problem.failed_backward(error) from error
    base = question.row.astype(np.float64)
    # Stores order parameters by dtype, the columns do not.
    autograd = np.concatenate([_flat(gradient, leaf) for gradient, leaf in zip(own, leaves, strict=True)])
    autograd = _in_order(problem, autograd)

    def along(element: int) -> Callable[[float], float]:
        def value(shift: float) -> float:
            moved = base.copy()
            moved[element] += shift
            return precise.number(moved)

        return value

    return _checked(
        question,
        problem.columns,
        autograd,
        np.zeros(len(base)) if double is None else double.detach().cpu().numpy(),
        base,
        float(loss.detach()),
        problem.experiment.run.dtype,
        _causes(question.experiment.program),
        along,
        cancelled,
    )


def _in_order(problem: Problem, values: Vector) -> Vector:
    """Of each leaf in the order of ``problem.leaves``, as columns."""
    sizes = {name: leaf.numel() for name, leaf in problem.leaves.items()}
    ends = np.cumsum(list(sizes.values()))
    parts = dict(zip(sizes, np.split(values, ends[:-1]), strict=True))
    return np.concatenate([parts[spec.name] for spec in problem.experiment.trained])


class _Enough(BaseException):
    """The script has come far enough."""


def gradient_check_of_script(
    replay: Replay, question: GradientCheckAsked, cancelled: Cancelled
) -> GradientCheck:
    """The same of backward pass ``question.step``: the finite differences are those of the recorded operations.

    These take the values that there were when they ran, so that a change in place which autograd has not noticed shows.
    """
    reached: list[_Reached] = []
    script, tape = Script(question.experiment, replay.stop), Tape()

    def on_pass(tensors: Sequence[Tensor], gradients: Sequence[Tensor | None] | None, make: Pass) -> None:
        if script.step + 1 < question.step:
            make()
            tape.forget()
            return
        weights = [None if w is None else w.detach().double() for w in gradients or [None] * len(tensors)]
        reached.append(_Reached(tensors, gradients, weights, script.leaves.tracked()))
        raise _Enough

    script.on_pass = on_pass
    with suppress(_Enough), tape:
        script.run()
    if not reached:
        hint = "Call backward() on a result of the script."
        raise EngineError(Fault("There is no backward pass at this step.", hint=hint))
    if not reached[0].leaves:
        raise EngineError(Fault("No named tensor of this script requires a gradient."))
    return _of_pass(question, reached[0], tape, cancelled)


@dataclass(frozen=True, slots=True, eq=False)
class _Reached:
    """A backward pass that is about to be made."""

    tensors: Sequence[Tensor]
    gradients: Sequence[Tensor | None] | None
    weights: Sequence[Tensor | None]
    leaves: Mapping[str, Tensor]


def _of_pass(
    question: GradientCheckAsked, reached: _Reached, tape: Tape, cancelled: Cancelled
) -> GradientCheck:
    leaves = list(reached.leaves.values())
    places = [(leaf, at) for leaf in leaves for at in range(leaf.numel())]

    def loss(shifts: Mapping[int, Tensor]) -> float:
        parts = zip(tape.replay(shifts, reached.tensors), reached.weights, strict=True)
        return sum(float(value.sum() if w is None else (value * w).sum()) for value, w in parts)

    def along(element: int) -> Callable[[float], float]:
        leaf, at = places[element]
        one = torch.zeros(leaf.numel(), dtype=torch.float64, device=leaf.device)
        one[at] = 1.0
        return lambda shift: loss({id(leaf): (one * shift).view(leaf.shape)})

    own = _gradients(reached, leaves)
    return _checked(
        question,
        tuple(n for name, leaf in reached.leaves.items() for n in element_names(name, tuple(leaf.shape))),
        np.concatenate([_flat(g, leaf) for g, leaf in zip(own, leaves, strict=True)]),
        np.full(len(places), np.nan),
        np.concatenate([_flat(leaf.detach(), leaf) for leaf in leaves]),
        loss({}),
        max((plain(leaf.dtype) for leaf in leaves), key=lambda name: EPSILON[name]),
        _causes(question.experiment.program, silent=True),
        along,
        cancelled,
    )


def _gradients(reached: _Reached, leaves: Sequence[Tensor]) -> Sequence[Tensor | None]:
    """What this pass alone adds to ``.grad``. Raises EngineError where PyTorch refuses."""
    try:
        return torch.autograd.grad(
            list(reached.tensors), leaves, reached.gradients, retain_graph=True, allow_unused=True
        )
    except RuntimeError as error:
        hint = "Open the graph: it marks where."
        raise EngineError(Fault("This backward pass fails.", hint=hint, details=str(error))) from error


def _checked(
    question: GradientCheckAsked,
    names: tuple[str, ...],
    autograd: Vector,
    precise: Vector,
    base: Vector,
    loss: float,
    dtype: str,
    cause: str,
    along: Callable[[int], Callable[[float], float]],
    cancelled: Cancelled,
) -> GradientCheck:
    """The check of as many elements as there is time for."""
    slopes = dict(sorted(_slopes(base, along, cancelled)))
    kept = list(slopes)
    values = np.array([found.value for found in slopes.values()])
    tolerance = TOLERANCES[dtype] if np.isnan(precise).all() else TOLERANCES["float64"]
    judged = autograd if np.isnan(precise).all() else precise
    floor = ROUNDINGS * EPSILON[dtype if judged is autograd else "float64"] * max(abs(loss), 1e-300)
    verdicts = tuple(_verdict(float(judged[at]), found, tolerance, floor) for at, found in slopes.items())
    return GradientCheck(
        question.step,
        tuple(names[at] for at in kept),
        autograd[kept],
        precise[kept],
        values,
        np.array([found.error for found in slopes.values()]),
        np.array([found.left for found in slopes.values()]),
        np.array([found.right for found in slopes.values()]),
        verdicts,
        dtype,
        tolerance,
        len(base),
        cause if Verdict.WRONG in verdicts else "",
    )


def _slopes(
    base: Vector, along: Callable[[int], Callable[[float], float]], cancelled: Cancelled
) -> Iterator[tuple[int, Slope]]:
    """Element and finite difference, spread evenly, until the time is over."""
    end = time.perf_counter() + SECONDS
    chosen = np.unique(np.linspace(0, len(base) - 1, min(len(base), MOST)).round().astype(int))
    # Every eighth first, so that what there is time for is spread over all of them.
    for at in np.concatenate([chosen[first::8] for first in range(8)]).tolist():
        if cancelled() or time.perf_counter() > end:
            return
        function, size = along(at), abs(float(base[at]))
        found = slope(function, max(size, 1.0))
        if math.isnan(found.value) and not found.is_kink and 0 < size < 1.0:
            found = slope(function, size)  # close to where the function ends
        yield at, found


def _verdict(autograd: float, found: Slope, tolerance: float, floor: float) -> Verdict:
    if found.is_kink:
        return Verdict.KINK
    if math.isnan(found.value):
        return Verdict.UNSURE
    size = max(abs(autograd), abs(found.value))
    if found.error > max(0.01 * size, 1e-4 * found.scale, floor):
        return Verdict.UNSURE
    apart = abs(autograd - found.value)
    return Verdict.RIGHT if apart <= tolerance * size + 4 * found.error + floor else Verdict.WRONG


def _flat(gradient: Tensor | None, leaf: Tensor) -> Vector:
    """As one row of float64; 0 where there is no gradient."""
    found = torch.zeros_like(leaf) if gradient is None else gradient
    row: Vector = found.detach().double().cpu().reshape(-1).numpy()
    return row


def _causes(program: str, *, silent: bool = False) -> str:
    """What in the text can make a gradient wrong; ``silent``: only what autograd does not notice."""
    for number, line in enumerate(program.splitlines(), start=1):
        for pattern, words in _CAUSES[:1] if silent else _CAUSES:
            found = re.search(pattern, line.partition("#")[0])
            if found:
                return f"Line {number}: {words.format(found[0])}"
    return ""
