"""What the engine reports: frozen, plain data, each with the number of its run.

Arrays in events are never written again by the engine; whoever receives them may keep them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.frames import Frame


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened in the run of that number."""

    run: int


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A run is set up; its step 0 follows as the first StepsTaken."""

    columns: tuple[str, ...]
    """Names of the parameter elements, in the order of the rows' columns."""
    dtype: str
    """numpy dtype of rows."""
    device: str


@dataclass(frozen=True, slots=True)
class Widened(Event):
    """A script has come to a leaf that it had not used before: rows have these columns from here on."""

    columns: tuple[str, ...]
    """All columns, the earlier ones first."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A text that the program has printed while this step was the next to be recorded."""

    step: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class StepsTaken(Event):
    """Steps ``first`` … ``first + len(losses) - 1`` are recorded. Step 0 is the start, before any update."""

    first: int
    losses: NDArray[np.float64]
    parameters: NDArray[np.floating]
    """Shape (steps, columns): the parameters at each step."""
    gradients: NDArray[np.floating]
    """Shape (steps, columns): ``.grad`` at each step's parameters; NaN where there is no gradient."""
    seconds: float = 0.0
    """Time spent in the loop alone for these steps."""
    printed: tuple[Printed, ...] = ()
    """What the program has printed meanwhile; there may be nothing else in the event."""
    frames: tuple[Frame, ...] = ()
    """What going on from some of these steps needs besides their rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated(Event):
    """All rows of the data were evaluated at ``step``, which is reported right after this or was before."""

    step: int
    metrics: Mapping[str, float]
    """By name: ``training loss``, ``validation loss``, and of what the program calls ``y_hat`` also ``… accuracy`` of
    classes, ``… MSE``, ``… MAE`` and ``… R²`` of numbers. NaN where there is no such number."""
    confusion: NDArray[np.int64] | None = None
    """Rows (true class, predicted class) counted over the rows that were held out, or all if none were."""
    fault: Fault | None = None
    """Why there are no metrics, and will be none in this run."""


@dataclass(frozen=True, slots=True)
class Changed(Event):
    """Other settings: the update from ``step`` to the next and all that follow are made with these."""

    step: int
    optimizer: OptimizerSpec


@dataclass(frozen=True, slots=True)
class Diverged(Event):
    """NaN or Inf appeared; ``step`` is recorded, nothing after it."""

    step: int
    what: str
    """In words: ``the loss is inf``."""
    origin: Fault | None = None
    """Where in the program it appeared first, if that can be told."""


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The run waits."""

    step: int


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The run has taken all the steps it was asked for."""

    step: int


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    """The run was ended from outside: always the last event of a run that was neither finished nor failed."""

    step: int


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The run could not go on; nothing of it follows."""

    fault: Fault
