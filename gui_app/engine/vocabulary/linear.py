"""Products and decompositions of matrices."""

from __future__ import annotations

from typing import Any

import torch

from gui_app.engine.vocabulary import sizes
from gui_app.engine.vocabulary.row import Row

_CUBE = sizes.decomposition


def _least_squares(matrix: Any, right: Any) -> Any:
    return torch.linalg.lstsq(matrix, right).solution


ROWS = (
    Row("mm", "input, mat2", "matrix times matrix", torch.mm, rule=sizes.matrices),
    Row(
        "matmul",
        "input, other",
        "matrix product, also of vectors and batches: a @ b",
        torch.matmul,
        rule=sizes.matrices,
    ),
    Row("mv", "input, vec", "matrix times vector", torch.mv, rule=sizes.matrices),
    Row("bmm", "input, mat2", "products of two batches of matrices", torch.bmm, rule=sizes.matrices),
    Row("dot", "input, tensor", "sum of the products of two vectors", torch.dot),
    Row("vdot", "input, other", "sum of the products of two vectors", torch.vdot),
    Row("inner", "input, other", "products along the last dimension", torch.inner, rule=sizes.product),
    Row("outer", "input, vec2", "every element times every other", torch.outer, rule=sizes.product),
    Row("ger", "input, vec2", "every element times every other", torch.ger, rule=sizes.product),
    Row("kron", "input, other", "Kronecker product", torch.kron, rule=sizes.product),
    Row(
        "addmm",
        "input, mat1, mat2, *, beta=1, alpha=1",
        "input + mat1 @ mat2",
        torch.addmm,
        rule=sizes.add_matrices,
    ),
    Row(
        "addmv",
        "input, mat, vec, *, beta=1, alpha=1",
        "input + mat @ vec",
        torch.addmv,
        rule=sizes.add_matrices,
    ),
    Row("cross", "input, other, dim=-1", "cross product", torch.linalg.cross, rule=sizes.broadcast),
    Row("trace", "input", "sum of the diagonal", torch.trace),
    Row(
        "einsum",
        "equation, *operands",
        "sum of products by letters",
        torch.einsum,
        "torch bare",
        sizes.einsum,
        text=True,
    ),
    Row("cdist", "x1, x2, p=2.0", "distances between all rows", torch.cdist, "torch bare", sizes.pairwise),
    Row("inverse", "input", "inverse matrix", torch.inverse, rule=_CUBE),
    Row("pinverse", "input", "pseudo-inverse", torch.pinverse, rule=_CUBE),
    Row("det", "input", "determinant", torch.det, rule=_CUBE),
    Row("logdet", "input", "logarithm of the determinant", torch.logdet, rule=_CUBE),
    Row("matrix_exp", "input", "exponential of a matrix", torch.matrix_exp, rule=_CUBE),
    Row("matrix_power", "input, n", "matrix to a whole power", torch.matrix_power, rule=sizes.matrix_power),
    Row("inv", "A", "inverse matrix", torch.linalg.inv, "linalg", _CUBE),
    Row("pinv", "A", "pseudo-inverse", torch.linalg.pinv, "linalg", _CUBE),
    Row("det", "A", "determinant", torch.linalg.det, "linalg", _CUBE),
    Row(
        "slogdet", "A", "sign and logarithm of the determinant", torch.linalg.slogdet, "linalg", _CUBE, "any"
    ),
    Row("solve", "A, B", "x with A x = B", torch.linalg.solve, "linalg", sizes.solution),
    Row(
        "lstsq",
        "A, B",
        "x that makes A x nearest to B",
        _least_squares,
        "linalg",
        _CUBE,
    ),
    Row("cholesky", "A", "lower triangle L with L L.T = A", torch.linalg.cholesky, "linalg", _CUBE),
    Row("qr", "A", "orthogonal and triangular factor", torch.linalg.qr, "linalg", _CUBE, "any"),
    Row(
        "svd",
        "A, full_matrices=True",
        "singular value decomposition",
        torch.linalg.svd,
        "linalg",
        sizes.full_decomposition,
        "any",
    ),
    Row("svdvals", "A", "singular values", torch.linalg.svdvals, "linalg", _CUBE),
    Row(
        "eigh",
        "A",
        "eigenvalues and eigenvectors of a symmetric matrix",
        torch.linalg.eigh,
        "linalg",
        _CUBE,
        "any",
    ),
    Row("eigvalsh", "A", "eigenvalues of a symmetric matrix", torch.linalg.eigvalsh, "linalg", _CUBE),
    Row("matrix_rank", "A", "rank of a matrix", torch.linalg.matrix_rank, "linalg", _CUBE),
)
