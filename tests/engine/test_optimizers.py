"""The update rules against torch.optim: names, defaults, and every bit of the result."""

from __future__ import annotations

import inspect
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.experiment import ExperimentError, OptimizerSpec
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.engine.optimizers import RULES, Optimizer

VARIANTS: list[tuple[str, dict[str, object]]] = [(name, {}) for name in RULES]
VARIANTS += [
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.01, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.99), "weight_decay": 0.01, "amsgrad": True}),
    ("AdamW", {"lr": 0.05, "amsgrad": True}),
    ("NAdam", {"weight_decay": 0.02}),
    ("RAdam", {"weight_decay": 0.02, "betas": (0.5, 0.6)}),
    ("Adamax", {"weight_decay": 0.02}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "weight_decay": 0.01}),
    ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.5}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("Rprop", {"etas": (0.3, 1.7), "step_sizes": (1e-4, 0.5)}),
    ("ASGD", {"t0": 10.0, "weight_decay": 0.1}),
]


def bowl(x: Tensor) -> Tensor:
    """Curved differently along each element, not symmetric: every rule has something to do."""
    return (torch.arange(1, x.numel() + 1, dtype=x.dtype).reshape(x.shape) * (x - 1) ** 2).sum() + torch.sin(
        3 * x
    ).sum()


def reference(name: str, given_settings: dict[str, object], start: Tensor, steps: int) -> Tensor:
    """The path that torch.optim takes, (steps + 1, elements)."""
    x = start.clone().requires_grad_()
    optimizer = getattr(torch.optim, name)([x], **given_settings)
    path = [x.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(x).backward()
        optimizer.step()
        path.append(x.detach().clone())
    return torch.stack(path)


def ours(name: str, given_settings: dict[str, object], start: Tensor, steps: int) -> Tensor:
    """The path that our rule takes."""
    flat = start.clone()
    optimizer = Optimizer(OptimizerSpec(name, given_settings), [(0, len(flat))])  # type: ignore[arg-type]
    path = [flat.clone()]
    for _ in range(steps):
        x = flat.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(bowl(x), x)
        optimizer.step(flat, gradient)
        path.append(flat.clone())
    return torch.stack(path)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(("name", "given_settings"), VARIANTS, ids=lambda v: str(v))
def test_every_bit_is_torchs(name: str, given_settings: dict[str, object], dtype: torch.dtype) -> None:
    start = torch.linspace(-1.5, 2.5, 7, dtype=dtype)
    assert torch.equal(ours(name, given_settings, start, 60), reference(name, given_settings, start, 60))


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(RULES)),
    values=st.lists(st.floats(-3, 3, width=32), min_size=1, max_size=70),
    lr=st.floats(1e-4, 0.1),
)
def test_every_bit_for_any_start(name: str, values: list[float], lr: float) -> None:
    start = torch.tensor(values)
    assert torch.equal(ours(name, {"lr": lr}, start, 5), reference(name, {"lr": lr}, start, 5))


@pytest.mark.parametrize("name", sorted(RULES))
def test_flat_update_equals_one_parameter_at_a_time(name: str) -> None:
    """Two parameters in one flat tensor, the second of which has no gradient in some steps."""
    a, b = torch.tensor([0.3, -1.2, 2.0]).requires_grad_(), torch.tensor([1.5]).requires_grad_()
    theirs = getattr(torch.optim, name)([a, b], lr=0.01)
    flat = torch.cat([a.detach(), b.detach()])
    optimizer = Optimizer(OptimizerSpec(name, {"lr": 0.01}), [(0, 3), (3, 4)])
    for step in range(12):
        used = step not in (0, 4, 5)
        gradient = torch.cat([torch.cos(flat[:3]), flat[3:] * 2])
        optimizer.step(flat, gradient, None if used else [True, False])
        a.grad, b.grad = torch.cos(a.detach()), b.detach() * 2 if used else None
        theirs.step()
        assert torch.equal(flat, torch.cat([a.detach(), b.detach()])), step


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_settings_and_defaults_are_torchs(name: str) -> None:
    signature = inspect.signature(getattr(torch.optim, name).__init__)
    for setting in OPTIMIZERS[name].settings:
        default = signature.parameters[setting.name].default
        expected = None if setting.default == "none" else setting.default
        assert default == expected, setting.name


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_bounds_are_torchs(name: str) -> None:
    """What the table admits at its bounds, torch takes; what lies below it, torch refuses."""
    for setting in OPTIMIZERS[name].settings:
        if isinstance(setting.default, float) and setting.low == 0.0:
            p = torch.zeros(1, requires_grad=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                getattr(torch.optim, name)([p], **{setting.name: 0.0})
            with pytest.raises(ExperimentError, match=setting.name):
                OptimizerSpec(name, {setting.name: -0.5})


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(ExperimentError, match="momentum"):
        OptimizerSpec("SGD", {"nesterov": True})
