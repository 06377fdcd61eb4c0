"""Other branches in the descent panel, the suggested step, and the start that can be dragged."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mouse import drag, move
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.schedules import ClipSpec
from gui_app.ui.descent.along import Along
from gui_app.ui.descent.elements import Element
from gui_app.ui.descent.ghosts import LINES, _affordable, ghosts
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.panel import DescentPanel
from gui_app.ui.descent.record import Record
from gui_app.ui.theme import DARK, LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def record(rows: np.ndarray, losses: np.ndarray) -> History:
    history = History(tuple(f"p{i}" for i in range(rows.shape[1])), "float64")
    history.extend(losses, rows, rows)
    return history


def branch(number: int, start: int, size: int, steps: int = 30) -> Branch:
    rows = np.linspace(1, -1, steps)[:, None] * np.ones(size)
    rows[-1:] = math.nan
    return Branch(number, record(rows, np.linspace(1, 0, steps)), start, f"branch {number}")


@pytest.fixture
def panel(qtbot: QtBot) -> DescentPanel:
    made = DescentPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(560, 360)
    made.show()
    return made


def scalars(*names: str, lr: float = 0.1) -> Experiment:
    spec = OptimizerSpec("SGD", {"lr": lr})
    return Experiment(parameters=tuple(ParameterSpec(name, 0.5) for name in names), optimizer=spec)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_branches_are_painted_in_every_view(panel: DescentPanel, size: int, palette: object) -> None:
    panel.apply_theme(palette)
    panel.set_experiment(scalars(*"xyz"[:size]))
    panel.set_history(record(np.linspace(1, 0, 12)[:, None] * np.ones(size), np.linspace(1, 0, 12)))
    before = panel.grab().toImage()
    panel.set_branches([branch(0, 0, size), branch(2, 9, size), branch(3, 0, size + 1, 0)])
    assert panel.grab().toImage() != before
    panel.set_branches([])
    assert panel.grab().toImage() == before


def test_a_branch_is_drawn_from_where_it_begins() -> None:
    pair = Record([Element("x", 0), Element("y", 1)])
    found = ghosts([branch(1, 12, 2), branch(2, 0, 1)], pair)
    assert [ghost.number for ghost in found] == [1], "one with fewer columns is of another experiment"
    assert (found[0].steps[0], found[0].steps[-1]) == (12, 29)
    assert found[0].path.shape == (18, 2)
    many = ghosts([branch(number, 0, 12) for number in range(8)], Record([Element("", k) for k in range(12)]))
    assert len(list(_affordable(many))) == LINES


def test_plain_descent_suggests_a_step_along_the_tangent(panel: DescentPanel) -> None:
    panel.set_experiment(scalars("x", lr=0.25))
    panel.set_history(record(np.array([[2.0], [1.5]]), np.array([2.0, 1.0])))
    panel.set_landscape(Landscape((Axis(0, -1, 3, 9),), np.linspace(-1, 3, 9) ** 2 / 2))
    panel.set_step(0)
    assert ("−lr·slope = −0.5", LIGHT.good) in panel.chart.reading
    panel.grab()


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (OptimizerSpec("SGD", {"lr": 0.25}), 0.25),
        (OptimizerSpec("SGD", {"lr": 0.25, "momentum": 0.9}), math.nan),
        (OptimizerSpec("SGD", {"lr": 0.25}, clip=ClipSpec()), math.nan),
        (OptimizerSpec("Adam", {"lr": 0.25}), math.nan),
    ],
)
def test_only_plain_descent_moves_by_rate_times_slope(
    panel: DescentPanel, optimizer: OptimizerSpec, expected: float
) -> None:
    panel.set_experiment(Experiment(parameters=(ParameterSpec("x", 0.5),), optimizer=optimizer))
    history = record(np.ones((9, 1)), np.ones(9))
    panel.set_history(history)
    assert isinstance(panel._mode, Along)
    assert panel._mode.record.rate(5) == pytest.approx(expected, nan_ok=True)
    panel.set_branches([], Branch(1, history, 6, ""))
    assert math.isnan(panel._mode.record.rate(5)), "before the branch other settings counted"
    history.changes[2] = OptimizerSpec("SGD", {"lr": 0.5})
    assert math.isnan(panel._mode.record.rate(1))
    assert panel._mode.record.rate(5) == 0.5


def test_the_start_is_dragged_in_two_dimensions(panel: DescentPanel) -> None:
    told: list[dict[int, float]] = []
    panel.start_dragged.connect(told.append)
    panel.set_experiment(scalars("x", "y"))
    view, frame = panel.chart.view, panel.chart.frame()
    move(panel.chart, frame.point(0.5, 0.5))
    assert panel.chart.plot.cursor().shape() == Qt.CursorShape.OpenHandCursor
    drag(panel.chart, frame.point(0.5, 0.5), frame.point(0.0, 0.0), frame.point(-0.25, 1.0))
    assert len(told) == 1
    assert list(told[0]) == [0, 1]
    assert list(told[0].values()) == pytest.approx([-0.25, 1.0], abs=0.02)
    assert all(len(str(value)) <= 6 for value in told[0].values())
    assert panel.chart.view == view, "the plot is not panned meanwhile"
    assert isinstance(panel._mode, Over)
    assert panel._mode.handle.held is None


def test_the_start_is_dragged_along_the_curve(panel: DescentPanel) -> None:
    told: list[dict[int, float]] = []
    panel.start_dragged.connect(told.append)
    panel.set_experiment(scalars("x"))
    panel.set_landscape(Landscape((Axis(0, -4, 4, 401),), np.linspace(-4, 4, 401) ** 2))
    frame = panel.chart.frame()
    drag(panel.chart, frame.point(0.5, 0.25), frame.point(1.0, 0.1), QPointF(frame.rect.right() + 90, 60))
    assert told == [{0: pytest.approx(frame.x.high, abs=0.01)}], "no farther than the plot reaches"
    panel._grip.carry(frame.point(0.0, 0.0))
    assert panel.chart.reading[0][0].startswith("start at x = ")
    panel.grab()


def test_elsewhere_a_drag_pans_and_a_random_start_is_nowhere(panel: DescentPanel) -> None:
    told: list[object] = []
    panel.start_dragged.connect(told.append)
    panel.set_experiment(Experiment(parameters=(ParameterSpec("w", None, (2,), Distribution()),)))
    middle = panel.chart.frame().rect.center()
    drag(panel.chart, middle, middle + QPointF(30, 10))
    assert told == []
    assert panel.chart.zoomed
