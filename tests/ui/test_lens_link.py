"""Questions on their way from a view to the engine, and back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gui_app.core.branch import Branch
from gui_app.core.events import Event, Started, StepsTaken
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.question import Question
from gui_app.core.runner import Answer, Asker
from gui_app.core.session import MOST_BRANCHES, Session
from gui_app.ui.lens_link import LensLink
from gui_app.ui.lens_view import LensView
from gui_app.ui.theme import LIGHT

EXPERIMENT = Experiment("x**2", (ParameterSpec("x", 3.0),))


@dataclass(frozen=True, slots=True, eq=False)
class Short(Question):
    """Answered by a word."""


@dataclass(frozen=True, slots=True, eq=False)
class Long(Question):
    """Answered by two numbers."""

    is_long: ClassVar[bool] = True


class Refused(Exception):  # noqa: N818 - only its fault counts
    fault = Fault("not today")


class Listening(LensView):
    """Remembers what it is handed."""

    def __init__(self) -> None:
        super().__init__(LIGHT)
        self.seen: list[object] = []

    def refresh(self) -> None:
        self.seen.append(self.moment.step)

    def take(self, answer: object) -> None:
        self.seen.append(answer)

    def fail(self, fault: Fault) -> None:
        self.seen.append(fault.message)


class Oracle:
    """Stands in for the engine."""

    refuses = False

    def answer(self, question: Question, _cancelled: Callable[[], bool]) -> object:
        if self.refuses:
            raise Refused
        return (n for n in (1, 2)) if question.is_long else "yes"


class Parts:
    """A view, the link, and the mailbox between."""

    def __init__(self) -> None:
        self.mailbox: deque[Event | Answer] = deque()
        self.askers = Asker(self.mailbox), Asker(self.mailbox, "studies")
        self.session, self.view, self.oracle = Session(), Listening(), Oracle()
        self.link = LensLink({"lens": self.view}, self.session, *self.askers, self.oracle)

    def begin(self) -> None:
        """Step 0 is recorded."""
        self.session.open(EXPERIMENT, None)
        self.session.apply(Started(0, ("x",), "float32", "cpu"))
        row = np.zeros((1, 1), "float32")
        self.session.apply(StepsTaken(0, 0, np.array([9.0]), row, row))

    def deliver(self) -> bool:
        """Hand over what has come; True once nothing is awaited any more."""
        while self.mailbox:
            self.link.take(self.mailbox.popleft())
        return True


@pytest.fixture
def parts(qtbot: QtBot) -> Iterator[Parts]:
    made = Parts()
    qtbot.addWidget(made.view)
    yield made
    assert all(asker.close() for asker in made.askers)


def test_nothing_is_asked_of_what_has_not_been_evaluated(parts: Parts, qtbot: QtBot) -> None:
    parts.view.asked.emit(Short(EXPERIMENT))
    qtbot.wait(50)
    assert not parts.mailbox
    assert parts.view.seen == []


def test_short_and_long_answers_come_to_the_view_that_asked(parts: Parts, qtbot: QtBot) -> None:
    parts.begin()
    parts.view.asked.emit(Short(EXPERIMENT))
    qtbot.waitUntil(lambda: parts.deliver() and parts.view.seen == ["yes"])
    parts.view.asked.emit(Long(EXPERIMENT))
    qtbot.waitUntil(lambda: parts.deliver() and parts.view.seen == ["yes", 1, 2])


def test_a_fault_comes_as_a_fault(parts: Parts, qtbot: QtBot) -> None:
    parts.begin()
    parts.oracle.refuses = True
    parts.view.asked.emit(Short(EXPERIMENT))
    qtbot.waitUntil(lambda: parts.deliver() and parts.view.seen == ["not today"])


def test_a_newer_question_makes_the_answers_to_the_one_before_void(parts: Parts, qtbot: QtBot) -> None:
    parts.begin()
    parts.view.asked.emit(Long(EXPERIMENT))
    qtbot.waitUntil(lambda: len(parts.mailbox) == 2)
    parts.view.asked.emit(Short(EXPERIMENT))
    qtbot.waitUntil(lambda: len(parts.mailbox) == 3)
    parts.deliver()
    assert parts.view.seen == ["yes"]
    parts.view.asked.emit(Short(EXPERIMENT))
    qtbot.waitUntil(lambda: len(parts.mailbox) == 1)
    parts.view.withdrawn.emit()
    parts.deliver()
    assert parts.view.seen == ["yes"]


def test_answers_of_others_are_left_to_them(parts: Parts) -> None:
    assert not parts.link.take(Answer("graph", 1, "a graph"))


def test_a_view_is_refreshed_only_when_it_is_seen(parts: Parts) -> None:
    parts.begin()
    parts.link.show(parts.session.moment)
    assert parts.view.seen == []
    parts.view.show()
    assert parts.view.seen == [0]
    parts.link.show(parts.session.moment)
    assert parts.view.seen == [0, 0]


def test_records_to_be_compared_get_numbers_of_their_own_and_the_oldest_go_first(parts: Parts) -> None:
    parts.begin()
    made = [Branch(0, History(("x",), "float32"), 0, f"run {n}") for n in range(MOST_BRANCHES + 2)]
    parts.session.adopt(made[:2])
    assert [branch.number for branch in parts.session.branches] == [1, 2]
    parts.session.drop({1})
    assert [branch.label for branch in parts.session.branches] == ["run 1"]
    parts.session.adopt(made[2:])
    numbers = [branch.number for branch in parts.session.branches]
    assert len(numbers) == len(set(numbers)) == MOST_BRANCHES
    assert parts.session.branches[-1].label == f"run {MOST_BRANCHES + 1}"
    assert parts.session.moment.branches == parts.session.branches
