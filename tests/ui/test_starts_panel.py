"""The starts panel: asks for maps and swarms, paints them, and sets the start that is clicked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from mouse import click, drag, move, wheel
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from gui_app.commands.recording import record
from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.landscape import Landscape
from gui_app.core.moment import Moment
from gui_app.core.starts_study import (
    AHEAD,
    DIVERGED,
    UNDERWAY,
    BasinMap,
    BasinsAsked,
    Minimum,
    Plane,
    StartsAsked,
    Swarm,
    SwarmAsked,
    SwarmFrame,
)
from gui_app.engine.lenses.basins import basins
from gui_app.engine.lenses.swarm import swarm
from gui_app.engine.problem import Problem
from gui_app.ui.resources import Icons
from gui_app.ui.starts import pixels, swarm_view
from gui_app.ui.starts.basins_view import BasinsView, letter
from gui_app.ui.starts.panel import NOT_ASKED, OF_A_SCRIPT, STALE, TOO_FEW, StartsPanel
from gui_app.ui.starts.swarm_view import SwarmView
from gui_app.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

VIEW = (-6.0, 6.0)
BRANCH = Branch(0, History(("x", "y"), "float32"), 0, "first run")
EXPERIMENT = Experiment(
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    (ParameterSpec("x", 0.0, view=VIEW), ParameterSpec("y", 0.0, view=VIEW)),
    OptimizerSpec("SGD", {"lr": 0.01}),
    RunSpec(steps=60),
)


class Asked:
    """Answers with the engine at once, and remembers."""

    def __init__(self, panel: StartsPanel) -> None:
        self.panel = panel
        self.questions: list[StartsAsked] = []
        self.edited: list[Experiment] = []
        self.withdrawn = 0
        self.most = 10**6
        panel.asked.connect(self._on_asked)
        panel.withdrawn.connect(self._on_withdrawn)
        panel.experiment_edited.connect(self.edited.append)

    def _on_asked(self, question: StartsAsked) -> None:
        self.questions.append(question)
        answers: Callable[..., Iterator[object]] = basins if isinstance(question, BasinsAsked) else swarm
        for count, answer in enumerate(answers(Problem(question.experiment), question, lambda: False)):
            if count == self.most:
                return
            self.panel.take(answer)

    def _on_withdrawn(self) -> None:
        self.withdrawn += 1


def moment_of(
    experiment: Experiment, history: History | None = None, step: int = 0, **given: object
) -> Moment:
    return Moment(experiment, history, step, BRANCH, **given)  # type: ignore[arg-type]


@pytest.fixture
def panel(qtbot: QtBot) -> StartsPanel:
    made = StartsPanel(LIGHT, Icons(LIGHT))
    qtbot.addWidget(made)
    made.resize(480, 400)
    made.show()
    made.controls.side.choose(32)
    return made


@pytest.fixture
def asked(panel: StartsPanel) -> Asked:
    panel.set_moment(moment_of(EXPERIMENT))
    return Asked(panel)


def words(panel: StartsPanel) -> str:
    return " ".join(text for text, _ in panel.chart.reading)


def pixel(panel: StartsPanel, x: float, y: float) -> QPointF:
    return panel.chart.frame().point(x, y)


def test_nothing_is_asked_by_itself(panel: StartsPanel, asked: Asked) -> None:
    assert panel.chart.message == NOT_ASKED["basins"]
    panel.controls.study.choose("swarm")
    assert panel.chart.message == NOT_ASKED["swarm"]
    panel.controls.side.choose(64)
    panel.set_moment(moment_of(EXPERIMENT, step=3))
    assert asked.questions == []


def test_where_there_is_nothing_to_study(panel: StartsPanel) -> None:
    one = Experiment("x**2", (ParameterSpec("x"),))
    panel.set_moment(moment_of(one))
    assert panel.chart.message == TOO_FEW
    assert not panel.controls.isVisible()
    panel.run()
    panel.set_moment(moment_of(EXPERIMENT, is_script=True))
    assert panel.chart.message == OF_A_SCRIPT
    panel.run()
    panel.set_moment(moment_of(EXPERIMENT))
    assert panel.chart.message == NOT_ASKED["basins"]
    assert panel.controls.isVisible()


def test_a_map(panel: StartsPanel, asked: Asked) -> None:
    panel.controls.button.click()
    (question,) = asked.questions
    assert isinstance(question, BasinsAsked)
    assert question.plane == Plane((0, 1), VIEW, VIEW)
    assert (question.side, question.steps, question.scale) == (32, 60, (12.0, 12.0))
    assert panel.chart.message == ""
    assert "1,024 starts, 60 steps each" in words(panel)
    assert panel.controls.button.text() == "Run"
    move(panel.chart, pixel(panel, 3.0, 2.0))
    assert "→" in words(panel)
    assert "at rest after" in words(panel)
    assert "(3, 2)" in words(panel)
    move(panel.chart, QPointF(2.0, 2.0))
    assert "starts" in words(panel)


def test_a_click_starts_there(panel: StartsPanel, asked: Asked) -> None:
    panel.run()
    click(panel.chart, pixel(panel, -2.7, 3.1))
    (edited,) = asked.edited
    xs, ys = asked.questions[0].plane.centres(32)
    start = edited.parameter("x").value, edited.parameter("y").value
    assert start == (xs[np.abs(xs + 2.7).argmin()], ys[np.abs(ys - 3.1).argmin()])
    view = panel._view
    assert isinstance(view, BasinsView)
    end = view.answer.ends[:, np.abs(xs + 2.7).argmin(), np.abs(ys - 3.1).argmin()]
    history = record(edited).history
    assert end.tolist() == history.parameters(60).tolist()
    panel.set_moment(moment_of(edited, history, 60))
    assert STALE not in words(panel)
    panel.grab()


def test_stop_keeps_what_has_come(panel: StartsPanel, asked: Asked) -> None:
    asked.most = 1
    panel.run()
    assert panel.controls.button.text() == "Stop"
    panel.controls.button.click()
    assert asked.withdrawn == 1
    assert panel.controls.button.text() == "Run"
    assert isinstance(panel._view, BasinsView)
    panel.grab()


def test_another_experiment_makes_it_stale(panel: StartsPanel, asked: Asked) -> None:
    panel.run()
    panel.set_moment(moment_of(replace(EXPERIMENT, optimizer=OptimizerSpec("Adam", {"lr": 0.1}))))
    assert STALE in words(panel)
    assert len(asked.questions) == 1
    panel.run()
    assert STALE not in words(panel)
    other = Experiment("a**2 + b**2", (ParameterSpec("a"), ParameterSpec("b")))
    panel.set_moment(moment_of(other))
    assert panel.chart.message == NOT_ASKED["basins"]


def test_the_part_that_is_looked_at_is_mapped_anew(panel: StartsPanel, asked: Asked, qtbot: QtBot) -> None:
    panel.run()
    wheel(panel.chart, pixel(panel, 1.0, 1.0), 240)
    qtbot.waitUntil(lambda: len(asked.questions) == 2, timeout=3000)
    zoomed = asked.questions[1]
    assert isinstance(zoomed, BasinsAsked)
    assert zoomed.plane.x[1] - zoomed.plane.x[0] < 12.0
    assert zoomed.scale == (12.0, 12.0)
    panel.chart.fit()
    qtbot.waitUntil(lambda: len(asked.questions) == 3, timeout=3000)
    assert asked.questions[2].plane == asked.questions[0].plane


def test_a_choice_asks_again(panel: StartsPanel, asked: Asked) -> None:
    panel.run()
    panel.controls.side.choose(64)
    panel.controls.steps.choose(20)
    assert [(q.side, q.steps) for q in asked.questions if isinstance(q, BasinsAsked)] == [
        (32, 60),
        (64, 60),
        (64, 20),
    ]
    panel.controls.colour.choose("needed")
    assert len(asked.questions) == 3
    panel.grab()
    panel.controls.colour.choose("loss")
    panel.grab()
    panel.controls.study.choose("swarm")
    assert isinstance(asked.questions[3], SwarmAsked)
    assert isinstance(panel._view, SwarmView)


def test_the_swarm_follows_the_step(panel: StartsPanel, asked: Asked) -> None:
    panel.controls.study.choose("swarm")
    panel.controls.count.choose(100)
    panel.controls.arrangement.choose(("sobol", False))
    panel.run()
    history = record(EXPERIMENT).history
    pictures = []
    for step in (0, 20):
        panel.set_moment(moment_of(EXPERIMENT, history, step))
        assert f"swarm at step {step} of 60" in words(panel)
        pictures.append(panel.grab().toImage())
    assert pictures[0] != pictures[1]
    assert len(asked.questions) == 1


def test_two_of_many_elements(panel: StartsPanel) -> None:
    spec = ParameterSpec("v", (1.0, 2.0, 3.0, 4.0))
    many = Experiment("((v - 1)**2).sum()", (spec,), OptimizerSpec("SGD", {"lr": 0.1}))
    panel.set_moment(moment_of(many))
    asked = Asked(panel)
    assert panel.controls.across.isVisible()
    panel.controls.up.choose(3)
    panel.run()
    assert asked.questions[0].plane.columns == (0, 3)
    panel.controls.across.choose(3)
    assert asked.questions[1].plane.columns == (3, 0)
    click(panel.chart, pixel(panel, 4.0, 1.0))
    assert np.array(asked.edited[0].parameter("v").value)[[1, 2]].tolist() == [2.0, 3.0]


def test_a_fault_is_told(panel: StartsPanel, asked: Asked) -> None:
    asked.most = 0
    panel.run()
    panel.fail(Fault("LBFGS cannot take many starts at once.", hint="Choose another optimizer."))
    assert "LBFGS cannot" in panel.chart.message
    assert panel.controls.button.text() == "Run"


@pytest.mark.usefixtures("asked")
def test_themes_and_pictures(panel: StartsPanel) -> None:
    panel.run()
    light = panel.grab().toImage()
    panel.apply_theme(DARK)
    assert panel.grab().toImage() != light
    picture = panel.picture()
    assert picture.name == "starts"
    image = QImage(480, 400, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    picture.paint(painter, QRectF(0, 0, 480, 400))
    painter.end()
    assert image.pixelColor(2, 2) == QColor(DARK.panel)


def test_it_fits_into_a_small_tab(panel: StartsPanel) -> None:
    panel.controls.study.choose("swarm")
    panel.controls.count.choose(100_000)
    assert panel.minimumSizeHint().width() <= 480


def answer_of(labels: np.ndarray, minima: int = 1) -> BasinMap:
    side = len(labels)
    plane = Plane((0, 1), (0.0, 1.0), (0.0, 1.0))
    relief = Landscape(plane.axes(2), np.array([[0.0, 1.0], [2.0, 3.0]]))
    found = tuple(Minimum(np.array([5.0, 5.0 + k]), 0.0, 0.5) for k in range(minima))
    return BasinMap(
        plane,
        relief,
        found,
        labels.astype(np.int16),
        np.zeros((2, side, side), np.float32),
        np.zeros((side, side), np.float32),
        np.where(labels >= 0, 5, -1).astype(np.int32),
        10,
        1e-3,
        "broadcast",
        1.0,
    )


def test_pixels_lie_where_their_starts_are() -> None:
    labels = np.zeros((2, 2))
    labels[1, 0] = 1
    image = pixels.image_of(answer_of(labels, 2), "minimum", LIGHT)
    corner = image.pixelColor(image.width() - 3, image.height() - 3)
    assert corner != image.pixelColor(3, 3)
    assert image.pixelColor(3, image.height() - 3) == image.pixelColor(3, 3)


def test_patterns_tell_what_has_no_minimum() -> None:
    labels = np.array([[DIVERGED, UNDERWAY], [AHEAD, 0]])
    image = pixels.image_of(answer_of(labels), "minimum", LIGHT)
    half = image.width() // 2

    def colours(left: int, top: int) -> set[str]:
        return {
            image.pixelColor(x, y).name()
            for x in range(left + 2, left + half - 2, 3)
            for y in range(top + 2, top + half - 2, 3)
        }

    assert colours(0, half) == set(pixels.LOST)
    assert colours(0, 0) == set(pixels.WAITING)
    assert colours(half, half) == colours(half, 0)  # until it has been run
    assert len(colours(half, 0)) == 1
    ahead = pixels.image_of(answer_of(np.full((2, 2), AHEAD)), "minimum", LIGHT)
    assert ahead.pixelColor(5, 5).name() == LIGHT.panel


def test_starts_that_are_ahead_take_the_nearest_known() -> None:
    labels = np.full((16, 16), AHEAD, np.int16)
    labels[4::8, 4::8] = [[0, 1], [2, 3]]
    filled = labels.reshape(-1)[pixels.nearest_known(labels)]
    assert filled[0, 0] == 0
    assert filled[0, 15] == 1
    assert filled[15, 0] == 2
    labels[2, 2] = 7
    assert labels.reshape(-1)[pixels.nearest_known(labels)][:4, :4].tolist() == [[7] * 4] * 4


def test_a_basin_without_its_minimum_is_named_inside() -> None:
    labels = np.zeros((32, 32))
    labels[:8] = 1
    view = BasinsView(answer_of(labels, 2), "minimum", LIGHT)
    named = {minimum: (x, y, itself) for minimum, x, y, itself in view.places}
    assert not named[0][2]
    assert named[0][0] > 0.25 > named[1][0]
    assert [letter(index) for index in (0, 25, 26, 52)] == ["A", "Z", "A2", "A3"]


def test_a_hundred_thousand_points_are_painted_in_a_frame(qtbot: QtBot) -> None:
    """Counted, not timed: one image, whatever the number of points."""
    generator = np.random.default_rng(0)
    plane = Plane((0, 1), (0.0, 1.0), (0.0, 1.0))
    relief = Landscape(plane.axes(2), np.array([[0.0, 1.0], [2.0, 3.0]]))
    points = generator.random((2, 100_000), np.float32)
    points[:, :1000] = 0.25
    frame = SwarmFrame(0, points, points[0])
    panel = StartsPanel(LIGHT, Icons(LIGHT))
    qtbot.addWidget(panel)
    panel.resize(480, 400)
    panel.show()
    panel.set_moment(moment_of(EXPERIMENT))
    view = SwarmView(Swarm(plane, relief, (frame,), 0, "broadcast"))
    panel.chart.set_home(*(panel.chart.view[0],) * 2)
    shown = panel.chart.frame()
    xs, ys = 100.0 * points[0], 100.0 * points[1]
    image = swarm_view.density(xs.astype(float), ys.astype(float), shown)
    alpha = np.array(
        [[image.pixelColor(x, y).alpha() for x in range(image.width())] for y in range(image.height())]
    )
    assert alpha[12, 12] == 255
    assert alpha.max() == 255
    assert alpha[-1, -1] == 0
    assert "median loss" in " ".join(view.told(0))


@pytest.mark.usefixtures("asked")
def test_a_dragged_view_pans(panel: StartsPanel) -> None:
    panel.run()
    before = panel.chart.view
    drag(panel.chart, pixel(panel, 0.0, 0.0), pixel(panel, 1.0, 0.5), pixel(panel, 2.0, 1.0))
    assert panel.chart.view != before
    assert panel.chart.zoomed
