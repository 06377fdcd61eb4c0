"""Many small pictures in rows: the weights of a neuron over the pixels that it sees, or those of a filter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gui_app.core.numbers import full
from gui_app.core.prepared import Prepared
from gui_app.ui.inspector.charts import SHADES, shades
from gui_app.ui.style import font
from gui_app.ui.theme import Palette

SIDE, GAP, CAPTION = 64.0, 8.0, 16.0
SMALLEST = 3.0
"""Of a pixel of a picture."""
MOST = 256
LEAST_SIDE = 8
"""Of a row of features that is taken for a picture."""
LOOKED = 1000
"""Rows that are looked at for the least and the greatest number."""


def side_of(count: int) -> int:
    """Pixels along the side of a square picture of ``count`` pixels; 0 if it is none."""
    side = math.isqrt(count)
    return side if side * side == count and side >= 4 else 0


def picture_of(values: NDArray[np.floating], largest: float, palette: Palette) -> QImage:
    """Values (height, width), one pixel each, by sign and size; ``largest`` has the full colour."""
    scale = np.array([colour.rgb() for colour in shades(palette)], dtype=np.uint32)
    share = np.clip(np.nan_to_num(values / (largest or 1.0)), -1, 1)
    levels = np.where(np.isfinite(values), np.round(share * SHADES) + SHADES, len(scale) - 1).astype(int)
    pixels = np.ascontiguousarray(scale[levels])
    tall, wide = pixels.shape
    return QImage(pixels.tobytes(), wide, tall, 4 * wide, QImage.Format.Format_RGB32).copy()


@dataclass(frozen=True, slots=True)
class Paper:
    """Rows of features that are pictures, in ink on paper."""

    side: int
    """Pixels along each side."""
    low: float
    """Of the table's numbers, what leaves the paper blank, …"""
    high: float
    """… and what is all ink."""

    @classmethod
    def of(cls, data: Prepared) -> Paper | None:
        """How the rows are drawn; None where they are no pictures."""
        side = side_of(data.features.shape[1])
        if side < LEAST_SIDE or not len(data.features):
            return None
        seen = data.original(data.features[:: -(-len(data.features) // LOOKED)])
        return cls(side, float(seen.min()), float(seen.max()))

    def image(self, values: NDArray[np.floating], palette: Palette) -> QImage:
        """Of a row (features,) in the table's units."""
        share = np.clip((values - self.low) / ((self.high - self.low) or 1.0), 0, 1)
        ground, ink = (np.array(QColor(name).getRgb()[:3]) for name in (palette.raised, palette.text))
        pixels = np.full((len(values), 4), 255, np.uint8)
        pixels[:, :3] = ground + share[:, None] * (ink - ground)
        made = QImage(pixels.tobytes(), self.side, self.side, 4 * self.side, QImage.Format.Format_RGBX8888)
        return made.copy()


class Pictures:
    """A figure of ``pictures`` (n, height, width), each with a caption, in the same colours."""

    def __init__(self, pictures: NDArray[np.float64], captions: Sequence[str]) -> None:
        self._pictures, self._captions = pictures[:MOST], captions
        finite = np.abs(self._pictures[np.isfinite(self._pictures)])
        self._largest = float(finite.max(initial=0.0))
        self._images: tuple[Palette, list[QImage]] | None = None
        tall, wide = pictures.shape[1:]
        pixel = max(SMALLEST, SIDE / max(tall, wide))
        self._box = QSizeF(round(pixel * wide), round(pixel * tall))

    def size(self, width: float) -> QSizeF:
        columns = self._columns(width)
        rows = math.ceil(len(self._pictures) / columns)
        return QSizeF(min(columns, len(self._pictures)) * (self._box.width() + GAP), rows * self._step)

    @property
    def _step(self) -> float:
        return self._box.height() + CAPTION + GAP

    def _columns(self, width: float) -> int:
        return max(1, int(width // (self._box.width() + GAP)))

    def plain(self) -> str:
        return ""

    def tip(self, at: QPointF, size: QSizeF) -> str:
        """The number under the pointer."""
        columns = self._columns(size.width())
        column, row = int(at.x() // (self._box.width() + GAP)), int(at.y() // self._step)
        index = row * columns + column
        x, y = at.x() - column * (self._box.width() + GAP), at.y() - row * self._step
        if index >= len(self._pictures) or x >= self._box.width() or y >= self._box.height():
            return ""
        tall, wide = self._pictures.shape[1:]
        i, j = int(y / self._box.height() * tall), int(x / self._box.width() * wide)
        return f"{self._captions[index]}, pixel [{i}, {j}] = {full(self._pictures[index, i, j])}"

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        columns = self._columns(where.width())
        if self._images is None or self._images[0] is not palette:
            self._images = palette, [picture_of(one, self._largest, palette) for one in self._pictures]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(font("small"))
        for index, image in enumerate(self._images[1]):
            row, column = divmod(index, columns)
            x = where.left() + column * (self._box.width() + GAP)
            box = QRectF(QPointF(round(x), round(where.top() + row * self._step)), self._box)
            painter.drawImage(box, image)
            painter.setPen(QPen(QColor(palette.border), 1.0))
            painter.drawRect(box)
            painter.setPen(QColor(palette.muted))
            below = QRectF(box.left() - GAP / 2, box.bottom(), box.width() + GAP, CAPTION)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._captions[index])
        painter.restore()
