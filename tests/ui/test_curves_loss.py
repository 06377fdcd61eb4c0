"""The loss panel: complete, live, and the cursor that everyone follows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mouse import click, drag, move, wheel
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui_app.core.history import History
from gui_app.ui.curves.loss_panel import EMPTY, LossPanel
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.sampling import sampled
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.strokes import draw_line, polygon, runs
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.theme import DARK, LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def record(losses: np.ndarray) -> History:
    history = History(("x",), "float64")
    rows = np.zeros((len(losses), 1))
    history.extend(np.asarray(losses, float), rows, rows)
    return history


def more(history: History, losses: np.ndarray) -> None:
    rows = np.zeros((len(losses), 1))
    history.extend(np.asarray(losses, float), rows, rows)


@pytest.fixture
def panel(qtbot: QtBot) -> LossPanel:
    made = LossPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(560, 360)
    made.show()
    return made


def test_empty_panel_says_what_to_do(panel: LossPanel) -> None:
    assert panel.chart.message == EMPTY
    panel.set_history(record(np.empty(0)))
    assert panel.chart.message == EMPTY
    panel.set_history(record(np.array([1.0])))
    assert panel.chart.message == ""
    panel.grab()
    panel.set_history(None)
    assert panel.chart.message == EMPTY
    panel.grab()


def test_cursor_follows_the_step_and_reads_it_out(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 0, 21)))
    panel.set_step(7)
    assert panel.chart.cursor_at == 7
    assert [text for text, _ in panel.chart.reading] == ["step 7", "loss 1.3"]
    panel.set_step(99)
    assert panel.chart.cursor_at is None
    assert panel.chart.reading == ()


def test_dragging_the_cursor_chooses_steps(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 0, 21)))
    panel.set_step(5)
    chosen: list[int] = []
    panel.step_chosen.connect(chosen.append)
    frame = panel.chart.frame()
    drag(panel.chart, frame.point(5, 1.8), frame.point(12, 0.3), QPointF(5000, 50))
    assert sorted(set(chosen)) == [12, 20]
    assert panel.chart.cursor_at == 5, "the line stays where it is until someone shows another step"
    assert not panel.chart.zoomed


def test_click_chooses_the_step_below(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 0, 21)))
    chosen: list[int] = []
    panel.step_chosen.connect(chosen.append)
    click(panel.chart, panel.chart.frame().point(9.2, 1.0))
    assert chosen == [9]


def test_mouse_finds_a_spike_of_one_step_among_many(panel: LossPanel) -> None:
    losses = np.full(100_000, 0.5)
    losses[41_234] = 7.0
    panel.set_history(record(losses))
    assert panel.nearest(panel.chart.frame().point(41_240, 7.0)) == 41_234


def test_a_million_steps_keep_a_spike_of_one_step(panel: LossPanel) -> None:
    losses = np.exp(-np.linspace(0, 8, 1_000_000))
    losses[612_345] = 3.25
    panel.set_history(record(losses))
    assert panel._history is not None
    steps, line = sampled(panel._history.loss_curve, panel.chart.frame(), 1.0)
    assert len(line) < 20_000
    assert line.max() == 3.25
    assert abs(steps[np.argmax(line)] - 612_345) < 1_000_000 / 400
    assert panel.chart.view[1].high > 3.25


@pytest.mark.parametrize("pixels", [300, 1500])
def test_a_spike_is_drawn_up_to_its_height(qtbot: QtBot, pixels: int) -> None:
    panel = LossPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.resize(pixels, 300)
    losses = np.zeros(1_000_000)
    losses[500_000] = 1.0
    panel.set_history(record(losses))
    panel.show()
    picture = panel.grab().toImage()
    frame = panel.chart.frame()
    x, y = round(frame.point(500_000, 0.9).x()), round(frame.point(500_000, 0.5).y())
    near = [
        picture.pixelColor(x + aside, y).blue() - picture.pixelColor(x + aside, y).red()
        for aside in range(-4, 5)
    ]
    assert max(near) > 60


def test_zoom_survives_updates_until_fit(panel: LossPanel) -> None:
    history = record(np.linspace(2, 1, 200))
    panel.set_history(history)
    wheel(panel.chart, panel.chart.frame().rect.center(), 360)
    zoomed = panel.chart.view
    assert panel.chart.zoomed
    assert zoomed[0].length < 0.6 * 200
    more(history, np.linspace(1, 0, 800))
    panel.refresh()
    assert panel.chart.view == zoomed
    assert panel._fit.isVisible()
    QTest.mouseDClick(
        panel.chart.viewport(), Qt.MouseButton.LeftButton, pos=panel.chart.frame().rect.center().toPoint()
    )
    assert not panel.chart.zoomed
    assert panel.chart.view[0].high >= 999
    more(history, np.full(1000, 0.5))
    panel.refresh()
    assert panel.chart.view[0].high >= 1999


def test_wheel_over_an_axis_zooms_that_axis_only(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 1, 200)))
    rect, (x, y) = panel.chart.frame().rect, panel.chart.view
    wheel(panel.chart, QPointF(rect.center().x(), rect.bottom() + 12), 120)
    assert panel.chart.view[0] != x
    assert panel.chart.view[1] == y


def test_zoom_ends_before_numbers_do(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 1, 200)))
    panel.set_step(100)
    for turn in (1200, -1200):
        for _ in range(200):
            wheel(panel.chart, panel.chart.frame().rect.center(), turn)
        panel.grab()
        assert all(0 < span.length < math.inf for span in panel.chart.view)
    panel.chart.fit()
    assert panel.chart.view[0].high == pytest.approx(1.02 * 199)


def test_drag_pans_and_shift_drag_zooms_into_the_rectangle(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 1, 101)))
    frame = panel.chart.frame()
    drag(panel.chart, frame.point(40, 1.5), frame.point(50, 1.5), frame.point(60, 1.5))
    assert panel.chart.view[0].low == pytest.approx(frame.x.low - 20, abs=0.3)
    assert panel.chart.view[0].length == pytest.approx(frame.x.length)
    panel.chart.fit()
    shift = Qt.KeyboardModifier.ShiftModifier
    drag(panel.chart, frame.point(20, 1.9), frame.point(40, 1.5), frame.point(50, 1.2), held=shift)
    x, y = panel.chart.view
    assert (x.low, x.high) == pytest.approx((20, 50), abs=0.3)
    assert (y.low, y.high) == pytest.approx((1.2, 1.9), abs=0.01)


ODD = np.array([3.0, 0.0, -2.0, math.nan, math.inf, -math.inf, 1e-9, 5.0])


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "losses", [ODD, np.full(5, math.nan), np.zeros(5), -np.ones(5), np.repeat(ODD, 5000)]
)
def test_odd_losses_are_marked_and_never_crash(panel: LossPanel, losses: np.ndarray, log: bool) -> None:
    panel.set_history(record(losses))
    panel.set_logarithmic(log)
    for step in (0, 3, len(losses) - 1):
        panel.set_step(step)
    panel.grab()
    odd = ~np.isfinite(losses) | (log & (losses <= 0))
    assert panel._curve.odd is not None
    assert panel._curve.odd.steps(log=log).tolist() == np.flatnonzero(odd).tolist()
    assert any("first at" in text for text, _ in panel.chart.reading) == odd.any()


def test_odd_losses_are_found_as_the_run_grows(panel: LossPanel) -> None:
    history = record(np.ones(10))
    panel.set_history(history)
    more(history, np.array([1.0, math.nan]))
    panel.refresh()
    more(history, np.array([math.inf]))
    panel.refresh()
    assert panel._curve.odd is not None
    assert panel._curve.odd.steps(log=False).tolist() == [11, 12]


def test_log_axis_is_a_true_one_and_zoom_keeps_its_steps(panel: LossPanel) -> None:
    panel.set_history(record(10.0 ** -np.arange(11.0)))
    panel.set_logarithmic(True)
    frame = panel.chart.frame()
    heights = frame.down(10.0 ** -np.arange(11.0))
    assert np.allclose(np.diff(heights), heights[1] - heights[0])
    panel.set_logarithmic(False)
    panel.chart.set_view(Span(2, 5), Span(0, 1))
    panel.set_logarithmic(True)
    assert panel.chart.view[0] == Span(2, 5)
    assert panel.chart.frame().log


def test_crosshair_reads_the_step_under_the_mouse(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 0, 21)))
    move(panel.chart, panel.chart.frame().point(4.1, 1.0))
    assert panel._pointer.crosshair.step == 4
    panel.grab()
    move(panel.chart, QPointF(2, 2))
    assert panel._pointer.crosshair.step is None


def test_crosshair_of_a_resting_mouse_follows_the_run(panel: LossPanel) -> None:
    history = record(np.array([12.5, 11.0]))
    panel.set_history(history)
    at = panel.chart.frame().point(1.0, 11.0)
    move(panel.chart, at)
    assert panel._pointer.crosshair.step == 1
    more(history, np.linspace(10, 1, 99))
    panel.refresh()
    assert panel._pointer.crosshair.step == panel.nearest(at) > 90
    assert (
        f"loss {said(history.losses[panel._pointer.crosshair.step])}"
        in panel._pointer.crosshair._words.toPlainText()
    )
    panel.set_history(None)
    assert panel._pointer.crosshair.step is None
    panel.set_history(history)
    assert panel._pointer.crosshair.step == panel.nearest(at)


def test_crosshair_bears_every_loss_and_is_no_part_of_a_picture(panel: LossPanel) -> None:
    panel.set_history(record(np.array([1e300, -1e300, math.nan, math.inf, 1e-300, 2.0])))
    for log in (False, True):
        panel.set_logarithmic(log)
        for step in range(6):
            move(panel.chart, QPointF(panel.chart.frame().point(step, 0).x(), 120))
            assert panel._pointer.crosshair.step == step
            panel.grab()
    image = QImage(560, 360, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        panel.picture().paint(painter, QRectF(0, 0, 560, 360))
    assert panel._pointer.crosshair.step is None


def test_a_refresh_costs_one_repaint_at_most(panel: LossPanel, qtbot: QtBot) -> None:
    class Painted(QObject):
        count = 0

        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    history = record(np.linspace(2, 1, 900))
    panel.set_history(history)
    qtbot.wait(20)
    painted = Painted()
    panel.chart.viewport().installEventFilter(painted)
    for _ in range(5):
        more(history, np.linspace(1, 0.9, 10))
        panel.refresh()
        panel.set_step(history.last)
        qtbot.wait(20)
    assert painted.count == 5
    panel.set_step(3)
    panel.set_step(4)
    qtbot.wait(20)
    assert painted.count == 6


def test_context_menu_is_the_picture_menu_alone(panel: LossPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[QPoint] = []
    monkeypatch.setattr(PictureMenu, "popup", lambda _self, at: shown.append(at))
    panel.set_history(record(np.linspace(2, 1, 20)))
    at = QPoint(200, 150)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(
        panel.chart.viewport(), QContextMenuEvent(reason, at, panel.chart.viewport().mapToGlobal(at))
    )
    QTest.mouseClick(panel.chart.viewport(), Qt.MouseButton.RightButton, pos=at)
    assert len(shown) == 1
    assert not panel.chart.zoomed
    assert QApplication.activePopupWidget() is None


def test_log_axis_chosen_before_the_run_is_there_when_it_comes(panel: LossPanel) -> None:
    panel.set_logarithmic(True)
    panel.set_history(record(10.0 ** -np.arange(11.0)))
    assert panel.chart.frame().log
    assert panel.chart.view[1].low == pytest.approx(-10.6)


def test_themes_paint_their_own_background(panel: LossPanel) -> None:
    panel.set_history(record(np.linspace(2, 0, 21)))
    for palette in (LIGHT, DARK):
        panel.apply_theme(palette)
        assert panel.grab().toImage().pixelColor(3, 200).name() == palette.panel


def test_polygon_and_runs() -> None:
    xs, ys = np.arange(5.0), np.array([1.0, math.nan, 2.0, 3.0, math.nan])
    assert [(part.start, part.stop) for part in runs(xs, ys)] == [(0, 1), (2, 4)]
    made = polygon(xs[2:4], ys[2:4])
    assert [(point.x(), point.y()) for point in made] == [(2.0, 2.0), (3.0, 3.0)]
    assert polygon(xs[:0], ys[:0]).isEmpty()


@pytest.mark.parametrize("count", [1, 2, 100, 1000, 100_000])
@pytest.mark.usefixtures("qapp")
def test_lines_of_any_length_reach_their_ends(count: int) -> None:
    image = QImage(200, 100, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_line(painter, np.linspace(10, 190, count), np.linspace(20, 80, count), 2.0)
    painter.end()
    assert image.pixelColor(10, 20).lightness() < 160
    assert count == 1 or image.pixelColor(189, 79).lightness() < 200


def test_captions_are_rewritten_and_centred_when_there_is_room(panel: LossPanel) -> None:
    bottom = panel.chart.bottom
    panel.resize(240, 300)
    panel.chart.set_axes("a caption that is far too long for so narrow a plot", "loss")
    panel.grab()
    assert bottom.labelText.endswith("…")
    panel.resize(700, 300)
    panel.grab()
    assert bottom.labelText == "a caption that is far too long for so narrow a plot"
    panel.chart.set_axes("k", "loss")
    panel.grab()
    middle = bottom.label.pos().x() + bottom.label.boundingRect().width() / 2
    assert abs(middle - bottom.width() / 2) <= 1


def test_the_list_of_curves_can_be_switched_off(panel: LossPanel) -> None:
    panel.set_history(record(np.array([3.0, 2.0, 1.0])))
    panel.set_beside({"gradient norm"})
    frame = panel.chart.frame()
    assert panel._legend.rows(frame)
    entry = next(a for a in panel._view.actions() if a.text() == "List of curves")
    entry.setChecked(False)
    assert not panel._legend.rows(frame)
    panel._legend.step = 1
    assert panel._legend.rows(frame), "where the mouse is it tells the values all the same"
