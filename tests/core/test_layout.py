"""The picture of a graph: nothing overlaps, every edge has its wire, and the known graphs have no crossing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from gui_app.core.graph import Edge, Graph, Node
from gui_app.core.layout import Box, Placement, Wire, layout
from gui_app.core.rolling import blocks, rolled
from gui_app.engine.lenses.graph import trace

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from models import MODELS

SAMPLES = np.linspace(0.0, 1.0, 13)


def made(kinds: list[str], edges: list[tuple[int, int]]) -> Graph:
    """A graph by kinds and (source, target); slots are numbered in the order of the edges."""
    slots: dict[int, int] = {}
    full = []
    for source, target in edges:
        slots[target] = slots.get(target, -1) + 1
        full.append(Edge(source, target, slots[target]))
    nodes = tuple(Node(index, f"node{index}", kind) for index, kind in enumerate(kinds))  # type: ignore[arg-type]
    return Graph(
        nodes, tuple(sorted(full, key=lambda e: (e.target, e.slot))), (len(kinds) - 1,) if kinds else ()
    )


def chain(count: int) -> Graph:
    return made(["grad_fn"] * count, [(index, index + 1) for index in range(count - 1)])


def corners(boxes: tuple[Box, ...]) -> np.ndarray:
    return np.array([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes]).reshape(-1, 4)


def line(wire: Wire) -> np.ndarray:
    """Points along a wire, (n, 2)."""
    p = wire.points
    t = SAMPLES[:, None]
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    pieces = [sum(w * p[at + k] for k, w in enumerate(weights))[(at > 0) :] for at in range(0, len(p) - 1, 3)]
    return np.concatenate(pieces)


def overlaps(picture: Placement) -> int:
    c = corners(picture.boxes)
    meet = (c[:, None, :2] < c[None, :, 2:] - 1e-6).all(axis=2)
    return int((meet & meet.T).sum()) - len(c)


def runs_through(picture: Placement) -> int:
    """Pairs of a wire and a box that it passes through, its own ends not counted."""
    c = corners(picture.boxes)
    found = 0
    for wire in picture.wires:
        points = line(wire)[:, None, :]
        inside = ((points > c[None, :, :2] + 0.5) & (points < c[None, :, 2:] - 0.5)).all(axis=2)
        found += int(inside.any(axis=0).sum())
    return found


def crossings(picture: Placement) -> int:
    """Proper crossings of all wires."""
    lines = [line(wire) for wire in picture.wires]
    low, high = np.array([p.min(axis=0) for p in lines]), np.array([p.max(axis=0) for p in lines])
    near = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(axis=2)
    return sum(meetings(lines[i], lines[j]) for i, j in combinations(range(len(lines)), 2) if near[i, j])


def meetings(first: np.ndarray, second: np.ndarray) -> int:
    def side(start: np.ndarray, stop: np.ndarray, point: np.ndarray) -> np.ndarray:
        (ax, ay), (bx, by) = np.moveaxis(stop - start, -1, 0), np.moveaxis(point - start, -1, 0)
        turn = ax * by - ay * bx
        return np.where(np.abs(turn) < 1e-6, 0.0, np.sign(turn))

    a, b, c, d = first[:-1, None], first[1:, None], second[None, :-1], second[None, 1:]
    return int(((side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)).sum())


def on_border(point: np.ndarray, box: Box) -> bool:
    x, y = point
    left, right = abs(x - box.x) < 1e-6, abs(x - box.x - box.width) < 1e-6
    top, bottom = abs(y - box.y) < 1e-6, abs(y - box.y - box.height) < 1e-6
    inside_x = box.x - 1e-6 <= x <= box.x + box.width + 1e-6
    inside_y = box.y - 1e-6 <= y <= box.y + box.height + 1e-6
    return bool(inside_x and inside_y and (left or right or top or bottom))


def check(graph: Graph, picture: Placement) -> None:
    """What holds for every picture."""
    c = corners(picture.boxes)
    assert (c[:, :2] >= -1e-6).all()
    assert (c[:, 2:] <= np.array([picture.width, picture.height]) + 1e-6).all()
    for wire in picture.wires:
        assert wire.points.dtype == np.float64
        assert len(wire.points) % 3 == 1
        assert np.isfinite(wire.points).all()
        assert (wire.points >= -1e-6).all()
        assert (wire.points <= np.array([picture.width, picture.height]) + 1e-6).all()
        edge, source, target = graph.edges[wire.edge], picture.boxes[wire.source], picture.boxes[wire.target]
        assert edge.source in (source.node, source.also)
        assert edge.target in (target.node, target.also)
        assert on_border(wire.points[0], source)
        assert on_border(wire.points[-1], target)
    merged = {(box.node, box.also) for box in picture.boxes}
    drawn = [i for i, edge in enumerate(graph.edges) if (edge.source, edge.target) not in merged]
    assert [wire.edge for wire in picture.wires] == drawn
    assert {n for box in picture.boxes for n in (box.node, box.also) if n is not None} == set(
        range(len(graph.nodes))
    )


KINDS = st.sampled_from(["leaf", "accumulate", "grad_fn", "grad_fn", "grad_fn", "saved", "ghost"])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    kinds = draw(st.lists(KINDS, max_size=24))
    places = st.tuples(st.integers(0, max(len(kinds) - 2, 0)), st.integers(1, 8))
    edges = [(s, min(s + d, len(kinds) - 1)) for s, d in draw(st.lists(places, max_size=45))]
    return made(kinds, edges if len(kinds) > 1 else [])


@settings(max_examples=150, deadline=None)
@given(
    graphs(),
    st.booleans(),
    st.sampled_from(["down", "right"]),
    st.lists(st.tuples(st.integers(8, 300), st.integers(8, 100)), min_size=24, max_size=24),
)
def test_any_graph(graph: Graph, shared: bool, orientation: str, sizes: list[tuple[int, int]]) -> None:
    def measure(node: Node) -> tuple[float, float]:
        return sizes[node.id]

    options = {"shared": shared, "orientation": orientation, "measure": measure}
    picture = layout(graph, **options)  # type: ignore[arg-type]
    check(graph, picture)
    assert overlaps(picture) == 0
    assert runs_through(picture) == 0
    for box in picture.boxes:
        assert (box.width, box.height) == measure(graph.nodes[box.node])
    again = layout(graph, **options)  # type: ignore[arg-type]
    assert again.boxes == picture.boxes
    assert all(np.array_equal(a.points, b.points) for a, b in zip(picture.wires, again.wires, strict=True))


def test_an_empty_graph_is_an_empty_picture() -> None:
    picture = layout(Graph((), ()))
    assert (picture.boxes, picture.wires, picture.width, picture.height) == ((), (), 0.0, 0.0)


def leaf(*shape: int) -> Tensor:
    return torch.randn(shape, requires_grad=True)


def two_paths(saved: bool = False) -> Graph:
    a, x = leaf(), leaf()
    y = 2 * x * x + 3 * a
    b = 6 * x * a
    return trace(y * y + 1 / (b * y), {"a": a, "x": x}, saved=saved)


def samples() -> Graph:
    w, b = leaf(2), leaf()
    return trace(((torch.randn(3, 2) @ w + b - torch.randn(3)) ** 2).sum() / 2, {"w": w, "b": b})


def perceptron() -> Graph:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    return trace(((model(torch.randn(5, 4)) - 1) ** 2).mean(), {"": model}, saved=False)


def model(name: str) -> Graph:
    output, names = MODELS[name]()
    return trace(output, names, saved=False)


def recurrent(steps: int = 50) -> Graph:
    cell, h = nn.RNNCell(4, 4), torch.zeros(1, 4)
    for _ in range(steps):
        h = cell(torch.randn(1, 4), h)
    return trace(h.sum(), {"": cell}, saved=False)


def squared() -> Graph:
    a = leaf()
    return trace(a * a, {"a": a}, saved=False)


PLANAR: dict[str, Callable[[], Graph]] = {
    "a*a": squared,
    "two paths": two_paths,
    "two paths with saved tensors": lambda: two_paths(saved=True),
    "three samples": samples,
    "perceptron": perceptron,
    "ResNet-18": lambda: model("resnet18"),
    "transformer of 12 layers": lambda: model("transformer"),
    "recurrent": recurrent,
    "folded chain": lambda: chain(300),
    "wrapped fan": lambda: made(["leaf"] * 90 + ["grad_fn"], [(index, 90) for index in range(90)]),
}


@pytest.mark.parametrize("orientation", ["down", "right"])
@pytest.mark.parametrize("name", PLANAR)
def test_known_graphs_have_no_crossing(name: str, orientation: str) -> None:
    torch.manual_seed(0)
    graph = PLANAR[name]()
    picture = layout(graph, orientation=orientation)  # type: ignore[arg-type]
    check(graph, picture)
    assert overlaps(picture) == 0
    assert runs_through(picture) == 0
    assert crossings(picture) == 0


def test_a_graph_that_cannot_do_without_has_one_crossing() -> None:
    x, y = leaf(), leaf()
    graph = trace((x * x + y - 11) ** 2 + (x + y * y - 7) ** 2, {"x": x, "y": y}, saved=False)
    assert crossings(layout(graph)) == 1


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from(["down", "right"]), st.data())
def test_boxes_that_stood_side_by_side_keep_their_order(
    graph: Graph, orientation: str, data: st.DataObject
) -> None:
    """Those with one box, when some nodes and edges are gone; and the picture is as good as any other."""
    before = layout(graph, orientation=orientation)  # type: ignore[arg-type]
    gone = data.draw(st.sets(st.integers(0, max(len(graph.nodes) - 1, 0)), max_size=4))
    kept = [node.id for node in graph.nodes if node.id not in gone]
    new = {old: index for index, old in enumerate(kept)}
    edges = [(new[e.source], new[e.target]) for e in graph.edges if e.source in new and e.target in new]
    smaller = made([graph.nodes[old].kind for old in kept], edges)
    were = {node: box for node, box in middles(before).items() if node in new}
    near = {new[node]: middle for node, middle in were.items()}
    after = layout(smaller, orientation=orientation, near=near)  # type: ignore[arg-type]
    check(smaller, after)
    assert overlaps(after) == 0
    across, along = (1, 0) if orientation == "right" else (0, 1)
    now = middles(after)
    rows = [n for n in near if n in now and smaller.nodes[n].kind != "saved"]
    piece = connected(smaller)
    for one, other in combinations(rows, 2):
        beside = near[one][along] == near[other][along] and now[one][along] == now[other][along]
        if beside and piece[one] == piece[other] and alone(rows, near, now, piece, one, along):
            assert (near[one][across] < near[other][across]) == (now[one][across] < now[other][across])


def middles(picture: Placement) -> dict[int, tuple[float, float]]:
    """Of the boxes of nodes that have one."""
    boxes: dict[int, list[Box]] = {}
    for box in picture.boxes:
        boxes.setdefault(box.node, []).append(box)
    return {
        node: (box.x + box.width / 2, box.y + box.height / 2)
        for node, (box, *others) in boxes.items()
        if not others
    }


def connected(graph: Graph) -> list[int]:
    """The piece of the graph that each node belongs to."""
    piece = list(range(len(graph.nodes)))
    for _ in graph.nodes:
        for edge in graph.edges:
            piece[edge.source] = piece[edge.target] = min(piece[edge.source], piece[edge.target])
    return piece


def alone(
    rows: list[int],
    near: dict[int, tuple[float, float]],
    now: dict[int, tuple[float, float]],
    piece: list[int],
    one: int,
    along: int,
) -> bool:
    """No nodes of another former row have come into the row of ``one``."""
    row = [n for n in rows if piece[n] == piece[one] and now[n][along] == now[one][along]]
    return len({near[n][along] for n in row}) == 1


def test_the_placement_before_serves_as_well_as_its_middles() -> None:
    graph = model("split")
    turned = layout(graph)
    mirrored = Placement(
        tuple(replace(box, x=turned.width - box.x - box.width) for box in turned.boxes),
        (),
        turned.width,
        turned.height,
    )
    by_placement, by_middles = layout(graph, near=mirrored), layout(graph, near=middles(mirrored))
    assert by_placement.boxes == by_middles.boxes
    rows: dict[float, list[Box]] = {}
    for box in by_placement.boxes:
        rows.setdefault(box.y + box.height / 2, []).append(box)
    first = {box.node: box.x for box in mirrored.boxes}
    for row in rows.values():
        ordered = sorted(row, key=lambda box: box.x)
        assert [first[box.node] for box in ordered] == sorted(first[box.node] for box in row)


@pytest.mark.parametrize("orientation", ["down", "right"])
def test_blocks_are_opened_without_a_crossing(orientation: str) -> None:
    """The transformer with all its layers closed, then one open: what stood there keeps its order."""
    graph = model("transformer")
    found = blocks(graph)
    layers = [block.key for block in found if block.parent == found[0].key]
    shut, opened = (rolled(graph, frozenset(layers) - {gone}, found) for gone in ("", layers[4]))
    before = layout(shut.graph, orientation=orientation)  # type: ignore[arg-type]
    were = {shut.members[node]: middle for node, middle in middles(before).items()}
    near = {new: were[old] for new, old in enumerate(opened.members) if old in were}
    assert len(near) == len(shut.graph.nodes) - 1
    after = layout(opened.graph, orientation=orientation, near=near)  # type: ignore[arg-type]
    check(opened.graph, after)
    assert overlaps(after) == runs_through(after) == crossings(after) == 0
