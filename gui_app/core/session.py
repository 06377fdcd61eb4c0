"""What is open, and at which step: the one place where the state of the laboratory changes.

Views read it; they never write to it. Events of the engine come in through ``apply``, wishes of the user
through the verbs; neither knows of the other side.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gui_app.core.branch import FIRST, Branch
from gui_app.core.columns import recorded
from gui_app.core.console import Console
from gui_app.core.events import (
    Changed,
    Diverged,
    Evaluated,
    Event,
    Failed,
    Finished,
    Paused,
    Started,
    StepsTaken,
    Stopped,
    Widened,
)
from gui_app.core.experiment import Experiment, OptimizerSpec, difference
from gui_app.core.fault import Fault
from gui_app.core.frames import Resume
from gui_app.core.history import History
from gui_app.core.moment import Moment


class Status(Enum):
    """What the run is doing."""

    IDLE = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"


MOST_BRANCHES = 15
"""Besides the one that is shown; the oldest goes first."""


class Session:
    """An open experiment, the record of its run, and the step k that every view shows."""

    def __init__(self) -> None:
        self.experiment = Experiment()
        self.saved = self.experiment
        self.path: Path | None = None
        self.run = 0
        """Number of the run whose events count; those of any other are stale."""
        self.status = Status.IDLE
        self.message = ""
        self.history: History | None = None
        self.fault: Fault | None = None
        self.cursor = 0
        self.branches: tuple[Branch, ...] = ()
        """What else was recorded of this experiment; the branch that is shown is not among them."""
        self.branch = Branch(0, History((), "float64"), 0, FIRST)
        """Number, start and label of the branch that is shown; its record is ``history``."""
        self.is_script = False
        """The program takes its steps itself; how many, nobody knows before."""
        self.console = Console()
        self.device = ""
        self.seconds = 0.0
        """Time spent in the loop of this run."""
        self._shown: tuple[object, Experiment] | None = None
        self._expected = 0
        """The step that a run which goes on from there reports first."""

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost by closing."""
        return self.experiment != self.saved

    @property
    def planned(self) -> int:
        """The step at which the run ends, as far as that is known."""
        if not self.is_script:
            return self.experiment.run.steps
        return self.last if self.status is Status.FINISHED else self.last + 1

    @property
    def shown(self) -> Experiment:
        """The experiment with the parameters that rows are made of: a script's are its leaves, once they are known."""
        if not self.is_script or self.history is None or self.last < 0:
            return self.experiment
        key = self.experiment, self.history.columns
        if self._shown is None or self._shown[0] != key:
            known = self.experiment.parameters
            leaves = recorded(self.history.columns, self.history.parameters(0), known)
            self._shown = key, replace(self.experiment, parameters=leaves)
        return self._shown[1]

    @property
    def last(self) -> int:
        """The newest recorded step; -1 before the start has been evaluated."""
        return -1 if self.history is None else self.history.last

    @property
    def at_end(self) -> bool:
        """Whether the cursor shows the newest step, and so moves along with the run."""
        return self.cursor >= self.last

    def open(self, experiment: Experiment, path: Path | None) -> None:
        """Begin with another experiment."""
        self.experiment = self.saved = experiment
        self.path = path
        self.reset(0)

    def mark_saved(self, path: Path) -> None:
        """What is open now is what is on disk."""
        self.saved = self.experiment
        self.path = path

    def reset(self, run: int) -> None:
        """Forget the record; events of run ``run`` count from now on."""
        self._begin_run(run)
        self.history, self.cursor = None, 0
        self.branches, self.branch = (), replace(self.branch, number=0, start=0, label=FIRST, tally=None)

    def _begin_run(self, run: int) -> None:
        self.run = run
        self.status, self.message, self.fault = Status.IDLE, "", None
        self.console = Console()
        self.seconds = 0.0

    @property
    def can_branch(self) -> bool:
        """Whether a run can go on from the step shown with other settings."""
        return self.history is not None and self.last >= 0 and not self.is_script

    def resume(self, step: int) -> Resume:
        """What a run needs to go on from a recorded step of the branch that is shown."""
        assert self.history is not None
        return resume_of(self.history, step)

    def fork(self, run: int, step: int, before: OptimizerSpec, after: OptimizerSpec) -> None:
        """Go on from ``step`` in run ``run`` with other settings; what was recorded stays as a branch."""
        assert self.history is not None
        self._keep(before)
        number = 1 + max(branch.number for branch in self.branches)
        label = difference(before, after)
        self.branch = replace(self.branch, number=number, start=step, label=label, tally=None)
        self._go_on(run, self.history, step)

    def switch(self, chosen: Branch, run: int, current: OptimizerSpec) -> None:
        """Show that branch, at its newest step, to be gone on with by run ``run``; ``current``: the settings now."""
        self._keep(current)
        self.branches = tuple(branch for branch in self.branches if branch is not chosen)
        self.branch = chosen
        self._go_on(run, chosen.history, chosen.history.last)

    def adopt(self, branches: Sequence[Branch]) -> None:
        """Further records of this experiment, to be seen beside the one that is shown; they get new numbers."""
        first = 1 + max((branch.number for branch in (*self.branches, self.branch)), default=0)
        numbered = tuple(replace(branch, number=first + at) for at, branch in enumerate(branches))
        self.branches = (*self.branches, *numbered)[-MOST_BRANCHES:]

    def drop(self, numbers: Container[int]) -> None:
        """Forget these branches."""
        self.branches = tuple(branch for branch in self.branches if branch.number not in numbers)

    @property
    def moment(self) -> Moment:
        """What is shown, for whoever asks about it."""
        return Moment(
            self.shown,
            self.history,
            self.cursor,
            self.branch,
            self.branches,
            self.is_script,
            self.message if self.status is Status.DIVERGED else "",
        )

    def _keep(self, optimizer: OptimizerSpec) -> None:
        """The branch that is shown becomes one of the others."""
        assert self.history is not None
        kept = replace(self.branch, history=self.history, optimizer=optimizer)
        self.branches = (*self.branches, kept)[-MOST_BRANCHES:]

    def _go_on(self, run: int, history: History, step: int) -> None:
        self._begin_run(run)
        self.history, self.cursor = history.before(step), step
        self._expected = step

    @property
    def _is_going_on(self) -> bool:
        """The record has a beginning already, which the run that has been started goes on with."""
        return self.history is not None and self.last + 1 == self._expected

    def begin(self) -> None:
        """The run has been asked to go on."""
        self.status, self.message = Status.RUNNING, ""

    def replan(self) -> None:
        """Another number of steps is asked for: a run that had finished can go on if there are more."""
        if self.status is Status.FINISHED and self.last < self.experiment.run.steps:
            self.status = Status.PAUSED

    def move(self, step: int) -> bool:
        """Show the recorded step nearest to ``step``; True if that is another one than before."""
        before = self.cursor
        self.cursor = 0 if self.history is None or self.last < 0 else self.history.nearest(step)
        return self.cursor != before

    def neighbour(self, direction: int) -> int:
        """The recorded step before (-1) or after (1) the cursor."""
        if self.history is None or self.last < 0:
            return 0
        return self.history.neighbour(self.cursor, direction)

    def apply(self, event: Event) -> bool:
        """Take in what has happened; False if the event belongs to a run that no longer counts."""
        if event.run != self.run:
            return False
        match event:
            case Started():
                if not self._is_going_on:
                    self.history = History(event.columns, event.dtype)
                self.device = event.device
            case Changed() if self.history is not None:
                self.history.changes[event.step] = event.optimizer
            case Widened() if self.history is not None:
                self.history.widen(event.columns)
            case StepsTaken():
                self._record(event)
            case Evaluated() if self.history is not None:
                self.history.add_metrics(event.step, event.metrics)
            case Diverged():
                self.status, self.fault = Status.DIVERGED, event.origin
                self.message = f"Stopped at step {event.step}: {event.what}."
                self.move(event.step)
            case Failed():
                self.status, self.fault = Status.FAILED, event.fault
                self.message = str(event.fault)
            case Finished():
                self.status, self.message = Status.FINISHED, ""
            case Paused() | Stopped():
                self.status, self.message = Status.PAUSED, ""
        return True

    def _record(self, event: StepsTaken) -> None:
        assert self.history is not None
        self.console.take(event.printed)
        follows = self.at_end
        self.history.extend(event.losses, event.parameters, event.gradients, event.frames)
        self.seconds += event.seconds
        if follows:
            self.cursor = max(self.last, 0)

    def at_cursor(self) -> StepNumbers | None:
        """The numbers of step k; ``None`` before there are any."""
        if self.history is None or self.last < self.cursor:
            return None
        k, following = self.cursor, self.history.neighbour(self.cursor, 1)
        now = self.history.parameters(k)
        update = self.history.parameters(following) - now if following == k + 1 else None
        return StepNumbers(k, float(self.history.losses[k]), now, self.history.gradients(k), update)


def resume_of(history: History, step: int) -> Resume:
    """What a run needs to go on from a step that has a row."""
    frame = history.frame(step)
    changes = {at: made for at, made in history.changes.items() if at <= step}
    return Resume(step, history.parameters(step if frame is None else frame.step), frame, changes)


@dataclass(frozen=True, slots=True, eq=False)
class StepNumbers:
    """Loss, parameters (columns,), gradients (columns,) and the update to step k + 1, if that is recorded."""

    step: int
    loss: float
    parameters: NDArray[np.floating]
    gradients: NDArray[np.floating]
    update: NDArray[np.floating] | None
