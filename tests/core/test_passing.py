"""The passes of a graph: every number that is told on the way is the one that PyTorch has, and the end is ``.grad``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.passing import Pass, backward, forward
from gui_app.core.passing_words import caption, plain, total, written
from gui_app.core.rolling import blocks, rolled
from gui_app.engine.lenses.graph import captured
from gui_app.engine.lenses.notes import Notes


def recorded(
    output: Tensor | tuple[Tensor, ...],
    leaves: Mapping[str, Tensor],
    gradient: Tensor | tuple[Tensor, ...] | None = None,
    saved: bool = False,
) -> Graph:
    """The graph of ``output`` with its backward pass; what was in ``.grad`` before is added to."""
    outputs = output if isinstance(output, tuple) else (output,)
    notes = Notes(leaves={id(leaf): name for name, leaf in leaves.items()})

    def gradients() -> dict[str, object]:
        return {n: None if x.grad is None else x.grad.detach().double().numpy() for n, x in leaves.items()}

    return captured(
        outputs, notes, lambda: torch.autograd.backward(outputs, gradient), gradients, saved=saved
    )


def leaf(value: object, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.tensor(value, dtype=dtype, requires_grad=True)


def two_paths() -> tuple[Graph, dict[str, Tensor]]:
    leaves = {"x": leaf(10.0), "a": leaf(5.0)}
    x, a = leaves.values()
    y = 2 * x * x + 3 * a
    b = 6 * x * a
    return recorded(y * y + 1 / (b * y), leaves), leaves


def walked(graph: Graph) -> Pass:
    found = backward(graph)
    assert found is not None
    return found


def told(walk: Pass, index: int) -> str:
    return plain(caption(walk, walk.frame(index)))


def elements(view: TensorView | None) -> np.ndarray:
    assert view is not None
    assert view.elements is not None
    return view.elements


def node(graph: Graph, name: str, number: int = 0) -> int:
    return [n.id for n in graph.nodes if name in (n.name, n.label)][number]


def end_equals_grad(graph: Graph, leaves: Mapping[str, Tensor]) -> None:
    """What has come together at each AccumulateGrad is ``.grad``, bit by bit."""
    walk = walked(graph)
    last = walk.frame(len(walk) - 1)
    assert not last.sums
    for name, tensor in leaves.items():
        if tensor.grad is None:
            continue
        accumulate = next(e.target for e in graph.edges if graph.nodes[e.source].label == name)
        arrived = walk.fan_in(accumulate)
        assert arrived is not None
        assert arrived.complete
        assert np.array_equal(elements(arrived.total), tensor.grad.double().numpy(), equal_nan=True)
        added = walk._totals(accumulate, 0)[-1]
        assert np.array_equal(elements(added), tensor.grad.double().numpy(), equal_nan=True), "term by term"
        assert last.states[accumulate] == "done"


def test_the_order_is_the_engines_own() -> None:
    ran: list[object] = []
    x = leaf(2.0)
    y = x * x
    z = y.sin() + y.exp() * x
    waiting, seen = [z.grad_fn], []
    while waiting:
        fn = waiting.pop()
        if fn not in seen:
            seen.append(fn)
            fn.register_prehook(lambda _, fn=fn: ran.append(fn.name()))
            waiting += [below for below, _ in fn.next_functions if below is not None]
    graph = recorded(z, {"x": x})
    walk = walked(graph)
    assert [graph.nodes[n].name for n in walk.sequence] == [str(name).rpartition("::")[2] for name in ran]
    assert [walk.frame(k).node for k in range(1, len(walk))] == list(walk.sequence)


def test_two_paths_term_by_term() -> None:
    graph, leaves = two_paths()
    end_equals_grad(graph, leaves)
    walk = walked(graph)
    accumulate = walk.sequence[-1]
    growing = [walk.fan_in(accumulate, k) for k in range(len(walk))]
    counts = [0 if s is None else len(s.terms) for s in growing]
    assert counts == sorted(counts)
    assert counts[-1] == 3
    exact = [np.float32(t.mean) for t in growing[-1].terms]  # type: ignore[union-attr]
    for arrived in filter(None, growing):
        so_far = exact[0]
        for term in exact[1 : len(arrived.terms)]:
            so_far = so_far + term
        assert arrived.total is not None
        assert np.float32(arrived.total.mean) == so_far
    assert told(walk, len(walk) - 1) == "AccumulateGrad\nx.grad = -1.5504e-6 + 8600 + 8600 = 17200"


def test_what_is_said_of_a_node() -> None:
    graph, _ = two_paths()
    walk = walked(graph)
    lines = [told(walk, k) for k in range(len(walk))]
    assert lines[0].endswith("∂result/∂result = 1")
    assert "AddBackward0 · upstream -7.2111e-8 + 215 + 215 = 430" in lines[8]
    assert lines[5] == "MulBackward0 · upstream 1\n1 × local 215 = 215 → AddBackward0 twice"
    assert "430 × local 10 = 4300 → MulBackward0\n430 × local 20 = 8600 → x" in lines[11]


def test_states_only_move_on() -> None:
    walk = walked(two_paths()[0])
    rank = {"aside": 0, "ahead": 0, "waiting": 1, "done": 2}
    before = [0] * len(walk.graph.nodes)
    for index in range(len(walk)):
        frame = walk.frame(index)
        now = [rank[state] for state in frame.states]
        assert all(a <= b for a, b in zip(before, now, strict=True))
        waiting = {n for n, state in enumerate(frame.states) if state == "waiting"}
        assert set(frame.sums) == {n for n in waiting if walk.graph.nodes[n].kind != "leaf"}
        assert all(
            state == "done" for n, state in enumerate(frame.states) if 0 < walk.turn.get(n, 0) <= index
        )
        before = now
    assert set(before) == {2}


def test_numbers_appear_when_the_pass_has_come_to_them() -> None:
    graph, _ = two_paths()
    walk = walked(graph)
    for index in range(len(walk)):
        shown, states = walk.seen(index), walk.frame(index).states
        assert shown.structure() == graph.structure()
        for known, full, state in zip(shown.nodes, graph.nodes, states, strict=True):
            assert known.gradient is (full.gradient if state == "done" else None)
            assert known.value is full.value
        assert all(edge.gradient is None for edge in shown.edges)


def test_forward_is_the_order_of_evaluation() -> None:
    made: list[str] = []
    x = leaf(3.0)

    def note(result: Tensor) -> Tensor:
        made.append(str(result.grad_fn.name()))  # type: ignore[union-attr]
        return result

    first = note(x * 2)
    second = note(x.exp())
    third = note(second.sin())
    graph = recorded(note(third - first), {"x": x})
    walk = forward(graph)
    assert walk is not None
    assert [graph.nodes[n].name for n in walk.sequence] == made
    start, end = walk.seen(0), walk.seen(len(walk) - 1)
    values = [n.value is not None for n in start.nodes if n.kind == "grad_fn"]
    assert not any(values)
    assert end.nodes[node(graph, "x")].value is graph.nodes[node(graph, "x")].value
    assert told(walk, 0) == "The forward pass begins with the leaves\nx = 3"
    assert walk.frame(1).states.count("done") == 3, "the leaf, its AccumulateGrad and the first operation"


def test_the_forward_pass_of_a_graph_without_a_backward_pass() -> None:
    graph = replace(two_paths()[0], order=())
    assert backward(graph) is None
    walk = forward(graph)
    assert walk is not None
    seen: set[int] = set()
    for operation in walk.sequence:
        below = {graph.edges[e].source for e in walk.entering[operation]}
        assert all(n in seen or graph.nodes[n].kind != "grad_fn" for n in below)
        seen.add(operation)


def test_weights_of_a_vector_backward_enter_at_the_root() -> None:
    x = leaf([1.0, 2.0, 3.0, 4.0])
    z = (2 * x).view(2, 2)
    weights = torch.tensor([[1.0, 0.1], [0.01, 0.001]])
    graph = recorded(z, {"x": x}, weights)
    end_equals_grad(graph, {"x": x})
    walk = walked(graph)
    seed = walk.fan_in(graph.roots[0], 0)
    assert seed is not None
    assert np.allclose(elements(seed.total), weights.numpy(), atol=1e-9)
    assert "gets the weights [[1, 0.1], [0.01, 0.001]]" in told(walk, 0)
    assert walk.frame_of(graph.roots[0]) == 1
    assert "x.grad = [2, 0.2, 0.02, 0.002]" in told(walk, len(walk) - 1)


def test_a_seed_at_a_result_that_another_result_uses() -> None:
    x = leaf(3.0)
    y = x * x
    z = 2 * y
    graph = recorded((z, y), {"x": x}, (torch.tensor(1.0), torch.tensor(10.0)))
    end_equals_grad(graph, {"x": x})
    walk = walked(graph)
    inner = y_node = node(graph, "MulBackward0", 0)
    arrived = walk.fan_in(inner)
    assert arrived is not None
    assert [term.mean for term in arrived.terms if term is not None] == [10.0, 2.0]
    assert walk.frame(0).states[y_node] == "waiting"
    assert walk.frame(0).sums[y_node].expected == 2


def test_gradients_that_accumulate_tell_what_was_there() -> None:
    x = leaf(3.0)
    for _ in range(2):
        graph = recorded(x * x + x, {"x": x})
    walk = walked(graph)
    assert x.grad is not None
    assert x.grad.item() == 14.0
    assert told(walk, len(walk) - 1) == (
        "AccumulateGrad · adds to what was there\nx.grad = 7 before + 1 + 3 + 3 = 14"
    )
    matrix = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for _ in range(2):
        graph = recorded((matrix * matrix).sum(), {"w": matrix})
    assert "w.grad = norm 19.1 before + 2×3 (norm 9.54) + 2×3 (norm 9.54) = 2×3 (norm 38.2)" in told(
        walked(graph), len(graph.order)
    )


def test_outputs_of_a_split_are_not_added_to_each_other() -> None:
    x = leaf([1.0, 2.0, 3.0, 4.0])
    first, second = (x * 1).split(2)
    graph = recorded((first * first).sum() + (3 * second).sum(), {"x": x})
    end_equals_grad(graph, {"x": x})
    walk = walked(graph)
    split = node(graph, "SplitBackward0")
    ends = [walk.fan_in(split, None, output) for output in (0, 1)]
    assert [len(s.terms) for s in ends if s is not None] == [2, 1]
    assert all(step.local is None for step in walk.steps(split))


def test_tensors_on_the_way() -> None:
    leaves = {"w": leaf([[0.5, -1.0], [2.0, 1.0]], torch.float64), "b": leaf([0.1, 0.2], torch.float64)}
    data = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    hidden = torch.tanh(data @ leaves["w"] + leaves["b"])
    graph = recorded((hidden * hidden + leaves["b"]).mean(), leaves)
    end_equals_grad(graph, leaves)
    walk = walked(graph)
    tanh = next(step for step in walk.steps(node(graph, "TanhBackward0")))
    assert np.allclose(elements(tanh.local), 1 - hidden.detach().numpy() ** 2)
    mean = next(step for step in walk.steps(node(graph, "MeanBackward0")))
    assert np.allclose(elements(mean.local), 1 / 6), "of a single number the whole derivative can be told"
    assert walk.steps(node(graph, "MmBackward0"))[0].local is None


def test_an_upstream_of_zero_does_not_tell_the_local_derivative() -> None:
    x = leaf(2.0)
    graph = recorded(x * x * 0, {"x": x})
    walk = walked(graph)
    assert all(step.local is None for step in walk.steps(walk.sequence[1]))
    assert "0 × local = 0 → x twice" in told(walk, 2)


def test_a_leaf_without_gradient_stands_aside() -> None:
    x, c = leaf(2.0), torch.tensor(3.0)
    graph = recorded(x * c, {"x": x, "c": c}, saved=True)
    walk = walked(graph)
    states = walk.frame(len(walk) - 1).states
    aside = {graph.nodes[n].kind for n, state in enumerate(states) if state == "aside"}
    assert aside <= {"ghost", "leaf"}
    assert states[node(graph, "x")] == "done"
    assert all(states[n.id] == "done" for n in graph.nodes if n.kind == "saved")


def test_a_click_finds_its_frame() -> None:
    graph, _ = two_paths()
    walk, ahead = walked(graph), forward(graph)
    assert ahead is not None
    x = node(graph, "x")
    assert walk.frame_of(x) == len(walk) - 1
    assert ahead.frame_of(x) == 0
    for turn, operation in enumerate(walk.sequence, 1):
        assert walk.frame_of(operation) == turn


def test_frames_end_where_the_pass_ends() -> None:
    walk = walked(two_paths()[0])
    for index in (-1, len(walk)):
        with pytest.raises(IndexError):
            walk.frame(index)


def test_a_rolled_up_block_is_one_node() -> None:
    w, state = leaf(0.9), torch.tensor(1.0)
    for _ in range(6):
        state = torch.tanh(state * w)
    whole = recorded(state, {"w": w})
    folded = rolled(whole, frozenset(block.key for block in blocks(whole))).graph
    assert any(n.kind == "block" for n in folded.nodes)
    walk = walked(folded)
    assert len(walk) < len(whole.order)
    for index in range(len(walk)):
        assert plain(caption(walk, walk.frame(index)))
        assert walk.seen(index).structure() == folded.structure()
    assert set(walk.frame(len(walk) - 1).states) == {"done"}


def test_elements_that_have_not_travelled_leave_the_sum_open() -> None:
    x = leaf(np.linspace(-1, 1, 5000).tolist())
    graph = recorded(x.sin().sum() + x.cos().sum() + x.sum(), {"x": x})
    walk = walked(graph)
    accumulate = walk.sequence[-1]
    parts = [walk.fan_in(accumulate, k) for k in range(len(walk))]
    partial = next(s for s in parts if s is not None and len(s.terms) == 2)
    assert partial.total is None
    arrived = walk.fan_in(accumulate)
    assert arrived is not None
    assert arrived.total is graph.nodes[accumulate].gradient
    assert "5000 (norm" in told(walk, len(walk) - 1)


def test_sums_and_numbers_as_text() -> None:
    def scalar(value: float) -> TensorView:
        return TensorView((), "float32", "cpu", value, value, value, abs(value), np.array(value))

    nodes = tuple(Node(i, "MulBackward0", "grad_fn", (), gradient=scalar(float(i))) for i in range(8))
    edges = tuple(Edge(0, i, 0, gradient=scalar(float(-i))) for i in range(1, 8))
    walk = Pass(Graph(nodes, edges, (7,), tuple(range(7, -1, -1))), "backward", range(7, -1, -1))
    arrived = walk.fan_in(0)
    assert arrived is not None
    assert plain([total(arrived)]) == "-7 − 6 + … 4 more − 1 = 0"
    assert (written(None), written(scalar(-0.0))) == ("…", "0")
    empty = TensorView((0, 2), "float32", "cpu", 0, 0, 0, 0, np.zeros((0, 2)))
    assert written(empty) == "0×2 (empty)"


UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "sin": torch.sin,
    "tanh": torch.tanh,
    "neg": torch.neg,
    "square": lambda x: x * x,
    "scale": lambda x: 3 * x,
    "split": lambda x: torch.stack(x.reshape(-1).split(1), 0).reshape(x.shape),
}
BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "mul": torch.mul,
    "sub": torch.sub,
}


@st.composite
def programs(draw: st.DrawFn) -> tuple[Tensor, dict[str, Tensor]]:
    """A random computation on two leaves: scalars or small matrices, in single or double precision."""
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    shape = draw(st.sampled_from([(), (2,), (2, 3)]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    leaves = {n: torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for n in ("p", "q")}
    values = list(leaves.values())
    pick = st.integers(0, 50)
    for _ in range(draw(st.integers(1, 10))):
        if draw(st.booleans()):
            values.append(UNARY[draw(st.sampled_from(sorted(UNARY)))](values[draw(pick) % len(values)]))
        else:
            first, second = (values[draw(pick) % len(values)] for _ in range(2))
            values.append(BINARY[draw(st.sampled_from(sorted(BINARY)))](first, second))
    return sum(value.sum() for value in values[-3:]), leaves  # type: ignore[return-value]


@settings(max_examples=60, deadline=None)
@given(programs())
def test_any_pass_adds_up_to_grad(program: tuple[Tensor, dict[str, Tensor]]) -> None:
    output, leaves = program
    graph = recorded(output, leaves)
    walk = walked(graph)
    end_equals_grad(graph, leaves)
    came: defaultdict[int, int] = defaultdict(int)
    for index in range(1, len(walk)):
        frame = walk.frame(index)
        for step in frame.steps:
            edge = graph.edges[step.edge]
            assert edge.target == frame.node
            assert step.passed is edge.gradient
            came[edge.source] += edge.output == 0
            if step.local is not None:
                product = elements(step.upstream) * elements(step.local)
                assert np.allclose(product, elements(step.passed), rtol=1e-5, atol=1e-12)
        for waiting, arrived in frame.sums.items():
            assert len(arrived.terms) >= min(came[waiting], 1)
    for each in walk.sequence:
        arrived = walk.fan_in(each)
        if arrived is not None and graph.nodes[each].kind != "leaf":
            added = walk._totals(each, 0)[-1]
            assert np.array_equal(elements(added), elements(graph.nodes[each].gradient), equal_nan=True)
