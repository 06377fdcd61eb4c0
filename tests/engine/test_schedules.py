"""Schedules and clipping against the loops that one would write with torch: bit for bit."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.events import StepsTaken
from gui_app.core.experiment import (
    Experiment,
    ExperimentError,
    OptimizerSpec,
    ParameterSpec,
    RunSpec,
)
from gui_app.core.optimizers import Setting
from gui_app.core.runner import Allowance
from gui_app.core.schedule_rules import RULES, Schedule
from gui_app.core.schedules import SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.engine import descent
from gui_app.engine.descent import descend

STEPS = 52
X = ((0.2, 0.5, 0.7), (0.4, 0.6, 0.8), (0.3, 0.6, 0.9))
Y = ((0.8, 0.8), (0.7, 0.9), (0.9, 0.9))
ROSENBROCK = (
    "(1 - x)**2 + 100*(y - x**2)**2",
    (ParameterSpec("x", -1.2), ParameterSpec("y", 1.0)),
    lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
)
C4 = (
    "((X @ W - Y)**2).sum()",
    (
        ParameterSpec("X", X, requires_grad=False),
        ParameterSpec("Y", Y, requires_grad=False),
        ParameterSpec("W", ((0.3, -1.1), (0.8, 0.2), (-0.4, 1.7))),
    ),
    lambda x, y, w: ((x @ w - y) ** 2).sum(),
)
Problem = tuple[str, tuple[ParameterSpec, ...], Callable[..., Tensor]]
PROBLEMS: dict[str, Problem] = {"Rosenbrock": ROSENBROCK, "C4": C4}

SCHEDULED = [
    ScheduleSpec("StepLR", {"step_size": 7, "gamma": 0.7}),
    ScheduleSpec("ExponentialLR", {"gamma": 0.93}),
    ScheduleSpec("CosineAnnealingLR", {"T_max": 20, "eta_min": 1e-4}),
    ScheduleSpec("OneCycleLR", {"max_lr": 0.0003, "total_steps": STEPS}),
    ScheduleSpec(
        "OneCycleLR",
        {
            "max_lr": 0.0003,
            "total_steps": STEPS,
            "anneal_strategy": "linear",
            "three_phase": True,
            "pct_start": 0.4,
        },
    ),
    ScheduleSpec("OneCycleLR", {"max_lr": 0.0003, "total_steps": STEPS, "cycle_momentum": False}),
    ScheduleSpec("LinearLR", {"start_factor": 0.1, "total_iters": 30}),
    ScheduleSpec("ReduceLROnPlateau", {"patience": 1, "factor": 0.5, "cooldown": 2, "threshold": 0.05}),
    ScheduleSpec(
        "ReduceLROnPlateau", {"patience": 0, "factor": 0.5, "threshold_mode": "abs", "min_lr": 1e-4}
    ),
]
OPTIMIZED = [
    ("SGD", {"lr": 0.0003, "momentum": 0.8, "nesterov": True}),
    ("Adam", {"lr": 0.03}),
    ("RMSprop", {"lr": 0.005, "momentum": 0.5, "centered": True}),
]


@pytest.fixture(autouse=True, scope="module")
def short_stretches() -> Iterator[None]:
    """Few rows in a stretch: runs of many stretches, which are set up quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(descent, "MOST_ROWS", 12)
        yield


