"""What is drawn: nodes become boxes, edges become links between boxes.

A leaf and its AccumulateGrad share one box, a *chip*. A leaf that many nodes consume is drawn once beside each
of them: one shared box would tie the whole picture together with lines that nobody can follow. Saved tensors
stand beside the node that keeps them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from gui_app.core.graph import Edge, Graph

FEW_NODES = 40
FEW_CONSUMERS = 4
"""Up to these numbers a shared leaf stays one box: the learner must see the paths that meet there."""


class Link(NamedTuple):
    """An edge between two boxes."""

    edge: int
    source: int
    target: int


@dataclass(slots=True)
class Cast:
    """Everything that appears in the picture; boxes are known by their index."""

    boxes: list[tuple[int, int | None]] = field(default_factory=list)
    """(node, node merged into it) of each box."""
    links: list[Link] = field(default_factory=list)
    """In the order of the graph's edges: the inputs of a box come in the order of their slots."""
    ties: list[Link] = field(default_factory=list)
    """Edges between a box and a saved tensor that stands beside it."""
    hosts: dict[int, int] = field(default_factory=dict)
    """Box of a saved tensor → the box that it stands beside."""

    def add(self, node: int, also: int | None) -> int:
        """A new box; its index."""
        self.boxes.append((node, also))
        return len(self.boxes) - 1


def cast(graph: Graph, shared: bool) -> Cast:
    """Boxes and links of ``graph``; with ``shared`` every leaf is one box however many nodes consume it."""
    merged = _merged(graph)
    hidden = {also: leaf for leaf, also in merged.items()}
    outside = [
        (index, hidden.get(edge.source, edge.source), hidden.get(edge.target, edge.target))
        for index, edge in enumerate(graph.edges)
        if merged.get(edge.source) != edge.target
    ]
    hosts = _hosts(graph, outside)
    scattered = set() if shared else _scattered(graph, outside) - set(hosts.values())
    result = Cast()
    boxes = {
        node.id: result.add(node.id, merged.get(node.id))
        for node in graph.nodes
        if node.id not in hidden and node.id not in scattered
    }
    chips: dict[tuple[int, int], int] = {}
    for index, source, target in outside:
        if source in scattered:
            if (source, target) not in chips:
                chips[source, target] = result.add(source, merged.get(source))
            start = chips[source, target]
        else:
            start = boxes[source]
        tied = hosts.get(source) == target or hosts.get(target) == source
        (result.ties if tied else result.links).append(Link(index, start, boxes[target]))
    result.hosts = {boxes[saved]: boxes[host] for saved, host in hosts.items()}
    return result


def _merged(graph: Graph) -> dict[int, int]:
    """Leaf → its AccumulateGrad, where nothing else enters that."""
    entering: dict[int, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if graph.nodes[edge.target].kind == "accumulate":
            entering[edge.target].append(edge)
    pairs: dict[int, int] = {}
    for target, edges in entering.items():
        if len(edges) == 1 and graph.nodes[edges[0].source].kind == "leaf":
            pairs.setdefault(edges[0].source, target)
    return pairs


def _hosts(graph: Graph, edges: list[tuple[int, int, int]]) -> dict[int, int]:
    """Saved tensor → the only node that it is joined to."""
    joined: dict[int, set[int]] = defaultdict(set)
    for _, source, target in edges:
        for saved, other in ((source, target), (target, source)):
            if graph.nodes[saved].kind == "saved":
                joined[saved].add(other)
    only = {saved: next(iter(others)) for saved, others in joined.items() if len(others) == 1}
    return {saved: host for saved, host in only.items() if graph.nodes[host].kind != "saved"}


def _scattered(graph: Graph, edges: list[tuple[int, int, int]]) -> set[int]:
    """The leaves (and AccumulateGrads and untracked values without one) that are drawn once for each consumer."""
    consumers: dict[int, set[int]] = defaultdict(set)
    fed = {target for _, _, target in edges}
    for _, source, target in edges:
        if graph.nodes[source].kind in ("leaf", "accumulate", "ghost") and source not in fed:
            consumers[source].add(target)
    small = sum(node.kind != "saved" for node in graph.nodes) <= FEW_NODES
    most = FEW_CONSUMERS if small else 1
    return {source for source, targets in consumers.items() if len(targets) > most}
