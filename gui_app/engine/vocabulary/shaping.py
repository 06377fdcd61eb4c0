"""The same elements in another shape, and parts of them."""

from __future__ import annotations

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.row import Row

_PIECES = extents.pieces
_METHOD = "method"

ROWS = (
    Row(
        "view",
        "input, *shape",
        "another shape of the same memory; -1 is found",
        Tensor.view,
        _METHOD,
        extents.reshaped,
    ),
    Row("view_as", "input, other", "the shape of other", Tensor.view_as, _METHOD),
    Row(
        "reshape", "input, shape", "another shape; -1 is found", torch.reshape, "torch bare", extents.reshaped
    ),
    Row("reshape", "input, *shape", "another shape; -1 is found", Tensor.reshape, _METHOD, extents.reshaped),
    Row("reshape_as", "input, other", "the shape of other", Tensor.reshape_as, _METHOD),
    Row("flatten", "input, start_dim=0, end_dim=-1", "dimensions joined into one", torch.flatten),
    Row(
        "unflatten",
        "input, dim, sizes",
        "one dimension split into several",
        torch.unflatten,
        rule=extents.unflattened,
    ),
    Row("ravel", "input", "all elements in one dimension", torch.ravel),
    Row("squeeze", "input | input, dim", "without dimensions of size 1", torch.squeeze),
    Row("unsqueeze", "input, dim", "with a new dimension of size 1", torch.unsqueeze),
    Row("t", "input", "matrix turned over", torch.t, "torch method"),
    Row("transpose", "input, dim0, dim1", "two dimensions exchanged", torch.transpose),
    Row("swapaxes", "input, axis0, axis1", "two dimensions exchanged", torch.swapaxes),
    Row("permute", "input, dims", "dimensions in another order", torch.permute, "torch bare"),
    Row("permute", "input, *dims", "dimensions in another order", Tensor.permute, _METHOD),
    Row("movedim", "input, source, destination", "a dimension moved", torch.movedim),
    Row(
        "expand",
        "input, *size",
        "dimensions of size 1 repeated without memory",
        Tensor.expand,
        _METHOD,
        extents.expanded,
    ),
    Row(
        "expand_as",
        "input, other",
        "expanded to the shape of other",
        Tensor.expand_as,
        _METHOD,
    ),
    Row("broadcast_to", "input, size", "expanded to a shape", torch.broadcast_to, rule=extents.expanded),
    Row("repeat", "input, *sizes", "the tensor several times", Tensor.repeat, _METHOD, extents.repeated),
    Row("tile", "input, dims", "the tensor several times", torch.tile, "torch bare", extents.repeated),
    Row("tile", "input, *dims", "the tensor several times", Tensor.tile, _METHOD, extents.repeated),
    Row(
        "repeat_interleave",
        "input, repeats, dim=None",
        "each element several times",
        torch.repeat_interleave,
        rule=extents.interleaved,
    ),
    Row("cat", "tensors, dim=0", "tensors joined along a dimension", torch.cat, "torch bare", extents.joined),
    Row(
        "concat",
        "tensors, dim=0",
        "tensors joined along a dimension",
        torch.concat,
        "torch bare",
        extents.joined,
    ),
    Row(
        "stack",
        "tensors, dim=0",
        "tensors joined along a new dimension",
        torch.stack,
        "torch bare",
        extents.joined,
    ),
    Row("hstack", "tensors", "tensors side by side", torch.hstack, "torch bare", extents.joined),
    Row("vstack", "tensors", "tensors below one another", torch.vstack, "torch bare", extents.joined),
    Row("chunk", "input, chunks, dim=0", "so many pieces", torch.chunk, rule=extents.chunks, result="any"),
    Row(
        "split",
        "tensor, split_size_or_sections, dim=0",
        "pieces of that size",
        torch.split,
        "torch bare",
        _PIECES,
        "any",
    ),
    Row("split", "input, split_size, dim=0", "pieces of that size", Tensor.split, _METHOD, _PIECES, "any"),
    Row("unbind", "input, dim=0", "the rows as a tuple", torch.unbind, rule=_PIECES, result="any"),
    Row("narrow", "input, dim, start, length", "a stretch of one dimension", torch.narrow),
    Row("select", "input, dim, index", "one place of a dimension", torch.select),
    Row(
        "index_select",
        "input, dim, index",
        "rows at these indices",
        torch.index_select,
        rule=extents.selected,
    ),
    Row("gather", "input, dim, index", "elements at these indices", torch.gather),
    Row("take", "input, index", "elements at these flat indices", torch.take),
    Row(
        "masked_fill",
        "input, mask, value",
        "a value where the mask is true",
        torch.masked_fill,
        rule=sizes.broadcast,
    ),
    Row(
        "masked_select",
        "input, mask",
        "elements where the mask is true",
        torch.masked_select,
        rule=sizes.broadcast,
    ),
    Row("roll", "input, shifts, dims=None", "elements moved around", torch.roll),
    Row("flip", "input, dims", "order turned round", torch.flip),
    Row("tril", "input, diagonal=0", "lower triangle", torch.tril),
    Row("triu", "input, diagonal=0", "upper triangle", torch.triu),
    Row(
        "diag",
        "input, diagonal=0",
        "diagonal of a matrix, or a matrix with it",
        torch.diag,
        rule=extents.squared,
    ),
    Row("diagonal", "input, offset=0, dim1=0, dim2=1", "diagonal of a matrix", torch.diagonal),
    Row(
        "meshgrid",
        "*tensors, indexing",
        "coordinates of a grid",
        torch.meshgrid,
        "torch bare",
        sizes.product,
        "any",
        text=True,
    ),
    Row("contiguous", "input", "the same elements in row order", Tensor.contiguous, _METHOD),
    Row("clone", "input", "a copy that keeps the graph", torch.clone),
    Row("detach", "input", "the same values, cut from the graph", torch.detach),
)
