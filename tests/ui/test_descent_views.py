"""The views of the descent that are chosen: planes of many numbers, what is said about them, the way out of sight."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mouse import click
from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction, QImage, QPainter
from PySide6.QtWidgets import QLineEdit, QWidgetAction
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Direction, Landscape, Quadratic
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.choice import VIEWS, Choice, first_choice, offered
from gui_app.ui.descent.elements import column_of, element_at, percent
from gui_app.ui.descent.extent import calm, followed, reaching
from gui_app.ui.descent.key import Entry, paint_key
from gui_app.ui.descent.levels import hollows
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.panel import NO_PATH, DescentPanel
from gui_app.ui.descent.traces import Traces
from gui_app.ui.theme import DARK, LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

MATRIX = Experiment(parameters=(ParameterSpec("W", ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))),))
PAIR = Experiment(parameters=(ParameterSpec("x", 0.0), ParameterSpec("y", 0.0)))


def record(
    rows: np.ndarray, losses: np.ndarray | None = None, gradients: np.ndarray | None = None
) -> History:
    history = History(tuple(f"p{i}" for i in range(rows.shape[1])), "float64")
    losses = np.linspace(1, 0, len(rows)) if losses is None else losses
    history.extend(losses, rows, rows if gradients is None else gradients)
    return history


def wandering(steps: int = 40, columns: int = 6, seed: int = 0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(size=(steps, columns)), axis=0)


@pytest.fixture
def panel(qtbot: QtBot) -> DescentPanel:
    made = DescentPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(560, 420)
    made.show()
    return made


def answered(panel: DescentPanel) -> list[tuple[Axis, ...]]:
    """Answer each request at once with a bowl; the list grows by what was asked."""
    asked: list[tuple[Axis, ...]] = []

    def answer(axes: tuple[Axis, ...]) -> None:
        asked.append(axes)
        mesh = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
        panel.set_landscape(Landscape(axes, sum(part**2 for part in mesh)))

    panel.landscape_wanted.connect(answer)
    return asked


def entry(panel: DescentPanel, *way: str) -> QAction:
    """The entry of the menu that is reached by these beginnings of texts."""
    menu = panel.menu
    menu.build()
    for text in way[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text().startswith(text))
    return next(action for action in menu.actions() if action.text().startswith(way[-1]))


@pytest.mark.parametrize("count", [1, 2, 3, 900])
def test_what_is_shown_first_is_offered(count: int) -> None:
    assert first_choice(count).view in offered(count)
    assert ("curve" in offered(count)) == (count == 1)
    assert ("surface" in offered(count)) == (count > 1)


def test_a_choice_is_remembered_while_the_parameters_are_the_same(panel: DescentPanel) -> None:
    panel.set_experiment(MATRIX)
    assert isinstance(panel._mode, Traces)
    entry(panel, VIEWS["contour"].title).trigger()
    assert isinstance(panel._mode, Over)
    assert [element.name for element in panel._mode.record.elements] == ["W[0,0]", "W[0,1]"]
    panel.set_experiment(PAIR)
    assert panel.choice == Choice("contour")
    panel.set_experiment(Experiment(parameters=(ParameterSpec("W", None, (2, 3), Distribution()),)))
    assert isinstance(panel._mode, Over)
    assert entry(panel, VIEWS["contour"].title).isChecked()


def test_any_two_parameters_can_be_chosen(panel: DescentPanel) -> None:
    asked = answered(panel)
    panel.set_experiment(MATRIX)
    panel.set_history(record(wandering()))
    entry(panel, VIEWS["contour"].title).trigger()
    entry(panel, "Vertical axis", "W[1,2]").trigger()
    panel.request_landscape()
    assert [axis.along for axis in asked[-1]] == [0, 5]
    entry(panel, "Horizontal axis", "W[1,2]").trigger()
    assert panel.choice.columns == (5, 0), "the other one makes room"
    assert panel.chart.bottom.labelText == "W[1,2]"
    panel.grab()


def test_an_element_of_a_large_parameter_is_typed(panel: DescentPanel) -> None:
    panel.set_experiment(Experiment(parameters=(ParameterSpec("W", None, (30, 40), Distribution()),)))
    panel.choose(Choice("contour"))
    panel.menu.build()
    axis = next(a.menu() for a in panel.menu.actions() if a.text().startswith("Horizontal"))
    field = next(a.defaultWidget() for a in axis.actions() if isinstance(a, QWidgetAction))
    assert isinstance(field, QLineEdit)
    for text, column in (("W[30,0]", 0), ("W[29, 39]", 1199)):
        field.setText(text)
        field.returnPressed.emit()
        assert panel.choice.columns[0] == column


def test_elements_by_name_and_by_column() -> None:
    experiment = Experiment(
        parameters=(
            ParameterSpec("a", 3.0),
            ParameterSpec("c", 9.0, requires_grad=False),
            ParameterSpec("W", ((1.0, 2.0), (5.0, 6.0))),
        )
    )
    names = ["a", "W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]"]
    assert [element_at(experiment, column).name for column in range(5)] == names
    assert [column_of(experiment, name) for name in names] == list(range(5))
    for wrong in ("", "b", "c", "W", "W[0]", "W[2,0]", "W[-1,0]", "W[x,0]", "a[0]", "W[0,99999999999]"):
        assert column_of(experiment, wrong) is None
    with pytest.raises(IndexError):
        element_at(experiment, 5)


def test_a_slice_is_asked_for_again_at_every_step_and_a_whole_surface_is_not(
    panel: DescentPanel, qtbot: QtBot
) -> None:
    asked: list[object] = []
    panel.landscape_wanted.connect(asked.append)
    panel.set_experiment(MATRIX)
    panel.choose(Choice("contour", columns=(1, 4)))
    panel.set_history(record(wandering()))
    panel.request_landscape()
    before = len(asked)
    panel.set_step(7)
    qtbot.waitUntil(lambda: len(asked) == before + 1)
    panel.set_step(7)
    panel.request_landscape()
    assert len(asked) == before + 1
    assert ("the others held at this step", LIGHT.muted) in panel.chart.reading
    panel.set_experiment(PAIR)
    panel.set_history(record(wandering(columns=2)))
    panel.request_landscape()
    before = len(asked)
    panel.set_step(9)
    panel.request_landscape()
    assert len(asked) == before


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_main_directions_wait_for_a_path_and_follow_it(
    panel: DescentPanel, qtbot: QtBot, palette: object
) -> None:
    asked = answered(panel)
    panel.apply_theme(palette)
    panel.set_experiment(MATRIX)
    panel.choose(Choice("contour", "main"))
    assert panel.chart.message == NO_PATH
    rows = wandering(80)
    history = record(rows[:5])
    panel.set_history(history)
    assert panel.chart.message == ""
    assert isinstance(panel._mode, Over)
    first = panel._mode.record.elements[0].along
    assert isinstance(first, Direction)
    history.extend(np.zeros(75), rows[5:], rows[5:])
    panel.refresh()
    after = panel._mode.record.elements[0].along
    assert after is not first, "the path is more than twice as long"
    panel.request_landscape()
    assert [axis.along for axis in asked[-1]] == [element.along for element in panel._mode.record.elements]
    assert panel._mode.field.areas
    sizes = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    share = percent(float(sizes[:2].sum() / sizes.sum()))
    assert f"explains {share} of the path’s variance" in [text for text, _ in panel.chart.reading]
    history.extend(np.zeros(1), 9 + rows[:1], rows[:1])
    panel.refresh()
    assert panel._mode.record.elements[0].along is after
    qtbot.waitUntil(lambda: panel._mode.record.elements[0].along is not after, timeout=3000)
    panel.grab()


def test_random_directions_stay_until_others_are_drawn(panel: DescentPanel) -> None:
    panel.set_experiment(MATRIX)
    panel.set_history(record(wandering()))
    panel.choose(Choice("contour", "random"))
    assert isinstance(panel._mode, Over)
    before = panel._mode.record.elements[0].along
    panel.set_history(record(wandering(seed=1)))
    assert panel._mode.record.elements[0].along is before, "another run is seen in the same plane"
    entry(panel, "Draw other").trigger()
    assert panel.choice.seed == 1
    assert panel._mode.record.elements[0].along is not before
    assert not panel._mode.handle.is_free
    panel.set_branches([Branch(1, record(wandering(seed=2)), 0, "another")])
    assert panel._mode.ghosts[0].path.shape == (40, 2)
    panel.grab()


def test_gradients_over_the_steps(panel: DescentPanel) -> None:
    rows = wandering()
    panel.set_experiment(MATRIX)
    panel.set_history(record(rows, gradients=-2 * rows))
    entry(panel, VIEWS["gradients"].title).trigger()
    assert isinstance(panel._mode, Traces)
    assert panel._mode.record.path == pytest.approx(-2 * rows)
    assert panel.chart.left.labelText == "gradient"
    panel.set_step(3)
    panel.grab()
    entry(panel, VIEWS["values"].title).trigger()
    assert panel._mode.record.path == pytest.approx(rows)


def test_percent_never_rounds_a_rest_away() -> None:
    assert [percent(share) for share in (0.1234, 0.99951, 1.0)] == ["12.3 %", "over 99.9 %", "100.0 %"]


# Out of sight


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=60))
def test_a_run_whose_loss_stays_is_shown_whole(places: list[float]) -> None:
    path = np.array(places)[:, None]
    assert calm(path, np.ones(len(path)), [Span(-1.0, 1.0)]) == len(path)


@pytest.mark.parametrize("factor", [-1.1, -1.6, 1.05, 3.0])
def test_a_run_that_runs_away_is_shown_as_far_as_it_is_calm(factor: float) -> None:
    path = factor ** np.arange(300.0)[:, None]
    count = calm(path, path[:, 0] ** 2, [Span(-1.5, 1.5)])
    assert 2 <= count < 250
    assert np.abs(path[:count]).max() < 100


def test_a_run_that_goes_far_and_gets_better_is_shown_whole() -> None:
    path = 1000 * (1 - 0.9 ** np.arange(200.0))[:, None]
    assert calm(path, (1000 - path[:, 0]) ** 2, [Span(-1, 1)]) == 200
    assert calm(np.full((5, 1), np.nan), np.full(5, np.nan), [Span(-1, 1)]) == 0


def diverging(panel: DescentPanel) -> np.ndarray:
    rows = np.array([[0.5, 1.0]]) * (-1.3) ** np.arange(60.0)[:, None]
    panel.set_experiment(PAIR)
    panel.set_history(record(rows, (rows**2).sum(axis=1)))
    return rows


def test_it_is_said_where_the_path_leaves_the_view_and_a_click_goes_there(panel: DescentPanel) -> None:
    chosen: list[int] = []
    panel.step_chosen.connect(chosen.append)
    rows = diverging(panel)
    assert isinstance(panel._mode, Over)
    frame = panel.chart.frame()
    left = panel._mode.exit(frame)
    assert left is not None
    inside = [
        all(span.low <= value <= span.high for span, value in zip(panel.chart.view, row, strict=True))
        for row in rows
    ]
    assert left.step == len(inside) - inside[::-1].index(True)
    assert left.words == f"left the view at step {left.step} ›"
    assert frame.rect.contains(left.box(frame))
    assert frame.rect.adjusted(-1, -1, 1, 1).contains(left.at)
    click(panel.chart, left.box(frame).center())
    assert chosen == [left.step]
    x, y = panel.chart.view
    assert x.low <= rows[left.step][0] <= x.high
    assert y.low <= rows[left.step][1] <= y.high
    panel.grab()


def test_no_way_out_where_the_path_ends_inside(panel: DescentPanel) -> None:
    panel.set_experiment(PAIR)
    panel.set_history(record(np.array([[0.0, 0.0], [0.5, 0.5], [np.nan, np.nan]])))
    assert isinstance(panel._mode, Over)
    assert panel._mode.exit(panel.chart.frame()) is None


def test_the_point_is_followed(panel: DescentPanel) -> None:
    rows = diverging(panel)
    entry(panel, "Follow").trigger()
    for step in (20, 40, 59):
        panel.set_step(step)
        spans = panel.chart.view
        assert all(span.low <= at <= span.high for span, at in zip(spans, rows[step], strict=True))
    entry(panel, "Follow").trigger()
    before = panel.chart.view
    panel.set_step(1)
    assert panel.chart.view == before


def test_following_and_reaching() -> None:
    view = (Span(0.0, 10.0), Span(-1.0, 1.0))
    assert followed(view, (5.0, 0.0)) is None
    assert followed(view, (9.9, 0.0)) == (Span(4.9, 14.9), Span(-1.0, 1.0))
    assert followed(view, (math.inf, 0.0)) is None
    assert reaching(view, (5.0, 0.0)) == view
    assert reaching(view, (50.0, 0.0))[0].high > 50


# Arrows, the key, the local quadratic


def labels(panel: DescentPanel) -> list[str]:
    assert isinstance(panel._mode, Over)
    return [entry.label for entry in panel._mode._entries(panel.chart.frame())]


def test_arrows_are_those_of_the_step_and_the_optimizer(panel: DescentPanel) -> None:
    rows = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.5]])
    panel.set_experiment(PAIR)
    panel.set_history(record(rows, gradients=np.ones_like(rows)))
    panel.set_step(1)
    assert labels(panel) == ["−gradient", "next update", "start"]
    momentum = OptimizerSpec("SGD", {"lr": 0.1, "momentum": 0.9})
    panel.set_experiment(Experiment(parameters=PAIR.parameters, optimizer=momentum))
    assert labels(panel) == ["−gradient", "last update", "next update", "start"]
    panel.set_step(0)
    assert labels(panel) == ["−gradient", "next update", "start"]
    panel.set_script(True)
    panel.set_step(3)
    assert labels(panel) == ["−gradient", "start"]
    panel.grab()


@pytest.mark.parametrize("count", [1, 16])
def test_branches_are_named_in_the_key(panel: DescentPanel, count: int) -> None:
    panel.set_experiment(PAIR)
    panel.set_history(record(wandering(columns=2)))
    panel.set_branches([Branch(k, record(wandering(columns=2, seed=k)), 0, f"lr {k}") for k in range(count)])
    assert labels(panel)[-count:] == [f"lr {k}" for k in range(count)]
    panel.grab()


def test_the_key_keeps_off_the_path(panel: DescentPanel) -> None:
    frame = panel.chart.frame()
    entries = [Entry(f"entry {k}", lambda _painter, _at: None) for k in range(30)]
    places = []
    for corner in (frame.rect.bottomLeft(), frame.rect.topRight()):
        image = QImage(560, 420, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        with QPainter(image) as painter:
            at = corner + (QPointF(20, -20) if corner == frame.rect.bottomLeft() else QPointF(-20, 20))
            paint_key(painter, frame, entries[:3], np.array([at.x()]), np.array([at.y()]))
        assert image.pixelColor(at.toPoint()).alpha() == 0
        places.append(image)
    assert places[0] != places[1]


def test_the_key_can_be_switched_off(panel: DescentPanel) -> None:
    answered(panel)
    panel.set_experiment(PAIR)
    panel.set_history(record(wandering(columns=2)))
    panel.request_landscape()
    shown, view = panel.chart.grab().toImage(), panel.chart.view
    entry(panel, "Key").trigger()
    assert panel.chart.grab().toImage() != shown
    assert panel.chart.view == view
    entry(panel, "Key").trigger()
    assert panel.chart.grab().toImage() == shown


def test_hollows_are_the_lowest_places() -> None:
    axes = (Axis(0, -6.0, 6.0, 193), Axis(1, -6.0, 6.0, 193))
    x, y = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    found = hollows(Landscape(axes, (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2))
    known = np.array([(-3.78, -3.28), (-2.81, 3.13), (3.0, 2.0), (3.58, -1.85)])
    assert np.abs(found - known[np.lexsort(known.T[::-1])]).max() < 0.3


def test_the_local_quadratic_is_drawn_at_its_own_step_only(panel: DescentPanel) -> None:
    answered(panel)
    rows = wandering(columns=2)
    panel.set_experiment(PAIR)
    panel.set_history(record(rows))
    panel.request_landscape()
    panel.set_step(5)
    plain = panel.chart.grab().toImage()
    panel.set_quadratic(Quadratic(rows[5], float(rows[5] @ rows[5]), 2 * rows[5], 2 * np.eye(2)))
    assert panel.chart.grab().toImage() == plain, "only where it is wished for"
    panel.set_quadratic(None)
    entry(panel, "Local quadratic").trigger()
    before = panel.chart.grab().toImage()
    panel.set_quadratic(Quadratic(rows[6], 1.0, 2 * rows[6], 2 * np.eye(2)))
    assert panel.chart.grab().toImage() == before
    panel.set_quadratic(Quadratic(rows[5], float(rows[5] @ rows[5]), 2 * rows[5], 2 * np.eye(2)))
    assert panel.chart.grab().toImage() != before
    assert "local quadratic" in labels(panel)
    panel.set_quadratic(None)
    assert panel.chart.grab().toImage() == before


def test_the_parabola_along_one_parameter(panel: DescentPanel) -> None:
    answered(panel)
    rows = np.linspace(1, 0.2, 6)[:, None]
    panel.set_experiment(Experiment(parameters=(ParameterSpec("x", 1.0),)))
    panel.set_history(record(rows))
    panel.request_landscape()
    entry(panel, "Local quadratic").trigger()
    before = panel.chart.grab().toImage()
    panel.set_quadratic(Quadratic(rows[0], 1.0, np.array([2.0]), np.array([[-3.0]])))
    assert panel.chart.grab().toImage() != before
