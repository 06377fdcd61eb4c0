"""The bar below the toolbar in which a node is looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from gui_app.ui.graph.search import BadPattern, matches
from gui_app.ui.theme import GRID, Palette

BUTTONS = {
    "previous": ("↑", "Previous (Shift+Enter)", "go_back"),
    "next": ("↓", "Next (Enter)", "go_on"),
    "close": ("✕", "Close (Escape)", "close_bar"),
}
"""By icon: the sign where there is no icon, the tooltip and the method."""


class SearchBar(QWidget):
    """Finds as you type: ``found`` carries all matches, ``arrived`` the one that is walked to."""

    found = Signal(object)
    """A list of node ids; empty for none."""
    arrived = Signal(int)
    closed = Signal()

    def __init__(self, icons: Callable[[str], QIcon] | None, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._written: Callable[[], Sequence[str]] = tuple
        self._matches: list[int] = []
        self._at = -1
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Find a node: name, variable, note or shape")
        self.field.setAccessibleName("Find a node")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_text)
        self.pattern = self._button(".*", "Regular expression")
        self.pattern.setCheckable(True)
        self.pattern.toggled.connect(self._on_text)
        self.told = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 0, GRID // 2, GRID // 2)
        row.setSpacing(GRID // 4)
        row.addWidget(self.field, 1)
        row.addWidget(self.pattern)
        row.addSpacing(GRID // 2)
        row.addWidget(self.told)
        row.addSpacing(GRID // 2)
        self._buttons = {name: self._button(sign, tip) for name, (sign, tip, _) in BUTTONS.items()}
        for name, button in self._buttons.items():
            button.clicked.connect(getattr(self, BUTTONS[name][2]))
            row.addWidget(button)
        self.apply_theme(palette)
        self.hide()

    def apply_theme(self, palette: Palette) -> None:
        """Icons and words in these colours from now on."""
        self._palette = palette
        if self._icons is not None:
            for name, button in self._buttons.items():
                button.setText("")
                button.setIcon(self._icons(name))
        self._say(self.told.text(), wrong=False)

    def open_bar(self) -> None:
        """Show the bar and take the keys."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._look()

    def close_bar(self) -> None:
        """Hide the bar; nothing is lit any more."""
        if not self.isHidden():
            self.hide()
            self.found.emit([])
            self.closed.emit()

    def set_written(self, written: Callable[[], Sequence[str]]) -> None:
        """What can be found of each node, asked for when it is needed. The place among the matches is kept."""
        self._written = written
        if not self.isHidden():
            self._look()

    def go_on(self) -> None:
        """To the next match, from the first again after the last."""
        self._go(1)

    def go_back(self) -> None:
        """To the match before."""
        self._go(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter walks through the matches, Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)

    def _on_text(self) -> None:
        self._at = -1
        self._look()

    def _look(self) -> None:
        """Find all matches and say how many there are."""
        wanted = self.field.text()
        try:
            self._matches = matches(self._written(), wanted, self.pattern.isChecked())
        except BadPattern as error:
            self._matches = []
            self.found.emit([])
            self._say(str(error), wrong=True)
            return
        self._at = min(self._at, len(self._matches) - 1)
        self.found.emit(self._matches)
        self._count()

    def _go(self, by: int) -> None:
        if self._matches:
            self._at = (self._at + by if self._at >= 0 or by > 0 else -1) % len(self._matches)
            self._count()
            self.arrived.emit(self._matches[self._at])

    def _count(self) -> None:
        count = len(self._matches)
        if not self.field.text():
            self._say("", wrong=False)
        elif not count:
            self._say("Nothing found", wrong=True)
        elif self._at < 0:
            self._say(f"{count:,} found", wrong=False)
        else:
            self._say(f"{self._at + 1:,} of {count:,}", wrong=False)

    def _say(self, text: str, *, wrong: bool) -> None:
        colours = self.told.palette()
        colours.setColor(QPalette.ColorRole.WindowText, self._palette.error if wrong else self._palette.muted)
        self.told.setPalette(colours)
        self.told.setText(text)

    def _button(self, sign: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setText(sign)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedSize(QSize(3 * GRID, 3 * GRID))
        button.setIconSize(QSize(2 * GRID, 2 * GRID))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button
