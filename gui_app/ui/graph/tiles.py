"""A tile: some boxes and wires as few painter paths, each made when it is first needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath

from gui_app.core.graph import Edge, Node
from gui_app.ui.graph import shapes
from gui_app.ui.graph.badges import BROKEN, Badge, spread
from gui_app.ui.graph.cards import Row, far_rows, far_strip_row, rows, strip_row
from gui_app.ui.graph.fonts import FontKey
from gui_app.ui.graph.labels import halo, label
from gui_app.ui.graph.typeset import FAR_PITCH, PITCH, Heat, typeset

ARROW, ARROW_HALF = 8.0, 3.5
"""Length and half width of an arrow head, px at 100 %."""
SAMPLES = 17
"""Points of each curve of a wire that are looked at to tell what it crosses."""
BEYOND = 12.0
"""How far rings, badges and arrow heads reach beyond boxes and wires."""


class BoxView(NamedTuple):
    """A box as it is painted: where, in which style, and its one or two nodes."""

    area: QRectF
    style: str
    node: Node
    also: Node | None


class WireView(NamedTuple):
    """A wire as it is painted: (3n + 1, 2) points of cubic Béziers, its edge, and whether it is part of the graph."""

    points: NDArray[np.float64]
    edge: Edge
    tracked: bool = True


class Source(Protocol):
    """Where a tile takes its boxes and wires from."""

    def box(self, index: int) -> BoxView: ...
    def wire(self, index: int) -> WireView: ...
    def spots(self, wires: list[int]) -> list[tuple[float, float]]: ...
    def level(self, wire: int) -> int: ...
    def badges(self, index: int) -> tuple[Badge, ...]: ...


class Strokes(NamedTuple):
    """Outlines by style, wires, and what is filled in the wires' colour."""

    boxes: dict[str, QPainterPath]
    strips: QPainterPath
    wires: QPainterPath
    arrows: QPainterPath
    untracked: QPainterPath
    """Wires that are not part of the graph."""


Texts = dict[tuple[FontKey, str], list[tuple[QPointF, str]]]
"""By font and colour role; a role ``text`` has become the style of its box."""


class Labels(NamedTuple):
    """The numbers on the wires, and what is cleared behind each."""

    texts: list[tuple[QPointF, str]]
    halos: list[QRectF]


