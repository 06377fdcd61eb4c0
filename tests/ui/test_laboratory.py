"""The whole window with the real engine: one step, every view."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from whole import WAIT, open_and_wait

from gui_app.app import LaboratoryParts
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.session import Status
from gui_app.files.experiment import write_experiment
from gui_app.files.lessons import lesson
from gui_app.ui import errors


def parabola(**run: object) -> Experiment:
    return Experiment(
        "(x - 2)**2 / 2",
        (ParameterSpec("x", 0.5),),
        OptimizerSpec("SGD", {"lr": 0.4}),
        RunSpec(**({"steps": 15} | run)),  # type: ignore[arg-type]
        title="A parabola",
    )


def finish(parts: LaboratoryParts, qtbot: QtBot) -> None:
    """Run to the end."""
    parts.views.actions["run_to_end"].trigger()
    qtbot.waitUntil(lambda: parts.presenter.session.status is Status.FINISHED, timeout=WAIT)


def leaf_value(parts: LaboratoryParts) -> float:
    """What the graph on the screen shows at its first leaf."""
    graph = parts.presenter.graph
    assert graph is not None
    leaf = next(node for node in graph.nodes if node.kind == "leaf")
    assert leaf.value is not None
    return leaf.value.mean


def shown_value(parts: LaboratoryParts) -> float:
    """What the step table shows for the first element."""
    value = parts.views.lenses["step"].model.number(0, 1)
    assert value is not None
    return value


def test_a_typed_objective_becomes_a_graph_and_a_parameter(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    v = laboratory.views
    v.actions["new"].trigger()
    v.editor.area.setFocus()
    qtbot.keyClicks(v.editor.area, "(x-2)**2/2")
    qtbot.waitUntil(lambda: laboratory.presenter.session.last == 0, timeout=WAIT)
    qtbot.waitUntil(lambda: laboratory.presenter.graph is not None, timeout=WAIT)
    nodes = laboratory.presenter.graph.nodes  # type: ignore[union-attr]
    names = [node.name for node in nodes if node.kind != "saved"]
    assert names == ["x", "AccumulateGrad", "SubBackward0", "PowBackward0", "DivBackward0"]
    assert [spec.name for spec in laboratory.presenter.session.experiment.parameters] == ["x"]
    assert shown_value(laboratory) == 1.0


def test_every_view_shows_the_same_step(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    finish(laboratory, qtbot)
    session, v = laboratory.presenter.session, laboratory.views
    assert session.last == session.cursor == 15
    v.timeline.step_chosen.emit(3)
    assert session.history is not None
    expected = float(session.history.parameters(3)[0])
    qtbot.waitUntil(lambda: leaf_value(laboratory) == expected, timeout=WAIT)
    assert shown_value(laboratory) == expected
    assert v.timeline.step == 3
    for panel in (v.loss, v.descent):
        assert panel.step == 3
    for _ in range(2):
        v.actions["step_back"].trigger()
    assert session.cursor == 1
    v.actions["step"].trigger()
    assert session.cursor == 2
    v.actions["to_end"].trigger()
    assert session.cursor == 15
    v.actions["step"].trigger()
    qtbot.waitUntil(lambda: session.last == 16, timeout=WAIT)
    v.actions["to_start"].trigger()
    assert session.cursor == 0


def test_play_pause_and_reset_by_key(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola(steps=1_000_000))
    session, v = laboratory.presenter.session, laboratory.views
    v.loss.setFocus()
    qtbot.keyClick(v.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.last > 2, timeout=WAIT)
    assert session.status is Status.RUNNING
    qtbot.keyClick(v.window, Qt.Key.Key_Space)
    assert session.status is Status.PAUSED
    qtbot.wait(60)
    at = session.last
    qtbot.wait(150)
    assert session.last == at
    v.actions["reset"].trigger()
    qtbot.waitUntil(lambda: session.last == 0, timeout=WAIT)


def test_playing_from_the_past_replays_and_then_goes_on(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola(steps=40))
    session, v = laboratory.presenter.session, laboratory.views
    for _ in range(10):
        v.actions["step"].trigger()
    qtbot.waitUntil(lambda: session.last == 10, timeout=WAIT)
    laboratory.presenter.jump(0)
    v.transport.set_speed(200.0)
    v.actions["play"].trigger()
    qtbot.waitUntil(lambda: session.status is Status.FINISHED, timeout=WAIT)
    assert session.last == session.cursor == 40


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x=", ""),
        ("y = foo(x)", "foo"),
        ("torch.save(x)", "save"),
        ("x @ x", ""),
        ("x.__class__", "__class__"),
    ],
)
def test_what_is_wrong_is_marked_and_the_next_text_works(
    laboratory: LaboratoryParts, qtbot: QtBot, text: str, words: str
) -> None:
    presenter, editor = laboratory.presenter, laboratory.views.editor
    open_and_wait(laboratory, qtbot, parabola())
    editor.area.setPlainText(text)
    qtbot.waitUntil(lambda: presenter.session.status is Status.FAILED, timeout=WAIT)
    assert presenter.session.fault is not None
    assert words in str(presenter.session.fault)
    assert presenter.session.fault.span is not None
    editor.area.setPlainText("(x - 1)**2")
    qtbot.waitUntil(lambda: presenter.session.last == 0, timeout=WAIT)
    assert presenter.session.status is Status.IDLE


def test_divergence_stops_the_run_where_it_is(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    experiment = Experiment(
        "x**4", (ParameterSpec("x", 10.0),), OptimizerSpec("SGD", {"lr": 1.0}), RunSpec(1000)
    )
    open_and_wait(laboratory, qtbot, experiment)
    laboratory.views.actions["run_to_end"].trigger()
    session = laboratory.presenter.session
    qtbot.waitUntil(lambda: session.status is Status.DIVERGED, timeout=WAIT)
    assert session.cursor == session.last < 1000
    assert laboratory.views.window.banner.isVisible()
    assert f"step {session.last}" in laboratory.views.window.banner.text


def test_an_edit_of_the_start_begins_anew(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    finish(laboratory, qtbot)
    experiment = laboratory.presenter.session.experiment
    laboratory.views.parameters.experiment_changed.emit(experiment.with_parameter(ParameterSpec("x", 5.0)))
    qtbot.waitUntil(lambda: laboratory.presenter.session.last == 0, timeout=WAIT)
    qtbot.waitUntil(lambda: shown_value(laboratory) == 5.0, timeout=WAIT)
    assert laboratory.views.window.isWindowModified()


def test_saved_opened_and_remembered(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    open_and_wait(laboratory, qtbot, parabola())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    laboratory.views.actions["save"].trigger()
    assert tomllib.loads(path.read_text(encoding="utf-8"))["title"] == "A parabola"
    assert laboratory.documents.recent() == [path]
    open_and_wait(laboratory, qtbot, lesson("Rosenbrock").experiment)
    drop(laboratory, path)
    qtbot.waitUntil(lambda: laboratory.presenter.session.path == path, timeout=WAIT)
    assert laboratory.presenter.session.experiment == parabola()
    assert not laboratory.views.window.isWindowModified()


def drop(parts: LaboratoryParts, path: Path) -> None:
    """What Qt delivers when a file is let go over the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    parts.views.window.dropEvent(event)
    assert event.isAccepted()
    assert not parts.views.editor.area.canInsertFromMimeData(data)


