"""Products of matrices, and what is solved with them."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule

_AB, _C = ("A", "B"), ("C",)


def _matrix(title: str, words: str, formula: str, *back: str, **more: object) -> Rule:
    settings: dict[str, object] = {"inputs": _AB, "results": _C, **more}
    return Rule(title, words, formula, back, **settings)  # type: ignore[arg-type]


_PLUS = {"inputs": ("M", "A", "B"), "saved": ("self", "mat1", "mat2")}
_BATCH = {"inputs": ("M", "A", "B"), "saved": ("self", "batch1", "batch2")}
_SQUARE = {"inputs": ("A",)}
_LOW = "low: the part on and below the diagonal"
_UPPER = "up: the part on and above the diagonal"

RULES: dict[str, Rule] = {
    "Mm": _matrix("Matrix product", "Rows times columns.", "A @ B", "g @ B.T", "A.T @ g", saved=("self", "mat2")),
    "Bmm": _matrix(
        "Batch of matrix products", "Rows times columns, for each of a batch.", "A @ B", "g @ B.T", "A.T @ g",
        saved=("self", "mat2"),
    ),
    "Mv": _matrix(
        "Matrix times vector", "Rows times the vector.", "A @ b", "outer(g, b)", "A.T @ g",
        inputs=("A", "b"), results=("c",), saved=("self", "vec"),
    ),
    "Dot": _matrix(
        "Dot product", "The sum of the products.", "Sum(i, a[i] * b[i])", "g * b", "g * a",
        inputs=("a", "b"), results=("c",), saved=("self", "tensor"),
    ),
    "Vdot": _matrix(
        "Dot product", "The sum of the products.", "Sum(i, a[i] * b[i])", "g * b", "g * a",
        inputs=("a", "b"), results=("c",),
    ),
    "Addmm": _matrix("Matrix product plus bias", "Rows times columns, and a bias added to each row.",
                     "M + A @ B", "g", "g @ B.T", "A.T @ g", **_PLUS),
    "Addmv": _matrix(
        "Matrix times vector plus bias", "Rows times the vector, and a bias.", "m + A @ b", "g", "outer(g, b)",
        "A.T @ g", inputs=("m", "A", "b"), results=("c",), saved=("self", "mat", "vec"),
    ),
    "Addr": _matrix(
        "Outer product plus bias", "Each element times each, and a bias.", "M + outer(a, b)", "g", "g @ b",
        "g.T @ a", inputs=("M", "a", "b"), saved=("self", "vec1", "vec2"),
    ),
    "Baddbmm": _matrix("Batch of matrix products plus bias", "Rows times columns, for each of a batch, and a bias.",
                       "M + A @ B", "g", "g @ B.T", "A.T @ g", **_BATCH),
    "Addbmm": _matrix(
        "Sum of matrix products plus bias", "Rows times columns, added up over a batch, and a bias.",
        ": {M} plus the sum of {A @ B} over the batch", "g", ": {g @ B.T} for each of the batch",
        ": {A.T @ g} for each of the batch", **_BATCH,
    ),
    "LinalgCross": _matrix(
        "Cross product", "At right angles to both.", "cross(a, b)", "cross(b, g)", "cross(g, a)",
        inputs=("a", "b"), results=("c",),
    ),
    "Trace": _matrix("Trace", "The sum of the diagonal.", "Sum(i, A[i, i])", "where(i == j, g, 0)",
                     index=("i j",), results=("c",), **_SQUARE),
    "Tril": _matrix("Lower triangle", "Puts 0 above a diagonal.", "low(A)", "low(g)", where=_LOW, **_SQUARE),
    "Triu": _matrix("Upper triangle", "Puts 0 below a diagonal.", "up(A)", "up(g)", where=_UPPER, **_SQUARE),
    "LinalgDet": _matrix("Determinant", "The signed volume.", "det(A)", "g * c * inv(A).T", results=("c",),
        **_SQUARE),
    "LinalgSlogdet": _matrix(
        "Logarithm of the determinant", "The sign and the logarithm of the determinant.",
        ": {sign(det(A))} and {log(abs(det(A)))}", "g1 * inv(A).T", results=("s", "l"), **_SQUARE,
    ),
    "LinalgInvEx": _matrix("Inverse", "What gives the identity with it.", "inv(A)", "-C.T @ g @ C.T", **_SQUARE),
    "LinalgPinv": _matrix(
        "Pseudo-inverse", "The best inverse that a matrix has.", "pinv(A)",
        "-C.T @ g @ C.T + (I - A @ C) @ g.T @ C @ C.T + C.T @ C @ g.T @ (I - C @ A)", where="I: the identity",
        **_SQUARE,
    ),
    "LinalgSolveEx": _matrix(
        "Linear equations", "What A must multiply to give B.", "inv(A) @ B", "-inv(A).T @ g @ C.T",
        "inv(A).T @ g", saved=("A", "B"),
    ),
    "LinalgSolveTriangular": _matrix(
        "Triangular equations", "What the triangle A must multiply to give B.", "inv(A) @ B",
        "-up(inv(A).T @ g @ C.T)", "inv(A).T @ g", where="up: the triangle of A",
    ),
    "TriangularSolve": _matrix(
        "Triangular equations", "What the triangle B must multiply to give A.", "inv(B) @ A", "inv(B).T @ g",
        "-up(inv(B).T @ g @ C.T)", saved=("self", "A"), where="up: the triangle of B",
    ),
    "CholeskySolve": _matrix(
        "Linear equations", "Solved with a Cholesky factor.", "inv(L @ L.T) @ B", "inv(L @ L.T) @ g",
        "-(S + S.T) @ L", inputs=("B", "L"), saved=("self", "input2"),
        where="S = (L Lᵀ)⁻¹ ∂L/∂C Cᵀ",
    ),
    "CholeskyInverse": _matrix(
        "Inverse", "Of a matrix given by its Cholesky factor.", "inv(L @ L.T)", "-(S + S.T) @ L",
        inputs=("L",), where="S = C ∂L/∂C C",
    ),
    "LinalgLuSolve": _matrix(
        "Linear equations", "Solved with an LU factorization.", "inv(P @ L @ U) @ B",
        ": {-inv(A).T @ g @ C.T} carried over to {L} and {U}", "inv(A).T @ g", inputs=("LU", "B"), saved=("LU", "B"),
        where="A = P L U",
    ),
    "LinalgLstsq": _matrix(
        "Least squares", "What makes A X closest to B.", "pinv(A) @ B",
        "(B - A @ C) @ (pinv(A) @ pinv(A).T @ g).T - pinv(A).T @ g @ C.T", "pinv(A).T @ g",
        where="for an A of full rank, as tall as wide or taller",
    ),
    "LinalgMatrixExp": _matrix(
        "Matrix exponential", "The exponential series of a matrix.", "expm(A)",
        ": {L(A.T, g)}, the derivative of {expm(A.T)} in the direction of {g}", **_SQUARE,
    ),
    "LinalgHouseholderProduct": _matrix(
        "Product of reflections", "The orthogonal matrix of a QR factorization.",
        ": the product of {I - t * outer(v, v)}, one reflection a column",
        ": the derivative of the product, one reflection after the other", inputs=("v", "t"), saved=("input", "tau"),
    ),
    "Ormqr": _matrix(
        "Times reflections", "Multiplies by the orthogonal matrix of a QR factorization.", "Q @ B",
        ": the derivative of {Q}, one reflection after the other",
        ": the derivative of {Q}, one reflection after the other", "Q.T @ g",
        inputs=("V", "t", "B"), saved=("self", "input2", "input3"),
    ),
    "Trilinear": _matrix(
        "Trilinear form", "The sum of the products of three.", "Sum(i, j, a[i] * W[i, j] * b[j])",
        ": the sum of {g * W * b} over what the first lacks", ": the sum of {g * a * b} over what the second lacks",
        ": the sum of {g * W * a} over what the third lacks", inputs=("a", "W", "b"), saved=("i1", "i2", "i3"),
        results=("c",),
    ),
}  # fmt: skip
