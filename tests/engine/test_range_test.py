"""The range test against runs with each learning rate, and why a run has diverged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from recorded import recorded

from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.lenses import Divergence, DivergenceAsked, RangeTest, RangeTestAsked
from gui_app.core.optimizers import SettingValue
from gui_app.core.session import resume_of
from gui_app.engine.lenses.divergence import divergence
from gui_app.engine.lenses.range_test import range_test
from gui_app.engine.problem import Problem

PARABOLA = Experiment(
    "(x - 2)**2 / 2", (ParameterSpec("x", 0.5),), OptimizerSpec("SGD", {"lr": 0.4}), RunSpec(20)
)
ROSENBROCK = Experiment(
    "(1 - x)**2 + 100*(y - x**2)**2",
    (ParameterSpec("x", -1.0), ParameterSpec("y", 1.5)),
    OptimizerSpec("Adam", {"lr": 0.02}),
    RunSpec(20),
)


def never() -> bool:
    return False


def measured(experiment: Experiment, step: int, rates: list[float], steps: int) -> list[RangeTest]:
    history = recorded(experiment)
    question = RangeTestAsked(
        experiment=experiment, resume=resume_of(history, step), rates=np.array(rates), steps=steps
    )
    return list(range_test(Problem(experiment), question, never))


@pytest.mark.parametrize("experiment", [PARABOLA, ROSENBROCK], ids=["parabola", "rosenbrock"])
def test_every_loss_is_that_of_a_run(experiment: Experiment) -> None:
    """From step 0 a run with that learning rate is all there is to it."""
    rates, steps = [1e-3, 0.02, 0.4, 1.5], 7
    found = measured(experiment, 0, rates, steps)[-1]
    for rate, loss in zip(rates, found.losses.tolist(), strict=True):
        settings: dict[str, SettingValue] = {"lr": rate}
        run = replace(
            experiment, optimizer=replace(experiment.optimizer, settings=settings), run=RunSpec(steps)
        )
        assert loss == recorded(run).losses[-1]
    assert found.best == rates[int(np.argmin(found.losses))]
    assert found.start == recorded(experiment).losses[0]


def test_with_the_present_rate_it_is_the_run_itself() -> None:
    """From a later step on, with all that the optimizer remembers."""
    history = recorded(ROSENBROCK)
    found = measured(ROSENBROCK, 9, [0.02], 8)[-1]
    assert (found.step, found.start) == (9, history.losses[9])
    assert found.losses.tolist() == [history.losses[17]]


def test_it_fills_in_and_marks_the_limit() -> None:
    answers = measured(PARABOLA, 3, np.geomspace(1e-3, 1e12, 40).tolist(), 20)
    first, last = answers[0], answers[-1]
    assert (first.done, first.best, first.limit) == (0, None, 2.0)
    assert (last.done, last.limit) == (40, 2.0)
    assert np.isinf(last.losses[-1])
    assert last.best is not None
    assert last.best < 2.0
    assert [found.done for found in answers] == sorted(found.done for found in answers)


def test_withdrawn() -> None:
    history = recorded(PARABOLA)
    question = RangeTestAsked(
        experiment=PARABOLA, resume=resume_of(history, 0), rates=np.array([0.1, 0.2]), steps=3
    )
    wanted = iter([False, False, True])
    parts = list(range_test(Problem(PARABOLA), question, lambda: next(wanted, True)))
    assert parts[-1].done < 2


def why(experiment: Experiment) -> Divergence:
    history = recorded(experiment)
    last = history.last - 1
    question = DivergenceAsked(
        experiment=experiment,
        bad=history.parameters(history.last),
        last=resume_of(history, last),
        row=history.parameters(last),
        grown=(0, history.parameters(0)),
    )
    return divergence(Problem(experiment), question, never)


def test_a_learning_rate_that_is_too_large() -> None:
    program = "(x**2).sum() + mm(x, ones(2, 1)).sum() - 1"
    experiment = Experiment(
        program, (ParameterSpec("x", ((1.0, 2.0),)),), OptimizerSpec("SGD", {"lr": 1.1}), RunSpec(1000)
    )
    found = why(experiment)
    assert found.fault is not None
    assert "gives infinity" in found.fault.message
    assert found.fault.span is not None
    assert found.node in ("PowBackward0", "SumBackward0")
    assert found.curvature == pytest.approx(2.0)
    assert found.at_last is not None
    assert (found.at_last.rate, found.at_last.limit) == (1.1, pytest.approx(1.0))
    assert found.suggested == 0.5
    smaller = replace(experiment, optimizer=OptimizerSpec("SGD", {"lr": found.suggested}))
    assert np.isfinite(recorded(smaller).losses).all()


@pytest.mark.parametrize(
    ("program", "lr", "node", "hint"),
    [
        ("-x**4", 0.5, "PowBackward0", "smaller learning rate"),  # it falls without end: no limit
        ("x - log(x)", 10.0, "LogBackward0", "above 0"),
    ],
)
def test_other_ends(program: str, lr: float, node: str, hint: str) -> None:
    experiment = Experiment(
        program, (ParameterSpec("x", 2.0),), OptimizerSpec("SGD", {"lr": lr}), RunSpec(1000)
    )
    found = why(experiment)
    assert found.fault is not None
    assert (found.node, hint in found.fault.hint) == (node, True)
    assert found.suggested is not None
    assert found.suggested <= lr / 2


def test_where_an_update_was_too_large_no_node_is_named() -> None:
    experiment = Experiment(
        "x**2", (ParameterSpec("x", 1.0),), OptimizerSpec("SGD", {"lr": 3e38}), RunSpec(5)
    )
    found = why(experiment)
    assert found.fault is not None
    assert "last update" in found.fault.message
    assert found.node == ""
    assert found.suggested is not None
    assert found.suggested >= 3e35
