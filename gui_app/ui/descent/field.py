"""The filled contours of an objective over two parameters, and their colour scale: areas and lines, no pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import contourpy
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath

from gui_app.core.landscape import Landscape
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, pen, sized
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.span import HUGE
from gui_app.ui.curves.strokes import polygon
from gui_app.ui.descent import levels as levelling

Ring = NDArray[np.float64]
BAR_GAP, BAR_WIDTH = 16.0, 12.0
BAR_ROOM = 100.0
"""Right margin that holds the colour scale."""


@dataclass(slots=True)
class Field:
    """The contours; empty where the objective is not finite."""

    levels: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    colours: list[str] = field(default_factory=list)
    areas: list[list[Ring]] = field(default_factory=list)
    """For each level the rings of what lies above it, in the units of the axes."""
    lines: list[list[Ring]] = field(default_factory=list)

    @classmethod
    def of(cls, landscape: Landscape, scale: NDArray[np.float64] | None = None) -> Field:
        """The contours of a landscape over two axes, at levels that tell the values of ``scale`` apart, or its own."""
        values = np.where(np.abs(landscape.values) < HUGE, landscape.values, np.nan)
        chosen = levelling.levels(values if scale is None else scale)
        if not len(chosen) or not np.isfinite(values).any():
            return cls()
        across, down = landscape.axes
        grid = contourpy.contour_generator(
            across.values,
            down.values,
            np.ma.masked_invalid(values.T),
            fill_type=contourpy.FillType.OuterOffset,
            line_type=contourpy.LineType.Separate,
        )
        highest = max(float(chosen[-1]), float(np.nanmax(values)))
        top = highest + abs(highest) + 1.0
        below = np.nextafter(min(float(chosen[0]), float(np.nanmin(values))), -np.inf)
        bands = [float(below), *map(float, chosen[1:-1])]
        areas = [_rings(*grid.filled(low, top)) for low in bands]
        return cls(
            chosen, levelling.colours(len(bands)), areas, [grid.lines(float(at)) for at in chosen[1:-1]]
        )

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """Each area over the one below it, so that no seam shows; then the level lines."""
        for rings, colour in zip(self.areas, self.colours, strict=True):
            painter.fillPath(_path(rings, frame), QColor(colour))
        painter.setPen(pen(levelling.INK, 0.8, 0.35))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rings in self.lines:
            painter.drawPath(_path(rings, frame))

    def paint_bar(self, painter: QPainter, frame: Frame) -> None:
        """The colour scale in the right margin: one block for each band, numbers at the levels between."""
        if not self.colours:
            return
        rect = frame.rect
        bar = QRectF(rect.right() + BAR_GAP, rect.top(), BAR_WIDTH, rect.height())
        block = bar.height() / len(self.colours)
        font = sized(frame.font, TICK_PIXELS - 1)
        metrics = QFontMetricsF(font)
        every = max(1, round((metrics.height() + 6) / block + 0.49))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for index, colour in enumerate(self.colours):
            top = bar.bottom() - (index + 1) * block
            painter.fillRect(QRectF(bar.left(), top, bar.width(), block + 1), QColor(colour))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        painter.setPen(QColor(frame.palette.muted))
        for index in range(1, len(self.colours), every):
            y = bar.bottom() - index * block
            text = said(float(self.levels[index]), 3)
            painter.drawText(QPointF(bar.right() + 6, y + metrics.ascent() / 2 - 1), text)


def _rings(points: list[NDArray[np.float64]], offsets: list[NDArray[np.uint32]]) -> list[Ring]:
    """All outer and inner rings of filled areas, one list."""
    return [
        part[start:end]
        for part, cuts in zip(points, offsets, strict=True)
        for start, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]


def _path(rings: list[Ring], frame: Frame) -> QPainterPath:
    """Rings in the units of the axes as one path in pixels."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for ring in rings:
        path.addPolygon(polygon(frame.across(ring[:, 0]), frame.down(ring[:, 1])))
    return path
