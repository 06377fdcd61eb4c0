"""Scripts: each backward pass is a step, with torch's own numbers, graphs and errors."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from gui_app.commands.recording import Record, record
from gui_app.core.events import Failed, Finished, StepsTaken
from gui_app.core.experiment import Experiment, ParameterSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend
from gui_app.engine.lenses.questions import Questions
from gui_app.files.lessons import lesson
from gui_app.language.limits import StopFlag

HEAD = "import torch\n"
C1 = """
x = torch.tensor([[0.007588282693177462]], requires_grad=True)
for k in range(15):
    f = ((x - 2)**2 / 2).sum()
    f.backward()
    x.data -= 0.4 * x.grad
    x.grad.zero_()
"""
C2 = """
x = torch.tensor([[-0.0040, 0.0005]], requires_grad=True)
for k in range(9):
    f = torch.mm(x, x.t()) + torch.mm(torch.tensor([[4.0, 5.0]]), x.t()) + 3
    f.backward()
    with torch.no_grad():
        x -= 0.4 * x.grad
    x.grad.zero_()
"""
C3 = """
x = torch.tensor([[1.1, 4.6, 8.9], [2.3, 5.7, 10.1]])
target = torch.tensor([13.57, 38.70, 70.51])
w = torch.tensor([0.001, 0.003], requires_grad=True)
b = torch.tensor([0.005], requires_grad=True)
for k in range(3):
    y = w @ x + b
    loss = ((y - target)**2 / 2).sum()
    print(loss.item())
    loss.backward()
    w.data -= 1e-4 * w.grad
    b.data = b.data - 1e-4 * b.grad
    w.grad.zero_()
    b.grad.zero_()
"""
C4 = """
torch.manual_seed(0)
X = torch.tensor([[.2, .5, .7], [.4, .6, .8], [.3, .6, .9]])
Y = torch.tensor([[.8, .8], [.7, .9], [.9, .9]])
W = torch.randn(3, 2, requires_grad=True)
for k in range(301):
    loss = ((X @ W - Y)**2).sum()
    loss.backward()
    with torch.no_grad():
        W -= 0.25 * W.grad
        W.grad.zero_()
