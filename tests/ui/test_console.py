"""The console: what is printed, at which step, and that the view follows the step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QToolTip
from pytestqt.qtbot import QtBot

from gui_app.core.console import CUT, MOST_CHARACTERS
from gui_app.core.events import Printed
from gui_app.ui.console.console import CHUNK, EMPTY, Console
from gui_app.ui.console.transcript import LONGEST_LINE, _broken
from gui_app.ui.theme import DARK, LIGHT

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

LINES = [Printed(step, f"loss {step}\n") for step in range(60)]


@pytest.fixture
def console(qtbot: QtBot) -> Console:
    made = Console(LIGHT)
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    return made


def shown(console: Console) -> str:
    return console.transcript.toPlainText()


def dimmed(console: Console) -> str:
    found = console.transcript.extraSelections()
    return found[0].cursor.selectedText().replace("\u2029", "\n") if found else ""


def ink_of_later(console: Console) -> str:
    found = console.transcript.extraSelections()[0]
    return str(found.format.foreground().color().name())


def visible_lines(console: Console) -> tuple[int, int]:
    """The first and the last line that are wholly in sight."""
    area = console.transcript
    first = area.firstVisibleBlock().blockNumber()
    last = area.cursorForPosition(QPoint(0, area.viewport().height() - 1)).blockNumber()
    bottom = area.cursorRect(area.cursorForPosition(QPoint(0, area.viewport().height() - 1))).bottom()
    return first, last if bottom <= area.viewport().height() else last - 1


# The text


def test_empty_says_what_to_do(console: Console) -> None:
    assert console._empty.text() == EMPTY
    assert console._empty.isVisible()
    console.append([Printed(0, "x\n")])
    assert not console._empty.isVisible()
    assert console.transcript.isVisible()
    console.clear()
    assert console._empty.isVisible()
    assert shown(console) == ""


def test_texts_are_a_stream(console: Console) -> None:
    console.append([Printed(0, "a "), Printed(0, "b\n")])
    console.append([Printed(1, "\n"), Printed(1, "tensor([[1.],\n        [2.]])\n"), Printed(2, "end")])
    assert shown(console) == "a b\n\ntensor([[1.],\n        [2.]])\nend"
    assert console.transcript.text() == console.text() == f"{shown(console)}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from("ab\n é𝛼"), max_size=12), max_size=12), st.integers(0, 12))
def test_however_it_comes_it_is_what_was_printed(console: Console, texts: list[str], cut: int) -> None:
    area = console.transcript
    area.wipe()
    printed = [Printed(number, text) for number, text in enumerate(texts)]
    area.add(printed[:cut])
    area.add(printed[cut:])
    assert area.text() == "".join(texts)
    whole = area.document().toPlainText()
    for number in range(len(texts)):
        area.set_step(number - 1)
        later = dimmed(console)
        assert whole.endswith(later)
        assert later == "".join(texts[number:]).removesuffix("\n" * area._ended)


def test_what_is_there_is_not_laid_out_again(console: Console) -> None:
    console.set_lines(LINES[:3])
    revision = console.transcript.document().revision()
    console.set_lines(list(LINES[:3]))
    assert console.transcript.document().revision() == revision
    console.set_lines(LINES[:5])
    assert shown(console).splitlines() == [f"loss {step}" for step in range(5)]
    console.set_lines([Printed(0, "other\n")])
    assert shown(console) == "other"
    console.set_lines([])
    assert console._empty.isVisible()


def test_what_is_too_much_is_left_out_and_said(console: Console, qtbot: QtBot) -> None:
    console.append([Printed(step, f"{step:>1000}\n") for step in range(100)])
    qtbot.waitUntil(lambda: console._laid == len(console._kept.lines))
    assert shown(console).endswith(CUT.rstrip("\n"))
    assert len(console.text()) <= MOST_CHARACTERS + len(CUT)
    before = console.text()
    console.append([Printed(100, "one more\n")])
    assert console.text() == before


def test_a_burst_is_laid_out_in_chunks(console: Console, qtbot: QtBot) -> None:
    burst = [Printed(step, f"step {step}\n") for step in range(4000)]
    console.append(burst)
    assert 0 < len(shown(console)) <= CHUNK + 20
    console.append([Printed(4000, "last\n")])
    qtbot.waitUntil(lambda: shown(console).endswith("last"))
    assert shown(console) == console.text().removesuffix("\n")


def test_clearing_ends_a_burst(console: Console, qtbot: QtBot) -> None:
    console.append([Printed(step, f"step {step}\n") for step in range(4000)])
    console.clear()
    qtbot.wait(20)
    assert shown(console) == ""


@given(st.text(st.sampled_from("ab\n"), max_size=60).map(lambda text: text * 200))
def test_long_lines_go_on_in_the_next(text: str) -> None:
    broken = _broken(text)
    assert all(len(line) <= LONGEST_LINE for line in broken.split("\n"))
    assert broken.replace("\n", "") == text.replace("\n", "")
    if all(len(line) <= LONGEST_LINE for line in text.split("\n")):
        assert broken == text


@pytest.mark.parametrize(
    "text", ["\x00a", "a\r\nb", "\u2028", "\ufdd0\ufdd1", "\ud800", "\x1b[31m", "𝛼" * 5000]
)
def test_hostile_text_does_no_harm(console: Console, text: str) -> None:
    console.append([Printed(0, text), Printed(1, "after\n")])
    console.set_step(0)
    assert dimmed(console).lstrip("\n") == "after"
    assert not console.grab().isNull()


# The step


def test_what_comes_later_is_dimmed(console: Console) -> None:
    console.append([Printed(0, "a\n"), Printed(1, "b"), Printed(2, "c\n"), Printed(5, "d\n")])
    for step, later in ((-1, "a\nbc\nd"), (0, "bc\nd"), (1, "c\nd"), (2, "d"), (4, "d"), (5, ""), (9, "")):
        console.set_step(step)
        assert dimmed(console) == later
    console.set_step(0)
    assert ink_of_later(console) == LIGHT.faint
    console.apply_theme(DARK)
    assert ink_of_later(console) == DARK.faint


def test_the_view_follows_the_step(console: Console) -> None:
    console.append(LINES)
    for step in (59, 30, 31, 2, 45, 0):
        console.set_step(step)
        first, last = visible_lines(console)
        assert first <= step <= last


def test_the_view_follows_a_run(console: Console) -> None:
    for each in LINES:
        console.append([each])
        console.set_step(each.step)
    first, last = visible_lines(console)
    assert first <= 59 <= last


def test_who_scrolls_is_left_alone_until_the_step_is_in_sight_again(console: Console) -> None:
    console.append(LINES)
    console.set_step(59)
    bar = console.transcript.verticalScrollBar()
    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    assert bar.value() == 0
    console.set_step(58)
    assert bar.value() == 0
    bar.triggerAction(bar.SliderAction.SliderToMaximum)
    console.set_step(10)
    first, last = visible_lines(console)
    assert first <= 10 <= last


def test_the_number_of_a_step_leads_there(console: Console, qtbot: QtBot) -> None:
    console.append([Printed(3, "a\nb\n"), Printed(1200, "c\n")])
    area, gutter = console.transcript, console.transcript._gutter
    rows = [area.blockBoundingGeometry(area.document().findBlockByNumber(n)).center().y() for n in range(3)]
    for y, step in zip(rows, (3, 3, 1200), strict=True):
        with qtbot.waitSignal(console.step_chosen) as chosen:
            QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(4, round(y)))
        assert chosen.args == [step]
    with qtbot.assertNotEmitted(console.step_chosen):
        QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(4, area.viewport().height() - 2))
        QTest.mouseClick(gutter, Qt.MouseButton.RightButton, pos=QPoint(4, round(rows[0])))
    place = QPoint(4, round(rows[2]))
    QApplication.sendEvent(gutter, QHelpEvent(QEvent.Type.ToolTip, place, gutter.mapToGlobal(place)))
    assert QToolTip.text() == "Go to step 1,200"
    QToolTip.hideText()


def test_the_steps_are_beside_their_texts(console: Console) -> None:
    console.append([Printed(0, "a\nb\n"), Printed(7, "c\n")])
    console.set_step(7)
    QApplication.processEvents()
    picture = console.grab().toImage()
    ratio = picture.devicePixelRatio()
    area = console.transcript
    inks = []
    for line in range(3):
        box = area.blockBoundingGeometry(area.document().findBlockByNumber(line))
        inks.append(
            {
                picture.pixelColor(round(x * ratio), round(y * ratio)).name()
                for x in range(4, area._gutter.width() - 4)
                for y in range(round(box.top()) + 1, round(box.bottom()))
            }
        )
    assert LIGHT.panel in inks[1]
    assert len(inks[1]) == 1  # the second line of a text has no number
    assert len(inks[0]) > 1
    assert len(inks[2]) > 1
    assert inks[0].isdisjoint(inks[2] - {LIGHT.panel})  # that of the step that is shown has its colour


# Taking it away


def entries(menu: QMenu) -> dict[str, object]:
    return {action.text(): action for action in menu.actions() if action.text()}


def test_copying(console: Console) -> None:
    console.append(LINES[:3])
    menu = console.menu()
    assert list(entries(menu)) == ["Copy", "Select all", "Save as text…"]
    assert not entries(menu)["Copy"].isEnabled()
    entries(menu)["Select all"].trigger()
    QTest.keyClick(console.transcript, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "loss 0\nloss 1\nloss 2"
    menu.close()
    menu.deleteLater()


def test_saving(console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    console.append([Printed(0, "é\n"), Printed(1, "end\n")])
    path = tmp_path / "printed.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    console.save()
    assert path.read_bytes() == "é\nend\n".encode()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    console.save()
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_saved_is_said(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console.append([Printed(0, "x\n")])
    missing = tmp_path / "gone" / "printed.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(missing), ""))
    console.save()
    box = console.findChild(QMessageBox)
    assert "folder does not exist" in box.text()
    box.close()
