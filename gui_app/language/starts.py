"""What a tensor starts from, read from the expression that makes it."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gui_app.core.experiment import (
    Distribution,
    DistributionName,
    ExperimentError,
    Nested,
    nested,
    shape_of,
)
from gui_app.language.folding import (
    DTYPES,
    MAX_DIMENSIONS,
    Unreadable,
    Value,
    bounded,
    computed,
    fold,
    number,
)
from gui_app.language.limits import MAX_SEQUENCE
from gui_app.language.scopes import dotted


@dataclass(frozen=True, slots=True)
class Start:
    """Values, or a distribution with a shape."""

    value: Value = None
    filling: float | int | None = None
    """One number at every place."""
    distribution: Distribution | None = None
    shape: tuple[int, ...] = ()
    dtype: str | None = None
    """None: the run's, or that of whole numbers."""
    whole: bool = False
    """Its elements are whole numbers, or yes and no: it can have no gradient."""

    def nested(self) -> Nested | None:
        """The values as nested floats; None of a distribution. There may be any number of them."""
        if self.filling is None:
            return None if self.value is None else nested(self.value)
        value: Nested = float(self.filling)
        for length in reversed(self.shape):
            value = (value,) * length
        return value


def start_of(node: ast.expr, names: Mapping[str, Value]) -> Start:
    """What ``torch.randn(2, 3)``, ``0.1*torch.ones(3)`` … make. Raises Unreadable for anything else.

    ``names`` are those that the text has set to a plain value.
    """
    try:
        return _start_of(node, names)
    except (ExperimentError, TypeError, ValueError, ArithmeticError) as error:
        raise Unreadable from error


def _start_of(node: ast.expr, names: Mapping[str, Value]) -> Start:
    match node:
        case ast.Call(func=ast.Attribute(attr="normal_" | "uniform_" as method, value=ast.Call() as inner)):
            first, second = (float(number(fold(each, names))) for each in node.args)
            drawn = Distribution("normal" if method == "normal_" else "uniform", first, second)
            return replace(start_of(inner, names), value=None, filling=None, distribution=drawn)
        case ast.Call():
            return _constructed(node, names)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() as op, right=right):
            return _moved(left, op, right, names)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _mapped(start_of(operand, names), lambda x: -x)
    raise Unreadable


def _moved(left: ast.expr, op: ast.operator, right: ast.expr, names: Mapping[str, Value]) -> Start:
    """A tensor and one number, joined by an operator."""
    try:
        factor = number(fold(right, names))
    except Unreadable:
        if isinstance(op, ast.Div):
            raise
        first = number(fold(left, names))
        return _mapped(start_of(right, names), lambda x: computed(op, first, x))
    return _mapped(start_of(left, names), lambda x: computed(op, x, factor))


def _mapped(start: Start, function: Callable[[float], float]) -> Start:
    """``function``, which moves and scales, of each element."""
    drawn = start.distribution
    if start.filling is not None:
        filling = function(start.filling)
        return replace(start, filling=filling, whole=start.whole and _whole(filling))
    if drawn is None:
        value = _each(start.value, function)
        return replace(start, value=value, whole=start.whole and _whole(value))
    ends = [function(drawn.first), function(drawn.first + drawn.second)]
    if drawn.name == "normal":
        return replace(start, distribution=Distribution("normal", ends[0], abs(ends[1] - ends[0])))
    low, high = sorted((function(drawn.first), function(drawn.second)))
    return replace(start, distribution=Distribution("uniform", low, high))


def _each(value: Value, function: Callable[[float], float]) -> Value:
    return tuple(_each(row, function) for row in value) if isinstance(value, tuple) else function(value)


def _whole(value: Value) -> bool:
    """Whether torch.tensor makes whole numbers of it; without any number it does not."""
    left, found = [value], False
    while left:
        item = left.pop()
        if isinstance(item, float):
            return False
        if isinstance(item, tuple):
            left.extend(item)
        elif isinstance(item, int):
            found = True
        else:
            raise Unreadable
    return found


