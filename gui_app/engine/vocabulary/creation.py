"""Making tensors of given numbers: with the run's dtype, on its device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.row import Function, Row, Setting
from gui_app.engine.vocabulary.values import number, same_device
from gui_app.language.limits import MAX_SEQUENCE
from gui_app.language.refusal import Refusal

OPTIONS = "dtype=None, device=None, requires_grad=False"
SIZE = f"*size, {OPTIONS} | size, *, {OPTIONS}"
"""``zeros(2, 3)``, ``zeros((2, 3))`` and ``zeros(size=(2, 3))``."""
_PLACES = "torch bare"


def options(setting: Setting, given: dict[str, Any], dtype: torch.dtype | None = None) -> dict[str, Any]:
    """The options of torch's own function: ``dtype`` where none is given, and the run's device."""
    same_device(given.get("device"), setting.device)
    kept = {name: value for name, value in given.items() if value is not None}
    return ({} if dtype is None else {"dtype": dtype}) | kept | {"device": setting.device}


def creation(setting: Setting) -> tuple[Row, ...]:
    """Functions that make tensors; numbers with a fraction get the setting's dtype."""
    dtype = setting.dtype

    def sized(function: Function) -> Function:
        def make(*dimensions: Any, size: Any = None, **given: Any) -> Tensor:
            wanted = dimensions if size is None else (size,)
            result: Tensor = function(extents.dimensions(wanted), **options(setting, given, dtype))
            return result

        return make

    def full(size: Any, fill_value: Any, **given: Any) -> Tensor:
        wanted = extents.dimensions(size if isinstance(size, list | tuple) else (size,))
        return torch.full(
            wanted, fill_value, **options(setting, given, dtype if isinstance(fill_value, float) else None)
        )

    def tensor(data: Any, **given: Any) -> Tensor:
        return torch.tensor(data, **options(setting, given, dtype if _has_fraction(data) else None))

    def eye(n: Any, m: Any = None, **given: Any) -> Tensor:
        return torch.eye(*extents.dimensions((n, n if m is None else m)), **options(setting, given, dtype))

    def arange(*bounds: Any, start: Any = 0, end: Any = None, step: Any = 1, **given: Any) -> Tensor:
        """``bounds`` are end, or start, end and step; each may also be given by its name."""
        if len(bounds) == 1 and end is None:
            bounds = (start, *bounds)
        first, last, stride = map(number, (*bounds, *(start, end, step)[len(bounds) :]))
        if not stride:
            raise Refusal("The step cannot be 0.", "Write for example arange(0, 1, 0.1).")
        sizes.allow(max((last - first) / stride, 0))
        fraction = any(isinstance(bound, float) for bound in (first, last, stride))
        return torch.arange(first, last, stride, **options(setting, given, dtype if fraction else None))

    def spaced(function: Function) -> Function:
        def make(start: Any, end: Any, steps: Any, base: Any = None, **given: Any) -> Tensor:
            (count,) = extents.dimensions((steps,))
            more = {} if base is None else {"base": number(base)}
            result: Tensor = function(
                number(start), number(end), count, **more, **options(setting, given, dtype)
            )
            return result

        return make

    def like(function: Function) -> Function:
        def make(input: Any, *fill_value: Any, **given: Any) -> Tensor:
            result: Tensor = function(input, *fill_value, **options(setting, given))
            return result

        return make

    return (
        _row("tensor", f"data, *, {OPTIONS}", "a tensor of these numbers", tensor, _numbers_in_lists),
        _row("zeros", SIZE, "zeros in that shape", sized(torch.zeros)),
        _row("ones", SIZE, "ones in that shape", sized(torch.ones)),
        _row("full", f"size, fill_value, *, {OPTIONS}", "one number in that shape", full),
        _row("eye", f"n, m=None, *, {OPTIONS}", "unit matrix", eye),
        _row(
            "arange",
            f"end, *, {OPTIONS} | start, end, step=1, *, {OPTIONS}",
            "numbers from start to before end",
            arange,
        ),
        _row(
            "linspace",
            f"start, end, steps, *, {OPTIONS}",
            "evenly spaced numbers, both ends included",
            spaced(torch.linspace),
        ),
        _row(
            "logspace",
            f"start, end, steps, base=10.0, *, {OPTIONS}",
            "powers of base with evenly spaced exponents",
            spaced(torch.logspace),
        ),
        _row("zeros_like", f"input, *, {OPTIONS}", "zeros in the shape of input", like(torch.zeros_like)),
        _row("ones_like", f"input, *, {OPTIONS}", "ones in the shape of input", like(torch.ones_like)),
        _row(
            "full_like",
            f"input, fill_value, *, {OPTIONS}",
            "one number in the shape of input",
            like(torch.full_like),
        ),
    )


def _row(name: str, signature: str, help: str, function: Function, rule: Function | None = None) -> Row:
    return Row(name, signature, help, function, _PLACES, rule, text=True)


def _numbers_in_lists(data: Any, **_options: Any) -> None:
    """Only numbers in lists, and not too many: lists may contain one another."""
    left = [data]
    seen = 0
    while left:
        item = left.pop()
        seen += 1
        if seen > MAX_SEQUENCE:
            raise Refusal(
                f"A list of numbers holds at most {MAX_SEQUENCE:,} here.", "Build it from smaller tensors."
            )
        if isinstance(item, Tensor):
            raise Refusal(
                "tensor(…) makes new tensors from plain numbers.",
                "Write stack([a, b]), so that gradients flow.",
            )
        if isinstance(item, list | tuple | range):
            if len(item) > MAX_SEQUENCE:
                raise Refusal(f"A list of numbers holds at most {MAX_SEQUENCE:,} here.", "Use arange.")
            left.extend(item)
        elif not isinstance(item, int | float):
            raise Refusal(
                "tensor(…) makes tensors from numbers in lists.", "Write for example tensor([1.0, 2.0])."
            )


def _has_fraction(data: Any) -> bool:
    left = [data]
    empty = True
    while left:
        item = left.pop()
        if isinstance(item, float):
            return True
        if isinstance(item, list | tuple | range):
            left.extend(item)
        else:
            empty = False
    return empty
