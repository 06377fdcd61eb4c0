"""Painting tiles at a zoom, in the colours of a theme: as a list of small steps, so that it can be done in slices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui_app.ui.graph import badges, heat
from gui_app.ui.graph.cards import WIDEST_BOX
from gui_app.ui.graph.fonts import font
from gui_app.ui.graph.frames import Frame, paint_frame
from gui_app.ui.graph.ink import WIRE_WIDTH, Ink, dashed
from gui_app.ui.graph.tiles import Texts, Tile

SMOOTH_FROM, HEADLINES_FROM, TEXT_FROM, LABELS_FROM = 0.25, 0.3, 0.6, 0.7
"""Zoom from which curves are smooth, boxes have a few large words, all their rows, and edges their numbers."""
EVERYWHERE = QRectF(-1e9, -1e9, 2e9, 2e9)
TALLEST = 24.0
"""No letter reaches further from its baseline, px at 100 %."""

Step = Callable[[QPainter], None]
"""Paints one thing of one tile."""


def paint(painter: QPainter, tiles: Sequence[Tile], ink: Ink, zoom: float, flow: bool = False) -> None:
    """Paint the tiles at the painter's transform, whose zoom is given."""
    for step in (*shape_steps(tiles, ink, zoom, flow), *writing_steps(tiles, ink, zoom)):
        step(painter)


def frame_steps(shown: Sequence[Frame], ink: Ink, zoom: float, seen: QRectF) -> list[Step]:
    """The open blocks behind everything else."""
    words = zoom >= TEXT_FROM
    return [
        partial(paint_frame, frame=frame, ink=ink, zoom=zoom, words=words)
        for frame in shown
        if frame.area.intersects(seen)
    ]


def shape_steps(tiles: Sequence[Tile], ink: Ink, zoom: float, flow: bool = False) -> list[Step]:
    """What does not depend on the values: all wires below all boxes. ``flow`` colours the wires by gradient."""
    wires = paint_flow if flow else paint_wires
    return [partial(wires, tile=tile, ink=ink, zoom=zoom) for tile in tiles] + box_steps(tiles, ink, zoom)


def box_steps(tiles: Sequence[Tile], ink: Ink, zoom: float) -> list[Step]:
    """The boxes alone, empty."""
    return [partial(paint_boxes, tile=tile, ink=ink, zoom=zoom) for tile in tiles]


def writing_steps(tiles: Sequence[Tile], ink: Ink, zoom: float) -> list[Step]:
    """Names and numbers, as much as can be read at that zoom."""
    if zoom < HEADLINES_FROM:
        return []
    return [partial(paint_writing, tile=tile, ink=ink, zoom=zoom) for tile in tiles]


def paint_wires(painter: QPainter, tile: Tile, ink: Ink, zoom: float, pen: QPen | None = None) -> None:
    """All wires with their heads; ``pen`` is another one than usual."""
    smooth = zoom >= SMOOTH_FROM
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    stroke = tile.fine if smooth else tile.coarse
    pen = pen or (QPen(ink.wire, WIRE_WIDTH) if smooth else QPen(ink.far_wire, 0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not stroke.untracked.isEmpty():
        painter.setPen(dashed(pen.color(), pen.widthF()))
        painter.drawPath(stroke.untracked)
    painter.setPen(pen)
    painter.drawPath(stroke.wires)
    painter.fillPath(stroke.arrows, pen.color())


def paint_flow(painter: QPainter, tile: Tile, ink: Ink, zoom: float) -> None:
    """All wires by the gradient that flows back over them: its size by colour and by width."""
    smooth = zoom >= SMOOTH_FROM
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for level, (curves, arrows, lines) in tile.flow.items():
        pen = ink.flow[level] if level >= 0 else dashed(ink.far_wire, 1.0)
        painter.setPen(pen if smooth else QPen(pen.color(), 0))
        painter.drawPath(curves if smooth else lines)
        if smooth:
            painter.fillPath(arrows, pen.color())


def paint_boxes(painter: QPainter, tile: Tile, ink: Ink, zoom: float) -> None:
    """Outlines, filled."""
    smooth = zoom >= SMOOTH_FROM
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    stroke, pens = (tile.fine, ink.borders) if smooth else (tile.coarse, ink.hairlines)
    for style, path in stroke.boxes.items():
        painter.setPen(pens[style])
        painter.setBrush(ink.fills[style])
        painter.drawPath(path)
    if not stroke.strips.isEmpty():
        painter.setPen(pens["leaf"])
        painter.setBrush(ink.fills["accumulate"])
        painter.drawPath(stroke.strips)


def paint_writing(painter: QPainter, tile: Tile, ink: Ink, zoom: float) -> None:
    """What is written in the boxes, on their rims and, from close by, on the wires."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if zoom >= TEXT_FROM:
        _paint_rows(painter, tile, ink, zoom >= LABELS_FROM)
        for where in tile.openers:
            _paint_opener(painter, where, ink)
    else:
        _paint_texts(painter, tile.headlines, ink)
    painter.setPen(ink.alarm)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for outline in tile.alarms:
        painter.drawPath(outline)
    for where, badge in tile.badges:
        paint_badge(painter, where, badge, ink)


def paint_badge(painter: QPainter, where: QRectF, badge: badges.Badge, ink: Ink) -> None:
    """A pill with a few letters."""
    fill, text = ink.badges[badge.role]
    painter.setPen(QPen(ink.paper, 1.5))
    painter.setBrush(fill)
    painter.drawRoundedRect(where, where.height() / 2, where.height() / 2)
    painter.setPen(text)
    painter.setFont(font(badges.FONT))
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, badge.text)


def _paint_opener(painter: QPainter, where: QRectF, ink: Ink) -> None:
    painter.setPen(QPen(ink.wire, 1.2))
    painter.setBrush(ink.paper)
    painter.drawRoundedRect(where, 3, 3)
    middle, reach = where.center(), where.width() / 4
    painter.setPen(QPen(ink.text, 1.6))
    painter.drawLine(middle - QPointF(reach, 0), middle + QPointF(reach, 0))
    painter.drawLine(middle - QPointF(0, reach), middle + QPointF(0, reach))


def _paint_texts(painter: QPainter, written: Texts, ink: Ink) -> None:
    seen = _seen(painter)
    for (key, role), texts in written.items():
        painter.setFont(font(key))
        painter.setPen(ink.colours[role])
        for point, text in texts:
            if seen.contains(point):
                painter.drawText(point, text)


def _seen(painter: QPainter) -> QRectF:
    """Where a text must begin to be seen: setting what is clipped away takes as long as what is not."""
    if not painter.hasClipping():
        return EVERYWHERE
    return painter.clipBoundingRect().adjusted(-WIDEST_BOX, -TALLEST, TALLEST, TALLEST)


def _paint_rows(painter: QPainter, tile: Tile, ink: Ink, labels: bool) -> None:
    texts, heats = tile.writing
    for where, cells in heats:
        heat.paint_cells(painter, where, cells, ink.heat)
    _paint_texts(painter, texts, ink)
    if labels:
        for halo in tile.labels.halos:
            painter.fillRect(halo, ink.paper)
        _paint_texts(painter, {("small", "gradient"): tile.labels.texts}, ink)
