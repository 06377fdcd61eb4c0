"""Taking a run to its end here and now, without a window."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gui_app.core.console import Console
from gui_app.core.events import Diverged, Evaluated, Event, Failed, Finished, Started, StepsTaken, Widened
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.numbers import short
from gui_app.core.runner import Allowance

STRETCH = Allowance(seconds=0.1)
Row = NDArray[np.floating]
_REPORT_SECONDS = 0.2


@dataclass(slots=True)
class Record:
    """What has come of a run."""

    experiment: Experiment
    history: History = field(default_factory=lambda: History((), "float64"))
    console: Console = field(default_factory=Console)
    device: str = ""
    seconds: float = 0.0
    """Time in the loop alone."""
    stopped: str = "interrupted"
    """finished, diverged, failed or interrupted."""
    fault: Fault | None = None
    """Why it has not finished."""

    def take(self, event: Event) -> None:
        """Enter what has happened."""
        if isinstance(event, Started):
            self.history = History(event.columns, event.dtype)
            self.device = event.device
        elif isinstance(event, Widened):
            self.history.widen(event.columns)
        elif isinstance(event, StepsTaken):
            self.history.extend(event.losses, event.parameters, event.gradients)
            self.console.take(event.printed)
            self.seconds += event.seconds
        elif isinstance(event, Evaluated):
            self.history.add_metrics(event.step, event.metrics)
        elif isinstance(event, Diverged):
            self.stopped = "diverged"
            cause = str(event.origin or "Try a smaller learning rate or another start.")
            hint = cause[:1].upper() + cause[1:]
            self.fault = Fault(f"The run diverged at step {event.step}: {event.what}.", hint=hint)
        elif isinstance(event, Failed):
            self.stopped, self.fault = "failed", event.fault
        elif isinstance(event, Finished):
            self.stopped = "finished"


def record(experiment: Experiment, *, progress: bool = False) -> Record:
    """Run ``experiment`` to its end; Ctrl-C ends it early with what was recorded.

    ``progress`` tells about it on a terminal, on standard error.
    """
    import torch

    from gui_app.engine.descent import descend

    # As in the window: the same numbers, and on small tensors threads on every core only wait for each other.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    result = Record(experiment)
    line = Progress(experiment.run.steps) if progress and sys.stderr.isatty() else None
    run = descend(experiment)
    try:
        result.take(next(run))
        while True:
            result.take(run.send(STRETCH))
            if line is not None:
                line.show(result)
    except StopIteration:
        pass
    except KeyboardInterrupt:
        result.stopped = "interrupted"
        result.fault = Fault(f"Interrupted after step {max(result.history.last, 0)}.")
    finally:
        if line is not None:
            line.clear()
        run.close()
    return result


def rows_of(history: History, step: int) -> tuple[Row | None, Row | None]:
    """Parameters and gradients of a step; neither where the run has failed before the first."""
    return (None, None) if history.last < 0 else (history.parameters(step), history.gradients(step))


class Progress:
    """One line on the terminal, written over and over, gone at the end."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._due = time.monotonic() + _REPORT_SECONDS

    def show(self, result: Record) -> None:
        """Say how far it is, not more than a few times a second."""
        now = time.monotonic()
        if now < self._due or result.history.last < 0:
            return
        self._due = now + _REPORT_SECONDS
        history = result.history
        speed = history.last / result.seconds if result.seconds else 0.0
        text = f"step {history.last:,} of {self._steps:,} · loss {short(history.losses[-1])} · {speed:,.0f} steps/s"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def clear(self) -> None:
        """Leave nothing behind."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