"""


def ran(program: str, **run: object) -> Record:
    return record(Experiment(HEAD + program, run=RunSpec(**run)))  # type: ignore[arg-type]


def printed(result: Record) -> str:
    return "".join(line.text for line in result.console.lines)


@pytest.mark.parametrize(("program", "lesson_id", "steps"), [(C1, "C1", 14), (C2, "C2", 8), (C4, "C4", 300)])
def test_a_hand_written_loop_gives_the_numbers_of_the_objective(
    program: str, lesson_id: str, steps: int
) -> None:
    """The loss, the parameters and the gradient of every step: to the last but one bit of float32.

    ``x -= lr * grad`` rounds twice where ``torch.optim`` rounds once.
    """
    script = ran(program)
    experiment = lesson(lesson_id).experiment
    objective = record(
        Experiment(
            experiment.program,
            experiment.parameters,
            experiment.optimizer,
            RunSpec(steps=steps, seed=experiment.run.seed),
        )
    )
    assert script.stopped == objective.stopped == "finished"
    assert script.history.last == steps
    assert np.allclose(script.history.losses, objective.history.losses, rtol=1e-6)
    for k in range(steps + 1):
        assert np.allclose(script.history.parameters(k), objective.history.parameters(k), rtol=1e-6)
        assert np.allclose(script.history.gradients(k), objective.history.gradients(k), rtol=1e-5, atol=1e-6)


def test_three_samples_by_hand() -> None:
    script = ran(C3)
    assert np.allclose(script.history.losses, [3322.4231, 3162.8491, 3010.9395], atol=5e-4)
    assert script.history.columns == ("w[0]", "w[1]", "b[0]")
    assert np.allclose(script.history.gradients(0)[:2], [-819.9555, -963.3235], atol=5e-4)
    assert printed(script).split()[0].startswith("3322.42")


def test_prints_belong_to_the_pass_before_them() -> None:
    result = ran(
        "x = torch.tensor(1.0, requires_grad=True)\nprint('before')\n"
        "(2*x).backward()\nprint('first', x.grad)\n(3*x).backward()\nprint('second', x.grad)\n"
    )
    assert [(line.step, line.text) for line in result.console.lines] == [
        (0, "before\n"),
        (0, "first tensor(2.)\n"),
        (1, "second tensor(5.)\n"),
    ]


def test_a_script_without_a_pass_has_one_step_and_a_graph() -> None:
    result = ran("x = torch.ones(2, requires_grad=True)\ny = (x + 1).sum()\nprint(y.grad_fn)")
    assert (result.stopped, result.history.last, result.history.columns) == ("finished", 0, ())
    assert result.history.losses.tolist() == [4.0]
    questions = Questions()
    graph = questions.graph(result.experiment, 0, None, None)
    questions.close()
    labels = {node.name: node.label for node in graph.nodes}
    assert labels["SumBackward0"] == "y"


def test_a_leaf_that_comes_later_gets_columns_of_its_own() -> None:
    result = ran(
        "x = torch.tensor(1.0, requires_grad=True)\n(2*x).backward()\n"
        "w = torch.tensor([3.0, 4.0], requires_grad=True)\n(w*x).sum().backward()"
    )
    assert result.history.columns == ("x", "w[0]", "w[1]")
    assert np.array_equal(result.history.parameters(0), [1, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(result.history.gradients(1), [9, 1, 1])


def test_a_failing_script_keeps_what_it_did() -> None:
    result = ran(
        "x = torch.tensor(1.0, requires_grad=True)\ny = x*x\ny.backward()\nprint('kept')\ny.backward()"
    )
    assert result.stopped == "failed"
    assert result.history.last == 0
    assert printed(result) == "kept\n"
    assert result.fault is not None
    assert result.fault.span is not None
    assert result.fault.span.line == 6
    assert "second time" in result.fault.message


def test_a_flood_of_prints_without_a_pass_ends_and_is_cut() -> None:
    result = ran("for i in range(100000):\n    print(i, 'is a number')")
    assert result.stopped == "finished"
    assert printed(result).endswith("More was printed than is kept.\n")


def test_the_graph_of_every_pass() -> None:
    """Forward, back and forward again; the structure is that of the pass, the gradients end at .grad."""
    program = HEAD + (
        "x = torch.tensor(2.0, requires_grad=True)\nfor k in range(4):\n    y = x\n    for i in range(k):\n"
        "        y = y * x\n    y.backward()\n    x.grad = None\n"
    )
    experiment = Experiment(program)
    questions = Questions()
    for step in (0, 2, 1, 3, 3, 0):
        graph = questions.graph(experiment, step, None, None)
        assert [node.name for node in graph.nodes].count("MulBackward0") == step
        leaf = next(node for node in graph.nodes if node.kind == "leaf")
        assert leaf.label == "x"
        assert leaf.gradient is not None
        assert leaf.gradient.norm == (step + 1) * 2**step
    questions.close()


def test_a_script_that_fails_has_the_graph_until_then() -> None:
    questions = Questions()
    experiment = Experiment(
        HEAD + "x = torch.ones(2, requires_grad=True)\ny = x * 2\nz = y @ torch.ones(3)\nz.backward()"
    )
    graph = questions.graph(experiment, 0, None, None)
    questions.close()
    assert graph.failure is not None
    assert "MulBackward0" in [node.name for node in graph.nodes]
    assert [node.kind for node in graph.nodes].count("failed") == 1


def test_large_tensors_stay_guarded_after_a_pass() -> None:
    result = ran(
        "x = torch.ones(1, requires_grad=True)\na = torch.ones(100000, 1)\nb = torch.ones(1, 100000)\n"
        "x.sum().backward()\nc = a * b"
    )
    assert result.fault is not None
    assert "10,000,000,000 elements" in result.fault.message


def test_a_stopped_script_ends_at_once() -> None:
    stop = StopFlag()
    run = descend(
        Experiment(HEAD + "x = torch.ones(1, requires_grad=True)\nwhile True:\n    x.sum().backward()"),
        stop=stop,
    )
    next(run)
    event = run.send(Allowance())
    assert isinstance(event, StepsTaken)
    threading.Timer(0.05, stop.set).start()
    assert all(isinstance(event, StepsTaken) for event in run)
    assert not any(thread.name == "script" for thread in threading.enumerate())


def test_a_run_that_is_given_up_leaves_no_thread() -> None:
    run = descend(
        Experiment(HEAD + "x = torch.ones(1, requires_grad=True)\nfor k in range(9):\n    x.sum().backward()")
    )
    next(run)
    run.send(Allowance(steps=1))
    run.close()
    assert not any(thread.name == "script" for thread in threading.enumerate())


def test_more_is_asked_for_than_there_is() -> None:
    run = descend(Experiment(HEAD + "x = torch.ones(1, requires_grad=True)\nx.sum().backward()"))
    events = [next(run), *(run.send(Allowance(beyond=True)) for _ in range(4))]
    assert [type(event) for event in events[-2:]] == [Finished, Finished]
    run.close()


def test_a_name_nobody_defines_is_a_fault_of_a_script() -> None:
    result = ran("x = torch.ones(1, requires_grad=True)\n(x * factor).sum().backward()")
    assert result.stopped == "failed"
    assert result.fault is not None
    assert "factor" in result.fault.message


def test_the_seed_of_the_run_is_that_of_the_script() -> None:
    program = "x = torch.randn(5, requires_grad=True)\nx.sum().backward()"
    expected = torch.randn(5, generator=torch.Generator().manual_seed(7)).double().numpy()
    assert np.array_equal(ran(program, seed=7).history.parameters(0), expected)


def test_parameters_of_the_table_are_of_no_use_to_a_script() -> None:
    experiment = Experiment("x.sum().backward()", (ParameterSpec("x", 1.0),))
    events = list(descend(experiment))
    assert isinstance(events[-1], Failed)


def test_what_has_become_part_of_a_graph_is_no_leaf_any_more() -> None:
    result = ran(
        "x = torch.ones(2, requires_grad=True)\nacc = torch.zeros(2)\nacc += x\nacc.sum().backward()\nprint(x.grad)"
    )
    assert result.history.columns == ("x[0]", "x[1]")
    assert printed(result) == "tensor([1., 1.])\n"
