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
from gui_app.ui.graph.cards import Row, far_rows, far_strip_row, rows, strip_row
from gui_app.ui.graph.fonts import FontKey
from gui_app.ui.graph.labels import halo, label
from gui_app.ui.graph.typeset import FAR_PITCH, PITCH, Heat, Text, typeset

ARROW, ARROW_HALF = 8.0, 3.5
"""Length and half width of an arrow head, px at 100 %."""


class BoxView(NamedTuple):
    """A box as it is painted: where, in which style, and its one or two nodes."""

    area: QRectF
    style: str
    node: Node
    also: Node | None


class WireView(NamedTuple):
    """A wire as it is painted: (3n + 1, 2) points of cubic Béziers, and its edge."""

    points: NDArray[np.float64]
    edge: Edge


class Source(Protocol):
    """Where a tile takes its boxes and wires from."""

    def box(self, index: int) -> BoxView: ...
    def wire(self, index: int) -> WireView: ...
    def spots(self, wires: list[int]) -> list[tuple[float, float]]: ...


class Strokes(NamedTuple):
    """Outlines by style, wires, and what is filled in the wires' colour."""

    boxes: dict[str, QPainterPath]
    strips: QPainterPath
    wires: QPainterPath
    arrows: QPainterPath


Texts = dict[tuple[FontKey, str], list[tuple[QPointF, str]]]
"""By font and colour role; a role ``text`` has become the style of its box."""


class Writing(NamedTuple):
    """All that is written in the boxes and on the wires."""

    texts: Texts
    heats: list[Heat]
    labels: list[Text]
    halos: list[QRectF]


class Tile:
    """Boxes and wires that are painted or left out together."""

    def __init__(self, boxes: list[int], wires: list[int], source: Source) -> None:
        self._boxes, self._wires, self._source = boxes, wires, source

    @cached_property
    def bounds(self) -> QRectF:
        """All that the tile paints, px at 100 %."""
        areas = [self._source.box(index).area.getCoords() for index in self._boxes]
        corners = np.array(areas, dtype=float).reshape(-1, 2)
        points = np.concatenate([corners, *(self._source.wire(index).points for index in self._wires)])
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return QRectF(left, top, right - left, bottom - top).adjusted(-ARROW, -ARROW, ARROW, ARROW)

    @cached_property
    def fine(self) -> Strokes:
        """The true shapes."""
        boxes: defaultdict[str, QPainterPath] = defaultdict(_winding)
        strips, wires, arrows = _winding(), QPainterPath(), _winding()
        for index in self._boxes:
            area, style, _, also = self._source.box(index)
            shapes.OUTLINES[style](boxes[style], area)
            if also is not None:
                shapes.strip(strips, area)
        for index in self._wires:
            points = self._source.wire(index).points.tolist()
            wires.moveTo(*points[0])
            for k in range(1, len(points), 3):
                wires.cubicTo(*points[k], *points[k + 1], *points[k + 2])
            _arrow(arrows, points)
        return Strokes(dict(boxes), strips, wires, arrows)

    @cached_property
    def coarse(self) -> Strokes:
        """Rectangles and straight lines: what can be told from far away."""
        boxes: defaultdict[str, QPainterPath] = defaultdict(_winding)
        wires = QPainterPath()
        for index in self._boxes:
            area, style, _, _ = self._source.box(index)
            boxes[style].addRect(area)
        for index in self._wires:
            first, *others = self._source.wire(index).points[::3].tolist()
            wires.moveTo(*first)
            for point in others:
                wires.lineTo(*point)
        return Strokes(dict(boxes), QPainterPath(), wires, QPainterPath())

    @cached_property
    def writing(self) -> Writing:
        """Texts and numbers."""
        texts, heats = self._typeset(rows, strip_row, PITCH)
        edges = (self._source.wire(index).edge for index in self._wires)
        labels = [text for text in map(label, edges, self._source.spots(self._wires)) if text is not None]
        return Writing(texts, heats, labels, [halo(text) for text in labels])

    @cached_property
    def headlines(self) -> Texts:
        """The few large texts that can be read from far away."""
        return self._typeset(far_rows, far_strip_row, FAR_PITCH)[0]

    def forget_values(self) -> None:
        """The numbers have changed; the shapes have not."""
        self.__dict__.pop("writing", None)
        self.__dict__.pop("headlines", None)

    def _typeset(
        self, rows_of: Callable[[Node], tuple[Row, ...]], strip_of: Callable[[Node], Row], pitch: float
    ) -> tuple[Texts, list[Heat]]:
        texts: Texts = defaultdict(list)
        heats: list[Heat] = []
        for index in self._boxes:
            area, style, node, also = self._source.box(index)
            upper, lower = QRectF(area), QRectF(area)
            if also is not None:
                upper.setBottom(area.bottom() - shapes.STRIP_HEIGHT)
                lower.setTop(upper.bottom())
            blocks = [(style, rows_of(node), upper)]
            blocks += [("accumulate", (strip_of(also),), lower)] if also is not None else []
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
