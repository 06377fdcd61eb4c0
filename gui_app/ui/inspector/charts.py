"""Tensors as small pictures: every element as a coloured cell, and how often which values occur."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gui_app.core.numbers import full, short
from gui_app.ui.style import font
from gui_app.ui.theme import Palette, category

WIDEST = 420.0
"""Pixels beyond which a picture gains nothing."""
SHADES = 127
TEXT_HEIGHT = 16.0


class HeatMap:
    """Each element as a cell: sign by colour, size by strength; leading dimensions lie below each other."""

    def __init__(self, elements: NDArray[np.float64]) -> None:
        self._shape = elements.shape
        self._table = np.atleast_2d(elements).reshape(-1, elements.shape[-1] if elements.ndim else 1)
        finite = np.abs(self._table[np.isfinite(self._table)])
        self._largest = float(finite.max()) if finite.size else 0.0
        self._image: tuple[Palette, QImage] | None = None

    def size(self, width: float) -> QSizeF:
        rows, columns = self._table.shape
        wide = min(width, WIDEST, columns * 24.0)
        cell = wide / columns
        return QSizeF(wide, min(max(cell, 1.0), 24.0, max(160.0 / rows, 0.5)) * rows + TEXT_HEIGHT)

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        cells = where.adjusted(0.0, 0.0, 0.0, -TEXT_HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(cells, self._painted(palette))
        painter.setPen(QPen(QColor(palette.border), 1.0))
        painter.drawRect(cells)
        painter.restore()
        self._paint_scale(
            painter, QRectF(where.left(), cells.bottom() + 3.0, where.width(), TEXT_HEIGHT), palette
        )

    def plain(self) -> str:
        return ""

    def tip(self, at: QPointF, size: QSizeF) -> str:
        """The element under the pointer with its indices."""
        rows, columns = self._table.shape
        row = math.floor(at.y() / (size.height() - TEXT_HEIGHT) * rows)
        column = math.floor(at.x() / size.width() * columns)
        if not (0 <= row < rows and 0 <= column < columns):
            return ""
        index = np.unravel_index(row * columns + column, self._shape) if self._shape else ()
        return f"[{', '.join(str(int(i)) for i in index)}] = {full(self._table[row, column])}"

    def _painted(self, palette: Palette) -> QImage:
        """One pixel a cell."""
        if self._image is None or self._image[0] is not palette:
            image = QImage(self._table.shape[1], self._table.shape[0], QImage.Format.Format_RGB32)
            scale = shades(palette)
            share = np.clip(self._table / self._largest if self._largest else self._table, -1, 1)
            levels = np.where(
                np.isfinite(self._table), np.round(np.nan_to_num(share) * SHADES) + SHADES, len(scale) - 1
            )
            for y, line in enumerate(levels.astype(int).tolist()):
                for x, level in enumerate(line):
                    image.setPixelColor(x, y, scale[level])
            self._image = palette, image
        return self._image[1]

    def _paint_scale(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        """A strip from the most negative to the most positive with its ends written beside it."""
        painter.save()
        painter.setFont(font("small"))
        metrics = painter.fontMetrics()
        ends = short(-self._largest, 3).replace("-", "−"), short(self._largest, 3)
        strip = min(72.0, where.width() / 3)
        x = where.left()
        middle = where.center().y()
        painter.setPen(QColor(palette.muted))
        if where.width() > strip + sum(metrics.horizontalAdvance(end) for end in ends) + 12:
            baseline = middle + metrics.ascent() / 2 - 1
            painter.drawText(QPointF(x, baseline), ends[0])
            x += metrics.horizontalAdvance(ends[0]) + 6
            scale = shades(palette)
            for step in range(int(strip)):
                painter.fillRect(
                    QRectF(x + step, middle - 3, 1.5, 6), scale[round(step / strip * 2 * SHADES)]
                )
            painter.drawText(QPointF(x + strip + 6, baseline), ends[1])
        painter.restore()


class Histogram:
    """How many elements lie in which stretch of values; what is not finite is left out."""

    HEIGHT = 64.0

    def __init__(self, elements: NDArray[np.float64], role: str = "value") -> None:
        finite = np.sort(elements[np.isfinite(elements)])
        largest = float(np.abs(finite).max(initial=0.0)) or 1.0
        scaled = finite / largest  # so that no difference of two overflows
        low, high = (float(scaled[0]), float(scaled[-1])) if finite.size else (0.0, 0.0)
        bins = int(np.clip(math.ceil(math.sqrt(finite.size)) + 1, 4, 32)) if high > low else 1
        share = (scaled - low) / (high - low) if high > low else scaled * 0.0
        places = np.clip((share * bins).astype(int), 0, bins - 1)
        self.counts = np.bincount(places, minlength=bins)
        self.edges = (low + (high - low) * np.arange(bins + 1) / bins) * largest
        if finite.size:
            self.edges[0], self.edges[-1] = finite[0], finite[-1]
        self._ends = (
            (self.edges[0], self.edges[-1]) if bins > 1 else (None, self.edges[0] if finite.size else None)
        )
        self._role = role

    def size(self, width: float) -> QSizeF:
        return QSizeF(min(width, WIDEST), self.HEIGHT)

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        base = where.bottom() - TEXT_HEIGHT
        high = base - where.top() - 2
        wide = where.width() / len(self.counts)
        colour = QColor(palette.accent if self._role == "gradient" else palette.muted)
        colour.setAlphaF(0.75)
        most = max(int(self.counts.max()), 1)
        gap = 1.0 if wide > 4 else 0.0
        for place, many in enumerate(self.counts.tolist()):
            if many:
                top = max(many / most * high, 1.5)
                painter.fillRect(
                    QRectF(where.left() + place * wide + gap / 2, base - top, wide - gap, top), colour
                )
        painter.setPen(QPen(QColor(palette.border), 1.0))
        painter.drawLine(QPointF(where.left(), base), QPointF(where.right(), base))
        low, high_end = self.edges[0], self.edges[-1]
        painter.setFont(font("small"))
        if low < 0 < high_end:
            x = where.left() + where.width() / (1 - high_end / low)
            painter.setPen(QPen(QColor(palette.text), 1.0, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, where.top()), QPointF(x, base))
        painter.setPen(QColor(palette.muted))
        self._write_ends(painter, where)
        painter.restore()

    def _write_ends(self, painter: QPainter, where: QRectF) -> None:
        foot = where.adjusted(0.0, where.height() - TEXT_HEIGHT + 1.0, 0.0, 0.0)
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        if self._ends[0] is None:
            sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter)
        for end, side in zip(self._ends, sides, strict=True):
            if end is not None:
                painter.drawText(foot, side | Qt.AlignmentFlag.AlignVCenter, short(end, 3).replace("-", "−"))

    def plain(self) -> str:
        return ""

    def tip(self, at: QPointF, size: QSizeF) -> str:
        """The stretch of values under the pointer, and how many lie in it."""
        place = math.floor(at.x() / size.width() * len(self.counts))
        if not 0 <= place < len(self.counts):
            return ""
        many = int(self.counts[place])
        return f"{short(self.edges[place])} … {short(self.edges[place + 1])}: {many:,} of {int(self.counts.sum()):,}"


def shades(palette: Palette) -> tuple[QColor, ...]:
    """From the most negative over zero to the most positive, then the colour of what is not finite."""
    return _shades(category(palette, 0), palette.panel, category(palette, 1), palette.error)


@cache
def _shades(least: str, zero: str, most: str, other: str) -> tuple[QColor, ...]:
    levels = range(-SHADES, SHADES + 1)
    ends = QColor(least), QColor(most)
    return (*(_mixed(QColor(zero), ends[level > 0], abs(level) / SHADES) for level in levels), QColor(other))


def _mixed(first: QColor, second: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        *(a + (b - a) * share for a, b in zip(first.getRgbF(), second.getRgbF(), strict=True))
    )
