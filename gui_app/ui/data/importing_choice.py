"""The columns of the import dialog, with how many are used above them, and all or none at a click."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui_app.ui.data.importing_columns import ColumnsModel, ColumnsView
from gui_app.ui.theme import GRID, Palette


class ColumnChoice(QWidget):
    """The list of a model of columns under its count."""

    def __init__(self, columns: ColumnsModel, palette: Palette) -> None:
        super().__init__()
        self._columns = columns
        self.list = ColumnsView(columns, palette)
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.all_button, self.none_button = QToolButton(), QToolButton()
        row = QHBoxLayout()
        row.setContentsMargins(GRID, GRID // 2, GRID // 2, 0)
        row.addWidget(self.count, 1)
        row.setSpacing(0)
        for button, text, on in ((self.all_button, "All", True), (self.none_button, "None", False)):
            button.setText(text)
            button.setToolTip(f"{text} of the columns as features")
            button.clicked.connect(lambda _checked, on=on: columns.set_all(on))
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.list, 1)
        columns.changed.connect(self._say)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.list.apply_theme(palette)

    def _say(self) -> None:
        count = len(self._columns.features)
        target = ", 1 target" if self._columns.target else ""
        self.count.setText(f"{count:,} feature{'s' * (count != 1)}{target}")
