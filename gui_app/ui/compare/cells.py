"""How the cells of the table are painted: the line that a run has in every view, its numbers, its losses."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from gui_app.core.measures import Measures
from gui_app.ui.compare.table import KEYS, TREND, RunsModel
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_pen
from gui_app.ui.curves.frame import pen
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

LINE = 20.0
"""Length of the piece of line before a label."""
PAD = 6.0
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Cells(QStyledItemDelegate):
    """Paints every cell; ``hovered`` is the row under the mouse."""

    def __init__(self, model: RunsModel, palette: Palette) -> None:
        super().__init__()
        self._model, self.theme = model, palette
        self.hovered = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        return QSize(8 * GRID, 3 * GRID)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row, key = index.row(), KEYS[index.column()]
        found, rect = self._model.measures(row), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_back(painter, rect, row, found)
        if found is None:
            if key == "label":
                self._paint_failure(painter, rect, row)
        elif key == "label":
            self._paint_label(painter, rect, found)
        elif key == TREND:
            self._paint_trend(painter, rect, found)
        else:
            self._paint_number(painter, rect, str(index.data()), best=self._model.is_best(row, key))
        painter.restore()

    def _paint_back(self, painter: QPainter, rect: QRectF, row: int, found: Measures | None) -> None:
        shown = found is not None and found.number == self._model.shown
        if shown:
            painter.fillRect(rect, QColor(self.theme.selection))
        elif row == self.hovered:
            painter.fillRect(rect, QColor(self.theme.hover))

    def _paint_failure(self, painter: QPainter, rect: QRectF, row: int) -> None:
        failure = self._model.failures[row - len(self._model.rows)]
        indented = rect.adjusted(2 * PAD + LINE, 0, 0, 0)
        self._paint_words(painter, indented, failure.label, (f"✕ {failure.sentence}", "✕ failed"))

    def _paint_label(self, painter: QPainter, rect: QRectF, found: Measures) -> None:
        shown = found.number == self._model.shown
        colours = self.theme
        middle = rect.center().y()
        painter.setPen(pen(colours.accent, 2.25) if shown else branch_pen(colours, found.number, 2.25))
        painter.drawLine(QPointF(rect.left() + PAD, middle), QPointF(rect.left() + PAD + LINE, middle))
        self._paint_words(painter, rect.adjusted(PAD + LINE + PAD, 0, 0, 0), found.label, self._notes(found))

    def _notes(self, found: Measures) -> tuple[str, ...]:
        """What is special about a record, in forms of different length."""
        if found.ended:
            return f"✕ {found.ended}", f"✕ {found.step:,}"
        return () if found.step == self._common_step() else (f"step {found.step:,}", "")

    def _common_step(self) -> int:
        """The step that most numbers are of; others are named."""
        if self._model.step is not None:
            return self._model.step
        return max(row.step for row in self._model.rows)

    def _paint_words(self, painter: QPainter, rect: QRectF, label: str, notes: tuple[str, ...]) -> None:
        """The label, and behind it the first of the notes that there is room for."""
        face = font("small")
        metrics = QFontMetricsF(face)
        room = rect.width() - PAD
        beside = room - metrics.horizontalAdvance(label) - PAD
        fitting = (note for note in notes if metrics.horizontalAdvance(note) <= beside)
        note = next(fitting, notes[-1] if notes else "")
        room -= metrics.horizontalAdvance(note) + PAD if note else 0.0
        text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room)
        painter.setFont(face)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(rect, _LEFT, text)
        painter.setPen(QColor(self.theme.error if note.startswith("✕") else self.theme.muted))
        painter.drawText(rect.adjusted(metrics.horizontalAdvance(text) + PAD, 0, 0, 0), _LEFT, note)

    def _paint_number(self, painter: QPainter, rect: QRectF, text: str, *, best: bool) -> None:
        """Right-aligned; the best of its column stands in a frame."""
        colours, face = self.theme, monospace("small")
        face.setBold(best)
        metrics = QFontMetricsF(face)
        if best:
            box = QRectF(0, 0, metrics.horizontalAdvance(text) + 8, metrics.height() + 2)
            box.moveCenter(QPointF(rect.right() - 1 - box.width() / 2, rect.center().y()))
            tint = QColor(colours.good)
            tint.setAlphaF(0.16)
            painter.setBrush(tint)
            painter.setPen(pen(colours.good, 1.0, 0.8))
            painter.drawRoundedRect(box, 4, 4)
        quiet = text in ("–", "inf", "nan")
        painter.setPen(QColor(colours.good if best else colours.muted if quiet else colours.text))
        painter.setFont(face)
        painter.drawText(rect.adjusted(0, 0, -5, 0), _RIGHT, text)

    def _paint_trend(self, painter: QPainter, rect: QRectF, found: Measures) -> None:
        """The losses as a small line, and a dot at the step of the numbers."""
        trends = self._model.trends
        if found.number not in trends.lines:
            return
        box = rect.adjusted(PAD, 4, -PAD, -4)
        steps, line = trends.lines[found.number]
        heights = (line - trends.low) / (trends.high - trends.low)
        xs = box.left() + steps / max(trends.last, 1) * box.width()
        ys = box.bottom() - np.clip(heights, 0.0, 1.0) * box.height()
        shown = found.number == self._model.shown
        ink = pen(self.theme.accent) if shown else branch_pen(self.theme, found.number, 1.5)
        painter.setPen(pen(ink.color().name(), 1.5))
        draw_line(painter, xs, ys, 1.5)
        place = int(np.searchsorted(steps, found.step, side="right")) - 1
        if 0 <= place < len(ys) and np.isfinite(ys[place]):
            at = QPointF(box.left() + found.step / max(trends.last, 1) * box.width(), float(ys[place]))
            marks.dot(painter, at, 2.5, self.theme.cursor, self.theme.panel, 0.75)
