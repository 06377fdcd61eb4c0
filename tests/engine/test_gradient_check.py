"""The gradient check: finite differences that are exact, kinks that are kinks, gradients that are silently wrong."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.experiment import Distribution, Experiment, ParameterSpec, RunSpec
from gui_app.core.lenses import GradientCheck, GradientCheckAsked, Verdict
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses import gradient_check as module
from gui_app.engine.lenses.differences import slope
from gui_app.engine.lenses.gradient_check import gradient_check, gradient_check_of_script
from gui_app.engine.lenses.replay import Replay
from gui_app.engine.problem import Problem
from gui_app.files.lessons import lessons
from gui_app.language.limits import StopFlag


def never() -> bool:
    return False


def checked(program: str, starts: dict[str, float], dtype: str = "float32") -> GradientCheck:
    parameters = tuple(ParameterSpec(name, value) for name, value in starts.items())
    experiment = Experiment(program, parameters, run=RunSpec(dtype=dtype))
    row = np.array(list(starts.values()))
    return gradient_check(
        Problem(experiment), GradientCheckAsked(experiment=experiment, step=0, row=row), never
    )


def checked_script(program: str, step: int = 0) -> GradientCheck:
    experiment = Experiment(program)
    question = GradientCheckAsked(experiment=experiment, step=step, row=np.empty(0))
    return gradient_check_of_script(Replay(experiment, StopFlag()), question, never)


SMOOTH: list[tuple[str, Callable[[float], float]]] = [
    ("sin(x) * x", lambda x: math.sin(x) + x * math.cos(x)),
    ("exp(-x**2)", lambda x: -2 * x * math.exp(-(x**2))),
    ("x**3 - 2*x", lambda x: 3 * x**2 - 2),
    ("tanh(3 * x)", lambda x: 3 / math.cosh(3 * x) ** 2),
    ("1 / (1 + x**2)", lambda x: -2 * x / (1 + x**2) ** 2),
]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(SMOOTH), st.floats(-3, 3, width=32))
def test_where_it_is_smooth_the_error_is_below_1e_7(
    case: tuple[str, Callable[[float], float]], x: float
) -> None:
    program, derivative = case
    found = checked(program, {"x": x})
    assert found.verdicts == (Verdict.RIGHT,)
    assert abs(found.numeric[0] - derivative(x)) <= 1e-7 * max(abs(derivative(x)), 1e-4)
    assert found.numeric[0] == pytest.approx(found.precise[0], rel=1e-7, abs=1e-11)


@pytest.mark.parametrize(
    ("function", "place", "left", "right"),
    [
        (abs, 0.0, -1.0, 1.0),
        (lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
        (lambda x: x if x < 2 else 5 * x - 8, 2.0, 1.0, 5.0),
    ],
)
def test_kinks(function: Callable[[float], float], place: float, left: float, right: float) -> None:
    found = slope(lambda t: function(place + t))
    assert found.is_kink
    assert (found.left, found.right) == (pytest.approx(left), pytest.approx(right))


@pytest.mark.parametrize(
    ("function", "place", "derivative"),
    [
        (abs, 1e-5, 1.0),  # a kink close by is none here
        (lambda x: x * abs(x), 0.0, 0.0),
        (lambda x: abs(x) ** 1.5, 0.0, 0.0),
        (lambda x: 1e6 + x**2, 3.0, 6.0),
        (lambda x: math.cos(200 * x), 0.3, -200 * math.sin(60)),
        (lambda _: 5.0, 1.0, 0.0),
    ],
)
def test_what_only_looks_like_a_kink(
    function: Callable[[float], float], place: float, derivative: float
) -> None:
    found = slope(lambda t: function(place + t))
    assert not found.is_kink
    assert abs(found.value - derivative) <= max(1e-7 * abs(derivative), 3 * found.error)


def test_a_jump_has_no_derivative() -> None:
    found = slope(lambda x: float(x > 0))
    assert found.is_kink
    assert found.right > 1e4


def test_where_the_function_ends() -> None:
    assert math.isnan(slope(lambda x: math.nan if x <= 0 else x).value)
    found = checked("log(x)", {"x": 1e-6})
    assert found.verdicts == (Verdict.RIGHT,)
    assert found.numeric[0] == pytest.approx(1e6, rel=1e-4)  # float32 rounds the start itself
    unsure = checked("sqrt(x) + y", {"x": 0.0, "y": 1.0})
    assert unsure.verdicts[0] in (Verdict.UNSURE, Verdict.KINK)
    assert unsure.verdicts[1] is Verdict.RIGHT


def test_kinks_of_an_objective() -> None:
    found = checked("relu(x) + abs(y)", {"x": 0.0, "y": 2.0})
    assert found.verdicts == (Verdict.KINK, Verdict.RIGHT)
    assert (found.left[0], found.right[0]) == (0.0, pytest.approx(1.0))
    assert np.isnan(found.numeric[0])


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("y = x * 2\ny.detach() * x", "Line 2: y.detach() is cut"),
        ("with no_grad():\n    y = x * 2\ny * x", "Line 1: Nothing under no_grad() is recorded"),
        ("x.data * x", "Line 1: x.data shares memory"),
    ],
)
def test_a_share_of_the_derivative_that_is_missing(program: str, cause: str) -> None:
    found = checked(program, {"x": 3.0})
    assert found.verdicts == (Verdict.WRONG,)
    assert found.numeric[0] == pytest.approx(2 * found.autograd[0], rel=1e-9)
    assert cause in found.reason


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_every_dtype_is_right(dtype: str) -> None:
    found = checked("(x * y).sin() + x**2", {"x": 0.5, "y": 1.25}, dtype)
    assert found.dtype == dtype
    assert set(found.verdicts) == {Verdict.RIGHT}


def test_near_a_minimum_rounding_is_no_error() -> None:
    found = checked("(x * 3 - 1)**2 + 1000", {"x": 1 / 3})
    assert found.verdicts == (Verdict.RIGHT,)


def test_many_elements_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 11)
    weights = ParameterSpec("w", None, (30,), Distribution(seed=3))
    experiment = Experiment("(w**2).sum()", (weights,))
    problem = Problem(experiment)
    row = problem.stores[0].flat.numpy().copy()
    question = GradientCheckAsked(experiment=experiment, step=0, row=row)
    found = gradient_check(problem, question, never)
    assert (len(found.names), found.of) == (11, 30)
    assert (found.names[0], found.names[-1]) == ("w[0]", "w[29]")
    np.testing.assert_allclose(found.numeric, 2 * row.astype(float)[[int(n[2:-1]) for n in found.names]])
    withdrawn = gradient_check(problem, question, lambda: True)
    assert withdrawn.names == ()


def lesson(id_: str) -> Experiment:
    return next(found.experiment for found in lessons() if found.id == id_)


def test_lesson_b6_is_silently_wrong() -> None:
    experiment = lesson("B6")
    replay = Replay(experiment, StopFlag())
    found = gradient_check_of_script(
        replay, GradientCheckAsked(experiment=experiment, step=0, row=np.empty(0)), never
    )
    assert found.names == ("a[0]", "a[1]", "a[2]")
    assert found.autograd.tolist() == [0, 0, 0]
    assert found.numeric.round(6).tolist() == [0.196612, 0.104994, 0.045177]
    assert found.verdicts == (Verdict.WRONG,) * 3
    assert "Line 5: out.data shares memory" in found.reason


def test_lesson_b5_fails_and_says_so() -> None:
    with pytest.raises(EngineError, match="backward pass fails"):
        checked_script(lesson("B5").program)


@pytest.mark.parametrize("id_", ["A1", "A2", "A8", "A9", "A10", "A11", "B2", "B3", "B4", "B7"])
def test_the_other_scripts_are_right(id_: str) -> None:
    found = checked_script(lesson(id_).program)
    assert set(found.verdicts) == {Verdict.RIGHT}
    assert found.reason == ""


TRAINING = """
import torch
w = torch.tensor([1.0, -2.0], requires_grad=True)
for k in range(5):
    loss = ((w * torch.tensor([1.0, 3.0]) - 1)**2).sum() + torch.sin(w[0])
    loss.backward()
    with torch.no_grad():
        w *= 0.9
        w -= 0.1 * w.grad
        w.grad.zero_()
