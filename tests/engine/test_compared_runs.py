"""A comparison takes the very steps that the window would take, to the same budget, in turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from gui_app.core.comparison import Budget, CompareAsked, Comparison, FieldAsked, Progress
from gui_app.core.contenders import Contender, contender, each_learning_rate, each_optimizer
from gui_app.core.data import DataSpec
from gui_app.core.events import Diverged, Evaluated, Finished, Started, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.measures import COLUMNS, VALIDATION, as_csv, columns_of, measures, ranked, winners
from gui_app.core.runner import Allowance
from gui_app.core.schedules import ClipSpec, ScheduleSpec
from gui_app.core.session import resume_of
from gui_app.engine import vocabulary
from gui_app.engine.descent import descend
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.comparison import ROUND
from gui_app.engine.lenses.questions import Questions
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError
from gui_app.language.resolving import resolved

VALLEY = Experiment(
    program="(1 - x)**2 + 100*(y - x**2)**2",
    parameters=(ParameterSpec("x", -1.5), ParameterSpec("y", 2.0)),
    optimizer=OptimizerSpec("Adam", {"lr": 0.1}),
)
MATRIX = Experiment(
    "((A @ W - 1)**2).mean() + (b**2).sum() + A.sum()*0",
    (
        ParameterSpec("W", ((0.5, -1.0), (2.0, 0.25))),
        ParameterSpec("b", ((1.0,),), dtype="float64"),
        ParameterSpec("A", ((1.0, 2.0), (3.0, 5.0)), requires_grad=False),
    ),
)


def parts(experiment: Experiment, contenders: list[Contender], budget: Budget) -> Iterator[Progress]:
    asked = CompareAsked(experiment=experiment, contenders=tuple(contenders), budget=budget)
    found = Questions().answer(asked, lambda: False)
    assert isinstance(found, Iterator)
    return found


def compared(experiment: Experiment, contenders: list[Contender], budget: Budget) -> Comparison:
    made = Comparison(CompareAsked(experiment=experiment, contenders=tuple(contenders), budget=budget))
    for part in parts(experiment, contenders, budget):
        made.take(part)
    assert made.is_over
    return made


def run_alone(experiment: Experiment, steps: int) -> History:
    """What the window records, taken in one go."""
    run = descend(replace(experiment, run=replace(experiment.run, steps=steps)))
    started = next(run)
    assert isinstance(started, Started)
    made = History(started.columns, started.dtype)
    for event in iter(lambda: run.send(Allowance(seconds=10.0)), None):
        if isinstance(event, Evaluated):
            continue
        if not isinstance(event, StepsTaken):
            assert isinstance(event, Finished | Diverged)
            break
        made.extend(event.losses, event.parameters, event.gradients, event.frames)
    run.close()
    return made


def assert_same(one: History, other: History) -> None:
    assert one.columns == other.columns
    assert np.array_equal(one.losses, other.losses, equal_nan=True)
    for step in range(len(one)):
        assert np.array_equal(one.parameters(step), other.parameters(step), equal_nan=True)
        assert np.array_equal(one.gradients(step), other.gradients(step), equal_nan=True)


def test_every_optimizer_takes_the_steps_of_the_window_bit_for_bit() -> None:
    contenders = each_optimizer(VALLEY)
    made = compared(VALLEY, contenders, Budget(70))
    assert len(made.branches()) == len(contenders) == 12
    for each, branch in zip(contenders, made.branches(), strict=True):
        assert_same(branch.history, run_alone(replace(VALLEY, optimizer=each.optimizer), 70))
        assert (branch.label, branch.optimizer, branch.start) == (each.label, each.optimizer, 0)


def test_matrices_schedules_and_clipping_as_well() -> None:
    extra = {"schedule": ScheduleSpec("StepLR", {"step_size": 7}), "clip": ClipSpec("norm", 0.5)}
    experiment = replace(MATRIX, optimizer=OptimizerSpec("SGD", {"lr": 0.01, "momentum": 0.9}, **extra))  # type: ignore[arg-type]
    contenders = each_optimizer(experiment, ("SGD", "Muon", "LBFGS", "Adam"))
    for each, branch in zip(contenders, compared(experiment, contenders, Budget(12)).branches(), strict=True):
        assert_same(branch.history, run_alone(replace(experiment, optimizer=each.optimizer), 12))


def test_a_compared_run_can_be_gone_on_with_as_if_it_had_never_stopped() -> None:
    contenders = each_optimizer(VALLEY, ("Adam", "LBFGS"))
    for each, branch in zip(contenders, compared(VALLEY, contenders, Budget(6)).branches(), strict=True):
        own = replace(VALLEY, optimizer=each.optimizer, run=RunSpec(steps=9))
        run = descend(own, resume=resume_of(branch.history, 6))
        next(run)
        event = run.send(Allowance())
        assert isinstance(event, StepsTaken)
        assert event.first == 6
        straight, past = run_alone(own, 9), branch.history.before(6)
        while isinstance(event, StepsTaken):
            past.extend(event.losses, event.parameters, event.gradients, event.frames)
            event = run.send(Allowance())
        assert_same(past, straight)


def lbfgs_evaluations(steps: int, lr: float) -> list[int]:
    """How often torch's own loop calls the closure, up to each step."""
    x, y = (torch.tensor(start, requires_grad=True) for start in (-1.5, 2.0))
    optimizer = torch.optim.LBFGS([x, y], lr=lr)
    counted = [0]

    def closure() -> float:
        counted[-1] += 1
        optimizer.zero_grad()
        loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        loss.backward()
        return float(loss.detach())

    for _ in range(steps):
        counted.append(counted[-1])
        optimizer.step(closure)  # type: ignore[no-untyped-call]
    assert counted[-1] == optimizer.state[x]["func_evals"]
    return counted


