"""Experiments with data as plain PyTorch scripts: the same rows, the same batches, the same bits."""

from __future__ import annotations

import csv
import io
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gui_app.commands.opening import in_line
from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.events import Changed, Diverged, Evaluated, Failed, Finished, StepsTaken
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.core.schedules import ClipSpec, ScheduleSpec
from gui_app.core.table import TableOptions
from gui_app.engine.descent import descend
from gui_app.engine.vocabulary import words
from gui_app.files.completing import completed, read_data
from gui_app.files.lessons import lesson
from gui_app.files.script import companions_of, script_of
from gui_app.files.tables import BUILT_IN, GENERATORS
from gui_app.files.tables.cells import is_number
from gui_app.language.errors import ProgramError
from gui_app.language.resolving import resolved

ADAM = OptimizerSpec("Adam", {"lr": 0.01})


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    """And one thread: on tensors so small several only wait for each other."""
    dtype, state, threads = torch.get_default_dtype(), torch.get_rng_state(), torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)
    torch.set_rng_state(state)


def ran(
    experiment: Experiment, changes: Mapping[int, OptimizerSpec]
) -> tuple[dict[str, Any], float, int, list[Evaluated]]:
    """Parameters at the end of the experiment's own run, the loss there, that step, and the evaluations."""
    run = descend(experiment)
    event, step, wanted = next(run), -1, experiment.optimizer
    evaluations: list[Evaluated] = []
    last: StepsTaken | None = None
    while not isinstance(event, Finished):
        assert not isinstance(event, Failed | Diverged), event
        wanted = changes.get(step, wanted)
        ahead = min((at for at in changes if at > step), default=10**9)
        event = run.send(Allowance(ahead - max(step, 0), 10.0, optimizer=wanted))
        if isinstance(event, Changed):
            event = run.send(Allowance(ahead - step, 10.0))
        if isinstance(event, Evaluated):
            evaluations.append(event)
        if isinstance(event, StepsTaken):
            last, step = event, event.first + len(event.losses) - 1
    assert last is not None
    return experiment.split_row(last.parameters[-1]), float(last.losses[-1]), step, evaluations


def python_value(left: dict[str, Any], name: str) -> torch.Tensor:
    """The parameter of that name among what a script has left."""
    first, *rest = name.split(".")
    value = left[first]
    for part in rest:
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    assert isinstance(value, torch.Tensor)
    return value


def same(
    experiment: Experiment, folder: Path, changes: Mapping[int, OptimizerSpec] | None = None
) -> tuple[str, int]:
    """Assert that the script leaves what the run leaves; returns the script and the last step."""
    text = script_of(experiment, words(), changes, folder)
    assert "gui_app" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    for name, content in companions_of(experiment).items():
        (folder / name).write_bytes(content)
    left = runpy.run_path(str(path))
    torch.set_default_dtype(torch.float32)
    values, loss, step, evaluations = ran(experiment, changes or {})
    for name, value in values.items():
        found = python_value(left, name).detach().double().numpy()
        assert np.array_equal(found, value.astype("float64")), name
    assert left["loss"].item() == loss
    if "train_loss" in left and evaluations:
        assert left["evaluate"](left["train_set"]) == evaluations[-1].metrics["training loss"]
    return text, step


def made(data: DataSpec, model: ModelSpec | None = None, program: str = "", **more: Any) -> Experiment:
    """An experiment of a model, or of a typed program."""
    run = RunSpec(steps=more.pop("steps", 12), **more.pop("run", {}))
    more.setdefault("optimizer", ADAM)
    experiment = Experiment(program, data=data, model=model, run=run, **more)
    return resolved(completed(experiment, bool(program), None), words())[0]


