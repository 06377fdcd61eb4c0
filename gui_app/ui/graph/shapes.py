"""The outline of each kind of node: the shape tells the kinds apart, not the colour alone.

A style is a key of ``Palette.nodes``. Outlines are added to a path that many boxes share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from gui_app.core.graph import Graph, Node

Outline = Callable[[QPainterPath, QRectF], None]
STRIP_HEIGHT = 22.0
"""Of the AccumulateGrad below its leaf, px at 100 %."""
PILL, ROUND, FOLD, CHAMFER = 16.0, 6.0, 9.0, 9.0


def _rounded(radius: float) -> Outline:
    def outline(path: QPainterPath, box: QRectF) -> None:
        bounded = min(radius, box.height() / 2)
        path.addRoundedRect(box, bounded, bounded)

    return outline


def _note(path: QPainterPath, box: QRectF) -> None:
    """A sheet with its upper right corner folded."""
    x, y, right, bottom = box.getCoords()
    corners = ((x, y), (right - FOLD, y), (right, y + FOLD), (right, bottom), (x, bottom))
    _polygon(path, corners)
    path.moveTo(right - FOLD, y)
    path.lineTo(right - FOLD, y + FOLD)
    path.lineTo(right, y + FOLD)


def _chamfered(path: QPainterPath, box: QRectF) -> None:
    x, y, right, bottom = box.getCoords()
    c = min(CHAMFER, box.height() / 2)
    corners = (
        *((x + c, y), (right - c, y), (right, y + c), (right, bottom - c)),
        *((right - c, bottom), (x + c, bottom), (x, bottom - c), (x, y + c)),
    )
    _polygon(path, corners)


def _polygon(path: QPainterPath, corners: tuple[tuple[float, float], ...]) -> None:
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    path.closeSubpath()


OUTLINES: Mapping[str, Outline] = {
    "leaf": _rounded(PILL),
    "accumulate": _rounded(ROUND),
    "grad_fn": _rounded(ROUND),
    "root": _rounded(ROUND),
    "saved": _note,
    "ghost": _rounded(ROUND),
    "constant": _chamfered,
}
DASHED = frozenset({"ghost"})
WIDTHS = {"root": 2.0, "leaf": 1.6}
"""Of the outline where it is not 1.2 px."""


def pen_style(style: str) -> Qt.PenStyle:
    """Dashes for what is not part of the graph."""
    return Qt.PenStyle.DashLine if style in DASHED else Qt.PenStyle.SolidLine


def strip(path: QPainterPath, box: QRectF) -> None:
    """The lower end of a leaf's pill, where its AccumulateGrad is drawn."""
    x, y, right, bottom = box.getCoords()
    top, r = max(y, bottom - STRIP_HEIGHT), min(PILL, box.height() / 2)
    path.moveTo(x, top)
    path.lineTo(right, top)
    path.lineTo(right, bottom - r)
    path.arcTo(right - 2 * r, bottom - 2 * r, 2 * r, 2 * r, 0, -90)
    path.lineTo(x + r, bottom)
    path.arcTo(x, bottom - 2 * r, 2 * r, 2 * r, -90, -90)
    path.closeSubpath()


def styles(graph: Graph) -> list[str]:
    """The style of each node, by id: its kind, ``root`` if traced, ``constant`` for a leaf without gradient."""
    trained = {edge.source for edge in graph.edges if graph.nodes[edge.target].kind == "accumulate"}
    roots = set(graph.roots)

    def style(node: Node) -> str:
        if node.id in roots and node.kind == "grad_fn":
            return "root"
        return "constant" if node.kind == "leaf" and node.id not in trained else node.kind

    return [style(node) for node in graph.nodes]
