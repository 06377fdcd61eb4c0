"""The table of a run holds every digit of every step."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from gui_app.core.history import History
from gui_app.files.history_csv import history_rows, write_history


def recorded(columns: tuple[str, ...], dtype: str, steps: int, budget: int = 2**28) -> History:
    history = History(columns, dtype, budget)
    random = np.random.default_rng(0)
    rows = random.standard_normal((2, steps, len(columns))).astype(dtype)
    history.extend(random.random(steps), *rows)
    return history


def table(history: History) -> list[list[str]]:
    return list(csv.reader(b"".join(history_rows(history)).decode().splitlines()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_number_comes_back(dtype: str) -> None:
    history = recorded(("x", "W[0,0]", "W[0,1]"), dtype, 5000)
    head, *rows = table(history)
    assert head == ["step", "loss", "x", "W[0,0]", "W[0,1]", "grad x", "grad W[0,0]", "grad W[0,1]"]
    assert [int(row[0]) for row in rows] == list(range(5000))
    for step in (0, 1, 4095, 4096, 4999):
        read = np.array([float(cell) for cell in rows[step][1:]])
        assert read[0] == history.losses[step]
        np.testing.assert_array_equal(read[1:4], history.parameters(step).astype(float))
        np.testing.assert_array_equal(read[4:].astype(dtype), history.gradients(step))


def test_a_thinned_record_ends_with_its_newest_step() -> None:
    history = recorded(("x",), "float64", 1000, budget=1000)
    assert history.stride > 1
    steps = [int(row[0]) for row in table(history)[1:]]
    assert steps == sorted({*range(0, 1000, history.stride), 999})


def test_an_empty_record_is_a_header(tmp_path: Path) -> None:
    write_history(tmp_path / "h.csv", History(("x",), "float32"))
    assert (tmp_path / "h.csv").read_bytes() == b"step,loss,x,grad x\n"


def test_what_is_not_finite_is_spelled_out() -> None:
    history = History(("x",), "float32")
    history.extend(np.array([np.inf]), np.array([[-np.inf]], "float32"), np.array([[np.nan]], "float32"))
    assert table(history)[1] == ["0", "inf", "-inf", "nan"]


def test_cells_are_inert() -> None:
    """A spreadsheet takes a cell that starts with one of these for a formula, unless it is a number."""
    for row in table(recorded(("x", "W[0,1]"), "float64", 50)):
        for cell in row:
            assert cell[0] not in "=+@\t\r"
            assert cell[0] != "-" or float(cell) < 0
