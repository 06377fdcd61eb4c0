"""The table of parameters: where each starts and what it is at the step that is shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QMouseEvent, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QStyledItemDelegate,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.experiment import Experiment
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.editor.parameter_cells import ROW, ParameterCells
from gui_app.ui.editor.parameter_columns import COLUMNS, PAGES, TYPED, Column
from gui_app.ui.editor.parameter_model import FullText, ParameterModel
from gui_app.ui.editor.parameter_rows import Arrays
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

_ROWS_WISHED = (2, 8)


class ParameterTable(QWidget):
    """Parameters of an experiment; ``experiment_changed`` carries the Experiment after an edit.

    A narrow table shows one of two pages of columns, a wide one all of them.
    """

    experiment_changed = Signal(object)
    parameter_hovered = Signal(str)
    """Name of the parameter under the mouse; empty when it leaves."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.model = ParameterModel(palette)
        self.view = _View(self.model, palette)
        self._strip = MessageStrip(palette)
        self._empty = QLabel("Names that the objective uses appear here.")
        self._empty.setObjectName("muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._pages = QWidget()
        self._page = QButtonGroup(self)
        self._build_pages()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self._pages, self._empty, self.view, self._strip):
            column.addWidget(part, 1 if part in (self.view, self._empty) else 0)
        self.setFocusProxy(self.view)
        self.model.edited.connect(self.experiment_changed)
        self.model.modelReset.connect(self._on_reset)
        self.model.rejection_changed.connect(self._on_rejection)
        self.view.hovered.connect(self.parameter_hovered)
        self._on_reset()

    def _build_pages(self) -> None:
        row = QHBoxLayout(self._pages)
        row.setContentsMargins(GRID, GRID // 2, GRID, 0)
        row.setSpacing(GRID // 2)
        row.addStretch(1)
        for number, (name, columns) in enumerate(PAGES.items()):
            button = QToolButton()
            button.setText(name)
            button.setFont(font("small"))
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setToolTip(", ".join(COLUMNS[column].title for column in columns[1:]))
            self._page.addButton(button, number)
            row.addWidget(button)
        self._page.idToggled.connect(lambda _id, on: on and self._fit())

    # From outside

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the parameters of ``experiment``; silent."""
        self.model.set_experiment(experiment)

    def set_read_only(self, names: Iterable[str]) -> None:
        """Parameters that can only be looked at: the program's text sets them."""
        self.model.set_read_only(names)

    def set_step(self, values: Arrays | None, gradients: Arrays | None, updates: Arrays | None) -> None:
        """Arrays by parameter name at the step that is shown; None where there are none."""
        self.model.set_step(values, gradients, updates)

    def highlight(self, name: str | None) -> None:
        """Light up the rows of a parameter; None: of none."""
        self.view.cells.lit = name
        self.view.viewport().update()

    def show_page(self, name: str) -> None:
        """Turn a narrow table to ``Values`` or ``Types``."""
        self._page.button(list(PAGES).index(name)).setChecked(True)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.model.apply_theme(palette)
        self.view.cells.theme = palette
        self._strip.apply_theme(palette)

    # Its own doing

    def _on_reset(self) -> None:
        some = self.model.rowCount() > 0
        self.view.setVisible(some)
        self._empty.setVisible(not some)
        self._fit()

    def _on_rejection(self) -> None:
        self._strip.set_message(self.model.rows.first_rejection())

    def _columns(self) -> tuple[Column, ...]:
        known = any(spec.reference is not None for spec in self.model.experiment.parameters)
        return tuple(column for column in Column if known or column != Column.REFERENCE)

    def _fit(self) -> None:
        """Share the width among the columns that have room."""
        character = self.fontMetrics().averageCharWidth() + 1
        shown = self._columns()
        width = max(1, self.width() - 2)
        wide = width >= sum(COLUMNS[column].width * character + 2 * GRID for column in shown)
        self._pages.setVisible(not wide and self.model.rowCount() > 0)
        if not wide:
            page = list(PAGES.values())[max(0, self._page.checkedId())]
            shown = tuple(column for column in page if column in shown)
        self.view.share(width, shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        least, most = _ROWS_WISHED
        rows = min(max(self.model.rowCount(), least), most)
        return QSize(40 * GRID, (rows + 2) * ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, 4 * ROW)


def shares(width: float, least: Mapping[Column, float]) -> dict[Column, int]:
    """``width`` pixels shared by the columns' weights, none below its ``least`` as far as there is room."""
    fixed: set[Column] = set()
    while True:
        free = {column: COLUMNS[column].width for column in least if column not in fixed}
        unit = (width - sum(least[column] for column in fixed)) / max(1, sum(free.values()))
        tight = {column for column, weight in free.items() if weight * unit < least[column]}
        if not tight:
            break
        fixed |= tight
    return {c: int(least[c] if c in fixed else COLUMNS[c].width * unit) for c in least}


class _View(QTableView):
    """The table itself: one click edits, Ctrl+C copies in full precision, a click on a name unfolds."""

    hovered = Signal(str)

    def __init__(self, model: ParameterModel, palette: Palette) -> None:
        super().__init__()
        self._model = model
        self.cells = ParameterCells(palette, self)
        self.setModel(model)
        self.setItemDelegate(self.cells)
        self.setFont(monospace("small"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setAccessibleName("Parameters")
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(GRID)
        self.horizontalHeader().setFont(font("small"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.clicked.connect(self._on_clicked)
        copy = QShortcut(QKeySequence.StandardKey.Copy, self, context=Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy)

    def share(self, width: int, shown: tuple[Column, ...]) -> None:
        """Show these columns over ``width`` pixels: the name as it needs, the others by their
        weight, none narrower than its title."""
        for column in Column:
            self.setColumnHidden(column, column not in shown)
        if self.verticalScrollBar().isVisible():
            width -= self.verticalScrollBar().width()
        metrics = self.horizontalHeader().fontMetrics()
        least = {c: metrics.horizontalAdvance(COLUMNS[c].title) + 1.5 * GRID for c in shown[1:]}
        name = max(6 * GRID, min(self.sizeHintForColumn(Column.NAME), width - math.ceil(sum(least.values()))))
        self.setColumnWidth(Column.NAME, name)
        for column, part in shares(width - name, least).items():
            self.setColumnWidth(column, part)

    def copy(self) -> None:
        """The selected cells to the clipboard, tabs between them, in full precision."""
        chosen = sorted(self.selectedIndexes(), key=lambda index: (index.row(), index.column()))
        lines: dict[int, list[str]] = {}
        for index in chosen:
            if not self.isColumnHidden(index.column()):
                lines.setdefault(index.row(), []).append(str(index.data(FullText)))
        QApplication.clipboard().setText("\n".join("\t".join(cells) for cells in lines.values()))

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.NAME:
            self._model.toggle(index.row())
        elif index.column() in (*TYPED, Column.DTYPE) and index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)

    def _on_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = QAction("Copy", menu)
        copy.triggered.connect(self.copy)
        menu.addAction(copy)
        if index.isValid():
            name = self._model.rows.spec(index.row()).name
            remove = QAction(f"Remove {name}", menu)
            remove.setEnabled(name not in self._model.rows.read_only)
            remove.triggered.connect(lambda: self._model.remove(index.row()))
            menu.addAction(remove)
        menu.popup(self.viewport().mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentIndex()
        on_name = current.isValid() and current.column() == Column.NAME
        if on_name and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = current.row()
            self._model.toggle(row)
            self.setCurrentIndex(self._model.index(row, Column.NAME))
        elif event.key() == Qt.Key.Key_Escape:
            self._model.forget(current)
        else:
            super().keyPressEvent(event)

    def commitData(self, editor: QWidget) -> None:
        """An edit lays the rows anew: the keys and the place in the table stay where they were."""
        place, typing = self.currentIndex(), editor.hasFocus()
        row, column = place.row(), place.column()
        super().commitData(editor)
        if typing and not editor.isVisible():
            self.setFocus()
            self.setCurrentIndex(self._model.index(row, column))

    def closeEditor(self, editor: QWidget, hint: QStyledItemDelegate.EndEditHint) -> None:
        if hint == QStyledItemDelegate.EndEditHint.RevertModelCache:
            self._model.forget(self.currentIndex())
        super().closeEditor(editor, hint)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self.hovered.emit(self._model.rows.spec(index.row()).name if index.isValid() else "")

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit("")
