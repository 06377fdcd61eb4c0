"""The descent itself: where the parameters are at step k, and how they came there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtWidgets import QWidget

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.landscape import Landscape, Quadratic
from gui_app.ui.curves.chart import Chart
from gui_app.ui.descent.choice import Choice
from gui_app.ui.descent.chosen import Chosen
from gui_app.ui.descent.extent import followed, reaching
from gui_app.ui.descent.faces import Faces
from gui_app.ui.descent.grip import Grip
from gui_app.ui.descent.mode import Mode
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.requests import Grids, Requests
from gui_app.ui.descent.view_menu import DescentMenu
from gui_app.ui.figures.picture import Picture
from gui_app.ui.theme import Palette

NO_PARAMETER = "Nothing descends yet. Give the objective a parameter."
NOT_STARTED = "The parameters appear here, step by step. Press play."
NO_PATH = "These directions are found from a path. Press play."
SETTLED = 500
"""Milliseconds without further steps after which directions of the path are found anew."""


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
        self._chosen = Chosen()
        self._history: History | None = None
        self._step = 0
        self._mode: Mode | None = None
        self._branches: Sequence[Branch] = ()
        self._is_script = False
        self._settled = 0
        self._landscape: Landscape | None = None
        self._quadratic: Quadratic | None = None
        self._follows = False
        self.chart = Chart(palette, self)
        self.chart.set_message(NO_PARAMETER)
        self.chart.setAccessibleName("Descent of the parameters")
        self.menu = DescentMenu(self, lambda: (self._chosen.experiment, self.choice, self._follows))
        """What can be shown."""
        self.menu.chosen.connect(self.choose)
        self.menu.follow_toggled.connect(self.set_following)
        self.faces = Faces(self, self.chart, self.menu)
        """The chart, or the surface."""
        self.faces.picture_wanted.connect(self.picture_wanted)
        self.faces.step_clicked.connect(self._choose_step)
        self._requests = Requests(self._needs, self)
        self._requests.wanted.connect(self.landscape_wanted)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SETTLED)
        self._rest.timeout.connect(self._on_rest)
        self.chart.clicked.connect(self._on_clicked)
        self.chart.cursor_dragged.connect(lambda x: self._choose_step(round(x)))
        self.chart.view_changed.connect(self._on_view_changed)
        self._grip = Grip(self.chart, lambda: self._mode)
        self._grip.moved.connect(self._show_step)
        self._grip.dragged.connect(self.start_dragged)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._palette = palette
        self.faces.apply_theme(palette)
        self._show_step()

    # What is shown

    @property
    def choice(self) -> Choice:
        """What is shown of this experiment."""
        return self._chosen.choice

    def choose(self, choice: Choice) -> None:
        """Show this, and again whenever an experiment with such parameters is open."""
        before = self.choice
        self._chosen.choose(choice)
        same = before.view == choice.view or (before.is_field and choice.is_field)
        if not (same and before.sight == choice.sight):
            self.chart.zoomed = False
        self._make_mode()
        self.refresh()
        self._requests.plan()

    def set_following(self, on: bool) -> None:
        """Whether the point of step k is kept in sight."""
        self._follows = on
        self._keep_in_sight()

    def set_experiment(self, experiment: Experiment) -> None:
        """Show another experiment; the landscape stays until the new one comes if the parameters are the same."""
        before = self._chosen.experiment
        if (experiment.program, experiment.parameters) != (before.program, before.parameters):
            self._requests.forget()
        if self._chosen.set_experiment(experiment):
            self._landscape = None
            self.chart.zoomed = False
        if experiment.trained != before.trained:
            self._make_mode()
        self.refresh()
        self._requests.plan()

    def set_history(self, history: History | None) -> None:
        """Show this run from its beginning."""
        self._history = history
        self._step = 0
        if self._chosen.restart():
            self._make_mode()
        if self._mode is not None:
            self._mode.restart()
            if self._mode.is_slice:
                self._requests.forget()
                self._requests.plan()
        self.refresh()

    def set_script(self, on: bool) -> None:
        """Whether the program makes its updates itself: then nobody knows its learning rate."""
        self._is_script = on
        if self._mode is not None:
            self._mode.record.optimizer = None if on else self._chosen.experiment.optimizer

    def set_quadratic(self, quadratic: Quadratic | None) -> None:
        """Draw the local quadratic as well, if that is chosen, while its row is that of the step shown."""
        self._quadratic = quadratic
        if self._mode is not None and self.choice.quadratic:
            self._mode.set_quadratic(quadratic)
        self._show_step()

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
        if self._chosen.is_outgrown(self._history, settled=False):
            self._chosen.renew()
            self._make_mode()
            self._requests.plan()
        mode, chart = self._mode, self.chart
        chart.set_message("" if mode is not None else NO_PATH if self._chosen.is_directed else NO_PARAMETER)
        if mode is not None:
            self._hand_over(mode)
            if mode.moving and not mode.record.filled:
                chart.set_message(NOT_STARTED)
            chart.set_home(*mode.home())
            if mode.moving:
                chart.touch()
        if self._chosen.is_directed:
            self._rest.start()
        self._show_step()

    def _hand_over(self, mode: Mode) -> None:
        """Let it read what there is by now."""
        record = mode.record
        record.history, record.settled = self._history, self._settled
        record.optimizer = None if self._is_script else self._chosen.experiment.optimizer
        record.update(self._step)

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._step

    def set_step(self, k: int) -> None:
        """Show step k."""
        self._step = k
        if self._mode is not None:
            self._mode.record.choose(k)
            if self._mode.is_slice:
                self._requests.plan()
        self._show_step()
        self._keep_in_sight()

    def set_landscape(self, landscape: Landscape | None) -> None:
        """The objective around the run, as ``landscape_wanted`` asked for it; None takes it away."""
        mode = self._mode
        if mode is None or (landscape is not None and not _fits(landscape, mode)):
            return
        self._landscape = landscape
        mode.set_landscape(landscape)
        self.chart.set_home(*mode.home())
        self.chart.touch()
        self.faces.hand_on(mode)
        if landscape is not None:
            self._requests.on_answered(landscape)

    def request_landscape(self) -> None:
        """Ask at once for what the view needs, unless that was the last request.

        The panel does this by itself soon after its view has moved; a picture made without an event loop
        does not wait.
        """
        self._requests.ask()

    def picture(self) -> Picture:
        """The panel as a picture to be taken away."""
        return self.faces.picture()

    def _make_mode(self) -> None:
        """Draw from now on in the way that is chosen."""
        mode = self._mode = self._chosen.mode(self._history, self._step)
        self._requests.forget()
        if mode is not None:
            if self._landscape is not None and not _fits(self._landscape, mode):
                self._landscape = None
            mode.set_landscape(self._landscape)
            mode.set_branches(self._branches)
            mode.set_quadratic(self._quadratic if self.choice.quadratic else None)
            mode.enter(self.chart)
        self.faces.turn(self.choice.view == "surface")

    def _show_step(self) -> None:
        mode = self._mode
        if mode is not None:
            held = mode.handle.held is not None
            words = [(mode.handle.words(), self._palette.cursor)] if held else mode.reading(self._palette)
            self.chart.set_step(mode.cursor(), words)
        self.faces.hand_on(mode)

    def _keep_in_sight(self) -> None:
        """Move the view after the point of step k, if it is followed."""
        place = self._mode.place() if self._mode is not None and self._follows else None
        moved = followed(self.chart.view, place) if place is not None else None
        if moved is not None:
            self.chart.set_view(*moved)

    # What is asked for, and what is done with the mouse

    def _needs(self) -> tuple[object, Grids]:
        """What landscape the view needs, at which step."""
        mode = self._mode
        if mode is None:
            return None, ()
        return (self._step if mode.is_slice else None), mode.wanted(*self.chart.view)

    def _on_view_changed(self) -> None:
        self.faces.show_fit()
        self._requests.plan()

    def _on_rest(self) -> None:
        """The path grows no more: its directions are those of the whole, and what they leave out is known."""
        if self._chosen.is_outgrown(self._history, settled=True):
            self._chosen.renew()
            self._make_mode()
            self._requests.plan()
            self.refresh()
        elif isinstance(self._mode, Over) and self._chosen.is_directed:
            self._mode.note = self._chosen.note(self._history)
            self._show_step()

    def _on_clicked(self, at: QPointF) -> None:
        mode, frame = self._mode, self.chart.frame()
        left = mode.exit(frame) if mode is not None else None
        if mode is None:
            return
        if left is not None and left.box(frame).contains(at):
            self._choose_step(left.step)
            self.chart.set_view(*reaching(self.chart.view, left.place))
        elif (step := mode.step_at(at, frame)) is not None:
            self._choose_step(step)

    def _choose_step(self, step: int) -> None:
        if self._mode is not None and self._mode.record.filled and self._history is not None:
            self.step_chosen.emit(min(max(step, 0), self._history.last))


def _fits(landscape: Landscape, mode: Mode) -> bool:
    """Whether it runs along this mode's axes."""
    return [axis.along for axis in landscape.axes] == [element.along for element in mode.record.elements]
