"""A graph with its placement, ready to be painted: boxes and wires in tiles, and the way from a node to its boxes.

Made and prepared in any thread; painted, and given other values, only in the GUI's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from gui_app.core.graph import Edge, Graph
from gui_app.core.layout import Placement
from gui_app.core.rolling import Block
from gui_app.ui.graph.badges import Badge
from gui_app.ui.graph.changes import Identity, identity
from gui_app.ui.graph.flow import Range, levels
from gui_app.ui.graph.frames import Frame, frames
from gui_app.ui.graph.hit import BoxIndex
from gui_app.ui.graph.labels import spots
from gui_app.ui.graph.shapes import EXPLAINED, STRIP_HEIGHT, styles
from gui_app.ui.graph.tiles import BoxView, Tile, WireView

TILE = 16
"""Most boxes of a tile: fewer cost time when the whole is shown, more when the view moves."""
UNTRACKED = frozenset({"ghost", "failed"})
"""Kinds whose wires are not part of the graph."""


class Scene:
    """Everything that is painted of one graph. The geometry is fixed; the values may be replaced."""

    def __init__(
        self,
        graph: Graph,
        placement: Placement,
        badges: Mapping[int, tuple[Badge, ...]] | None = None,
        known: Identity | None = None,
        opened: Sequence[Block] = (),
    ) -> None:
        self.graph = graph
        self.placement = placement
        self._identity = known
        self.opened = opened
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
        self.styles = styles(graph)
        self.all_badges = badges or {}
        """By node id."""
        self._spots: dict[int, tuple[float, float]] = {}
        self._levels: tuple[Range, NDArray[np.intp]] | None = None
        self.tiles = self._cut()

    @property
    def identity(self) -> Identity:
        """What the nodes are in every picture of the same program."""
        if self._identity is None:
            self._identity = identity(self.graph)
        return self._identity

    @cached_property
    def frames(self) -> list[Frame]:
        """The open blocks that can be framed, the outer ones first."""
        if not self.opened:
            return []
        return frames(self.graph, self.placement, self.identity, self.opened, self.outgoing)

    @cached_property
    def extent(self) -> QRectF:
        """All that is painted."""
        whole = QRectF(0, 0, self.placement.width, self.placement.height)
        for frame in self.frames:
            whole = whole.united(frame.area)
        return whole

    @cached_property
    def shown_styles(self) -> frozenset[str]:
        """The styles that there are to see."""
        boxes = self.placement.boxes
        merged = {"accumulate"} if any(box.also is not None for box in boxes) else set()
        shown = {self.styles[box.node] for box in boxes}
        return frozenset(part for style in shown | merged for part in EXPLAINED.get(style, (style,)))

    def prepare(self) -> None:
        """Make what is needed to paint the whole from far away."""
        _ = self.shown_styles, self.frames
        for tile in self.tiles:
            _ = tile.bounds, tile.coarse

    def show_values(self, graph: Graph, badges: Mapping[int, tuple[Badge, ...]] | None = None) -> None:
        """Take the numbers of ``graph``, whose structure is the same."""
        self.graph, self.all_badges, self._levels = graph, badges or {}, None
        for tile in self.tiles:
            tile.forget_values()

    def parts(self, boxes: Collection[int], wires: Iterable[int]) -> list[Tile]:
        """Tiles of some of the boxes and wires; a tile of which all is wanted is used as it is."""
        by_tile: defaultdict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for box in boxes:
            by_tile[self._owner[box]][0].append(box)
        for wire in wires:
            by_tile[self._owner[self.placement.wires[wire].target]][1].append(wire)
        found = []
        for number, (some, joined) in by_tile.items():
            whole = self.tiles[number]
            if len(some) == len(whole.boxes) and len(joined) == len(whole.wires):
                found.append(whole)
            else:
                part = Tile(some, joined, self)
                part.bounds = whole.bounds
                found.append(part)
        return found

    def box(self, index: int) -> BoxView:
        """The box with the data of its nodes."""
        box = self.placement.boxes[index]
        also = None if box.also is None else self.graph.nodes[box.also]
        return BoxView(self.area(index), self.styles[box.node], self.graph.nodes[box.node], also)

    def wire(self, index: int) -> WireView:
        """The wire with its edge."""
        wire = self.placement.wires[index]
        edge = self.graph.edges[wire.edge]
        ends = self.graph.nodes[edge.source].kind, self.graph.nodes[edge.target].kind
        return WireView(wire.points, edge, UNTRACKED.isdisjoint(ends))

    def badges(self, index: int) -> tuple[Badge, ...]:
        """What stands on the rim of the box."""
        box, none = self.placement.boxes[index], ()
        return (*self.all_badges.get(box.node, none), *self.all_badges.get(box.also, none))

    def level(self, wire: int) -> int:
        """How strong the gradient over the wire is, as a level of the ink's scale; -1 where none is known."""
        return int(self._flow()[1][self.placement.wires[wire].edge])

    def flow_range(self) -> Range:
        """The weakest and the strongest gradient over an edge."""
        return self._flow()[0]

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

    def _cut(self) -> list[Tile]:
        """All boxes in tiles of neighbours, each wire with the box that it enters."""
        placed = self.placement.boxes
        centres = np.array([(b.x + b.width / 2, b.y + b.height / 2) for b in placed]).reshape(-1, 2)
        groups = halved(centres, TILE)
        self._owner = {box: number for number, group in enumerate(groups) for box in group}
        entering = [[wire for box in group for wire in self.incoming.get(box, ())] for group in groups]
        return [Tile(group, wires, self) for group, wires in zip(groups, entering, strict=True)]

    def _flow(self) -> tuple[Range, NDArray[np.intp]]:
        if self._levels is None:
            self._levels = levels(self.graph)
        return self._levels

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
