"""The paths of the branches that are not shown, in the colours that they have in every view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from gui_app.core.branch import Branch
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_colour, branch_pen
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.curves.strokes import draw_dashed, draw_line
from gui_app.ui.descent.levels import INK
from gui_app.ui.descent.mode import apart
from gui_app.ui.descent.record import Record, along

MOST = 1500
"""Steps of a path that are drawn."""
DOTS = 60
LINES = 32
"""Most lines over the steps, all branches together."""


@dataclass(frozen=True, slots=True, eq=False)
class Ghost:
    """One branch from where it begins."""

    number: int
    label: str
    steps: NDArray[np.intp]
    path: NDArray[np.floating]
    """(len(steps), elements)."""
    losses: NDArray[np.float64]


def ghosts(branches: Sequence[Branch], record: Record) -> list[Ghost]:
    """The paths of those that have all of the record's elements."""
    least = record.least_columns
    return [
        _ghost(branch, record)
        for branch in branches
        if len(branch.history) and len(branch.history.columns) >= least
    ]


def _ghost(branch: Branch, record: Record) -> Ghost:
    history = branch.history
    steps, path = along(history, record.elements, MOST, gradients=record.gradients)
    first = max(int(np.searchsorted(steps, branch.start, side="right")) - 1, 0)
    losses = np.asarray(history.losses[steps[first:]], float)
    return Ghost(branch.number, branch.label, steps[first:], path[first:], losses)


def draw_on_field(painter: QPainter, frame: Frame, found: Sequence[Ghost]) -> None:
    """Over two parameters: dashes on a pale band, so that they show on every colour of the field."""
    for ghost in found:
        xs, ys = frame.across(ghost.path[:, 0]), frame.down(ghost.path[:, 1])
        kept = apart(xs, ys, 2.0)
        painter.setPen(pen(INK, 3.5, 0.55))
        draw_line(painter, xs[kept], ys[kept], 3.5)
        painter.setPen(branch_pen(frame.palette, ghost.number, 2.0))
        draw_dashed(painter, xs[kept], ys[kept], 2.0)
        _draw_end(painter, frame, ghost, xs, ys, 3.5)


def draw_on_curve(painter: QPainter, frame: Frame, found: Sequence[Ghost]) -> None:
    """Along one parameter: the visited points, joined by dashes."""
    for ghost in found:
        xs, ys = frame.across(ghost.path[:, 0]), frame.down(ghost.losses)
        kept = np.flatnonzero(apart(xs, ys, 4.0) & np.isfinite(xs) & np.isfinite(ys))
        painter.setPen(branch_pen(frame.palette, ghost.number, 1.25, 0.8))
        draw_dashed(painter, xs[kept], ys[kept], 1.25)
        colour = branch_colour(frame.palette, ghost.number)
        for index in kept[-DOTS:].tolist():
            marks.dot(painter, QPointF(xs[index], ys[index]), 2.75, colour, frame.palette.panel, 0.75)
        _draw_end(painter, frame, ghost, xs, ys, 4.0)


def draw_over_steps(painter: QPainter, frame: Frame, found: Sequence[Ghost]) -> None:
    """Each element over the steps, as many as can be told apart."""
    for ghost, column in _affordable(found):
        painter.setPen(branch_pen(frame.palette, ghost.number, 1.25, 0.75))
        draw_dashed(painter, frame.across(ghost.steps), frame.down(ghost.path[:, column]), 1.25)


def _affordable(found: Sequence[Ghost]) -> Iterator[tuple[Ghost, int]]:
    for ghost in found:
        for column in range(min(ghost.path.shape[1], max(1, LINES // len(found)))):
            yield ghost, column


def _draw_end(
    painter: QPainter,
    frame: Frame,
    ghost: Ghost,
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    radius: float,
) -> None:
    """A dot at the newest point that is a number."""
    known = np.flatnonzero(np.isfinite(ghost.path).all(axis=1) & np.isfinite(ghost.losses))
    if len(known):
        at = QPointF(float(xs[known[-1]]), float(ys[known[-1]]))
        marks.dot(painter, at, radius, branch_colour(frame.palette, ghost.number), frame.palette.panel)
