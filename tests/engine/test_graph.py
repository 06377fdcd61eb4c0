"""The recorded graph against PyTorch's own: every node, every edge, every number."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from gui_app.core.events import Event
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.graph import Graph, Node
from gui_app.core.runner import Answer, Asker
from gui_app.engine.lenses.dot import dot_at
from gui_app.engine.lenses.graph import MOST_NODES, graph_at, trace
from gui_app.engine.problem import Problem


def walk(output: Tensor) -> tuple[int, int]:
    """Nodes and edges behind a tensor, counted independently (recursively)."""
    seen: set[object] = set()
    edges = 0

    def visit(node: torch.autograd.graph.Node) -> None:
        nonlocal edges
        if node in seen:
            return
        seen.add(node)
        for inner, _ in node.next_functions:
            if inner is not None:
                edges += 1
                visit(inner)

    assert output.grad_fn is not None
    visit(output.grad_fn)
    return len(seen), edges


def of_kind(graph: Graph, kind: str) -> list[Node]:
    return [node for node in graph.nodes if node.kind == kind]


def check_sound(graph: Graph) -> None:
    """Ids are positions and a topological order."""
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.source < edge.target for edge in graph.edges)


def problem(program: str, **starts: object) -> Problem:
    specs = tuple(ParameterSpec(name, value) for name, value in starts.items())  # type: ignore[arg-type]
    return Problem(Experiment(program, specs), traced=True)


def test_a_times_a_is_one_leaf_two_edges_two_saved() -> None:
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = trace((a * a).sum(), {"a": a})
    check_sound(graph)
    (leaf,), (accumulate,) = of_kind(graph, "leaf"), of_kind(graph, "accumulate")
    multiply = next(node for node in graph.nodes if node.name == "MulBackward0")
    assert (leaf.name, leaf.shape) == ("a", (2,))
    into = [(e.source, e.slot) for e in graph.edges if e.target == multiply.id and e.source == accumulate.id]
    assert into == [(accumulate.id, 0), (accumulate.id, 1)]
    assert (
        len([e for e in graph.edges if e.target == multiply.id and graph.nodes[e.source].kind == "saved"])
        == 2
    )
    assert graph.nodes[graph.roots[0]].name == "SumBackward0"


def test_outputs_of_a_split_differ() -> None:
    x = torch.arange(4.0, requires_grad=True)
    left, right = (x * 1).split(2)
    graph = trace((left * right).sum(), saved=False)
    multiply = next(node for node in graph.nodes if node.name == "MulBackward0" and node.shape == (2,))
    assert {(e.slot, e.output) for e in graph.edges if e.target == multiply.id} == {(0, 0), (1, 1)}


def test_counts_equal_an_independent_walk() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    loss = model(torch.randn(5, 3)).pow(2).mean()
    nodes, edges = walk(loss)
    graph = trace(loss, {"": model}, saved=False)
    check_sound(graph)
    leaves = of_kind(graph, "leaf")
    assert len(graph.nodes) - len(leaves) == nodes
    assert len(graph.edges) - len(leaves) == edges
    assert {leaf.name for leaf in leaves} == {name for name, _ in model.named_parameters()}


def test_freed_saved_tensors_say_so() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x.exp()
    y.backward()
    saved = of_kind(trace(y), "saved")
    assert [(node.name, node.note, node.shape) for node in saved] == [("result", "freed", None)]


def test_a_long_chain_needs_no_recursion() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(30_000):
        y = y + 1
    graph = trace(y, saved=False)
    assert len(graph.nodes) == 30_002
    check_sound(graph)


@pytest.mark.parametrize("rounds", [100_000, 300_000])
def test_programs_of_very_many_nodes(rounds: int) -> None:
    """On the thread that answers questions; what is too large is refused in words, and both are freed again."""
    mailbox: deque[Event | Answer] = deque()
    asker = Asker(mailbox)
    program = f"y = x\nfor i in range({rounds}):\n    y = y + 1\ny"
    asker.ask("graph", lambda _cancelled: graph_at(problem(program, x=1.0)))
    while not mailbox:
        time.sleep(0.01)
    assert asker.close()
    answer = mailbox[0]
    assert isinstance(answer, Answer)
    if rounds > MOST_NODES:
        assert answer.fault is not None
        assert "nodes" in answer.fault.message
    else:
        assert isinstance(answer.value, Graph)
        assert len(answer.value.nodes) == rounds + 2
        check_sound(answer.value)


def test_lesson_a6_in_full() -> None:
    """Two paths meet at x: values, gradients and flows are those of the chain rule."""
    lesson = problem("y = 2*x*x + 3*a\nb = 6*x*a\nz = y*y + 1/(b*y)\nz", a=5.0, x=10.0)
    graph = graph_at(lesson)
    check_sound(graph)
    by_label = {node.label: node for node in graph.nodes if node.label and node.kind == "grad_fn"}
    assert {name: node.value.mean for name, node in by_label.items() if node.value} == pytest.approx(
        {"y": 215.0, "b": 300.0, "z": 46225.0}
    )
    leaves = {node.label: node for node in of_kind(graph, "leaf")}
    gradients = {name: leaf.gradient.mean for name, leaf in leaves.items() if leaf.gradient}
    assert gradients == pytest.approx({"x": 17200.0, "a": 1290.0}, rel=1e-6)
    for name in ("x", "a"):
        accumulate = next(e.target for e in graph.edges if e.source == leaves[name].id)
        flows = [e.gradient.mean for e in graph.edges if e.source == accumulate and e.gradient]
        assert sum(flows) == pytest.approx(gradients[name], rel=1e-6)
        assert len(flows) >= 2
    assert by_label["y"].span is not None
    assert by_label["y"].span.line == 1


def test_at_a_recorded_step() -> None:
    parabola = problem("(x - 2)**2 / 2", x=0.5)
    graph = graph_at(parabola, np.array([5.0], dtype=np.float32), np.array([30.0], dtype=np.float32))
    (leaf,) = of_kind(graph, "leaf")
    assert leaf.value is not None
    assert leaf.gradient is not None
    assert (leaf.value.mean, leaf.gradient.mean) == (5.0, 30.0)  # what .grad holds, as recorded
    assert graph.nodes[graph.roots[0]].value.mean == 4.5  # type: ignore[union-attr]
    assert graph_at(parabola, np.array([1.0], dtype=np.float32)).structure() == graph.structure()


def test_the_structure_follows_the_program() -> None:
    loop = problem("y = x\nwhile y < 100:\n    y = y * 2\ny", x=3.0)
    graphs = [graph_at(loop, np.array([v], dtype=np.float32)) for v in (3.0, 60.0)]
    assert [sum(n.name == "MulBackward0" for n in g.nodes) for g in graphs] == [6, 1]
    assert graphs[0].structure() != graphs[1].structure()


@settings(max_examples=25, deadline=None)
@given(
    operations=st.lists(
        st.sampled_from(["*x", "+y", "-x", "*y", "/ (y*y + 2)", "+sin(x)", "*1.5"]), min_size=1, max_size=8
    ),
    x=st.floats(-2, 2, width=32),
    y=st.floats(-2, 2, width=32),
)
def test_every_gradient_is_autograds(operations: list[str], x: float, y: float) -> None:
    text = "x*y"
    for operation in operations:
        text = f"({text}){operation}"
    graph = graph_at(problem(text, x=x, y=y))
    leaves = [torch.tensor(v, requires_grad=True) for v in (x, y)]
    result = eval(text, {"x": leaves[0], "y": leaves[1], "sin": torch.sin})
    expected = torch.autograd.grad(result, leaves)
    assert graph.nodes[graph.roots[0]].value.mean == result.item()  # type: ignore[union-attr]
    got = {node.label: node.gradient for node in of_kind(graph, "leaf")}
    for name, gradient in zip("xy", expected, strict=True):
        assert got[name].mean == gradient.item()  # type: ignore[union-attr]
    nodes, edges = walk(result)
    assert len(graph.nodes) - 2 == nodes
    assert len(graph.edges) - 2 == edges


def test_dot_names_the_parameters() -> None:
    text = dot_at(problem("(x - 2)**2 / 2", x=0.5))
    assert text.startswith("digraph")
    assert "PowBackward0" in text
    assert "x" in text


def test_private_attributes_are_there() -> None:
    """What lenses/graph.py relies on: a PyTorch without it must fail here, not in the window."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (x * x).grad_fn
    assert node is not None
    assert torch.equal(node._saved_self, x)  # type: ignore[attr-defined]
    assert hasattr(type(node), "_raw_saved_self")
    assert tuple(node._input_metadata[0].shape) == (2,)  # type: ignore[attr-defined]
    accumulate = node.next_functions[0][0]
    assert accumulate is not None
    assert accumulate.variable is x  # type: ignore[attr-defined]