@pytest.mark.parametrize(("answer", "closes"), [("save", False), ("discard", True), ("cancel", False)])
def test_nothing_is_lost_without_a_question(
    laboratory: LaboratoryParts, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, answer: str, closes: bool
) -> None:
    """Saving that is cancelled in the file dialog keeps the window open too."""
    open_and_wait(laboratory, qtbot, parabola())
    laboratory.presenter.edit(parabola(seed=3))
    asked: list[str] = []
    monkeypatch.setattr(errors, "ask_unsaved", lambda _parent, title: asked.append(title) or answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert laboratory.documents.may_close() is closes
    assert asked == ["A parabola"]


def test_a_bad_file_changes_nothing(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    told: list[str] = []
    monkeypatch.setattr(errors, "show_fault", lambda _parent, _title, fault: told.append(str(fault)))
    path = tmp_path / "bad.toml"
    path.write_text("format = 99\n", encoding="utf-8")
    laboratory.documents.open_file(str(path))
    laboratory.documents.open_file(str(tmp_path / "gone.toml"))
    assert len(told) == 2
    assert "bad.toml" in told[0]
    assert laboratory.presenter.session.experiment == parabola()


@pytest.mark.parametrize("panel", ["graph", "loss", "descent"])
@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures_are_taken_away(
    laboratory: LaboratoryParts,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    panel: str,
    suffix: str,
) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    target = tmp_path / f"out.{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    laboratory.views.actions[f"export_{panel}"].trigger()
    assert laboratory.views.window._message.text() == f"Saved out.{suffix}."
    assert target.read_bytes()[:8].startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix])


