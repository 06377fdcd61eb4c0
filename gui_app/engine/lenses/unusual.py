"""Tensors that are not read like others: sparse and nested ones, and those that have no numbers at all."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from gui_app.core.graph import PREVIEW, TensorView

NO_NUMBERS = math.nan, math.nan, math.nan, 0.0
"""Minimum, maximum, mean and norm of what has none."""


def unusual_view(tensor: Tensor, dtype: str, device: str, view: Callable[[Tensor], TensorView]) -> TensorView:
    """A tensor as it is shown that ``view``, which is for all others, cannot read.

    A nested one is shown as its parts joined. Of one on the device ``meta``, of a fake one, and of one that a
    transformation of ``torch.func`` has wrapped, there is no more than its form.
    """
    tensor = tensor.detach()
    if tensor.is_nested:
        return view(tensor.values())
    if tensor.layout is not torch.strided:
        if tensor.numel() <= PREVIEW:
            return view(tensor.to_dense())
        return TensorView(tuple(tensor.shape), dtype, device, *_of_sparse(tensor, view), None)
    return TensorView(tuple(tensor.shape), dtype, device, *NO_NUMBERS, None)


def _of_sparse(tensor: Tensor, view: Callable[[Tensor], TensorView]) -> tuple[float, float, float, float]:
    """Minimum, maximum, mean and norm, with the zeros that are not kept."""
    values = tensor.to_sparse(layout=torch.sparse_coo).coalesce().values()
    count, kept = tensor.numel(), values.numel()
    if not kept:
        return 0.0, 0.0, 0.0, 0.0
    known = view(values)
    zero = [0.0] if kept < count else []
    low, high = min([known.minimum, *zero]), max([known.maximum, *zero])
    return low, high, known.mean * kept / count, known.norm
