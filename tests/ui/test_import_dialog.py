"""The import dialog: what it finds, what can be changed, what comes out, and files that it cannot read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui_app.core.data import DataSpec
from gui_app.core.table import MISSING, ReadingStopped, TableOptions
from gui_app.files import tables
from gui_app.ui.data.importing import ImportDialog
from gui_app.ui.data.importing_columns import FEATURE, NAME, TARGET, likely_target
from gui_app.ui.theme import DARK, LIGHT

TEXT = "x;y;who\n" + "".join(f"{k},5;{k * k};{'ab'[k % 2]}\n" for k in range(20))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "some.csv"
    made.write_text(TEXT)
    return made


@pytest.fixture
def dialog(qtbot: QtBot, path: Path) -> Iterator[ImportDialog]:
    made = ImportDialog(LIGHT, path)
    qtbot.addWidget(made)
    made.show()
    settle(qtbot, made)
    yield made
    made.close()


def settle(qtbot: QtBot, dialog: ImportDialog) -> None:
    """Until nothing is being read."""
    qtbot.waitUntil(lambda: not dialog._task.is_busy, timeout=10_000)


def imported(qtbot: QtBot, dialog: ImportDialog) -> DataSpec:
    with qtbot.waitSignal(dialog.accepted, timeout=10_000):
        dialog.accept_button.click()
    assert dialog.spec is not None
    return dialog.spec


def click(qtbot: QtBot, dialog: ImportDialog, row: int, column: int, right: int = 0) -> None:
    """Click into the list of columns, ``right`` pixels from the cell's right edge, or into its middle."""
    cell = dialog.choice.list.visualRect(dialog.columns.index(row, column))
    place = QPoint(cell.right() - right, cell.center().y()) if right else cell.center()
    qtbot.mouseClick(dialog.choice.list.viewport(), Qt.MouseButton.LeftButton, pos=place)


def choose(dialog: ImportDialog, option: str, value: str) -> None:
    combo = dialog.bar.combos[option]
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_it_shows_what_it_has_found(dialog: ImportDialog) -> None:
    assert dialog._found.text() == "CSV  ·  20 rows  ·  3 columns  ·  semicolon between columns  ·  UTF-8"
    assert [dialog.bar.combos[name].currentData() for name in ("delimiter", "decimal", "encoding")] == [
        ";",
        ",",
        "utf-8",
    ]
    assert dialog.bar.header.value
    assert not dialog.bar.combos["sheet"].isVisible()
    assert (dialog.rows.rowCount(), dialog.rows.columnCount()) == (20, 3)
    assert dialog.rows.index(1, 0).data() == "1,5"
    assert dialog.table.verticalHeader().model().headerData(0, Qt.Orientation.Vertical) == "2"
    assert (dialog.columns.features, dialog.columns.target) == ({"x", "who"}, "y")


