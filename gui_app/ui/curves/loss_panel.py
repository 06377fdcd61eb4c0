"""The loss over the steps: live, complete at any length, with the step k as a line that can be dragged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.branch import Branch
from gui_app.core.history import History
from gui_app.ui.curves import marks
from gui_app.ui.curves.branch_ink import branch_colour
from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.changes import ChangeMarks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.crosshair import Crosshair
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.legend import Legend
from gui_app.ui.curves.loss_axes import LossAxes
from gui_app.ui.curves.loss_curve import LossCurve
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.picture import ChartPicture
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.view_menu import ViewMenu
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.theme import Palette

EMPTY = "The loss of each step appears here. Press play."


class LossPanel(QWidget):
    """The loss panel. It never polls: call ``refresh`` when steps were recorded, at most 30 times a second."""

    step_chosen = Signal(int)
    """The cursor line was dragged, or the plot clicked, to this step."""
    branch_chosen = Signal(int)
    """The line or the label of the branch with this number was clicked."""
    picture_wanted = Signal(str)
    """``save`` or ``copy``: chosen in the context menu."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._history: History | None = None
        self._step = 0
        self._mouse: QPointF | None = None
        self._curve, self._branches, self._changes = LossCurve(), BranchLines(), ChangeMarks()
        self._axes, self._legend = LossAxes(self._curve, self._branches), Legend(self._branches)
        self._factor = 0.0
        self.chart = Chart(palette, self)
        self.chart.set_axes("step", "loss", whole=True)
        self.chart.set_layers(
            [self._branches.paint, self._curve.paint, self._changes.paint],
            [self._branches.paint_pointed, self._draw_value, self._legend.paint],
        )
        self.chart.set_message(EMPTY)
        self.chart.setAccessibleName("Loss over the steps")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.chart)
        self._build_corner(palette)
        self._crosshair = Crosshair(self.chart)
        self._menu = PictureMenu(self.chart)
        self._menu.wanted.connect(self.picture_wanted)
        self.chart.clicked.connect(self._on_clicked)
        self.chart.cursor_dragged.connect(self._on_cursor_dragged)
        self.chart.hovered.connect(self._on_hovered)
        self.chart.view_changed.connect(self._on_view_changed)

    def _build_corner(self, palette: Palette) -> None:
        self._corner = Corner(self.chart, palette)
        self._log = self._corner.toggle("log", "Logarithmic loss axis", self._on_log)
        self._fit = self._corner.button("fit", "Show the whole run (double click)", self.chart.fit)
        menu = ViewMenu(self._corner.menu("view", "Axes and smoothing"))
        self._log_steps = menu.choice("Logarithmic steps", "Step 0 has no place there", self._on_axes)
        self._from_zero = menu.choice("Loss axis from 0", "On the linear axis", self._on_axes)
        menu.add_smoothing()
        menu.smoothing_chosen.connect(self._on_smoothing)
        self._view = menu

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._palette = palette
        self.chart.apply_theme(palette)
        self._corner.apply_theme(palette)
        self.set_step(self._step)

    def set_history(self, history: History | None) -> None:
        """Show this record from its beginning, whole."""
        self._history = self._legend.history = history
        self._curve.set_history(history, self._factor)
        self.chart.zoomed = False
        self._step = 0
        self.refresh()
        self.chart.fit()

    def set_branches(self, branches: Sequence[Branch], current: Branch | None = None) -> None:
        """Draw the other branches, whose records grow no more, as faint lines; ``current`` names the shown one."""
        self._branches.replace(branches)
        self._legend.current = current.label if current is not None else ""
        self.refresh()

    def set_changes(self, changes: Mapping[int, str]) -> None:
        """Mark the steps from which on other settings count: ``{12: "from here lr 0.1"}``."""
        self._changes.texts = dict(sorted(changes.items()))
        self.chart.touch()

    def refresh(self) -> None:
        """New steps were recorded."""
        filled = self._history is not None and len(self._history) > 0
        self.chart.set_message("" if filled else EMPTY)
        self._corner.setVisible(filled)
        if filled:
            self._curve.update()
            self.chart.set_home(*self._axes.whole())
        self.set_step(self._step)
        self._on_hovered(self._mouse)  # the mouse may rest while what lies below it changes
        self.chart.touch()

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._step

    def set_step(self, k: int) -> None:
        """Put the cursor line at step k."""
        self._step = k
        known = self._history is not None and 0 <= k < len(self._history)
        self.chart.set_step(float(k) if known else None, self._reading())

    @property
    def logarithmic(self) -> bool:
        """Whether the loss axis is logarithmic."""
        return self._log.isChecked()

    def set_logarithmic(self, on: bool) -> None:
        """Choose the loss axis."""
        self._log.setChecked(on)

    def picture(self) -> ChartPicture:
        """The panel as a picture to be taken away."""
        return ChartPicture("loss", self.chart, self)

    def _reading(self) -> Reading:
        history, colours = self._history, self._palette
        if history is None or not 0 <= self._step < len(history):
            return ()
        pieces = [(f"step {self._step:,}", colours.cursor)]
        pieces.append((f"loss {said(float(history.losses[self._step]))}", colours.text))
        assert self._curve.odd is not None
        odd = self._curve.odd.steps(log=self.logarithmic)
        if len(odd):
            what = "not positive or not finite" if self.logarithmic else "not finite"
            pieces.append((f"{len(odd):,} {what}, first at {odd[0]:,}", colours.error))
        return pieces

    def _on_log(self, on: bool) -> None:
        self._from_zero.setEnabled(not on)
        self._on_axes()

    def _on_axes(self, _on: bool = False) -> None:
        """Divide the axes anew; the stretch of steps that was zoomed to stays."""
        steps = self.chart.frame().steps
        zoomed, self.chart.zoomed = self.chart.zoomed, False
        axes = self._axes
        axes.log, axes.log_steps = self.logarithmic, self._log_steps.isChecked()
        axes.from_zero = self._from_zero.isChecked()
        self.chart.set_logarithmic(x=axes.log_steps, y=axes.log)
        if self._history is None or not len(self._history):
            return
        self.chart.set_home(*axes.whole())
        if zoomed:
            self.chart.set_view(*axes.over(steps))
        self.refresh()

    def _on_smoothing(self, factor: float) -> None:
        self._factor = factor
        self._curve.smooth(factor)
        self.refresh()

    def _on_view_changed(self) -> None:
        self._fit.setVisible(self.chart.zoomed)
        self.chart.reserved = float(self._corner.sizeHint().width() + 16)

    def _on_clicked(self, at: QPointF) -> None:
        branch = self._branch_at(at)
        if branch is not None:
            self.branch_chosen.emit(branch.number)
        elif self._history is not None and len(self._history):
            marked = self._changes.nearest(at, self.chart.frame())
            self._choose(self.nearest(at) if marked is None else marked)

    def _on_cursor_dragged(self, x: float) -> None:
        self._choose(round(x))

    def _choose(self, step: int) -> None:
        if self._history is not None and len(self._history):
            self.step_chosen.emit(min(max(step, 0), self._history.last))

    def nearest(self, at: QPointF) -> int:
        """The step under the mouse: of those that share its pixels the one whose loss is nearest to it."""
        assert self._history is not None
        return _nearest(self._history, at, self.chart.frame())

    def _branch_at(self, at: QPointF) -> Branch | None:
        """The other branch that is pointed at, in the list or by its line."""
        if self._history is None or not len(self._history):
            return None
        frame = self.chart.frame()
        listed = self._legend.hit(at, frame)
        if listed is not None or not self._branches.branches:
            return listed
        step = self.nearest(at)
        own = frame.point(step, float(self._history.losses[step])) - at
        gap = math.hypot(own.x(), own.y())
        return self._branches.nearest(at, frame, gap if math.isfinite(gap) else math.inf)

    def _on_hovered(self, at: QPointF | None) -> None:
        self._mouse = at
        filled = self._history is not None and len(self._history) > 0
        branch = self._branch_at(at) if at is not None and filled else None
        if branch is not self._branches.pointed:
            self._branches.pointed = branch
            self.chart.live.update()
        shape = Qt.CursorShape.CrossCursor if branch is None else Qt.CursorShape.PointingHandCursor
        if self.chart.plot.cursor().shape() != shape:
            self.chart.plot.setCursor(shape)
        if at is None or not filled or self._legend.box(self.chart.frame()).contains(at):
            self._crosshair.hide()
        else:
            self._read(at, branch)
        if self._branches.branches and self._legend.step != self._crosshair.step:
            self._legend.step = self._crosshair.step
            self.chart.live.update()

    def _read(self, at: QPointF, branch: Branch | None) -> None:
        """Say step and loss under the mouse; the list says those of the other branches."""
        assert self._history is not None
        frame, marked = self.chart.frame(), self._changes.nearest(at, self.chart.frame())
        history = self._history if branch is None else branch.history
        step = _nearest(history, at, frame) if marked is None or branch is not None else marked
        lines = [(f"step {step:,}   loss {said(float(history.losses[step]))}", self._palette.text)]
        if branch is not None:
            lines.insert(0, (branch.label, branch_colour(self._palette, branch.number)))
        elif step in self._changes.texts:
            lines.append((f"◆ {self._changes.texts[step]}", self._palette.warning))
        self._crosshair.show(step, float(history.losses[step]), lines, self._legend.box(frame))

    def _draw_value(self, painter: QPainter, frame: Frame) -> None:
        """The dot where the cursor line meets the curve."""
        history, step = self._history, self._step
        if history is not None and 0 <= step < len(history) and math.isfinite(history.losses[step]):
            at = frame.point(step, float(history.losses[step]))
            marks.dot(painter, at, 5.0, frame.palette.cursor, frame.palette.panel, 2.0)


def _nearest(history: History, at: QPointF, frame: Frame) -> int:
    last = history.last
    aside = QPointF(1.5, 0.0)
    first = min(max(math.ceil(frame.x_at(at - aside)), 0), last)
    end = min(max(math.floor(min(frame.x_at(at + aside), 1e15)), 0), last) + 1
    if end - first <= 1:
        return min(max(round(min(frame.x_at(at), 1e15)), 0), last)
    distance = np.abs(frame.down(history.losses[first:end]) - at.y())
    return first + int(np.argmin(np.where(np.isnan(distance), np.inf, distance)))
