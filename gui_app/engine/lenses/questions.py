"""Questions about one step of an experiment, whatever kind of program it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.fit import FitAsked
from gui_app.core.graph import Graph
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.question import Question
from gui_app.engine import vocabulary
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.answers import ANSWERS, OF_SCRIPTS
from gui_app.engine.lenses.graph import graph_at
from gui_app.engine.lenses.replay import Replay
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem
from gui_app.language.compiler import check
from gui_app.language.limits import StopFlag, Stopped

SECONDS = 10.0
"""Longest that a question may take before it is given up; a long one may take any time."""
PATIENCE = 0.05
"""Seconds until a long question that is no longer wanted ends the program that it evaluates."""

HINT = "Write the loss alone, as an objective."
NO_SURFACE = Fault("A script has no surface: only its own steps know its loss.", hint=HINT)
NOTHING_TRAINED = Fault("No parameter is trained.", hint="Let the last line depend on a parameter.")
OWN_STEPS = Fault("A script takes its steps itself: nobody else knows its loss.", hint=HINT)

Row = NDArray[np.floating]


class Questions:
    """Answers questions about one experiment after the other; what it has compiled serves the next one too.

    Every question raises ProgramError or EngineError where it has no answer, EngineError after SECONDS. Whoever has
    asked must ``close``.
    """

    def __init__(self) -> None:
        self._subject: tuple[Experiment, Problem | Replay] | None = None

    def graph(self, experiment: Experiment, step: int, row: Row | None, gradients: Row | None) -> Graph:
        """The autograd graph of step ``step``, with what is recorded there: rows (columns,); ``None``: the start."""
        with self._about(experiment) as subject:
            if isinstance(subject, Replay):
                return subject.graph(step)
            subject.step = step
            return graph_at(subject, row, gradients, saved=True)

    def landscape(
        self,
        experiment: Experiment,
        step: int,
        row: Row | None,
        axes: tuple[Axis, ...],
        cancelled: Callable[[], bool],
    ) -> Landscape:
        """The objective on the grid of one or two axes, through the recorded row (columns,) of step ``step``."""
        with self._about(experiment) as subject:
            if isinstance(subject, Replay):
                raise EngineError(NO_SURFACE)
            subject.step = step
            return landscape_at(subject, row, axes, cancelled)

    def answer(self, question: Question, cancelled: Callable[[], bool]) -> object:
        """What ``ANSWERS`` has for that question; of a long one, a generator of the answer's parts."""
        if question.is_long:
            return self._parts(question, cancelled)
        with self._about(question.experiment) as subject:
            return _answered(subject, question, cancelled)

    def _parts(self, question: Question, cancelled: Callable[[], bool]) -> Generator[object, None, None]:
        subject = _subject(question.experiment, traced=False)
        try:
            with _ended_by(cancelled, subject.stop):
                found = _answered(subject, question, cancelled)
                if isinstance(found, Iterator):
                    yield from found
                else:
                    yield found
        except Stopped as stopped:
            if not cancelled():
                raise EngineError(Fault(stopped.reason, hint=stopped.hint)) from stopped
        finally:
            if isinstance(subject, Replay):
                subject.close()

    def close(self) -> None:
        """Forget what was compiled, and end its thread."""
        if self._subject is not None and isinstance(self._subject[1], Replay):
            self._subject[1].close()
        self._subject = None

    @contextmanager
    def _about(self, experiment: Experiment) -> Iterator[Problem | Replay]:
        """What answers for that experiment, for a limited time."""
        if self._subject is None or self._subject[0] is not experiment:
            self.close()
            self._subject = experiment, _subject(experiment)
        subject = self._subject[1]
        try:
            with subject.stop.within(SECONDS):
                yield subject
        except Stopped as stopped:
            raise EngineError(Fault(stopped.reason, hint="Let the program do less.")) from stopped


def _subject(experiment: Experiment, traced: bool = True) -> Problem | Replay:
    if check(experiment.program, vocabulary.words()).kind == "script":
        return Replay(experiment, StopFlag(memory_mib=experiment.run.memory))
    return Problem(experiment, traced=traced)


def _answered(subject: Problem | Replay, question: Question, cancelled: Callable[[], bool]) -> object:
    table = OF_SCRIPTS if isinstance(subject, Replay) else ANSWERS
    if type(question) not in table:
        raise EngineError(OWN_STEPS)
    if isinstance(subject, Problem) and not subject.columns and type(question) is not FitAsked:
        raise EngineError(NOTHING_TRAINED)
    return table[type(question)](subject, question, cancelled)


@contextmanager
def _ended_by(cancelled: Callable[[], bool], stop: StopFlag) -> Iterator[None]:
    """Raise the stop flag as soon as the answer is no longer wanted."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(PATIENCE):
            if cancelled():
                stop.set()
                return

    watcher = threading.Thread(target=watch, name="patience", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
