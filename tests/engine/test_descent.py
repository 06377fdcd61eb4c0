"""The descent against plain PyTorch loops: bit for bit on the CPU."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from gui_app.core.events import Diverged, Event, Failed, Finished, Started, StepsTaken
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.engine.backward import Backward
from gui_app.engine.descent import descend
from gui_app.language.limits import StopFlag

ROSENBROCK = "(1 - x)**2 + 100*(y - x**2)**2"
XY = (ParameterSpec("x", -1.2), ParameterSpec("y", 1.0))


class Record:
    """All events of a run, and its steps joined."""

    def __init__(self, experiment: Experiment, allowance: Allowance | None = None) -> None:
        self.events: list[Event] = []
        run = descend(experiment, run=3)
        event: Event | None = next(run)
        while event is not None:
            self.events.append(event)
            try:
                event = run.send(allowance)
            except StopIteration:
                event = None
        taken = [e for e in self.events if isinstance(e, StepsTaken)]
        self.losses = np.concatenate([e.losses for e in taken]) if taken else np.empty(0)
        self.parameters = np.concatenate([e.parameters for e in taken]) if taken else np.empty((0, 0))
        self.gradients = np.concatenate([e.gradients for e in taken]) if taken else np.empty((0, 0))


def plain_loop(
    function: Callable[..., Tensor],
    starts: list[Tensor],
    name: str,
    settings: dict[str, object],
    steps: int,
    clear: bool = True,
) -> tuple[list[float], list[list[float]], list[list[float]]]:
    """Losses, parameters and gradients of the loop that one would write with torch.optim."""
    tensors = [start.clone().requires_grad_() for start in starts]
    optimizer = getattr(torch.optim, name)(tensors, **settings)
    losses, parameters, gradients = [], [], []
    for k in range(steps + 1):
        if clear:
            optimizer.zero_grad()
        loss = function(*tensors)
        loss.backward()
        losses.append(loss.item())
        parameters.append(torch.cat([t.detach().reshape(-1) for t in tensors]).tolist())
        missing = [torch.full_like(t, math.nan) if t.grad is None else t.grad for t in tensors]
        gradients.append(torch.cat([g.reshape(-1) for g in missing]).tolist())
        if k < steps:
            optimizer.step()
    return losses, parameters, gradients


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"lr": 0.001}),
        ("SGD", {"lr": 0.0005, "momentum": 0.9}),
        ("Adam", {"lr": 0.02}),
        ("RMSprop", {"lr": 0.005}),
        ("Adagrad", {"lr": 0.1}),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rosenbrock_is_bit_identical_to_the_plain_loop(
    name: str, settings: dict[str, object], dtype: str
) -> None:
    experiment = Experiment(ROSENBROCK, XY, OptimizerSpec(name, settings), RunSpec(steps=500, dtype=dtype))  # type: ignore[arg-type]
    record = Record(experiment)
    starts = [torch.tensor(v, dtype=getattr(torch, dtype)) for v in (-1.2, 1.0)]
    losses, parameters, gradients = plain_loop(
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, starts, name, settings, 500
    )
    assert record.losses.tolist() == losses
    assert record.parameters.tolist() == parameters
    assert record.gradients.tolist() == gradients
    assert isinstance(record.events[0], Started)
    assert isinstance(record.events[-1], Finished)
    assert {event.run for event in record.events} == {3}


def test_lbfgs_is_torchs() -> None:
    experiment = Experiment(
        ROSENBROCK, XY, OptimizerSpec("LBFGS", {"lr": 0.5, "max_iter": 4}), RunSpec(steps=12)
    )
    x, y = torch.tensor(-1.2).requires_grad_(), torch.tensor(1.0).requires_grad_()
    theirs = torch.optim.LBFGS([x, y], lr=0.5, max_iter=4)

    def closure() -> Tensor:
        theirs.zero_grad()
        loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        loss.backward()
        return loss

    for _ in range(12):
        theirs.step(closure)  # type: ignore[arg-type]
    assert Record(experiment).parameters[-1].tolist() == [x.item(), y.item()]


@pytest.mark.parametrize("allowance", [Allowance(1), Allowance(7), Allowance(seconds=0.0), None], ids=str)
def test_the_stretches_do_not_change_the_numbers(allowance: Allowance | None) -> None:
    experiment = Experiment(ROSENBROCK, XY, OptimizerSpec("Adam", {"lr": 0.1}), RunSpec(steps=60))
    record, whole = Record(experiment, allowance), Record(experiment)
    assert record.losses.tolist() == whole.losses.tolist()
    assert record.parameters.tolist() == whole.parameters.tolist()
    firsts = [e.first for e in record.events if isinstance(e, StepsTaken)]
    assert firsts[:2] == [0, 1]


def test_many_more_steps_than_scratch_rows() -> None:
    experiment = Experiment(
        "(x - 2)**2 / 2", (ParameterSpec("x", 5.0),), OptimizerSpec("SGD", {"lr": 1e-4}), RunSpec(5000)
    )
    record = Record(experiment, Allowance())
    _, parameters, _ = plain_loop(lambda x: (x - 2) ** 2 / 2, [torch.tensor(5.0)], "SGD", {"lr": 1e-4}, 5000)
    assert record.parameters.tolist() == parameters


def test_accumulating_gradients() -> None:
    program, specs = "((a - 1)**2).sum() + b**2", (ParameterSpec("a", (3.0, 4.0)), ParameterSpec("b", 2.0))
    experiment = Experiment(
        program, specs, OptimizerSpec("SGD", {"lr": 0.01}), RunSpec(30, clear_gradients=False)
    )
    starts = [torch.tensor([3.0, 4.0]), torch.tensor(2.0)]
    losses, parameters, gradients = plain_loop(
        lambda a, b: ((a - 1) ** 2).sum() + b**2, starts, "SGD", {"lr": 0.01}, 30, clear=False
    )
    record = Record(experiment, Allowance(4))
    assert (record.losses.tolist(), record.parameters.tolist()) == (losses, parameters)
    assert record.gradients.tolist() == gradients


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
def test_a_parameter_that_is_used_only_sometimes(name: str, clear: bool) -> None:
    program = "loss = (a - 1)**2\nif a < 2.9:\n    loss = loss + b**2\nloss"
    specs = (ParameterSpec("a", 3.0), ParameterSpec("b", 2.0))
    experiment = Experiment(
        program, specs, OptimizerSpec(name, {"lr": 0.02}), RunSpec(25, clear_gradients=clear)
    )

    def function(a: Tensor, b: Tensor) -> Tensor:
        loss = (a - 1) ** 2
        return loss + b**2 if a < 2.9 else loss

    _, parameters, gradients = plain_loop(
        function, [torch.tensor(3.0), torch.tensor(2.0)], name, {"lr": 0.02}, 25, clear
    )
    record = Record(experiment, Allowance(3))
    assert record.parameters.tolist() == parameters
    assert np.array_equal(record.gradients, np.array(gradients), equal_nan=True)
    assert math.isnan(gradients[0][1])
    assert isinstance(record.events[-1], Finished)


def test_two_dtypes_in_one_run() -> None:
    specs = (
        ParameterSpec("a", 0.3),
        ParameterSpec("b", 0.7, dtype="float64"),
        ParameterSpec("c", (1.1, 1.3)),
    )
    experiment = Experiment(
        "a**2 + b**2 + (c**2).sum()", specs, OptimizerSpec("Adam", {"lr": 0.05}), RunSpec(40)
    )
    starts = [torch.tensor(0.3), torch.tensor(0.7, dtype=torch.float64), torch.tensor([1.1, 1.3])]
    _, parameters, _ = plain_loop(
        lambda a, b, c: a**2 + b**2 + (c**2).sum(), starts, "Adam", {"lr": 0.05}, 40
    )
    record = Record(experiment, Allowance(9))
    started = record.events[0]
    assert isinstance(started, Started)
    assert (started.columns, started.dtype) == (("a", "b", "c[0]", "c[1]"), "float64")
    assert record.parameters.tolist() == parameters


def test_seeded_starts_are_torchs() -> None:
    specs = (
        ParameterSpec("W", None, (3, 2), Distribution("normal", 0.0, 1.0, 0)),
        ParameterSpec("u", None, (4,), Distribution("uniform", -1.0, 1.0)),
        ParameterSpec("v", None, (2,), Distribution("normal", 0.0, 0.01)),
    )
    record = Record(Experiment("W.sum() + u.sum() + v.sum()", specs, run=RunSpec(0, seed=5)))
    torch.manual_seed(0)
    w = torch.randn(3, 2)
    torch.manual_seed(5)
    u, v = torch.empty(4).uniform_(-1, 1), torch.empty(2).normal_(0, 0.01)
    assert record.parameters[0].tolist() == torch.cat([w.reshape(-1), u, v]).tolist()


@pytest.mark.parametrize(
    ("program", "start", "lr", "words"),
    [
        ("x**4", 10.0, 1.0, "inf"),
        ("log(x)", -1.0, 0.1, "nan"),
        ("sqrt(x)", 0.0, 0.1, "gradient of x is inf"),
    ],
)
def test_what_is_not_finite_ends_the_run_and_is_kept(
    program: str, start: float, lr: float, words: str
) -> None:
    specs = (ParameterSpec("x", start),)
    record = Record(Experiment(program, specs, OptimizerSpec("SGD", {"lr": lr}), RunSpec(1000)))
    end = record.events[-1]
    assert isinstance(end, Diverged)
    assert words in end.what
    assert end.step == len(record.losses) - 1
    finite = np.isfinite(record.losses) & np.isfinite(record.gradients[:, 0])
    assert finite[:-1].all()
    assert not finite[-1]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("x * y.q", "q"),
        ("3.0", "does not depend"),
        ("stack([x, x])", "one number"),
        ("x @ tensor([[1.0, 2.0]])", ""),
    ],
)
def test_what_cannot_be_a_loss_is_said(program: str, words: str) -> None:
    record = Record(Experiment(program, (ParameterSpec("x", 1.0), ParameterSpec("y", 1.0))))
    end = record.events[-1]
    assert isinstance(end, Failed)
    assert words in end.fault.message
    assert end.fault.span is not None
    assert end.fault.span.line == 1


def test_an_absent_device_is_said() -> None:
    record = Record(Experiment("x", (ParameterSpec("x"),), run=RunSpec(device="cuda:99")))
    end = record.events[-1]
    assert isinstance(end, Failed)
    assert "cuda:99" in end.fault.message
    assert "cpu" in end.fault.hint


def test_a_raised_flag_ends_the_run_without_a_word() -> None:
    stop = StopFlag()
    run = descend(Experiment("s = x\nwhile s < 2:\n    s = s * 1\ns", (ParameterSpec("x"),)), stop=stop)
    assert isinstance(next(run), Started)
    stop.set()
    with pytest.raises(StopIteration):
        next(run)


def test_going_beyond_the_planned_steps() -> None:
    run = descend(Experiment("x**2", (ParameterSpec("x"),), run=RunSpec(2)))
    events = [next(run), next(run), run.send(Allowance()), run.send(Allowance())]
    assert isinstance(events[-1], Finished)
    more = run.send(Allowance(1, beyond=True))
    assert isinstance(more, StepsTaken)
    assert more.first == 3


def test_the_engine_is_called_as_autograd_calls_it() -> None:
    """Pins the private ``_execution_engine.run_backward``."""
    a, b, c = (torch.tensor(v, requires_grad=True) for v in (1.5, [0.5, 2.0], 7.0))
    loss = (a * b).sin().sum().view(1, 1)
    expected = torch.autograd.grad((a * b).sin().sum(), [a, b], allow_unused=True)
    got = Backward([a, b, c])(loss)
    assert got[2] is None
    assert all(torch.equal(x, y) for x, y in zip(got[:2], expected, strict=True) if x is not None)
    assert a.grad is None


def test_lbfgs_takes_fresh_gradients_and_says_what_it_took() -> None:
    settings = OptimizerSpec("LBFGS", {"lr": 0.1, "max_iter": 3})
    kept = Record(Experiment(ROSENBROCK, XY, settings, RunSpec(5, clear_gradients=False)))
    cleared = Record(Experiment(ROSENBROCK, XY, settings, RunSpec(5)))
    assert kept.parameters.tolist() == cleared.parameters.tolist()
    assert kept.gradients.tolist() == cleared.gradients.tolist()


def test_a_start_that_cannot_be_drawn_is_told() -> None:
    specs = (ParameterSpec("x", None, (2,), Distribution("uniform", -1e300, 1e300)),)
    end = Record(Experiment("x.sum()", specs)).events[-1]
    assert isinstance(end, Failed)
    assert "start of x" in end.fault.message
