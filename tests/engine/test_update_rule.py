"""The arithmetic of an update against torch.optim: every number shown, for every optimizer, step after step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from gui_app.core.arithmetic import Arithmetic, ArithmeticAsked
from gui_app.core.events import Changed, Started, StepsTaken
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.frames import Resume
from gui_app.core.history import History
from gui_app.core.resources import resource
from gui_app.core.rules.evaluation import value_of
from gui_app.core.rules.formulas import is_sentence
from gui_app.core.runner import Allowance
from gui_app.core.schedule_rules import Schedule
from gui_app.core.schedules import SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.core.session import resume_of
from gui_app.core.update_formulas.schedules import SCHEDULES as CLOSED
from gui_app.core.update_formulas.schedules import letters_of
from gui_app.engine.descent import descend
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.update_rules import arithmetic_of
from gui_app.engine.lenses.update_rules.derived import REMEMBERED
from gui_app.engine.problem import Problem
from gui_app.files.experiment import read_experiment

STEPS = 50
NORM, VALUE = ClipSpec("norm", 0.5), ClipSpec("value", 0.25)
CYCLE = ScheduleSpec("OneCycleLR", {"max_lr": 0.001, "total_steps": STEPS + 1})

ROSENBROCK = Experiment(
    "(1 - W[0,0])**2 + 100 * (W[0,1] - W[0,0]**2)**2",
    (ParameterSpec("W", ((-1.2, 1.0),)),),
    run=RunSpec(steps=STEPS, dtype="float64"),
)
C4 = read_experiment(resource("lessons/C4.toml"))
PROBLEMS = {"rosenbrock": ROSENBROCK, "C4": replace(C4, run=replace(C4.run, steps=STEPS))}

SPECS = [
    OptimizerSpec("SGD", {"lr": 5e-4}),
    OptimizerSpec("SGD", {"lr": 5e-4, "weight_decay": 0.1}, clip=NORM),
    OptimizerSpec("SGD", {"lr": 5e-4, "momentum": 0.9}, ScheduleSpec("StepLR", {"step_size": 7})),
    OptimizerSpec("SGD", {"lr": 5e-4, "momentum": 0.9, "dampening": 0.2, "weight_decay": 0.01}, clip=VALUE),
    OptimizerSpec("SGD", {"lr": 5e-4, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}, CYCLE),
    OptimizerSpec("Adam", {"lr": 0.05}),
    OptimizerSpec("Adam", {"lr": 0.05, "weight_decay": 0.1, "amsgrad": True}, CYCLE, NORM),
    OptimizerSpec("AdamW", {"lr": 0.05}, ScheduleSpec("CosineAnnealingLR", {"T_max": 40})),
    OptimizerSpec("AdamW", {"lr": 0.05, "amsgrad": True, "betas": (0.5, 0.9)}),
    OptimizerSpec("AdamW", {"lr": 0.05, "weight_decay": 0.0}),
    OptimizerSpec("NAdam", {"lr": 0.05}),
    OptimizerSpec("NAdam", {"weight_decay": 0.1}, clip=VALUE),
    OptimizerSpec("RAdam"),
    OptimizerSpec("RAdam", {"betas": (0.5, 0.7), "weight_decay": 0.02}),
    OptimizerSpec("Adamax", {"lr": 0.05}, ScheduleSpec("LinearLR")),
    OptimizerSpec("Adamax", {"weight_decay": 0.02}),
    OptimizerSpec("RMSprop"),
    OptimizerSpec("RMSprop", {"momentum": 0.9, "centered": True, "weight_decay": 0.01}, clip=NORM),
    OptimizerSpec("Adagrad", {"lr": 0.1}),
    OptimizerSpec("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.5}),
    OptimizerSpec("Adadelta"),
    OptimizerSpec("Adadelta", {"weight_decay": 0.1, "rho": 0.5}),
    OptimizerSpec("Rprop"),
    OptimizerSpec("Rprop", {"etas": (0.3, 1.7), "step_sizes": (1e-4, 0.1)}),
    OptimizerSpec("ASGD", {"lr": 2e-4}),
    OptimizerSpec("ASGD", {"lr": 2e-4, "t0": 10.0, "lambd": 0.1, "weight_decay": 0.1}),
    OptimizerSpec("Muon"),
    OptimizerSpec(
        "Muon", {"lr": 0.05, "nesterov": False, "weight_decay": 0.0}, ScheduleSpec("ExponentialLR")
    ),
    OptimizerSpec("Muon", {"adjust_lr_fn": "match_rms_adamw", "ns_steps": 2}, clip=NORM),
]


def named(spec: OptimizerSpec) -> str:
    """A short name for a test."""
    parts = [spec.name, *(f"{key}={value}" for key, value in spec.settings.items())]
    return " ".join([*parts, *(each.name for each in (spec.schedule, spec.clip) if each)])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A frame at every step, little scratch, one thread: the way from a frame is what other tests are about."""
    monkeypatch.setattr("gui_app.engine.frames.MOST_BETWEEN", 1)
    monkeypatch.setattr("gui_app.engine.descent.MOST_ROWS", 4)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def recorded(experiment: Experiment, steps: int, changes: dict[int, OptimizerSpec] | None = None) -> History:
    """The first steps of a run."""
    run, allowance, changes = descend(experiment), None, changes or {}
    event = next(run)
    assert isinstance(event, Started)
    history = History(event.columns, event.dtype)
    while history.last < steps:
        event = run.send(allowance) if allowance else next(run)
        if isinstance(event, Changed):
            history.changes[event.step] = event.optimizer
        if isinstance(event, StepsTaken):
            history.extend(event.losses, event.parameters, event.gradients, event.frames)
        allowance = Allowance(1, 1.0, optimizer=changes.get(history.last), beyond=True)
    return history


