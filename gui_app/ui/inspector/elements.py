"""All elements of a tensor as a table, in full precision on hover and on copy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QPushButton, QTableView, QVBoxLayout, QWidget

from gui_app.core.numbers import full, short
from gui_app.ui.inspector.writer import shape_text
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID
from gui_app.ui.update.numbers_view import NumbersView

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_FIRST = QModelIndex()


class ElementsModel(QAbstractTableModel):
    """Rows and columns of the last two dimensions; the dimensions before them stand in the row's head."""

    def __init__(self) -> None:
        super().__init__()
        self._shape: tuple[int, ...] = ()
        self._table = np.zeros((0, 0))

    def set_elements(self, elements: NDArray[np.float64]) -> None:
        """Other elements; the selection is kept where the shape is the same."""
        table = elements.reshape(-1, 1) if elements.ndim < 2 else elements.reshape(-1, elements.shape[-1])
        if elements.shape == self._shape and table.size:
            self._table = table
            self.dataChanged.emit(self.index(0, 0), self.index(table.shape[0] - 1, table.shape[1] - 1))
            return
        self.beginResetModel()
        self._shape, self._table = elements.shape, table
        self.endResetModel()

    def rowCount(self, parent: Index = _FIRST) -> int:
        return 0 if parent.isValid() else self._table.shape[0]

    def columnCount(self, parent: Index = _FIRST) -> int:
        return 0 if parent.isValid() else self._table.shape[1]

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if role == Role.TextAlignmentRole:
            return _RIGHT
        if role not in (Role.DisplayRole, Role.ToolTipRole):
            return None
        value = float(self._table[index.row(), index.column()])
        return full(value) if role == Role.ToolTipRole else short(value).replace("-", "−")

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if role != Role.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return str(section) if len(self._shape) > 1 else ""
        index = np.unravel_index(
            section, self._shape[:-1] if len(self._shape) > 1 else (self._table.shape[0],)
        )
        return ", ".join(str(int(place)) for place in index)


class ElementsPane(QWidget):
    """The table below a line with its name; ``left`` when the user goes back."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = ElementsModel()
        self.view = NumbersView()
        self.view.setModel(self.model)
        self.view.setFont(monospace("small"))
        self.view.setFrameShape(QTableView.Shape.NoFrame)
        self.view.setAccessibleName("Elements")
        self.view.horizontalHeader().setDefaultSectionSize(11 * GRID)
        self.view.verticalHeader().setDefaultSectionSize(3 * GRID)
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._title = QLabel()
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setMinimumWidth(0)
        back, copy = QPushButton("Back"), QPushButton("Copy all")
        back.clicked.connect(self.left)
        copy.clicked.connect(self.copy_all)
        line = QHBoxLayout()
        line.setContentsMargins(GRID + 4, GRID, GRID + 4, GRID)
        line.setSpacing(GRID + 4)
        line.addWidget(back)
        line.addWidget(self._title, 1)
        line.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)

    def show_elements(self, title: str, elements: NDArray[np.float64]) -> None:
        """Show these elements under a title."""
        self._title.setText(f"{title} · {shape_text(elements.shape)}")
        self._title.setToolTip(self._title.text())
        self.model.set_elements(elements)

    def copy_all(self) -> None:
        """Put all elements on the clipboard, tab-separated, in full."""
        self.view.selectAll()
        self.view.copy()
