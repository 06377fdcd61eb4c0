"""Where in a graph the first number stands that is not finite, if it has reached the loss or a gradient."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

from gui_app.core.fault import Fault
from gui_app.core.graph import Graph, Node, TensorView
from gui_app.ui.graph.words import operation


class Broken(NamedTuple):
    """A node of the recorded graph, and what of it is not finite."""

    node: int
    what: str
    """``inf``, ``-inf`` or ``NaN``."""
    backward: bool
    """Its value is finite; the gradient that it passes on is not."""


def first_broken(graph: Graph) -> Broken | None:
    """The node that made the first number that is not finite; ``None`` if all that counts is finite.

    Infinity that never reaches the result, as in a mask, is meant to be there.
    """
    return _forward(graph) or _backward(graph)


def told(graph: Graph, broken: Broken) -> Fault:
    """The same in a sentence."""
    node = graph.nodes[broken.node]
    name = f"{operation(node.name)} ({node.name})" if node.kind == "grad_fn" else node.label or node.name
    if broken.backward:
        return Fault(f"The derivative of {name} gives the first gradient that is not finite: {broken.what}.")
    if node.kind == "leaf":
        return Fault(f"{name} itself is not finite: {broken.what}. The update before has made it so.")
    return Fault(f"{name} gives the first value that is not finite: {broken.what}.")


def _forward(graph: Graph) -> Broken | None:
    """Followed back from the results over what is not finite; of several beginnings the earliest."""
    bad = {node.id: what for node in graph.nodes if node.kind != "saved" and (what := _bad(node.value))}
    waiting = [root for root in graph.roots if root in bad]
    if not waiting:
        return None
    sources = defaultdict[int, list[int]](list)
    for edge in graph.edges:
        source = _holder(graph, edge.source, sources)
        if source in bad:
            sources[edge.target].append(source)
    reached = set(waiting)
    while waiting:
        fresh = {source for source in sources[waiting.pop()] if source not in reached}
        reached |= fresh
        waiting += fresh
    first = min(node for node in reached if not sources[node])
    return Broken(first, bad[first], backward=False)


def _holder(graph: Graph, node: int, sources: dict[int, list[int]]) -> int:
    """A leaf in place of its AccumulateGrad, which shows the same value."""
    accumulates = graph.nodes[node].kind == "accumulate"
    return sources[node][0] if accumulates and sources[node] else node


def _backward(graph: Graph) -> Broken | None:
    """In the order of the backward pass the first that passed on what it had not been given."""
    passed = defaultdict[int, list[str]](list)
    for edge in graph.edges:
        if what := _bad(edge.gradient):
            passed[edge.target].append(what)
    for number in graph.order:
        node: Node = graph.nodes[number]
        if passed[number] and not _bad(node.gradient):
            return Broken(number, passed[number][0], backward=True)
    return None


def _bad(view: TensorView | None) -> str:
    """What of a tensor is not finite; empty if nothing is."""
    if view is None or not view.has_numbers:
        return ""
    ends = view.minimum, view.maximum
    if any(map(math.isnan, ends)):
        return "NaN"
    return "inf" if math.inf in ends else "-inf" if -math.inf in ends else ""