def asked(problem: Problem, resume: Resume, column: int = 0) -> Arithmetic:
    """The answer."""
    question = ArithmeticAsked(problem.experiment, resume=resume, column=column)
    told = arithmetic_of(problem, question, lambda: False)
    assert told is not None
    return told


class Reference:
    """The loop that one would write with torch.optim."""

    def __init__(self, experiment: Experiment) -> None:
        spec = experiment.optimizer
        self.problem = Problem(experiment)
        self.leaves = [self.problem.leaves[each.name] for each in experiment.trained]
        self.optimizer = getattr(torch.optim, spec.name)(self.leaves, **spec.settings)
        self.clip, self.schedule = spec.clip, None
        if spec.schedule is not None:
            made = getattr(torch.optim.lr_scheduler, spec.schedule.name)
            self.schedule = made(self.optimizer, **spec.schedule.complete())

    def step(self) -> None:
        """Take one."""
        self.optimizer.zero_grad()
        self.problem.loss().backward()  # type: ignore[no-untyped-call]
        if self.clip is not None and self.clip.name == "norm":
            torch.nn.utils.clip_grad_norm_(self.leaves, self.clip.amount)
        elif self.clip is not None:
            torch.nn.utils.clip_grad_value_(self.leaves, self.clip.amount)
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()

    def values(self, column: int) -> dict[str, float]:
        """By torch's names, what is kept of one element of the only parameter, and the settings."""
        state = self.optimizer.state.get(self.leaves[0], {})
        kept = {
            key: float(value.reshape(-1)[column if value.numel() > 1 else 0])
            for key, value in state.items()
            if isinstance(value, Tensor)
        }
        return kept | {"theta": float(self.leaves[0].detach().reshape(-1)[column])}


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize("where", PROBLEMS)
@pytest.mark.parametrize("spec", SPECS, ids=named)
def test_every_number_is_torchs(spec: OptimizerSpec, where: str) -> None:
    experiment = replace(PROBLEMS[where], optimizer=spec)
    history, reference, problem = recorded(experiment, STEPS), Reference(experiment), Problem(experiment)
    for step in range(STEPS):
        column = step % len(history.columns)
        before, rate = reference.values(column), reference.optimizer.param_groups[0]["lr"]
        told = asked(problem, resume_of(history, step), column)
        reference.step()
        after, values = reference.values(column), told.values
        assert values["eta"] == rate
        assert (values["theta_k"], values["theta_next"]) == (before["theta"], after["theta"])
        assert np.array_equal(told.following, history.parameters(step + 1))
        if spec.clip is not None:
            assert reference.leaves[0].grad is not None
            assert values["g_clip"] == float(reference.leaves[0].grad.reshape(-1)[column])
        for key, stem in REMEMBERED.items():
            if key in after:
                assert values[f"{stem}_next"] == after[key], key
            if key in before:
                assert values[f"{stem}_k"] == before[key], key
        if "t" in values:
            assert values["t"] == after["step"]
        assert recombined(spec, values, experiment.run.dtype) == after["theta"]
        if step % 5 == 0:
            check_lines(told, 1e-9 if experiment.run.dtype == "float64" else 3e-5)


