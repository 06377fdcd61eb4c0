"""What a graph has in common with another one of the same program: the same node at another step, or rolled up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from gui_app.core.graph import Graph


@dataclass(frozen=True, slots=True)
class Identity:
    """By node id of a drawn graph: what it is at every step, and the open blocks that it lies in, outermost first."""

    keys: Sequence[Hashable]
    homes: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class BlockKey:
    """The identity of a rolled-up block."""

    key: str


def identity(graph: Graph) -> Identity:
    """Of a graph in which nothing is rolled up."""
    return Identity(keys(graph), [()] * len(graph.nodes))


def keys(graph: Graph) -> list[Hashable]:
    """What makes each node the same as one of another step: name, place in the text, variable, turn among equals.

    Not ``repeat``: it goes on rising while a script evaluates the same text again at every step.
    """
    seen: Counter[Hashable] = Counter()
    found: list[Hashable] = []
    for node in graph.nodes:
        key = (node.name, node.kind, node.span, node.label)
        found.append((*key, seen[key]))
        seen[key] += 1
    return found


def counted(graph: Graph) -> frozenset[Hashable]:
    """The keys of what is counted as a node: all but saved tensors."""
    return frozenset(key for key, node in zip(keys(graph), graph.nodes, strict=True) if node.kind != "saved")


def told(now: Collection[Hashable], before: Collection[Hashable], step: int) -> str:
    """How the nodes differ from those of that step, in a few words; empty where they do not."""
    new, gone = len(set(now).difference(before)), len(set(before).difference(now))
    if new and gone:
        return f"{_nodes(new)} new and {gone:,} gone since step {step:,}"
    if new or gone:
        return f"{_nodes(new or gone)} {'more' if new else 'fewer'} than at step {step:,}"
    return ""


def _nodes(count: int) -> str:
    return f"{count:,} node{'' if count == 1 else 's'}"
