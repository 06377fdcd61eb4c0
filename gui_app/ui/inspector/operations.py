"""What the operations of a graph compute and how the gradient passes through them, one row each.

Inputs are ``u``, ``v`` and ``w`` by slot, the result is ``r``, ``g`` is the gradient that arrives at r, ``n`` the
number of elements. Local derivatives are written as Python would compute them, so that a test can compare every
row with PyTorch; ``plain`` makes them pleasant to read. Operations on whole tensors say how ``g`` is passed on
instead. ``letters`` are others where the program itself uses some of these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of grad_fn."""

    title: str
    formula: str
    local: tuple[str, ...] = ()
    """∂r/∂u and ∂r/∂v, element by element."""
    flow: tuple[str, ...] = ()
    """What is passed on, in words or formulas, where it is not element by element."""


def _matrix(title: str, formula: str, *flow: str) -> Operation:
    return Operation(title, formula, flow=flow)


_ROWS: dict[str, Operation] = {
    "Add": Operation("Sum of two", "u + v", ("1", "1")),
    "Sub": Operation("Difference", "u - v", ("1", "-1")),
    "Rsub": Operation("Difference", "v - u", ("-1", "1")),
    "Mul": Operation("Product", "u * v", ("v", "u")),
    "Div": Operation("Quotient", "u / v", ("1 / v", "-u / v**2")),
    "Neg": Operation("Negative", "-u", ("-1",)),
    "Pow": Operation("Power", "u**v", ("v * u**(v - 1)", "r * log(u)")),
    "Reciprocal": Operation("Reciprocal", "1 / u", ("-r**2",)),
    "Sqrt": Operation("Square root", "sqrt(u)", ("1 / (2 * r)",)),
    "Rsqrt": Operation("Reciprocal square root", "1 / sqrt(u)", ("-r**3 / 2",)),
    "Exp": Operation("Exponential", "exp(u)", ("r",)),
    "Exp2": Operation("Power of two", "2**u", ("r * log(2)",)),
    "Expm1": Operation("Exponential minus one", "exp(u) - 1", ("r + 1",)),
    "Log": Operation("Natural logarithm", "log(u)", ("1 / u",)),
    "Log2": Operation("Logarithm to base 2", "log(u) / log(2)", ("1 / (u * log(2))",)),
    "Log10": Operation("Logarithm to base 10", "log(u) / log(10)", ("1 / (u * log(10))",)),
    "Log1P": Operation("Logarithm of one plus", "log(1 + u)", ("1 / (1 + u)",)),
    "Abs": Operation("Absolute value", "abs(u)", ("sign(u)",)),
    "Sin": Operation("Sine", "sin(u)", ("cos(u)",)),
    "Cos": Operation("Cosine", "cos(u)", ("-sin(u)",)),
    "Tan": Operation("Tangent", "tan(u)", ("1 + r**2",)),
    "Asin": Operation("Arc sine", "asin(u)", ("1 / sqrt(1 - u**2)",)),
    "Acos": Operation("Arc cosine", "acos(u)", ("-1 / sqrt(1 - u**2)",)),
    "Atan": Operation("Arc tangent", "atan(u)", ("1 / (1 + u**2)",)),
    "Atan2": Operation("Angle", "atan2(u, v)", ("v / (u**2 + v**2)", "-u / (u**2 + v**2)")),
    "Sinh": Operation("Hyperbolic sine", "sinh(u)", ("cosh(u)",)),
    "Cosh": Operation("Hyperbolic cosine", "cosh(u)", ("sinh(u)",)),
    "Tanh": Operation("Hyperbolic tangent", "tanh(u)", ("1 - r**2",)),
    "Asinh": Operation("Inverse hyperbolic sine", "asinh(u)", ("1 / sqrt(u**2 + 1)",)),
    "Acosh": Operation("Inverse hyperbolic cosine", "acosh(u)", ("1 / sqrt(u**2 - 1)",)),
    "Atanh": Operation("Inverse hyperbolic tangent", "atanh(u)", ("1 / (1 - u**2)",)),
    "Erf": Operation("Error function", "erf(u)", ("2 / sqrt(pi) * exp(-u**2)",)),
    "Sigmoid": Operation("Sigmoid", "1 / (1 + exp(-u))", ("r * (1 - r)",)),
    "LogSigmoid": Operation("Logarithm of the sigmoid", "log(sigmoid(u))", ("1 - sigmoid(u)",)),
    "Softplus": Operation("Softplus", "log(1 + exp(u))", ("sigmoid(u)",)),
    "Relu": Operation("Rectifier", "where(u > 0, u, 0)", ("where(u > 0, 1, 0)",)),
    "Elu": Operation("Exponential rectifier", "where(u > 0, u, exp(u) - 1)", ("where(u > 0, 1, r + 1)",)),
    "Silu": Operation("Sigmoid-weighted", "u * sigmoid(u)", ("sigmoid(u) * (1 + u * (1 - sigmoid(u)))",)),
    "LeakyRelu": _matrix("Leaky rectifier", "u, or slope · u below 0", "g where u > 0, else slope · g"),
    "Gelu": _matrix("Gaussian rectifier", "u · Φ(u)", "g · (Φ(u) + u · φ(u))"),
    "Clamp": _matrix("Clamp", "u kept between two bounds", "g inside the bounds, 0 outside"),
    "ClampMin": _matrix("Clamp from below", "u, but at least the bound", "g above the bound, 0 below"),
    "ClampMax": _matrix("Clamp from above", "u, but at most the bound", "g below the bound, 0 above"),
    "Maximum": _matrix("Larger of two", "max(u, v)", "g to the larger one; half each where they are equal"),
    "Minimum": _matrix("Smaller of two", "min(u, v)", "g to the smaller one; half each where they are equal"),
    "Where": _matrix("Choice", "u where the condition holds, else v", "g to the one that was chosen"),
    "Sum": _matrix("Sum of all elements", "Σ uᵢ", "g to every element"),
    "Mean": _matrix("Mean", "Σ uᵢ / n", "g / n to every element"),
    "Prod": _matrix("Product of all elements", "Π uᵢ", "g · r / uᵢ"),
    "Var": _matrix("Variance", "Σ (uᵢ − mean(u))² / (n − 1)", "2 · g · (uᵢ − mean(u)) / (n − 1)"),
    "Std": _matrix(
        "Standard deviation", "√(Σ (uᵢ − mean(u))² / (n − 1))", "g · (uᵢ − mean(u)) / ((n − 1) · r)"
    ),
    "Norm": _matrix("Norm", "√(Σ uᵢ²)", "g · uᵢ / r"),
    "LinalgVectorNorm": _matrix("Norm", "√(Σ uᵢ²)", "g · uᵢ / r"),
    "Max": _matrix("Largest element", "max uᵢ", "g to the largest element, 0 to the others"),
    "Min": _matrix("Smallest element", "min uᵢ", "g to the smallest element, 0 to the others"),
    "Amax": _matrix("Largest element", "max uᵢ", "g shared by the largest elements"),
    "Amin": _matrix("Smallest element", "min uᵢ", "g shared by the smallest elements"),
    "Logsumexp": _matrix("Logarithm of summed exponentials", "log Σ exp(uᵢ)", "g · exp(uᵢ − r)"),
    "Softmax": _matrix("Softmax", "exp(uᵢ) / Σ exp(uⱼ)", "rᵢ · (gᵢ − Σ gⱼ rⱼ)"),
    "LogSoftmax": _matrix("Logarithm of the softmax", "uᵢ − log Σ exp(uⱼ)", "gᵢ − exp(rᵢ) · Σ gⱼ"),
    "Cumsum": _matrix("Running sum", "u₁ + … + uᵢ", "gᵢ + gᵢ₊₁ + …"),
    "Mm": _matrix("Matrix product", "u @ v", "to u: g @ vᵀ", "to v: uᵀ @ g"),
    "Bmm": _matrix("Batch of matrix products", "u @ v", "to u: g @ vᵀ", "to v: uᵀ @ g"),
    "Addmm": _matrix("Matrix product plus bias", "u + v @ w", "to u: g", "to v: g @ wᵀ", "to w: vᵀ @ g"),
    "Mv": _matrix("Matrix times vector", "u @ v", "to u: g @ vᵀ", "to v: uᵀ @ g"),
    "Dot": _matrix("Dot product", "Σ uᵢ vᵢ", "to u: g · v", "to v: g · u"),
    "T": _matrix("Transpose", "uᵀ", "gᵀ"),
    "Transpose": _matrix("Transpose", "uᵀ", "gᵀ"),
    "Permute": _matrix("Permuted axes", "u with its axes in another order", "g with its axes put back"),
    "View": _matrix("Another shape", "the same elements", "g in the shape of u"),
    "UnsafeView": _matrix("Another shape", "the same elements", "g in the shape of u"),
    "ReshapeAlias": _matrix("Another shape", "the same elements", "g in the shape of u"),
    "Unsqueeze": _matrix("One more axis", "the same elements", "g without that axis"),
    "Squeeze": _matrix("Axes of length 1 dropped", "the same elements", "g with those axes"),
    "Expand": _matrix("Repeated along an axis", "u, several times", "g summed over the repeats"),
    "Repeat": _matrix("Tiled", "u, several times", "g summed over the repeats"),
    "Select": _matrix("One index", "u[i]", "g to that place, 0 elsewhere"),
    "Slice": _matrix("Slice", "u[i:j]", "g to those places, 0 elsewhere"),
    "Index": _matrix("Chosen elements", "u[indices]", "g added to the chosen places, 0 elsewhere"),
    "Unbind": _matrix("Taken apart", "u[0], u[1], …", "the g of each part to its place"),
    "Split": _matrix("Split", "the parts of u", "the g of each part to its place"),
    "Cat": _matrix("Joined", "u, v, … one after the other", "to each the part of g that it made"),
    "Stack": _matrix("Stacked", "u, v, … along a new axis", "to each the part of g that it made"),
    "Clone": _matrix("Copy", "u", "g"),
    "ToCopy": _matrix("Another dtype or device", "u", "g in the dtype of u"),
    "MseLoss": _matrix("Mean squared error", "Σ (uᵢ − vᵢ)² / n", "2 · g · (uᵢ − vᵢ) / n"),
    "L1Loss": _matrix("Mean absolute error", "Σ |uᵢ − vᵢ| / n", "g · sign(uᵢ − vᵢ) / n"),
    "BinaryCrossEntropy": _matrix(
        "Binary cross-entropy", "−Σ (v log u + (1 − v) log(1 − u)) / n", "g · (u − v) / (u · (1 − u) · n)"
    ),
    "BinaryCrossEntropyWithLogits": _matrix(
        "Binary cross-entropy of logits", "cross-entropy of sigmoid(u) and v", "g · (sigmoid(u) − v) / n"
    ),
    "NllLoss": _matrix("Negative log likelihood", "−Σ uᵢ[vᵢ] / n", "−g / n to the class of each row"),
}


