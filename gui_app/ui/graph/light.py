"""What is lit while the rest is dimmed: where a node comes from and goes, paths between two, what a search found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.lineage import between, reach
from gui_app.ui.graph.painting import SMOOTH_FROM, Step, box_steps, paint_wires, writing_steps
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.shapes import OUTLINES
from gui_app.ui.graph.tiles import Tile

VEIL = 165
"""Opacity (of 255) of what dims everything that is not lit."""
FOUND_RING = 3.0
"""Width of the ring around what a search has found, px on the screen."""


class Light(NamedTuple):
    """Lit boxes as tiles, lit wires by the name of their pen (``before``, ``after``, ``accent``)."""

    tiles: list[Tile]
    wires: dict[str, list[Tile]]
    everything: bool
    """All is lit: there is nothing to dim."""
    words: str = ""
    """What is lit, in a sentence."""
    rings: Collection[int] = ()
    """Boxes with a ring: what a search has found."""

    def forget_values(self) -> None:
        """The numbers have changed."""
        for tile in chain(self.tiles, *self.wires.values()):
            tile.forget_values()


def lineage(scene: Scene, boxes: Sequence[int]) -> Light:
    """What the boxes were made from and what comes of them, told apart."""
    before, after = reach(scene, boxes, forward=False), reach(scene, boxes, forward=True)
    lit = before.boxes | after.boxes
    counts = (_nodes(scene, reached.boxes.difference(boxes)) for reached in (before, after))
    return Light(
        scene.parts(lit, ()),
        {"before": scene.parts((), before.wires), "after": scene.parts((), after.wires)},
        len(lit) == len(scene.placement.boxes),
        _told(*counts),
    )


def paths(scene: Scene, first: int, second: int) -> Light:
    """All paths between two nodes; the two alone where there is none."""
    ends = [scene.boxes_of[first], scene.boxes_of[second]]
    found = between(scene, *ends)
    lit = found.boxes | {box for boxes in ends for box in boxes}
    names = " and ".join(
        scene.graph.nodes[node].label or scene.graph.nodes[node].name for node in (first, second)
    )
    many = "One path" if found.paths == 1 else f"{found.paths:,} paths" if found.paths else "No path"
    wires = {"accent": scene.parts((), found.wires)}
    return Light(scene.parts(lit, ()), wires, False, f"{many} between {names}")


def matches(scene: Scene, nodes: Collection[int]) -> Light:
    """The boxes of these nodes."""
    boxes = [box for node in nodes for box in scene.boxes_of[node]]
    return Light(scene.parts(set(boxes), ()), {}, False, rings=boxes)


def light_steps(light: Light, scene: Scene, ink: Ink, zoom: float, seen: QRectF) -> list[Step]:
    """Dim everything, and paint what is lit over it."""
    pens = {"before": ink.before, "after": ink.after, "accent": QPen(ink.accent, 2.2)}
    tiles = [tile for tile in light.tiles if tile.bounds.intersects(seen)]
    steps: list[Step] = [] if light.everything else [partial(_dim, seen=seen, ink=ink)]
    labelled: list[Tile] = []
    for name, parts in light.wires.items():
        pen = _at_least(pens[name], 1.0 / zoom if zoom >= SMOOTH_FROM else 0.0)
        visible = [tile for tile in parts if tile.bounds.intersects(seen)]
        labelled += visible
        steps += [partial(paint_wires, tile=tile, ink=ink, zoom=zoom, pen=pen) for tile in visible]
    steps += [
        *writing_steps(labelled, ink, zoom),
        *box_steps(tiles, ink, zoom),
        *writing_steps(tiles, ink, zoom),
    ]
    if light.rings:
        pen = QPen(ink.found, max(FOUND_RING, FOUND_RING / zoom))
        steps.append(partial(paint_rings, scene=scene, boxes=light.rings, pen=pen))
    return steps


def paint_rings(painter: QPainter, scene: Scene, boxes: Collection[int], pen: QPen) -> None:
    """A ring with that pen (px at 100 %) around each box."""
    path = QPainterPath()
    grow = pen.widthF() / 2 + 1
    for index in boxes:
        view = scene.box(index)
        OUTLINES[view.style](path, view.area.adjusted(-grow, -grow, grow, grow))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.strokePath(path, pen)


def _dim(painter: QPainter, seen: QRectF, ink: Ink) -> None:
    veil = QColor(ink.paper)
    veil.setAlpha(VEIL)
    painter.fillRect(seen, veil)


def _at_least(pen: QPen, width: float) -> QPen:
    wide = QPen(pen)
    wide.setWidthF(max(pen.widthF(), width) if width else 0.0)
    return wide


def _nodes(scene: Scene, boxes: Collection[int]) -> int:
    """Different nodes behind the boxes; a leaf and its AccumulateGrad count as one."""
    return len({scene.placement.boxes[box].node for box in boxes})


def _told(before: int, after: int) -> str:
    """``Made from 7 nodes (solid lines), goes into 3 (dashed lines)``."""
    made = f"Made from {before:,} node{'' if before == 1 else 's'} (solid lines)" if before else ""
    goes = f"goes into {after:,} node{'' if after == 1 else 's'} (dashed lines)" if after else ""
    told = ", ".join(filter(None, (made, goes))) or "Joined to no other node"
    return told[0].upper() + told[1:]
