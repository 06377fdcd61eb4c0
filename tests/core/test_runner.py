"""The two threads: what goes in as a wish comes out as plain data, in order, exactly once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator

import numpy as np
import pytest

from gui_app.core.events import (
    Changed,
    Diverged,
    Event,
    Failed,
    Finished,
    Paused,
    Started,
    StepsTaken,
    Stopped,
)
from gui_app.core.experiment import OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.runner import Answer, Asker, Run, Runner

Mailbox = deque[Event | Answer]
WAIT = 10.0


def until(condition: Callable[[], object]) -> None:
    """Wait for a thread, bounded."""
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "the thread has not got there"
        time.sleep(0.001)


def taken(mailbox: Mailbox) -> int:
    """The newest step in the mailbox; -1 if there is none."""
    return max((e.first + len(e.losses) - 1 for e in list(mailbox) if isinstance(e, StepsTaken)), default=-1)


def counting(planned: int, trouble_at: int = -1) -> Callable[[int], Run]:
    """A run that counts: the loss at step k is k."""

    def make(run: int) -> Run:
        yield Started(run, ("x",), "float64", "cpu")
        step, event = 0, StepsTaken(run, 0, np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1)))
        while True:
            allowance = yield event
            if step == trouble_at:
                yield Diverged(run, step, "the loss is inf")
                return
            assert allowance is not None
            if step >= planned and not allowance.beyond:
                allowance = yield Finished(run, step)
                if allowance is None or not allowance.beyond:
                    return
            count = min(allowance.steps, 10, planned - step if not allowance.beyond else 10)
            rows = np.arange(step + 1, step + 1 + count, dtype=float)
            event = StepsTaken(run, step + 1, rows, rows[:, None], rows[:, None])
            step += count

    return make


def interrupted(stop: threading.Event) -> Callable[[int], Run]:
    """A run that ends inside a step, without an event, once it is interrupted."""

    def make(run: int) -> Run:
        yield Started(run, ("x",), "float64", "cpu")
        yield StepsTaken(run, 0, np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1)))
        stop.wait(WAIT)

    return make


@pytest.fixture
def mailbox() -> Mailbox:
    return deque()


@pytest.fixture
def runner(mailbox: Mailbox) -> Iterator[Runner]:
    made = Runner(mailbox)
    yield made
    assert made.close()


def steps_of(mailbox: Mailbox) -> list[float]:
    return [float(x) for e in mailbox if isinstance(e, StepsTaken) for x in e.losses]


def test_start_evaluates_the_start_and_waits(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(counting(100), lambda: None)
    until(lambda: len(mailbox) == 2)
    time.sleep(0.02)
    assert [type(e) for e in mailbox] == [Started, StepsTaken]
    assert steps_of(mailbox) == [0]


def test_play_takes_all_steps_once_in_order(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(counting(95), lambda: None)
    runner.play()
    until(lambda: any(isinstance(e, Finished) for e in list(mailbox)))
    assert steps_of(mailbox) == list(range(96))


def test_single_steps(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(counting(3), lambda: None)
    for _ in range(3):
        runner.step()
    until(lambda: taken(mailbox) == 3)
    assert steps_of(mailbox) == [0, 1, 2, 3]


def test_a_step_past_the_end_goes_beyond(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(counting(2), lambda: None)
    runner.play()
    until(lambda: any(isinstance(e, Finished) for e in list(mailbox)))
    runner.step()
    until(lambda: taken(mailbox) == 3)
    assert steps_of(mailbox) == [0, 1, 2, 3]


def test_pause_and_go_on(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(counting(10**9), lambda: None)
    runner.play()
    until(lambda: taken(mailbox) > 50)
    runner.pause()
    until(lambda: any(isinstance(e, Paused) for e in list(mailbox)))
    time.sleep(0.03)
    at = taken(mailbox)
    time.sleep(0.03)
    assert taken(mailbox) == at
    runner.play()
    until(lambda: taken(mailbox) > at)
    steps = steps_of(mailbox)
    assert steps == list(range(len(steps)))


def test_pace(runner: Runner, mailbox: Mailbox) -> None:
    runner.set_pace(50.0)
    runner.start(counting(10**9), lambda: None)
    begin = time.monotonic()
    runner.play()
    until(lambda: taken(mailbox) >= 10)
    assert time.monotonic() - begin > 0.1  # ten steps at fifty a second cannot be had at once
    assert taken(mailbox) < 100


def changing(run: int) -> Run:
    """A run that takes one step at a time and tells of each change before it."""
    yield Started(run, ("x",), "float64", "cpu")
    step = -1
    while True:
        step += 1
        rows = np.array([float(step)])
        allowance = yield StepsTaken(run, step, rows, rows[:, None], rows[:, None])
        assert allowance is not None
        if allowance.optimizer is not None:
            allowance = yield Changed(run, step, allowance.optimizer)
            assert allowance is not None
            assert allowance.optimizer is None
            assert allowance.steps >= 1


def test_a_change_is_told_once_and_the_step_follows(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(changing, lambda: None)
    runner.change(OptimizerSpec("Adam"))
    runner.change(OptimizerSpec("Rprop"))
    time.sleep(0.02)
    assert not [e for e in list(mailbox) if isinstance(e, Changed)]  # it waits for a step
    runner.step(2)
    until(lambda: taken(mailbox) == 2)
    assert [type(e) for e in mailbox] == [Started, StepsTaken, Changed, StepsTaken, StepsTaken]
    assert mailbox[2] == Changed(1, 0, OptimizerSpec("Rprop"))


def test_changes_do_not_hold_up_a_slow_run(runner: Runner, mailbox: Mailbox) -> None:
    runner.set_pace(50.0)
    runner.start(changing, lambda: None)
    runner.play(10**9)
    end = time.monotonic() + WAIT
    while taken(mailbox) < 5 and time.monotonic() < end:
        runner.change(OptimizerSpec("Adam"))
        time.sleep(0.002)
    assert taken(mailbox) >= 5


def test_a_change_dies_with_its_run(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(changing, lambda: None)
    runner.change(OptimizerSpec("Adam"))
    second = runner.start(changing, lambda: None)
    runner.step()
    until(lambda: any(e.run == second and isinstance(e, StepsTaken) and e.first == 1 for e in list(mailbox)))
    assert not [e for e in mailbox if isinstance(e, Changed)]


def test_a_new_run_stops_the_old_one(runner: Runner, mailbox: Mailbox) -> None:
    interrupted = threading.Event()
    first = runner.start(counting(10**9), interrupted.set)
    runner.play()
    until(lambda: taken(mailbox) > 20)
    second = runner.start(counting(5), lambda: None)
    until(lambda: any(isinstance(e, Started) and e.run == second for e in list(mailbox)))
    assert interrupted.is_set()
    of_first = [e for e in mailbox if e.run == first]
    assert isinstance(of_first[-1], Stopped)
    assert sum(isinstance(e, Stopped) for e in of_first) == 1


def test_an_exception_becomes_a_failure_and_the_thread_lives(runner: Runner, mailbox: Mailbox) -> None:
    def broken(run: int) -> Run:
        yield Started(run, (), "float64", "cpu")
        raise RuntimeError("shapes, perhaps")

    runner.start(broken, lambda: None)
    runner.play()
    until(lambda: any(isinstance(e, Failed) for e in list(mailbox)))
    failed = next(e for e in mailbox if isinstance(e, Failed))
    assert "shapes, perhaps" in failed.fault.message
    assert "Traceback" in failed.fault.details
    runner.start(counting(3), lambda: None)
    runner.play()
    until(lambda: any(isinstance(e, Finished) for e in list(mailbox)))


def test_divergence_ends_the_run(runner: Runner, mailbox: Mailbox) -> None:
    runner.start(counting(1000, trouble_at=40), lambda: None)
    runner.play()
    until(lambda: any(isinstance(e, Diverged) for e in list(mailbox)))
    runner.play()
    time.sleep(0.02)
    assert isinstance(mailbox[-1], Diverged)


def test_a_thousand_starts_and_stops(runner: Runner, mailbox: Mailbox) -> None:
    for _ in range(1000):
        runner.start(counting(10**9), lambda: None)
        runner.play()
    runner.stop()
    last = runner.start(counting(7), lambda: None)
    runner.play()
    until(lambda: any(isinstance(e, Finished) and e.run == last for e in list(mailbox)))
    ends = [e for e in mailbox if isinstance(e, Stopped)]
    assert len(ends) == len({e.run for e in ends})
    assert not [e for e in mailbox if isinstance(e, Failed)]


def test_answers_and_faults(mailbox: Mailbox) -> None:
    class Explained(Exception):  # noqa: N818
        fault = Fault("in plain words")

    def fails(_cancelled: Callable[[], bool]) -> object:
        raise Explained

    asker = Asker(mailbox)
    number = asker.ask("a", lambda _cancelled: 42)
    until(lambda: len(mailbox) == 1)
    assert mailbox[0] == Answer("a", number, 42)
    asker.ask("b", fails)
    until(lambda: len(mailbox) == 2)
    answer = mailbox[1]
    assert isinstance(answer, Answer)
    assert answer.fault == Fault("in plain words")
    assert asker.close()


def test_only_the_newest_question_counts(mailbox: Mailbox) -> None:
    asker, go = Asker(mailbox), threading.Event()
    seen: list[bool] = []

    def slow(cancelled: Callable[[], bool]) -> object:
        go.wait(WAIT)
        seen.append(cancelled())
        return "old"

    asker.ask("k", slow)
    for value in range(5):
        newest = asker.ask("k", lambda _cancelled, value=value: value)
    go.set()
    until(lambda: len(mailbox) == 1)
    assert seen in ([True], [])
    assert mailbox[0] == Answer("k", newest, 4)
    assert asker.close()


def test_an_answer_in_parts_arrives_part_by_part_and_a_fault_ends_it(mailbox: Mailbox) -> None:
    def parts(_cancelled: Callable[[], bool]) -> Generator[int, None, None]:
        yield 1
        yield 2
        raise RuntimeError("no third")

    asker = Asker(mailbox)
    number = asker.ask("p", parts)
    until(lambda: len(mailbox) == 3)
    assert list(mailbox)[:2] == [Answer("p", number, 1), Answer("p", number, 2)]
    assert isinstance(mailbox[2], Answer)
    assert "no third" in str(mailbox[2].fault)
    assert asker.close()


def test_parts_that_are_no_longer_wanted_are_closed(mailbox: Mailbox) -> None:
    go, closed = threading.Event(), threading.Event()

    def parts(_cancelled: Callable[[], bool]) -> Generator[int, None, None]:
        try:
            while True:
                yield 0
                go.wait(WAIT)
        finally:
            closed.set()

    asker = Asker(mailbox)
    asker.ask("p", parts)
    until(lambda: len(mailbox) == 1)
    asker.forget("p")
    go.set()
    assert closed.wait(WAIT)
    assert len(mailbox) == 1
    assert asker.close()


def test_a_run_that_is_interrupted_inside_a_step_has_stopped(runner: Runner, mailbox: Mailbox) -> None:
    interrupt = threading.Event()
    runner.start(interrupted(interrupt), interrupt.set)
    runner.play()
    until(lambda: taken(mailbox) == 0)
    time.sleep(0.05)
    runner.stop()
    until(lambda: isinstance(mailbox[-1], Stopped))
    assert sum(isinstance(event, Stopped) for event in mailbox) == 1
