"""Pictures of curvature: the eigenvalues on an axis, a direction element by element, a learning rate at its limit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui_app.core.numbers import full, short
from gui_app.ui.style import font
from gui_app.ui.theme import Palette, category

WIDEST = 560.0
DECADES = 4.0
"""Powers of ten on each side of a scale that shows eigenvalues of very different sizes."""
WIDE = 30.0
"""A ratio of sizes above which the scale is logarithmic."""


def written(value: float, digits: int = 4) -> str:
    """A number as it stands in a picture."""
    return short(value, digits).replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


class Spectrum:
    """Eigenvalues as stems: upward with a dot where the objective bends upward, downward with a square otherwise."""

    ABOVE, BELOW, FOOT = 44.0, 40.0, 22.0
    """Pixels above the axis, below it where something bends downward, and for its numbers."""

    def __init__(self, eigenvalues: NDArray[np.float64]) -> None:
        self._values = eigenvalues
        self._up, self._down = bool((eigenvalues >= 0).any()), bool((eigenvalues < 0).any())
        sizes = np.abs(eigenvalues)
        self._largest = float(sizes.max(initial=0.0))
        least = sizes[sizes > 0].min(initial=self._largest)
        self._log = self._largest > WIDE * float(least) > 0

    def size(self, width: float) -> QSizeF:
        height = self._middle + (self.BELOW if self._down else 8.0) + self.FOOT
        return QSizeF(min(width, WIDEST), height)

    @property
    def _middle(self) -> float:
        """The axis, from above."""
        return self.ABOVE if self._up else 12.0

    def plain(self) -> str:
        return ", ".join(full(value) for value in self._values.tolist())

    def tip(self, at: QPointF, size: QSizeF) -> str:
        """The eigenvalue next to the pointer."""
        places = self._across(self._values, QRectF(QPointF(), size))
        nearest = int(np.abs(places - at.x()).argmin())
        return f"λ = {full(self._values[nearest])}" if abs(places[nearest] - at.x()) < 8 else ""

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        middle = where.top() + self._middle
        self._paint_axis(painter, where, middle, palette)
        for place, value in zip(
            self._across(self._values, where).tolist(), self._values.tolist(), strict=True
        ):
            self._paint_one(painter, QPointF(place, middle), value, palette)
        self._paint_ends(painter, where, middle, palette)
        painter.restore()

    def _share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """From −1 to 1, 0 at 0."""
        if not self._largest:
            return values * 0.0
        scaled = values / self._largest
        if not self._log:
            return scaled
        size = np.log10(np.maximum(np.abs(scaled), 1e-300)) / DECADES + 1.0
        return np.sign(scaled) * np.maximum(size, 0.02 * (scaled != 0))

    def _across(self, values: NDArray[np.float64], where: QRectF) -> NDArray[np.float64]:
        low, high = self._ends()
        share = (self._share(values) - low) / (high - low)
        return where.left() + 22.0 + share * (where.width() - 44.0)

    def _ends(self) -> tuple[float, float]:
        """One side only where all have one sign."""
        low = -1.0 if (self._values < 0).any() else 0.0
        high = 1.0 if (self._values > 0).any() or low == 0.0 else 0.0
        return low, high

    def _paint_axis(self, painter: QPainter, where: QRectF, middle: float, palette: Palette) -> None:
        painter.setPen(QPen(QColor(palette.muted), 1.0))
        painter.drawLine(QPointF(where.left() + 8, middle), QPointF(where.right() - 8, middle))
        ticks = self._ticks()
        for place, value in zip(self._across(np.array(ticks), where).tolist(), ticks, strict=True):
            painter.setPen(QPen(QColor(palette.muted if value else palette.text), 1.0 if value else 2.0))
            painter.drawLine(QPointF(place, middle - (6 if not value else 3)), QPointF(place, middle + 6))
            painter.setPen(QColor(palette.muted))
            box = QRectF(place - 40, where.bottom() - self.FOOT, 80, 18)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, written(value, 2))

    def _ticks(self) -> list[float]:
        """0 and round numbers on the sides that are shown."""
        low, high = self._ends()
        if not self._largest:
            return [0.0]
        if self._log:
            top = math.floor(math.log10(self._largest))
            steps = [10.0 ** (top - 2 * k) for k in range(2)]
        else:
            unit = 10.0 ** math.floor(math.log10(self._largest))
            best = max(u for u in (unit * 0.5, unit, unit * 2, unit * 5) if u <= self._largest)
            steps = [best]
        return [0.0] + [s for s in steps if high > 0] + [-s for s in steps if low < 0]

    def _paint_one(self, painter: QPainter, foot: QPointF, value: float, palette: Palette) -> None:
        colour = QColor(
            category(palette, 1) if value > 0 else category(palette, 0) if value < 0 else palette.muted
        )
        tip = foot - QPointF(0, 22.0 if value >= 0 else -22.0)
        painter.setPen(QPen(colour, 2.0))
        painter.drawLine(foot, tip)
        painter.setPen(QPen(QColor(palette.panel), 1.0))
        painter.setBrush(colour)
        if value >= 0:
            painter.drawEllipse(tip, 5.0, 5.0)
        else:
            painter.drawRect(QRectF(tip - QPointF(4.5, 4.5), QSizeF(9.0, 9.0)))

    def _paint_ends(self, painter: QPainter, where: QRectF, middle: float, palette: Palette) -> None:
        """The outermost two in numbers, beside their heads."""
        ends = {float(self._values[-1]): "λmax", float(self._values[0]): "λmin"}
        painter.setPen(QColor(palette.text))
        metrics = painter.fontMetrics()
        taken: list[tuple[float, float, bool]] = []
        for value, name in ends.items():
            text = f"{name if len(self._values) > 1 else 'λ'} = {written(value)}"
            wide = metrics.horizontalAdvance(text)
            place = float(self._across(np.array([value]), where)[0])
            left = min(max(place - wide / 2, where.left()), where.right() - wide)
            if any(
                up == (value >= 0) and left < end + 8 and start - 8 < left + wide for start, end, up in taken
            ):
                continue  # they would lie over each other: the text below tells both
            taken.append((left, left + wide, value >= 0))
            base = middle - 31.0 if value >= 0 else middle + 30.0 + metrics.ascent()
            painter.drawText(QPointF(left, base), text)


class LimitBar:
    """The learning rate on a logarithmic scale: up to the limit it is safe, beyond it is not."""

    HEIGHT = 58.0

    def __init__(self, rate: float, limit: float) -> None:
        self._rate, self._limit = rate, limit
        logs = [math.log10(value) for value in (rate, limit) if value > 0]
        middle = math.log10(limit)
        reach = max(1.0, max(abs(log - middle) for log in logs) + 0.35)
        self._low, self._high = middle - reach, middle + min(reach, max(1.0, logs[0] - middle + 0.35))

    def size(self, width: float) -> QSizeF:
        return QSizeF(min(width, WIDEST), self.HEIGHT)

    def plain(self) -> str:
        return f"lr {full(self._rate)}, limit {full(self._limit)}"

    def tip(self, _at: QPointF, _size: QSizeF) -> str:
        return self.plain()

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        metrics = painter.fontMetrics()
        line = where.top() + 28.0
        limit, rate = self._at(self._limit, where), self._at(self._rate, where)
        for start, end, colour in (
            (where.left(), limit, palette.good),
            (limit, where.right(), palette.error),
        ):
            ink = QColor(colour)
            ink.setAlphaF(0.28 if palette.dark else 0.22)
            painter.fillRect(QRectF(start, line - 4, end - start, 8), ink)
        painter.setPen(QPen(QColor(palette.error), 2.0))
        painter.drawLine(QPointF(limit, line - 9), QPointF(limit, line + 9))
        painter.setPen(QPen(QColor(palette.panel), 2.0))
        painter.setBrush(QColor(palette.cursor))
        painter.drawEllipse(QPointF(rate, line), 6.5, 6.5)
        self._label(painter, where, rate, line - 13.0, f"lr {written(self._rate)}", palette.cursor)
        text = f"limit {written(self._limit)}"
        self._label(painter, where, limit, line + 14.0 + metrics.ascent(), text, palette.error)
        painter.restore()

    def _at(self, value: float, where: QRectF) -> float:
        if value <= 0:
            return where.left() + 8.0
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return where.left() + min(max(share, 0.015), 0.985) * where.width()

    @staticmethod
    def _label(painter: QPainter, where: QRectF, place: float, base: float, text: str, colour: str) -> None:
        wide = painter.fontMetrics().horizontalAdvance(text)
        left = min(max(place - wide / 2, where.left()), where.right() - wide)
        painter.setPen(QColor(colour))
        painter.drawText(QPointF(left, base), text)


class Bars:
    """A direction: the share of each element as a bar to the right of 0 or to the left."""

    LINE = 22.0

    def __init__(self, names: Sequence[str], values: Sequence[float], colours: Sequence[int]) -> None:
        self._names, self._values, self._colours = names, values, colours
        """``colours`` are the numbers of the parameters that the elements belong to."""

    def size(self, width: float) -> QSizeF:
        return QSizeF(min(width, WIDEST), self.LINE * len(self._names) + 2.0)

    def plain(self) -> str:
        return "\n".join(f"{n} {full(v)}" for n, v in zip(self._names, self._values, strict=True))

    def tip(self, at: QPointF, _size: QSizeF) -> str:
        """The element of that line."""
        line = math.floor(at.y() / self.LINE)
        return f"{self._names[line]}: {full(self._values[line])}" if 0 <= line < len(self._names) else ""

    def paint(self, painter: QPainter, where: QRectF, palette: Palette) -> None:
        painter.save()
        painter.setFont(font("small"))
        metrics = painter.fontMetrics()
        names = min(max(map(metrics.horizontalAdvance, self._names)) + 12.0, where.width() * 0.4)
        numbers = metrics.horizontalAdvance("−0.00000") + 8.0
        left, right = where.left() + names, where.right() - numbers
        largest = max(map(abs, self._values)) or 1.0
        both = min(self._values) < -1e-9 * largest
        zero, reach = ((left + right) / 2, (right - left) / 2) if both else (left, right - left)
        middle = Qt.AlignmentFlag.AlignVCenter
        for line, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            top, colour = where.top() + line * self.LINE, QColor(category(palette, self._colours[line]))
            painter.setPen(colour)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, round(names - 8))
            painter.drawText(QRectF(where.left(), top, names, self.LINE), middle, shown)
            end = zero + value / largest * reach
            bar = QRectF(min(zero, end), top + 6.0, max(abs(end - zero), 1.0), self.LINE - 12.0)
            painter.fillRect(bar, colour)
            painter.setPen(QColor(palette.text))
            box = QRectF(right, top, numbers, self.LINE)
            shown = written(value if abs(value) > 1e-9 * largest else 0.0, 4)
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, shown)
        painter.setPen(QPen(QColor(palette.border), 1.0))
        painter.drawLine(QPointF(zero, where.top()), QPointF(zero, where.bottom()))
        painter.restore()
