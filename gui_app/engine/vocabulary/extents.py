"""How large a tensor of another shape would be: repeated, joined, indexed."""

# A rule takes the arguments of its function, also those that do not matter for the size.
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.sizes import allow, broadcast_size, extent, whole
from gui_app.language.limits import MAX_SEQUENCE
from gui_app.language.refusal import Refusal

MAX_PIECES = 10_000
"""Tensors that one call may return."""
MAX_DIMENSIONS = 16


def dimensions(size: Sequence[Any]) -> list[int]:
    """``zeros(2, 3)`` and ``zeros((2, 3))`` alike, as plain ints that are not negative."""
    if len(size) == 1 and isinstance(size[0], list | tuple):
        size = size[0]
    made = [whole(value) for value in size]
    if any(value < 0 for value in made):
        raise Refusal("A size cannot be negative.", "Sizes count elements: 0, 1, 2 …")
    _shape(made)
    return made


def _shape(sizes: Sequence[int]) -> None:
    """A shape that a tensor may have; -1 stands for a size that is found."""
    if len(sizes) > MAX_DIMENSIONS:
        raise Refusal(f"A tensor has at most {MAX_DIMENSIONS} dimensions here.", "Use fewer sizes.")
    allow(math.prod(abs(size) or 1 for size in sizes))


def reshaped(input: Any, *shape: Any, **kwargs: Any) -> None:
    """The same elements; but without elements any shape would do."""
    shape = (*shape, *kwargs.values())
    _shape(
        [
            whole(size)
            for size in (shape[0] if len(shape) == 1 and isinstance(shape[0], list | tuple) else shape)
        ]
    )


def unflattened(input: Any, dim: Any, sizes: Any) -> None:
    """One dimension split."""
    reshaped(input, sizes)


def expanded(input: Any, *size: Any) -> None:
    """Sizes of the result, -1 where a dimension stays."""
    wanted = size[0] if len(size) == 1 and isinstance(size[0], list | tuple) else size
    kept = (
        [1] * (len(wanted) - input.ndim) + list(input.shape)
        if isinstance(input, Tensor)
        else [1] * len(wanted)
    )
    allow(
        math.prod(
            old if whole(new) == -1 else abs(whole(new)) for old, new in zip(kept, wanted, strict=False)
        )
    )


def repeated(input: Any, *sizes: Any, **kwargs: Any) -> None:
    """Each dimension so many times."""
    sizes = (*sizes, *kwargs.values())
    times = sizes[0] if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else sizes
    allow(math.prod(abs(whole(value)) or 1 for value in times) * extent(input))


def interleaved(input: Any, repeats: Any, dim: Any = None) -> None:
    """Each element so many times."""
    if isinstance(repeats, Tensor) and repeats.numel() != 1:
        raise Refusal("repeat_interleave takes one count here.", "Give a whole number.")
    allow(abs(whole(repeats)) * extent(input))


def joined(tensors: Any, dim: Any = 0) -> None:
    """All elements of a list of tensors."""
    if not isinstance(tensors, list | tuple) or not all(isinstance(value, Tensor) for value in tensors):
        raise Refusal("Only a list of tensors can be joined.", "Write for example stack([a, b]).")
    allow(sum(map(extent, tensors)))


def pieces(input: Any, size: Any = 1, dim: Any = 0) -> None:
    """At most so many tensors come back as there are rows."""
    if isinstance(input, Tensor) and input.ndim and max(input.shape) > MAX_PIECES:
        raise Refusal(f"This would make more than {MAX_PIECES:,} tensors.", "Use slices, such as x[:10].")


def chunks(input: Any, chunks: Any, dim: Any = 0) -> None:
    """So many tensors come back."""
    if whole(chunks) > MAX_PIECES:
        raise Refusal(f"This would make more than {MAX_PIECES:,} tensors.", "Use fewer chunks.")


