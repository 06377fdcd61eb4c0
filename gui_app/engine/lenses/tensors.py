"""Tensors as they are shown: form, statistics, and the elements if they are few.

Those of a graph are read together: of many small tensors each step would cost more than what it computes, and from an
accelerator each number would be fetched alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.graph import PREVIEW, TensorView
from gui_app.engine.lenses.unusual import unusual_view


@cache
def plain(dtype: torch.dtype) -> str:
    """``float32`` for ``torch.float32``."""
    return str(dtype).removeprefix("torch.")


place: Callable[[torch.device], str] = cache(str)
"""``cuda:0`` for a device."""


MOST_AT_ONCE = (1 << 15) - 1
"""Elements that are read together. With one more PyTorch wakes its threads, and these wait longer than they work."""
UNREADABLE = RuntimeError, TypeError
"""What PyTorch raises where a tensor has no elements that can be read one after the other."""


class Views:
    """Tensors as they were when they were read: all that are wanted by then together, each once."""

    def __init__(self) -> None:
        self._wanted: dict[int, Tensor] = {}
        self._known: dict[int, tuple[Tensor, TensorView]] = {}
        """By id(), which stays the tensor's own as long as it is held."""

    def want(self, tensor: Tensor) -> None:
        """Read it with the next that are read."""
        if id(tensor) not in self._known:
            self._wanted[id(tensor)] = tensor

    def read(self) -> None:
        """Read what is wanted, as it is now."""
        wanted = list(self._wanted.values())
        self._wanted = {}
        for tensor, view in zip(wanted, tensor_views(wanted), strict=True):
            self._known[id(tensor)] = tensor, view

    def of(self, tensor: Tensor) -> TensorView:
        """The tensor as it is shown."""
        known = self._known.get(id(tensor))
        if known is None:
            self.want(tensor)
            self.read()
            known = self._known[id(tensor)]
        return known[1]


def tensor_view(tensor: Tensor) -> TensorView:
    """A tensor as it is shown: form, statistics and, if they are few, the elements."""
    return tensor_views([tensor])[0]


def tensor_views(tensors: Sequence[Tensor]) -> list[TensorView]:
    """The same for several tensors of whatever forms, in their order."""
    views: dict[int, TensorView] = {}
    alike: defaultdict[tuple[torch.dtype, torch.device], list[int]] = defaultdict(list)
    for index, tensor in enumerate(tensors):
        if tensor.numel() > PREVIEW:
            views[index] = _view_alone(tensor)
        else:
            alike[tensor.dtype, tensor.device].append(index)
    for (dtype, device), indices in alike.items():
        for few in _portions(indices, tensors):
            group = [tensors[index] for index in few]
            try:
                found = _small_views(group, plain(dtype), place(device))
            except UNREADABLE:  # because of one of them
                found = [_view_alone(tensor) for tensor in group]
            views.update(zip(few, found, strict=True))
    return [views[index] for index in range(len(tensors))]


def array_view(array: NDArray[np.floating], dtype: str, device: str) -> TensorView:
    """The same for the elements of a tensor, (…)."""
    elements = np.array(array, dtype=np.float64)
    (view,) = _views([elements.shape], elements.reshape(-1), dtype, device)
    return view


def _view_alone(tensor: Tensor) -> TensorView:
    """Of a large tensor, or of one that may not be readable like others."""
    dtype, device = plain(tensor.dtype), place(tensor.device)
    try:
        return _large_view(tensor) if tensor.numel() > PREVIEW else _small_views([tensor], dtype, device)[0]
    except UNREADABLE:
        return unusual_view(tensor, dtype, device, tensor_view)


def _portions(indices: list[int], tensors: Sequence[Tensor]) -> Iterator[list[int]]:
    """The indices in groups of at most MOST_AT_ONCE elements."""
    portion, count = list[int](), 0
    for index in indices:
        count += tensors[index].numel()
        if count > MOST_AT_ONCE:
            yield portion
            portion, count = [], tensors[index].numel()
        portion.append(index)
    yield portion


def _small_views(tensors: list[Tensor], dtype: str, device: str) -> list[TensorView]:
    """Of tensors of one dtype on one device."""
    with torch.no_grad():
        joined = torch.cat([tensor.reshape(-1) for tensor in tensors])
    elements = _real(joined).cpu().to(torch.float64).numpy()
    return _views([tuple(tensor.shape) for tensor in tensors], elements, dtype, device)


def _views(
    shapes: list[tuple[int, ...]], elements: NDArray[np.float64], dtype: str, device: str
) -> list[TensorView]:
    """Of arrays of these shapes, whose elements stand one after the other: (n,)."""
    counts = np.array([math.prod(shape) for shape in shapes])
    ends = np.cumsum(counts)
    full = np.flatnonzero(counts)
    statistics = np.full((4, len(shapes)), np.nan)
    statistics[3] = 0.0
    if len(full):
        starts = (ends - counts)[full]
        with np.errstate(all="ignore"):
            statistics[0, full] = np.minimum.reduceat(elements, starts)
            statistics[1, full] = np.maximum.reduceat(elements, starts)
            statistics[2, full] = np.add.reduceat(elements, starts) / counts[full]
            statistics[3, full] = np.sqrt(np.add.reduceat(elements * elements, starts))
        single = counts == 1  # whose square may be 0 or inf
        statistics[3, single] = np.abs(statistics[2, single])
    bounds = pairwise([0, *ends.tolist()])
    shown = [
        elements[first:last].reshape(shape) if last - first <= PREVIEW else None
        for shape, (first, last) in zip(shapes, bounds, strict=True)
    ]
    return [
        TensorView(shape, dtype, device, low, high, mean, norm, some)
        for shape, (low, high, mean, norm), some in zip(shapes, statistics.T.tolist(), shown, strict=True)
    ]


def _large_view(tensor: Tensor) -> TensorView:
    """Statistics alone, in double precision where the device has it; fetched together."""
    wide = torch.float32 if tensor.device.type == "mps" else torch.float64
    real = _real(tensor.detach())
    if real.dtype not in (torch.float32, torch.float64):  # others lack some of what follows
        real = real.to(wide)
    numbers = (*real.aminmax(), real.mean(dtype=wide), torch.linalg.vector_norm(real, dtype=wide))
    low, high, mean, norm = torch.stack([number.to(wide) for number in numbers]).tolist()
    return TensorView(
        tuple(tensor.shape), plain(tensor.dtype), place(tensor.device), low, high, mean, norm, None
    )


def _real(tensor: Tensor) -> Tensor:
    """Of complex numbers the magnitudes."""
    return tensor.abs() if tensor.is_complex() else tensor


def alike(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements; NaN is like NaN."""
    same = (one == other) | ((one != one) & (other != other)) if one.shape == other.shape else None
    return same is not None and bool(same.all())


def number_view(number: float) -> TensorView:
    """A plain number of a program."""
    return TensorView((), "float", "", number, number, number, abs(number), np.array(number))
