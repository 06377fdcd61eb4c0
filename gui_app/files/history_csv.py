"""A run as a table: comma-separated, one row a step, every digit of every number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from gui_app.core.history import History
from gui_app.files.atomic import write_atomically

_CHUNK = 4096
"""Rows that are put into text at a time."""


def write_history(path: Path, history: History) -> None:
    """Save the record as CSV, whole or not at all. Raises FileError."""
    write_atomically(path, history_rows(history))


def history_rows(history: History) -> Iterator[bytes]:
    """The CSV text in chunks: ``step``, ``loss``, the parameters' elements, then ``grad`` of each.

    One row for every step that the history has a row of. Numbers are written as Python writes a float, which
    gives every float64 and float32 back exactly. ``nan`` stands where there is no gradient. Every cell is a
    number or a name that starts with a letter, so a spreadsheet finds no formula in it.
    """
    yield _csv([["step", "loss", *history.columns, *(f"grad {name}" for name in history.columns)]])
    steps = history.steps().tolist()
    if history.last >= 0 and (not steps or steps[-1] != history.last):
        steps.append(history.last)
    for first in range(0, len(steps), _CHUNK):
        yield _csv([_row(history, step) for step in steps[first : first + _CHUNK]])


def _row(history: History, step: int) -> list[object]:
    parameters, gradients = history.parameters(step).tolist(), history.gradients(step).tolist()
    return [step, float(history.losses[step]), *parameters, *gradients]


def _csv(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
