"""Predictions and weights as files: every digit, inert texts, PyTorch's names."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gui_app.core.data import DataSpec
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fit import Fit
from gui_app.core.prepared import prepared
from gui_app.core.table import Column, Table
from gui_app.files.errors import FileError
from gui_app.files.predictions import (
    prediction_rows,
    safetensors,
    write_predictions,
    write_weights,
)
from gui_app.files.tables.safetensors import tensors

LABELS = ("=cmd()", "plain")


def fit_of(*, classes: bool = False, standardize: bool = False) -> Fit:
    columns = (
        Column("+x", np.array([0.1, 0.2, 1 / 3, 4.0])),
        Column("y", np.array([0, 1, 1, 0], np.int32), LABELS) if classes else Column("y", np.arange(4.0)),
    )
    spec = DataSpec(path="table.csv", target="y", validation=0.25, standardize=standardize)
    data = prepared(Table(columns, 4), spec, 0)
    held_out = np.isin(np.arange(4), data.validation)
    shares = np.array([[0.75, 0.25], [0.5, 0.5], [0.1, 0.9], [0.2, 0.8]])
    return Fit(
        3,
        np.array([1.5, -2.0], "float32"),
        data,
        np.arange(4),
        held_out,
        np.arange(0),
        None if classes else np.array([0.5, 1 / 7, 2.0, 3.0]),
        shares if classes else None,
    )


def read(fit: Fit) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(prediction_rows(fit)).decode())))


@pytest.mark.parametrize("standardize", [False, True])
def test_numbers(standardize: bool) -> None:
    fit = fit_of(standardize=standardize)
    head, *rows = read(fit)
    assert head == ["row", "split", "'+x", "target", "prediction", "residual"]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [row[1] == "validation" for row in rows] == fit.held_out.tolist()
    assert [float(row[2]) for row in rows] == pytest.approx([0.1, 0.2, 1 / 3, 4.0], rel=1e-15)
    assert float(rows[1][4]) == 1 / 7
    assert float(rows[1][5]) == 1 / 7 - 1.0


def test_classes_are_inert() -> None:
    head, *rows = read(fit_of(classes=True))
    assert head[3:] == ["target", "prediction", "probability of =cmd()", "probability of plain"]
    assert [row[3] for row in rows] == ["'=cmd()", "plain", "plain", "'=cmd()"]
    assert [row[4] for row in rows] == ["'=cmd()", "'=cmd()", "plain", "plain"]
    assert float(rows[2][6]) == 0.9


def test_a_table_is_saved_in_chunks(tmp_path: Path) -> None:
    called: list[int] = []
    path = tmp_path / "predictions.csv"
    write_predictions(path, fit_of(), lambda: called.append(1))
    assert path.read_bytes() == b"".join(prediction_rows(fit_of()))
    assert len(called) == 2


def test_what_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_predictions(tmp_path / "predictions.csv", fit_of(), stop)
    assert list(tmp_path.iterdir()) == []


EXPERIMENT = Experiment(
    "net.0.weight",
    (
        ParameterSpec("net.0.weight", ((1.0, 2.0),)),
        ParameterSpec("b"),
        ParameterSpec("c", requires_grad=False),
    ),
)
ROW = np.array([1 / 3, -2.5, 1e-8], "float32")


def test_weights_as_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write_weights(path, EXPERIMENT, ROW)
    data = path.read_bytes()
    found = {part.name: part.array for part in tensors(io.BytesIO(data), len(data))}
    assert found["net.0.weight"].tolist() == ROW[None, :2].tolist()
    assert found["net.0.weight"].dtype == np.float32
    assert found["b"].shape == ()
    assert found["b"] == ROW[2]
    assert set(found) == {"net.0.weight", "b"}


def test_weights_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "weights.CSV"
    write_weights(path, EXPERIMENT, ROW.astype(float))
    rows = list(csv.reader(io.StringIO(path.read_text())))
    assert [row[0] for row in rows] == ["parameter", "net.0.weight[0,0]", "net.0.weight[0,1]", "b"]
    assert [float(row[1]) for row in rows[1:]] == ROW.astype(float).tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_header_is_aligned(dtype: str) -> None:
    data = safetensors({"ünï": np.ones((2, 3), dtype), "empty": np.ones((0,), dtype)})
    assert int.from_bytes(data[:8], "little") % 8 == 0
    found = {part.name: part.array.shape for part in tensors(io.BytesIO(data), len(data))}
    assert found == {"ünï": (2, 3), "empty": (0,)}


@pytest.mark.parametrize(
    "write", [lambda p: write_predictions(p, fit_of()), lambda p: write_weights(p, EXPERIMENT, ROW)]
)
def test_a_folder_that_is_not_there(write: Callable[[Path], None], tmp_path: Path) -> None:
    with pytest.raises(FileError):
        write(tmp_path / "none" / "file.csv")
