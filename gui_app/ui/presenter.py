"""Between the laboratory's state and its views: intents go in, the same step k comes out in every view.

The presenter owns the session, the thread that runs and the thread that answers questions. Views emit
intents; once a frame it drains the mailbox, lets the session take in what has happened, and hands each view what it
has to paint. How often a view is painted depends on what it costs and on how fast the run goes.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from gui_app.core.events import Event
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault
from gui_app.core.graph import Graph
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.runner import Answer, Asker, Runner
from gui_app.core.session import Session, Status
from gui_app.language.compiler import check
from gui_app.language.limits import StopFlag
from gui_app.language.meaning import same_meaning
from gui_app.language.names import Words
from gui_app.ui.engine import Engine, Ready
from gui_app.ui.graph.link import QUESTION as GRAPH
from gui_app.ui.graph.link import GraphLink
from gui_app.ui.transport.player import Player
from gui_app.ui.transport.pulse import Pulse, Rate
from gui_app.ui.views import Views

FRAME_MS = 16
PLOTS_WHEN_HURRIED = 1 / 15
"""Seconds between two paintings of the growing curves of a run at full speed: painting takes the GIL from it."""
STEP_WHEN_HURRIED = 1 / 4
"""Seconds between two steps that are shown meanwhile, each in every view."""
WARM_UP, LANDSCAPE = "warm up", "landscape"
EMPTY = "Type an objective to see its graph."
DIVERGED_HINT = "Try a smaller learning rate or another start; Reset begins again."
STATES: Mapping[Status, str] = {
    Status.IDLE: "ready",
    Status.RUNNING: "running",
    Status.PAUSED: "paused",
    Status.FINISHED: "finished",
    Status.DIVERGED: "diverged",
    Status.FAILED: "failed",
}


class Presenter(QObject):
    """See the module. ``start`` begins, ``close`` ends all threads."""

    experiment_replaced = Signal()
    """Another experiment is open, or it has been edited: title and modified mark may have changed."""

    def __init__(self, views: Views, engine: Engine) -> None:
        super().__init__()
        self.session = Session()
        self._views, self._engine = views, engine
        self._mailbox: deque[Event | Answer] = deque()
        self._runner, self._asker = Runner(self._mailbox), Asker(self._mailbox)
        self._player = Player(self.session, self._runner, lambda: views.transport.speed)
        self._link = GraphLink(views, self._asker, engine)
        self.devices: tuple[str, ...] = ()
        """Where the engine can compute; empty until it is warm."""
        self._words: Words | None = None
        self._syntax: tuple[Fault, ...] = ()
        self._grown = self._moved = False
        self._plots, self._steps, self._rubbish = Pulse(), Pulse(), Pulse()
        self._rate = Rate()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        self._connect()

    @property
    def graph(self) -> Graph | None:
        """The graph on the screen."""
        return self._link.graph

    def start(self) -> None:
        """Begin to drain the mailbox and to warm the engine up."""
        self._show_state()
        self._asker.ask(WARM_UP, lambda _cancelled: self._engine.warm_up())
        self._timer.start()

    def close(self) -> bool:
        """Stop everything; True if both threads have ended."""
        self._timer.stop()
        ended = self._runner.close()
        return self._asker.close() and ended

    def _connect(self) -> None:
        v, a = self._views, self._views.actions
        for name in ("play", "step", "step_back", "to_start", "to_end", "run_to_end", "reset"):
            a[name].triggered.connect(getattr(self, name))
        a["clear_gradients"].triggered.connect(self._on_clear_gradients)
        v.editor.program_changed.connect(self._on_program_changed)
        v.parameters.experiment_changed.connect(self.edit)
        v.settings.experiment_changed.connect(self.edit)
        v.notes.experiment_changed.connect(self._on_noted)
        v.transport.speed_changed.connect(self._player.set_speed)
        v.transport.device_chosen.connect(self._on_device_chosen)
        for view in (v.transport, v.timeline, v.loss, v.descent):
            view.step_chosen.connect(self.jump)
        v.descent.landscape_wanted.connect(self._on_landscape_wanted)
        v.graph.layout_options_changed.connect(self._ask_graph)

    # What is open

    def open(self, experiment: Experiment) -> None:
        """Show another experiment, at its start. Where it comes from is the business of the caller."""
        self.session.open(experiment, None)
        self._link.clear("")
        self._views.editor.set_program(experiment.program)
        self._check_program()
        self.session.saved = self.session.experiment
        self._show_experiment()
        self._restart()

    def edit(self, experiment: Experiment) -> None:
        """The experiment has been changed in a form: the run begins anew, unless only its end has moved."""
        before = self.session.experiment
        if experiment == before:
            return
        self.session.experiment = experiment
        self._show_experiment()
        if replace(before, run=replace(before.run, steps=experiment.run.steps)) == experiment:
            self.session.replan()
            self._grown = True
            self._show_state()
        else:
            self._restart()

    def _on_program_changed(self, text: str) -> None:
        before = self.session.experiment.program
        if text == before:
            return
        self.session.experiment = replace(self.session.experiment, program=text)
        if same_meaning(text, before) and self.session.status is not Status.FAILED:
            self.experiment_replaced.emit()
            return
        self._check_program()
        self._show_experiment()
        self._restart()

    def _on_noted(self, experiment: Experiment) -> None:
        """Title and notes do not touch the run."""
        noted = replace(self.session.experiment, title=experiment.title, notes=experiment.notes)
        self.session.experiment = noted
        self.experiment_replaced.emit()

    def _on_clear_gradients(self, on: bool) -> None:
        experiment = self.session.experiment
        self.edit(replace(experiment, run=replace(experiment.run, clear_gradients=on)))

    def _on_device_chosen(self, device: str) -> None:
        experiment = self.session.experiment
        self.edit(replace(experiment, run=replace(experiment.run, device=device)))

    def _check_program(self) -> None:
        """Mark what is wrong in the text; names that are used but not defined become parameters."""
        experiment = self.session.experiment
        touched = [spec.name for spec in experiment.parameters if spec != ParameterSpec(spec.name)]
        checked = check(experiment.program, self._words, touched)
        self._syntax = checked.faults if experiment.program.strip() else ()
        self._views.editor.set_faults(self._syntax)
        if self._words is not None and not checked.faults:
            self.session.experiment = experiment.using((*touched, *checked.free_names))

    def _show_experiment(self) -> None:
        experiment, v = self.session.experiment, self._views
        v.editor.set_parameters([spec.name for spec in experiment.parameters])
        for view in (v.parameters, v.settings, v.step, v.notes, v.descent):
            view.set_experiment(experiment)
        v.transport.set_device(experiment.run.device)
        v.actions["clear_gradients"].setChecked(experiment.run.clear_gradients)
        self.experiment_replaced.emit()

    # The run

    def play(self) -> None:
        """Play or pause."""
        self._player.toggle()
        self._show_state()

    def pause(self) -> None:
        """Wait where it is."""
        self._player.pause()
        self._show_state()

    def run_to_end(self) -> None:
        """Take all planned steps as fast as it goes."""
        self._views.editor.flush()
        self._player.run_to_end()
        self._show_state()

    def step(self) -> None:
        """One step forward."""
        self._player.step()
        self._follow()

    def step_back(self) -> None:
        """One recorded step back."""
        self._player.step_back()
        self._follow()

    def to_start(self) -> None:
        """Show step 0."""
        self._player.pause()
        self.jump(0)

    def to_end(self) -> None:
        """Show the newest step, and follow the run."""
        self.jump(self.session.last)

    def jump(self, step: int) -> None:
        """Show the recorded step nearest to ``step``."""
        self._player.jump(step)
        self._follow()

    def _follow(self) -> None:
        self._moved = True
        self._show_state()

    def reset(self) -> None:
        """Forget the run and evaluate the start again."""
        self._restart()

    def _restart(self) -> None:
        """Give the run up and evaluate step 0 of what the experiment is now."""
        self._player.pause()
        experiment, v = self.session.experiment, self._views
        empty = not experiment.program.strip()
        if self._syntax or empty:
            self._runner.stop()
            self.session.reset(-1)
            if self._syntax:
                self.session.status, self.session.fault = Status.FAILED, self._syntax[0]
        else:
            stop, engine = StopFlag(), self._engine
            self.session.reset(
                self._runner.start(lambda run: engine.descend(experiment, run, stop), stop.set)
            )
        v.loss.set_history(None)
        v.descent.set_history(None)
        v.timeline.set_marks({})
        if empty:
            self._link.clear(EMPTY)
        elif self._syntax:
            self._link.outdated("The objective cannot be read.")
        self._grown = self._moved = True
        self._show_state()

    # Every frame

    def _on_frame(self) -> None:
        while self._mailbox:
            item = self._mailbox.popleft()
            if isinstance(item, Answer):
                self._on_answer(item)
            else:
                self._on_event(item)
        if self._player.replaying and self._player.tick():
            self._follow()
        if self._grown or self._moved:
            self._paint()
        if self.devices and self._rubbish.due(1.0):
            # The collector is off in the threads, where it would delete widgets: see app.py. Not before torch has been
            # loaded and set aside, though: looking through all of it takes long enough to be seen.
            gc.collect(1)

    def _on_event(self, event: Event) -> None:
        status, history, v = self.session.status, self.session.history, self._views
        if not self.session.apply(event):
            return
        if self.session.history is not history:
            v.loss.set_history(self.session.history)
            v.descent.set_history(self.session.history)
        self._grown = self._moved = True
        if self.session.status is status:
            return
        if self.session.status is Status.FAILED and self.session.fault is not None:
            v.editor.set_faults((self.session.fault,))
            v.descent.set_landscape(None)
            self._link.outdated(self.session.fault.message)
        elif self.session.status is Status.DIVERGED:
            v.timeline.set_marks({self.session.last: self.session.message})
        self._show_state()

    def _on_answer(self, answer: Answer) -> None:
        if not self._asker.is_current(answer):
            return
        if answer.key == GRAPH:
            self._link.take(answer)
        elif isinstance(answer.value, Landscape):
            self._views.descent.set_landscape(answer.value)
        elif isinstance(answer.value, Ready):
            self._on_ready(answer.value)
        elif answer.key == WARM_UP and answer.fault is not None:
            self._views.window.show_fault(answer.fault)

    def _on_ready(self, ready: Ready) -> None:
        gc.freeze()  # what torch has loaded stays for good: the collector need not look at it again
        self._words, self.devices = ready.words, ready.devices
        self._views.editor.set_words(ready.words)
        self._views.transport.set_devices(ready.devices)
        self._views.transport.set_device(self.session.experiment.run.device)
        before = self.session.experiment
        self._check_program()
        if self.session.experiment != before or self._syntax:
            if self.session.saved == before:
                self.session.saved = self.session.experiment
            self._show_experiment()
            self._restart()
        self._show_state()

    def _paint(self) -> None:
        """Hand the views what has changed, at a rate that leaves the run its speed."""
        session, v = self.session, self._views
        hurried = self._player.hurried and session.status is Status.RUNNING
        if self._grown and self._plots.due(PLOTS_WHEN_HURRIED if hurried else 0):
            self._grown = False
            v.loss.refresh()
            v.descent.refresh()
            for bar in (v.timeline, v.transport):
                bar.set_range(session.last, session.experiment.run.steps)
        if self._moved and self._steps.due(STEP_WHEN_HURRIED if hurried else 0):
            self._moved = False
            for view in (v.loss, v.descent, v.timeline, v.transport):
                view.set_step(session.cursor)
            self._show_numbers()
            self._ask_graph()

    def _show_numbers(self) -> None:
        session, v = self.session, self._views
        numbers = session.at_cursor()
        v.step.set_numbers(numbers)
        if numbers is None:
            v.parameters.set_step(None, None, None)
        else:
            split = session.experiment.split_row
            update = None if numbers.update is None else split(numbers.update)
            v.parameters.set_step(split(numbers.parameters), split(numbers.gradients), update)
        rate = self._rate.of(session.last, session.status is Status.RUNNING)
        device = session.device or session.experiment.run.device
        v.window.set_facts(device.upper(), f"step {session.cursor:,}", rate)

    def _ask_graph(self) -> None:
        numbers = self.session.at_cursor()
        if numbers is not None:
            self._link.ask(self.session.experiment, numbers)

    def _on_landscape_wanted(self, axes: tuple[Axis, ...]) -> None:
        experiment, engine, numbers = self.session.experiment, self._engine, self.session.at_cursor()
        if self._syntax:
            return
        row = None if numbers is None else numbers.parameters
        self._asker.ask(LANDSCAPE, lambda cancelled: engine.landscape(experiment, row, axes, cancelled))

    def _show_state(self) -> None:
        """The badge, and in words what has gone wrong."""
        session, v = self.session, self._views
        if self._words is None:
            v.transport.set_state("warming")
        elif self._player.replaying:
            v.transport.set_state("running", "Playing the record")
        else:
            v.transport.set_state(STATES[session.status])
        if session.status is Status.FAILED and session.fault is not None and session.fault.span is None:
            v.window.show_fault(session.fault)  # what has a place in the text is told there
        elif session.status is Status.DIVERGED:
            v.window.show_fault(Fault(session.message, hint=DIVERGED_HINT), warning=True)
        else:
            v.window.hide_fault()
