"""Completion: what is offered where, and that it never gets in the way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui_app.engine import vocabulary
from gui_app.language.names import Word, Words
from gui_app.ui.editor.editor import ProgramEditor
from gui_app.ui.editor.vocabulary import call_at, candidates, names
from gui_app.ui.theme import DARK, LIGHT

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

WORDS = Words(
    functions={n: Word(n, n, "input", f"The {n}.") for n in ("sin", "sinh", "sum", "exp")},
    namespaces={
        "torch": {
            "sin": Word("torch.sin", "sin", "input", "Sine."),
            "sum": Word("torch.sum", "sum", "input | input, dim"),
        },
        "torch.nn.functional": {"relu": Word("torch.nn.functional.relu", "relu", "input", "Rectifier.")},
        "math": {"sin": Word("math.sin", "msin", "x")},
    },
    methods={"sum": Word(".sum", "m_sum", "dim=None", "Sum of the elements."), "t": Word(".t", "t")},
    attributes={"shape": Word(".shape", "shape", help="Sizes.")},
    constants={
        "pi": Word("pi", "pi"),
        "math.pi": Word("math.pi", "pi"),
        "torch.float64": Word("torch.float64", "f64"),
    },
    contexts={"torch.no_grad": Word("torch.no_grad", "with torch.no_grad")},
    aliases={"F": "torch.nn.functional"},
)


@pytest.mark.parametrize(
    ("before", "stem", "offered"),
    [
        ("y = si", "si", ["sin", "sinh"]),
        ("y = s", "s", []),
        ("torch.", "", ["float64", "nn", "no_grad", "sin", "sum"]),
        ("with torch.no", "no", ["no_grad"]),
        ("torch.nn.", "", ["functional"]),
        ("F.re", "re", ["relu"]),
        ("math.", "", ["pi", "sin"]),
        ("(a @ b).", "", ["shape", "sum", "t"]),
        ("a[0].s", "s", ["shape", "sum"]),
        ("x.su", "su", ["sum"]),
        ("# si", "", []),
        ("'si", "", []),
        ("1e", "e", []),
        ("2.", "", []),
        ("wh", "wh", ["while"]),
        ("wi", "wi", ["with"]),
        ("'a' + si", "si", ["sin", "sinh"]),
        ("los", "los", ["loss"]),
    ],
)
def test_what_is_offered(before: str, stem: str, offered: list[str]) -> None:
    found_stem, found = candidates(WORDS, "loss = x\n" + before, before)
    assert names(found) == offered
    assert not offered or found_stem == stem


def test_without_a_vocabulary_the_programs_own_names_are_offered() -> None:
    assert names(candidates(None, "loss = x\nlo", "lo")[1]) == ["loss"]
    assert candidates(None, "torch.", "torch.")[1] == []
    assert call_at(None, "torch.sin(") is None


@given(st.text(max_size=40))
def test_any_text_before_the_caret_is_bearable(before: str) -> None:
    line = before.replace("\n", " ")
    stem, found = candidates(WORDS, line, line, asked=True)
    assert line.endswith(stem)
    assert all(c.text.startswith(stem) for c in found)
    call_at(WORDS, line)


@pytest.mark.parametrize(
    ("before", "signature"),
    [
        ("sin(", "sin(input)"),
        ("torch.sum(x, ", "sum(input)\nsum(input, dim)"),
        ("F.relu(torch.sin(x), ", "relu(input)"),
        ("x.sum(", "sum(dim=None)"),
        ("(a @ b).sum(", "sum(dim=None)"),
        ("y = sin(\n    x,  # a (\n    ", "sin(input)"),
        ("sin(')', ", "sin(input)"),
    ],
)
def test_the_call_at_the_caret(before: str, signature: str) -> None:
    found = call_at(WORDS, before)
    assert found is not None
    assert found.signature == signature


@pytest.mark.parametrize("before", ["sin(x)", "foo(", "(", "x + (", "", "# sin(", "'sin('", "sin(x)\n"])
def test_no_call_at_the_caret(before: str) -> None:
    assert call_at(WORDS, before) is None


@pytest.fixture
def editor(qtbot: QtBot) -> ProgramEditor:
    made = ProgramEditor(LIGHT)
    qtbot.addWidget(made)
    made.set_words(WORDS)
    made.resize(320, 240)
    made.show()
    made.activateWindow()
    made.area.setFocus()
    return made


def test_tab_takes_the_first_word(editor: ProgramEditor, qtbot: QtBot) -> None:
    qtbot.keyClicks(editor.area, "ex")
    assert editor._completion.offered == ["exp"]
    qtbot.keyClick(editor.area, Qt.Key.Key_Tab)
    assert editor.program() == "exp"
    assert editor._completion.offered == []


def test_enter_is_a_new_line_until_a_word_is_chosen(editor: ProgramEditor, qtbot: QtBot) -> None:
    qtbot.keyClicks(editor.area, "si")
    qtbot.keyClick(editor.area, Qt.Key.Key_Return)
    assert editor.program() == "si\n"
    qtbot.keyClicks(editor.area, "si")
    qtbot.keyClick(editor.area, Qt.Key.Key_Down)
    qtbot.keyClick(editor.area, Qt.Key.Key_Down)
    qtbot.keyClick(editor.area, Qt.Key.Key_Return)
    assert editor.program() == "si\nsinh"


def test_escape_and_leaving_close_the_list(editor: ProgramEditor, qtbot: QtBot) -> None:
    qtbot.keyClicks(editor.area, "torch.")
    assert editor._completion.offered == ["float64", "nn", "no_grad", "sin", "sum"]
    qtbot.keyClick(editor.area, Qt.Key.Key_Escape)
    assert editor._completion.offered == []
    qtbot.keyClick(editor.area, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert editor._completion.offered
    editor.apply_theme(DARK)
    editor.area.clearFocus()
    assert editor._completion.offered == []


def test_the_signature_shows_inside_the_brackets(editor: ProgramEditor, qtbot: QtBot) -> None:
    qtbot.keyClicks(editor.area, "exp(")
    tip = editor._completion._tip
    assert tip.isVisible()
    assert editor._completion._tip_text.text() == "exp(input)\nThe exp."
    qtbot.keyClicks(editor.area, "x)")
    assert not tip.isVisible()


def test_text_from_outside_offers_nothing(editor: ProgramEditor) -> None:
    editor.set_program("si")
    assert editor._completion.offered == []


def test_the_signature_is_shown_on_the_next_line_of_a_call(editor: ProgramEditor, qtbot: QtBot) -> None:
    qtbot.waitUntil(editor.area.hasFocus)
    editor.set_program("y = torch.sin(\n    x\n)")
    cursor = editor.area.textCursor()
    cursor.setPosition(len("y = torch.sin(\n    x"))
    editor.area.setTextCursor(cursor)
    assert editor._completion._tip.isVisible()
    assert editor._completion._tip_text.text() == "sin(input)\nSine."
    cursor.movePosition(cursor.MoveOperation.End)
    editor.area.setTextCursor(cursor)
    assert not editor._completion._tip.isVisible()


def test_the_engines_own_words() -> None:
    known = vocabulary.words()
    offered = {before: names(candidates(known, "", before)[1]) for before in ("loss.back", "x.gra", "pri")}
    assert offered == {"loss.back": ["backward"], "x.gra": ["grad", "grad_fn"], "pri": ["print"]}
    for before, signature in (
        ("loss.backward(", "backward(gradient=None, retain_graph=None, create_graph=False, inputs=None)"),
        ("print(", "print(*values"),
    ):
        found = call_at(known, before)
        assert found is not None
        assert found.signature.startswith(signature)
