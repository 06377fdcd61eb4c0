"""The graph marks where the first number stands that is not finite, with torch's own graphs."""

from __future__ import annotations

import numpy as np
import pytest
from graph_parts import Builder, view

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.graph import Graph
from gui_app.engine.lenses.graph import graph_at
from gui_app.engine.problem import Problem
from gui_app.ui.graph.broken import first_broken, told
from gui_app.ui.graph.drawn import Folding, draw, plain


def recorded(program: str, *value: float) -> Graph:
    """What PyTorch records of a program of one parameter x."""
    spec = ParameterSpec("x", value)
    problem = Problem(Experiment(program=program, parameters=(spec,)), traced=True)
    return graph_at(problem, np.array(value))


@pytest.mark.parametrize(
    ("program", "value", "sentence"),
    [
        (
            "(torch.log(x) * 2).sum()",
            (-1.0, 2.0),
            "Log (LogBackward0) gives the first value that is not finite: NaN.",
        ),
        ("(x * x).sum() + 1", (1e30,), "Mul (MulBackward0) gives the first value that is not finite: inf."),
        (
            "-(x * x * 1e30).sum()",
            (1e10,),
            "Mul (MulBackward0) gives the first value that is not finite: inf.",
        ),
        (
            "torch.sqrt(x).sum()",
            (0.0, 2.0),
            "The derivative of Sqrt (SqrtBackward0) gives the first gradient that is not finite: inf.",
        ),
        ("(x * 2).sum()", (np.inf,), "x itself is not finite: inf. The update before has made it so."),
    ],
)
def test_the_first_node_that_is_not_finite_is_told(
    program: str, value: tuple[float, ...], sentence: str
) -> None:
    graph = recorded(program, *value)
    broken = first_broken(graph)
    assert broken is not None
    assert told(graph, broken).message == sentence


def test_infinity_that_never_reaches_the_loss_is_meant_to_be_there() -> None:
    masked = "(x * torch.tensor([1.0, 2.0])).masked_fill(torch.tensor([True, False]), -float('inf'))"
    graph = recorded(f"s = {masked}\ntorch.softmax(s, 0)[1] + x.sum()", 1.0, 2.0)
    assert any(n.value is not None and n.value.minimum == -np.inf for n in graph.nodes), "there is one"
    assert first_broken(graph) is None
    assert plain(graph).trouble is None


def test_the_mark_stands_at_the_drawn_node_and_goes_with_the_trouble() -> None:
    b = Builder()
    x = b.leaf("x", value=view(2.0))
    saved = b("self", "saved", value=view(np.inf))
    power = b("PowBackward0", ins=(x, saved), value=view(np.inf))
    root = b("AddBackward0", ins=(power,), value=view(np.inf))
    for drawn in (plain(b.graph(root)), draw(b.graph(root), Folding(), saved=False)):
        marked = {drawn.graph.nodes[n].name: [m.text for m in own] for n, own in drawn.badges.items()}
        assert marked == {"PowBackward0": ["first inf"]}
        assert drawn.trouble is not None
        assert "Pow (PowBackward0)" in drawn.trouble.message
    b.nodes[power] = b.nodes[power]._replace(value=view(4.0))
    b.nodes[root] = b.nodes[root]._replace(value=view(5.0))
    assert not plain(b.graph(root)).badges