def by_hand(
    problem: Problem, spec: OptimizerSpec, dtype: str, steps: int, clear: bool = True
) -> list[list[float]]:
    """The parameters at each step of the loop that one would write."""
    _, parameters, function = problem
    tensors = [
        torch.tensor(p.value, dtype=getattr(torch, dtype)).requires_grad_(p.requires_grad) for p in parameters
    ]
    trained = [t for t in tensors if t.requires_grad]
    optimizer = getattr(torch.optim, spec.name)(trained, **spec.settings)
    scheduler = None
    if spec.schedule:
        given_ = {**spec.schedule.complete()}
        scheduler = getattr(torch.optim.lr_scheduler, spec.schedule.name)(optimizer, **given_)
    path = []
    for k in range(steps + 1):
        path.append(torch.cat([t.detach().reshape(-1) for t in trained]).tolist())
        if clear:
            optimizer.zero_grad()
        loss = function(*tensors)
        loss.backward()
        if k == steps:
            break
        if spec.clip and spec.clip.name == "norm":
            torch.nn.utils.clip_grad_norm_(trained, spec.clip.amount)
        elif spec.clip:
            torch.nn.utils.clip_grad_value_(trained, spec.clip.amount)
        optimizer.step()
        if spec.schedule and spec.schedule.name == "ReduceLROnPlateau":
            scheduler.step(loss.detach())  # type: ignore[union-attr]
        elif scheduler:
            scheduler.step()
    return path


def recorded(experiment: Experiment, allowance: Allowance | None = None) -> list[list[float]]:
    """The parameters at each step of our run."""
    run = descend(experiment)
    next(run)
    rows: list[list[float]] = []
    while len(rows) <= experiment.run.steps:
        event = run.send(allowance if rows else None)
        assert isinstance(event, StepsTaken), event
        rows += event.parameters.tolist()
    return rows


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("schedule", SCHEDULED, ids=lambda s: f"{s.name}-{len(s.settings)}")
def test_every_schedule_is_torchs(schedule: ScheduleSpec, problem: str, dtype: str) -> None:
    program, parameters, _ = PROBLEMS[problem]
    for name, given_ in OPTIMIZED:
        spec = OptimizerSpec(name, given_, schedule)  # type: ignore[arg-type]
        experiment = Experiment(program, parameters, spec, RunSpec(STEPS, dtype=dtype))
        assert recorded(experiment, Allowance(9)) == by_hand(PROBLEMS[problem], spec, dtype, STEPS), spec


@pytest.mark.parametrize("clear", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "clip", [ClipSpec("norm", 0.5), ClipSpec("value", 0.3), ClipSpec("norm", 1e6)], ids=str
)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_clipping_is_torchs(problem: str, clip: ClipSpec, dtype: str, clear: bool) -> None:
    program, parameters, _ = PROBLEMS[problem]
    for name, given_ in OPTIMIZED[:2]:
        schedule = ScheduleSpec("ExponentialLR", {"gamma": 0.98})
        spec = OptimizerSpec(name, given_, schedule, clip)  # type: ignore[arg-type]
        run = RunSpec(STEPS, dtype=dtype, clear_gradients=clear)
        expected = by_hand(PROBLEMS[problem], spec, dtype, STEPS, clear)
        assert recorded(Experiment(program, parameters, spec, run), Allowance(9)) == expected, spec


@pytest.mark.parametrize("clip", [None, ClipSpec("norm", 4.0), ClipSpec("value", 0.8)], ids=str)
def test_lbfgs_with_schedule_and_clipping_is_torchs(clip: ClipSpec | None) -> None:
    spec = OptimizerSpec(
        "LBFGS", {"lr": 0.5, "max_iter": 3}, ScheduleSpec("CosineAnnealingLR", {"T_max": 20}), clip
    )
    program, parameters, function = C4
    trained = [torch.tensor(p.value).requires_grad_(p.requires_grad) for p in parameters]
    w = trained[-1]
    theirs = torch.optim.LBFGS([w], lr=0.5, max_iter=3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 20)

    def closure() -> Tensor:
        theirs.zero_grad()
        loss = function(*trained)
        loss.backward()
        if clip and clip.name == "norm":
            torch.nn.utils.clip_grad_norm_([w], clip.amount)
        elif clip:
            torch.nn.utils.clip_grad_value_([w], clip.amount)
        return loss

    path = [w.detach().reshape(-1).tolist()]
    for _ in range(25):
        theirs.step(closure)  # type: ignore[arg-type]
        scheduler.step()
        path.append(w.detach().reshape(-1).tolist())
    assert recorded(Experiment(program, parameters, spec, RunSpec(25))) == path


