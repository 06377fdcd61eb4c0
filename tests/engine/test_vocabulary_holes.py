"""What an attack has found once, and must not find again."""

from __future__ import annotations

import pytest

from gui_app.commands.recording import Record, record
from gui_app.core.experiment import Experiment, ExperimentError, ParameterSpec, RunSpec

X = ParameterSpec("x", 1.0)


def ran(program: str, *parameters: ParameterSpec, memory: int = 4096) -> Record:
    return record(Experiment(program, parameters, run=RunSpec(2, memory=memory)))


def test_data_keeps_its_shape() -> None:
    """A backward pass reads what it has saved in the shape of then."""
    result = ran(
        "x = torch.randn(2, 64, requires_grad=True)\ny = x * 1\nl = F.layer_norm(y, [64]).sum()\n"
        "y.data = torch.randn(100, 64)\nl.backward()"
    )
    assert result.fault is not None
    assert result.fault.message == ".data keeps its shape (2, 64); this has (100, 64)."


@pytest.mark.parametrize("change", ["w.mul_(0)", "w += 1", "w.normal_()", "w.data = x.data"])
def test_a_parameter_is_not_changed_through_the_memory_of_another_tensor(change: str) -> None:
    result = ran(f"w = x * 1\nw.data = x.data\n{change}\n(x - 2)**2", X)
    assert result.fault is not None
    assert result.fault.message == "This would change a parameter itself."


def test_quotients_of_endless_whole_numbers_are_refused() -> None:
    result = ran("a = 3\nfor i in range(20000):\n    a = a + a\nb = a // 7\nx * 1.0", X)
    assert result.fault is not None
    assert result.fault.message == "This whole number is too large."


def test_the_memory_of_a_comprehension_is_watched() -> None:
    result = ran(
        "y = torch.ones(2999, dtype=torch.float64)\nL = [y * 1.0 for i in range(60000)]\nx * 1.0",
        X,
        memory=256,
    )
    assert result.fault is not None
    assert "memory" in result.fault.message


def test_many_columns_are_joined_quickly() -> None:
    result = ran(
        "w = torch.ones(20000, requires_grad=True)\nw.sum().backward()\n"
        "v = torch.ones(20000, requires_grad=True)\n(w * v).sum().backward()"
    )
    assert len(result.history.columns) == 40_000


def test_a_parameter_has_no_word_of_python_for_a_name() -> None:
    with pytest.raises(ExperimentError, match="None"):
        ParameterSpec("None", 1.0)


@pytest.mark.parametrize("call", ["x.flip(0)", "x.flip(0, 1)", "torch.flip(x, (0, 1))", "x.flip(dims=(0,))"])
def test_flip_is_torchs(call: str) -> None:
    result = ran(f"x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])\nprint({call})")
    import torch

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert "".join(line.text for line in result.console.lines) == f"{eval(call, {'x': x, 'torch': torch})}\n"
