"""Experiment files: nothing is lost on the way there and back, and whatever is wrong is said in words."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.data import ACTIVATIONS, COLUMN_TYPES, MISSING, MODELS, DataSpec, ModelSpec
from gui_app.core.experiment import (
    DTYPES,
    Distribution,
    Experiment,
    Nested,
    OptimizerSpec,
    ParameterSpec,
    RunSpec,
)
from gui_app.core.optimizers import OPTIMIZERS, Setting, SettingValue
from gui_app.core.schedules import CLIPS, SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.core.table import DELIMITERS, ENCODINGS, TableOptions
from gui_app.files.errors import FileError
from gui_app.files.experiment import format_experiment, parse_experiment, read_experiment, write_experiment

PARABOLA = """\
format = 1
title = "A parabola"
[objective]
program = "(x - 2)**2 / 2"
[parameters.x]
value = 0.5
[optimizer]
name = "SGD"
lr = 0.4
[run]
steps = 15
seed = 0
"""

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
number = st.floats(allow_nan=False)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}(\.[0-9]\.weight)?", fullmatch=True)


@st.composite
def tensors(draw: st.DrawFn) -> Nested:
    def build(shape: tuple[int, ...]) -> Nested:
        return tuple(build(shape[1:]) for _ in range(shape[0])) if shape else draw(number)

    return build(tuple(draw(st.lists(st.integers(0, 3), max_size=3))))


@st.composite
def parameters(draw: st.DrawFn, name: str) -> ParameterSpec:
    view = draw(st.none() | st.tuples(st.floats(-9, -1), st.floats(0, 9)))
    dtype, trained = draw(st.none() | st.sampled_from(DTYPES)), draw(st.booleans())
    if draw(st.booleans()):
        value = draw(tensors())
        same = value if draw(st.booleans()) else None
        return ParameterSpec(name, value, dtype=dtype, requires_grad=trained, reference=same, view=view)
    drawn = Distribution(
        draw(st.sampled_from(["normal", "uniform"])),
        draw(st.floats(-5, 0)),
        draw(st.floats(0, 5)),
        draw(st.none() | st.integers(0, 2**63 - 1)),
    )
    shape = tuple(draw(st.lists(st.integers(0, 5), max_size=3)))
    return ParameterSpec(
        name, None, shape, drawn, dtype=dtype, requires_grad=trained, reference=None, view=view
    )


@st.composite
def some_settings(draw: st.DrawFn, known: tuple[Setting, ...]) -> dict[str, SettingValue]:
    chosen = draw(st.sets(st.sampled_from([setting.name for setting in known])))
    return {setting.name: setting.default for setting in known if setting.name in chosen}


@st.composite
def data_specs(draw: st.DrawFn) -> DataSpec:
    columns = draw(st.lists(text, unique=True, max_size=4))
    target, features = (columns[0], columns[1:]) if columns and draw(st.booleans()) else (None, columns)
    where: dict[str, object] = {
        draw(st.sampled_from(["path", "builtin", "generate"])): draw(text.filter(bool))
    }
    if "generate" in where:
        value = st.booleans() | st.integers(0, 9) | number | text | st.tuples(number, number)
        where["settings"] = draw(st.dictionaries(text, value, max_size=2))
    if "path" in where:
        where["options"] = TableOptions(
            delimiter=draw(st.none() | st.sampled_from(list(DELIMITERS)[1:])),
            header=draw(st.none() | st.booleans()),
            decimal=draw(st.none() | st.sampled_from([".", ","])),
            encoding=draw(st.none() | st.sampled_from(ENCODINGS)),
            skip=draw(st.none() | st.integers(0, 9)),
            sheet=draw(st.none() | text),
            missing=draw(st.lists(text, max_size=2).map(tuple)),
        )
    return DataSpec(
        features=tuple(features),
        target=target,
        types=draw(st.dictionaries(text, st.sampled_from(COLUMN_TYPES), max_size=2)),
        missing=draw(st.sampled_from(list(MISSING))),
        standardize=draw(st.booleans()),
        validation=draw(st.floats(0, 0.99)),
        shuffle=draw(st.booleans()),
        seed=draw(st.none() | st.integers(0, 2**63 - 1)),
        batch_size=draw(st.none() | st.integers(1, 10**9)),
        **where,  # type: ignore[arg-type]
    )


@st.composite
def model_specs(draw: st.DrawFn) -> ModelSpec:
    name = draw(st.sampled_from(list(MODELS)))
    every = {
        "degree": st.integers(1, 20),
        "layers": st.lists(st.integers(1, 99), max_size=3).map(tuple),
        "activation": st.sampled_from(ACTIVATIONS),
    }
    chosen = {key: draw(every[key]) for key in MODELS[name].settings}
    return ModelSpec(name, draw(st.none() | st.sampled_from(MODELS[name].losses)), **chosen)  # type: ignore[arg-type]


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    found = draw(st.lists(names, unique=True, max_size=4))
    kind = draw(st.sampled_from(list(OPTIMIZERS)))
    schedule = draw(st.none() | st.sampled_from(list(SCHEDULES)))
    clip = st.builds(ClipSpec, st.sampled_from(list(CLIPS)), st.floats(1e-9, 1e300))
    return Experiment(
        program=draw(text),
        parameters=tuple(draw(parameters(name)) for name in found),
        optimizer=OptimizerSpec(
            kind,
            draw(some_settings(OPTIMIZERS[kind].settings)),
            schedule and ScheduleSpec(schedule, draw(some_settings(SCHEDULES[schedule].settings))),
            draw(st.none() | clip),
        ),
        run=RunSpec(
            draw(st.integers(0, 10**9)),
            draw(st.integers(0, 2**63 - 1)),
            draw(st.sampled_from(["cpu", "cuda", "cuda:1", "mps"])),
            draw(st.sampled_from(DTYPES)),
            draw(st.booleans()),
            draw(st.integers(64, 2**20)),
            draw(st.none() | st.integers(1, 10**9)),
            draw(st.none() | st.integers(1, 10**9)),
        ),
        title=draw(text),
        notes=draw(text),
        data=draw(st.none() | data_specs()),
        model=draw(st.none() | model_specs()),
    )


@settings(deadline=None)
@given(experiments())
def test_a_file_gives_the_same_experiment_back(experiment: Experiment) -> None:
    assert parse_experiment(format_experiment(experiment)) == experiment


@given(st.text("\n\r\t \"'\\xé\u2028\x00=[", max_size=30))
def test_every_program_text_survives(program: str) -> None:
    assert parse_experiment(format_experiment(Experiment(program))).program == program


@settings(deadline=None)
@given(st.text(max_size=200) | st.text("[]{}=.\"'\n#ax1,e-", max_size=200))
def test_any_text_is_read_or_refused(content: str) -> None:
    with contextlib.suppress(FileError):
        assert isinstance(parse_experiment(content), Experiment)


def test_the_example_of_the_manual() -> None:
    assert parse_experiment(PARABOLA) == Experiment(
        program="(x - 2)**2 / 2",
        parameters=(ParameterSpec("x", 0.5),),
        optimizer=OptimizerSpec("SGD", {"lr": 0.4}),
        run=RunSpec(steps=15, seed=0),
        title="A parabola",
    )


def test_the_layout_is_made_for_people() -> None:
    matrix = ((1.0, 2.0), (3.0, 4.0))
    experiment = Experiment("y = W.sum()\ny**2", (ParameterSpec("W", matrix),), title="Two lines")
    assert format_experiment(experiment) == (
        "format = 1\n"
        'title = "Two lines"\n'
        "\n"
        "[objective]\n"
        'program = """\n'
        "y = W.sum()\n"
        'y**2"""\n'
        "\n"
        "[parameters.W]\n"
        "value = [\n"
        "    [1.0, 2.0],\n"
        "    [3.0, 4.0],\n"
        "]\n"
        "\n"
        "[optimizer]\n"
        'name = "SGD"\n'
        "\n"
        "[run]\n"
        "steps = 100\n"
        "seed = 0\n"
    )


