"""A pass as it is laid over the graph: what is done in full colour, the node whose turn it is, what flows.

The layer has a scene of its own, in which a number is written once the pass has come to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui_app.core.layout import Placement
from gui_app.core.passing import Pass
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.labels import along
from gui_app.ui.graph.painting import LABELS_FROM, SMOOTH_FROM, writing_steps
from gui_app.ui.graph.pass_tags import Moment, Tag, labels, paint_label, paint_tag, tags
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.shapes import OUTLINES
from gui_app.ui.theme import Palette

VEIL, HALF_VEIL = 180, 80
"""Opacity (of 255) of what dims a node that is still ahead, and one that waits for more."""
CORNER = 6.0
RING, TRAIL, FLOW = 3.0, 1.8, 3.2
"""Widths of the ring, of edges that have carried something and of those that do now, px at 100 %."""
HEAD = 9.0
"""Length of an arrow head, px at 100 %."""
DOT = 6.0
"""Radius of what moves along an edge, px on the screen."""


class PassLayer:
    """One pass over one placed graph, moved from frame to frame.

    ``phase`` is how far the flow of the frame has come: 0 it leaves, 1 it has arrived.
    """

    def __init__(self, walk: Pass, placement: Placement, palette: Palette) -> None:
        self.walk, self.scene = walk, Scene(walk.graph, placement)
        self.index, self.phase = 0, 1.0
        self.frame = self._settled = walk.frame(0)
        self._wires: defaultdict[int, list[int]] = defaultdict(list)
        for number, wire in enumerate(placement.wires):
            self._wires[wire.edge].append(number)
        self._known = 0
        """The frame whose numbers are written in the scene."""
        self._holes, self._lit = QPainterPath(), frozenset[int]()
        self._trail, self._heads, self._carried = QPainterPath(), _winding(), frozenset[int]()
        self.apply_theme(palette)
        self._light_up()
        self.scene.show_values(walk.seen(0))

    def apply_theme(self, palette: Palette) -> None:
        """Paint in these colours from now on."""
        self._palette = palette
        self._veil, self._half_veil = QColor(palette.panel), QColor(palette.panel)
        self._veil.setAlpha(VEIL)
        self._half_veil.setAlpha(HALF_VEIL)
        self._flow = QColor(palette.accent)
        self._past = QColor(palette.accent)
        self._past.setAlphaF(0.55)

    def show(self, index: int, phase: float) -> bool:
        """Show the frame at ``index``; True if more has changed than where the flow of the frame has come to."""
        self.phase = phase
        arrived = index if phase >= 1 else max(index - 1, 0)
        if (index, arrived) == (self.index, self._settled.index):
            return False
        self.index, self.frame = index, self.walk.frame(index)
        self._settled = self.frame if arrived == index else self.walk.frame(arrived)
        self._light_up()
        known = arrived if self.walk.direction == "forward" else index
        if known != self._known:
            self._known = known
            self.scene.show_values(self.walk.seen(known))
        return True

    @property
    def current(self) -> tuple[int, ...]:
        """The nodes whose turn it is: in frame 0 of a backward pass the results."""
        if self.frame.node >= 0:
            return (self.frame.node,)
        return self.walk.graph.roots if self.walk.direction == "backward" else ()

    def area(self) -> QRectF | None:
        """Where the node is whose turn it is and what it sends or takes, px at 100 %."""
        boxes = [box for node in self.current for box in self.scene.boxes_of[node]]
        if not boxes:
            return None
        area = self.scene.area(boxes[0])
        for wire in self._flowing():
            placed = self.scene.placement.wires[wire]
            area = area.united(self.scene.area(placed.source)).united(self.scene.area(placed.target))
        return area

    def steps(self, ink: Ink, zoom: float, seen: QRectF) -> list[Callable[[QPainter], None]]:
        """What lies over the empty shapes of the graph and changes from frame to frame only."""
        tiles = [tile for tile in self.scene.tiles if tile.bounds.intersects(seen)]
        return [*writing_steps(tiles, ink, zoom), partial(self._paint_past, zoom=zoom, seen=seen)]

    def paint(self, painter: QPainter, zoom: float, seen: QRectF) -> None:
        """What moves: at the painter's transform, whose zoom is given; ``seen`` is what is seen of the picture."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        flowing, thick = self._flowing(), max(FLOW, 2.2 / zoom)
        for wire in flowing:
            painter.strokePath(self._path(wire), QPen(self._flow, thick))
            head = QPainterPath()
            self._add_head(head, wire, thick / FLOW * HEAD)
            painter.fillPath(head, self._flow)
        self._paint_rings(painter, zoom)
        for tag in self._tags(zoom, seen):
            paint_tag(painter, tag, self._palette)
        if self.phase < 1:
            for wire in flowing:
                self._paint_dot(painter, wire, zoom)
        painter.restore()

    def _paint_past(self, painter: QPainter, zoom: float, seen: QRectF) -> None:
        """Dim what is ahead; edges that have carried something keep it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= SMOOTH_FROM)
        self._paint_veil(painter, seen)
        painter.strokePath(self._trail, QPen(self._past, max(TRAIL, 1.2 / zoom)))
        painter.fillPath(self._heads, self._past)
        if zoom >= LABELS_FROM:
            for text, centre in labels(
                self.walk, self.scene, sorted(self._carried.difference(self._flowing()))
            ):
                if seen.contains(centre):
                    paint_label(painter, text, centre, self._palette)

    def _tags(self, zoom: float, seen: QRectF) -> list[Tag]:
        return tags(
            Moment(self.walk, self.frame, self._settled, self.scene, self._wires, self._carried, zoom, seen)
        )

    def _flowing(self) -> list[int]:
        return [wire for step in self.frame.steps for wire in self._wires[step.edge]]

    def _path(self, wire: int) -> QPainterPath:
        points = self.scene.placement.wires[wire].points.tolist()
        path = QPainterPath(QPointF(*points[0]))
        for k in range(1, len(points), 3):
            path.cubicTo(*points[k], *points[k + 1], *points[k + 2])
        return path

    def _add_head(self, path: QPainterPath, wire: int, length: float) -> None:
        """An arrow head where the flow arrives."""
        points = self.scene.placement.wires[wire].points
        tip, before = (
            (points[0], points[1]) if self.walk.direction == "backward" else (points[-1], points[-2])
        )
        ahead = tip - before
        ahead = ahead / max(float((ahead**2).sum()) ** 0.5, 1e-9)
        side = ahead[::-1] * (-1.0, 1.0)
        base = tip - length * ahead
        corners = (tip, base + length / 2 * side, base - length / 2 * side)
        path.addPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        path.closeSubpath()

    def _light_up(self) -> None:
        """Bring the lit boxes and the trail up to date; forward in the pass both only grow."""
        states = self._settled.states
        own = set(self.current)
        lit = frozenset(
            number
            for number, box in enumerate(self.scene.placement.boxes)
            if states[self._told_by(box.node, box.also)] in ("done", "waiting")
            or not own.isdisjoint((box.node, box.also))
        )
        if not lit >= self._lit:
            self._holes, self._lit = QPainterPath(), frozenset()
        for box in lit - self._lit:
            self._holes.addRoundedRect(self.scene.area(box).adjusted(-1, -1, 1, 1), CORNER, CORNER)
        self._lit = lit
        carried = frozenset(wire for edge in self._past_edges() for wire in self._wires[edge])
        if not carried >= self._carried:
            self._trail, self._heads, self._carried = QPainterPath(), _winding(), frozenset()
        for wire in sorted(carried - self._carried):
            self._trail.addPath(self._path(wire))
            self._add_head(self._heads, wire, HEAD)
        self._carried = carried

    def _past_edges(self) -> list[int]:
        """Edges that have carried something by now, those of a flow under way left out."""
        last = self._settled.index
        edges = self.walk.graph.edges
        return [
            edge
            for node in self.walk.sequence[:last]
            for edge in self.walk.entering[node]
            if self.walk.direction == "forward" or self.walk.carries(edges[edge])
        ]

    def _told_by(self, node: int, also: int | None) -> int:
        """The node whose state a box shows: of a leaf with its AccumulateGrad that one, in a backward pass."""
        return also if also is not None and self.walk.direction == "backward" else node

    def _paint_veil(self, painter: QPainter, seen: QRectF) -> None:
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        path.addRect(seen)
        path.addPath(self._holes)
        painter.fillPath(path, self._veil)
        waiting = QPainterPath()
        for node in self._settled.sums:
            if node not in self.current:
                for box in self.scene.boxes_of[node]:
                    waiting.addRoundedRect(self.scene.area(box), CORNER, CORNER)
        painter.fillPath(waiting, self._half_veil)

    def _paint_rings(self, painter: QPainter, zoom: float) -> None:
        """A strong ring around what has its turn, dashes around what waits."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for node in self.current:
            self._paint_ring(painter, node, QPen(self._flow, max(RING, 2.5 / zoom)))
        dashes = QPen(self._flow, max(1.4, 1.2 / zoom), Qt.PenStyle.DashLine)
        for node in self._settled.sums:
            if node not in self.current:
                self._paint_ring(painter, node, dashes)

    def _paint_ring(self, painter: QPainter, node: int, pen: QPen) -> None:
        path = QPainterPath()
        grow = pen.widthF() / 2 + 1
        for box in self.scene.boxes_of[node]:
            view = self.scene.box(box)
            OUTLINES[view.style](path, view.area.adjusted(-grow, -grow, grow, grow))
        painter.strokePath(path, pen)

    def _paint_dot(self, painter: QPainter, wire: int, zoom: float) -> None:
        """What is on its way: eased, so that the eye can follow it."""
        eased = self.phase * self.phase * (3 - 2 * self.phase)
        share = 1 - eased if self.walk.direction == "backward" else eased
        where = QPointF(*along(self.scene.placement.wires[wire].points, min(max(share, 0.0), 1.0)))
        radius = max(DOT, DOT / zoom)
        glow = QColor(self._flow)
        for size, alpha in ((2.2, 60), (1.5, 110)):
            glow.setAlpha(alpha)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(glow)
            painter.drawEllipse(where, size * radius, size * radius)
        painter.setPen(QPen(QColor(self._palette.panel), radius / 3))
        painter.setBrush(self._flow)
        painter.drawEllipse(where, radius, radius)


def _winding() -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    return path
