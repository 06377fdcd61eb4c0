"""The traced graph of known models against a walk of the test's own: every node, every edge, every number."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from models import MODELS
from torch import Tensor

from gui_app.core.graph import PREVIEW, Edge, Graph, Node, TensorView
from gui_app.engine.lenses.graph import Notes, captured, trace
from gui_app.engine.lenses.walk import MOST_WITH_NUMBERS, MOST_WITH_SAVED

TRACKED = ("grad_fn", "accumulate")
LARGE = {"lstm400", "residual", "chain"}


def into(graph: Graph) -> dict[int, list[Edge]]:
    """Edges by their target."""
    found: dict[int, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        found[edge.target].append(edge)
    return found


def check_sound(graph: Graph) -> None:
    """Ids are positions and a topological order; edges come in the order of (target, slot)."""
    assert [node.id for node in graph.nodes] == list(range(len(graph.nodes)))
    assert all(edge.source < edge.target for edge in graph.edges)
    places = [(edge.target, edge.slot) for edge in graph.edges]
    assert places == sorted(places)


def same(graph: Graph, outputs: Sequence[Tensor]) -> dict[int, Any]:
    """Go through both from their roots, side by side; PyTorch's node of each id.

    Fails unless each node and each edge of one has exactly one counterpart in the other.
    """
    entering, found = into(graph), dict[int, Any]()
    left = [(graph.roots[place], out.grad_fn) for place, out in enumerate(outputs)]
    leaves: dict[int, int] = {}
    edges = 0
    while left:
        number, fn = left.pop()
        if number in found:
            assert found[number] is fn
            continue
        found[number] = fn
        node = graph.nodes[number]
        inner = [edge for edge in entering[number] if graph.nodes[edge.source].kind in TRACKED]
        behind = [(slot, *one) for slot, one in enumerate(fn.next_functions) if one[0] is not None]
        assert node.name == fn.name().split("::")[-1]
        assert [(edge.slot, edge.output) for edge in inner] == [(slot, output) for slot, _, output in behind]
        left += [(edge.source, one[1]) for edge, one in zip(inner, behind, strict=True)]
        edges += len(inner)
        if hasattr(fn, "variable"):
            (edge,) = entering[number]
            assert node.kind == "accumulate"
            assert leaves.setdefault(edge.source, id(fn.variable)) == id(fn.variable)
            assert graph.nodes[edge.source].kind == "leaf"
            assert graph.nodes[edge.source].shape == tuple(fn.variable.shape)
        else:
            assert node.kind == "grad_fn"
    assert len(set(map(id, found.values()))) == len(found)
    assert len(set(leaves.values())) == len(leaves)
    tracked = [node.id for node in graph.nodes if node.kind in TRACKED]
    assert sorted(found) == tracked
    assert [node.id for node in graph.nodes if node.kind == "leaf"] == sorted(leaves)
    assert edges == sum(graph.nodes[edge.source].kind in TRACKED for edge in graph.edges)
    return found


def tensors_of(fn: Any) -> list[Tensor]:
    """What a node has saved, straight from its public and private attributes."""
    if hasattr(fn, "saved_tensors"):
        return list(fn.saved_tensors)
    found: list[Tensor] = []
    for name in dir(fn):
        if name.startswith("_saved_"):
            value = getattr(fn, name)
            found += [v for v in (value if isinstance(value, tuple) else [value]) if isinstance(v, Tensor)]
    return found


def elements(node: Node) -> bytes:
    assert node.value is not None
    return np.ascontiguousarray(node.value.elements).tobytes()


@pytest.mark.parametrize("name", MODELS)
def test_nodes_and_edges_are_pytorchs(name: str) -> None:
    output, names = MODELS[name]()
    graph = trace(output, names, saved=name not in LARGE)
    check_sound(graph)
    nodes = same(graph, [output])
    assert all(node.label for node in graph.nodes if node.kind == "leaf")
    if name in LARGE:
        return
    entering = into(graph)
    for number, fn in nodes.items():
        slots = [graph.nodes[e.source] for e in entering[number] if graph.nodes[e.source].kind == "saved"]
        truth = sorted(
            np.ascontiguousarray(t.detach().double().numpy()).tobytes()
            for t in tensors_of(fn)
            if t.numel() <= PREVIEW
        )
        shown = [slot for slot in slots if slot.value is not None and slot.value.elements is not None]
        assert sorted(map(elements, shown)) == truth
        assert len(slots) == len(tensors_of(fn))
        for slot in slots:
            assert slot.note == ""
            assert slot.changed is None


def check_shows(view: TensorView | None, tensor: Tensor) -> None:
    """A view tells the tensor: all elements, or of many the statistics."""
    assert view is not None
    wide = tensor.detach().double()
    assert (view.shape, view.minimum, view.maximum) == (tuple(wide.shape), wide.min(), wide.max())
    if tensor.numel() <= PREVIEW:
        assert np.array_equal(view.elements, wide.numpy())
    else:
        assert view.elements is None
        assert view.norm == pytest.approx(float(wide.norm()))


def check_sum(node: Node, terms: Sequence[TensorView]) -> None:
    """The terms add up to the gradient of the node, bit for bit in the order in which they arrived."""
    parts = [torch.tensor(term.elements, dtype=torch.float32) for term in terms if term.elements is not None]
    if parts:
        assert node.gradient is not None
        total = functools.reduce(torch.add, parts)
        assert np.array_equal(total.double().numpy(), node.gradient.elements)


@pytest.mark.parametrize("name", [name for name in MODELS if name != "chain"])
def test_gradients_are_autograds(name: str) -> None:
    """What ends in ``.grad`` is shown at the leaves; at every fan-in the terms add up, in the order of the pass."""
    output, _ = MODELS[name]()
    graph = captured([output], Notes(), output.backward, dict, saved=True)
    check_sound(graph)
    nodes, entering = same(graph, [output]), into(graph)
    leaving: dict[int, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if edge.output == 0 and edge.gradient is not None:
            leaving[edge.source].append(edge)
    for number, fn in nodes.items():
        if hasattr(fn, "variable"):
            (edge,) = entering[number]
            check_shows(graph.nodes[edge.source].gradient, fn.variable.grad)
            check_shows(edge.gradient, fn.variable.grad)
        terms = sorted(leaving[number], key=lambda edge: (graph.nodes[edge.target].order, edge.slot))
        check_sum(graph.nodes[number], [edge.gradient for edge in terms if edge.gradient is not None])
    assert [graph.nodes[number].order for number in graph.order] == list(range(len(graph.order)))
    assert set(graph.order) == set(nodes)
    assert graph.order[0] == graph.roots[0]
    if len(nodes) > MOST_WITH_SAVED:
        assert not any(node.kind == "saved" for node in graph.nodes)


def test_a_graph_of_very_many_nodes_has_its_leaves_gradients() -> None:
    output, names = MODELS["chain"]()
    graph = captured([output], Notes({id(names["x"]): "x"}), output.backward, dict)
    assert len(graph.nodes) > MOST_WITH_NUMBERS
    assert graph.order == ()
    (leaf,) = [node for node in graph.nodes if node.kind == "leaf"]
    assert leaf.gradient is not None
    assert leaf.gradient.mean == 1.0