def test_an_empty_column_is_not_used_of_itself(dialog: ImportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    path.write_text("x,empty,y,gone\n" + "".join(f"{i},,{2 * i},\n" for i in range(9)), encoding="utf-8")
    dialog.set_path(path)
    qtbot.waitUntil(lambda: dialog.columns.names == ("x", "empty", "y", "gone"), timeout=10_000)
    assert (dialog.columns.features, dialog.columns.target) == ({"x"}, "y")
    dialog.columns.set_feature(1, on=True)
    assert dialog.columns.features == {"x", "empty"}


def test_without_a_row_there_is_nothing_to_import(dialog: ImportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("x,y\n", encoding="utf-8")
    dialog.set_path(path)
    qtbot.waitUntil(lambda: dialog.strip.text == "The file has no row of data.", timeout=10_000)
    assert not dialog.accept_button.isEnabled()


def test_return_imports(dialog: ImportDialog) -> None:
    assert dialog.focusWidget() is dialog.accept_button


def test_import_gives_what_was_asked_for_and_has_read_it(
    dialog: ImportDialog, qtbot: QtBot, path: Path
) -> None:
    seen: list[object] = []
    dialog.imported.connect(seen.append)
    spec = imported(qtbot, dialog)
    assert spec == DataSpec(path=str(path), target="y")
    assert seen == [spec]
    table = tables.load(spec, Path())
    assert table is tables.load(spec, path.parent)
    assert table.column("x").values[1] == 1.5
    assert table.column("who").labels == ("a", "b")


def test_all_that_can_be_set(dialog: ImportDialog, qtbot: QtBot, path: Path) -> None:
    click(qtbot, dialog, 2, TARGET)
    assert (dialog.columns.features, dialog.columns.target) == ({"x", "y"}, "who")
    click(qtbot, dialog, 0, FEATURE)
    assert dialog.choice.count.text() == "1 feature, 1 target"
    form = dialog.form
    assert not form.batch.isEnabled()
    form.missing.setCurrentIndex(form.missing.findData("drop"))
    form.validation.set_value(25)
    form.batched.click()
    form.batch.set_value(8)
    form.shuffle.click()
    form.standardize.click()
    assert imported(qtbot, dialog) == DataSpec(
        path=str(path),
        features=("y",),
        target="who",
        missing="drop",
        validation=0.25,
        batch_size=8,
        shuffle=True,
        standardize=True,
    )


def test_what_was_found_can_be_changed(dialog: ImportDialog, qtbot: QtBot) -> None:
    choose(dialog, "delimiter", "|")
    settle(qtbot, dialog)
    assert dialog.columns.names == ("x;y;who",)
    choose(dialog, "delimiter", ";")
    dialog.bar.header.click()
    settle(qtbot, dialog)
    assert dialog.columns.names == ("column_1", "column_2", "column_3")
    assert dialog.rows.index(0, 0).data() == "x"
    assert dialog.rows.is_wrong(0, 0)
    assert dialog.options == TableOptions(delimiter=";", header=False)
    choose(dialog, "delimiter", ",")
    choose(dialog, "decimal", ",")
    assert "comma cannot both" in dialog.strip.text


def test_more_words_for_missing_values(dialog: ImportDialog, qtbot: QtBot) -> None:
    dialog.bar.words.setText("0, -, 0")
    dialog.bar.words.editingFinished.emit()
    settle(qtbot, dialog)
    assert dialog.options.missing == (*MISSING, "0", "-")
    assert dialog.rows.index(0, 1).data() == "·"
    assert dialog.rows.is_missing(0, 1)
    assert dialog.bar.words.text() == "0, -"


def test_a_column_read_as_another_kind(dialog: ImportDialog, qtbot: QtBot) -> None:
    click(qtbot, dialog, 0, NAME, right=20)
    settle(qtbot, dialog)
    assert dialog.columns.kinds == ("category", "number", "category")
    click(qtbot, dialog, 2, NAME, right=20)
    settle(qtbot, dialog)
    assert dialog.columns.kinds == ("category", "number", "number")
    assert dialog.rows.is_wrong(0, 2)
    click(qtbot, dialog, 1, NAME)  # on the name, not the sign
    click(qtbot, dialog, 2, NAME, right=20)
    settle(qtbot, dialog)
    assert imported(qtbot, dialog).types == {"x": "category", "who": "category"}


def test_the_keyboard_does_all_of_it(dialog: ImportDialog, qtbot: QtBot) -> None:
    dialog.choice.list.setCurrentIndex(dialog.columns.index(0, 0))
    qtbot.keyClick(dialog.choice.list, Qt.Key.Key_Space)
    assert dialog.columns.features == {"who"}
    qtbot.keyClick(dialog.choice.list, Qt.Key.Key_T)
    assert (dialog.columns.features, dialog.columns.target) == ({"y", "who"}, "x")
    qtbot.keyClick(dialog.choice.list, Qt.Key.Key_T)
    assert (dialog.columns.features, dialog.columns.target) == ({"x", "y", "who"}, "")
    qtbot.keyClick(dialog.choice.list, Qt.Key.Key_K)
    settle(qtbot, dialog)
    assert dialog.columns.kinds[0] == "category"
    qtbot.keyClick(dialog.choice.list, Qt.Key.Key_Down)
    assert dialog.choice.list.currentIndex().row() == 1


def test_all_and_none(dialog: ImportDialog) -> None:
    dialog.choice.none_button.click()
    assert dialog.choice.count.text() == "0 features, 1 target"
    assert not dialog.accept_button.isEnabled()
    dialog.choice.all_button.click()
    assert dialog.columns.takes_all()
    assert dialog.accept_button.isEnabled()


def test_a_mistake_in_the_file_is_said_and_the_dialog_stays(
    dialog: ImportDialog, qtbot: QtBot, path: Path
) -> None:
    path.write_text(TEXT + "abc;3;a\n")
    dialog.set_path(path)
    settle(qtbot, dialog)
    dialog.accept_button.click()
    settle(qtbot, dialog)
    assert dialog.strip.text.startswith("Row 22, column 'x': 'abc' is not a number.")
    assert dialog.isVisible()
    assert dialog.spec is None
    assert dialog.accept_button.isEnabled()
    dialog.bar.words.setText("abc")
    dialog.bar.words.editingFinished.emit()
    settle(qtbot, dialog)
    assert dialog.strip.text == ""
    assert imported(qtbot, dialog).options.missing == (*MISSING, "abc")


def test_what_is_no_table(dialog: ImportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    dialog.set_path(tmp_path / "a.png")
    settle(qtbot, dialog)
    assert dialog.strip.text == "It is a picture, not a table."
    assert not dialog.accept_button.isEnabled()
    assert dialog.rows.rowCount() == dialog.columns.rowCount() == 0
    assert not dialog.bar.header.isVisible()
    wide = tmp_path / "wide.txt"
    wide.write_bytes(TEXT.encode("utf-16")[:-1])
    dialog.set_path(wide)
    settle(qtbot, dialog)
    assert dialog.strip.text == "It is not utf-16 text. Choose another encoding."
    assert dialog.bar.combos["encoding"].isVisible()
    assert not dialog.bar.combos["delimiter"].isVisible()
    wide.write_bytes(TEXT.encode("utf-16-le"))
    choose(dialog, "encoding", "utf-16-le")
    settle(qtbot, dialog)
    assert dialog.columns.names == ("x", "y", "who")
    assert dialog.accept_button.isEnabled()
    assert dialog.bar.combos["delimiter"].isVisible()


def test_sheets_can_be_chosen(dialog: ImportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("a", "b"))
    book.active.append((1, 2))
    book.create_sheet("Other").append(("c", "d"))
    book["Other"].append((3, 4))
    book.save(tmp_path / "a.xlsx")
    dialog.set_path(tmp_path / "a.xlsx")
    settle(qtbot, dialog)
    assert dialog.columns.names == ("a", "b")
    assert dialog.bar.combos["sheet"].isVisible()
    assert not dialog.bar.combos["delimiter"].isVisible()
    choose(dialog, "sheet", "Other")
    settle(qtbot, dialog)
    assert dialog.columns.names == ("c", "d")
    assert imported(qtbot, dialog).options == TableOptions(sheet="Other")


def test_arrays_have_no_options(dialog: ImportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(12.0).reshape(4, 3))
    dialog.set_path(tmp_path / "a.npy")
    settle(qtbot, dialog)
    assert not dialog.bar.isVisible()
    assert dialog.columns.names == ("x_0", "x_1", "x_2")
    assert imported(qtbot, dialog).target == "x_2"


def test_files_can_be_dropped_and_chosen(
    dialog: ImportDialog, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("p,q\n1,2\n")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(other))])
    action, buttons, keys = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    dialog.dropEvent(QDropEvent(QPointF(5, 5), action, mime, buttons, keys))
    settle(qtbot, dialog)
    assert dialog.columns.names == ("p", "q")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "some.csv"), ""))
    dialog.other_button.click()
    settle(qtbot, dialog)
    assert dialog.columns.names == ("x", "y", "who")


