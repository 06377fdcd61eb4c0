"""Curvature: the Hessian and its eigenvalues against torch.func, and limits against what optimizers really do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from recorded import recorded

from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.lenses import Curvature, CurvatureAsked, Kind
from gui_app.core.optimizers import SettingValue
from gui_app.core.schedules import ScheduleSpec
from gui_app.core.session import resume_of
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses import curvature as module
from gui_app.engine.lenses.curvature import curvature
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError


def never() -> bool:
    return False


def asked(
    program: str,
    starts: dict[str, float],
    optimizer: OptimizerSpec | None = None,
    dtype: str = "float32",
) -> Curvature:
    """The curvature at the start."""
    parameters = tuple(ParameterSpec(name, value) for name, value in starts.items())
    experiment = Experiment(program, parameters, optimizer or OptimizerSpec(), RunSpec(dtype=dtype))
    row = np.array(list(starts.values()))
    return curvature(Problem(experiment), CurvatureAsked(experiment=experiment, step=0, row=row), never)


def test_a_parabola() -> None:
    found = asked("(x - 2)**2 / 2", {"x": 0.0}, OptimizerSpec("SGD", {"lr": 0.4}))
    assert found.eigenvalues.tolist() == [1.0]
    assert (found.limit.rate, found.limit.limit) == (0.4, 2.0)
    assert found.condition == 1.0
    assert found.kind is Kind.SLOPE
    assert found.local is not None
    assert (found.local.loss, found.local.gradient.tolist(), found.local.hessian.tolist()) == (
        2.0,
        [-2.0],
        [[1.0]],
    )


@settings(max_examples=25, deadline=None)
@given(st.floats(-2, 2, width=32), st.floats(-2, 2, width=32))
def test_rosenbrock_against_torch(x: float, y: float) -> None:
    found = asked("(1 - x)**2 + 100*(y - x**2)**2", {"x": x, "y": y})

    def function(p: torch.Tensor) -> torch.Tensor:
        return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2

    place = torch.tensor([x, y], dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(function, place).numpy()
    assert found.local is not None
    np.testing.assert_allclose(found.local.hessian, hessian, rtol=1e-12, atol=1e-12)
    values = np.linalg.eigvalsh(hessian)
    np.testing.assert_allclose(found.eigenvalues, values, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(hessian @ found.vector, values[-1] * found.vector, rtol=1e-6, atol=1e-6)
    assert found.limit.limit == pytest.approx(2 / values[-1])


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("x**2 - y**2", Kind.SADDLE),
        ("x**2 + 3*y**2", Kind.MINIMUM),
        ("-x**2 - 3*y**2", Kind.MAXIMUM),
        ("x**2 + 0*y", Kind.FLAT),
        ("x**4 + y**4", Kind.FLAT),
        ("x**2 + y", Kind.SLOPE),
        ("x + y", Kind.SLOPE),
    ],
)
def test_what_the_place_is(program: str, kind: Kind) -> None:
    found = asked(program, {"x": 0.0, "y": 0.0})
    assert found.kind is kind
    if kind is Kind.FLAT and "4" not in program:
        assert found.condition == np.inf


def test_where_nothing_bends_upward_there_is_no_limit() -> None:
    limit = asked("-x**2", {"x": 1.0}).limit
    assert limit.limit is None
    assert "Nothing curves upward" in limit.words


BOWLS: list[dict[str, SettingValue]] = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.5, "dampening": 0.3},
    {"momentum": 0.9, "nesterov": True},
    {"weight_decay": 2.0},
]


@pytest.mark.parametrize("given_settings", BOWLS)
def test_sgd_is_stable_up_to_its_limit_and_not_beyond(given_settings: dict[str, SettingValue]) -> None:
    spec = OptimizerSpec("SGD", {"lr": 0.1, **given_settings})
    limit = asked("3*x**2 + y**2 / 2", {"x": 1.0, "y": 1.0}, spec, "float64").limit.limit
    assert limit is not None

    def end(lr: float) -> float:
        leaf = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([leaf], lr=lr, **given_settings)  # type: ignore[arg-type]
        for _ in range(400):
            leaf.grad = leaf.detach() * torch.tensor([6.0, 1.0], dtype=torch.float64)
            optimizer.step()
        return float(leaf.detach().abs().max())

    assert end(0.96 * limit) < 1e-2
    assert end(1.04 * limit) > 1e2


def test_dampening_of_one_keeps_the_gradient_out() -> None:
    limit = asked("x**2", {"x": 1.0}, OptimizerSpec("SGD", {"momentum": 0.9, "dampening": 1.0})).limit
    assert limit.limit is None
    assert "dampening" in limit.words


@pytest.mark.parametrize("name", ["Adam", "AdamW", "RMSprop", "Adagrad"])
def test_adaptive_optimizers_are_held_against_the_rescaled_hessian(name: str) -> None:
    experiment = Experiment(
        "(x**2 + 100*y**2) / 2",
        (ParameterSpec("x", 1.0), ParameterSpec("y", 0.5)),
        OptimizerSpec(name, {"lr": 0.01}),
        RunSpec(40, dtype="float64"),
    )
    history = recorded(experiment)
    step = 30
    question = CurvatureAsked(
        experiment=experiment, step=step, row=history.parameters(step), resume=resume_of(history, step)
    )
    found = curvature(Problem(experiment), question, never)

    leaves = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (1.0, 0.5)]
    optimizer = getattr(torch.optim, name)(leaves, lr=0.01)
    for _ in range(step + 1):
        optimizer.zero_grad()
        ((leaves[0] ** 2 + 100 * leaves[1] ** 2) / 2).backward()
        optimizer.step()
    state = [optimizer.state[leaf] for leaf in leaves]
    if name in ("Adam", "AdamW"):
        denominators = [float(s["exp_avg_sq"] / (1 - 0.999 ** (step + 1))) ** 0.5 + 1e-8 for s in state]
        bound = 38.0
    else:
        key, eps = ("square_avg", 1e-8) if name == "RMSprop" else ("sum", 1e-10)
        denominators, bound = [float(s[key]) ** 0.5 + eps for s in state], 2.0
    largest = max(1.0 / denominators[0], 100.0 / denominators[1])
    assert found.limit.limit == pytest.approx(bound / largest, rel=1e-9)
    assert found.limit.rate == 0.01
    assert "rescales" in found.limit.words


@pytest.mark.parametrize("name", ["Rprop", "Adamax", "LBFGS"])
def test_others_say_that_the_limit_does_not_apply(name: str) -> None:
    limit = asked("x**2", {"x": 1.0}, OptimizerSpec(name)).limit
    assert limit.limit is None
    assert name in limit.words


def test_the_rate_is_that_of_the_schedule() -> None:
    spec = OptimizerSpec("SGD", {"lr": 0.4}, ScheduleSpec("ExponentialLR", {"gamma": 0.5}))
    experiment = Experiment("x**2 / 2", (ParameterSpec("x", 1.0),), spec, RunSpec(5))
    history = recorded(experiment)
    question = CurvatureAsked(
        experiment=experiment, step=3, row=history.parameters(3), resume=resume_of(history, 3)
    )
    assert curvature(Problem(experiment), question, never).limit.rate == pytest.approx(0.05)


COLUMNS = 60


def many() -> tuple[Experiment, NDArray[np.float32]]:
    """A quadratic bowl in COLUMNS directions, with its start."""
    weights = Distribution("normal", 0.0, 1.0, seed=1)
    experiment = Experiment(
        "A = randn(80, 60)\n((A @ w - 1)**2).mean()", (ParameterSpec("w", None, (COLUMNS,), weights),)
    )
    problem = Problem(experiment)
    return experiment, problem.stores[0].flat.numpy().copy()


def test_many_parameters_by_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, row = many()
    problem = Problem(experiment)
    monkeypatch.setattr(module, "MOST_EXACT", COLUMNS - 1)
    question = CurvatureAsked(experiment=experiment, step=0, row=row)
    found = curvature(problem, question, never)
    assert found.local is None
    assert 0 < found.products <= module.MOST_PRODUCTS
    monkeypatch.undo()
    exact = curvature(problem, question, never)
    assert found.largest == pytest.approx(exact.largest, rel=1e-6)
    assert found.limit.limit == pytest.approx(exact.limit.limit, rel=1e-6)
    np.testing.assert_allclose(np.abs(found.vector @ exact.vector), 1.0, atol=1e-4)
    assert abs(found.smallest - exact.smallest) <= max(found.residuals[0], 1e-6) * exact.largest


def test_withdrawn_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, row = many()
    monkeypatch.setattr(module, "MOST_EXACT", COLUMNS - 1)
    found = curvature(
        Problem(experiment), CurvatureAsked(experiment=experiment, step=0, row=row), lambda: True
    )
    assert found.products == 1
    monkeypatch.undo()
    short = Experiment("x**2", (ParameterSpec("x", 1.0),))
    with pytest.raises(EngineError, match="withdrawn"):
        curvature(Problem(short), CurvatureAsked(experiment=short, step=0, row=np.ones(1)), lambda: True)


def test_draws_and_literals_are_those_of_the_run() -> None:
    """In float64 torch draws other numbers: the objective must stay the same."""
    program = "data = randn(5)\n((w * data - 0.1)**2).sum()"
    found = asked(program, {"w": 0.5})
    generator = torch.Generator().manual_seed(0)
    data = torch.randn(5, generator=generator).double()
    assert found.largest == pytest.approx(2 * float((data**2).sum()), rel=1e-12)


@pytest.mark.parametrize(
    ("program", "start", "said"),
    [("sqrt(x)", 0.0, "not finite"), ("log(x)", -1.0, "not finite"), ("(x**2)**0.75", 0.0, "not finite")],
)
def test_without_second_derivatives_it_says_so(program: str, start: float, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        asked(program, {"x": start})


def test_a_program_that_fails_is_explained() -> None:
    with pytest.raises(ProgramError, match="line 1"):
        asked("x.reshape(2, 3).sum()", {"x": 1.0})


def test_a_hessian_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", -1.0)
    found = asked("(x - 2)**2 / 2 + 3*y**2", {"x": 0.0, "y": 1.0})
    assert found.local is None
    assert found.products == 1
    assert 1.0 <= found.largest <= 6.0
