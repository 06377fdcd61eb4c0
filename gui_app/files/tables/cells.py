"""Cells as text: which are numbers, what the columns are, how they are called."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from gui_app.core.table import MAX_COLUMNS, MAX_LABELS, Kind, TableOptions
from gui_app.files.errors import FileError

Row = Sequence[str]

_NUMBER = {
    decimal: re.compile(
        rf"\s*[+-]?(\d+{mark}?\d*|{mark}\d+)([eE][+-]?\d+)?\s*|\s*[+-]?(nan|inf|infinity)\s*", re.IGNORECASE
    )
    for decimal, mark in ((".", r"\."), (",", ","))
}
_FORMULA = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What a cell begins with that a spreadsheet would compute; the last four are the wide signs of East Asia."""
_SIGNED = re.compile(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ENOUGH = 0.75
"""Share of numbers from which the other cells of a column are mistakes to be told, not labels."""


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether the text is a number, not necessarily a finite one."""
    return _NUMBER[decimal].fullmatch(cell) is not None


def inert(text: str) -> str:
    """A text that no spreadsheet computes: an apostrophe stands before what would be a formula, if it is no number.

    Two different texts never become the same.
    """
    harmless = not text.lstrip("'").startswith(_FORMULA) or _SIGNED.fullmatch(text)
    return text if harmless else f"'{text}"


def is_header(rows: Sequence[Row], options: TableOptions) -> bool:
    """Whether the first row names the columns: it has no number, and is not the same as everything below."""
    decimal = options.decimal or "."
    first = [cell.strip() for cell in rows[0]]
    named = any(first) and not any(is_number(cell, decimal) for cell in first)
    return named and not set(first) - {""} <= set(options.missing)


def column_names(row: Row | None, width: int) -> tuple[str, ...]:
    """A name for each column, every one once: as in the header, or ``column_1`` …

    Raises FileError where there are too many.
    """
    if width > MAX_COLUMNS:
        raise FileError(f"It has {width:,} columns; at most {MAX_COLUMNS:,} are read.")
    cells = [*(row or ()), *[""] * width][:width]
    return unique([cell.strip() or f"column_{place}" for place, cell in enumerate(cells, start=1)])


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """The same names; one that is there again gets a number: ``x``, ``x_2``."""
    names = [name.encode(errors="replace").decode() for name in names]  # half a character is none
    wanted, taken, made = set(names), set[str](), []
    numbers: dict[str, int] = {}
    for name in names:
        number, tried = numbers.get(name, 1), name
        while tried in taken or (number > 1 and tried in wanted):
            number += 1
            tried = f"{name}_{number}"
        numbers[name] = number
        taken.add(tried)
        made.append(tried)
    return tuple(made)


def column_kinds(names: Sequence[str], rows: Sequence[Row], options: TableOptions) -> tuple[Kind, ...]:
    """What each column holds, judged by the rows that are there and by what was asked for."""
    missing, decimal = set(options.missing), options.decimal or "."
    kinds: list[Kind] = []
    for place, name in enumerate(names):
        cells = [row[place] for row in rows if place < len(row)]
        kinds.append(_forced(name, options) or kind_of(cells, missing, decimal))
    return tuple(kinds)


def kind_of(cells: Sequence[str], missing: Collection[str], decimal: str = ".") -> Kind:
    """What the cells are."""
    held = [cell for cell in cells if cell.strip() not in missing]
    if sum(is_number(cell, decimal) for cell in held) >= _ENOUGH * len(held):
        return "number"
    return "category" if len(set(held)) <= MAX_LABELS else "text"


def _forced(name: str, options: TableOptions) -> Kind | None:
    if name in options.categories:
        return "category"
    return "number" if name in options.numbers else None
