"""``print``: what a program shows while it runs, as Python and PyTorch write it, in bounded length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from types import NoneType
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.items import Dictionary, Own
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.records import GradFn
from gui_app.engine.vocabulary.row import Row, Setting
from gui_app.language.limits import MAX_BITS
from gui_app.language.refusal import Refusal

MAX_TEXT = 64 * 1024
"""Characters of one printed text."""
MAX_NESTING = 50
_BOTH_ENDS = 6
"""Elements of a long dimension that PyTorch shows."""
_MOST_SHOWN = 5_000
"""Elements of one tensor: writing more takes too long."""
_CUT = "…"
_PLAIN = (bool, float, str, NoneType, torch.dtype, torch.device, torch.Size, range, GradFn, Module, Own)


def printing(setting: Setting) -> tuple[Row, ...]:
    """The word print."""
    effects = setting.effects

    def show(*values: Any, sep: Any = " ", end: Any = "\n") -> None:
        between, last = _separator(sep, " "), _separator(end, "\n")
        pieces: list[str] = []
        left = MAX_TEXT
        for number, value in enumerate(values):
            alone = isinstance(value, str | torch.device)
            for text in chain((between,) if number else (), (str(value),) if alone else written(value)):
                pieces.append(text)
                left -= len(text)
                if left < 0:
                    effects.write("".join(pieces)[:MAX_TEXT] + _CUT + last)
                    return
        effects.write("".join(pieces) + last)

    return (
        Row(
            "print",
            "*values, sep=' ', end='\\n'",
            "show values in the console",
            show,
            "bare",
            result="any",
            text=True,
        ),
    )


def _separator(value: Any, usual: str) -> str:
    if value is None:
        return usual
    if not isinstance(value, str):
        raise Refusal("sep and end of print are texts.", 'Write for example print(a, b, sep=", ").')
    return value


def written(value: object) -> Iterator[str]:
    """``repr(value)`` in pieces, so that whoever has enough can stop."""
    opened: list[tuple[Iterator[tuple[str, object]], str]] = [(iter([("", value)]), "")]
    while opened:
        items, closing = opened[-1]
        found = next(items, None)
        if found is None:
            opened.pop()
            yield closing
            continue
        before, item = found
        yield before
        if not isinstance(item, list | tuple | Dictionary) or isinstance(item, torch.Size):
            yield _alone(item)
        elif len(opened) > MAX_NESTING:
            yield _CUT
        else:
            opening, inside, end = _listed(item)
            yield opening
            opened.append((inside, end))


def _listed(value: Sequence[object] | Dictionary) -> tuple[str, Iterator[tuple[str, object]], str]:
    """What stands before the items of a list or tuple, the items with what stands before each, and the end."""
    if isinstance(value, Dictionary):
        entries = enumerate(value.values.items())
        return "{", ((f"{', ' * (number > 0)}{key!r}: ", item) for number, (key, item) in entries), "}"
    names = getattr(type(value), "__match_args__", ())
    if names:
        before = [f"{',' if number else ''}\n{name}=" for number, name in enumerate(names)]
        return f"torch.return_types.{type(value).__name__}(", zip(before, value, strict=False), ")"
    items = ((", " * (number > 0), item) for number, item in enumerate(value))
    if isinstance(value, list):
        return "[", items, "]"
    return "(", items, ",)" if len(value) == 1 else ")"


def _alone(value: object) -> str:
    if isinstance(value, Tensor):
        return _tensor(value)
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, int):
        return repr(value) if value.bit_length() <= MAX_BITS else _CUT
    return "<function>"


def _tensor(value: Tensor) -> str:
    """As PyTorch writes it; only its shape where even its summary is long, as with many short dimensions."""
    if value.numel() > _MOST_SHOWN < math.prod(min(size, _BOTH_ENDS) for size in value.shape):
        return f"tensor([...], size={tuple(value.shape)})"
    return repr(value)
