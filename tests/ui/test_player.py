"""Playing the record, and a stretch of it round and round."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gui_app.core.history import History
from gui_app.core.session import Session, Status
from gui_app.ui.transport import player as module
from gui_app.ui.transport.player import Player


class StillRunner:
    """Takes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        return lambda *_given: self.asked.append(name)


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


class Parts:
    def __init__(self) -> None:
        self.session, self.runner, self.speed = Session(), StillRunner(), 10.0
        self.record(101)
        self.player = Player(self.session, self.runner, lambda: self.speed)  # type: ignore[arg-type]

    def record(self, steps: int) -> None:
        self.session.history = History(("x",), "float64")
        rows = np.zeros((steps, 1))
        self.session.history.extend(np.zeros(steps), rows, rows)

    def after(self, clock: Clock, seconds: float) -> int:
        clock.now += seconds
        self.player.tick()
        return self.session.cursor


def test_a_stretch_is_played_round_and_round(clock: Clock) -> None:
    parts = Parts()
    parts.player.loop((20, 29))
    parts.player.toggle()
    assert parts.session.cursor == 20, "it begins at its beginning"
    assert [parts.after(clock, 0.35) for _ in range(7)] == [23, 27, 20, 24, 27, 21, 24]
    assert parts.player.replaying
    assert parts.runner.asked == [], "it never goes on beyond what is recorded"
    parts.player.toggle()
    assert not parts.player.replaying
    assert parts.session.cursor == 24


def test_play_goes_on_inside_of_the_stretch(clock: Clock) -> None:
    parts = Parts()
    parts.player.loop((20, 29))
    parts.player.jump(26)
    parts.player.toggle()
    assert [parts.after(clock, 0.2) for _ in range(3)] == [28, 20, 22]


def test_the_stretch_may_change_while_it_is_played(clock: Clock) -> None:
    parts = Parts()
    parts.player.toggle()
    assert parts.after(clock, 1.05) == 10
    parts.player.loop((40, 60))
    assert parts.session.cursor == 40
    assert parts.after(clock, 0.55) == 45
    parts.player.loop(None)
    assert parts.after(clock, 0.25) == 47
    assert parts.after(clock, 100) == 100


def test_at_full_speed_a_round_takes_a_second(clock: Clock) -> None:
    parts = Parts()
    parts.speed = math.inf
    parts.player.loop((0, 99))
    parts.player.toggle()
    assert [parts.after(clock, 0.251) for _ in range(5)] == [25, 50, 75, 0, 25]


def test_another_speed_counts_from_here_on(clock: Clock) -> None:
    parts = Parts()
    parts.player.loop((0, 99))
    parts.player.toggle()
    assert parts.after(clock, 2.05) == 20
    parts.speed = 100.0
    parts.player.set_speed(100.0)
    assert parts.after(clock, 0.205) == 40


def test_a_stretch_that_is_no_longer_recorded_is_none(clock: Clock) -> None:
    parts = Parts()
    parts.player.loop((50, 90))
    assert parts.player.stretch == (50, 90)
    parts.record(71)
    assert parts.player.stretch == (50, 70)
    parts.record(31)
    assert parts.player.stretch is None
    parts.session.status = Status.FINISHED
    parts.player.toggle()
    assert parts.after(clock, 0.55) == 5
