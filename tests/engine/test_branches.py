"""Going back and on from there, and settings that change on the way: bit for bit what a straight run gives."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.events import Changed, Diverged, Event, Failed, Finished, Started, StepsTaken
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.frames import Frame, Resume
from gui_app.core.history import History
from gui_app.core.runner import Allowance, Run
from gui_app.core.schedules import ClipSpec, ScheduleSpec
from gui_app.engine import descent
from gui_app.engine import frames as clock
from gui_app.engine.descent import descend
from gui_app.engine.frames import FrameClock
from gui_app.language.limits import StopFlag

XY = (ParameterSpec("x", -1.2), ParameterSpec("y", 1.0))
ROSENBROCK = Experiment("(1 - x)**2 + 100*(y - x**2)**2", XY, OptimizerSpec("SGD", {"lr": 1e-4}), RunSpec(40))
MATRICES = Experiment(
    "print(W.sum())\n((W @ V - 1)**2).sum() + noise.sum()*0 + ((randn(2, 2) + W)**2).mean()",
    (
        ParameterSpec("W", ((0.3, -1.1), (0.8, 0.2))),
        ParameterSpec("V", ((1.0, 0.5), (-0.4, 0.9)), dtype="float64"),
        ParameterSpec("noise", None, (2,), Distribution("normal", 0.0, 1.0)),
    ),
    OptimizerSpec("SGD", {"lr": 1e-3}),
    RunSpec(40, seed=7),
)
SOMETIMES = Experiment(
    "loss = (x - 1)**2\nif x < 2.9:\n    loss = loss + y**2\nloss",
    (ParameterSpec("x", 3.0), ParameterSpec("y", 2.0)),
    OptimizerSpec("SGD", {"lr": 1e-3}),
    RunSpec(40),
)
EXPERIMENTS = {
    "rosenbrock": ROSENBROCK,
    "two dtypes and draws": replace(MATRICES, program=MATRICES.program.replace("W @ V", "W @ V.float()")),
    "accumulating": replace(ROSENBROCK, run=replace(ROSENBROCK.run, clear_gradients=False)),
    "used sometimes": SOMETIMES,
    "used sometimes, accumulating": replace(SOMETIMES, run=replace(SOMETIMES.run, clear_gradients=False)),
    "half precision": replace(ROSENBROCK, run=replace(ROSENBROCK.run, dtype="bfloat16")),
}
SPECS = [
    OptimizerSpec("SGD", {"lr": 1e-4}),
    OptimizerSpec("SGD", {"lr": 1e-4, "momentum": 0.9}),
    OptimizerSpec("SGD", {"lr": 2e-4, "momentum": 0.5}, ScheduleSpec("ExponentialLR"), ClipSpec("norm", 2.0)),
    OptimizerSpec("Adam", {"lr": 0.01}),
    OptimizerSpec("Adam", {"lr": 0.02, "betas": (0.8, 0.9), "amsgrad": True}, None, ClipSpec("value", 0.5)),
    OptimizerSpec("Adam", {"lr": 0.02}, ScheduleSpec("OneCycleLR", {"max_lr": 0.02, "total_steps": 20})),
    OptimizerSpec("NAdam", {"lr": 0.01}, ScheduleSpec("ReduceLROnPlateau", {"patience": 0})),
    OptimizerSpec("ASGD", {"lr": 1e-4}, ScheduleSpec("CosineAnnealingLR", {"T_max": 9})),
    OptimizerSpec("Rprop", {"lr": 1e-3}, ScheduleSpec("StepLR", {"step_size": 3})),
    OptimizerSpec("Adagrad", {"lr": 0.01}, ScheduleSpec("LinearLR", {"total_iters": 9})),
    OptimizerSpec("LBFGS", {"lr": 0.1, "max_iter": 2, "history_size": 3}),
    OptimizerSpec("LBFGS", {"lr": 0.05, "max_iter": 3, "history_size": 5}, ScheduleSpec("ExponentialLR")),
]


@contextlib.contextmanager
def frames_every(steps: int) -> Iterator[None]:
    """Frames at every so many steps and few rows in a stretch, so that short runs have several of both."""
    before = clock.MOST_BETWEEN, clock.LEAST_BETWEEN, descent.MOST_ROWS
    clock.MOST_BETWEEN = clock.LEAST_BETWEEN = steps
    descent.MOST_ROWS = 6
    try:
        yield
    finally:
        clock.MOST_BETWEEN, clock.LEAST_BETWEEN, descent.MOST_ROWS = before


class Bench:
    """A run whose record is kept, which can be changed and gone back in."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.history = History((), "float64")
        self.printed: dict[int, list[str]] = {}
        self.wanted: OptimizerSpec | None = None
        self.run = self._opened(descend(experiment))

    def _opened(self, run: Run) -> Run:
        started = next(run)
        assert isinstance(started, Started), started
        if not self.history.columns:
            self.history = History(started.columns, started.dtype)
        self._enter(run.send(None))
        return run

    def _enter(self, event: Event) -> None:
        if isinstance(event, Changed):
            self.history.changes[event.step] = event.optimizer
            return
        assert isinstance(event, StepsTaken), event
        assert event.first == len(self.history)
        self.history.extend(event.losses, event.parameters, event.gradients, event.frames)
        for each in event.printed:
            self.printed.setdefault(each.step, []).append(each.text)

    def take(self, steps: int) -> None:
        """Take so many steps."""
        end = self.history.last + steps
        while self.history.last < end:
            left = end - self.history.last
            self._enter(self.run.send(Allowance(left, 9.0, beyond=True, optimizer=self.wanted)))
            self.wanted = None

    def in_force(self, step: int) -> OptimizerSpec:
        """The settings of the update from that step to the next."""
        earlier = [at for at in self.history.changes if at <= step]
        return self.history.changes[max(earlier)] if earlier else self.experiment.optimizer

    def go_back(self, step: int, optimizer: OptimizerSpec | None = None) -> None:
        """Go on from an earlier step, with other settings if there are any."""
        frame = self.history.frame(step)
        assert frame is not None
        assert frame.step <= step
        resume = Resume(step, self.history.parameters(frame.step), frame, self.history.changes)
        on_with = replace(self.experiment, optimizer=optimizer or self.in_force(step))
        then = (self.history.losses[step], self.history.parameters(step), self.history.gradients(step))
        printed = self.printed.get(step)
        self.history = self.history.before(step)
        self.printed = {at: texts for at, texts in self.printed.items() if at < step}
        self.wanted = None
        self.run = self._opened(descend(on_with, resume=resume))
        now = (self.history.losses[step], self.history.parameters(step), self.history.gradients(step))
        for a, b in zip(then, now, strict=True):
            assert np.array_equal(a, b, equal_nan=True), step
        if self.in_force(step).name != "LBFGS":
            assert self.printed.get(step) == printed

    def record(self) -> tuple[list[float], object, object]:
        """Everything that was recorded."""
        steps = range(len(self.history))
        return (
            self.history.losses.tolist(),
            [self.history.parameters(k).tolist() for k in steps],
            [np.nan_to_num(self.history.gradients(k), nan=-99.0).tolist() for k in steps],
        )


