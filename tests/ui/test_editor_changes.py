"""The editor when its text is brought up to date from outside, what it says of a program, and its colours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gui_app.core.fault import Fault, Span
from gui_app.language.compiler import check
from gui_app.ui.editor.editor import KINDS, QUIET_MS, ProgramEditor
from gui_app.ui.editor.highlighter import scan
from gui_app.ui.editor.message_strip import mixed
from gui_app.ui.editor.places import position_of, units
from gui_app.ui.editor.rewriting import common_ends, rewrite
from gui_app.ui.theme import LIGHT, category

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LONG = "\n".join(f"y{line} = x * {line}" for line in range(40))


@pytest.fixture
def editor(qtbot: QtBot) -> ProgramEditor:
    made = ProgramEditor(LIGHT)
    qtbot.addWidget(made)
    made.resize(320, 240)
    made.show()
    made.activateWindow()
    made.area.setFocus()
    return made


def put_caret(editor: ProgramEditor, line: int, column: int) -> None:
    cursor = QTextCursor(editor.area.document())
    cursor.setPosition(position_of(editor.area.document(), line, column))
    editor.area.setTextCursor(cursor)


# A new text


def test_a_small_change_is_an_edit(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.open_program(LONG)
    put_caret(editor, 31, 5)
    place, scroll = editor.area.textCursor().position(), editor.area.verticalScrollBar().value()
    assert scroll > 0
    with qtbot.assertNotEmitted(editor.program_changed, wait=3 * QUIET_MS):
        editor.set_program(LONG.replace("y3 = x * 3", "y3 = x * 3.25"))
    assert editor.area.textCursor().position() == place + 3
    assert editor.area.caret() == (31, 5)
    assert editor.area.verticalScrollBar().value() == scroll
    with qtbot.waitSignal(editor.program_changed) as told:
        editor.undo()
    assert told.args == [LONG]
    assert not editor.area.document().isUndoAvailable()
    editor.redo()
    assert "3.25" in editor.program()


def test_what_was_typed_before_can_still_be_taken_back(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.open_program("x = 1\ny = 2")
    put_caret(editor, 2, 5)
    qtbot.keyClicks(editor.area, "5")
    editor.flush()
    editor.set_program("x = 17\ny = 25")
    editor.undo()
    assert editor.program() == "x = 1\ny = 25"
    editor.undo()
    assert editor.program() == "x = 1\ny = 2"


@pytest.mark.parametrize("text", ["(a - b)**2", "", LONG])
def test_another_document_has_no_history(editor: ProgramEditor, text: str) -> None:
    editor.open_program("loss = 1\nloss")
    editor.set_program(text)
    assert editor.program() == text
    assert not editor.area.document().isUndoAvailable()


def test_opening_forgets_even_what_is_alike(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.open_program("x**2 + 1")
    with qtbot.assertNotEmitted(editor.program_changed, wait=3 * QUIET_MS):
        editor.open_program("x**2 + 2")
    assert not editor.area.document().isUndoAvailable()


def test_the_gutter_has_room_for_a_text_from_outside(editor: ProgramEditor) -> None:
    editor.open_program("x")
    narrow = editor.area.viewportMargins().left()
    editor.open_program("\n".join("x" for _ in range(1200)))
    assert editor.area.viewportMargins().left() == editor.area.gutter_width() > narrow


texts = st.text(st.sampled_from("aé𝛼\n x1"), max_size=30)


@given(texts, texts)
def test_ends_are_shared_and_do_not_overlap(old: str, new: str) -> None:
    head, tail = common_ends(old, new)
    assert head + tail <= min(len(old), len(new))
    assert old[:head] == new[:head]
    assert old[len(old) - tail :] == new[len(new) - tail :]


@given(texts, texts)
def test_rewriting_gives_the_text_and_undo_the_old_one(old: str, new: str) -> None:
    document = QTextDocument(old)
    document.clearUndoRedoStacks()
    caret = QTextCursor(document)
    head, _ = common_ends(old, new)
    before = units(old[: max(0, head - 1)])
    caret.setPosition(before)
    rewrite(document, new)
    assert document.toPlainText() == new
    assert caret.position() == before or not head  # what is typed at the caret pushes it
    if old != new:
        document.undo()
    assert document.toPlainText() == old
    assert not document.isUndoAvailable()


# What is said of the program


@pytest.mark.parametrize("kind", ["objective", "script"])
def test_the_kind_is_said_beneath(editor: ProgramEditor, kind: str) -> None:
    editor.set_kind(kind)
    assert editor._kind.text() == KINDS[kind]
    assert editor._kind.isVisible()
    editor.set_faults((Fault("Wrong.", None),))
    assert not editor._kind.isVisible()
    editor.set_faults(())
    assert editor._kind.isVisible()
    editor.set_kind("")
    assert not editor._kind.isVisible()


def test_the_kinds_are_those_of_the_language() -> None:
    assert check("x**2", None).kind in KINDS
    assert {"objective", "script"} <= set(KINDS)


def backgrounds(editor: ProgramEditor) -> dict[str, str]:
    found = {}
    for each in editor.area.extraSelections():
        found[each.cursor.selectedText()] = each.format.background().color().name()
    return found


def test_the_place_of_a_failure_is_marked_and_brought_into_sight(editor: ProgramEditor) -> None:
    editor.open_program(LONG)
    editor.area.clearFocus()
    editor.mark_failure(Span(30, 6, 30, 12))
    assert backgrounds(editor)["x * 29"] == mixed(LIGHT.error, LIGHT.panel, 0.2).name()
    top = editor.area.firstVisibleBlock().blockNumber()
    assert top < 29
    assert editor.area.cursorForPosition(QPoint(0, editor.area.viewport().height() - 1)).blockNumber() >= 29
    assert editor.area.caret() == (1, 0)
    editor.mark_failure(None)
    assert "x * 29" not in backgrounds(editor)
    editor.mark_failure(Span(30, 6, 30, 12))
    editor.set_faults(())
    assert "x * 29" not in backgrounds(editor)


def test_who_types_is_not_scrolled_away(editor: ProgramEditor, qtbot: QtBot) -> None:
    editor.open_program(LONG)
    editor.area.setFocus()
    qtbot.waitUntil(editor.area.hasFocus)
    editor.mark_failure(Span(30, 6, 30, 12))
    assert editor.area.firstVisibleBlock().blockNumber() == 0


def test_the_message_is_over_the_squiggle_and_over_the_mark(editor: ProgramEditor) -> None:
    editor.open_program("y = 1\nz = oops")
    editor.set_faults((Fault("oops is not defined.", Span(2, 4, 2, 8), "Define it."),))
    area = editor.area
    cursor = QTextCursor(area.document())
    cursor.setPosition(position_of(area.document(), 2, 6))
    place = area.cursorRect(cursor).center()
    for widget, at in ((area.viewport(), place), (area._gutter, QPoint(4, place.y()))):
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
        assert QToolTip.text() == "oops is not defined. Define it."
        QToolTip.hideText()


def test_what_is_wrong_is_told_within_a_tenth_of_a_second() -> None:
    assert QUIET_MS <= 60  # the rest is for the check and the painting


# Examples


def test_an_example_takes_the_place_of_the_program(editor: ProgramEditor) -> None:
    editor.open_program("mine")
    told: list[str] = []
    editor.program_changed.connect(told.append)
    kinds = {action.text(): action.menu() for action in editor.examples.actions()}
    assert list(kinds) == ["Objectives", "Scripts"]
    first = kinds["Objectives"].actions()[0]
    first.trigger()
    assert first.text() == "One variable"
    assert editor.program().startswith("# One variable\n")
    assert told == [editor.program()]
    assert editor._completion.offered == []
    editor.undo()
    assert editor.program() == "mine"


# Colours


@pytest.mark.parametrize(
    ("line", "inside", "expected", "opened"),
    [
        ("print('a', b)", "", [("print", "function"), ("'a'", "string"), ("b", "name")], ""),
        ("s = f'{x + 1:.2f} is'", "", [
            ("s", "name"), ("=", "operator"), ("f'{", "string"), ("x", "name"), ("+", "operator"), ("1", "number"),
            (":", "operator"), (".2", "number"), ("f", "name"), ("} is'", "string"),
        ], ""),
        ("f'{{x}}'", "", [("f'{{x}}'", "string")], ""),
        ('"""doc', "", [('"""doc', "string")], '"""'),
        ('still " \' in', '"""', [('still " \' in', "string")], '"""'),
        ('end""" x', '"""', [('end"""', "string"), ("x", "name")], ""),
        ("rb'\\'' # c", "", [("rb'\\''", "string"), ("# c", "comment")], ""),
        ("'open", "", [("'open", "string")], "'"),
        ("with torch.no_grad():", "", [
            ("with", "keyword"), ("torch", "name"), ("no_grad", "function"), (":", "operator"),
        ], ""),
        ("def f(x): return None", "", [
            ("def", "keyword"), ("f", "function"), ("x", "name"), (":", "operator"), ("return", "keyword"),
            ("None", "keyword"),
        ], ""),
    ],
)  # fmt: skip
def test_the_tokens_of_a_line(line: str, inside: str, expected: list[tuple[str, str]], opened: str) -> None:
    found, left = scan(line, inside)
    assert [(line[s : s + n], kind) for s, n, kind in found] == expected
    assert left == opened


