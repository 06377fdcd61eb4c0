"""The run that the window shows, over the study: its start, its path so far, and the point of step k."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from gui_app.core.moment import Moment
from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.strokes import draw_line
from gui_app.ui.descent.levels import INK, SHADE

MOST = 1500
"""Steps of the path that are drawn."""


def paint_trail(painter: QPainter, frame: Frame, moment: Moment, columns: tuple[int, int]) -> None:
    """Nothing where there is no record of these columns."""
    history = moment.history
    if history is None or not moment.is_recorded or len(history.columns) <= max(columns):
        return
    steps, path = history.path(list(columns), history.last, MOST)
    path = path[: int(np.searchsorted(steps, moment.step, side="right"))]
    here = history.parameters(history.nearest(moment.step))[list(columns)]
    path = np.concatenate((path, here[None]))
    xs, ys = frame.across(path[:, 0]), frame.down(path[:, 1])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width, strength in ((SHADE, 4.5, 0.55), (INK, 2.0, 1.0)):
        painter.setPen(pen(colour, width, strength))
        draw_line(painter, xs, ys, width)
    if not np.isfinite(path[[0, -1]]).all():
        return
    start = frame.point(float(path[0, 0]), float(path[0, 1]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((SHADE, 4.0), (INK, 2.0)):
        painter.setPen(pen(colour, width))
        painter.drawEllipse(start, 6.0, 6.0)
    marks.dot(painter, frame.point(float(here[0]), float(here[1])), 6.0, frame.palette.cursor, INK, 2.0)
