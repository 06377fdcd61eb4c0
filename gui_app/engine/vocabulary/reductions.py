"""Many elements to few: sums, means, extremes, norms, and running sums."""

from __future__ import annotations

import torch

from gui_app.engine.vocabulary import sizes, work
from gui_app.engine.vocabulary.row import Row

_DIM = "input | input, dim, keepdim=False"
_SPREAD = (
    "input, unbiased=True | input, dim=None, unbiased=True, keepdim=False"
    " | input, dim=None, *, correction=1, keepdim=False"
)
_BEST = "input | input, dim, keepdim=False | input, other"

ROWS = (
    Row(
        "sum",
        "input, *, dtype=None | input, dim, keepdim=False, *, dtype=None",
        "sum of the elements",
        torch.sum,
        "torch method",
        reduces=True,
    ),
    Row(
        "mean",
        "input, *, dtype=None | input, dim, keepdim=False, *, dtype=None",
        "mean of the elements",
        torch.mean,
        reduces=True,
    ),
    Row(
        "prod",
        "input, *, dtype=None | input, dim, keepdim=False, *, dtype=None",
        "product of the elements",
        torch.prod,
        reduces=True,
    ),
    Row("nansum", "input | input, dim, keepdim=False", "sum of the elements that are numbers", torch.nansum),
    Row(
        "nanmean", "input | input, dim, keepdim=False", "mean of the elements that are numbers", torch.nanmean
    ),
    Row(
        "std",
        _SPREAD,
        "standard deviation",
        torch.std,
    ),
    Row(
        "var",
        _SPREAD,
        "variance",
        torch.var,
    ),
    Row(
        "max",
        _BEST,
        "largest element; with dim also its index",
        torch.max,
        "torch method",
        sizes.broadcast,
        "any",
    ),
    Row(
        "min",
        _BEST,
        "smallest element; with dim also its index",
        torch.min,
        "torch method",
        sizes.broadcast,
        "any",
    ),
    Row("amax", "input, dim=(), keepdim=False", "largest elements", torch.amax),
    Row("amin", "input, dim=(), keepdim=False", "smallest elements", torch.amin),
    Row("argmax", "input, dim=None, keepdim=False", "index of the largest element", torch.argmax),
    Row("argmin", "input, dim=None, keepdim=False", "index of the smallest element", torch.argmin),
    Row("all", _DIM, "whether all are true", torch.all, "torch method"),
    Row("any", _DIM, "whether one is true", torch.any, "torch method"),
    Row("count_nonzero", "input, dim=None", "number of elements that are not 0", torch.count_nonzero),
    Row("logsumexp", "input, dim, keepdim=False", "log of the sum of exp, without overflow", torch.logsumexp),
    Row(
        "norm",
        "input, p='fro', dim=None, keepdim=False",
        "length: root of the sum of squares, or the p-norm",
        torch.norm,
        rule=work.norm,
        text=True,
    ),
    Row("dist", "input, other, p=2", "length of the difference", torch.dist, rule=sizes.broadcast),
    Row("cumsum", "input, dim", "running sum", torch.cumsum),
    Row("cumprod", "input, dim", "running product", torch.cumprod),
    Row("logcumsumexp", "input, dim", "running logsumexp", torch.logcumsumexp, rule=work.at_most(2_000_000)),
    Row("diff", "input, n=1, dim=-1", "differences of neighbours", torch.diff, rule=work.few_times),
    Row("std_mean", _SPREAD, "standard deviation and mean", torch.std_mean, "torch bare", result="any"),
    Row("var_mean", _SPREAD, "variance and mean", torch.var_mean, "torch bare", result="any"),
    Row("aminmax", "input, *, dim=None, keepdim=False", "smallest and largest", torch.aminmax, result="any"),
    Row(
        "trapezoid",
        "y | y, x | y, *, dx, dim=-1",
        "area under points",
        torch.trapezoid,
        "torch bare",
        sizes.broadcast,
    ),
    Row("cov", "input, *, correction=1", "covariances of the rows", torch.cov, rule=work.of_rows),
    Row("corrcoef", "input", "correlations of the rows", torch.corrcoef, rule=work.of_rows),
    Row(
        "vector_norm",
        "x, ord=2, dim=None, keepdim=False",
        "length of a vector",
        torch.linalg.vector_norm,
        "linalg",
        text=True,
    ),
    Row(
        "norm",
        "A, ord=None, dim=None, keepdim=False",
        "norm of a vector or matrix",
        torch.linalg.norm,
        "linalg",
        work.singular,
        text=True,
    ),
    Row(
        "matrix_norm",
        "A, ord='fro', dim=(-2, -1), keepdim=False",
        "norm of a matrix",
        torch.linalg.matrix_norm,
        "linalg",
        work.singular,
        text=True,
    ),
)
