"""A table as plain data: what a file of rows and columns comes to, and how it is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment_error import ExperimentError

MAX_LABELS = 1_000
"""Most different texts in a column that is still a category."""
MAX_COLUMNS = 10_000
MAX_CELLS = 64_000_000
"""Most cells of one table: bounds memory (8 bytes each) before anything is allocated."""
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?")
"""Texts that stand for a missing value."""
_MOST_WORDS = 100
"""Words for missing values, and characters of each: a reader of tables was seen to crash with some thousands."""
DELIMITERS: Mapping[str, str] = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
    " ": "spaces",
}
ENCODINGS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
    *("cp1252", "latin-1", "mac-roman", "cp437", "shift-jis", "gb18030"),
)

Kind = Literal["number", "category", "text"]
"""``text``: neither numbers nor few enough different texts to be categories; such a column is left out."""


class ReadingStopped(BaseException):
    """Raised inside a reader whose table nobody waits for any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column (rows,): numbers, or categories as codes into ``labels``."""

    name: str
    values: NDArray[np.floating] | NDArray[np.int32]
    """float64 or float32 with nan where a value is missing, never infinite; or int32 codes, -1 where missing."""
    labels: tuple[str, ...] | None = None
    """What the codes stand for; ``None``: the column holds numbers."""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which rows have no value."""
        return np.isnan(self.values) if self.labels is None else self.values < 0


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of equal length, and what is known about them."""

    columns: tuple[Column, ...]
    rows: int
    source: str = ""
    """The file's name, or that of the built-in set."""
    target: str | None = None
    """The column that is usually fitted, where that is known."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Columns of the file that are not here, each with the reason, as a clause: ``holds dates``."""
    true_values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """What made-up data were made with: parameters by name."""
    _by_name: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {column.name: column for column in self.columns})

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the file's order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return self._by_name[name]


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a file of text or a workbook is read; ``None``: as found from the file. Others need none of this."""

    delimiter: str | None = None
    """One of DELIMITERS; a blank stands for any stretch of blanks."""
    header: bool | None = None
    """Whether the first row holds the columns' names."""
    decimal: str | None = None
    """``.`` or ``,``"""
    encoding: str | None = None
    """One of ENCODINGS."""
    skip: int | None = None
    """Lines before the table."""
    sheet: str | None = None
    """Of a workbook; ``None``: the first."""
    missing: tuple[str, ...] = MISSING
    categories: tuple[str, ...] = ()
    """Columns that hold categories though they look like numbers."""
    numbers: tuple[str, ...] = ()
    """Columns that hold numbers though they look like text: the first cell that is none is an error."""

    def __post_init__(self) -> None:
        _one_of("delimiter", self.delimiter, tuple(DELIMITERS))
        _one_of("decimal", self.decimal, (".", ","))
        _one_of("encoding", self.encoding, ENCODINGS)
        if self.decimal == "," and self.delimiter == ",":
            raise ExperimentError("data.decimal", "a comma cannot both separate columns and mark decimals")
        if self.skip is not None and not 0 <= self.skip <= 1_000:
            raise ExperimentError("data.skip", "must lie between 0 and 1,000")
        if len(self.missing) > _MOST_WORDS or any(len(word) > _MOST_WORDS for word in self.missing):
            message = f"at most {_MOST_WORDS} words of at most {_MOST_WORDS} characters"
            raise ExperimentError("data.missing_words", message)


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a table, as text, and what was found out about the whole."""

    format: str
    """``CSV``, ``Parquet`` …, as a person says it."""
    options: TableOptions
    """As asked for, with everything that was found from the file filled in where it applies to the format."""
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first rows, each with a text for every column; empty where a value is missing."""
    total: int
    """Number of rows of the whole table."""
    counted: bool = True
    """``False``: the total is guessed from the beginning of the file."""
    sheets: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Columns that will not be read, each with the reason."""


def _one_of(key: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ExperimentError(f"data.{key}", f"{value!r} is none of {', '.join(map(repr, allowed))}")
