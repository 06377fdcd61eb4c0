"""The program editor: its text, its marks, its keys, its signals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QTextCursor, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui_app.core.fault import Fault, Span
from gui_app.ui.editor.editor import QUIET_MS, ProgramEditor
from gui_app.ui.editor.highlighter import tokens
from gui_app.ui.editor.places import column_of, cursor_of, position_of, visible_cursor_of
from gui_app.ui.theme import DARK, LIGHT, category

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def editor(qtbot: QtBot) -> ProgramEditor:
    made = ProgramEditor(LIGHT)
    qtbot.addWidget(made)
    made.resize(320, 240)
    made.show()
    made.activateWindow()
    made.area.setFocus()
    return made


@pytest.fixture
def told(editor: ProgramEditor) -> list[str]:
    found: list[str] = []
    editor.program_changed.connect(found.append)
    return found


def put_caret(editor: ProgramEditor, line: int, column: int) -> None:
    cursor = QTextCursor(editor.area.document())
    cursor.setPosition(position_of(editor.area.document(), line, column))
    editor.area.setTextCursor(cursor)


# The text and its signal


def test_what_is_typed_is_told_once_per_pause(editor: ProgramEditor, told: list[str], qtbot: QtBot) -> None:
    qtbot.keyClicks(editor.area, "x**2")
    assert told == []
    with qtbot.waitSignal(editor.program_changed, timeout=20 * QUIET_MS):
        pass
    assert told == ["x**2"]


def test_text_from_outside_is_silent(editor: ProgramEditor, told: list[str], qtbot: QtBot) -> None:
    editor.set_program("a + b")
    qtbot.wait(2 * QUIET_MS)
    assert told == []
    assert editor.program() == "a + b"
    assert not editor.area.document().isUndoAvailable()


def test_the_same_text_keeps_caret_and_undo(editor: ProgramEditor, told: list[str], qtbot: QtBot) -> None:
    qtbot.keyClicks(editor.area, "xy")
    editor.flush()
    editor.set_program("xy")
    assert editor.area.textCursor().position() == 2
    editor.undo()
    assert editor.program() != "xy"
    editor.redo()
    assert editor.program() == "xy"
    assert told == ["xy"]


def test_an_echo_does_not_undo_what_is_being_typed(
    editor: ProgramEditor, told: list[str], qtbot: QtBot
) -> None:
    qtbot.keyClicks(editor.area, "x")
    editor.flush()
    qtbot.keyClicks(editor.area, "+1")
    editor.set_program("x")
    assert editor.program() == "x+1"
    editor.flush()
    assert told == ["x", "x+1"]


def test_leaving_the_text_tells_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    editor, other = ProgramEditor(LIGHT), QLineEdit()
    column = QVBoxLayout(window)
    for part in (editor, other):
        column.addWidget(part)
    window.show()
    window.activateWindow()
    editor.area.setFocus()
    qtbot.waitUntil(editor.area.hasFocus)
    told: list[str] = []
    editor.program_changed.connect(told.append)
    qtbot.keyClicks(editor.area, "x")
    qtbot.keyClick(editor.area, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is other
    assert told == ["x"]


@pytest.mark.parametrize(("keys", "key"), [("Ctrl+Return", Qt.Key.Key_Return), ("Ctrl+F", Qt.Key.Key_F)])
def test_the_windows_keys_work_inside_and_outside_of_the_editor(qtbot: QtBot, keys: str, key: Qt.Key) -> None:
    window, editor, other = QMainWindow(), ProgramEditor(LIGHT), QLineEdit()
    qtbot.addWidget(window)
    both = QWidget()
    column = QVBoxLayout(both)
    column.addWidget(editor)
    column.addWidget(other)
    window.setCentralWidget(both)
    action = QAction("Act", window)
    action.setShortcut(QKeySequence(keys))
    window.addAction(action)
    editor.set_program("x")
    window.show()
    window.activateWindow()
    for place in (editor.area, other):
        place.setFocus()
        qtbot.waitUntil(place.hasFocus)
        with qtbot.waitSignal(action.triggered, timeout=1000):
            qtbot.keyClick(place, key, CONTROL)
    editor.find()
    with qtbot.waitSignal(action.triggered, timeout=1000):
        qtbot.keyClick(editor._find.field, key, CONTROL)
    assert editor.program() == "x"


def test_the_caret_is_reported(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.set_program("ab\n𝛼 = 1")
    with qtbot.waitSignal(editor.caret_moved) as moved:
        put_caret(editor, 2, 3)
    assert moved.args == [2, 3]


# Marks


def test_faults_are_underlined_marked_and_said(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.set_program("y = 1\nz = torch.sim(y)")
    editor.set_faults(
        (
            Fault(
                "torch has no function sim.",
                Span(2, 4, 2, 13),
                "Did you mean torch.sin?",
                "AttributeError: sim",
            ),
            Fault("The program has no value.", None),
        )
    )
    assert editor._strip.text == "Line 2: torch has no function sim. Did you mean torch.sin?"
    assert "AttributeError" in editor._strip.toolTip()
    underlined = [s.cursor.selectedText() for s in waves(editor)]
    assert underlined == ["torch.sim"]
    assert editor.area.fault_on(2) is not None
    assert editor.area.fault_on(1) is None
    qtbot.mouseClick(editor._strip, Qt.MouseButton.LeftButton)
    assert editor.area.textCursor().selectedText() == "torch.sim"
    editor.set_faults(())
    assert waves(editor) == []
    assert not editor._strip.isVisible()


def waves(editor: ProgramEditor) -> list[QTextEdit.ExtraSelection]:
    return [
        s
        for s in editor.area.extraSelections()
        if s.format.fontUnderline() or s.format.underlineStyle().value > 1
    ]


def test_a_fault_without_a_place_is_only_said(editor: ProgramEditor) -> None:
    editor.set_program("")
    editor.set_faults((Fault("The program is empty.", None, "Type an expression."),))
    assert editor._strip.text == "The program is empty. Type an expression."
    assert waves(editor) == []


@pytest.mark.parametrize("span", [Span(1, 3, 1, 3), Span(9, 0, 9, 4), Span(1, 99, 2, 99), Span(0, -1, 0, 0)])
def test_marks_of_places_that_are_gone_do_no_harm(editor: ProgramEditor, span: Span) -> None:
    editor.set_program("x +")
    editor.set_faults((Fault("Unfinished.", span),))
    editor.highlight(span)
    editor.select(span)
    assert not editor.grab().isNull()


def test_a_fault_at_the_end_of_a_line_can_be_seen(editor: ProgramEditor) -> None:
    editor.set_program("x +")
    editor.set_faults((Fault("Unfinished.", Span(1, 3, 1, 3)),))
    assert [s.cursor.selectedText() for s in waves(editor)] == ["+"]


def test_marks_move_with_the_text(editor: ProgramEditor) -> None:
    editor.set_program("x + oops")
    editor.set_faults((Fault("Unknown.", Span(1, 4, 1, 8)),))
    editor.highlight(Span(1, 0, 1, 1))
    cursor = QTextCursor(editor.area.document())
    cursor.insertText("\n  ")
    assert [s.cursor.selectedText() for s in waves(editor)] == ["oops"]
    assert editor.area.fault_on(2) is not None


def test_brackets_match(editor: ProgramEditor) -> None:
    editor.set_program("f(a[1], (b))")
    put_caret(editor, 1, 2)
    assert sorted(s.cursor.position() for s in editor.area.extraSelections()) == [2, 12]
    put_caret(editor, 1, 6)
    assert [s.cursor.position() for s in editor.area.extraSelections()] == [6, 4]


def test_parameters_wear_their_colours(editor: ProgramEditor) -> None:
    editor.set_program("loss = x + y")
    editor.set_parameters(("y", "x"))
    block = editor.area.document().firstBlock()
    found = {
        block.text()[f.start : f.start + f.length]: f.format.foreground().color().name()
        for f in block.layout().formats()
    }
    assert found["x"] == category(LIGHT, 1)
    assert found["y"] == category(LIGHT, 0)
    editor.apply_theme(DARK)
    colours = {f.format.foreground().color().name() for f in block.layout().formats()}
    assert category(DARK, 1) in colours


# Keys


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ("for i in range(3):", [(Qt.Key.Key_Return, None)], "for i in range(3):\n    "),
        ("    x = 1", [(Qt.Key.Key_Return, None)], "    x = 1\n    "),
        ("x  # if:", [(Qt.Key.Key_Return, None)], "x  # if:\n"),
        ("", [(Qt.Key.Key_Tab, None)], "    "),
        ("ab", [(Qt.Key.Key_Tab, None)], "ab  "),
        ("        ", [(Qt.Key.Key_Backspace, None)], "    "),
        ("      ", [(Qt.Key.Key_Backspace, None)], "    "),
        ("    x", [(Qt.Key.Key_Backspace, None)], "    "),
        ("        x", [(Qt.Key.Key_Backtab, SHIFT)], "    x"),
        ("  x", [(Qt.Key.Key_Slash, CONTROL)], "  # x"),
        ("  # x", [(Qt.Key.Key_Slash, CONTROL)], "  x"),
        ("#x", [(Qt.Key.Key_Slash, CONTROL)], "x"),
    ],
)
def test_keys(
    editor: ProgramEditor, qtbot: QtBot, before: str, keys: list[tuple[object, object]], after: str
) -> None:
    editor.set_program(before)
    editor.area.moveCursor(QTextCursor.MoveOperation.End)
    for key, held in keys:
        qtbot.keyClick(editor.area, key, held or Qt.KeyboardModifier.NoModifier)
    assert editor.program() == after


def test_several_lines_move_and_are_commented_together(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.set_program("if a:\n    b\n\n    c\nd")
    editor.select(Span(2, 0, 5, 0))
    qtbot.keyClick(editor.area, Qt.Key.Key_Tab)
    assert editor.program() == "if a:\n        b\n\n        c\nd"
    qtbot.keyClick(editor.area, Qt.Key.Key_Backtab, SHIFT)
    editor.toggle_comment()
    assert editor.program() == "if a:\n    # b\n\n    # c\nd"
    editor.toggle_comment()
    assert editor.program() == "if a:\n    b\n\n    c\nd"
    editor.undo()
    assert editor.program() == "if a:\n    # b\n\n    # c\nd"


def test_a_bracket_encloses_the_selection(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.set_program("x - 2")
    editor.area.selectAll()
    qtbot.keyClicks(editor.area, "(")
    assert editor.program() == "(x - 2)"


def test_zoom(editor: ProgramEditor, qtbot: QtBot) -> None:
    usual = editor.area.font().pointSizeF()
    qtbot.keyClick(editor.area, Qt.Key.Key_Plus, CONTROL)
    assert editor.area.font().pointSizeF() == usual + 1
    for _ in range(99):
        qtbot.keyClick(editor.area, Qt.Key.Key_Minus, CONTROL)
    assert editor.area.font().pointSizeF() == 7
    qtbot.keyClick(editor.area, Qt.Key.Key_0, CONTROL)
    assert editor.area.font().pointSizeF() == usual
    none = Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        QPointF(9, 9),
        QPointF(9, 9),
        QPoint(),
        QPoint(0, 120),
        none,
        CONTROL,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor.area.viewport(), wheel)
    assert editor.area.font().pointSizeF() == usual + 1


def test_find(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.set_program("loss = x\nx + loss")
    put_caret(editor, 1, 0)
    editor.find()
    bar = editor._find
    qtbot.keyClicks(bar.field, "loss")
    assert editor.area.textCursor().selectionStart() == 0
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert editor.area.textCursor().blockNumber() == 1
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert editor.area.textCursor().blockNumber() == 0
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, SHIFT)
    assert editor.area.textCursor().blockNumber() == 1
    qtbot.keyClicks(bar.field, "!")
    assert LIGHT.error in bar.field.styleSheet()
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert editor.program() == "loss = x\nx + loss"


# Places and tokens


@given(st.text(st.sampled_from("aé𝛼\n 1"), max_size=40), st.integers(0, 50), st.integers(0, 50))
def test_places_are_found_again(text: str, line: int, column: int) -> None:
    document = QTextDocument(text)
    rows = text.split("\n")
    row = min(max(line, 1), len(rows)) - 1
    position = position_of(document, line, column)
    block = document.findBlock(position)
    assert block.blockNumber() == row
    assert column_of(block, position) == min(column, len(rows[row]))


@given(
    st.text(st.sampled_from("aé𝛼\n 1"), min_size=1, max_size=40),
    st.tuples(*[st.integers(0, 9)] * 4),
)
def test_a_selection_is_the_text_of_its_span(text: str, numbers: tuple[int, int, int, int]) -> None:
    span = Span(*numbers)
    document = QTextDocument(text)
    chosen = cursor_of(document, span).selectedText()
    assert chosen.replace("\u2029", "\n") in text
    visible = visible_cursor_of(document, span)
    assert visible.hasSelection() or not visible.block().text()


@given(st.text(max_size=80).map(lambda text: text.replace("\n", " ")))
def test_tokens_do_not_overlap(line: str) -> None:
    end = 0
    for start, length, kind in tokens(line):
        assert start >= end
        assert length > 0
        assert kind in LIGHT.syntax
        end = start + length
    assert end <= len(line)


def test_tokens() -> None:
    line = "y = torch.sin (2.5e-3*x) if x else 'a' # b"
    assert [(line[s : s + n], kind) for s, n, kind in tokens(line)] == [
        ("y", "name"), ("=", "operator"), ("torch", "name"), ("sin", "function"), ("2.5e-3", "number"),
        ("*", "operator"), ("x", "name"), ("if", "keyword"), ("x", "name"), ("else", "keyword"), ("'a'", "string"),
        ("# b", "comment"),
    ]  # fmt: skip


HOSTILE = ["\x00", "\ufeff", "\u202e", "x" * 50_000, "-" * 100_000 + "1", "\r\nx", "a\u2028b", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:8]))
def test_hostile_text_does_no_harm(editor: ProgramEditor, text: str) -> None:
    editor.set_program(text)
    editor.set_faults((Fault("Refused.", Span(1, 0, 1, len(text))),))
    editor.select(Span(1, 0, 1, 1))
    assert isinstance(editor.program(), str)
    assert not editor.grab().isNull()
