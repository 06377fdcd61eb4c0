"""Tables of text, CSV and its kin: judged from their beginning, read by Arrow on all cores."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from gui_app.core.table import MAX_CELLS, Kind, Preview, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.arrow import NOTHING, TOO_MANY, table_of
from gui_app.files.tables.cells import column_kinds, column_names
from gui_app.files.tables.opening import Cancelled, Progress, Watched
from gui_app.files.tables.text_found import Found, blanks_joined, find

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 60
"""Rows of a preview."""
_SHOWN_OF_CELL = 200
_BLOCK = 4 * 2**20
"""Bytes that are parsed at a time; no row may be longer."""
_OPEN_QUOTE = "Perhaps a quotation mark is opened and never closed."
_TOO_LONG = f"One of its rows is longer than {_BLOCK // 2**20} MB. {_OPEN_QUOTE}"
_BLANKS_FIRST = (
    "Its first row has fewer columns than the next one. Is it a line of blanks? Delete it, or skip it."
)
_NAMES = {",": "CSV", ";": "CSV", "\t": "TSV"}

_NO_NUMBER = re.compile(
    r"In CSV column #(\d+): Row #(\d+): CSV conversion error to \w+: invalid value '(.*)'", re.S
)
_NO_TEXT = re.compile(r"In CSV column #(\d+): Row #(\d+): CSV conversion error to .*: invalid UTF8 data")
_RAGGED = re.compile(r"CSV parse error: Row #(\d+): Expected (\d+) columns, got (\d+)")


def preview_text(file: io.FileIO, options: TableOptions, _cancelled: Cancelled) -> Preview:
    """The first rows of a table of text. Raises FileError."""
    found = find(file, options)
    names, kinds = _columns(found)
    shown = tuple(  # a row that is too short or too long is told when the table is read
        tuple(cell[:_SHOWN_OF_CELL] for cell in (*row, *[""] * found.width)[: found.width])
        for row in found.rows[:SHOWN]
    )
    total = round(len(found.rows) / found.share) if found.share else 0
    return Preview(
        _NAMES.get(found.options.delimiter or "", "Text"),
        found.options,
        names,
        kinds,
        shown,
        total,
        counted=found.share >= 1,
    )


def read_text(file: io.FileIO, options: TableOptions, progress: Progress, cancelled: Cancelled) -> Table:
    """The whole table. Raises FileError, naming row and column where there is one, and ReadingStopped.

    Rows are counted as in a spreadsheet, the row of names included, empty lines not.
    """
    import pyarrow as pa

    found = find(file, options)
    names, kinds = _columns(found)
    if set(kinds) == {"text"}:
        raise FileError(NOTHING)
    _check_size(found, len(found.rows) / max(found.share, 1e-12))
    try:
        read = _parsed(file, found, kinds, progress, cancelled, threads=True)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        try:  # once more, row after row: only so does Arrow know which one is wrong
            read = _parsed(file, found, kinds, progress, cancelled, threads=False)
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            raise FileError(_explained(str(error), names, found)) from error
    first = 1 + len(found.head) + (found.options.skip or 0)
    kept = [name for name, kind in zip(names, kinds, strict=True) if kind != "text"]
    table = table_of(read.rename_columns(kept), first_row=first)
    return replace(table, left_out={**dict.fromkeys(set(names) - set(kept), TOO_MANY), **table.left_out})


def _columns(found: Found) -> tuple[tuple[str, ...], tuple[Kind, ...]]:
    names = column_names(found.head[0] if found.head else None, found.width)
    return names, column_kinds(names, found.rows, found.options)


def _check_size(found: Found, rows: float) -> None:
    if rows * found.width > MAX_CELLS:
        raise FileError(
            f"It has about {rows:,.0f} rows of {found.width:,} columns; at most {MAX_CELLS:,} cells are read."
        )


def _parsed(
    file: io.FileIO,
    found: Found,
    kinds: tuple[Kind, ...],
    progress: Progress,
    cancelled: Cancelled,
    *,
    threads: bool,
) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    options = found.options
    types = {"number": pa.float64(), "category": pa.dictionary(pa.int32(), pa.string()), "text": pa.null()}
    names = [f"f{place}" for place in range(found.width)]
    wanted = [name for name, kind in zip(names, kinds, strict=True) if kind != "text"]
    file.seek(0)
    source = Watched(
        file, progress, cancelled, encoding=options.encoding or "utf-8", check=_row_limit(found.width)
    )
    words = [*options.missing, *(f" {word}" for word in options.missing)]
    return csv.read_csv(
        source if options.delimiter != " " else _Joined(source),
        read_options=csv.ReadOptions(
            use_threads=threads,
            block_size=_BLOCK,
            skip_rows=options.skip or 0,
            skip_rows_after_names=len(found.head),
            autogenerate_column_names=True,
        ),
        parse_options=csv.ParseOptions(delimiter=options.delimiter, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types={name: types[kind] for name, kind in zip(names, kinds, strict=True)},
            include_columns=wanted,
            null_values=words,
            strings_can_be_null=True,
            decimal_point=options.decimal,
            check_utf8=True,
        ),
    )


def _row_limit(width: int) -> Callable[[bytes], None]:
    """Counts lines as they pass: the file's size says little about how many cells it holds."""
    lines = 0

    def check(piece: bytes) -> None:
        nonlocal lines
        lines += piece.count(b"\n")
        if lines * width > MAX_CELLS:
            raise FileError(f"It has more than {MAX_CELLS:,} cells; at most so many are read.")

    return check


def _explained(message: str, names: tuple[str, ...], found: Found) -> str:
    """Arrow's word on what is wrong, in ours."""
    if match := _NO_NUMBER.search(message):
        column, row, cell = names[int(match[1])], int(match[2]), match[3]
        return (
            f"Row {row:,}, column '{column}': {said_cell(cell)} is not a number. Correct it,"
            " count it among the words for missing values, or read the column as categories."
        )
    if match := _NO_TEXT.search(message):
        column, row = names[int(match[1])], int(match[2])
        return f"Row {row:,}, column '{column}': it is not {found.options.encoding} text. Choose another encoding."
    if match := _RAGGED.search(message):
        row, wanted, held = (int(part) for part in match.groups())
        quote = '"' in message and held < wanted
        cure = _OPEN_QUOTE if quote else "Correct the row, or choose another delimiter."
        return f"Row {row:,} has {_columns_said(held)}; the first row has {wanted:,}. {cure}"
    if "include_columns" in message:
        return _BLANKS_FIRST
    if "straddling" in message:
        return _TOO_LONG
    return f"It cannot be read as a table of text: {message.splitlines()[0]}"


def said_cell(text: str, most: int = 40) -> str:
    """What a cell holds, in quotation marks, on one line, not too long."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"'{plain if len(plain) <= most else plain[: most - 1] + '…'}'"


def _columns_said(count: int) -> str:
    return f"{count:,} column{'s' * (count != 1)}"


class _Joined(io.RawIOBase):
    """The same text with one blank between columns where there were several."""

    def __init__(self, source: Watched) -> None:
        super().__init__()
        self._source = source
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, most: int = -1) -> bytes:
        """Whole lines; the beginning of the next waits."""
        while piece := self._source.read(most // 2):
            whole, _, self._rest = (self._rest + piece).rpartition(b"\n")
            if len(self._rest) > most // 2:
                raise FileError(_TOO_LONG)
            if whole:
                return _joined(whole) + b"\n"
        last, self._rest = self._rest, b""
        return _joined(last)


def _joined(lines: bytes) -> bytes:
    return blanks_joined(lines.decode(errors="surrogateescape")).encode(errors="surrogateescape")
