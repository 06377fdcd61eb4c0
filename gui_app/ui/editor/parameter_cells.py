"""How the cells of the parameter table are painted and edited."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui_app.ui.editor.message_strip import mixed
from gui_app.ui.editor.parameter_columns import Column
from gui_app.ui.editor.parameter_model import Choices, ParameterModel, Rejected
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

ROW = 26
"""Height of a row in pixels."""
_DTYPES = ("", "float32", "float64")
Index = QModelIndex | QPersistentModelIndex


class ParameterCells(QStyledItemDelegate):
    """Names with their colour and their fold, a frame around what is not taken, a combo for the dtype."""

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = palette
        self.lit: str | None = None
        """The parameter whose rows are lit up."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, ParameterModel)
        if self.lit == model.rows.spec(index.row()).name:
            painter.fillRect(option.rect, mixed(model.colour(index.row()), self.theme.panel, 0.16))
        if index.column() == Column.NAME:
            self._paint_name(painter, option, index, model)
        else:
            super().paint(painter, option, index)
        if index.data(Rejected):
            painter.save()
            painter.setPen(QPen(QColor(self.theme.error), 1.5))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5), 3, 3)
            painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        room = self._room(option)
        for text in index.data(Choices) or ():
            option.text = text
            if option.fontMetrics.horizontalAdvance(text) <= room:
                break

    @staticmethod
    def _room(option: QStyleOptionViewItem) -> int:
        """Pixels for the text of a cell, without what the style keeps free."""
        table = option.widget
        if table is None:
            return int(option.rect.width()) - GRID
        style = table.style()
        margin = style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, table) + 1
        area = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, table)
        return int(area.width()) - 2 * margin

    def _paint_name(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, model: ParameterModel
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(self.theme.selection))
        area, middle = QRectF(option.rect), option.rect.center().y() + 0.5
        self._paint_fold(painter, QPointF(area.left() + GRID, middle), model.rows.folding(index.row()))
        left = area.left() + 2 * GRID
        if model.rows.rows[index.row()].element is None:
            painter.setBrush(QColor(model.colour(index.row())))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(left + 4, middle), 4, 4)
            left += 1.75 * GRID
        area.setLeft(left)
        painter.setFont(monospace("small"))
        painter.setPen(
            QColor(self.theme.text if model.rows.rows[index.row()].element is None else self.theme.muted)
        )
        name = QFontMetricsF(painter.font()).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()

    def _paint_fold(self, painter: QPainter, centre: QPointF, unfolded: bool | None) -> None:
        if unfolded is None:
            return
        down = ((-3.5, -2.0), (3.5, -2.0), (0.0, 3.0))
        points = down if unfolded else tuple((y, x) for x, y in down)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.muted))
        painter.drawPolygon(QPolygonF([centre + QPointF(x, y) for x, y in points]))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        if index.column() != Column.NAME:
            return super().sizeHint(option, index)
        width = QFontMetricsF(monospace("small")).horizontalAdvance(str(index.data()))
        return QSize(round(width) + round(4.5 * GRID), ROW)

    # Editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        if index.column() != Column.DTYPE:
            editor = super().createEditor(parent, option, index)
            editor.setFont(monospace("small"))
            return editor
        own = index.data(Qt.ItemDataRole.EditRole)
        combo = QComboBox(parent)
        for name in dict.fromkeys((*_DTYPES, own)):
            combo.addItem(name or "the run's", name)
        combo.activated.connect(lambda _: (self.commitData.emit(combo), self.closeEditor.emit(combo)))
        return combo

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = index.data(Qt.ItemDataRole.EditRole)
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(text))
        elif isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(text)
            editor.end(False)
            editor.home(True)  # all selected, and the beginning in sight

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        text = editor.currentData() if isinstance(editor, QComboBox) else editor.text()
        model.setData(index, text, Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Room to type: a long start's field reaches over its neighbours, as far as the table."""
        area = option.rect
        if index.column() != Column.DTYPE:
            table = editor.parentWidget().width()
            needed = (
                editor.fontMetrics().horizontalAdvance(str(index.data(Qt.ItemDataRole.EditRole))) + 3 * GRID
            )
            area.setWidth(max(area.width(), min(needed, table - area.left())))
        else:
            area.setWidth(max(area.width(), editor.sizeHint().width()))
        editor.setGeometry(area)