@given(
    st.text(st.sampled_from("f'\"{}\\ x1#("), max_size=30),
    st.sampled_from(["", '"""', "'''", 'f"""', "f'''"]),
)
def test_tokens_of_any_string_do_not_overlap(line: str, inside: str) -> None:
    end = 0
    for start, length, kind in scan(line, inside)[0]:
        assert start >= end
        assert length > 0
        assert kind in LIGHT.syntax
        end = start + length
    assert end <= len(line)


def inks(editor: ProgramEditor, line: int) -> list[tuple[str, str]]:
    block = editor.area.document().findBlockByNumber(line)
    return [
        (block.text()[f.start : f.start + f.length], f.format.foreground().color().name())
        for f in block.layout().formats()
    ]


def test_a_string_over_several_lines_is_one_string(editor: ProgramEditor) -> None:
    editor.open_program('"""about\nfor x\n"""\nx')
    assert inks(editor, 1) == [("for x", LIGHT.syntax["string"])]
    assert inks(editor, 3) == [("x", LIGHT.syntax["name"])]


def test_an_attribute_is_no_parameter(editor: ProgramEditor) -> None:
    editor.open_program("grad = x.grad")
    editor.set_parameters(("grad", "x"))
    found = inks(editor, 0)
    assert found[0] == ("grad", category(LIGHT, 0))
    assert found[-1] == ("grad", LIGHT.syntax["name"])
