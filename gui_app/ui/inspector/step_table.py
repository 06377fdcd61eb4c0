"""Step k in numbers: for each trained element its value, its gradient and the update that follows."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.numbers import full, short
from gui_app.core.session import StepNumbers
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette, category

HEADERS = ("", "value", "gradient", "update", "next value")
EXPLAINED = (
    "The element of a parameter",
    "What it is at this step",
    "∂loss/∂element at this step: what .grad holds",
    "What the optimizer adds to get to the next step",
    "What it is at the next step",
)
MOST_ROWS = 2000
"""More elements than anyone reads; the rest is in the exported history."""
EMPTY = "The numbers of a step appear here as soon as the objective can be evaluated."

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class StepModel(QAbstractTableModel):
    """Rows are elements, columns HEADERS."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.theme = palette
        self._names: list[str] = []
        self._owners: list[int] = []
        self._columns: list[list[float]] = [[] for _ in HEADERS[1:]]

    def set_experiment(self, experiment: Experiment) -> None:
        """The elements of another experiment."""
        self.beginResetModel()
        pairs = [
            (name, index)
            for index, spec in enumerate(experiment.parameters)
            if spec.requires_grad
            for name in (spec.element_names() if spec.size <= MOST_ROWS else [])
        ][:MOST_ROWS]
        self._names, self._owners = [p[0] for p in pairs], [p[1] for p in pairs]
        self._columns = [[] for _ in HEADERS[1:]]
        self.endResetModel()

    def set_numbers(self, numbers: StepNumbers | None) -> None:
        """Other values for the same elements."""
        columns: list[list[float]] = [[], [], [], []]
        if numbers is not None:
            count = len(self._names)
            columns[0], columns[1] = numbers.parameters[:count].tolist(), numbers.gradients[:count].tolist()
            if numbers.update is not None:
                columns[2] = numbers.update[:count].tolist()
                columns[3] = (numbers.parameters + numbers.update)[:count].tolist()
        self._columns = columns
        if self._names:
            self.dataChanged.emit(self.index(0, 1), self.index(len(self._names) - 1, len(HEADERS) - 1))

    def number(self, row: int, column: int) -> float | None:
        """The number of a cell; ``None`` where there is none."""
        values = self._columns[column - 1] if column else []
        return values[row] if row < len(values) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._names)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(HEADERS)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if role == Role.TextAlignmentRole:
            return _RIGHT if column else None
        if role == Role.ForegroundRole and column == 0:
            return QColor(category(self.theme, self._owners[row]))
        if role not in (Role.DisplayRole, Role.ToolTipRole):
            return None
        if column == 0:
            return self._names[row] if role == Role.ToolTipRole else f"  {self._names[row]}"
        number = self.number(row, column)
        if number is None or number != number:
            return "–"
        return short(number) if role == Role.DisplayRole else full(number)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return HEADERS[section]
        if orientation == Qt.Orientation.Horizontal and role == Role.ToolTipRole:
            return EXPLAINED[section]
        if role == Role.TextAlignmentRole:
            return _RIGHT if section else None
        return None


class NumbersView(QTableView):
    """Copies the selected cells in full precision, tab-separated."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selection on the clipboard."""
        rows: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes(), key=lambda i: (i.row(), i.column())):
            rows.setdefault(index.row(), []).append(str(index.data(Role.ToolTipRole)))
        QGuiApplication.clipboard().setText("\n".join("\t".join(cells) for cells in rows.values()))


class StepTable(QWidget):
    """The table with one line above it that names the step and its loss."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._model = StepModel(palette)
        self.step = 0
        """The step that is shown."""
        self._head = QLabel(EMPTY)
        self._head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._head.setWordWrap(True)
        self._head.setContentsMargins(GRID + 4, GRID, GRID + 4, GRID)
        self.view = NumbersView()
        self.view.setModel(self._model)
        self.view.setFont(monospace("small"))
        self.view.setShowGrid(False)
        self.view.setFrameShape(QTableView.Shape.NoFrame)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(3 * GRID)
        self.view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.view.horizontalHeader().setHighlightSections(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.view, 1)
        self.set_numbers(None)

    @property
    def model(self) -> StepModel:
        """What the table shows."""
        return self._model

    def apply_theme(self, palette: Palette) -> None:
        """Colours of another palette."""
        self._model.theme = palette
        self.view.viewport().update()

    def set_experiment(self, experiment: Experiment) -> None:
        """The elements of another experiment; their numbers come with ``set_numbers``."""
        self._model.set_experiment(experiment)
        self.set_numbers(None)

    def set_numbers(self, numbers: StepNumbers | None) -> None:
        """Show a step."""
        self.step = 0 if numbers is None else numbers.step
        self._model.set_numbers(numbers)
        self.view.setVisible(numbers is not None)
        if numbers is None:
            self._head.setText(EMPTY)
            self._head.setToolTip("")
        else:
            self._head.setText(f"Step {numbers.step:,}   ·   loss {short(numbers.loss)}")
            self._head.setToolTip(f"loss = {full(numbers.loss)}")
