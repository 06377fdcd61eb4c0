"""How large a result would be and how much work it would take, before anything is computed."""

# A rule takes the arguments of its function, also those that do not matter for the size.
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from gui_app.language.limits import MAX_ELEMENTS
from gui_app.language.refusal import Refusal

MAX_WORK = 20_000_000_000
"""Multiplications of one product of matrices: about a second on two cores."""
MAX_DECOMPOSED = 1_000_000_000
"""size * size * size of a matrix that is decomposed: about a second."""


def allow(elements: float) -> None:
    """Raise Refusal for a result of more than MAX_ELEMENTS elements."""
    if elements > MAX_ELEMENTS:
        raise Refusal(
            f"The result would have {elements:,.0f} elements; at most {MAX_ELEMENTS:,} are allowed.",
            "Use smaller tensors.",
        )


def allow_work(operations: float, most: float) -> None:
    """Raise Refusal for one operation that would take much longer than a second."""
    if operations > most:
        raise Refusal("This single operation would take too long.", "Use smaller tensors.")


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
    if isinstance(input, Tensor) and isinstance(target, Tensor) and input.shape != target.shape:
        raise Refusal(
            f"The shapes differ: {tuple(input.shape)} and {tuple(target.shape)}.",
            "Bring them to the same shape, for example with .view(-1).",
        )
    broadcast(input, target, *args, **kwargs)


def product(*args: Any, **kwargs: Any) -> None:
    """Every element meets every other one (outer, kron, meshgrid)."""
    found = tensors(*args, **kwargs)
    allow(math.prod(map(extent, found)) * max(len(found) - 1, 1))


def matrices(left: Any, right: Any, *args: Any, **kwargs: Any) -> None:
    """A product of matrices, vectors or batches of them.

    With inner size k, the result has at most (elements of both) / k² elements and takes k times as much work.
    """
    if not (isinstance(left, Tensor) and isinstance(right, Tensor)) or not (left.ndim and right.ndim):
        return
    bound, inner = left.numel() * right.numel(), left.shape[-1]
    if 0 < bound <= min(MAX_ELEMENTS * inner * inner, MAX_WORK * inner):
        return
    rows = (left.shape[-2] or 1) if left.ndim > 1 else 1
    columns = (right.shape[-1] or 1) if right.ndim > 1 else 1
    size = broadcast_size((left.shape[:-2], right.shape[:-2])) * rows * columns
    allow(size)
    allow_work(size * left.shape[-1], MAX_WORK)


def add_matrices(input: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> None:
    """A product of matrices added to ``input``."""
    matrices(left, right)


def linear(input: Any, weight: Any, bias: Any = None) -> None:
    """``input @ weight.T + bias``."""
    if isinstance(input, Tensor) and isinstance(weight, Tensor) and weight.ndim and input.ndim:
        size = extent(input) // max(input.shape[-1], 1) * (weight.shape[0] or 1)
        allow(size)
        allow_work(size * input.shape[-1], MAX_WORK)


def decomposition(*args: Any, **kwargs: Any) -> None:
    """Work grows with the cube of the size."""
    for value in tensors(*args, **kwargs):
        if value.ndim >= 2:
            allow_work(value.numel() * min(value.shape[-2:]), MAX_DECOMPOSED)


def full_decomposition(input: Any, *args: Any, **kwargs: Any) -> None:
    """As ``decomposition``; the factors are square."""
    decomposition(input)
    if isinstance(input, Tensor) and input.ndim >= 2:
        allow(math.prod(size or 1 for size in input.shape[:-2]) * max(input.shape[-2:]) ** 2)


def solution(A: Any, B: Any) -> None:  # noqa: N803 - torch's names
    """A decomposition of the first, used for each column of the second."""
    decomposition(A)
    matrices(A, B)


def norm(input: Any, p: Any = None, *args: Any, **kwargs: Any) -> None:
    """Only the nuclear norm decomposes the matrix."""
    if isinstance(p, str) and p != "fro":
        decomposition(input)


def few_times(input: Any, n: Any = 1, *args: Any, **kwargs: Any) -> None:
    """Something that is done n times."""
    if not 0 <= whole(n) <= 100:
        raise Refusal("This can be done at most 100 times.", "Use a smaller number.")


def matrix_power(input: Any, n: Any = 1) -> None:
    """A matrix multiplied with itself."""
    decomposition(input)
    allow_work(abs(whole(n)), 10_000)


def einsum(equation: Any, *operands: Any) -> None:
    """The loops over all letters; an ellipsis is refused, its size is not known here.

    With more than two operands a partial product may have an element for every round of the loops.
    """
    if not isinstance(equation, str) or "." in equation:
        raise Refusal("einsum needs its letters written out.", 'Write for example einsum("ij,jk->ik", a, b).')
    sizes: dict[str, int] = {}
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], list | tuple) else operands
    parts = equation.replace(" ", "").partition("->")[0].split(",")
    for letters, operand in zip(parts, given, strict=False):
        if isinstance(operand, Tensor):
            for letter, size in zip(letters, operand.shape, strict=False):
                sizes[letter] = max(size, sizes.get(letter, 1))
    allow_work(math.prod(sizes.values()), MAX_DECOMPOSED if len(parts) <= 2 else MAX_ELEMENTS)
    result = equation.replace(" ", "").partition("->")[2] or "".join(sizes)
    allow(math.prod(sizes.get(letter, 1) for letter in result))


def pairwise(x1: Any, x2: Any, *args: Any, **kwargs: Any) -> None:
    """Distances of every row of one to every row of the other."""
    if isinstance(x1, Tensor) and isinstance(x2, Tensor) and x1.ndim > 1 and x2.ndim > 1:
        size = broadcast_size((x1.shape[:-2], x2.shape[:-2])) * (x1.shape[-2] or 1) * (x2.shape[-2] or 1)
        allow(size)
        allow_work(size * x1.shape[-1], MAX_DECOMPOSED)


def whole(value: Any) -> int:
    """A size or count as a plain int. Raises Refusal for anything else."""
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_floating_point():
        value = value.item()
    if not isinstance(value, int):
        raise Refusal("A size or count must be a whole number.", "Write for example 3.")
    return value
