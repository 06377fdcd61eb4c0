"""Ways through a placed graph with the keyboard: along the edges, in topological order, to its ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from gui_app.ui.graph.lineage import reach
from gui_app.ui.graph.scene import Scene

Move = Literal["forward", "backward", "before", "after"]
"""With the data, against it, and to the neighbours on either side."""


def step(scene: Scene, box: int, move: Move, orientation: str) -> int:
    """The box that an arrow key leads to; ``box`` itself where there is none."""
    axes = (0, 1) if orientation == "down" else (1, 0)
    across, along = _middle(scene, axes[0]), _middle(scene, axes[1])
    here, there = across(box), along(box)
    if move in ("forward", "backward"):
        return min(_next(scene, box, move == "forward"), key=lambda b: abs(across(b) - here), default=box)
    joined = (*_next(scene, box, True), *_next(scene, box, False))
    beside = {b for b in joined if abs(across(b) - here) > abs(along(b) - there)}
    sign = 1 if move == "after" else -1
    for candidates in (_siblings(scene, box), beside):
        if side := [b for b in candidates if sign * (across(b) - here) > 0]:
            return min(side, key=lambda b: abs(across(b) - here))
    return box


def in_order(scene: Scene, box: int, by: int) -> int:
    """The next box in topological order, or the one before it (``by`` -1); -1 beyond the ends."""
    boxes = scene.placement.boxes
    order = sorted(range(len(boxes)), key=lambda b: (boxes[b].node, boxes[b].y, boxes[b].x))
    at = order.index(box) + by
    return order[at] if 0 <= at < len(order) else -1


def end(scene: Scene, box: int, forward: bool) -> int:
    """A root that comes of the box, or a leaf that it was made from: the nearest one. -1: start at any."""
    start: Iterable[int] = [box] if box >= 0 else range(len(scene.placement.boxes))
    leaving = scene.outgoing if forward else scene.incoming
    ends = [b for b in reach(scene, start, forward).boxes if not leaving.get(b)]
    x, y = _middle(scene, 0), _middle(scene, 1)
    here = max(box, 0)
    return min(ends, key=lambda b: (abs(x(b) - x(here)) + abs(y(b) - y(here)), b), default=box)


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
