"""A small bar that looks for text in the editor."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QToolButton, QWidget

from gui_app.ui.theme import GRID, Palette


class FindBar(QWidget):
    """Finds as you type, goes on with Enter, back with Shift+Enter, closes with Escape."""

    closed = Signal()

    def __init__(self, area: QPlainTextEdit, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._area = area
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_text)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, GRID // 2)
        row.setSpacing(GRID // 2)
        row.addWidget(self.field, 1)
        for text, help_, slot in (
            ("↑", "Previous (Shift+Enter)", self.find_previous),
            ("↓", "Next (Enter)", self.find_next),
            ("✕", "Close (Escape)", self.close_bar),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(help_)
            button.setAutoRaise(True)
            button.clicked.connect(slot)
            row.addWidget(button)
        self.apply_theme(palette)
        self.hide()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self._mark(found=True)

    def open_bar(self) -> None:
        """Show the bar; a selected word is what is looked for."""
        chosen = self._area.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self.field.setText(chosen)
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_bar(self) -> None:
        """Hide the bar and give the keys back to the text."""
        self.hide()
        self.closed.emit()

    def find_next(self) -> None:
        """The next place, from the top again after the last."""
        self._find(QTextDocument.FindFlag(0))

    def find_previous(self) -> None:
        """The previous place, from the end again before the first."""
        self._find(QTextDocument.FindFlag.FindBackward)

    def _on_text(self) -> None:
        cursor = self._area.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._area.setTextCursor(cursor)
        self.find_next()

    def _find(self, flags: QTextDocument.FindFlag) -> None:
        wanted = self.field.text()
        found = not wanted or self._area.find(wanted, flags)
        if not found:
            cursor = self._area.textCursor()
            back = flags & QTextDocument.FindFlag.FindBackward
            around = self._area.textCursor()
            around.movePosition(around.MoveOperation.End if back else around.MoveOperation.Start)
            self._area.setTextCursor(around)
            found = self._area.find(wanted, flags)
            if not found:
                self._area.setTextCursor(cursor)
        self._mark(found)

    def _mark(self, found: bool) -> None:
        self.field.setStyleSheet("" if found else f"QLineEdit {{ color: {self._palette.error}; }}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.find_previous if shift else self.find_next)()
        else:
            super().keyPressEvent(event)
