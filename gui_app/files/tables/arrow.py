"""What Arrow has read, as a plain table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gui_app.core.table import MAX_LABELS, Column, Kind, Table
from gui_app.files.errors import FileError
from gui_app.files.tables.cells import is_number, unique

if TYPE_CHECKING:
    import pyarrow as pa


TOO_MANY = f"text of more than {MAX_LABELS:,} kinds"
NOTHING = "None of its columns can be used: they are neither numbers nor categories."


def table_of(read: pa.Table, *, first_row: int = 1) -> Table:
    """Numbers and categories of an Arrow table; other columns are left out with the reason.

    ``first_row`` is what the file calls the first row. Raises FileError where a number is infinite.
    """
    columns, left_out = [], {}
    for name, values in zip(unique(read.column_names), read.columns, strict=True):
        kind, reason = kind_of_type(values.type)
        if kind == "number":
            columns.append(number_column(name, _numbers(values), first_row))
        elif kind == "category" and (column := _category(name, values)):
            columns.append(column)
        else:
            left_out[name] = reason or TOO_MANY
    return Table(tuple(columns), read.num_rows, left_out=left_out)


def kind_of_type(held: pa.DataType) -> tuple[Kind, str]:
    """What a column of that Arrow type is, and why it is left out if it is neither numbers nor categories."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_dictionary(held):
        held = held.value_type
    if kinds.is_boolean(held) or kinds.is_string(held) or kinds.is_large_string(held) or _is_view(held):
        return "category", ""
    if kinds.is_integer(held) or kinds.is_floating(held) or kinds.is_decimal(held) or kinds.is_null(held):
        return "number", ""
    if kinds.is_temporal(held):
        return "text", "dates or times"
    return "text", "nested values" if kinds.is_nested(held) else f"values of type {held}"


def number_column(name: str, values: NDArray[np.floating], first_row: int = 1) -> Column:
    """A column of numbers, nan where one is missing. Raises FileError where one is infinite."""
    infinite = np.isinf(values)
    if infinite.any():
        row = first_row + int(infinite.argmax())
        raise FileError(
            f"Row {row:,}, column '{name}': the number is infinite or too large. Correct it, or leave the cell empty."
        )
    return Column(name, values)


def category_column(name: str, codes: NDArray[np.integer], labels: list[str]) -> Column | None:
    """A column of categories, labels sorted and freed of blanks around them; ``None`` if there are too many.

    ``codes`` are -1 where one is missing.
    """
    stripped = [label.strip() for label in labels]
    used = set(np.unique(codes).tolist())
    kept = {label for code, label in enumerate(stripped) if code in used}
    if len(kept) > MAX_LABELS:
        return None
    ordered = sorted(kept, key=float if all(map(is_number, kept)) else str)
    place = {label: code for code, label in enumerate(ordered)}
    codes_of = np.array([*(place.get(label, -1) for label in stripped), -1], dtype=np.int32)
    return Column(name, codes_of[codes], tuple(ordered))


def _is_view(held: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string_view(held))


def _numbers(values: pa.ChunkedArray) -> NDArray[np.floating]:
    import pyarrow as pa

    held = values.type
    if pa.types.is_dictionary(held):
        held = held.value_type
    single = pa.types.is_float16(held) or pa.types.is_float32(held)
    cast = values.cast(pa.float32() if single else pa.float64(), safe=False)
    return np.require(cast.to_numpy(), requirements="W")


def _category(name: str, values: pa.ChunkedArray) -> Column | None:
    import pyarrow as pa

    held = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if pa.types.is_boolean(held):
        values = values.cast(pa.bool_()).cast(pa.string())
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    joined = values.unify_dictionaries().combine_chunks()
    if isinstance(joined, pa.ChunkedArray):  # no row at all
        return Column(name, np.empty(0, np.int32), ())
    labels = joined.dictionary.to_pylist()
    codes = joined.indices.cast(pa.int32()).fill_null(-1).to_numpy()
    known = [label is not None for label in labels]
    if not all(known):  # a missing value may also be an entry of the dictionary
        codes = np.where(np.array([*known, False])[codes], codes, -1)
    return category_column(name, codes, [label or "" for label in labels])
