"""The table of actions: complete, unambiguous, and never in the way of typing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QTableWidget, QToolButton
from pytestqt.qtbot import QtBot
from shell_parts import Shell, make_shell

from gui_app.ui.actions import ACTIONS, DATA_SETS, EXAMPLES, MENUS, PANELS, RECENT, SEPARATOR
from gui_app.ui.help import keys

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PLACES = {SEPARATOR, RECENT, EXAMPLES, DATA_SETS, PANELS}


def ids_in_menus() -> Iterator[str]:
    for _, entries in MENUS:
        for entry in entries:
            if isinstance(entry, tuple):
                yield from entry[1]
            elif entry not in PLACES:
                yield entry


@pytest.fixture
def shell(qtbot: QtBot, tmp_path: Path) -> Shell:
    made = make_shell(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(made.window)
    made.window.show_laboratory()
    made.window.show()
    made.window.activateWindow()
    qtbot.waitActive(made.window)
    return made


def test_every_action_is_in_one_menu() -> None:
    """A table is opened from two: as a file, and as data."""
    ids = [spec.id for spec in ACTIONS]
    assert sorted(ids_in_menus()) == sorted([*ids, "open_table"])
    assert len(set(ids)) == len(ids)


def test_shortcuts_are_valid_and_unique() -> None:
    sequences = [QKeySequence(spec.shortcut) for spec in ACTIONS if spec.shortcut]
    assert all(not sequence.isEmpty() for sequence in sequences)
    texts = [sequence.toString() for sequence in sequences]
    assert "" not in texts
    assert len(set(texts)) == len(texts)


def test_every_action_says_what_it_does() -> None:
    for spec in ACTIONS:
        assert spec.title, spec.id
        assert spec.tip.endswith("."), spec.id


def test_the_list_of_keys_is_the_table() -> None:
    shown = {key for _, rows in keys() for _, key in rows}
    native = QKeySequence.SequenceFormat.NativeText
    assert shown == {QKeySequence(spec.shortcut).toString(native) for spec in ACTIONS if spec.shortcut}


def test_menus_are_built(shell: Shell) -> None:
    assert [action.text() for action in shell.window.menuBar().actions()] == [title for title, _ in MENUS]


def test_space_plays_and_arrows_step(qtbot: QtBot, shell: Shell) -> None:
    for key, name in (
        (Qt.Key.Key_Space, "play"),
        (Qt.Key.Key_Right, "step"),
        (Qt.Key.Key_Left, "step_back"),
        (Qt.Key.Key_Home, "to_start"),
        (Qt.Key.Key_End, "to_end"),
    ):
        with qtbot.waitSignal(shell.actions[name].triggered, timeout=1000):
            qtbot.keyClick(shell.window.focusWidget() or shell.window, key)


def test_space_and_arrows_type_in_the_editor(qtbot: QtBot, shell: Shell) -> None:
    editor = shell.panels["objective"]
    assert isinstance(editor, QPlainTextEdit)
    editor.setPlainText("ab")
    editor.setFocus()
    with (
        qtbot.assertNotEmitted(shell.actions["play"].triggered),
        qtbot.assertNotEmitted(shell.actions["step"].triggered),
    ):
        qtbot.keyClick(editor, Qt.Key.Key_Right)
        qtbot.keyClick(editor, Qt.Key.Key_Space)
    assert editor.toPlainText() == "a b"


def test_space_in_the_step_field_is_no_command(qtbot: QtBot, shell: Shell) -> None:
    field = shell.transport.findChild(QLineEdit)
    field.setFocus()
    with qtbot.assertNotEmitted(shell.actions["play"].triggered):
        qtbot.keyClick(field, Qt.Key.Key_Space)


def test_a_checkbox_keeps_space_and_a_table_its_arrows(qtbot: QtBot, shell: Shell) -> None:
    box, table = shell.panels["settings"], shell.panels["parameters"]
    assert isinstance(box, QCheckBox)
    assert isinstance(table, QTableWidget)
    box.setFocus()
    with qtbot.assertNotEmitted(shell.actions["play"].triggered):
        qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()
    table.setFocus()
    table.setCurrentCell(0, 0)
    with qtbot.assertNotEmitted(shell.actions["step"].triggered):
        qtbot.keyClick(table, Qt.Key.Key_Right)
    assert table.currentColumn() == 1
    with qtbot.waitSignal(shell.actions["play"].triggered, timeout=1000):
        qtbot.keyClick(table, Qt.Key.Key_Space)


def test_a_floating_panel_keeps_its_keys_too(qtbot: QtBot, shell: Shell) -> None:
    dock, box = shell.window.laboratory.docks["settings"], shell.panels["settings"]
    assert isinstance(box, QCheckBox)
    dock.setFloating(True)
    dock.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus, timeout=2000)
    with qtbot.assertNotEmitted(shell.actions["play"].triggered):
        qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()


def test_a_clicked_button_does_not_keep_the_focus(qtbot: QtBot, shell: Shell) -> None:
    button = shell.transport.findChild(QToolButton, "play-button")
    with qtbot.waitSignal(shell.actions["play"].triggered, timeout=1000):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not button.hasFocus()


def test_themes_exclude_one_another(shell: Shell) -> None:
    shell.actions["theme_dark"].trigger()
    shell.actions["theme_light"].trigger()
    checked = [mode for mode in ("system", "light", "dark") if shell.actions[f"theme_{mode}"].isChecked()]
    assert checked == ["light"]
