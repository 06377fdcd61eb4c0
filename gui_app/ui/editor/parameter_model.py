"""The parameter table's rows as Qt asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.ui.editor.parameter_columns import COLUMNS, LIVE, NUMERIC, TYPED, Column
from gui_app.ui.editor.parameter_rows import Arrays, ParameterRows
from gui_app.ui.editor.values import all_finite
from gui_app.ui.style import monospace
from gui_app.ui.theme import Palette, category

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

FullText = Role.UserRole + 1
"""Role: the cell in full precision, to copy."""
Rejected = Role.UserRole + 2
"""Role: why the typed text is not taken; None if it is."""
Choices = Role.UserRole + 3
"""Role: ever shorter ways to write the cell, an iterable; None where there is only one."""


class ParameterModel(QAbstractTableModel):
    """What the table shows and takes. ``edited`` carries the Experiment after an edit that makes sense."""

    edited = Signal(object)
    rejection_changed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self.rows = ParameterRows()

    @property
    def experiment(self) -> Experiment:
        """The experiment as last set or edited."""
        return self.rows.experiment

    def set_experiment(self, experiment: Experiment) -> None:
        """Show another experiment."""
        if experiment == self.experiment:
            return
        self.beginResetModel()
        self.rows.set_experiment(experiment)
        self.endResetModel()
        self.rejection_changed.emit()

    def set_read_only(self, names: Iterable[str]) -> None:
        """Parameters that only the program's text sets."""
        self.rows.read_only = frozenset(names)
        self._touch(Column.NAME, Column.REFERENCE)

    def set_step(self, values: Arrays | None, gradients: Arrays | None, updates: Arrays | None) -> None:
        """The live columns by parameter name."""
        self.rows.set_step(values, gradients, updates)
        self._touch(LIVE[0], LIVE[-1])

    def apply_theme(self, palette: Palette) -> None:
        """Colours of another palette."""
        self._palette = palette
        self._touch(Column.NAME, Column.REFERENCE)

    def _touch(self, first: Column, last: Column) -> None:
        if self.rows.rows:
            self.dataChanged.emit(self.index(0, first), self.index(len(self.rows.rows) - 1, last))

    def toggle(self, row: int) -> None:
        """Unfold a parameter into its elements, or fold it."""
        if self.rows.folding(row) is not None:
            self.beginResetModel()
            self.rows.toggle(row)
            self.endResetModel()

    def forget(self, index: Index) -> None:
        """Back from a text that is not taken to what the parameter is."""
        if index.isValid():
            self.rows.forget(index.row(), Column(index.column()))
            self._touch(Column.NAME, Column.REFERENCE)
            self.rejection_changed.emit()

    def remove(self, row: int) -> None:
        """Take the row's parameter out of the experiment."""
        gone = self.rows.spec(row).name
        kept = tuple(spec for spec in self.experiment.parameters if spec.name != gone)
        self._show(replace(self.experiment, parameters=kept))

    def colour(self, row: int) -> str:
        """The colour of the row's parameter."""
        return category(self._palette, self.rows.rows[row].parameter)

    # Qt's side

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        return {
            Role.DisplayRole: COLUMNS[column].title,
            Role.ToolTipRole: COLUMNS[column].help,
            Role.TextAlignmentRole: _alignment(column),
        }.get(Role(role))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        row, column = index.row(), Column(index.column())
        free = self.rows.spec(row).name not in self.rows.read_only
        if column == Column.TRAINED and self.rows.rows[row].element is None and free:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags | Qt.ItemFlag.ItemIsEditable if self.rows.editable(row, column) else flags

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        row, column, rows = index.row(), Column(index.column()), self.rows
        rejected = rows.rejection(row, column)
        match role:
            case Role.DisplayRole:
                return rejected[0] if rejected else rows.text(row, column)
            case Role.EditRole:
                return rows.edit_text(row, column)
            case Role.ToolTipRole:
                return rows.tip(row, column)
            case Role.CheckStateRole if column == Column.TRAINED and rows.rows[row].element is None:
                return Qt.CheckState.Checked if rows.spec(row).requires_grad else Qt.CheckState.Unchecked
            case Role.ForegroundRole:
                return self._ink(row, column)
            case Role.FontRole:
                return _font(column)
            case Role.TextAlignmentRole:
                return _alignment(column)
        if role == FullText:
            return rows.text(row, column, in_full=True)
        if role == Choices:
            return rows.choices(row, column)
        return rejected[1] if role == Rejected and rejected else None

    def setData(self, index: Index, value: object, role: int = Role.EditRole) -> bool:
        row, column = index.row(), Column(index.column())
        spec = self.rows.spec(row)
        if role == Role.CheckStateRole:
            self._take(replace(spec, requires_grad=Qt.CheckState(value) == Qt.CheckState.Checked))
        elif column == Column.DTYPE:
            self._take(replace(spec, dtype=str(value) or None))
        elif column in TYPED:
            self._take(self.rows.typed(row, column, str(value)))
            self._touch(column, column)
            self.rejection_changed.emit()
        return True

    def _take(self, spec: ParameterSpec) -> None:
        changed = self.experiment.with_parameter(spec)
        if changed != self.experiment:
            self._show(changed)

    def _show(self, changed: Experiment) -> None:
        self.set_experiment(changed)
        self.edited.emit(changed)

    def _ink(self, row: int, column: Column) -> QColor | None:
        """Red for what is wrong, muted for what cannot be changed here."""
        spec, array = self.rows.spec(row), self.rows.array(row, column) if column in LIVE else None
        if self.rows.rejection(row, column) or (array is not None and not all_finite(array)):
            return QColor(self._palette.error)
        quiet = {
            Column.SHAPE: spec.distribution is None,
            Column.DTYPE: spec.dtype is None,
            Column.START: spec.name in self.rows.read_only,
        }.get(column, column in LIVE and array is None)
        return QColor(self._palette.muted) if quiet else None


def _font(column: Column) -> QFont | None:
    return monospace("small") if column in (Column.NAME, Column.SHAPE, *NUMERIC) else None


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMERIC else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
