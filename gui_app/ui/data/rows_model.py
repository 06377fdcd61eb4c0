"""The predicted rows of a Fit as a model for a table: which are shown, in which order, and what stands there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QColor

from gui_app.core.fit import Fit
from gui_app.core.numbers import full
from gui_app.ui.data.view import target_name, written
from gui_app.ui.style import monospace
from gui_app.ui.theme import Palette

_Index = QModelIndex
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
MOST_COLUMNS = 500


def _wrong(fit: Fit) -> NDArray[np.bool_]:
    """Which rows, (n,), are taken for another class than theirs."""
    return np.zeros(len(fit.rows), bool) if fit.classes is None else fit.classes != fit.truth


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the predicted rows."""

    words: str
    """With ``{step}`` for the step of the Fit."""
    which: Callable[[Fit], NDArray[np.bool_]]
    """(n,) of the predicted rows."""
    makes_sense: Callable[[Fit], bool]


PARTS = {
    "all": Part("all rows", lambda fit: np.ones(len(fit.rows), bool), lambda _fit: True),
    "batch": Part("batch of step {step:,}", lambda fit: np.isin(fit.rows, fit.batch), lambda f: f.is_batched),
    "training": Part(
        "trained on",
        lambda fit: ~fit.held_out,
        lambda fit: bool(fit.held_out.any() and not fit.held_out.all()),
    ),
    "held out": Part("held out", lambda fit: fit.held_out, lambda fit: bool(fit.held_out.any())),
    "wrong": Part("wrong predictions", _wrong, lambda fit: fit.classes is not None and fit.truth is not None),
}


class RowsModel(QAbstractTableModel):
    """Target, prediction and residual first, then the features in the table's units."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self.fit: Fit | None = None
        self.part = "all"
        self.key: int | None = None
        """The column that the rows are sorted by; None: they stand as in the table."""
        self.descending = False
        self.shown: NDArray[np.intp] = np.empty(0, np.intp)
        """The rows that are shown, by their place among the predicted ones, from top to bottom."""
        self._results: list[tuple[str, Any]] = []
        self._in_batch: NDArray[np.bool_] = np.empty(0, bool)
        self._wrong: NDArray[np.bool_] = np.empty(0, bool)
        """Of the predicted rows, (n,)."""
        self._font = monospace("small")

    def set_fit(self, fit: Fit) -> None:
        """Show another Fit; where only predictions differ, the view keeps its place."""
        before, results = self.fit, _results(fit)
        same = before is not None and before.data is fit.data and len(before.rows) == len(fit.rows)
        same = same and [name for name, _ in results] == [name for name, _ in self._results]
        if not same:
            self.key, self.descending = None, False
        if not PARTS[self.part].makes_sense(fit):
            self.part = "all"
        self._in_batch = np.isin(fit.rows, fit.batch) if fit.is_batched else np.zeros(len(fit.rows), bool)
        self._wrong = _wrong(fit)
        self._show(fit, results, same)

    def show_part(self, part: str) -> None:
        """Show these of PARTS."""
        self.part = part
        self._renew()

    def sort_by(self, column: int) -> None:
        """By that column, the least first; again, the greatest; and again, as in the table."""
        if self.key != column:
            self.key, self.descending = column, False
        elif not self.descending:
            self.descending = True
        else:
            self.key, self.descending = None, False
        self._renew()

    def place_of(self, sample: int) -> int | None:
        """Where a row of the data stands in the table."""
        fit = self.fit
        found = np.empty(0, np.intp) if fit is None else np.flatnonzero(fit.rows[self.shown] == sample)
        return int(found[0]) if len(found) else None

    def _renew(self) -> None:
        if self.fit is not None:
            self._show(self.fit, self._results, True)

    def _show(self, fit: Fit, results: list[tuple[str, Any]], same: bool) -> None:
        shown = self._ordered(fit, results)
        same = same and len(shown) == len(self.shown)
        if not same:
            self.beginResetModel()
        self.fit, self._results, self.shown = fit, results, shown
        if not same:
            self.endResetModel()
        elif len(shown):
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, self.columnCount() - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(shown) - 1)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(0, self.columnCount() - 1))

    def _ordered(self, fit: Fit, results: list[tuple[str, Any]]) -> NDArray[np.intp]:
        part = np.flatnonzero(PARTS[self.part].which(fit))
        if self.key is None:
            return part
        known = len(results)
        if self.key < known:
            values = np.asarray(results[self.key][1])[part]
        else:
            values = fit.data.features[fit.rows[part], self.key - known]
        order = np.argsort(values, kind="stable")
        return part[order[::-1] if self.descending else order]

    # Qt

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        if parent.isValid() or self.fit is None:
            return 0
        return len(self._results) + min(len(self.fit.data.names), MOST_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self.fit is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._column_head(section, role)
        return self._row_head(self.fit, int(self.shown[section]), role)

    def name_of(self, column: int) -> str:
        """What a column is called."""
        assert self.fit is not None
        known = len(self._results)
        return self._results[column][0] if column < known else self.fit.data.names[column - known]

    def _column_head(self, column: int, role: int) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            arrow = "" if column != self.key else " ▾" if self.descending else " ▴"
            return self.name_of(column) + arrow
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.name_of(column)}\nClick to sort by it."
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _row_head(self, fit: Fit, place: int, role: int) -> object:
        held, batch = bool(fit.held_out[place]), bool(self._in_batch[place])
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{'◇ ' if held else '○ ' if batch else ''}{int(fit.data.rows[fit.rows[place]]) + 1:,}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return "held out" if held else "in the batch of this step" if batch else None
        if role == Qt.ItemDataRole.ForegroundRole and batch:
            return QColor(self.palette_.cursor)
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.fit is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        place, column = int(self.shown[index.row()]), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            value = self._value(self.fit, place, column)
            if isinstance(value, str):
                return value
            return written(value) if role == Qt.ItemDataRole.DisplayRole else full(value)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._colour(place, column))
        if role == Qt.ItemDataRole.BackgroundRole and self._in_batch[place]:
            ground = QColor(self.palette_.cursor)
            ground.setAlphaF(0.12)
            return ground
        return None

    def _value(self, fit: Fit, place: int, column: int) -> float | str:
        known = len(self._results)
        if column < known:
            value = self._results[column][1][place]
            return value if isinstance(value, str) else float(value)
        data, at = fit.data, column - known
        return float(data.features[fit.rows[place], at] * data.stds[at] + data.means[at])

    def _colour(self, place: int, column: int) -> str:
        if column >= len(self._results):
            return self.palette_.muted
        is_wrong = self._results[column][0] == "prediction" and self._wrong[place]
        return self.palette_.error if is_wrong else self.palette_.text


def _results(fit: Fit) -> list[tuple[str, Any]]:
    """Name and values (n,) of what stands before the features."""
    found: list[tuple[str, Any]] = []
    names = None if fit.data.classes is None else np.array(fit.data.classes, object)
    if fit.truth is not None:
        found.append((target_name(fit.data), fit.truth if names is None else names[fit.truth]))
    if fit.values is not None:
        found.append(("prediction", fit.values))
    if fit.residuals is not None:
        found.append(("residual", fit.residuals))
    if fit.classes is not None and fit.probabilities is not None and names is not None:
        found.append(("prediction", names[fit.classes]))
        found.append(("probability", fit.probabilities[np.arange(len(fit.rows)), fit.classes]))
    return found