IN_FLOAT32 = dict.fromkeys(("prod_next", "eta_next", "mu_next"), 1e-6)
"""What torch keeps in float32, whatever the parameters are."""


def check_lines(told: Arithmetic, tolerance: float) -> None:
    """Each line ends in a number, which its formula gives from the others."""
    for line in told.lines:
        value = told.values[line.letter]
        by_hand = (
            None if is_sentence(line.formula) or not line.formula else value_of(line.formula, told.values)
        )
        if by_hand is not None:
            most = max(tolerance, IN_FLOAT32.get(line.letter, 0.0))
            size = max(abs(value), abs(told.values["theta_k"]) if line.letter == "theta_next" else 0.0)
            assert math.isclose(by_hand, value, rel_tol=most, abs_tol=most * size + 1e-30), line


def recombined(spec: OptimizerSpec, values: Any, dtype: str) -> float:
    """The next value from the numbers that are shown, put together as torch.optim does."""
    x = {key: torch.tensor([value], dtype=getattr(torch, dtype)) for key, value in values.items()}
    decays = spec.complete().get("weight_decay")
    gradient = x["g_decay"]
    decayed = (
        x["theta_decay"]
        if spec.name == "ASGD" or (spec.name in ("AdamW", "Muon") and decays)
        else x["theta_k"]
    )
    return float(RECOMBINED[spec.name](x, values, decayed, gradient))


def _sgd(x: Any, values: Any, theta: Tensor, g: Tensor) -> Tensor:
    return theta.add(x.get("direction", x.get("b_next", g)), alpha=-values["eta"])


def _nadam(x: Any, values: Any, theta: Tensor, g: Tensor) -> Tensor:
    lr, mu, mu_next, product = (values[key] for key in ("eta", "mu_t", "mu_t1", "prod_next"))
    theta = theta.addcdiv(g, x["denominator"], value=-lr * (1.0 - mu) / (1.0 - product))
    return theta.addcdiv(x["m_next"], x["denominator"], value=-lr * mu_next / (1.0 - product * mu_next))


def _rmsprop(x: Any, values: Any, theta: Tensor, g: Tensor) -> Tensor:
    if "b_next" in x:
        return theta.add(x["b_next"], alpha=-values["eta"])
    return theta.addcdiv(g, x["denominator"], value=-values["eta"])


def _adam(x: Any, values: Any, theta: Tensor, _g: Tensor) -> Tensor:
    return theta.addcdiv(x["m_next"], x["denominator"], value=-values["eta_t"])


RECOMBINED: dict[str, Callable[[Any, Any, Tensor, Tensor], Tensor]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adam,
    "NAdam": _nadam,
    "RAdam": lambda x, _values, theta, _g: theta + x["delta"],
    "Adamax": lambda x, values, theta, _g: theta.addcdiv(x["m_next"], x["u_next"], value=-values["eta_t"]),
    "RMSprop": _rmsprop,
    "Adagrad": lambda x, values, theta, g: theta.addcdiv(g, x["denominator"], value=-values["eta_t"]),
    "Adadelta": lambda x, values, theta, _g: theta.add(x["quotient"], alpha=-values["eta"]),
    "Rprop": lambda x, _values, theta, _g: theta + x["delta"],
    "ASGD": lambda _x, values, theta, g: theta.add(g, alpha=-values["eta_k"]),
    "Muon": lambda x, values, theta, _g: theta.add(x["o"], alpha=-values["eta_m"]),
}


