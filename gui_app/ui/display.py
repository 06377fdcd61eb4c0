"""Hands the views what has changed, at a rate that leaves the run its speed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from gui_app.core.fault import Fault
from gui_app.core.moment import Moment
from gui_app.core.precedence import WINDOW
from gui_app.core.session import Session, Status, StepNumbers
from gui_app.ui.graph.link import GraphLink
from gui_app.ui.lens_link import LensLink
from gui_app.ui.transport.player import Player
from gui_app.ui.transport.pulse import Pulse, Rate, Thrift
from gui_app.ui.views import Views

PLOTS_WHEN_HURRIED = 1 / 15
"""Least seconds between two paintings of the growing curves of a run at full speed, and …"""
STEP_WHEN_HURRIED = 1 / 4
"""… between two steps that are shown meanwhile, each in every view."""
SHARE, PATIENCE = 0.1, 0.6
"""Of its time that the window may then take for itself: painting takes the interpreter, and a core, from the run. After
so many seconds it paints in any case."""
DIVERGED_HINT = "Try a smaller learning rate or another start; Reset begins again."
LATER = "The graph follows when the script pauses."
STATES: Mapping[Status, str] = {
    Status.IDLE: "ready",
    Status.RUNNING: "running",
    Status.PAUSED: "paused",
    Status.FINISHED: "finished",
    Status.DIVERGED: "diverged",
    Status.FAILED: "failed",
}


class Display:
    """Is told that the record has grown or that another step is shown; paints that when it is due."""

    def __init__(
        self, views: Views, session: Session, player: Player, link: GraphLink, lenses: LensLink
    ) -> None:
        self._views, self._session, self._player, self._link = views, session, player, link
        self._lenses = lenses
        self._grown = self._moved = self._at_once = False
        self._plots, self._steps, self._thrift = Pulse(), Pulse(), Thrift(SHARE, PATIENCE)
        self._due: dict[Callable[[], None], None] = {}
        """What is to be shown, in this order."""
        self._rate = Rate()

    def grown(self) -> None:
        """There are more steps, or others."""
        self._grown = self._moved = True

    def moved(self) -> None:
        """Somebody wants to see another step: now, however fast the run goes."""
        self._moved = self._at_once = True

    def renewed(self) -> None:
        """Another record is shown, or the same one with other branches beside it."""
        session, v = self._session, self._views
        for view in (v.loss, v.descent):
            view.set_history(session.history)
            view.set_branches(session.branches, session.branch)
        v.timeline.set_branches(session.branches, session.branch)
        v.timeline.set_marks({})
        self._due.clear()
        self.changed()
        self.grown()

    def changed(self) -> None:
        """Other settings count from some step on."""
        told = {} if self._session.history is None else self._session.history.changes_told()
        for view in (self._views.loss, self._views.timeline):
            view.set_changes(told)

    @property
    def hurried(self) -> bool:
        """Whether a run goes as fast as it can: then no frame may take long."""
        return self._player.hurried and self._session.status is Status.RUNNING

    def paint(self) -> None:
        """Paint what is due; of a run at full speed one thing a frame."""
        hurried = self.hurried
        if hurried and not (self._due or self._at_once or self._thrift.allows(WINDOW.spent)):
            return
        if self._grown and self._plots.due(PLOTS_WHEN_HURRIED if hurried else 0):
            self._grown = False
            self._due |= dict.fromkeys(
                (self._views.loss.refresh, self._views.descent.refresh, self._show_range)
            )
        if self._moved and (self._at_once or self._steps.due(STEP_WHEN_HURRIED if hurried else 0)):
            self._moved = self._at_once = False
            self._due |= {self._show_step: None}
        while self._due:
            show = next(iter(self._due))
            del self._due[show]
            show()
            if hurried:
                break

    def _show_range(self) -> None:
        session = self._session
        for bar in (self._views.timeline, self._views.transport):
            bar.set_range(session.last, max(session.last, 0) if session.is_script else session.planned)

    def _show_step(self) -> None:
        """The same step in every view, also where the run has gone on meanwhile."""
        session, v = self._session, self._views
        step, moment, numbers = session.cursor, session.moment, session.at_cursor()
        v.loss.set_step(step)
        v.descent.set_step(step)
        following = partial(self._show_numbers, step, numbers), partial(self._ask, moment, numbers)
        self._due |= dict.fromkeys(following)

    def _show_numbers(self, step: int, numbers: StepNumbers | None) -> None:
        session, v = self._session, self._views
        for view in (v.timeline, v.transport, v.console):
            view.set_step(step)
        if numbers is None:
            v.parameters.set_step(None, None, None)
        else:
            split = session.shown.split_row
            update = None if numbers.update is None else split(numbers.update)
            v.parameters.set_step(split(numbers.parameters), split(numbers.gradients), update)
        rate = self._rate.of(session.last, session.status is Status.RUNNING)
        device = session.device or session.experiment.run.device
        v.window.set_facts(device.upper(), f"step {step:,}", rate)

    def _ask(self, moment: Moment, numbers: StepNumbers | None) -> None:
        """What the lenses want to know of the step, and its graph; where the program fails there, what it has built."""
        self._lenses.show(moment)
        session = self._session
        if session.is_script and self._player.hurried and session.status is Status.RUNNING:
            self._views.graph.set_message(
                LATER
            )  # running a script again up to here takes longer than to here
        elif session.status is Status.FAILED and session.history is not None and session.at_end:
            self._link.ask(session.experiment, None, session.last + 1)
        elif numbers is not None:
            self._link.ask(session.experiment, numbers)

    def show_printed(self, before: int) -> None:
        """What the program has printed so far; the panel comes forward with the first line."""
        self._views.console.set_lines(self._session.console.lines)
        if not before:
            self._views.window.laboratory.bring_forward("console")

    def show_state(self, *, warming: bool = False) -> None:
        """The badge, and in words what has gone wrong."""
        session, v = self._session, self._views
        if warming:
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
