"""How large a result would be that is made of windows: convolutions and pooling."""

# A rule takes the arguments of its function, also those that do not matter for the size.
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.sizes import allow, whole
from gui_app.engine.vocabulary.work import MAX_COPIED, MAX_VISITED, allow_convolution, allow_work


def convolution(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: Any = 1,
) -> None:
    """Every place of the padded input times every weight."""
    if not isinstance(input, Tensor) or not isinstance(weight, Tensor) or weight.ndim < 3:
        return
    pads = padding if isinstance(padding, list | tuple) else [padding]
    wide = 0 if isinstance(padding, str) else 2 * max((abs(whole(value)) for value in pads), default=0)
    dims = weight.ndim - 2
    places = math.prod(size + wide for size in input.shape[-dims:])
    batch = input.shape[0] if input.ndim == weight.ndim else 1
    allow(batch * weight.shape[0] * places)
    allow_convolution(batch * places, weight, whole(groups))


def transposed_convolution(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: Any = 1,
    dilation: Any = 1,
) -> None:
    """Every place of the input times every weight, laid out with ``stride`` places between them."""
    if not isinstance(input, Tensor) or not isinstance(weight, Tensor) or weight.ndim < 3:
        return
    dims = weight.ndim - 2
    steps, wide, more = (_for_each(value, dims) for value in (stride, dilation, output_padding))
    sides = zip(input.shape[-dims:], weight.shape[2:], steps, wide, more, strict=False)
    made = math.prod(
        max(size, 1) * step + apart * max(kernel, 1) + rest for size, kernel, step, apart, rest in sides
    )
    batch = input.shape[0] if input.ndim == weight.ndim else 1
    allow(batch * weight.shape[1] * max(whole(groups), 1) * made)
    allow_convolution(batch * math.prod(input.shape[-dims:]), weight, whole(groups))
    if weight.dtype != torch.float32:
        allow_work(batch * math.prod(input.shape[-dims:]) * weight[0].numel(), MAX_COPIED)


def _for_each(value: Any, dims: int) -> list[int]:
    """A setting of a convolution for each of its dimensions, none below 0."""
    given = value if isinstance(value, list | tuple) else [value]
    sizes = [abs(whole(each)) for each in given]
    return sizes * dims if len(sizes) == 1 else sizes


def pooled(dims: int) -> Callable[..., None]:
    """Windows over the last ``dims`` dimensions: each element enters as many as a window has places."""

    def rule(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        window = kernel_size if isinstance(kernel_size, list | tuple) else [kernel_size] * dims
        padded = padding if isinstance(padding, list | tuple) else [padding] * dims
        if isinstance(input, Tensor) and input.ndim > dims:
            sizes = zip(input.shape[-dims:], padded, strict=False)
            places = math.prod(input.shape[:-dims]) * math.prod(
                size + 2 * abs(whole(wide)) for size, wide in sizes
            )
            allow(places)
            allow_work(places * math.prod(abs(whole(size)) for size in window), MAX_VISITED)

    return rule


def pooled_to(dims: int) -> Callable[..., None]:
    """So many windows over the last ``dims`` dimensions."""

    def rule(input: Any, output_size: Any) -> None:
        wanted = output_size if isinstance(output_size, list | tuple) else [output_size] * dims
        if isinstance(input, Tensor) and input.ndim >= dims:
            kept = [
                old if new is None else whole(new)
                for old, new in zip(input.shape[-dims:], wanted, strict=False)
            ]
            places = math.prod(size or 1 for size in input.shape[:-dims])
            allow(places * math.prod(abs(size) or 1 for size in kept))

    return rule
