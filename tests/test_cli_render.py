"""``gradarium render --at``: the whole run with one step of it shown, and what is said where that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gui_app import cli
from gui_app.commands import pictures, render, whole_window
from gui_app.commands.recording import Record, record
from gui_app.commands.whole_window import WatchedEngine
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.session import Session
from gui_app.files.experiment import write_experiment
from gui_app.language.errors import ProgramError
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.theme import LIGHT

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
    panel = pictures.PAINTED[view](PARABOLA, history, 3, engine, (400, 300), LIGHT)
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
    graph = engine.graph(PARABOLA, numbers.parameters, numbers.gradients)
    assert not engine.has_answered(presenter(None))
    assert engine.has_answered(presenter(graph))
    session.move(4)
    assert not engine.has_answered(presenter(graph))


def test_a_graph_that_cannot_be_made_is_not_waited_for() -> None:
    session, engine, presenter = shown(3)
    numbers = session.at_cursor()
    assert numbers is not None
    with pytest.raises(ProgramError):
        engine.graph(Experiment("x.foo()", PARABOLA.parameters), numbers.parameters, numbers.gradients)
    assert engine.has_answered(presenter(None))
    session.fault = Fault("No.")
    session.move(5)
    assert engine.has_answered(presenter(None))
