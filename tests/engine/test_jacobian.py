"""Jacobians of named values against torch.func, of objectives and of scripts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.lenses import Jacobian, JacobianAsked
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses import jacobian as module
from gui_app.engine.lenses.jacobian import jacobian, jacobian_in_script
from gui_app.engine.lenses.replay import Replay
from gui_app.engine.problem import Problem
from gui_app.files.lessons import lessons
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag

PROGRAM = "h = tanh(W @ x)\np = h * h + b\nloss = (p**2).sum()"
W = ((0.5, -1.0, 2.0), (1.5, 0.25, -0.5))
EXPERIMENT = Experiment(
    PROGRAM, (ParameterSpec("W", W), ParameterSpec("x", (1.0, 2.0, 3.0)), ParameterSpec("b", 0.5))
)
ROW = np.array([*sum(W, ()), 1.0, 2.0, 3.0, 0.5])


def never() -> bool:
    return False


def asked(
    output: str = "", parameter: str = "", experiment: Experiment = EXPERIMENT, row: object = ROW
) -> Jacobian:
    question = JacobianAsked(
        experiment=experiment, step=0, row=np.asarray(row, float), output=output, parameter=parameter
    )
    return jacobian(Problem(experiment, traced=True), question, never)


def in_script(program: str, output: str = "", parameter: str = "", step: int = 0) -> Jacobian:
    experiment = Experiment(program)
    question = JacobianAsked(
        experiment=experiment, step=step, row=np.empty(0), output=output, parameter=parameter
    )
    return jacobian_in_script(Replay(experiment, StopFlag()), question, never)


@pytest.mark.parametrize("output", ["h", "p", "loss"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_value_by_any_parameter(output: str, place: int) -> None:
    name = ("W", "x", "b")[place]
    found = asked(output, name)
    tensors = [torch.tensor(W), torch.tensor([1.0, 2.0, 3.0]), torch.tensor(0.5)]

    def function(part: torch.Tensor) -> torch.Tensor:
        weights, x, b = (part if i == place else tensor for i, tensor in enumerate(tensors))
        h = torch.tanh(weights @ x)
        p = h * h + b
        return {"h": h, "p": p, "loss": (p**2).sum()}[output]

    oracle = torch.autograd.functional.jacobian(function, tensors[place])
    np.testing.assert_allclose(found.matrix, oracle.reshape(found.matrix.shape).numpy(), rtol=1e-5, atol=1e-7)
    assert found.outputs == (("h", (2,)), ("p", (2,)), ("loss", ()))
    assert found.parameters == (("W", (2, 3)), ("x", (3,)), ("b", ()))
    assert (found.shape_of_parameter, found.matrix.shape[0]) == (
        tuple(tensors[place].shape),
        1 if output == "loss" else 2,
    )


def test_unless_told_otherwise_it_is_the_newest_vector_by_the_first_parameter() -> None:
    found = asked("nobody", "nothing")
    assert (found.output, found.parameter) == ("p", "W")
    found = asked(experiment=Experiment("x**2", (ParameterSpec("x", 3.0),)), row=[3.0])
    assert (found.output, found.matrix.tolist()) == (module.RESULT, [[6.0]])


def test_lesson_a10() -> None:
    program = next(found.experiment.program for found in lessons() if found.id == "A10")
    found = in_script(program, "z", "x")
    assert (found.shape_of_output, found.shape_of_parameter) == ((2, 2), (4,))
    assert found.matrix.tolist() == (2 * np.eye(4)).tolist()
    assert in_script(program).output == "z"


def test_a_later_pass_and_a_script_without_one() -> None:
    loop = (
        "import torch\nx = torch.tensor(2.0, requires_grad=True)\n"
        "for k in range(3):\n    y = x * (k + 1)\n    y.backward()"
    )
    assert [in_script(loop, step=step).matrix.item() for step in range(3)] == [1.0, 2.0, 3.0]
    still = "import torch\nx = torch.tensor([2.0, 3.0], requires_grad=True)\ny = x**2\nprint(y.detach())"
    assert in_script(still).matrix.tolist() == [[4.0, 0.0], [0.0, 6.0]]


def test_operations_that_cannot_be_batched_go_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    batched = asked("h", "x").matrix
    grad = torch.autograd.grad

    def refusing(*args: object, is_grads_batched: bool = False, **kwargs: object) -> object:
        if is_grads_batched:
            raise RuntimeError("vmap: no batching rule")
        return grad(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(torch.autograd, "grad", refusing)
    np.testing.assert_allclose(asked("h", "x").matrix, batched, rtol=1e-6)


def test_a_value_that_does_not_depend_on_the_parameter() -> None:
    assert asked("h", "b").matrix.tolist() == [[0.0], [0.0]]


def test_too_many_entries() -> None:
    wide = Experiment("y = w * ones(2000, 1)\ny.sum()", (ParameterSpec("w", tuple([1.0] * 600)),))
    with pytest.raises(EngineError, match="720,000,000 entries"):
        asked("y", "w", wide, np.ones(600))


def test_nothing_to_differentiate() -> None:
    with pytest.raises(EngineError, match="nothing to differentiate"):
        in_script("import torch\nx = torch.ones(2)\nprint(x)")
    with pytest.raises(ProgramError):
        asked(experiment=Experiment("x.reshape(7)", (ParameterSpec("x", 1.0),)), row=[1.0])
    with pytest.raises(EngineError, match="backward pass fails"):
        in_script(
            "import torch\nx = torch.ones(2, requires_grad=True)\ny = x.exp()\nz = y * 2\ny.detach().zero_()\n"
            "w = z.sum()\nw.backward()",
            "z",
        )


def test_withdrawn() -> None:
    question = JacobianAsked(experiment=EXPERIMENT, step=0, row=ROW)
    with pytest.raises(EngineError, match="withdrawn"):
        jacobian(Problem(EXPERIMENT, traced=True), question, lambda: True)
