"""Ways through a placed graph: along the edges with the arrow keys, and all paths through a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from gui_app.ui.graph.scene import Scene

Move = Literal["forward", "backward", "before", "after"]
"""With the data, against it, and to the neighbours on either side."""


def step(scene: Scene, box: int, move: Move, orientation: str) -> int:
    """The box that an arrow key leads to; ``box`` itself where there is none."""
    across = _middle(scene, 0 if orientation == "down" else 1)
    here = across(box)
    if move in ("forward", "backward"):
        return min(_next(scene, box, move == "forward"), key=lambda b: abs(across(b) - here), default=box)
    siblings = _siblings(scene, box)
    side = [b for b in siblings if (across(b) - here) * (1 if move == "after" else -1) > 0]
    return min(side, key=lambda b: abs(across(b) - here), default=box)


def paths_through(scene: Scene, start: Iterable[int]) -> tuple[set[int], set[int]]:
    """Boxes and wires on all paths through the given boxes: what they were made from and what came of them."""
    boxes: set[int] = set(start)
    wires: set[int] = set()
    for forward in (True, False):
        leaving = scene.outgoing if forward else scene.incoming
        seen, waiting = set(start), list(start)
        while waiting:
            for wire in leaving.get(waiting.pop(), ()):
                wires.add(wire)
                other = scene.placement.wires[wire]
                end = other.target if forward else other.source
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
        boxes |= seen
    return boxes, wires


def _next(scene: Scene, box: int, forward: bool) -> list[int]:
    wires = scene.placement.wires
    if forward:
        return [wires[w].target for w in scene.outgoing.get(box, ())]
    return [wires[w].source for w in scene.incoming.get(box, ())]


def _siblings(scene: Scene, box: int) -> set[int]:
    """Boxes that enter the same box or come out of the same one."""
    found: set[int] = set()
    for forward in (True, False):
        for other in _next(scene, box, forward):
            found.update(_next(scene, other, not forward))
    return found - {box}


def _middle(scene: Scene, axis: int) -> Callable[[int], float]:
    boxes = scene.placement.boxes
    if axis == 0:
        return lambda b: boxes[b].x + boxes[b].width / 2
    return lambda b: boxes[b].y + boxes[b].height / 2
