"""What the panel shows where there are no data: where to get some."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from gui_app.ui.data.sets_menu import add_sets
from gui_app.ui.resources import Icons
from gui_app.ui.style import font
from gui_app.ui.theme import GRID

WORDS = (
    "Fit a model to data: the points, the fitted curve and every prediction then move with the step, here."
)


class EmptyData(QWidget):
    """Offers tables of the user's own, built-in ones and made-up ones."""

    open_wanted = Signal()
    builtin_wanted = Signal(str)
    generate_wanted = Signal(str)
    _set_wanted = Signal(str, str)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        title, words = QLabel("No data yet"), QLabel(WORDS)
        title.setFont(font("section", bold=True))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setWordWrap(True)
        words.setObjectName("muted")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setMaximumWidth(44 * GRID)
        words.setMinimumWidth(26 * GRID)
        self.open_button = QPushButton(icons("open", icons.palette.on_accent), "Open a table…")
        self.open_button.setProperty("primary", True)
        self.open_button.clicked.connect(lambda _checked: self.open_wanted.emit())
        self.sets_button = QPushButton("Take a known set")
        menu = QMenu(self)
        add_sets(menu, self._set_wanted)
        self._set_wanted.connect(self._on_set)
        self.sets_button.setMenu(menu)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.sets_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addStretch(2)
        column.addWidget(title)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(words, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(GRID)
        column.addLayout(buttons)
        column.addStretch(3)

    def _on_set(self, kind: str, name: str) -> None:
        (self.builtin_wanted if kind == "builtin" else self.generate_wanted).emit(name)
