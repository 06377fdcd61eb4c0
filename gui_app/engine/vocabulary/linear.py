"""Products and decompositions of matrices."""

from __future__ import annotations

from typing import Any

import torch

from gui_app.engine.vocabulary import sizes, work
from gui_app.engine.vocabulary.row import Row, Rule

_PRODUCT, _SUM, _OUTER = work.matrices, work.add_matrices, sizes.product
_SINGULAR = work.singular
_SOLVED = work.decomposed(0.3)
_FACTORED = work.decomposed(0.5)
_INVERTED = work.decomposed(2, square=True)
_EXPONENTIAL = work.decomposed(10)
_POWER = "matrix to a whole power"


def _least_squares(matrix: Any, right: Any) -> Any:
    return torch.linalg.lstsq(matrix, right).solution


_PRODUCTS: dict[str, tuple[str, str, Rule | None]] = {
    "mm": ("input, mat2", "matrix times matrix", _PRODUCT),
    "matmul": ("input, other", "matrix product, also of vectors and batches: a @ b", _PRODUCT),
    "mv": ("input, vec", "matrix times vector", _PRODUCT),
    "bmm": ("input, mat2", "products of two batches of matrices", _PRODUCT),
    "dot": ("input, tensor", "sum of the products of two vectors", None),
    "vdot": ("input, other", "sum of the products of two vectors", None),
    "inner": ("input, other", "products along the last dimension", _OUTER),
    "outer": ("input, vec2", "every element times every other", _OUTER),
    "ger": ("input, vec2", "every element times every other", _OUTER),
    "kron": ("input, other", "Kronecker product", _OUTER),
    "addmm": ("input, mat1, mat2, *, beta=1, alpha=1", "input + mat1 @ mat2", _SUM),
    "addmv": ("input, mat, vec, *, beta=1, alpha=1", "input + mat @ vec", _SUM),
    "baddbmm": ("input, batch1, batch2, *, beta=1, alpha=1", "input + batch1 @ batch2", _SUM),
    "addr": ("input, vec1, vec2, *, beta=1, alpha=1", "input + outer(vec1, vec2)", sizes.add_outer),
    "trace": ("input", "sum of the diagonal", None),
}
_DECOMPOSITIONS: dict[str, tuple[str, str, Rule]] = {
    "inverse": ("input", "inverse matrix", _SOLVED),
    "pinverse": ("input", "pseudo-inverse", _INVERTED),
    "det": ("input", "determinant", _SOLVED),
    "logdet": ("input", "logarithm of the determinant", _SOLVED),
    "matrix_exp": ("input", "exponential of a matrix", _EXPONENTIAL),
    "matrix_power": ("input, n", _POWER, work.matrix_power),
}
_LINALG: dict[str, tuple[str, str, Rule | None]] = {
    "matmul": ("input, other", "matrix product: a @ b", _PRODUCT),
    "vecdot": ("x, y, *, dim=-1", "sums of products along a dimension", sizes.broadcast),
    "cross": ("input, other, *, dim=-1", "cross product", sizes.broadcast),
    "diagonal": ("A, *, offset=0, dim1=-2, dim2=-1", "diagonal of a matrix", None),
    "inv": ("A", "inverse matrix", _SOLVED),
    "pinv": ("A", "pseudo-inverse", _INVERTED),
    "det": ("A", "determinant", _SOLVED),
    "solve": ("A, B", "x with A x = B", work.solution),
    "solve_triangular": ("A, B, *, upper", "x with A x = B for a triangle A", work.solution),
    "cholesky": ("A", "lower triangle L with L L.T = A", _SOLVED),
    "matrix_exp": ("A", "exponential of a matrix", _EXPONENTIAL),
    "matrix_power": ("A, n", _POWER, work.matrix_power),
    "matrix_rank": ("A", "rank of a matrix", _SINGULAR),
    "svdvals": ("A", "singular values", _SINGULAR),
    "eigvalsh": ("A", "eigenvalues of a symmetric matrix", _SINGULAR),
}
_IN_PARTS: dict[str, tuple[str, str, Rule]] = {
    "slogdet": ("A", "sign and logarithm of the determinant", _SOLVED),
    "qr": ("A", "orthogonal and triangular factor", _FACTORED),
    "svd": ("A, full_matrices=True", "singular value decomposition", work.all_factors),
    "eigh": ("A", "eigenvalues and eigenvectors of a symmetric matrix", _SINGULAR),
}

ROWS = (
    *(
        Row(name, signature, help, getattr(torch, name), rule=rule)
        for name, (signature, help, rule) in (_PRODUCTS | _DECOMPOSITIONS).items()
    ),
    *(
        Row(name, signature, help, getattr(torch.linalg, name), "linalg", rule)
        for name, (signature, help, rule) in _LINALG.items()
    ),
    *(
        Row(name, signature, help, getattr(torch.linalg, name), "linalg", rule, "any")
        for name, (signature, help, rule) in _IN_PARTS.items()
    ),
    Row(
        "slogdet", "input", "sign and logarithm of the determinant", torch.slogdet, rule=_SOLVED, result="any"
    ),
    Row("cross", "input, other, dim=-1", "cross product", torch.linalg.cross, rule=sizes.broadcast),
    Row(
        "tensordot",
        "a, b, dims=2",
        "products summed over several dimensions",
        torch.tensordot,
        "torch bare",
        work.tensordot,
    ),
    Row(
        "einsum",
        "equation, *operands",
        "sum of products by letters",
        torch.einsum,
        "torch bare",
        work.einsum,
        text=True,
    ),
    Row("cdist", "x1, x2, p=2.0", "distances between all rows", torch.cdist, "torch bare", work.pairwise),
    Row("lstsq", "A, B", "x that makes A x nearest to B", _least_squares, "linalg", work.least_squares),
    Row(
        "cond",
        "A, p=None",
        "largest by smallest singular value",
        torch.linalg.cond,
        "linalg",
        _SINGULAR,
        text=True,
    ),
)
