"""What is meant by a place in the loss plot: a step, a branch, a mark; and what is said about it there."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, Qt

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui.curves.branch_ink import branch_colour
from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.changes import ChangeMarks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.crosshair import Crosshair
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.legend import Legend
from gui_app.ui.curves.loss_curve import LossCurve
from gui_app.ui.curves.numbers import said

ASIDE = QPointF(1.5, 0.0)
"""Half of the pixels whose steps are looked at."""


def nearest_step(history: History, at: QPointF, frame: Frame) -> int:
    """The step at that place: of those that share its pixels the one whose loss is nearest to it."""
    last = history.last
    first = min(max(math.ceil(frame.x_at(at - ASIDE)), 0), last)
    end = min(max(math.floor(min(frame.x_at(at + ASIDE), 1e15)), 0), last) + 1
    if end - first <= 1:
        return min(max(round(min(frame.x_at(at), 1e15)), 0), last)
    distance = np.abs(frame.down(history.losses[first:end]) - at.y())
    return first + int(np.argmin(np.where(np.isnan(distance), np.inf, distance)))


class Pointer:
    """The mouse over the loss plot."""

    def __init__(
        self, chart: Chart, curve: LossCurve, branches: BranchLines, changes: ChangeMarks, legend: Legend
    ) -> None:
        self._chart, self._curve, self._branches = chart, curve, branches
        self._changes, self._legend = changes, legend
        self.crosshair = Crosshair(chart)
        self._mouse: QPointF | None = None

    @property
    def _history(self) -> History | None:
        """The record, once there is something in it."""
        return self._curve.history if self._curve.history is not None and len(self._curve.history) else None

    def branch_at(self, at: QPointF) -> Branch | None:
        """The other branch that is pointed at, in the list or by its line."""
        if self._history is None:
            return None
        frame = self._chart.frame()
        if self._legend.box(frame).contains(at):
            return self._legend.hit(at, frame)
        step = nearest_step(self._history, at, frame)
        own = frame.point(step, float(self._history.losses[step])) - at
        gap = math.hypot(own.x(), own.y())
        return self._branches.nearest(at, frame, gap if math.isfinite(gap) else math.inf)

    def step_at(self, at: QPointF) -> int | None:
        """The step that a click there means; None if there are none."""
        if self._history is None:
            return None
        marked = self._changes.nearest(at, self._chart.frame())
        return nearest_step(self._history, at, self._chart.frame()) if marked is None else marked

    def rest(self) -> None:
        """The mouse may rest while what lies below it changes."""
        self.hover(self._mouse)

    def hover(self, at: QPointF | None) -> None:
        """The mouse is there, or nowhere."""
        self._mouse = at
        frame = self._chart.frame()
        listed = self._legend.enter(at, frame)
        branch = None if at is None else self.branch_at(at)
        self._point(branch)
        if listed or at is None or self._history is None:
            self.crosshair.hide()
        if listed:
            return
        before = self._legend.box(frame)
        step = None if at is None or self._history is None else self._step(at, frame, branch)
        self._legend.read(step, at, frame)
        if step is not None:
            self._read(step, frame, branch)
        if self._legend.box(frame) != before or step is not None:
            self._chart.live.update()

    def _point(self, branch: Branch | None) -> None:
        """Light that one up, and dim the others."""
        if branch is not self._branches.pointed:
            self._branches.pointed = branch
            self._curve.dimmed = branch is not None
            self._chart.touch()
        shape = Qt.CursorShape.CrossCursor if branch is None else Qt.CursorShape.PointingHandCursor
        if self._chart.plot.cursor().shape() != shape:
            self._chart.plot.setCursor(shape)

    def _step(self, at: QPointF, frame: Frame, branch: Branch | None) -> int:
        """The step of the branch that is read there; None: of the one that is shown."""
        assert self._history is not None
        marked = self._changes.nearest(at, frame)
        if branch is None and marked is not None:
            return marked
        return nearest_step(self._history if branch is None else branch.history, at, frame)

    def _read(self, step: int, frame: Frame, branch: Branch | None) -> None:
        """Say step and loss; the list says those of the other branches."""
        assert self._history is not None
        palette, history = self._chart.theme, self._history if branch is None else branch.history
        lines = [(f"step {step:,}   loss {said(float(history.losses[step]))}", palette.text)]
        if branch is not None:
            lines.insert(0, (branch.label, branch_colour(palette, branch.number)))
        elif step in self._changes.texts:
            lines.append((f"◆ {self._changes.texts[step]}", palette.warning))
        self.crosshair.show(step, float(history.losses[step]), lines, self._legend.box(frame))
