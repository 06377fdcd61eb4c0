"""The command line: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from gui_app import cli
from gui_app.commands import recording
from gui_app.commands.recording import Progress, Record, record
from gui_app.core.events import Event, Started, StepsTaken
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.runner import Run
from gui_app.files.errors import FileError
from gui_app.files.experiment import write_experiment
from gui_app.files.graph_json import parse_graph

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
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an experiment file in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("parabola.toml").write_text(PARABOLA)
    return "parabola.toml"


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    try:
        code = cli.main(words)
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


def by_hand(steps: int, lr: float = 0.4) -> list[tuple[float, float, float]]:
    """Loss, x and gradient of the parabola's descent, as plain PyTorch has them."""
    x = torch.tensor(0.5, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr)
    found = []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = (x - 2) ** 2 / 2
        loss.backward()
        assert x.grad is not None
        found.append((loss.item(), x.item(), x.grad.item()))
        optimizer.step()
    return found


def test_run_prints_one_object(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "run", file, "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    loss, x, gradient = by_hand(15)[-1]
    assert data.pop("loop_seconds") > 0
    assert data == {
        "steps": 15,
        "loss": loss,
        "parameters": {"x": x},
        "gradients": {"x": gradient},
        "device": "cpu",
        "stopped": "finished",
    }


def test_the_history_holds_every_step_exactly(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = ran(capsys, "run", file, "--history", "h.csv", "--steps", "40")
    head, *rows = csv.reader(Path("h.csv").read_text().splitlines())
    assert code == 0
    assert head == ["step", "loss", "x", "grad x"]
    assert [int(row[0]) for row in rows] == list(range(41))
    assert [tuple(map(float, row[1:])) for row in rows] == by_hand(40)


def test_run_prints_a_table(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "run", file, "--set", "lr=1")
    assert (code, err) == (0, "")
    assert out.startswith("A parabola: finished at step 15 on cpu (")
    assert re.search(r"^  x +2 +0$", out, re.MULTILINE)


def test_many_elements_are_cut_short(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_experiment(Path(file), Experiment("x.sum()", (ParameterSpec("x", tuple([1.0] * 50)),)))
    _, out, _ = ran(capsys, "run", file)
    assert "… and 30 more" in out


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["optimizer.lr=1", "run.steps=1"], {"steps": 1, "parameters": {"x": 2.0}}),
        (["lr=1", "steps=1", "x=7"], {"steps": 1, "parameters": {"x": 2.0}}),
        (["parameters.x.value=3", "steps=0"], {"parameters": {"x": 3.0}, "loss": 0.5}),
        (["x.value=[[4]]", "steps=0"], {"parameters": {"x": [[4.0]]}, "loss": 2.0}),
        (["x.distribution=uniform", "x.low=5", "x.high=5", "steps=0"], {"parameters": {"x": 5.0}}),
        (["program=x*a", "a=3", "steps=0"], {"parameters": {"x": 0.5, "a": 3.0}, "loss": 1.5}),
        (["program=x+q", "steps=0"], {"parameters": {"x": 0.5, "q": 1.0}, "loss": 1.5}),
        (["program=x.sum()", "x=[[1, 2]]", "x=3", "steps=0"], {"parameters": {"x": [[3.0, 3.0]]}}),
        (["program=x.sum()", "x.distribution=normal", "x.shape=[2]", "x=4", "steps=0"], {"loss": 8.0}),
        (["program=x.sum()", "x=[1, 2]", "x=true", "x.value=5", "steps=0"], {"loss": 5.0}),
    ],
)
def test_set_changes_keys_of_the_file(
    file: str, capsys: pytest.CaptureFixture[str], settings: list[str], expected: dict[str, object]
) -> None:
    words = [word for each in settings for word in ("--set", each)]
    code, out, err = ran(capsys, "run", file, "--json", *words)
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert {key: data[key] for key in expected} == expected


