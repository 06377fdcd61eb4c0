"""What a chart's layers paint with: the plot's rectangle, its axes, the palette and the font."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from gui_app.ui.curves.span import Span
from gui_app.ui.theme import Palette

TICK_PIXELS = 12
LABEL_PIXELS = 13
FAR = 1000.0
"""Positions are held within this many lengths of the axis: painters overflow far outside of it."""

Values = NDArray[np.floating] | float


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting rectangle in pixels of the chart, and the stretches along its sides.

    Layers map numbers to pixels here and not by the view's matrix, which ends where objectives do not:
    at 1e300 its determinant is 0.
    """

    rect: QRectF
    x: Span
    y: Span
    log: bool
    palette: Palette
    font: QFont
    log_x: bool = False

    def across(self, values: Values) -> NDArray[np.float64]:
        """Horizontal pixel positions of x values; on a logarithmic axis what is not positive lies far to the left."""
        at = _log10(values) if self.log_x else np.asarray(values, float)
        return self.rect.left() + _share(at, self.x) * self.rect.width()

    def down(self, values: Values) -> NDArray[np.float64]:
        """Vertical pixel positions of y values; on a logarithmic axis what is not positive lies far below."""
        at = _log10(values) if self.log else np.asarray(values, float)
        return self.rect.bottom() - _share(at, self.y) * self.rect.height()

    def point(self, x: float, y: float) -> QPointF:
        """The pixel position of a point of the data."""
        return QPointF(float(self.across(x)), float(self.down(y)))

    def x_at(self, at: QPointF) -> float:
        """The x value at a pixel position."""
        x = self.x.low + (at.x() - self.rect.left()) / max(self.rect.width(), 1.0) * self.x.length
        return _power(x) if self.log_x else x

    @property
    def steps(self) -> Span:
        """The stretch of x in numbers, whatever the axis."""
        return Span(_power(self.x.low), _power(self.x.high)) if self.log_x else self.x


Draw = Callable[[QPainter, Frame], None]
"""What a layer is made of: paints into ``frame.rect``, or beside it."""


def _power(exponent: float) -> float:
    """10 to that power, held to what a float holds."""
    return float(10.0 ** min(max(exponent, -300.0), 300.0))


def _log10(values: Values) -> NDArray[np.float64]:
    """Logarithms; minus infinity where there is none, NaN stays NaN."""
    at = np.asarray(values, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(at <= 0, -np.inf, np.log10(at))


def _share(values: NDArray[np.float64], span: Span) -> NDArray[np.float64]:
    """Positions from 0 at the low end to 1 at the high end; NaN stays NaN."""
    with np.errstate(over="ignore"):
        return np.clip((values - span.low) / span.length, -FAR, FAR)


def pen(
    colour: str, width: float = 1.0, alpha: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine
) -> QPen:
    """A pen of one of the palette's colours."""
    ink = QColor(colour)
    ink.setAlphaF(alpha)
    made = QPen(ink, width, style)
    made.setCapStyle(Qt.PenCapStyle.RoundCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


@cache
def mixed(colour: str, ground: str, strength: float) -> str:
    """A colour as faint as if it lay on ``ground`` with that alpha, but opaque, which is drawn much faster."""
    top, below = QColor(colour), QColor(ground)
    parts = zip(top.getRgbF()[:3], below.getRgbF()[:3], strict=True)
    return QColor.fromRgbF(*(strength * a + (1 - strength) * b for a, b in parts)).name()


def sized(font: QFont, pixels: int) -> QFont:
    """The same face with that many pixels: exact in every picture, whatever the screen's resolution."""
    made = QFont(font)
    made.setPixelSize(pixels)
    return made
