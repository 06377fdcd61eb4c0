"""The objective in double precision: the same program on the same numbers, whatever the run computes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gui_app.core.fault import Fault
from gui_app.engine.devices import EngineError, dtype_of
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import Stopped

NARROW = (torch.float32, torch.float16, torch.bfloat16)
EPSILON = {
    "float64": 2.2e-16,
    "float32": 1.2e-7,
    "float16": 9.8e-4,
    "bfloat16": 7.8e-3,
}
"""Distance from 1 to the next number."""
_CHANGES_ITSELF = re.compile(r"[^_]_$|^__setitem__$|^__i(add|sub|mul|truediv|floordiv|mod|pow|and|or|xor)__$")
"""Names of functions that change what they are given, which must stay the same tensor."""


_CASTS: Mapping[Any, Callable[..., Any]] = dict.fromkeys(
    (Tensor.float, Tensor.half, Tensor.bfloat16), Tensor.double
)


class Doubling(TorchFunctionMode):
    """While it is entered, whatever a function of torch makes in fewer digits goes on in float64.

    Literals are rounded as in the run, and numbers are drawn in its ``dtype``: only what is computed gets more exact.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self._dtype = dtype

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Every call of a function of torch comes through here."""
        kwargs = kwargs or {}
        in_place = _CHANGES_ITSELF.search(getattr(func, "__name__", ""))
        if kwargs.get("generator") is not None and args and isinstance(args[0], Tensor):
            drawn = func(*mapped(self._narrow, args), **kwargs)
            return args[0].copy_(drawn) if in_place else mapped(doubled, drawn)
        if not in_place:
            func, args, kwargs = widened(func, args, kwargs)
        return mapped(doubled, func(*args, **kwargs))

    def _narrow(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._dtype) if tensor.is_floating_point() else tensor


def widened(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """A call of a function of torch in float64; one that makes a tensor from nothing stays as it is."""
    if not has_tensor((args, kwargs)):
        return func, args, kwargs
    return _CASTS.get(func, func), mapped(doubled, args, wide), mapped(doubled, kwargs, wide)


def wide(value: Any) -> Any:
    """float64 in the place of a narrower dtype."""
    return torch.float64 if isinstance(value, torch.dtype) and value in NARROW else value


def doubled(tensor: Tensor) -> Tensor:
    """The tensor in float64; a leaf stays a leaf."""
    if tensor.dtype not in NARROW:
        return tensor
    if tensor.is_leaf:
        return tensor.detach().double().requires_grad_(tensor.requires_grad)
    return tensor.double()


def mapped(
    change: Callable[[Tensor], Any], value: Any, other: Callable[[Any], Any] = lambda item: item
) -> Any:
    """``value`` with every tensor in it changed, in tuples, lists and dicts at any depth; ``other`` for the rest."""
    if isinstance(value, Tensor):
        return change(value)
    if type(value) in (tuple, list):
        return type(value)(mapped(change, item, other) for item in value)
    if type(value) is dict:
        return {key: mapped(change, item, other) for key, item in value.items()}
    return other(value)


def has_tensor(value: Any, wanted: Callable[[Tensor], bool] = lambda _: True) -> bool:
    """Whether there is a tensor in ``value``, at any depth, that is ``wanted``."""
    if isinstance(value, Tensor):
        return wanted(value)
    if isinstance(value, dict):
        return any(has_tensor(item, wanted) for item in value.values())
    return isinstance(value, tuple | list) and any(has_tensor(item, wanted) for item in value)


class Precise:
    """The objective of ``problem`` as a function of one flat row in float64, (columns,).

    Raises EngineError where the device has no float64.
    """

    def __init__(self, problem: Problem) -> None:
        if problem.device.type == "mps":
            message = "This device does not compute in double precision, which this needs."
            raise EngineError(Fault(message, hint="Choose the CPU."))
        self._problem = problem
        self._names = [spec.name for spec in problem.experiment.parameters]

    def row(self, values: NDArray[np.floating]) -> Tensor:
        """A recorded row, (columns,), as a leaf that requires a gradient."""
        given = torch.from_numpy(np.array(values, dtype=np.float64))
        return given.to(self._problem.device).requires_grad_()

    def value(self, row: Tensor) -> object:
        """What the program gives there. Raises ProgramError where it fails."""
        problem, parts, first = self._problem, dict[str, Tensor](), 0
        for spec in problem.experiment.trained:
            parts[spec.name] = row[first : first + spec.size].view(spec.shape)
            first += spec.size
        arguments = [
            parts[name] if name in parts else doubled(argument)
            for name, argument in zip(self._names, problem.arguments, strict=True)
        ]
        try:
            with Doubling(dtype_of(problem.experiment.run.dtype)):
                return problem.evaluate(arguments)
        except Stopped as stopped:
            if problem.stop.is_set:
                raise
            raise ProgramError(explain(stopped, problem.program)) from stopped
        except Exception as error:
            raise ProgramError(explain(error, problem.program)) from error

    def loss(self, row: Tensor) -> Tensor:
        """The value as a loss, with its history. Raises ProgramError where it is none."""
        return self._problem.checked(self.value(row))

    def number(self, row: NDArray[np.float64]) -> float:
        """The loss there; NaN where the program fails or gives no number."""
        try:
            value = self.value(self.row(row))  # with its history: a program may differentiate by itself
        except ProgramError:
            return float("nan")
        return float(value.detach()) if isinstance(value, Tensor) and value.numel() == 1 else float("nan")
