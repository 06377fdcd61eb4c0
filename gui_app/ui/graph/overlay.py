"""What is laid over the kept picture and comes and goes with the cursor: rings, the hovered box, thin links."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from gui_app.core.graph import Graph
from gui_app.ui.graph.badges import spread
from gui_app.ui.graph.fonts import font
from gui_app.ui.graph.ink import Ink, dashed
from gui_app.ui.graph.light import paint_rings
from gui_app.ui.graph.painting import (
    HEADLINES_FROM,
    TEXT_FROM,
    box_steps,
    paint_badge,
    paint_wires,
    writing_steps,
)
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.tiles import Tile

BADGE = 6.5
"""Radius of a slot number, px at 100 %."""
LEAST_BOW = 160.0
"""How far the bow of a thin link is pulled aside, px at 100 %: it must be told from the wires."""
MOST_LINKS = 12
"""Thin links of one box that are drawn: of the derivatives of a node the first few."""


class Hover:
    """Boxes that are pointed at, the first with its wires; made once for each place that the cursor comes to."""

    def __init__(self, scene: Scene, boxes: Sequence[int]) -> None:
        self.boxes = tuple(boxes)
        self.box = boxes[0]
        wires = (*scene.incoming.get(self.box, ()), *scene.outgoing.get(self.box, ()))
        self.tile = Tile([self.box], list(wires), scene)
        self.links = [
            box for node in related(scene.graph, _node(scene, self.box)) for box in scene.boxes_of[node]
        ]


def related(graph: Graph, node: int) -> list[int]:
    """What a node is joined to without an edge: what it derives, its derivatives, the tensor that it saved."""
    own = graph.nodes[node]
    others = [other for other in (own.derivative_of, own.alias) if other is not None]
    others += [n.id for n in graph.nodes if node in (n.derivative_of, n.alias)][:MOST_LINKS]
    return [other for other in others if other < len(graph.nodes)]


def paint_hover(painter: QPainter, scene: Scene, hover: Hover, ink: Ink, zoom: float) -> None:
    """The box and its wires in the accent colour, its input slots by number, and thin rings."""
    pen = QPen(ink.accent, max(2.0, 1.5 / zoom))
    paint_wires(painter, hover.tile, ink, zoom, pen)
    for step in (*box_steps([hover.tile], ink, zoom), *writing_steps([hover.tile], ink, zoom)):
        step(painter)
    paint_rings(painter, scene, hover.boxes, QPen(ink.accent, max(1.5, 1.5 / zoom)))
    if zoom >= HEADLINES_FROM:
        _paint_badges(painter, scene, hover.boxes, ink)
    for box in hover.links:
        _paint_link(painter, scene.area(hover.box), scene.area(box), ink, zoom)
    if zoom >= TEXT_FROM:
        _paint_slots(painter, scene, hover.box, ink)


def paint_choice(painter: QPainter, scene: Scene, boxes: Sequence[int], ink: Ink, zoom: float) -> None:
    """Thick rings around the chosen boxes."""
    paint_rings(painter, scene, boxes, QPen(ink.accent, max(3.0, 2.5 / zoom)))
    if zoom >= HEADLINES_FROM:
        _paint_badges(painter, scene, boxes, ink)


def _paint_badges(painter: QPainter, scene: Scene, boxes: Sequence[int], ink: Ink) -> None:
    """Over the rings, which would cross them."""
    for box in boxes:
        for where, badge in spread(scene.area(box), scene.badges(box)):
            paint_badge(painter, where, badge, ink)


def _node(scene: Scene, box: int) -> int:
    return scene.placement.boxes[box].node


def _paint_link(painter: QPainter, first: QRectF, second: QRectF, ink: Ink, zoom: float) -> None:
    """A thin bow from box to box, and a ring around the other."""
    start, end = first.center(), second.center()
    across = QPointF(start.y() - end.y(), end.x() - start.x())
    length = max((across.x() ** 2 + across.y() ** 2) ** 0.5, 1.0)
    across *= max(length / 4, LEAST_BOW) / length
    path = QPainterPath(start)
    path.quadTo((start + end) / 2 + across, end)
    pen = dashed(ink.borders["derivative"].color(), max(1.2, 1.0 / zoom))
    painter.save()
    outside = QPainterPath()
    outside.setFillRule(Qt.FillRule.OddEvenFill)
    outside.addRect(path.boundingRect().united(first).united(second).adjusted(-50, -50, 50, 50))
    outside.addRect(first)
    outside.addRect(second)
    painter.setClipPath(outside, Qt.ClipOperation.IntersectClip)
    painter.strokePath(path, pen)
    painter.restore()
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(second.adjusted(-3, -3, 3, 3), 6, 6)


def _paint_slots(painter: QPainter, scene: Scene, box: int, ink: Ink) -> None:
    nodes = scene.graph.nodes
    incoming = [w for w in scene.incoming.get(box, ()) if nodes[scene.edge(w).source].kind != "saved"]
    if len(incoming) < 2:
        return
    painter.setFont(font("small"))
    for wire in incoming:
        end, before = scene.placement.wires[wire].points[-1], scene.placement.wires[wire].points[-2]
        back = before - end
        x, y = end + back * (15.0 / max(float((back**2).sum()) ** 0.5, 1.0))
        disc = QRectF(x - BADGE, y - BADGE, 2 * BADGE, 2 * BADGE)
        painter.setPen(QPen(ink.accent, 1.2))
        painter.setBrush(ink.paper)
        painter.drawEllipse(disc)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(scene.edge(wire).slot))
