"""What stands behind the operators of a typed program."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import NoneType
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from gui_app.engine.vocabulary import sizes, work
from gui_app.engine.vocabulary.items import named
from gui_app.engine.vocabulary.own import keep_parameters
from gui_app.engine.vocabulary.records import GradFn
from gui_app.engine.vocabulary.row import counter
from gui_app.engine.vocabulary.sequences import (
    NUMBERS,
    allow_items,
    bounded,
    called,
    described,
    each,
    item_guard,
    make_slice,
    set_item_guard,
    unfit,
    unpack,
)
from gui_app.language.limits import LARGE, MAX_BITS, MAX_ELEMENTS, Meter
from gui_app.language.names import BINARY, COMPARISONS, UNARY
from gui_app.language.refusal import Refusal

Guard = Callable[..., Any]
_PLAIN = (*NUMBERS, NoneType, torch.dtype, torch.device, GradFn)

# At the first comparison with a fraction PyTorch imports one of its own modules. Operators that stand in the program
# itself run without builtins, and could not import it.
torch.gt(torch.zeros(()), 0.5)


def guards(meter: Meter) -> dict[str, Guard]:
    """Every guard that the compiler relies on, by its name."""
    made: dict[str, Guard] = {
        "called": called,
        "counted": counter(meter),
        "each": each,
        "item": item_guard(meter),
        "named": named(meter),
        "set_item": set_item_guard(meter),
        "slice": make_slice,
        "unpack": unpack,
    }
    for name in BINARY.values():
        made[name] = _matmul(meter) if name == "matmul" else _binary(name, getattr(operator, name), meter)
        made[f"i{name.strip('_')}"] = _in_place(name, meter)
    for name in COMPARISONS.values():
        made[name] = _comparison(getattr(operator, name), meter)
    for name in UNARY.values():
        made[name] = _unary(getattr(operator, name), meter)
    return made


def _binary(name: str, function: Guard, meter: Meter) -> Guard:
    plain = _plain_binary(meter).get(name) or _numbers_only(function)
    spend, large = meter.spend, meter.large

    def guard(a: Any, b: Any) -> Any:
        if type(a) is Tensor or type(a) is Parameter:
            if type(b) is Tensor or type(b) is Parameter:
                if large:
                    if not 0 < a.numel() * b.numel() <= MAX_ELEMENTS:
                        sizes.allow(sizes.broadcast_size((a.shape, b.shape)))
                    result = function(a, b)
                    spend(result.numel())
                    return result
                result = function(a, b)
                if not 0 < result.numel() < LARGE:
                    spend(result.numel())
                return result
            if type(b) not in NUMBERS:
                raise unfit(a, b)
        elif type(b) is not Tensor and type(b) is not Parameter:
            return plain(a, b)
        elif type(a) not in NUMBERS:
            raise unfit(a, b)
        result = function(a, b)
        if large:
            spend(result.numel())
        return result

    return guard


def _matmul(meter: Meter) -> Guard:
    spend, large = meter.spend, meter.large

    def guard(a: Any, b: Any) -> Any:
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
            raise Refusal(
                f"@ multiplies two tensors, not {described(a)} and {described(b)}.",
                "Write * for numbers.",
            )
        if large:
            work.matrices(a, b)
        result = a @ b
        if not 0 < result.numel() < LARGE:
            spend(result.numel())
        return result

    return guard


def _in_place(name: str, meter: Meter) -> Guard:
    function = getattr(operator, f"i{name.strip('_')}")
    other = _matmul(meter) if name == "matmul" else _binary(name, getattr(operator, name), meter)

    def guard(a: Any, b: Any) -> Any:
        if isinstance(a, Tensor) and name != "matmul":
            if not isinstance(b, Tensor) and type(b) not in NUMBERS:
                raise unfit(a, b)
            keep_parameters(a, meter)
            result = function(a, b)
            if a.numel() >= LARGE:
                meter.look()
            return result
        if type(a) is list and type(b) in (list, tuple) and name == "add":
            bounded(range(len(a) + len(b)))
            meter.spend_items(len(b))
            a.extend(b)
            return a
        return other(a, b)

    return guard


def _comparison(function: Guard, meter: Meter) -> Guard:
    count = counter(meter)

    def guard(a: Any, b: Any) -> Any:
        if isinstance(a, Tensor) or isinstance(b, Tensor):
            if not all(isinstance(value, Tensor) or type(value) in NUMBERS for value in (a, b)):
                raise unfit(a, b)
            sizes.broadcast(a, b)
            return count(function(a, b))
        if not all(type(value) in _PLAIN or _flat(value) for value in (a, b)):
            raise unfit(a, b)
        return function(a, b)

    return guard


def _flat(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(type(item) in _PLAIN for item in value)


def _unary(function: Guard, meter: Meter) -> Guard:
    count = counter(meter)

    def guard(a: Any) -> Any:
        if not isinstance(a, Tensor) and type(a) not in NUMBERS:
            raise Refusal(
                f"A sign cannot stand before {described(a)}.", "Lists become tensors with torch.tensor([…])."
            )
        return count(function(a))

    return guard


def _multiply(meter: Meter) -> Guard:
    def multiply(a: Any, b: Any) -> Any:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            if type(a) is not float and type(b) is not float and a.bit_length() + b.bit_length() > MAX_BITS:
                raise Refusal(
                    "This whole number becomes too large.",
                    "Write 2.0 instead of 2 to compute with fractions.",
                )
            return a * b
        if type(a) in (int, bool):
            a, b = b, a
        if isinstance(a, list | tuple) and type(b) in (int, bool):
            allow_items(len(a) * max(b, 0), meter)
            return a * b
        raise unfit(a, b)

    return multiply


def _add(meter: Meter) -> Guard:
    def add(a: Any, b: Any) -> Any:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            return a + b
        if (isinstance(a, list) and isinstance(b, list)) or (isinstance(a, tuple) and isinstance(b, tuple)):
            allow_items(len(a) + len(b), meter)
            return [*a, *b] if isinstance(a, list) else (*a, *b)
        raise unfit(a, b)

    return add


def power(a: Any, b: Any) -> Any:
    """``a ** b`` of plain numbers. Raises Refusal where it is too large or not real."""
    if type(a) not in NUMBERS or type(b) not in NUMBERS:
        raise unfit(a, b)
    if type(a) is not float and type(b) is not float and b > 0 and a.bit_length() * b > MAX_BITS:
        raise Refusal(
            "This whole number becomes too large.", "Write 2.0 instead of 2 to compute with fractions."
        )
    result = a**b
    if isinstance(result, complex):
        raise Refusal("A negative number has no real power with a fraction.", "Use abs(…) first.")
    return result


def _shift(a: Any, b: Any) -> Any:
    if type(a) not in (int, bool) or type(b) not in (int, bool):
        raise unfit(a, b)
    if b < 0:
        raise _turned_round()
    if b > MAX_BITS - a.bit_length():
        raise Refusal("The result of this shift becomes too large.", "Write 2.0**n instead.")
    return a << b


def _shift_down(a: Any, b: Any) -> Any:
    if type(a) not in (int, bool) or type(b) not in (int, bool):
        raise unfit(a, b)
    if b < 0:
        raise _turned_round()
    return a >> b


def _turned_round() -> Refusal:
    return Refusal("A shift cannot be negative.", "a << -n is a >> n.")


def _numbers_only(function: Guard) -> Guard:
    def plain(a: Any, b: Any) -> Any:
        if type(a) not in NUMBERS or type(b) not in NUMBERS:
            raise unfit(a, b)
        if any(type(value) is int and value.bit_length() > MAX_BITS for value in (a, b)):
            raise Refusal(
                "This whole number is too large.", "Write 2.0 instead of 2 to compute with fractions."
            )
        return function(a, b)

    return plain


def _plain_binary(meter: Meter) -> dict[str, Guard]:
    """What the operators do without a tensor, where it is more than a number with a number."""
    return {
        "add": _add(meter),
        "mul": _multiply(meter),
        "pow": power,
        "lshift": _shift,
        "rshift": _shift_down,
    }