def test_a_schedule_and_clipping_are_tables_of_the_optimizer() -> None:
    optimizer = OptimizerSpec(
        "Adam",
        {"lr": 0.1, "betas": (0.8, 0.99)},
        ScheduleSpec("StepLR", {"step_size": 10}),
        ClipSpec("norm", 2.0),
    )
    written = format_experiment(Experiment("x", optimizer=optimizer, run=RunSpec(memory=512)))
    assert written.endswith(
        "[optimizer]\n"
        'name = "Adam"\n'
        "lr = 0.1\n"
        "betas = [0.8, 0.99]\n"
        "\n"
        "[optimizer.schedule]\n"
        'name = "StepLR"\n'
        "step_size = 10\n"
        "\n"
        "[optimizer.clip]\n"
        'name = "norm"\n'
        "amount = 2.0\n"
        "\n"
        "[run]\n"
        "steps = 100\n"
        "seed = 0\n"
        "memory = 512\n"
    )
    assert parse_experiment(written).optimizer == optimizer
    short = parse_experiment(PARABOLA.replace("[run]", '[optimizer.clip]\nname = "value"\n[run]'))
    assert short.optimizer.clip == ClipSpec("value", 1.0)


def test_long_vectors_take_a_few_numbers_a_line() -> None:
    vector = tuple(k / 7 for k in range(50))
    written = format_experiment(Experiment("x.sum()", (ParameterSpec("x", vector),)))
    assert max(map(len, written.splitlines())) <= 100
    assert parse_experiment(written).parameter("x").value == vector


