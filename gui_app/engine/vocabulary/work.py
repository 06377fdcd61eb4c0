"""How much work an operation would be, before it is begun: none takes much longer than a second.

The figures were measured with one thread; PyTorch is slow with whole numbers and with 16 bits.
"""

# A rule takes the arguments of its function, also those that do not matter for the work.
# ruff: noqa: ARG001

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.row import Rule
from gui_app.engine.vocabulary.sizes import allow, broadcast_size, extent, tensors, whole
from gui_app.language.limits import MAX_ELEMENTS
from gui_app.language.refusal import Refusal

_PRODUCTS = {torch.float32: 20e9, torch.float64: 8e9}
_OTHER_PRODUCTS = 0.2e9
"""Multiplications of one product of matrices, by dtype."""
_CONVOLUTIONS = {torch.float32: 8e9, torch.float64: 1e9}
_OTHER_CONVOLUTIONS = 0.1e9
"""Multiplications of one convolution, by dtype."""
_FEW_CHANNELS, _NARROW_CONVOLUTION = 16, 0.5e9
"""With fewer channels the gradient of the weights is slow whatever the dtype."""
MAX_DECOMPOSED = 300_000_000
"""n * n * n of a matrix whose singular values are found."""
_EACH_ROW, _EACH_MATRIX = 150, 1_000
"""The same measure for what small matrices take: for each of n * n elements, and for each matrix."""
MAX_COPIED = 3 * MAX_ELEMENTS
"""Elements that an operation copies for itself."""
MAX_VISITED = 300_000_000
"""Elements that an operation looks at, one after the other."""


def allow_work(operations: float, most: float) -> None:
    """Raise Refusal for one operation that would take much longer than a second."""
    if operations > most:
        raise Refusal("This single operation would take too long.", "Use smaller tensors.")


def allow_product(operations: float, dtype: torch.dtype) -> None:
    """Raise Refusal for a product of matrices with too many multiplications."""
    allow_work(operations, _PRODUCTS.get(dtype, _OTHER_PRODUCTS))


def allow_convolution(places: int, weight: Tensor, groups: int) -> None:
    """Raise Refusal where a convolution multiplies too often, or lays out too many elements as a matrix."""
    operations = places * weight.numel()
    channels = min(weight.shape[0] // max(groups, 1), weight.shape[1])
    most = _CONVOLUTIONS.get(weight.dtype, _OTHER_CONVOLUTIONS)
    allow_work(operations, min(most, _NARROW_CONVOLUTION) if channels < _FEW_CHANNELS else most)
    if weight.dtype != torch.float32:
        allow_work(operations // max(weight.shape[0], 1), MAX_COPIED)


def at_most(elements: int) -> Rule:
    """A function that takes much longer for each element than most."""

    def rule(*args: Any, **kwargs: Any) -> None:
        allow_work(sum(map(extent, tensors(*args, **kwargs))), elements)

    return rule


def easy(left: Tensor, right: Tensor) -> bool:
    """Whether two matrices are quickly seen to be quickly multiplied."""
    bound, inner = left.numel() * right.numel(), left.shape[-1]
    return (
        0 < bound <= MAX_ELEMENTS * inner * inner <= 10**12
        and left.ndim == 2 == right.ndim
        and left.dtype in _PRODUCTS
    )


def matrices(left: Any, right: Any, *args: Any, **kwargs: Any) -> None:
    """A product of matrices, vectors or batches of them; of batches that do not match, each is repeated."""
    if not (isinstance(left, Tensor) and isinstance(right, Tensor)) or not (left.ndim and right.ndim):
        return
    if easy(left, right):
        return
    inner = left.shape[-1] or 1
    rows = (left.shape[-2] or 1) if left.ndim > 1 else 1
    columns = (right.shape[-1] or 1) if right.ndim > 1 else 1
    batch = broadcast_size((left.shape[:-2], right.shape[:-2]))
    allow(batch * rows * columns)
    allow_product(batch * rows * columns * inner, left.dtype)
    if batch > 1:
        allow_work(batch * inner * max(rows, columns), MAX_COPIED)


def add_matrices(input: Any, left: Any, right: Any, *args: Any, **kwargs: Any) -> None:
    """A product of matrices added to ``input``."""
    matrices(left, right)


def linear(input: Any, weight: Any, bias: Any = None) -> None:
    """``input @ weight.T + bias``."""
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor)):
        return
    if (
        0 < input.numel() * weight.numel() <= MAX_ELEMENTS
    ):  # the shortest way for what training steps call most
        return
    if weight.ndim and input.ndim:
        size = extent(input) // max(input.shape[-1], 1) * (weight.shape[0] or 1)
        allow(size)
        allow_product(size * input.shape[-1], input.dtype)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> None:
    """Each pair of features of two inputs, for each output."""
    if not all(isinstance(value, Tensor) for value in (input1, input2, weight)) or weight.ndim != 3:
        return
    rows = extent(input1) // max(input1.shape[-1] if input1.ndim else 1, 1)
    outputs, _, second = (size or 1 for size in weight.shape)
    allow(rows * outputs * second)
    allow_product(rows * weight.numel(), input1.dtype)


