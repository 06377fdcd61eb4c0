"""The optimizer and run form: every optimizer, every kind of field, and what makes no sense."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui_app.core.experiment import Experiment, OptimizerSpec, RunSpec
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.core.schedules import SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.ui.editor.number_field import DragLabel, NumberField, ladder, memory, number_text, parse_number
from gui_app.ui.editor.rate_slider import RateSlider
from gui_app.ui.editor.settings_block import SettingsBlock
from gui_app.ui.editor.settings_form import SettingsForm
from gui_app.ui.theme import DARK, LIGHT

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def form(qtbot: QtBot) -> SettingsForm:
    made = SettingsForm(LIGHT)
    qtbot.addWidget(made)
    made.resize(320, 420)
    made.show()
    return made


@pytest.fixture
def changes(form: SettingsForm) -> list[Experiment]:
    found: list[Experiment] = []
    form.experiment_changed.connect(found.append)
    return found


def enter(qtbot: QtBot, field: object, typed: str) -> None:
    assert isinstance(field, NumberField)
    field.selectAll()
    qtbot.keyClicks(field, typed) if typed else qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def choose(block: SettingsBlock, name: str) -> None:
    block.choice.set_value(name)
    block.choice.settled.emit()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_a_field_for_every_setting(
    form: SettingsForm, changes: list[Experiment], name: str
) -> None:
    form.optimizer.set_value(name)
    form.optimizer.settled.emit()
    assert list(form.settings) == [setting.name for setting in OPTIMIZERS[name].settings]
    assert {key: control.value for key, control in form.settings.items()} == OptimizerSpec(name).complete()
    assert form.method.summary.text() == OPTIMIZERS[name].summary
    assert [change.optimizer for change in changes] == ([OptimizerSpec(name)] if name != "SGD" else [])
    assert form.minimumSizeHint().width() <= 320
    inside = form.findChild(QLabel).parentWidget()
    assert inside.minimumSizeHint().width() <= 310


def test_only_what_differs_is_kept(form: SettingsForm, changes: list[Experiment], qtbot: QtBot) -> None:
    enter(qtbot, form.settings["lr"], "4e-1")
    assert changes[-1].optimizer == OptimizerSpec("SGD", {"lr": 0.4})
    assert form.settings["lr"].text() == "0.4"
    enter(qtbot, form.settings["momentum"], ".9")
    assert changes[-1].optimizer.settings == {"lr": 0.4, "momentum": 0.9}
    enter(qtbot, form.settings["lr"], "")
    assert changes[-1].optimizer.settings == {"momentum": 0.9}
    assert form.settings["lr"].text() == "0.001"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("lr", "0,4", "lr must be a number, such as 0.1 or 1e-3."),
        ("lr", "-1", "lr must be at least 0."),
        ("lr", "1e999", "lr must be finite."),
        ("lr", "nan", "lr must be finite."),
        ("steps", "1.5", "steps must be a whole number."),
        ("steps", "-1", "steps must lie between 0 and 1,000,000,000."),
        ("seed", str(2**63), "seed must lie between 0 and 2^63 - 1."),
        ("seed", "9" * 5000, "seed must be a whole number."),
    ],
)
def test_what_makes_no_sense_is_marked_and_kept(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot, field: str, typed: str, sentence: str
) -> None:
    control = {**form.settings, **form.run}[field]
    assert isinstance(control, NumberField)
    control.setText(typed)
    control.editingFinished.emit()
    assert form._strip.text == sentence
    assert control.text() == typed
    assert control.styleSheet()
    assert changes == []
    other = "steps" if field != "steps" else "seed"
    enter(qtbot, form.run[other], "7")
    assert getattr(changes[-1].run, other) == 7
    assert changes[-1].optimizer == OptimizerSpec()
    assert control.text() == typed
    qtbot.keyClick(control, Qt.Key.Key_Escape)
    assert form._strip.text == ""
    assert not control.styleSheet()


def test_return_gives_the_keys_back_unless_something_is_wrong(form: SettingsForm, qtbot: QtBot) -> None:
    form.activateWindow()
    field = form.settings["lr"]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    enter(qtbot, field, "many")
    assert field.hasFocus()
    enter(qtbot, field, "0.5")
    assert not field.hasFocus()
    assert field.value == 0.5


def test_pairs(form: SettingsForm, changes: list[Experiment], qtbot: QtBot) -> None:
    form.set_experiment(Experiment(optimizer=OptimizerSpec("Adam", {"betas": (0.8, 0.99)})))
    betas = form.settings["betas"]
    assert betas.value == (0.8, 0.99)
    enter(qtbot, betas.fields[1], "1")
    assert form._strip.text == "betas must be at least 0 and below 1."
    enter(qtbot, betas.fields[1], "0.999")
    enter(qtbot, betas.fields[0], "0.9")
    assert changes[-1].optimizer == OptimizerSpec("Adam", {})


def test_rprops_pair_has_bounds_of_its_own(form: SettingsForm, qtbot: QtBot) -> None:
    form.set_experiment(Experiment(optimizer=OptimizerSpec("Rprop")))
    enter(qtbot, form.settings["etas"].fields[0], "1.5")
    assert form._strip.text.startswith("etas must be")


def test_nesterov_needs_momentum(form: SettingsForm, changes: list[Experiment], qtbot: QtBot) -> None:
    form.experiment_changed.connect(form.set_experiment)
    form.settings["nesterov"].click()
    assert form._strip.text.startswith("nesterov needs")
    assert changes == []
    enter(qtbot, form.settings["momentum"], "0.9")
    assert changes[-1].optimizer.settings == {"momentum": 0.9, "nesterov": True}
    assert form._strip.text == ""
    enter(qtbot, form.settings["momentum"], "0")
    assert changes[-1].optimizer.settings == {}
    assert form.settings["nesterov"].isChecked()


def test_choices_and_switches(form: SettingsForm, changes: list[Experiment]) -> None:
    form.set_experiment(Experiment(optimizer=OptimizerSpec("LBFGS")))
    form.settings["line_search_fn"].set_value("strong_wolfe")
    form.settings["line_search_fn"].settled.emit()
    assert changes[-1].optimizer == OptimizerSpec("LBFGS", {"line_search_fn": "strong_wolfe"})
    form.run["clear_gradients"].click()
    assert changes[-1].run == RunSpec(clear_gradients=False)
    form.run["dtype"].set_value("float64")
    form.run["dtype"].settled.emit()
    assert changes[-1].run == RunSpec(clear_gradients=False, dtype="float64")


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_has_a_field_for_every_setting(
    form: SettingsForm, changes: list[Experiment], name: str
) -> None:
    choose(form.schedule, name)
    assert list(form.schedule.controls) == [setting.name for setting in SCHEDULES[name].settings]
    assert form.schedule.summary.text() == SCHEDULES[name].summary
    assert form.schedule.summary.isVisibleTo(form)
    assert changes[-1].optimizer == OptimizerSpec("SGD", {}, ScheduleSpec(name))
    assert {k: c.value for k, c in form.schedule.controls.items()} == ScheduleSpec(name).complete()
    assert form.findChild(QLabel).parentWidget().minimumSizeHint().width() <= 310
    choose(form.schedule, "none")
    assert changes[-1].optimizer == OptimizerSpec()
    assert form.schedule.controls == {}
    assert not form.schedule.summary.isVisibleTo(form)


def test_a_schedule_is_as_long_as_the_run_and_remembers(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot
) -> None:
    form.set_experiment(Experiment(run=RunSpec(40)))
    choose(form.schedule, "CosineAnnealingLR")
    assert changes[-1].optimizer.schedule == ScheduleSpec("CosineAnnealingLR", {"T_max": 40})
    enter(qtbot, form.schedule.controls["T_max"], "25")
    assert changes[-1].optimizer.schedule == ScheduleSpec("CosineAnnealingLR", {"T_max": 25})
    for name in ("none", "CosineAnnealingLR"):
        choose(form.schedule, name)
    assert changes[-1].optimizer.schedule == ScheduleSpec("CosineAnnealingLR", {"T_max": 25})
    assert [type(c) for c in changes] == [Experiment] * 4
    form.set_experiment(Experiment(run=RunSpec(0)))
    choose(form.schedule, "OneCycleLR")
    assert changes[-1].optimizer.schedule == ScheduleSpec("OneCycleLR")


def test_another_optimizer_keeps_schedule_and_clipping(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot
) -> None:
    choose(form.clip, "value")
    assert changes[-1].optimizer.clip == ClipSpec("value", 1.0)
    enter(qtbot, form.clip.controls["amount"], "0.25")
    choose(form.schedule, "StepLR")
    choose(form.method, "Adam")
    assert changes[-1].optimizer == OptimizerSpec("Adam", {}, ScheduleSpec("StepLR"), ClipSpec("value", 0.25))
    choose(form.clip, "norm")
    choose(form.clip, "value")
    assert changes[-1].optimizer.clip == ClipSpec("value", 0.25)
    choose(form.clip, "none")
    assert changes[-1].optimizer.clip is None


def test_schedule_and_clipping_from_outside_are_shown_silently(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot
) -> None:
    spec = OptimizerSpec("SGD", {}, ScheduleSpec("StepLR", {"gamma": 0.5}), ClipSpec("norm", 3.0))
    form.set_experiment(Experiment(optimizer=spec))
    assert changes == []
    assert (form.schedule.choice.value, form.clip.choice.value) == ("StepLR", "norm")
    assert form.schedule.controls["gamma"].text() == "0.5"
    assert form.clip.controls["amount"].text() == "3"
    enter(qtbot, form.settings["lr"], "0.1")
    assert changes[-1].optimizer == replace(spec, settings={"lr": 0.1})
    form.set_experiment(Experiment())
    assert (form.schedule.choice.value, form.clip.choice.value) == ("none", "none")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("gamma", "-1", "gamma must be at least 0."),
        ("step_size", "0", "step_size must be at least 1."),
        ("amount", "0", "amount must be at least 1e-09."),
        ("memory", "8", "memory must lie between 64 and 1,048,576 MiB."),
    ],
)
def test_what_makes_no_sense_below_the_optimizer_is_said_too(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot, field: str, typed: str, sentence: str
) -> None:
    spec = OptimizerSpec("SGD", {}, ScheduleSpec("StepLR"), ClipSpec())
    form.set_experiment(Experiment(optimizer=spec))
    control = {**form.schedule.controls, **form.clip.controls, **form.run}[field]
    enter(qtbot, control, typed)
    assert form._strip.text == sentence
    assert changes == []
    form.apply_theme(DARK)
    assert DARK.error in control.styleSheet()


def test_memory(form: SettingsForm, changes: list[Experiment], qtbot: QtBot) -> None:
    field = form.run["memory"]
    assert field.text() == "4096"
    field.step_by(1)
    assert changes[-1].run == RunSpec(memory=8192)
    enter(qtbot, field, "512")
    assert changes[-1].run == RunSpec(memory=512)
    field.step_by(-1)
    assert changes[-1].run.memory == 256
    form.set_experiment(Experiment(run=RunSpec(memory=64)))
    field.step_by(-1)
    assert field.text() == "64"


def test_an_optimizer_remembers_its_settings(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot
) -> None:
    enter(qtbot, form.settings["lr"], "0.4")
    for name in ("Adam", "SGD"):
        form.optimizer.set_value(name)
        form.optimizer.settled.emit()
    assert changes[-1].optimizer == OptimizerSpec("SGD", {"lr": 0.4})


def test_setting_from_outside_is_silent_and_keeps_the_rest(
    form: SettingsForm, changes: list[Experiment]
) -> None:
    given_ = Experiment("x", title="kept", run=RunSpec(steps=15, device="cuda"))
    form.set_experiment(given_)
    assert changes == []
    assert form.run["steps"].text() == "15"
    form.run["steps"].step_by(1)
    assert changes[-1].title == "kept"
    assert changes[-1].run == RunSpec(steps=20, device="cuda")


def test_arrows_and_dragging_step(form: SettingsForm, changes: list[Experiment], qtbot: QtBot) -> None:
    field = form.settings["lr"]
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert changes[-1].optimizer.settings == {"lr": 0.002}
    label = next(one for one in form.findChildren(DragLabel) if one.buddy() is field)
    qtbot.mousePress(label, Qt.MouseButton.LeftButton, pos=QPoint(2, 5))
    qtbot.mouseMove(label, QPoint(36, 5))
    qtbot.mouseRelease(label, Qt.MouseButton.LeftButton, pos=QPoint(36, 5))
    assert changes[-1].optimizer.settings == {"lr": 0.01}


def test_theme(form: SettingsForm) -> None:
    form.settings["lr"].setText("x")
    form.settings["lr"].textEdited.emit("x")
    form.apply_theme(DARK)
    assert DARK.error in form.settings["lr"].styleSheet()


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [
        (0.001, 0.002, 0.0005),
        (0.003, 0.005, 0.002),
        (0.4, 0.5, 0.2),
        (5, 10, 2),
        (0, 1e-4, -1e-4),
        (-0.5, -0.2, -1),
    ],
)
def test_the_ladder(value: float, up: float, down: float) -> None:
    assert ladder(value, 1) == up
    assert ladder(value, -1) == down


@pytest.mark.parametrize(
    ("value", "up", "down"), [(0.9, 0.95, 0.8), (0.99, 0.995, 0.98), (0.0, 0.5, -1.0), (0.5, 0.8, 0.0)]
)
def test_the_ladder_of_what_is_forgotten(value: float, up: float, down: float) -> None:
    assert memory(value, 1) == up
    assert memory(value, -1) == down


@given(st.floats(1e-9, 1e12) | st.floats(-1e12, -1e-9))
def test_the_ladder_moves_the_way_it_is_asked(value: float) -> None:
    assert ladder(value, -1) < value < ladder(value, 1)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70))
def test_numbers_survive_the_round_trip(value: float | int) -> None:
    again = parse_number(number_text(value), whole=isinstance(value, int))
    assert again == value
    assert type(again) is type(value)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text: str) -> None:
    assert isinstance(parse_number(text, whole=True), int | None)
    assert isinstance(parse_number(text, whole=False), float | None)


def test_whole_numbers_in_other_notations() -> None:
    assert parse_number("1e4", whole=True) == 10_000
    assert parse_number("10 000", whole=True) == 10_000
    assert parse_number("1e999", whole=True) is None


def test_the_learning_rate_can_be_dragged(
    form: SettingsForm, changes: list[Experiment], qtbot: QtBot
) -> None:
    form.experiment_changed.connect(form.set_experiment)
    enter(qtbot, form.settings["lr"], "0.4")
    slider = form.method.slider
    assert slider is not None
    assert slider.rate == pytest.approx(0.4, rel=0.06)
    changes.clear()
    slider.setSliderDown(True)
    for place in range(slider.value(), slider.value() + 40, 4):
        slider.setValue(place)
    assert changes == []  # throttled
    qtbot.waitUntil(lambda: bool(changes))
    assert changes[-1].optimizer.settings["lr"] == slider.rate
    slider.setValue(0)
    slider.setSliderDown(False)
    assert changes[-1].optimizer.settings["lr"] == 1e-6
    assert form.settings["lr"].text() == "1e-06"
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: changes[-1].optimizer.settings["lr"] == 1.1e-6)


@given(st.floats(1e-6, 10))
def test_the_slider_stands_where_the_rate_is(rate: float) -> None:
    slider = RateSlider(LIGHT)
    told: list[float] = []
    slider.dragged.connect(told.append)
    slider.show_rate(rate)
    assert slider.rate == pytest.approx(rate, rel=0.09)
    for outside, end in ((0.0, 1e-6), (1e-30, 1e-6), (1e30, 10.0)):
        slider.show_rate(outside)
        assert slider.rate == end
    assert told == []


def test_the_limit_is_marked_for_whatever_optimizer(form: SettingsForm) -> None:
    form.set_limit(0.25)
    assert form.method.slider is not None
    assert form.method.slider.limit == 0.25
    assert "0.25" in form.method.slider.toolTip()
    marked = form.method.slider.grab().toImage()
    choose(form.method, "Adam")
    assert form.method.slider is not None
    assert form.method.slider.limit == 0.25
    form.apply_theme(DARK)
    form.set_limit(None)
    assert form.method.slider.limit is None
    assert form.method.slider.grab().toImage() != marked
