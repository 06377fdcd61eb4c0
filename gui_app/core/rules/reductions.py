"""Many elements to fewer: sums, means, norms, extremes, running sums, softmax."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule

_ALONG = "along the dimensions that were named, if any were"
_N = "n: how many are averaged"
_SPREAD = "μ: the mean of all; n: how many; m: the correction, 1 unless told otherwise"
_I = ("i",)


def _each(title: str, words: str, formula: str, *back: str, where: str = "", **more: object) -> Rule:
    """A rule whose gradient is given for one element."""
    return Rule(title, words, formula, back, index=_I, where=where, **more)  # type: ignore[arg-type]


def _picked(title: str, words: str, formula: str) -> Rule:
    return Rule(title, words, formula, (": {g} to the element that was picked, {0} to the others",))


_MEAN = _each("Mean", "The mean of all elements.", "1 / n * Sum(i, a[i])", "g * (1 / n)", where=_N)
_SUM = _each("Sum", "Adds up all elements.", "Sum(i, a[i])", "g")
_SHARED = "where(a[i] == c, g * (1 / m), 0)"
_VAR = "1 / (n - m) * Sum(i, (a[i] - mu)**2)"
_NORM = _each(
    "Norm", "The length of the vector.", "Sum(i, abs(a[i])**p)**(1 / p)",
    "g * sign(a[i]) * (abs(a[i]) / c)**(p - 1)", where="p: the order, 2 unless told otherwise",
)  # fmt: skip
_EXTREME = "m: how many elements share the extreme"

RULES: dict[str, Rule] = {
    "Sum": _SUM,
    "Sum1": _each("Sum", "Adds up along dimensions.", "Sum(i, a[i])", "g"),
    "Nansum": _each(
        "Sum", "Adds up what is not NaN.", "Sum(i, a[i])", "g",
        where="elements that are NaN are left out and get 0",
    ),
    "Mean": _MEAN,
    "Mean1": _each("Mean", "The mean along dimensions.", "1 / n * Sum(i, a[i])", "g * (1 / n)", where=_N),
    "Prod": _each("Product", f"Multiplies all elements, {_ALONG}.", "Prod(i, a[i])", "g * (c / a[i])"),
    "Var": _each(
        "Variance", f"The mean squared distance from the mean, {_ALONG}.", _VAR,
        "g * (2 * (a[i] - mu) / (n - m))", where=_SPREAD,
    ),
    "Std": _each(
        "Standard deviation", f"The root of the variance, {_ALONG}.", f"sqrt({_VAR})",
        "g * ((a[i] - mu) / ((n - m) * c))", where=_SPREAD,
    ),
    "VarMean": _each(
        "Variance and mean", f"Both at once, {_ALONG}.", _VAR,
        "g0 * (2 * (a[i] - mu) / (n - m)) + g1 * (1 / n)", results=("v", "mu"), where=_SPREAD,
    ),
    "StdMean": _each(
        "Standard deviation and mean", f"Both at once, {_ALONG}.", f"sqrt({_VAR})",
        "g0 * ((a[i] - mu) / ((n - m) * s)) + g1 * (1 / n)", results=("s", "mu"), where=_SPREAD,
    ),
    "LinalgVectorNorm": _NORM,
    "Norm": _NORM,
    "Dist": _each(
        "Distance", "The norm of a difference.", "Sum(i, abs(a[i] - b[i])**p)**(1 / p)",
        "g * sign(a[i] - b[i]) * (abs(a[i] - b[i]) / c)**(p - 1)",
        "-g * sign(a[i] - b[i]) * (abs(a[i] - b[i]) / c)**(p - 1)", where="p: the order, 2 unless told otherwise",
    ),
    "Max": _picked("Largest", "The largest along a dimension.", "max(a)"),
    "Min": _picked("Smallest", "The smallest along a dimension.", "min(a)"),
    "Max1": _each("Largest", "The largest of all elements.", "max(a)", _SHARED, where=_EXTREME),
    "Min1": _each("Smallest", "The smallest of all elements.", "min(a)", _SHARED, where=_EXTREME),
    "Amax": _each("Largest", f"The largest element, {_ALONG}.", "max(a)", _SHARED, where=_EXTREME),
    "Amin": _each("Smallest", f"The smallest element, {_ALONG}.", "min(a)", _SHARED, where=_EXTREME),
    "Aminmax": _each(
        "Smallest and largest", f"Both extremes, {_ALONG}.", ": {min(a)} and {max(a)}",
        ": {g0 * (1 / m)} where {a[i] == l}, {g1 * (1 / m)} where {a[i] == u}, else {0}",
        results=("l", "u"), where=_EXTREME,
    ),
    "Median": _picked("Median", "The element in the middle.", "median(a)"),
    "Nanmedian": _picked("Median", "The element in the middle of those that are not NaN.", "median(a)"),
    "Mode": _picked("Mode", "The most frequent value.", "mode(a)"),
    "Kthvalue": _picked("Smallest but some", "The k-th smallest along a dimension.", ": the k-th smallest of {a}"),
    "Cumsum": _each(
        "Running sum", "Adds up to each element.", "Sum(j <= i, a[j])", "Sum(j >= i, g[j])"
    ),
    "Cumprod": _each(
        "Running product", "Multiplies up to each element.", "Prod(j <= i, a[j])",
        "1 / a[i] * Sum(j >= i, g[j] * c[j])",
    ),
    "Cummax": Rule("Running maximum", "The largest so far.", ": the largest of {a1}, …, {a[i]}",
                   (": {g[i]} to the element that was largest at {i}, all added up",)),
    "Cummin": Rule("Running minimum", "The smallest so far.", ": the smallest of {a1}, …, {a[i]}",
                   (": {g[i]} to the element that was smallest at {i}, all added up",)),
    "Logcumsumexp": _each(
        "Running sum in the logarithm", "Adds up numbers that are given as logarithms.",
        "log(Sum(j <= i, exp(a[j])))", "Sum(j >= i, g[j] * exp(a[i] - c[j]))",
    ),
    "Logsumexp": _each(
        "Sum in the logarithm", "The logarithm of the sum of exponentials.", "log(Sum(j, exp(a[j])))",
        "g * exp(a[i] - c)",
    ),
    "Softmax": _each(
        "Softmax", "Positive shares that add up to 1.", "exp(a[i]) / Sum(j, exp(a[j]))",
        "c[i] * (g[i] - Sum(j, g[j] * c[j]))",
    ),
    "LogSoftmax": _each(
        "Logarithm of the softmax", "The logarithms of shares that add up to 1.",
        "a[i] - log(Sum(j, exp(a[j])))", "g[i] - exp(c[i]) * Sum(j, g[j])",
    ),
    "Renorm": _each(
        "Bounded norm", "Scales down every slice that is longer than a bound.",
        "where(r > m, m * (a[i] / r), a[i])",
        "where(r > m, m / r * (g[i] - a[i] / r**2 * Sum(j, g[j] * a[j])), g[i])",
        where="r: the norm of the slice; m: the bound",
    ),
    "Cdist": Rule(
        "Distances", "The distance of each row of the first to each row of the second.",
        "Sum(k, abs(A[i, k] - B[j, k])**p)**(1 / p)",
        ("Sum(j, g[i, j] * sign(A[i, k] - B[j, k]) * (abs(A[i, k] - B[j, k]) / C[i, j])**(p - 1))",
         "-Sum(i, g[i, j] * sign(A[i, k] - B[j, k]) * (abs(A[i, k] - B[j, k]) / C[i, j])**(p - 1))"),
        inputs=("A", "B"), results=("C",), index=("i k", "j k"), saved=("x1", "x2"),
        where="p: the order, 2 unless told otherwise",
    ),
    "Pdist": Rule(
        "Distances", "The distance of each pair of rows.", ": {norm(a1 - a2, p)} of each pair of rows",
        (": {g * ((a1 - a2) / c)} to the first row of each pair, its negative to the second (for {p == 2})",),
        where="p: the order, 2 unless told otherwise",
    ),
}  # fmt: skip