LBFGS = [
    OptimizerSpec("LBFGS", {"max_iter": 5}),
    OptimizerSpec("LBFGS", {"max_iter": 4, "history_size": 3}, ScheduleSpec("ExponentialLR")),
    OptimizerSpec("LBFGS", {"line_search_fn": "strong_wolfe"}),
    OptimizerSpec("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 3}, clip=ClipSpec("norm", 5.0)),
]


@pytest.mark.parametrize("where", PROBLEMS)
@pytest.mark.parametrize("spec", LBFGS, ids=named)
def test_the_inner_steps_are_torchs(spec: OptimizerSpec, where: str) -> None:
    experiment = replace(PROBLEMS[where], optimizer=spec)
    history, problem, theirs = recorded(experiment, 12), Problem(experiment), Problem(experiment)
    leaves = list(theirs.leaves.values())
    search = {"line_search_fn": spec.complete()["line_search_fn"].replace("none", "") or None}  # type: ignore[union-attr]
    lbfgs = torch.optim.LBFGS(leaves, **(spec.settings | search))  # type: ignore[arg-type]
    schedule = (
        torch.optim.lr_scheduler.ExponentialLR(lbfgs, **spec.schedule.complete()) if spec.schedule else None
    )
    seen: list[tuple[float, float, float]] = []

    def closure() -> Tensor:
        lbfgs.zero_grad()
        loss = theirs.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        if spec.clip is not None:
            torch.nn.utils.clip_grad_norm_(leaves, spec.clip.amount)
        largest = max(float(leaf.grad.abs().max()) for leaf in leaves if leaf.grad is not None)
        seen.append((float(loss.detach()), largest, float(leaves[0].detach()[0, 1])))
        return loss

    for step in range(12):
        told = asked(problem, resume_of(history, step), 1)
        seen.clear()
        lbfgs.step(closure)
        (state,) = lbfgs.state.values()
        assert told.inner is not None
        evaluations = told.inner.evaluations
        assert [(each.loss, each.largest, each.value) for each in evaluations] == seen
        assert told.values["theta_next"] == float(leaves[0].detach()[0, 1])
        assert np.array_equal(told.following, history.parameters(step + 1))
        assert told.values["eta"] == lbfgs.param_groups[0]["lr"]
        if schedule is not None:
            schedule.step()
        if evaluations[-1].length is not None:  # the last direction may have had one pair more
            assert evaluations[-1].pairs - len(state["old_dirs"]) in (0, -1)
        assert [each.iteration for each in evaluations] == sorted(each.iteration for each in evaluations)
        assert all(each.slope is None or each.slope < 0 for each in evaluations)
        assert [line.letter for line in told.lines][-3:] == ["d_i", "slope_i", "theta_next"]


@pytest.mark.parametrize(
    ("settings", "start", "words"),
    [
        ({}, 1.0, "The gradient is at most 1e-07 already, so nothing is done."),
        ({"max_iter": 4}, 3.0, "All 4 inner steps have been taken."),
        ({"tolerance_grad": 1e-3}, 3.0, "The gradient has fallen to at most 0.001."),
        (
            {"tolerance_change": 0.3, "lr": 0.1, "tolerance_grad": 0.0},
            3.0,
            "The last inner step was no longer than 0.3.",
        ),
        ({"tolerance_change": 1e-3}, 1.01, "its slope is above -0.001."),
        (
            {"max_iter": 4, "line_search_fn": "strong_wolfe", "lr": 1e-3},
            3.0,
            "The objective has been evaluated",
        ),
    ],
)
def test_why_lbfgs_stops_is_said(settings: dict[str, Any], start: float, words: str) -> None:
    parameters = (ParameterSpec("x", start),)
    experiment = Experiment(
        "(x - 1)**2 + (x - 1)**4", parameters, OptimizerSpec("LBFGS", settings), RunSpec(3, dtype="float64")
    )
    told = asked(Problem(experiment), resume_of(recorded(experiment, 0), 0))
    assert told.inner is not None
    assert words in told.inner.stopped


def test_a_large_matrix_is_shown_around_the_element() -> None:
    parameters = (ParameterSpec("W", None, (90, 40), Distribution("normal", 0.0, 1.0, 3)),)
    experiment = Experiment("(W**2).sum()", parameters, OptimizerSpec("Muon"), RunSpec(3))
    history, problem = recorded(experiment, 1), Problem(experiment)
    column = 50 * 40 + 39
    told = asked(problem, resume_of(history, 0), column)
    matrix = told.matrix
    assert told.name == "W[50,39]"
    assert matrix is not None
    assert (matrix.first, matrix.before.shape, matrix.shape) == ((34, 8), (32, 32), (90, 40))
    assert matrix.after[50 - 34, 39 - 8] == told.values["o"]
    assert matrix.before[50 - 34, 39 - 8] == told.values["direction"]
    assert len(matrix.lengths[0]) == len(matrix.lengths[1]) == 40
    assert max(matrix.lengths[1]) < 1.5 < max(matrix.lengths[0])


XY = (ParameterSpec("x", 3.0), ParameterSpec("y", 2.0))


def test_settings_changed_at_the_step_count_for_its_update() -> None:
    experiment = Experiment(
        "x**2 + y**2", XY, OptimizerSpec("SGD", {"lr": 0.1, "momentum": 0.9}), RunSpec(20)
    )
    other = OptimizerSpec("SGD", {"lr": 0.05, "momentum": 0.5})
    history, problem = recorded(experiment, 10, {5: other}), Problem(experiment)
    for step in range(10):
        told = asked(problem, resume_of(history, step), 1)
        assert told.values["eta"] == (0.05 if step >= 5 else 0.1)
        assert told.values["mu"] == (0.5 if step >= 5 else 0.9)
        assert np.array_equal(told.following, history.parameters(step + 1))


@pytest.mark.parametrize(
    "wanted", [OptimizerSpec("SGD", {"lr": 0.5}), OptimizerSpec("Adam", {"lr": 0.2})], ids=named
)
def test_the_update_that_comes_next_uses_what_is_wanted_now(wanted: OptimizerSpec) -> None:
    experiment = Experiment(
        "x**2 + y**2", XY, OptimizerSpec("SGD", {"lr": 0.1, "momentum": 0.9}), RunSpec(20)
    )
    history, longer = recorded(experiment, 6), recorded(experiment, 7, {6: wanted})
    resume = resume_of(history, 6)
    told = asked(Problem(experiment), replace(resume, changes={**resume.changes, 6: wanted}))
    assert told.optimizer == wanted
    assert np.array_equal(told.following, longer.parameters(7))
    assert [line.letter for line in told.lines].count("m_next") == (wanted.name == "Adam")


def test_a_parameter_without_gradient_is_passed_over() -> None:
    program = "loss = (x - 1)**2\nif x < 2.9:\n    loss = loss + y**2\nloss"
    experiment = Experiment(program, XY, OptimizerSpec("Adam", {"lr": 0.05}), RunSpec(20))
    history, problem = recorded(experiment, 10), Problem(experiment)
    unused = [step for step in range(10) if np.isnan(history.gradients(step)[1])]
    assert unused == [0, 1, 2]
    for step in range(10):
        told, other = (asked(problem, resume_of(history, step), column) for column in (1, 0))
        assert bool(told.lines) == (step not in unused)
        assert other.lines
        assert other.values["t"] == step + 1
        assert told.values.get("t", step - 2) == step - 2
        assert np.array_equal(told.following, history.parameters(step + 1))


def test_two_precisions_keep_their_own() -> None:
    parameters = (ParameterSpec("a", ((0.3, 1.5),)), ParameterSpec("b", (0.7, 0.1), dtype="float64"))
    experiment = Experiment("(a**2).sum() + (b**3).sum()", parameters, OptimizerSpec("Adam"), RunSpec(9))
    history, problem = recorded(experiment, 5), Problem(experiment)
    for column, dtype in enumerate((np.float32, np.float32, np.float64, np.float64)):
        told = asked(problem, resume_of(history, 4), column)
        for letter in ("theta_k", "theta_next", "m_next", "v_next", "denominator"):
            assert float(dtype(told.values[letter])) == told.values[letter]
        assert told.values["theta_next"] == history.parameters(5)[column] == told.following[column]
    assert float(np.float32(told.values["m_next"])) != told.values["m_next"]


def test_kept_gradients_are_those_of_all_steps() -> None:
    run = RunSpec(20, clear_gradients=False)
    experiment = Experiment("x**2 + y**2", XY, OptimizerSpec("SGD", {"lr": 0.01}, clip=NORM), run)
    history, problem = recorded(experiment, 8), Problem(experiment)
    for step in range(8):
        told = asked(problem, resume_of(history, step))
        assert told.values["g_k"] == history.gradients(step)[0]
        assert np.array_equal(told.following, history.parameters(step + 1))
        assert "add up" in told.lines[0].remark


def test_what_is_not_finite_has_no_update() -> None:
    experiment = Experiment("x**2 / y", (XY[0], ParameterSpec("y", 0.0)), OptimizerSpec("SGD"), RunSpec(5))
    question = ArithmeticAsked(experiment, resume=Resume(0, np.array([3.0, 0.0], dtype=np.float32)), column=0)
    with pytest.raises(EngineError, match=r"No update follows: the loss is inf\."):
        arithmetic_of(Problem(experiment), question, lambda: False)


def test_the_problem_prints_to_whom_it_did_and_is_left_when_nobody_waits() -> None:
    experiment = Experiment("print(x)\nx**2", XY[:1], OptimizerSpec("SGD"), RunSpec(5))
    history, problem, printed = recorded(experiment, 1), Problem(experiment), list[str]()
    problem.write = write = printed.append
    question = ArithmeticAsked(experiment, resume=resume_of(history, 1), column=0)
    assert arithmetic_of(problem, question, lambda: True) is None
    assert problem.write == write
    assert asked(problem, resume_of(history, 1)).values["theta_k"] == history.parameters(1)[0]


SCHEDULED = [
    ("StepLR", {"step_size": 4, "gamma": 0.3}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 25, "eta_min": 1e-3}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.1, "end_factor": 0.7, "total_iters": 20}),
    ("OneCycleLR", {"total_steps": 40}),
    ("OneCycleLR", {"total_steps": 30, "three_phase": True, "anneal_strategy": "linear", "pct_start": 0.2}),
    ("OneCycleLR", {"total_steps": 20, "pct_start": 0.0}),
    ("OneCycleLR", {"total_steps": 20, "pct_start": 1.0, "cycle_momentum": False}),
]


