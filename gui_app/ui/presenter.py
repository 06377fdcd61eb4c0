"""Between the laboratory's state and its views: intents go in, the same step k comes out in every view.

The presenter owns the session, the thread that runs and the thread that answers questions. Views emit
intents; once a frame it drains the mailbox, lets the session take in what has happened, and hands each view what it
has to paint. How often a view is painted depends on what it costs and on how fast the run goes.
"""

from __future__ import annotations

import gc
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from gui_app.core.branch import Branch
from gui_app.core.events import Event
from gui_app.core.experiment import Experiment
from gui_app.core.graph import Graph
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.precedence import WINDOW
from gui_app.core.runner import Answer, Asker, Runner
from gui_app.core.session import Session, Status
from gui_app.language.meaning import same_meaning
from gui_app.language.names import Words
from gui_app.ui.data.link import DataLink
from gui_app.ui.display import Display
from gui_app.ui.engine import Engine, Ready
from gui_app.ui.graph.link import QUESTION as GRAPH
from gui_app.ui.graph.link import GraphLink
from gui_app.ui.inbox import Inbox
from gui_app.ui.lens_link import LensLink
from gui_app.ui.program_link import ProgramLink
from gui_app.ui.runs import Runs
from gui_app.ui.transport.player import Player
from gui_app.ui.transport.pulse import Pulse
from gui_app.ui.views import Views