def operation(name: str) -> Operation | None:
    """The row of a grad_fn by PyTorch's name, ``MulBackward0``; None if it is not in the table."""
    return _ROWS.get(re.sub(r"Backward\d*$", "", name))


def known() -> dict[str, Operation]:
    """The whole table."""
    return dict(_ROWS)


_PRETTY = (
    (re.compile(r"where\(([^,]+), ([^,]+), ([^,]+)\)$"), r"\2 if \1, else \3"),
    (re.compile(r"\*\*\(([^()]*)\)"), r"<sup>\1</sup>"),
    (re.compile(r"\*\*([\w.]+)"), r"<sup>\1</sup>"),
    (re.compile(r"sqrt\((\w+)\)"), r"√\1"),
    (re.compile(r"sqrt"), "√"),
    (re.compile(r"\bpi\b"), "π"),
    (re.compile(r"\*"), "·"),
    (re.compile(r"-"), "−"),
)


def plain(formula: str) -> str:
    """A formula of the table in plain notation, as rich text: ``v · u<sup>v − 1</sup>``."""
    text = formula.replace(" > ", " &gt; ")
    for pattern, written in _PRETTY:
        text = pattern.sub(written, text)
    return text


_LETTERS = "uvwrgn"
_SPARE = "pqstzhkmabcdfxyαβγδεζηθκλμνξρστχψω"
"""Letters to take instead, in this order."""
_ALONE = re.compile(rf"(?<![A-Za-z])[{_LETTERS}](?![A-Za-z])")

_MEANINGS = {
    "uvw": "the inputs by slot",
    "r": "the result",
    "g": "the gradient that arrives",
    "n": "the number of elements",
}


def letters(taken: Collection[str]) -> dict[str, str]:
    """The table's letters, each with the one to write for it: itself unless it is ``taken``."""
    found: dict[str, str] = {}
    for letter in _LETTERS:
        free = (other for other in letter + _SPARE if other not in taken and other not in found.values())
        found[letter] = next(free, f"{letter}′")
    return found


def written(text: str, chosen: Mapping[str, str]) -> str:
    """A text of the table in the letters that were chosen."""
    return _ALONE.sub(lambda match: chosen[match[0]], text)


def meanings(texts: Collection[str], chosen: Mapping[str, str]) -> str:
    """What the letters of these texts of the table stand for: ``u, v: the inputs by slot; r: the result``."""
    used = set(_ALONE.findall(" ".join(texts))) | {"r"}
    told = (
        (", ".join(chosen[one] for one in group if one in used), what) for group, what in _MEANINGS.items()
    )
    return "; ".join(f"{names}: {what}" for names, what in told if names)
