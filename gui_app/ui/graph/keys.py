"""What the keys do while the graph has the focus."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from gui_app.ui.graph.walk import Move

Key = Qt.Key
MOVES: dict[str, dict[int, Move]] = {
    "down": {
        Key.Key_Down: "forward",
        Key.Key_Up: "backward",
        Key.Key_Left: "before",
        Key.Key_Right: "after",
    },
    "right": {
        Key.Key_Right: "forward",
        Key.Key_Left: "backward",
        Key.Key_Up: "before",
        Key.Key_Down: "after",
    },
}
"""By orientation: where an arrow key leads."""
COMMANDS: dict[int, str] = {
    Key.Key_F: "fit",
    Key.Key_0: "full_size",
    Key.Key_Plus: "zoom_in",
    Key.Key_Equal: "zoom_in",
    Key.Key_Minus: "zoom_out",
    Key.Key_Escape: "let_go",
    Key.Key_Return: "enter",
    Key.Key_Enter: "enter",
    Key.Key_Backspace: "roll_up",
    Key.Key_Home: "to_leaf",
    Key.Key_End: "to_root",
}
"""Methods of the surface."""
CLAIMED = frozenset({*MOVES["down"], *COMMANDS})
"""Keys that shortcuts of the window do not get."""


def claimed(event: QKeyEvent) -> bool:
    """Whether the graph wants this key before the window's shortcuts do."""
    return (event.key() in CLAIMED and plain(event)) or event.matches(QKeySequence.StandardKey.Find)


def plain(event: QKeyEvent) -> bool:
    """No modifier but Shift (for +) and the keypad's."""
    harmless = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    return not event.modifiers() & ~harmless
