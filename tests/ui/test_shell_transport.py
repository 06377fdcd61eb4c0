"""The transport bar and the timeline say which step, how fast, in which state."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QSlider
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui.actions import build_actions
from gui_app.ui.resources import Icons
from gui_app.ui.theme import LIGHT
from gui_app.ui.transport.badge import STATES, StateBadge
from gui_app.ui.transport.bar import TransportBar
from gui_app.ui.transport.forks import FIRST, LANE, MOST_LANES, arranged, pitch
from gui_app.ui.transport.speed import FASTEST, PLACES, in_words, place_of, speed_at
from gui_app.ui.transport.timeline import Timeline
from gui_app.ui.transport.track import inside, nice_interval

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    made = Timeline(LIGHT)
    qtbot.addWidget(made)
    made.resize(1048, 52)
    made.set_range(200, 400)
    made.show()
    return made


@pytest.fixture
def bar(qtbot: QtBot) -> TransportBar:
    owner, icons = QObject(), Icons(LIGHT)
    made = TransportBar(LIGHT, icons, build_actions(icons, owner))
    owner.setParent(made)
    qtbot.addWidget(made)
    made.show()
    return made


def at(timeline: Timeline, step: int) -> QPoint:
    return QPoint(round(timeline.x_of(step)), 26)


def test_drag_emits_every_step_it_reaches(qtbot: QtBot, timeline: Timeline) -> None:
    steps: list[int] = []
    timeline.step_chosen.connect(steps.append)
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 10))
    for step in (20, 40, 40, 30):
        qtbot.mouseMove(timeline, at(timeline, step))
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 30))
    assert steps == [10, 20, 40, 30]
    assert timeline.step == 30


def test_only_recorded_steps_can_be_chosen(qtbot: QtBot, timeline: Timeline) -> None:
    steps: list[int] = []
    timeline.step_chosen.connect(steps.append)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 390))
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(0, 26))
    assert steps == [200, 0]


def test_setting_a_step_from_outside_is_no_wish(qtbot: QtBot, timeline: Timeline) -> None:
    with qtbot.assertNotEmitted(timeline.step_chosen):
        timeline.set_step(7)
    assert timeline.step == 7


@pytest.mark.parametrize(
    ("key", "step"),
    [
        (Qt.Key.Key_Left, 49),
        (Qt.Key.Key_Right, 51),
        (Qt.Key.Key_PageDown, 40),
        (Qt.Key.Key_PageUp, 60),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 200),
    ],
)
def test_keys(qtbot: QtBot, timeline: Timeline, key: Qt.Key, step: int) -> None:
    timeline.set_step(50)
    with qtbot.waitSignal(timeline.step_chosen) as chosen:
        qtbot.keyClick(timeline, key)
    assert chosen.args == [step]


def wheel(timeline: Timeline, angle: int, keys: Qt.KeyboardModifier) -> None:
    place = QPointF(at(timeline, 100))
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(
        timeline, QWheelEvent(place, place, QPoint(), QPoint(0, angle), none, keys, phase, False)
    )


def test_wheel(timeline: Timeline) -> None:
    timeline.set_step(50)
    wheel(timeline, 120, Qt.KeyboardModifier.NoModifier)
    assert timeline.step == 51
    wheel(timeline, -120, Qt.KeyboardModifier.ShiftModifier)
    assert timeline.step == 41
    for _ in range(4):
        wheel(timeline, 30, Qt.KeyboardModifier.NoModifier)
    assert timeline.step == 42


def test_a_mark_is_painted_and_told(timeline: Timeline) -> None:
    timeline.set_marks({120: "the loss is inf"})
    image = timeline.grab().toImage()
    assert image.pixelColor(round(timeline.x_of(120)), 19).name() == LIGHT.error
    assert timeline._words_at(QPointF(timeline.x_of(120) + 3, 26)) == "step 120: the loss is inf"
    assert timeline._words_at(QPointF(timeline.x_of(100), 26)) == "step 100"


def test_recorded_part_is_filled(timeline: Timeline) -> None:
    image = timeline.grab().toImage()
    assert image.pixelColor(round(timeline.x_of(150)), 26).name() == LIGHT.accent
    assert image.pixelColor(round(timeline.x_of(300)), 26).name() == LIGHT.border


@given(st.floats(160, 3000), st.floats(0, 1), st.floats(10, 150))
def test_labels_stay_inside(width: float, share: float, length: float) -> None:
    left = inside(share * width, length, width)
    assert 0 <= left <= width - length
    if length < 2 * min(share, 1 - share) * width - 8:
        assert left == pytest.approx(share * width - length / 2)


def test_nothing_recorded_yet(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.set_range(-1, 0)
    timeline.grab()
    with qtbot.assertNotEmitted(timeline.step_chosen):
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(500, 26))


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.floats(-100, 5000))
def test_steps_and_places_agree(last: int, planned: int, x: float) -> None:
    QApplication.instance() or QApplication([])
    made = Timeline(LIGHT)
    made.resize(1048, 52)
    made.set_range(last, planned)
    step = made.step_at(x)
    assert 0 <= step <= last
    assert abs(made.step_at(made.x_of(step)) - step) <= max(1, made.end // 10**6)
    made.deleteLater()


@given(st.integers(1, 10**9), st.integers(1, 40))
def test_scale_is_round_and_not_crowded(span: int, most: int) -> None:
    interval = nice_interval(span, most)
    assert str(interval).rstrip("0") in ("1", "2", "5")
    assert span <= interval * most
    assert interval == 1 or span > interval * most * 0.4


def test_speed_runs_from_one_to_full_speed() -> None:
    assert speed_at(0) == 1
    assert speed_at(PLACES) == pytest.approx(FASTEST)
    assert math.isinf(speed_at(PLACES + 1))
    assert [in_words(speed) for speed in (1, 1.55, 10, 333.3, math.inf)] == [
        "1 steps/s",
        "1.6 steps/s",
        "10 steps/s",
        "330 steps/s",
        "full speed",
    ]
    with pytest.raises(ValueError, match="positive"):
        place_of(0)


@given(st.integers(0, PLACES + 1))
def test_speed_and_place_agree(place: int) -> None:
    assert place_of(speed_at(place)) == place


def test_speed_slider(qtbot: QtBot, bar: TransportBar) -> None:
    slider = bar.findChild(QSlider)
    with qtbot.waitSignal(bar.speed_changed) as changed:
        slider.setValue(slider.maximum())
    assert math.isinf(changed.args[0])
    with qtbot.assertNotEmitted(bar.speed_changed):
        bar.set_speed(1000)
    assert bar.speed == pytest.approx(1000)


def test_step_field(qtbot: QtBot, bar: TransportBar) -> None:
    field = bar.findChild(QLineEdit)
    bar.set_range(120, 400)
    bar.set_step(12)
    assert field.text() == "12"
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "99")
    bar.set_step(13)
    assert field.text() == "99"
    with qtbot.waitSignal(bar.step_chosen) as chosen:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert chosen.args == [99]
    assert field.text() == "13"
    qtbot.keyClicks(field, "000")
    with qtbot.waitSignal(bar.step_chosen) as chosen:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert chosen.args == [120]


def test_steps_are_grouped_alike(qtbot: QtBot, bar: TransportBar) -> None:
    field = bar.findChild(QLineEdit)
    bar.set_range(20_000, 1_000_000)
    bar.set_step(12_345)
    assert field.text() == "12,345"
    assert field.fontMetrics().horizontalAdvance("1,000,000") < field.width()
    assert "of 1,000,000" in [label.text() for label in bar.findChildren(QLabel)]
    for typed, step in (("9,876", 9876), ("54321", 20_000)):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, typed)
        with qtbot.waitSignal(bar.step_chosen) as chosen:
            qtbot.keyClick(field, Qt.Key.Key_Return)
        assert chosen.args == [step]


def test_devices(qtbot: QtBot, bar: TransportBar) -> None:
    combo = bar.findChild(QComboBox)
    bar.set_devices(["cpu", "cuda:0"])
    bar.set_device("cuda:0")
    bar.set_devices(["cpu", "cuda:0", "cuda:1"])
    assert combo.currentText() == "cuda:0"
    bar.set_devices(["cpu"])
    assert combo.currentText() == "cpu"
    with qtbot.waitSignal(bar.device_chosen) as chosen:
        combo.textActivated.emit("cpu")
    assert chosen.args == ["cpu"]


def test_every_state_is_told_in_words(qtbot: QtBot) -> None:
    badge = StateBadge(LIGHT)
    qtbot.addWidget(badge)
    for state in STATES:
        badge.set_state(state)
        assert badge.text == STATES[state].text
        assert badge.sizeHint().width() > badge.fontMetrics().horizontalAdvance(badge.text)
    badge.set_state("diverged", "Diverged at step 12")
    assert badge.accessibleName() == "State: Diverged at step 12"
    with pytest.raises(KeyError):
        badge.set_state("asleep")


def branch(number: int, start: int, last: int) -> Branch:
    history, rows = History(("x",), "float64"), np.zeros((last + 1, 1))
    history.extend(np.linspace(1, 0.25, last + 1), rows, rows)
    return Branch(number, history, start, f"branch {number}")


def test_branches_lie_below_the_line_and_are_clicked(qtbot: QtBot, timeline: Timeline) -> None:
    height, chosen = timeline.sizeHint().height(), []
    timeline.branch_chosen.connect(chosen.append)
    timeline.set_branches([branch(0, 0, 300), branch(2, 60, 100)], branch(3, 80, 200))
    assert timeline.sizeHint().height() > height
    lane = QPoint(at(timeline, 90).x(), 26 + FIRST + int(LANE))
    assert "branch 2: from step 60 to 100, loss 0.25" in timeline._words_at(QPointF(lane))
    with qtbot.assertNotEmitted(timeline.step_chosen):
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=lane)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(lane.x(), 26 + FIRST))
    assert chosen == [2, 0]
    assert timeline._words_at(QPointF(at(timeline, 80))) == "step 80: the branch branch 3 begins"
    timeline.grab()
    timeline.set_branches([])
    assert timeline.sizeHint().height() == height


def test_a_branch_that_went_farther_makes_the_line_longer(timeline: Timeline) -> None:
    timeline.set_branches([branch(0, 0, 900)])
    assert timeline.end == 900
    assert timeline.step_at(timeline.x_of(500)) == 200


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=12))
def test_branches_that_share_a_lane_do_not_meet(ends: list[tuple[int, int]]) -> None:
    made = arranged([branch(n, min(pair), max(pair)) for n, pair in enumerate(ends)], float)
    assert len(made) == len(ends)
    for one in made:
        assert 0 <= one.lane < MOST_LANES
        for other in made:
            if one is not other and one.lane == other.lane < MOST_LANES - 1:
                first, second = sorted((one.branch, other.branch), key=lambda b: (b.start, b.number))
                assert first.history.last < second.start


def test_a_change_is_a_mark_with_its_words(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.set_changes({120: "from here lr 0.1"})
    place = timeline.x_of(120)
    assert timeline.grab().toImage().pixelColor(round(place), 26).name() == LIGHT.warning
    assert timeline._words_at(QPointF(place - 3, 26)) == "step 120: from here lr 0.1"
    with qtbot.waitSignal(timeline.step_chosen) as chosen:
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(place) + 4, 26))
    assert chosen.args == [120]


# The stretch that is played round and round


def drag(timeline: Timeline, held: Qt.KeyboardModifier, *way: QPoint) -> None:
    QTest.mousePress(timeline, Qt.MouseButton.LeftButton, held, way[0])
    for place in way[1:]:
        QTest.mouseMove(timeline, place)
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, held, way[-1])


@pytest.fixture
def loops(timeline: Timeline) -> list[object]:
    chosen: list[object] = []
    timeline.loop_chosen.connect(chosen.append)
    return chosen


SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


def test_shift_and_drag_chooses_a_stretch(qtbot: QtBot, timeline: Timeline, loops: list[object]) -> None:
    with qtbot.assertNotEmitted(timeline.step_chosen):
        drag(timeline, SHIFT, at(timeline, 80), at(timeline, 60), at(timeline, 120))
    assert loops == [(60, 80), (80, 120)]
    drag(timeline, SHIFT, at(timeline, 150), at(timeline, 390))
    assert timeline.stretch == (150, 200), "only what is recorded"


def test_handles_are_dragged_past_each_other(timeline: Timeline) -> None:
    timeline.set_loop((60, 120))
    handle = QPoint(4, 0)
    drag(timeline, NONE, at(timeline, 120) + handle, at(timeline, 90))
    assert timeline.stretch == (60, 90)
    drag(timeline, NONE, at(timeline, 60) - handle, at(timeline, 150))
    assert timeline.stretch == (90, 150)
    assert timeline.step == 0


def test_the_line_inside_of_the_stretch_still_chooses_steps(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.set_loop((60, 120))
    with qtbot.waitSignal(timeline.step_chosen) as chosen:
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 90))
    assert chosen.args == [90]
    assert timeline.stretch == (60, 120)


def test_keys_set_and_clear_the_stretch(qtbot: QtBot, timeline: Timeline, loops: list[object]) -> None:
    timeline.set_step(50)
    qtbot.keyClick(timeline, Qt.Key.Key_I)
    timeline.set_step(90)
    qtbot.keyClick(timeline, Qt.Key.Key_O)
    timeline.set_step(95)
    qtbot.keyClick(timeline, Qt.Key.Key_I)
    qtbot.keyClick(timeline, Qt.Key.Key_Escape)
    qtbot.keyClick(timeline, Qt.Key.Key_O)
    timeline.set_step(0)
    qtbot.keyClick(timeline, Qt.Key.Key_O)
    assert loops == [(50, 200), (50, 90), (95, 200), None, (0, 95), None]


def test_the_cross_clears_the_stretch(qtbot: QtBot, timeline: Timeline, loops: list[object]) -> None:
    for step, stretch in ((0, (60, 120)), (120, (60, 120)), (200, (190, 200))):
        timeline.set_step(step)
        timeline.set_loop(stretch)
        cross = next(
            QPoint(x, y)
            for x in range(timeline.width())
            for y in range(20)
            if timeline._part_at(QPointF(x, y)) == "clear"
        )
        timeline.grab()
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=cross + QPoint(3, 3))
        assert timeline.stretch is None
    assert loops == [(60, 120), None, (60, 120), None, (190, 200), None]


def test_the_stretch_is_told_and_shrinks_with_the_record(timeline: Timeline, loops: list[object]) -> None:
    timeline.set_loop((60, 120))
    words = timeline._words_at(QPointF(at(timeline, 120) + QPoint(5, 0)))
    assert words == "Loop from step 60 to 120. Drag to change it."
    image = timeline.grab().toImage()
    assert image.pixelColor(at(timeline, 60) - QPoint(2, 11)).name() == LIGHT.good
    timeline.set_range(100, 400)
    timeline.set_range(-1, 400)
    assert loops == [(60, 120), (60, 100), None]


def test_sixteen_branches_have_lanes_of_their_own(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.set_branches([branch(n, 2 * n, 150 + n) for n in range(16)])
    assert len({fork.lane for fork in timeline._forks}) == 16
    assert timeline.sizeHint().height() < 120
    chosen: list[int] = []
    timeline.branch_chosen.connect(chosen.append)
    for lane in range(16):
        place = QPoint(at(timeline, 140).x(), round(26 + FIRST + pitch(timeline._forks) * lane))
        qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
    assert chosen == list(range(16))
