"""The backward and the forward pass of a recorded graph, node by node, as plain data.

A pass is a row of frames. Frame 0 is the beginning: the seed at the root, or the leaves with their values. Each later
frame is one node, in the order in which PyTorch's engine ran the backward pass; it evaluates in the reverse of that
order, since the engine always takes the newest node that is ready. Nothing is computed anew but the running
sums where paths meet, in the numbers' own precision, as the engine adds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Literal, NamedTuple

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.passing_numbers import ELEMENTWISE, added, local, view

Arrival = tuple[int, int, TensorView | None]
"""Frame and edge by which something arrives, and what."""
Direction = Literal["backward", "forward"]
State = Literal["aside", "ahead", "waiting", "done"]
"""``aside``: the pass never comes here. ``ahead``: not yet. ``waiting``: a part of its gradient has arrived."""


class Step(NamedTuple):
    """What flows over one edge: backward upstream × local = passed, forward the value as ``passed``."""

    edge: int
    """Index into the graph's edges."""
    passed: TensorView | None
    """``None`` where several edges of a rolled-up block are drawn as one."""
    upstream: TensorView | None = None
    local: TensorView | None = None
    """The local derivative where numbers give it away: of a single upstream, or element by element."""


class Sum(NamedTuple):
    """A gradient that is being added up at one output of a node."""

    terms: tuple[TensorView | None, ...]
    """What has arrived, in the order in which it came; ``None`` as in Step."""
    total: TensorView | None
    """Their sum; ``None`` where the elements are too many to have travelled with the graph."""
    expected: int
    """How many terms there will be."""

    @property
    def complete(self) -> bool:
        """Nothing more will come."""
        return len(self.terms) == self.expected


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One moment of a pass, after everything has flowed that flows in it."""

    index: int
    node: int
    """The node whose turn it is; -1 in frame 0, where all beginnings are lit."""
    steps: tuple[Step, ...]
    """What flows over its edges: backward into its inputs, forward out of them."""
    states: tuple[State, ...]
    """By node id."""
    sums: dict[int, Sum]
    """What has arrived so far at each node that is ``waiting`` (at its first output that waits).

    A leaf waits with its AccumulateGrad, which has the sum."""


class Pass:
    """All frames of one pass, each made when it is asked for.

    Args:
        graph: with ``order`` and the gradients of its edges for a backward pass.
        sequence: the nodes in the order of the pass.
    """

    def __init__(self, graph: Graph, direction: Direction, sequence: Iterable[int]) -> None:
        self.graph, self.direction = graph, direction
        self.sequence = tuple(sequence)
        self.entering: defaultdict[int, list[int]] = defaultdict(list)
        self.leaving: defaultdict[int, list[int]] = defaultdict(list)
        """Indices of the edges that enter or leave a node, saved tensors left out."""
        for index, edge in enumerate(graph.edges):
            if graph.nodes[edge.source].kind != "saved":
                self.entering[edge.target].append(index)
                self.leaving[edge.source].append(index)
        self.turn = {node: turn for turn, node in enumerate(self.sequence, 1)}
        """The frame in which a node has its turn."""

    def __len__(self) -> int:
        return len(self.sequence) + 1

    def frame(self, index: int) -> Frame:
        """The frame at ``index``. Raises IndexError outside [0, len)."""
        if not 0 <= index < len(self):
            raise IndexError(f"the pass has {len(self)} frames, not one at {index}")
        node = self.sequence[index - 1] if index else -1
        if self.direction == "forward":
            return Frame(index, node, self._taken(node), self._evaluated(index), {})
        states, sums = self._arrived(index)
        return Frame(index, node, self.steps(node), states, sums)

    def frame_of(self, node: int) -> int | None:
        """The frame in which the node has its turn; a leaf's is its AccumulateGrad's. ``None``: it has none."""
        if self.graph.nodes[node].kind == "leaf":
            if self.direction == "forward":
                return 0
            node = next((self.graph.edges[edge].target for edge in self.leaving[node]), node)
        return 0 if self._seeds(node) and node not in self.turn else self.turn.get(node)

    def steps(self, node: int) -> tuple[Step, ...]:
        """What the node passes back over each of its inputs, by slot."""
        if node < 0:
            return ()
        upstream = self.graph.nodes[node].gradient
        several = any(self.graph.edges[edge].output for edge in self.leaving[node])
        elementwise = self.graph.nodes[node].name.partition("Backward")[0] in ELEMENTWISE
        made = []
        for index in self.entering[node]:
            if self.carries(self.graph.edges[index]):
                passed = self.flow(index)
                slope = None if several else local(upstream, passed, elementwise)
                made.append(Step(index, passed, upstream, slope))
        return tuple(made)

    def carries(self, edge: Edge) -> bool:
        """Whether a gradient flows over the edge."""
        if edge.target not in self.turn:
            return False
        block = "block" in (self.graph.nodes[edge.source].kind, self.graph.nodes[edge.target].kind)
        return edge.gradient is not None or (block and edge.source in self.turn)

    def flow(self, index: int) -> TensorView | None:
        """The gradient that flows over an edge; of several that are drawn as one, if they are all that arrive."""
        edge = self.graph.edges[index]
        if edge.gradient is None and self.leaving[edge.source] == [index]:
            return self.graph.nodes[edge.source].gradient
        return edge.gradient

    def seen(self, index: int) -> Graph:
        """The graph with only those numbers at its nodes that are known once frame ``index`` is over.

        What has flowed over the edges is left to whoever shows the flow.
        """
        bare, edges = self._bare
        if self.direction == "forward":
            ready = self._evaluated(index)
            nodes = tuple(
                b if state == "done" else b._replace(value=None) for b, state in zip(bare, ready, strict=True)
            )
            return replace(self.graph, nodes=nodes, edges=edges)
        states, _ = self._arrived(index)
        pairs = zip(self.graph.nodes, bare, states, strict=True)
        nodes = tuple(full if state == "done" else hidden for full, hidden, state in pairs)
        return replace(self.graph, nodes=nodes, edges=edges)

    @cached_property
    def _bare(self) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
        """Nodes and edges without gradients."""
        nodes = (n if n.gradient is None else n._replace(gradient=None) for n in self.graph.nodes)
        edges = (e if e.gradient is None else e._replace(gradient=None) for e in self.graph.edges)
        return tuple(nodes), tuple(edges)

    def fan_in(self, node: int, index: int | None = None, output: int = 0) -> Sum | None:
        """What has arrived at an output of the node by frame ``index`` (``None``: at the end)."""
        times, terms = self._arrivals.get((node, output), ((), ()))
        last = len(self) - 1 if index is None else index
        count = sum(time <= last for time in times)
        if not count:
            return None
        gradient = self.graph.nodes[node].gradient
        whole = count == len(terms) and output == 0 and gradient is not None
        total = gradient if whole else self._totals(node, output)[count - 1]
        return Sum(terms[:count], total, len(terms))

    @cached_property
    def _arrivals(self) -> dict[tuple[int, int], tuple[tuple[int, ...], tuple[TensorView | None, ...]]]:
        """By node and output: the frames in which something arrives, and what, in that order."""
        found: defaultdict[tuple[int, int], list[Arrival]] = defaultdict(list)
        for index, edge in enumerate(self.graph.edges):
            if self.carries(edge):
                turn = self.turn[edge.target]
                found[edge.source, edge.output].append((turn, index, self.flow(index)))
        for root in self.graph.roots:
            seed = self._seed(root, [term for _, _, term in sorted(found[root, 0], key=_when)])
            if seed is not None:
                found[root, 0].append((0, -1, seed))
        ordered = {key: sorted(terms, key=_when) for key, terms in found.items() if terms}
        return {
            key: (tuple(time for time, _, _ in terms), tuple(term for _, _, term in terms))
            for key, terms in ordered.items()
        }

    def _seed(self, root: int, others: list[TensorView | None]) -> TensorView | None:
        """What the backward pass was begun with: all of the root's gradient that no edge has brought."""
        gradient = self.graph.nodes[root].gradient
        if gradient is None or root not in self.turn or not others:
            return gradient if root in self.turn else None
        rest = gradient.elements
        for term in others:
            known = None if term is None else term.elements
            rest = None if rest is None or known is None else rest - known
        return None if rest is None else view(rest, gradient)

    def _seeds(self, node: int) -> bool:
        return self.direction == "backward" and node in self.graph.roots

    def _totals(self, node: int, output: int) -> list[TensorView | None]:
        """The sums of the first one, two, … terms."""
        key = node, output
        if key not in self._summed:
            terms = self._arrivals[key][1]
            sums: list[TensorView | None] = [terms[0]]
            for term in terms[1:]:
                sums.append(added(sums[-1], term))
            self._summed[key] = sums
        return self._summed[key]

    @cached_property
    def _summed(self) -> dict[tuple[int, int], list[TensorView | None]]:
        return {}

    def _arrived(self, index: int) -> tuple[tuple[State, ...], dict[int, Sum]]:
        """States and running sums of the backward pass after frame ``index``."""
        states: list[State] = [
            "aside" if node.id not in self.turn else "done" if self.turn[node.id] <= index else "ahead"
            for node in self.graph.nodes
        ]
        sums: dict[int, Sum] = {}
        for node, output in self._arrivals:
            if states[node] == "ahead" and node not in sums:
                arrived = self.fan_in(node, index, output)
                if arrived is not None:
                    states[node], sums[node] = "waiting", arrived
        for each in self.graph.nodes:
            if each.kind == "leaf":
                ends = [states[self.graph.edges[edge].target] for edge in self.leaving[each.id]]
                if len(ends) == 1 and each.id not in self.turn:
                    states[each.id] = ends[0]
            elif each.kind == "saved":
                states[each.id] = "done"
        return tuple(states), sums

    def _evaluated(self, index: int) -> tuple[State, ...]:
        """States of the forward pass after frame ``index``: a leaf is there from the beginning."""
        ready: set[int] = set()
        for node in self.graph.nodes:
            if self.turn.get(node.id, 0 if node.kind in _GIVEN else len(self)) <= index:
                ready.add(node.id)
        for edge in self.graph.edges:
            if self.graph.nodes[edge.source].kind == "saved" and edge.target in ready:
                ready.add(edge.source)
        return tuple("done" if node.id in ready else "ahead" for node in self.graph.nodes)

    def _taken(self, node: int) -> tuple[Step, ...]:
        """The values that the node is computed from."""
        found = ((edge, self.value_of(self.graph.edges[edge])) for edge in self.entering[node])
        return tuple(Step(edge, value) for edge, value in found if value is not None)

    def value_of(self, edge: Edge) -> TensorView | None:
        """The value that travels forward over an edge."""
        return self.graph.nodes[edge.source].value if edge.output == 0 else None