def tensordot(a: Any, b: Any, dims: Any = 2) -> None:
    """The last ``dims`` dimensions of one with the first of the other, or the dimensions in two lists."""
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        return
    inner = math.prod(size or 1 for size in _contracted(a, dims))
    result = -(-extent(a) // inner) * -(-extent(b) // inner)
    allow(result)
    allow_product(result * inner, a.dtype)


def _contracted(a: Tensor, dims: Any) -> Sequence[int]:
    if not isinstance(dims, list | tuple):
        return a.shape[max(a.ndim - max(whole(dims), 0), 0) :]
    first = dims[0] if dims and isinstance(dims[0], list | tuple) else dims[:1]
    places = [whole(place) for place in first]
    return [a.shape[place] for place in places if -a.ndim <= place < a.ndim]


def einsum(equation: Any, *operands: Any) -> None:
    """The loops over all letters; an ellipsis is refused, its size is not known here.

    With more than two operands a partial product may have an element for every round of the loops.
    """
    if not isinstance(equation, str) or "." in equation:
        raise Refusal("einsum needs its letters written out.", 'Write for example einsum("ij,jk->ik", a, b).')
    sizes: dict[str, int] = {}
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], list | tuple) else operands
    inputs, _, result = equation.replace(" ", "").partition("->")
    parts = inputs.split(",")
    for letters, operand in zip(parts, given, strict=False):
        if isinstance(operand, Tensor):
            for letter, size in zip(letters, operand.shape, strict=False):
                sizes[letter] = max(size, sizes.get(letter, 1))
    rounds = math.prod(sizes.values())
    allow_work(rounds, 10**9 if len(parts) <= 2 else MAX_ELEMENTS)
    for value in tensors(*given):
        allow_product(rounds, value.dtype)
    allow(math.prod(sizes.get(letter, 1) for letter in result or sizes))


def pairwise(x1: Any, x2: Any, *args: Any, **kwargs: Any) -> None:
    """Distances of every row of one to every row of the other."""
    if isinstance(x1, Tensor) and isinstance(x2, Tensor) and x1.ndim > 1 and x2.ndim > 1:
        batch = broadcast_size((x1.shape[:-2], x2.shape[:-2]))
        size = batch * (x1.shape[-2] or 1) * (x2.shape[-2] or 1)
        allow(size)
        allow_work(size * x1.shape[-1], 2 * MAX_ELEMENTS)


def of_rows(input: Any, *args: Any, **kwargs: Any) -> None:
    """Something about every row with every other row."""
    if isinstance(input, Tensor) and input.ndim == 2:
        matrices(input, input.T)


def decomposed(weight: float, square: bool = False) -> Rule:
    """A decomposition of the first argument: ``weight`` times the work of its singular values.

    ``square``: it, or its gradient, makes a matrix as large as the longer side.
    """

    def rule(input: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(input, Tensor) or input.ndim < 2:
            return
        batch = math.prod(size or 1 for size in input.shape[:-2])
        short, long = sorted(size or 1 for size in input.shape[-2:])
        each = weight * (long * short * (short + _EACH_ROW) + _EACH_MATRIX)
        if square:
            allow_work(batch * long * long, MAX_COPIED)
            each += long * long * short
        allow_work(batch * each, MAX_DECOMPOSED)

    return rule


def all_factors(A: Any, full_matrices: Any = True) -> None:  # noqa: N803 - torch's names
    """Singular values with two matrices, one of them as large as the longer side."""
    if isinstance(A, Tensor) and A.ndim >= 2 and full_matrices:
        allow(math.prod(size or 1 for size in A.shape[:-2]) * max(A.shape[-2:]) ** 2)
    (_factored if full_matrices else singular)(A)


singular = decomposed(1)
_factored = decomposed(1, square=True)
_solved = decomposed(0.3)
_least = decomposed(3, square=True)


def solution(A: Any, B: Any, **kwargs: Any) -> None:  # noqa: N803 - torch's names
    """A decomposition of the first, used for each column of the second."""
    _solved(A)
    matrices(A, B)


def least_squares(A: Any, B: Any) -> None:  # noqa: N803 - torch's names
    """As ``solution``; of a wide matrix the result is larger than ``B``."""
    _least(A)
    if isinstance(A, Tensor):
        matrices(A.mT if A.ndim > 1 else A, B)


def norm(input: Any, p: Any = None, *args: Any, **kwargs: Any) -> None:
    """Only the nuclear norm decomposes the matrix."""
    if isinstance(p, str) and p != "fro":
        singular(input)


def searched(boundaries: Any, values: Any, *args: Any, **kwargs: Any) -> None:
    """Each value is looked for among the boundaries."""
    allow_work(extent(values) * math.log2(extent(boundaries) + 1), 50_000_000)


def bucketed(input: Any, boundaries: Any, *args: Any, **kwargs: Any) -> None:
    """As ``searched``, the other way round."""
    searched(boundaries, input)


def sampled(input: Any, num_samples: Any, replacement: Any = False) -> None:
    """So many indices for each row of weights: one after the other, or all weights are ordered."""
    if isinstance(input, Tensor) and input.ndim:
        allow_work(extent(input), 3_000_000)
        allow_work(extent(input) // max(input.shape[-1], 1) * abs(whole(num_samples)), 1_000_000)


def few_times(input: Any, n: Any = 1, *args: Any, **kwargs: Any) -> None:
    """Something that is done n times."""
    if not 0 <= whole(n) <= 100:
        raise Refusal("This can be done at most 100 times.", "Use a smaller number.")
    allow_work(whole(n) * extent(input), 5 * MAX_ELEMENTS)


sorted_through = at_most(3_000_000)
"""Elements are brought into order."""


def matrix_power(input: Any, n: Any = 1, **kwargs: Any) -> None:
    """A matrix multiplied with itself."""
    if abs(whole(n)) > 10_000:
        raise Refusal("The power is too large.", "At most 10,000 is allowed.")
    _several(input)


_several = decomposed(4)
