"""A graph with its placement, ready to be painted: boxes and wires in tiles, and the way from a node to its boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from gui_app.core.graph import Edge, Graph
from gui_app.core.layout import Placement
from gui_app.ui.graph.hit import BoxIndex
from gui_app.ui.graph.labels import spots
from gui_app.ui.graph.shapes import STRIP_HEIGHT, styles
from gui_app.ui.graph.tiles import BoxView, Tile, WireView

TILE = 32
"""Most boxes of a tile: at 100 % a frame of 10,000 nodes takes half the time that it takes with 150."""


class Scene:
    """Everything that is painted of one graph. The geometry is fixed; the values may be replaced."""

    def __init__(self, graph: Graph, placement: Placement) -> None:
        self.graph = graph
        self.placement = placement
        self.index = BoxIndex(placement.boxes)
        self.boxes_of: defaultdict[int, list[int]] = defaultdict(list)
        """The boxes of a node id: several for a shared leaf drawn beside each consumer."""
        self.incoming: defaultdict[int, list[int]] = defaultdict(list)
        self.outgoing: defaultdict[int, list[int]] = defaultdict(list)
        """Wires by the box that they enter or leave."""
        for index, box in enumerate(placement.boxes):
            for node in (box.node, box.also):
                if node is not None:
                    self.boxes_of[node].append(index)
        for index, wire in enumerate(placement.wires):
            self.incoming[wire.target].append(index)
            self.outgoing[wire.source].append(index)
        self._styles = styles(graph)
        self._spots: dict[int, tuple[float, float]] = {}
        self.tiles = self.cut(range(len(placement.boxes)), range(len(placement.wires)))

    def show_values(self, graph: Graph) -> None:
        """Take the numbers of ``graph``, whose structure is the same."""
        self.graph = graph
        for tile in self.tiles:
            tile.forget_values()

    def cut(self, boxes: Sequence[int], wires: Iterable[int]) -> list[Tile]:
        """These boxes in tiles of neighbours, each wire with the box that it enters, which must be one of them."""
        placed = self.placement.boxes
        centres = np.array(
            [(placed[b].x + placed[b].width / 2, placed[b].y + placed[b].height / 2) for b in boxes]
        )
        groups = [[boxes[i] for i in group] for group in halved(centres.reshape(-1, 2), TILE)]
        owner = {box: number for number, group in enumerate(groups) for box in group}
        entering: defaultdict[int, list[int]] = defaultdict(list)
        for wire in wires:
            entering[owner[self.placement.wires[wire].target]].append(wire)
        return [Tile(group, entering[number], self) for number, group in enumerate(groups)]

    def box(self, index: int) -> BoxView:
        """The box with the data of its nodes."""
        box = self.placement.boxes[index]
        also = None if box.also is None else self.graph.nodes[box.also]
        area = QRectF(box.x, box.y, box.width, box.height)
        return BoxView(area, self._styles[box.node], self.graph.nodes[box.node], also)

    def wire(self, index: int) -> WireView:
        """The wire with its edge."""
        wire = self.placement.wires[index]
        return WireView(wire.points, self.graph.edges[wire.edge])

    def spots(self, wires: list[int]) -> list[tuple[float, float]]:
        """Where the number of each wire stands: found once, so that it is the same in whatever tile."""
        fresh = [wire for wire in wires if wire not in self._spots]
        points = [self.placement.wires[wire].points for wire in fresh]
        self._spots.update(zip(fresh, spots(points, self._is_free), strict=True))
        return [self._spots[wire] for wire in wires]

    def edge(self, wire: int) -> Edge:
        """The edge that the wire draws."""
        return self.graph.edges[self.placement.wires[wire].edge]

    def area(self, index: int) -> QRectF:
        """Where the box lies, px at 100 %."""
        box = self.placement.boxes[index]
        return QRectF(box.x, box.y, box.width, box.height)

    def node_at(self, x: float, y: float) -> tuple[int, int]:
        """Box and node id under a point in px at 100 %, (-1, -1) for none."""
        index = self.index.at(x, y)
        if index < 0:
            return -1, -1
        box = self.placement.boxes[index]
        below = box.also is not None and y > box.y + box.height - STRIP_HEIGHT
        return index, box.also if below and box.also is not None else box.node

    def _is_free(self, area: QRectF) -> bool:
        """No box reaches under the middle or the corners of ``area``, which is smaller than any box."""
        x, y, right, bottom = area.getCoords()
        places = (((x + right) / 2, (y + bottom) / 2), (x, y), (right, y), (x, bottom), (right, bottom))
        return all(self.index.at(*place) < 0 for place in places)


def halved(centres: NDArray[np.float64], most: int) -> list[list[int]]:
    """Groups of at most ``most`` neighbouring points of (n, 2): halved along the longer side until they fit."""
    waiting = [np.arange(len(centres))] if len(centres) else []
    done: list[list[int]] = []
    while waiting:
        group = waiting.pop()
        if len(group) <= most:
            done.append(group.tolist())
            continue
        points = centres[group]
        order = np.argsort(points[:, int(np.argmax(np.ptp(points, axis=0)))], kind="stable")
        half = len(group) // 2
        waiting += [group[order[half:]], group[order[:half]]]
    return done
