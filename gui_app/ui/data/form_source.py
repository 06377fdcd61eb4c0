"""Where an experiment's data come from: the name, the size, and the menu of other tables."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.data import DataSpec
from gui_app.ui.data.beginning import title_of
from gui_app.ui.data.reading import DataFacts
from gui_app.ui.data.sets_menu import add_sets
from gui_app.ui.style import font
from gui_app.ui.theme import GRID

NO_DATA = "Fit a model to a table: its columns become X and y in the program."


class SourceBox(QWidget):
    """The table in two lines, and a button with what else it can be."""

    import_wanted = Signal()
    """Look at the file again: how it is read, what its columns are used for."""
    open_wanted = Signal()
    set_wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.name, self.size, self.left_out = QLabel(), QLabel(), QLabel()
        self.name.setFont(font("body", bold=True))
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for label in (self.size, self.left_out):
            label.setObjectName("muted")
            label.setFont(font("small"))
            label.setWordWrap(True)
        self.button, menu = QToolButton(), QMenu(self)
        self.again = menu.addAction("How it is read…")
        menu.addAction("Another table…").triggered.connect(lambda: self.open_wanted.emit())
        add_sets(menu, self.set_wanted)
        self.button.setText("Change ▾")
        self.button.setMenu(menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setToolTip("Other data for this experiment.")
        self.again.triggered.connect(lambda: self.import_wanted.emit())
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.name, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.size)
        column.addWidget(self.left_out)
        self._full = ""

    def display(self, spec: DataSpec, facts: DataFacts | None) -> None:
        """Name the table; without ``facts`` it is still being read."""
        self._full = title_of(spec)
        self.name.setToolTip(spec.path or self._full)
        self._elide()
        self.again.setVisible(spec.path is not None)
        self.size.setText("Reading…" if facts is None else _size(facts))
        gone = {} if facts is None else facts.left_out
        self.left_out.setText("Left out: " + ", ".join(gone) if gone else "")
        self.left_out.setToolTip("\n".join(f"{name} {reason}" for name, reason in gone.items()))
        self.left_out.setVisible(bool(gone))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics = self.name.fontMetrics()
        width = max(self.name.width(), 4 * GRID)
        self.name.setText(metrics.elidedText(self._full, Qt.TextElideMode.ElideMiddle, width))


class NoData(QWidget):
    """What can be done where there are no data."""

    open_wanted = Signal()
    set_wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        head, words = QLabel("No data"), QLabel(NO_DATA)
        head.setFont(font("body", bold=True))
        words.setObjectName("muted")
        words.setWordWrap(True)
        self.open, self.sets = QPushButton("Open table…"), QToolButton()
        menu = QMenu(self)
        add_sets(menu, self.set_wanted)
        self.sets.setText("Examples ▾")
        self.sets.setMenu(menu)
        self.sets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.open.clicked.connect(lambda: self.open_wanted.emit())
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.open)
        row.addWidget(self.sets)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(head)
        column.addWidget(words)
        column.addLayout(row)
        column.addStretch(1)


def _size(facts: DataFacts) -> str:
    text = f"{_counted(facts.rows, 'row')} × {_counted(len(facts.columns), 'column')}"
    if facts.held_out:
        return f"{text} · {facts.training:,} trained on, {facts.held_out:,} held out"
    return text if facts.training == facts.rows else f"{text} · {facts.training:,} trained on"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
