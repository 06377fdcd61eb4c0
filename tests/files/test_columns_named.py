"""A program names the columns of its table, whether or not anybody has listed them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gui_app.commands.opening import in_line, opened
from gui_app.core.data import DataSpec
from gui_app.core.events import Failed, Finished, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend
from gui_app.files.completing import with_columns
from gui_app.files.experiment import format_experiment, write_experiment
from gui_app.files.tables import BUILT_IN, GENERATORS, built_in, columns_of, generate

SGD = OptimizerSpec("SGD", {"lr": 0.001})
LINE = "loss = ((w*x + b - y)**2).mean()"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """y = 2x + 1, and a column of dates that cannot be used."""
    path = tmp_path / "line.csv"
    text = "".join(f"{x},2026-01-{x:02},{2 * x + 1}\n" for x in range(1, 21))
    path.write_text(f"x,day of it,y\n{text}", encoding="utf-8")
    return path


def ended(experiment: Experiment) -> tuple[float, dict[str, object]]:
    """The loss and the parameters at the end of a run."""
    run = descend(experiment)
    event, last = next(run), None
    while not isinstance(event, Finished):
        assert not isinstance(event, Failed), event.fault
        last = event if isinstance(event, StepsTaken) else last
        event = run.send(Allowance(1000, seconds=1e9))
    assert last is not None
    return float(last.losses[-1]), experiment.split_row(last.parameters[-1])


def test_names_are_those_of_all_columns_unless_features_are_chosen() -> None:
    spec = DataSpec(path="a.csv", columns=("age", "weight of it", "y"))
    assert spec.names == ("X", "y", "age")
    assert replace(spec, target="kind").names == ("X", "y", "age", "kind")
    assert replace(spec, features=("size",)).names == ("X", "y", "size")


def test_what_has_been_looked_up_makes_no_other_request() -> None:
    spec = DataSpec(path="a.csv")
    known = replace(spec, columns=("age",))
    assert known == spec
    assert repr(known) == repr(spec)
    assert format_experiment(Experiment("age", data=known)) == format_experiment(Experiment("age", data=spec))


@pytest.mark.parametrize("name", BUILT_IN)
def test_columns_of_the_sets(name: str) -> None:
    assert columns_of(DataSpec(builtin=name), Path()) == built_in(name).names


@pytest.mark.parametrize("name", GENERATORS)
def test_columns_of_what_is_made_up(name: str) -> None:
    known = GENERATORS[name].settings
    for settings in (
        {},
        {"features": 5} if "features" in known else {},
        {"classes": 7} if "classes" in known else {},
    ):
        spec = DataSpec(generate=name, settings={**settings, "rows": 500})
        assert columns_of(spec, Path()) == generate(name, spec.settings, 0).names


def test_columns_of_a_file_are_those_that_can_be_used(table: Path) -> None:
    assert columns_of(DataSpec(path=str(table)), Path()) == ("x", "day of it", "y")
    many = "".join(f"{at},text {at},{at}\n" for at in range(2_000))
    table.write_text(f"x,note,y\n{many}", encoding="utf-8")
    assert "x" in columns_of(DataSpec(path=table.name), table.parent)


def test_a_program_over_columns_just_works(table: Path) -> None:
    found = in_line(Experiment(LINE, optimizer=SGD, run=RunSpec(50), data=DataSpec(path=str(table))))
    assert found.parameters == (ParameterSpec("w"), ParameterSpec("b"))
    listed = replace(found, data=DataSpec(path=str(table), features=("x",), target="y"))
    loss, values = ended(found)
    other, same = ended(listed)
    assert loss == other < 1
    assert all(np.array_equal(values[name], same[name]) for name in ("w", "b"))


def test_a_file_of_it_and_what_is_changed_on_the_command_line(table: Path) -> None:
    path = table.with_name("line.toml")
    write_experiment(path, Experiment(LINE, optimizer=SGD, data=DataSpec(path=str(table))))
    assert "columns" not in path.read_text(encoding="utf-8")
    for settings in ([], ["w=3"], ["steps=2", "lr=0.1"], [f"program={LINE}"]):
        assert [spec.name for spec in opened(str(path), settings).parameters] == ["w", "b"]
    assert [spec.name for spec in opened(str(path), ["program=(x*u - y).abs().sum()"]).parameters] == ["u"]


def test_the_target_of_a_set_by_its_own_name() -> None:
    program = (
        "loss = F.cross_entropy(torch.stack([petal_length, petal_width*u, u*0 + v*sepal_width], 1), species)"
    )
    found = in_line(Experiment(program, data=DataSpec(builtin="iris")))
    assert [spec.name for spec in found.parameters] == ["u", "v"]
    assert np.isfinite(ended(replace(found, run=RunSpec(3)))[0])


def test_a_parameter_on_which_something_is_set_comes_first(table: Path) -> None:
    data = DataSpec(path=str(table))
    found = in_line(Experiment("(w*x - y*u).abs().mean()", (ParameterSpec("x", 5.0),), data=data))
    assert {spec.name: spec.value for spec in found.parameters} == {"x": 5.0, "w": 1.0, "u": 1.0}


def test_the_table_is_looked_at_only_where_names_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui_app.commands.opening.with_columns", None)
    program = "y_hat = X @ w\nloss = ((y_hat - y)**2).mean()"
    found = in_line(
        Experiment(program, (ParameterSpec("w", (0.0, 0.0)),), data=DataSpec(generate="regression"))
    )
    assert [spec.name for spec in found.parameters] == ["w"]


def test_a_table_that_cannot_be_read_is_told_where_it_is_needed(tmp_path: Path) -> None:
    experiment = Experiment("(w*x - y)**2", data=DataSpec(path=str(tmp_path / "none.csv")))
    assert with_columns(experiment) is experiment
    run = descend(in_line(experiment))
    event = next(run)
    assert isinstance(event, Failed)
    assert "none.csv" in event.fault.message
