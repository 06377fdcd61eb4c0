"""Objectives on data: batches that follow from the step, evaluation of all rows, and going back bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.events import Evaluated, Event, Failed, Finished, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.frames import Resume
from gui_app.core.history import History
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend
from gui_app.engine.lenses.graph import graph_at
from gui_app.engine.problem import Problem
from gui_app.files.completing import completed, read_data
from gui_app.files.tables import load
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """As in the window on two cores: several threads on small tensors only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


REGRESSION = DataSpec(generate="regression", settings={"rows": 57}, shuffle=True, batch_size=10, seed=4)
PLANE = (ParameterSpec("w", (0.0, 0.0)), ParameterSpec("b", 0.0))
PROGRAM = "y_hat = X @ w + b\nloss = ((y_hat - y)**2).mean()"


def fitting(data: DataSpec, model: ModelSpec, optimizer: OptimizerSpec, **run: Any) -> Experiment:
    """The model on the data, with its program and parameters."""
    epochs = run.pop("epochs", None)
    bare = Experiment(data=data, model=model, optimizer=optimizer, run=RunSpec(**run))
    return completed(bare, False, epochs)


def events(experiment: Experiment, resume: Resume | None = None, at_once: int = 1000) -> Iterator[Event]:
    """A run to its end."""
    run = descend(experiment, resume=resume)
    event: Event = next(run)
    yield event
    while not isinstance(event, Finished | Failed):
        event = run.send(Allowance(at_once, seconds=1e9))
        yield event
    run.close()


def recorded(experiment: Experiment, resume: Resume | None = None) -> tuple[NDArray[Any], list[Evaluated]]:
    """The loss and the parameters of every step, side by side, and the metrics."""
    rows, metrics = [], []
    for event in events(experiment, resume):
        if isinstance(event, StepsTaken):
            rows.append(np.column_stack([event.losses, event.parameters]))
        elif isinstance(event, Evaluated):
            metrics.append(event)
        assert not isinstance(event, Failed), event.fault
    return np.concatenate(rows), metrics


def test_a_step_sees_its_batch_and_nothing_else() -> None:
    problem = Problem(Experiment(PROGRAM, PLANE, data=REGRESSION))
    assert problem.data is not None
    table = problem.data.table
    for step in (0, 5, 6, 17, 2):
        problem.step = step
        rows = problem.batch(step)
        assert len(rows) == (7 if step % 6 == 5 else 10)
        expected = np.square(table.column("y").values[rows].astype("float32")).mean(dtype="float64")
        assert problem.loss().item() == pytest.approx(expected, rel=1e-6)
        given = problem.inputs["X"]
        np.testing.assert_array_equal(given[:, 1], table.column("x2").values[rows].astype("float32"))
    epoch = np.concatenate([problem.batch(step) for step in range(6)])
    assert sorted(epoch) == list(range(57))


def test_all_rows_can_be_evaluated() -> None:
    data = replace(REGRESSION, validation=0.25)
    problem = Problem(Experiment(PROGRAM, PLANE, data=data))
    assert problem.data is not None
    found = problem.data.prepared
    assert found.target is not None
    for split, rows in (("train", found.training), ("validation", found.validation)):
        assert problem.full(split) == pytest.approx(np.square(found.target[rows]).mean(), rel=1e-6)  # type: ignore[arg-type]
    assert len(problem.batch(0)) == 10
    assert not set(problem.batch(0)) & set(found.rows[found.validation])


def test_columns_are_read_by_name() -> None:
    table = load(DataSpec(builtin="iris"), Path())
    *_, first, second, target = table.names
    data = DataSpec(builtin="iris", features=(first, second), target=target)
    program = f"(w*{first}).sum() + {second}.mean() + {target}.sum()*0 + X.sum()*0"
    problem = Problem(Experiment(program, (ParameterSpec("w", 2.0),), data=data))
    ours = 2 * table.column(first).values.sum() + table.column(second).values.mean()
    assert problem.loss().item() == pytest.approx(ours, rel=1e-5)
    assert problem.inputs[target].dtype == torch.int64


