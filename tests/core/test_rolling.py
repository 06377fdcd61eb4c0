"""Rolling up: nothing is lost or doubled, no circle is made, and what is repeated is found."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_layout import chain, graphs, made

from gui_app.core.fault import Span
from gui_app.core.graph import Edge, Graph, Node
from gui_app.core.rolling import Block, Rolled, blocks, rolled
from gui_app.core.runner import on_deep_stack
from gui_app.engine.lenses.graph import trace

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from models import MODELS, lstm, transformer


def traced(name: str) -> Graph:
    def graph() -> Graph:
        output, names = MODELS[name]()
        return trace(output, names, saved=False)

    return on_deep_stack(graph)


def check(graph: Graph, found: tuple[Block, ...], closed: frozenset[str]) -> Rolled:
    """What holds for every rolled graph."""
    result = rolled(graph, closed, found)
    assert sorted(node for members in result.members for node in members) == list(range(len(graph.nodes)))
    assert all(result.of[node] == new for new, members in enumerate(result.members) for node in members)
    assert [node.id for node in result.graph.nodes] == list(range(len(result.graph.nodes)))
    inside = {index for index, e in enumerate(graph.edges) if result.of[e.source] == result.of[e.target]}
    stand = Counter(index for olds in result.edges for index in olds)
    assert stand == dict.fromkeys(set(range(len(graph.edges))) - inside, 1)
    for index in inside:
        assert result.graph.nodes[result.of[graph.edges[index].source]].kind == "block"
    for edge, olds in zip(result.graph.edges, result.edges, strict=True):
        assert edge.source < edge.target
        assert {(result.of[graph.edges[old].source], result.of[graph.edges[old].target]) for old in olds} == {
            (edge.source, edge.target)
        }
        assert (edge.slot, edge.output) == (graph.edges[olds[0]].slot, graph.edges[olds[0]].output)
    targets = [edge.target for edge in result.graph.edges]
    assert targets == sorted(targets)
    shown = {new for new, node in enumerate(result.graph.nodes) if node.kind == "block"}
    assert shown == set(result.closed)
    for new in shown:
        block = result.closed[new]
        assert result.members[new] == block.members
        assert (result.graph.nodes[new].label, result.graph.nodes[new].name) == (block.label, block.name)
    return result


def check_blocks(graph: Graph, found: tuple[Block, ...]) -> None:
    """Keys are unique, parents come first and hold their children, blocks apart do not meet."""
    known: dict[str, set[int]] = {"": set(range(len(graph.nodes)))}
    taken: dict[str, set[int]] = {}
    for block in found:
        members = set(block.members)
        assert block.key not in known
        assert list(block.members) == sorted(members)
        assert members <= known[block.parent]
        assert not members & taken.get(block.parent, set())
        taken.setdefault(block.parent, set()).update(members)
        known[block.key] = members


def same(graph: Graph, other: Graph) -> None:
    assert graph.structure() == other.structure()
    assert graph.order == other.order
    assert all(a is b for a, b in zip(graph.nodes, other.nodes, strict=True))


@st.composite
def repetitive(draw: st.DrawFn) -> Graph:
    """A few small graphs, each put after itself several times, with links to the round before and to shared leaves."""
    kinds, names, edges = ["leaf", "leaf"], ["w", "v"], []
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.integers(1, 5))
        within = draw(
            st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=2 * size)
        )
        carried = draw(
            st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), min_size=1, max_size=size)
        )
        fed = draw(st.lists(st.integers(0, size - 1), max_size=3))
        for turn in range(draw(st.integers(1, 6))):
            first = len(kinds)
            kinds += ["grad_fn"] * size
            names += [f"op{draw(st.integers(0, 1)) if turn > 9 else index % 3}" for index in range(size)]
            edges += [(first + min(a, b), first + max(a, b)) for a, b in within if a != b]
            if first > 2:
                edges += [(max(2, first - size + a), first + b) for a, b in carried]
            edges += [(turn % 2 if draw(st.booleans()) else 0, first + at) for at in fed]
    graph = made(kinds, edges)
    nodes = tuple(Node(node.id, name, node.kind) for node, name in zip(graph.nodes, names, strict=True))
    return Graph(nodes, graph.edges, graph.roots, tuple(reversed(range(len(nodes)))))


@settings(max_examples=150, deadline=None)
@given(st.one_of(graphs(), repetitive()), st.data())
def test_any_graph_can_be_rolled_up_and_opened(graph: Graph, data: st.DataObject) -> None:
    found = blocks(graph)
    check_blocks(graph, found)
    keys = frozenset(block.key for block in found)
    check(graph, found, keys)
    some = data.draw(st.frozensets(st.sampled_from(sorted(keys)))) if keys else keys
    result = check(graph, found, some)
    assert sorted(result.graph.order) == list(range(len(result.graph.nodes))) or not graph.order
    same(rolled(graph, frozenset()).graph, graph)
    assert blocks(graph) == found


@pytest.mark.parametrize("name", [name for name in MODELS if name != "chain"])
def test_models_can_be_rolled_up_level_by_level(name: str) -> None:
    graph = traced(name)
    found = blocks(graph)
    check_blocks(graph, found)
    check(graph, found, frozenset(block.key for block in found))
    check(graph, found, frozenset(block.key for block in found if block.parent))
    if len(found) > 2:
        check(graph, found, frozenset(block.key for block in found[::2]))


def outermost(graph: Graph) -> list[tuple[str, str]]:
    return [(block.name, block.label) for block in blocks(graph) if not block.parent]


def test_the_layers_of_a_transformer() -> None:
    graph = traced("transformer")
    found = blocks(graph)
    assert outermost(graph) == [("layers", "× 12")]
    layers = [block for block in found if block.parent == found[0].key]
    assert [(layer.name, layer.label) for layer in layers] == [
        (f"layers.{index}", f"{index + 1} of 12") for index in range(12)
    ]
    for index, layer in enumerate(layers):
        own = {node.id for node in graph.nodes if node.label.startswith(f"layers.{index}.")}
        assert own <= set(layer.members)
    opened = rolled(graph, frozenset(layer.key for layer in layers)).graph
    assert [node.label for node in opened.nodes if node.kind == "block"] == [layer.label for layer in layers]
    assert len(opened.nodes) == 14


@pytest.mark.parametrize("rounds", [3, 50])
def test_the_rounds_of_a_recurrent_cell_and_its_weights_outside(rounds: int) -> None:
    output, names = lstm(rounds)
    graph = trace(output, names, saved=False)
    found = blocks(graph)
    assert [block.label for block in found[: rounds + 1]] == [
        f"× {rounds}",
        *(f"{n} of {rounds}" for n in range(1, rounds + 1)),
    ]
    closed = rolled(graph, frozenset({found[0].key})).graph
    assert [node.label for node in closed.nodes if node.kind == "leaf"] == [
        node.label for node in graph.nodes if node.kind == "leaf"
    ]
    assert [node.kind for node in closed.nodes if node.kind not in ("leaf", "accumulate")] == [
        "block",
        "grad_fn",
    ]
    cell = next(node for node in closed.nodes if node.kind == "block")
    assert cell.name == "Addmm Add UnsafeSplit Sigmoid …"
    assert cell.shape == (2, 4)


def test_keys_stay_when_a_loop_takes_more_rounds() -> None:
    few, many = (blocks(trace(*transformer(layers), saved=False)) for layers in (6, 8))
    assert few[0].key == many[0].key
    assert {block.key for block in few} < {block.key for block in many}


def test_a_chain_is_one_block_and_what_enters_it_stays_outside() -> None:
    graph = made(["leaf", "accumulate"] + ["grad_fn"] * 9, [(index, index + 1) for index in range(10)])
    nodes = tuple(
        Node(node.id, "MulBackward0" if 1 < node.id < 10 else node.name, node.kind) for node in graph.nodes
    )
    (block,) = blocks(Graph(nodes, graph.edges, graph.roots))
    assert (block.name, block.label, block.members) == ("Mul", "× 8", tuple(range(2, 10)))


def test_blocks_lie_in_blocks() -> None:
    """Four rounds of (mul ×6, tanh): a chain in each round of a loop."""
    names = (["Mul"] * 6 + ["Tanh"]) * 4
    graph = chain(len(names))
    nodes = tuple(Node(index, name, "grad_fn") for index, name in enumerate(names))
    found = blocks(Graph(nodes, graph.edges, graph.roots))
    assert Counter(block.label for block in found) == {
        "× 4": 1,
        "× 6": 4,
        **{f"{n} of 4": 1 for n in range(1, 5)},
    }
    chains = [block for block in found if block.label == "× 6"]
    assert [block.members for block in chains] == [tuple(range(7 * n, 7 * n + 6)) for n in range(4)]


def test_heads_side_by_side_are_repeats_too() -> None:
    names, edges = ["Addmm"], []
    for head in range(4):
        edges += [(0, 3 * head + 1), (3 * head + 1, 3 * head + 2), (3 * head + 2, 3 * head + 3)]
        names += ["Mm", "Softmax", "Mm"]
    edges += [(3 * head + 3, 13) for head in range(4)]
    names.append("Cat")
    graph = made(["grad_fn"] * 14, edges)
    nodes = tuple(Node(index, name, "grad_fn") for index, name in enumerate(names))
    graph = Graph(nodes, graph.edges, (13,))
    closed = rolled(graph, frozenset(block.key for block in blocks(graph)))
    assert [(node.name, node.label) for node in closed.graph.nodes] == [
        ("Addmm", ""),
        ("Mm Softmax", "× 4"),
        ("Cat", ""),
    ]
    assert [len(olds) for olds in closed.edges] == [4, 4]


def evaluated(*steps: tuple[str, int, int]) -> Graph:
    """A chain: name, line of text and repeat of each node."""
    graph = chain(len(steps))
    nodes = tuple(
        Node(index, name, "grad_fn", span=Span(line, 4, line, 9), repeat=repeat)
        for index, (name, line, repeat) in enumerate(steps)
    )
    return Graph(nodes, graph.edges, graph.roots)


def test_a_loop_of_the_program_whose_rounds_differ() -> None:
    graph = evaluated(
        ("Exp", 1, 0),
        *(("Mul", 3, 0), ("Sin", 4, 0)),
        *(("Mul", 3, 1), ("Cos", 6, 0), ("Neg", 7, 0)),
        *(("Mul", 3, 2), ("Sin", 4, 1)),
        ("Sum", 9, 0),
    )
    whole, *rounds = blocks(graph)
    assert (whole.label, whole.members) == ("× 3", (1, 2, 3, 4, 5, 6, 7))
    assert [block.members for block in rounds] == [(1, 2), (3, 4, 5), (6, 7)]
    closed = rolled(graph, frozenset({whole.key})).graph
    assert closed.nodes[1].span == Span(3, 4, 7, 9)


def test_two_rounds_of_a_loop_are_enough() -> None:
    graph = evaluated(("Mul", 2, 0), ("Add", 3, 0), ("Mul", 2, 1), ("Add", 3, 1), ("Sum", 4, 0))
    assert [block.label for block in blocks(graph)] == ["× 2", "1 of 2", "2 of 2"]


def test_a_function_called_here_and_there_is_no_loop() -> None:
    graph = evaluated(("Sin", 1, 0), ("Mul", 1, 0), ("Exp", 4, 0), ("Sin", 1, 1), ("Mul", 1, 1))
    assert blocks(graph) == ()


def test_a_block_has_the_value_of_its_only_exit_and_numbers_of_all() -> None:
    plain = chain(9)
    names = ["Exp", *["Mul", "Tanh"] * 3, "Sum", "Neg"]
    nodes = tuple(
        Node(i, name, "grad_fn", shape=(i,), hooks=i, order=8 - i, derivation=i // 4)
        for i, name in enumerate(names)
    )
    graph = Graph(nodes, plain.edges, (8,), tuple(range(8, -1, -1)))
    result = rolled(graph, frozenset({blocks(graph)[0].key}))
    block = result.graph.nodes[1]
    assert (block.kind, block.name, block.label, block.note) == ("block", "Mul Tanh", "× 3", "6 nodes")
    assert (block.shape, block.hooks, block.order, block.derivation) == ((6,), 21, 7, 1)
    assert result.graph.roots == (3,)
    assert result.graph.order == (3, 2, 1, 0)


def test_links_between_nodes_follow_their_new_ids() -> None:
    nodes = (
        Node(0, "Exp", "grad_fn"),
        *(Node(index, "Mul", "grad_fn") for index in range(1, 8)),
        Node(8, "self", "saved", alias=3),
        Node(9, "Sum", "grad_fn", derivative_of=0),
    )
    edges = (*(Edge(i, i + 1) for i in range(7)), Edge(7, 9), Edge(8, 9))
    graph = Graph(nodes, edges, (9,))
    result = rolled(graph, frozenset({blocks(graph)[0].key}))
    saved = next(node for node in result.graph.nodes if node.kind == "saved")
    last = result.graph.nodes[-1]
    assert saved.alias == result.of[3]
    assert result.graph.nodes[saved.alias].kind == "block"
    assert last.derivative_of == 0


def test_a_long_chain_is_one_block() -> None:
    graph = chain(20_000)
    nodes = tuple(Node(node.id, "Mul", node.kind) for node in graph.nodes)
    (block,) = blocks(Graph(nodes, graph.edges))
    assert block.label == "× 20000"
