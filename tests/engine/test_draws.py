"""What an objective draws: its data stay from step to step, its dropout masks do not; PyTorch's own numbers."""

from __future__ import annotations

import numpy as np
import torch

from gui_app.commands.opening import in_line
from gui_app.commands.recording import record
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.engine.lenses.questions import Questions

STILL = OptimizerSpec("SGD", {"lr": 0.0})


def ran(program: str, *parameters: ParameterSpec, seed: int = 5, steps: int = 3) -> np.ndarray:
    return record(Experiment(program, parameters, STILL, RunSpec(steps, seed))).history.losses


def test_data_are_drawn_once_and_for_all() -> None:
    torch.manual_seed(5)
    expected = float((2.0 * torch.randn(4)).sum())
    assert np.array_equal(ran("(x * randn(4)).sum()", ParameterSpec("x", 2.0)), np.float32([expected] * 4))


def test_dropout_takes_another_share_at_every_step_and_the_same_again_later() -> None:
    program, x = "dropout(x * ones(200), 0.5).sum()", ParameterSpec("x", 1.0)
    losses = ran(program, x)
    assert len(set(losses)) > 1
    assert np.array_equal(losses, ran(program, x))
    questions = Questions()
    experiment = Experiment(program, (x,), STILL, RunSpec(3, 5))
    for step in (2, 0, 3):
        graph = questions.graph(experiment, step, np.array([1.0]), None)
        value = graph.nodes[graph.roots[0]].value
        assert value is not None
        assert value.mean == losses[step]
    questions.close()


def test_declared_starts_are_drawn_in_the_order_of_the_text() -> None:
    program = (
        "X = torch.randn(5, 3)\nW = torch.randn(3, 1, requires_grad=True)\n"
        "e = torch.randn(5, 1)\n((X @ W + e)**2).sum()"
    )

    experiment = in_line(Experiment(program, (), STILL, RunSpec(2, 9)))
    assert [spec.name for spec in experiment.parameters] == ["W"]
    history = record(experiment).history
    torch.manual_seed(9)
    X, W, e = torch.randn(5, 3), torch.randn(3, 1), torch.randn(5, 1)  # noqa: N806
    assert np.array_equal(history.parameters(0), W.reshape(-1).numpy())
    assert np.array_equal(history.losses, np.float32([float(((X @ W + e) ** 2).sum())] * 3))


def test_a_start_of_the_table_is_drawn_before_the_program() -> None:
    w = ParameterSpec("w", None, (2,), Distribution("normal"))
    torch.manual_seed(5)
    start, data = torch.randn(2), torch.randn(2)
    assert np.array_equal(ran("(w * randn(2)).sum()", w), np.float32([float((start * data).sum())] * 4))