def test_a_name_that_is_not_used_is_not_handed_over() -> None:
    problem = Problem(Experiment("x**2", (ParameterSpec("x"),), data=REGRESSION))
    assert problem.data is None
    assert not len(problem.batch(3))
    shadowed = Problem(Experiment("(X - 1)**2", (ParameterSpec("X"),), data=REGRESSION))
    assert shadowed.data is None


def test_data_cannot_be_changed_by_the_program() -> None:
    problem = Problem(Experiment("X[0] = 1.0\n(X @ w).sum() + b", PLANE, data=REGRESSION))
    with pytest.raises(ProgramError, match="parameter itself"):
        problem.loss()


@pytest.mark.parametrize("size", [None, 10, 16])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_is_the_loop_over_a_loader(size: int | None, dtype: str) -> None:
    data = DataSpec(generate="moons", settings={"rows": 61}, shuffle=True, batch_size=size, seed=3)
    model = ModelSpec("perceptron", layers=(5,), activation="Tanh")
    optimizer = OptimizerSpec("SGD", {"lr": 0.1, "momentum": 0.9})
    experiment = fitting(data, model, optimizer, seed=2, dtype=dtype, epochs=3)
    ours, _ = recorded(experiment)
    found = read_data(experiment)
    assert found.target is not None
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        torch.manual_seed(2)
        net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 2))
        rows = TensorDataset(
            torch.from_numpy(found.features).to(getattr(torch, dtype)), torch.from_numpy(found.target)
        )
        generator = torch.Generator().manual_seed(3)
        loader = DataLoader(rows, size or 61, shuffle=size is not None, generator=generator)
        updates, losses = torch.optim.SGD(net.parameters(), 0.1, 0.9), []
        for _ in range(3):
            for batch, truth in loader:
                loss = functional.cross_entropy(net(batch), truth)
                losses.append(loss.item())
                updates.zero_grad()
                loss.backward()
                updates.step()
    finally:
        torch.set_default_dtype(torch.float32)
    assert ours[:-1, 0].tolist() == losses
    last = torch.cat([p.detach().reshape(-1) for p in net.parameters()]).numpy()
    assert np.array_equal(ours[-1, 1:].astype(dtype), last)


@pytest.mark.parametrize(
    "optimizer", [OptimizerSpec("SGD", {"lr": 0.01, "momentum": 0.9}), OptimizerSpec("Adam")]
)
def test_going_on_from_any_step_is_bit_identical(optimizer: OptimizerSpec) -> None:
    program = "h = F.dropout(X, 0.2) @ w + b\nloss = ((h - y)**2).mean()"
    experiment = Experiment(program, PLANE, optimizer, RunSpec(40), data=REGRESSION)
    whole, _ = recorded(experiment)
    history = History(("w[0]", "w[1]", "b"), "float32")
    for event in events(experiment, at_once=7):
        if isinstance(event, StepsTaken):
            history.extend(event.losses, event.parameters, event.gradients, event.frames)
    for step in (0, 3, 11, 29, 40):
        assert np.array_equal(recorded(experiment, resumed(history, step))[0], whole[step:])


def test_the_graph_is_that_of_the_batch() -> None:
    problem = Problem(Experiment(PROGRAM, PLANE, data=REGRESSION), traced=True)
    problem.step = 5
    loss = problem.loss().item()
    problem.step = 0
    assert problem.loss().item() != loss
    problem.step = 5
    graph = graph_at(problem)
    (mean,) = [node for node in graph.nodes if node.name == "MeanBackward0"]
    assert mean.value is not None
    assert mean.value.mean == loss


# --- metrics -------------------------------------------------------------------------------------------------------


