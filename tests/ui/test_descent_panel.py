"""The descent panel: one view for one, two and many parameters, and landscapes that follow the run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from mouse import click, drag, move, wheel
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from gui_app.core.experiment import Distribution, Experiment, ParameterSpec, RunSpec
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Landscape
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.along import Along
from gui_app.ui.descent.over import GRIDS, Over
from gui_app.ui.descent.panel import NO_PARAMETER, NOT_STARTED, DescentPanel
from gui_app.ui.descent.traces import Traces
from gui_app.ui.theme import DARK, LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def record(rows: np.ndarray, losses: np.ndarray, gradients: np.ndarray | None = None) -> History:
    history = History(tuple(f"p{i}" for i in range(rows.shape[1])), "float64")
    history.extend(losses, rows, rows if gradients is None else gradients)
    return history


def parabola(steps: int = 16, rate: float = 0.4) -> History:
    xs = 2 - 2 * (1 - rate) ** np.arange(steps)
    return record(xs[:, None], (xs - 2) ** 2 / 2, (xs - 2)[:, None])


@pytest.fixture
def panel(qtbot: QtBot) -> DescentPanel:
    made = DescentPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(560, 360)
    made.show()
    return made


def scalars(*names: str, **given: object) -> Experiment:
    return Experiment(parameters=tuple(ParameterSpec(name, 0.0, **given) for name in names))


def answered(panel: DescentPanel, function: Callable[..., np.ndarray]) -> list[tuple[Axis, ...]]:
    """Answer each request at once; the list grows by what was asked."""
    asked: list[tuple[Axis, ...]] = []

    def answer(axes: tuple[Axis, ...]) -> None:
        asked.append(axes)
        with np.errstate(all="ignore"):
            values = function(*np.meshgrid(*(axis.values for axis in axes), indexing="ij"))
        panel.set_landscape(Landscape(axes, values))

    panel.landscape_wanted.connect(answer)
    return asked


def test_the_number_of_trained_numbers_decides_the_view(panel: DescentPanel) -> None:
    panel.set_experiment(Experiment())
    assert panel._mode is None
    assert panel.chart.message == NO_PARAMETER
    panel.set_experiment(scalars("x"))
    assert isinstance(panel._mode, Along)
    assert panel.chart.message == ""
    panel.set_experiment(scalars("x", "y"))
    assert isinstance(panel._mode, Over)
    panel.set_experiment(Experiment(parameters=(ParameterSpec("v", (0.0, 1.0)),)))
    assert isinstance(panel._mode, Over)
    assert (panel.chart.bottom.labelText, panel.chart.left.labelText) == ("v[0]", "v[1]")
    panel.set_experiment(scalars("x", "y", "z"))
    assert isinstance(panel._mode, Traces)
    assert panel.chart.message == NOT_STARTED
    panel.set_experiment(scalars("x", "y", requires_grad=False))
    assert panel._mode is None
    panel.grab()


def test_one_parameter_shows_value_loss_and_slope(panel: DescentPanel) -> None:
    panel.set_experiment(scalars("x"))
    panel.set_history(parabola())
    panel.set_step(1)
    texts = [text for text, _ in panel.chart.reading]
    assert texts == ["step 1", "x = 0.8", "loss 0.72", "slope −1.2", "−lr·slope = 0.0012"]


def test_curve_is_asked_for_once_and_follows_the_run(panel: DescentPanel, qtbot: QtBot) -> None:
    asked = answered(panel, lambda x: (x - 2) ** 2 / 2)
    panel.set_experiment(scalars("x"))
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert asked[0][0].count == 400
    assert (asked[0][0].low, asked[0][0].high) == (-1.0, 1.0)
    history = parabola(3)
    panel.set_history(history)
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert asked[1][0].low == -1.0
    assert asked[1][0].high > float(history.parameters(2)[0])
    history.extend(np.array([1.5]), np.array([[12.0]]), np.array([[10.0]]))
    panel.refresh()
    qtbot.waitUntil(lambda: len(asked) == 3)
    assert asked[2][0].high > 12.0
    panel.refresh()
    panel.request_landscape()
    assert len(asked) == 3


def test_two_parameters_ask_coarse_then_fine_and_again_when_the_view_moves(
    panel: DescentPanel, qtbot: QtBot
) -> None:
    asked = answered(panel, lambda x, y: x * x + y * y)
    panel.set_experiment(scalars("x", "y", view=(-2.0, 3.0)))
    qtbot.waitUntil(lambda: len(asked) >= 2)
    assert [tuple(axis.count for axis in axes) for axes in asked[:2]] == [(n, n) for n in GRIDS[:2]]
    qtbot.waitUntil(lambda: len(asked) == 3)
    assert [tuple(axis.count for axis in axes) for axes in asked] == [(n, n) for n in GRIDS], "at rest"
    assert {(axis.along, axis.low, axis.high) for axes in asked for axis in axes} == {(0, -2, 3), (1, -2, 3)}
    panel.chart.set_view(Span(0.0, 1.0), Span(0.0, 1.0))
    qtbot.waitUntil(lambda: len(asked) == 5)
    assert (asked[4][0].low, asked[4][0].high) == (0.0, 1.0)


def test_requests_are_held_back_while_the_view_moves(panel: DescentPanel, qtbot: QtBot) -> None:
    asked: list[object] = []
    panel.landscape_wanted.connect(asked.append)
    panel.set_experiment(scalars("x", "y"))
    for step in range(100):
        panel.chart.set_view(Span(step, step + 1.0), Span(0.0, 1.0))
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert asked[0][0].low == 99
    qtbot.wait(200)
    assert len(asked) == 1


def test_a_landscape_over_other_parameters_is_not_drawn(panel: DescentPanel) -> None:
    panel.set_experiment(scalars("x"))
    panel.set_landscape(Landscape((Axis(0, 0, 1, 4), Axis(1, 0, 1, 4)), np.zeros((4, 4))))
    assert isinstance(panel._mode, Along)
    assert panel._mode.landscape is None
    panel.grab()


def test_landscape_stays_while_only_the_start_moves(panel: DescentPanel) -> None:
    panel.set_experiment(scalars("x", "y"))
    axes = (Axis(0, -1, 1, 8), Axis(1, -1, 1, 8))
    panel.set_landscape(Landscape(axes, np.add.outer(axes[0].values ** 2, axes[1].values ** 2)))
    panel.set_experiment(Experiment(parameters=(ParameterSpec("x", 0.5), ParameterSpec("y", 0.0))))
    assert isinstance(panel._mode, Over)
    assert panel._mode.field.areas
    panel.set_experiment(scalars("u", "v"))
    assert not panel._mode.field.areas


@pytest.mark.parametrize("shape", [(), (2,), (3,)])
@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_diverging_run_is_shown_as_far_as_it_is_calm(
    panel: DescentPanel, shape: tuple[int, ...], palette: object
) -> None:
    size = math.prod(shape)
    answered(panel, lambda *xs: sum(np.exp(x * x) for x in xs))
    panel.apply_theme(palette)
    panel.set_experiment(Experiment(parameters=(ParameterSpec("w", None, shape, Distribution()),)))
    rows = np.array([1.0, -30.0, 1e5, -1e300, np.inf, np.nan])[:, None] * np.ones(size)
    panel.set_history(record(rows, np.array([1.0, 9.0, 1e300, np.inf, np.nan, np.nan])))
    panel.request_landscape()
    for step in range(6):
        panel.set_step(step)
        panel.grab()
    if size < 3:
        assert -100 < panel.chart.view[0].low < -30
    middle = panel.chart.frame().rect.center()
    move(panel.chart, middle)
    wheel(panel.chart, middle, 120)
    drag(panel.chart, middle, middle + QPointF(20, 20))
    panel.grab()
    panel.chart.fit()
    if size < 3:
        assert -100 < panel.chart.view[0].low < -30


def test_click_on_the_path_chooses_its_step(panel: DescentPanel) -> None:
    chosen: list[int] = []
    panel.step_chosen.connect(chosen.append)
    rows = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.5]])
    panel.set_experiment(scalars("x", "y", view=(-1.0, 2.0)))
    panel.set_history(record(rows, np.arange(4.0)))
    frame = panel.chart.frame()
    click(panel.chart, frame.point(1.0, 1.0) + QPointF(4, 3))
    click(panel.chart, frame.point(-0.8, 1.8))
    assert chosen == [2]


def test_many_parameters_have_a_cursor_that_can_be_dragged(panel: DescentPanel) -> None:
    chosen: list[int] = []
    panel.step_chosen.connect(chosen.append)
    panel.set_experiment(Experiment(parameters=(ParameterSpec("w", (0.0,) * 40),)))
    panel.set_history(record(np.random.default_rng(0).normal(size=(51, 40)), np.linspace(1, 0, 51)))
    panel.set_step(20)
    assert panel.chart.cursor_at == 20
    assert ("the first 12 of 40 parameters", LIGHT.muted) in panel.chart.reading
    frame = panel.chart.frame()
    middle = frame.rect.center().y()
    drag(panel.chart, frame.point(20, 0), *(QPointF(frame.point(k, 0).x(), middle) for k in (30, 35)))
    assert chosen[-1] == 35
    panel.grab()


def test_zoom_survives_updates_and_a_reset_of_the_run(panel: DescentPanel) -> None:
    panel.set_experiment(scalars("x"))
    history = parabola()
    panel.set_history(history)
    panel.chart.set_view(Span(1.5, 2.5), Span(0.0, 0.1))
    history.extend(np.array([50.0]), np.array([[12.0]]), np.array([[10.0]]))
    panel.refresh()
    assert panel.chart.view == (Span(1.5, 2.5), Span(0.0, 0.1))
    panel.set_history(parabola())
    assert panel.chart.view == (Span(1.5, 2.5), Span(0.0, 0.1))
    panel.chart.fit()
    assert panel.chart.view[0].high < 5.0


def test_a_million_steps_are_drawn_in_bounded_work(panel: DescentPanel) -> None:
    steps = np.arange(1_000_000)
    rows = np.stack((np.cos(steps / 3000), np.sin(steps / 3000)), axis=1) * np.exp(-steps / 3e5)[:, None]
    panel.set_experiment(scalars("x", "y"))
    history = record(rows, np.exp(-steps / 1e5))
    panel.set_history(history)
    panel.set_step(history.last)
    panel.refresh()
    assert isinstance(panel._mode, Over)
    assert len(panel._mode.record.path) <= 3001
    assert panel._mode.record.steps[-1] == 999_999
    panel.grab()


def test_no_run_no_numbers(panel: DescentPanel) -> None:
    panel.set_experiment(scalars("x", "y"))
    panel.set_history(None)
    assert panel.chart.reading == ()
    panel.set_step(5)
    panel.grab()
    assert panel.picture().name == "descent"


def test_another_objective_is_asked_for_and_another_run_length_is_not(
    panel: DescentPanel, qtbot: QtBot
) -> None:
    asked = answered(panel, lambda x: x * x)
    experiment = replace(scalars("x"), program="x**2")
    panel.set_experiment(experiment)
    qtbot.waitUntil(lambda: len(asked) == 1)
    panel.set_experiment(replace(experiment, run=RunSpec(steps=7)))
    panel.request_landscape()
    assert len(asked) == 1
    panel.set_experiment(replace(experiment, program="x**4"))
    panel.request_landscape()
    assert len(asked) == 2
