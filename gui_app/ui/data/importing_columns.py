"""The list of columns in the import dialog: which are features, which one is the target, what each holds."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui_app.core.table import Kind, Preview
from gui_app.ui.data.importing_chips import chip_width, paint_chip, paint_radio
from gui_app.ui.theme import GRID, Palette

FEATURE, NAME, TARGET = range(3)
_HEADS = ("X", "Column", "y")
_HELP = (
    "Features: these columns make X.",
    "Click on the sign to read the column as numbers or as categories.",
    "Target: this column makes y. Click on it again for no target.",
)
_LIKELY = ("y", "target", "label", "class", "species", "outcome")
_KIND = Qt.ItemDataRole.UserRole
_Index = QModelIndex


class ColumnsModel(QAbstractTableModel):
    """What each column is used for. A column that is left out can be neither feature nor target."""

    changed = Signal()
    kind_wanted = Signal(str, str)
    """Name of a column and the kind that it is to be read as."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.kinds: tuple[Kind, ...] = ()
        self.features: set[str] = set()
        self.target = ""

    def set_preview(self, preview: Preview) -> None:
        """Other columns; those that have been there before keep their use."""
        names, kept = preview.names, set(self.names)
        same = names == self.names  # then the list stays where it is
        if not same:
            self.beginResetModel()
        self.names, self.kinds = names, preview.kinds
        usable = [name for name, kind in zip(names, preview.kinds, strict=True) if kind != "text"]
        if not kept or not kept & set(names):
            used = [name for name in usable if not _is_blank(preview, name)] or usable
            self.target = likely_target(used)
            self.features = set(used) - {self.target}
        else:
            self.target = self.target if self.target in usable else ""
            wanted = {name for name in usable if name in self.features or name not in kept}
            self.features = wanted - {self.target}
        if same:
            self._tell()
        else:
            self.endResetModel()
            self.changed.emit()

    def show_use(
        self, names: tuple[str, ...], kinds: tuple[Kind, ...], features: Sequence[str], target: str
    ) -> None:
        """Other columns and what they are used for; silent."""
        self.beginResetModel()
        self.names, self.kinds, self.features, self.target = names, kinds, set(features), target
        self.endResetModel()

    def clear(self) -> None:
        """No columns."""
        self.beginResetModel()
        self.names, self.kinds, self.features, self.target = (), (), set(), ""
        self.endResetModel()
        self.changed.emit()

    def chosen(self) -> tuple[str, ...]:
        """The features, in the file's order."""
        return tuple(name for name in self.names if name in self.features)

    def takes_all(self) -> bool:
        """Whether every usable column but the target is a feature."""
        usable = {name for name, kind in zip(self.names, self.kinds, strict=True) if kind != "text"}
        return self.features == usable - {self.target}

    def set_all(self, on: bool) -> None:
        """Every usable column but the target is a feature, or none is."""
        usable = {name for name, kind in zip(self.names, self.kinds, strict=True) if kind != "text"}
        self.features = usable - {self.target} if on else set()
        self._tell()

    def set_feature(self, row: int, on: bool) -> None:
        """Use a column as feature, or not."""
        name = self.names[row]
        if self.kinds[row] == "text" or name == self.target:
            return
        self.features = self.features | {name} if on else self.features - {name}
        self._tell()

    def set_target(self, row: int) -> None:
        """Make a column the target; the one that was it becomes a feature. The target itself: there is none."""
        name, before = self.names[row], self.target
        if self.kinds[row] == "text":
            return
        self.target = "" if name == before else name
        self.features = (self.features | ({before} if before else set())) - {self.target}
        self._tell()

    def want_other_kind(self, row: int) -> None:
        """Ask for a column of numbers to be read as categories, or the other way around."""
        other = {"number": "category", "category": "number"}.get(self.kinds[row])
        if other:
            self.kind_wanted.emit(self.names[row], other)

    def _tell(self) -> None:
        if self.names:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.names) - 1, TARGET))
        self.changed.emit()

    # Qt

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        shown = {Qt.ItemDataRole.DisplayRole: _HEADS, Qt.ItemDataRole.ToolTipRole: _HELP}.get(role)
        if shown:
            return shown[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == NAME else Qt.AlignmentFlag.AlignHCenter
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        usable = self.kinds[index.row()] != "text"
        flags = (
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if usable else Qt.ItemFlag.NoItemFlags
        )
        checkable = usable and index.column() == FEATURE and self.names[index.row()] != self.target
        return flags | Qt.ItemFlag.ItemIsUserCheckable if checkable else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        name, kind = self.names[index.row()], self.kinds[index.row()]
        if index.column() == FEATURE and role == Qt.ItemDataRole.CheckStateRole and kind != "text":
            return Qt.CheckState.Checked if name in self.features else Qt.CheckState.Unchecked
        if index.column() == NAME and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return name
        if index.column() == TARGET and role == Qt.ItemDataRole.AccessibleTextRole:
            return "target" if name == self.target else "not the target"
        return kind if role == _KIND else None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != FEATURE:
            return False
        self.set_feature(index.row(), Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


def _is_blank(preview: Preview, name: str) -> bool:
    """Whether a column has no value in any of the rows that are seen."""
    at, words = preview.names.index(name), {"", *preview.options.missing}
    return all(row[at].strip() in words for row in preview.rows)


def likely_target(names: Sequence[str]) -> str:
    """A column that is called like one, or the last; none where there is only one column."""
    if len(names) < 2:
        return ""
    return next((name for name in names if name.lower() in _LIKELY), names[-1])


class ColumnsView(QTableView):
    """The list; a click into a row's cell changes what it is used for, so do Space, T and K on the keyboard."""

    def __init__(self, model: ColumnsModel, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self.palette_ = model, palette
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Columns")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(3 * GRID + 4)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(4 * GRID)
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for section in (FEATURE, TARGET):
            head.setSectionResizeMode(section, QHeaderView.ResizeMode.Fixed)
            head.resizeSection(section, 4 * GRID)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.palette_ = palette
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self._clicked(index, event.position().x())
        event.accept()

    def keyPressEvent(self, event: object) -> None:
        index = self.currentIndex()
        acts = {
            Qt.Key.Key_Space: lambda row: self._model.set_feature(
                row, self._model.names[row] not in self._model.features
            ),
            Qt.Key.Key_T: self._model.set_target,
            Qt.Key.Key_K: self._model.want_other_kind,
        }
        act = acts.get(Qt.Key(event.key()))  # type: ignore[attr-defined]
        if act and index.isValid():
            act(index.row())
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def _clicked(self, index: _Index, x: float) -> None:
        row = index.row()
        if index.column() == FEATURE:
            self._model.set_feature(row, self._model.names[row] not in self._model.features)
        elif index.column() == TARGET:
            self._model.set_target(row)
        elif x >= self.chip_left(self.visualRect(index), self._model.kinds[row]):
            self._model.want_other_kind(row)

    @staticmethod
    def chip_left(cell: QRect, kind: str) -> float:
        """Where the sign begins in a row's cell of the name."""
        return cell.right() - chip_width(kind) - GRID / 2


class _Delegate(QStyledItemDelegate):
    """Paints the sign beside the name and the radio button of the target."""

    def __init__(self, view: ColumnsView) -> None:
        super().__init__(view)
        self._view = view

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        if index.column() == NAME:
            option.textElideMode = Qt.TextElideMode.ElideRight
        if index.column() == FEATURE and index.data(Qt.ItemDataRole.CheckStateRole) is not None:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
            option.displayAlignment = Qt.AlignmentFlag.AlignCenter

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        palette, kind = self._view.palette_, str(index.data(_KIND))
        cell = QRect(option.rect)
        if index.column() == NAME:
            painter.save()
            super().paint(painter, self._narrowed(option, chip_width(kind) + GRID), index)
            painter.restore()
            paint_chip(painter, self._view.chip_left(cell, kind), cell.center().y() + 1, kind, palette)
            return
        if index.column() == FEATURE and kind != "text":
            option.rect.adjust(GRID - 2, 0, 0, 0)
        super().paint(painter, option, index)
        if index.column() == TARGET:
            name = self._view.model().names[index.row()]  # type: ignore[attr-defined]
            on = name == self._view.model().target  # type: ignore[attr-defined]
            if kind != "text":
                paint_radio(painter, cell.center().x(), cell.center().y() + 1, palette, on=on, usable=True)

    @staticmethod
    def _narrowed(option: QStyleOptionViewItem, by: float) -> QStyleOptionViewItem:
        made = QStyleOptionViewItem(option)
        made.rect = option.rect.adjusted(0, 0, -round(by), 0)
        return made
