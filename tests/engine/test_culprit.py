"""A saved tensor that was changed in place: the operation and the line that did it are named."""

from __future__ import annotations

import pytest

from gui_app.commands.recording import record
from gui_app.core.experiment import Experiment, ParameterSpec, RunSpec
from gui_app.engine.lenses.questions import Questions
from gui_app.files.lessons import lesson

HEAD = "a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "out = torch.sigmoid(a)\nc = out.detach()\nc.zero_()\nout.sum().backward()",
            "c.zero_() in line 4 changes in place a value that Sigmoid has saved: it is at version 1 now.",
        ),
        (
            "b = a * 1\nc = b.exp()\nd = c * 2\nc += 1\nd.sum().backward()\nc.sum().backward()",
            "c += 1 in line 5 changes in place a value that",
        ),
        (
            "b = a.exp()\nb.mul_(2)\nb.add_(1)\nb.sum().backward()",
            "b.add_(1) in line 4 changes in place a value that",
        ),
        (
            "b = a.exp()\nb[0] = 1\nc = b + 1\nc.sum().backward()",
            "b[0] = 1 in line 3 changes in place a value that Exp has saved: it is at version 1 now.",
        ),
    ],
)
def test_a_script_names_the_line(program: str, said: str) -> None:
    result = record(Experiment(HEAD + program))
    assert result.fault is not None
    assert result.fault.message.startswith(said)
    assert result.fault.span is not None
    assert result.fault.span.line > 4


def test_an_objective_names_it_too() -> None:
    program = "y = exp(x * ones(2))\ny.mul_(3)\ny.sum()"
    result = record(Experiment(program, (ParameterSpec("x", 1.0),), run=RunSpec(3)))
    assert result.fault is not None
    assert "y.mul_(3) in line 2" in result.fault.message


def test_of_several_changes_of_items_none_is_guessed() -> None:
    result = record(Experiment(f"{HEAD}b = a.exp()\nb[0] = 1\nb[1] = 2\nb.sum().backward()"))
    assert result.fault is not None
    assert " in line " not in result.fault.message


def test_the_partial_graph_says_the_same() -> None:
    questions = Questions()
    graph = questions.graph(lesson("B5").experiment, 0, None, None)
    questions.close()
    assert graph.failure is not None
    assert graph.failure.message.startswith("c.zero_() in line 6 changes in place")
