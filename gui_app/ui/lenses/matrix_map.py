"""A matrix as a picture: each entry a cell in the colour of its sign and size, with its number where it fits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gui_app.core.numbers import full
from gui_app.ui.inspector.charts import SHADES, shades
from gui_app.ui.lenses.spectrum import written
from gui_app.ui.style import font
from gui_app.ui.theme import Palette

WIDEST, TALLEST = 560.0, 420.0
LARGEST_CELL = QSizeF(84.0, 30.0)
NAMED = QSizeF(34.0, 15.0)
"""Smallest cell beside which its row and column are named."""
PALE = 0.55
"""How strong the colour behind a number is at most: the number stays readable."""
FOOT = 20.0


class MatrixMap:
    """Rows and columns by name; leading names are left out where there is no room."""

    def __init__(
        self, matrix: NDArray[np.float64], rows: Sequence[str], columns: Sequence[str], entry: str
    ) -> None:
        """``entry`` says what an entry is, with ``{row}`` and ``{column}`` for their names."""
        self._matrix, self._rows, self._columns, self._entry = matrix, rows, columns, entry
        finite = np.abs(matrix[np.isfinite(matrix)])
        self._largest = float(finite.max(initial=0.0))
        self._image: tuple[Palette, bool, QImage] | None = None

    def size(self, width: float) -> QSizeF:
        cell, left, top = self._laid(min(width, WIDEST) - 1)
        height, across = self._matrix.shape
        return QSizeF(left + cell.width() * across + 1, top + cell.height() * height + FOOT)

    def plain(self) -> str:
        return "\n".join("\t".join(map(full, line)) for line in self._matrix.tolist())

    def tip(self, at: QPointF, size: QSizeF) -> str:
        """The entry under the pointer."""
        cell, left, top = self._laid(size.width() - 1, exact=True)
        row, column = math.floor((at.y() - top) / cell.height()), math.floor((at.x() - left) / cell.width())
        height, across = self._matrix.shape
        if not (0 <= row < height and 0 <= column < across):
            return ""
        what = self._entry.format(row=self._rows[row], column=self._columns[column])
        return f"{what} = {full(self._matrix[row, column])}"

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        cell, left, top = self._laid(where.width() - 1, exact=True)
        height, across = self._matrix.shape
        cells = QRectF(where.left() + left, where.top() + top, cell.width() * across, cell.height() * height)
        numbers = self._has_numbers(cell)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(cells, self._painted(palette, numbers))
        painter.setFont(font("small"))
        if numbers:
            self._paint_numbers(painter, cells, cell, palette)
        if left:
            self._paint_names(painter, where, cells, cell, palette)
        painter.setPen(QPen(QColor(palette.border), 1.0))
        painter.drawRect(cells)
        self._paint_scale(
            painter, QRectF(cells.left(), cells.bottom() + 4, where.width() - left, FOOT - 4), palette
        )
        painter.restore()

    def _laid(self, width: float, *, exact: bool = False) -> tuple[QSizeF, float, float]:
        """Size of a cell, and the room for names on the left and above."""
        height, across = max(self._matrix.shape[0], 1), max(self._matrix.shape[1], 1)
        names, top = 7.2 * max(map(len, self._rows), default=0) + 10.0, 20.0
        for left, above in ((names, top), (0.0, 0.0)):
            wide = (width - left) / across
            if not exact:
                wide = min(wide, LARGEST_CELL.width())
            tall = min(max(TALLEST / height, 0.5), LARGEST_CELL.height(), max(wide, NAMED.height()))
            if left and (wide < max(NAMED.width(), 6.6 * self._longest) or tall < NAMED.height()):
                continue
            return QSizeF(wide, tall), left, above
        return QSizeF(wide, min(tall, max(wide, 1.0))), 0.0, 0.0

    @property
    def _longest(self) -> int:
        return max(map(len, self._columns), default=0)

    def _has_numbers(self, cell: QSizeF) -> bool:
        return cell.width() >= 46.0 and cell.height() >= NAMED.height()

    def _painted(self, palette: Palette, pale: bool) -> QImage:
        """One pixel a cell."""
        if self._image is None or self._image[:2] != (palette, pale):
            scale = np.array([colour.rgb() for colour in shades(palette)], dtype=np.uint32)
            share = np.clip(self._matrix / (self._largest or 1.0), -1, 1) * (PALE if pale else 1.0)
            levels = np.where(
                np.isfinite(share), np.round(np.nan_to_num(share) * SHADES) + SHADES, len(scale) - 1
            )
            pixels = np.ascontiguousarray(scale[levels.astype(int)])
            tall, wide = pixels.shape
            image = QImage(pixels.tobytes(), wide, tall, 4 * wide, QImage.Format.Format_RGB32).copy()
            self._image = palette, pale, image
        return self._image[2]

    def _paint_numbers(self, painter: QPainter, cells: QRectF, cell: QSizeF, palette: Palette) -> None:
        painter.setPen(QColor(palette.text))
        metrics = painter.fontMetrics()
        for row, line in enumerate(self._matrix.tolist()):
            for column, value in enumerate(line):
                place = QPointF(cells.left() + column * cell.width(), cells.top() + row * cell.height())
                for digits in (4, 3, 2, 1):
                    text = written(value, digits)
                    if metrics.horizontalAdvance(text) < cell.width() - 4:
                        break
                painter.drawText(QRectF(place, cell), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(
        self, painter: QPainter, where: QRectF, cells: QRectF, cell: QSizeF, palette: Palette
    ) -> None:
        painter.setPen(QColor(palette.muted))
        for column, name in enumerate(self._columns):
            box = QRectF(cells.left() + column * cell.width() - 4, where.top(), cell.width() + 8, 18.0)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
        for row, name in enumerate(self._rows):
            box = QRectF(
                where.left(),
                cells.top() + row * cell.height(),
                cells.left() - where.left() - 8,
                cell.height(),
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_scale(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        """The colours with their ends."""
        metrics, scale = painter.fontMetrics(), shades(palette)
        ends = written(-self._largest, 3), written(self._largest, 3)
        strip, x, middle = 72.0, where.left(), where.center().y() + 1
        if where.width() < strip + sum(map(metrics.horizontalAdvance, ends)) + 16 or not self._largest:
            return
        painter.setPen(QColor(palette.muted))
        base = middle + metrics.ascent() / 2 - 1
        painter.drawText(QPointF(x, base), ends[0])
        x += metrics.horizontalAdvance(ends[0]) + 6
        for step in range(int(strip)):
            painter.fillRect(QRectF(x + step, middle - 3, 1.5, 6), scale[round(step / strip * 2 * SHADES)])
        painter.drawText(QPointF(x + strip + 6, base), ends[1])
