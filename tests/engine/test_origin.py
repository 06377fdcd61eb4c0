"""Where NaN and infinity come from is told with the operation and its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui_app.commands.recording import record
from gui_app.core.data import DataSpec
from gui_app.core.events import Diverged
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Span
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend


def diverged(program: str, start: float, lr: float = 0.1, steps: int = 200) -> Diverged:
    experiment = Experiment(
        program, (ParameterSpec("x", start),), OptimizerSpec("SGD", {"lr": lr}), RunSpec(steps)
    )
    run = descend(experiment)
    event = next(run)
    while not isinstance(event, Diverged):
        event = run.send(Allowance())
    return event


@pytest.mark.parametrize(
    ("program", "start", "span", "said", "hint"),
    [
        ("y = x - 3\nz = log(y)\nz * 2", 1.0, Span(2, 4, 2, 10), "log(y) gives NaN", "above 0"),
        ("y = x * 0\n1 / y", 1.0, Span(2, 0, 2, 5), "1 / y gives infinity", "divide by 0"),
        ("exp(100 * x) * 2", 1.0, Span(1, 0, 1, 12), "exp(100 * x) gives infinity", "88"),
        (
            "y = x * 1\nsqrt(y)",
            0.0,
            Span(2, 0, 2, 7),
            "sqrt(y) (SqrtBackward0) is the first that gives",
            "slope",
        ),
    ],
)
def test_the_first_operation_is_named(program: str, start: float, span: Span, said: str, hint: str) -> None:
    event = diverged(program, start)
    assert event.origin is not None
    assert event.origin.span == span
    assert said in event.origin.message
    assert hint in event.origin.hint


def test_a_step_that_is_too_large_has_no_place() -> None:
    event = diverged("x**2", 1.0, lr=3e38)
    assert event.origin is not None
    assert "last update" in event.origin.message
    assert event.origin.span is None


def test_a_script_goes_on_and_is_told() -> None:
    program = (
        "x = torch.tensor(1.0, requires_grad=True)\nfor k in range(3):\n    y = torch.log(x - k)\n"
        "    y.backward()\n    print(k, y.item())"
    )
    result = record(Experiment(program))
    assert result.stopped == "finished"
    told = [line for line in result.console.lines if line.text.startswith("Not finite")]
    assert [line.step for line in told] == [1]
    assert "line 3, column 9" in told[0].text
    assert "torch.log(x - k) gives infinity" in told[0].text


def test_it_is_looked_for_in_the_batch_of_that_step(tmp_path: Path) -> None:
    """The rows of step 0 are harmless."""
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,1\n2,1\n0,1\n")
    data = DataSpec(path=str(path), features=("x",), target="y", batch_size=1)
    program = "z = w * x\nr = y / z\nloss = (r * 0.1).sum()"
    experiment = Experiment(
        program, (ParameterSpec("w", 1.0),), OptimizerSpec("SGD", {"lr": 0.1}), RunSpec(9), data=data
    )
    run = descend(experiment)
    event = next(run)
    while not isinstance(event, Diverged):
        event = run.send(Allowance())
    assert event.step == 2
    assert event.origin is not None
    assert event.origin.span == Span(2, 4, 2, 9)
    assert "y / z gives infinity" in event.origin.message
