"""Methods that change their tensor in place: those of the functions that are in the table, with ``_`` at the end."""

from __future__ import annotations

from torch import Tensor

from gui_app.engine.vocabulary import elementwise
from gui_app.engine.vocabulary.row import Row

_OWN = {
    "zero_": ("input", "every element 0"),
    "fill_": ("input, value", "every element this value"),
    "copy_": ("input, src", "every element as in src"),
    "fill_diagonal_": ("input, fill_value", "the diagonal this value"),
    "masked_fill_": ("input, mask, value", "a value where the mask is true"),
    "index_fill_": ("input, dim, index, value", "a value at these indices"),
    "index_copy_": ("input, dim, index, source", "rows at these indices from source"),
    "index_add_": ("input, dim, index, source, *, alpha=1", "rows of source added at these indices"),
    "scatter_": ("input, dim, index, src | input, dim, index, value", "src written at these indices"),
    "scatter_add_": ("input, dim, index, src", "src added at these indices"),
    "addcmul_": ("input, tensor1, tensor2, *, value=1", "value * tensor1 * tensor2 added"),
    "addcdiv_": ("input, tensor1, tensor2, *, value=1", "value * tensor1 / tensor2 added"),
    "tril_": ("input, diagonal=0", "0 above the diagonal"),
    "triu_": ("input, diagonal=0", "0 below the diagonal"),
    "cumsum_": ("input, dim", "the running sum"),
    "cumprod_": ("input, dim", "the running product"),
}
"""Those without a function of the same name in the table of elements."""


def _in_place(row: Row) -> Row | None:
    """The row of ``x.sin_()`` for the row of ``sin``, where PyTorch has it."""
    name = f"{row.name}_"
    if not hasattr(Tensor, name):
        return None
    return Row(
        name,
        row.signature,
        f"{row.help}, in place",
        getattr(Tensor, name),
        "method",
        row.rule,
        changes=True,
        text=row.text,
    )


_ELEMENTS = tuple(filter(None, map(_in_place, elementwise.ROWS)))
ROWS = (
    *_ELEMENTS,
    *(
        Row(name, signature, f"{help}, in place", getattr(Tensor, name), "method", changes=True)
        for name, (signature, help) in _OWN.items()
        if name not in {row.name for row in _ELEMENTS}
    ),
)
