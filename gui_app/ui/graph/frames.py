"""The frames around open blocks, where nothing else lies within: a tab on each closes it again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui_app.core.graph import Graph
from gui_app.core.layout import Placement
from gui_app.core.rolling import Block
from gui_app.ui.graph.changes import Identity
from gui_app.ui.graph.fonts import FontKey, elided, font, width
from gui_app.ui.graph.ink import Ink

AROUND, NESTED = 8.0, 5.0
"""From the boxes to a frame, and from a frame to the one around it, px at 100 %."""
TAB, SIGN, MIDDLE = 20.0, 14.0, 44.0
"""Height of the tab, side of the sign on it, and what is kept free on this side of the middle."""
FONT: FontKey = "small"


class Frame(NamedTuple):
    """An open block: where it lies, and the tab with its name, px at 100 %."""

    key: str
    text: str
    area: QRectF
    tab: QRectF


def frames(
    graph: Graph,
    placement: Placement,
    identity: Identity,
    opened: Sequence[Block],
    outgoing: dict[int, list[int]],
) -> list[Frame]:
    """Of each open block whose boxes stand apart from all others; the outer ones first."""
    boxes = placement.boxes
    corners = np.array([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes]).reshape(-1, 4)
    found: list[Frame] = []
    within: defaultdict[str, QRectF] = defaultdict(QRectF)
    """By key, what the frames in a block take."""
    for block in reversed(opened):
        inside = _inside(graph, placement, identity, block.key, outgoing)
        if not inside.any():
            continue
        (left, top), (right, bottom) = corners[inside, :2].min(axis=0), corners[inside, 2:].max(axis=0)
        hull = QRectF(left, top, right - left, bottom - top).adjusted(-AROUND, -AROUND, AROUND, AROUND)
        if not within[block.key].isNull():
            inner = within[block.key]
            hull = hull.united(inner.adjusted(-NESTED, -NESTED, NESTED, NESTED))
        area = hull.adjusted(0, -TAB, 0, 0)
        x, y, end, foot = area.getCoords()
        others = corners[~inside]
        if ((others[:, 0] < end) & (others[:, 2] > x) & (others[:, 1] < foot) & (others[:, 3] > y)).any():
            continue
        within[block.parent] = within[block.parent].united(area)
        # Wires come in in the middle, where their numbers stand.
        room, whole = area.width() / 2 - SIGN - MIDDLE, f"{block.label}  {block.name}"
        text = whole if width(whole, FONT) <= room else elided(block.label, FONT, room)
        found.append(Frame(block.key, text, area, QRectF(x, y, width(text, FONT) + SIGN + 20, TAB)))
    return found[::-1]


def _inside(
    graph: Graph, placement: Placement, identity: Identity, key: str, outgoing: dict[int, list[int]]
) -> NDArray[np.bool_]:
    """Which boxes belong to a block: those of its nodes, and leaves that are drawn for these alone."""
    boxes = placement.boxes
    inside = np.array([key in identity.homes[box.node] for box in boxes])
    for index, box in enumerate(boxes):
        if not inside[index] and graph.nodes[box.node].kind in ("leaf", "accumulate", "saved"):
            targets = [placement.wires[wire].target for wire in outgoing.get(index, ())]
            inside[index] = bool(targets) and all(inside[target] for target in targets)
    return inside


def frame_at(shown: Sequence[Frame], point: QPointF) -> Frame | None:
    """The frame whose tab lies under the point, px at 100 %."""
    return next((frame for frame in reversed(shown) if frame.tab.contains(point)), None)


def paint_frame(painter: QPainter, frame: Frame, ink: Ink, zoom: float, words: bool) -> None:
    """A quiet sheet behind the boxes; with ``words`` a tab with a minus sign and the block's name."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.border, max(1.0, 1.0 / zoom)))
    painter.setBrush(ink.frame)
    painter.drawRoundedRect(frame.area, 8, 8)
    if not words:
        return
    sign = QRectF(frame.tab.x() + 6, frame.tab.center().y() - SIGN / 2 + 1, SIGN, SIGN)
    painter.setPen(QPen(ink.wire, 1.2))
    painter.setBrush(ink.paper)
    painter.drawRoundedRect(sign, 3, 3)
    painter.setPen(QPen(ink.text, 1.6))
    reach = QPointF(SIGN / 4, 0)
    painter.drawLine(sign.center() - reach, sign.center() + reach)
    painter.setPen(ink.colours["muted"])
    painter.setFont(font(FONT))
    room = frame.tab.adjusted(SIGN + 12, 2, 0, 0)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, frame.text)
