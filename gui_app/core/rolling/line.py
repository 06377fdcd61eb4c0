"""The graph as a line: an order of its nodes in which what is repeated stands together.

Leaves, AccumulateGrads and saved tensors are no part of it: they have no place of their own and go where they are
used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from gui_app.core.graph import Edge, Graph, Node
from gui_app.core.rolling.periodicity import Ints, mixed

PASSIVE = frozenset({"leaf", "accumulate", "saved"})
USED_ALL_ALONG = 3
"""A value with as many consumers, spread over more than a quarter of the graph, stands before what uses it."""


@dataclass(slots=True)
class Line:
    """Places 0 … n - 1 with one node each; every input of a node stands before it."""

    nodes: Ints
    """Node id at each place."""
    name: Ints
    """Equal for equal kinds and names."""
    sums: NDArray[np.uint64]
    """(n + 1,): sums[b] - sums[a] is equal for stretches a … b with equal names, in whatever order."""
    form: Ints
    """Equal for equal names with the same passive inputs."""
    fit: Ints
    """Equal for equal forms whose inputs come into the same slots."""
    first: Ints
    """(n + 1,): the inputs of place i are first[i] … first[i + 1]."""
    place: Ints
    """Place that each input enters."""
    source: Ints
    """Place of each input, those of a node in slot order."""
    text: Ints
    """Line of the program that made the node, -1 if unknown."""
    repeat: Ints
    """How many times that had been evaluated before."""
    joint: Ints
    """(n + 1,): how much the names of the parameters used before and from a place on have in common, in modules."""

    def live(self) -> Ints:
        """(n + 1,): number of values that are made before a place and used at it or after."""
        count = len(self.nodes)
        last = np.arange(count)
        np.maximum.at(last, self.source, self.place)
        change = np.zeros(count + 2, np.intp)
        np.add.at(change, np.arange(count) + 1, 1)
        np.add.at(change, last + 1, -1)
        return np.cumsum(change)[: count + 1]


def passive(graph: Graph) -> list[bool]:
    """Which nodes only enter: leaves, AccumulateGrads and saved tensors with nothing but these behind them."""
    result = [node.kind in PASSIVE for node in graph.nodes]
    for edge in sorted(graph.edges, key=attrgetter("target")):
        result[edge.target] &= result[edge.source]
    return result


def in_line(graph: Graph, enters: Sequence[bool]) -> Line:
    """The line of a graph; ``enters`` tells the passive nodes."""
    entering: list[list[Edge]] = [[] for _ in graph.nodes]
    inputs: list[list[Edge]] = [[] for _ in graph.nodes]
    for edge in sorted(graph.edges, key=attrgetter("slot", "output")):
        (entering if enters[edge.source] else inputs)[edge.target].append(edge)
    sources = [[edge.source for edge in edges] for edges in inputs]
    order = _walked(sources, [node for node, aside in enumerate(enters) if not aside])
    place = {node: index for index, node in enumerate(order)}
    body = [inputs[node] for node in order]
    names = _numbered((graph.nodes[node].kind, graph.nodes[node].name) for node in order)
    forms = _numbered(
        (name, *_entries(entering[node], graph.nodes)) for name, node in zip(names, order, strict=True)
    )
    fits = _numbered(
        (form, *[(edge.slot, edge.output) for edge in edges]) for form, edges in zip(forms, body, strict=True)
    )
    many = [len(edges) for edges in body]
    text, repeat = _evaluations([graph.nodes[node] for node in order], body, place)
    return Line(
        np.array(order, np.intp),
        np.array(names, np.intp),
        _sums(np.array(names, np.intp)),
        np.array(forms, np.intp),
        np.array(fits, np.intp),
        np.cumsum([0, *many], dtype=np.intp),
        np.repeat(np.arange(len(order)), many),
        np.array([place[source] for node in order for source in sources[node]], np.intp),
        text,
        repeat,
        _joints([_module(graph, entering, node) for node in order]),
    )


def _walked(inputs: list[list[int]], nodes: list[int]) -> list[int]:
    """Each node after its inputs, the deepest input first: what is private to a node stands right before it."""
    depth = [0] * len(inputs)
    consumers: list[list[int]] = [[] for _ in inputs]
    for node in nodes:
        for source in inputs[node]:
            consumers[source].append(node)
            depth[node] = max(depth[node], depth[source] + 1)
    deepest = max(depth, default=0)
    seen = bytearray(len(inputs))
    order: list[int] = []
    often = [node for node in nodes if len(consumers[node]) >= USED_ALL_ALONG]
    ends = [node for node in often if _all_along([depth[other] for other in consumers[node]], deepest)]
    ends += sorted([node for node in nodes if not consumers[node]], key=depth.__getitem__)
    stack = ends[::-1]
    while stack:
        node = stack.pop()
        if node < 0:
            order.append(~node)
        elif not seen[node]:
            seen[node] = True
            stack.append(~node)
            near = [source for source in inputs[node] if not seen[source]]
            if len(near) > 1:
                near.sort(key=depth.__getitem__, reverse=True)
            stack.extend(reversed(near))
    return order


def _all_along(depths: list[int], deepest: int) -> bool:
    return 4 * (max(depths) - min(depths)) > deepest


def _sums(names: Ints) -> NDArray[np.uint64]:
    return np.concatenate((np.zeros(1, np.uint64), np.cumsum(mixed(names.astype(np.uint64)))))


def _numbered(things: Iterable[Hashable]) -> list[int]:
    """Equal numbers for equal things, in the order of their first appearance."""
    known: defaultdict[Hashable, int] = defaultdict()
    known.default_factory = known.__len__
    return [known[thing] for thing in things]


def _entries(edges: list[Edge], nodes: Sequence[Node]) -> list[Hashable]:
    """Slots and kinds of the passive inputs; saved tensors are not always recorded and do not count."""
    return [(edge.slot, nodes[edge.source].kind) for edge in edges if nodes[edge.source].kind != "saved"]


def _evaluations(
    nodes: list[Node], inputs: list[list[Edge]], place: dict[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Line and repeat of each node; an inner node of a composite operation takes those of its last consumer."""
    text, repeat = [-1] * len(nodes), [0] * len(nodes)
    for at in range(len(nodes) - 1, -1, -1):
        span, again = nodes[at].span, nodes[at].repeat
        if span is not None and again is not None:
            text[at], repeat[at] = span.line, again
        if text[at] >= 0:
            for edge in inputs[at]:
                source = place[edge.source]
                if nodes[source].span is None and text[source] < 0:
                    text[source], repeat[source] = text[at], repeat[at]
    return np.array(text, np.intp), np.array(repeat, np.intp)


def _module(graph: Graph, entering: list[list[Edge]], node: int) -> list[str]:
    """Path of the module whose parameter enters a node, empty if none does."""
    if not entering[node]:
        return []
    first = entering[node][0].source
    leaf = entering[first][0].source if entering[first] else first
    return graph.nodes[leaf].label.split(".")[:-1]


def _joints(modules: list[list[str]]) -> Ints:
    """Length of the path that the last module before and the first from each place on have in common."""
    joints = np.zeros(len(modules) + 1, np.intp)
    known = [at for at, path in enumerate(modules) if path]
    for before, after in pairwise(known):
        pairs = zip(modules[before], modules[after], strict=False)
        joints[before + 1 : after + 1] = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return joints