def test_reading_tells_its_progress_and_can_be_stopped(
    dialog: ImportDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_spec: object, _folder: object, progress: object, cancelled: object) -> None:
        progress(0.4)  # type: ignore[operator]
        while not cancelled():  # type: ignore[operator]
            threading.Event().wait(0.005)
        raise ReadingStopped

    monkeypatch.setattr(tables, "load", slow)
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: dialog._progress.value() == 400, timeout=10_000)
    assert dialog._progress.isVisible()
    assert not dialog.choice.list.isEnabled()
    assert dialog.cancel_button.text() == "Stop"
    dialog.cancel_button.click()
    assert dialog.isVisible()
    assert dialog.choice.list.isEnabled()
    assert dialog.accept_button.isEnabled()
    assert not dialog._task.is_busy
    dialog.accept_button.click()
    dialog.close()
    assert not dialog._task.is_busy


def test_what_a_library_stumbles_over_is_said(
    dialog: ImportDialog, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(tables, "load", broken)
    dialog.accept_button.click()
    settle(qtbot, dialog)
    assert dialog.strip.text == "It cannot be read: odd."


def test_it_paints_in_both_themes(dialog: ImportDialog) -> None:
    light = dialog.grab().toImage()
    dialog.apply_theme(DARK)
    assert dialog.grab().toImage() != light


def test_likely_targets() -> None:
    assert likely_target(("a", "Target", "b")) == "Target"
    assert likely_target(("a", "b")) == "b"
    assert likely_target(("a",)) == ""
