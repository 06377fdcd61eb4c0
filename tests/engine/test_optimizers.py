"""The update rules against torch.optim: names, defaults, and every bit of the result."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.events import Failed
from gui_app.core.experiment import Experiment, ExperimentError, OptimizerSpec, ParameterSpec
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.engine.descent import descend
from gui_app.engine.optimizers import BY_MATRIX, RULES, Optimizer

FLAT = sorted(set(RULES) - BY_MATRIX)
VARIANTS: list[tuple[str, dict[str, object]]] = [(name, {}) for name in FLAT]
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
    name=st.sampled_from(FLAT),
    values=st.lists(st.floats(-3, 3, width=32), min_size=1, max_size=70),
    lr=st.floats(1e-4, 0.1),
)
def test_every_bit_for_any_start(name: str, values: list[float], lr: float) -> None:
    start = torch.tensor(values)
    assert torch.equal(ours(name, {"lr": lr}, start, 5), reference(name, {"lr": lr}, start, 5))


@pytest.mark.parametrize("name", FLAT)
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
        left_out = {"none": None, "original": None}  # torch's own words for its default
        assert default in (setting.default, left_out.get(str(setting.default), default)), setting.name


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_bounds_are_torchs(name: str) -> None:
    """What the table admits at its bounds, torch takes; what lies below it, torch refuses."""
    for setting in OPTIMIZERS[name].settings:
        if isinstance(setting.default, float) and setting.low == 0.0:
            p = torch.zeros(1, 1, requires_grad=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                getattr(torch.optim, name)([p], **{setting.name: 0.0})
            with pytest.raises(ExperimentError, match=setting.name):
                OptimizerSpec(name, {setting.name: -0.5})


MUON: list[dict[str, object]] = [
    {},
    {"lr": 0.1, "nesterov": False, "weight_decay": 0.0},
    {"lr": 0.05, "momentum": 0.5, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
    {"lr": 0.05, "ns_coefficients": (2.0, -1.5, 0.5), "eps": 1e-3},
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("given_settings", MUON, ids=str)
def test_muon_is_torchs_for_tall_wide_and_single_matrices(
    given_settings: dict[str, object], dtype: torch.dtype
) -> None:
    shapes = [(5, 3), (2, 9), (4, 4), (1, 1)]
    extents = [(0, 15), (15, 33), (33, 49), (49, 50)]
    flat = torch.linspace(-1.5, 2.5, 50, dtype=torch.float64).sin().to(dtype)
    theirs = [
        flat[a:b].view(shape).clone().requires_grad_() for (a, b), shape in zip(extents, shapes, strict=True)
    ]
    reference_ = torch.optim.Muon(theirs, **given_settings)  # type: ignore[arg-type]
    optimizer = Optimizer(OptimizerSpec("Muon", given_settings), extents, shapes)  # type: ignore[arg-type]
    for step in range(12):
        reference_.zero_grad()
        used = theirs if step % 5 else theirs[1:]
        sum(bowl(x) for x in used).backward()  # type: ignore[union-attr]
        gradient = torch.zeros_like(flat) if step % 5 == 0 else torch.empty_like(flat)
        for x, (a, b) in zip(theirs, extents, strict=True):
            if x.grad is not None:
                gradient[a:b] = x.grad.reshape(-1)
        optimizer.step(flat, gradient, None if step % 5 else [False, True, True, True])
        reference_.step()
        assert torch.equal(flat, torch.cat([x.detach().reshape(-1) for x in theirs])), step


@pytest.mark.parametrize(
    ("start", "words"), [(1.0, "x is a single number"), ((1.0, 2.0), "x has shape (2,)")]
)
def test_muon_refuses_what_is_no_matrix(start: float | tuple[float, ...], words: str) -> None:
    specs = (ParameterSpec("W", ((1.0, 2.0),)), ParameterSpec("x", start))
    experiment = Experiment("(W**2).sum() + (x**2).sum()", specs, OptimizerSpec("Muon"))
    (failed,) = descend(experiment)
    assert isinstance(failed, Failed)
    assert failed.fault.message == f"Muon updates matrices only, and {words}."
    assert "[[1.0]]" in failed.fault.hint
    fixed = replace(experiment, parameters=(specs[0], replace(specs[1], requires_grad=False)))
    assert not any(isinstance(event, Failed) for event in descend(fixed))


def test_nesterov_needs_momentum() -> None:
    assert OptimizerSpec("Muon", {"nesterov": True}).complete()["momentum"] == 0.95
    with pytest.raises(ExperimentError, match="momentum"):
        OptimizerSpec("SGD", {"nesterov": True})