@pytest.mark.parametrize("owner", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "settings"), SCHEDULED, ids=str)
def test_the_closed_formulas_are_the_schedules(name: str, settings: dict[str, Any], owner: str) -> None:
    spec = ScheduleSpec(name, settings)
    group = dict(OptimizerSpec(owner, {"lr": 0.2}).complete())
    schedule, loss = Schedule(spec, group), torch.tensor(1.0)
    facts = {"cosine": spec.complete().get("anneal_strategy") == "cos", f"cycles_{CYCLED[owner]}": True}
    for _ in range(40):
        known = {"eta_0": 0.2} | letters_of(name, spec.complete(), schedule.state)
        used = {"eta": group["lr"], "mu": group.get("momentum", 0.0), "beta1": group.get("betas", (0.0,))[0]}
        lines = [line for line in CLOSED[name] if line.applies(facts)]
        assert any(line.letter == "eta" for line in lines)
        for line in lines:
            moves = line.letter in used and (line.letter == "eta" or spec.complete().get("cycle_momentum"))
            if moves:
                assert value_of(line.formula, known) == pytest.approx(used[line.letter], rel=1e-9)
        schedule.step(group, loss)


CYCLED = {"SGD": "momentum", "Adam": "beta"}


def test_every_schedule_is_told() -> None:
    assert set(CLOSED) == set(SCHEDULES)


