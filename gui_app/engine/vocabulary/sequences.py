"""What stands behind subscripts, loops and lists of a typed program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.items import Items, Own, Walk
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.own import keep_parameters, nothing
from gui_app.engine.vocabulary.records import GradFn
from gui_app.engine.vocabulary.row import counter
from gui_app.language.limits import MAX_SEQUENCE, Meter
from gui_app.language.refusal import Refusal

NUMBERS = (int, float, bool)
_LARGEST_RANGE = 10**15


def bounded(items: Sequence[Any]) -> Sequence[Any]:
    """``items``, if a list may hold so many."""
    if len(items) > MAX_SEQUENCE:
        raise Refusal(f"A list holds at most {MAX_SEQUENCE:,} items.", "Use a tensor.")
    return items


def allow_items(count: int, meter: Meter) -> None:
    """Raise Refusal if no list may hold so many, or if all lists together have become too long."""
    bounded(range(count))
    meter.spend_items(count)


def described(value: object) -> str:
    """The kind of a value, for a sentence."""
    if isinstance(value, Own):
        return value.kind
    for kind, words in _KINDS:
        if isinstance(value, kind):
            return words
    return "a function" if callable(value) else "this value"


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a yes or no"),
    (int, "a whole number"),
    (float, "a number"),
    (Tensor, "a tensor"),
    (list, "a list"),
    (tuple, "a tuple"),
    (range, "a range"),
    (NoneType, "None"),
    (torch.dtype, "a dtype"),
    (torch.device, "a device"),
    (GradFn, "a node of the graph"),
    (str, "a text"),
    (Module, "a layer"),
)


def tensor_of(value: Any, what: str) -> Tensor:
    """``value`` if it is a tensor. Raises Refusal, which says ``what`` it should be."""
    if not isinstance(value, Tensor):
        raise Refusal(
            f"{what} must be a tensor, not {described(value)}.",
            "Numbers become tensors with torch.tensor(…).",
        )
    return value


def unfit(a: object, b: object) -> Refusal:
    if a is None or b is None:
        return nothing()
    return Refusal(
        f"This cannot be done with {described(a)} and {described(b)}.",
        "Lists become tensors with torch.tensor([…]).",
    )


def each(value: Any) -> Sequence[Any] | Walk:
    """What a loop runs over: something with a length."""
    if isinstance(value, Tensor) and value.ndim:
        extents.pieces(value)
        return value.unbind(0)
    if isinstance(value, list | tuple | range):
        return value
    if type(value) is Module:
        return value.parts
    if isinstance(value, Items):
        return value.walk()
    if value is None:
        raise nothing()
    raise Refusal(
        f"A loop cannot run over {described(value)}.", "Use range(10), a list or a tensor with rows."
    )


def make_range(*bounds: Any) -> range:
    """``range`` of whole numbers of a sensible size."""
    whole = [sizes.whole(bound) for bound in bounds]
    if any(abs(bound) > _LARGEST_RANGE for bound in whole):
        raise Refusal("This range is too long.", "Use smaller numbers.")
    return range(*whole)


def make_slice(*ends: Any) -> slice:
    """The slice ``a:b:c`` of a subscript."""
    start, stop, step = (None if end is None else sizes.whole(end) for end in ends)
    if step == 0:
        raise Refusal("The step of a slice cannot be 0.", "Write for example x[::2].")
    return slice(start, stop, step)


def item_guard(meter: Meter) -> Callable[..., Any]:
    count = counter(meter)

    def item(value: Any, index: Any) -> Any:
        if isinstance(value, Tensor):
            extents.index(value, index)
            return count(value[index])
        if isinstance(value, list | tuple | range):
            if isinstance(index, slice):
                part = value[index]
                meter.spend_items(len(part))
                return part
            return value[_place(value, index)]
        if type(value) is Module:
            return value.parts[_place(value.parts, index)]
        if isinstance(value, Items):
            return value.item(index)
        if value is None:
            raise nothing()
        raise Refusal(
            f"Only tensors and lists have items, not {described(value)}.", "Leave out the square brackets."
        )

    return item


def _place(items: Sequence[Any], index: Any) -> int:
    """``index`` as a place that is there."""
    place = sizes.whole(index)
    if not -len(items) <= place < len(items):
        raise Refusal(
            f"There is no item {place} in {described(items)} of {len(items)}.",
            "The first item is 0, the last one -1.",
        )
    return place


def set_item_guard(meter: Meter) -> Callable[..., Any]:
    def set_item(value: Any, owner: Any, index: Any) -> None:
        """``owner[index] = value``, in place."""
        if isinstance(owner, Tensor):
            extents.index(owner, index)
            if not isinstance(value, Tensor) and type(value) not in NUMBERS:
                raise unfit(owner, value)
            keep_parameters(owner, meter)
            owner[index] = value
        elif type(owner) is list:
            owner[_place(owner, index)] = value
        elif isinstance(owner, Items):
            owner.set_item(index, value)
        else:
            raise Refusal(
                f"Items of {described(owner)} cannot be set.", "Only those of tensors and lists can."
            )

    return set_item


def called(value: Any) -> Module:
    """``value``, if it is a layer: nothing else that is no name can be called."""
    if type(value) is not Module:
        raise Refusal("This value cannot be called.", "Write * to multiply.")
    return value


def unpack(value: Any, pattern: tuple[Any, ...]) -> Sequence[Any]:
    """The items of ``value`` for the names in ``pattern`` (None is a name, a tuple more names in brackets)."""
    items = each(value) if isinstance(value, Tensor) else value
    if not isinstance(items, list | tuple | range):
        raise Refusal(
            f"{described(value).capitalize()} cannot be split into {len(pattern)} names.", "Use one name."
        )
    if len(items) != len(pattern):
        raise Refusal(
            f"There are {len(items)} values for {len(pattern)} names.", "Use one name for each value."
        )
    return [item if part is None else unpack(item, part) for item, part in zip(items, pattern, strict=True)]


def append(owner: Any, value: Any) -> None:
    """``list.append``, bounded."""
    bounded(range(len(_list(owner, "append")) + 1))
    owner.append(value)


def extend(owner: Any, values: Any) -> None:
    """``list.extend``, bounded."""
    items = each(values)
    bounded(range(len(_list(owner, "extend")) + len(items)))
    owner.extend(items)


def pop(owner: Any, index: Any = -1) -> Any:
    """``list.pop``."""
    return _list(owner, "pop").pop(_place(owner, index))


def _list(owner: Any, method: str) -> list[Any]:
    if type(owner) is not list:
        raise Refusal(f"{described(owner).capitalize()} has no method .{method}().", "Only lists have.")
    return owner
