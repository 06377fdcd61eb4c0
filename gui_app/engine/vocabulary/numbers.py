"""Python's own functions of numbers under their bare names, and the math module."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import sizes
from gui_app.engine.vocabulary.row import Row
from gui_app.engine.vocabulary.values import number
from gui_app.language.refusal import Refusal

_MATH = (
    *(
        "acos",
        "acosh",
        "asin",
        "asinh",
        "atan",
        "atan2",
        "atanh",
        "cbrt",
        "ceil",
        "copysign",
        "cos",
        "cosh",
        "degrees",
    ),
    *(
        "dist",
        "erf",
        "erfc",
        "exp",
        "exp2",
        "expm1",
        "fabs",
        "floor",
        "fmod",
        "gamma",
        "hypot",
        "isclose",
        "isfinite",
    ),
    *(
        "isinf",
        "isnan",
        "lgamma",
        "log",
        "log10",
        "log1p",
        "log2",
        "pow",
        "radians",
        "remainder",
        "sin",
        "sinh",
        "sqrt",
    ),
    *("tan", "tanh", "trunc"),
)
_TWO = {
    "atan2": "y, x",
    "copysign": "x, y",
    "fmod": "x, y",
    "hypot": "x, y",
    "isclose": "a, b",
    "pow": "x, y",
} | {
    "remainder": "x, y",
    "log": "x | x, base",
}


def _plain(name: str) -> Callable[..., Any]:
    function = getattr(math, name)

    def call(*args: Any) -> Any:
        if any(isinstance(value, Tensor) and value.requires_grad for value in args):
            raise Refusal(
                f"math.{name} would cut the tensor from the graph.",
                f"Use torch.{name}, or take .item() on purpose.",
            )
        return function(*map(number, args))

    return call


MATH = tuple(
    Row(name, _TWO.get(name, "x"), f"{name} of a plain number", _plain(name), "math", result="any")
    for name in _MATH
    if hasattr(math, name) and name != "dist"
)


def _float(value: Any) -> float:
    if not isinstance(value, str):
        return float(number(value))
    try:
        return float(value)
    except ValueError as error:
        raise Refusal("This text is not a number.", 'Write for example float("inf").') from error


def _int(value: Any) -> int:
    return int(number(value))


def _bool(value: Any) -> bool:
    return bool(value)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _round(input: Any, digits: Any = None, *, decimals: Any = 0) -> Any:
    if isinstance(input, Tensor):
        return torch.round(input, decimals=sizes.whole(digits or decimals))
    return round(number(input), None if digits is None else max(min(sizes.whole(digits), 400), -400))


ROWS = (
    Row("float", "value", "a plain number, outside the graph", _float, "bare", result="any", text=True),
    Row("int", "value", "a plain whole number, outside the graph", _int, "bare", result="any"),
    Row("bool", "value", "true or false", _bool, "bare", result="any"),
    Row("is_tensor", "value", "whether it is a tensor", _is_tensor, "torch", result="any"),
    Row(
        "is_grad_enabled",
        "",
        "whether gradients are recorded here",
        torch.is_grad_enabled,
        "torch",
        result="any",
    ),
    Row(
        "round",
        "input | input, digits | input, *, decimals=0",
        "the nearest whole number",
        _round,
        "bare",
        result="any",
    ),
)
