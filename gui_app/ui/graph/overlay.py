"""What is laid over the painted graph: the chosen node with its paths, the hovered one with its edges."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gui_app.ui.graph.fonts import font
from gui_app.ui.graph.painting import TEXT_FROM, Ink, paint
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.shapes import OUTLINES
from gui_app.ui.graph.tiles import Tile
from gui_app.ui.graph.walk import paths_through

VEIL = 165
"""Opacity (of 255) of what dims everything off the chosen paths."""
BADGE = 6.5
"""Radius of a slot number, px at 100 %."""


class Spotlight:
    """The chosen boxes and all paths through them; made once for a choice."""

    def __init__(self, scene: Scene, boxes: list[int]) -> None:
        lit, wires = paths_through(scene, boxes)
        self.boxes = boxes
        self.everything = len(lit) == len(scene.placement.boxes)
        """Every box lies on a path: there is nothing to dim."""
        self.tiles: list[Tile] = [] if self.everything else scene.cut(sorted(lit), sorted(wires))


def paint_spotlight(
    painter: QPainter, scene: Scene, light: Spotlight, ink: Ink, zoom: float, seen: QRectF
) -> None:
    """Dim the rest lightly, repaint the paths, ring the chosen boxes."""
    if not light.everything:
        veil = QColor(ink.paper)
        veil.setAlpha(VEIL)
        painter.fillRect(seen, veil)
        paint(painter, [tile for tile in light.tiles if tile.bounds.intersects(seen)], ink, zoom)
    paint_rings(painter, scene, light.boxes, ink, max(3.0, 2.5 / zoom))


def paint_rings(painter: QPainter, scene: Scene, boxes: list[int], ink: Ink, thickness: float) -> None:
    """A ring of that thickness (px at 100 %) in the accent colour around each box."""
    path = QPainterPath()
    for index in boxes:
        view = scene.box(index)
        grow = thickness / 2 + 1
        OUTLINES[view.style](path, view.area.adjusted(-grow, -grow, grow, grow))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.strokePath(path, QPen(ink.accent, thickness))


class Hover:
    """A box with its wires, made once for each box that the cursor comes to."""

    def __init__(self, scene: Scene, box: int) -> None:
        self.box = box
        wires = (*scene.incoming.get(box, ()), *scene.outgoing.get(box, ()))
        self.tiles = [Tile([box], list(wires), scene)]


def paint_hover(painter: QPainter, scene: Scene, hover: Hover, ink: Ink, zoom: float) -> None:
    """The box and its wires in the accent colour, its input slots by number, and a thin ring."""
    paint(painter, hover.tiles, ink, zoom, QPen(ink.accent, max(2.0, 1.5 / zoom)))
    paint_rings(painter, scene, [hover.box], ink, max(1.5, 1.5 / zoom))
    if zoom >= TEXT_FROM:
        _paint_slots(painter, scene, hover.box, ink)


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
