"""Predictions against truth: how often each class is taken for each, as a matrix."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit, confusion
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.frame import mixed
from gui_app.ui.data.view import DataView
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

MOST_CLASSES = 40
LARGEST, SMALLEST_NAMED = 84.0, 16.0
TWO_LINES = 34.0
"""Height of a cell that holds its share below its count."""
HEAD = 40.0
WIDEST_NAME = 110.0


class ConfusionView(DataView):
    """Rows are true classes, columns predicted ones."""

    name = "Confusion"
    help = "How often each true class is taken for each class."

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.matrix = _Matrix(palette)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.matrix)
        self._corner = Corner(self.matrix, palette)
        self._training = self._corner.toggle(
            "training rows",
            "Count the rows that are trained on instead of those that are held out",
            self._on_toggled,
        )

    @classmethod
    def suits(cls, fit: Fit, experiment: Experiment) -> bool:  # noqa: ARG003
        """Where classes are predicted."""
        return (
            fit.classes is not None and fit.truth is not None and len(fit.data.classes or ()) <= MOST_CLASSES
        )

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:  # noqa: ARG002
        """Count."""
        self.fit = fit
        truth, predicted, names = fit.truth, fit.classes, fit.data.classes
        if truth is None or predicted is None or names is None:
            return
        held_out = bool(fit.held_out.any())
        self._training.setVisible(held_out)
        held_out = held_out and not self._training.isChecked()
        part = fit.held_out == held_out
        counts = confusion(np.asarray(truth, np.int64)[part], predicted[part], len(names))
        self.matrix.set_counts(counts, names, "held out" if held_out else "training")

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        self.matrix.palette_ = palette
        self._corner.apply_theme(palette)
        self.matrix.update()

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """The matrix alone."""
        painter.fillRect(target, QColor(self.palette_.panel))
        self.matrix.paint(painter, target)

    def _on_toggled(self, _on: bool) -> None:
        if self.fit is not None:
            self.show_fit(self.fit, Experiment())


class _Matrix(QWidget):
    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self._counts = np.zeros((0, 0), np.int64)
        self._names: tuple[str, ...] = ()
        self._what = ""
        self.setMinimumSize(180, 140)
        self.setAccessibleName("Confusion matrix")

    def set_counts(self, counts: np.ndarray, names: tuple[str, ...], what: str) -> None:
        self._counts, self._names, self._what = counts, names, what
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter, QRectF(self.rect()))
        painter.end()

    def paint(self, painter: QPainter, where: QRectF) -> None:
        """The matrix in the middle of ``where``."""
        if not len(self._names):
            return
        cells, cell = self._laid(where)
        self._paint_cells(painter, cells, cell)
        self._paint_names(painter, cells, cell)

    def _laid(self, where: QRectF) -> tuple[QRectF, float]:
        """Where the cells are, and the side of one."""
        left = self._longest + 5.0 * GRID
        count = len(self._names)
        room = min(where.width() - left - 2 * GRID, where.height() - HEAD - 5.5 * GRID)
        cell = max(2.0, min(LARGEST, float(int(room / count))))
        side = cell * count
        x = where.left() + left + max(0.0, (where.width() - left - 2 * GRID - side) / 2)
        return QRectF(round(x), where.top() + HEAD, side, side), cell

    @property
    def _longest(self) -> float:
        """Width of the longest name, within bounds."""
        metrics = QFontMetricsF(font("small"))
        return min(max(map(metrics.horizontalAdvance, self._names), default=0.0), WIDEST_NAME)

    def _paint_cells(self, painter: QPainter, cells: QRectF, cell: float) -> None:
        palette = self.palette_
        totals = self._counts.sum(1)
        for row, line in enumerate(self._counts.tolist()):
            for column, count in enumerate(line):
                share = count / max(totals[row], 1)
                box = QRectF(cells.left() + column * cell, cells.top() + row * cell, cell, cell).adjusted(
                    0.5, 0.5, -0.5, -0.5
                )
                # A square root, so that the few mistakes are seen.
                strength = round(share**0.5 * 0.9, 2)
                ground = mixed(palette.accent if row == column else palette.cursor, palette.raised, strength)
                painter.fillRect(box, QColor(ground))
                if cell >= 18 and count:
                    self._paint_count(painter, box, count, share, ground)

    def _paint_count(self, painter: QPainter, box: QRectF, count: int, share: float, ground: str) -> None:
        light = QColor(ground).lightnessF() > 0.55
        ink = QColor("#10161f" if light else "#ffffff")
        painter.setPen(ink)
        if box.height() < TWO_LINES:
            painter.setFont(font("small"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{count}")
            return
        painter.setFont(font("body", bold=True))
        middle = box.center().y()
        painter.drawText(
            QRectF(box.left(), middle - 18, box.width(), 18), Qt.AlignmentFlag.AlignCenter, f"{count:,}"
        )
        painter.setFont(font("small"))
        painter.drawText(
            QRectF(box.left(), middle, box.width(), 16), Qt.AlignmentFlag.AlignCenter, f"{share:.0%}"
        )

    def _paint_names(self, painter: QPainter, cells: QRectF, cell: float) -> None:
        painter.setFont(font("small"))
        metrics, palette = painter.fontMetrics(), self.palette_
        painter.setPen(QColor(palette.text))
        center, right = (
            Qt.AlignmentFlag.AlignCenter,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
        )
        every = max(1, round(SMALLEST_NAMED / cell + 0.49))
        for at, name in enumerate(self._names):
            if at % every:
                continue
            box = QRectF(0, cells.top() + at * cell, cells.left() - GRID, cell)
            painter.drawText(
                box, right, metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(WIDEST_NAME) + 1)
            )
            below = QRectF(cells.left() + at * cell, cells.bottom() + 4, cell, 16)
            short_ = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(cell * every) - 2)
            painter.drawText(below, center, short_)
        painter.setPen(QColor(palette.muted))
        total = int(self._counts.sum())
        right_ones = int(np.trace(self._counts))
        words = f"{right_ones:,} of {total:,} {self._what} rows are right"
        painter.drawText(QPointF(GRID, 23), words)
        painter.drawText(
            QRectF(cells.left(), cells.bottom() + 20, cells.width(), 18), center, "predicted class"
        )
        painter.save()
        painter.translate(cells.left() - self._longest - 2.75 * GRID, cells.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-cells.height() / 2, -10, cells.height(), 20), center, "true class")
        painter.restore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tip(self, at: QPointF) -> str:
        if not len(self._names):
            return ""
        cells, cell = self._laid(QRectF(self.rect()))
        column, row = int((at.x() - cells.left()) // cell), int((at.y() - cells.top()) // cell)
        count = len(self._names)
        if not (0 <= row < count and 0 <= column < count):
            return ""
        return (
            f"{self._counts[row, column]:,} of {self._counts[row].sum():,} rows of class “{self._names[row]}” "
            f"are taken for “{self._names[column]}”"
        )
