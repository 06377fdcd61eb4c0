"""The plane behind the points: regions of classes with their boundary, or a field of predicted numbers."""

from __future__ import annotations

import contourpy
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from gui_app.core.fit import Plane
from gui_app.core.landscape import Axis, Landscape
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.strokes import polygon
from gui_app.ui.data.marks import Shades, class_colour
from gui_app.ui.descent.field import Field
from gui_app.ui.theme import Palette

FINER = 3
"""Pixels of the image for each place of the grid, along each side."""
STRONGEST = 0.5
"""How strong the colour of a class is where it is certain."""

Grid = NDArray[np.float64]


class Regions:
    """Which class is predicted where, and how certain: the colour fades toward the boundary."""

    def __init__(self, plane: Plane) -> None:
        assert plane.probabilities is not None
        self._ticks = plane.ticks
        self._probabilities = np.nan_to_num(plane.probabilities)
        self._image: tuple[Palette, QImage] | None = None
        self._lines = _boundaries(plane)

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """The colours, then the line on which two classes are as probable."""
        (left, right), (low, high) = ((ticks[0], ticks[-1]) for ticks in self._ticks)
        place = QRectF(frame.point(left, high), frame.point(right, low))
        painter.setClipRect(frame.rect)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._painted(frame.palette))
        painter.setPen(pen(frame.palette.text, 1.6, 0.85))
        for line in self._lines:
            painter.drawPolyline(polygon(frame.across(line[:, 0]), frame.down(line[:, 1])))

    def _painted(self, palette: Palette) -> QImage:
        """The first row of pixels is the highest y."""
        if self._image is None or self._image[0] is not palette:
            fine = _finer(_finer(self._probabilities, 0), 1)
            count = fine.shape[-1]
            best = fine.argmax(-1)
            sure = np.clip((fine.max(-1) - 1 / count) / (1 - 1 / count), 0, 1)[..., None]
            inks = np.array([QColor(class_colour(palette, i)).getRgb()[:3] for i in range(count)], float)
            ground = np.array(QColor(palette.panel).getRgb()[:3], float)
            strength = STRONGEST * (0.18 + 0.82 * sure)
            pixels = np.full((*best.shape, 4), 255, np.uint8)
            pixels[..., :3] = ground + strength * (inks[best] - ground)
            turned = np.ascontiguousarray(pixels.transpose(1, 0, 2)[::-1])
            tall, wide = turned.shape[:2]
            image = QImage(turned.tobytes(), wide, tall, 4 * wide, QImage.Format.Format_RGBX8888).copy()
            self._image = palette, image
        return self._image[1]


def _finer(values: Grid, axis: int) -> Grid:
    """In between, evenly along one axis."""
    count = values.shape[axis]
    at = np.linspace(0, count - 1, (count - 1) * FINER + 1)
    low = np.minimum(at.astype(int), count - 2)
    share = (at - low).reshape([-1 if i == axis else 1 for i in range(values.ndim)])
    return values.take(low, axis) * (1 - share) + values.take(low + 1, axis) * share


def _boundaries(plane: Plane) -> list[Grid]:
    """Lines along which the most probable class changes."""
    probabilities = np.nan_to_num(np.asarray(plane.probabilities))
    across, up = plane.ticks
    found: list[Grid] = []
    classes = probabilities.shape[-1]
    for index in range(1 if classes == 2 else 0, classes):
        rest = np.delete(probabilities, index, axis=-1).max(-1)
        margin = probabilities[..., index] - rest
        if margin.min() < 0 < margin.max():
            found += contourpy.contour_generator(across, up, margin.T).lines(0.0)
    return found


def field_of(plane: Plane, targets: Grid | None = None) -> Field:
    """The predicted numbers over the plane as filled contours, in colours that stay those of the ``targets`` (n,)."""
    assert plane.values is not None
    axes = tuple(
        Axis(at, float(ticks[0]), float(ticks[-1]), len(ticks)) for at, ticks in enumerate(plane.ticks)
    )
    landscape = Landscape(axes, plane.values)
    found = Field() if targets is None else Field.of(landscape, targets)
    return found if found.colours else Field.of(landscape)


def shade_in(field: Field, values: Grid) -> Shades:
    """See Shade: the colours that the field has where it is worth ``values`` (n,)."""
    bands = np.searchsorted(field.levels[1:-1], values, side="right")
    return np.minimum(bands, len(field.colours) - 1), field.colours