# --- constructors --------------------------------------------------------------------------------------------------


_ASIDE = ("requires_grad", "device")
"""Arguments that say nothing of the values: the run decides on the device."""


def _constructed(node: ast.Call, names: Mapping[str, Value]) -> Start:
    make = _CONSTRUCTORS.get(dotted(node.func).removeprefix("torch."))
    if make is None:
        raise Unreadable
    given = {keyword.arg or "": keyword.value for keyword in node.keywords if keyword.arg not in _ASIDE}
    dtype = given.pop("dtype", None)
    arguments = [fold(argument, names) for argument in node.args]
    start = make(*arguments, **{name: fold(value, names) for name, value in given.items()})
    if dtype is None or (isinstance(dtype, ast.Constant) and dtype.value is None):
        return start
    known = fold(dtype, names)
    if known not in DTYPES.values():
        raise Unreadable
    return replace(start, dtype=None if known == "whole" else known, whole=known == "whole")


def _values(value: Value, whole: bool = False) -> Start:
    return Start(bounded(value), shape=shape_of(value), whole=whole)


def _tensor(data: Value) -> Start:
    return _values(data, _whole(data))


def _sizes(given: tuple[Value, ...], keyword: Value = None) -> tuple[int, ...]:
    """``randn(2, 3)``, ``randn((2, 3))`` and ``randn(size=(2, 3))`` alike."""
    if keyword is not None:
        given = (*given, keyword)
    sizes = given[0] if len(given) == 1 and isinstance(given[0], tuple) else given
    if len(sizes) > MAX_DIMENSIONS or any(type(size) is not int or size < 0 for size in sizes):
        raise Unreadable
    return sizes


def _full(size: Value, fill_value: Value) -> Start:
    filling = number(fill_value)
    return Start(filling=filling, shape=_sizes((size,)), whole=isinstance(filling, int))


def _filled(filling: float) -> Callable[..., Start]:
    def make(*sizes: Value, size: Value = None) -> Start:
        return _full(_sizes(sizes, size), filling)

    return make


def _eye(n: Value, m: Value = None) -> Start:
    rows, columns = _sizes((n, n if m is None else m))
    if rows * columns > MAX_SEQUENCE:
        raise Unreadable
    return _values(tuple(tuple(float(i == j) for j in range(columns)) for i in range(rows)))


def _arange(start: Value, end: Value = None, step: Value = 1) -> Start:
    first, last = (0, number(start)) if end is None else (number(start), number(end))
    by = number(step)
    if isinstance(first + last + by, float):
        first = float(first)
    count = math.ceil((last - first) / by) if by else -1
    if not 0 <= count <= MAX_SEQUENCE:
        raise Unreadable
    return _tensor(tuple(first + i * by for i in range(count)))


def _linspace(start: Value, end: Value, steps: Value) -> Start:
    (count,) = _sizes((steps,))
    if count > MAX_SEQUENCE:
        raise Unreadable
    first, last = float(number(start)), float(number(end))
    by = (last - first) / max(count - 1, 1)
    return _values(
        tuple(first + i * by if i < count / 2 else last - (count - 1 - i) * by for i in range(count))
    )


def _drawn(name: DistributionName) -> Callable[..., Start]:
    def make(*sizes: Value, size: Value = None) -> Start:
        return Start(distribution=Distribution(name, 0.0, 1.0), shape=_sizes(sizes, size))

    return make


def _normal(mean: Value, std: Value, size: Value) -> Start:
    drawn = Distribution("normal", float(number(mean)), float(number(std)))
    return Start(distribution=drawn, shape=_sizes((size,)))


_CONSTRUCTORS: Mapping[str, Callable[..., Start]] = {
    "tensor": _tensor,
    "zeros": _filled(0.0),
    "ones": _filled(1.0),
    "full": _full,
    "eye": _eye,
    "arange": _arange,
    "linspace": _linspace,
    "rand": _drawn("uniform"),
    "randn": _drawn("normal"),
    "normal": _normal,
}
