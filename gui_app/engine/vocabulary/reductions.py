"""Many elements to few: sums, means, extremes, norms, running sums and sorting."""

from __future__ import annotations

import torch

from gui_app.engine.vocabulary import sizes
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
    Row("median", _DIM, "middle element", torch.median, result="any"),
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
        rule=sizes.norm,
        text=True,
    ),
    Row("dist", "input, other, p=2", "length of the difference", torch.dist, rule=sizes.broadcast),
    Row("cumsum", "input, dim", "running sum", torch.cumsum),
    Row("cumprod", "input, dim", "running product", torch.cumprod),
    Row("logcumsumexp", "input, dim", "running logsumexp", torch.logcumsumexp),
    Row("cummax", "input, dim", "running maximum and its index", torch.cummax, result="any"),
    Row("cummin", "input, dim", "running minimum and its index", torch.cummin, result="any"),
    Row("diff", "input, n=1, dim=-1", "differences of neighbours", torch.diff, rule=sizes.few_times),
    Row(
        "sort", "input, dim=-1, descending=False", "sorted values and their indices", torch.sort, result="any"
    ),
    Row("argsort", "input, dim=-1, descending=False", "indices that sort", torch.argsort),
    Row(
        "topk",
        "input, k, dim=-1, largest=True, sorted=True",
        "the k largest and their indices",
        torch.topk,
        result="any",
    ),
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
        sizes.decomposition,
        text=True,
    ),
    Row(
        "matrix_norm",
        "A, ord='fro', dim=(-2, -1), keepdim=False",
        "norm of a matrix",
        torch.linalg.matrix_norm,
        "linalg",
        sizes.decomposition,
        text=True,
    ),
)
