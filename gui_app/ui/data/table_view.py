"""The rows themselves, with what is predicted for each."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QHeaderView, QTableView, QVBoxLayout

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.core.numbers import full
from gui_app.ui.data.view import DataView, written
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

_Index = QModelIndex
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
MOST_COLUMNS = 500


class TableView(DataView):
    """Features, target, prediction and residual; the rows of the batch are marked."""

    name = "Table"
    help = "Every row with its prediction. Click one to follow it."

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.model = RowsModel(palette)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Rows of the data")
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setWordWrap(False)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultSectionSize(11 * GRID)
        head = self.table.verticalHeader()
        head.setDefaultSectionSize(round(QFontMetricsF(monospace("small")).height()) + 6)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setFont(font("small"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.table.clicked.connect(self._on_clicked)

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Always."""
        return True

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Show these rows, at the same place if they are the same."""
        self.fit = fit
        self.model.set_fit(fit)
        if fit.sample is not None:
            place = int(np.searchsorted(fit.rows, fit.sample))
            if (
                place < len(fit.rows)
                and fit.rows[place] == fit.sample
                and self.table.currentIndex().row() != place
            ):
                self.table.selectRow(place)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        self.model.palette_ = palette
        self.table.viewport().update()

    def _on_clicked(self, index: _Index) -> None:
        if self.fit is not None:
            self.sample_chosen.emit(int(self.fit.rows[index.row()]))


class RowsModel(QAbstractTableModel):
    """The predicted rows of a Fit: target, prediction and residual first, then the features in the table's units."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self.fit: Fit | None = None
        self._results: list[tuple[str, object]] = []
        self._batch: set[int] = set()
        self._font = monospace("small")

    def set_fit(self, fit: Fit) -> None:
        """Show another Fit; where only predictions differ, the view keeps its place."""
        before, results = self.fit, _results(fit)
        same = before is not None and before.data is fit.data and len(before.rows) == len(fit.rows)
        same = same and [name for name, _ in results] == [name for name, _ in self._results]
        if not same:
            self.beginResetModel()
        self.fit, self._results = fit, results
        self._batch = set(fit.batch.tolist()) if fit.is_batched else set()
        if not same:
            self.endResetModel()
        elif len(fit.rows):
            self.dataChanged.emit(self.index(0, 0), self.index(len(fit.rows) - 1, self.columnCount() - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(fit.rows) - 1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() or self.fit is None else len(self.fit.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid() or self.fit is None:
            return 0
        return len(self._results) + min(len(self.fit.data.names), MOST_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        fit = self.fit
        if fit is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            known = len(self._results)
            name = self._results[section][0] if section < known else fit.data.names[section - known]
            return name if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None
        row = int(fit.rows[section])
        if role == Qt.ItemDataRole.DisplayRole:
            held = "◇ " if fit.held_out[section] else "○ " if row in self._batch else ""
            return f"{held}{int(fit.data.rows[row]) + 1:,}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                "held out"
                if fit.held_out[section]
                else "in the batch of this step"
                if row in self._batch
                else None
            )
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        fit, row, column = self.fit, index.row(), index.column()
        if fit is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            value = self._value(row, column)
            if isinstance(value, str):
                return value
            return written(value) if role == Qt.ItemDataRole.DisplayRole else full(value)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._colour(row, column))
        if role == Qt.ItemDataRole.BackgroundRole and int(fit.rows[row]) in self._batch:
            ground = QColor(self.palette_.cursor)
            ground.setAlphaF(0.12)
            return ground
        return None

    def _value(self, row: int, column: int) -> float | str:
        assert self.fit is not None
        known = len(self._results)
        if column < known:
            value = self._results[column][1][row]
            return value if isinstance(value, str) else float(value)
        data, at = self.fit.data, column - known
        return float(data.features[self.fit.rows[row], at] * data.stds[at] + data.means[at])

    def _colour(self, row: int, column: int) -> str:
        fit = self.fit
        assert fit is not None
        if column < len(self._results) and self._results[column][0] == "prediction":
            truth = fit.truth
            wrong = fit.classes is not None and truth is not None and fit.classes[row] != truth[row]
            return self.palette_.error if wrong else self.palette_.text
        return self.palette_.text if column < len(self._results) else self.palette_.muted


def _results(fit: Fit) -> list[tuple[str, object]]:
    """Name and values (n,) of what stands before the features."""
    found: list[tuple[str, object]] = []
    names = None if fit.data.classes is None else np.array(fit.data.classes, object)
    if fit.truth is not None:
        found.append(("target", fit.truth if names is None else names[fit.truth]))
    if fit.values is not None:
        found.append(("prediction", fit.values))
    if fit.residuals is not None:
        found.append(("residual", fit.residuals))
    if fit.classes is not None and fit.probabilities is not None and names is not None:
        found.append(("prediction", names[fit.classes]))
        found.append(("probability", fit.probabilities[np.arange(len(fit.rows)), fit.classes]))
    return found
