"""Factorizations of matrices."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule

_A = ("A",)
_FACTORS = "low: the part below the diagonal; up: the part on and above it"


def _factors(title: str, words: str, formula: str, back: str, results: str, where: str = "") -> Rule:
    return Rule(title, words, formula, (back,), inputs=_A, results=tuple(results.split()), where=where)


_CHOLESKY = _factors(
    "Cholesky factor", "The lower triangle L with A = L Lᵀ.", "A == L @ L.T",
    "sym(inv(L).T @ half(L.T @ g) @ inv(L))", "L",
    "Φ: the lower triangle with half the diagonal; sym X = (X + Xᵀ)/2",
)  # fmt: skip

RULES: dict[str, Rule] = {
    "LinalgCholeskyEx": _CHOLESKY,
    "Cholesky": _CHOLESKY,
    "LinalgEigh": _factors(
        "Eigenvalues", "Eigenvalues and eigenvectors of a symmetric matrix.", "A == V @ diag(w) @ V.T",
        "sym(V @ (diag(g0) + F * (V.T @ g1)) @ V.T)", "w V",
        "w: the eigenvalues; Fᵢⱼ = 1/(wⱼ − wᵢ), 0 on the diagonal; sym X = (X + Xᵀ)/2",
    ),
    "LinalgEig": _factors(
        "Eigenvalues", "Eigenvalues and eigenvectors.", "A == V @ diag(w) @ inv(V)",
        "inv(V).T @ (diag(g0) + F * (V.T @ g1)) @ V.T", "w V",
        "w: the eigenvalues; Fᵢⱼ = 1/(wⱼ − wᵢ), 0 on the diagonal; for vectors of length 1 their own part is taken off",
    ),
    "LinalgSvd": _factors(
        "Singular values", "Rotation, stretching, rotation.", "A == U @ diag(s) @ V.T",
        "U @ (diag(g1) + F * skew(U.T @ g0) @ diag(s) + diag(s) @ (F * skew(V.T @ g2))) @ V.T", "U s V",
        "s: the singular values; skew X = X − Xᵀ; Fᵢⱼ = 1/(sⱼ² − sᵢ²), 0 on the diagonal; for a square A",
    ),
    "LinalgQr": _factors(
        "QR factors", "A rotation times an upper triangle.", "A == Q @ R",
        "(g0 + Q @ copy(R @ g1.T - g0.T @ Q)) @ inv(R).T", "Q R",
        "copy: its lower triangle, mirrored to the upper",
    ),
    "LinalgLu": _factors(
        "LU factors", "A permutation, a lower and an upper triangle.", "A == P @ L @ U",
        "P @ inv(L).T @ (low(L.T @ g1) + up(g2 @ U.T)) @ inv(U).T", "P L U", _FACTORS,
    ),
    "LinalgLuFactorEx": _factors(
        "LU factors", "A lower and an upper triangle in one matrix.", "A == P @ L @ U",
        "P @ inv(L).T @ (low(L.T @ low(g)) + up(up(g) @ U.T)) @ inv(U).T", "F",
        f"{_FACTORS}; L and U: the two triangles; P: the permutation",
    ),
}  # fmt: skip
