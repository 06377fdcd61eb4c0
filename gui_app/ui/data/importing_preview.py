"""The first rows of a file in the import dialog, under the columns' names and what they hold."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from gui_app.core.table import DELIMITERS, Preview
from gui_app.files.tables.cells import is_number
from gui_app.ui.data.importing_chips import chip_width, paint_chip
from gui_app.ui.data.importing_columns import ColumnsModel
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

ROWS = 50
_WIDEST = 22 * GRID
_MISSING = "·"
_Index = QModelIndex


class PreviewModel(QAbstractTableModel):
    """The texts of the first rows."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self.preview: Preview | None = None

    def set_preview(self, preview: Preview | None) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.preview = preview
        self.endResetModel()

    def is_wrong(self, row: int, column: int) -> bool:
        """Whether a number is expected there and something else stands there."""
        seen = self.preview
        if seen is None or seen.kinds[column] != "number":
            return False
        cell = seen.rows[row][column]
        return not self.is_missing(row, column) and not is_number(cell, seen.options.decimal or ".")

    def is_missing(self, row: int, column: int) -> bool:
        """Whether nothing stands there, or a word for nothing."""
        seen = self.preview
        return seen is not None and seen.rows[row][column].strip() in {"", *seen.options.missing}

    # Qt

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() or self.preview is None else min(ROWS, len(self.preview.rows))

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self.preview is None else len(self.preview.names)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self.preview is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            name = self.preview.names[section]
            reason = self.preview.left_out.get(name, "")
            if role == Qt.ItemDataRole.ToolTipRole:
                return f"{name}: left out, {reason}" if reason else name
            return name if role == Qt.ItemDataRole.DisplayRole else None
        options = self.preview.options
        first = 1 + (options.skip or 0) + bool(options.header)  # as errors count them
        return f"{first + section:,}" if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        seen, row, column = self.preview, index.row(), index.column()
        if seen is None:
            return None
        missing = self.is_missing(row, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return _MISSING if missing else " ".join(seen.rows[row][column].split())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = seen.kinds[column] == "number"
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole:
            return monospace("small")
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._colour(row, column, missing))
        if role == Qt.ItemDataRole.ToolTipRole:
            return "missing" if missing else "not a number" if self.is_wrong(row, column) else None
        return None

    def _colour(self, row: int, column: int, missing: bool) -> str:
        palette, seen = self.palette_, self.preview
        assert seen is not None
        if missing or seen.kinds[column] == "text":
            return palette.muted
        return palette.error if self.is_wrong(row, column) else palette.text


class PreviewView(QTableView):
    """The table; a bar over a column says whether it is a feature or the target."""

    def __init__(self, model: PreviewModel, columns: ColumnsModel, palette: Palette) -> None:
        super().__init__()
        self.setModel(model)
        self.head = _Header(model, columns, palette, self)
        self.setHorizontalHeader(self.head)
        self.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setWordWrap(False)
        self.setAccessibleName("First rows")
        self.verticalHeader().setDefaultSectionSize(round(QFontMetricsF(monospace("small")).height()) + 6)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setFont(font("small"))
        columns.changed.connect(self.head.viewport().update)
        model.modelReset.connect(self._fit)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.head.palette_ = palette
        self.model().palette_ = palette
        self.viewport().update()
        self.head.viewport().update()

    def _fit(self) -> None:
        """Columns as wide as their name, sign and first cells, none too wide."""
        model = self.model()
        names, cells = QFontMetricsF(font(bold=True)), QFontMetricsF(monospace("small"))
        for column in range(min(200, model.columnCount())):
            seen = model.preview
            texts = [cells.horizontalAdvance(row[column][:40]) for row in seen.rows[:ROWS]]
            sign = chip_width(seen.kinds[column])
            widest = max([*texts, names.horizontalAdvance(seen.names[column]), sign]) + 2 * GRID
            self.setColumnWidth(column, round(min(widest, _WIDEST)))


class _Header(QHeaderView):
    """Name and sign of each column, under a bar in the colour of its use."""

    def __init__(self, model: PreviewModel, columns: ColumnsModel, palette: Palette, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.palette_ = palette
        self._seen, self._columns = model, columns

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), round(2.6 * QFontMetricsF(font()).height()) + GRID)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        seen, palette = self._seen.preview, self.palette_
        if seen is None or section >= len(seen.names):
            return
        name, kind = seen.names[section], seen.kinds[section]
        is_target, is_feature = name == self._columns.target, name in self._columns.features
        painter.save()
        painter.fillRect(rect, QColor(palette.panel))
        bar = palette.cursor if is_target else palette.accent if is_feature else palette.border
        painter.fillRect(rect.adjusted(1, 0, -1, 3 - rect.height()), QColor(bar))
        painter.setPen(QColor(palette.text if is_target or is_feature else palette.muted))
        painter.setFont(font(bold=True))
        inner = rect.adjusted(GRID - 2, GRID - 2, -GRID // 2, 0)
        half = inner.height() // 2
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, inner.width())
        upper = inner.adjusted(0, 0, 0, -half)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(QColor(palette.border))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()
        paint_chip(painter, inner.left(), inner.bottom() - half / 2 - 1, kind, palette)


def found_text(preview: Preview) -> str:
    """What was found out, in a line."""
    total = preview.total if preview.counted else float(f"{preview.total:.1e}")
    rows = f"{'' if preview.counted else 'about '}{total:,.0f} row{'s' * (total != 1)}"
    columns = len(preview.names)
    parts = [preview.format, rows, f"{columns:,} column{'s' * (columns != 1)}"]
    options = preview.options
    if options.delimiter:
        parts.append(f"{DELIMITERS[options.delimiter]} between columns")
    if options.encoding:
        parts.append(options.encoding.upper())
    if options.skip:
        parts.append(f"{options.skip:,} line{'s' * (options.skip != 1)} skipped")
    if preview.left_out:
        parts.append(f"{len(preview.left_out):,} left out")
    return "  ·  ".join(parts)
