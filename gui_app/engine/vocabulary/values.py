"""Turning values into others: plain numbers, other dtypes, lists."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.row import Row, Setting
from gui_app.engine.vocabulary.sequences import tensor_of
from gui_app.language.refusal import Refusal


def number(value: Any) -> float | int:
    """A plain number, also from a tensor with one element. Raises Refusal for anything else."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if not isinstance(value, int | float):
        raise Refusal("Here a number is needed.", "Write for example 1.5.")
    return value


_DEVICE = "Choose the device at the top of the window."


def item(input: Any) -> Any:
    """``x.item()``."""
    return Tensor.item(input)


def same_device(value: Any, there: str | torch.device) -> None:
    """Raise Refusal for another device than the run's: all tensors of a program are on the same one."""
    if value is None:
        return
    wanted, own = _device(value), torch.device(there)
    if wanted.type != own.type or wanted.index not in (None, own.index):
        raise Refusal(f"This run computes on {own}, not on {wanted}.", _DEVICE)


def _device(value: Any) -> torch.device:
    try:
        return torch.device(value)
    except (RuntimeError, TypeError) as error:
        raise Refusal("There is no such device.", _DEVICE) from error


def devices(setting: Setting) -> tuple[Row, ...]:
    """Moving tensors to the device where they are already, as pasted programs do."""

    def to(input: Any, target: Any = None, *, dtype: Any = None, device: Any = None) -> Tensor:
        for value in (target, device, dtype):
            if isinstance(value, torch.device):
                same_device(value, setting.device)
            elif isinstance(value, Tensor):
                dtype = value.dtype
            elif isinstance(value, torch.dtype):
                dtype = value
            elif value is not None:
                raise Refusal(".to() changes the dtype.", "Write for example x.to(torch.float64).")
        return tensor_of(input, "What is moved") if dtype is None else Tensor.to(input, dtype)

    def made(type: Any) -> torch.device:
        same_device(type, setting.device)
        return torch.device(setting.device)

    def available() -> bool:
        return torch.device(setting.device).type == "cuda"

    ways = "input, dtype | input, device | input, other | input, *, dtype=None, device=None"
    return (
        Row("to", ways, "as another dtype", to, _METHOD),
        Row("device", "type", "where it is computed", made, "torch", result="any", text=True),
        Row("is_available", "", "whether the run computes there", available, "cuda", result="any"),
    )


def _typed(input: Any, dtype: Any) -> Tensor:
    """``x.type(torch.float64)``."""
    if not isinstance(dtype, torch.dtype):
        raise Refusal(".type() changes the dtype.", "Write for example x.type(torch.float64).")
    return Tensor.to(input, dtype)


_METHOD = "method"
CONVERSIONS = {
    "float": "32-bit numbers with a fraction",
    "double": "64-bit numbers with a fraction",
    "half": "16-bit numbers with a fraction",
    "bfloat16": "16-bit numbers with a wide range",
    "long": "whole numbers",
    "short": "16-bit whole numbers",
    "int": "32-bit whole numbers",
    "bool": "true and false",
}
ROWS = (
    *(Row(name, "input", f"as {help}", getattr(Tensor, name), _METHOD) for name, help in CONVERSIONS.items()),
    Row("type", "input, dtype", "as another dtype", _typed, _METHOD),
    Row("type_as", "input, other", "as the dtype of other", Tensor.type_as, _METHOD),
    Row("item", "input", "the one element as a plain number, outside the graph", item, _METHOD, result="any"),
    Row(
        "size",
        "input | input, dim",
        "the shape, or the size of one dimension",
        Tensor.size,
        _METHOD,
        result="any",
    ),
    Row(
        "is_contiguous",
        "input",
        "whether its elements lie in row order",
        Tensor.is_contiguous,
        _METHOD,
        result="any",
    ),
    Row("ndimension", "input", "number of dimensions", Tensor.ndimension, _METHOD, result="int"),
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
