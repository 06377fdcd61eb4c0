"""The table: a record a row, the best of each column marked, sorted by the header that was clicked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui_app.core.branch import Branch
from gui_app.core.measures import COLUMNS, VALIDATION, Measures, columns_of, ranked, winners
from gui_app.core.numbers import full, short
from gui_app.ui.style import font

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
DIGITS = 3
TREND_POINTS = 48
TREND = "trend"
_ALL = (COLUMNS[0], VALIDATION, *COLUMNS[1:])
KEYS = ("label", *(column.key for column in _ALL[:5]), TREND, *(column.key for column in _ALL[5:]))
"""The columns from left to right; where there is no room the last ones are left out."""
_BY_KEY = {column.key: column for column in _ALL}
_TITLES = {"label": "run", TREND: "curve"} | {c.key: c.title for c in _ALL}
_EXPLAINED = {
    "label": "What differs. A click on a row shows that run in every view.",
    TREND: "The loss over the steps, logarithmic where it is positive: the same scales in every row",
} | {column.key: column.explained for column in _ALL}
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A contender without a record."""

    label: str
    sentence: str


@dataclass(slots=True)
class Trends:
    """The losses of all records as small lines on common scales."""

    last: int = 1
    low: float = 0.0
    high: float = 1.0
    log: bool = True
    lines: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = field(default_factory=dict)
    """By the branch's number: steps, and losses or their logarithms."""

    @classmethod
    def of(cls, branches: list[Branch]) -> Trends:
        """Those of ``branches``; what rises far above the starts is cut, or it would flatten all others."""
        made = cls(last=max((branch.history.last for branch in branches), default=1))
        raw = {b.number: b.history.loss_curve(0, b.history.last, TREND_POINTS) for b in branches}
        known = [line[np.isfinite(line)] for _, line in raw.values()]
        values = np.concatenate(known) if known else np.empty(0)
        made.log = bool(len(values)) and bool(values.min() > 0)
        starts = [float(branch.history.losses[0]) for branch in branches]
        top = max((start for start in starts if np.isfinite(start)), default=1.0)
        for number, (steps, line) in raw.items():
            cut = np.where(np.isfinite(line), line, np.nan)
            made.lines[number] = steps, np.log10(cut) if made.log else cut
        if len(values):
            low, top = float(values.min()), max(top, float(values.min()))
            ends = (np.log10(low), np.log10(top) + 0.3) if made.log else (low, top + 0.1 * (top - low))
            made.low, made.high = float(ends[0]), float(ends[1])
        if made.high <= made.low:
            made.low, made.high = made.low - 0.5, made.low + 0.5
        return made


class RunsModel(QAbstractTableModel):
    """Rows are Measures, then Failures; columns are KEYS."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Measures] = []
        self.failures: list[Failure] = []
        self.best: dict[str, set[int]] = {}
        self.trends = Trends()
        self.shown = -1
        """Number of the branch that every view shows."""
        self.step: int | None = None
        """The step of the numbers; ``None``: each record's end."""
        self.goal = ""
        self.threshold = 0.0
        self.key, self.descending = "loss", False
        self.is_validated = False
        """Some rows have a loss on what is held out."""
        self._unsorted: list[Measures] = []

    def explain(self, shown: int, step: int | None, goal: str, threshold: float) -> None:
        """What the numbers to come mean: see the attributes."""
        self.shown, self.step, self.goal, self.threshold = shown, step, goal, threshold

    def replace(self, rows: list[Measures], failures: list[Failure], trends: Trends) -> None:
        """Show these, in the order that was asked for."""
        self._unsorted, self.trends = rows, trends
        before = len(self.rows) + len(self.failures)
        after = len(rows) + len(failures)
        if before != after:
            self.beginResetModel()
        self.failures, self.best, self.is_validated = failures, winners(rows), columns_of(rows) != COLUMNS
        self._rank()
        if before != after:
            self.endResetModel()
        elif after:
            self.dataChanged.emit(self.index(0, 0), self.index(after - 1, len(KEYS) - 1))

    def order_by(self, key: str) -> None:
        """Rank by that column; again: the other way round."""
        if key == TREND:
            key = "best"
        self.descending = not self.descending if key == self.key else False
        self.key = key
        self._rank()
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(KEYS) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(KEYS) - 1)

    def _rank(self) -> None:
        self.rows = ranked(self._unsorted, self.key, descending=self.descending)

    def measures(self, row: int) -> Measures | None:
        """The record of a row; ``None`` for a failure."""
        return self.rows[row] if 0 <= row < len(self.rows) else None

    def is_best(self, row: int, key: str) -> bool:
        """Whether that cell is the best of its column."""
        found = self.measures(row)
        return found is not None and found.number in self.best.get(key, ())

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows) + len(self.failures)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(KEYS)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        row, key = index.row(), KEYS[index.column()]
        if role == Role.TextAlignmentRole:
            return _LEFT if key == "label" else _RIGHT
        if role not in (Role.DisplayRole, Role.ToolTipRole, Role.AccessibleTextRole):
            return None
        found = self.measures(row)
        if found is None:
            return self._of_failure(self.failures[row - len(self.rows)], key, role)
        if role == Role.ToolTipRole:
            return self.told(found)
        if key in ("label", TREND):
            return found.label if key == "label" else ""
        text = said(key, _BY_KEY[key].get(found))
        best = role == Role.AccessibleTextRole and self.is_best(row, key)
        return f"{text}, the best" if best else text

    @staticmethod
    def _of_failure(failure: Failure, key: str, role: int) -> str:
        if role == Role.ToolTipRole:
            return f"{failure.label}: {failure.sentence}"
        return failure.label if key == "label" else ""

    def told(self, row: Measures) -> str:
        """Everything that is known of a record, in full precision."""
        lines = [f"<b>{row.label}</b>", f"step {row.step:,}"]
        for column in columns_of([row]):
            value = column.get(row)
            title = (
                f"first step with loss below {short(self.threshold)}"
                if column.key == "below"
                else column.title
            )
            number = "–" if value is None else f"{value:,}" if isinstance(value, int) else full(value)
            at = f" at step {row.best_step:,}" if column.key == "best" and row.best_step is not None else ""
            lines.append(f"{title}: {number}{at}".replace("<", "&lt;"))
        return "<br>".join([*lines, row.ended]) if row.ended else "<br>".join(lines)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        key = KEYS[section]
        if role == Role.DisplayRole:
            arrow = "" if key != self.key else " ▾" if self.descending else " ▴"
            title = f"loss < {short(self.threshold, DIGITS)}" if key == "below" else _TITLES[key]
            return title + arrow
        if role == Role.FontRole:
            return font("small")
        if role == Role.ToolTipRole:
            ending = f": {self.goal}" if key == "distance" and self.goal else ""
            return f"{_EXPLAINED[key]}{ending}\nClick to rank by it."
        return (_LEFT if key in ("label", TREND) else _RIGHT) if role == Role.TextAlignmentRole else None


def said(key: str, value: float | None) -> str:
    """A number as a cell shows it."""
    if value is None:
        return "–"
    if key == "pace":
        return f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else short(value, DIGITS)