def test_the_charts_own_menu_saves_like_every_other(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), "PDF page (*.pdf)")
    )
    for panel in (laboratory.views.loss, laboratory.views.descent):
        panel.picture_wanted.emit("save")
        assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")
        (tmp_path / "mine.pdf").unlink()
    assert laboratory.views.window._message.text() == "Saved mine.pdf."


def test_the_history_as_a_table(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    finish(laboratory, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "h.csv"), ""))
    laboratory.views.actions["export_history"].trigger()
    lines = (tmp_path / "h.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "step,loss,x,grad x"
    assert len(lines) == 17


def test_a_lesson_opens_from_the_start_page(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    laboratory.views.start_page.lesson_chosen.emit("A6")
    qtbot.waitUntil(lambda: laboratory.presenter.graph is not None, timeout=WAIT)
    assert not laboratory.views.window.on_start_page
    gradients = {
        n.label: n.gradient.mean for n in laboratory.presenter.graph.nodes if n.kind == "leaf" and n.gradient
    }  # type: ignore[union-attr]
    assert gradients == {"x": 17200.0, "a": 1290.0}


def test_closing_in_the_middle_of_a_run(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola(steps=1_000_000_000))
    laboratory.views.actions["run_to_end"].trigger()
    qtbot.waitUntil(lambda: laboratory.presenter.session.last > 1000, timeout=WAIT)
    laboratory.views.window.close()
    assert not laboratory.views.window.isVisible()


def test_an_endless_program_is_stopped_by_the_next_one(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    laboratory.views.editor.area.setPlainText("y = x\nwhile True:\n    y = y\ny")
    qtbot.wait(500)
    laboratory.views.editor.area.setPlainText("(x - 3)**2")
    qtbot.waitUntil(lambda: laboratory.presenter.session.last == 0, timeout=WAIT)
    assert laboratory.presenter.session.experiment.program == "(x - 3)**2"


@pytest.mark.parametrize("first", ["step", "run_to_end", "play"])
def test_a_file_is_not_evaluated_before_somebody_begins(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path, first: str
) -> None:
    path = tmp_path / "c1.toml"
    write_experiment(path, lesson("C1").experiment)
    laboratory.documents.open_file(str(path))
    session = laboratory.presenter.session
    qtbot.wait(300)
    assert session.history is None
    assert "Play or step" in laboratory.views.graph.message
    laboratory.views.actions[first].trigger()
    qtbot.waitUntil(lambda: session.last >= 0, timeout=WAIT)
    finish(laboratory, qtbot)
    assert session.history is not None
    assert float(session.history.parameters(14)[0]) == 1.9984387159347534


def test_a_space_in_the_text_keeps_the_run(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    finish(laboratory, qtbot)
    laboratory.views.editor.area.setPlainText("(x - 2)**2/2   # half a square")
    session = laboratory.presenter.session
    qtbot.waitUntil(lambda: "half" in session.experiment.program, timeout=WAIT)
    assert session.last == 15
    assert laboratory.views.window.isWindowModified()


def test_more_steps_go_on_from_where_it_is(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    finish(laboratory, qtbot)
    laboratory.presenter.edit(parabola(steps=25))
    assert laboratory.presenter.session.last == 15
    finish(laboratory, qtbot)
    assert laboratory.presenter.session.last == 25


def test_play_at_the_end_plays_the_record_again(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    finish(laboratory, qtbot)
    session, v = laboratory.presenter.session, laboratory.views
    v.transport.set_speed(100.0)
    v.actions["play"].trigger()
    assert session.cursor == 0
    qtbot.waitUntil(lambda: session.cursor == 15, timeout=WAIT)
    assert session.status is Status.FINISHED


def test_there_and_back_from_the_start_page(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    window, actions = laboratory.views.window, laboratory.views.actions
    assert window.on_start_page
    assert not actions["play"].isEnabled()
    assert not actions["back"].isEnabled()
    open_and_wait(laboratory, qtbot, parabola(steps=1_000_000))
    actions["run_to_end"].trigger()
    actions["start_page"].trigger()
    assert window.on_start_page
    assert laboratory.presenter.session.status is Status.PAUSED
    actions["back"].trigger()
    assert not window.on_start_page
    assert actions["play"].isEnabled()


def test_at_full_speed_all_views_show_one_step(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_and_wait(laboratory, qtbot, parabola(steps=1_000_000_000))
    session, v = laboratory.presenter.session, laboratory.views
    v.actions["run_to_end"].trigger()
    qtbot.waitUntil(lambda: session.last > 2000, timeout=WAIT)
    for _ in range(20):
        qtbot.wait(20)
        # Painted in three frames, so that none is long: they agree again before the next step is shown.
        qtbot.waitUntil(
            lambda: {v.loss.step, v.descent.step, v.timeline.step} == {v.lenses["step"].moment.step},
            timeout=WAIT,
        )
        shown = v.lenses["step"].moment.step
    assert shown > 100
    v.actions["play"].trigger()
    qtbot.waitUntil(lambda: v.lenses["step"].moment.step == session.last == v.loss.step, timeout=WAIT)


def test_at_full_speed_a_step_that_somebody_wants_is_shown_at_once(
    laboratory: LaboratoryParts, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_wait(laboratory, qtbot, parabola(steps=1_000_000_000))
    session, v = laboratory.presenter.session, laboratory.views
    v.actions["run_to_end"].trigger()
    qtbot.waitUntil(lambda: session.last > 2000, timeout=WAIT)
    monkeypatch.setattr("gui_app.ui.transport.pulse.Thrift.allows", lambda *_: False)
    laboratory.presenter.jump(7)
    qtbot.waitUntil(lambda: v.loss.step == v.timeline.step == v.lenses["step"].moment.step == 7, timeout=WAIT)
    assert session.status is Status.RUNNING
    v.actions["play"].trigger()


@pytest.mark.parametrize("text", ["x=", "x @ x"])
def test_a_graph_that_is_out_of_date_says_so(laboratory: LaboratoryParts, qtbot: QtBot, text: str) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    laboratory.views.editor.area.setPlainText(text)
    qtbot.waitUntil(lambda: laboratory.presenter.session.status is Status.FAILED, timeout=WAIT)
    # What a program has built until it failed takes the place of the graph before as soon as it is known.
    partial = laboratory.presenter.graph is not None and laboratory.presenter.graph.failure is not None
    assert partial or "last graph that worked" in laboratory.views.graph.message
    laboratory.views.editor.area.setPlainText("x**2")
    qtbot.waitUntil(lambda: laboratory.views.graph.message == "", timeout=WAIT)


def test_every_panel_with_a_picture_can_hand_it_out(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    laboratory.documents.open_lesson("C5")
    qtbot.waitUntil(lambda: laboratory.presenter.session.last >= 0, timeout=WAIT)
    fit = laboratory.views.lenses["data"]
    qtbot.waitUntil(lambda: fit.picture() is not None, timeout=WAIT)
    docks = laboratory.views.window.laboratory.docks
    for name in ("data", "starts", "loss", "descent", "graph"):
        assert "Copy picture" in [action.text() for action in docks[name].title.menu.actions()], name
    QGuiApplication.clipboard().clear()
    laboratory.views.window.laboratory.picture_wanted.emit("data", "copy")
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=WAIT)


def test_a_panel_behind_another_asks_nothing_until_it_comes_forward(
    laboratory: LaboratoryParts, qtbot: QtBot
) -> None:
    open_and_wait(laboratory, qtbot, parabola())
    window, view = laboratory.views.window.laboratory, laboratory.views.lenses["step"]
    window.show_panel("notes")
    qtbot.wait(50)
    asked: list[object] = []
    view.asked.connect(asked.append)
    laboratory.views.actions["step"].trigger()
    qtbot.waitUntil(lambda: laboratory.presenter.session.last == 1, timeout=WAIT)
    qtbot.wait(50)
    assert asked == []
    window.show_panel("step")
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=WAIT)