class Tile:
    """Boxes and wires that are painted or left out together."""

    def __init__(self, boxes: list[int], wires: list[int], source: Source) -> None:
        self.boxes, self.wires, self._source = boxes, wires, source

    @cached_property
    def bounds(self) -> QRectF:
        """All that the tile paints, px at 100 %."""
        areas = [self._source.box(index).area.getCoords() for index in self.boxes]
        corners = np.array(areas, dtype=float).reshape(-1, 2)
        points = np.concatenate([corners, *(self._source.wire(index).points for index in self.wires)])
        if not len(points):
            return QRectF()
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return QRectF(left, top, right - left, bottom - top).adjusted(-BEYOND, -BEYOND, BEYOND, BEYOND)

    def count(self, area: QRectF) -> int:
        """How many of its boxes and wires reach into ``area``."""
        if not self.bounds.intersects(area):
            return 0
        boxes = sum(self._source.box(index).area.intersects(area) for index in self.boxes)
        return boxes + self._crossing(area)

    def _crossing(self, area: QRectF) -> int:
        """How many wires run through ``area``."""
        points, wires = self._traces
        low, high = np.array(area.getCoords()).reshape(2, 2)
        return len(np.unique(wires[((points >= low) & (points <= high)).all(axis=1)]))

    @cached_property
    def _traces(self) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Points along all wires, (n, 2), and the wire that each lies on, (n,)."""
        ways = [self._source.wire(index).points for index in self.wires]
        curves = np.concatenate(
            [
                np.empty((0, 4, 2)),
                *(np.stack([way[at::3][: len(way) // 3] for at in range(4)], 1) for way in ways),
            ]
        )
        share = np.linspace(0.0, 1.0, SAMPLES)
        weights = np.stack(
            ((1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3)
        )
        owners = np.repeat(self.wires, [len(way) // 3 * SAMPLES for way in ways]).astype(np.intp)
        return np.einsum("ks,ckd->csd", weights, curves).reshape(-1, 2), owners

    @cached_property
    def fine(self) -> Strokes:
        """The true shapes."""
        boxes: defaultdict[str, QPainterPath] = defaultdict(_winding)
        strips, wires, arrows, untracked = _winding(), QPainterPath(), _winding(), QPainterPath()
        for index in self.boxes:
            area, style, _, also = self._source.box(index)
            shapes.OUTLINES[style](boxes[style], area)
            if also is not None:
                shapes.strip(strips, area)
        for index in self.wires:
            wire = self._source.wire(index)
            curve(wires if wire.tracked else untracked, arrows, wire.points)
        return Strokes(dict(boxes), strips, wires, arrows, untracked)

    @cached_property
    def coarse(self) -> Strokes:
        """Rectangles and straight lines: what can be told from far away."""
        boxes: defaultdict[str, QPainterPath] = defaultdict(_winding)
        wires = QPainterPath()
        for index in self.boxes:
            area, style, _, _ = self._source.box(index)
            boxes[style].addRect(area)
        for index in self.wires:
            line(wires, self._source.wire(index).points)
        return Strokes(dict(boxes), QPainterPath(), wires, QPainterPath(), QPainterPath())

    @cached_property
    def flow(self) -> dict[int, tuple[QPainterPath, QPainterPath, QPainterPath]]:
        """Curves, arrows, and straight lines for far away, by the strength of what flows back; -1: nothing known."""
        paths: dict[int, tuple[QPainterPath, QPainterPath, QPainterPath]] = {}
        for index in self.wires:
            level = self._source.level(index)
            if level not in paths:
                paths[level] = QPainterPath(), _winding(), QPainterPath()
            curves, arrows, lines = paths[level]
            points = self._source.wire(index).points
            curve(curves, arrows, points)
            line(lines, points)
        return dict(sorted(paths.items()))

    @cached_property
    def openers(self) -> list[QRectF]:
        """Where each rolled-up block says that it can be opened."""
        boxes = map(self._source.box, self.boxes)
        return [shapes.opener(box.area) for box in boxes if box.node.kind == "block"]

    @cached_property
    def badges(self) -> list[tuple[QRectF, Badge]]:
        """Each badge and where it stands."""
        found = []
        for index in self.boxes:
            found += spread(self._source.box(index).area, self._source.badges(index))
        return found

    @cached_property
    def alarms(self) -> list[QPainterPath]:
        """Outlines of the boxes in which the first number is that is not finite."""
        found = []
        for index in self.boxes:
            if any(badge.role == BROKEN for badge in self._source.badges(index)):
                path, box = QPainterPath(), self._source.box(index)
                shapes.OUTLINES[box.style](path, box.area)
                found.append(path)
        return found

    @cached_property
    def writing(self) -> tuple[Texts, list[Heat]]:
        """Texts and heat strips in the boxes."""
        return self._typeset(rows, strip_row, PITCH)

    @cached_property
    def labels(self) -> Labels:
        """What flows back over the wires."""
        edges = (self._source.wire(index).edge for index in self.wires)
        found = [text for text in map(label, edges, self._source.spots(self.wires)) if text is not None]
        return Labels(
            [(QPointF(text.x, text.y), text.text) for text in found], [halo(text) for text in found]
        )

    @cached_property
    def headlines(self) -> Texts:
        """The few large texts that can be read from far away."""
        return self._typeset(far_rows, far_strip_row, FAR_PITCH)[0]

    def forget_values(self) -> None:
        """The numbers have changed; the shapes have not."""
        for known in ("writing", "labels", "headlines", "flow", "badges", "alarms"):
            self.__dict__.pop(known, None)

    def _typeset(
        self, rows_of: Callable[[Node], tuple[Row, ...]], strip_of: Callable[[Node], Row], pitch: float
    ) -> tuple[Texts, list[Heat]]:
        texts: Texts = defaultdict(list)
        heats: list[Heat] = []
        for index in self.boxes:
            area, style, node, also = self._source.box(index)
            upper, lower = QRectF(shapes.writable(style, area)), QRectF(area)
            if also is not None:
                upper.setBottom(area.bottom() - shapes.STRIP_HEIGHT)
                lower.setTop(upper.bottom())
            blocks = [(style, rows_of(node), upper)]
            if also is not None:
                own = also._replace(gradient=node.gradient)  # .grad, not what arrived in the last pass alone
                blocks.append(("accumulate", (strip_of(own),), lower))
            for role, lines, room in blocks:
                written, strips = typeset(lines, room, pitch)
                heats += strips
                for text in written:
                    colour = role if text.role == "text" else text.role
                    texts[text.font, colour].append((QPointF(text.x, text.y), text.text))
        return texts, heats


def _winding() -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    return path


def curve(wires: QPainterPath, arrows: QPainterPath, way: NDArray[np.float64]) -> None:
    """Add the wire, (3n + 1, 2), and the head at its end."""
    points = way.tolist()
    wires.moveTo(*points[0])
    for k in range(1, len(points), 3):
        wires.cubicTo(*points[k], *points[k + 1], *points[k + 2])
    _arrow(arrows, points)


def line(wires: QPainterPath, way: NDArray[np.float64]) -> None:
    """Add the wire with straight pieces."""
    first, *others = way[::3].tolist()
    wires.moveTo(*first)
    for point in others:
        wires.lineTo(*point)


def _arrow(path: QPainterPath, points: list[list[float]]) -> None:
    """A head at the end of the wire, along its last direction."""
    (x, y), before = points[-1], points[-2] if points[-2] != points[-1] else points[0]
    dx, dy = x - before[0], y - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / length, dy / length
    back_x, back_y = x - ARROW * dx, y - ARROW * dy
    path.moveTo(x, y)
    path.lineTo(back_x - ARROW_HALF * dy, back_y + ARROW_HALF * dx)
    path.lineTo(back_x + ARROW_HALF * dy, back_y - ARROW_HALF * dx)
    path.closeSubpath()
