"""Tables in the whole window: opened, fitted, changed, saved, refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot
from whole import WAIT

from gui_app.app import LaboratoryParts
from gui_app.cli import main
from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.session import Session
from gui_app.files.experiment import read_experiment, write_experiment
from gui_app.ui import errors
from gui_app.ui.data.importing import ImportDialog
from gui_app.ui.theme import DARK, LIGHT

LINE = Experiment("loss = (w - 3)**2", optimizer=OptimizerSpec("SGD", {"lr": 0.1}))


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """A file with semicolons and decimal commas: the price rises by 2 for each square metre."""
    area = np.linspace(40, 120, 41)
    rows = [f"{at:.1f};{2 * at + 10:.2f}".replace(".", ",") for at in area]
    path = tmp_path / "Mieten.csv"
    path.write_text("\n".join(["Fläche;Miete", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object) -> str:
        raise AssertionError("nothing is lost: nobody is to be asked")

    monkeypatch.setattr(errors, "ask_unsaved", ask)


def session_of(laboratory: LaboratoryParts) -> Session:
    return laboratory.presenter.session


def wait_for(laboratory: LaboratoryParts, qtbot: QtBot, holds: Callable[[Experiment], bool]) -> None:
    """Until the open experiment is such and its start has been evaluated."""
    session = session_of(laboratory)
    qtbot.waitUntil(lambda: holds(session.experiment) and session.last >= 0, timeout=WAIT)


def open_set(laboratory: LaboratoryParts, qtbot: QtBot, kind: str, name: str) -> None:
    laboratory.views.window.set_chosen.emit(kind, name)
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.source == name)
    qtbot.waitUntil(lambda: bool(laboratory.views.model.columns.names), timeout=WAIT)


def choose_model(laboratory: LaboratoryParts, name: str) -> None:
    box = laboratory.views.model.model
    box.choice.set_value(name)
    box.choice.settled.emit()


def dialog_of(laboratory: LaboratoryParts, qtbot: QtBot) -> ImportDialog:
    dialog = laboratory.documents.tables.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.accept_button.isEnabled, timeout=WAIT)
    return dialog


def import_table(laboratory: LaboratoryParts, qtbot: QtBot, path: Path) -> None:
    laboratory.documents.open_file(str(path))
    dialog_of(laboratory, qtbot).accept_button.click()
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.path == str(path))


def run_to_end(laboratory: LaboratoryParts, qtbot: QtBot) -> float:
    session = session_of(laboratory)
    laboratory.presenter.run_to_end()
    qtbot.waitUntil(lambda: session.last >= session.experiment.run.steps, timeout=WAIT)
    assert session.history is not None
    return float(session.history.losses[session.last])


# A file


@pytest.mark.usefixtures("unasked")
def test_a_file_becomes_a_fitted_line(laboratory: LaboratoryParts, qtbot: QtBot, german: Path) -> None:
    import_table(laboratory, qtbot, german)
    session = session_of(laboratory)
    assert session.experiment.model == ModelSpec("linear")
    assert session.experiment.title == "Mieten"
    assert session.is_modified, "what was chosen in the dialog would be lost"
    assert session.experiment.data is not None
    assert session.experiment.data.standardize
    assert german in laboratory.documents.recent()
    assert run_to_end(laboratory, qtbot) < 1e-6
    weight = session.experiment.split_row(session.history.parameters(session.last))["weight"]  # type: ignore[union-attr]
    spread = np.linspace(40, 120, 41).std()
    assert weight == pytest.approx(2 * spread, rel=1e-4)
    panel = laboratory.views.lenses["data"]
    qtbot.waitUntil(lambda: panel.fit is not None, timeout=WAIT)  # type: ignore[attr-defined]


def test_a_dropped_table_is_looked_at_in_the_colours_of_the_theme(
    laboratory: LaboratoryParts, qtbot: QtBot, german: Path
) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(german))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    laboratory.views.window.dropEvent(event)
    dialog = dialog_of(laboratory, qtbot)
    assert dialog.path == german
    for palette in (DARK, LIGHT, DARK):
        laboratory.views.window.apply_theme(palette)
        assert palette.panel in dialog.styleSheet()
    dialog.reject()
    assert laboratory.documents.tables.dialog is None


def test_the_window_may_close_while_a_table_is_read(
    laboratory: LaboratoryParts, qtbot: QtBot, german: Path
) -> None:
    laboratory.documents.open_file(str(german))
    assert laboratory.documents.may_end()
    assert laboratory.documents.tables.dialog is None
    laboratory.documents.open_file(str(german))
    dialog_of(laboratory, qtbot).accept_button.click()
    assert laboratory.documents.may_end()
    laboratory.views.window.set_chosen.emit(
        "builtin", "digits"
    )  # the fixture ends the threads while it is read


def test_a_table_that_cannot_be_used_goes_back_into_the_dialog(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("x,y\n1,2\n2,\n,6\n4,8\n", encoding="utf-8")
    laboratory.documents.open_file(str(path))
    first = dialog_of(laboratory, qtbot)
    first.accept_button.click()
    qtbot.waitUntil(lambda: laboratory.documents.tables.dialog not in (None, first), timeout=WAIT)
    dialog = dialog_of(laboratory, qtbot)
    assert "has no value in column" in dialog.strip.text
    assert dialog.columns.target == "y"
    dialog.form.missing.setCurrentIndex(dialog.form.missing.findData("drop"))
    dialog.accept_button.click()
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.missing == "drop")
    assert session_of(laboratory).experiment.model == ModelSpec("linear")


def test_a_file_is_looked_at_again(laboratory: LaboratoryParts, qtbot: QtBot, german: Path) -> None:
    import_table(laboratory, qtbot, german)
    laboratory.views.model.columns.set_target(0)
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.target == "Fläche")
    laboratory.views.model.import_wanted.emit()
    dialog = dialog_of(laboratory, qtbot)
    assert (dialog.columns.target, dialog.columns.features) == ("Fläche", {"Miete"})
    assert dialog.form.standardize.value
    dialog.columns.set_target(1)
    dialog.accept_button.click()
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.target == "Miete")
    assert session_of(laboratory).experiment.title == "Mieten"


# Where it goes


def test_a_waiting_program_gets_the_table(laboratory: LaboratoryParts, qtbot: QtBot, unasked: None) -> None:
    del unasked
    text = "loss = ((X * slope).sum(1) - 100 * y / y).pow(2).mean()"
    laboratory.documents.open_experiment(Experiment("x**2", title="Mine"))
    laboratory.views.editor.replace_program(text)
    open_set(laboratory, qtbot, "builtin", "diabetes")
    experiment = session_of(laboratory).experiment
    assert (experiment.program, experiment.title, experiment.model) == (text, "Mine", None)
    assert [spec.name for spec in experiment.parameters] == ["slope"]


def test_another_program_makes_room_only_if_it_may(
    laboratory: LaboratoryParts, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ask(*_: object) -> str:
        asked.append("")
        return "cancel"

    laboratory.documents.open_experiment(LINE)
    laboratory.views.editor.replace_program("loss = (w - 4)**2")
    monkeypatch.setattr(errors, "ask_unsaved", ask)
    laboratory.views.window.set_chosen.emit("builtin", "iris")
    assert len(asked) == 1
    assert session_of(laboratory).experiment.data is None
    monkeypatch.setattr(errors, "ask_unsaved", lambda *_: "discard")
    open_set(laboratory, qtbot, "builtin", "iris")
    assert session_of(laboratory).experiment.title == "Iris"


@pytest.mark.usefixtures("unasked")
def test_built_in_sets_can_be_played_at_once(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_set(laboratory, qtbot, "builtin", "iris")
    session = session_of(laboratory)
    assert session.experiment.model == ModelSpec("softmax")
    assert not session.is_modified
    assert laboratory.views.window.windowTitle().startswith("Iris")
    assert run_to_end(laboratory, qtbot) < 0.2
    open_set(laboratory, qtbot, "generate", "moons")
    assert session.experiment.model == ModelSpec("logistic")


# Model and text


def test_a_model_writes_its_program_and_typing_makes_it_typed(
    laboratory: LaboratoryParts, qtbot: QtBot
) -> None:
    open_set(laboratory, qtbot, "generate", "moons")
    session, editor = session_of(laboratory), laboratory.views.editor
    before = session.experiment
    choose_model(laboratory, "perceptron")
    wait_for(laboratory, qtbot, lambda e: e.model == ModelSpec("perceptron"))
    assert "nn.Linear(2, 16)" in editor.program()
    assert session.experiment.optimizer == OptimizerSpec("Adam", {"lr": 0.01})
    assert session.is_modified
    editor.replace_program(editor.program() + " + 0.01*net(X).pow(2).mean()")
    assert session.experiment.model is None
    assert laboratory.views.model.model.choice.value == "typed"
    wait_for(laboratory, qtbot, lambda e: e.model is None)
    editor.undo()
    editor.flush()
    assert session.experiment.model == ModelSpec("perceptron")
    editor.undo()
    editor.flush()
    assert (session.experiment.model, session.experiment.parameters) == (before.model, before.parameters)
    assert session.experiment.program == before.program
    wait_for(laboratory, qtbot, lambda e: e.model == before.model)


def test_a_typed_program_comes_back(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_set(laboratory, qtbot, "builtin", "diabetes")
    session, editor = session_of(laboratory), laboratory.views.editor
    typed = "y_hat = (X @ weight.T + bias).squeeze(1)\nloss = (y_hat - y).abs().mean()"
    editor.replace_program(typed)
    assert session.experiment.model is None
    choose_model(laboratory, "polynomial")
    wait_for(laboratory, qtbot, lambda e: e.model == ModelSpec("polynomial"))
    editor.undo()
    editor.flush()
    assert (session.experiment.program, session.experiment.model) == (typed, None)


def test_undone_text_takes_its_columns_back(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_set(laboratory, qtbot, "generate", "moons")
    session, editor, form = session_of(laboratory), laboratory.views.editor, laboratory.views.model
    choose_model(laboratory, "perceptron")
    wait_for(laboratory, qtbot, lambda e: e.model == ModelSpec("perceptron"))
    both = session.experiment
    form.columns.set_feature(1, on=False)
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.features == ("x1",))
    assert "nn.Linear(1, 16)" in editor.program()
    form.rows.batch_size.set_given(10)
    form.rows.batch_size.settled.emit()
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.batch_size == 10)
    one = session.experiment
    editor.undo()
    editor.flush()
    assert (session.experiment.program, session.experiment.model) == (both.program, both.model)
    assert session.experiment.parameters == both.parameters
    assert both.data is not None
    assert session.experiment.data == replace(both.data, batch_size=10), (
        "how rows are used is no matter of the text"
    )
    qtbot.waitUntil(lambda: form.columns.features == {"x1", "x2"}, timeout=WAIT)
    wait_for(laboratory, qtbot, lambda e: e.model is not None)
    editor.redo()
    editor.flush()
    assert session.experiment.data == one.data
    assert session.experiment.model == one.model
    wait_for(laboratory, qtbot, lambda e: e.model is not None)


def test_a_typed_program_names_the_columns(laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path) -> None:
    """Of a table that is open, of another one that takes its place, and of one that a file names."""
    open_set(laboratory, qtbot, "generate", "regression")
    session, editor = session_of(laboratory), laboratory.views.editor

    def parameters() -> list[str]:
        names = [spec.name for spec in session.experiment.parameters]
        return [name for name in names if name not in ("weight", "bias")]  # the model's, which have been set

    editor.replace_program("loss = ((u*x1 + v*x2 - y)**2).mean()")
    wait_for(laboratory, qtbot, lambda _: parameters() == ["u", "v"])
    editor.replace_program("loss = ((u*x1 + age*x2 - y)**2).mean()")
    wait_for(laboratory, qtbot, lambda _: parameters() == ["u", "age"])
    path = tmp_path / "people.csv"
    path.write_text("age,y\n" + "".join(f"{at},{2 * at}\n" for at in range(1, 20)), encoding="utf-8")
    people = replace(session.experiment, data=DataSpec(path=str(path)))
    laboratory.presenter.data.change(people)
    wait_for(laboratory, qtbot, lambda e: e.data == people.data)
    assert parameters() == ["u", "x1", "x2"]
    write_experiment(
        tmp_path / "people.toml", replace(people, program="(age*a - y).abs().mean()", parameters=())
    )
    session.saved = session.experiment
    laboratory.documents.open_file(str(tmp_path / "people.toml"))
    qtbot.waitUntil(lambda: parameters() == ["a"], timeout=WAIT)
    assert session.last == -1  # nothing of a file is evaluated before somebody asks for it


def test_the_model_must_suit_the_target(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_set(laboratory, qtbot, "builtin", "iris")
    before, form = session_of(laboratory).experiment, laboratory.views.model
    choose_model(laboratory, "linear")
    qtbot.waitUntil(lambda: bool(form.problem), timeout=WAIT)
    assert "category" in form.problem
    assert session_of(laboratory).experiment == before
    assert form.model.choice.value == "softmax"
    form.columns.set_target(0)
    wait_for(laboratory, qtbot, lambda e: e.model == ModelSpec("linear"))
    assert "mse_loss" in laboratory.views.editor.program()


def test_what_changes_while_a_program_is_written_stays(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_set(laboratory, qtbot, "generate", "moons")
    session = session_of(laboratory)
    choose_model(laboratory, "perceptron")
    own = OptimizerSpec("SGD", {"lr": 0.05, "momentum": 0.9})
    laboratory.presenter.edit(replace(session.experiment, optimizer=own))
    wait_for(laboratory, qtbot, lambda e: e.model == ModelSpec("perceptron"))
    assert session.experiment.optimizer == own


def test_the_batch_size_is_changed_while_it_runs(laboratory: LaboratoryParts, qtbot: QtBot) -> None:
    open_set(laboratory, qtbot, "builtin", "iris")
    session, form = session_of(laboratory), laboratory.views.model
    laboratory.presenter.play()
    qtbot.waitUntil(lambda: session.last >= 1, timeout=WAIT)
    form.rows.batch_size.enter(30)
    assert session.experiment.data is not None
    assert session.experiment.data.batch_size == 30
    wait_for(laboratory, qtbot, lambda e: e.data is not None and e.data.batch_size == 30)
    assert form.length.steps.text() == "200 steps, 5 to an epoch"
    assert run_to_end(laboratory, qtbot) < 0.3


# Files of experiments


def test_everything_is_saved(laboratory: LaboratoryParts, qtbot: QtBot, german: Path) -> None:
    import_table(laboratory, qtbot, german)
    form, session = laboratory.views.model, session_of(laboratory)
    form.rows.validation.enter(20.0)
    form.rows.batch_size.enter(8)
    form.rows.shuffle.click()
    form.length.patience.enter(7)
    choose_model(laboratory, "perceptron")
    wait_for(laboratory, qtbot, lambda e: e.model == ModelSpec("perceptron"))
    path = german.parent / "saved.toml"
    assert laboratory.documents._write(path)
    assert not session.is_modified
    assert laboratory.views.window.windowTitle().startswith("Mieten[*]")
    saved = session.experiment
    read = read_experiment(path)
    assert read.data is not None
    assert Path(read.data.path or "").resolve() == german.resolve()
    assert replace(read, data=saved.data) == saved
    laboratory.documents.new()
    laboratory.documents.open_file(str(path))
    qtbot.waitUntil(lambda: session.experiment.data is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: bool(form.columns.names), timeout=WAIT)
    assert session.history is None, "nothing of a file is evaluated before somebody asks for it"
    assert not session.is_modified
    assert form.rows.batch_size.value == 8
    laboratory.presenter.step()
    qtbot.waitUntil(lambda: session.last >= 0, timeout=WAIT)
    assert not session.is_modified


def test_a_file_may_leave_its_program_to_the_data(
    laboratory: LaboratoryParts, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.toml"
    path.write_text(
        '[data]\nbuiltin = "iris"\nbatch_size = 30\n[model]\nname = "softmax"\n[run]\nepochs = 4\n',
        encoding="utf-8",
    )
    laboratory.documents.open_file(str(path))
    session = session_of(laboratory)
    qtbot.waitUntil(lambda: session.experiment.data is not None, timeout=WAIT)
    assert session.experiment.run.steps == 20
    assert session.path == path
    assert session.history is None
    said: list[str] = []
    monkeypatch.setattr(errors, "show_fault", lambda _window, _title, fault: said.append(fault.message))
    path.write_text('[data]\npath = "gone.csv"\ntarget = "y"\n[model]\nname = "linear"\n', encoding="utf-8")
    laboratory.documents.open_file(str(path))
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert "gone.csv" in said[0]
    text = Experiment("loss = X.sum() * w", data=DataSpec(path=str(tmp_path / "gone.csv")))
    write_experiment(path, text)
    laboratory.documents.open_file(str(path))
    form = laboratory.views.model
    qtbot.waitUntil(lambda: bool(form.problem), timeout=WAIT)
    assert form.source.size.text() == "It cannot be used as it is."


# The command line


def test_a_broken_table_is_refused_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
    path = tmp_path / "old.pt"
    path.write_bytes(b"\x80\x04K\x01.")
    assert main([str(path)]) == 2
    assert "pickle" in capsys.readouterr().err