_GIVEN = frozenset({"leaf", "accumulate", "ghost"})
"""What the forward pass begins with."""


def backward(graph: Graph) -> Pass | None:
    """The backward pass as the engine ran it; ``None`` where none was recorded."""
    return Pass(graph, "backward", _turns(graph)) if graph.order else None


def forward(graph: Graph) -> Pass | None:
    """The operations in the order in which they were evaluated; ``None`` where there are none.

    Without a recorded backward pass they come in topological order.
    """
    shown = _turns(graph)[::-1] if graph.order else tuple(node.id for node in graph.nodes)
    operations = [node for node in shown if graph.nodes[node].kind not in (*_GIVEN, "saved")]
    return Pass(graph, "forward", operations) if operations else None


def _turns(graph: Graph) -> tuple[int, ...]:
    """The order in which the engine ran the nodes; with a rolled-up block before all that it passes something to.

    The nodes of a block ran with others between them, so that the block as a whole has no place among the others.
    """
    if not any(node.kind == "block" for node in graph.nodes):
        return graph.order
    place = {node: index for index, node in enumerate(graph.order)}
    below: defaultdict[int, list[int]] = defaultdict(list)
    waiting = dict.fromkeys(graph.order, 0)
    for edge in graph.edges:
        if edge.source in place and edge.target in place:
            below[edge.target].append(edge.source)
            waiting[edge.source] += 1
    ready = [place[node] for node, many in waiting.items() if not many]
    heapify(ready)
    turns = []
    while ready:
        turns.append(graph.order[heappop(ready)])
        for source in below[turns[-1]]:
            waiting[source] -= 1
            if not waiting[source]:
                heappush(ready, place[source])
    return tuple(turns)


def _when(arrival: Arrival) -> tuple[int, int]:
    return arrival[:2]