@pytest.mark.parametrize("name", ["C5", "C6", "C8"])
def test_the_lessons_with_data(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, step = same(resolved(lesson(name).experiment, words())[0], tmp_path)
    assert "\nfor epoch in range(" in text
    assert "DataLoader(" in text
    assert f"step {step}: loss" in capsys.readouterr().out


FEEDS = {
    "all rows": {},
    "batches": {"batch_size": 16},
    "batches, shuffled": {"batch_size": 16, "shuffle": True},
    "prepared": {"batch_size": 16, "shuffle": True, "validation": 0.25, "standardize": True, "seed": 3},
}
MODELS = {
    "linear": (DataSpec(builtin="linnerud", target="weight"), ModelSpec()),
    "polynomial": (DataSpec(generate="regression", settings={"rows": 60}), ModelSpec("polynomial", degree=3)),
    "logistic": (DataSpec(generate="circles", settings={"rows": 50}), ModelSpec("logistic")),
    "softmax": (DataSpec(builtin="iris"), ModelSpec("softmax")),
    "perceptron": (DataSpec(generate="moons", settings={"rows": 50}), ModelSpec("perceptron", layers=(8, 5))),
    "regression": (
        DataSpec(builtin="diabetes"),
        ModelSpec("perceptron", "huber", layers=(6,), activation="Tanh"),
    ),
    "convolution": (DataSpec(builtin="digits"), ModelSpec("convolution", layers=(3, 4))),
}


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("model", MODELS)
def test_every_model_however_its_rows_come(model: str, feed: str, tmp_path: Path) -> None:
    data, spec = MODELS[model]
    same(made(replace(data, **FEEDS[feed]), spec, run={"seed": 5}), tmp_path)


UNUSUAL: Mapping[str, Mapping[str, Any]] = {
    "moons": {"rows": 31, "noise": 0},
    "circles": {"rows": 31, "factor": 0.3},
    "spirals": {"rows": 50, "classes": 3, "turns": 2},
    "blobs": {"rows": 50, "classes": 4, "features": 3, "spread": 2.5},
    "regression": {"rows": 40, "weights": (1.0, 2, 0.5), "bias": -1, "noise": 0.5},
}


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("usual", [True, False])
def test_made_up_data_are_made_in_the_script(name: str, usual: bool, tmp_path: Path) -> None:
    data = DataSpec(generate=name, settings={} if usual else UNUSUAL[name], standardize=not usual)
    experiment = made(
        data, ModelSpec("linear" if name == "regression" else "softmax"), run={"dtype": "float64"}
    )
    text, _ = same(experiment, tmp_path)
    assert "np.random.default_rng(0)" in text
    assert not companions_of(experiment)


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_sets_come_along_as_a_file(name: str, tmp_path: Path) -> None:
    data = DataSpec(builtin=name, standardize=True, validation=0.2)
    experiment = made(data, None, "((X @ w)**2).mean()")
    features = len(read_data(experiment).names)
    spec = ParameterSpec("w", None, (features,), Distribution("normal", 0.0, 0.1))
    experiment = replace(experiment, parameters=(spec,))
    text, _ = same(experiment, tmp_path)
    assert list(companions_of(experiment)) == [f"{name}-data.csv"]
    assert f'Path(__file__).with_name("{name}-data.csv")' in text


COLOURS = """age,colour,size,kind,mark
31.5,red,1e-3, old,0
,blue,2,new,1
27.25,red,NA,new,0
40,,4.5,old,1
33,green,5,?,1
18,red,5,old,0
52.125,blue,6,new,1
"""


def colours(folder: Path, text: str = COLOURS, **more: Any) -> DataSpec:
    """A table with gaps and labels."""
    path = folder / "colours.csv"
    path.write_text(text, encoding="utf-8")
    return DataSpec(path=str(path), **{"features": ("age", "colour", "size"), "target": "kind", **more})


@pytest.mark.parametrize("missing", ["mean", "drop"])
@pytest.mark.parametrize("standardize", [True, False])
def test_labels_and_gaps_of_a_users_table(missing: Any, standardize: bool, tmp_path: Path) -> None:
    data = colours(tmp_path, missing=missing, standardize=standardize, batch_size=2, shuffle=True)
    text, _ = same(made(data, ModelSpec("softmax")), tmp_path)
    assert 'Path(__file__).parent / "colours.csv"' in text
    assert "one_hot(" in text
    assert not companions_of(made(data, ModelSpec("softmax")))


def test_numbers_alone_need_no_functions(tmp_path: Path) -> None:
    data = colours(tmp_path, "x;y\n1,5;2\n2,5;4,25\n-3;1e1\n0;0\n", features=(), target=None, validation=0.25)
    text, _ = same(made(replace(data, target="y"), ModelSpec()), tmp_path)
    assert "def numbers" not in text
    assert 'delimiter=";"' in text


def test_columns_by_their_names(tmp_path: Path) -> None:
    data = colours(tmp_path, missing="drop", target="mark", standardize=True, types={"mark": "number"})
    experiment = made(
        data,
        None,
        "table = one_hot(colour, 3).to(X.dtype) @ v\n((w*age + table - mark)**2).mean() + 0*X.sum()",
    )
    spec = ParameterSpec("v", (0.5, -1.0, 2.0))
    same(replace(experiment, parameters=(spec, ParameterSpec("w", 0.25))), tmp_path)


def test_columns_that_nobody_has_listed(tmp_path: Path) -> None:
    data = colours(tmp_path, missing="drop", features=(), target=None)
    program = "((w*age + u*size - mark)**2).mean() + one_hot(kind, 2).sum()*0"
    same(in_line(Experiment(program, optimizer=ADAM, data=data, run=RunSpec(9))), tmp_path)


@pytest.mark.parametrize("features", [(), ("sepal_length", "petal_width")])
def test_a_set_with_another_target(features: tuple[str, ...], tmp_path: Path) -> None:
    data = DataSpec(
        builtin="iris", features=features, target="petal_length", validation=0.2, standardize=True
    )
    same(made(data, ModelSpec("linear")), tmp_path)
    assert read_data(made(data, ModelSpec("linear"))).classes is None
    named = Experiment(
        "((petal_width*w - petal_length)**2).mean()", optimizer=ADAM, data=data, run=RunSpec(9)
    )
    same(in_line(named), tmp_path)


FORMULAS = ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", "-1", "@SUM(1)", "+a", "plain")


def test_a_spreadsheet_finds_no_formula_in_what_comes_along(tmp_path: Path) -> None:
    path, rows = tmp_path / "evil.parquet", 30
    columns = {
        "=1+1": np.linspace(-1.0, 1.0, rows),
        "'=1+1": np.linspace(1.0, 2.0, rows),
        "@kind": [FORMULAS[at % 5] for at in range(rows)],
        "+aim": [FORMULAS[at % 6] for at in range(rows)],
    }
    pyarrow.parquet.write_table(pa.table(columns), path)
    experiment = made(DataSpec(path=str(path), target="+aim"), ModelSpec("softmax"))
    same(experiment, tmp_path)
    (content,) = companions_of(experiment).values()
    head, *cells = csv.reader(io.StringIO(content.decode()))
    assert head[:2] == ["'=1+1", "''=1+1"]
    assert head[-1] == "'+aim"
    texts = {cell for row in cells for cell in row if not is_number(cell)}
    assert texts == {"'=cmd|' /C calc'!A0", "''=cmd|' /C calc'!A0", "'@SUM(1)", "'+a", "plain"}
    assert "-1" in {row[-1] for row in cells}


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("# made by hand\nx y\n1  2\n2   3.5\n4 5\n", TableOptions()),
        ("1,2\n2,3.5\n4,5\n", TableOptions()),
        (" x ,y\n1,2\n2,3.5\n", TableOptions()),
        ("x,x\n1,2\n2,3.5\n", TableOptions()),
    ],
)
def test_a_table_that_pythons_reader_would_see_otherwise_comes_along(
    text: str, options: TableOptions, tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(text)
    experiment = made(
        DataSpec(path=str(path), options=options),
        None,
        "((X @ w - 1)**2).mean()",
        parameters=(ParameterSpec("w", (0.5, 0.25)),),
    )
    found, _ = same(experiment, tmp_path)
    assert list(companions_of(experiment)) == ["odd-data.csv"]
    assert "odd-data.csv" in found
    assert path.read_text() == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "größe.csv"
    path.write_bytes("größe,ziel\n1,2\n2,3\n3,5\n".encode(encoding))
    text, _ = same(made(DataSpec(path=str(path), target="ziel"), ModelSpec()), tmp_path)
    assert "größe-data" not in text


def test_a_parquet_table_comes_along(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"x": [1.5, 2.5, 1 / 3], "kind": ["a, b", 'c"d', "a, b"]}), path)
    same(made(DataSpec(path=str(path), target="kind"), ModelSpec("softmax")), tmp_path)