"""


@pytest.mark.parametrize("step", [0, 1, 4])
def test_any_pass_of_a_training_loop(step: int) -> None:
    found = checked_script(TRAINING, step)
    assert found.verdicts == (Verdict.RIGHT,) * 2
    np.testing.assert_allclose(found.numeric, found.autograd, rtol=1e-5)


@pytest.mark.parametrize(
    "program",
    [
        # a leaf that the graph has saved, changed between forward and backward
        "x = torch.tensor(3.0, requires_grad=True)\ny = x * x\nx.data *= 10\ny.backward()",
        # a result
        "x = torch.tensor(3.0, requires_grad=True)\ny = x.exp()\ny.data.fill_(1.0)\n(y * 2).backward()",
    ],
)
def test_what_is_changed_behind_autograds_back_is_found(program: str) -> None:
    found = checked_script("import torch\n" + program)
    assert found.verdicts == (Verdict.WRONG,)
    true = 6.0 if "x * x" in program else 2 * math.exp(3.0)
    assert found.numeric[0] == pytest.approx(true, rel=1e-7)
    assert "Line 4" in found.reason


@pytest.mark.parametrize(
    "lines",
    [
        "y = torch.zeros(3)\ny[1] = x\ny.sum().backward()",
        "y = torch.stack([x, x * 2, x**3])\ny[0] = x * 5\n(y**2).sum().backward()",
        "y = x * torch.ones(4)\na, b = y.split(2)\n(a * b.exp()).sum().backward()",
        "y = x * 2\ny += x\ny *= x\ny.backward()",
        "g, = torch.autograd.grad(x**3, x, create_graph=True)\n(g**2).backward()",
        "y = x**2\ny.backward(retain_graph=True)\n(y * x).backward()",
        "y = (x * torch.tensor([1.0, 2.0])).max()\ny.float().backward()",
    ],
)
def test_operations_of_every_kind_are_repeated(lines: str) -> None:
    found = checked_script(f"import torch\nx = torch.tensor(1.5, requires_grad=True)\n{lines}")
    assert found.verdicts == (Verdict.RIGHT,)
    np.testing.assert_allclose(found.numeric, found.autograd, rtol=1e-6)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "import torch\nx = torch.tensor(1.0, requires_grad=True)\ny = x**2\nprint(y.detach())",
            "no backward pass",
        ),
        ("import torch\n(torch.tensor(1.0, requires_grad=True) ** 2).backward()", "No named tensor"),
    ],
)
def test_nothing_to_check(program: str, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        checked_script(program)


@pytest.mark.parametrize(
    "program",
    [
        "((x * randn(4) - rand(4))**2).sum()",
        "n = zeros(4)\nn.normal_()\n((x * n)**2).sum()",
        "((x + randn_like(zeros(3)))**3).sum()",
        "(dropout(x * ones(20), 0.5)**2).sum()",
        "(x.float() * 0.1 + tensor([0.1, 0.2]).to(torch.float32))[1]**2",
        "((x * ones(3))**2 * bernoulli(0.5 * ones(3))).sum()",
        "y = zeros(2)\ny += x\n(y**3).sum()",
    ],
)
def test_in_double_precision_it_is_the_same_program(program: str) -> None:
    """Torch draws other numbers in float64, and a program may ask for float32 itself."""
    found = checked(program, {"x": 0.7})
    assert found.verdicts == (Verdict.RIGHT,)
    assert found.precise[0] == pytest.approx(found.autograd[0], rel=1e-5)
    assert found.numeric[0] == pytest.approx(found.precise[0], rel=1e-9)
