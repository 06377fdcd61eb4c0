"""``gradarium render --at``: the whole run with one step of it shown, and what is said where that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gui_app import cli
from gui_app.commands import pictures, render, whole_window
from gui_app.commands.recording import Record, record
from gui_app.commands.whole_window import WatchedEngine
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.graph import Graph, Node
from gui_app.core.history import History
from gui_app.core.session import Session
from gui_app.engine.lenses.graph import trace
from gui_app.files.experiment import write_experiment
from gui_app.files.graph_json import format_graph, parse_graph
from gui_app.language.errors import ProgramError
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.theme import DARK

Calls = list[dict[str, Any]]
PARABOLA = Experiment(
    "(x - 2)**2 / 2",
    (ParameterSpec("x", 0.5),),
    optimizer=OptimizerSpec("SGD", {"lr": 0.4}),
    run=RunSpec(steps=15),
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an experiment file in the working folder."""
    monkeypatch.chdir(tmp_path)
    write_experiment(Path("parabola.toml"), PARABOLA)
    return "parabola.toml"


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What would have been painted: the length of the run and the step shown."""
    calls: Calls = []

    def paint(_experiment: object, history: History, view: str, step: int, *_: object) -> None:
        calls.append({"view": view, "last": history.last, "step": step})

    monkeypatch.setattr(pictures, "render", paint)
    return calls


@pytest.mark.parametrize(
    ("view", "words", "last", "step"),
    [
        ("loss", ["--at", "4"], 15, 4),
        ("descent", ["--at", "4"], 15, 4),
        ("descent", ["--at", "0"], 15, 0),
        ("loss", [], 15, 15),
        ("loss", ["--at", "20", "--steps", "30"], 30, 20),
        ("loss", ["--at", "20", "--set", "run.steps=20"], 20, 20),
        ("graph", ["--at", "4"], 4, 4),
        ("graph", [], 15, 15),
        ("backward", ["--at", "4"], 4, 4),
        ("forward", [], 15, 15),
    ],
)
def test_the_whole_run_is_shown_with_the_step(
    file: str, painted: Calls, view: str, words: list[str], last: int, step: int
) -> None:
    assert cli.main(["render", file, "--view", view, "-o", "x.png", *words]) == 0
    assert painted == [{"view": view, "last": last, "step": step}]


def test_a_step_without_a_row_is_told(
    file: str, painted: Calls, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def sparse(experiment: Experiment, *, progress: bool) -> Record:  # noqa: ARG001 - as record has it
        rows = np.zeros((16, 1), "float32")
        history = History(("x",), "float32", row_budget=64)
        history.extend(np.arange(16.0), rows, rows)
        return Record(experiment, history, stopped="finished")

    monkeypatch.setattr(render, "record", sparse)
    assert cli.main(["render", file, "--view", "loss", "-o", "x.png", "--at", "5"]) == 0
    assert painted[0]["step"] == 4
    assert "Step 5 is not kept" in capsys.readouterr().err


@pytest.mark.parametrize("view", ["graph", "loss", "descent", "window"])
def test_beyond_the_run_is_wrong_use(file: str, view: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["render", file, "--view", view, "-o", "x.png", "--at", "1600"]) == 2
    out, err = capsys.readouterr()
    where = "gradarium: --at 1600: The run has 15 steps; plan more with"
    assert (out, err) == ("", f"{where} --steps 1600 or --set run.steps=1600.\n")
    assert not Path("x.png").exists()


def test_a_run_that_ends_before_the_step(
    file: str, painted: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--at", "900", "--steps", "1000", "--set", "lr=100"]
    assert cli.main(["render", file, "--view", "loss", "-o", "x.png", *words]) == 1
    assert "The run diverged at step" in capsys.readouterr().err
    assert painted == []


@pytest.mark.parametrize("view", list(pictures.PAINTED))
def test_each_panel_stands_at_the_step(qtbot: Any, view: str) -> None:
    history, engine = record(PARABOLA).history, WatchedEngine()
    panel = pictures.PAINTED[view](PARABOLA, history, 3, engine, pictures.Look(size=(400, 300)))
    qtbot.addWidget(panel)
    if isinstance(panel, GraphPanel):
        session, _, presenter = shown(3)
        assert engine.has_answered(presenter(engine.newest))
        session.move(4)
        assert not engine.has_answered(presenter(engine.newest))
    else:
        assert panel.step == 3


def test_the_window_is_asked_for_the_step(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[int, int | None]] = []

    def window(experiment: Experiment, step: int | None, *_: object) -> tuple[Fault | None, int]:
        asked.append((experiment.run.steps, step))
        return (Fault("It diverged."), 2) if step == 9 else (None, 2)

    monkeypatch.setattr(whole_window, "window_picture", window)
    words = ["render", file, "--view", "window", "-o", "x.png", "--at"]
    assert (cli.main([*words, "3"]), cli.main([*words, "9"])) == (0, 1)
    assert asked == [(15, 3), (15, 9)]
    assert capsys.readouterr().err.splitlines() == [
        "gradarium: Step 3 is not kept in the record of so long a run: step 2 is shown.",
        "gradarium: It diverged.",
    ]


def shown(step: int) -> tuple[Session, WatchedEngine, Callable[[object], object]]:
    """A session at a step, an engine that has made its graph, and a presenter that shows a given graph."""
    session = Session()
    session.experiment, session.history = PARABOLA, record(PARABOLA).history
    session.move(step)

    def presenter(graph: object) -> object:
        return type("Showing", (), {"session": session, "graph": graph})

    return session, WatchedEngine(), presenter


def test_the_graph_of_the_step_is_waited_for() -> None:
    session, engine, presenter = shown(3)
    assert not engine.has_answered(presenter(None))
    numbers = session.at_cursor()
    assert numbers is not None
    graph = engine.graph(PARABOLA, numbers.step, numbers.parameters, numbers.gradients)
    assert not engine.has_answered(presenter(None))
    assert engine.has_answered(presenter(graph))
    session.move(4)
    assert not engine.has_answered(presenter(graph))


def test_a_graph_that_cannot_be_made_is_not_waited_for() -> None:
    session, engine, presenter = shown(3)
    numbers = session.at_cursor()
    assert numbers is not None
    with pytest.raises(ProgramError):
        engine.graph(
            Experiment("x.foo()", PARABOLA.parameters), numbers.step, numbers.parameters, numbers.gradients
        )
    assert engine.has_answered(presenter(None))
    session.fault = Fault("No.")
    session.move(5)
    assert engine.has_answered(presenter(None))


def test_what_was_asked_for_reaches_the_painter(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[pictures.Look] = []
    monkeypatch.setattr(pictures, "render", lambda *words: looks.append(words[-1]))
    words = ["--theme", "dark", "--scale", "40", "--size", "640x480", "--frame", "2", "--fps", "24"]
    assert (
        cli.main(["render", file, "--view", "backward", "-o", "x.gif", "--saved", "--unrolled", *words]) == 0
    )
    assert looks == [pictures.Look((640, 480), 40.0, DARK, True, True, 2, 24.0)]


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
@pytest.mark.usefixtures("qapp")
def test_a_pass_as_an_animation(file: str, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--at", "2", "--fps", "4", "--size", "320x240", "-o", f"x.{suffix}"]
    for direction in ("backward", "forward"):
        assert cli.main(["render", file, "--view", direction, *words]) == 0
        made = Path(f"x.{suffix}").read_bytes()
        assert (made[:4] == b"GIF8") if suffix == "gif" else (made[4:8] == b"ftyp")
    assert capsys.readouterr() == ("", "")
    assert sorted(path.name for path in Path().iterdir()) == ["parabola.toml", f"x.{suffix}"]


@pytest.mark.usefixtures("qapp")
def test_one_frame_of_a_pass_with_text_as_text(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["render", file, "--view", "backward", "--at", "0"]
    assert cli.main([*words, "-o", "x.svg"]) == 0
    assert "x.grad" in Path("x.svg").read_text(encoding="utf-8")
    assert cli.main([*words, "-o", "y.svg", "--frame", "1"]) == 0
    assert "DivBackward0" in Path("y.svg").read_text(encoding="utf-8")
    assert cli.main([*words, "-o", "z.svg", "--frame", "99"]) == 2
    assert "--frame 99: The pass has frames 0 to 4." in capsys.readouterr().err
    assert not Path("z.svg").exists()


@pytest.mark.usefixtures("qapp")
def test_a_step_without_a_backward_pass(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Graph((Node(0, "x", "leaf"),), (), (0,))
    monkeypatch.setattr(pictures, "graph_of", lambda *_: bare)
    for direction in ("backward", "forward"):
        assert cli.main(["render", file, "--view", direction, "-o", "x.gif"]) == 1
        assert f"has no {direction} pass" in capsys.readouterr().err
    assert not Path("x.gif").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--view", "backward", "-o", "x.json"],
            "The backward pass is written as .gif, .mp4, .png, .svg, .pdf.",
        ),
        (["--view", "graph", "-o", "x.gif"], "The graph is written as .png, .svg, .pdf, .dot, .gv, .json."),
        (["--view", "window", "-o", "x.png", "--scale", "9"], "at most 8"),
    ],
)
def test_a_suffix_that_a_view_has_not(
    file: str, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["render", file, *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("fps", ["0", "61", "nan", "fast"])
def test_pictures_a_second_that_nobody_can_show(
    file: str, fps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["render", file, "--view", "backward", "-o", "x.gif", "--fps", fps])
    assert left.value.code == 2
    assert "from 1 to 60" in capsys.readouterr().err


@pytest.mark.parametrize(("suffix", "begins"), [("dot", "digraph"), ("gv", "digraph"), ("json", "{")])
def test_the_graph_for_other_tools(file: str, suffix: str, begins: str) -> None:
    assert cli.main(["render", file, "--view", "graph", "--at", "0", "-o", f"g.{suffix}"]) == 0
    text = Path(f"g.{suffix}").read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "AccumulateGrad" in text


def test_how_far_an_animation_is_is_told_on_a_terminal(
    file: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    qapp: object,  # noqa: ARG001
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    words = ["--at", "0", "--fps", "2", "--size", "320x200"]
    assert cli.main(["render", file, "--view", "backward", "-o", "x.gif", *words]) == 0
    err = capsys.readouterr().err
    assert "picture 1 of " in err
    assert err.endswith("\r\x1b[K")


@pytest.mark.usefixtures("qapp", "file")
def test_saved_tensors_and_rolled_up_parts_as_asked() -> None:
    program = "y = x\nfor _ in range(200):\n    y = sin(y) * x\ny"
    write_experiment(Path("loop.toml"), replace(PARABOLA, program=program, run=RunSpec(steps=0)))
    sizes = {}
    for name, words in {"usual": [], "unrolled": ["--unrolled"], "saved": ["--saved"]}.items():
        assert cli.main(["render", "loop.toml", "--view", "graph", "-o", f"{name}.svg", *words]) == 0
        sizes[name] = Path(f"{name}.svg").stat().st_size
    assert sizes["unrolled"] > 3 * sizes["usual"]
    write_experiment(Path("small.toml"), replace(PARABOLA, run=RunSpec(steps=0)))
    for name, words in {"plain": [], "more": ["--saved"]}.items():
        assert cli.main(["render", "small.toml", "--view", "graph", "-o", f"{name}.svg", *words]) == 0
    assert "self" not in Path("plain.svg").read_text(encoding="utf-8")
    assert "self" in Path("more.svg").read_text(encoding="utf-8")


@pytest.mark.usefixtures("qapp", "file")
def test_what_a_failing_program_has_built_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """B5 changes in place what sigmoid has saved: the run fails at once, and its graph shows where."""
    for name in ("g.svg", "g.json"):
        assert cli.main(["render", "B5", "--view", "graph", "-o", name]) == 1
        told = capsys.readouterr().err
        assert "built before it failed" in told
        assert "c.zero_() in line 6" in told
    assert "backward failed" in Path("g.svg").read_text(encoding="utf-8")
    assert parse_graph(Path("g.json").read_text(encoding="utf-8")).failure is not None
    assert cli.main(["render", "B5", "--view", "loss", "-o", "l.svg"]) == 1
    assert not Path("l.svg").exists()


@pytest.mark.usefixtures("qapp", "file")
def test_a_graph_of_a_foreign_model_is_drawn_from_its_file() -> None:
    model = torch.nn.Linear(2, 3)
    graph = trace(model(torch.ones(4, 2)).tanh().sum(), {"layer": model})
    Path("model.json").write_text(format_graph(graph), encoding="utf-8")
    assert cli.main(["render", "model.json", "--view", "graph", "-o", "model.svg"]) == 0
    drawn = Path("model.svg").read_text(encoding="utf-8")
    assert all(word in drawn for word in ("layer.weight", "Tanh", "AddmmBackward0"))
    assert cli.main(["render", "model.json", "--view", "graph", "-o", "again.json"]) == 0
    assert Path("again.json").read_text(encoding="utf-8") == format_graph(graph)
    assert cli.main(["render", "model.json", "--view", "forward", "--frame", "1", "-o", "f.svg"]) == 0


@pytest.mark.usefixtures("qapp")
def test_a_saved_graph_has_its_backward_pass(file: str) -> None:
    words = ["render", file, "--view", "graph", "--at", "0", "-o", "g.json"]
    assert cli.main(words) == 0
    assert cli.main(["render", "g.json", "--view", "backward", "-o", "b.svg"]) == 0
    assert "x.grad" in Path("b.svg").read_text(encoding="utf-8")


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (None, [], "There is no such file."),
        ("{}", [], "not a graph saved by Gradarium"),
        ('{"format": 1, "nodes": [], "edges": [], "roots": []}', [], "no nodes"),
        ("{}", ["--at", "3"], "of one step"),
        ("{}", ["--set", "lr=1"], "of one step"),
        ("{}", ["--view", "loss"], "graph, backward, forward"),
    ],
)
def test_a_saved_graph_that_cannot_be_drawn(
    text: str | None, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        Path("g.json").write_text(text, encoding="utf-8")
    assert cli.main(["render", "g.json", "--view", "graph", "-o", "x.svg", *words]) == 2
    told = capsys.readouterr().err
    assert "g.json" in told
    assert message in told
    assert not Path("x.svg").exists()
