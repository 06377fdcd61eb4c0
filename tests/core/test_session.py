"""State and step: what events and wishes make of the session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gui_app.core.events import (
    Diverged,
    Evaluated,
    Failed,
    Finished,
    Paused,
    Printed,
    Started,
    StepsTaken,
    Widened,
)
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault, Span
from gui_app.core.session import Session, Status

EXPERIMENT = Experiment("(x - 2)**2", (ParameterSpec("x", 0.5),), title="A parabola")


def steps(run: int, first: int, count: int) -> StepsTaken:
    rows = np.arange(first, first + count, dtype=float)
    return StepsTaken(run, first, rows * 10, rows[:, None], -rows[:, None], 0.5)


@pytest.fixture
def session() -> Session:
    made = Session()
    made.open(EXPERIMENT, None)
    made.reset(7)
    made.apply(Started(7, ("x",), "float64", "cpu"))
    made.apply(steps(7, 0, 1))
    return made


def test_the_cursor_follows_the_run_until_it_is_moved(session: Session) -> None:
    session.begin()
    session.apply(steps(7, 1, 10))
    assert (session.cursor, session.last, session.at_end) == (10, 10, True)
    assert session.move(3)
    session.apply(steps(7, 11, 5))
    assert (session.cursor, session.last, session.at_end) == (3, 15, False)
    assert not session.move(3)
    session.move(99)
    session.apply(steps(7, 16, 1))
    assert session.cursor == 16


def test_the_numbers_of_a_step(session: Session) -> None:
    session.apply(steps(7, 1, 4))
    session.move(2)
    numbers = session.at_cursor()
    assert numbers is not None
    assert (numbers.step, numbers.loss) == (2, 20.0)
    assert (numbers.parameters[0], numbers.gradients[0]) == (2.0, -2.0)
    assert numbers.update is not None
    assert numbers.update[0] == 1.0
    session.move(4)
    last = session.at_cursor()
    assert last is not None
    assert last.update is None


def test_events_of_another_run_do_not_count(session: Session) -> None:
    assert not session.apply(steps(6, 1, 3))
    assert not session.apply(Failed(6, Fault("old")))
    assert (session.last, session.status) == (0, Status.IDLE)


def test_how_a_run_ends(session: Session) -> None:
    session.begin()
    assert session.status is Status.RUNNING
    session.apply(Paused(7, 0))
    assert session.status is Status.PAUSED
    session.apply(Finished(7, 0))
    assert session.status is Status.FINISHED
    session.apply(steps(7, 1, 3))
    session.move(0)
    session.apply(Diverged(7, 3, "the loss is nan"))
    assert session.status is Status.DIVERGED
    assert session.cursor == 3
    assert "step 3" in session.message
    assert "the loss is nan" in session.message


def test_a_fault_is_kept_with_its_place(session: Session) -> None:
    fault = Fault("No.", Span(1, 0, 1, 3))
    session.apply(Failed(7, fault))
    assert (session.status, session.fault) == (Status.FAILED, fault)
    session.reset(8)
    assert session.fault is None
    assert session.at_cursor() is None


def test_modified_and_saved(session: Session) -> None:
    assert not session.is_modified
    session.experiment = EXPERIMENT.with_parameter(ParameterSpec("x", 4.0))
    assert session.is_modified
    session.mark_saved(Path("x.toml"))
    assert not session.is_modified


def test_names_become_parameters_and_leave_no_trace_while_typed() -> None:
    typed = Experiment("l").using(("l",))
    typed = typed.using(("lr",))
    assert [p.name for p in typed.parameters] == ["lr"]
    assert typed.parameter("lr").value == 1.0
    kept = typed.with_parameter(ParameterSpec("lr", 2.0)).using(("a",))
    assert [p.name for p in kept.parameters] == ["lr", "a"]
    assert kept.using(("a",)) is kept


def test_a_row_by_parameter() -> None:
    experiment = Experiment(
        "",
        (
            ParameterSpec("a", 1.0),
            ParameterSpec("c", 0.0, requires_grad=False),
            ParameterSpec("W", ((1.0, 2.0),)),
        ),
    )
    split = experiment.split_row(np.array([5.0, 6.0, 7.0]))
    assert {name: part.tolist() for name, part in split.items()} == {"a": 5.0, "W": [[6.0, 7.0]]}


def test_a_script_shows_its_leaves_and_knows_no_end(session: Session) -> None:
    session.experiment = replace(EXPERIMENT, parameters=())
    session.is_script = True
    session.reset(8)
    assert session.shown is session.experiment
    session.apply(Started(8, (), "float64", "cpu"))
    session.apply(Widened(8, ("w[0]", "w[1]")))
    row = np.array([[1.0, 2.0]])
    session.apply(StepsTaken(8, 0, np.array([3.0]), row, row, 0.0, (Printed(0, "hello\n"),)))
    assert session.shown.parameters == (ParameterSpec("w", (1.0, 2.0)),)
    assert session.shown is session.shown
    assert [line.text for line in session.console.lines] == ["hello\n"]
    assert session.planned == 1
    session.apply(Finished(8, 0))
    assert session.planned == 0
    session.reset(9)
    assert session.console.lines == []


def test_what_was_evaluated_on_all_rows_is_kept_by_step(session: Session) -> None:
    session.apply(steps(7, 1, 4))
    session.apply(Evaluated(7, 2, {"validation loss": 0.5}))
    session.apply(Evaluated(7, 4, {"validation loss": 0.25}))
    session.apply(Evaluated(6, 5, {"validation loss": 9.0}))
    assert session.history is not None
    metric = session.history.metrics["validation loss"]
    assert (metric.steps.tolist(), metric.values.tolist()) == ([2, 4], [0.5, 0.25])
