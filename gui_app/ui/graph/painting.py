"""Painting tiles at a zoom, in the colours of a theme."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from gui_app.ui.graph import heat, shapes
from gui_app.ui.graph.fonts import font
from gui_app.ui.graph.tiles import Strokes, Texts, Tile
from gui_app.ui.theme import Palette

SMOOTH_FROM, HEADLINES_FROM, TEXT_FROM, LABELS_FROM = 0.25, 0.3, 0.6, 0.7
"""Zoom from which curves are smooth, boxes have a few large words, all their rows, and edges their numbers."""
WIRE_WIDTH = 1.4


class Ink:
    """The pens and brushes of a theme."""

    def __init__(self, palette: Palette) -> None:
        self.paper = QColor(palette.panel)
        self.wire = QColor(palette.muted)
        self.accent = QColor(palette.accent)
        self.text = QColor(palette.text)
        self.raised = QColor(palette.raised)
        self.border = QColor(palette.border)
        self.colours = {
            "muted": QColor(palette.muted),
            "gradient": QColor(palette.accent),
            **{style: QColor(colours.text) for style, colours in palette.nodes.items()},
        }
        self.fills = {style: QBrush(QColor(colours.fill)) for style, colours in palette.nodes.items()}
        self.borders = {
            style: QPen(QColor(colours.border), shapes.WIDTHS.get(style, 1.2), shapes.pen_style(style))
            for style, colours in palette.nodes.items()
        }
        self.hairlines = {style: QPen(_faint(colours.border), 0) for style, colours in palette.nodes.items()}
        self.far_wire = _faint(palette.muted)
        self.heat = heat.scale(palette)


def paint(painter: QPainter, tiles: Sequence[Tile], ink: Ink, zoom: float, wire: QPen | None = None) -> None:
    """Paint the tiles at the painter's transform, whose zoom is given. ``wire`` is another pen for the wires."""
    paint_shapes(painter, tiles, ink, zoom, wire)
    paint_writing(painter, tiles, ink, zoom)


def paint_shapes(
    painter: QPainter, tiles: Sequence[Tile], ink: Ink, zoom: float, wire: QPen | None = None
) -> None:
    """What does not depend on the values: wires below boxes."""
    smooth = zoom >= SMOOTH_FROM
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
    strokes = [tile.fine if smooth else tile.coarse for tile in tiles]
    wire = wire or (QPen(ink.wire, WIRE_WIDTH) if smooth else QPen(ink.far_wire, 0))
    for stroke in strokes:
        _paint_wires(painter, stroke, wire)
    for stroke in strokes:
        _paint_boxes(painter, stroke, ink, ink.borders if smooth else ink.hairlines)


def paint_writing(painter: QPainter, tiles: Sequence[Tile], ink: Ink, zoom: float) -> None:
    """Names and numbers, as much as can be read at that zoom."""
    if zoom >= TEXT_FROM:
        for tile in tiles:
            _paint_rows(painter, tile, ink, zoom >= LABELS_FROM)
    elif zoom >= HEADLINES_FROM:
        for tile in tiles:
            _paint_texts(painter, tile.headlines, ink)


def _faint(colour: str) -> QColor:
    """For lines of one px, which would outshine the small shapes that they go around."""
    faint = QColor(colour)
    faint.setAlphaF(0.6)
    return faint


def _paint_wires(painter: QPainter, stroke: Strokes, pen: QPen) -> None:
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(stroke.wires)
    painter.fillPath(stroke.arrows, pen.color())


def _paint_boxes(painter: QPainter, stroke: Strokes, ink: Ink, pens: dict[str, QPen]) -> None:
    for style, path in stroke.boxes.items():
        painter.setPen(pens[style])
        painter.setBrush(ink.fills[style])
        painter.drawPath(path)
    if not stroke.strips.isEmpty():
        painter.setPen(pens["leaf"])
        painter.setBrush(ink.fills["accumulate"])
        painter.drawPath(stroke.strips)


def _paint_texts(painter: QPainter, written: Texts, ink: Ink) -> None:
    for (key, role), texts in written.items():
        painter.setFont(font(key))
        painter.setPen(ink.colours[role])
        for point, text in texts:
            painter.drawText(point, text)


def _paint_rows(painter: QPainter, tile: Tile, ink: Ink, labels: bool) -> None:
    writing = tile.writing
    for where, cells in writing.heats:
        heat.paint_cells(painter, where, cells, ink.heat)
    _paint_texts(painter, writing.texts, ink)
    if not labels:
        return
    for halo in writing.halos:
        painter.fillRect(halo, ink.paper)
    painter.setFont(font("small"))
    painter.setPen(ink.colours["gradient"])
    for label in writing.labels:
        painter.drawText(QPointF(label.x, label.y), label.text)
