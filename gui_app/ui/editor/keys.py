"""What a key does in the editor beyond typing: a table from keys to acts on the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from gui_app.ui.editor.places import PAIRS

if TYPE_CHECKING:
    from gui_app.ui.editor.code_area import CodeArea

INDENT = 4

Act = Callable[["CodeArea"], bool]
"""Returns whether the key is used up; otherwise Qt's own meaning follows."""

_KEEP = QTextCursor.MoveMode.KeepAnchor


def _lines(area: CodeArea) -> list[int]:
    """Numbers of the blocks that the selection touches; a block whose mere start is touched is not."""
    cursor, document = area.textCursor(), area.document()
    first = document.findBlock(cursor.selectionStart()).blockNumber()
    end = document.findBlock(cursor.selectionEnd())
    last = end.blockNumber()
    if last > first and cursor.selectionEnd() == end.position():
        last -= 1
    return list(range(first, last + 1))


def _change_line(area: CodeArea, number: int, change: Callable[[str], str]) -> None:
    """Replace the start of a line, where it differs, so that carets further right stay where they are."""
    block = area.document().findBlockByNumber(number)
    old, new = block.text(), change(block.text())
    kept = 0
    while kept < min(len(old), len(new)) and old[len(old) - 1 - kept] == new[len(new) - 1 - kept]:
        kept += 1
    cursor = QTextCursor(block)
    cursor.movePosition(QTextCursor.MoveOperation.Right, _KEEP, len(old) - kept)
    cursor.insertText(new[: len(new) - kept])


def _change_lines(area: CodeArea, change: Callable[[str], str]) -> bool:
    cursor = area.textCursor()
    cursor.beginEditBlock()
    for number in _lines(area):
        _change_line(area, number, change)
    cursor.endEditBlock()
    return True


def toggle_comment(area: CodeArea) -> bool:
    """Comment the selected lines out, or in again if all of them are."""
    document = area.document()
    texts = [document.findBlockByNumber(number).text() for number in _lines(area)]
    filled = [text for text in texts if text.strip()] or [""]
    if all(text.lstrip().startswith("#") for text in filled):
        return _change_lines(area, lambda text: re.sub(r"^(\s*)# ?", r"\1", text))
    margin = min(len(text) - len(text.lstrip()) for text in filled)
    skip_blank = len(texts) > 1
    return _change_lines(
        area, lambda text: text if skip_blank and not text.strip() else f"{text[:margin]}# {text[margin:]}"
    )


def indent(area: CodeArea) -> bool:
    """Spaces up to the next stop; a selection of lines moves as a whole."""
    cursor = area.textCursor()
    if cursor.hasSelection() and len(_lines(area)) > 1:
        return _change_lines(area, lambda text: " " * INDENT + text if text.strip() else text)
    cursor.insertText(" " * (INDENT - cursor.positionInBlock() % INDENT))
    return True


def dedent(area: CodeArea) -> bool:
    """Take one stop of spaces from the selected lines."""
    return _change_lines(area, lambda text: re.sub(rf"^(\t| {{1,{INDENT}}})", "", text))


def new_line(area: CodeArea) -> bool:
    """Keep the indentation, one stop deeper after a colon."""
    cursor = area.textCursor()
    before = cursor.block().text()[: cursor.positionInBlock()]
    deeper = INDENT if before.partition("#")[0].rstrip().endswith(":") else 0
    cursor.insertText("\n" + " " * (len(before) - len(before.lstrip()) + deeper))
    area.setTextCursor(cursor)
    area.ensureCursorVisible()
    return True


def erase_stop(area: CodeArea) -> bool:
    """Backspace in the indentation takes one stop of spaces."""
    cursor = area.textCursor()
    before = cursor.block().text()[: cursor.positionInBlock()]
    if cursor.hasSelection() or not before or before.strip(" "):
        return False
    count = (len(before) - 1) % INDENT + 1
    cursor.movePosition(QTextCursor.MoveOperation.Left, _KEEP, count)
    cursor.removeSelectedText()
    return True


def _around(opener: str) -> Act:
    """A bracket typed over a selection encloses it."""

    def act(area: CodeArea) -> bool:
        cursor = area.textCursor()
        if not cursor.hasSelection():
            return False
        cursor.insertText(opener + cursor.selectedText() + PAIRS[opener])
        return True

    return act


def _zoom(by: float) -> Act:
    def act(area: CodeArea) -> bool:
        area.zoom(by)
        return True

    return act


def leave(area: CodeArea) -> bool:
    """On to the next field: Tab is taken by the text."""
    area.setTabChangesFocus(True)  # or Qt would refuse
    moved = area.focusNextChild()
    area.setTabChangesFocus(False)
    return moved


_PLAIN, _SHIFT, _CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)

_BY_TEXT: dict[str, Act] = {opener: _around(opener) for opener in PAIRS}
_TABLE: dict[tuple[Qt.KeyboardModifier, Qt.Key], Act] = {
    (_PLAIN, Qt.Key.Key_Tab): indent,
    (_SHIFT, Qt.Key.Key_Backtab): dedent,
    (_PLAIN, Qt.Key.Key_Return): new_line,
    (_PLAIN, Qt.Key.Key_Enter): new_line,
    (_PLAIN, Qt.Key.Key_Backspace): erase_stop,
    (_PLAIN, Qt.Key.Key_Escape): leave,
    (_CONTROL, Qt.Key.Key_Slash): toggle_comment,
    (_CONTROL, Qt.Key.Key_Plus): _zoom(+1),
    (_CONTROL, Qt.Key.Key_Equal): _zoom(+1),
    (_CONTROL, Qt.Key.Key_Minus): _zoom(-1),
    (_CONTROL, Qt.Key.Key_0): _zoom(0),
}


def action(event: QKeyEvent) -> Act | None:
    """What the key of ``event`` does, if it is in the table."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    found = _TABLE.get((held, Qt.Key(event.key())))
    if found is None and held & _CONTROL:
        # Layouts on which / or + need Shift send it along with the key.
        found = _TABLE.get((held & ~_SHIFT, Qt.Key(event.key())))
    if found is None and not held & _CONTROL:
        found = _BY_TEXT.get(event.text())
    return found