def test_a_learning_rate_changed_on_the_way_is_not_explained_by_the_formula() -> None:
    spec = OptimizerSpec("SGD", {"lr": 0.1}, ScheduleSpec("ExponentialLR", {"gamma": 0.9}))
    experiment = Experiment("x**2 + y**2", XY, spec, RunSpec(20))
    history = recorded(experiment, 6, {3: replace(spec, settings={"lr": 0.01})})
    for step in range(6):
        (line,) = [x for x in asked(Problem(experiment), resume_of(history, step)).lines if x.letter == "eta"]
        assert bool(line.formula) == (step < 3)
        assert ("changed on the way" in line.remark) == (step >= 3)


def test_a_plateau_tells_what_it_waits_for() -> None:
    spec = OptimizerSpec(
        "SGD", {"lr": 0.6}, ScheduleSpec("ReduceLROnPlateau", {"patience": 2, "factor": 0.5})
    )
    experiment = Experiment("abs(x) + 0*y", XY, spec, RunSpec(30))
    history, problem = recorded(experiment, 20), Problem(experiment)
    told = [asked(problem, resume_of(history, step)) for step in range(20)]
    assert [line.letter for line in told[0].lines][1:4] == ["bad", "patience", "eta"]
    assert [line.letter for line in told[9].lines][1:5] == ["best", "bad", "patience", "eta"]
    assert told[9].values["best"] == min(history.losses[:9])
    rates = [each.values["eta"] for each in told]
    assert rates[0] == 0.6
    assert rates[-1] < 0.6
    assert max(each.values["bad"] for each in told) == 2
