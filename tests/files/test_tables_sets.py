"""The data sets that travel with the program, and those that are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.data import DataSpec
from gui_app.core.resources import resource
from gui_app.core.table import ReadingStopped, Table
from gui_app.files.errors import FileError
from gui_app.files.tables import BUILT_IN, GENERATORS, built_in, generate, load

KNOWN = {
    # rows, columns, kinds of the target, the mean of a column that the set's description gives
    "iris": (150, 5, 3, ("petal_length", 3.758)),
    "wine": (178, 14, 3, ("alcohol", 13.0006)),
    "breast_cancer": (569, 31, 2, ("mean_radius", 14.1273)),
    "digits": (1797, 65, 10, ("pixel_0_2", 5.2048)),
    "diabetes": (442, 11, 0, ("progression", 152.1335)),
    "linnerud": (20, 6, 0, ("weight", 178.6)),
    "b1": (3, 5, 0, ("X_1", 17 / 30)),
}


def matrix(table: Table, *names: str) -> np.ndarray:
    return np.stack([table.column(name).values for name in names], axis=1)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_sets(name: str) -> None:
    rows, columns, classes, (column, mean) = KNOWN[name]
    table = built_in(name)
    assert (table.rows, len(table.columns), table.source) == (rows, columns, name)
    assert table.target == BUILT_IN[name].target
    assert not table.left_out
    assert not any(column.missing.any() for column in table.columns)
    assert all(column.name.isidentifier() for column in table.columns)
    if table.target:
        assert len(table.column(table.target).labels or ()) == classes
    assert table.column(column).values.mean() == pytest.approx(mean, abs=1e-3)
    assert load(DataSpec(builtin=name), Path()) is table


def test_the_data_of_lesson_c4() -> None:
    table = built_in("b1")
    x, y = matrix(table, "X_0", "X_1", "X_2"), matrix(table, "Y_0", "Y_1")
    assert np.linalg.solve(x, y) == pytest.approx(np.array([[-1.5, -0.5], [1.5, 2.5], [0.5, -0.5]]))


def test_where_they_come_from_is_told() -> None:
    text = resource("data/README.md").read_text(encoding="utf-8")
    assert all(f"`{name}.csv`" in text for name in BUILT_IN)


@pytest.mark.parametrize("name", GENERATORS)
def test_the_same_seed_gives_the_same_numbers(name: str) -> None:
    first, again, other = (generate(name, {}, seed) for seed in (1, 1, 2))
    assert first.names == again.names
    assert first.target == "y"
    for column in first.columns:
        assert np.array_equal(column.values, again.column(column.name).values)
    assert not np.array_equal(first.columns[0].values, other.columns[0].values)
    assert load(DataSpec(generate=name, seed=1), Path()) is load(DataSpec(generate=name, seed=1), Path())


def test_regression_recovers_its_true_values() -> None:
    table = generate("regression", {}, 0)
    assert table.rows == 1000
    x = np.column_stack([matrix(table, "x1", "x2"), np.ones(1000)])
    fitted = np.linalg.lstsq(x, table.column("y").values, rcond=None)[0]
    assert table.true_values["weight"].tolist() == [2.0, -3.4]
    assert table.true_values["bias"] == 4.2
    assert fitted == pytest.approx([2.0, -3.4, 4.2], abs=2e-3)
    wide = generate("regression", {"weights": (1.0, 2.0, 3.0), "noise": 0, "bias": -1, "rows": 10}, 0)
    y = matrix(wide, "x1", "x2", "x3") @ [1, 2, 3] - 1
    assert wide.column("y").values == pytest.approx(y)


def test_shapes_without_noise() -> None:
    radius = {
        name: np.hypot(*matrix(generate(name, {"noise": 0.0, **more}, 0), "x1", "x2").T)
        for name, more in (("circles", {"factor": 0.25}), ("spirals", {}))
    }
    assert np.unique(radius["circles"].round(9)).tolist() == [0.25, 1.0]
    assert radius["spirals"].max() == pytest.approx(1.0)
    moons = generate("moons", {"noise": 0, "rows": 101}, 3)
    points, upper = matrix(moons, "x1", "x2"), moons.column("y").values == 0
    assert upper.sum() == 51
    assert np.hypot(*points[upper].T) == pytest.approx(np.ones(51))
    assert np.hypot(*(points[~upper] - [1.0, 0.5]).T) == pytest.approx(np.ones(50))


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(2, 500),
    classes=st.integers(2, 10),
    features=st.integers(1, 5),
    seed=st.integers(0, 2**63 - 1),
)
def test_blobs_have_equal_shares(rows: int, classes: int, features: int, seed: int) -> None:
    table = generate("blobs", {"rows": rows, "classes": classes, "features": features}, seed)
    counts = np.bincount(table.column("y").values, minlength=min(classes, rows))
    assert table.rows == rows == counts.sum()
    assert counts.max() - counts.min() <= 1
    assert len(table.columns) == features + 1


@pytest.mark.parametrize(
    ("name", "given", "key", "said"),
    [
        ("moon", {}, "data.generate", "Did you mean moons?"),
        ("moons", {"nois": 1}, "data.settings.nois", "Did you mean noise?"),
        ("moons", {"noise": -1}, "data.settings.noise", "must be a number from 0"),
        ("moons", {"rows": 1.5}, "data.settings.rows", "must be a whole number from 2 to 1,000,000"),
        ("moons", {"rows": 10**12}, "data.settings.rows", "to 1,000,000"),
        ("moons", {"rows": True}, "data.settings.rows", "whole number"),
        ("moons", {"noise": float("nan")}, "data.settings.noise", "must be a number"),
        ("regression", {"weights": ()}, "data.settings.weights", "must be numbers"),
    ],
)
def test_settings_that_make_no_sense(name: str, given: dict[str, object], key: str, said: str) -> None:
    with pytest.raises(FileError) as found:
        generate(name, given, 0)
    assert found.value.key == key
    assert said in found.value.message


def test_there_is_no_such_set() -> None:
    with pytest.raises(FileError, match="Did you mean iris"):
        built_in("irs")


@pytest.mark.parametrize("name", GENERATORS)
def test_pieces_are_the_same_numbers_and_can_be_stopped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = generate(name, {"rows": 101}, 3)
    monkeypatch.setattr("gui_app.files.tables.generated._PIECE", 7)
    shares: list[float] = []
    pieces = generate(name, {"rows": 101}, 3, shares.append)
    for one, other in zip(whole.columns, pieces.columns, strict=True):
        assert np.array_equal(one.values, other.values)
    assert len(shares) > 20
    assert shares == sorted(shares)
    assert shares[-1] == 1
    for most in (0, 5, len(shares) - 2):
        told: list[float] = []
        with pytest.raises(ReadingStopped):
            generate(name, {"rows": 101}, 3, told.append, lambda told=told, most=most: len(told) >= most)
        assert len(told) == most


def test_what_is_stopped_is_not_remembered() -> None:
    spec = DataSpec(generate="moons", settings={"rows": 77}, seed=5)
    with pytest.raises(ReadingStopped):
        load(spec, Path(), cancelled=lambda: True)
    assert load(spec, Path()).rows == 77
