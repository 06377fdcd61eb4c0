"""One thread that runs, one thread that answers questions, one mailbox out.

Neither knows torch or Qt: a run is a generator of events that is sent allowances, a question is a function.
Whatever happens in a thread ends up in the mailbox as plain data, exceptions too.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gui_app.core.events import Changed, Diverged, Event, Failed, Finished, Paused, StepsTaken, Stopped
from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.precedence import WINDOW

T = TypeVar("T")
MOST_STEPS = 2**62


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of a run may be taken before it reports: so many steps or so many seconds, whichever is first."""

    steps: int = MOST_STEPS
    seconds: float = 0.015
    beyond: bool = False
    """Go on past the steps that the experiment asks for."""
    optimizer: OptimizerSpec | None = None
    """Other settings from the next step on. The run reports Changed, and goes on at the next ``send``."""


Run = Generator[Event, Allowance | None, None]
"""A run: each ``send`` takes some steps and yields what has happened."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of a question, or the fault it ended in."""

    key: str
    number: int
    """Number of the question: an answer with a smaller one than the newest question's is stale."""
    value: object = None
    fault: Fault | None = None


def internal_fault(error: BaseException) -> Fault:
    """An error that nobody foresaw, as something that can be shown."""
    return Fault(
        f"Something went wrong inside the program: {type(error).__name__}: {error}",
        hint="Your experiment is intact. Please report this with the details.",
        details="".join(traceback.format_exception(error)),
    )


STACK = 256 * 2**20
"""Bytes of stack, taken only as they are used. PyTorch 2.13 frees a graph that Python has looked at by recursion:
50,000 nodes end a process with the usual 8 MiB."""


def start_thread(name: str, work: Callable[[], None]) -> threading.Thread:
    """A daemon thread with a stack that deep graphs do not exhaust."""
    usual = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
    finally:
        threading.stack_size(usual)
    return thread


def on_deep_stack(work: Callable[[], T]) -> T:
    """What ``work`` returns or raises, done on a thread with a stack that deep graphs do not exhaust."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    start_thread("deep stack", run).join()
    if errors:
        raise errors[0]
    return results[0]


@dataclass(slots=True)
class _Job:
    """A run, and how to interrupt a step of it that does not end."""

    number: int
    make: Callable[[int], Run]
    interrupt: Callable[[], None]
    events: Run | None = None
    step: int = -1
    """The newest recorded step; -1 until the start has been evaluated, which nobody has to ask for."""
    over: bool = False
    finished: bool = False


@dataclass(slots=True)
class _Wishes:
    """What the thread has been asked for; guarded by the runner's condition."""

    job: _Job | None = None
    playing: bool = False
    until: int | None = None
    owed: int = 0
    beyond: bool = False
    pace: float | None = None
    closing: bool = False
    optimizer: OptimizerSpec | None = None
    """Settings that the run has not been told yet."""
    due: float = field(default_factory=time.monotonic)


