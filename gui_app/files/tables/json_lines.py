"""Tables of JSON lines: an object on each line, a column for each of its keys."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from gui_app.core.table import MAX_COLUMNS, Kind, Preview, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.arrow import table_of
from gui_app.files.tables.opening import Cancelled, Progress, Watched, size_of
from gui_app.files.tables.text import SHOWN, said_cell

_SAMPLE = 256 * 1024
_BLOCK = 4 * 2**20
_WANTED = 'Each line must be one JSON object, such as {"x": 1.5, "label": "a"}.'
_TYPES: tuple[tuple[type | tuple[type, ...], Kind], ...] = (
    (bool, "category"),
    ((int, float), "number"),
    (str, "category"),
)
_SAID = {"number": "a number", "category": "text", "text": "a single value"}


def preview_lines(file: io.FileIO, options: TableOptions, _cancelled: Cancelled) -> Preview:
    """The first rows. Raises FileError."""
    rows, share = _sample(file)
    kinds = _kinds(rows)
    shown = tuple(tuple(_text(row.get(name)) for name in kinds) for row in rows[:SHOWN])
    total = round(len(rows) / share)
    left_out = {name: "nested values" for name, kind in kinds.items() if kind == "text"}
    names = tuple(kinds)
    return Preview(
        "JSON lines",
        options,
        names,
        tuple(kinds.values()),
        shown,
        total,
        counted=share >= 1,
        left_out=left_out,
    )


def read_lines(file: io.FileIO, options: TableOptions, progress: Progress, cancelled: Cancelled) -> Table:
    """The whole table; keys that the first lines do not have are not read. Raises FileError, ReadingStopped."""
    import pyarrow as pa
    from pyarrow import json as arrow_json

    rows, _ = _sample(file)
    kinds = {name: kind for name, kind in _kinds(rows).items() if kind != "text"}
    flags = {name for name in kinds if any(isinstance(row.get(name), bool) for row in rows)}
    schema = pa.schema(
        {
            name: pa.float64() if kind == "number" else pa.bool_() if name in flags else pa.string()
            for name, kind in kinds.items()
        }
    )
    file.seek(0)
    try:
        read = arrow_json.read_json(
            Watched(file, progress, cancelled),
            read_options=arrow_json.ReadOptions(block_size=_BLOCK),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "straddling" in str(error):
            raise FileError(f"One of its lines is longer than {_BLOCK // 2**20} MB.") from error
        file.seek(0)
        raise FileError(_first_fault(Watched(file, progress, cancelled), kinds)) from error
    return table_of(_with_words(read, options))


def _sample(file: io.FileIO) -> tuple[list[dict[str, Any]], float]:
    """The objects of the first lines, and the share of the file that they are."""
    file.seek(0)
    data = file.read(_SAMPLE) or b""
    whole = len(data) == size_of(file)
    lines = data.splitlines(keepends=True)
    if not whole:
        del lines[-1]
    rows = [row for number, line in enumerate(lines, start=1) if (row := _object(line, number)) is not None]
    if not rows:
        raise FileError(f"There is no row in its first {_SAMPLE // 1024} KB. {_WANTED}")
    return rows, 1.0 if whole else sum(map(len, lines)) / size_of(file)


def _object(line: bytes, number: int) -> dict[str, Any] | None:
    if not line.strip():
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        place = f", column {error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        raise FileError(f"Line {number:,} is not JSON{place}. {_WANTED}") from error
    if not isinstance(row, dict):
        raise FileError(f"Line {number:,} is not an object. {_WANTED}")
    return row


def _kinds(rows: list[dict[str, Any]]) -> dict[str, Kind]:
    """What each key holds: numbers if one of its values is one, so that the others are told as mistakes."""
    found: dict[str, set[Kind]] = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, set()).update([] if value is None else [_kind(value)])
    if len(found) > MAX_COLUMNS:
        raise FileError(f"It has {len(found):,} columns; at most {MAX_COLUMNS:,} are read.")
    order: tuple[Kind, ...] = ("text", "number", "category")
    return {name: next((kind for kind in order if kind in held), "number") for name, held in found.items()}


def _kind(value: object) -> Kind:
    return next((kind for types, kind in _TYPES if isinstance(value, types)), "text")


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _first_fault(lines: Watched, kinds: Mapping[str, Kind]) -> str:
    """Which line it is that Arrow stumbled over, and why."""
    with io.BufferedReader(lines) as buffered:
        for number, line in enumerate(buffered, start=1):
            try:
                row = _object(line, number)
            except FileError as error:
                return error.message
            for name, value in (row or {}).items():
                wanted = kinds.get(name)
                if wanted and value is not None and _kind(value) != wanted:
                    cell = said_cell(_text(value))
                    return f"Line {number:,}, column '{name}': {cell} is not {_SAID[wanted]}. Correct it."
                if wanted == "number" and isinstance(value, int | float) and abs(value) > 1.7e308:
                    return f"Line {number:,}, column '{name}': the number is too large. Correct it."
    return f"It cannot be read. {_WANTED}"


def _with_words(read: Any, options: TableOptions) -> Any:
    """The words for missing values are missing in columns of text as well."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(options.missing, pa.string())
    for place, field in enumerate(read.schema):
        if pa.types.is_string(field.type):
            column = read.column(place)
            known = pc.if_else(pc.is_in(column, value_set=words), pa.scalar(None, pa.string()), column)
            read = read.set_column(place, field.name, known)
    return read
