"""The rows themselves, with what is predicted for each."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.ui.data.rows_model import PARTS, RowsModel
from gui_app.ui.data.view import DataView
from gui_app.ui.starts.choice import Choice
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

NARROWEST, WIDEST = 11 * GRID, 24 * GRID
"""Of a column, in pixels; between them it is as wide as its name."""
MOST_FITTED = 100
"""Columns that are made as wide as their names."""


class TableView(DataView):
    """Features, target, prediction and residual; the rows of the batch are marked, and can be shown alone."""

    name = "Table"
    help = "Every row with its prediction. Click one to follow it."

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.model = RowsModel(palette)
        self.table = QTableView()
        self.parts = Choice("Which rows are shown")
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._build()
        self.table.clicked.connect(self._on_clicked)
        self.table.horizontalHeader().sectionClicked.connect(self._on_sorted)
        self.parts.chosen.connect(self._on_part)
        self.model.modelReset.connect(self._fit_columns)

    def _build(self) -> None:
        self.table.setModel(self.model)
        self.table.setAccessibleName("Rows of the data")
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setWordWrap(False)
        across, down = self.table.horizontalHeader(), self.table.verticalHeader()
        across.setHighlightSections(False)
        across.setSectionsClickable(True)
        across.setTextElideMode(Qt.TextElideMode.ElideRight)
        across.setDefaultSectionSize(NARROWEST)
        down.setDefaultSectionSize(round(QFontMetricsF(monospace("small")).height()) + 6)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setFont(font("small"))
        row = QHBoxLayout()
        row.setContentsMargins(GRID + 4, 0, GRID, GRID // 2)
        row.setSpacing(GRID // 2)
        words = QLabel("Rows")
        words.setObjectName("muted")
        for widget in (words, self.parts, self._count):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.table, 1)

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Always."""
        return True

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Show these rows, at the same place if they are the same."""
        self.fit = fit
        self.model.set_fit(fit)
        offered = {
            part.words.format(step=fit.step): key for key, part in PARTS.items() if part.makes_sense(fit)
        }
        self.parts.offer(offered, self.model.part)
        self._say()
        self._select(fit)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        self.model.palette_ = palette
        self.table.viewport().update()

    def _say(self) -> None:
        """How many rows there are."""
        assert self.fit is not None
        shown, known, used = self.model.rowCount(), len(self.fit.rows), len(self.fit.data.rows)
        words = f"{shown:,}" if shown == known else f"{shown:,} of {known:,}"
        self._count.setText(words if known == used else f"{words}, evenly spread over {used:,}")

    def _select(self, fit: Fit) -> None:
        """The row that is followed."""
        place = None if fit.sample is None else self.model.place_of(fit.sample)
        if place is None:
            self.table.clearSelection()
        elif self.table.currentIndex().row() != place or not self.table.selectionModel().hasSelection():
            self.table.selectRow(place)

    def _fit_columns(self) -> None:
        """Each as wide as its name."""
        header = self.table.horizontalHeader()
        metrics = QFontMetricsF(header.font())
        for column in range(min(self.model.columnCount(), MOST_FITTED)):
            wide = metrics.horizontalAdvance(self.model.name_of(column) + " ▾") + 2 * GRID
            header.resizeSection(column, round(min(max(wide, NARROWEST), WIDEST)))

    def _on_part(self) -> None:
        self.model.show_part(self.parts.value)
        self._say()

    def _on_sorted(self, column: int) -> None:
        self.model.sort_by(column)
        self.table.scrollToTop()

    def _on_clicked(self, index: QModelIndex) -> None:
        if self.fit is not None:
            self.sample_chosen.emit(int(self.fit.rows[self.model.shown[index.row()]]))
