"""What is drawn beside the loss: the right axis, the list of all lines, the mini map."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mouse import click, move
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui_app.core import series
from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.history import History
from gui_app.ui.curves.columns import columns_of, draw_columns
from gui_app.ui.curves.frame import mixed
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.curves.placing import emptiest, placed_at
from gui_app.ui.curves.span import Span
from gui_app.ui.theme import DARK, LIGHT

# The offscreen platform says this of every window that is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def record(losses: np.ndarray, gradient: float = 1.0) -> History:
    history = History(("x",), "float64")
    rows = np.asarray(losses, float)[:, None]
    history.extend(rows[:, 0], rows, gradient * rows)
    return history


def branch(number: int, losses: np.ndarray, start: int = 0) -> Branch:
    return Branch(number, record(losses), start, f"branch {number}")


@pytest.fixture
def panel(qtbot: QtBot) -> LossPanel:
    made = LossPanel(LIGHT)
    qtbot.addWidget(made)
    made.resize(720, 420)
    made.show()
    made.set_history(record(np.linspace(4, 1, 301)))
    return made


def settled(panel: LossPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not panel._later.isActive())


def test_nothing_is_computed_before_it_is_shown(panel: LossPanel) -> None:
    panel.refresh()
    assert panel._beside.shown == ()
    assert panel.chart.right.isVisible() is False
    assert panel.chart.second(panel.chart.frame()) == panel.chart.frame()


def test_a_secondary_curve_has_an_axis_a_row_and_a_reading(panel: LossPanel) -> None:
    panel.set_step(100)
    panel.set_beside({"gradient norm"})
    frame = panel.chart.frame()
    second = panel.chart.second(frame)
    assert second.log
    assert not frame.log
    assert second.y.low < 0 < math.log10(4) < second.y.high
    assert panel.chart.right.isVisible()
    assert panel.chart.right._caption == "gradient norm"
    assert "gradient norm 3" in [text for text, _ in panel.chart.reading]
    rows = panel._legend.rows(frame)
    assert [(row.label, row.value) for row in rows[1:]] == [("loss", "1"), ("gradient norm →", "1")]
    move(panel.chart, frame.point(200.0, 2.0))
    rows = panel._legend.rows(frame)
    assert [(row.label, row.value) for row in rows[1:]] == [("loss", "2"), ("gradient norm →", "2")]
    panel.set_beside(())
    assert not panel.chart.right.isVisible()
    assert panel._legend.rows(frame) == []


def test_the_curve_is_drawn_along_the_right_axis(panel: LossPanel) -> None:
    panel.set_history(record(np.full(301, 2.0), gradient=0.5))
    panel.set_beside({"distance"})
    panel.set_experiment(Experiment("x", (ParameterSpec("x", reference=1.0),)))
    panel.refresh()
    panel.grab()
    picture, second = panel.grab().toImage(), panel.chart.second(panel.chart.frame())
    at = second.point(60, 1.0)
    near = [picture.pixelColor(round(at.x()), round(at.y()) + aside).name() for aside in (-1, 0, 1)]
    assert LIGHT.muted in near
    assert panel._beside.caption == "distance (to the reference)"


def test_the_right_axis_fits_what_is_shown(panel: LossPanel) -> None:
    losses = np.ones(301)
    losses[250] = 1e6
    panel.set_history(record(losses))
    panel.set_beside({"gradient norm"})
    assert panel.chart.second(panel.chart.frame()).y.high > 6
    panel.chart.set_view(Span(0, 100), Span(0, 2))
    assert panel.chart.second(panel.chart.frame()).y.high < 1
    panel._log_right.setChecked(False)
    assert not panel.chart.second(panel.chart.frame()).log
    assert panel.chart.zoomed


def test_two_curves_share_the_axis_and_a_validation_loss_has_the_other_one(panel: LossPanel) -> None:
    history = record(np.linspace(4, 1, 301))
    for step in range(0, 301, 30):
        history.add_metrics(step, {"validation loss": 9.0, "accuracy": step / 301})
    panel.set_history(history)
    panel.set_beside({"validation loss", "accuracy", "update size"})
    assert [one.name for one in panel._beside.at_the_right] == ["update size", "accuracy"]
    assert panel._beside.caption == "further curves"
    assert panel.chart.view[1].high > 9
    labels = [row.label for row in panel._legend.rows(panel.chart.frame())]
    assert "validation loss" in labels
    assert "accuracy →" in labels
    for palette in (LIGHT, DARK):
        panel.apply_theme(palette)
        panel.grab()


def test_the_menu_offers_what_there_is(panel: LossPanel) -> None:
    assert panel._history is not None
    panel._view.aboutToShow.emit()
    assert list(panel._view._beside) == ["gradient norm", "update size", "learning rate", "distance"]
    panel._history.add_metrics(0, {"accuracy": 0.1})
    panel._view.aboutToShow.emit()
    panel._view._beside["accuracy"].trigger()
    panel._view._beside["gradient norm"].trigger()
    assert panel.beside == {"accuracy", "gradient norm"}
    panel._view._beside["accuracy"].trigger()
    assert panel.beside == {"gradient norm"}


def test_a_long_record_is_caught_up_with_little_by_little(
    panel: LossPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "SLICE", 1000)
    panel.set_history(record(np.linspace(4, 1, 50_001)))
    panel.set_beside({"gradient norm", "distance"})
    assert panel._later.isActive()
    settled(panel, qtbot)
    assert [len(one.series.values) for one in panel._beside.shown] == [50_001, 50_001]


def test_a_right_axis_is_in_the_picture(panel: LossPanel) -> None:
    panel.set_beside({"gradient norm"})
    image = QImage(720, 420, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        panel.picture().paint(painter, QRectF(0, 0, 720, 420))
    strip = [image.pixelColor(x, y).name() for x in range(690, 718) for y in range(100, 320)]
    assert any(QColor(colour).lightness() < 200 for colour in strip)


# The list of all lines


def test_values_are_sorted_as_the_lines_lie(panel: LossPanel) -> None:
    panel.set_branches([branch(n, np.full(301, value)) for n, value in enumerate((1.0, 7.0, math.nan, 3.0))])
    frame = panel.chart.frame()
    assert [row.label for row in panel._legend.rows(frame)][1:] == [
        *(f"branch {n}" for n in range(4)),
        "loss",
    ]
    move(panel.chart, frame.point(100.0, 3.5))
    rows = panel._legend.rows(frame)
    assert [row.value for row in rows] == ["at step 100", "7", "3", "3", "1", "nan"]


def test_sixteen_branches_are_all_told_at_the_mouse(panel: LossPanel) -> None:
    panel.set_branches([branch(n, np.full(301, 1.0 + n / 10)) for n in range(16)])
    frame = panel.chart.frame()
    move(panel.chart, frame.point(20.0, 3.9))
    rows = panel._legend.rows(frame)
    assert len([row for row in rows if row.branch is not None]) == 16
    assert panel._legend.box(frame).bottom() <= frame.rect.bottom()


def test_the_list_keeps_away_from_the_mouse_that_reads(panel: LossPanel) -> None:
    panel.set_branches([branch(n, np.full(301, 1.0 + n / 10)) for n in range(16)])
    frame = panel.chart.frame()
    rest = panel._legend.box(frame)
    below = QPointF(rest.center().x(), rest.bottom() + 20)
    move(panel.chart, below)
    assert panel._pointer.crosshair.step is not None
    assert not panel._legend.box(frame).contains(below)
    move(panel.chart, rest.center())
    assert panel._legend.box(frame).contains(rest.center())
    assert panel._pointer.crosshair.step is None
    chosen: list[int] = []
    panel.branch_chosen.connect(chosen.append)
    click(panel.chart, rest.center())
    assert len(chosen) == 1


def test_a_branch_that_is_pointed_at_dims_the_others(panel: LossPanel) -> None:
    panel.set_branches([branch(0, np.full(301, 3.7)), branch(1, np.full(301, 1.3), 3)])
    frame = panel.chart.frame()
    place = frame.point(20, 4 - 3 * 20 / 300)
    strong = panel.grab().toImage().pixelColor(place.toPoint()).name()
    move(panel.chart, frame.point(240, 1.3))
    assert panel._branches.pointed is not None
    assert panel._branches.pointed.number == 1
    assert panel._curve.dimmed
    faint = panel.grab().toImage().pixelColor(place.toPoint()).name()
    assert strong == LIGHT.accent
    assert QColor(faint).lightness() > QColor(strong).lightness() + 40
    panel.set_branches([])
    assert not panel._curve.dimmed


def test_losses_of_branches_that_cannot_be_drawn_are_marked(panel: LossPanel) -> None:
    losses = np.full(301, 2.0)
    losses[150] = math.nan
    panel.set_branches([branch(2, losses)])
    frame, picture = panel.chart.frame(), panel.grab().toImage()
    x, y = round(float(frame.across(150))), round(frame.rect.bottom() - 8)
    around = {picture.pixelColor(x + i, y + j).name() for i in (-1, 0, 1) for j in (-1, 0, 1)}
    assert any(QColor(colour).saturation() > 60 for colour in around)


def test_a_branch_that_diverges_leaves_the_axis_to_the_others(panel: LossPanel) -> None:
    panel.set_branches([branch(0, np.geomspace(4, 1e30, 301))])
    assert panel.chart.view[1].high < 100
    panel.set_branches([branch(0, np.linspace(4, 12, 301))])
    assert panel.chart.view[1].high > 12


def test_the_list_lies_where_the_lines_are_not() -> None:
    plot, size = QRectF(0, 0, 400, 300), QSizeF(100, 80)
    xs = np.linspace(0, 400, 200)
    falling, rising = (xs, 300 * xs / 400), (xs, 300 - 300 * xs / 400)
    assert emptiest([falling], size, plot, (1, 0)) == (1, 0)
    assert emptiest([rising], size, plot, (1, 0)) == (1, 1)
    assert emptiest([], size, plot, (0, 1)) == (0, 1)
    assert plot.contains(placed_at((1, 1), size, plot))


# The mini map


def zoomed(panel: LossPanel) -> None:
    panel.chart.set_view(Span(100, 150), Span(0, 5))
    panel.grab()


def centre(panel: LossPanel, step: float) -> QPoint:
    return QPoint(round(panel.map._x(step)), panel.map.height() // 2)


def drag(panel: LossPanel, start: QPoint, *way: QPoint) -> None:
    QTest.mousePress(panel.map, Qt.MouseButton.LeftButton, pos=start)
    for at in way:
        QTest.mouseMove(panel.map, at)
    QTest.mouseRelease(panel.map, Qt.MouseButton.LeftButton, pos=way[-1])


def test_the_map_is_there_while_the_plot_is_zoomed(panel: LossPanel) -> None:
    assert panel.map.isHidden()
    zoomed(panel)
    assert panel.map.isVisible()
    assert panel.map._x(0) == pytest.approx(float(panel.chart.frame().rect.left()), abs=0.02 * 720)
    QTest.mouseDClick(panel.map, Qt.MouseButton.LeftButton, pos=centre(panel, 200))
    assert panel.map.isHidden()
    assert not panel.chart.zoomed


def test_the_window_is_dragged_widened_and_put_elsewhere(panel: LossPanel) -> None:
    zoomed(panel)
    drag(panel, centre(panel, 125), centre(panel, 175), centre(panel, 225))
    x, y = panel.chart.view
    assert (x.low, x.high) == pytest.approx((200, 250), abs=1)
    assert y.high < 3.2, "heights follow"
    drag(panel, centre(panel, 250), centre(panel, 280))
    assert (panel.chart.view[0].low, panel.chart.view[0].high) == pytest.approx((200, 280), abs=1)
    drag(panel, centre(panel, 200), centre(panel, 260))
    assert (panel.chart.view[0].low, panel.chart.view[0].high) == pytest.approx((260, 280), abs=1)
    QTest.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=centre(panel, 50))
    assert (panel.chart.view[0].low, panel.chart.view[0].high) == pytest.approx((40, 60), abs=1)
    drag(panel, centre(panel, 50), QPoint(-500, 10))
    assert panel.chart.view[0].low == pytest.approx(panel.chart.home[0].low)


def test_the_map_works_on_logarithmic_steps_and_grows_with_the_run(panel: LossPanel) -> None:
    panel._log_steps.setChecked(True)
    panel.chart.set_view(Span(1.0, 1.5), Span(0, 5))
    panel.grab()
    drag(panel, centre(panel, 1.25), centre(panel, 0.75))
    assert (panel.chart.view[0].low, panel.chart.view[0].high) == pytest.approx((0.5, 1.0), abs=0.02)
    before = panel.chart.view
    assert panel._history is not None
    panel._history.extend(np.full(9000, 1.0), np.ones((9000, 1)), np.ones((9000, 1)))
    panel.refresh()
    assert panel.chart.view == before
    assert panel.map._frame.x.high > math.log10(9000)
    panel.apply_theme(DARK)
    assert panel.map.grab().toImage().pixelColor(1, 1).name() == DARK.panel


# One step in ten million


@pytest.fixture(scope="module")
def long_record() -> History:
    losses = np.full(10_000_000, 1.0)
    losses[6_543_210] = 3.0
    return record(losses, 0.0)


@pytest.mark.parametrize("steps", [10_000_000, 1_000_000, 50_000, 3_000, 100, 6])
def test_a_spike_of_one_step_in_ten_million_is_seen_at_every_zoom(
    panel: LossPanel, long_record: History, steps: int
) -> None:
    panel.set_history(long_record)
    low = min(max(6_543_210 - 0.4 * steps, 0), 10_000_000 - steps)
    panel.chart.set_view(Span(low, low + steps), Span(0.5, 3.5))
    panel.grab()
    picture, place = panel.grab().toImage(), panel.chart.frame().point(6_543_210, 2.9)
    near = [picture.pixelColor(round(place.x()) + aside, round(place.y())) for aside in range(-4, 5)]
    assert max(colour.blue() - colour.red() for colour in near) > 60
    if not panel.map.isHidden():
        strip = panel.map._drawn().toImage()
        at = panel.map._frame.point(6_543_210, 2.9)
        near = [strip.pixelColor(round(at.x()) + aside, round(at.y())) for aside in range(-3, 4)]
        assert max(colour.blue() - colour.red() for colour in near) > 60


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("density", [1.0, 2.0])
def test_columns_reach_from_the_lowest_to_the_highest_point(density: float) -> None:
    random = np.random.default_rng(3)
    xs, ys = np.sort(random.uniform(10, 90, 3000)), random.uniform(20, 70, 3000)
    found = columns_of(xs * density, ys * density, 0, int(100 * density))
    assert found is not None
    image = QImage(int(100 * density), int(100 * density), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(density, density)
    draw_columns(painter, found.thickened(1), QColor("#2460c7"), density, QRectF(0, 0, 100, 100))
    painter.end()
    for column in range(found.first, found.first + len(found.low)):
        painted = [y for y in range(image.height()) if image.pixelColor(column, y).name() == "#2460c7"]
        inside = np.floor(xs * density) == column
        if inside.any():
            assert painted[0] <= np.floor(ys[inside].min() * density)
            assert painted[-1] >= np.floor(ys[inside].max() * density)
        assert painted == list(range(painted[0], painted[-1] + 1))


def test_faint_colours_are_opaque() -> None:
    assert mixed("#000000", "#ffffff", 0.0) == "#ffffff"
    assert mixed("#102030", "#ffffff", 1.0) == "#102030"
    assert mixed("#000000", "#ffffff", 0.5) in ("#7f7f7f", "#808080")
