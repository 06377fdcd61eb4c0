"""The formats of tables: told by what a file begins with, not by its name."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gui_app.core.numbers import short
from gui_app.core.table import Column, Kind, Preview, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.archives import open_archive
from gui_app.files.tables.arrays import read_npy, read_npz
from gui_app.files.tables.arrow import NOTHING
from gui_app.files.tables.columnar import read_feather, read_parquet
from gui_app.files.tables.json_lines import preview_lines, read_lines
from gui_app.files.tables.opening import Cancelled, Progress, opened
from gui_app.files.tables.safetensors import read_safetensors
from gui_app.files.tables.text import SHOWN, preview_text, read_text
from gui_app.files.tables.weights import read_weights
from gui_app.files.tables.workbook import preview_workbook, read_workbook

_Columns = Callable[[io.FileIO, TableOptions, Progress, Cancelled, int | None], tuple[Table, int]]


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is looked at and read. Both raise FileError; reading also ReadingStopped."""

    preview: Callable[[io.FileIO, TableOptions, Cancelled], Preview]
    read: Callable[[io.FileIO, TableOptions, Progress, Cancelled], Table]


def _of_columns(name: str, read: _Columns) -> Format:
    """A format whose reader can stop after the first rows."""

    def preview(file: io.FileIO, options: TableOptions, cancelled: Cancelled) -> Preview:
        table, total = read(file, options, lambda _: None, cancelled, SHOWN)
        return preview_of(table, total, name, options)

    def whole(file: io.FileIO, options: TableOptions, progress: Progress, cancelled: Cancelled) -> Table:
        return read(file, options, progress, cancelled, None)[0]

    return Format(preview, whole)


_FEWEST, _MOST_SHOWN = 8, 50_000
"""Rows that a preview shows at least, and cells that it shows at most of a table with many columns."""
_TEXT = Format(preview_text, read_text)
_LINES = Format(preview_lines, read_lines)
_NPZ = _of_columns("NumPy", read_npz)
_EXCEL = Format(preview_workbook, read_workbook)
_WEIGHTS = _of_columns("PyTorch", read_weights)
_ARROW = _of_columns("Arrow", read_feather)
_MAGIC: Mapping[bytes, Format] = {
    b"PAR1": _of_columns("Parquet", read_parquet),
    b"ARROW1": _ARROW,
    b"\xff\xff\xff\xff": _ARROW,
    b"\x93NUMPY": _of_columns("NumPy", read_npy),
}
_REFUSED: Mapping[bytes, str] = {
    b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.": "It was saved by an old PyTorch. Save it again with a newer one.",
    b"\x80": "It is a Python pickle, which could run code when opened. Save it as .npy, .csv or .safetensors.",
    b"FEA1": "It is a file of Feather's first version. Save it again with a newer library.",
    b"\xd0\xcf\x11\xe0": "It is a workbook of an old Excel. Save it as .xlsx.",
    b"\x1f\x8b": "It is compressed. Unpack it first.",
    b"\x28\xb5\x2f\xfd": "It is compressed. Unpack it first.",
    b"BZh": "It is compressed. Unpack it first.",
    b"\xfd7zXZ": "It is compressed. Unpack it first.",
    b"\x89PNG": "It is a picture, not a table.",
    b"\xff\xd8\xff": "It is a picture, not a table.",
    b"%PDF": "It is a PDF, not a table.",
    b"SQLite format 3": "It is a database. Export the table as CSV.",
    b"\x89HDF": "It is an HDF5 file, which is not read. Save the table as Parquet or CSV.",
}
_INSIDE: tuple[tuple[Callable[[str], bool], Format], ...] = (
    (lambda name: name == "xl/workbook.xml", _EXCEL),
    (lambda name: name.endswith(("/data.pkl", "/constants.pkl")), _WEIGHTS),
    (lambda name: name.endswith(".npy"), _NPZ),
)


def format_of(file: io.FileIO, path: Path) -> Format:
    """The format of an open file. Raises FileError where it is none that is read."""
    file.seek(0)
    start = file.read(16) or b""
    file.seek(0)
    for magic, refusal in _REFUSED.items():
        if start.startswith(magic):
            raise FileError(refusal)
    for magic, found in _MAGIC.items():
        if start.startswith(magic):
            return found
    if start.startswith(b"PK\3\4"):
        return _archive_format(file)
    if path.suffix.lower() == ".safetensors" or start[8:10] == b'{"':
        return _SAFETENSORS
    is_object = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return _LINES if is_object or path.suffix.lower() in (".json", ".jsonl", ".ndjson") else _TEXT


_SAFETENSORS = _of_columns("safetensors", read_safetensors)


def _archive_format(file: io.FileIO) -> Format:
    with open_archive(file) as archive:
        names = archive.namelist()
    for fits, found in _INSIDE:
        if any(map(fits, names)):
            return found
    raise FileError("It is a ZIP archive without a table that can be read in place. Unpack it first.")


def preview_of(table: Table, total: int, name: str, options: TableOptions) -> Preview:
    """What a table's first rows look like."""
    most = max(_FEWEST, min(SHOWN, _MOST_SHOWN // max(1, len(table.columns))))
    cells = [_texts(column, most) for column in table.columns]
    kinds: tuple[Kind, ...] = tuple(
        "number" if column.labels is None else "category" for column in table.columns
    )
    rows = tuple(zip(*cells, strict=True))
    return Preview(name, options, table.names, kinds, rows, total, left_out=table.left_out)


def _texts(column: Column, most: int) -> list[str]:
    first = column.values[:most].tolist()
    if column.labels is None:
        return ["" if number != number else short(number) for number in first]
    return ["" if code < 0 else column.labels[code] for code in first]


def preview(path: Path, options: TableOptions | None = None, cancelled: Cancelled = lambda: False) -> Preview:
    """The first rows of a table, and what was found out about it: fast, only the beginning is read.

    Raises FileError, ReadingStopped.
    """
    with opened(path) as file:
        return format_of(file, path).preview(file, options or TableOptions(), cancelled)


def read_table(
    path: Path,
    options: TableOptions | None = None,
    on_progress: Progress = lambda _: None,
    cancelled: Cancelled = lambda: False,
) -> Table:
    """The whole table of a file. Raises FileError, ReadingStopped.

    ``on_progress`` takes the share that is done, 0 … 1, from the thread that reads.
    """
    with opened(path) as file:
        table = format_of(file, path).read(file, options or TableOptions(), on_progress, cancelled)
    if not table.rows:
        raise FileError("It has no row of data.", path=path)
    if not table.columns:
        raise FileError(NOTHING, path=path)
    return replace(table, source=path.name)
