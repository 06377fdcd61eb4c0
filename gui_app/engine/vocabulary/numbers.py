"""Python's own functions under their bare names, and the math module, for numbers, lists and tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import sizes
from gui_app.engine.vocabulary.guards import guards
from gui_app.engine.vocabulary.row import Row, counter
from gui_app.engine.vocabulary.sequences import append, bounded, described, each, make_range
from gui_app.engine.vocabulary.values import number
from gui_app.language.limits import Meter
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


def python_rows(meter: Meter) -> tuple[Row, ...]:
    """The functions that Python itself has."""
    made = guards(meter)
    count = counter(meter)
    add = made["add"]

    def total(input: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(input, Tensor):
            return count(torch.sum(input, *args, **kwargs))
        result = args[0] if args else kwargs.get("start", 0)
        for value in items_of(input):
            result = add(result, value)
        return result

    def best(
        pair: Callable[..., Any], one: Callable[..., Any], plain: Callable[..., Any]
    ) -> Callable[..., Any]:
        def call(input: Any, *others: Any, **kwargs: Any) -> Any:
            if isinstance(input, Tensor) and not others:
                return count(one(input, *others, **kwargs))
            values = (input, *others) if others else items_of(input)
            if not any(isinstance(value, Tensor) for value in values):
                return plain(map(number, values))
            return _fold(pair, values, count)

        return call

    return (
        Row(
            "sum",
            "input | input, start | input, dim, keepdim=False, *, dtype=None",
            "sum of a tensor's elements or of a list",
            total,
            "bare",
            result="any",
        ),
        Row(
            "max",
            "*values | input, *, dim, keepdim=False",
            "largest",
            best(torch.maximum, torch.max, max),
            "bare",
            result="any",
        ),
        Row(
            "min",
            "*values | input, *, dim, keepdim=False",
            "smallest",
            best(torch.minimum, torch.min, min),
            "bare",
            result="any",
        ),
        Row("pow", "input, exponent", "input ** exponent", made["pow"], "bare", result="any"),
    )


def _fold(pair: Callable[..., Any], values: Any, count: Callable[..., Any]) -> Any:
    """The largest or smallest of several tensors and numbers, element by element."""
    like = next(value for value in values if isinstance(value, Tensor))
    result: Any = None
    for value in values:
        value = (
            value
            if isinstance(value, Tensor)
            else torch.full((), number(value), dtype=like.dtype, device=like.device)
        )
        if result is not None:
            sizes.broadcast(result, value)
        result = value if result is None else count(pair(result, value))
    return result


def items_of(value: Any) -> Sequence[Any]:
    """What can be gone through at once, without a look at the stop flag."""
    return bounded(each(value))


def _length(value: Any) -> int:
    if isinstance(value, Tensor) and value.ndim:
        return int(value.shape[0])
    if isinstance(value, list | tuple | range):
        return len(value)
    raise Refusal(
        f"{described(value).capitalize()} has no length.", "Lists, and tensors with rows, have one."
    )


def _enumerate(items: Any, start: Any = 0) -> list[Any]:
    return list(enumerate(items_of(items), sizes.whole(start)))


def _zip(*sequences: Any) -> list[Any]:
    return list(zip(*(items_of(items) for items in sequences), strict=False))


def _list(items: Any = ()) -> list[Any]:
    return list(items_of(items))


def _tuple(items: Any = ()) -> tuple[Any, ...]:
    return tuple(items_of(items))


def _reversed(items: Any) -> list[Any]:
    return list(reversed(items_of(items)))


def _float(value: Any) -> float:
    if isinstance(value, str):
        return float(value) if len(value) < 40 else math.nan
    return float(number(value))


def _int(value: Any) -> int:
    return int(number(value))


def _bool(value: Any) -> bool:
    return bool(value)


def _round(input: Any, digits: Any = None, **kwargs: Any) -> Any:
    if isinstance(input, Tensor):
        return torch.round(input, decimals=sizes.whole(digits or 0), **kwargs)
    return round(number(input), None if digits is None else max(min(sizes.whole(digits), 400), -400))


def _all(items: Any) -> Any:
    return torch.all(items) if isinstance(items, Tensor) else all(items_of(items))


def _any(items: Any) -> Any:
    return torch.any(items) if isinstance(items, Tensor) else any(items_of(items))


ROWS = (
    Row(
        "range",
        "stop | start, stop, step=1",
        "whole numbers up to before stop",
        make_range,
        "bare",
        result="any",
    ),
    Row("len", "items", "number of items or rows", _length, "bare", result="int"),
    Row("enumerate", "items, start=0", "pairs of index and item", _enumerate, "bare", result="any"),
    Row("zip", "*sequences", "items of several lists side by side", _zip, "bare", result="any"),
    Row("list", "items=()", "a list of the items", _list, "bare", result="any"),
    Row("tuple", "items=()", "a tuple of the items", _tuple, "bare", result="any"),
    Row("reversed", "items", "the items in reverse", _reversed, "bare", result="any"),
    Row("float", "value", "a plain number, outside the graph", _float, "bare", result="any", text=True),
    Row("int", "value", "a plain whole number, outside the graph", _int, "bare", result="any"),
    Row("bool", "value", "true or false", _bool, "bare", result="any"),
    Row(
        "round",
        "input | input, digits | input, *, decimals=0",
        "the nearest whole number",
        _round,
        "bare",
        result="any",
    ),
    Row("all", "items", "whether all are true", _all, "bare", result="any"),
    Row("any", "items", "whether one is true", _any, "bare", result="any"),
    Row("append", "items, value", "add an item to a list", append, "method", result="any"),
)
