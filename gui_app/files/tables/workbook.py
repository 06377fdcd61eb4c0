"""Tables of Excel workbooks (.xlsx), row after row, formulas as their last values."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from gui_app.core.table import Column, Kind, Preview, ReadingStopped, Table, TableOptions
from gui_app.files.errors import FileError, nearest
from gui_app.files.tables.archives import open_archive
from gui_app.files.tables.arrow import TOO_MANY, category_column, number_column
from gui_app.files.tables.cells import column_kinds, column_names, is_header, is_number
from gui_app.files.tables.opening import Cancelled, Progress
from gui_app.files.tables.text import SHOWN, said_cell

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_MOST_BYTES = 128 * 2**20
"""Unpacked: what is inside is text that is read slowly and takes several times its size."""
_MOST_CELLS = 5_000_000
_JUDGED = 1_000
"""Rows by which the columns' kinds are judged."""
Cells = tuple[str, ...]


def preview_workbook(file: io.FileIO, options: TableOptions, _cancelled: Cancelled) -> Preview:
    """The first rows of a sheet. Raises FileError."""
    with _sheet(file, options) as (sheet, sheets):
        rows = list(islice(_rows(sheet), (options.skip or 0) + _JUDGED + 1))
        ended = len(rows) <= (options.skip or 0) + _JUDGED
        full, names, kinds, body = _judged(rows, options)
        full = replace(full, sheet=sheet.title)
        width = len(names)
        shown = tuple((*row, *[""] * width)[:width] for row in body[:SHOWN])
        total = (
            len(body)
            if ended
            else max(len(body), (sheet.max_row or 0) - (options.skip or 0) - bool(full.header))
        )
    return Preview("Excel", full, names, kinds, shown, total, counted=ended, sheets=sheets)


def read_workbook(file: io.FileIO, options: TableOptions, progress: Progress, cancelled: Cancelled) -> Table:
    """A whole sheet. Raises FileError, naming row and column where there is one, and ReadingStopped."""
    rows: list[Cells] = []
    with _sheet(file, options) as (sheet, _):
        expected = max(1, sheet.max_row or 1)
        for number, row in enumerate(_rows(sheet)):
            if number % 256 == 0:
                if cancelled():
                    raise ReadingStopped
                progress(min(1.0, number / expected))
            rows.append(row)
    full, names, kinds, body = _judged(rows, options)
    first = 1 + (full.skip or 0) + bool(full.header)
    columns, left_out = [], {}
    for place, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        cells = [row[place] if place < len(row) else "" for row in body]
        column = _column(name, kind, cells, full.missing, first)
        if column is None:
            left_out[name] = TOO_MANY
        else:
            columns.append(column)
    return Table(tuple(columns), len(body), left_out=left_out)


@contextmanager
def _sheet(file: io.FileIO, options: TableOptions) -> Iterator[tuple[ReadOnlyWorksheet, tuple[str, ...]]]:
    """The sheet that was asked for, open, and the names of all."""
    from openpyxl import load_workbook

    with open_archive(file, _MOST_BYTES), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that do not concern us
        book = None
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            names = tuple(sheet.title for sheet in book.worksheets)
            wanted = options.sheet or (names[0] if names else "")
            if wanted not in names:
                raise FileError(f"It has no sheet '{wanted}'.{nearest(wanted, names)}")
            sheet = book[wanted]
            sheet.reset_dimensions()  # they may claim anything
            yield sheet, names
        except FileError:
            raise
        except Exception as error:
            raise FileError("The workbook is damaged, or not one that can be read.") from error
        finally:
            if book is not None:
                book.close()


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[Cells]:
    """The rows as texts, empty where there is nothing."""
    cells = 0
    for row in sheet.iter_rows(values_only=True):
        while row and row[-1] is None:
            row = row[:-1]
        cells += len(row) + 1
        if cells > _MOST_CELLS:
            raise FileError(f"The sheet has more than {_MOST_CELLS:,} cells. Save it as CSV.")
        yield tuple(map(_text, row))


def _text(value: object) -> str:
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def _judged(
    rows: Sequence[Cells], options: TableOptions
) -> tuple[TableOptions, tuple[str, ...], tuple[Kind, ...], Sequence[Cells]]:
    """The options completed, the columns' names and kinds, and the rows below the names."""
    first = next((number for number, row in enumerate(rows) if row), 0)
    skip = first if options.skip is None else options.skip
    body = list(rows[skip:])
    while body and not body[-1]:
        body.pop()
    if not any(body):
        raise FileError("There is no table on this sheet: every cell is empty.")
    full = replace(options, skip=skip, header=_has_header(body, options))
    head = body.pop(0) if full.header else None
    names = column_names(head, max(map(len, [head or (), *body])))
    return full, names, column_kinds(names, body[:_JUDGED], full), body


def _has_header(body: Sequence[Cells], options: TableOptions) -> bool:
    return is_header(body, options) if options.header is None and body[0] else bool(options.header)


def _column(name: str, kind: Kind, cells: Sequence[str], missing: Sequence[str], first: int) -> Column | None:
    words = set(missing)
    if kind == "number":
        numbers = np.full(len(cells), np.nan)
        for row, cell in enumerate(cells):
            if is_number(cell):
                numbers[row] = float(cell)
            elif cell.strip() not in words:
                raise FileError(
                    f"Row {first + row:,}, column '{name}': {said_cell(cell)} is not a number. Correct it,"
                    " count it among the words for missing values, or read the column as categories."
                )
        return number_column(name, numbers, first)
    labels = sorted({cell for cell in cells if cell.strip() not in words})
    place = {label: code for code, label in enumerate(labels)}
    codes = np.array([place.get(cell, -1) for cell in cells], dtype=np.int64)
    return category_column(name, codes, labels)