def test_metrics_come_each_epoch_and_at_the_end() -> None:
    data = replace(REGRESSION, validation=0.2)
    experiment = Experiment(PROGRAM, PLANE, OptimizerSpec("SGD", {"lr": 0.05}), RunSpec(23), data=data)
    rows, metrics = recorded(experiment)
    assert [each.step for each in metrics] == [0, 5, 10, 15, 20, 23]
    found = read_data(experiment)
    assert found.target is not None
    for each in metrics:
        residual = found.features @ rows[each.step, 1:3] + rows[each.step, 3] - found.target
        for name, part in (("training", found.training), ("validation", found.validation)):
            wrong, spread = residual[part], found.target[part] - found.target[part].mean()
            expected = {
                "loss": np.square(wrong).mean(),
                "MSE": np.square(wrong).mean(),
                "MAE": np.abs(wrong).mean(),
                "R²": 1 - np.square(wrong).sum() / np.square(spread).sum(),
            }
            for key, value in expected.items():
                assert each.metrics[f"{name} {key}"] == pytest.approx(value, rel=1e-4)


def test_metrics_precede_the_steps_that_they_belong_to() -> None:
    """Whoever takes one step has the metrics of that step as soon as the step itself."""
    experiment = Experiment(PROGRAM, PLANE, OptimizerSpec("SGD", {"lr": 0.05}), RunSpec(12), data=REGRESSION)
    newest = -1
    for event in events(experiment, at_once=4):
        if isinstance(event, Evaluated):
            assert event.step > newest
            expected = event.step
        elif isinstance(event, StepsTaken):
            newest = event.first + len(event.losses) - 1
            if newest % 6 == 0:
                assert newest == expected


def test_classes_are_counted() -> None:
    data = DataSpec(builtin="iris", validation=0.2, seed=1)
    experiment = fitting(
        data, ModelSpec("softmax"), OptimizerSpec("SGD", {"lr": 0.1}), steps=50, evaluate_every=50
    )
    rows, metrics = recorded(experiment)
    assert [each.step for each in metrics] == [0, 50]
    found = read_data(experiment)
    assert found.target is not None
    weight, bias = rows[50, 1:13].reshape(3, 4), rows[50, 13:]
    predicted = (found.features @ weight.T + bias).argmax(1)
    held = found.validation
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (found.target[held], predicted[held]), 1)
    assert metrics[-1].confusion is not None
    assert metrics[-1].confusion.tolist() == expected.tolist()
    assert metrics[-1].metrics["validation accuracy"] == pytest.approx(expected.trace() / len(held))
    assert set(metrics[-1].metrics) == {
        f"{s} {n}" for s in ("training", "validation") for n in ("loss", "accuracy")
    }


def test_yes_or_no_is_a_score_above_0() -> None:
    data = DataSpec(generate="blobs", settings={"classes": 2, "rows": 80}, seed=1)
    experiment = fitting(data, ModelSpec("logistic"), OptimizerSpec("SGD", {"lr": 0.5}), steps=60)
    assert "binary_cross_entropy_with_logits" in experiment.program
    _, metrics = recorded(experiment)
    assert metrics[-1].metrics["training accuracy"] > 0.9


def test_a_run_that_does_not_get_better_ends() -> None:
    run = RunSpec(10_000, evaluate_every=6, patience=3)
    experiment = Experiment(PROGRAM, PLANE, OptimizerSpec("SGD", {"lr": 0.1}), run, data=REGRESSION)
    rows, metrics = recorded(experiment)
    losses = [each.metrics["training loss"] for each in metrics]
    assert len(rows) < 1_000
    assert len(rows) == 6 * (len(losses) - 1) + 1
    assert int(np.argmin(losses)) == len(losses) - 4


