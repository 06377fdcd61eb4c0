"""The step in numbers: the table of elements and the arithmetic of the chosen one's update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from gui_app.core.arithmetic import Arithmetic, ArithmeticAsked
from gui_app.core.branch import FIRST, Branch
from gui_app.core.events import Started, StepsTaken
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.moment import Moment
from gui_app.core.numbers import full
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.core.runner import Allowance
from gui_app.core.schedules import SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.engine.descent import descend
from gui_app.engine.lenses.update_rules import arithmetic_of
from gui_app.engine.problem import Problem
from gui_app.ui.inspector.boxes import Glyphs
from gui_app.ui.resources import Icons
from gui_app.ui.theme import DARK, LIGHT, category
from gui_app.ui.update.panel import EMPTY, LOW, SCRIPT, WIDE, UpdatePanel
from gui_app.ui.update.setting import placed
from gui_app.ui.update.table import MOST_ROWS
from gui_app.ui.update.writing import Grid, Picture, blocks_of

W = ParameterSpec("W", ((1.5, -0.3), (0.2, 1.0), (2.0, -1.0)))
PLAIN = Experiment(
    "((W - 1)**2).sum() + b**4", (W, ParameterSpec("b", 0.5)), OptimizerSpec("Adam"), RunSpec(40)
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("gui_app.engine.descent.MOST_ROWS", 4)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def recorded(experiment: Experiment, steps: int) -> History:
    """The first steps of a run."""
    run, allowance = descend(experiment), None
    event = next(run)
    assert isinstance(event, Started)
    history = History(event.columns, event.dtype)
    while history.last < steps:
        event = run.send(allowance) if allowance else next(run)
        assert isinstance(event, StepsTaken)
        history.extend(event.losses, event.parameters, event.gradients, event.frames)
        allowance = Allowance(1, 1.0)
    return history


def moment(experiment: Experiment, history: History | None, step: int, **others: object) -> Moment:
    """Step ``step`` of a record."""
    branch = Branch(0, history or History((), "float64"), 0, FIRST)
    return Moment(experiment, history, step, branch, **others)  # type: ignore[arg-type]


class Engine:
    """Answers a panel at once, or later if ``holds``."""

    def __init__(self, panel: UpdatePanel) -> None:
        self.panel, self.asked, self.holds = panel, list[ArithmeticAsked](), False
        panel.asked.connect(self._on_asked)
        panel.engine = self  # type: ignore[attr-defined]  # a connection alone does not keep it

    def _on_asked(self, question: ArithmeticAsked) -> None:
        self.asked.append(question)
        if not self.holds:
            self.answer(question)

    def answer(self, question: ArithmeticAsked) -> None:
        """Now."""
        self.panel.take(arithmetic_of(Problem(question.experiment), question, lambda: False))


@pytest.fixture
def panel(qtbot: QtBot) -> UpdatePanel:
    made = UpdatePanel(LIGHT, Icons(LIGHT))
    qtbot.addWidget(made)
    made.resize(520, 800)
    made.show()
    return made


def told(experiment: Experiment, step: int, column: int = 0, history: History | None = None) -> Arithmetic:
    """What the engine tells."""
    from gui_app.core.session import resume_of

    history = history or recorded(experiment, step)
    question = ArithmeticAsked(experiment, resume=resume_of(history, step), column=column)
    answer = arithmetic_of(Problem(experiment), question, lambda: False)
    assert answer is not None
    return answer


def words(panel: UpdatePanel) -> list[str]:
    """What the visible labels say."""
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


# The table


def test_the_table_shows_the_record(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 5)
    Engine(panel)
    panel.set_moment(moment(PLAIN, history, 3))
    assert [panel.model.name(row) for row in range(7)] == list(history.columns)
    for row in range(7):
        value, gradient, following = (history.parameters(3), history.gradients(3), history.parameters(4))
        expected = [value[row], gradient[row], following[row] - value[row], following[row]]
        assert [panel.model.number(row, column) for column in (1, 2, 3, 4)] == expected
    index = panel.model.index(6, 4)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == full(history.parameters(4)[6])
    assert index.data(Qt.ItemDataRole.ForegroundRole) is None
    colours = [panel.model.index(row, 0).data(Qt.ItemDataRole.ForegroundRole) for row in (0, 6)]
    assert colours == [QColor(category(LIGHT, 0)), QColor(category(LIGHT, 1))]
    assert words(panel)[0].startswith("Step 3   ·   loss ")


def test_the_newest_step_has_the_update_that_would_follow(panel: UpdatePanel) -> None:
    history, longer = recorded(PLAIN, 5), recorded(PLAIN, 6)
    engine = Engine(panel)
    engine.holds = True
    panel.set_moment(moment(PLAIN, history, 5))
    assert panel.model.number(2, 3) is None
    assert panel.model.index(2, 3).data() == "–"
    engine.answer(engine.asked[0])
    assert panel.model.number(2, 4) == longer.parameters(6)[2]


def test_a_row_is_copied_in_full(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 2)
    Engine(panel)
    panel.set_moment(moment(PLAIN, history, 1))
    panel.table.selectRow(1)
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    update = history.parameters(2) - history.parameters(1)
    numbers = (history.parameters(1)[1], history.gradients(1)[1], update[1], history.parameters(2)[1])
    assert QGuiApplication.clipboard().text() == "\t".join(["W[0,1]", *map(full, numbers)])


def test_a_large_parameter_stays_usable(panel: UpdatePanel) -> None:
    size = MOST_ROWS + 50
    spec = ParameterSpec("V", None, (size,), Distribution("normal", 0.0, 1.0, 1))
    experiment = Experiment("(V**2).sum()", (spec,), OptimizerSpec("SGD"), RunSpec(3))
    history = recorded(experiment, 1)
    engine = Engine(panel)
    panel.set_moment(moment(experiment, history, 0))
    assert panel.model.rowCount() == MOST_ROWS
    assert f"the first {MOST_ROWS:,} of {size:,} elements" in words(panel)[0]
    panel.table.setCurrentIndex(panel.model.index(MOST_ROWS - 1, 0))
    assert engine.asked[-1].column == MOST_ROWS - 1
    assert f"V[{MOST_ROWS - 1}] from step 0 to 1, with SGD" in panel.sheet.text()


# Asking


def test_a_click_or_an_arrow_key_chooses_the_element_and_nothing_else(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 3)
    engine = Engine(panel)
    other = list[object]()
    for signal in (panel.step_chosen, panel.branch_chosen, panel.experiment_edited, panel.branches_made):
        signal.connect(other.append)
    panel.set_moment(moment(PLAIN, history, 1))
    where = panel.table.visualRect(panel.model.index(2, 1)).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert [question.column for question in engine.asked] == [0, 2, 3]
    assert panel.model.chosen == 3
    assert panel.sheet.text().startswith("W[1,1] from step 1 to 2, with Adam")
    assert other == []


def test_it_asks_only_when_something_else_is_shown(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 6)
    engine = Engine(panel)
    panel.set_moment(moment(PLAIN, history, 2))
    panel.set_moment(moment(PLAIN, history, 2))
    panel.refresh()
    assert len(engine.asked) == 1
    panel.set_moment(moment(PLAIN, history, 3))
    panel.set_moment(moment(PLAIN, recorded(PLAIN, 6), 3))
    assert len(engine.asked) == 3
    assert [question.resume.step for question in engine.asked] == [2, 3, 3]


def test_the_newest_step_is_told_with_the_settings_of_now(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 4)
    engine = Engine(panel)
    panel.set_moment(moment(PLAIN, history, 4))
    changed = replace(PLAIN, optimizer=OptimizerSpec("Adam", {"lr": 0.5}))
    panel.set_moment(moment(changed, history, 4))
    assert engine.asked[-1].resume.changes == {4: changed.optimizer}
    assert "= 0.5/" in panel.sheet.text()
    panel.set_moment(moment(changed, history, 2))
    assert engine.asked[-1].resume.changes == {}
    assert "= 0.001/" in panel.sheet.text()


def test_while_an_answer_is_on_its_way_the_next_question_waits(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 6)
    engine = Engine(panel)
    engine.holds = True
    for step in (1, 2, 3, 4):
        panel.set_moment(moment(PLAIN, history, step))
    assert [question.resume.step for question in engine.asked] == [1]
    engine.answer(engine.asked[0])
    assert [question.resume.step for question in engine.asked] == [1, 4]
    panel.set_moment(moment(PLAIN, recorded(PLAIN, 3), 2))
    assert [question.resume.step for question in engine.asked] == [1, 4, 2]


def test_what_cannot_be_seen_does_not_ask(panel: UpdatePanel) -> None:
    engine = Engine(panel)
    panel.hide()
    panel.set_moment(moment(PLAIN, recorded(PLAIN, 3), 1))
    assert engine.asked == []
    panel.show()
    assert len(engine.asked) == 1


def test_the_element_stays_chosen(panel: UpdatePanel) -> None:
    engine = Engine(panel)
    panel.set_moment(moment(PLAIN, recorded(PLAIN, 2), 0))
    panel.table.setCurrentIndex(panel.model.index(6, 0))
    other = Experiment(
        "a**2 + b**2", (ParameterSpec("a"), ParameterSpec("b", 2.0)), OptimizerSpec("SGD"), RunSpec(3)
    )
    panel.set_moment(moment(other, recorded(other, 1), 0))
    assert engine.asked[-1].column == 1
    assert panel.sheet.text().startswith("b from step 0 to 1, with SGD")


# Where there is no arithmetic


def test_nothing_recorded(panel: UpdatePanel, qtbot: QtBot) -> None:
    panel.set_moment(moment(PLAIN, None, 0))
    assert words(panel) == [EMPTY]
    engine = Engine(panel)
    engine.holds = True
    panel.set_moment(moment(PLAIN, recorded(PLAIN, 1), 0))
    assert EMPTY not in words(panel)
    with qtbot.waitSignal(panel.withdrawn):
        panel.set_moment(moment(PLAIN, None, 0))


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"is_script": True}, SCRIPT),
        ({"diverged": "Stopped at step 2: the loss is nan."}, "the loss is nan."),
    ],
)
def test_a_script_and_a_divergence_say_why(panel: UpdatePanel, others: dict[str, object], said: str) -> None:
    history = recorded(PLAIN, 2)
    engine = Engine(panel)
    panel.set_moment(moment(PLAIN, history, 2, **others))
    assert engine.asked == []
    assert words(panel)[1].endswith(said)
    assert not panel.sheet.isVisible()
    assert panel.model.number(0, 1) == history.parameters(2)[0]
    panel.table.setCurrentIndex(panel.model.index(1, 0))
    assert engine.asked == []


def test_a_fault_is_said_and_the_next_step_is_asked_about(panel: UpdatePanel) -> None:
    history = recorded(PLAIN, 3)
    engine = Engine(panel)
    engine.holds = True
    panel.set_moment(moment(PLAIN, history, 1))
    panel.fail(Fault("The matrix is gone.", hint="Look for it."))
    assert words(panel)[1] == "The matrix is gone. Look for it."
    assert not panel.sheet.isVisible()
    engine.holds = False
    panel.table.setCurrentIndex(panel.model.index(1, 0))
    assert engine.asked[-1].column == 1
    assert panel.sheet.isVisible()
    assert len(words(panel)) == 1


def test_an_element_without_gradient_is_said(panel: UpdatePanel) -> None:
    program = "loss = (x - 1)**2\nif x < 2.9:\n    loss = loss + y**2\nloss"
    parameters = (ParameterSpec("x", 3.0), ParameterSpec("y", 2.0))
    experiment = Experiment(program, parameters, OptimizerSpec("SGD"), RunSpec(3))
    Engine(panel)
    panel.set_moment(moment(experiment, recorded(experiment, 1), 0))
    panel.table.setCurrentIndex(panel.model.index(1, 0))
    assert words(panel)[1].startswith("The objective does not use y at this step.")
    panel.table.setCurrentIndex(panel.model.index(0, 0))
    assert panel.sheet.isVisible()


# The sheet


@pytest.fixture
def shown(panel: UpdatePanel) -> UpdatePanel:
    """With the third step of a run of Adam."""
    Engine(panel)
    panel.set_moment(moment(PLAIN, recorded(PLAIN, 3), 2))
    return panel


def test_the_text_has_the_formulas_and_the_numbers_in_full(shown: UpdatePanel) -> None:
    values, text = told(PLAIN, 2).values, shown.sheet.text()
    assert f"mₖ₊₁ = β₁ · mₖ + (1 − β₁) · gₖ\n= 0.9 · {full(values['m_k'])}" in text.replace("(-", "-")
    for letter in ("g_k", "m_next", "v_next", "c1", "c2", "denominator", "eta_t", "delta", "theta_next"):
        assert full(values[letter]) in text, letter
    assert "The same as −η · m̂/(√v̂ + ε) with" in text
    assert text.splitlines()[-2] == "θₖ₊₁ = θₖ + Δθₖ"


def centre(panel: UpdatePanel, letter: str) -> QPointF:
    """The first place where a letter stands."""
    return next(where.center() for each in panel.sheet.placed for where, name in each.zones if name == letter)


def test_pointing_at_a_letter_or_its_number_explains_it(shown: UpdatePanel) -> None:
    sheet, values = shown.sheet, told(PLAIN, 2).values
    at = centre(shown, "m_next")
    assert sheet.letter_at(at) == "m_next"
    explained = f"mₖ₊₁ = {full(values['m_next'])}\nRunning mean of the gradient, after this update"
    assert sheet.tip_at(at) == explained
    places = [where for each in sheet.placed for where, name in each.zones if name == "m_next"]
    assert len(places) >= 4, "its formula, its number, and both where it is used"
    assert {sheet.tip_at(where.center()) for where in places} == {explained}
    assert sheet.tip_at(QPointF(sheet.width() - 2, 2)) == ""


def test_pointing_lights_a_letter_up_everywhere(shown: UpdatePanel) -> None:
    sheet = shown.sheet
    places = [w for each in sheet.placed for w, name in each.zones if name == "g_k"]
    corners = [(where.topLeft() - QPointF(1, 1)).toPoint() for where in places]
    before = sheet.grab().toImage()
    QTest.mouseMove(sheet, places[0].center().toPoint())
    after = sheet.grab().toImage()
    assert len(corners) > 2
    assert {before.pixelColor(at).name() for at in corners} == {LIGHT.panel}
    assert {after.pixelColor(at + QPoint(2, 0)).name() for at in corners} == {LIGHT.hover}
    QTest.mouseMove(sheet, QPoint(sheet.width() - 3, 3))
    assert sheet.grab().toImage() == before


def test_lines_are_chosen_and_copied(shown: UpdatePanel) -> None:
    sheet, clipboard = shown.sheet, QGuiApplication.clipboard()
    wanted = [place for place, each in enumerate(sheet.placed) if each.text.startswith(("mₖ₊₁", "vₖ₊₁"))]
    points = [sheet.placed[place].where.center().toPoint() for place in wanted]
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=points[0])
    QTest.keyClick(sheet, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == sheet.placed[wanted[0]].text
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, points[1])
    QTest.keyClick(sheet, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard.text() == "\n".join(sheet.placed[place].text for place in wanted)
    QTest.keyClick(sheet, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert sheet.text() == f"W[0,0] from step 2 to 3, with Adam\n\n{sheet.chosen_text()}"
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    sheet.copy()
    assert clipboard.text() == sheet.text()


def test_dragging_chooses_a_stretch(shown: UpdatePanel) -> None:
    sheet = shown.sheet
    first, last = (sheet.placed[place].where.center().toPoint() for place in (2, 5))
    QTest.mousePress(sheet, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(sheet, last)
    QTest.mouseRelease(sheet, Qt.MouseButton.LeftButton, pos=last)
    assert sheet.chosen_text().startswith(sheet.placed[2].text)
    assert sheet.chosen_text().endswith(sheet.placed[5].text)


def test_the_menu_copies(shown: UpdatePanel, qtbot: QtBot) -> None:
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    at = QPoint(20, 20)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, shown.sheet.mapToGlobal(at))
    QApplication.sendEvent(shown.sheet, event)
    (menu,) = shown.sheet.findChildren(QMenu)
    assert [action.text() for action in menu.actions()] == ["Copy", "Copy everything"]
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == shown.sheet.text()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


def equals_signs(panel: UpdatePanel) -> set[float]:
    """Where the first sign of each line stands."""
    lines: dict[float, float] = {}
    for each in panel.sheet.placed:
        if "=" in each.text and not each.text.startswith("The same"):
            for mark in each.box.marks:
                if isinstance(mark, Glyphs) and mark.text == "=":
                    lines[mark.y] = min(mark.x, lines.get(mark.y, mark.x))
    return {round(x, 3) for x in lines.values()}


def test_formulas_are_aligned_at_their_signs(shown: UpdatePanel) -> None:
    assert len(equals_signs(shown)) == 1


SPECS = [OptimizerSpec(name) for name in OPTIMIZERS]
SPECS += [
    OptimizerSpec(
        "SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, clip=ClipSpec("value", 0.1)
    )
]
SPECS += [OptimizerSpec("AdamW", {"amsgrad": True}, ScheduleSpec(name), ClipSpec()) for name in SCHEDULES]
SPECS += [OptimizerSpec("RMSprop", {"momentum": 0.9, "centered": True})]


def test_everything_fits_and_nothing_overlaps(qapp: object) -> None:  # noqa: ARG001
    for spec, width in product(SPECS, (380, 900)):
        experiment = Experiment("((W - 1)**2 * 12.345678).sum() + (W**4).sum()", (W,), spec, RunSpec(9))
        blocks = blocks_of(told(experiment, 3, 1))
        set_ = placed(blocks, 20, width)
        assert len(set_) == len(blocks)
        for each in set_:
            assert each.where.left() >= 0
            assert each.where.right() <= width, (spec, each.text)
            assert all(each.where.adjusted(-3, -3, 3, 3).contains(where) for where, _ in each.zones)
        for above, below in pairwise(set_):
            assert above.where.bottom() <= below.where.top(), (spec, below.text)


def test_lbfgs_lists_its_inner_steps(qapp: object) -> None:  # noqa: ARG001
    experiment = replace(PLAIN, optimizer=OptimizerSpec("LBFGS", {"line_search_fn": "strong_wolfe"}))
    answer = told(experiment, 0, 1)
    assert answer.inner is not None
    (grid,) = [block for block in blocks_of(answer) if isinstance(block, Grid)]
    lines = grid.plain().splitlines()
    assert len(lines) == 1 + len(answer.inner.evaluations)
    assert lines[0].split("\t") == ["inner step", "tᵢ", "sᵢ", "pairs", "loss", "max |g|", "θ"]
    last = answer.inner.evaluations[-1]
    assert lines[-1].split("\t")[-1] == full(last.value)
    assert lines[1].startswith("start\t\t\t\t")


def test_muon_shows_its_matrices(qapp: object) -> None:  # noqa: ARG001
    spec = ParameterSpec("W", None, (6, 5), Distribution("normal", 0.0, 1.0, 1))
    experiment = Experiment("(W**2).sum()", (spec,), OptimizerSpec("Muon"), RunSpec(3))
    answer = told(experiment, 1, 7)
    pictures = [block for block in blocks_of(answer) if isinstance(block, Picture)]
    assert answer.matrix is not None
    assert len(pictures) == 2
    size = pictures[1].figure.size(300)
    found = pictures[1].figure.tip(QPointF(size.width() / 10, 1), size)
    assert found == f"[0, 0] = {full(answer.matrix.after[0, 0])}"


# The look


def test_another_theme(shown: UpdatePanel) -> None:
    corner = QPoint(shown.sheet.width() - 2, 2)
    assert shown.sheet.grab().toImage().pixelColor(corner).name() == LIGHT.panel
    shown.apply_theme(DARK)
    assert shown.sheet.grab().toImage().pixelColor(corner).name() == DARK.panel
    assert shown.model.index(0, 0).data(Qt.ItemDataRole.ForegroundRole) == QColor(category(DARK, 0))


def test_a_wide_panel_has_both_side_by_side(shown: UpdatePanel, qtbot: QtBot) -> None:
    def beside() -> bool:
        table, sheet = (widget.mapTo(shown, QPoint()) for widget in (shown.table, shown.sheet))
        return sheet.x() > table.x() + shown.table.width() / 2

    assert not beside()
    shown.resize(WIDE + 10, 500)
    qtbot.waitUntil(beside)
    shown.resize(520, 800)
    qtbot.waitUntil(lambda: not beside())
    assert shown.table.height() <= shown.table.natural_height


@pytest.mark.parametrize("width", [380, 520])
def test_numbers_of_the_table_are_not_cut(panel: UpdatePanel, width: int) -> None:
    panel.resize(width, 700)
    experiment = replace(PLAIN, parameters=(W, ParameterSpec("b", -0.00012345678)))
    Engine(panel)
    panel.set_moment(moment(experiment, recorded(experiment, 2), 1))
    measure = panel.table.fontMetrics()
    for row in range(7):
        for column in (1, 2, 3, 4):
            text = panel.model.index(row, column).data()
            assert measure.horizontalAdvance(text) + 8 <= panel.table.columnWidth(column), text


def test_the_user_divides_the_room(shown: UpdatePanel) -> None:
    handle = shown._split.handle(1)
    start = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(handle, start - QPoint(0, 60))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 60))
    height = shown.table.height()
    assert height < shown.table.natural_height
    shown.set_moment(moment(PLAIN, recorded(PLAIN, 3), 1))
    assert shown.table.height() == height


def test_an_answer_that_is_none_changes_nothing(shown: UpdatePanel) -> None:
    before = shown.sheet.text()
    shown.take(None)
    assert shown.sheet.text() == before


def test_a_low_panel_shows_the_chosen_element_instead_of_the_table(shown: UpdatePanel) -> None:
    shown.resize(420, LOW - 60)
    assert shown.table.isHidden()
    assert not shown._name_box.isHidden()
    assert [shown._name_box.itemText(i).strip() for i in (0, 6)] == ["W[0,0]", "b"]
    assert "→" in shown._head.text()
    shown._name_box.activated.emit(6)
    assert shown.model.chosen == shown._name_box.currentIndex() == 6
    shown.resize(420, LOW + 200)
    assert not shown.table.isHidden()
    assert shown._name_box.isHidden()
    assert shown._head.text().startswith("Step ")