def straight(experiment: Experiment, changes: dict[int, OptimizerSpec], steps: int) -> Bench:
    """The same in one go: each change at its step."""
    bench = Bench(experiment)
    for at in sorted(changes):
        if at < steps:
            bench.take(at - bench.history.last)
            bench.wanted = changes[at]
    bench.take(steps - bench.history.last)
    return bench


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: f"{s.name}-{s.settings.get('lr')}-{s.schedule is None}")
@pytest.mark.parametrize("name", ["rosenbrock", "used sometimes, accumulating"])
def test_going_back_and_on_is_as_if_one_had_gone_on(name: str, spec: OptimizerSpec) -> None:
    """From the frame at step 12 to 14, where the settings of step 13 are on the way."""
    experiment = replace(EXPERIMENTS[name], optimizer=spec)
    later = {13: OptimizerSpec(spec.name, {"lr": 1e-3}, spec.schedule)}
    with frames_every(4):
        bench = straight(experiment, later, 20)
        whole = bench.record()
        bench.go_back(14)
        bench.take(6)
    assert bench.record() == whole


@settings(max_examples=200, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(EXPERIMENTS)), first=st.sampled_from(SPECS))
def test_jumps_branches_and_changes_end_as_a_straight_run(
    data: st.DataObject, name: str, first: OptimizerSpec
) -> None:
    if name == "half precision" and first.name == "LBFGS":
        first = SPECS[0]
    usable = [s for s in SPECS if s.name != "LBFGS" or name != "half precision"]
    experiment = replace(EXPERIMENTS[name], optimizer=first)
    with frames_every(4):
        bench = Bench(experiment)
        for _ in range(data.draw(st.integers(1, 3))):
            bench.take(data.draw(st.integers(1, 8)))
            action = data.draw(st.sampled_from(["change", "back", "branch", "on"]))
            if action == "change":
                bench.wanted = data.draw(st.sampled_from(usable))
            elif action != "on":
                step = data.draw(st.integers(0, bench.history.last))
                bench.go_back(step, data.draw(st.sampled_from(usable)) if action == "branch" else None)
        bench.take(3)
        expected = straight(experiment, bench.history.changes, bench.history.last)
    assert bench.record() == expected.record()
    assert bench.history.changes == expected.history.changes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "NAdam"])
