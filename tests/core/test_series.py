"""Numbers that follow from the record: right, in slices, honest where rows are thinned."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gui_app.core import series as module
from gui_app.core.events import Changed, Finished, Started, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.history import History
from gui_app.core.runner import Allowance
from gui_app.core.schedules import ScheduleSpec
from gui_app.core.series import SOURCES, Distance, LearningRate, MetricSeries, Series, lengths, reference_row
from gui_app.engine.descent import descend


def filled(rows: NDArray[np.float64], gradients: NDArray[np.float64], budget: int = 2**30) -> History:
    history = History(tuple(f"p{i}" for i in range(rows.shape[1])), "float64", row_budget=budget)
    history.extend(np.zeros(len(rows)), rows, gradients)
    return history


def done(series: Series) -> Series:
    for _ in range(10_000):
        if not series.update():
            return series
    raise AssertionError("it never ends")


random = np.random.default_rng(0)
ROWS, GRADIENTS = random.normal(size=(500, 3)), random.normal(size=(500, 3))


def test_norms_are_those_of_torch() -> None:
    history = filled(ROWS, GRADIENTS)
    norm = torch.linalg.vector_norm(torch.tensor(GRADIENTS), dim=1).numpy()
    assert np.allclose(done(Series(SOURCES["gradient norm"](history, None))).values, norm, rtol=1e-14)
    update = torch.linalg.vector_norm(torch.tensor(ROWS).diff(dim=0), dim=1).numpy()
    assert np.allclose(done(Series(SOURCES["update size"](history, None))).values, update, rtol=1e-14)
    target = np.array([1.0, 2.0, 3.0])
    away = torch.linalg.vector_norm(torch.tensor(ROWS - target), dim=1).numpy()
    assert np.allclose(done(Series(SOURCES["distance"](history, target))).values, away, rtol=1e-14)


@settings(deadline=None, max_examples=40)
@given(cuts=st.lists(st.integers(1, 120), min_size=1, max_size=8), per_slice=st.integers(3, 400))
@pytest.mark.parametrize("name", list(SOURCES)[:2])
def test_growing_in_stretches_and_slices_changes_nothing(name: str, cuts: list[int], per_slice: int) -> None:
    whole = done(Series(SOURCES[name](filled(ROWS[: sum(cuts)], GRADIENTS[: sum(cuts)]), None))).values
    kept, module.SLICE = module.SLICE, per_slice
    try:
        history, at = filled(ROWS[:0], GRADIENTS[:0]), 0
        series = Series(SOURCES[name](history, None))
        for count in cuts:
            part = slice(at, at + count)
            history.extend(np.zeros(len(ROWS[part])), ROWS[part], GRADIENTS[part])
            series.update()
            at += count
        assert np.array_equal(done(series).values, whole)
    finally:
        module.SLICE = kept


def test_thinned_rows_are_said_to_be_so() -> None:
    history = filled(ROWS, GRADIENTS, budget=100 * 6 * 8)
    assert history.stride > 1
    norm = done(Series(SOURCES["gradient norm"](history, None)))
    assert norm.words == f"every {history.stride} steps"
    kept = GRADIENTS[:: history.stride]
    assert np.allclose(norm.values, np.linalg.norm(kept, axis=1))
    assert norm.at(3 * history.stride) == norm.at(4 * history.stride - 1) == norm.values[3]
    steps, _ = norm.line(0, history.last, 1000)
    assert np.array_equal(steps, np.arange(len(kept)) * history.stride)
    update = done(Series(SOURCES["update size"](history, None)))
    assert update.words == f"over {history.stride} steps"
    assert np.allclose(update.values, np.linalg.norm(np.diff(ROWS[:: history.stride], axis=0), axis=1))


def test_what_was_taken_in_before_rows_were_thinned_is_forgotten() -> None:
    history = History(("x",), "float64", row_budget=16 * 64)
    series = Series(SOURCES["gradient norm"](history, None))
    for first in range(0, 600, 20):
        steps = np.arange(first, first + 20, dtype=float)[:, None]
        history.extend(steps[:, 0], steps, steps)
        series.update()
        assert np.array_equal(series.values, history.steps()[: len(series.values)])
    assert len(done(series).values) == len(history.steps())


def test_distance_to_the_newest_step_follows_the_run() -> None:
    history = filled(ROWS[:100], GRADIENTS[:100])
    series = done(Series(Distance(history)))
    assert series.values[-1] == 0
    assert series.words == "to the newest step"
    history.extend(np.zeros(50), ROWS[100:150], GRADIENTS[100:150])
    assert np.allclose(done(series).values, np.linalg.norm(ROWS[:150] - ROWS[149], axis=1))


def test_lengths_never_overflow_and_pass_over_what_is_not_there() -> None:
    rows = np.array([[3e200, 4e200], [math.nan, 2.0], [math.nan, math.nan], [math.inf, 1.0], [0.0, 0.0]])
    assert lengths(rows).tolist()[:2] == [pytest.approx(5e200), 2.0]
    assert np.isnan(lengths(rows)[2])
    assert lengths(rows).tolist()[3:] == [math.inf, 0.0]


def test_columns_that_come_later_start_the_series_anew() -> None:
    history = filled(ROWS[:5, :1], GRADIENTS[:5, :1])
    series = done(Series(SOURCES["gradient norm"](history, None)))
    history.widen(("p0", "p1"))
    history.extend(np.zeros(1), ROWS[5:6, :2], GRADIENTS[5:6, :2])
    assert np.allclose(done(series).values[:5], np.abs(GRADIENTS[:5, 0]))
    assert series.values[5] == pytest.approx(np.linalg.norm(GRADIENTS[5, :2]))


SGD = OptimizerSpec("SGD", {"lr": 0.01})
SCHEDULES = [
    ScheduleSpec("StepLR", {"step_size": 7, "gamma": 0.5}),
    ScheduleSpec("ExponentialLR", {"gamma": 0.97}),
    ScheduleSpec("CosineAnnealingLR", {"T_max": 13}),
    ScheduleSpec("LinearLR", {"total_iters": 20}),
    ScheduleSpec("OneCycleLR", {"total_steps": 40}),
    ScheduleSpec("ReduceLROnPlateau", {"patience": 2, "factor": 0.5}),
]


def run(optimizer: OptimizerSpec, steps: int, changes: dict[int, OptimizerSpec] | None = None) -> History:
    """A run of (x - 3)² whose settings change on the way."""
    run_spec = RunSpec(steps=steps)
    experiment = Experiment("(x - 3)**2 + 0.1*sin(9*x)", (ParameterSpec("x", 1.0),), optimizer, run_spec)
    going, history, optimizers = descend(experiment), History((), "float64"), dict(changes or {})
    event = next(going)
    while not isinstance(event, Finished):
        if isinstance(event, Started):
            history = History(event.columns, event.dtype)
            event = next(going)
            continue
        if isinstance(event, StepsTaken):
            history.extend(event.losses, event.parameters, event.gradients, event.frames)
        if isinstance(event, Changed):
            history.changes[event.step] = event.optimizer
        ahead = min((at for at in optimizers if at > history.last), default=steps)
        event = going.send(
            Allowance(steps=max(ahead - history.last, 1), optimizer=optimizers.pop(history.last, None))
        )
    return history


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.name)
def test_learning_rates_are_those_of_the_engine(schedule: ScheduleSpec) -> None:
    history = run(OptimizerSpec("SGD", {"lr": 0.01}, schedule), 40)
    rates = done(Series(LearningRate(history))).values
    assert len(rates) == 40
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.tensor(1.0))], lr=0.01)
    kind = getattr(torch.optim.lr_scheduler, schedule.name)
    scheduler = kind(optimizer, **schedule.complete())
    for k in range(40):
        assert rates[k] == optimizer.param_groups[0]["lr"], f"update {k}"
        optimizer.step()
        scheduler.step(*([history.losses[k]] if schedule.name == "ReduceLROnPlateau" else []))
    for frame in history.frames[1:]:
        assert frame.step == 40 or rates[frame.step] == frame.state["group/lr"]


def test_learning_rates_of_a_run_whose_settings_change() -> None:
    warm = OptimizerSpec("SGD", {"lr": 0.02}, SCHEDULES[1])
    changes = {10: warm, 20: OptimizerSpec("SGD", {"lr": 0.05}, SCHEDULES[1]), 30: OptimizerSpec("Adam")}
    history = run(SGD, 40, changes)
    assert sorted(history.changes) == [10, 20, 30]
    rates = done(Series(LearningRate(history))).values
    expected = [0.01] * 10
    for first, count in ((0.02, 10), (0.05, 10)):
        lr = first
        for _ in range(count):
            expected.append(lr)
            lr *= 0.97
    assert rates.tolist() == pytest.approx(expected + [0.001] * 10, rel=1e-15)
    half = Series(LearningRate(history.before(25)))
    assert done(half).values.tolist() == rates.tolist()[:24]


def test_nobody_knows_the_learning_rate_of_a_record_without_frames() -> None:
    assert len(done(Series(LearningRate(filled(ROWS, GRADIENTS)))).values) == 0


def test_metrics_stand_at_their_steps() -> None:
    history = filled(ROWS, GRADIENTS)
    for step in range(0, 500, 50):
        history.add_metrics(step, {"validation loss": 1.0 / (1 + step)})
    history.add_metrics(499, {"accuracy": 0.75})
    with pytest.raises(ValueError, match="after step 450"):
        history.add_metrics(450, {"validation loss": 2.0})
    metric = MetricSeries(history.metrics["validation loss"])
    metric.update()
    assert metric.at(120) == pytest.approx(1 / 101)
    assert math.isnan(MetricSeries(history.metrics["accuracy"]).at(498))
    steps, values = metric.line(100, 300, 50)
    assert steps.tolist() == [50, 100, 150, 200, 250, 300, 350]
    assert values[1] == pytest.approx(1 / 101)
    past = history.before(120)
    assert past.metrics["validation loss"].steps.tolist() == [0, 50, 100]
    assert len(history.metrics["validation loss"].steps) == 10


def test_rows_are_views_of_the_steps_that_are_kept() -> None:
    history = filled(ROWS, GRADIENTS, budget=100 * 6 * 8)
    steps, parameters, gradients = history.rows(100, 300)
    assert (steps % history.stride == 0).all()
    assert steps[0] >= 100 > steps[0] - history.stride
    assert steps[-1] <= 300 < steps[-1] + history.stride
    assert np.array_equal(parameters, ROWS[steps])
    assert np.array_equal(gradients, GRADIENTS[steps])
    assert np.shares_memory(parameters, history.rows(0, 499)[1])
    assert len(history.rows(300, 200)[0]) == len(history.rows(900, 1000)[0]) == 0


def test_the_reference_is_a_row_only_where_all_is_known() -> None:
    known = (ParameterSpec("x", reference=1.0), ParameterSpec("w", (0.0, 0.0), reference=(2.0, 3.0)))
    row = reference_row(Experiment("x", known))
    assert row is not None
    assert row.tolist() == [1.0, 2.0, 3.0]
    assert reference_row(Experiment("x", (known[0], ParameterSpec("y")))) is None
    assert reference_row(Experiment("x")) is None
