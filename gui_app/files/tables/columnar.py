"""Tables that Arrow stores column by column: Parquet, Feather and Arrow's own files and streams."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from gui_app.core.table import MAX_CELLS, MAX_COLUMNS, Table, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.tables.arrow import table_of
from gui_app.files.tables.opening import Cancelled, Progress, Watched, check_swelling

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 64 * 1024
"""Rows of Parquet that are read at a time."""
_Batches = Iterator["pa.RecordBatch"]


def read_parquet(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """The first ``most`` rows, and how many there are. Raises FileError and ReadingStopped."""
    return _read("Parquet", _parquet, file, progress, cancelled, most)


def read_feather(
    file: io.FileIO, _options: TableOptions, progress: Progress, cancelled: Cancelled, most: int | None = None
) -> tuple[Table, int]:
    """Likewise, of Arrow's files and streams; all of a stream must be read to know how many rows it has."""
    return _read("Arrow", _arrow, file, progress, cancelled, most)


def _read(
    name: str,
    batches_of: Callable[[Watched, int | None], tuple[pa.Schema, _Batches, int | None]],
    file: io.FileIO,
    progress: Progress,
    cancelled: Cancelled,
    most: int | None,
) -> tuple[Table, int]:
    import pyarrow as pa

    file.seek(0)
    watched = Watched(file, progress, cancelled)
    try:
        schema, batches, total = batches_of(watched, most)
        _check(len(schema), total or 0, watched.size)
        kept: list[pa.RecordBatch] = []
        rows = 0
        for batch in batches:
            batch.validate(full=True)  # a made-up file's offsets may point anywhere
            rows += batch.num_rows
            _check(len(schema), rows, watched.size)
            if most is None or rows - batch.num_rows < most:
                kept.append(batch)
        table = pa.Table.from_batches(kept, schema)
        return table_of(table if most is None else table.slice(0, most)), total if total is not None else rows
    except FileError:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError, TypeError) as error:
        raise FileError(
            f"It cannot be read as {name}: it is damaged or cut off ({_first_line(error)})."
        ) from error


def _parquet(watched: Watched, most: int | None) -> tuple[pa.Schema, _Batches, int | None]:
    from pyarrow import parquet

    stored = parquet.ParquetFile(watched, pre_buffer=False)
    total = stored.metadata.num_rows
    _check(stored.metadata.num_columns, total, watched.size)
    batches = stored.iter_batches(batch_size=min(_ROWS, most or _ROWS))
    return stored.schema_arrow, batches if most is None else islice(batches, 1), total


def _arrow(watched: Watched, _most: int | None) -> tuple[pa.Schema, _Batches, int | None]:
    from pyarrow import ipc

    is_stream = watched.read(6) != b"ARROW1"
    watched.seek(0)
    if is_stream:
        stream = ipc.open_stream(watched)
        return stream.schema, iter(stream), None
    stored = ipc.open_file(watched)
    return stored.schema, map(stored.get_batch, range(stored.num_record_batches)), None


def _check(columns: int, rows: int, size: int) -> None:
    if columns > MAX_COLUMNS:
        raise FileError(f"It has {columns:,} columns; at most {MAX_COLUMNS:,} are read.")
    if columns * rows > MAX_CELLS:
        raise FileError(f"It has {rows:,} rows of {columns:,} columns; at most {MAX_CELLS:,} cells are read.")
    check_swelling(size, 8 * columns * rows)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(". ")
