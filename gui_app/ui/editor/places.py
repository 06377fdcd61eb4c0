"""Places of a program in Qt's document: spans count characters, Qt counts UTF-16 units."""

from __future__ import annotations

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from gui_app.core.fault import Span

PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPENERS = {closer: opener for opener, closer in PAIRS.items()}
MOST_SCANNED = 20_000
"""How far a matching bracket is looked for."""


def units(text: str) -> int:
    """Length of ``text`` in UTF-16 units."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def column_of(block: QTextBlock, position: int) -> int:
    """Column in characters of a position of the document that lies in ``block``."""
    column, seen = 0, block.position()
    for character in block.text():
        if seen >= position:
            break
        seen += units(character)
        column += 1
    return column


def position_of(document: QTextDocument, line: int, column: int) -> int:
    """Position in the document of a 1-based line and 0-based column, kept inside the text."""
    block = document.findBlockByNumber(min(max(line, 1), document.blockCount()) - 1)
    return block.position() + units(block.text()[: max(column, 0)])


def cursor_of(document: QTextDocument, span: Span) -> QTextCursor:
    """A cursor that selects ``span``."""
    cursor = QTextCursor(document)
    cursor.setPosition(position_of(document, span.line, span.column))
    end = position_of(document, span.end_line, span.end_column)
    cursor.setPosition(max(end, cursor.position()), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def visible_cursor_of(document: QTextDocument, span: Span) -> QTextCursor:
    """As :func:`cursor_of`, but at least one character wide, so that there is something to underline."""
    cursor = cursor_of(document, span)
    if not cursor.hasSelection():
        keep = QTextCursor.MoveMode.KeepAnchor
        step = (
            QTextCursor.MoveOperation.PreviousCharacter
            if cursor.atBlockEnd()
            else QTextCursor.MoveOperation.NextCharacter
        )
        if not (cursor.atBlockEnd() and cursor.atBlockStart()):
            cursor.movePosition(step, keep)
    return cursor


def matching_brackets(document: QTextDocument, position: int) -> tuple[int, int] | None:
    """Positions of the bracket beside ``position`` and of its partner."""
    for place in (position - 1, position):
        character = document.characterAt(place) if place >= 0 else ""
        if character in PAIRS:
            partner = _scan(document, place, +1, character, PAIRS[character])
        elif character in _OPENERS:
            partner = _scan(document, place, -1, character, _OPENERS[character])
        else:
            continue
        if partner is not None:
            return place, partner
    return None


def _scan(document: QTextDocument, start: int, direction: int, same: str, other: str) -> int | None:
    depth, last = 0, document.characterCount()
    for place in range(start, start + direction * MOST_SCANNED, direction):
        if not 0 <= place < last:
            return None
        character = document.characterAt(place)
        depth += (character == same) - (character == other)
        if depth == 0:
            return place
    return None