WRONG = {
    "a newer format": ("format = 1", "format = 2", "format", "newer Gradarium"),
    "a format that never was": ("format = 1", "format = 0", "format", "must be 1"),
    "a format in words": ("format = 1", 'format = "1"', "format", "whole number"),
    "an unknown key": ("steps = 15", "stepz = 15", "run.stepz", "Did you mean steps?"),
    "an unknown table": ("[run]", "[runs]", "runs", "Did you mean run?"),
    "an unknown optimizer": ('"SGD"', '"Adm"', "optimizer.name", "Did you mean Adam?"),
    "an optimizer that is no text": ('"SGD"', "[1]", "optimizer.name", "none of"),
    "an unknown setting": ("lr = 0.4", "rl = 0.4", "optimizer.rl", "Known here"),
    "a setting out of bounds": ("lr = 0.4", "lr = -1", "optimizer.lr", "at least 0"),
    "a setting of a wrong type": ("lr = 0.4", 'lr = "fast"', "optimizer.lr", "number"),
    "a date for a setting": ("lr = 0.4", "lr = 2020-01-01", "optimizer.lr", "must be"),
    "text for a number": ("value = 0.5", 'value = "0.5"', "parameters.x.value", "number"),
    "a boolean for a number": ("value = 0.5", "value = true", "parameters.x.value", "number"),
    "rows that differ": ("value = 0.5", "value = [[1], [2, 3]]", "parameters.x.value", "rows differ"),
    "too many dimensions": (
        "value = 0.5",
        f"value = {'[' * 20}1{']' * 20}",
        "parameters.x.value",
        "dimensions",
    ),
    "an integer beyond floats": ("value = 0.5", f"value = 1{'0' * 400}", "parameters.x.value", "too large"),
    "a schedule that is no table": ("lr = 0.4", "schedule = 1", "optimizer.schedule", "[optimizer.schedule]"),
    "a schedule without a name": ("[run]", "[optimizer.schedule]\n[run]", "optimizer.schedule", "no name"),
    "an unknown schedule": (
        "[run]",
        '[optimizer.schedule]\nname = "StpLR"\n[run]',
        "optimizer.schedule.name",
        "Did you mean StepLR?",
    ),
    "an unknown setting of a schedule": (
        "[run]",
        '[optimizer.schedule]\nname = "StepLR"\ngama = 1\n[run]',
        "optimizer.schedule.gama",
        "Did you mean gamma?",
    ),
    "a setting of a schedule out of bounds": (
        "[run]",
        '[optimizer.schedule]\nname = "StepLR"\nstep_size = 0\n[run]',
        "optimizer.schedule.step_size",
        "at least 1",
    ),
    "an unknown way to clip": (
        "[run]",
        '[optimizer.clip]\nname = "length"\n[run]',
        "optimizer.clip.name",
        "norm, value",
    ),
    "a bound of 0": (
        "[run]",
        '[optimizer.clip]\nname = "norm"\namount = 0\n[run]',
        "optimizer.clip.amount",
        "at least 1e-09",
    ),
    "a float for steps": ("steps = 15", "steps = 1.5", "run.steps", "whole number"),
    "too many steps": ("steps = 15", "steps = 99999999999", "run.steps", "1,000,000,000"),
    "no start": ("value = 0.5", "requires_grad = true", "parameters.x", "no start"),
    "std without distribution": ("value = 0.5", "std = 1", "parameters.x.std", "distribution"),
    "both starts": (
        "value = 0.5",
        'value = 0.5\ndistribution = "normal"',
        "parameters.x",
        "either",
    ),
    "an unknown distribution": (
        "value = 0.5",
        'distribution = "norml"',
        "parameters.x.distribution",
        "normal?",
    ),
    "low of a normal": (
        "value = 0.5",
        'distribution = "normal"\nlow = 0',
        "parameters.x.low",
        "mean and std",
    ),
    "a negative std": ("value = 0.5", 'distribution = "normal"\nstd = -1', "parameters.x.std", "at least 0"),
    "a negative size": (
        "value = 0.5",
        'distribution = "normal"\nshape = [-1]',
        "parameters.x.shape",
        "negative",
    ),
    "too many elements": (
        "value = 0.5",
        'distribution = "normal"\nshape = [99999, 99999]',
        "parameters.x.shape",
        "10,000,000",
    ),
    "a view the wrong way round": (
        "value = 0.5",
        "value = 0.5\nview = [2, 1]",
        "parameters.x.view",
        "smaller first",
    ),
    "a name that is none": ("[parameters.x]", '[parameters."x y"]', "parameters.x y", "letters"),
    "a parameter that is a number": (
        "[parameters.x]\nvalue = 0.5",
        "[parameters]\nx = 1",
        "parameters.x",
        "table",
    ),
    "a program that is a number": (
        'program = "(x - 2)**2 / 2"',
        "program = 3",
        "objective.program",
        "quotes",
    ),
    "data without a source": ("[run]", "[data]\nshuffle = true\n[run]", "data", "path, builtin and generate"),
    "data from two sources": ("[run]", '[data]\npath = "a"\nbuiltin = "b"\n[run]', "data", "one of"),
    "an unknown key of data": (
        "[run]",
        "[data]\nbatchsize = 1\n[run]",
        "data.batchsize",
        "Did you mean batch_size?",
    ),
    "a name instead of names": (
        "[run]",
        '[data]\nbuiltin = "iris"\nfeatures = "x"\n[run]',
        "data.features",
        "brackets",
    ),
    "a batch of nothing": (
        "[run]",
        '[data]\nbuiltin = "iris"\nbatch_size = 0\n[run]',
        "data.batch_size",
        "at least 1",
    ),
    "all held out": (
        "[run]",
        '[data]\nbuiltin = "iris"\nvalidation = 1\n[run]',
        "data.validation",
        "below 1",
    ),
    "an unknown type": (
        "[run]",
        '[data]\nbuiltin = "iris"\ntypes = {a = "date"}\n[run]',
        "data.types.a",
        "category",
    ),
    "an unknown way with gaps": (
        "[run]",
        '[data]\nbuiltin = "iris"\nmissing = "zero"\n[run]',
        "data.missing",
        "drop",
    ),
    "an option without a file": (
        "[run]",
        '[data]\nbuiltin = "iris"\nheader = true\n[run]',
        "data",
        "with options",
    ),
    "an unknown delimiter": (
        "[run]",
        '[data]\npath = "a"\ndelimiter = "x"\n[run]',
        "data.delimiter",
        "none of",
    ),
    "a model without a name": ("[run]", "[model]\ndegree = 2\n[run]", "model", "no name"),
    "an unknown model": ("[run]", '[model]\nname = "linar"\n[run]', "model.name", "linear"),
    "a loss that does not fit": (
        "[run]",
        '[model]\nname = "linear"\nloss = "bce"\n[run]',
        "model.loss",
        "mse",
    ),
    "a setting of another model": (
        "[run]",
        '[model]\nname = "linear"\ndegree = 3\n[run]',
        "model.degree",
        "no such",
    ),
    "a model without data": (
        '[objective]\nprogram = "(x - 2)**2 / 2"',
        '[model]\nname = "linear"',
        "model",
        "needs data",
    ),
    "epochs without data": ("steps = 15", "epochs = 15", "run.epochs", "needs data"),
    "a data set that is not there": (
        '[objective]\nprogram = "(x - 2)**2 / 2"',
        '[data]\nbuiltin = "irs"\n[model]\nname = "linear"',
        "data.builtin",
        "iris",
    ),
    "a model that does not suit the data": (
        '[objective]\nprogram = "(x - 2)**2 / 2"',
        '[data]\nbuiltin = "iris"\n[model]\nname = "linear"',
        "model",
        "softmax",
    ),
    "no program": ('program = "(x - 2)**2 / 2"', "", "objective.program", "missing"),
    "no objective": ('[objective]\nprogram = "(x - 2)**2 / 2"', "", "objective.program", "missing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_key(case: str) -> None:
    old, new, key, words = WRONG[case]
    assert old in PARABOLA
    with pytest.raises(FileError) as caught:
        parse_experiment(PARABOLA.replace(old, new))
    assert caught.value.key == key
    assert words in caught.value.message
    assert caught.value.message.endswith((".", "?"))


MODEL = """\
[data]
path = "points.csv"
target = "y"
batch_size = 4
[model]
name = "linear"
[run]
epochs = 3
"""


def test_a_model_and_epochs_are_completed_from_the_data(tmp_path: Path) -> None:
    """The data's path is relative to the file, wherever the process is; saving it elsewhere keeps the data found."""
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{k},{2 * k + 1}\n" for k in range(10)))
    file = tmp_path / "fit.toml"
    file.write_text(MODEL)
    read = read_experiment(file)
    assert read.data == DataSpec(path=str(tmp_path / "points.csv"), target="y", batch_size=4)
    assert read.program == "y_hat = (X @ weight.T + bias).squeeze(1)\nloss = mse_loss(y_hat, y)"
    assert [(spec.name, spec.shape) for spec in read.parameters] == [("weight", (1, 1)), ("bias", (1,))]
    assert read.run.steps == 9
    (tmp_path / "sub").mkdir()
    other = tmp_path / "sub" / "saved.toml"
    write_experiment(other, read)
    assert 'path = "../points.csv"' in other.read_text()
    again = read_experiment(other)
    assert again.data is not None
    assert Path(again.data.path or "").resolve() == tmp_path / "points.csv"
    assert replace(again, data=read.data) == read


def test_steps_count_more_than_epochs_and_a_program_more_than_a_model() -> None:
    """With both there is nothing to complete, and the data, which are not there, are not read."""
    content = MODEL.replace("epochs = 3", "epochs = 3\nsteps = 7") + '[objective]\nprogram = "x**2"\n'
    read = parse_experiment(content)
    assert (read.run.steps, read.program) == (7, "x**2")
    assert read.model == ModelSpec("linear")


def test_data_are_written_as_people_would() -> None:
    data = DataSpec(
        generate="moons",
        settings={"noise": 0.2},
        features=("x1", "x2"),
        target="y",
        types={"y": "category"},
        validation=0.25,
        batch_size=10,
    )
    model = ModelSpec("perceptron", layers=(8,), activation="Tanh")
    written = format_experiment(Experiment("x", data=data, model=model))
    assert (
        "[data]\n"
        'generate = "moons"\n'
        'features = ["x1", "x2"]\n'
        'target = "y"\n'
        "validation = 0.25\n"
        "batch_size = 10\n"
        "\n"
        "[data.settings]\n"
        "noise = 0.2\n"
        "\n"
        "[data.types]\n"
        'y = "category"\n'
        "\n"
        "[model]\n"
        'name = "perceptron"\n'
        "layers = [8]\n"
        'activation = "Tanh"\n'
    ) in written


HOSTILE = {
    "nested arrays": "x = " + "[" * 100_000,
    "nested tables": "x = " + "{a = " * 100_000,
    "a number of 5,000 digits": "x = " + "1" * 5_000,
    "a name of 50,000 parts": ".".join("a" * 50_000) + " = 1",
    "a table name of 50,000 parts": f"[{'.'.join('a' * 50_000)}]",
    "quoted parts": '"a".' * 50_000 + "a = 1",
    "a date that is none": "x = 2020-99-99",
    "a NUL": "x = 1\x00",
    "not TOML at all": "\x7fELF",
    "2 MB": "#" * 2_000_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_quickly(case: str) -> None:
    with pytest.raises(FileError):
        parse_experiment(HOSTILE[case])


def test_infinity_is_a_number() -> None:
    assert parse_experiment(PARABOLA.replace("0.5", "1e999")).parameter("x").value == math.inf


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PARABOLA.encode())
    assert read_experiment(path) == parse_experiment(PARABOLA) == parse_experiment("\ufeff" + PARABOLA)


def test_a_file_is_named_in_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "newer.toml"
    path.write_text("format = 99")
    with pytest.raises(FileError, match=r"newer\.toml: format: It was written by a newer"):
        read_experiment(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\xff\xfe\x00", "Line 1 is not UTF-8"), (b"a = 1\n\x80", "Line 2"), (b"#" * 1_000_001, "too large")],
)
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(data)
    with pytest.raises(FileError, match=words):
        read_experiment(path)


def test_things_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="folder"):
        read_experiment(tmp_path)
    with pytest.raises(FileError, match="no such file"):
        read_experiment(tmp_path / "nothing.toml")
    with pytest.raises(FileError, match="null"):
        read_experiment(Path("a\0b"))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices have no names there")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(FileError, match="pipe or a device"):
            read_experiment(path)
    with pytest.raises(FileError, match="cannot be read"):
        read_experiment(loop)


def test_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "Ümläut.toml"
    experiment = Experiment("x²", title="梯度")
    write_experiment(path, experiment)
    assert read_experiment(path) == experiment


def test_what_could_not_be_opened_again_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("old")
    for notes, words in (("\ud800", "half a character"), ("x" * 1_000_001, "can be opened again")):
        with pytest.raises(FileError, match=words):
            write_experiment(path, Experiment("x", notes=notes))
    assert path.read_text() == "old"
