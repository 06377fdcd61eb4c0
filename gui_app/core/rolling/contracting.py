"""A graph with some of its blocks closed."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from gui_app.core.fault import Span
from gui_app.core.graph import Edge, Graph, Node
from gui_app.core.rolling.blocks import Block, blocks


@dataclass(frozen=True, slots=True, eq=False)
class Rolled:
    """A graph with one node for each closed block, and the way to and from the whole graph."""

    graph: Graph
    members: tuple[tuple[int, ...], ...]
    """By new node id: the old ids, rising."""
    of: tuple[int, ...]
    """By old node id: the new id."""
    edges: tuple[tuple[int, ...], ...]
    """By new edge: the indices of the old edges that it stands for."""
    closed: Mapping[int, Block]
    """By new id of a block's node: the block."""


def rolled(graph: Graph, closed: frozenset[str], found: Sequence[Block] | None = None) -> Rolled:
    """``graph`` with the blocks of these keys closed; a block in a closed one is out of sight. Free of circles.

    The edges between a block and one other node are merged, and keep the slots of the first. A block has the form,
    value and gradient of the one node by which it is left, if it is one.

    Args:
        found: ``blocks(graph)``, where that is known already.
    """
    shut = _shut(closed, blocks(graph) if found is None else found)
    if not shut:
        every = range(len(graph.nodes))
        single = tuple((index,) for index in range(len(graph.edges)))
        return Rolled(graph, tuple((node,) for node in every), tuple(every), single, {})
    head = list(range(len(graph.nodes)))
    for first, block in shut.items():
        for node in block.members:
            head[node] = first
    order = _sorted(graph, head, shut)
    new = {first: index for index, first in enumerate(order)}
    of = [new[first] for first in head]
    members = tuple(shut[first].members if first in shut else (first,) for first in order)
    merged = _merged(graph, head, of, shut.keys())
    exits = _exits(graph, head, shut.keys())
    nodes = tuple(
        _block_node(graph, index, shut[first], exits[first])
        if first in shut
        else _moved(graph.nodes[first], index, of)
        for index, first in enumerate(order)
    )
    edges = tuple(_edge(graph, of, olds) for olds in merged)
    ran = tuple(reversed(dict.fromkeys(of[node] for node in reversed(graph.order))))
    roots = tuple(dict.fromkeys(of[root] for root in graph.roots))
    return Rolled(
        Graph(nodes, edges, roots, ran, graph.failure),
        members,
        tuple(of),
        tuple(merged),
        {new[first]: block for first, block in shut.items()},
    )


def _shut(closed: frozenset[str], found: Sequence[Block]) -> dict[int, Block]:
    """The outermost closed blocks, by their first members."""
    hidden: set[str] = set()
    shut: dict[int, Block] = {}
    for block in found:
        if block.parent in hidden:
            hidden.add(block.key)
        elif block.key in closed:
            hidden.add(block.key)
            shut[block.members[0]] = block
    return shut


def _sorted(graph: Graph, head: Sequence[int], shut: Mapping[int, Block]) -> list[int]:
    """The heads, each after all that enters it, otherwise in the order of the (last) old ids."""
    waiting = dict.fromkeys(head, 0)
    targets: dict[int, list[int]] = {first: [] for first in waiting}
    for edge in graph.edges:
        source, target = head[edge.source], head[edge.target]
        if source != target:
            targets[source].append(target)
            waiting[target] += 1
    last = {first: shut[first].members[-1] if first in shut else first for first in waiting}
    ready = [(last[first], first) for first, many in waiting.items() if not many]
    heapq.heapify(ready)
    order = []
    while ready:
        _, first = heapq.heappop(ready)
        order.append(first)
        for target in targets[first]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, (last[target], target))
    return order


def _merged(graph: Graph, head: Sequence[int], of: Sequence[int], shut: Set[int]) -> list[tuple[int, ...]]:
    """Old edges by new edge, in the order of the new targets."""
    found: dict[tuple[int, ...], list[int]] = {}
    for index, edge in enumerate(graph.edges):
        source, target = head[edge.source], head[edge.target]
        if source != target:
            ends = (of[target], of[source])
            found.setdefault(ends if source in shut or target in shut else (*ends, index), []).append(index)
    ordered = sorted(found.items(), key=lambda item: (item[0][0], item[1][0]))
    return [tuple(olds) for _, olds in ordered]


def _exits(graph: Graph, head: Sequence[int], shut: Set[int]) -> dict[int, set[int]]:
    """The members by which each block is left."""
    exits: dict[int, set[int]] = {first: set() for first in shut}
    for edge in graph.edges:
        if head[edge.source] in shut and head[edge.target] != head[edge.source]:
            exits[head[edge.source]].add(edge.source)
    for root in graph.roots:
        if head[root] in shut:
            exits[head[root]].add(root)
    return exits


def _edge(graph: Graph, of: Sequence[int], olds: tuple[int, ...]) -> Edge:
    edge = graph.edges[olds[0]]
    gradient = edge.gradient if len(olds) == 1 else None
    return Edge(of[edge.source], of[edge.target], edge.slot, edge.output, gradient)


def _moved(node: Node, index: int, of: Sequence[int]) -> Node:
    alias = None if node.alias is None else of[node.alias]
    derived = None if node.derivative_of is None else of[node.derivative_of]
    if (index, alias, derived) == (node.id, node.alias, node.derivative_of):
        return node
    return node._replace(id=index, alias=alias, derivative_of=derived)


def _block_node(graph: Graph, index: int, block: Block, exits: Set[int]) -> Node:
    nodes = [graph.nodes[member] for member in block.members]
    ran = [node.order for node in nodes if node.order is not None]
    node = Node(
        index,
        block.name,
        "block",
        label=block.label,
        span=_hull([node.span for node in nodes if node.span is not None]),
        note=f"{len(nodes):,} nodes",
        order=max(ran, default=None),
        hooks=sum(node.hooks for node in nodes),
        derivation=max(node.derivation for node in nodes),
    )
    if len(exits) != 1:
        return node
    last = graph.nodes[next(iter(exits))]
    return node._replace(
        shape=last.shape,
        dtype=last.dtype,
        device=last.device,
        value=last.value,
        gradient=last.gradient,
    )


def _hull(spans: list[Span]) -> Span | None:
    """The text from the first to the last of them."""
    if not spans:
        return None
    start = min((span.line, span.column) for span in spans)
    return Span(*start, *max((span.end_line, span.end_column) for span in spans))
