"""Numbers, lists and dtypes that can be read from a text without running it."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from gui_app.language.limits import MAX_SEQUENCE
from gui_app.language.scopes import dotted

Value = Any
"""A number, tuples of numbers nested like the rows of a tensor, or the name of a dtype."""
MAX_DIMENSIONS = 16
_LARGEST = 1e300

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
DTYPES = {
    "float": "float32",
    "float32": "float32",
    "double": "float64",
    "float64": "float64",
    "half": "float16",
    "float16": "float16",
    "bfloat16": "bfloat16",
    **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "bool", "short", "int", "long"), "whole"),
}
"""What each dtype of torch is called in an experiment, and those that no parameter can have."""
_CONSTANTS: Mapping[str, float | str] = {
    **{
        f"{space}{name}": value
        for space in ("", "torch.", "math.")
        for name, value in (("pi", math.pi), ("inf", math.inf), ("nan", math.nan))
    },
    **{f"torch.{name}": dtype for name, dtype in DTYPES.items()},
}


class Unreadable(Exception):  # noqa: N818 - it is the usual case
    """An expression whose value is known only when it runs."""


def fold(node: ast.expr, names: Mapping[str, Value]) -> Value:
    """The value of numbers, lists of them and arithmetic on them. Raises Unreadable for anything else.

    ``names`` are those that the text has set to such a value.
    """
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Name() | ast.Attribute():
            if dotted(node) in _CONSTANTS:
                return _CONSTANTS[dotted(node)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -number(fold(operand, names))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return number(fold(operand, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return computed(op, number(fold(left, names)), number(fold(right, names)))
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return bounded(tuple(fold(item, names) for item in items))
    raise Unreadable


def number(value: Value) -> float | int:
    """``value`` if it is a single number."""
    if not isinstance(value, int | float):
        raise Unreadable
    return value


def computed(op: ast.operator, left: float, right: float) -> float | int:
    """``left op right``; through floats first, which cannot grow beyond bounds."""
    compute = _OPERATORS[type(op)]
    try:
        rough = compute(float(left), float(right))
        if isinstance(rough, complex) or not abs(rough) < _LARGEST:
            raise Unreadable
        return compute(left, right)  # type: ignore[no-any-return]
    except ArithmeticError as error:
        raise Unreadable from error


def bounded(value: Value) -> Value:
    """``value`` if it has few enough numbers and dimensions. Raises Unreadable."""
    left, found = [(value, 0)], 0
    while left:
        item, depth = left.pop()
        found += 1
        if found > MAX_SEQUENCE or depth > MAX_DIMENSIONS:
            raise Unreadable
        if isinstance(item, tuple):
            left.extend((row, depth + 1) for row in item)
    return value
