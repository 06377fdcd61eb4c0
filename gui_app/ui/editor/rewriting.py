"""A new text for a document as an edit of what differs: caret, scroll and undo history stay."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor, QTextDocument

from gui_app.ui.editor.places import units


def common_ends(old: str, new: str) -> tuple[int, int]:
    """Lengths of the beginning and of the end that the texts share; they do not overlap in either."""
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    rest = most - head
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    return head, tail


def rewrite(document: QTextDocument, text: str) -> None:
    """Make ``text`` of the document, in one step that can be undone."""
    old = document.toPlainText()
    head, tail = common_ends(old, text)
    cursor = QTextCursor(document)
    cursor.setPosition(units(old[:head]))
    cursor.setPosition(units(old[: len(old) - tail]), QTextCursor.MoveMode.KeepAnchor)
    cursor.beginEditBlock()
    cursor.insertText(text[head : len(text) - tail])
    cursor.endEditBlock()