def test_the_length_of_the_gradient_is_that_of_all_parameters_in_their_order() -> None:
    """Sizes at which sums are vectorised, in two dtypes that lie in two stores."""
    torch.manual_seed(3)
    shapes = {"a": (257,), "b": (3, 11), "c": (1001,), "d": ()}
    dtypes = {"a": "float32", "b": "float64", "c": "float32", "d": "float64"}
    starts = {name: torch.randn(shape, dtype=torch.float64) for name, shape in shapes.items()}
    specs = tuple(ParameterSpec(n, _nested(s.tolist()), dtype=dtypes[n]) for n, s in starts.items())
    program = "(a**4).sum() + (b**4).sum() + (c**4).sum() + d**4"
    spec = OptimizerSpec("SGD", {"lr": 0.01, "momentum": 0.9}, None, ClipSpec("norm", 2.0))
    ours = recorded(Experiment(program, specs, spec, RunSpec(50)))
    tensors = [starts[n].to(getattr(torch, dtypes[n])).requires_grad_() for n in shapes]
    optimizer = torch.optim.SGD(tensors, lr=0.01, momentum=0.9)
    for _ in range(50):
        optimizer.zero_grad()
        sum((t**4).sum() for t in tensors).backward()  # type: ignore[union-attr]
        torch.nn.utils.clip_grad_norm_(tensors, 2.0)
        optimizer.step()
    assert ours[-1] == torch.cat([t.detach().double().reshape(-1) for t in tensors]).tolist()


def _nested(values: object) -> object:
    return tuple(map(_nested, values)) if isinstance(values, list) else values


def test_clipping_passes_over_parameters_without_a_gradient() -> None:
    program = "loss = (a - 1)**4\nif a < 2.5:\n    loss = loss + 9*b**2\nloss"
    specs = (ParameterSpec("a", 3.0), ParameterSpec("b", 2.0))
    for clip in (ClipSpec("norm", 0.7), ClipSpec("value", 0.2)):
        spec = OptimizerSpec("Adam", {"lr": 0.05}, None, clip)

        def function(a: Tensor, b: Tensor) -> Tensor:
            loss = (a - 1) ** 4
            return loss + 9 * b**2 if a < 2.5 else loss

        for clear in (True, False):
            run = RunSpec(60, clear_gradients=clear)
            expected = by_hand((program, specs, function), spec, "float32", 60, clear)
            assert recorded(Experiment(program, specs, spec, run), Allowance(7)) == expected


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(SCHEDULES)), lr=st.floats(1e-4, 1.0))
def test_any_settings_give_torchs_learning_rates(data: st.DataObject, name: str, lr: float) -> None:
    ranges: dict[str, st.SearchStrategy[object]] = {
        "step_size": st.integers(1, 12),
        "T_max": st.integers(1, 30),
        "total_steps": st.integers(2, 60),
        "total_iters": st.integers(0, 30),
        "patience": st.integers(0, 5),
        "cooldown": st.integers(0, 5),
        "pct_start": st.floats(0.05, 0.95),
        "start_factor": st.floats(0.01, 1.0),
    }
    chosen: dict[str, object] = {}
    for setting in SCHEDULES[name].settings:
        default = st.just(setting.default)
        if setting.choices:
            chosen[setting.name] = data.draw(st.sampled_from(setting.choices))
        elif isinstance(setting.default, bool):
            chosen[setting.name] = data.draw(st.booleans())
        else:
            chosen[setting.name] = data.draw(ranges.get(setting.name, default))
    p = torch.zeros(1, requires_grad=True)
    theirs = torch.optim.SGD([p], lr=lr)
    group = {"lr": lr, "momentum": 0.0}
    ours = Schedule(ScheduleSpec(name, chosen), group)  # type: ignore[arg-type]
    try:
        scheduler = getattr(torch.optim.lr_scheduler, name)(theirs, **chosen)
    except ZeroDivisionError:  # a phase of no length at the start: ours is over at once
        return
    p.grad = torch.zeros(1)
    losses = data.draw(st.lists(st.floats(0, 10), min_size=40, max_size=40))
    for loss in losses[: chosen.get("total_steps", 40)]:  # type: ignore[misc]
        assert group["lr"] == theirs.param_groups[0]["lr"]
        if chosen.get("cycle_momentum"):
            assert group["momentum"] == theirs.param_groups[0]["momentum"]
        theirs.step()
        scheduler.step(loss) if name == "ReduceLROnPlateau" else scheduler.step()
        ours.step(group, torch.tensor(loss, dtype=torch.float64))