def test_data_elsewhere_are_named_absolutely(tmp_path: Path) -> None:
    data = colours(tmp_path, missing="drop")
    text = script_of(made(data, ModelSpec("softmax")), words())
    assert f'Path("{tmp_path / "colours.csv"}")' in text


MOONS = DataSpec(generate="moons", settings={"rows": 40}, batch_size=8, shuffle=True, validation=0.25)
NETWORK = (
    "hidden = 2*3\n"
    "net = nn.Sequential(nn.Linear(2, hidden), {}nn.Tanh(), nn.Linear(hidden, 2))\n"
    "cross_entropy(net(X), y)"
)


@pytest.mark.parametrize(("patience", "every"), [(1, 4), (3, None), (3, 3)])
@pytest.mark.parametrize("batch_size", [8, None])
def test_a_run_that_ends_early_ends_there(
    patience: int, every: int | None, batch_size: int | None, tmp_path: Path
) -> None:
    experiment = made(
        replace(MOONS, batch_size=batch_size),
        None,
        NETWORK.format(""),
        optimizer=OptimizerSpec("SGD", {"lr": 15.0}),
        run={"patience": patience, "evaluate_every": every},
        steps=400,
    )
    _, step = same(experiment, tmp_path)
    assert 0 < step < 400


@pytest.mark.parametrize("steps", [0, 1, 7, 9])
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_part_of_an_epoch(steps: int, shuffle: bool, tmp_path: Path) -> None:
    same(made(replace(MOONS, shuffle=shuffle), ModelSpec("perceptron"), steps=steps), tmp_path)


