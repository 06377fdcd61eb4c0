"""The points of a data set: thousands of small signs at the cost of copying pixels, and clouds of more than that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPixmap, QPolygonF

from gui_app.core.fit import Fit
from gui_app.ui.curves.frame import pen
from gui_app.ui.curves.marks import SYMBOLS
from gui_app.ui.theme import CATEGORY_LIGHT, Palette, category

MOST = 5_000
"""Points that are drawn one by one; of more, how dense they lie."""
MANY = 600
"""Points from which they are drawn smaller."""
SMALLER = 0.72
REACH = 12.0
"""Pixels from a point within which it is meant."""
DIAMOND = 4
"""The shape of numbers that are held out."""
CELL = 3.0
"""Side of a cell of a cloud, in pixels."""
_SIDE = 20
"""Of a sprite, in pixels."""

Places = NDArray[np.float64]
Shades = tuple[NDArray[np.intp], Sequence[str]]
"""Of each point the place of its colour, (n,), and the colours."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a point looks. ``shape`` 0 is a disc, others are those of ``SYMBOLS``."""

    fill: str
    ring: str
    shape: int = 0
    radius: float = 3.6
    width: float = 1.0
    hollow: bool = False

    @property
    def colour(self) -> str:
        """What tells it apart: hollow signs have it around them."""
        return self.ring if self.hollow else self.fill

    def scaled(self, size: float) -> Mark:
        """The same sign, larger or smaller."""
        return replace(self, radius=self.radius * size, width=self.width * size)


def class_colour(palette: Palette, index: int) -> str:
    """The colour of a class: categories, then again with another shape."""
    return category(palette, index)


def class_mark(palette: Palette, index: int, held_out: bool) -> Mark:
    """Filled where it is trained on, hollow where it is held out; the shape tells classes apart as well."""
    colour = class_colour(palette, index)
    shape = (index + index // len(CATEGORY_LIGHT)) % (len(SYMBOLS) + 1)
    if held_out:
        return Mark(palette.panel, colour, shape, 3.6, 1.8, True)
    return Mark(colour, palette.panel, shape, 4.2)


def number_mark(palette: Palette, held_out: bool) -> Mark:
    """A disc where it is trained on, a hollow diamond where it is held out."""
    colour = palette.accent
    if held_out:
        return Mark(palette.panel, colour, DIAMOND, 3.6, 1.6, True)
    return Mark(colour, palette.panel, 0, 3.8)


def shrink(count: int) -> float:
    """By which the signs of so many points are smaller."""
    return 1.0 if count < MANY else SMALLER


def groups(fit: Fit, palette: Palette) -> Iterator[tuple[NDArray[np.bool_], Mark]]:
    """The predicted rows by how they look, those held out last."""
    truth, size = fit.truth, shrink(len(fit.rows))
    for held_out in (False, True):
        part = fit.held_out == held_out
        if fit.data.classes is None or truth is None:
            yield part, number_mark(palette, held_out).scaled(size)
            continue
        for index in range(len(fit.data.classes)):
            yield part & (truth == index), class_mark(palette, index, held_out).scaled(size)


def draw(painter: QPainter, xs: Places, ys: Places, mark: Mark) -> None:
    """The same sign at all pixel positions (n,) and (n,) that are numbers."""
    known = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[known], ys[known]
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
            _paint(painter, QPointF(x, y), mark)
        return
    ratio = abs(painter.deviceTransform().m11()) or 1.0
    sprite = _sprite(mark, ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    # All in one call: between two calls another thread may take the GIL, thousands of times a picture.
    side = float(sprite.width())
    signs = np.empty((len(xs), 10))
    signs[:, 0], signs[:, 1] = xs, ys
    signs[:, 2:] = 0.0, 0.0, side, side, 1 / ratio, 1 / ratio, 0.0, 1.0
    if len(signs):
        first = shiboken6.wrapInstance(signs.ctypes.data, QPainter.PixmapFragment)
        painter.drawPixmapFragments(first, len(signs), sprite)


def draw_rings(painter: QPainter, xs: Places, ys: Places, colour: str, radius: float, width: float) -> None:
    """A ring around each position."""
    draw(painter, xs, ys, Mark("", colour, 0, radius, width))


@cache
def _sprite(mark: Mark, ratio: float) -> QPixmap:
    made = QPixmap(round(_SIDE * ratio), round(_SIDE * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint(painter, QPointF(_SIDE / 2, _SIDE / 2), mark)
    painter.end()
    return made


def _paint(painter: QPainter, at: QPointF, mark: Mark) -> None:
    fill = QColor(mark.fill) if mark.fill else QColor(0, 0, 0, 0)
    painter.setPen(pen(mark.ring, mark.width))
    painter.setBrush(fill)
    if mark.shape == 0:
        painter.drawEllipse(at, mark.radius, mark.radius)
    else:
        corners = SYMBOLS[mark.shape - 1]
        painter.drawPolygon(QPolygonF([at + QPointF(x, y) * mark.radius for x, y in corners]))


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """The plot in cells, and which of them each of many points lies in."""

    wide: int
    tall: int
    places: NDArray[np.intp]
    """Of each point its cell, or one past the last if it lies outside, (n,)."""

    @classmethod
    def of(cls, rect: QRectF, xs: Places, ys: Places) -> Cloud:
        """Points at pixel positions (n,) and (n,)."""
        wide, tall = max(1, int(rect.width() / CELL)), max(1, int(rect.height() / CELL))
        columns = np.floor((xs - rect.left()) / rect.width() * wide)
        rows = np.floor((ys - rect.top()) / rect.height() * tall)
        inside = (columns >= 0) & (columns < wide) & (rows >= 0) & (rows < tall)
        return cls(wide, tall, np.where(inside, rows * wide + columns, wide * tall).astype(np.intp))

    def sums(self, weights: NDArray[np.floating] | None = None) -> Places:
        """How many points lie in each cell, (cells,), or the sum of their weights."""
        cells = self.wide * self.tall
        return np.bincount(self.places, weights, cells + 1)[:cells].astype(float)

    def paint(self, painter: QPainter, rect: QRectF, inks: NDArray[np.uint8]) -> None:
        """Each cell in its ink (cells, 3), the stronger the more points there are."""
        counts = self.sums()
        strength = np.log1p(counts) / max(float(np.log1p(counts.max(initial=0.0))), 1e-9)
        pixels = np.empty((self.wide * self.tall, 4), np.uint8)
        pixels[:, :3] = inks
        pixels[:, 3] = np.where(counts > 0, 60 + 195 * strength, 0)
        image = QImage(pixels.tobytes(), self.wide, self.tall, 4 * self.wide, QImage.Format.Format_RGBA8888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(rect, image)


def ink_of(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255."""
    made = QColor(colour)
    return made.red(), made.green(), made.blue()


def nearest(xs: Places, ys: Places, at: QPointF) -> int | None:
    """Index of the position that is nearest to ``at``, within reach."""
    if not len(xs):
        return None
    distances = np.nan_to_num((xs - at.x()) ** 2 + (ys - at.y()) ** 2, nan=np.inf)
    found = int(np.argmin(distances))
    return found if distances[found] <= REACH**2 else None