@pytest.mark.parametrize("validation", [0.0, 0.3])
def test_a_branch_ends_where_the_whole_run_ends(validation: float) -> None:
    run = RunSpec(10_000, evaluate_every=5, patience=4)
    data = replace(REGRESSION, validation=validation)
    experiment = Experiment(PROGRAM, PLANE, OptimizerSpec("SGD", {"lr": 0.1}), run, data=data)
    history, whole = History(("w[0]", "w[1]", "b"), "float32"), []
    for event in events(experiment, at_once=7):
        if isinstance(event, StepsTaken):
            history.extend(event.losses, event.parameters, event.gradients, event.frames)
            whole.append(np.column_stack([event.losses, event.parameters]))
    rows = np.concatenate(whole)
    last = history.last
    assert 20 < last < 1_000
    for step in (0, 4, 5, 6, last - 21, last - 10, last - 5, last - 1):
        assert np.array_equal(recorded(experiment, resumed(history, step))[0], rows[step:]), step
    assert (
        len(recorded(experiment, resumed(history, last))[0]) > 5 * 4
    )  # from where it had ended it waits afresh


def resumed(history: History, step: int) -> Resume:
    frame = history.frame(step)
    assert frame is not None
    return Resume(step, history.parameters(frame.step), frame)


def test_a_program_for_one_size_of_batch_trains_without_metrics() -> None:
    program = "loss = ((X.reshape(10, 2) @ w + b - y)**2).mean()"
    data = replace(REGRESSION, settings={"rows": 60})
    rows, metrics = recorded(Experiment(program, PLANE, OptimizerSpec("SGD"), RunSpec(20), data=data))
    assert len(rows) == 21
    (only,) = metrics
    assert not only.metrics
    assert only.fault is not None
    assert "10" in only.fault.message


def test_what_is_wrong_with_the_data_ends_the_run_in_words(tmp_path: Path) -> None:
    for data, words in (
        (DataSpec(path=str(tmp_path / "none.csv")), "none.csv"),
        (DataSpec(builtin="iris", target="colour"), "no column 'colour'"),
        (DataSpec(generate="moons", settings={"noize": 1}), "noise"),
    ):
        (failed,) = list(events(Experiment("(X*w).sum() + y.sum()", PLANE[:1], data=data)))
        assert isinstance(failed, Failed)
        assert words in f"{failed.fault.message} {failed.fault.hint}"


# --- how well ------------------------------------------------------------------------------------------------------


def test_diabetes_agrees_with_least_squares() -> None:
    data = DataSpec(builtin="diabetes", standardize=True)
    settings = {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-12, "tolerance_change": 1e-16}
    experiment = fitting(
        data, ModelSpec("linear"), OptimizerSpec("LBFGS", settings), steps=60, dtype="float64"
    )
    rows, _ = recorded(experiment)
    found = read_data(experiment)
    assert found.target is not None
    original = found.original(found.features)
    exact = np.linalg.lstsq(np.column_stack([original, np.ones(len(original))]), found.target, rcond=None)[0]
    weight = rows[-1, 1:-1] / found.stds
    bias = rows[-1, -1] - weight @ found.means
    np.testing.assert_allclose([*weight, bias], exact, rtol=1e-6)


def test_iris_is_told_apart() -> None:
    data = DataSpec(builtin="iris", standardize=True)
    experiment = fitting(data, ModelSpec("softmax"), OptimizerSpec("SGD", {"lr": 0.5}), steps=200)
    assert recorded(experiment)[1][-1].metrics["training accuracy"] >= 0.95


def test_digits_are_read_by_a_small_convolution() -> None:
    data = DataSpec(builtin="digits", standardize=True, validation=0.25, shuffle=True, batch_size=32)
    experiment = fitting(data, ModelSpec("convolution"), OptimizerSpec("Adam", {"lr": 0.005}), epochs=8)
    assert recorded(experiment)[1][-1].metrics["validation accuracy"] >= 0.97


def test_stop_is_heard_while_data_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui_app.engine.data.prepared", None)  # it does not get so far
    stop = StopFlag()
    stop.set()
    data = DataSpec(generate="moons", settings={"rows": 99}, seed=9)
    assert list(descend(Experiment("(X*w).mean() + 0*y.sum()", data=data), stop=stop)) == []
