"""Comparing runs: who takes part, how records are put together, what is measured of them."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.branch import FIRST, Branch, Tally
from gui_app.core.comparison import Budget, CompareAsked, Comparison, Progress, Stretch, outdated
from gui_app.core.contenders import (
    alike,
    described,
    each_learning_rate,
    each_momentum,
    each_optimizer,
    possible,
    rates_around,
    terms,
)
from gui_app.core.experiment import Experiment, ExperimentError, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.fault import Fault
from gui_app.core.history import History
from gui_app.core.measures import (
    COLUMNS,
    Measures,
    as_csv,
    budget_of,
    distinct,
    goal_of,
    measures,
    ranked,
    winners,
)
from gui_app.core.optimizers import OPTIMIZERS
from gui_app.core.schedules import ClipSpec, ScheduleSpec

VALLEY = Experiment(
    program="(1 - x)**2 + 100*(y - x**2)**2",
    parameters=(ParameterSpec("x", -1.5, reference=1.0), ParameterSpec("y", 2.0, reference=1.0)),
    optimizer=OptimizerSpec("SGD", {"lr": 0.01, "momentum": 0.9}),
)
MATRIX = Experiment("(W**2).sum()", (ParameterSpec("W", ((1.0, 2.0),)),))


def history_of(losses: list[float], columns: tuple[str, ...] = ("x", "y")) -> History:
    """Parameters at step k are k in every column, gradients -k."""
    made = History(columns, "float64")
    rows = np.repeat(np.arange(len(losses), dtype=float)[:, None], len(columns), axis=1)
    made.extend(np.array(losses, float), rows, -rows)
    return made


def branch_of(losses: list[float], number: int = 1, **others: object) -> Branch:
    settings: dict[str, object] = {"label": f"run {number}", "optimizer": OptimizerSpec("Adam"), **others}
    return Branch(number, history_of(losses), 0, **settings)  # type: ignore[arg-type]


def tally(evaluations: list[int], seconds: float = 0.0, ended: str = "") -> Tally:
    return Tally(np.array(evaluations), seconds, ended)


# Who takes part


def test_each_optimizer_gets_the_present_learning_rate_and_only_the_present_one_its_other_settings() -> None:
    made = each_optimizer(VALLEY)
    assert [each.optimizer.name for each in made] == [name for name in OPTIMIZERS if name != "Muon"]
    assert {each.optimizer.complete()["lr"] for each in made} == {0.01}
    assert made[0].optimizer == VALLEY.optimizer
    assert made[1].optimizer.settings == {"lr": 0.01}
    assert [each.label for each in made[:2]] == ["SGD lr 0.01 momentum 0.9", "Adam lr 0.01"]


def test_each_optimizer_with_the_default_rates_of_torch() -> None:
    made = each_optimizer(VALLEY, ("SGD", "Adadelta", "LBFGS"), default_rates=True)
    assert [each.optimizer.complete()["lr"] for each in made] == [0.001, 1.0, 1.0]
    assert made[0].optimizer.complete()["momentum"] == 0.9


def test_schedule_and_clipping_stay() -> None:
    present = replace(VALLEY.optimizer, schedule=ScheduleSpec("StepLR"), clip=ClipSpec("value", 2.0))
    experiment = replace(VALLEY, optimizer=present)
    for made in (each_optimizer(experiment), each_learning_rate(experiment), each_momentum(experiment)):
        assert all(each.optimizer.schedule == present.schedule for each in made)
        assert all(each.optimizer.clip == present.clip for each in made)


def test_muon_takes_part_where_all_are_matrices() -> None:
    assert "Muon" in possible(MATRIX)
    assert "Muon" not in possible(VALLEY)
    mixed = replace(MATRIX, parameters=(*MATRIX.parameters, ParameterSpec("b", 0.0)))
    assert "Muon" not in possible(mixed)


def test_each_learning_rate_lies_around_the_present_one() -> None:
    rates = [each.optimizer.complete()["lr"] for each in each_learning_rate(VALLEY)]
    assert rates == [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
    assert all(each.optimizer.complete()["momentum"] == 0.9 for each in each_learning_rate(VALLEY))
    still = replace(VALLEY, optimizer=OptimizerSpec("SGD", {"lr": 0.0}))
    assert rates_around(still)[4] == 0.001  # torch's default
    assert [each.label for each in each_learning_rate(VALLEY, (1.0, 0.5, 1.0))] == [
        "SGD lr 0.5 momentum 0.9",
        "SGD lr 1 momentum 0.9",
    ]
    with pytest.raises(ExperimentError, match="lr"):
        each_learning_rate(VALLEY, (-1.0,))


def test_each_momentum_where_there_is_one() -> None:
    assert [each.optimizer.complete()["momentum"] for each in each_momentum(VALLEY, (0.9, 0.0))] == [0.0, 0.9]
    nesterov = OptimizerSpec("SGD", {"momentum": 0.9, "nesterov": True})
    made = each_momentum(replace(VALLEY, optimizer=nesterov), (0.0, 0.5))
    assert [each.optimizer.complete()["momentum"] for each in made] == [0.5]
    assert each_momentum(replace(VALLEY, optimizer=OptimizerSpec("Adam"))) == []


def test_what_is_not_default_is_in_the_name() -> None:
    assert described(OptimizerSpec()) == "SGD lr 0.001"
    settings = {"betas": (0.5, 0.9), "amsgrad": True}
    assert described(OptimizerSpec("Adam", settings)) == "Adam lr 0.001 betas (0.5, 0.9) amsgrad True"


def test_a_setting_at_its_default_is_the_same_as_none() -> None:
    plain = OptimizerSpec("SGD", {"lr": 0.1})
    assert alike(plain, OptimizerSpec("SGD", {"lr": 0.1, "momentum": 0.0}))
    assert not alike(plain, OptimizerSpec("SGD", {"lr": 0.1, "momentum": 0.5}))
    assert not alike(plain, replace(plain, clip=ClipSpec()))
    assert not alike(OptimizerSpec("Adam"), OptimizerSpec("RAdam"))


def test_the_terms_say_what_is_the_same() -> None:
    optimizers = [each.optimizer for each in each_optimizer(VALLEY)]
    same = ["start (-1.5, 2)", "seed 0", "float32", "lr 0.01 for all", "no clipping", "no schedule"]
    assert terms(VALLEY, optimizers) == same
    clipped = replace(OptimizerSpec("SGD", {"lr": 1.0}), clip=ClipSpec("norm", 2.0))
    other = replace(VALLEY, run=RunSpec(seed=3, clear_gradients=False))
    assert terms(other, [optimizers[0], clipped]) == [
        "start (-1.5, 2)",
        "seed 3",
        "float32",
        "clipping differs",
        "no schedule",
        "gradients accumulate",
    ]
    assert terms(other, [clipped])[-3] == "clip norm 2"
    assert terms(MATRIX, [clipped])[0] == "start as set"


# Putting records together


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_stretches_of_any_length_make_the_same_record(lengths: list[int]) -> None:
    count = sum(lengths)
    losses, rows = np.arange(count, 0, -1.0), np.arange(2.0 * count).reshape(-1, 2)
    counted = np.cumsum(np.arange(count))
    comparison, first = Comparison(asked(1)), 0
    for length in lengths:
        part = slice(first, first + length)
        stretch = Stretch(
            0, ("x", "y"), "float64", losses[part], rows[part], -rows[part], (), counted[part], 0.5
        )
        first += length
        comparison.take(Progress((stretch,), first / count))
    (made,) = comparison.branches()
    assert comparison.is_over
    assert np.array_equal(made.history.losses, losses)
    assert np.array_equal(made.history.parameters(count - 1), rows[-1])
    assert made.tally is not None
    assert np.array_equal(made.tally.evaluations, counted)
    assert made.tally.seconds == 0.5 * len(lengths)


def asked(count: int) -> CompareAsked:
    contenders = tuple(each_optimizer(VALLEY)[:count])
    return CompareAsked(experiment=VALLEY, contenders=contenders, budget=Budget(10))


def stretch_of(index: int, losses: list[float], **others: object) -> Stretch:
    rows = np.zeros((len(losses), 2))
    counted = np.arange(len(losses))
    values = ("x", "y"), "float64", np.array(losses), rows, rows, (), counted
    return Stretch(index, *values, **others)  # type: ignore[arg-type]


def test_one_that_fails_is_told_apart_and_one_that_diverges_keeps_its_record() -> None:
    comparison = Comparison(asked(3))
    fault = Fault("No.")
    parts = stretch_of(0, [1.0, 2.0], ended="diverged at step 1: because"), Stretch(1, fault=fault)
    comparison.take(Progress((*parts, stretch_of(2, [3.0])), 1.0))
    first, second = comparison.branches(5)
    assert (first.number, second.number) == (5, 6)
    assert (first.label, second.label) == ("SGD lr 0.01 momentum 0.9", "AdamW lr 0.01")
    assert first.tally is not None
    assert first.tally.ended == "diverged at step 1: because"
    assert [trial.fault for trial in comparison.failed()] == [fault]
    late = Comparison(asked(1))
    late.take(Progress((stretch_of(0, [1.0]),), 0.5))
    late.take(Progress((Stretch(0, fault=fault),), 1.0))
    (kept,) = late.branches()
    assert kept.tally is not None
    assert kept.tally.ended == "No."
    assert late.failed() == []


def test_records_share_the_memory_of_one_run() -> None:
    comparison = Comparison(asked(4))
    comparison.take(Progress(tuple(stretch_of(i, [1.0]) for i in range(4)), 1.0))
    alone = Comparison(asked(1))
    alone.take(Progress((stretch_of(0, [1.0]),), 1.0))
    assert 4 * comparison.branches()[0].history._budget == alone.branches()[0].history._budget


def test_what_is_made_again_takes_the_place_of_the_old() -> None:
    old = branch_of([1.0], 1, tally=tally([0]))
    own, other = branch_of([1.0], 2), branch_of([1.0], 3, optimizer=OptimizerSpec("SGD"), tally=tally([0]))
    assert outdated([old, own, other], [OptimizerSpec("Adam")]) == {1}


# Measuring

numbers = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])


@given(st.lists(numbers, min_size=1, max_size=40), st.integers(0, 60), st.floats(-1e6, 1e6))
def test_measures_agree_with_a_plain_look_at_the_losses(losses: list[float], step: int, limit: float) -> None:
    found = measures(branch_of(losses), step, np.array([3.0, 3.0]), limit)
    at = min(step, len(losses) - 1)
    seen = losses[: at + 1]
    known = [loss for loss in seen if math.isfinite(loss)]
    below = [k for k, loss in enumerate(seen) if loss < limit]
    assert found.step == at
    assert found.loss == losses[at] or math.isnan(losses[at])
    if known:
        assert (found.best, found.best_step) == (min(known), seen.index(min(known)))
    else:
        assert (found.best, found.best_step) == (None, None)
    assert found.below == (below[0] if below else None)
    assert found.distance == pytest.approx(math.hypot(at - 3, at - 3))
    assert found.gradient == pytest.approx(at * math.sqrt(2))


def test_without_a_step_the_end_is_measured() -> None:
    found = measures(branch_of([3.0, 1.0, 2.0], tally=tally([0, 4, 9], 2e-3, "diverged")), None, None, 1.5)
    assert (found.step, found.loss, found.best, found.best_step, found.below) == (2, 2.0, 1.0, 1, 1)
    assert (found.evaluations, found.pace, found.distance, found.ended) == (9, 1000.0, None, "diverged")
    before = measures(branch_of([3.0, 1.0, 2.0], tally=tally([0, 4, 9], 2e-3, "diverged")), 1, None, 1.5)
    assert (before.evaluations, before.ended) == (4, "")


def test_evaluations_are_known_unless_lbfgs_has_made_them_uncounted() -> None:
    def counted(branch: Branch) -> int | None:
        return measures(branch, 1, None, 0.0).evaluations

    assert counted(branch_of([3.0, 1.0])) == 1
    assert counted(branch_of([3.0, 1.0], optimizer=OptimizerSpec("LBFGS"))) is None
    changed = branch_of([3.0, 1.0])
    changed.history.changes[1] = OptimizerSpec("LBFGS")
    assert counted(changed) is None
    went_on = branch_of([3.0, 1.0, 1.0], optimizer=OptimizerSpec("LBFGS"), tally=tally([0, 20]))
    assert counted(went_on) == 20
    assert measures(went_on, 2, None, 0.0).evaluations is None


def test_a_record_that_ends_in_what_is_no_number_has_diverged() -> None:
    branch = branch_of([3.0, math.inf])
    assert measures(branch, None, None, 0.0).ended == "diverged at step 1: the loss is inf"
    assert measures(branch, 0, None, 0.0).ended == ""


def test_gradients_that_are_not_there_are_left_out() -> None:
    history = History(("x", "y"), "float32")
    row = np.array([[3.0, 4.0]], np.float32)
    history.extend(np.array([1.0]), row, np.array([[math.nan, 4.0]], np.float32))
    assert measures(Branch(1, history, 0, "a"), 0, None, 0.0).gradient == 4.0
    history.extend(np.array([1.0]), row, np.full((1, 2), math.nan, np.float32))
    assert measures(Branch(1, history, 0, "a"), 1, None, 0.0).gradient is None


def test_the_first_run_is_called_by_its_settings_until_they_change() -> None:
    first = branch_of([1.0], label=FIRST)
    assert measures(first, 0, None, 0.0).label == "Adam lr 0.001"
    first.history.changes[0] = OptimizerSpec("SGD")
    assert measures(first, 0, None, 0.0).label == FIRST


def test_the_goal_is_the_reference_or_else_the_best_point_of_all() -> None:
    branches = [branch_of([5.0, 3.0, 4.0]), branch_of([5.0, math.nan, 2.0, math.inf])]
    point, words = goal_of(VALLEY, branches)
    assert words == "the reference"
    assert point is not None
    assert point.tolist() == [1.0, 1.0]
    unknown = replace(VALLEY, parameters=(VALLEY.parameters[0], ParameterSpec("y", 2.0)))
    point, words = goal_of(unknown, branches)
    assert point is not None
    assert point.tolist() == [2.0, 2.0]
    assert "best point" in words
    assert goal_of(unknown, []) == (None, "")
    assert goal_of(unknown, [branch_of([math.nan])]) == (None, "")


def test_the_best_point_is_one_that_has_a_row() -> None:
    history = History(("x",), "float64", row_budget=400)
    rows = np.arange(101.0)[:, None]
    losses = np.where(np.arange(101) == 51, -1.0, np.arange(101.0, 0, -1))
    history.extend(losses, rows, rows)
    assert history.stride > 1
    assert 51 % history.stride
    experiment = Experiment("x", (ParameterSpec("x", 0.0),))
    point, _ = goal_of(experiment, [Branch(1, history, 0, "a")])
    assert point is not None
    assert point.tolist() == [100.0]


def row(number: int, **values: object) -> Measures:
    base: dict[str, object] = dict.fromkeys(
        ("best", "best_step", "distance", "gradient", "evaluations", "below", "pace")
    )
    return Measures(**{"number": number, "label": f"r{number}", "step": 9, "loss": 1.0, **base, **values})  # type: ignore[arg-type]


@given(st.lists(st.none() | st.floats(), max_size=12), st.booleans())
def test_ranking_puts_what_is_unknown_last(values: list[float | None], descending: bool) -> None:
    rows = [row(at, distance=value) for at, value in enumerate(values)]
    order = [each.distance for each in ranked(rows, "distance", descending=descending)]
    known = [value for value in values if value is not None and math.isfinite(value)]
    assert order[: len(known)] == sorted(known, reverse=descending)
    assert len(order) == len(values)


def test_ranking_by_label_and_by_every_column() -> None:
    rows = [row(1, label="b", below=3, pace=1.0), row(2, label="A", below=2, pace=2.0)]
    assert [each.number for each in ranked(rows, "label")] == [2, 1]
    assert [each.number for each in ranked(rows, "label", descending=True)] == [1, 2]
    assert [each.number for each in ranked(rows, "below")] == [2, 1]
    for column in COLUMNS:
        assert {each.number for each in ranked(rows, column.key)} == {1, 2}


def test_winners_are_the_least_but_nobody_wins_where_all_are_alike() -> None:
    rows = [row(1, loss=2.0, below=None, evaluations=5), row(2, loss=math.inf, below=7, evaluations=3)]
    best = winners([*rows, row(3, loss=2.0)])
    assert best["loss"] == {1, 3}
    assert best["below"] == {2}
    assert best["distance"] == set()
    assert best["evaluations"] == set()  # a run that broke off has the fewest
    assert winners([row(1), row(2)])["loss"] == set()
    assert winners([row(1)])["loss"] == set()


def test_a_record_that_another_one_goes_on_with_is_not_listed_twice() -> None:
    long, short = branch_of([3.0, 2.0, 1.0], 1, tally=tally([0, 1, 2])), branch_of([3.0, 2.0], 2)
    other = branch_of([3.0, 2.5], 3)
    elsewhere = branch_of([3.0], 4, optimizer=OptimizerSpec("SGD"))
    changed = branch_of([3.0], 5)
    changed.history.changes[0] = OptimizerSpec("Adam")
    kept = distinct([short, long, other, elsewhere, changed])
    assert [branch.number for branch in kept] == [1, 3, 4, 5]


def test_the_budget_in_words() -> None:
    assert budget_of([branch_of([1.0] * 1001), branch_of([1.0] * 1001)]) == "1,000 steps each"
    broken = branch_of([1.0, 2.0], tally=tally([0, 1], ended="diverged"))
    assert budget_of([branch_of([1.0] * 3), broken]) == "2 steps each"
    several = branch_of([1.0, 2.0], tally=tally([0, 2]))
    assert budget_of([branch_of([1.0] * 3), several]) == "2 evaluations each"
    assert budget_of([branch_of([1.0] * 4), several]) == "3 evaluations at most"


def test_csv_has_every_digit_and_nothing_to_compute() -> None:
    bad = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", 'a,"b"']
    rows = [row(at, label=label, loss=0.1 + 0.2, gradient=math.nan) for at, label in enumerate(bad)]
    head, *read = list(csv.reader(io.StringIO(as_csv(rows))))
    assert head[:3] == ["run", "step", "loss"]
    assert [cells[0].removeprefix("'") for cells in read] == bad
    assert all(not cells[0].startswith(("=", "+", "-", "@", "\t")) for cells in read)
    assert all(float(cells[2]) == 0.1 + 0.2 and cells[6] == "nan" and cells[3] == "" for cells in read)
    assert all(len(cells) == len(head) for cells in read)
