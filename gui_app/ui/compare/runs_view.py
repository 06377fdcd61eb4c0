"""The table on the screen: as many columns as there is room for, rows that can be pointed at and chosen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from gui_app.core.measures import VALIDATION
from gui_app.ui.compare.cells import Cells
from gui_app.ui.compare.table import KEYS, TREND, RunsModel
from gui_app.ui.theme import GRID, Palette

LABEL = 118
"""Least width of the first column, …"""
WIDTHS = {
    "evaluations": 52,
    TREND: 56,
    VALIDATION.key: 72,
    "gradient": 72,
    "best": 72,
    "below": 84,
    "pace": 64,
}
WIDTH = 66
"""… and widths of the others."""
WIDEST_TREND = 240
EDGE = 4
"""Room at the right edge."""


class RunsView(QTableView):
    """``chosen`` names a branch that is to be shown, ``dropped`` one that is to be forgotten."""

    chosen = Signal(int)
    dropped = Signal(int)
    pointed = Signal(int)
    """Number of the branch under the mouse; -1: none."""

    def __init__(self, model: RunsModel, palette: Palette) -> None:
        super().__init__()
        self._model = model
        self._cells = Cells(model, palette)
        self.setModel(model)
        self.setItemDelegate(self._cells)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Compared runs")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(3 * GRID)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(4 * GRID)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.sectionClicked.connect(self._on_header_clicked)
        for place, key in enumerate(KEYS[1:], 1):
            self.setColumnWidth(place, WIDTHS.get(key, WIDTH))
        self.clicked.connect(self._on_clicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_wanted)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._cells.theme = palette
        self.viewport().update()

    def point_at(self, number: int) -> None:
        """Light that branch's row up."""
        rows = [place for place, row in enumerate(self._model.rows) if row.number == number]
        self._light(rows[0] if rows else -1)

    def _light(self, row: int) -> None:
        if row != self._cells.hovered:
            self._cells.hovered = row
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Show as many columns as there is room for."""
        room = self.viewport().width() - LABEL - EDGE
        for place, key in enumerate(KEYS[1:], 1):
            is_known = key != VALIDATION.key or self._model.is_validated
            room -= WIDTHS.get(key, WIDTH) if is_known else 0
            self.setColumnHidden(place, room < 0 or not is_known)
        at, spare = KEYS.index(TREND), max(room, 0)
        self.setColumnWidth(at, WIDTHS[TREND] + min(spare // 2, WIDEST_TREND - WIDTHS[TREND]))
        self.setColumnWidth(len(KEYS) - 1, WIDTHS[KEYS[-1]] + EDGE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        row = self.indexAt(event.position().toPoint()).row()
        found = self._model.measures(row)
        self._light(row)
        self.pointed.emit(-1 if found is None else found.number)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        """Who goes through the rows with the keys sees where."""
        super().currentChanged(current, previous)
        self._light(current.row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._light(-1)
        self.pointed.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        found = self._model.measures(self.currentIndex().row())
        if found is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(found.number)
        elif found is not None and event.key() == Qt.Key.Key_Delete:
            self._drop(found.number)
        else:
            super().keyPressEvent(event)

    def _on_header_clicked(self, section: int) -> None:
        self._model.order_by(KEYS[section])

    def _on_clicked(self, index: QModelIndex) -> None:
        found = self._model.measures(index.row())
        if found is not None:
            self.chosen.emit(found.number)

    def _drop(self, number: int) -> None:
        if number != self._model.shown:
            self.dropped.emit(number)

    def _on_menu_wanted(self, at: QPoint) -> None:
        found = self._model.measures(self.indexAt(at).row())
        if found is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show = menu.addAction("Show in every view", lambda: self.chosen.emit(found.number))
        drop = menu.addAction("Remove", lambda: self._drop(found.number))
        for action in (show, drop):
            action.setEnabled(found.number != self._model.shown)
        menu.popup(self.viewport().mapToGlobal(at))
