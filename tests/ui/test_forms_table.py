"""The parameter table: what it shows at a step, what it takes, and what it does with what it cannot take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)
from pytestqt.qtbot import QtBot

from gui_app.core.experiment import Distribution, Experiment, ParameterSpec
from gui_app.ui.editor.parameter_columns import SET, Column
from gui_app.ui.editor.parameter_table import ParameterTable, shares
from gui_app.ui.editor.values import choices
from gui_app.ui.theme import DARK, LIGHT

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

EXPERIMENT = Experiment(
    program="x",
    parameters=(
        ParameterSpec("x", 0.007588282693177462),
        ParameterSpec("W", ((1.0, 2.0), (3.0, 4.0), (5.0, 6.5))),
        ParameterSpec("b", None, (2,), Distribution("normal", 0.0, 0.01, 3)),
        ParameterSpec("t", 2.0, requires_grad=False),
    ),
)


@pytest.fixture
def table(qtbot: QtBot) -> ParameterTable:
    made = ParameterTable(LIGHT)
    qtbot.addWidget(made)
    made.set_experiment(EXPERIMENT)
    made.resize(320, 240)
    made.show()
    return made


@pytest.fixture
def changes(table: ParameterTable) -> list[Experiment]:
    found: list[Experiment] = []
    table.experiment_changed.connect(found.append)
    return found


def text(table: ParameterTable, row: int, column: Column) -> str:
    return str(table.model.index(row, column).data())


def type_into(table: ParameterTable, row: int, column: Column, typed: str) -> None:
    """Through a real field, as a person does."""
    table.view.edit(table.model.index(row, column))
    field = table.view.viewport().findChild(QLineEdit)
    field.setText(typed)
    table.view.commitData(field)
    table.view.closeEditor(field, QStyledItemDelegate.EndEditHint.NoHint)
    field.setParent(None)  # the view deletes it later; the next search must not find it


def test_starts_are_brief_to_look_at_and_full_to_copy(table: ParameterTable) -> None:
    assert text(table, 0, Column.START) == "0.0075883"
    assert text(table, 1, Column.START) == "3×2 · 1 … 6.5"
    assert text(table, 2, Column.START) == "normal(0, 0.01, seed=3)"
    table.view.setCurrentIndex(table.model.index(0, Column.START))
    table.view.copy()
    assert QApplication.clipboard().text() == "0.007588282693177462"


def test_live_columns_follow_the_step(table: ParameterTable) -> None:
    W = np.arange(6.0).reshape(3, 2)  # noqa: N806
    table.set_step(
        {"x": np.array(1.5), "W": W}, {"x": np.array(-0.25), "W": W * np.nan}, {"x": np.array(0.1)}
    )
    assert text(table, 0, Column.VALUE) == "1.5"
    assert text(table, 0, Column.GRADIENT) == "-0.25"
    assert text(table, 0, Column.UPDATE) == "0.1"
    assert text(table, 1, Column.VALUE) == "3×2 · 0 … 5"
    assert "nan" in text(table, 1, Column.GRADIENT)
    assert table.model.index(1, Column.GRADIENT).data(Qt.ItemDataRole.ForegroundRole).name() == LIGHT.error
    assert text(table, 1, Column.UPDATE) == "–"
    assert text(table, 3, Column.GRADIENT) == ""
    table.set_step(None, None, None)
    assert text(table, 0, Column.VALUE) == "–"


def test_a_start_is_typed(table: ParameterTable, changes: list[Experiment]) -> None:
    type_into(table, 0, Column.START, "[[1,2],[3,4]]")
    assert changes[-1].parameter("x").value == ((1.0, 2.0), (3.0, 4.0))
    assert changes[-1].parameter("x").shape == (2, 2)
    type_into(table, 0, Column.START, "uniform(-1, 1)")
    assert changes[-1].parameter("x").distribution == Distribution("uniform", -1.0, 1.0)
    assert changes[-1].parameter("x").shape == (2, 2)
    assert len(changes) == 2
    assert table.model.experiment == changes[-1]


def test_what_cannot_be_taken_stays_marked_until_it_can(
    table: ParameterTable, changes: list[Experiment]
) -> None:
    type_into(table, 0, Column.START, "0,5")
    assert changes == []
    assert text(table, 0, Column.START) == "0,5"
    assert table.model.index(0, Column.START).data(Qt.ItemDataRole.EditRole) == "0,5"
    assert "point" in table.model.index(0, Column.START).data(Qt.ItemDataRole.ToolTipRole)
    assert table._strip.isVisible()
    assert table._strip.text == "x: Write decimals with a point, for example 0.5."
    type_into(table, 0, Column.START, "0.5")
    assert not table._strip.isVisible()
    assert changes[-1].parameter("x").value == 0.5


def test_an_emptied_start_goes_back(table: ParameterTable, changes: list[Experiment]) -> None:
    type_into(table, 0, Column.START, "nonsense")
    type_into(table, 0, Column.START, "  ")
    assert text(table, 0, Column.START) == "0.0075883"
    assert changes == []


def test_another_experiment_takes_the_marks_away(table: ParameterTable) -> None:
    type_into(table, 0, Column.START, "nonsense")
    table.set_experiment(Experiment(parameters=(ParameterSpec("x", 3.0),)))
    assert text(table, 0, Column.START) == "3"
    assert not table._strip.isVisible()


def test_a_good_edit_elsewhere_takes_the_marks_away(table: ParameterTable) -> None:
    type_into(table, 0, Column.START, "nonsense")
    type_into(table, 3, Column.START, "7")
    assert text(table, 0, Column.START) == "0.0075883"
    assert not table._strip.isVisible()


@pytest.mark.parametrize("opened", [True, False])
def test_escape_gives_a_refused_text_up(table: ParameterTable, qtbot: QtBot, opened: bool) -> None:
    type_into(table, 0, Column.START, "nonsense")
    assert table._strip.isVisible()
    table.view.setFocus()
    table.view.setCurrentIndex(table.model.index(0, Column.START))
    if opened:
        table.view.edit(table.model.index(0, Column.START))
        field = table.view.viewport().findChild(QLineEdit)
        assert field.text() == "nonsense"
        qtbot.keyClick(field, Qt.Key.Key_Escape)
    else:
        qtbot.keyClick(table.view, Qt.Key.Key_Escape)
    assert text(table, 0, Column.START) == "0.0075883"
    assert not table._strip.isVisible()


def test_return_keeps_the_keys_in_the_table(
    table: ParameterTable, changes: list[Experiment], qtbot: QtBot
) -> None:
    table.activateWindow()
    place = table.model.index(0, Column.START)
    table.view.setCurrentIndex(place)
    table.view.edit(place)
    field = table.view.viewport().findChild(QLineEdit)
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(table.view.hasFocus)
    assert changes[-1].parameter("x").value == 7.0
    current = table.view.currentIndex()
    assert (current.row(), current.column()) == (0, Column.START)


def test_shape_is_typed_where_the_start_is_random(table: ParameterTable, changes: list[Experiment]) -> None:
    editable = Qt.ItemFlag.ItemIsEditable
    assert not table.model.index(1, Column.SHAPE).flags() & editable
    assert table.model.index(2, Column.SHAPE).flags() & editable
    table.show_page("Types")
    type_into(table, 2, Column.SHAPE, "4x3")
    assert changes[-1].parameter("b").shape == (4, 3)
    type_into(table, 2, Column.SHAPE, "minus one")
    assert text(table, 2, Column.SHAPE) == "minus one"
    assert len(changes) == 1


def test_elements_unfold_and_can_be_typed(table: ParameterTable, changes: list[Experiment]) -> None:
    table.model.toggle(1)
    assert [text(table, row, Column.NAME) for row in range(2, 8)] == [
        "W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "W[2,0]", "W[2,1]",
    ]  # fmt: skip
    table.set_step({"W": np.arange(6.0).reshape(3, 2)}, None, None)
    assert text(table, 5, Column.VALUE) == "3"
    type_into(table, 5, Column.START, "-9")
    assert changes[-1].parameter("W").value == ((1.0, 2.0), (3.0, -9.0), (5.0, 6.5))
    type_into(table, 5, Column.START, "[1, 2]")
    assert "one number" in table._strip.text
    table.model.toggle(1)
    assert table.model.rowCount() == 4


def test_a_click_on_the_name_unfolds(table: ParameterTable, qtbot: QtBot) -> None:
    place = table.view.visualRect(table.model.index(1, Column.NAME)).center()
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert table.model.rowCount() == 10
    table.view.setCurrentIndex(table.model.index(1, Column.NAME))
    qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert table.model.rowCount() == 4


def test_trained_and_dtype(table: ParameterTable, changes: list[Experiment]) -> None:
    table.show_page("Types")
    index = table.model.index(0, Column.TRAINED)
    table.model.setData(index, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert not changes[-1].parameter("x").requires_grad
    assert text(table, 0, Column.DTYPE) == "float32"
    table.view.edit(table.model.index(0, Column.DTYPE))
    combo = table.view.viewport().findChild(QComboBox)
    assert [combo.itemText(i) for i in range(combo.count())] == ["the run's", "float32", "float64"]
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    assert changes[-1].parameter("x").dtype == "float64"
    assert not changes[-1].parameter("x").requires_grad


def test_a_dtype_from_a_file_is_not_lost(table: ParameterTable) -> None:
    table.set_experiment(Experiment(parameters=(ParameterSpec("x", dtype="bfloat16"),)))
    table.view.edit(table.model.index(0, Column.DTYPE))
    combo = table.view.viewport().findChild(QComboBox)
    assert combo.currentData() == "bfloat16"


def test_narrow_shows_a_page_and_wide_everything(table: ParameterTable) -> None:
    def shown() -> set[Column]:
        return {column for column in Column if not table.view.isColumnHidden(column)}

    assert shown() == {Column.NAME, Column.START, Column.VALUE, Column.GRADIENT, Column.UPDATE}
    table.show_page("Types")
    assert shown() == {Column.NAME, Column.SHAPE, Column.DTYPE, Column.TRAINED}
    table.resize(900, 240)
    assert shown() == set(Column) - {Column.REFERENCE}
    table.set_experiment(Experiment(parameters=(ParameterSpec("x", 1.0, reference=2.0),)))
    assert shown() == set(Column)
    assert text(table, 0, Column.REFERENCE) == "2"
    for width in (320, 400, 900):
        table.resize(width, 240)
        assert sum(table.view.columnWidth(column) for column in shown()) <= width


def test_numbers_are_rounded_rather_than_cut(table: ParameterTable) -> None:
    table.set_step({"x": np.array(-1.23456789e-5)}, None, None)
    index, cells = table.model.index(0, Column.VALUE), table.view.cells
    found = {}
    for width in (200, 60, 40):
        option = _option(table, width)
        cells.initStyleOption(option, index)
        found[width] = option.text
    assert found == {200: "-1.2346e-5", 60: "-1.2e-5", 40: "-1e-5"}


def _option(table: ParameterTable, width: int) -> QStyleOptionViewItem:
    option = QStyleOptionViewItem()
    option.initFrom(table.view)
    option.rect.setWidth(width)
    return option


def test_hover_and_highlight(table: ParameterTable, qtbot: QtBot) -> None:
    heard: list[str] = []
    table.parameter_hovered.connect(heard.append)
    qtbot.mouseMove(table.view.viewport(), table.view.visualRect(table.model.index(1, Column.START)).center())
    qtbot.mouseMove(table.view.viewport(), QPoint(5, table.view.viewport().height() - 1))
    assert heard[:1] == ["W"]
    assert heard[-1] == ""
    table.highlight("x")
    table.apply_theme(DARK)
    assert not table.grab().isNull()


def test_no_parameters_says_so(qtbot: QtBot) -> None:
    table = ParameterTable(LIGHT)
    qtbot.addWidget(table)
    table.show()
    assert table._empty.isVisible()
    assert not table.view.isVisible()
    table.set_step({}, {}, {})


def test_removing_a_parameter(table: ParameterTable, changes: list[Experiment]) -> None:
    table.model.remove(1)
    assert [spec.name for spec in changes[-1].parameters] == ["x", "b", "t"]
    assert table.model.rowCount() == 3


def test_an_echo_is_silent(table: ParameterTable, changes: list[Experiment]) -> None:
    table.experiment_changed.connect(table.set_experiment)
    type_into(table, 0, Column.START, "2")
    assert len(changes) == 1
    assert text(table, 0, Column.START) == "2"


@given(st.floats(0, 2000), st.lists(st.floats(1, 200), min_size=1, max_size=8))
def test_widths_are_shared_out(width: float, least: list[float]) -> None:
    wanted = dict(zip(list(Column)[1:], least, strict=False))
    found = shares(width, wanted)
    assert all(found[column] >= int(wanted[column]) for column in found)
    if sum(least) <= width:
        assert width - len(least) - 1 <= sum(found.values()) <= width


def test_what_the_program_sets_can_only_be_looked_at(table: ParameterTable) -> None:
    table.set_read_only(["x"])
    editable, check = Qt.ItemFlag.ItemIsEditable, Qt.ItemFlag.ItemIsUserCheckable
    for column in Column:
        index = table.model.index(0, column)
        assert not index.flags() & (editable | check)
        said = str(index.data(Qt.ItemDataRole.ToolTipRole))
        assert said.endswith("Set in the program.") == (column in SET)
    table.view._on_clicked(table.model.index(0, Column.START))
    assert table.view.viewport().findChild(QLineEdit) is None
    assert table.model.index(2, Column.START).flags() & editable
    table.set_experiment(replace(EXPERIMENT, program="y"))
    assert not table.model.index(0, Column.START).flags() & editable
    table.set_read_only([])
    assert table.model.index(0, Column.START).flags() & editable
    assert table.model.index(0, Column.TRAINED).flags() & check


def test_what_the_program_sets_is_muted_and_cannot_be_removed(table: ParameterTable) -> None:
    table.set_read_only(["x"])
    assert table.model.index(0, Column.START).data(Qt.ItemDataRole.ForegroundRole).name() == LIGHT.muted
    for row, free in ((0, False), (1, True)):
        place = table.view.visualRect(table.model.index(row, Column.START)).center()
        table.view._on_menu(place)
        menu = next(menu for menu in table.view.findChildren(QMenu) if menu.isVisible())
        assert menu.actions()[-1].isEnabled() == free
        menu.close()
        QApplication.processEvents()


def test_a_vector_is_not_rounded_to_one_digit() -> None:
    found = list(choices(np.array([-3.6, 1.8])))
    assert found[0] == "[-3.6, 1.8]"
    assert "[-4, 2]" not in found
    assert found[-4:] == ["-3.6…1.8", "2 values", "(2,)", "…"]
