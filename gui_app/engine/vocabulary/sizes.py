"""How large a result would be, before anything is computed."""

# A rule takes the arguments of its function, also those that do not matter for the size.
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from gui_app.language.limits import MAX_ELEMENTS
from gui_app.language.refusal import Refusal


def allow(elements: float) -> None:
    """Raise Refusal for a result of more than MAX_ELEMENTS elements."""
    if elements > MAX_ELEMENTS:
        raise Refusal(
            f"The result would have {elements:,.0f} elements; at most {MAX_ELEMENTS:,} are allowed.",
            "Use smaller tensors.",
        )


def extent(value: Any) -> int:
    """Elements of a tensor, dimensions of size 0 counted as 1: summed over, they would come to life."""
    return math.prod(size or 1 for size in value.shape) if isinstance(value, Tensor) else 1


def broadcast_size(shapes: Iterable[Sequence[int]]) -> int:
    """Elements of the broadcast result; also an upper bound where the shapes do not match."""
    sizes: dict[int, int] = {}
    for shape in shapes:
        for place, size in enumerate(reversed(shape)):
            known = sizes.get(place, 1)
            sizes[place] = size if known == 1 else known if size == 1 else max(known, size)
    return math.prod(size or 1 for size in sizes.values())


def tensors(*args: Any, **kwargs: Any) -> list[Tensor]:
    """The tensors among the arguments, also those in flat lists."""
    found: list[Tensor] = []
    for value in (*args, *kwargs.values()):
        items = value if isinstance(value, list | tuple) else (value,)
        found.extend(item for item in items if isinstance(item, Tensor))
    return found


def broadcast(*args: Any, **kwargs: Any) -> None:
    """The arguments are combined element by element."""
    allow(broadcast_size(value.shape for value in tensors(*args, **kwargs)))


def same_shape(input: Any, target: Any, *args: Any, **kwargs: Any) -> None:
    """Losses that compare element by element: a broadcast is nearly always a mistake."""
    both = isinstance(input, Tensor) and isinstance(target, Tensor)
    if both and input.shape == target.shape and not args and not kwargs:
        return
    if both and input.shape != target.shape:
        raise Refusal(
            f"The shapes differ: {tuple(input.shape)} and {tuple(target.shape)}.",
            "Bring them to the same shape, for example with .view(-1).",
        )
    broadcast(input, target, *args, **kwargs)


def product(*args: Any, **kwargs: Any) -> None:
    """Every element meets every other one (outer, kron, meshgrid)."""
    found = tensors(*args, **kwargs)
    allow(math.prod(map(extent, found)) * max(len(found) - 1, 1))


def grid(*vectors: Any, **kwargs: Any) -> None:
    """As ``product``. PyTorch would write a whole matrix into its error."""
    if any(value.ndim > 1 for value in tensors(*vectors)):
        raise Refusal("A grid is made of vectors.", "Bring them to one dimension with .view(-1).")
    product(*vectors)


def add_outer(input: Any, one: Any, other: Any, *args: Any, **kwargs: Any) -> None:
    """Every element of one vector times every element of the other, added to ``input``."""
    product(one, other)


def whole(value: Any) -> int:
    """A size or count as a plain int. Raises Refusal for anything else."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_floating_point():
        value = value.item()
    if not isinstance(value, int):
        raise Refusal("A size or count must be a whole number.", "Write for example 3.")
    return value
