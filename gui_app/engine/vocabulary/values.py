"""Making tensors, and turning values into others: depends on the run's dtype and device."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.row import Row
from gui_app.engine.vocabulary.sequences import keep_parameters
from gui_app.language.limits import MAX_SEQUENCE, Meter
from gui_app.language.refusal import Refusal

_OPTIONS = "*, dtype=None, requires_grad=False"


def tracking(meter: Meter) -> tuple[Row, ...]:
    """What switches the recording of gradients."""

    def track(input: Tensor, requires_grad: Any = True) -> Tensor:
        if not requires_grad:
            raise Refusal(
                "Recording cannot be switched off for a tensor that is there already.", "Use x.detach()."
            )
        if not input.requires_grad:
            keep_parameters(input, meter)
        return Tensor.requires_grad_(input)

    return (
        Row("requires_grad_", "input, requires_grad=True", "record gradients from here", track, "method"),
    )


def creation(dtype: torch.dtype, device: str | torch.device) -> tuple[Row, ...]:
    """Functions that make tensors; numbers with a fraction get ``dtype``."""

    def filled(value: float) -> Any:
        def make(*size: Any, **options: Any) -> Tensor:
            return full(size, value, **options)

        return make

    def full(size: Any, fill_value: Any, **options: Any) -> Tensor:
        size = size if isinstance(size, list | tuple) else (size,)
        whole = isinstance(fill_value, int) and not isinstance(fill_value, bool)
        default = {} if whole or isinstance(fill_value, bool) else {"dtype": dtype}
        return torch.full(extents.dimensions(size), fill_value, **(default | _given(options)), device=device)

    def tensor(data: Any, **options: Any) -> Tensor:
        return torch.tensor(
            data, **({"dtype": dtype} if _has_fraction(data) else {}) | _given(options), device=device
        )

    def eye(n: Any, m: Any = None, **options: Any) -> Tensor:
        return torch.eye(
            *extents.dimensions((n, n if m is None else m)),
            **({"dtype": dtype} | _given(options)),
            device=device,
        )

    def arange(*bounds: Any, **options: Any) -> Tensor:
        start, end, step = _bounds(*bounds)
        if not step:
            raise Refusal("The step cannot be 0.", "Write for example arange(0, 1, 0.1).")
        sizes.allow(max((end - start) / step, 0))
        default = {"dtype": dtype} if any(isinstance(bound, float) for bound in bounds) else {}
        return torch.arange(start, end, step, **(default | _given(options)), device=device)

    def linspace(start: Any, end: Any, steps: Any, **options: Any) -> Tensor:
        (count,) = extents.dimensions((steps,))
        return torch.linspace(
            number(start), number(end), count, **({"dtype": dtype} | _given(options)), device=device
        )

    def zeros(*size: Any, **options: Any) -> Tensor:
        return torch.zeros(extents.dimensions(size), **({"dtype": dtype} | _given(options)), device=device)

    def ones(*size: Any, **options: Any) -> Tensor:
        return torch.ones(extents.dimensions(size), **({"dtype": dtype} | _given(options)), device=device)

    return (
        Row("tensor", f"data, {_OPTIONS}", "a tensor of these numbers", tensor, "torch bare", _tensor_rule),
        Row("zeros", f"*size, {_OPTIONS[3:]}", "zeros in that shape", zeros, "torch bare"),
        Row("ones", f"*size, {_OPTIONS[3:]}", "ones in that shape", ones, "torch bare"),
        Row("full", f"size, fill_value, {_OPTIONS}", "one number in that shape", full, "torch bare"),
        Row("eye", f"n, m=None, {_OPTIONS}", "unit matrix", eye, "torch bare"),
        Row(
            "arange",
            f"end, {_OPTIONS} | start, end, step=1, {_OPTIONS}",
            "numbers from start to before end",
            arange,
            "torch bare",
        ),
        Row(
            "linspace",
            f"start, end, steps, {_OPTIONS}",
            "evenly spaced numbers, both ends included",
            linspace,
            "torch bare",
        ),
    )


_LIKE = "input, *, dtype=None, requires_grad=False"
LIKE_ROWS = (
    Row("zeros_like", _LIKE, "zeros in the shape of input", torch.zeros_like, "torch bare"),
    Row("ones_like", _LIKE, "ones in the shape of input", torch.ones_like, "torch bare"),
    Row(
        "full_like",
        "input, fill_value, *, dtype=None, requires_grad=False",
        "one number in the shape of input",
        torch.full_like,
        "torch bare",
    ),
)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if not (name == "dtype" and value is None)}


def number(value: Any) -> float | int:
    """A plain number, also from a tensor with one element. Raises Refusal for anything else."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if not isinstance(value, int | float):
        raise Refusal("Here a number is needed.", "Write for example 1.5.")
    return value


def _bounds(first: Any, second: Any = None, step: Any = 1) -> tuple[float | int, float | int, float | int]:
    if second is None:
        return 0, number(first), number(step)
    return number(first), number(second), number(step)


def _tensor_rule(data: Any, **_options: Any) -> None:
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


def item(input: Any) -> Any:
    """``x.item()``."""
    return Tensor.item(input)


def to(input: Any, dtype: Any) -> Tensor:
    """``x.to(dtype)`` or ``x.to(other)``."""
    if isinstance(dtype, Tensor):
        dtype = dtype.dtype
    if not isinstance(dtype, torch.dtype):
        raise Refusal(".to() changes the dtype.", "Write for example x.to(torch.float64).")
    return Tensor.to(input, dtype)


_METHOD = "method"
CONVERSIONS = {
    "float": "32-bit numbers with a fraction",
    "double": "64-bit numbers with a fraction",
    "half": "16-bit numbers with a fraction",
    "bfloat16": "16-bit numbers with a wide range",
    "long": "whole numbers",
    "int": "32-bit whole numbers",
    "bool": "true and false",
}
ROWS = (
    *(Row(name, "input", f"as {help}", getattr(Tensor, name), _METHOD) for name, help in CONVERSIONS.items()),
    Row("to", "input, dtype", "as another dtype", to, _METHOD),
    Row("type_as", "input, other", "as the dtype of other", Tensor.type_as, _METHOD),
    Row("item", "input", "the one element as a plain number, outside the graph", item, _METHOD, result="any"),
    Row(
        "tolist",
        "input",
        "the elements as lists of plain numbers",
        Tensor.tolist,
        _METHOD,
        extents.listed,
        "any",
    ),
    Row(
        "size",
        "input | input, dim",
        "the shape, or the size of one dimension",
        Tensor.size,
        _METHOD,
        result="any",
    ),
    Row("dim", "input", "number of dimensions", Tensor.dim, _METHOD, result="int"),
    Row("numel", "input", "number of elements", torch.numel, "torch method", result="int"),
    Row("nelement", "input", "number of elements", Tensor.nelement, _METHOD, result="int"),
    Row(
        "is_floating_point",
        "input",
        "whether it has a fraction",
        torch.is_floating_point,
        "torch method",
        result="any",
    ),
)
