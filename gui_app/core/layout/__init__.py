"""Graph → picture: positions of boxes and paths of wires. Pure, deterministic, without recursion.

Sugiyama's steps, each in its own file and fitted to autograd graphs, which are mostly long and narrow: what is
drawn (chips, beside), in which row (layers), in which order (ordering), where (placing, stacking), how the wires
run (routing), and how the pieces of the graph share the sheet (packing). Every step's work is bounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from gui_app.core.graph import Graph, Node
from gui_app.core.layout.beside import Size, hulls
from gui_app.core.layout.chips import Cast, cast
from gui_app.core.layout.component import Frame, Part, lay_out
from gui_app.core.layout.packing import pieces, shelves
from gui_app.core.layout.placement import Box, Cancelled, Measure, Orientation, Placement, Wire

__all__ = ["Box", "Cancelled", "Measure", "Orientation", "Placement", "Wire", "layout", "usual_size"]


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
    cancelled: Callable[[], bool] = never,
) -> Placement:
    """The picture of ``graph``; the same for the same arguments.

    Args:
        shared: draw every leaf once, however many nodes consume it.
        orientation: where the data flows.
        measure: width and height of a node's box, px; a leaf's includes its AccumulateGrad.
        cancelled: asked often; once it says yes the layout is given up.

    Raises:
        Cancelled: as ``cancelled`` asked for.
        ValueError: the edges go in a circle.
    """

    def check() -> None:
        if cancelled():
            raise Cancelled

    check()
    turned = orientation == "right"
    picture = cast(graph, shared)
    measured = [(measure or usual_size)(graph.nodes[node]) for node, _ in picture.boxes]
    sizes = [(height, width) for width, height in measured] if turned else measured
    traced = set(graph.roots)
    roots = {box for box, shown in enumerate(picture.boxes) if not traced.isdisjoint(shown)}
    frame = Frame(sizes, hulls(picture, sizes), picture.hosts, roots)
    parts = [lay_out(piece, frame, check) for piece in pieces(picture)]
    return _assembled(picture, parts, measured, turned)


def _assembled(picture: Cast, parts: list[Part], sizes: list[Size], turned: bool) -> Placement:
    """All parts on one sheet, boxes by index and wires in the order of the graph's edges."""
    extents = [part.size[::-1] if turned else part.size for part in parts]
    places = shelves(extents)
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
    boxes = tuple(
        Box(*shown, *corner, *size) for shown, corner, size in zip(picture.boxes, corners, sizes, strict=True)
    )
    width = max((x + size[0] for (x, _), size in zip(places, extents, strict=True)), default=0.0)
    height = max((y + size[1] for (_, y), size in zip(places, extents, strict=True)), default=0.0)
    return Placement(boxes, tuple(sorted(wires, key=lambda wire: wire.edge)), width, height)