@pytest.mark.parametrize("name", ["optimizer.name=Adam", "optimizer=Adam"])
def test_another_optimizer_keeps_what_it_understands(
    file: str, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    words = ("--set", "momentum=0.9", "--set", name, "--set", "betas=[0.5, 0.9]", "--json")
    code, out, _ = ran(capsys, "run", file, "--steps", "3", *words)
    x = torch.tensor(0.5, requires_grad=True)
    adam = torch.optim.Adam([x], lr=0.4, betas=(0.5, 0.9))
    for _ in range(3):
        adam.zero_grad()
        ((x - 2) ** 2 / 2).backward()
        adam.step()
    assert code == 0
    assert json.loads(out)["parameters"]["x"] == x.item()


def test_a_run_that_diverges(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(
        capsys, "run", file, "--json", "--set", "lr=100", "--steps", "1000", "--history", "h.csv"
    )
    data = json.loads(out)
    assert code == 1
    assert data["stopped"] == "diverged"
    assert data["loss"] == "inf"
    assert err.startswith(f"gradarium: The run diverged at step {data['steps']}: the loss is inf.")
    assert len(Path("h.csv").read_text().splitlines()) == data["steps"] + 2


@pytest.mark.parametrize("program", ["x +", "x.foo()", "x @ x", "3", "open('f')", ""])
def test_a_program_that_does_not_work(file: str, capsys: pytest.CaptureFixture[str], program: str) -> None:
    write_experiment(Path(file), Experiment(program, (ParameterSpec("x"),)))
    code, out, err = ran(capsys, "run", file, "--json")
    assert code == 1
    assert json.loads(out)["stopped"] == "failed"
    assert json.loads(out)["steps"] == 0
    assert err.startswith("gradarium: ")
    assert len(err.strip().splitlines()) == 1


WRONG_USE = {
    "no file": (["run", "nothing.toml"], "nothing.toml: There is no such file"),
    "no lesson": (["run", "C99"], "no file or lesson 'C99'"),
    "a folder": (["run", "."], "folder"),
    "a file that is damaged": (["run", "damaged.toml"], "damaged.toml: This is not a TOML file"),
    "a file that is damaged, for the window": (["damaged.toml"], "damaged.toml: This is not a TOML file"),
    "a word that is neither": (["frobnicate"], "no such file"),
    "steps in words": (["run", "parabola.toml", "--steps", "many"], "'many' is not a whole number"),
    "negative steps": (["run", "parabola.toml", "--steps", "-1"], "-1"),
    "no such device": (["run", "parabola.toml", "--device", "tpu"], "run.device"),
    "no such key": (["run", "parabola.toml", "--set", "stepz=1"], "Did you mean steps?"),
    "no such key, and what helps": (["run", "parabola.toml", "--set", "method=Adam"], "optimizer=Adam, x=3"),
    "no such optimizer": (["run", "parabola.toml", "--set", "optimizer=Adan"], "Did you mean Adam?"),
    "a reference that does not fit": (
        ["run", "C1", "--set", "x.reference=2"],
        "the parameter's shape (1, 1)",
    ),
    "too large a shape to fill": (
        ["run", "parabola.toml", "--set", "x.shape=[100000, 100000]", "--set", "x=1"],
        "at most 10,000,000 elements",
    ),
    "no such table": (["run", "parabola.toml", "--set", "objective.program.x=1"], "no such key"),
    "a setting without value": (["run", "parabola.toml", "--set", "lr"], "key=value"),
    "a value that is none": (["run", "parabola.toml", "--set", "lr=fast"], "optimizer.lr"),
    "no folder to write to": (["run", "parabola.toml", "--history", "no/h.csv"], "there is no folder no"),
    "a folder to write to": (["run", "parabola.toml", "--history", "."], "is a folder"),
    "no view": (["render", "parabola.toml", "-o", "x.png"], "--view"),
    "no output": (["render", "parabola.toml", "--view", "loss"], "-o"),
    "a size that is none": (
        ["render", "parabola.toml", "--view", "loss", "-o", "x.png", "--size", "9y9"],
        "1280x800",
    ),
    "a size that clips": (
        ["render", "parabola.toml", "--view", "loss", "-o", "x.png", "--size", "200x100"],
        "200x100 is out of range: at least 320x200",
    ),
    "a step beyond the run": (
        ["render", "parabola.toml", "--view", "loss", "-o", "x.png", "--at", "16"],
        "--at 16: The run has 15 steps; plan more with --steps 16 or --set run.steps=16.",
    ),
    "a scale that is none": (
        ["render", "parabola.toml", "--view", "loss", "-o", "x.png", "--scale", "0"],
        "from 1 to 100",
    ),
    "the loss as DOT": (["render", "parabola.toml", "--view", "loss", "-o", "x.dot"], ".png, .svg, .pdf"),
    "no suffix": (["render", "parabola.toml", "--view", "graph", "-o", "x"], ".dot, .gv, .json"),
    "no such lesson to verify": (["verify", "A4", "Z9"], "'Z9'"),
    "two files": (["parabola.toml", "parabola.toml"], "unrecognized"),
}


@pytest.mark.parametrize("case", WRONG_USE)
def test_wrong_use_is_code_2_and_one_paragraph(
    file: str, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    Path("damaged.toml").write_text("[run")
    words, message = WRONG_USE[case]
    code, out, err = ran(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err
    assert Path(file).read_text() == PARABOLA


def test_verify(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "verify", "a4", "C2")
    assert (code, err) == (0, "")
    assert re.search(r"^  grad x +0 +40.0 +40.0 +ok$", out, re.MULTILINE)
    assert out.endswith("2 lessons, 14 numbers: all as they should be.\n")


def test_verify_finds_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gui_app.core.lessons.Check.holds", lambda check, _: check.quantity != "grad x")
    code, out, _ = ran(capsys, "verify", "A4")
    assert code == 1
    assert re.search(r"^  grad x .* WRONG$", out, re.MULTILINE)
    assert out.endswith("1 lesson, 3 numbers: 1 wrong.\n")


def test_the_graph_as_json(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "render", file, "--view", "graph", "--at", "3", "-o", "g.json")
    assert (code, out, err) == (0, "", "")
    graph = parse_graph(Path("g.json").read_text())
    assert {"leaf", "accumulate", "grad_fn"} <= {node.kind for node in graph.nodes}
    leaf = next(node for node in graph.nodes if node.kind == "leaf")
    assert leaf.name == "x"
    assert leaf.value is not None
    assert leaf.value.mean == by_hand(3)[3][1]
    assert leaf.gradient is not None
    assert leaf.gradient.mean == by_hand(3)[3][2]


@pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning")  # torchviz still asks them
def test_the_graph_as_dot(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, "render", file, "--view", "graph", "-o", "g.dot")
    assert (code, err) == (0, "")
    assert Path("g.dot").read_text().startswith("digraph")
    assert "AccumulateGrad" in Path("g.dot").read_text()


def test_a_step_that_is_never_reached(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--view", "graph", "--at", "900", "--steps", "900", "--set", "lr=100", "-o", "g.json")
    code, _, err = ran(capsys, "render", file, *words)
    assert code == 1
    assert "diverged" in err
    assert not Path("g.json").exists()


def test_a_lesson_stands_before_a_file_of_its_name(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(file).rename("C1")
    for name, title in (
        ("C1", "A parabola: finished at step 14"),
        ("./C1", "A parabola: finished at step 15"),
    ):
        assert ran(capsys, "run", name)[1].startswith(title)
    Path("C1").rename("mine")
    assert ran(capsys, "run", "mine")[1].startswith("A parabola: finished at step 15")


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["render", "--help"], ["verify", "--help"]])
def test_help(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    code, out, _ = ran(capsys, *words)
    assert code == 0
    assert out.startswith("usage: gradarium")
    assert max(map(len, out.splitlines())) <= 110


def test_an_unforeseen_error_is_one_sentence(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by surprise")

    monkeypatch.setattr("gui_app.commands.run.record", fails)
    code, out, err = ran(capsys, "run", file)
    assert (code, out) == (1, "")
    assert "ZeroDivisionError: by surprise" in err


def interrupted_run(_: Experiment) -> Run:
    """A run in whose fourth step somebody presses Ctrl-C."""
    yield Started(0, ("x",), "float32", "cpu")
    row = np.zeros((1, 1), "float32")
    event: Event
    for step in range(3):
        event = StepsTaken(0, step, np.array([float(step)]), row, row, 0.5)
        yield event
    raise KeyboardInterrupt


def test_ctrl_c_keeps_what_was_recorded(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gui_app.engine.descent.descend", interrupted_run)
    code, out, err = ran(capsys, "run", file, "--json", "--history", "h.csv")
    data = json.loads(out)
    assert code == 1
    assert (data["stopped"], data["steps"], data["loop_seconds"]) == ("interrupted", 2, 1.5)
    assert "Interrupted after step 2" in err
    assert len(Path("h.csv").read_text().splitlines()) == 4


def test_an_interrupted_check_says_nothing_of_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gui_app.engine.descent.descend", interrupted_run)
    assert ran(capsys, "verify", "C3") == (1, "", "gradarium: C3: Interrupted after step 2.\n")


def test_progress_is_for_terminals_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gui_app.engine.descent.descend", interrupted_run)
    monkeypatch.setattr(recording, "_REPORT_SECONDS", 0.0)
    record(Experiment("x"), progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    record(Experiment("x"), progress=True)
    err = capsys.readouterr().err
    assert "step 2 of 100 · loss 2 · 1 steps/s" in err
    assert err.endswith("\r\x1b[K")


def test_progress_waits_for_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    line = Progress(5)
    line.show(Record(Experiment("x")))
    assert capsys.readouterr().err == ""


def python(*words: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own."""
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


def test_ctrl_c_while_torch_is_imported(file: str) -> None:
    Path("torch.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nfor _ in iter(int, 1): pass\n"
    )
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        f"from gui_app.cli import main\nraise SystemExit(main(['run', {file!r}, '--json']))"
    )
    done = python("-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "gradarium: Interrupted.\n")


def test_help_and_complaints_do_not_wait_for_torch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None; sys.modules['PySide6'] = None\n"
        "from gui_app.cli import main\n"
        "raise SystemExit(main(['run', 'nothing.toml']))"
    )
    done = python("-c", program)
    assert done.returncode == 2
    assert done.stderr == "gradarium: nothing.toml: There is no such file.\n"


def test_run_needs_no_qt(file: str) -> None:
    program = (
        "import sys; sys.modules['PySide6'] = sys.modules['pyqtgraph'] = None\n"
        f"from gui_app.cli import main\nraise SystemExit(main(['run', {file!r}]))"
    )
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("A parabola: finished")


@pytest.mark.parametrize(
    "words",
    [
        ["run", "parabola.toml", "--json"],
        ["run", "parabola.toml"],
        ["verify", "A4"],
        ["--help"],
        ["run", "--help"],
    ],
)
@pytest.mark.usefixtures("file")
def test_a_reader_that_leaves_is_no_error(words: list[str]) -> None:
    program = f"from gui_app.cli import main; raise SystemExit(main({words!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == (0 if "--help" in words else 1)


def test_module_and_version() -> None:
    done = python("-m", "gui_app", "--version")
    assert (done.returncode, done.stdout) == (0, "gradarium 0.1.0\n")


def test_a_desktop_without_qt_libraries_gets_a_sentence(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("gui_app.platform_check.explain", lambda window=True: f"install {window}")
    assert ran(capsys, file) == (1, "", "gradarium: install True\n")
    assert ran(capsys, "render", file, "--view", "loss", "-o", "x.png") == (
        1,
        "",
        "gradarium: install False\n",
    )


def test_file_errors_name_the_place() -> None:
    assert str(FileError("What.", path=Path("a.toml"), key="run.steps")) == "a.toml: run.steps: What."
    assert str(FileError("What.")) == "What."
