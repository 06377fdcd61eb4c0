"""Tables of safetensors files: a header of JSON, then the arrays' bytes, one after the other without a gap."""

from __future__ import annotations

import io
import json
import math
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gui_app.core.table import MAX_CELLS, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.arrays import Part, exactly, table_of
from gui_app.files.tables.opening import Cancelled, Progress, Watched, said_size, size_of

_MOST_HEADER = 4 * 2**20
_TYPES = {
    **{f"{kind}{8 * size}": np.dtype(f"<{kind.lower()}{size}") for kind in "IU" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
    "BOOL": np.dtype(bool),
    "BF16": np.dtype("<u2"),
}


def read_safetensors(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """Named arrays side by side: the first ``most`` rows of each, and how many rows there are.

    Raises FileError and ReadingStopped.
    """
    file.seek(0)
    watched = Watched(file, progress, cancelled)
    return table_of(tensors(watched, size_of(file), most))


def tensors(stream: IO[bytes] | Watched, size: int, most: int | None = None) -> list[Part]:
    """All arrays of a stream of ``size`` bytes. Raises FileError where its header does not hold together."""
    start = stream.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > size - 8:
        raise FileError("The header is cut off.")
    if length > _MOST_HEADER:
        raise FileError(
            f"Its header is {said_size(length)} large; at most {said_size(_MOST_HEADER)} are read."
        )
    try:
        header = json.loads(stream.read(length))
        entries = sorted(
            ((name, _Entry(entry)) for name, entry in header.items() if name != "__metadata__"),
            key=lambda pair: pair[1].start,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileError("The header is damaged.") from error
    _check(entries, size - 8 - length)
    return [_part(name, entry, stream, 8 + length, most) for name, entry in entries]


class _Entry:
    """What the header says of one array. Raises ValueError, KeyError and TypeError where that makes no sense."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.type, self.shape = str(entry["dtype"]), tuple(entry["shape"])
        self.start, self.end = entry["data_offsets"]
        whole = (*self.shape, self.start, self.end)
        if not all(type(number) is int and number >= 0 for number in whole):
            raise ValueError(whole)


def _check(entries: list[tuple[str, _Entry]], size: int) -> None:
    place = 0
    for name, entry in entries:
        if entry.type not in _TYPES:
            raise FileError(f"'{name}' is of type {entry.type}; known are {', '.join(_TYPES)}.")
        if entry.start != place or entry.end < entry.start:
            raise FileError(f"'{name}' overlaps another array or leaves a gap: the header is damaged.")
        if math.prod(entry.shape) * _TYPES[entry.type].itemsize != entry.end - entry.start:
            raise FileError(f"'{name}' has not as many bytes as its shape needs: the header is damaged.")
        place = entry.end
    if place != size:
        raise FileError(
            f"It claims {said_size(place)} of arrays, but there are {said_size(size)}: it is cut off."
        )
    if sum(math.prod(entry.shape) for _, entry in entries) > MAX_CELLS:
        raise FileError(f"It holds too many numbers: at most {MAX_CELLS:,} are read.")


def _part(name: str, entry: _Entry, stream: IO[bytes] | Watched, first: int, most: int | None) -> Part:
    rows = entry.shape[0] if entry.shape else 1
    taken = rows if most is None else min(rows, most)
    shape = (taken, *entry.shape[1:]) if entry.shape else ()
    stream.seek(first + entry.start)
    data = exactly(stream, math.prod(shape) * _TYPES[entry.type].itemsize)
    return Part(name, _array(data, entry.type, shape), rows)


def _array(data: bytearray, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.frombuffer(data, _TYPES[kind])
    return (widened(array) if kind == "BF16" else array).reshape(shape)


def widened(halves: NDArray[Any]) -> NDArray[Any]:
    """Numbers of bfloat16, read as uint16, as float32: they are its upper half."""
    return (halves.astype(np.uint32) << 16).view(np.float32)
