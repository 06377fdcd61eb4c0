"""What the window asks of the engine: the one thing that it knows about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment
from gui_app.core.frames import Resume
from gui_app.core.graph import Graph
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.question import Question
from gui_app.core.runner import Run
from gui_app.language.limits import StopFlag
from gui_app.language.names import Words

Row = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Ready:
    """What the engine tells once it is warm."""

    devices: tuple[str, ...]
    words: Words


class Engine(Protocol):
    """Every method is called from a thread of its own, never the GUI's."""

    def warm_up(self) -> Ready:
        """Load what takes long to load."""

    def descend(self, experiment: Experiment, run: int, stop: StopFlag, resume: Resume | None = None) -> Run:
        """The steps of an experiment, from its start or from where ``resume`` says."""

    def graph(self, experiment: Experiment, step: int, row: Row | None, gradients: Row | None) -> Graph:
        """The autograd graph of a step, with its recorded parameters and gradients; of a program that fails, a part."""

    def landscape(
        self,
        experiment: Experiment,
        step: int,
        row: Row | None,
        axes: tuple[Axis, ...],
        cancelled: Callable[[], bool],
    ) -> Landscape:
        """The objective on a grid through the recorded parameters of a step."""

    def answer(self, question: Question, cancelled: Callable[[], bool]) -> object:
        """The answer to a question, or a generator of its parts. Long questions come from a thread of their own."""

    def close(self) -> None:
        """Let go of everything; nothing is asked any more."""
