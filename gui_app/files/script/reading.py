"""A table of text in plain Python: statements that read it and make features and target of its cells."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gui_app.core.table import Column
from gui_app.files.script.layout import indented, listed, quoted
from gui_app.files.script.source import Source, encoding_of
from gui_app.files.tables import preview
from gui_app.files.tables.cells import inert


def reading(source: Source, folder: Path | None) -> list[str]:
    """Statements that set ``features`` and ``target`` from a file."""
    if source.companion:
        place, dialect = f"Path(__file__).with_name({quoted(source.companion)})", ""
        plain = [Column(inert(name), np.zeros(0)) for name in source.prepared.names]
        lines = _rows(place, "utf-8", dialect)
        return [*lines, *_features(plain, set()), *_target(source, "")]
    path = Path(source.spec.path or "")
    options = preview(path, source.spec.options).options
    dialect = "" if options.delimiter == "," else f", delimiter={quoted(options.delimiter or ',')}"
    comma = '.replace(",", ".")' if options.decimal == "," else ""
    lines = _rows(_place(path, folder), encoding_of(options.encoding), dialect)
    target = (
        [source.table.column(source.target)] if source.target and source.prepared.target is not None else []
    )
    columns = [source.table.column(name) for name in source.chosen]
    gaps = {column.name for column in (*columns, *target) if column.missing.any()}
    if gaps:
        lines += listed("missing = {", map(quoted, options.missing), "}")
        left_out = sorted(gaps if source.spec.missing == "drop" else gaps & {source.target})
        if left_out:
            lines += [
                f"for name in [{', '.join(map(quoted, left_out))}]:",
                "    rows = [row for row in rows if row[name].strip() not in missing]",
            ]
        gaps -= set(left_out)
    return [*lines, *_features(columns, gaps, comma), *_target(source, comma)]


def _place(path: Path, folder: Path | None) -> str:
    whole = path.resolve()
    if folder is not None and whole.is_relative_to(folder.resolve()):
        return f"Path(__file__).parent / {quoted(whole.relative_to(folder.resolve()).as_posix())}"
    return f"Path({quoted(os.fspath(whole))})"


def _rows(place: str, encoding: str, dialect: str) -> list[str]:
    return [
        f"path = {place}",
        f'with path.open(newline="", encoding="{encoding}") as file:',
        f"    rows = list(csv.DictReader(file{dialect}))",
    ]


def _features(columns: Sequence[Column], gaps: set[str], comma: str = "") -> list[str]:
    if not gaps and all(column.labels is None for column in columns):
        return [
            *listed("names = [", [quoted(column.name) for column in columns], "]"),
            f"features = np.array([[float(row[name]{comma}) for name in names] for row in rows])",
        ]
    lines = ["columns = ["]
    for column in columns:
        cells = (
            f"[row[{quoted(column.name)}].strip(){comma if column.labels is None else ''} for row in rows]"
        )
        rest = ", missing)," if column.name in gaps else "),"
        if column.labels is None:
            lines.append(f"    numbers({cells}{rest}")
        else:
            made = listed(f"one_hot({cells}, [", map(quoted, column.labels), f"]{rest}")
            lines += indented(made)
    return [*lines, "]", "features = np.column_stack(columns)"]


_NUMBERS = '''\
def numbers(cells, missing=()):
    """A column of numbers; where one is missing, the mean of the others."""
    mean = np.array([float(cell) for cell in cells if cell not in missing]).mean()
    return np.array([mean if cell in missing else float(cell) for cell in cells])

'''
_ONE_HOT = '''\
def one_hot(cells, labels, missing=()):
    """A column for each label, 1 where it stands; where none does, it is the most frequent one."""
    most = max(labels, key=cells.count)
    cells = [most if cell in missing else cell for cell in cells]
    return np.array([[float(cell == label) for label in labels] for cell in cells])

'''


def helpers(source: Source) -> list[str]:
    """Functions that these statements call."""
    if source.is_generated or source.companion:
        return []
    columns = [source.table.column(name) for name in source.chosen]
    has_labels = any(column.labels is not None for column in columns)
    has_gaps = source.spec.missing == "mean" and any(column.missing.any() for column in columns)
    has_numbers = any(column.labels is None for column in columns)
    return [_NUMBERS] * (has_numbers and (has_labels or has_gaps)) + [_ONE_HOT] * has_labels


def _target(source: Source, comma: str) -> list[str]:
    made, written = source.prepared, inert if source.companion else str
    name = quoted(written(source.target or ""))
    if made.target is None:
        return []
    if made.classes is None:
        return [f"target = np.array([float(row[{name}]{comma}) for row in rows])"]
    return [
        *listed("classes = [", map(quoted, map(written, made.classes)), "]"),
        f"target = np.array([classes.index(row[{name}].strip()) for row in rows])",
    ]