def test_evaluations_are_those_of_torch() -> None:
    contenders = each_optimizer(VALLEY, ("LBFGS", "Adam"))
    lbfgs, adam = compared(VALLEY, contenders, Budget(12)).branches()
    assert lbfgs.tally is not None
    assert lbfgs.tally.evaluations.tolist() == lbfgs_evaluations(12, 0.1)
    assert lbfgs.tally.evaluations[-1] > 50
    assert adam.tally is not None
    assert adam.tally.evaluations.tolist() == list(range(13))


@pytest.mark.parametrize("count", [45, 60])
def test_a_budget_of_evaluations_is_kept_by_all(count: int) -> None:
    contenders = each_optimizer(VALLEY, ("LBFGS", "Adam"))
    lbfgs, adam = compared(VALLEY, contenders, Budget(count, "evaluations")).branches()
    torchs = lbfgs_evaluations(6, 0.1)
    affordable = max(step for step, used in enumerate(torchs) if used <= count)
    assert lbfgs.history.last == affordable
    assert adam.history.last == count
    assert lbfgs.tally is not None
    assert lbfgs.tally.evaluations.tolist() == torchs[: affordable + 1]
    assert_same(lbfgs.history, run_alone(replace(VALLEY, optimizer=contenders[0].optimizer), affordable))


def test_a_budget_too_small_for_one_step_is_told() -> None:
    (only,) = compared(VALLEY, each_optimizer(VALLEY, ("LBFGS",)), Budget(3, "evaluations")).branches()
    assert only.history.last == 0
    assert only.tally is not None
    assert "more than the budget" in only.tally.ended


def test_one_that_diverges_and_one_that_cannot_do_not_end_the_others() -> None:
    contenders = [
        contender(OptimizerSpec("SGD", {"lr": 1.0})),
        contender(OptimizerSpec("Muon")),
        contender(OptimizerSpec("Adam")),
    ]
    made = compared(VALLEY, contenders, Budget(50))
    sgd, adam = made.branches()
    assert sgd.tally is not None
    assert adam.tally is not None
    assert sgd.tally.ended == f"diverged at step {sgd.history.last}: the loss is inf"
    assert (adam.history.last, adam.tally.ended) == (50, "")
    assert_same(sgd.history, run_alone(replace(VALLEY, optimizer=contenders[0].optimizer), 50))
    (failed,) = made.failed()
    assert failed.fault is not None
    assert "matrices only" in failed.fault.message


def test_a_program_that_fails_on_the_way_keeps_what_was_recorded() -> None:
    program = "if x < 0:\n    x = torch.ones(2) @ torch.ones(3)\nx**2"
    experiment = Experiment(program, (ParameterSpec("x", 1.0),), OptimizerSpec("SGD", {"lr": 0.75}))
    made = compared(experiment, each_learning_rate(experiment, (0.1, 0.75)), Budget(9))
    slow, fast = made.branches()
    assert slow.history.last == 9
    assert fast.history.last == 0
    assert fast.tally is not None
    assert fast.tally.ended
    assert made.failed() == []


def test_a_program_that_cannot_be_compiled_is_one_fault_for_all() -> None:
    with pytest.raises(ProgramError):
        compared(replace(VALLEY, program="(x"), each_optimizer(VALLEY), Budget(5))


