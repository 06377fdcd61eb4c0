"""The Jacobian of a named value of the program with respect to a parameter, of an objective or of a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import torch
from torch import Tensor

from gui_app.core.fault import Fault, Span
from gui_app.core.lenses import Jacobian, JacobianAsked
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.replay import Replay
from gui_app.engine.problem import Problem
from gui_app.engine.scripts import Pass, Script

MOST_ENTRIES = 1_000_000
AT_ONCE = 64
"""Rows that are asked for in one backward pass."""
RESULT = "result"
"""What the last line of an objective is called that has no name."""

Cancelled = Callable[[], bool]


class _Named:
    """The newest tracked value of every name."""

    def __init__(self) -> None:
        self.values: dict[str, Tensor] = {}

    def on_value(self, value: object, span: Span) -> None:
        """Expressions without a name are of no interest."""

    def on_name(self, name: str, value: object) -> None:
        """The newest value counts, and stands last."""
        self.values.pop(name, None)
        if isinstance(value, Tensor) and value.grad_fn is not None:
            self.values[name] = value


class _Enough(BaseException):
    """The script has come far enough."""


def jacobian(problem: Problem, question: JacobianAsked, cancelled: Cancelled) -> Jacobian:
    """See JacobianAsked. Raises ProgramError where the program fails; ``problem`` must have been traced."""
    problem.step = question.step
    problem.load(question.row)
    named = _Named()
    problem.listener = named
    try:
        last = problem.value()
    finally:
        problem.listener = None
    outputs = named.values
    if isinstance(last, Tensor) and last.grad_fn is not None and not any(v is last for v in outputs.values()):
        outputs[RESULT] = last
    return _jacobian(question, outputs, problem.leaves, cancelled)


def jacobian_in_script(replay: Replay, question: JacobianAsked, cancelled: Cancelled) -> Jacobian:
    """The same before backward pass ``question.step`` of a script; of one without, at its end."""
    named, script = _Named(), Script(question.experiment, replay.stop)
    script.on_name = named.on_name

    def on_pass(tensors: Sequence[Tensor], _gradients: Sequence[Tensor | None] | None, make: Pass) -> None:
        if script.step + 1 >= question.step:
            for tensor in tensors:
                if not any(value is tensor for value in named.values.values()):
                    named.values[RESULT] = tensor
            raise _Enough
        make()

    script.on_pass = on_pass
    with suppress(_Enough):
        script.run()
    return _jacobian(question, named.values, script.leaves.tracked(), cancelled)


def _jacobian(
    question: JacobianAsked,
    outputs: Mapping[str, Tensor],
    parameters: Mapping[str, Tensor],
    cancelled: Cancelled,
) -> Jacobian:
    if not outputs or not parameters:
        hint = "Give a value that is computed from a parameter a name."
        raise EngineError(Fault("There is nothing to differentiate at this step.", hint=hint))
    several = [name for name, value in outputs.items() if value.numel() > 1]
    usual = (several or list(outputs))[-1]
    output = question.output if question.output in outputs else usual
    parameter = question.parameter if question.parameter in parameters else next(iter(parameters))
    value, leaf = outputs[output], parameters[parameter]
    entries = value.numel() * leaf.numel()
    if entries > MOST_ENTRIES:
        said = f"The Jacobian of {output} by {parameter} has {entries:,} entries, more than {MOST_ENTRIES:,}."
        raise EngineError(Fault(said, hint="Choose a smaller value or parameter."))
    return Jacobian(
        question.step,
        tuple((name, tuple(tensor.shape)) for name, tensor in outputs.items()),
        tuple((name, tuple(tensor.shape)) for name, tensor in parameters.items()),
        output,
        parameter,
        _matrix(value, leaf, cancelled),
    )


def _matrix(
    value: Tensor, leaf: Tensor, cancelled: Cancelled
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A row for each element of ``value``: what flows back from it alone."""
    rows = []
    for first in range(0, value.numel(), AT_ONCE):
        if cancelled():
            raise EngineError(Fault("The question was withdrawn."))
        count = min(AT_ONCE, value.numel() - first)
        seeds = torch.zeros(count, value.numel(), dtype=value.dtype, device=value.device)
        seeds[torch.arange(count), torch.arange(first, first + count)] = 1.0
        rows.append(_rows(value, leaf, seeds.view(count, *value.shape)).reshape(count, leaf.numel()))
    if not rows:
        return np.zeros((0, leaf.numel()))
    return torch.cat(rows).double().cpu().numpy()


def _rows(value: Tensor, leaf: Tensor, seeds: Tensor) -> Tensor:
    """All at once where every operation allows it, else one after the other."""
    try:
        found = torch.autograd.grad(
            value, leaf, seeds, retain_graph=True, allow_unused=True, is_grads_batched=True
        )[0]
        return torch.zeros(len(seeds), *leaf.shape) if found is None else found
    except RuntimeError:
        return torch.stack([_row(value, leaf, seed) for seed in seeds])


def _row(value: Tensor, leaf: Tensor, seed: Tensor) -> Tensor:
    try:
        found = torch.autograd.grad(value, leaf, seed, retain_graph=True, allow_unused=True)[0]
    except RuntimeError as error:
        hint = "Was a tensor that it needs changed in place?"
        raise EngineError(Fault("The backward pass fails here.", hint=hint, details=str(error))) from error
    return torch.zeros_like(leaf) if found is None else found
