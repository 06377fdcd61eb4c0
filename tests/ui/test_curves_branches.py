"""Branches, marks, smoothing and logarithmic steps of the loss panel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mouse import click, move
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui.curves.branch_ink import branch_colour, branch_pen
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.curves.sampling import sampled
from gui_app.ui.curves.smoothing import CHUNK, Smoothing
from gui_app.ui.curves.view_menu import PLACES, factor_at
from gui_app.ui.theme import LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def record(losses: np.ndarray) -> History:
    history = History(("x",), "float64")
    rows = np.zeros((len(losses), 1))
    history.extend(np.asarray(losses, float), rows, rows)
    return history


def branch(number: int, losses: np.ndarray, start: int = 0) -> Branch:
    return Branch(number, record(losses), start, f"branch {number}")


@pytest.fixture
def panel(qtbot: QtBot) -> LossPanel:
    made = LossPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(560, 360)
    made.show()
    made.set_history(record(np.linspace(2, 0, 21)))
    return made


def test_axes_hold_every_branch(panel: LossPanel) -> None:
    panel.set_branches([branch(0, np.linspace(2, 9, 50)), branch(3, np.array([2.0, math.inf]), 1)])
    x, y = panel.chart.view
    assert x.high > 49
    assert y.high > 9
    panel.set_logarithmic(True)
    assert panel.chart.view[1].high > math.log10(9)
    panel.grab()
    panel.set_branches([])
    assert panel.chart.view[0].high < 21


def test_a_branch_is_pointed_at_and_clicked(panel: LossPanel) -> None:
    chosen: list[int] = []
    steps: list[int] = []
    panel.branch_chosen.connect(chosen.append)
    panel.step_chosen.connect(steps.append)
    panel.set_branches([branch(4, np.full(21, 0.25), 3)])
    at = panel.chart.frame().point(5.5, 0.25)
    move(panel.chart, at)
    assert panel._branches.pointed is not None
    assert "branch 4" in panel._pointer.crosshair._words.toPlainText()
    panel.grab()
    click(panel.chart, at)
    click(panel.chart, panel.chart.frame().point(1.0, 0.25))
    assert chosen == [4]
    assert steps == [1], "before its beginning there is no branch to be clicked"
    move(panel.chart, QPointF(2, 2))
    assert panel._branches.pointed is None


def test_the_list_is_clicked_and_tells_the_losses_at_the_mouse(panel: LossPanel) -> None:
    chosen: list[int] = []
    panel.branch_chosen.connect(chosen.append)
    other = branch(0, np.linspace(2, 1, 11))
    panel.set_branches([other], branch(1, np.zeros(0), 5))
    frame = panel.chart.frame()
    rows = panel._legend.rows(frame)
    assert [(row.label, row.value) for row in rows[1:]] == [("branch 0", "1"), ("branch 1", "0")]
    box = panel._legend.box(frame)
    click(panel.chart, QPointF(box.center().x(), box.top() + 30))
    assert chosen == [0]
    move(panel.chart, frame.point(15.0, 0.2))
    assert [row.value for row in panel._legend.rows(frame)] == ["at step 15", "0.5", "–"]


def test_more_branches_than_there_is_room_for_are_counted(panel: LossPanel) -> None:
    panel.set_branches([branch(number, np.linspace(2, 1, 9)) for number in range(40)])
    rows = panel._legend.rows(panel.chart.frame())
    assert len(rows) < 15
    assert rows[0].label == f"{40 - len(rows) + 2} older not listed"


def test_branches_are_told_apart_by_more_than_colour() -> None:
    looks = {(branch_colour(LIGHT, n), tuple(branch_pen(LIGHT, n, 1.0).dashPattern())) for n in range(28)}
    assert len(looks) == 28


def test_a_spike_of_a_branch_is_drawn_though_its_line_is_dashed(panel: LossPanel) -> None:
    losses = 0.5 + 0.1 * np.random.default_rng(0).random(1_000_000)
    for at in (300_000, 301_300, 302_600, 303_900):
        losses[at] = 2.0
    panel.set_branches([branch(0, losses)])
    picture, frame = panel.grab().toImage(), panel.chart.frame()
    for at in (300_000, 301_300, 302_600, 303_900):
        place = frame.point(at, 1.5)
        near = [picture.pixelColor(round(place.x()) + aside, round(place.y())) for aside in range(-3, 4)]
        assert max(colour.green() - colour.red() for colour in near) > 60


def test_a_change_is_told_and_clicked(panel: LossPanel) -> None:
    steps: list[int] = []
    panel.step_chosen.connect(steps.append)
    panel.set_changes({8: "from here lr 0.1"})
    frame = panel.chart.frame()
    at = QPointF(frame.point(8, 0).x() + 3, frame.rect.bottom() - 8)
    move(panel.chart, at)
    assert "from here lr 0.1" in panel._pointer.crosshair._words.toPlainText()
    click(panel.chart, at)
    assert steps == [8]
    panel.set_changes({})
    move(panel.chart, at)
    assert "from here" not in panel._pointer.crosshair._words.toPlainText()


@pytest.mark.parametrize("factor", [0.3, 0.9, 0.999])
def test_smoothing_is_the_corrected_moving_average(factor: float) -> None:
    losses = np.random.default_rng(1).normal(size=CHUNK + 500)
    losses[[0, 7, CHUNK - 1, CHUNK]] = math.nan, math.inf, math.nan, -math.inf
    history = record(losses[:300])
    smoothing = Smoothing(history, factor)
    smoothing.update()
    rows = np.zeros((len(losses) - 300, 1))
    history.extend(losses[300:], rows, rows)
    smoothing.update()
    total = weight = 0.0
    expected = []
    for loss in losses.tolist():
        known = math.isfinite(loss)
        total = factor * total + (1 - factor) * (loss if known else 0.0)
        weight = factor * weight + (1 - factor) * known
        expected.append(total / weight if weight else math.nan)
    assert np.allclose(smoothing.values, expected, rtol=1e-9, atol=1e-12, equal_nan=True)


def test_smoothing_is_drawn_over_the_line_and_switched_off(panel: LossPanel) -> None:
    panel._view.set_smoothing(20)
    assert panel._curve.smoothing is not None
    assert panel._curve.smoothing.factor == pytest.approx(0.9)
    panel.grab()
    panel.set_history(record(np.ones(5)))
    assert len(panel._curve.smoothing.values) == 5
    panel._view.set_smoothing(0)
    assert panel._curve.smoothing is None
    assert factor_at(PLACES) == pytest.approx(0.999)


def test_logarithmic_steps_are_true_and_lose_no_spike(panel: LossPanel) -> None:
    losses = np.exp(-np.linspace(0, 8, 1_000_000))
    losses[[3, 612_345]] = 5.0, 7.0
    panel.set_history(record(losses))
    panel.set_step(1000)
    panel._log_steps.setChecked(True)
    frame = panel.chart.frame()
    places = frame.across(10.0 ** np.arange(6))
    assert np.allclose(np.diff(places), places[1] - places[0])
    assert frame.x_at(frame.point(500, 1.0)) == pytest.approx(500)
    assert panel.nearest(frame.point(3, 5.0)) == 3
    steps, line = sampled(panel._history.loss_curve, frame, 1.0, 1)
    assert (np.diff(steps) >= 0).all()
    assert (line[np.argmin(abs(steps - 3))], np.nanmax(line)) == (5.0, 7.0)
    assert len(line) < 40_000
    panel.set_step(0)
    panel.grab()
    panel._log_steps.setChecked(False)
    assert panel.chart.view[0].low < 0


def test_loss_axis_from_zero(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(12, 11, 21)))
    assert panel.chart.view[1].low > 10
    panel._from_zero.setChecked(True)
    assert panel.chart.view[1].low == 0
    panel.set_logarithmic(True)
    assert panel.chart.view[1].low == pytest.approx(math.log10(11), abs=0.01)
