"""The elements of step k: for each its value, its gradient, the update that follows and the next value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from gui_app.core.numbers import DIGITS, full, short
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette, category
from gui_app.ui.update.numbers_view import NumbersView

HEADERS = ("", "value", "gradient", "update", "next value")
EXPLAINED = (
    "The element of a parameter: choose one, and its update is worked out below",
    "What it is at this step",
    "∂loss/∂element at this step: what .grad holds",
    "What the optimizer adds to get to the next step",
    "What it is at the next step",
)
MOST_ROWS = 100_000
"""More elements than anyone scrolls through; the rest is in the exported history."""
NAMES = 200
"""So many names are measured."""
NAME_SHARE = 0.32
LEAST_DIGITS = 3

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
Numbers = NDArray[np.floating]
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_NONE = QModelIndex()


class ElementModel(QAbstractTableModel):
    """Rows are elements, columns HEADERS."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.theme = palette
        self.digits = DIGITS
        """Significant digits of the numbers."""
        self.chosen = 0
        """The row whose update is worked out."""
        self._columns: Sequence[str] = ()
        self._owners: dict[str, int] = {}
        self._rows = 0
        self._numbers: tuple[Numbers | None, ...] = (None,) * 4

    def set_elements(self, columns: Sequence[str], parameters: Sequence[str]) -> bool:
        """Other elements; ``parameters`` are all names of the experiment, which give each its colour.

        True if they are others than before: then the first one is chosen.
        """
        owners = {name: place for place, name in enumerate(parameters)}
        if columns == self._columns and owners == self._owners:
            return False
        self.beginResetModel()
        self._columns, self._owners = columns, owners
        self._rows, self.chosen = min(len(columns), MOST_ROWS), 0
        self._numbers = (None,) * 4
        self.endResetModel()
        return True

    def set_numbers(self, value: Numbers, gradient: Numbers, following: Numbers | None) -> None:
        """Numbers of the same elements, each (columns,); ``following``: their next values, if they are known."""
        update = None if following is None else following - value
        self._numbers = value, gradient, update, following
        self._tell()

    def set_following(self, following: Numbers) -> None:
        """The next values (columns,)."""
        if self._numbers[0] is not None:
            self.set_numbers(self._numbers[0], self._numbers[1], following)

    def choose(self, row: int) -> None:
        """Mark another row."""
        if row != self.chosen:
            self.chosen = row
            self._tell()

    def name(self, row: int) -> str:
        """Of the element."""
        return self._columns[row]

    def row_of(self, name: str) -> int:
        """The row of an element; 0 if there is no such element."""
        shown = self._columns[: self._rows]
        return shown.index(name) if name in shown else 0

    def colour(self, row: int) -> str:
        """That of the element's parameter, the same in every view."""
        return category(self.theme, self._owners.get(self._columns[row].partition("[")[0], 0))

    def number(self, row: int, column: int) -> float | None:
        """The number of a cell; ``None`` where there is none."""
        values = self._numbers[column - 1] if column else None
        return None if values is None or row >= len(values) else float(values[row])

    def _tell(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(self._rows - 1, len(HEADERS) - 1))

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else self._rows

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if role in (Role.DisplayRole, Role.ToolTipRole):
            return self._text(row, column, exact=role == Role.ToolTipRole)
        if role == Role.TextAlignmentRole:
            return _RIGHT if column else None
        if role == Role.ForegroundRole and column == 0:
            return QColor(self.colour(row))
        if role == Role.FontRole and row == self.chosen and column == 0:
            bold = monospace("small")
            bold.setWeight(QFont.Weight.Bold)
            return bold
        return None

    def _text(self, row: int, column: int, *, exact: bool) -> str:
        if column == 0:
            return self._columns[row] if exact else f"  {self._columns[row]}"
        number = self.number(row, column)
        if number is None or number != number:
            return "–"
        return full(number) if exact else short(number, self.digits).replace("-", "−")

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return HEADERS[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.ToolTipRole:
            return EXPLAINED[section]
        if role == Role.TextAlignmentRole:
            return _RIGHT if section else None
        return None


class RowMark(QStyledItemDelegate):
    """Paints the chosen row on a ground of its own."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if index.row() == model.chosen:
            painter.fillRect(option.rect, QColor(model.theme.hover))
        super().paint(painter, option, index)


class ElementTable(NumbersView):
    """The table. ``chosen`` carries the row that the user goes to, by click or arrow key."""

    chosen = Signal(int)

    def __init__(self, model: ElementModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Elements")
        self.setFont(monospace("small"))
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(3 * GRID)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.setItemDelegate(RowMark(self))
        self.selectionModel().currentRowChanged.connect(self._on_moved)

    @property
    def natural_height(self) -> int:
        """With all rows, in pixels."""
        rows = self.model().rowCount() * self.verticalHeader().defaultSectionSize()
        return self.horizontalHeader().sizeHint().height() + rows + 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_names()

    def fit_names(self) -> None:
        """Give the names the room that they need, but no more than their share."""
        rows = range(min(self.model().rowCount(), NAMES))
        measure = self.fontMetrics()
        longest = max((measure.horizontalAdvance(self.model().name(row)) for row in rows), default=0)
        self.setColumnWidth(0, min(longest + 4 * GRID, round(self.width() * NAME_SHARE)))
        characters = (self.columnWidth(1) - GRID) // measure.horizontalAdvance("0")
        self.model().digits = min(max(characters - len("−0.000"), LEAST_DIGITS), DIGITS)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.natural_height)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, min(self.natural_height, 8 * GRID))

    def _on_moved(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())
