"""Questions about an experiment: the table, scripts, long answers, and being given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.question import Question
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses import questions as room
from gui_app.engine.lenses.questions import Questions
from gui_app.engine.lenses.replay import Replay
from gui_app.engine.problem import Problem

NEVER: Callable[[], bool] = lambda: False  # noqa: E731 - the shortest way to say it
SQUARE = Experiment("x**2", (ParameterSpec("x", 3.0),))
SCRIPT = Experiment("import torch\nx = torch.tensor(3.0, requires_grad=True)\n(x*x).backward()\n")
ENDLESS = Experiment("while x > 0:\n    y = x.exp().sin()\ny", (ParameterSpec("x", 3.0),))


@dataclass(frozen=True, slots=True, eq=False)
class LossAsked(Question):
    """The answer is the loss at the start."""


@dataclass(frozen=True, slots=True, eq=False)
class LossesAsked(Question):
    """The answers are the loss, and the loss once more."""

    is_long: ClassVar[bool] = True


def _loss(problem: Problem, _question: LossAsked, _cancelled: Callable[[], bool]) -> float:
    return problem.loss().item()


def _losses(problem: Problem, _question: LossesAsked, _cancelled: Callable[[], bool]) -> Iterator[float]:
    yield problem.loss().item()
    yield problem.loss().item()


def _kind(replay: Replay, _question: LossAsked, _cancelled: Callable[[], bool]) -> str:
    return type(replay).__name__


@pytest.fixture(autouse=True)
def _tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "ANSWERS", {LossAsked: _loss, LossesAsked: _losses})
    monkeypatch.setattr(room, "OF_SCRIPTS", {LossAsked: _kind})


@pytest.fixture
def questions() -> Iterator[Questions]:
    made = Questions()
    yield made
    made.close()


def test_a_question_is_answered_by_the_function_in_the_table(questions: Questions) -> None:
    assert questions.answer(LossAsked(SQUARE), NEVER) == 9.0
    assert questions.answer(LossAsked(SCRIPT), NEVER) == "Replay"


def test_a_long_answer_comes_in_parts(questions: Questions) -> None:
    parts = questions.answer(LossesAsked(SQUARE), NEVER)
    assert isinstance(parts, Iterator)
    assert list(parts) == [9.0, 9.0]


def test_a_script_says_that_its_loss_is_its_own(questions: Questions) -> None:
    parts = questions.answer(LossesAsked(SCRIPT), NEVER)
    assert isinstance(parts, Iterator)
    with pytest.raises(EngineError, match="script takes its steps itself"):
        next(parts)


def test_a_long_question_that_is_given_up_ends_the_program_that_it_evaluates(questions: Questions) -> None:
    unwanted = threading.Event()
    parts = questions.answer(LossesAsked(ENDLESS), unwanted.is_set)
    assert isinstance(parts, Iterator)
    timer = threading.Timer(0.2, unwanted.set)
    timer.start()
    with pytest.raises(StopIteration):  # left alone, it would end in an error after two million rounds
        next(parts)
    timer.join()
    assert not [thread for thread in threading.enumerate() if thread.name == "patience"]
