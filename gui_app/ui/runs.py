"""Starts the session's runs: from the start, or going on from a recorded step in another branch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.frames import Resume
from gui_app.core.runner import Runner
from gui_app.core.session import Session, Status, resume_of
from gui_app.language.limits import StopFlag
from gui_app.ui.engine import Engine
from gui_app.ui.transport.player import Player


class Runs:
    """One at a time: the one before is stopped."""

    def __init__(self, session: Session, player: Player, runner: Runner, engine: Engine) -> None:
        self._session, self._player, self._runner, self._engine = session, player, runner, engine

    def begin(self) -> None:
        """Evaluate step 0 of the session's experiment, and wait there."""
        self._player.pause()
        self._session.reset(self._start(None))

    def give_up(self) -> None:
        """There is no run."""
        self._player.pause()
        self._runner.stop()
        self._session.reset(-1)

    def optimizer_changed(self, before: OptimizerSpec) -> bool:
        """At the newest step the run goes on with other settings; from an earlier one, or at its end, a branch does.

        False where nothing has been run yet that could go on.
        """
        session, after = self._session, self._session.experiment.optimizer
        if session.last == 0:
            return False
        if session.at_end and session.status in (Status.RUNNING, Status.PAUSED, Status.IDLE):
            self._runner.change(after)
        else:
            step = 0 if session.at_end else session.cursor
            self._go_on(session.resume(step), lambda run: session.fork(run, step, before, after))
        return True

    def switch(self, number: int) -> bool:
        """Show another branch, with its settings; False if there is none of that number."""
        session, current = self._session, self._session.experiment.optimizer
        chosen = next((branch for branch in session.branches if branch.number == number), None)
        if chosen is None:
            return False
        session.experiment = replace(session.experiment, optimizer=chosen.optimizer)
        newest = resume_of(chosen.history, chosen.history.last)
        self._go_on(newest, lambda run: session.switch(chosen, run, current))
        return True

    def _go_on(self, resume: Resume, enter: Callable[[int], None]) -> None:
        """Start a run that goes on from a recorded step; ``enter`` makes the session expect it."""
        self._player.pause()
        enter(self._start(resume))

    def _start(self, resume: Resume | None) -> int:
        engine, experiment = self._engine, self._session.experiment
        stop = StopFlag(memory_mib=experiment.run.memory)
        return self._runner.start(lambda run: engine.descend(experiment, run, stop, resume), stop.set)
