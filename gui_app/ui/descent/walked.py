"""What lies on a surface: the paths, the point of step k, the start and the reference."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_colour, branch_pen
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.strokes import draw_dashed, draw_line
from gui_app.ui.descent.box import Stage
from gui_app.ui.descent.draped import Draped
from gui_app.ui.descent.key import Entry, paint_key
from gui_app.ui.descent.levels import INK, SHADE
from gui_app.ui.descent.over import Over, draw_branch, draw_ring
from gui_app.ui.descent.relief import Relief
from gui_app.ui.descent.trail import draw_dots, draw_trail

Ground = Callable[[np.ndarray], np.ndarray]
BEHIND = 0.3
"""How strong a path shows through the surface."""


RIM = 97
"""Points along each side of a surface."""


def paint_rim(painter: QPainter, stage: Stage, relief: Relief) -> None:
    """The border of the surface, which sets it off and hides the steps of its pixels."""
    side, one = np.linspace(-1, 1, RIM), np.ones(RIM)
    corners = ((side, -one), (one, side), (side[::-1], one), (-one, side[::-1]))
    rim = np.concatenate([np.column_stack(sides) for sides in corners])
    path = Draped.of(relief, stage, rim, np.arange(len(rim)))
    painter.setPen(pen(SHADE, 1.25, 0.6))
    draw_line(painter, *path.seen(), 1.25)


def paint_walked(
    painter: QPainter, frame: Frame, stage: Stage, relief: Relief, mode: Over, ground: Ground
) -> None:
    """Everything of the run, faint where the surface hides it."""
    record = mode.record
    for ghost in mode.ghosts:
        path = Draped.of(relief, stage, ground(ghost.path), ghost.steps)
        painter.setPen(pen(INK, 3.5, 0.55))
        draw_line(painter, *path.seen(), 3.5)
        painter.setPen(branch_pen(frame.palette, ghost.number, 2.0))
        draw_dashed(painter, *path.seen(), 2.0)
        known = np.flatnonzero(~np.isnan(path.xs))
        if len(known):
            end = QPointF(path.xs[known[-1]], path.ys[known[-1]])
            colour = branch_colour(frame.palette, ghost.number)
            _behind(painter, bool(path.hidden[known[-1]]), partial(marks.dot, painter, end, 3.5, colour, INK))
    path = Draped.of(relief, stage, ground(record.path), record.steps)
    _paint_path(painter, path, record.step)
    _paint_signs(painter, frame, stage, relief, mode, ground)
    if mode.has_key:
        paint_key(painter, frame, _entries(frame, mode), path.xs, path.ys)


def _paint_path(painter: QPainter, path: Draped, step: int) -> None:
    here = int(np.searchsorted(path.steps, step, side="right"))
    # What follows the last point of step k belongs to the way to the next one.
    here = int(np.flatnonzero(path.is_step[:here])[-1]) + 1 if here else 0
    painter.setPen(pen(INK, 1.25, BEHIND, Qt.PenStyle.DotLine))
    draw_line(painter, np.where(path.hidden, path.xs, np.nan), np.where(path.hidden, path.ys, np.nan), 1.25)
    xs, ys = path.seen()
    draw_trail(painter, xs, ys, here)
    own = path.is_step[:here]
    draw_dots(painter, xs[:here][own], ys[:here][own])


def _paint_signs(
    painter: QPainter, frame: Frame, stage: Stage, relief: Relief, mode: Over, ground: Ground
) -> None:
    record = mode.record
    goal = [element.reference for element in record.elements]
    signs = (
        (mode.handle.values, lambda at: draw_ring(painter, at, 6.0)),
        (goal, lambda at: marks.star(painter, at, 9.0, INK, SHADE)),
        (record.at(record.step)[0], lambda at: marks.dot(painter, at, 6.5, frame.palette.cursor, INK, 2.0)),
    )
    for place, draw in signs:
        path = Draped.of(relief, stage, ground(np.array([place], float)), np.zeros(1, np.intp))
        if not np.isnan(path.xs[0] + path.ys[0]):
            at = QPointF(float(path.xs[0]), float(path.ys[0]))
            _behind(painter, bool(path.hidden[0]), partial(draw, at))


def _behind(painter: QPainter, hidden: bool, draw: Callable[[], None]) -> None:
    """Paint it faint where the surface hides it."""
    painter.setOpacity(BEHIND + 0.1 if hidden else 1.0)
    draw()
    painter.setOpacity(1.0)


def _entries(frame: Frame, mode: Over) -> list[Entry]:
    """The branches, if there are any: everything else is known from the contour."""
    return [Entry(ghost.label, partial(draw_branch, frame, ghost)) for ghost in mode.ghosts]