def selected(input: Any, dim: Any, index: Any) -> None:
    """Rows of ``input`` at each index."""
    if isinstance(input, Tensor) and isinstance(index, Tensor) and input.ndim:
        row = input.shape[whole(dim)] if -input.ndim <= whole(dim) < input.ndim else 1
        allow(extent(input) // max(row, 1) * extent(index))


def squared(input: Any, *args: Any, **kwargs: Any) -> None:
    """A vector becomes a square matrix."""
    offset = sum(abs(whole(value)) for value in (*args, *kwargs.values()))
    if isinstance(input, Tensor):
        allow((extent(input) + offset) ** 2 if input.ndim < 2 else extent(input))


def flat_squared(input: Any, offset: Any = 0) -> None:
    """All elements become the diagonal of a square matrix."""
    allow((extent(input) + abs(whole(offset))) ** 2)


def cut(input: Any, indices_or_sections: Any, dim: Any = 0) -> None:
    """So many pieces, or one more than there are indices."""
    at = indices_or_sections
    chunks(input, len(at) if isinstance(at, list | tuple) else at)


def bins(input: Any, bins: Any = 100, *args: Any, **kwargs: Any) -> None:
    """So many counts."""
    allow(abs(whole(bins)))


def one_hot(tensor: Any, num_classes: Any) -> None:
    """One column for each class."""
    allow(abs(whole(num_classes)) * extent(tensor))


def indices(input: Any, **kwargs: Any) -> None:
    """One index for each dimension, of each element."""
    if isinstance(input, Tensor):
        allow(extent(input) * max(input.ndim, 1))


def embedded(input: Any, weight: Any) -> None:
    """One row of ``weight`` for each index."""
    if isinstance(weight, Tensor) and weight.ndim:
        allow(extent(input) * (weight.shape[-1] or 1))


def padded(input: Any, pad: Any, *args: Any, **kwargs: Any) -> None:
    """So many elements more before and after the last dimension, then the one before it …"""
    if not isinstance(input, Tensor):
        return
    pads = [abs(whole(size)) for size in (pad if isinstance(pad, list | tuple) else [pad])]
    sizes = list(reversed(input.shape))
    allow(math.prod((size or 1) + sum(pads[2 * at : 2 * at + 2]) for at, size in enumerate(sizes)))


def windowed(input: Any, dimension: Any, size: Any, step: Any) -> None:
    """Windows that may overlap: a view, but larger than ``input`` for what comes after."""
    if isinstance(input, Tensor) and input.ndim and whole(step) > 0:
        rows = input.shape[whole(dimension)] if -input.ndim <= whole(dimension) < input.ndim else 1
        allow(extent(input) // max(rows, 1) * (rows // whole(step) + 1) * max(whole(size), 1))


def diagonals(input: Any, offset: Any = 0, *args: Any, **kwargs: Any) -> None:
    """The last dimension becomes a square."""
    if isinstance(input, Tensor) and input.ndim:
        allow(extent(input) // max(input.shape[-1], 1) * (input.shape[-1] + abs(whole(offset))) ** 2)


def in_blocks(*tensors: Any) -> None:
    """Matrices along the diagonal of a larger one."""
    shapes = [
        value.shape if value.ndim == 2 else (1, extent(value))
        for value in tensors
        if isinstance(value, Tensor)
    ]
    allow(sum(rows or 1 for rows, _ in shapes) * sum(columns or 1 for _, columns in shapes))


def counted(input: Any, weights: Any = None, minlength: Any = 0) -> None:
    """One count for each number up to the largest."""
    most = int(input.max()) if isinstance(input, Tensor) and input.numel() else 0
    allow(max(most + 1, whole(minlength)))


def ranked(input: Any, q: Any, dim: Any = None, *args: Any, **kwargs: Any) -> None:
    """Each quantile of each row."""
    if isinstance(input, Tensor):
        at = None if dim is None else whole(dim)
        row = input.numel() if at is None else input.shape[at] if -input.ndim <= at < input.ndim else 1
        allow(extent(input) // max(row, 1) * extent(q))


def index(value: Tensor, index: Any) -> None:
    """``value[index]`` with tensors and lists among the indices: the result may be larger than ``value``."""
    parts = index if isinstance(index, tuple) else (index,)
    if len(parts) > 32:
        raise Refusal("There are too many indices.", "Use one index for each dimension.")
    covered, place = 1, 0
    chosen: list[Sequence[int]] = []
    used = sum(_dimensions_used(part) for part in parts)
    for part in parts:
        if isinstance(part, list):
            if len(part) > MAX_SEQUENCE or not all(type(item) in (int, bool) for item in part):
                raise Refusal("A list of indices holds whole numbers.", "Write for example x[[0, 2]].")
            chosen.append((len(part),))
            covered *= _size(value, place)
        elif isinstance(part, Tensor):
            size = math.prod(_size(value, place + step) for step in range(_dimensions_used(part)))
            chosen.append((size,) if part.dtype == torch.bool else part.shape)
            covered *= size
        elif part is not None and part is not ... and not isinstance(part, int | slice):
            raise Refusal(
                "This cannot be an index.", "Indices are whole numbers, slices, lists or tensors of them."
            )
        place += value.ndim - used if part is ... else _dimensions_used(part)
    if chosen:
        allow(extent(value) // max(covered, 1) * broadcast_size(chosen))


def _dimensions_used(part: Any) -> int:
    if part is None or part is ... or isinstance(part, bool):
        return 0
    return part.ndim if isinstance(part, Tensor) and part.dtype == torch.bool else 1


def _size(value: Tensor, place: int) -> int:
    return value.shape[place] if 0 <= place < value.ndim else 1
