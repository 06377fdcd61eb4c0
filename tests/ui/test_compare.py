"""The panel that compares runs: what it asks, how it ranks, what it tells the other views."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui_app.core.comparison import Budget, CompareAsked, FieldAsked, Progress, Stretch
from gui_app.core.contenders import contender, each_optimizer
from gui_app.core.events import Started, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.landscape import Landscape
from gui_app.core.session import Session
from gui_app.ui.compare.choosing import MOST
from gui_app.ui.compare.panel import ASLEEP, NOTHING, SCRIPT, ComparePanel
from gui_app.ui.compare.paths import axes_for, brief
from gui_app.ui.compare.runs_view import LABEL
from gui_app.ui.compare.table import KEYS, TREND
from gui_app.ui.resources import Icons
from gui_app.ui.theme import DARK, LIGHT

VALLEY = Experiment(
    program="(1 - x)**2 + 100*(y - x**2)**2",
    parameters=(ParameterSpec("x", -1.5), ParameterSpec("y", 2.0)),
    optimizer=OptimizerSpec("SGD", {"lr": 0.25, "momentum": 0.5}),
    run=RunSpec(steps=50),
)


class Bench:
    """A panel with a session behind it, and an engine whose answers the test writes."""

    def __init__(self, qtbot: QtBot, experiment: Experiment = VALLEY, steps: int = 3) -> None:
        self.panel = ComparePanel(LIGHT, Icons(LIGHT))
        qtbot.addWidget(self.panel)
        self.panel.resize(448, 300)
        self.session = Session()
        self.questions: list[object] = []
        self.withdrawn: list[bool] = []
        self.chosen: list[int] = []
        panel = self.panel
        panel.asked.connect(self.questions.append)
        panel.withdrawn.connect(lambda: self.withdrawn.append(True))
        panel.branch_chosen.connect(self.chosen.append)
        panel.branches_made.connect(self._on_made)
        panel.branches_dropped.connect(self._on_dropped)
        panel.show()
        self.open(experiment, steps)

    def open(self, experiment: Experiment, steps: int) -> None:
        self.session.open(experiment, None)
        if steps:
            self.session.apply(Started(0, ("x", "y"), "float64", "cpu"))
            self.session.apply(StepsTaken(0, 0, *recorded(steps, 9.0)))
        self.show()

    def show(self) -> None:
        self.panel.set_moment(self.session.moment)

    def _on_made(self, branches: object) -> None:
        self.session.adopt(branches)  # type: ignore[arg-type]
        self.show()

    def _on_dropped(self, numbers: object) -> None:
        self.session.drop(numbers)  # type: ignore[arg-type]
        self.show()

    @property
    def asked(self) -> CompareAsked:
        found = [question for question in self.questions if isinstance(question, CompareAsked)]
        return found[-1]

    def answer(
        self, lasts: dict[int, float], share: float = 1.0, ended: dict[int, str] | None = None
    ) -> None:
        """Each contender comes to this last loss in 20 steps."""
        told = ended or {}
        parts = [stretch(at, last, told.get(at, "")) for at, last in lasts.items()]
        self.panel.take(Progress(tuple(parts), share))

    def compare(self, *names: str, lasts: list[float] | None = None) -> None:
        contenders = tuple(each_optimizer(self.session.experiment, names))
        self.panel.compare(contenders, Budget(20))
        self.answer(dict(enumerate(lasts or [1.0 + at for at in range(len(names))])))

    def labels(self) -> list[str]:
        return [row.label for row in self.panel.model.rows]


def recorded(steps: int, last: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    losses = np.linspace(12.0, last, steps)
    rows = np.stack((np.linspace(-1.5, 1.0, steps), np.linspace(2.0, last / 10, steps)), axis=1)
    return losses, rows, -rows


def stretch(index: int, last: float, ended: str = "") -> Stretch:
    losses, rows, gradients = recorded(21, last if math.isfinite(last) else 1.0)
    losses[-1] = last
    counted = np.arange(21, dtype=np.int64)
    return Stretch(index, ("x", "y"), "float64", losses, rows, gradients, (), counted, 0.021, ended)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


# Asking


def test_one_click_asks_for_each_optimizer_on_the_terms_of_the_experiment(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.panel.setup.starters[0], Qt.MouseButton.LeftButton)
    asked = bench.asked
    assert asked.is_long
    assert asked.experiment == VALLEY
    assert asked.budget == Budget(50)
    assert list(asked.contenders) == each_optimizer(VALLEY)
    assert bench.panel.head.bar.isVisible()
    assert bench.panel.head.cancel.isVisible()


def test_each_learning_rate_and_each_momentum_and_another_budget(bench: Bench) -> None:
    setup = bench.panel.setup
    setup.count.setText("1e3")
    setup.count.editingFinished.emit()
    setup.unit.setCurrentIndex(1)
    setup.rates.setText("0.5, 0.1;0.5")
    setup.starters[1].click()
    assert bench.asked.budget == Budget(1000, "evaluations")
    assert [each.optimizer.complete()["lr"] for each in bench.asked.contenders] == [0.1, 0.5]
    assert {each.optimizer.complete()["momentum"] for each in bench.asked.contenders} == {0.5}
    bench.panel.cancel()
    setup.momenta.setText("0 0.9")
    setup.starters[2].click()
    assert [each.optimizer.complete()["momentum"] for each in bench.asked.contenders] == [0.0, 0.9]


def test_only_what_is_ticked_takes_part_with_the_rates_that_are_chosen(bench: Bench) -> None:
    setup = bench.panel.setup
    setup.names.set_chosen(("SGD", "Adam"))
    setup.same_rate.setCurrentIndex(1)
    setup.starters[0].click()
    assert list(bench.asked.contenders) == each_optimizer(VALLEY, ("SGD", "Adam"), default_rates=True)
    setup.names.set_chosen(())
    assert not setup.starters[0].isEnabled()


def test_the_menu_stays_open_while_optimizers_are_ticked(bench: Bench, qtbot: QtBot) -> None:
    menu = bench.panel.setup.names.menu()
    menu.popup(QPoint(0, 0))
    adam = next(action for action in menu.actions() if action.text() == "Adam")
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(adam).center())
    assert menu.isVisible()
    assert not adam.isChecked()
    muon = next(action for action in menu.actions() if action.text() == "Muon")
    assert not muon.isEnabled()
    assert "Muon" not in bench.panel.setup.names.chosen
    menu.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Type a few"),
        ("0.1, a", "a is not a number"),
        ("-1", "at least 0"),
        ("1 " * (MOST + 1), "At most"),
    ],
)
def test_numbers_that_make_no_sense_are_told(bench: Bench, text: str, said: str) -> None:
    field = bench.panel.setup.rates
    field.setText(text)
    assert said in field.toolTip()
    assert field.value == ()
    assert not bench.panel.setup.starters[1].isEnabled()


def test_rates_follow_the_experiment_until_somebody_types_some(bench: Bench) -> None:
    field = bench.panel.setup.rates
    assert 0.25 in field.value
    bench.open(replace(VALLEY, optimizer=OptimizerSpec("SGD", {"lr": 2.0})), 3)
    assert 2.0 in field.value
    field.setText("0.3")
    bench.open(VALLEY, 3)
    assert field.value == (0.3,)


def test_an_optimizer_without_momentum_has_none_to_compare(bench: Bench) -> None:
    assert bench.panel.setup.starters[2].isEnabled()
    bench.open(replace(VALLEY, optimizer=OptimizerSpec("Adam")), 3)
    assert not bench.panel.setup.starters[2].isEnabled()


@pytest.mark.parametrize(
    ("experiment", "steps", "is_script", "said"),
    [(Experiment(), 0, False, NOTHING), (VALLEY, 0, False, ASLEEP), (VALLEY, 3, True, SCRIPT)],
)
def test_what_cannot_be_compared_is_said_in_words(
    qtbot: QtBot, experiment: Experiment, steps: int, is_script: bool, said: str
) -> None:
    bench = Bench(qtbot, experiment, steps)
    bench.session.is_script = is_script
    bench.show()
    assert bench.panel.setup._told.text() == said
    assert bench.panel.setup._form.isHidden(), "nothing to fill in"
    assert not any(button.isEnabled() for button in bench.panel.setup.starters)
    assert bench.questions == []


# While they run, and after


def test_rows_grow_while_the_runs_do_and_become_branches_at_the_end(bench: Bench) -> None:
    bench.panel.compare(tuple(each_optimizer(VALLEY, ("Adam", "Adagrad"))), Budget(40))
    bench.answer({0: 5.0, 1: 3.0}, share=0.5)
    assert bench.labels() == ["Adagrad lr 0.25", "Adam lr 0.25", "SGD lr 0.25 momentum 0.5"]
    assert bench.panel.head.bar.value() == 500
    assert bench.session.branches == ()
    numbers = {row.label: row.number for row in bench.panel.model.rows}
    bench.answer({})
    assert not bench.panel.head.bar.isVisible()
    assert {branch.label: branch.number for branch in bench.session.branches} == {
        "Adam lr 0.25": numbers["Adam lr 0.25"],  # and so the same colours
        "Adagrad lr 0.25": numbers["Adagrad lr 0.25"],
    }
    assert bench.labels() == ["Adagrad lr 0.25", "Adam lr 0.25", "SGD lr 0.25 momentum 0.5"]


def test_cancelling_keeps_what_was_recorded(bench: Bench, qtbot: QtBot) -> None:
    bench.panel.compare(tuple(each_optimizer(VALLEY, ("Adam", "Adagrad"))), Budget(40))
    bench.answer({0: 5.0}, share=0.5)
    qtbot.mouseClick(bench.panel.head.cancel, Qt.MouseButton.LeftButton)
    assert bench.withdrawn == [True]
    assert [branch.label for branch in bench.session.branches] == ["Adam lr 0.25"]
    bench.answer({1: 1.0})  # comes too late
    assert [branch.label for branch in bench.session.branches] == ["Adam lr 0.25"]


def test_another_experiment_ends_the_comparison_even_while_nobody_looks(bench: Bench) -> None:
    bench.panel.compare(tuple(each_optimizer(VALLEY, ("Adam", "Adagrad"))), Budget(40))
    bench.panel.hide()
    bench.open(replace(VALLEY, program="x**2 + y**2"), 3)
    assert bench.withdrawn == [True]
    bench.answer({0: 5.0, 1: 3.0})
    assert bench.session.branches == ()


def test_another_optimizer_or_more_steps_leave_it_be(bench: Bench) -> None:
    bench.panel.compare(tuple(each_optimizer(VALLEY, ("Adam", "Adagrad"))), Budget(40))
    changed = replace(VALLEY, optimizer=OptimizerSpec("Adam"), run=RunSpec(steps=9), title="Valley")
    bench.session.experiment = changed
    bench.show()
    assert bench.withdrawn == []
    bench.answer({0: 5.0, 1: 3.0})
    assert len(bench.session.branches) == 2


def test_one_that_fails_is_a_row_with_a_sentence(bench: Bench) -> None:
    muon, adam = contender(OptimizerSpec("Muon")), contender(OptimizerSpec("Adam"))
    bench.panel.compare((muon, adam), Budget(20))
    parts = Stretch(0, fault=Fault("Matrices only.", hint="Choose another.")), stretch(1, 1.0)
    bench.panel.take(Progress(parts, 1.0))
    model = bench.panel.model
    assert model.rowCount() == 3
    last = model.index(2, 0)
    assert last.data() == "Muon lr 0.001"
    assert last.data(Qt.ItemDataRole.ToolTipRole) == "Muon lr 0.001: Matrices only. Choose another."
    bench.panel.grab()


def test_a_fault_of_the_whole_is_told_and_ends_it(bench: Bench) -> None:
    bench.panel.compare(tuple(each_optimizer(VALLEY)), Budget(20))
    bench.panel.fail(Fault("The program does not end.", hint="Let it end."))
    assert bench.panel.message.isVisible()
    assert bench.panel.message.text() == "The program does not end. Let it end."
    assert not bench.panel.head.bar.isVisible()
    bench.compare("Adam")
    assert not bench.panel.message.isVisible()


def test_a_field_that_cannot_be_had_is_told(bench: Bench) -> None:
    bench.compare("Adam")
    bench.panel.head.paths.setChecked(True)
    bench.panel.fail(Fault("It takes too long."))
    assert bench.panel.message.text() == "It takes too long."
    assert len(bench.labels()) == 2


def test_the_keys_light_a_row_up(bench: Bench, qtbot: QtBot) -> None:
    bench.compare("Adam", "Adagrad")
    bench.panel.runs.setCurrentIndex(bench.panel.model.index(0, 0))
    qtbot.keyClick(bench.panel.runs, Qt.Key.Key_Down)
    assert bench.panel.runs._cells.hovered == 1


def test_comparing_again_replaces_the_same_and_keeps_the_others(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad")
    bench.compare("Adam", "RMSprop", lasts=[0.5, 0.7])
    assert sorted(branch.label for branch in bench.session.branches) == [
        "Adagrad lr 0.25",
        "Adam lr 0.25",
        "RMSprop lr 0.25",
    ]
    adam = next(row for row in bench.panel.model.rows if row.label == "Adam lr 0.25")
    assert adam.loss == 0.5


# The table


def test_a_click_on_a_header_ranks_and_a_second_one_turns_the_order(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad", "RMSprop", lasts=[3.0, 1.0, 2.0])
    model = bench.panel.model
    assert [row.loss for row in model.rows] == [1.0, 2.0, 3.0, 9.0]
    bench.panel.runs._on_header_clicked(KEYS.index("loss"))
    assert [row.loss for row in model.rows] == [9.0, 3.0, 2.0, 1.0]
    bench.panel.runs._on_header_clicked(0)
    assert bench.labels() == sorted(bench.labels(), key=str.casefold)
    assert model.headerData(0, Qt.Orientation.Horizontal).endswith("▴")
    bench.panel.runs._on_header_clicked(KEYS.index(TREND))
    assert model.key == "best"


def test_the_best_of_each_column_is_marked_not_by_colour_alone(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad", lasts=[3.0, 1.0])
    model = bench.panel.model
    cell = model.index(0, KEYS.index("loss"))
    assert model.is_best(0, "loss")
    assert not model.is_best(1, "loss")
    assert cell.data() == "1"
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "1, the best"


def test_a_click_on_a_row_shows_it_in_every_view(bench: Bench, qtbot: QtBot) -> None:
    bench.compare("Adam", "Adagrad", lasts=[3.0, 1.0])
    runs, model = bench.panel.runs, bench.panel.model
    for row in range(3):
        at = runs.visualRect(model.index(row, 1)).center()
        qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert bench.chosen == [model.rows[0].number, model.rows[1].number]  # the last one is shown already
    runs.setCurrentIndex(model.index(1, 0))
    qtbot.keyClick(runs, Qt.Key.Key_Return)
    assert bench.chosen[-1] == model.rows[1].number


def test_a_row_can_be_removed_and_all_can_be_cleared(bench: Bench, qtbot: QtBot) -> None:
    bench.compare("Adam", "Adagrad", "RMSprop")
    runs, model = bench.panel.runs, bench.panel.model
    runs.setCurrentIndex(model.index(0, 0))
    qtbot.keyClick(runs, Qt.Key.Key_Delete)
    assert "Adam lr 0.25" not in bench.labels()
    assert len(bench.session.branches) == 2
    runs.setCurrentIndex(model.index(2, 0))  # the one that is shown stays
    qtbot.keyClick(runs, Qt.Key.Key_Delete)
    assert len(bench.labels()) == 3
    bench.panel.clear()
    assert bench.session.branches == ()
    assert bench.panel.setup.isVisible()


def test_the_numbers_are_of_step_k_or_of_the_end(bench: Bench) -> None:
    bench.compare("Adam", lasts=[2.0])
    bench.session.cursor = 1
    bench.show()
    assert {row.step for row in bench.panel.model.rows} == {2, 20}
    bench.panel.head.at_step.setChecked(True)
    assert {row.step for row in bench.panel.model.rows} == {1}
    assert bench.panel.head.at_step.text() == "at step 1"
    adam = next(row for row in bench.panel.model.rows if row.label.startswith("Adam"))
    assert adam.loss == pytest.approx(11.5)
    bench.session.cursor = 2
    bench.show()
    assert {row.step for row in bench.panel.model.rows} == {2}


def test_the_threshold_is_chosen_by_the_user(bench: Bench) -> None:
    bench.compare("Adam", lasts=[2.0])
    assert bench.panel.model.rows[0].below is None
    limit = bench.panel.setup.limit
    limit.setText("7")
    limit.editingFinished.emit()
    assert bench.panel.model.rows[0].below == 11
    section = KEYS.index("below")
    assert bench.panel.model.headerData(section, Qt.Orientation.Horizontal) == "loss < 7"


def test_the_terms_stand_above_the_table(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad")
    assert bench.panel.head.terms.toolTip() == (
        "20 steps each  ·  start (-1.5, 2)  ·  seed 0  ·  float32  ·  lr 0.25 for all  ·  no clipping  ·  no schedule"
    )


def test_the_last_columns_give_way_where_there_is_no_room(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad")
    runs = bench.panel.runs

    def seen() -> list[str]:
        return [key for place, key in enumerate(KEYS) if not runs.isColumnHidden(place)]

    assert seen() == ["label", "loss", "distance", "gradient", "evaluations", TREND]
    assert runs.columnWidth(0) >= LABEL
    bench.panel.resize(1000, 300)
    assert seen() == [key for key in KEYS if key != "validation"], "nothing is held out"
    bench.panel.resize(280, 300)
    assert seen() == ["label", "loss", "distance"]


def test_the_loss_on_what_is_held_out_has_a_column(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad")
    runs, model = bench.panel.runs, bench.panel.model
    column = KEYS.index("validation")
    assert runs.isColumnHidden(column)
    assert bench.panel._branches[0].history.metrics == {}
    for at, branch in enumerate(bench.panel._branches):
        branch.history.add_metrics(0, {"validation loss": 3.0})
        branch.history.add_metrics(2, {"validation loss": 2.0 - at})
    bench.panel.refresh()
    assert not runs.isColumnHidden(column)
    assert KEYS.index("loss") + 1 == column
    assert model.headerData(column, Qt.Orientation.Horizontal) == "held out"
    runs._on_header_clicked(column)
    assert [row.validation for row in model.rows] == sorted(2.0 - at for at in range(len(model.rows)))
    assert model.is_best(0, "validation")
    assert "held out: 2" in model.told(model.rows[-1])


def test_the_table_is_copied_and_saved_as_csv(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.compare("Adam", "Adagrad")
    bench.panel.copy_table()
    text = QGuiApplication.clipboard().text()
    assert [cells[0] for cells in csv.reader(io.StringIO(text))][1:] == bench.labels()
    target = tmp_path / "table"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    bench.panel.save_table()
    assert target.with_suffix(".csv").read_text(encoding="utf-8") == text


def test_a_table_that_cannot_be_saved_is_told(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.compare("Adam")
    told: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "t.csv"), ""))
    monkeypatch.setattr("gui_app.ui.errors.show_fault", lambda _parent, title, _fault: told.append(title))
    bench.panel.save_table()
    assert told == ["The table cannot be saved"]


def test_the_choice_comes_back_on_demand_and_goes_with_the_next_comparison(bench: Bench) -> None:
    panel = bench.panel
    assert panel.setup.isVisible()
    assert not panel.setup.back.isVisible()
    bench.compare("Adam")
    assert not panel.setup.isVisible()
    panel.head.new_wanted.emit()
    bench.show()
    assert panel.setup.isVisible()
    panel.setup.back.click()
    assert panel.runs.isVisible()
    panel.head.new_wanted.emit()
    bench.compare("Adagrad")
    assert not panel.setup.isVisible()


# The paths


def test_paths_ask_for_one_field_and_are_clicked_like_rows(bench: Bench, qtbot: QtBot) -> None:
    bench.compare("Adam", "Adagrad", lasts=[3.0, 1.0])
    panel = bench.panel
    panel.head.paths.setChecked(True)
    fields = [question for question in bench.questions if isinstance(question, FieldAsked)]
    assert len(fields) == 1
    axes = fields[0].axes
    assert axes == axes_for(VALLEY, panel._branches)
    panel.grab()  # before there is an answer
    x, y = np.meshgrid(axes[0].values, axes[1].values, indexing="ij")
    panel.take(Landscape(axes, (1 - x) ** 2 + 100 * (y - x**2) ** 2))
    bench.show()
    assert len([question for question in bench.questions if isinstance(question, FieldAsked)]) == 1
    place = panel.paths._places()[0]
    qtbot.mouseMove(panel.paths, place.center().toPoint())
    qtbot.mouseClick(panel.paths, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    assert bench.chosen == [panel.model.rows[0].number]
    assert panel.paths._at(QPointF(-5, -5)) == -1


def test_each_path_is_drawn_over_the_field(bench: Bench) -> None:
    panel = bench.panel
    bench.compare("Adam", "Adagrad", lasts=[3.0, math.inf])
    panel.head.paths.setChecked(True)
    axes = panel._field_of[1]
    panel.take(Landscape(axes, np.add.outer(axes[0].values ** 2, axes[1].values ** 2)))
    image = panel.paths.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    places = panel.paths._places()
    assert len(places) == 3
    for place in places:
        pale = sum(
            image.pixelColor(x, y).lightness() > 230
            for x in range(int(place.left()) + 3, int(place.right()) - 3, 2)
            for y in range(int(place.top()) + 3, int(place.bottom()) - 3)
        )
        assert pale > 10


def test_paths_need_two_elements(bench: Bench) -> None:
    assert axes_for(Experiment("x", (ParameterSpec("x", 1.0),)), []) is None
    assert axes_for(Experiment("x", (ParameterSpec("x", (1.0, 2.0, 3.0)),)), []) is None
    seen = replace(VALLEY, parameters=(ParameterSpec("x", 1.0, view=(-2.0, 2.0)), VALLEY.parameters[1]))
    axes = axes_for(seen, [])
    assert axes is not None
    assert (axes[0].low, axes[0].high) == (-2.0, 2.0)
    bench.compare("Adam")
    assert bench.panel.head.paths.isEnabled()


def test_what_all_labels_say_is_said_once() -> None:
    assert brief(["Adam lr 0.1", "SGD lr 0.1 momentum 0.9"]) == ["Adam", "SGD momentum 0.9"]
    assert brief(["Adam lr 0.1", "Adam lr 0.2"]) == ["lr 0.1", "lr 0.2"]
    assert brief(["SGD lr 0.1 momentum 0.9", "SGD lr 0.2 momentum 0.9"]) == ["lr 0.1", "lr 0.2"]
    assert brief(["Adam lr 0.1", "SGD lr 0.2"]) == ["Adam lr 0.1", "SGD lr 0.2"]
    assert brief(["Adam lr 0.1", "lr 0.1 → 0.2"]) == ["Adam lr 0.1", "lr 0.1 → 0.2"]
    assert brief(["Adam lr 0.1"]) == ["Adam lr 0.1"]


# The look


@pytest.mark.parametrize("width", [280, 448, 1200])
def test_it_is_painted_in_both_themes_at_any_width(bench: Bench, width: int) -> None:
    panel = bench.panel
    panel.resize(width, 300)
    bench.compare("Adam", "Adagrad", "LBFGS", lasts=[3.0, math.inf, -1.0])
    for palette in (DARK, LIGHT):
        panel.apply_theme(palette)
        for on in (True, False):
            panel.head.paths.setChecked(on)
            assert not panel.grab().isNull()


def test_pointing_at_a_row_lights_it_up_in_both_pages(bench: Bench) -> None:
    bench.compare("Adam", "Adagrad")
    number = bench.panel.model.rows[1].number
    bench.panel.paths.pointed.emit(number)
    assert bench.panel.runs._cells.hovered == 1
    bench.panel.runs.pointed.emit(number)
    assert bench.panel.paths._lit == number
    bench.panel.paths.pointed.emit(-1)
    assert bench.panel.runs._cells.hovered == -1
