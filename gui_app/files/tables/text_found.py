"""What a file of text is, found from its beginning: encoding, delimiter, header, decimal mark, columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gui_app.core.table import TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.cells import Row, is_header, is_number
from gui_app.files.tables.opening import size_of

SAMPLE = 64 * 1024
LONGEST = 1024 * 1024
"""Bytes within which the first two lines must end."""
_JUDGED = 50
"""Rows by which the delimiter is judged."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLANKS = re.compile(r"[ \t]+")
_COMMENT = ("#", "%")


@dataclass(frozen=True, slots=True)
class Found:
    """The beginning of a file of text."""

    options: TableOptions
    """Complete: nothing of it is ``None`` but the sheet."""
    head: tuple[Row, ...]
    """The row of names, if there is one."""
    rows: tuple[Row, ...]
    """The rows after it, as many as the beginning holds."""
    width: int
    share: float
    """Of the file that was looked at: 1 is all of it."""


def find(file: io.FileIO, options: TableOptions) -> Found:
    """Judge a file by its first 64 KB; what ``options`` says is taken as it is. Raises FileError."""
    data = _beginning(file)
    whole = len(data) == size_of(file)
    encoding = options.encoding or _encoding(data)
    text = _decoded(data, encoding, whole)
    lines = text.splitlines(keepends=True)
    if not whole and len(lines) > 1:
        del lines[-1]  # cut off in the middle
    skip = _comments(lines) if options.skip is None else options.skip
    body = lines[skip:]
    delimiter = options.delimiter or _delimiter(body[:_JUDGED])
    rows = parsed(body, delimiter)
    if not rows:
        raise FileError("There is no table in it: no line has anything in it.")
    decimal = options.decimal or _decimal(rows, delimiter)
    full = replace(options, encoding=encoding, delimiter=delimiter, decimal=decimal, skip=skip)
    header = is_header(rows, full) if options.header is None else options.header
    seen = sum(len(line.encode()) for line in lines) / max(1, len(text.encode()))
    return Found(
        replace(full, header=header),
        tuple(rows[:1]) if header else (),
        tuple(rows[1:] if header else rows),
        len(rows[0]),
        1.0 if whole else seen * len(data) / size_of(file),
    )


def parsed(lines: Sequence[str], delimiter: str) -> list[Row]:
    """The rows of cells in lines of text; empty lines are none."""
    if delimiter == " ":
        lines = [blanks_joined(line) for line in lines]
    try:
        return [
            row for row in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, row)) or len(row) > 1
        ]
    except csv.Error as error:
        raise FileError(f"It is no table: {error}.") from error


def blanks_joined(text: str) -> str:
    """Lines whose columns stand apart by any stretch of blanks, with one blank each."""
    return "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n"))


def _beginning(file: io.FileIO) -> bytes:
    file.seek(0)
    data = file.read(SAMPLE) or b""
    while len(data) < min(LONGEST, size_of(file)) and data.count(b"\n") + data.count(b"\r") < 4:
        more = file.read(SAMPLE)
        if not more:
            break
        data += more
    if len(data) >= LONGEST and b"\n" not in data and b"\r" not in data:
        raise FileError(f"Its first line is longer than {LONGEST // 1024:,} KB. This is no table of text.")
    return data


def _encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data:
        return _wide_encoding(data)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "cp1252" if _fits(data, "cp1252") else "latin-1"
    return "utf-8"


def _wide_encoding(data: bytes) -> str:
    """UTF-16 without a mark: of the usual letters every other byte is NUL."""
    half = len(data) / 2
    even, odd = data[0::2].count(0) / half, data[1::2].count(0) / half
    if max(even, odd) < 0.6 or min(even, odd) > 0.1:
        raise FileError("It has NUL bytes, so it is no table of text.")
    return "utf-16-le" if odd > even else "utf-16-be"


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes, encoding: str, whole: bool) -> str:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    except UnicodeError as error:
        raise FileError(f"It is not {encoding} text. Choose another encoding.") from error
    if "\0" in text:
        raise FileError("It has NUL characters, so it is no table of text. Choose another encoding.")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _comments(lines: Sequence[str]) -> int:
    """Lines before the table: those that begin like comments, and empty ones between them."""
    last = 0
    for number, line in enumerate(lines, start=1):
        if line.startswith(_COMMENT):
            last = number
        elif line.strip():
            break
    return last


def _delimiter(lines: Sequence[str]) -> str:
    """The one that cuts the largest share of the rows into equally many columns, at least two."""
    best, most = ",", 0.0
    for delimiter in ("\t", ";", "|", ",", " "):
        try:
            rows = parsed(lines, delimiter)
        except FileError:
            continue
        width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        share = count / len(rows) if width > 1 else 0.0
        if delimiter == " " and share < 1:
            continue  # blanks are found in any text
        if share > most:
            best, most = delimiter, share
    return best


def _decimal(rows: Sequence[Row], delimiter: str) -> str:
    if delimiter == ",":
        return "."
    cells = [cell for row in rows for cell in row]
    commas = sum("," in cell and is_number(cell, ",") for cell in cells)
    points = sum("." in cell and is_number(cell, ".") for cell in cells)
    return "," if commas > points else "."
