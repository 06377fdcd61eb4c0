"""The graph of our own programs: values, flows, places in the text, what was not tracked, what failed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.events import Event
from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.graph import Graph, Node, TensorView
from gui_app.core.runner import Answer, Asker
from gui_app.engine.lenses.graph import MOST_NODES, graph_at
from gui_app.engine.lenses.questions import Questions
from gui_app.engine.problem import Problem
from gui_app.files.lessons import lesson


def problem(program: str, constants: Mapping[str, object] | None = None, **starts: object) -> Problem:
    given_values = [(name, value, True) for name, value in starts.items()]
    given_values += [(name, value, False) for name, value in (constants or {}).items()]
    specs = tuple(
        ParameterSpec(name, value, np.shape(value), requires_grad=tracked)  # type: ignore[arg-type]
        for name, value, tracked in given_values
    )
    return Problem(Experiment(program, specs), traced=True)


def asked(experiment: Experiment, step: int = 0) -> Graph:
    """The graph as the window asks for it."""
    questions = Questions()
    try:
        return questions.graph(experiment, step, None, None)
    finally:
        questions.close()


def check_sound(graph: Graph) -> None:
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.source < edge.target for edge in graph.edges)


def of_kind(graph: Graph, kind: str) -> list[Node]:
    return [node for node in graph.nodes if node.kind == kind]


def only(graph: Graph, name: str) -> Node:
    (node,) = [node for node in graph.nodes if node.name == name]
    return node


def number(view: TensorView | None) -> float:
    assert view is not None
    return view.mean


def sources(graph: Graph, node: Node) -> list[Node]:
    """What enters a node, without saved tensors."""
    entering = [graph.nodes[edge.source] for edge in graph.edges if edge.target == node.id]
    return [source for source in entering if source.kind != "saved"]


def excerpt(program: str, node: Node) -> str:
    assert node.span is not None
    return node.span.excerpt(program)


# --- values and flows --------------------------------------------------------------------------------------


def test_lesson_a6_in_full() -> None:
    """Two paths meet at x: values, gradients and flows are those of the chain rule."""
    graph = graph_at(problem("y = 2*x*x + 3*a\nb = 6*x*a\nz = y*y + 1/(b*y)\nz", a=5.0, x=10.0))
    check_sound(graph)
    by_label = {node.label: node for node in graph.nodes if node.label and node.kind == "grad_fn"}
    assert {name: number(node.value) for name, node in by_label.items()} == pytest.approx(
        {"y": 215.0, "b": 300.0, "z": 46225.0}
    )
    leaves = {node.label: node for node in of_kind(graph, "leaf")}
    gradients = {name: number(leaf.gradient) for name, leaf in leaves.items()}
    assert gradients == pytest.approx({"x": 17200.0, "a": 1290.0}, rel=1e-6)
    for name in ("x", "a"):
        accumulate = next(e.target for e in graph.edges if e.source == leaves[name].id)
        flows = [e.gradient.mean for e in graph.edges if e.source == accumulate and e.gradient]
        assert sum(flows) == pytest.approx(gradients[name], rel=1e-6)
        assert len(flows) >= 2
    assert by_label["y"].span is not None
    assert by_label["y"].span.line == 1
    assert graph.nodes[graph.order[0]].label == "z"
    assert sorted(graph.order) == [node.id for node in graph.nodes if node.kind in ("accumulate", "grad_fn")]


def test_at_a_recorded_step() -> None:
    parabola = problem("(x - 2)**2 / 2", x=0.5)
    graph = graph_at(parabola, np.array([5.0], dtype=np.float32), np.array([30.0], dtype=np.float32))
    (leaf,) = of_kind(graph, "leaf")
    assert (number(leaf.value), number(leaf.gradient)) == (5.0, 30.0)  # what .grad holds, as recorded
    assert number(graph.nodes[graph.roots[0]].value) == 4.5
    again = graph_at(parabola, np.array([1.0], dtype=np.float32))
    assert again.structure() == graph.structure()
    assert [node.version for node in of_kind(again, "leaf")] == [0]  # of the program, not of the record


def test_the_structure_follows_the_program() -> None:
    loop = problem("y = x\nwhile y < 100:\n    y = y * 2\ny", x=3.0)
    graphs = [graph_at(loop, np.array([v], dtype=np.float32)) for v in (3.0, 60.0)]
    assert [sum(n.name == "MulBackward0" for n in g.nodes) for g in graphs] == [6, 1]
    assert graphs[0].structure() != graphs[1].structure()


def walk(output: Tensor) -> tuple[int, int]:
    """Nodes and edges behind a tensor, counted independently."""
    seen: set[object] = set()
    edges = 0
    left: list[torch.autograd.graph.Node] = [output.grad_fn]  # type: ignore[list-item]
    while left:
        node = left.pop()
        if node not in seen:
            seen.add(node)
            inner = [one for one, _ in node.next_functions if one is not None]
            edges += len(inner)
            left += inner
    return len(seen), edges


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
    assert number(graph.nodes[graph.roots[0]].value) == result.item()
    got = {node.label: node.gradient for node in of_kind(graph, "leaf")}
    for name, gradient in zip("xy", expected, strict=True):
        assert number(got[name]) == gradient.item()
    nodes, edges = walk(result)
    assert len(graph.nodes) - 2 == nodes
    assert len(graph.edges) - 2 == edges


# --- places in the text ------------------------------------------------------------------------------------


def test_all_nodes_of_an_operation_have_its_place() -> None:
    program = "loss = F.cross_entropy(W @ x, t)\nloss + 0"
    graph = graph_at(problem(program, {"t": (0.0, 1.0)}, W=((1.0, 2.0), (3.0, 4.0)), x=(1.0, -1.0)))
    places = [(node.name, excerpt(program, node)) for node in of_kind(graph, "grad_fn")]
    assert places[0] == ("MvBackward0", "W @ x")
    assert len(places) > 3
    assert {place for _, place in places[1:-1]} == {"F.cross_entropy(W @ x, t)"}


def test_rounds_of_a_loop_are_counted() -> None:
    program = "y = x\nfor i in range(3):\n    y = sin(y * 2)\n    y += x\ny.sum()"
    graph = graph_at(problem(program, x=(1.0, 2.0)))
    rounds: dict[str, list[int | None]] = {}
    for node in of_kind(graph, "grad_fn"):
        rounds.setdefault(excerpt(program, node), []).append(node.repeat)
    assert rounds == {"y * 2": [0, 1, 2], "sin(y * 2)": [0, 1, 2], "y += x": [0, 1, 2], "y.sum()": [0]}


def test_a_value_is_the_one_at_its_evaluation() -> None:
    graph = graph_at(problem("y = x * 2\ny.add_(1)\ny.sub_(3)\ny.sum()", x=(1.0, 2.0)))
    values = {n.name: n.value.elements for n in of_kind(graph, "grad_fn") if n.value is not None}
    assert {name: array.tolist() for name, array in values.items() if array is not None} == {
        "MulBackward0": [2.0, 4.0],
        "AddBackward0": [3.0, 5.0],
        "SubBackward0": [0.0, 2.0],
        "SumBackward0": 2.0,
    }


def test_derivatives_of_derivatives() -> None:
    program = "y = (x.exp()*x).sum()\n(g,) = torch.autograd.grad(y, x, create_graph=True)\n(g*g).sum() + y"
    graph = graph_at(problem(program, x=(0.5, 2.0)))
    made = [node for node in of_kind(graph, "grad_fn") if node.derivation]
    assert len(made) == 4
    assert {graph.nodes[node.derivative_of or 0].name for node in made} == {"MulBackward0", "ExpBackward0"}
    assert {excerpt(program, node) for node in made} == {"torch.autograd.grad(y, x, create_graph=…"}
    assert only(graph, "ExpBackward0").derivation == 0
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    y = (x.exp() * x).sum()
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    ((slope * slope).sum() + y).backward()
    assert x.grad is not None
    (leaf,) = of_kind(graph, "leaf")
    assert leaf.gradient is not None
    assert leaf.gradient.elements is not None
    assert leaf.gradient.elements.tolist() == x.grad.tolist()


# --- what was not tracked ----------------------------------------------------------------------------------


def test_a_constant_stands_beside_the_graph() -> None:
    """A7: x1 is not trained, so that what is computed from it alone is not tracked."""
    graph = graph_at(problem("y = 3*x1*x1 + 9*x2\ny", {"x1": 1.0}, x2=2.0), saved=True)
    check_sound(graph)
    ghosts = of_kind(graph, "ghost")
    assert [(g.name, g.label, number(g.value), g.note) for g in ghosts] == [
        ("x1", "x1", 1.0, "not tracked"),
        ("mul", "", 3.0, "not tracked"),
        ("mul", "", 3.0, "not tracked"),
    ]
    assert [node.name for node in sources(graph, ghosts[2])] == ["mul", "x1"]
    assert [node.name for node in sources(graph, only(graph, "AddBackward0"))] == ["mul", "MulBackward0"]
    assert all(edge.gradient is None for edge in graph.edges if graph.nodes[edge.source].kind == "ghost")


def test_a_branch_under_no_grad() -> None:
    """B3: y2 is computed from x, but without a way back."""
    graph = graph_at(problem("y1 = x**2\nwith torch.no_grad():\n    y2 = x**3\ny3 = y1 + y2\ny3", x=1.0))
    (ghost,) = of_kind(graph, "ghost")
    assert (ghost.name, ghost.label) == ("pow", "y2")
    assert [node.kind for node in sources(graph, ghost)] == ["leaf"]
    (edge,) = [edge for edge in graph.edges if edge.source == ghost.id]
    assert (graph.nodes[edge.target].label, edge.slot) == ("y3", 1)
    assert number(of_kind(graph, "leaf")[0].gradient) == 2.0


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("k = y.detach()\nk * x + y", "detach"),
        ("k = y.data\nk * x + y", "data"),
        ("k = y.item()\nk * x + y", "item"),
        ("k = y.detach() * 2\nk * x + y", "mul"),
    ],
)
def test_values_that_leave_the_graph(program: str, name: str) -> None:
    """B7: what goes on as a plain number or without its history is a ghost between two tracked values."""
    graph = graph_at(problem(f"y = x * x\n{program}", x=3.0), saved=True)
    check_sound(graph)
    ghost = next(g for g in of_kind(graph, "ghost") if g.label == "k")
    assert ghost.name == name
    behind = sources(graph, ghost)
    assert (behind[0].label or sources(graph, behind[0])[0].label) == "y"
    used = [graph.nodes[edge.target].name for edge in graph.edges if edge.source == ghost.id]
    assert used == ["MulBackward0"]


def test_what_does_not_touch_the_graph_is_left_out() -> None:
    program = "n = torch.ones(2)\nm = n + 1\ny = x\nwhile y < 9:\n    y = y * 2.0\nlast = y > 100\ny"
    graph = graph_at(problem(program, x=1.0))
    assert [ghost.label for ghost in of_kind(graph, "ghost")] == ["last"]


def test_a_constant_inside_a_function_is_found_by_what_was_saved() -> None:
    program = "def f(a):\n    return a * x\nX = torch.ones(2)\nf(X).sum()"
    graph = graph_at(problem(program, x=(1.0, 2.0)), saved=True)
    (ghost,) = of_kind(graph, "ghost")
    assert (ghost.name, ghost.label) == ("ones", "X")
    assert [node.name for node in sources(graph, only(graph, "MulBackward0"))] == ["ones", "AccumulateGrad"]
    assert ghost.id in {slot.alias for slot in of_kind(graph, "saved")}


NETWORK = "net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))\ny = net(X)\ny.sum()"


def test_what_enters_a_network_enters_its_first_layer_alone() -> None:
    graph = graph_at(problem(f"X = torch.ones(4, 2)\n{NETWORK}"), saved=True)
    check_sound(graph)
    (ghost,) = of_kind(graph, "ghost")
    entered = [graph.nodes[edge.target] for edge in graph.edges if edge.source == ghost.id]
    first = next(node for node in graph.nodes if node.name == "AddmmBackward0")
    assert entered == [first]


def test_the_values_inside_a_network_are_known() -> None:
    """Also of its hidden layer, and of a weight that enters transposed."""
    graph = graph_at(problem(f"X = torch.ones(4, 2)\n{NETWORK}"), saved=True)
    leaves = {node.shape: torch.tensor(node.value.elements).float() for node in of_kind(graph, "leaf")}
    names = {"0.weight": (3, 2), "0.bias": (3,), "2.weight": (1, 3), "2.bias": (1,)}
    weights = {name: leaves[shape] for name, shape in names.items()}
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    net.load_state_dict(weights)
    hidden = net[0](torch.ones(4, 2))
    shown = {node.name: [n.value for n in graph.nodes if n.name == node.name] for node in graph.nodes}
    assert [v.elements.tolist() for v in shown["AddmmBackward0"]] == [
        hidden.tolist(),
        net[2](hidden.tanh()).tolist(),
    ]
    turned = [weights[f"{layer}.weight"].t().tolist() for layer in (0, 2)]
    assert [v.elements.tolist() for v in shown["TBackward0"]] == turned
    assert all(node.value is not None for node in graph.nodes)


def test_a_view_of_a_leaf_is_told_by_its_name() -> None:
    graph = graph_at(problem("y = (x.view(2, 1).expand(2, 3) * 2).sum()\ny", x=(1.0, 2.0)))
    seen = only(graph, "ViewBackward0")
    assert seen.note == "view of x"
    assert seen.value is not None
    assert seen.value.shape == (2, 1)


def test_a_saved_result_that_was_changed_through_data_is_marked() -> None:
    """B6: nobody counts the change, and the gradient is wrong without an error."""
    graph = asked(lesson("B6").experiment)
    (result,) = of_kind(graph, "saved")
    assert (result.name, result.version, result.changed) == ("result", 0, 0)
    assert result.note == "changed, not counted"
    assert number(only(graph, "SumBackward0").value) == 0.0


@pytest.mark.parametrize(
    "program",
    [
        "y = exp(x)\ny.sum()",
        "y = log(x * 0 - 1).exp()\ny.sum()",
        "y = torch.sigmoid(x).tanh() * 2\nc = y.data\nc.zero_()\ny.sum()",
        "y = exp(x)\nc = y.detach().clone()\nc.zero_()\ny.sum()",
    ],
)
def test_no_other_saved_result_is_marked(program: str) -> None:
    graph = graph_at(problem(program, x=(1.0, 2.0)), saved=True)
    assert [slot.changed for slot in of_kind(graph, "saved")] == [None] * len(of_kind(graph, "saved"))


def test_a_name_that_means_two_things_is_not_guessed() -> None:
    program = "a = torch.ones(2)\ndef f(a):\n    return a + x\nf(x * 2).sum() + a.sum()"
    graph = graph_at(problem(program, x=(1.0, 2.0)))
    add = next(node for node in of_kind(graph, "grad_fn") if excerpt(program, node) == "a + x")
    assert {node.kind for node in sources(graph, add)} == {"grad_fn", "accumulate"}


@pytest.mark.parametrize("rounds", [3, 50, 500])
def test_a_chain_of_untracked_values_does_not_grow_without_end(rounds: int) -> None:
    program = f"s = x.detach()\nfor i in range({rounds}):\n    s = s + 1\ns * x"
    graph = graph_at(problem(program, x=1.0))
    check_sound(graph)
    assert 1 < len(of_kind(graph, "ghost")) <= min(rounds + 1, 21)


def test_what_became_a_leaf_is_no_longer_a_ghost() -> None:
    """A2: a = a**2 was made before a was tracked; the leaf alone enters the product, twice."""
    graph = asked(lesson("A2").experiment)
    check_sound(graph)
    assert of_kind(graph, "ghost") == []
    assert [leaf.label for leaf in of_kind(graph, "leaf")] == ["a"]
    entering = sources(graph, only(graph, "MulBackward0"))
    assert [node.kind for node in entering] == ["accumulate", "accumulate"]


def test_what_entered_before_it_became_a_leaf_stays_a_ghost_there() -> None:
    """PyTorch has no way back from the first product to s, and one from the second."""
    program = "s = torch.ones(2)\nu = s * x\ns.requires_grad_()\n(s * u).sum().backward()"
    graph = asked(Experiment(f"x = torch.ones(2, requires_grad=True)\n{program}"))
    first, second = (node for node in of_kind(graph, "grad_fn") if node.name == "MulBackward0")
    assert [node.kind for node in sources(graph, first)] == ["ghost", "accumulate"]
    assert [node.name for node in sources(graph, second)] == ["AccumulateGrad", "MulBackward0"]


# --- programs that fail ------------------------------------------------------------------------------------


def test_the_operation_that_fails_is_marked() -> None:
    program = "y = 2 * x\nw = torch.ones(3)\nz = y @ w\nz.sum()"
    graph = graph_at(problem(program, x=(1.0, 2.0)))
    check_sound(graph)
    assert graph.failure is not None
    assert "y has shape (2,) and w has shape (3,)" in graph.failure.message
    (failed,) = of_kind(graph, "failed")
    assert (failed.id,) == graph.roots
    assert (failed.name, failed.note) == ("matmul", graph.failure.message)
    assert excerpt(program, failed) == "y @ w"
    assert [(node.kind, node.label) for node in sources(graph, failed)] == [("grad_fn", "y"), ("ghost", "w")]
    assert number(only(graph, "MulBackward0").value) == 3.0


def test_a_failing_function_shows_its_own_operands() -> None:
    program = "def f(a, b):\n    return torch.mm(a, b)\ny = x * 1\nf(y, torch.ones(3)).sum()"
    graph = graph_at(problem(program, x=(1.0, 2.0)))
    (failed,) = of_kind(graph, "failed")
    assert failed.name == "mm"
    assert [(n.kind, n.name) for n in sources(graph, failed)] == [
        ("grad_fn", "MulBackward0"),
        ("ghost", "ones"),
    ]


def test_the_first_operation_fails() -> None:
    graph = graph_at(problem("x @ t", {"t": (1.0, 2.0, 3.0)}, x=(1.0, 2.0)))
    (failed,) = of_kind(graph, "failed")
    assert [(node.kind, node.label) for node in sources(graph, failed)] == [("leaf", "x"), ("ghost", "t")]


@pytest.mark.parametrize(
    "failing",
    [
        "b = torch.ones(3)\nc = a @ b",
        "a += 1",
        "b = torch.ones(3)\n(a @ b).backward()",
        "a += 1\na.backward()",
    ],
)
def test_a_leaf_that_the_program_has_made_keeps_its_name(failing: str) -> None:
    graph = asked(Experiment(f"a = torch.tensor([1.0, 2.0], requires_grad=True)\n{failing}"))
    (failed,) = of_kind(graph, "failed")
    (leaf,) = of_kind(graph, "leaf")
    assert (leaf.name, leaf.label) == ("a", "a")
    assert leaf in sources(graph, failed)


@pytest.mark.parametrize(
    ("name", "step", "behind", "marks"),
    [
        ("B5", 0, ["SumBackward0"], [("result", "out", 0, 1, "changed in place since")]),
        ("B3", 1, ["pow"], [("self", "", None, None, "freed")]),
        ("A10", 1, ["ViewBackward0"], [("other", "", None, None, "freed")]),
    ],
)
def test_lessons_that_end_with_a_backward_pass_that_fails(
    name: str, step: int, behind: list[str], marks: list[tuple[object, ...]]
) -> None:
    graph = asked(lesson(name).experiment, step)
    check_sound(graph)
    (failed,) = of_kind(graph, "failed")
    assert (failed.name, (failed.id,)) == ("backward", graph.roots)
    assert [node.name for node in sources(graph, failed)] == behind
    saved = of_kind(graph, "saved")
    assert [(s.name, s.label, s.version, s.changed, s.note) for s in saved] == marks


@pytest.mark.parametrize(("program", "behind"), [("x * 2", "MulBackward0"), ("y = x * 2\ny", "MulBackward0")])
def test_a_loss_that_cannot_be_differentiated(program: str, behind: str) -> None:
    graph = graph_at(problem(program, x=(1.0, 2.0)))
    (failed,) = of_kind(graph, "failed")
    assert failed.name == "backward"
    assert [node.name for node in sources(graph, failed)] == [behind]


def test_a_backward_pass_that_fails() -> None:
    """B5: out was changed behind sigmoid's back; the pass ends there, and the saved tensor is marked."""
    program = "out = sigmoid(a)\nc = out.detach()\nc.zero_()\nout.sum()"
    graph = graph_at(problem(program, a=(1.0, 2.0, 3.0)), saved=True)
    assert graph.failure is not None
    (failed,) = of_kind(graph, "failed")
    assert (failed.name, failed.label) == ("SigmoidBackward0", "out")
    (slot,) = of_kind(graph, "saved")
    assert (slot.version, slot.changed, slot.alias) == (0, 1, failed.id)
    assert [graph.nodes[number].name for number in graph.order] == ["SumBackward0", "SigmoidBackward0"]
    assert failed.value is not None
    assert failed.value.minimum > 0.7  # as it was computed
    assert of_kind(graph, "leaf")[0].gradient is None


# --- size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [60_000, 210_000])
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
