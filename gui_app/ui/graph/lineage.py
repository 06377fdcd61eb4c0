"""Where a node comes from and where it goes: ancestors, descendants, and the paths between two nodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gui_app.ui.graph.scene import Scene


class Reach(NamedTuple):
    """Boxes and wires that can be reached; the boxes include those from which they are."""

    boxes: frozenset[int]
    wires: frozenset[int]


def reach(scene: Scene, start: Iterable[int], forward: bool) -> Reach:
    """All that comes of the boxes (``forward``), or all that they were made from."""
    leaving = scene.outgoing if forward else scene.incoming
    seen, wires = set(start), set()
    waiting = list(seen)
    while waiting:
        for wire in leaving.get(waiting.pop(), ()):
            wires.add(wire)
            placed = scene.placement.wires[wire]
            end = placed.target if forward else placed.source
            if end not in seen:
                seen.add(end)
                waiting.append(end)
    return Reach(frozenset(seen), frozenset(wires))


class Between(NamedTuple):
    """All paths from one node to another, in the direction of the data; no boxes where there is none."""

    boxes: frozenset[int]
    wires: frozenset[int]
    paths: int


def between(scene: Scene, first: Iterable[int], second: Iterable[int]) -> Between:
    """All paths between the two, whichever of them comes first."""
    first, second = list(first), list(second)
    found = _from_to(scene, first, second)
    return found if found.boxes else _from_to(scene, second, first)


def _from_to(scene: Scene, start: list[int], end: list[int]) -> Between:
    after, before = reach(scene, start, forward=True), reach(scene, end, forward=False)
    wires = after.wires & before.wires
    if not wires:
        return Between(frozenset(), frozenset(), 0)
    placed = scene.placement.wires
    boxes = frozenset(box for wire in wires for box in (placed[wire].source, placed[wire].target))
    return Between(boxes, wires, _count(scene, wires, set(start), set(end)))


def _count(scene: Scene, wires: frozenset[int], start: set[int], end: set[int]) -> int:
    """How many ways lead along the wires from a box of ``start`` to one of ``end``."""
    boxes, placed = scene.placement.boxes, scene.placement.wires
    ways: dict[int, int] = dict.fromkeys(start, 1)
    # Ids of nodes are a topological order, so wires by the node that they leave are one too.
    for wire in sorted(wires, key=lambda w: boxes[placed[w].source].node):
        source, target = placed[wire].source, placed[wire].target
        ways[target] = ways.get(target, 0) + ways.get(source, 0)
    return sum(ways.get(box, 0) for box in end)
