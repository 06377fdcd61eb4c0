"""Tensors as they are shown: form, statistics, and the elements if they are few."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.graph import PREVIEW, TensorView


@cache
def plain(dtype: torch.dtype) -> str:
    """``float32`` for ``torch.float32``."""
    return str(dtype).removeprefix("torch.")


place: Callable[[torch.device], str] = cache(str)
"""``cuda:0`` for a device."""


def tensor_view(tensor: Tensor) -> TensorView:
    """A tensor as it is shown: form, statistics and, if they are few, the elements."""
    shape, count = tuple(tensor.shape), tensor.numel()
    dtype, device = plain(tensor.dtype), place(tensor.device)
    if tensor.is_complex():
        tensor = tensor.abs()
    if count == 1:  # by far the most frequent in lessons, and the long way takes ten times as long
        number = float(tensor.detach().item())
        return TensorView(
            shape, dtype, device, number, number, number, abs(number), np.array(number).reshape(shape)
        )
    if count > PREVIEW:
        wide = tensor.detach().to(torch.float64 if tensor.device.type != "mps" else torch.float32)
        statistics = (float(wide.min()), float(wide.max()), float(wide.mean()), float(wide.norm()))
        return TensorView(shape, dtype, device, *statistics, None)
    return array_view(tensor.detach().cpu().to(torch.float64).numpy(), dtype, device)


def array_view(array: NDArray[np.floating], dtype: str, device: str) -> TensorView:
    """The same for the elements of a tensor, (…)."""
    elements = np.array(array, dtype=np.float64)
    if not elements.size:
        return TensorView(elements.shape, dtype, device, np.nan, np.nan, np.nan, 0.0, elements)
    with np.errstate(all="ignore"):
        low, high, mean = float(elements.min()), float(elements.max()), float(elements.mean())
        norm = float(np.sqrt((elements**2).sum()))
    shown = elements if elements.size <= PREVIEW else None
    return TensorView(elements.shape, dtype, device, low, high, mean, norm, shown)


def number_view(number: float) -> TensorView:
    """A plain number of a program."""
    return TensorView((), "float", "", number, number, number, abs(number), np.array(number))