class Runner:
    """Takes the steps of one run at a time, on its own thread.

    All methods return at once and may be called from any thread; what comes of them arrives in ``mailbox``.
    The last event of every run that has started is one of Finished, Diverged, Failed or Stopped. After Finished more
    steps can be asked for.
    """

    def __init__(self, mailbox: deque[Event | Answer]) -> None:
        self._mailbox = mailbox
        self._wishes = _Wishes()
        self._changed = threading.Condition()
        self._number = 0
        self._thread = start_thread("run", self._work)

    def start(self, make: Callable[[int], Run], interrupt: Callable[[], None]) -> int:
        """Set up a new run, paused before its first step; the old one is stopped. Returns its number."""
        with self._changed:
            self._interrupt_locked()
            self._number += 1
            self._wishes = _Wishes(job=_Job(self._number, make, interrupt), pace=self._wishes.pace)
            self._changed.notify()
            return self._number

    def play(self, until: int | None = None) -> None:
        """Go on to step ``until``; ``None``: to the end that the experiment asks for."""
        with self._changed:
            self._wishes.playing, self._wishes.until = True, until
            self._wishes.due = time.monotonic()
            self._changed.notify()

    def pause(self) -> None:
        """Wait after the step that is being taken."""
        with self._changed:
            was_running = self._wishes.playing
            self._wishes.playing, self._wishes.owed = False, 0
            job = self._wishes.job
            if was_running and job is not None:
                self._mailbox.append(Paused(job.number, job.step))

    def step(self, count: int = 1) -> None:
        """Take ``count`` more steps, also past the end that was asked for."""
        with self._changed:
            self._wishes.owed += count
            self._wishes.beyond = True
            self._changed.notify()

    def change(self, optimizer: OptimizerSpec) -> None:
        """Go on with these settings from the next step of the run on; the newest call before it counts."""
        with self._changed:
            self._wishes.optimizer = optimizer

    def set_pace(self, steps_per_second: float | None) -> None:
        """How fast to play; ``None``: as fast as it goes."""
        with self._changed:
            self._wishes.pace = steps_per_second
            self._wishes.due = time.monotonic()
            self._changed.notify()

    def stop(self) -> None:
        """End the run, within 250 ms even inside a loop of the program."""
        with self._changed:
            self._interrupt_locked()
            self._wishes = _Wishes(pace=self._wishes.pace)
            self._changed.notify()

    def close(self, timeout: float = 5.0) -> bool:
        """End the run and the thread; True if the thread has ended."""
        with self._changed:
            self._interrupt_locked()
            self._wishes = _Wishes(closing=True)
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _interrupt_locked(self) -> None:
        if self._wishes.job is not None:
            self._wishes.job.interrupt()

    def _work(self) -> None:
        job: _Job | None = None
        while True:
            with self._changed:
                allowance = None
                while not self._wishes.closing and self._wishes.job is job:
                    allowance, wait = self._allowance_locked(job)
                    if allowance is not None:
                        break
                    self._changed.wait(wait)
                wanted, closing = self._wishes.job, self._wishes.closing
            if wanted is not job or closing:
                self._end(job)
                job = wanted
                if closing:
                    return
                continue
            assert job is not None
            assert allowance is not None
            self._advance(job, allowance)

    def _allowance_locked(self, job: _Job | None) -> tuple[Allowance | None, float | None]:
        """What may be taken now; else how long to wait (``None``: until something changes)."""
        wishes = self._wishes
        if job is None or job.over:
            return None, None
        if job.step < 0:
            return Allowance(), None
        if wishes.owed:
            return self._granted_locked(wishes.owed, wishes.beyond), None
        if not wishes.playing:
            return None, None
        left = MOST_STEPS if wishes.until is None else wishes.until - job.step
        if left <= 0:
            wishes.playing, job.finished = False, True
            self._mailbox.append(Finished(job.number, job.step))
            return None, None
        now = time.monotonic()
        if wishes.pace is not None:
            if now < wishes.due:
                return None, wishes.due - now
            left = min(left, 1 + int((now - wishes.due) * wishes.pace))
            wishes.due = max(wishes.due + left / wishes.pace, now)
        return self._granted_locked(left, wishes.until is not None), None

    def _granted_locked(self, steps: int, beyond: bool) -> Allowance:
        """So many steps, with the settings that are to change before them."""
        optimizer, self._wishes.optimizer = self._wishes.optimizer, None
        return Allowance(steps, beyond=beyond, optimizer=optimizer)

    def _advance(self, job: _Job, allowance: Allowance) -> None:
        """Take one stretch of the run and post what it reports."""
        event: Event | None
        try:
            if job.events is None:
                job.events = job.make(job.number)
                event = next(job.events)
            else:
                event = job.events.send(allowance)
                if isinstance(event, Changed):
                    self._mailbox.append(event)
                    event = job.events.send(replace(allowance, optimizer=None))
        except StopIteration:  # after its last event, or because the program was interrupted
            if not job.over and not job.finished:
                self._mailbox.append(Stopped(job.number, job.step))
            job.over = True
            return
        except BaseException as error:  # the thread outlives whatever a run does
            job.over = True
            event = Failed(job.number, internal_fault(error))
        with self._changed:
            current = self._wishes.job is job
            if isinstance(event, StepsTaken):
                newest = event.first + len(event.losses) - 1
                taken, job.step = newest - max(job.step, 0), newest
                job.finished = False
                if current and self._wishes.owed:
                    self._wishes.owed = max(self._wishes.owed - taken, 0)
            elif isinstance(event, Finished | Diverged | Failed):
                job.finished = isinstance(event, Finished)
                job.over = not job.finished
                if current:
                    self._wishes.playing, self._wishes.owed, self._wishes.beyond = False, 0, False
            self._mailbox.append(event)

    def _end(self, job: _Job | None) -> None:
        """Close a run that is given up."""
        if job is None or job.events is None:
            return
        job.events.close()
        if not job.over and not job.finished:
            self._mailbox.append(Stopped(job.number, job.step))


class Asker:
    """Answers questions on its own thread, the newest of each kind only.

    ``ask`` returns at once; the Answer arrives in the mailbox. A question that is asked again before its turn
    replaces the old one; one under way can see through ``cancelled`` that it is no longer wanted. A question that
    gives an iterator is answered in parts: an Answer for each.
    """

    def __init__(self, mailbox: deque[Event | Answer], name: str = "lenses") -> None:
        self._mailbox = mailbox
        self._waiting: dict[str, tuple[int, Callable[[Callable[[], bool]], object]]] = {}
        self._newest: dict[str, int] = {}
        self._count = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = start_thread(name, self._work)

    def ask(self, key: str, question: Callable[[Callable[[], bool]], object]) -> int:
        """Ask ``question(cancelled)`` under ``key``; returns the number its Answer will carry."""
        with self._changed:
            self._count += 1
            self._newest[key] = self._count
            self._waiting.pop(key, None)
            self._waiting[key] = (self._count, question)
            self._changed.notify()
            return self._count

    def is_current(self, answer: Answer) -> bool:
        """Whether nothing newer of its kind has been asked."""
        return self._newest.get(answer.key) == answer.number

    def forget(self, key: str) -> None:
        """The answer to the newest question of that kind is no longer wanted."""
        with self._changed:
            self._waiting.pop(key, None)
            self._newest.pop(key, None)

    def close(self, timeout: float = 5.0) -> bool:
        """End the thread; True if it has ended."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            self._newest.clear()
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                key = next(iter(self._waiting))
                number, question = self._waiting.pop(key)
            self._answer(key, number, question)

    def _answer(self, key: str, number: int, question: Callable[[Callable[[], bool]], object]) -> None:
        def cancelled() -> bool:
            WINDOW.give_way()
            return self._closing or self._newest.get(key) != number

        def tell(answer: Answer) -> None:
            if not cancelled():
                self._mailbox.append(answer)

        try:
            value = question(cancelled)
            if not isinstance(value, Generator):
                tell(Answer(key, number, value))
                return
            with closing(value) as parts:
                for part in parts:
                    if cancelled():
                        return
                    tell(Answer(key, number, part))
        except BaseException as error:  # the thread outlives whatever a question does
            fault = getattr(error, "fault", None)
            tell(Answer(key, number, fault=fault if isinstance(fault, Fault) else internal_fault(error)))
