"""What is drawn of a recorded graph: repeated parts rolled up, saved tensors on demand; and the way there and back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from gui_app.core.fault import Fault
from gui_app.core.graph import Edge, Graph, Node
from gui_app.core.rolling import Block, Rolled, blocks, rolled
from gui_app.ui.graph.badges import Badge, badges
from gui_app.ui.graph.broken import Broken, first_broken, told
from gui_app.ui.graph.changes import BlockKey, Identity, identity, keys

MANY = 150
"""A graph of more nodes, saved tensors not counted, starts with its repeated parts rolled up."""
LONG = 4
"""A loop of the program with so many rounds starts rolled up in any graph."""


@dataclass(frozen=True, slots=True)
class Folding:
    """Which blocks are closed: by the user's word, else by the size of the graph and of the loop."""

    opened: frozenset[str] = frozenset()
    shut: frozenset[str] = frozenset()
    all_shut: bool | None = None
    """The user's word for all others; ``None``: by size, and long loops."""

    def open(self, key: str) -> Folding:
        """The same with that block open."""
        return replace(self, opened=self.opened | {key}, shut=self.shut - {key})

    def close(self, key: str) -> Folding:
        """The same with that block closed."""
        return replace(self, opened=self.opened - {key}, shut=self.shut | {key})

    def closed(self, found: Sequence[Block], graph: Graph) -> frozenset[str]:
        """Keys of the closed ones among ``found``, the blocks of ``graph``."""

        def usual(block: Block) -> bool:
            if self.all_shut is not None:
                return self.all_shut
            return len(graph.nodes) > MANY or rounds(graph, block) >= LONG

        return frozenset(
            b.key for b in found if b.key in self.shut or (b.key not in self.opened and usual(b))
        )


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A graph as it is drawn, and the recorded one."""

    recorded: Graph
    graph: Graph
    """What is drawn; its ids are its own."""
    of: Sequence[int]
    """By recorded id the drawn one: a hidden tensor is found at the node that saved it."""
    members: Sequence[Sequence[int]]
    """By drawn id the recorded ones."""
    identity: Identity
    badges: Mapping[int, tuple[Badge, ...]]
    opened: tuple[Block, ...]
    closed: tuple[Block, ...]
    whole: int
    """How many nodes would be drawn if everything were open."""
    broken: Broken | None
    """In the recorded graph, where the first number stands that is not finite."""

    @property
    def trouble(self) -> Fault | None:
        """What is wrong with what was recorded."""
        if self.recorded.failure is not None or self.broken is None:
            return self.recorded.failure
        return told(self.recorded, self.broken)

    def structure(self) -> object:
        """What the picture depends on, without values."""
        return self.graph.structure(), self.identity.homes


def draw(graph: Graph, folding: Folding, saved: bool, before: Set[Hashable] | None = None) -> Drawn:
    """``graph`` with its blocks closed as ``folding`` says, and with its saved tensors if ``saved``.

    Args:
        before: the keys (see ``changes``) of the nodes one step earlier, if what is new is to be marked.
    """
    visible, seen_as, changed = (graph, range(len(graph.nodes)), {}) if saved else without_saved(graph)
    found = blocks(visible)
    closed = folding.closed(found, visible)
    folded = rolled(visible, closed, found)
    of = [folded.of[node] for node in seen_as]
    members: list[list[int]] = [[] for _ in folded.graph.nodes]
    for node, drawn in enumerate(of):
        members[drawn].append(node)
    own, broken = keys(visible), first_broken(graph)
    new = (
        set()
        if before is None
        else {folded.of[n] for n, key in enumerate(own) if _is_new(visible, n, key, before)}
    )
    return Drawn(
        graph,
        folded.graph,
        of,
        members,
        _identity(folded, own, found, closed),
        badges(
            folded.graph,
            {folded.of[node]: tensor for node, tensor in changed.items()},
            new,
            {} if broken is None else {of[broken.node]: broken.what},
        ),
        tuple(block for block in found if block.key not in closed),
        tuple(folded.closed.values()),
        len(visible.nodes),
        broken,
    )


def rounds(graph: Graph, block: Block) -> int:
    """How often the program evaluated the same text within ``block``; 0 where it is not known."""
    nodes = [graph.nodes[member] for member in block.members]
    evaluated = {
        (node.span, node.repeat) for node in nodes if node.span is not None and node.repeat is not None
    }
    return max(Counter(span for span, _ in evaluated).values(), default=0)


def plain(graph: Graph) -> Drawn:
    """``graph`` as it is, with all that it has."""
    count = len(graph.nodes)
    members = [(node,) for node in range(count)]
    broken = first_broken(graph)
    marks = badges(graph, {}, (), {} if broken is None else {broken.node: broken.what})
    return Drawn(graph, graph, range(count), members, identity(graph), marks, (), (), count, broken)


def without_saved(graph: Graph) -> tuple[Graph, Sequence[int], dict[int, Node]]:
    """``graph`` without its saved tensors; the new id of each node, of a saved tensor that of the node which keeps it;
    and by new id one saved tensor that was changed in place."""
    kept = [node for node in graph.nodes if node.kind != "saved"]
    if len(kept) == len(graph.nodes):
        return graph, range(len(kept)), {}
    of = [-1] * len(graph.nodes)
    for new, node in enumerate(kept):
        of[node.id] = new
    edges = []
    for edge in graph.edges:
        if graph.nodes[edge.source].kind == "saved":
            of[edge.source] = of[edge.target]
        elif graph.nodes[edge.target].kind != "saved":
            edges.append(Edge(of[edge.source], of[edge.target], *edge[2:]))
    changed = {
        of[n.id]: n for n in graph.nodes if n.kind == "saved" and n.changed is not None and of[n.id] >= 0
    }
    moved = [Node(new, *node[1:]) for new, node in enumerate(kept)]
    nodes = tuple(
        n if n.derivative_of is None else n._replace(derivative_of=of[n.derivative_of]) for n in moved
    )
    roots = tuple(of[root] for root in graph.roots)
    order = tuple(of[node] for node in graph.order)
    return Graph(nodes, tuple(edges), roots, order, graph.failure), of, changed


def _is_new(graph: Graph, node: int, key: Hashable, before: Set[Hashable]) -> bool:
    return graph.nodes[node].kind != "saved" and key not in before


def _identity(
    folded: Rolled, own: Sequence[Hashable], found: Sequence[Block], closed: Collection[str]
) -> Identity:
    """Of each drawn node: its own key or its block's, and the open blocks around it, outermost first."""
    around: defaultdict[int, list[str]] = defaultdict(list)
    for block in found:
        if block.key not in closed:
            for drawn in {folded.of[member] for member in block.members}:
                around[drawn].append(block.key)
    names = [
        BlockKey(folded.closed[new].key) if new in folded.closed else own[folded.members[new][0]]
        for new in range(len(folded.members))
    ]
    return Identity(names, [tuple(around[new]) for new in range(len(names))])
