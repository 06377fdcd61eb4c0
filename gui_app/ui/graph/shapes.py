"""The outline of each kind of node: the shape tells the kinds apart, not the colour alone.

A style is a key of ``ink.node_styles``. Outlines are added to a path that many boxes share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from gui_app.core.graph import Graph, Node

Outline = Callable[[QPainterPath, QRectF], None]
STRIP_HEIGHT = 22.0
"""Of the AccumulateGrad below its leaf, px at 100 %."""
PILL, ROUND, FOLD, CHAMFER, STOP = 16.0, 6.0, 9.0, 9.0, 15.0
STACK = 4.0
"""How far each card of a block looks out behind the one before it."""
CARDS = 2
"""Behind the front one."""
OPENER = 16.0
"""Side of the field with a plus on a block."""


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


def _cut(corner: float) -> Outline:
    """Corners cut off: slightly for a constant, as a stop sign's where the program failed."""

    def outline(path: QPainterPath, box: QRectF) -> None:
        x, y, right, bottom = box.getCoords()
        c = min(corner, box.height() / 2)
        corners = (
            *((x + c, y), (right - c, y), (right, y + c), (right, bottom - c)),
            *((right - c, bottom), (x + c, bottom), (x, bottom - c), (x, y + c)),
        )
        _polygon(path, corners)

    return outline


def _stack(path: QPainterPath, box: QRectF) -> None:
    """A card, and of those behind it the edges that look out above and to the right."""
    for number in range(CARDS, 0, -1):
        near, far = STACK * (CARDS - number + 1), STACK * (CARDS - number)
        left, right = box.left() + STACK * number, box.right() - far
        top, bottom = box.top() + far, box.bottom() - STACK * number
        inner = box.right() - near
        path.moveTo(left, box.top() + near)
        path.lineTo(left, top + ROUND / 2)
        path.quadTo(left, top, left + ROUND / 2, top)
        path.lineTo(right - ROUND, top)
        path.quadTo(right, top, right, top + ROUND)
        path.lineTo(right, bottom - ROUND / 2)
        path.quadTo(right, bottom, right - ROUND / 2, bottom)
        path.lineTo(inner, bottom)
        path.lineTo(inner, box.top() + near)
        path.closeSubpath()
    path.addRoundedRect(front(box), ROUND, ROUND)


def front(box: QRectF) -> QRectF:
    """The foremost card of a block."""
    return box.adjusted(0, CARDS * STACK, -CARDS * STACK, 0)


def opener(box: QRectF) -> QRectF:
    """Where a block says that it can be opened."""
    card = front(box)
    return QRectF(card.right() - OPENER - 8, card.center().y() - OPENER / 2, OPENER, OPENER)


def writable(style: str, box: QRectF) -> QRectF:
    """The part of a box that texts may fill."""
    return front(box).adjusted(0, 0, -OPENER, 0) if style in STACKS else box


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
    "constant": _cut(CHAMFER),
    "failed": _cut(STOP),
    "block": _stack,
    "root block": _stack,
    "derivative": _rounded(ROUND),
}
STACKS = frozenset({"block", "root block"})
DASHED = frozenset({"ghost"})
WIDTHS = {"root": 2.0, "root block": 2.0, "leaf": 1.6, "failed": 2.2}
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


EXPLAINED: Mapping[str, tuple[str, ...]] = {"root block": ("root", "block")}
"""Styles that are explained as two."""


def styles(graph: Graph) -> list[str]:
    """The style of each node, by id: its kind, ``root`` or ``root block`` if traced, ``constant`` for a leaf without
    gradient, ``derivative`` for what a differentiation has recorded."""
    trained = {edge.source for edge in graph.edges if graph.nodes[edge.target].kind == "accumulate"}
    roots = set(graph.roots)

    def style(node: Node) -> str:
        if node.id in roots and node.kind == "grad_fn":
            return "root"
        if node.id in roots and node.kind == "block":
            return "root block"
        if node.kind == "grad_fn" and node.derivation:
            return "derivative"
        return "constant" if node.kind == "leaf" and node.id not in trained else node.kind

    return [style(node) for node in graph.nodes]