def test_after_one_cycle_the_learning_rate_stays() -> None:
    group: dict[str, object] = {"lr": 1.0, "betas": (0.9, 0.999)}
    schedule = Schedule(ScheduleSpec("OneCycleLR", {"total_steps": 4, "pct_start": 1.0}), group)
    rates = []
    for _ in range(9):
        schedule.step(group, torch.tensor(0.0))
        rates.append(group["lr"])
    assert rates[4:] == rates[3:4] * 5


def test_an_optimizer_without_momentum_has_none_to_cycle() -> None:
    spec = OptimizerSpec("Adagrad", {}, ScheduleSpec("OneCycleLR", {"total_steps": 20}))
    quiet = OptimizerSpec(
        "Adagrad", {}, ScheduleSpec("OneCycleLR", {"total_steps": 20, "cycle_momentum": False})
    )
    program, parameters, _ = C4
    runs = [recorded(Experiment(program, parameters, each, RunSpec(20))) for each in (spec, quiet)]
    assert runs[0] == runs[1] == by_hand(C4, quiet, "float32", 20)


@pytest.mark.parametrize("name", SCHEDULES)
def test_names_and_defaults_are_torchs(name: str) -> None:
    signature = inspect.signature(getattr(torch.optim.lr_scheduler, name).__init__)
    own: set[str] = set()
    for setting in SCHEDULES[name].settings:
        default = signature.parameters[setting.name].default
        if default in (inspect.Parameter.empty, None):  # torch leaves it to us
            own.add(setting.name)
        else:
            assert default == setting.default, setting.name
    needed = {"step_size", "gamma"} if name == "ExponentialLR" else {"step_size"}
    assert own <= needed | {"T_max", "max_lr", "total_steps"}
    assert name in RULES
    assert SCHEDULES[name].length in ("", *(s.name for s in SCHEDULES[name].settings))


@pytest.mark.parametrize(
    ("name", "given_", "where"),
    [
        ("StepLR", {"step_size": 0}, "optimizer.schedule.step_size"),
        ("StepLR", {"gama": 0.1}, "optimizer.schedule.gama"),
        ("CosineLR", {}, "optimizer.schedule.name"),
        ("ReduceLROnPlateau", {"factor": 1.0}, "optimizer.schedule.factor"),
        ("LinearLR", {"start_factor": 0.0}, "optimizer.schedule.start_factor"),
        ("OneCycleLR", {"anneal_strategy": "sin"}, "optimizer.schedule.anneal_strategy"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, given_: dict[str, object], where: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        ScheduleSpec(name, given_)  # type: ignore[arg-type]
    assert caught.value.where == where


@pytest.mark.parametrize("amount", [0.0, -1.0, float("inf"), float("nan")])
def test_clipping_needs_a_bound(amount: float) -> None:
    with pytest.raises(ExperimentError, match=r"optimizer\.clip\.amount"):
        ClipSpec("norm", amount)
    with pytest.raises(ExperimentError, match=r"optimizer\.clip\.name"):
        ClipSpec("length", 1.0)


def test_every_setting_admits_its_default() -> None:
    for info in SCHEDULES.values():
        for setting in info.settings:
            assert isinstance(setting, Setting)
            assert setting.problem(setting.default) is None, (info.name, setting.name)