def test_a_live_change_is_the_one_in_a_loop_by_hand(name: str, dtype: str) -> None:
    """Learning rate and other settings, a schedule that begins later, and one that is changed."""
    early: dict[str, object] = {"lr": 1e-3} | ({"momentum": 0.9} if name in ("SGD", "RMSprop") else {})
    late = early | {"lr": 4e-4, "weight_decay": 0.01}
    ramp, fall = ScheduleSpec("LinearLR", {"total_iters": 8}), ScheduleSpec("ExponentialLR", {"gamma": 0.9})
    changes = {
        10: OptimizerSpec(name, late),  # type: ignore[arg-type]
        20: OptimizerSpec(name, late, ramp),  # type: ignore[arg-type]
        24: OptimizerSpec(name, late | {"lr": 1e-4}, ramp),  # type: ignore[arg-type]
        32: OptimizerSpec(name, late, fall, ClipSpec("norm", 1.0)),  # type: ignore[arg-type]
    }
    experiment = replace(ROSENBROCK, optimizer=OptimizerSpec(name, early), run=RunSpec(50, dtype=dtype))  # type: ignore[arg-type]
    bench = straight(experiment, changes, 50)
    x, y = (torch.tensor(v, dtype=getattr(torch, dtype), requires_grad=True) for v in (-1.2, 1.0))
    optimizer = getattr(torch.optim, name)([x, y], **early)
    (group,) = optimizer.param_groups
    scheduler = None
    for k in range(51):
        assert bench.history.parameters(k).tolist() == [x.item(), y.item()], k
        optimizer.zero_grad()
        ((1 - x) ** 2 + 100 * (y - x**2) ** 2).backward()
        if k in (10, 32):
            group |= late
            group.pop("initial_lr", None)
        if k == 20:
            scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, total_iters=8)
        if k == 24:
            group["lr"] = 1e-4
        if k == 32:
            scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)  # type: ignore[assignment]
        if k >= 32:
            torch.nn.utils.clip_grad_norm_([x, y], 1.0)
        optimizer.step()
        if scheduler:
            scheduler.step()


def test_another_optimizer_begins_afresh() -> None:
    bench = straight(ROSENBROCK, {15: OptimizerSpec("Adam", {"lr": 0.01})}, 30)
    start = bench.history.parameters(15).tolist()
    moved = replace(
        ROSENBROCK,
        parameters=(ParameterSpec("x", start[0]), ParameterSpec("y", start[1])),
        optimizer=OptimizerSpec("Adam", {"lr": 0.01}),
    )
    fresh = straight(moved, {}, 15)
    assert bench.record()[1][15:] == fresh.record()[1]  # type: ignore[index]


def test_the_first_change_counts_from_the_next_step_and_is_told_before_it() -> None:
    run = descend(ROSENBROCK)
    next(run), next(run)
    spec = OptimizerSpec("Adam", {"lr": 0.01})
    changed = run.send(Allowance(3, 9.0, optimizer=spec))
    assert changed == Changed(0, 0, spec)
    taken = run.send(Allowance(3, 9.0))
    assert isinstance(taken, StepsTaken)
    assert (taken.first, len(taken.losses)) == (1, 3)
    again = run.send(Allowance(2, 9.0, optimizer=spec))
    assert isinstance(again, StepsTaken)  # nothing has changed


def test_a_change_at_the_end_waits_for_the_next_step() -> None:
    run = descend(replace(ROSENBROCK, run=RunSpec(2)))
    next(run), next(run), run.send(Allowance(9, 9.0))
    spec = OptimizerSpec("Adam", {"lr": 0.01})
    assert isinstance(run.send(Allowance(optimizer=spec)), Finished)
    assert run.send(Allowance(1, beyond=True)) == Changed(0, 2, spec)
    more = run.send(Allowance(1, beyond=True))
    assert isinstance(more, StepsTaken)
    assert more.first == 3


