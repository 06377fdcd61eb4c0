"""Tables of named arrays, and NumPy's files of them. Claims are checked before memory is taken; no pickles."""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gui_app.core.table import MAX_CELLS, MAX_COLUMNS, MAX_LABELS, Column, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.archives import BROKEN, DAMAGED, open_archive
from gui_app.files.tables.arrow import TOO_MANY, category_column, number_column
from gui_app.files.tables.cells import unique
from gui_app.files.tables.opening import Cancelled, Progress, Watched, said_size, size_of

_OBJECTS = "It holds Python objects, which could run code when opened. Save plain numbers."
_LIMITS = {"text": ("texts", 5_000_000, 128 * 2**20), "number": ("numbers", MAX_CELLS, 8 * MAX_CELLS)}
"""What they are called, how many of them are read at most, and how many bytes."""
_MOST_ARRAYS = 5_000
_PIECE = 2**16
"""Texts that are sorted at once."""
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True, slots=True)
class Part:
    """An array with a name: its first rows, and how many there are in all."""

    name: str
    array: NDArray[Any]
    rows: int


def read_npy(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """One array (rows, …), each place of a row a column: the first ``most`` rows, and how many there are.

    Raises FileError and ReadingStopped.
    """
    file.seek(0)
    return table_of([_part("x", Watched(file, progress, cancelled), size_of(file), most)])


def read_npz(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """Named arrays side by side, those of as many rows as most have. Likewise."""
    watched = Watched(file, progress, cancelled)
    with open_archive(watched) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        if len(members) > _MOST_ARRAYS:
            raise FileError(f"It holds {len(members):,} arrays; at most {_MOST_ARRAYS:,} are read.")
        parts = []
        for member in members:
            with _member(archive, member) as stream:
                name = member.filename.removesuffix(".npy")
                parts.append(_part(name, stream, member.file_size, most))
    return table_of(parts)


def table_of(parts: Sequence[Part]) -> tuple[Table, int]:
    """The arrays that have as many rows as most of them have, as columns; and that number of rows."""
    sized = [part for part in parts if part.array.ndim]
    if not sized:
        raise FileError("There is no array with rows in it.")
    if sum(part.rows * math.prod(part.array.shape[1:]) for part in sized) > MAX_CELLS:
        raise FileError(f"It holds too many numbers: at most {MAX_CELLS:,} are read.")
    rows = Counter(part.rows for part in sized).most_common(1)[0][0]
    columns: list[Column] = []
    left_out: dict[str, str] = {}
    for part in parts:
        if part.array.ndim and part.rows == rows:
            columns += _columns(part, left_out)
        else:
            left_out[part.name] = (
                f"{part.rows:,} rows, not {rows:,}" if part.array.ndim else "a single number"
            )
    if len(columns) > MAX_COLUMNS:
        raise FileError(f"It has {len(columns):,} columns; at most {MAX_COLUMNS:,} are read.")
    names = unique([column.name for column in columns])
    renamed = (
        Column(name, column.values, column.labels) for name, column in zip(names, columns, strict=True)
    )
    shown = len(next(part.array for part in sized if part.rows == rows))
    return Table(tuple(renamed), shown, left_out=left_out), rows


def _columns(part: Part, left_out: dict[str, str]) -> list[Column]:
    array = part.array
    if array.dtype.names:
        fields = [Part(name, array[name], part.rows) for name in array.dtype.names]
        return [column for field in fields for column in _columns(field, left_out)]
    if array.dtype.kind not in "fiubUS":
        left_out[part.name] = f"values of type {array.dtype}"
        return []
    width = math.prod(array.shape[1:])
    if width > MAX_COLUMNS:
        raise FileError(f"'{part.name}' has {width:,} columns; at most {MAX_COLUMNS:,} are read.")
    flat = array.reshape(len(array), width)
    if array.dtype.kind in "fiub":
        flat = flat.astype(
            np.float32 if array.dtype.itemsize <= 4 and array.dtype.kind == "f" else np.float64
        )
    made = []
    for place in range(width):
        name = part.name if width == 1 else f"{part.name}_{place}"
        column = _column(name, flat[:, place])
        if column is None:
            left_out[name] = TOO_MANY
        else:
            made.append(column)
    return made


def _column(name: str, values: NDArray[Any]) -> Column | None:
    if values.dtype.kind == "f":
        return number_column(name, values)
    codes, places = np.empty(len(values), np.intp), {"": -1}
    for first in range(0, len(values), _PIECE):
        labels, which = np.unique(values[first : first + _PIECE], return_inverse=True)
        said = [_text(label).strip() for label in labels.tolist()]
        codes[first : first + _PIECE] = np.array([places.setdefault(s, len(places) - 1) for s in said])[which]
        if len(places) > MAX_LABELS + 1:
            return None
    return category_column(name, codes, list(places)[1:])


def _text(label: str | bytes) -> str:
    text = label.decode(errors="replace") if isinstance(label, bytes) else label
    return text.encode(errors="replace").decode()  # half a character is none


def _part(name: str, stream: IO[bytes] | Watched, size: int, most: int | None) -> Part:
    """The array that a stream of ``size`` bytes holds, its header checked against that."""
    try:
        version = npy.read_magic(stream)
        if version not in _HEADERS:
            raise FileError(f"It is of version {version[0]} of NumPy's format. Save it without odd names.")
        shape, fortran, dtype = _HEADERS[version](stream)
    except (*BROKEN, SyntaxError, tokenize.TokenError, MemoryError, RecursionError, TypeError) as error:
        if "object" in str(error).lower() and "allow_pickle" in str(error):
            raise FileError(_OBJECTS) from error
        raise FileError("The header of the array is damaged.") from error
    if dtype.hasobject:
        raise FileError(_OBJECTS)
    if any(length < 0 for length in shape):
        raise FileError("The header of the array is damaged.")
    claimed = math.prod(shape) * dtype.itemsize
    if claimed > size:
        raise FileError(
            f"The array claims to be {said_size(claimed)} large, but there are only {said_size(size)}: it is cut"
            " off or made up."
        )
    kind, cells, most_bytes = _LIMITS["text" if dtype.kind in "US" else "number"]
    if math.prod(shape) > cells:
        raise FileError(f"It holds {math.prod(shape):,} {kind}; at most {cells:,} are read.")
    if claimed > most_bytes:
        raise FileError(f"It holds {said_size(claimed)} of {kind}; at most {said_size(most_bytes)} are read.")
    rows = shape[0] if shape else 1
    taken = rows if most is None or fortran or not shape else min(rows, most)
    wanted = (taken, *shape[1:]) if shape else ()
    data = exactly(stream, math.prod(wanted) * dtype.itemsize)
    array = np.frombuffer(data, dtype, math.prod(wanted)).reshape(wanted, order="F" if fortran else "C")
    return Part(name, array[:most] if shape and most else array, rows)


def exactly(stream: IO[bytes] | Watched, count: int) -> bytearray:
    """That many bytes in pieces, so that reading can be stopped between them."""
    data = bytearray()
    while len(data) < count:
        try:
            piece = stream.read(min(count - len(data), 2**20))
        except BROKEN as error:
            raise FileError(DAMAGED) from error
        if not piece:
            raise FileError("The file is cut off.")
        data += piece
    return data


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(member)
    except BROKEN as error:
        raise FileError(DAMAGED) from error
