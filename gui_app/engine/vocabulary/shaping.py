"""The same elements in another shape, and parts of them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.row import Row

_PIECES = extents.pieces
_METHOD = "method"

_JOINED_ALONG = {
    "cat": "tensors joined along a dimension",
    "concat": "tensors joined along a dimension",
    "concatenate": "tensors joined along a dimension",
    "stack": "tensors joined along a new dimension",
}
_JOINED = {
    "hstack": "tensors side by side",
    "vstack": "tensors below one another",
    "row_stack": "tensors below one another",
    "dstack": "tensors behind one another",
    "column_stack": "vectors as columns",
}


def _flip(input: Tensor, *places: Any, dims: Any = None) -> Tensor:
    """As torch's method: the dimensions one by one, or in a list."""
    wanted = places if dims is None else (dims,)
    alone = len(wanted) == 1 and isinstance(wanted[0], list | tuple)
    return torch.flip(input, wanted[0] if alone else wanted)


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
    Row("swapdims", "input, dim0, dim1", "two dimensions exchanged", torch.swapdims),
    Row("moveaxis", "input, source, destination", "a dimension moved", torch.moveaxis),
    *(
        Row(
            f"atleast_{dims}d",
            "input",
            f"with at least {dims} dimension{'s' * (dims > 1)}",
            getattr(torch, f"atleast_{dims}d"),
            "torch bare",
        )
        for dims in (1, 2, 3)
    ),
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
    *(
        Row(name, "tensors, dim=0", help, getattr(torch, name), "torch bare", extents.joined)
        for name, help in _JOINED_ALONG.items()
    ),
    *(
        Row(name, "tensors", help, getattr(torch, name), "torch bare", extents.joined)
        for name, help in _JOINED.items()
    ),
    Row(
        "block_diag",
        "*tensors",
        "matrices along a diagonal",
        torch.block_diag,
        "torch bare",
        extents.in_blocks,
    ),
    Row(
        "broadcast_tensors",
        "*tensors",
        "tensors expanded to one shape",
        torch.broadcast_tensors,
        "torch bare",
        sizes.broadcast,
        "any",
    ),
    Row(
        "cartesian_prod",
        "*tensors",
        "all combinations as rows",
        torch.cartesian_prod,
        "torch bare",
        sizes.product,
    ),
    Row(
        "tensor_split",
        "input, indices_or_sections, dim=0",
        "so many pieces, or cut at these indices",
        torch.tensor_split,
        rule=extents.cut,
        result="any",
    ),
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
    Row("roll", "input, shifts, dims=None", "elements moved around", torch.roll),
    Row("flip", "input, dims | input, *dims", "order turned round", _flip),
    Row("fliplr", "input", "columns in reverse", torch.fliplr),
    Row("flipud", "input", "rows in reverse", torch.flipud),
    Row("rot90", "input, k=1, dims=(0, 1)", "a quarter turn, k times", torch.rot90),
    Row(
        "meshgrid",
        "*tensors, indexing",
        "coordinates of a grid",
        torch.meshgrid,
        "torch bare",
        sizes.grid,
        "any",
        text=True,
    ),
    Row("contiguous", "input", "the same elements in row order", Tensor.contiguous, _METHOD),
    Row("clone", "input", "a copy that keeps the graph", torch.clone),
    Row("detach", "input", "the same values, cut from the graph", torch.detach),
)