def test_a_script_is_refused_in_words() -> None:
    script = replace(
        VALLEY, program="import torch\nx = torch.ones(1, requires_grad=True)\nx.sum().backward()"
    )
    with pytest.raises(EngineError) as refused:
        compared(script, each_optimizer(VALLEY), Budget(5))
    assert "script" in refused.value.fault.message


def test_all_grow_together() -> None:
    contenders = each_learning_rate(VALLEY, (0.001, 0.002, 0.004))
    made = Comparison(CompareAsked(experiment=VALLEY, contenders=tuple(contenders), budget=Budget(400)))
    shares = []
    for part in parts(VALLEY, contenders, Budget(400)):
        made.take(part)
        shares.append(part.share)
        lasts = [-1 if trial.history is None else trial.history.last for trial in made.trials]
        assert max(lasts) - min(lasts) <= ROUND + 1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(share < 1.0 for share in shares[:-1])


def test_random_numbers_are_the_same_for_all() -> None:
    noisy = Experiment(
        "((x - torch.randn(4))**2).mean() + F.dropout(x * torch.ones(8), 0.5).sum()",
        (ParameterSpec("x", 1.0),),
        OptimizerSpec("SGD", {"lr": 0.01}),
        RunSpec(seed=7),
    )
    same = compared(noisy, each_learning_rate(noisy, (0.01, 0.02)), Budget(20)).branches()
    assert same[0].history.losses[0] == same[1].history.losses[0]
    assert_same(same[0].history, run_alone(noisy, 20))


def test_nobody_waits_for_a_comparison_that_is_no_longer_wanted() -> None:
    asked = CompareAsked(
        experiment=VALLEY, contenders=tuple(each_optimizer(VALLEY)), budget=Budget(1_000_000)
    )
    left = iter([False] * 30)
    found = Questions().answer(asked, lambda: next(left, True))
    assert isinstance(found, Iterator)
    taken = sum(len(stretch.losses) for part in found for stretch in part.stretches)
    assert 0 < taken <= 30 * ROUND


def test_a_program_that_never_ends_is_stopped_with_the_question() -> None:
    endless = Experiment("while x > 0:\n    x = x + 0\nx**2", (ParameterSpec("x", 1.0),))
    calls = iter([False] * 4)
    asked = CompareAsked(experiment=endless, contenders=tuple(each_optimizer(endless)), budget=Budget(5))
    found = Questions().answer(asked, lambda: next(calls, True))
    assert isinstance(found, Iterator)
    assert [stretch for part in found for stretch in part.stretches if len(stretch.losses)] == []


def test_the_field_below_the_paths() -> None:
    axes = Axis(0, -2.0, 2.0, 5), Axis(1, -1.0, 3.0, 4)
    field = Questions().answer(FieldAsked(experiment=VALLEY, axes=axes), lambda: False)
    assert isinstance(field, Landscape)
    x, y = np.meshgrid(axes[0].values, axes[1].values, indexing="ij")
    assert field.values == pytest.approx((1 - x) ** 2 + 100 * (y - x**2) ** 2, rel=1e-5)


def test_with_data_the_rows_that_are_held_out_are_measured_too() -> None:
    """As the run itself is, and at the end of the budget, wherever that is."""
    data = DataSpec(generate="moons", settings={"rows": 40}, batch_size=8, shuffle=True, validation=0.25)
    experiment = resolved(
        Experiment("net = nn.Linear(2, 2)\nloss = cross_entropy(net(X), y)", data=data), vocabulary.words()
    )[0]
    contenders = each_optimizer(experiment, ("SGD", "Adam", "LBFGS"))
    branches = compared(experiment, contenders, Budget(10)).branches()
    for branch in branches:
        metric = branch.history.metrics["validation loss"]
        assert metric.steps.tolist() == [0, 4, 8, 10]
        problem = Problem(replace(experiment, optimizer=branch.optimizer))
        problem.load(branch.history.parameters(10))
        assert problem.full("validation") == metric.values[-1]
        found = measures(branch, 9, None, 0.0)
        assert found.validation == metric.values[2]
        assert_same(branch.history, run_alone(replace(experiment, optimizer=branch.optimizer), 10))
    rows = [measures(branch, None, None, 0.0) for branch in branches]
    assert VALIDATION in columns_of(rows)
    order = ranked(rows, "validation")
    assert [row.validation for row in order] == sorted(float(row.validation or 0) for row in rows)
    assert winners(rows)["validation"] == {order[0].number}
    assert "validation loss,ended" in as_csv(rows).splitlines()[0]
    plain = [
        measures(branch, None, None, 0.0) for branch in compared(VALLEY, contenders, Budget(2)).branches()
    ]
    assert columns_of(plain) == COLUMNS
    assert "validation" not in as_csv(plain)
