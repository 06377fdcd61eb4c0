"""Parts of tensors: by index, by mask, by diagonal; and writing them into copies of others."""

from __future__ import annotations

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.row import Row, Rule

_BOTH = "torch method bare"
_TABLE: dict[str, tuple[str, str, Rule | None]] = {
    "narrow": ("input, dim, start, length", "a stretch of one dimension", None),
    "select": ("input, dim, index", "one place of a dimension", None),
    "index_select": ("input, dim, index", "rows at these indices", extents.selected),
    "gather": ("input, dim, index", "elements at these indices", None),
    "take": ("input, index", "elements at these flat indices", None),
    "take_along_dim": ("input, indices, dim", "elements at these indices", sizes.broadcast),
    "masked_fill": ("input, mask, value", "a value where the mask is true", sizes.broadcast),
    "masked_select": ("input, mask", "elements where the mask is true", sizes.broadcast),
    "masked_scatter": ("input, mask, source", "elements of source where the mask is true", sizes.broadcast),
    "scatter_add": ("input, dim, index, src", "src added at these indices", None),
    "index_add": ("input, dim, index, source, *, alpha=1", "rows of source added at these indices", None),
    "index_copy": ("input, dim, index, source", "rows at these indices from source", None),
    "index_fill": ("input, dim, index, value", "a value at these indices", None),
    "tril": ("input, diagonal=0", "lower triangle", None),
    "triu": ("input, diagonal=0", "upper triangle", None),
    "diag": ("input, diagonal=0", "diagonal of a matrix, or a matrix with it", extents.squared),
    "diagflat": ("input, offset=0", "a matrix with these elements on its diagonal", extents.flat_squared),
    "diag_embed": ("input, offset=0, dim1=-2, dim2=-1", "matrices with these diagonals", extents.diagonals),
    "diagonal": ("input, offset=0, dim1=0, dim2=1", "diagonal of a matrix", None),
    "argwhere": ("input", "indices of the elements that are not 0", extents.indices),
}

ROWS = (
    *(
        Row(name, signature, help, getattr(torch, name), _BOTH, rule)
        for name, (signature, help, rule) in _TABLE.items()
    ),
    Row(
        "scatter",
        "input, dim, index, src | input, dim, index, value",
        "src written at these indices",
        torch.scatter,
        _BOTH,
    ),
    Row(
        "scatter_reduce",
        "input, dim, index, src, reduce, *, include_self=True",
        "src joined at these indices",
        torch.scatter_reduce,
        _BOTH,
        text=True,
    ),
    Row(
        "nonzero",
        "input, *, as_tuple=False",
        "indices of the elements that are not 0",
        torch.nonzero,
        _BOTH,
        extents.indices,
        result="any",
    ),
    Row(
        "unfold",
        "input, dimension, size, step",
        "windows that may overlap",
        Tensor.unfold,
        "method",
        extents.windowed,
    ),
)
