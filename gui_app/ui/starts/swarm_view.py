"""A swarm as it is painted: the objective beneath, and the points at a step, one by one or as a density."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPen

from gui_app.core.starts_study import Swarm, SwarmFrame
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.strokes import polygon
from gui_app.ui.descent.field import BAR_ROOM, Field
from gui_app.ui.descent.levels import INK, SHADE

ROOM = BAR_ROOM
ONE_BY_ONE = 5_000
"""More points than these are drawn as a density."""
CELL = 2
"""Pixels along each side of a cell of the density."""
FAINTEST = 0.35
"""Opacity of a cell with a single point."""


@dataclass(slots=True)
class SwarmView:
    """One swarm; the contours are made once."""

    answer: Swarm
    field: Field = field(init=False)

    def __post_init__(self) -> None:
        self.field = Field.of(self.answer.relief)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """The objective."""
        self.field.paint(painter, frame)

    def paint_bar(self, painter: QPainter, frame: Frame) -> None:
        """Its colour scale."""
        self.field.paint_bar(painter, frame)

    def paint_points(self, painter: QPainter, frame: Frame, step: int) -> None:
        """All points at the last frame that is not after ``step``."""
        shown = self.answer.at(step)
        inside = _inside(shown, frame)
        xs, ys = frame.across(shown.points[0][inside]), frame.down(shown.points[1][inside])
        if shown.points.shape[1] <= ONE_BY_ONE:
            _draw_dots(painter, xs, ys)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame.rect, density(xs - frame.rect.left(), ys - frame.rect.top(), frame))

    def told(self, step: int) -> list[str]:
        """The step that is shown, and the losses there."""
        shown = self.answer.at(step)
        losses = shown.losses[np.isfinite(shown.losses)]
        words = [f"swarm at step {shown.step:,} of {self.answer.steps:,}"]
        if len(losses):
            words.append(f"median loss {np.median(losses):.4g}")
        lost = len(shown.losses) - len(losses)
        return [*words, *([f"{lost:,} diverged"] if lost else [])]


def _inside(shown: SwarmFrame, frame: Frame) -> NDArray[np.bool_]:
    x, y = shown.points
    return (x >= frame.x.low) & (x <= frame.x.high) & (y >= frame.y.low) & (y <= frame.y.high)


def _draw_dots(painter: QPainter, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> None:
    """Small discs with a dark rim, the smaller the more there are."""
    size = 5.0 if len(xs) <= 500 else 3.5
    points = polygon(xs, ys)
    for colour, width, strength in ((SHADE, size + 1.5, 0.55), (INK, size, 0.95)):
        ink: QPen = pen(colour, width, strength)
        ink.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(ink)
        painter.drawPoints(points)


def density(xs: NDArray[np.float64], ys: NDArray[np.float64], frame: Frame) -> QImage:
    """White where points are, the more opaque the more there are in a cell; ``xs``, ``ys`` in pixels of the plot."""
    width = max(1, round(frame.rect.width() / CELL))
    height = max(1, round(frame.rect.height() / CELL))
    columns = np.clip((xs * (width / frame.rect.width())).astype(np.intp), 0, width - 1)
    rows = np.clip((ys * (height / frame.rect.height())).astype(np.intp), 0, height - 1)
    counts = np.bincount(rows * width + columns, minlength=width * height)
    most = max(1, int(counts.max()))
    table = FAINTEST + (1.0 - FAINTEST) * np.log1p(np.arange(most + 1)) / np.log1p(most)
    table[0] = 0.0
    alpha = (255 * table).astype(np.uint8)[counts]
    pixels = np.repeat(alpha[:, None], 4, axis=1)  # premultiplied white
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied).copy()
