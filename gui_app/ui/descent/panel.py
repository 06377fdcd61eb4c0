"""The descent itself: where the parameters are at step k, and how they came there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Landscape
from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.corner import Corner
from gui_app.ui.curves.picture import ChartPicture
from gui_app.ui.descent.along import Along
from gui_app.ui.descent.elements import count, first_elements
from gui_app.ui.descent.handle import REACH
from gui_app.ui.descent.mode import Mode
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.record import Record
from gui_app.ui.descent.traces import LINES, Traces
from gui_app.ui.figures.menu import PictureMenu
from gui_app.ui.theme import Palette

NO_PARAMETER = "Nothing descends yet. Give the objective a parameter."
NOT_STARTED = "The parameters appear here, step by step. Press play."
PATIENCE = 120
"""Milliseconds between two requests for a landscape while the view moves."""


class DescentPanel(QWidget):
    """The descent panel. It never polls: call ``refresh`` when steps were recorded, at most 30 times a second."""

    step_chosen = Signal(int)
    """A point of the path was clicked, or the cursor line dragged, to this step."""
    start_dragged = Signal(object)
    """dict[int, float]: the start was dragged to these values, by column; told when it is let go."""
    picture_wanted = Signal(str)
    """``save`` or ``copy``: chosen in the context menu."""
    landscape_wanted = Signal(object)
    """tuple[Axis, ...]: answer with ``set_landscape``; a later request makes an earlier one void."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._experiment = Experiment()
        self._history: History | None = None
        self._step = 0
        self._mode: Mode | None = None
        self._branches: Sequence[Branch] = ()
        self._is_script = False
        self._settled = 0
        self._landscape: Landscape | None = None
        self._requests: tuple[tuple[Axis, ...], ...] = ()
        self._asked = 0
        self.chart = Chart(palette, self)
        self.chart.set_message(NO_PARAMETER)
        self.chart.setAccessibleName("Descent of the parameters")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.chart)
        self._corner = Corner(self.chart, palette)
        self._fit = self._corner.button("fit", "Show the whole run (double click)", self.chart.fit)
        self._menu = PictureMenu(self.chart)
        self._menu.wanted.connect(self.picture_wanted)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self.request_landscape)
        self.chart.clicked.connect(self._on_clicked)
        self.chart.cursor_dragged.connect(self._on_cursor_dragged)
        self.chart.view_changed.connect(self._on_view_changed)
        self.chart.hovered.connect(self._on_hovered)
        self.chart.plot.seized.connect(self._on_seized)
        self.chart.plot.carried.connect(self._on_carried)
        self.chart.plot.dropped.connect(self._on_dropped)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._palette = palette
        self.chart.apply_theme(palette)
        self._corner.apply_theme(palette)
        self._show_step()

    def set_experiment(self, experiment: Experiment) -> None:
        """Show another experiment; the landscape stays until the new one comes if the parameters are the same."""
        trained, before = experiment.trained, self._experiment.trained
        if (experiment.program, experiment.parameters) != (
            self._experiment.program,
            self._experiment.parameters,
        ):
            self._requests = ()
        self._experiment = experiment
        if [(spec.name, spec.shape) for spec in trained] != [(spec.name, spec.shape) for spec in before]:
            self._landscape = None
            self.chart.zoomed = False
        if trained != before:
            self._enter(_mode_of(experiment))
        self.refresh()
        self._plan_request()

    def set_history(self, history: History | None) -> None:
        """Show this run from its beginning."""
        self._history = history
        self._step = 0
        if self._mode is not None:
            self._mode.restart()
        self.refresh()

    def set_script(self, on: bool) -> None:
        """Whether the program makes its updates itself: then nobody knows its learning rate."""
        self._is_script = on
        if self._mode is not None:
            self._mode.record.optimizer = None if on else self._experiment.optimizer

    def set_branches(self, branches: Sequence[Branch], current: Branch | None = None) -> None:
        """Draw the paths of the other branches, whose records grow no more; ``current`` is the one that is shown."""
        self._branches = tuple(branches)
        self._settled = current.start if current is not None else 0
        if self._mode is not None:
            self._mode.set_branches(self._branches)
        self.refresh()
        self.chart.touch()

    def refresh(self) -> None:
        """New steps were recorded."""
        mode, chart = self._mode, self.chart
        chart.set_message(NO_PARAMETER if mode is None else "")
        if mode is None:
            return
        mode.record.history = self._history
        mode.record.optimizer = None if self._is_script else self._experiment.optimizer
        mode.record.settled = self._settled
        mode.record.update(self._step)
        if mode.moving and not mode.record.filled:
            chart.set_message(NOT_STARTED)
        chart.set_home(*mode.home())
        self._show_step()
        if mode.moving:
            chart.touch()

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._step

    def set_step(self, k: int) -> None:
        """Show step k."""
        self._step = k
        if self._mode is not None:
            self._mode.record.choose(k)
        self._show_step()

    def set_landscape(self, landscape: Landscape | None) -> None:
        """The objective around the run, as ``landscape_wanted`` asked for it; None takes it away."""
        mode = self._mode
        if mode is None:
            return
        columns = [axis.column for axis in landscape.axes] if landscape is not None else mode.record.columns
        if columns != mode.record.columns:
            return
        self._landscape = landscape
        mode.set_landscape(landscape)
        self.chart.set_home(*mode.home())
        self.chart.touch()
        if landscape is not None and landscape.axes == self._last_request():
            self._ask_next()

    def picture(self) -> ChartPicture:
        """The panel as a picture to be taken away."""
        return ChartPicture("descent", self.chart, self)

    def _enter(self, mode: Mode | None) -> None:
        """Draw in this way from now on."""
        self._mode = mode
        if mode is not None:
            mode.set_landscape(self._landscape)
            mode.set_branches(self._branches)
            mode.enter(self.chart)

    def _show_step(self) -> None:
        mode = self._mode
        if mode is not None:
            held = mode.handle.held is not None
            words = [(mode.handle.words(), self._palette.cursor)] if held else mode.reading(self._palette)
            self.chart.set_step(mode.cursor(), words)

    def _on_view_changed(self) -> None:
        self._fit.setVisible(self.chart.zoomed)
        self.chart.reserved = float(self._corner.sizeHint().width() + 16) if self.chart.zoomed else 0.0
        self._plan_request()

    def _plan_request(self) -> None:
        """Ask soon; not put off by further moves, so that the picture keeps up with a moving view."""
        if self._mode is not None and not self._timer.isActive():
            self._timer.start()

    def request_landscape(self) -> None:
        """Ask at once for what the view needs, unless that was the last request.

        The panel does this by itself soon after its view has moved; a picture made without an event loop
        does not wait.
        """
        wanted = self._mode.wanted(*self.chart.view) if self._mode is not None else ()
        if wanted and wanted != self._requests:
            self._requests, self._asked = wanted, 0
            self._ask_next()

    def _ask_next(self) -> None:
        if self._asked < len(self._requests):
            self._asked += 1
            self.landscape_wanted.emit(self._requests[self._asked - 1])

    def _last_request(self) -> tuple[Axis, ...]:
        return self._requests[self._asked - 1] if self._requests else ()

    def _on_clicked(self, at: QPointF) -> None:
        if self._mode is not None and (step := self._mode.step_at(at, self.chart.frame())) is not None:
            self._choose(step)

    def _on_cursor_dragged(self, x: float) -> None:
        self._choose(round(x))

    def _grips(self, at: QPointF) -> bool:
        """Whether the start is there."""
        place = self._mode.start_at(self.chart.frame()) if self._mode is not None else None
        return place is not None and math.hypot(place.x() - at.x(), place.y() - at.y()) <= REACH

    def _on_hovered(self, at: QPointF | None) -> None:
        hand = at is not None and self._grips(at)
        self.chart.plot.setCursor(Qt.CursorShape.OpenHandCursor if hand else Qt.CursorShape.CrossCursor)

    def _on_seized(self, at: QPointF) -> None:
        if self._grips(at):
            self.chart.plot.take()

    def _on_carried(self, at: QPointF) -> None:
        if self._mode is not None:
            self.chart.plot.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._mode.handle.hold(at, self.chart.frame())
            self._show_step()

    def _on_dropped(self) -> None:
        self.chart.plot.setCursor(Qt.CursorShape.CrossCursor)
        values = self._mode.handle.release() if self._mode is not None else {}
        self._show_step()
        if values:
            self.start_dragged.emit(values)

    def _choose(self, step: int) -> None:
        if self._mode is not None and self._mode.record.filled and self._history is not None:
            self.step_chosen.emit(min(max(step, 0), self._history.last))


def _mode_of(experiment: Experiment) -> Mode | None:
    """The way of drawing that suits the number of trained numbers."""
    total = count(experiment)
    record = Record(first_elements(experiment, LINES))
    if total == 0:
        return None
    if total == 1:
        return Along(record)
    return Over(record) if total == 2 else Traces(record, total)
