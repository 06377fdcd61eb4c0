"""Graph → picture: positions of boxes and paths of wires. Pure, deterministic, without recursion.

Sugiyama's steps, each in its own file and fitted to autograd graphs, which are mostly long and narrow: what is
drawn (chips, beside), in which row (layers), in which order (ordering), where (placing, stacking), how the wires
run (routing), and how the pieces of the graph share the sheet (packing). Of a graph that repeats itself each kind of
round is ordered and placed once (repetition).

Every step's work is bounded by counts, never by a clock. What that means for graphs that no picture can help: past
50,000 places kept free for long links the longest links become single curves that may run over boxes; with more
crossings than cells only one start is improved; and with more than eight links a box as well (150 layers, each fed by
all before it) rows are filled from the left, without looking for an order.
"""

from __future__ import annotations

import gc
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from gui_app.core.graph import Graph, Node
from gui_app.core.layout.beside import Size, hulls
from gui_app.core.layout.chips import Cast, cast
from gui_app.core.layout.component import Frame, Part, lay_out
from gui_app.core.layout.packing import pieces, shelves
from gui_app.core.layout.placement import (
    Box,
    Cancelled,
    Measure,
    Near,
    Orientation,
    Placement,
    Wire,
    only_middles,
)

__all__ = ["Box", "Cancelled", "Measure", "Near", "Orientation", "Placement", "Wire", "layout", "usual_size"]


def never() -> bool:
    """Nobody cancels."""
    return False


def usual_size(node: Node) -> Size:
    """Width and height of a box for a name and a value, px; a saved tensor has one line."""
    letters = max(len(node.name), len(node.label), 6)
    return (8.0 * math.ceil((letters * 7 + 24) / 8), 24.0 if node.kind == "saved" else 44.0)


def layout(
    graph: Graph,
    *,
    shared: bool = False,
    orientation: Orientation = "down",
    measure: Measure | None = None,
    near: Near | None = None,
    cancelled: Callable[[], bool] = never,
) -> Placement:
    """The picture of ``graph``; the same for the same arguments.

    Args:
        shared: draw every leaf once, however many nodes consume it.
        orientation: where the data flows.
        measure: width and height of a node's box, px; a leaf's includes its AccumulateGrad.
        near: the middles of some nodes' boxes in the picture before, by id, or that picture where the ids are the same:
            those that stood side by side and still stand in one row, and the pieces of the graph, keep their order.
        cancelled: asked often; once it says yes the layout is given up.

    Raises:
        Cancelled: as ``cancelled`` asked for.
        ValueError: the edges go in a circle.
    """

    def check() -> None:
        if cancelled():
            raise Cancelled

    check()
    with _uncollected():
        turned = orientation == "right"
        picture = cast(graph, shared)
        drawn = Counter(node for node, _ in picture.boxes)
        known = {node: (measure or usual_size)(graph.nodes[node]) for node in drawn}
        measured = [known[node] for node, _ in picture.boxes]
        sizes = [(height, width) for width, height in measured] if turned else measured
        traced = set(graph.roots)
        roots = {box for box, shown in enumerate(picture.boxes) if not traced.isdisjoint(shown)}
        frame = Frame(
            sizes, hulls(picture, sizes), picture.hosts, roots, _before(picture, drawn, near, turned)
        )
        parts = [lay_out(piece, frame, check) for piece in pieces(picture)]
        return _assembled(picture, parts, frame, turned)


def _before(
    picture: Cast, drawn: Mapping[int, int], near: Near | None, turned: bool
) -> dict[int, tuple[float, float]]:
    """(across, along) of the former middle of each box that is the only one of its node."""
    if near is None:
        return {}
    middles = only_middles(near) if isinstance(near, Placement) else near
    nodes = {box: node for box, (node, _) in enumerate(picture.boxes) if node in middles and drawn[node] == 1}
    return {box: middles[node][::-1] if turned else middles[node] for box, node in nodes.items()}


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for circular garbage meanwhile, of which a layout makes none.

    Each search would walk over all objects of the process and hold the GIL: 250 ms without a frame at 20,000 nodes.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _assembled(picture: Cast, parts: list[Part], frame: Frame, turned: bool) -> Placement:
    """All parts on one sheet, boxes by index and wires in the order of the graph's edges."""
    extents = [part.size[::-1] if turned else part.size for part in parts]
    places = shelves(extents, [_former(part, frame, turned) for part in parts])
    corners = [(0.0, 0.0)] * len(picture.boxes)
    wires: list[Wire] = []
    for part, (x, y) in zip(parts, places, strict=True):
        for box, corner in part.corners.items():
            across, along = corner[::-1] if turned else corner
            corners[box] = across + x, along + y
        points = (part.points[:, ::-1] if turned else part.points) + (x, y)
        first = 0
        for link, end in zip(part.links, part.ends, strict=True):
            wires.append(Wire(*link, points[first:end]))
            first = end
    sizes = [size[::-1] for size in frame.sizes] if turned else frame.sizes
    boxes = tuple(
        Box(*shown, *corner, *size) for shown, corner, size in zip(picture.boxes, corners, sizes, strict=True)
    )
    width = max((x + size[0] for (x, _), size in zip(places, extents, strict=True)), default=0.0)
    height = max((y + size[1] for (_, y), size in zip(places, extents, strict=True)), default=0.0)
    return Placement(boxes, tuple(sorted(wires, key=lambda wire: wire.edge)), width, height)


def _former(part: Part, frame: Frame, turned: bool) -> tuple[float, float] | None:
    """The least x and y that middles of the part's boxes had before; ``None`` if all of it is new."""
    known = [frame.near[box] for box in part.corners if box in frame.near]
    if not known:
        return None
    across, along = (min(values) for values in zip(*known, strict=True))
    return (along, across) if turned else (across, along)
