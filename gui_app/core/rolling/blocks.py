"""The blocks of a graph: their members, names and keys."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from gui_app.core.graph import Edge, Graph
from gui_app.core.rolling.grouping import Interval, intervals
from gui_app.core.rolling.line import Line, in_line, passive

MOST_NAMES = 4
"""Operations that the name of a block lists."""
RESHAPING = frozenset(
    {"T", "Transpose", "Permute", "View", "UnsafeView", "Reshape", "Expand", "Unsqueeze", "Squeeze"}
    | {"Slice", "Select", "Alias", "Clone", "AsStrided"}
)
"""Operations that a name leaves out where there are others."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the graph that may be drawn as one node."""

    key: str
    """The same for the same place in a graph of the same structure, also while its number of rounds changes."""
    members: tuple[int, ...]
    """Node ids, rising."""
    label: str
    """``× 12`` for all rounds, ``3 of 12`` for one of them."""
    name: str
    """The module's, if its parameters are named, or the operations."""
    parent: str = ""
    """Key of the block it lies in."""


def blocks(graph: Graph) -> tuple[Block, ...]:
    """What is repeated in ``graph``, each block after the one it lies in.

    A stretch that is repeated is a block, and each of its rounds is one within it (unless a round is a single node).
    Leaves that only one round uses belong to it. Those that several use stay outside, and so do those that enter the
    first round where the others take what the round before them has made.
    """
    enters = passive(graph)
    line = in_line(graph, enters)
    found = intervals(line) if len(line.nodes) else []
    members = _members(graph, enters, line, found)
    operations = [_operations(graph, line, interval) for interval in found]
    names = [_module(graph, own) or what for own, what in zip(members, operations, strict=True)]
    keys = _keys(found, operations)
    return tuple(
        Block(
            key,
            tuple(own),
            _label(found, interval),
            name,
            keys[interval.parent] if interval.parent >= 0 else "",
        )
        for key, own, interval, name in zip(keys, members, found, names, strict=True)
    )


def _label(found: list[Interval], interval: Interval) -> str:
    return (
        f"{interval.number} of {found[interval.parent].rounds}" if interval.number else f"× {interval.rounds}"
    )


def _keys(found: list[Interval], operations: list[str]) -> list[str]:
    """Paths: stretches are told apart by their operations and their turn among equals, rounds by their number."""
    keys: list[str] = []
    turns: Counter[tuple[int, str]] = Counter()
    for interval, what in zip(found, operations, strict=True):
        part = str(interval.number)
        if not interval.number:
            turns[interval.parent, what] += 1
            part = f"{what}#{turns[interval.parent, what]}"
        keys.append(f"{keys[interval.parent]}/{part}" if interval.parent >= 0 else part)
    return keys


def _members(graph: Graph, enters: Sequence[bool], line: Line, found: list[Interval]) -> list[list[int]]:
    """The nodes of each interval, those that lie deeper included."""
    innermost = [-1] * len(line.nodes)
    for index, interval in enumerate(found):
        innermost[interval.start : interval.stop] = [index] * (interval.stop - interval.start)
    owner = _owners(graph, enters, line, found, innermost)
    members: list[list[int]] = [[] for _ in found]
    for node, index in enumerate(owner):
        while index >= 0:
            members[index].append(node)
            index = found[index].parent
    return members


def _owners(
    graph: Graph, enters: Sequence[bool], line: Line, found: list[Interval], innermost: list[int]
) -> list[int]:
    """The innermost interval of each node, -1 for none; of a passive one, that all its consumers share."""
    consumers: defaultdict[int, list[int]] = defaultdict(list)
    for edge in graph.edges:
        if enters[edge.source]:
            consumers[edge.source].append(edge.target)
    owner, place = [-1] * len(graph.nodes), [-1] * len(graph.nodes)
    for at, node in enumerate(line.nodes.tolist()):
        owner[node], place[node] = innermost[at], at
    outside = _outside(graph, enters, line, found)
    for node in sorted(consumers, reverse=True):
        if node in outside:
            owner[node] = outside[node]
            continue
        users = consumers[node]
        place[node] = place[users[0]]
        owner[node] = owner[users[0]]
        if any(place[user] != place[node] or place[node] < 0 for user in users[1:]):
            place[node] = -1
            owner[node] = _common(found, {owner[user] for user in users})
    return owner


def _outside(graph: Graph, enters: Sequence[bool], line: Line, found: list[Interval]) -> dict[int, int]:
    """Passive inputs of first rounds that other rounds do not have → the interval around all rounds."""
    starts = [interval for interval in found if interval.model]
    if not starts:
        return {}
    entries: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if enters[edge.source]:
            entries[edge.target].append(edge)

    def entering(start: int, stop: int) -> list[tuple[tuple[int, int, str], int]]:
        return [
            ((name, edge.slot, graph.nodes[edge.source].kind), edge.source)
            for name, node in zip(
                line.name[start:stop].tolist(), line.nodes[start:stop].tolist(), strict=True
            )
            for edge in entries[node]
        ]

    result = {}
    for interval in starts:
        usual = Counter(what for what, _ in entering(*interval.model or (0, 0)))
        for what, source in entering(interval.start, interval.start + interval.size):
            usual[what] -= 1
            if usual[what] < 0:
                result[source] = interval.parent
    return result


def _common(found: list[Interval], owners: set[int]) -> int:
    """The innermost round around all of them, -1 for none: what several rounds share lies outside."""
    around = min(owners)
    rest = owners - {around}
    while around >= 0 and not (found[around].number and all(_within(found, other, around) for other in rest)):
        around = found[around].parent
    return around


def _within(found: list[Interval], inner: int, outer: int) -> bool:
    return inner >= 0 and found[outer].start <= found[inner].start and found[inner].stop <= found[outer].stop


def _module(graph: Graph, members: Iterable[int]) -> str:
    """What the labels of its leaves have in common (``encoder.layers``), empty for nothing."""
    labels = [graph.nodes[node].label.split(".") for node in members if graph.nodes[node].kind == "leaf"]
    paths = [label[:-1] for label in labels if len(label) > 1]
    if paths and len(paths) == len(labels):
        shared = [
            parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
        ]
        if any(not part.isdigit() for part in shared):
            return ".".join(shared)
    return ""


def _operations(graph: Graph, line: Line, interval: Interval) -> str:
    """``Mm Add Tanh``: what the first round does."""
    nodes = line.nodes[interval.start : interval.start + interval.size].tolist()
    names = list(dict.fromkeys(_operation(graph.nodes[node].name) for node in nodes))
    telling = [name for name in names if name not in RESHAPING] or names
    return " ".join(telling[:MOST_NAMES]) + (" …" if len(telling) > MOST_NAMES else "")


@lru_cache(maxsize=1024)
def _operation(name: str) -> str:
    """``Mm`` of ``MmBackward0``."""
    return re.sub(r"Backward\d*$", "", name)