def test_what_was_changed_during_the_run(tmp_path: Path) -> None:
    changes = {
        3: OptimizerSpec("Adam", {"lr": 0.05}),
        9: OptimizerSpec("LBFGS", {"lr": 0.1}),
        15: OptimizerSpec(
            "SGD", {"lr": 0.02}, ScheduleSpec("ExponentialLR", {"gamma": 0.9}), ClipSpec("norm", 0.5)
        ),
    }
    experiment = made(MOONS, None, NETWORK.format(""), steps=21)
    same(experiment, tmp_path, changes)
    early = replace(
        experiment,
        optimizer=OptimizerSpec("SGD", {"lr": 15.0}),
        run=replace(experiment.run, steps=400, patience=2),
    )
    _, step = same(early, tmp_path, {200: changes[3], 350: changes[9]})
    assert step < 200


@pytest.mark.parametrize(
    "layer", ["nn.Dropout(0.3), ", "nn.BatchNorm1d(6), ", "nn.BatchNorm1d(6), nn.Dropout(0.3), "]
)
@pytest.mark.parametrize("patience", [None, 2])
def test_dropout_and_batch_norm(layer: str, patience: int | None, tmp_path: Path) -> None:
    experiment = made(MOONS, None, NETWORK.format(layer), steps=21, run={"patience": patience})
    same(replace(experiment, optimizer=OptimizerSpec("SGD", {"lr": 2.0})), tmp_path)


def test_dropout_as_a_function(tmp_path: Path) -> None:
    program = "loss = cross_entropy(dropout(X, 0.5) @ W, y)"
    spec = ParameterSpec("W", ((0.5, 1.0), (-1.0, 0.25)))
    experiment = made(MOONS, None, program, parameters=(spec,))
    same(experiment, tmp_path)
    with pytest.raises(ProgramError, match=r"nn\.Dropout"):
        script_of(replace(experiment, run=replace(experiment.run, patience=3)), words())


def test_numbers_that_are_drawn_at_every_step(tmp_path: Path) -> None:
    program = "noise = 0.1*randn(2, 2)\nloss = cross_entropy(X @ (W + noise), y)"
    same(made(MOONS, None, program, parameters=(ParameterSpec("W", ((0.5, 1.0), (-1.0, 0.25))),)), tmp_path)


OWN = {
    "constant": (ParameterSpec("net.0.bias", (0.5, 1.0, 2.0, 0.25, 0.125, 4.0)),),
    "frozen": (ParameterSpec("net.2.bias", (0.0, 0.0), requires_grad=False),),
    "drawn from a seed": (
        ParameterSpec("net.0.weight", None, (6, 2), Distribution("uniform", -1.0, 1.0, 7)),
    ),
    "drawn": (ParameterSpec("net.0.weight", None, (6, 2), Distribution("uniform", -1.0, 1.0)),),
    "all drawn": tuple(
        ParameterSpec(f"net.{name}", None, shape, Distribution("normal", 0.0, 0.5))
        for name, shape in (("0.weight", (6, 2)), ("0.bias", (6,)), ("2.weight", (2, 6)), ("2.bias", (2,)))
    ),
}


