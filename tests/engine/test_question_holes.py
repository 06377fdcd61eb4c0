"""Questions about odd experiments: each has an answer, or is told why it has none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gui_app.core.comparison import Budget, CompareAsked
from gui_app.core.contenders import each_optimizer
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.frames import Resume
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.lenses import CurvatureAsked, GradientCheckAsked, RangeTestAsked
from gui_app.core.question import Question
from gui_app.core.starts_study import Plane, SwarmAsked
from gui_app.engine.batched import SAMPLED, sample_of
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.questions import Questions
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem

RANDOM = Distribution("uniform", -1.0, 1.0)
NOTHING = Experiment("c * 2", (ParameterSpec("c", 1.0, requires_grad=False),))
EMPTY = Experiment("(x**2).sum()", (ParameterSpec("x", None, (0,), RANDOM),))


def answer(question: Question) -> object:
    found = Questions().answer(question, lambda: False)
    return list(found) if isinstance(found, Iterator) else found


@pytest.mark.parametrize("experiment", [NOTHING, EMPTY])
def test_where_nothing_is_trained_nothing_is_asked(experiment: Experiment) -> None:
    row = np.zeros(0)
    contenders = tuple(each_optimizer(experiment, ["SGD", "LBFGS"]))
    for question in (
        CurvatureAsked(experiment=experiment, step=0, row=row),
        CompareAsked(experiment=experiment, contenders=contenders, budget=Budget(3)),
        RangeTestAsked(experiment=experiment, resume=Resume(0, row), rates=np.array([0.1]), steps=2),
    ):
        with pytest.raises(EngineError, match="No parameter is trained"):
            answer(question)


@pytest.mark.parametrize(
    ("program", "start"), [("log(x)", -1.0), ("x**2", float("nan")), ("x**2", float("inf")), ("sqrt(x)", 0.0)]
)
def test_no_learning_rate_is_tried_where_no_update_follows(program: str, start: float) -> None:
    experiment = Experiment(program, (ParameterSpec("x", start),))
    asked = RangeTestAsked(
        experiment=experiment, resume=Resume(3, np.array([start])), rates=np.array([0.1]), steps=2
    )
    with pytest.raises(EngineError, match=r"No update follows: .* is "):
        answer(asked)


def test_a_gradient_at_infinity_is_not_checked() -> None:
    experiment = Experiment("x**2", (ParameterSpec("x", float("inf")),))
    answer(GradientCheckAsked(experiment=experiment, step=0, row=np.array([np.inf])))


BRANCHED = "if x.sum() > 0:\n    y = (x**2).sum()\nelse:\n    y = (x**2).sum() * 2\ny"


@pytest.mark.parametrize("program", ["(x**2).sum()", BRANCHED])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_there_is_a_surface_in_any_precision(program: str, dtype: str) -> None:
    experiment = Experiment(program, (ParameterSpec("x", (1.0, 2.0)),), run=RunSpec(dtype=dtype))
    found = landscape_at(Problem(experiment), None, (Axis(0, -2.0, 2.0, 5),))
    assert isinstance(found, Landscape)
    factor = np.where(found.axes[0].values + 2 > 0, 1, 2) if "if" in program else 1
    np.testing.assert_allclose(found.values, (found.axes[0].values ** 2 + 4) * factor, rtol=0.02)


def test_there_is_a_surface_of_parameters_of_different_precision() -> None:
    parameters = ParameterSpec("x", (1.0,)), ParameterSpec("z", (1.0,), dtype="float64")
    experiment = Experiment("(x**2).sum() + z.sum().to(torch.float32)**2", parameters)
    found = landscape_at(Problem(experiment), None, (Axis(0, -2.0, 2.0, 5),))
    np.testing.assert_allclose(found.values, found.axes[0].values ** 2 + 1)


def test_of_very_long_rows_few_are_laid_out() -> None:
    assert [sample_of(columns) for columns in (0, 1, 1000, 10**6, 10**7)] == [33, 33, 33, 8, 2]
    assert all(sample_of(columns) * columns <= SAMPLED for columns in (2, 10**5, 10**6))


def test_a_swarm_of_long_starts_is_refused_before_it_is_made() -> None:
    experiment = Experiment(
        "(x**2).sum()", (ParameterSpec("x", None, (1_000_000,), RANDOM),), OptimizerSpec("SGD", {"lr": 0.1})
    )
    plane = Plane((0, 1), (-1.0, 1.0), (-1.0, 1.0))
    asked = SwarmAsked(experiment=experiment, plane=plane, steps=5, arrangement="uniform", count=200)
    with pytest.raises(EngineError, match="200 of them at once take too much memory"):
        answer(asked)
