"""What is open, and at which step: the one place where the state of the laboratory changes.

Views read it; they never write to it. Events of the engine come in through ``apply``, wishes of the user
through the verbs; neither knows of the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gui_app.core.events import Diverged, Event, Failed, Finished, Paused, Started, StepsTaken, Stopped
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.history import History


class Status(Enum):
    """What the run is doing."""

    IDLE = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"


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
        self.device = ""
        self.seconds = 0.0
        """Time spent in the loop of this run."""

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost by closing."""
        return self.experiment != self.saved

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
        self.run = run
        self.status, self.message = Status.IDLE, ""
        self.history, self.fault = None, None
        self.cursor, self.seconds = 0, 0.0

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
                self.history = History(event.columns, event.dtype)
                self.device = event.device
            case StepsTaken():
                self._record(event)
            case Diverged():
                self.status = Status.DIVERGED
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
        follows = self.at_end
        self.history.extend(event.losses, event.parameters, event.gradients)
        self.seconds += event.seconds
        if follows:
            self.cursor = self.last

    def at_cursor(self) -> StepNumbers | None:
        """The numbers of step k; ``None`` before there are any."""
        if self.history is None or self.last < 0:
            return None
        k, following = self.cursor, self.history.neighbour(self.cursor, 1)
        now = self.history.parameters(k)
        update = self.history.parameters(following) - now if following == k + 1 else None
        return StepNumbers(k, float(self.history.losses[k]), now, self.history.gradients(k), update)


@dataclass(frozen=True, slots=True, eq=False)
class StepNumbers:
    """Loss, parameters (columns,), gradients (columns,) and the update to step k + 1, if that is recorded."""

    step: int
    loss: float
    parameters: NDArray[np.floating]
    gradients: NDArray[np.floating]
    update: NDArray[np.floating] | None