FRAME_MS = 16
WARM_UP, LANDSCAPE = "warm up", "landscape"
EMPTY = "Type an objective to see its graph."
ASLEEP = "Nothing of this file has been run. Play or step to begin."


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
        self._studies = Asker(self._mailbox, "studies")
        self._player = Player(self.session, self._runner, lambda: views.transport.speed)
        self._runs = Runs(self.session, self._player, self._runner, engine)
        self._link = GraphLink(views, self._asker, engine)
        self._program = ProgramLink(views, self.session)
        self._lenses = LensLink(views.lenses, self.session, self._asker, self._studies, engine)
        self.data = DataLink(views.model, self.session, self._mailbox, self.edit)
        self._display = Display(views, self.session, self._player, self._link, self._lenses)
        self._inbox = Inbox(
            self._mailbox, views, self.session, self._display, self._program, self._link, self._show_state
        )
        self._answers: deque[Answer] = deque()
        """What has come and is not yet shown."""
        self.devices: tuple[str, ...] = ()
        """Where the engine can compute; empty until it is warm."""
        self._asleep = False
        """What is open comes from a file: it is not evaluated before somebody asks for it."""
        self._rubbish = Pulse()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        self._connect()

    @property
    def graph(self) -> Graph | None:
        """The graph on the screen."""
        return self._link.graph

    @property
    def words(self) -> Words | None:
        """The vocabulary; ``None`` until the engine is warm."""
        return self._program.words

    def start(self) -> None:
        """Begin to drain the mailbox and to warm the engine up."""
        self._show_state()
        self._asker.ask(WARM_UP, lambda _cancelled: self._engine.warm_up())
        self._timer.start()

    def close(self) -> bool:
        """Stop everything; True if all threads have ended."""
        self._timer.stop()
        ended = self._runner.close()
        ended = self._asker.close() and ended
        ended = self._studies.close() and ended
        ended = self.data.close() and ended
        if ended:
            self._engine.close()
        return ended

    def _connect(self) -> None:
        v, a = self._views, self._views.actions
        for name in ("play", "step", "step_back", "to_start", "to_end", "run_to_end", "reset"):
            a[name].triggered.connect(getattr(self, name))
        a["loop_in"].triggered.connect(v.timeline.loop_from_here)
        a["loop_out"].triggered.connect(v.timeline.loop_to_here)
        a["clear_loop"].triggered.connect(v.timeline.clear_loop)
        a["clear_gradients"].triggered.connect(self._on_clear_gradients)
        v.editor.program_changed.connect(self._on_program_changed)
        v.parameters.experiment_changed.connect(self.edit)
        v.settings.experiment_changed.connect(self.edit)
        v.notes.experiment_changed.connect(self._on_noted)
        v.transport.speed_changed.connect(self._player.set_speed)
        v.transport.device_chosen.connect(self._on_device_chosen)
        for view in (v.transport, v.timeline, v.loss, v.descent, v.console):
            view.step_chosen.connect(self.jump)
        for view in (v.timeline, v.loss):
            view.branch_chosen.connect(self._on_branch_chosen)
        for lens in v.lenses.values():
            lens.experiment_edited.connect(self.edit)
            lens.step_chosen.connect(self.jump)
            lens.branch_chosen.connect(self._on_branch_chosen)
            lens.branches_made.connect(self._on_branches_made)
            lens.branches_dropped.connect(self._on_branches_dropped)
        v.timeline.loop_chosen.connect(self._player.loop)
        v.descent.start_dragged.connect(self._on_start_dragged)
        v.descent.landscape_wanted.connect(self._on_landscape_wanted)

    # What is open

    def open(self, experiment: Experiment, asleep: bool = False) -> None:
        """Show another experiment, at its start; ``asleep``, without evaluating it until the user begins."""
        self._asleep = asleep
        self.data.forget()
        self.session.open(experiment, None)
        self._link.clear("")
        self._views.editor.open_program(experiment.program)
        self._program.read()
        self.session.saved = self.session.experiment
        self._show_experiment()
        self._restart()

    def edit(self, experiment: Experiment) -> None:
        """The experiment has been changed in a form.

        The run begins anew, unless only its end or the optimizer has changed: then it goes on, or another branch does.
        """
        before = self.session.experiment
        experiment = self._program.write(experiment)
        if experiment == before:
            return
        self._asleep = False
        self.session.experiment = experiment
        if (experiment.program, experiment.data) != (before.program, before.data):
            self._program.read()
        self._show_experiment()
        if replace(before, run=replace(before.run, steps=experiment.run.steps)) == experiment:
            self.session.replan()
            self._display.grown()
            self._show_state()
        elif not self._changes_course(before):
            self._restart()

    def _changes_course(self, before: Experiment) -> bool:
        """Whether only the optimizer has changed, and the run goes on with it or another branch does."""
        now = self.session.experiment
        only = replace(before, optimizer=now.optimizer) == now and self.session.can_branch
        if not only or not self._runs.optimizer_changed(before.optimizer):
            return False
        self._display.renewed()
        self._show_state()
        return True

    def _on_branch_chosen(self, number: int) -> None:
        """Show another branch, with its settings."""
        if self._runs.switch(number):
            self._show_experiment()
            self._display.renewed()
            self._show_state()

    def _on_branches_made(self, branches: Sequence[Branch]) -> None:
        """Records that were made to be compared stand beside the one that is shown."""
        self.session.adopt(branches)
        self._display.renewed()

    def _on_branches_dropped(self, numbers: set[int]) -> None:
        self.session.drop(numbers)
        self._display.renewed()

    def _on_program_changed(self, text: str) -> None:
        before = self.session.experiment.program
        if text == before:
            return
        if same_meaning(text, before) and self.session.status is not Status.FAILED:
            self.session.experiment = replace(self.session.experiment, program=text)
            self.experiment_replaced.emit()
            return
        self.session.experiment = self.data.typed(self.session.experiment, text)
        self._asleep = False
        self._program.read()
        self._show_experiment()
        self._restart()

    def _on_start_dragged(self, values: Mapping[int, float]) -> None:
        """The start stands somewhere else in the plot: elements by their column."""
        self.edit(self.session.experiment.started_at(values))

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

    def _show_experiment(self) -> None:
        self._program.show()
        self.data.show()
        self.experiment_replaced.emit()

    # The run

    def play(self) -> None:
        """Play or pause."""
        if self._woken():
            self._player.begin(self._views.transport.speed)
        else:
            self._player.toggle()
        self._show_state()

    def pause(self) -> None:
        """Wait where it is."""
        self._player.pause()
        self._show_state()

    def run_to_end(self) -> None:
        """Take all planned steps as fast as it goes."""
        self._views.editor.flush()
        if self._woken():
            self._player.begin(math.inf)
        else:
            self._player.run_to_end()
        self._show_state()

    def step(self) -> None:
        """One step forward; of what has not been evaluated yet, its start."""
        if not self._woken():
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
        self._display.moved()
        self._show_state()

    def reset(self) -> None:
        """Forget the run and evaluate the start again."""
        self._asleep = False
        self._restart()

    def _woken(self) -> bool:
        """Whether what came from a file is evaluated from now on, and was not before."""
        if not self._asleep or self._program.faults:
            return False
        self.reset()
        return True

    def _restart(self) -> None:
        """Give the run up and evaluate step 0 of what the experiment is now."""
        empty = not self.session.experiment.program.strip()
        faults = self._program.faults
        if faults or empty or self._asleep:
            self._runs.give_up()
            if faults:
                self.session.status, self.session.fault = Status.FAILED, faults[0]
        else:
            self._runs.begin()
        self._display.renewed()
        if self.session.is_script:
            self._program.show()  # not the leaves of the run before
        self._views.console.clear()
        if empty:
            self._link.clear(EMPTY)
        elif faults:
            self._link.outdated("The objective cannot be read.")
        elif self._asleep:
            self._link.clear(ASLEEP)
        self._display.grown()
        self._show_state()

    # Every frame

    def _on_frame(self) -> None:
        with WINDOW.taken():
            self._answers.extend(self._inbox.take())
            if self._player.replaying and self._player.tick():
                self._follow()
            if not self._take_answers():
                self._display.paint()
        if self.devices and self._rubbish.due(1.0):
            # The collector is off in the threads, where it would delete widgets: see app.py. Not before torch has been
            # loaded and set aside, though: looking through all of it takes long enough to be seen.
            gc.collect(1)

    def _take_answers(self) -> bool:
        """Hand on all answers; of a run at full speed one, and whether that is enough for a frame."""
        while self._answers:
            self._on_answer(self._answers.popleft())
            if self._display.hurried:
                return True
        return False

    def _on_answer(self, answer: Answer) -> None:
        if self._lenses.take(answer) or self.data.take(answer) or not self._asker.is_current(answer):
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
        self._program.words, self.devices = ready.words, ready.devices
        self._views.editor.set_words(ready.words)
        self._views.transport.set_devices(ready.devices)
        self._views.transport.set_device(self.session.experiment.run.device)
        before = self.session.experiment
        self._program.read()
        if self.session.experiment != before or self._program.faults or self.session.is_script:
            if self.session.saved == before:
                self.session.saved = self.session.experiment
            self._show_experiment()
            self._restart()
        self._show_state()

    def _on_landscape_wanted(self, axes: tuple[Axis, ...]) -> None:
        experiment, engine, numbers = self.session.experiment, self._engine, self.session.at_cursor()
        if self._program.faults or self.session.is_script:
            return
        step, row = (0, None) if numbers is None else (numbers.step, numbers.parameters)
        self._asker.ask(LANDSCAPE, lambda cancelled: engine.landscape(experiment, step, row, axes, cancelled))

    def _show_state(self) -> None:
        self._display.show_state(warming=self._program.words is None)