def test_another_start_is_a_row_without_a_frame() -> None:
    row = np.array([0.5, 0.25], np.float32)
    run = descend(ROSENBROCK, resume=Resume(5, row))
    next(run)
    first = next(run)
    assert isinstance(first, StepsTaken)
    assert (first.first, first.parameters.tolist(), first.frames[0].step) == (5, [[0.5, 0.25]], 5)
    events = [run.send(Allowance(99, 9.0)), run.send(Allowance())]
    assert isinstance(events[0], StepsTaken)
    assert (events[0].first, len(events[0].losses)) == (6, 35)
    assert isinstance(events[1], Finished)


def test_a_branch_that_diverges_says_so() -> None:
    bench = straight(ROSENBROCK, {}, 20)
    bench.go_back(12, OptimizerSpec("SGD", {"lr": 1e6}))
    assert isinstance(bench.run.send(Allowance(9, 9.0)), Changed)
    taken = bench.run.send(Allowance(9, 9.0))
    assert isinstance(taken, StepsTaken)
    assert taken.frames == ()
    assert isinstance(bench.run.send(Allowance(9, 9.0)), Diverged)


def test_scripts_have_no_branches() -> None:
    script = Experiment("x = torch.tensor(1.0, requires_grad=True)\n(x**2).backward()\n")
    (failed,) = descend(script, resume=Resume(0, np.zeros(1)))
    assert isinstance(failed, Failed)
    assert "script" in failed.fault.message
    assert failed.fault.hint


def test_a_row_of_other_parameters_is_refused() -> None:
    events = list(descend(ROSENBROCK, resume=Resume(0, np.zeros(3))))
    assert isinstance(events[-1], Failed)
    assert "other parameters" in events[-1].fault.message


def test_the_way_back_can_be_stopped() -> None:
    bench = straight(ROSENBROCK, {}, 30)
    stop = StopFlag()
    frame = bench.history.frame(0)
    run = descend(ROSENBROCK, stop=stop, resume=Resume(30, bench.history.parameters(0), frame))
    assert isinstance(next(run), Started)
    stop.set()
    with pytest.raises(StopIteration):
        next(run)


def test_frames_come_at_the_start_and_then_seldom() -> None:
    run = descend(replace(ROSENBROCK, run=RunSpec(5000), optimizer=OptimizerSpec("Adam")))
    next(run)
    found: list[Frame] = []
    event = next(run)
    while isinstance(event, StepsTaken):
        steps = range(event.first, event.first + len(event.losses))
        assert all(frame.step in steps for frame in event.frames)
        found += event.frames
        event = run.send(Allowance(seconds=0.05))
    at = [frame.step for frame in found]
    assert at[0] == 0
    assert all(step % 16 == 0 for step in at)
    assert {1024, 2048, 3072, 4096} <= set(at)
    assert found[-1].state["group/lr"] == 1e-3
    assert isinstance(found[-1].state["memory/0/0/exp_avg"], np.ndarray)
    assert found[-1].nbytes < 5000


def test_slow_steps_have_frames_more_often() -> None:
    frames = FrameClock()
    assert frames.due(0) == 1024
    frames.took(10, 0.01)
    assert frames.due(1000) == 1024
    frames.took(1, 0.005)
    assert (frames.due(0), frames.due(31), frames.due(32)) == (16, 32, 48)
    frames.took(1, 2.0)
    assert frames.due(100) == 112


def test_a_frame_is_not_written_again() -> None:
    bench = straight(replace(ROSENBROCK, optimizer=OptimizerSpec("Adam", {"lr": 0.01})), {}, 8)
    bench.go_back(8)
    frame = bench.history.frames[-1]
    before = {key: np.copy(value) for key, value in frame.state.items()}
    bench.take(20)
    assert frame.step == 8
    assert all(np.array_equal(before[key], value) for key, value in frame.state.items())


def test_lbfgs_prints_once_a_step() -> None:
    """However often it evaluates the objective on the way to the next one."""
    experiment = Experiment(
        "print(x)\n(x - 2)**2", (ParameterSpec("x", 0.5),), OptimizerSpec("LBFGS", {"lr": 0.1}), RunSpec(3)
    )
    taken = [event for event in descend(experiment) if isinstance(event, StepsTaken)]
    assert [line.step for event in taken for line in event.printed] == [0, 1, 2, 3]
