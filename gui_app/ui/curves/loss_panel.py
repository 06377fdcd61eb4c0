"""The loss over the steps: live, complete at any length, with the step k as a line that can be dragged."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.series import reference_row
from gui_app.ui.curves import marks
from gui_app.ui.curves.branches import BranchLines
from gui_app.ui.curves.changes import ChangeMarks
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.legend import Legend
from gui_app.ui.curves.loss_axes import LossAxes
from gui_app.ui.curves.loss_curve import LossCurve
from gui_app.ui.curves.mini_map import MiniMap
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.picture import ChartPicture
from gui_app.ui.curves.pointing import Pointer, nearest_step
from gui_app.ui.curves.reading import Reading
from gui_app.ui.curves.secondaries import Secondaries
from gui_app.ui.curves.span import Span
from gui_app.ui.curves.view_menu import ViewMenu
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.theme import Palette

EMPTY = "The loss of each step appears here. Press play."
LATER_MS = 40
"""From one stretch of catching up with the record to the next, …"""
AT_ONCE = 0.008
"""… and how many seconds each takes, about."""


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
        self._factor = 0.0
        self._curve, self._branches, self._changes = LossCurve(), BranchLines(), ChangeMarks()
        self._beside = Secondaries()
        self._axes = LossAxes(self._curve, self._branches, self._beside)
        self._legend = Legend(self._branches, self._beside)
        self.chart = Chart(palette, self)
        self.map = MiniMap(self._curve, self._branches, palette, self)
        self.map.hide()
        self._pointer = Pointer(self.chart, self._curve, self._branches, self._changes, self._legend)
        self._later = QTimer(self, interval=LATER_MS, singleShot=True)
        self._build_chart()
        self._build_corner(palette)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.chart, 1)
        layout.addWidget(self.map)
        self._menu = PictureMenu(self.chart)
        self._connect()

    def _build_chart(self) -> None:
        self.chart.set_axes("step", "loss", whole=True)
        self.chart.set_layers(
            [self._branches.paint, self._draw_beside, self._curve.paint, self._changes.paint],
            [self._branches.paint_pointed, self._draw_value, self._legend.paint],
        )
        self.chart.set_message(EMPTY)
        self.chart.setAccessibleName("Loss over the steps")

    def _build_corner(self, palette: Palette) -> None:
        self._corner = Corner(self.chart, palette)
        self._log = self._corner.toggle("log", "Logarithmic loss axis", self._on_log)
        self._fit = self._corner.button("fit", "Show the whole run (double click)", self.chart.fit)
        menu = ViewMenu(self._corner.menu("view", "Axes, further curves and smoothing"))
        self._log_steps = menu.choice("Logarithmic steps", "Step 0 has no place there", self._on_axes)
        self._from_zero = menu.choice("Loss axis from 0", "On the linear axis", self._on_axes)
        menu.choice("List of curves", "It is shown anyway where the mouse is", self._on_listed).setChecked(
            True
        )
        menu.add_beside()
        self._log_right = menu.choice("Logarithmic right axis", "Without numbers below 0", self._on_right)
        self._log_right.setChecked(True)
        menu.add_smoothing()
        self._view = menu

    def _connect(self) -> None:
        self._view.smoothing_chosen.connect(self._on_smoothing)
        self._view.beside_chosen.connect(self._on_beside)
        self._view.aboutToShow.connect(self._offer)
        self._menu.wanted.connect(self.picture_wanted)
        self._later.timeout.connect(self._on_later)
        self.map.window_chosen.connect(self._on_window)
        self.map.whole_chosen.connect(self.chart.fit)
        self.chart.clicked.connect(self._on_clicked)
        self.chart.cursor_dragged.connect(lambda x: self._choose(round(x)))
        self.chart.hovered.connect(self._pointer.hover)
        self.chart.view_changed.connect(self._on_view_changed)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._palette = palette
        self.chart.apply_theme(palette)
        self._corner.apply_theme(palette)
        self.set_step(self._step)
        self._draw_map()

    def set_experiment(self, experiment: Experiment) -> None:
        """Distances are measured from the references of these parameters."""
        self._beside.set_reference(reference_row(experiment))

    def set_history(self, history: History | None) -> None:
        """Show this record from its beginning, whole."""
        self._history = self._legend.history = history
        self._curve.set_history(history, self._factor)
        self._beside.set_history(history)
        self.chart.zoomed = False
        self._step = 0
        self.refresh()
        self.chart.fit()

    def set_branches(self, branches: Sequence[Branch], current: Branch | None = None) -> None:
        """Draw the other branches, whose records grow no more, as faint lines; ``current`` names the shown one."""
        self._branches.replace(branches)
        self._curve.dimmed = False
        self._legend.current = current.label if current is not None else ""
        self.refresh()

    def set_changes(self, changes: Mapping[int, str]) -> None:
        """Mark the steps from which on other settings count: ``{12: "from here lr 0.1"}``."""
        self._changes.texts = dict(sorted(changes.items()))
        self.chart.touch()

    @property
    def _filled(self) -> bool:
        return self._history is not None and len(self._history) > 0

    def refresh(self) -> None:
        """New steps were recorded."""
        self.chart.set_message("" if self._filled else EMPTY)
        self._corner.setVisible(self._filled)
        if self._filled:
            self._curve.update()
            if self._beside.update():
                self._later.start()
            self.chart.set_home(*self._axes.whole())
        self._show_right()
        self._draw_map()
        self.set_step(self._step)
        self._pointer.rest()
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

    @property
    def beside(self) -> set[str]:
        """Names of the numbers at the right axis."""
        return set(self._beside.chosen)

    def set_beside(self, names: Collection[str]) -> None:
        """Draw these at the right axis: names of ``core.series.SOURCES`` and of metrics."""
        self._beside.chosen = set(names)
        self.refresh()

    def picture(self) -> ChartPicture:
        """The panel as a picture to be taken away."""
        return ChartPicture("loss", self.chart, self)

    def nearest(self, at: QPointF) -> int:
        """The step under the mouse: of those that share its pixels the one whose loss is nearest to it."""
        assert self._history is not None
        return nearest_step(self._history, at, self.chart.frame())

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
        for one in self._beside.shown:
            if not math.isnan(value := one.series.at(self._step)):
                pieces.append((f"{one.name} {said(value)}", one.ink(colours)))
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
        if not self._filled:
            return
        self.chart.set_home(*axes.whole())
        if zoomed:
            self.chart.set_view(*axes.over(steps))
        self.refresh()

    def _on_smoothing(self, factor: float) -> None:
        self._factor = factor
        self._curve.smooth(factor)
        self.refresh()

    def _offer(self) -> None:
        self._view.offer(self._beside.offered, self._beside.chosen)

    def _on_beside(self, name: str, on: bool) -> None:
        self.set_beside(self.beside | {name} if on else self.beside - {name})

    def _on_listed(self, on: bool) -> None:
        self._legend.rests = on
        self.chart.touch()

    def _on_right(self, on: bool) -> None:
        self._beside.log = on
        self.refresh()

    def _on_later(self) -> None:
        """Catch up with the record, a little at a time."""
        end, more = time.perf_counter() + AT_ONCE, True
        while more and time.perf_counter() < end:
            more = self._beside.update()
        self.refresh()

    def _show_right(self) -> None:
        """Fit the right axis to the steps that are shown, and put the list where it covers little."""
        height = self._axes.second(self.chart.current_frame().steps) if self._filled else None
        self.chart.set_second(height, self._beside.caption, log=self._beside.log)
        if self._filled:
            frame = self.chart.current_frame()
            self._legend.settle(frame, self.chart.second(frame))

    def _on_view_changed(self) -> None:
        if self._fit.isVisibleTo(self._corner) != self.chart.zoomed:
            self._fit.setVisible(self.chart.zoomed)
            self.map.setVisible(self.chart.zoomed)
            self._draw_map()
        self.chart.reserved = float(self._corner.sizeHint().width() + 16)
        self.map.set_window(self.chart.view[0])
        self._show_right()

    def _draw_map(self) -> None:
        if not self.map.isHidden():
            self.map.set_whole(self.chart.frame(), self.chart.home)
            self.map.set_window(self.chart.view[0])

    def _on_window(self, window: Span) -> None:
        """The mini map's window was dragged: heights follow."""
        steps = Span(*(10.0**at for at in window)) if self._axes.log_steps else window
        self.chart.set_view(window, self._axes.over(steps)[1])

    def _on_clicked(self, at: QPointF) -> None:
        branch, step = self._pointer.branch_at(at), self._pointer.step_at(at)
        if branch is not None:
            self.branch_chosen.emit(branch.number)
        elif step is not None:
            self._choose(step)

    def _choose(self, step: int) -> None:
        if self._filled:
            self.step_chosen.emit(min(max(step, 0), self._history.last))

    def _draw_beside(self, painter: QPainter, frame: Frame) -> None:
        self._beside.paint(painter, frame, self.chart.second(frame))

    def _draw_value(self, painter: QPainter, frame: Frame) -> None:
        """The dot where the cursor line meets the curve."""
        history, step = self._history, self._step
        if history is not None and 0 <= step < len(history) and math.isfinite(history.losses[step]):
            at = frame.point(step, float(history.losses[step]))
            marks.dot(painter, at, 5.0, frame.palette.cursor, frame.palette.panel, 2.0)
