"""Many starts at once are as many single runs, and their ends are gathered into minima."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.commands.recording import record
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.gathering import Gathering
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.core.schedules import ClipSpec, ScheduleSpec
from gui_app.core.starts_study import (
    AHEAD,
    DIVERGED,
    UNDERWAY,
    BasinMap,
    BasinsAsked,
    Plane,
    Swarm,
    SwarmAsked,
)
from gui_app.engine.batched import Batched
from gui_app.engine.devices import EngineError
from gui_app.engine.flock import Flock
from gui_app.engine.lenses import swarm as swarm_module
from gui_app.engine.lenses.basins import basins
from gui_app.engine.lenses.swarm import swarm
from gui_app.engine.problem import Problem

HIMMELBLAU = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"
ROSENBROCK = "(1 - x)**2 + 100*(y - x**2)**2"
VALLEYS = [(3.0, 2.0), (-2.805118, 3.131312), (-3.77931, -3.283186), (3.584428, -1.848126)]
PLANE = Plane((0, 1), (-6.0, 6.0), (-6.0, 6.0))


def experiment_of(
    program: str = HIMMELBLAU, optimizer: OptimizerSpec | None = None, **run: object
) -> Experiment:
    return Experiment(
        program,
        (ParameterSpec("x", 0.0), ParameterSpec("y", 0.0)),
        optimizer or OptimizerSpec("SGD", {"lr": 0.01}),
        RunSpec(**run),  # type: ignore[arg-type]
    )


def never() -> bool:
    return False


def basin_map(experiment: Experiment, side: int = 32, steps: int = 100, plane: Plane = PLANE) -> BasinMap:
    scale = plane.x[1] - plane.x[0], plane.y[1] - plane.y[0]
    asked = BasinsAsked(experiment=experiment, plane=plane, steps=steps, side=side, scale=scale)
    return list(basins(Problem(experiment), asked, never))[-1]


def swarm_of(experiment: Experiment, **settings: object) -> Swarm:
    return list(swarm(Problem(experiment), swarm_asked(experiment, **settings), never))[-1]


def swarm_asked(experiment: Experiment, **settings: object) -> SwarmAsked:
    given = {"plane": PLANE, "steps": 20, "arrangement": "grid", "count": 100} | settings
    return SwarmAsked(experiment=experiment, **given)  # type: ignore[arg-type]


SPECS = [
    *(OptimizerSpec(name, {"lr": 0.01}) for name in OPTIMIZERS if name not in ("LBFGS", "Muon")),
    OptimizerSpec("SGD", {"lr": 0.01, "momentum": 0.9}),
    OptimizerSpec("SGD", {"lr": 0.005, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    OptimizerSpec("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}),
    OptimizerSpec("RMSprop", {"lr": 0.01, "momentum": 0.5, "centered": True}),
    OptimizerSpec("SGD", {"lr": 0.01}, clip=ClipSpec("norm", 1.0)),
    OptimizerSpec("SGD", {"lr": 0.01}, clip=ClipSpec("value", 1.0)),
    OptimizerSpec("Adam", {"lr": 0.05}, ScheduleSpec("CosineAnnealingLR")),
    OptimizerSpec("SGD", {"lr": 0.01, "momentum": 0.9}, ScheduleSpec("OneCycleLR")),
]
PROGRAMS = [HIMMELBLAU, ROSENBROCK, "torch.sin(x)*torch.exp(-y*y/9) + (x*y)**2/50", "x**2 + 0*3"]


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(SPECS),
    st.sampled_from(PROGRAMS),
    st.booleans(),
    st.integers(1, 80),
    st.tuples(*[st.floats(-2.0, 2.0, width=32)] * 2),
)
def test_one_of_many_is_the_ordinary_run(
    spec: OptimizerSpec, program: str, clear: bool, count: int, start: tuple[float, float]
) -> None:
    """To the bit, wherever it stands among the others."""
    experiment = experiment_of(program, spec, steps=25, clear_gradients=clear)
    generator = torch.Generator().manual_seed(count)
    position = 4 * torch.rand(2, count, generator=generator) - 2
    place = count // 2
    position[:, place] = torch.tensor(start)
    problem = Problem(experiment)
    flock = Flock(problem, Batched(problem, position.clone()), position)
    single = record(experiment.started_at({0: start[0], 1: start[1]})).history
    for step in range(single.last + 1):
        assert flock.position[:, place].tolist() == single.parameters(step).tolist()
        assert flock.loss[place].item() == single.losses[step]
        flock.advance()


def test_matrices_go_through_vmap() -> None:
    specs = (ParameterSpec("W", ((1.0, 0.5), (0.2, -1.0))), ParameterSpec("b", (0.1, 0.2)))
    program = "((tensor([[1.0, 2.0], [3.0, 5.0]]) @ W + b - 1)**2).mean()"
    experiment = Experiment(program, specs, OptimizerSpec("Adam", {"lr": 0.05}), RunSpec(steps=30))
    problem = Problem(experiment)
    start = problem.stores[0].elements
    position = start[:, None].repeat(1, 12) + 0.1 * torch.arange(12)
    flock = Flock(problem, way := Batched(problem, position.clone()), position)
    assert way.way == "vmap"
    for _ in range(30):
        flock.advance()
    for place in (0, 7):
        values = (start + torch.tensor(0.1 * place)).tolist()
        single = record(experiment.started_at(dict(enumerate(values)))).history
        assert flock.position[:, place].tolist() == pytest.approx(single.parameters(30).tolist(), abs=1e-5)


def test_a_program_that_branches_runs_one_by_one() -> None:
    experiment = experiment_of("x*x + y*y if x > y else 2*x*x + y*y", OptimizerSpec("SGD", {"lr": 0.1}))
    found = basin_map(experiment, side=6, steps=30)
    assert found.way == "loop"
    assert len(found.minima) == 1
    assert np.all(found.labels == 0)
    with pytest.raises(EngineError, match="branches on its values"):
        basin_map(experiment, side=512, steps=2000)


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (OptimizerSpec("LBFGS"), "LBFGS cannot take many starts"),
        (OptimizerSpec("Muon"), "Muon cannot take many starts"),
        (OptimizerSpec("SGD", {"lr": 0.1}, ScheduleSpec("ReduceLROnPlateau")), "follows the loss of one run"),
    ],
)
def test_what_cannot_run_together_is_told(optimizer: OptimizerSpec, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        basin_map(experiment_of(optimizer=optimizer))


def test_himmelblaus_basins() -> None:
    experiment = experiment_of()
    found = basin_map(experiment, side=64, steps=150)
    assert found.way == "broadcast"
    assert found.done == 1.0
    points = [tuple(minimum.point) for minimum in found.minima]
    assert sorted(points) == [pytest.approx(valley, abs=1e-2) for valley in sorted(VALLEYS)]
    assert sum(minimum.share for minimum in found.minima) == pytest.approx(1.0, abs=0.01)
    assert all(minimum.loss < 1e-6 for minimum in found.minima)
    xs, ys = PLANE.centres(64)
    for i, j in ((3, 60), (31, 31), (50, 9)):
        start = {0: float(xs[i]), 1: float(ys[j])}
        single = record(replace(experiment.started_at(start), run=RunSpec(steps=150))).history
        assert found.ends[:, i, j].tolist() == single.parameters(150).tolist()
        assert found.losses[i, j] == np.float32(single.losses[150])
        sizes = [np.abs(single.gradients(step)).max() for step in range(151)]
        moving = [step for step in range(151) if not sizes[step] <= found.threshold]
        assert found.needed[i, j] == (moving[-1] + 1 if moving and moving[-1] < 150 else -1 if moving else 0)
        assert points[found.labels[i, j]] == pytest.approx(found.ends[:, i, j].tolist(), abs=0.1)


def test_a_map_fills_in_coarse_first() -> None:
    experiment = experiment_of()
    asked = BasinsAsked(experiment=experiment, plane=PLANE, steps=5, side=256, scale=(12.0, 12.0))
    maps = list(basins(Problem(experiment), asked, never))
    shares = [each.done for each in maps]
    assert shares[0] == 0.0
    assert np.all(maps[0].labels == AHEAD)
    assert np.isfinite(maps[0].relief.values).any()
    assert shares[1] == 1 / 16
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    for before, after in pairwise(maps[1:]):
        assert np.array_equal(before.labels[before.labels != AHEAD], after.labels[before.labels != AHEAD])


def test_a_map_can_be_cancelled() -> None:
    experiment = experiment_of()
    asked = BasinsAsked(experiment=experiment, plane=PLANE, steps=10_000, side=512, scale=(12.0, 12.0))
    looks = iter(range(10_000))
    found = list(basins(Problem(experiment), asked, lambda: next(looks) > 20))
    assert len(found) <= 2
    assert found[-1].done == 0.0


def test_what_diverges_and_what_never_rests() -> None:
    steep = basin_map(experiment_of("x**4 + y**4", OptimizerSpec("SGD", {"lr": 0.1})), side=16)
    assert (steep.labels == DIVERGED).any()
    assert (steep.labels == 0).any()
    saddle = basin_map(experiment_of("x**2 - y**2", OptimizerSpec("SGD", {"lr": 0.1})), side=16, steps=100)
    assert np.all(saddle.labels == DIVERGED)
    slope = basin_map(experiment_of("x + 0*y"), side=16, steps=3)
    assert np.all(slope.labels == UNDERWAY)
    assert np.all(slope.needed == -1)


def test_two_of_six_numbers() -> None:
    spec = ParameterSpec("v", (1.0, 2.0, 3.0, 4.0))
    experiment = Experiment("((v - 1)**2).sum()", (spec,), OptimizerSpec("SGD", {"lr": 0.1}))
    plane = Plane((3, 1), (0.0, 2.0), (-1.0, 1.0))
    found = basin_map(experiment, side=8, steps=0, plane=plane)
    xs, ys = plane.centres(8)
    assert found.ends[0] == pytest.approx(np.repeat(xs[:, None], 8, 1))
    assert found.ends[1] == pytest.approx(np.repeat(ys[None], 8, 0))
    expected = 4.0 + (xs[:, None] - 1) ** 2 + (ys[None] - 1) ** 2
    assert found.losses == pytest.approx(expected)


def test_a_swarm_is_its_runs() -> None:
    experiment = experiment_of(optimizer=OptimizerSpec("Adam", {"lr": 0.1}), steps=20)
    found = swarm_of(experiment)
    assert [frame.step for frame in found.frames] == list(range(21))
    xs, ys = PLANE.centres(10)
    single = record(experiment.started_at({0: float(xs[2]), 1: float(ys[7])})).history
    for frame in found.frames:
        assert frame.points[:, 27].tolist() == single.parameters(frame.step).tolist()
        assert frame.losses[27] == np.float32(single.losses[frame.step])
    assert found.at(7).step == 7
    assert found.at(99).step == 20


def test_a_large_swarm_keeps_some_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swarm_module, "NUMBERS", 3 * 100 * 8)
    found = swarm_of(experiment_of(), steps=20)
    assert [frame.step for frame in found.frames] == [0, 3, 6, 9, 12, 15, 18, 20]
    assert found.at(8).step == 6


@pytest.mark.parametrize("arrangement", ["grid", "sobol", "uniform", "normal"])
def test_arrangements(arrangement: str) -> None:
    experiment = experiment_of().started_at({0: 2.0, 1: -3.0})
    points = swarm_of(experiment, arrangement=arrangement, count=2500, steps=0).frames[0].points
    again = swarm_of(experiment, arrangement=arrangement, count=2500, steps=0).frames[0].points
    assert np.array_equal(points, again)
    assert points.shape == (2, 2500)
    if arrangement == "normal":
        assert points.mean(axis=1) == pytest.approx([2.0, -3.0], abs=0.3)
        assert points.std(axis=1) == pytest.approx([3.0, 3.0], rel=0.1)
    else:
        assert np.abs(points).max() <= 6.0
        assert points.std(axis=1) == pytest.approx([12 / np.sqrt(12)] * 2, rel=0.05)


def test_a_cloud_in_all_parameters() -> None:
    spec = ParameterSpec("v", (1.0, 2.0, 3.0))
    experiment = Experiment("(v*v).sum()", (spec,), OptimizerSpec("SGD", {"lr": 0.1}))
    still = swarm_of(experiment, arrangement="normal", steps=0)
    free = swarm_of(experiment, arrangement="normal", steps=0, everywhere=True)
    assert np.array_equal(still.frames[0].points, free.frames[0].points)
    beside = [frames.frames[0].losses - (frames.frames[0].points ** 2).sum(0) for frames in (still, free)]
    assert beside[0] == pytest.approx(np.full(100, 9.0), abs=1e-4)
    assert beside[1].std() > 1.0


def clouds() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(1)
    for centre, loss in ((0.0, 1.0), (5.0, 0.0)):
        yield np.full((2, 40), centre) + 0.01 * generator.standard_normal((2, 40)), np.full(40, loss)


def test_gathering_keeps_its_numbers() -> None:
    (first, low), (second, lower) = clouds()
    gathering = Gathering(np.array([10.0, 10.0]), np.zeros(2))
    assert np.all(gathering.add(first, low, np.zeros(40, bool)) == 0)
    assert np.all(gathering.add(second, lower, np.zeros(40, bool)) == 1)
    assert np.all(gathering.add(first[:, :5], low[:5], np.zeros(5, bool)) == 0)
    assert [minimum.share for minimum in gathering.minima] == [45 / 85, 40 / 85]
    assert gathering.minima[1].point == pytest.approx([5.0, 5.0], abs=0.1)


def test_ends_along_a_valley_are_one_minimum_and_some_under_way() -> None:
    along = np.linspace(0.0, 5.0, 400)
    gathering = Gathering(np.array([10.0, 10.0]), np.zeros(2))
    labels = gathering.add(np.stack([along, along]), along.copy(), np.zeros(400, bool))
    assert len(gathering.minima) == 1
    assert np.all(labels[along <= 0.14] == 0)
    assert np.all(labels[along >= 0.2] == UNDERWAY)


@pytest.mark.parametrize(("tolerance", "first"), [(0.0, 0), (5.0, 1)])
def test_the_lowest_minimum_is_the_first_and_of_equal_ones_the_widest(tolerance: float, first: int) -> None:
    (few, low), (many, lower) = clouds()
    ends, losses = np.concatenate((few[:, :10], many), axis=1), np.concatenate((lower[:10], low))
    gathering = Gathering(np.array([10.0, 10.0]), np.zeros(2), tolerance)
    labels = gathering.add(ends, losses, np.zeros(50, bool))
    assert labels.tolist() == [first] * 10 + [1 - first] * 40
    assert gathering.add(ends, losses, np.zeros(50, bool)).tolist() == labels.tolist()
