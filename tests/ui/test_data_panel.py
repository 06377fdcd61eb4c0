"""The panel of data, driven by the real answers of the engine."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPicture, QTextDocumentFragment
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.experiment import Experiment, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.fit import FitAsked
from gui_app.core.history import History
from gui_app.core.moment import Moment
from gui_app.core.numbers import short
from gui_app.engine.data import read_prepared
from gui_app.engine.lenses.questions import Questions
from gui_app.language.model_text import program_of
from gui_app.ui.data import marks
from gui_app.ui.data.coefficients_view import CoefficientsView
from gui_app.ui.data.confusion_view import ConfusionView
from gui_app.ui.data.fit_view import FitView
from gui_app.ui.data.images_view import ImagesView, _caption
from gui_app.ui.data.metrics_line import recorded
from gui_app.ui.data.network_columns import stages_of
from gui_app.ui.data.network_view import NetworkView
from gui_app.ui.data.panel import SCRIPT, WAITING, DataPanel
from gui_app.ui.data.pictures import Paper
from gui_app.ui.data.table_view import TableView
from gui_app.ui.data.taking import Taking
from gui_app.ui.resources import Icons
from gui_app.ui.theme import DARK, LIGHT
from gui_app.ui.view_buttons import ViewButtons

LINE = DataSpec(
    generate="regression", settings={"rows": 40, "weights": (2.0,), "noise": 0.5}, validation=0.25
)
MOONS = DataSpec(generate="moons", settings={"rows": 60}, validation=0.25, batch_size=10, shuffle=True)
IRIS = DataSpec(builtin="iris", validation=0.2, standardize=True)
DIGITS = DataSpec(builtin="digits", validation=0.25, batch_size=64)


def fitted(data: DataSpec, model: ModelSpec) -> Experiment:
    text, parameters = program_of(model, read_prepared(data, 0)[1])
    return Experiment(text, parameters, run=RunSpec(20), data=data, model=model)


def moment(experiment: Experiment, step: int = 0, steps: int = 9, **given: object) -> Moment:
    """A record whose parameters are drawn at random."""
    columns = tuple(name for spec in experiment.trained for name in spec.element_names())
    rows = np.random.default_rng(0).normal(size=(steps, len(columns))).astype("float32")
    history = History(columns, "float32")
    history.extend(np.ones(steps), rows, np.zeros_like(rows))
    return Moment(experiment, history, step, Branch(0, history, 0, "first run"), **given)  # type: ignore[arg-type]


class Asked:
    """A panel whose questions are answered by the engine when the test says so."""

    def __init__(self, panel: DataPanel) -> None:
        self.panel = panel
        self.questions: list[FitAsked] = []
        self._engine = Questions()
        panel.asked.connect(self.questions.append)

    def answer(self) -> None:
        try:
            self.panel.take(self._engine.answer(self.questions[-1], lambda: False))
        except Exception as error:
            self.panel.fail(error.fault)  # type: ignore[attr-defined]

    def show(self, experiment: Experiment, step: int = 0) -> Moment:
        shown = moment(experiment, step)
        self.panel.set_moment(shown)
        self.answer()
        return shown

    def choose(self, kind: type) -> None:
        """Show that view, and answer what it asks for."""
        known = len(self.questions)
        self.panel.choose(next(view for view in self.panel.views if isinstance(view, kind)))
        self.settle()
        if len(self.questions) > known:
            self.answer()

    def settle(self) -> None:
        """As if the pause between two questions were over."""
        if self.panel._later.isActive():
            self.panel._later.stop()
            self.panel.refresh()

    def close(self) -> None:
        self._engine.close()


@pytest.fixture
def asked(qtbot: QtBot) -> Iterator[Asked]:
    panel = DataPanel(LIGHT, Icons(LIGHT))
    qtbot.addWidget(panel)
    panel.resize(480, 420)
    panel.show()
    made = Asked(panel)
    yield made
    made.close()


def offered(panel: DataPanel) -> list[str]:
    return [panel.button_of(view).text() for view in panel.views if panel.button_of(view).isVisibleTo(panel)]


def pixels(panel: DataPanel) -> bytes:
    image = panel.grab().toImage()
    return bytes(image.constBits())


def test_without_data_it_says_where_to_get_some(asked: Asked) -> None:
    heard: list[object] = []
    panel = asked.panel
    panel.open_wanted.connect(lambda: heard.append("open"))
    panel.builtin_wanted.connect(heard.append)
    panel.generate_wanted.connect(heard.append)
    panel.set_moment(moment(Experiment("x**2", (ParameterSpec("x"),))))
    assert asked.questions == []
    assert panel.empty.isVisible()
    panel.empty.open_button.click()
    actions = {action.text().split("\t")[0]: action for action in panel.empty.sets_button.menu().actions()}
    actions["Iris"].trigger()
    actions["Moons"].trigger()
    assert heard == ["open", "iris", "moons"]


def test_before_the_first_step(asked: Asked) -> None:
    experiment = fitted(LINE, ModelSpec("linear"))
    asked.panel.set_moment(Moment(experiment, None, 0, Branch(0, History((), "float32"), 0, "")))
    assert asked.panel.message == WAITING
    assert asked.panel.picture() is None


def test_a_script_keeps_its_data(asked: Asked) -> None:
    asked.panel.set_moment(moment(fitted(LINE, ModelSpec("linear")), is_script=True))
    assert asked.panel.message == SCRIPT
    assert asked.questions == []


@pytest.mark.parametrize(
    ("data", "model", "views"),
    [
        (LINE, ModelSpec("linear"), ["Fit", "Predictions", "Coefficients", "Table"]),
        (LINE, ModelSpec("polynomial"), ["Fit", "Predictions", "Coefficients", "Weights", "Table"]),
        (MOONS, ModelSpec("perceptron"), ["Regions", "Confusion", "Weights", "Network", "Table"]),
        (IRIS, ModelSpec("softmax"), ["Regions", "Confusion", "Weights", "Network", "Table"]),
    ],
)
def test_only_views_that_make_sense(asked: Asked, data: DataSpec, model: ModelSpec, views: list[str]) -> None:
    asked.show(fitted(data, model))
    assert offered(asked.panel) == views


def test_every_view_of_pictures_is_painted(asked: Asked) -> None:
    asked.show(fitted(DIGITS, ModelSpec("perceptron", layers=(20, 3))))
    seen = set()
    for view in asked.panel.views:
        if asked.panel.button_of(view).isVisibleTo(asked.panel):
            asked.choose(type(view))
            assert asked.panel.view is view
            seen.add(pixels(asked.panel))
    assert len(seen) == 6


def test_one_feature_of_classes(asked: Asked) -> None:
    for features in (("x1",), ("x1", "x2")):
        data = DataSpec(generate="moons", settings={"rows": 60}, features=features, target="y")
        asked.show(fitted(data, ModelSpec("logistic")))
        assert asked.panel.picture() is not None
        before = pixels(asked.panel)
        asked.panel.apply_theme(DARK)
        assert pixels(asked.panel) != before
        asked.panel.apply_theme(LIGHT)
        assert pixels(asked.panel) == before
    data = DataSpec(builtin="iris", features=("petal_length",), target="species")
    asked.show(fitted(data, ModelSpec("softmax")))
    assert isinstance(asked.panel.view, FitView)
    assert asked.panel.view.chart.bottom.labelText == "petal_length"


def test_the_choice_is_kept(asked: Asked) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    asked.choose(TableView)
    asked.show(fitted(MOONS, ModelSpec("perceptron")))
    assert isinstance(asked.panel.view, TableView)
    asked.choose(ConfusionView)
    asked.show(fitted(LINE, ModelSpec("linear")))
    assert isinstance(asked.panel.view, FitView)
    asked.settle()
    asked.answer()
    asked.show(fitted(MOONS, ModelSpec("perceptron")))
    assert isinstance(asked.panel.view, ConfusionView)


def test_it_asks_for_one_step_after_the_other(asked: Asked) -> None:
    experiment = fitted(MOONS, ModelSpec("perceptron"))
    shown = asked.show(experiment)
    for step in (1, 2, 3):
        asked.panel.set_moment(Moment(experiment, shown.history, step, shown.branch))
    assert [question.step for question in asked.questions] == [0]
    asked.settle()
    assert [question.step for question in asked.questions] == [0, 3]
    asked.panel.set_moment(Moment(experiment, shown.history, 5, shown.branch))
    assert [question.step for question in asked.questions] == [0, 3]
    asked.answer()
    asked.settle()
    assert [question.step for question in asked.questions] == [0, 3, 5]
    asked.answer()
    asked.settle()
    assert len(asked.questions) == 3
    assert asked.panel.fit is not None
    assert asked.panel.fit.step == 5


def test_a_fault_is_told_and_another_step_is_asked_about(asked: Asked) -> None:
    shown = asked.show(fitted(LINE, ModelSpec("linear")))
    asked.settle()
    asked.panel.set_moment(Moment(shown.experiment, shown.history, 1, shown.branch))
    asked.panel.fail(Fault("It is too long."))
    assert asked.panel.message == "It is too long."
    asked.panel.set_moment(Moment(shown.experiment, shown.history, 2, shown.branch))
    asked.answer()
    assert asked.panel.message == ""


def test_metrics_come_from_the_record_where_it_has_them(asked: Asked) -> None:
    shown = asked.show(fitted(LINE, ModelSpec("linear")), step=1)
    assert asked.questions[-1].metrics
    assert "training" in asked.panel.metrics.text()
    history = shown.history
    assert history is not None
    history.add_metrics(4, {"training loss": 0.125, "training accuracy": 0.5})
    assert recorded(history, 3) == {}
    assert recorded(history, 4) == {"training loss": 0.125, "training accuracy": 0.5}
    asked.settle()
    asked.panel.set_moment(Moment(shown.experiment, history, 4, shown.branch))
    assert not asked.questions[-1].metrics
    asked.answer()
    assert "0.125" in asked.panel.metrics.text()
    assert "50.0%" in asked.panel.metrics.text()


def test_predictions_without_a_name_are_told(asked: Asked) -> None:
    asked.show(Experiment("((w * x1 - y)**2).mean()", (ParameterSpec("w"),), data=NAMED))
    assert "y_hat" in asked.panel.metrics.text()
    assert not asked.panel.taking.predictions_action.isEnabled()


NAMED = DataSpec(generate="regression", settings={"rows": 9, "weights": (2.0,)}, features=("x1",), target="y")


def test_a_click_on_a_point_follows_its_row(asked: Asked) -> None:
    asked.show(fitted(MOONS, ModelSpec("perceptron", layers=(4,))))
    view = asked.panel.view
    assert isinstance(view, FitView)
    place = view.fit.plane.points[17]
    frame = view.chart.frame()
    view.chart.clicked.emit(frame.point(*place))
    asked.settle()
    assert asked.questions[-1].sample == 17
    asked.answer()
    asked.choose(NetworkView)
    assert asked.questions[-1].layers
    assert not asked.questions[-1].plane
    view = asked.panel.view
    assert isinstance(view, NetworkView)
    assert view.caption().startswith(f"row {view.fit.data.rows[17] + 1}:")
    asked.choose(TableView)
    view = asked.panel.view
    assert isinstance(view, TableView)
    assert view.table.currentIndex().row() == 17
    view.table.clicked.emit(view.model.index(17, 0))
    asked.settle()
    assert asked.questions[-1].sample is None


def test_clicks_beside_points_are_nothing(asked: Asked) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    asked.settle()
    view = asked.panel.view
    assert isinstance(view, FitView)
    view.chart.clicked.emit(QPointF(-500.0, -500.0))
    asked.settle()
    assert len(asked.questions) == 1


def test_residuals_can_be_left_out(asked: Asked) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    view = asked.panel.view
    assert isinstance(view, FitView)
    before = pixels(asked.panel)
    view._toggle.click()
    assert pixels(asked.panel) != before


def test_a_pair_of_features_can_be_chosen(asked: Asked) -> None:
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    view = asked.panel.view
    assert isinstance(view, FitView)
    assert asked.questions[-1].axes is None
    view.choices.across.choose(2)
    asked.settle()
    assert asked.questions[-1].axes == (2, 1)
    asked.answer()
    assert view.chart.bottom.labelText == "petal_length"
    view.choices.across.choose(1)
    asked.settle()
    assert asked.questions[-1].axes == (1, 0)
    view.choices.across.choose(-1)
    asked.answer()
    asked.settle()
    assert asked.questions[-1].axes is None


def test_the_table(asked: Asked) -> None:
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    asked.choose(TableView)
    view = asked.panel.view
    assert isinstance(view, TableView)
    model, fit = view.model, asked.panel.fit
    assert fit is not None
    names = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
    assert names == [
        *("species", "prediction", "probability"),
        *("sepal_length", "sepal_width", "petal_length", "petal_width"),
    ]
    assert model.rowCount() == 150
    assert model.data(model.index(0, 0)) == "setosa"
    assert model.data(model.index(0, 3)) == "5.1"
    wrong = int(np.flatnonzero(fit.classes != fit.truth)[0])
    colour = model.data(model.index(wrong, 1), Qt.ItemDataRole.ForegroundRole)
    assert colour.name() == LIGHT.error
    held = int(fit.data.validation[0])
    assert model.headerData(held, Qt.Orientation.Vertical) == f"◇ {held + 1}"


def test_rows_of_the_batch_are_marked(asked: Asked) -> None:
    asked.show(fitted(MOONS, ModelSpec("logistic")), step=2)
    asked.choose(TableView)
    view, fit = asked.panel.view, asked.panel.fit
    assert isinstance(view, TableView)
    assert fit is not None
    marked = [
        row
        for row in range(view.model.rowCount())
        if view.model.data(view.model.index(row, 0), Qt.ItemDataRole.BackgroundRole) is not None
    ]
    assert marked == sorted(fit.batch.tolist())


def test_the_batch_can_be_shown_alone(asked: Asked) -> None:
    experiment = fitted(MOONS, ModelSpec("logistic"))
    asked.show(experiment, step=2)
    asked.choose(TableView)
    view = asked.panel.view
    assert isinstance(view, TableView)
    assert view._count.text() == "60"
    view.parts.choose("batch")
    assert view.parts.text() == "batch of step 2 ▾"
    assert asked.panel.fit is not None
    assert asked.panel.fit.rows[view.model.shown].tolist() == sorted(asked.panel.fit.batch.tolist())
    assert view._count.text() == "10 of 60"
    first = view.model.shown
    asked.panel.set_moment(replace(asked.panel.moment, step=3))
    asked.settle()
    asked.answer()
    assert view.parts.text() == "batch of step 3 ▾"
    assert asked.panel.fit.rows[view.model.shown].tolist() == sorted(asked.panel.fit.batch.tolist())
    assert first.tolist() != view.model.shown.tolist()
    view.parts.choose("held out")
    assert asked.panel.fit.held_out[view.model.shown].all()
    view.parts.choose("wrong")
    assert (asked.panel.fit.classes != asked.panel.fit.truth).sum() == view.model.rowCount()
    asked.show(fitted(LINE, ModelSpec("linear")))
    assert view.model.part == "all", "of numbers none is wrong"


def test_rows_are_sorted_by_a_click_on_a_column(asked: Asked) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    asked.choose(TableView)
    view, fit = asked.panel.view, asked.panel.fit
    assert isinstance(view, TableView)
    assert fit is not None
    assert fit.residuals is not None
    column = [view.model.name_of(at) for at in range(view.model.columnCount())].index("residual")
    header = view.table.horizontalHeader()
    header.sectionClicked.emit(column)
    assert (np.diff(fit.residuals[view.model.shown]) >= 0).all()
    assert view.model.headerData(column, Qt.Orientation.Horizontal) == "residual ▴"
    header.sectionClicked.emit(column)
    assert (np.diff(fit.residuals[view.model.shown]) <= 0).all()
    place = view.model.place_of(int(fit.rows[7]))
    assert place is not None
    assert view.model.shown[place] == 7
    view.table.clicked.emit(view.model.index(place, 0))
    asked.settle()
    assert asked.questions[-1].sample == fit.rows[7]
    header.sectionClicked.emit(column + 1)
    assert (np.diff(fit.data.features[fit.rows[view.model.shown], 0]) >= 0).all()
    header.sectionClicked.emit(column + 1)
    header.sectionClicked.emit(column + 1)
    assert view.model.shown.tolist() == list(range(len(fit.rows)))


def test_pictures_say_what_they_are_taken_for(asked: Asked, qtbot: QtBot) -> None:
    asked.show(fitted(DIGITS, ModelSpec("softmax")), step=1)
    asked.choose(ImagesView)
    view, fit = asked.panel.view, asked.panel.fit
    assert isinstance(view, ImagesView)
    assert fit is not None
    assert fit.classes is not None
    wrong = int(np.flatnonzero(fit.classes != fit.truth)[0])
    right = int(np.flatnonzero(fit.classes == fit.truth)[0])
    assert _caption(fit, right, wrong=False) == f"{fit.classes[right]}"
    assert _caption(fit, wrong, wrong=True) == f"{fit.classes[wrong]} ≠ {fit.truth[wrong]}"  # type: ignore[index]
    view.parts.choose("wrong")
    assert view._told.text() == f"{(fit.classes != fit.truth).sum():,} of 1,797"
    middle = view.canvas._box(0).center()
    assert view.canvas._under(middle) == wrong
    assert view.canvas._under(QPointF(0.0, 1e6)) is None
    before = pixels(asked.panel)
    qtbot.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=middle.toPoint())
    asked.settle()
    assert asked.questions[-1].sample == fit.rows[wrong]
    asked.answer()
    assert pixels(asked.panel) != before
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    view.paint_picture(painter, QRectF(0, 0, 300, 200))
    painter.end()
    assert len({image.pixel(x, 60) for x in range(300)}) > 5


def test_ink_is_dark_on_light_paper_and_light_on_dark(asked: Asked) -> None:
    asked.show(fitted(DIGITS, ModelSpec("softmax")))
    assert asked.panel.fit is not None
    paper = Paper.of(asked.panel.fit.data)
    assert paper is not None
    assert (paper.side, paper.low, paper.high) == (8, 0.0, 16.0)
    values = np.linspace(0.0, 16.0, 64)
    for palette in (LIGHT, DARK):
        image = paper.image(values, palette)
        assert image.pixelColor(0, 0).name() == palette.raised
        assert image.pixelColor(7, 7).name() == palette.text
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    assert Paper.of(asked.panel.fit.data) is None


def test_the_network_goes_from_row_to_row_and_to_mistakes(asked: Asked) -> None:
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    asked.choose(NetworkView)
    view = asked.panel.view
    assert isinstance(view, NetworkView)

    def followed() -> int:
        asked.settle()
        asked.answer()
        assert asked.panel.fit is not None
        assert asked.panel.fit.sample is not None
        return asked.panel.fit.sample

    assert asked.panel.fit is not None
    start = asked.panel.fit.sample
    assert start is not None
    view.next.click()
    assert followed() == start + 1
    view.before.click()
    assert followed() == start
    fit = asked.panel.fit
    assert fit.classes is not None
    wrong = fit.rows[fit.classes != fit.truth]
    assert not view.mistake.isHidden()
    view.mistake.click()
    found = followed()
    assert found == next(iter(wrong[wrong > start]), wrong[0])
    view.mistake.click()
    assert followed() == next(iter(wrong[wrong > found]), wrong[0])


def test_a_line_is_written_as_an_equation(asked: Asked) -> None:
    asked.panel.resize(480, 300)
    asked.show(fitted(LINE, ModelSpec("linear")), step=3)
    view, fit = asked.panel.view, asked.panel.fit
    assert isinstance(view, FitView)
    assert fit is not None
    assert fit.coefficients is not None
    slope, intercept = fit.coefficients.fitted
    said = QTextDocumentFragment.fromHtml(view._below.text()).toPlainText().replace("\xa0", " ")
    sign = "+" if intercept >= 0 else "−"
    lead = "−" if slope < 0 else ""
    assert said == f"y = {lead}{short(abs(slope), 4)} · x1 {sign} {short(abs(intercept), 4)}"
    asked.panel.resize(480, 700)
    assert "exact" in view._below.text(), "there is room for the table"


def test_colours_stay_those_of_the_targets(asked: Asked) -> None:
    plane = replace(LINE, settings={"rows": 60, "weights": (2.0, -1.0), "noise": 0.5})
    asked.show(fitted(plane, ModelSpec("linear")), step=0)
    view = asked.panel.view
    assert isinstance(view, FitView)
    assert view._field is not None
    levels = view._field.levels
    assert asked.panel.fit is not None
    target = asked.panel.fit.data.target
    assert target is not None
    assert levels[0] <= target.min() < target.max() <= levels[-1]
    asked.panel.set_moment(replace(asked.panel.moment, step=5))
    asked.settle()
    asked.answer()
    assert view._field.levels.tolist() == levels.tolist()


def test_the_buttons_stand_in_two_rows_where_one_is_too_short(qtbot: QtBot) -> None:
    menu = QToolButton()
    menu.setText("Menu")
    row = ViewButtons(((name * 6, "") for name in "abcd"), menu)
    qtbot.addWidget(row)
    wide = row.sizeHint().width()
    narrow = 3 * wide // 4
    row.resize(wide, row.heightForWidth(wide))
    row.show()
    buttons = [row.button(at) for at in range(4)]
    assert {button.y() for button in (*buttons, menu)} == {buttons[0].y()}
    assert menu.geometry().right() < wide
    row.resize(narrow, row.heightForWidth(narrow))
    assert buttons[3].y() > buttons[0].y() == menu.y()
    assert row.heightForWidth(narrow) > row.heightForWidth(wide)
    assert row.minimumSizeHint().width() < narrow
    assert all(row.rect().contains(part.geometry()) for part in (*buttons, menu))
    buttons[1].hide()
    buttons[2].hide()
    qtbot.waitUntil(lambda: buttons[3].y() == buttons[0].y())


def test_coefficients_are_written(asked: Asked) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    asked.choose(CoefficientsView)
    view = asked.panel.view
    assert isinstance(view, CoefficientsView)
    text = view.text.toPlainText()
    for word in ("x1", "intercept", "fitted", "exact", "true", "4.2", "standardised"):
        assert word in text


def test_stages_join_activations_and_skip_flattening(asked: Asked) -> None:
    asked.show(fitted(DIGITS, ModelSpec("convolution", layers=(2,))))
    asked.choose(NetworkView)
    assert asked.panel.fit is not None
    assert len(pixels(asked.panel))
    stages = stages_of(asked.panel.fit.layers)
    assert [stage.title for stage in stages] == ["features", "Conv2d · ReLU", "MaxPool2d", "Linear"]


def test_confusion_of_either_split(asked: Asked) -> None:
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    asked.choose(ConfusionView)
    view, fit = asked.panel.view, asked.panel.fit
    assert isinstance(view, ConfusionView)
    assert fit is not None
    assert view.matrix._counts.sum() == len(fit.data.validation)
    view._training.click()
    assert view.matrix._counts.sum() == len(fit.data.training)
    cells, cell = view.matrix._laid(QRectF(view.matrix.rect()))
    assert "“setosa”" in view.matrix._tip(cells.topLeft() + QPointF(cell / 2, cell / 2))
    assert view.matrix._tip(QPointF(-5.0, -5.0)) == ""


def test_an_answer_about_another_record_is_not_shown(asked: Asked) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    old = asked.panel.fit
    asked.panel.set_moment(moment(fitted(MOONS, ModelSpec("perceptron"))))
    assert len(asked.questions) == 2
    asked.panel.set_moment(Moment(asked.panel.moment.experiment, None, 0, asked.panel.moment.branch))
    asked.panel.take(old)
    assert asked.panel.message == WAITING


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
@pytest.mark.parametrize(
    ("data", "model"),
    [
        (LINE, ModelSpec("linear")),
        (DataSpec(generate="regression", settings={"rows": 30}), ModelSpec("linear")),
        (MOONS, ModelSpec("perceptron", layers=(3,))),
    ],
)
def test_every_view_of_a_run_that_has_diverged(
    asked: Asked, data: DataSpec, model: ModelSpec, value: float
) -> None:
    experiment = fitted(data, model)
    columns = tuple(name for spec in experiment.trained for name in spec.element_names())
    history = History(columns, "float32")
    history.extend(
        np.ones(1), np.full((1, len(columns)), value, "float32"), np.zeros((1, len(columns)), "float32")
    )
    asked.panel.set_moment(Moment(experiment, history, 0, Branch(0, history, 0, "run")))
    asked.answer()
    assert asked.panel.message == ""
    for view in asked.panel.views:
        if asked.panel.button_of(view).isVisibleTo(asked.panel):
            asked.choose(type(view))
            assert len(pixels(asked.panel))


def test_many_points_become_a_cloud(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "MOST", 20)
    for data, model in ((LINE, ModelSpec("linear")), (MOONS, ModelSpec("logistic"))):
        asked.show(fitted(data, model))
        assert len(pixels(asked.panel))
    plane = DataSpec(generate="regression", settings={"rows": 80})
    asked.show(fitted(plane, ModelSpec("linear")))
    assert len(pixels(asked.panel))


def test_points_in_pictures_of_lines(asked: Asked) -> None:
    asked.show(fitted(MOONS, ModelSpec("perceptron")))
    picture = asked.panel.picture()
    assert picture is not None
    drawn = QPicture()
    painter = QPainter(drawn)
    picture.paint(painter, QRectF(QPointF(), picture.size()))
    painter.end()
    assert drawn.size() > 10_000


@pytest.mark.parametrize("kind", [NetworkView, ConfusionView, TableView])
def test_pictures_of_other_views(asked: Asked, kind: type) -> None:
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    asked.choose(kind)
    picture = asked.panel.picture()
    assert picture is not None
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    picture.paint(painter, QRectF(0, 0, 300, 200))
    painter.end()
    assert image.pixelColor(299, 199).lightness() > 150


def saved(taking: Taking, path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told when ``path`` is chosen in the dialog."""
    told: list[str] = []
    taking.told.connect(told.append)
    kind = "(*" + path.suffix + ")"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))
    return told


def test_predictions_are_taken_away(
    asked: Asked, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.show(fitted(IRIS, ModelSpec("softmax")))
    taking, path = asked.panel.taking, tmp_path / "iris.csv"
    told = saved(taking, path, monkeypatch)
    taking.predictions_action.trigger()
    qtbot.waitUntil(lambda: told == ["Saved iris.csv."])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == 150
    assert rows[0]["target"] == "setosa"
    assert taking.folder == tmp_path


def test_weights_are_taken_away(
    asked: Asked, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")), step=3)
    taking, path = asked.panel.taking, tmp_path / "weights.csv"
    told = saved(taking, path, monkeypatch)
    taking.weights_action.trigger()
    qtbot.waitUntil(lambda: told == ["Saved weights.csv."])
    values = [float(row["value"]) for row in csv.DictReader(path.read_text().splitlines())]
    assert values == asked.questions[-1].row.tolist()


def test_nothing_is_saved_where_nothing_is_chosen(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.show(fitted(LINE, ModelSpec("linear")))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    asked.panel.taking.take_weights()
    assert asked.panel.taking.job is None
