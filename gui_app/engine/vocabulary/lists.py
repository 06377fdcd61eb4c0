"""Python's own functions of sequences under their bare names, also for the rows of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import sizes
from gui_app.engine.vocabulary.extents import MAX_PIECES
from gui_app.engine.vocabulary.guards import guards
from gui_app.engine.vocabulary.items import Items, Walk
from gui_app.engine.vocabulary.own import nothing
from gui_app.engine.vocabulary.row import Function, Row, Setting, counter
from gui_app.engine.vocabulary.sequences import (
    allow_items,
    append,
    bounded,
    described,
    each,
    extend,
    make_range,
    pop,
)
from gui_app.engine.vocabulary.values import number
from gui_app.language.limits import Meter
from gui_app.language.refusal import Refusal


def items_of(value: Any) -> Sequence[Any]:
    """What can be gone through at once, without a look at the stop flag."""
    found = each(value)
    bounded(range(len(found)))
    return [*found] if isinstance(found, Walk) else found


def lists(setting: Setting) -> tuple[Row, ...]:
    """The functions that make lists or go through them; what they make is counted."""
    meter = setting.meter
    made = guards(meter)
    return (
        Row(
            "sum",
            "input | input, start | input, dim, keepdim=False, *, dtype=None",
            "sum of a tensor's elements or of a list",
            _total(made["add"], meter),
            "bare",
            result="any",
        ),
        *(
            Row(
                name,
                "*values | input, *, dim, keepdim=False",
                help,
                _best(pair, one, plain, meter),
                "bare",
                result="any",
            )
            for name, help, pair, one, plain in (
                ("max", "largest", torch.maximum, torch.max, max),
                ("min", "smallest", torch.minimum, torch.min, min),
            )
        ),
        Row("pow", "input, exponent", "input ** exponent", made["pow"], "bare", result="any"),
        *(
            Row(name, signature, help, _counted(function, meter), "bare", result="any")
            for name, signature, help, function in (
                ("list", "items=()", "a list of the items", _list),
                ("tuple", "items=()", "a tuple of the items", _tuple),
                ("reversed", "items", "the items in reverse", _reversed),
                ("sorted", "items, *, reverse=False", "plain numbers in order", _sorted),
            )
        ),
        Row(
            "enumerate",
            "items, start=0",
            "pairs of index and item",
            _enumerate(meter),
            "bare",
            result="any",
        ),
        Row("zip", "*sequences", "items of several lists side by side", _zip(meter), "bare", result="any"),
        Row(
            "tolist",
            "input",
            "the elements as lists of plain numbers",
            _tolist(meter),
            "method",
            result="any",
        ),
    )


def _counted(function: Function, meter: Meter) -> Function:
    """``function`` of a sequence, the items of its result counted before it is made."""

    def call(items: Any = (), *args: Any, **kwargs: Any) -> Any:
        found = items_of(items)
        meter.spend_items(len(found))
        return function(found, *args, **kwargs)

    return call


def _total(add: Function, meter: Meter) -> Function:
    count = counter(meter)

    def total(input: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(input, Tensor):
            return count(torch.sum(input, *args, **kwargs))
        result = args[0] if args else kwargs.get("start", 0)
        for value in items_of(input):
            meter.look()
            result = add(result, value)
        return result

    return total


def _best(
    pair: Callable[..., Any], one: Callable[..., Any], plain: Callable[..., Any], meter: Meter
) -> Function:
    count = counter(meter)

    def best(input: Any, *others: Any, **kwargs: Any) -> Any:
        if isinstance(input, Tensor) and not others:
            return count(one(input, **kwargs))
        values = (input, *others) if others else items_of(input)
        if not any(isinstance(value, Tensor) for value in values):
            return plain(map(number, values))
        return _fold(pair, values, meter)

    return best


def _fold(pair: Callable[..., Any], values: Any, meter: Meter) -> Any:
    """The largest or smallest of several tensors and numbers, element by element."""
    if len(values) > MAX_PIECES:
        raise Refusal(f"These are more than {MAX_PIECES:,} tensors.", "Join them with stack first.")
    count = counter(meter)
    like = next(value for value in values if isinstance(value, Tensor))
    result: Any = None
    for value in values:
        meter.look()
        tensor = value
        if not isinstance(value, Tensor):
            tensor = torch.full((), number(value), dtype=like.dtype, device=like.device)
        if result is None:
            result = tensor
        else:
            sizes.broadcast(result, tensor)
            result = count(pair(result, tensor))
    return result


def _zip(meter: Meter) -> Function:
    def pairs(*sequences: Any) -> list[Any] | Walk:
        if any(isinstance(items, Items) for items in sequences):
            walks = [each(items) for items in sequences]
            return Walk(zip(*walks, strict=False), min(map(len, walks)))
        found = [items_of(items) for items in sequences]
        allow_items(min(map(len, found), default=0), meter)
        meter.spend_items(min(map(len, found), default=0) * len(found))
        return list(zip(*found, strict=False))

    return pairs


def _tolist(meter: Meter) -> Function:
    def tolist(input: Any) -> Any:
        if not isinstance(input, Tensor):
            raise Refusal(f"{described(input).capitalize()} has no method .tolist().", "Only tensors have.")
        allow_items(sizes.extent(input), meter)
        return input.tolist()

    return tolist


def _enumerate(meter: Meter) -> Function:
    def pairs(items: Any, start: Any = 0) -> list[Any] | Walk:
        first = sizes.whole(start)
        if isinstance(items, Items):  # batches are made one by one, when they are needed
            walk = items.walk()
            return Walk(enumerate(walk, first), len(walk))
        found = items_of(items)
        meter.spend_items(len(found))
        return list(enumerate(found, first))

    return pairs


def _iterator(items: Any) -> Walk:
    found = each(items)
    return found if isinstance(found, Walk) else Walk(iter(found), len(found))


def _next(iterator: Any) -> Any:
    if not isinstance(iterator, Walk):
        raise Refusal(
            f"next takes an iterator, not {described(iterator)}.", "Write for example next(iter(loader))."
        )
    for item in iterator:
        return item
    raise Refusal("The iterator has come to its end.", "Begin another one: iter(loader)")


def _list(items: Sequence[Any]) -> list[Any]:
    return list(items)


def _tuple(items: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(items)


def _reversed(items: Sequence[Any]) -> list[Any]:
    return list(reversed(items))


def _sorted(items: Sequence[Any], *, reverse: Any = False) -> list[Any]:
    return sorted(map(number, items), reverse=bool(reverse))


def _length(value: Any) -> int:
    if isinstance(value, Tensor) and value.ndim:
        return int(value.shape[0])
    if isinstance(value, list | tuple | range | Items):
        return len(value)
    if value is None:
        raise nothing()
    raise Refusal(
        f"{described(value).capitalize()} has no length.", "Lists, and tensors with rows, have one."
    )


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
    Row("iter", "items", "one item after the other, for next", _iterator, "bare", result="any", script=True),
    Row("next", "iterator", "the next item", _next, "bare", result="any", script=True),
    Row("all", "items", "whether all are true", _all, "bare", result="any"),
    Row("any", "items", "whether one is true", _any, "bare", result="any"),
    Row("append", "items, value", "add an item to a list", append, "method", result="any"),
    Row("extend", "items, values", "add the items of another list", extend, "method", result="any"),
    Row("pop", "items, index=-1", "take an item out of a list", pop, "method", result="any"),
)