@pytest.mark.parametrize(("own", "free"), [(own, free) for own in OWN for free in (False, True)])
def test_weights_that_start_as_the_table_says(own: str, free: bool, tmp_path: Path) -> None:
    """Beside those of PyTorch, and a parameter of the experiment's own that is drawn too."""
    others = (ParameterSpec("scale", None, (), Distribution("normal", 1.0, 0.1)),) if free else ()
    program = NETWORK.format("") + " * scale" * free
    experiment = made(MOONS, None, program, parameters=(*others, *OWN[own]))
    assert experiment.parameter(OWN[own][0].name) == OWN[own][0]
    same(experiment, tmp_path)


def test_two_networks_and_a_tensor_in_the_order_of_the_text(tmp_path: Path) -> None:
    program = (
        "torch.manual_seed(5)\nfirst = nn.Sequential(nn.Linear(2, 4), nn.Sequential(nn.Tanh(), nn.Linear(4, 3)))\n"
        "w = torch.randn(3, requires_grad=True)\nout = nn.Linear(3, 2, bias=False)\n"
        "cross_entropy(out(first(X) * w), y)"
    )
    text, _ = same(made(MOONS, None, program), tmp_path)
    assert "[*first.parameters(), w, *out.parameters()]" in text


@pytest.mark.parametrize("rule", ["SGD", "LBFGS"])
@pytest.mark.parametrize("schedule", ["OneCycleLR", "ReduceLROnPlateau"])
def test_schedules_move_from_step_to_step(rule: str, schedule: str, tmp_path: Path) -> None:
    spec = ScheduleSpec(schedule, {"total_steps": 10} if schedule == "OneCycleLR" else {})
    optimizer = OptimizerSpec(rule, {"lr": 0.01}, spec, ClipSpec("value", 0.01))
    same(made(MOONS, ModelSpec("perceptron"), optimizer=optimizer, run={"clear_gradients": False}), tmp_path)


@given(
    rows=st.integers(3, 30),
    size=st.integers(1, 31),
    steps=st.integers(0, 25),
    every=st.none() | st.integers(1, 9),
    share=st.sampled_from([0.0, 0.2, 0.5]),
    seeds=st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)),
    shuffle=st.booleans(),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cut_into_batches(
    rows: int,
    size: int,
    steps: int,
    every: int | None,
    share: float,
    seeds: tuple[int, int | None],
    shuffle: bool,
    tmp_path: Path,
) -> None:
    data = DataSpec(
        generate="regression",
        settings={"rows": rows},
        batch_size=size,
        validation=share,
        shuffle=shuffle,
        seed=seeds[1],
        standardize=True,
    )
    same(made(data, ModelSpec(), steps=steps, run={"seed": seeds[0], "evaluate_every": every}), tmp_path)


@pytest.mark.parametrize(("name", "what"), [("loader", "parameter"), ("np", "parameter"), ("step", "column")])
def test_names_of_the_scripts_own_are_refused_in_words(name: str, what: str, tmp_path: Path) -> None:
    if what == "parameter":
        experiment = made(MOONS, None, f"({name}*X).sum()", parameters=(ParameterSpec(name, 2.0),))
    else:
        path = tmp_path / "t.csv"
        path.write_text(f"{name},y\n1,2\n2,3\n")
        experiment = made(
            DataSpec(path=str(path), features=(name,), target="y"), None, f"(w*{name} - y).square().sum()"
        )
    with pytest.raises(ProgramError, match=f"A {what} is called {name}"):
        script_of(experiment, words())


def test_data_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    experiment = Experiment(
        "(w*X).sum()", (ParameterSpec("w"),), data=DataSpec(path=str(tmp_path / "none.csv"))
    )
    for asked in (lambda: script_of(experiment, words()), lambda: companions_of(experiment)):
        with pytest.raises(ProgramError, match="no such file"):
            asked()


def test_it_runs_where_there_is_nothing_but_pytorch_and_numpy(tmp_path: Path) -> None:
    experiment = made(
        DataSpec(builtin="iris", batch_size=30, shuffle=True), ModelSpec("softmax"), title="Irises"
    )
    path = tmp_path / "irises.py"
    path.write_text(script_of(experiment, words()), encoding="utf-8")
    (name, content), *_ = companions_of(experiment).items()
    (tmp_path / name).write_bytes(content)
    told = subprocess.run(
        [sys.executable, "-I", str(path)], capture_output=True, text=True, check=True, cwd="/"
    )
    assert "step 12: loss" in told.stdout
