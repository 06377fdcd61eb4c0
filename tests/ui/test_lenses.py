"""The panel of lenses, driven by the real answers of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.landscape import Quadratic
from gui_app.core.lenses import (
    CurvatureAsked,
    DivergenceAsked,
    GradientCheckAsked,
    JacobianAsked,
    RangeTestAsked,
)
from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.engine.lenses.questions import Questions
from gui_app.files.lessons import lessons
from gui_app.ui.lenses.matrix_map import MatrixMap
from gui_app.ui.lenses.panel import EMPTY, SCRIPT, LensesPanel
from gui_app.ui.lenses.range_page import RATES
from gui_app.ui.lenses.spectrum import Bars, LimitBar, Spectrum
from gui_app.ui.lenses.why_page import growth, growth_start, last_finite
from gui_app.ui.resources import Icons
from gui_app.ui.theme import DARK, LIGHT

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SADDLE = Experiment("x**2 - y**2", (ParameterSpec("x", 0.0), ParameterSpec("y", 0.0)))
PARABOLA = Experiment(
    "y = 2 * x\n(x - 2)**2 / 2", (ParameterSpec("x", 0.5),), OptimizerSpec("SGD", {"lr": 0.4}), RunSpec(6)
)


class Asked:
    """A panel whose questions are answered by the engine when the test says so."""

    def __init__(self, panel: LensesPanel) -> None:
        self.panel = panel
        self.questions: list[Question] = []
        self.withdrawn = 0
        self._engine = Questions()
        panel.asked.connect(self.questions.append)
        panel.withdrawn.connect(self._on_withdrawn)

    def _on_withdrawn(self) -> None:
        self.withdrawn += 1

    def answer(self) -> None:
        """Answer the newest question."""
        try:
            found = self._engine.answer(self.questions[-1], lambda: False)
            for part in found if isinstance(found, Iterator) else (found,):
                self.panel.take(part)
        except Exception as error:
            self.panel.fail(error.fault)  # type: ignore[attr-defined]

    def close(self) -> None:
        self._engine.close()


@pytest.fixture
def asked(qtbot: QtBot) -> Iterator[Asked]:
    panel = LensesPanel(LIGHT, Icons(LIGHT))
    qtbot.addWidget(panel)
    panel.resize(400, 600)
    panel.show()
    made = Asked(panel)
    yield made
    made.close()


def moment(experiment: Experiment, rows: object = None, step: int = 0, **given: object) -> Moment:
    """Step ``step`` of a record that holds these parameters."""
    columns = tuple(name for spec in experiment.trained for name in spec.element_names())
    values = np.array([[s.value for s in experiment.trained]] if rows is None else rows, dtype="float64")
    history = History(columns, "float64")
    history.extend(np.ones(len(values)), values, np.ones_like(values))
    return Moment(experiment, history, step, Branch(0, history, 0, "first run"), **given)  # type: ignore[arg-type]


def words(panel: LensesPanel) -> str:
    return panel.page.text.toPlainText()


def test_empty_until_there_is_something(asked: Asked) -> None:
    assert asked.panel.page.message == EMPTY
    asked.panel.set_moment(Moment(PARABOLA, None, 0, Branch(0, History((), "float64"), 0, "")))
    assert asked.panel.page.message == EMPTY
    assert asked.questions == []


def test_curvature(asked: Asked) -> None:
    quadratics: list[object] = []
    limits: list[object] = []
    asked.panel.quadratic_found.connect(quadratics.append)
    asked.panel.limit_found.connect(limits.append)
    asked.panel.set_moment(moment(PARABOLA))
    assert isinstance(asked.questions[-1], CurvatureAsked)
    asked.answer()
    assert "lr 0.4 is 0.2 × the stability limit 2" in words(asked.panel).replace("\xa0", " ")
    assert limits == [None, 2.0]
    assert isinstance(quadratics[-1], Quadratic)
    assert quadratics[-1].hessian.tolist() == [[1.0]]


def test_beyond_the_limit_it_warns(asked: Asked) -> None:
    asked.panel.set_moment(moment(replace(PARABOLA, optimizer=OptimizerSpec("SGD", {"lr": 3.2}))))
    asked.answer()
    text = words(asked.panel).replace("\xa0", " ")
    assert "1.6 × the stability limit 2" in text
    assert "Plain gradient descent is thrown further out with every step along x" in text


def test_a_saddle_in_both_themes(asked: Asked) -> None:
    asked.panel.set_moment(moment(SADDLE))
    asked.answer()
    assert "a saddle" in words(asked.panel)
    asked.panel.apply_theme(DARK)
    assert "a saddle" in words(asked.panel)


def test_a_fault_takes_the_limit_back(asked: Asked) -> None:
    limits: list[object] = []
    asked.panel.set_moment(moment(Experiment("sqrt(x)", (ParameterSpec("x", 0.0),))))
    asked.panel.limit_found.connect(limits.append)
    asked.answer()
    assert "not finite" in asked.panel.page.message
    assert limits == [None]


def test_a_limit_of_another_step_is_taken_back(asked: Asked) -> None:
    limits: list[object] = []
    here = moment(PARABOLA, [[0.0], [1.0]])
    asked.panel.set_moment(here)
    asked.answer()
    asked.panel.choose(asked.panel.check)
    asked.answer()
    asked.panel.limit_found.connect(limits.append)
    asked.panel.set_moment(here)
    assert limits == []
    asked.panel.set_moment(replace(here, step=1))
    asked.panel.set_moment(replace(here, step=0))
    assert limits == [None]
    asked.panel.choose(asked.panel.curvature)
    asked.answer()
    assert limits == [None, 2.0]


def test_the_same_moment_is_asked_once(asked: Asked, qtbot: QtBot) -> None:
    here = moment(PARABOLA, [[0.0], [1.0], [2.0]])
    asked.panel.set_moment(here)
    asked.panel.set_moment(here)
    asked.answer()
    asked.panel.set_moment(here)
    assert len(asked.questions) == 1
    # While one is asked the step moves on: the newest is asked when the answer has come.
    asked.panel.set_moment(replace(here, step=1))
    asked.panel.set_moment(replace(here, step=2))
    assert len(asked.questions) == 2
    asked.answer()
    qtbot.waitUntil(lambda: len(asked.questions) == 3)
    assert asked.questions[-1].step == 2  # type: ignore[attr-defined]
    assert asked.withdrawn == 0


def test_another_record_is_asked_about_at_once(asked: Asked) -> None:
    asked.panel.set_moment(moment(PARABOLA))
    asked.panel.set_moment(moment(SADDLE))
    assert asked.withdrawn == 1
    assert asked.questions[-1].experiment is SADDLE
    asked.answer()
    assert "a saddle" in words(asked.panel)


def test_nothing_is_asked_while_it_is_hidden(asked: Asked) -> None:
    asked.panel.hide()
    asked.panel.set_moment(moment(PARABOLA))
    assert asked.questions == []
    asked.panel.show()
    assert len(asked.questions) == 1


def lesson(id_: str) -> Moment:
    return moment(next(found.experiment for found in lessons() if found.id == id_), [[]], is_script=True)


def test_lesson_b6(asked: Asked) -> None:
    asked.panel.set_moment(lesson("B6"))
    assert asked.panel.page.message == SCRIPT
    asked.panel.choose(asked.panel.check)
    assert isinstance(asked.questions[-1], GradientCheckAsked)
    asked.answer()
    text = words(asked.panel)
    assert "3 of 3 elements are wrong" in text
    assert "out.data" in text
    for number in ("0.19661", "0.10499", "0.045177"):
        assert number in text


def test_the_check_of_an_objective(asked: Asked) -> None:
    asked.panel.choose(asked.panel.check)
    asked.panel.set_moment(moment(PARABOLA))
    asked.answer()
    assert "Autograd agrees with finite differences." in words(asked.panel)
    kinked = Experiment("abs(x) + y * y.detach()", (ParameterSpec("x", 0.0), ParameterSpec("y", 2.0)))
    asked.panel.set_moment(moment(kinked))
    asked.answer()
    text = words(asked.panel)
    for said in (
        "1 of 2 elements is wrong",
        "a kink: no derivative here",
        "y.detach() is cut from the graph",
    ):
        assert said in text


def test_lesson_a10_and_another_choice(asked: Asked) -> None:
    asked.panel.choose(asked.panel.jacobian)
    asked.panel.set_moment(lesson("A10"))
    asked.answer()
    page = asked.panel.jacobian
    assert "4 × 4 derivatives" in words(asked.panel)
    assert (page.output.value, page.parameter.value) == ("z", "x")
    page.output.set_value("y")
    page.output.settled.emit()
    question = asked.questions[-1]
    assert isinstance(question, JacobianAsked)
    assert question.output == "y"
    asked.answer()
    assert page.jacobian is not None
    assert page.jacobian.matrix.tolist() == (2 * np.eye(4)).tolist()


def test_the_range_test_waits_fills_in_and_is_used(asked: Asked, qtbot: QtBot) -> None:
    edited: list[Experiment] = []
    asked.panel.experiment_edited.connect(edited.append)
    asked.panel.choose(asked.panel.range)
    asked.panel.set_moment(moment(PARABOLA))
    assert asked.questions == []
    qtbot.waitUntil(lambda: bool(asked.questions))
    question = asked.questions[-1]
    assert isinstance(question, RangeTestAsked)
    assert (question.steps, len(question.rates)) == (10, RATES)
    asked.answer()
    page = asked.panel.range
    assert page.test is not None
    assert (page.test.done, page.test.limit) == (RATES, 2.0)
    assert page.best.isVisibleTo(asked.panel)
    page.best.click()
    assert 0.6 < edited[-1].optimizer.settings["lr"] < 1.6  # type: ignore[operator]
    frame = page.chart.frame()
    at = frame.point(float(page.test.rates[20]), float(page.test.losses[20]))
    page.chart.clicked.emit(at)
    assert edited[-1].optimizer.settings["lr"] == float(f"{page.test.rates[20]:.1e}")
    page.chart.hovered.emit(at)
    assert page.chart.reading[0][0].startswith("lr ")
    page.chart.hovered.emit(None)
    page.chart.clicked.emit(QPointF(-500, 0))
    assert len(edited) == 2
    page.steps.enter(3)
    qtbot.waitUntil(lambda: len(asked.questions) == 2)
    assert asked.questions[-1].steps == 3  # type: ignore[attr-defined]


def diverged() -> Moment:
    """x doubles in size at each step until nothing holds it any more."""
    rows = np.array([[(-2.0) ** k] for k in range(8)] + [[np.inf]])
    experiment = replace(PARABOLA, program="x**2 / 2", optimizer=OptimizerSpec("SGD", {"lr": 3.0}))
    made = moment(experiment, rows, step=8, diverged="the loss is inf")
    history = History(("x",), "float64")
    history.extend(rows[:, 0] ** 2 / 2, rows, rows)
    return replace(made, history=history)


def test_the_panel_opens_on_why(asked: Asked) -> None:
    edited: list[Experiment] = []
    steps: list[int] = []
    asked.panel.experiment_edited.connect(edited.append)
    asked.panel.step_chosen.connect(steps.append)
    here = diverged()
    asked.panel.set_moment(here)
    assert asked.panel.page is asked.panel.why
    assert asked.panel.button_of(asked.panel.why).isVisibleTo(asked.panel)
    question = asked.questions[-1]
    assert isinstance(question, DivergenceAsked)
    assert (question.last.step, question.grown[0]) == (7, 0)
    asked.answer()
    text = words(asked.panel).replace("\xa0", " ")
    for said in ("step 8", "The loss is inf.", "factor of 4 a step", "1.5 × the stability limit 2"):
        assert said in text
    asked.panel.why.use.click()
    assert edited[-1].optimizer.settings["lr"] == 1.0
    asked.panel.why.back.click()
    asked.panel.why.text.anchorClicked.emit(QUrl("step:0"))
    assert steps == [7, 0]
    asked.panel.set_moment(moment(PARABOLA))
    assert asked.panel.page is asked.panel.curvature
    assert not asked.panel.button_of(asked.panel.why).isVisibleTo(asked.panel)


def test_how_the_loss_grew() -> None:
    history = diverged().history
    assert history is not None
    assert last_finite(history) == 7
    assert growth_start(history, 7) == 0
    assert growth(history, 7) == (pytest.approx(4.0), 7)
    bad = History(("x",), "float64")
    bad.extend(np.array([np.nan]), np.ones((1, 1)), np.ones((1, 1)))
    assert last_finite(bad) is None


def test_without_a_finite_start_there_is_nothing_to_ask(asked: Asked) -> None:
    bad = moment(PARABOLA, [[np.nan]], diverged="the loss is nan")
    asked.panel.set_moment(bad)
    assert "Not even the start is finite" in asked.panel.page.message
    assert asked.questions == []


def test_answers_that_nobody_waits_for_are_dropped(asked: Asked) -> None:
    asked.panel.take(object())
    asked.panel.fail(Fault("late"))
    assert asked.panel.page.message == EMPTY


FIGURES = [
    Spectrum(np.array([2.0])),
    Spectrum(np.array([-3.0, -1e-3, 0.0, 5.0, 1e4])),
    Spectrum(np.zeros(3)),
    Spectrum(np.array([-42.0, -26.0])),
    LimitBar(0.4, 0.25),
    LimitBar(0.0, 2.0),
    LimitBar(1e-9, 2e7),
    Bars(["x", "a_long_name_of_a_parameter[10,20]"], [0.8, -0.6], [0, 1]),
    Bars(["x"], [0.0], [0]),
    MatrixMap(np.array([[1.0, -2.5e-7], [np.nan, 3.0]]), ["a", "b"], ["x", "y"], "{row}{column}"),
    MatrixMap(np.ones((300, 500)), ["r"] * 300, ["c"] * 500, "{row}{column}"),
    MatrixMap(np.zeros((1, 1)), ["r"], ["c"], "{row}{column}"),
]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: type(figure).__name__)
@pytest.mark.parametrize("width", [160.0, 700.0])
def test_figures_stay_within_their_width(qtbot: QtBot, figure: Spectrum, width: float) -> None:  # noqa: ARG001
    size = figure.size(width)
    assert size.width() <= width
    assert 0 < size.height() < 500
    image = QImage(size.toSize() + QSizeF(2, 2).toSize(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    figure.paint(painter, QRectF(QPointF(), size), LIGHT)
    painter.end()
    blank = QImage(image.size(), image.format())
    blank.fill(Qt.GlobalColor.white)
    assert image != blank
    assert isinstance(figure.tip(QPointF(size.width() / 2, size.height() / 2), size), str)
    assert figure.tip(QPointF(-50, -50), size) == "" or isinstance(figure, LimitBar)
    assert figure.plain()


def test_what_is_under_the_pointer(qtbot: QtBot) -> None:  # noqa: ARG001
    picture = MatrixMap(np.array([[1.0, 2.0], [3.0, 4.0]]), ["a", "b"], ["x", "y"], "d{row}/d{column}")
    size = picture.size(400.0)
    tips = {picture.tip(QPointF(x, y), size) for x in range(0, 400, 10) for y in range(0, 100, 5)}
    assert tips == {"", "da/dx = 1.0", "da/dy = 2.0", "db/dx = 3.0", "db/dy = 4.0"}
