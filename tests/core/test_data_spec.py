"""What is asked of data, and the numbers that a table comes to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.experiment import Experiment, ExperimentError, ParameterSpec
from gui_app.core.prepared import batches_of, prepared
from gui_app.core.table import Column, ReadingStopped, Table, TableOptions

NAN = float("nan")
AGE = Column("age", np.array([1.0, 2.0, NAN, 4.0, 6.0]))
COLOUR = Column("colour", np.array([0, 1, 1, -1, 1], dtype=np.int32), ("red", "blue"))
WEIGHT = Column("weight of it", np.array([3.0, 3.0, 3.0, 3.0, 3.0]))
KIND = Column("kind", np.array([1, 0, 1, 0, 1], dtype=np.int32), ("no", "yes"))
TABLE = Table((AGE, COLOUR, WEIGHT, KIND), 5, "things.csv", "kind", left_out={"day": "holds dates"})
SPEC: dict[str, Any] = {"path": "things.csv"}


def test_number_columns_stay_and_categories_become_a_column_a_label() -> None:
    found = prepared(TABLE, DataSpec(**SPEC, missing="drop"), 0)
    assert found.names == ("age", "colour = red", "colour = blue", "weight of it")
    assert found.features.tolist() == [[1, 1, 0, 3], [2, 0, 1, 3], [6, 0, 1, 3]]
    assert found.rows.tolist() == [0, 1, 4]
    assert found.classes == ("no", "yes")
    assert found.target is not None
    assert found.target.tolist() == [1, 0, 1]
    assert found.target.dtype == np.int64
    assert set(found.columns) == {"age", "colour", "kind"}
    assert found.columns["colour"].tolist() == [0, 1, 1]
    assert found.training.tolist() == [0, 1, 2]
    assert not len(found.validation)


def test_gaps_are_filled_with_the_mean_or_the_most_frequent() -> None:
    found = prepared(TABLE, DataSpec(**SPEC, missing="mean", features=("age", "colour")), 0)
    assert found.features[:, 0].tolist() == [1, 2, 13 / 4, 4, 6]
    assert found.columns["colour"].tolist() == [0, 1, 1, 1, 1]


def test_a_row_without_a_target_is_left_out_and_never_made_up() -> None:
    table = Table((WEIGHT, AGE), 5)
    found = prepared(table, DataSpec(**SPEC, target="age", missing="mean"), 0)
    assert found.rows.tolist() == [0, 1, 3, 4]
    assert found.classes is None


def test_columns_are_standardised_by_the_rows_that_are_trained_on() -> None:
    values = np.random.default_rng(1).normal(5, 3, 40)
    table = Table((Column("a", values), Column("b", np.full(40, 7.0)), Column("y", values)), 40)
    found = prepared(table, DataSpec(**SPEC, target="y", standardize=True, validation=0.25), 3)
    seen = found.features[found.training, 0]
    assert seen.mean() == pytest.approx(0, abs=1e-12)
    assert seen.std() == pytest.approx(1)
    assert (found.features[:, 1] == 0).all()
    assert found.stds[1] == 1
    np.testing.assert_allclose(found.original(found.features)[:, 0], values)
    assert found.target is not None
    assert found.target.tolist() == values.tolist()


@given(st.integers(2, 60), st.floats(0, 0.9), st.integers(0, 99))
def test_the_split_is_numpys_permutation(rows: int, share: float, seed: int) -> None:
    table = Table((Column("a", np.arange(rows, dtype=float)), Column("y", np.zeros(rows))), rows)
    spec = DataSpec(**SPEC, target="y", validation=share)
    held = round(rows * share)
    if held == rows:
        with pytest.raises(ExperimentError, match="none would be left"):
            prepared(table, spec, seed)
        return
    found = prepared(table, spec, seed)
    order = np.random.default_rng(seed).permutation(rows)
    assert sorted(order[:held]) == found.validation.tolist()
    assert sorted(order[held:]) == found.training.tolist()


def test_types_can_be_chosen() -> None:
    labels = Column("year", np.array([1, 0, 1], dtype=np.int32), ("1990", "2000"))
    digit = Column("digit", np.array([3.0, 1.0, 3.0]))
    table = Table((labels, digit), 3)
    spec = DataSpec(**SPEC, target="digit", types={"year": "number", "digit": "category"})
    found = prepared(table, spec, 0)
    assert found.features.tolist() == [[2000], [1990], [2000]]
    assert found.classes == ("1", "3")
    assert found.target is not None
    assert found.target.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("spec", "where", "words"),
    [
        ({}, "data.missing", "row 3 has no value in column 'age' (and 1 more"),
        ({"features": ("hue",)}, "data.features", "there is no column 'hue'; there are 'age', 'colour'"),
        ({"features": ("day",)}, "data.features", "it holds dates"),
        ({"target": "hue"}, "data.target", "no column 'hue'"),
        ({"features": ("kind", "age")}, "data.target", "is one of the features"),
        ({"types": {"colour": "number"}}, "data.types.colour", "'red' is not a number"),
    ],
)
def test_what_cannot_be_made_is_said_with_its_place(spec: dict[str, Any], where: str, words: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        prepared(TABLE, DataSpec(**SPEC, **spec), 0)
    assert caught.value.where == where
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ({}, "data"),
        ({"path": "a", "builtin": "iris"}, "data"),
        ({"path": ""}, "data.path"),
        ({"builtin": "iris", "settings": {"noise": 1}}, "data.settings"),
        ({"builtin": "iris", "options": TableOptions(header=True)}, "data"),
        ({"path": "a", "options": TableOptions(numbers=("x",))}, "data.types"),
        ({"path": "a", "features": ("x", "x")}, "data.features"),
        ({"path": "a", "features": ("x",), "target": "x"}, "data.features"),
        ({"path": "a", "seed": -1}, "data.seed"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(spec: dict[str, Any], where: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        DataSpec(**spec)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ({"name": "forest"}, "model.name"),
        ({"name": "linear", "degree": 3}, "model.degree"),
        ({"name": "polynomial", "degree": 0}, "model.degree"),
        ({"name": "perceptron", "layers": (0,)}, "model.layers"),
        ({"name": "perceptron", "activation": "Linear"}, "model.activation"),
    ],
)
def test_a_model_that_makes_no_sense_is_refused(model: dict[str, Any], where: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        ModelSpec(**model)
    assert caught.value.where == where


def test_names_of_the_data_are_no_parameters() -> None:
    data = DataSpec(**SPEC, features=("age", "weight of it", "lambda"), target="kind")
    assert data.names == ("X", "y", "age", "kind")
    experiment = Experiment("x", data=data).using(("X", "age", "w"))
    assert experiment.parameters == (ParameterSpec("w"),)


@given(st.integers(1, 1000), st.none() | st.integers(1, 1000))
def test_the_last_batch_may_be_smaller(rows: int, size: int | None) -> None:
    assert batches_of(rows, size) == (1 if size is None else len(range(0, rows, size)))


def test_numbers_that_nobody_wants_any_more_are_not_made() -> None:
    spec = DataSpec(**SPEC, missing="mean", standardize=True)
    asked: list[int] = []
    prepared(TABLE, spec, 0, lambda: bool(asked.append(1)))
    for most in (1, 5, len(asked)):
        left = iter(range(most - 1))
        with pytest.raises(ReadingStopped):
            prepared(TABLE, spec, 0, lambda left=left: next(left, None) is None)
