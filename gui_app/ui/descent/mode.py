"""What a way of drawing the descent offers to the panel; and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from gui_app.core.branch import Branch
from gui_app.core.landscape import Axis, Landscape, Quadratic
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.handle import Handle
from gui_app.ui.descent.record import Record
from gui_app.ui.descent.trail import Exit
from gui_app.ui.theme import Palette

REACH = 16.0
"""Pixels within which a click finds a step of the path."""


class Mode(Protocol):
    """One way of drawing the descent: along one parameter, over two, or any number over the steps."""

    record: Record
    handle: Handle
    """The start, which can be dragged where ``start_at`` says where it is."""
    moving: bool
    """Whether the still layers change with every refresh."""
    is_slice: bool
    """Whether its landscape is another one at every step: there are numbers that are held."""

    def enter(self, chart: Chart) -> None:
        """Draw into this chart from now on."""

    def set_landscape(self, landscape: Landscape | None) -> None:
        """Draw this landscape, if it lies over this mode's parameters."""

    def set_quadratic(self, quadratic: Quadratic | None) -> None:
        """Draw this as well while its row is that of the step shown."""

    def set_branches(self, branches: Sequence[Branch]) -> None:
        """Draw the paths of these as well, faint."""

    def start_at(self, frame: Frame) -> QPointF | None:
        """Where the start can be taken; None where it cannot."""

    def restart(self) -> None:
        """Another run begins: forget how far the last one went."""

    def home(self) -> tuple[Span, Span]:
        """The axes that hold everything; called after each update of the record."""

    def wanted(self, x: Span, y: Span) -> tuple[tuple[Axis, ...], ...]:
        """The grids that this view needs, the coarsest first; none if it needs no landscape."""

    def reading(self, palette: Palette) -> Reading:
        """The numbers of the step in words."""

    def cursor(self) -> float | None:
        """Where a cursor line can be dragged along x; None where there is none."""

    def step_at(self, at: QPointF, frame: Frame) -> int | None:
        """The step that a click at a pixel position means."""

    def exit(self, frame: Frame) -> Exit | None:
        """Where the path leaves the plot for good; None where it does not."""

    def place(self) -> tuple[float, float] | None:
        """Where step k is, in the units of the axes; None where that is nowhere, or always in sight."""


def nearest_step(
    steps: NDArray[np.intp], xs: NDArray[np.floating], ys: NDArray[np.floating], at: QPointF
) -> int | None:
    """The step whose pixel position is nearest to ``at``, if it is within reach."""
    distance = np.hypot(xs - at.x(), ys - at.y())
    distance = np.where(np.isnan(distance), np.inf, distance)
    if not len(distance):
        return None
    index = int(np.argmin(distance))
    return int(steps[index]) if distance[index] <= REACH else None


def apart(xs: NDArray[np.floating], ys: NDArray[np.floating], least: float) -> NDArray[np.bool_]:
    """Which points lie at least about ``least`` pixels from the one before; the last one always."""
    moved = np.ones(len(xs), bool)
    if len(xs) > 2:
        cells = np.floor(np.stack((xs, ys)) / least)
        with np.errstate(invalid="ignore"):
            moved[1:-1] = np.any(cells[:, 1:-1] != cells[:, :-2], axis=0)
    return moved
