"""The numbers of a pass on the picture: on each edge what flows, at a fan-in what has come together so far."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui_app.core.passing import Frame, Pass, Step, Sum
from gui_app.core.passing_words import brief, plain, total
from gui_app.ui.graph.fonts import FontKey, font, width
from gui_app.ui.graph.labels import along
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.shapes import STRIP_HEIGHT
from gui_app.ui.theme import Palette

FONT: FontKey = "value"
HEIGHT, PADDING = 19.0, 7.0
"""Of a tag, px; also on the screen when the picture is small."""
TOUCH = 3.0
"""Tags may overlap by so many px."""
RIM = 6.0
"""How far a sum reaches into its box over the lower rim, px at 100 %."""
LABEL_HEIGHT = 14.0
SHARES = (0.5, 0.38, 0.62, 0.27, 0.73)
"""Shares of the way along an edge where a tag may stand, the best first."""
LONGEST, LONGEST_SUM = 26, 34
"""Letters of a product and of a sum; a longer one is told in the caption alone."""
WORDY_FROM = 0.6
"""Zoom from which a tag tells how its number comes about; below, what waits is told only where there is room."""


class Tag(NamedTuple):
    """A pill with a number."""

    text: str
    where: QRectF
    scale: float
    """Of its text: larger than 1 where the picture is shown small."""
    look: str = "flow"
    """``flow`` moves now, ``sum`` is what came together at the node whose turn it is, ``waiting`` is a part."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of a pass on a scene, as it is seen."""

    walk: Pass
    frame: Frame
    settled: Frame
    """The last frame whose flow has arrived: this one or the one before."""
    scene: Scene
    wires: Mapping[int, Sequence[int]]
    """The wires of each edge."""
    carried: Collection[int]
    """Wires that have carried something."""
    zoom: float
    seen: QRectF
    """What is seen of the picture, px at 100 %."""

    @property
    def scale(self) -> float:
        """Of a tag."""
        return max(1.0, 1.0 / self.zoom)

    @property
    def wordy(self) -> bool:
        """There is room for sums and products."""
        return self.zoom >= WORDY_FROM


def tags(moment: Moment) -> list[Tag]:
    """All tags: the sum at the node whose turn it is, what waits, what flows; apart from each other if possible."""
    placed = list(_sums(moment))
    waiting = list(_waiting(moment))
    placed += waiting if moment.wordy else ()
    for text, wire in _flows(moment):
        points = moment.scene.placement.wires[wire].points
        rooms = [_room(text, QPointF(*along(points, share)), moment.scale) for share in SHARES]
        apart = [r for r in rooms if not _overlaps(r, placed)] or [_beside(rooms[0], placed)]
        where = next((r for r in apart if _is_free(moment.scene, r)), apart[0])
        placed.append(Tag(text, where, moment.scale))
    return placed + [tag for tag in waiting if not moment.wordy and not _overlaps(tag.where, placed)]


def labels(walk: Pass, scene: Scene, wires: Iterable[int]) -> list[tuple[str, QPointF]]:
    """What earlier frames have brought back over these wires, with the middle of each text."""
    known = list(wires) if walk.direction == "backward" else []
    flows = (walk.flow(scene.placement.wires[wire].edge) for wire in known)
    pairs = zip(flows, scene.spots(known), strict=True)
    return [(brief(flow), QPointF(*spot)) for flow, spot in pairs if flow is not None]


def flow_text(step: Step, wordy: bool = True) -> str:
    """``430 × 40 = 17200`` where both are numbers and there is room, else what flows."""
    passed = brief(step.passed)
    if not wordy or step.upstream is None or step.local is None or math.prod(step.local.shape) != 1:
        return passed
    product = f"{brief(step.upstream)} × {brief(step.local)} = {passed}"
    return product if len(product) <= LONGEST else passed


def sum_text(arrived: Sum) -> str:
    """``16000 + 1200 = 17200``, or the sum alone where that is too long."""
    text = plain([total(arrived, shown=brief)])
    return text if len(text) <= LONGEST_SUM else f"… = {brief(arrived.total)}"


def waiting_text(arrived: Sum) -> str:
    """``3440 + …`` while more is to come."""
    many = f"{len(arrived.terms)} of {arrived.expected}"
    known = brief(arrived.total) if arrived.total is not None else many
    return known if arrived.complete else f"{known} + …"


def paint_tag(painter: QPainter, tag: Tag, palette: Palette) -> None:
    """A pill in the colour of gradients; one that waits has a dashed rim instead."""
    accent, paper = QColor(palette.accent), QColor(palette.panel)
    fill, ink, rim = {
        "flow": (accent, QColor(palette.on_accent), QPen(paper, 1.5)),
        "sum": (QColor(palette.text), paper, QPen(paper, 1.5)),
        "waiting": (paper, accent, QPen(accent, 1.2, Qt.PenStyle.DashLine)),
    }[tag.look]
    painter.save()
    painter.translate(tag.where.center())
    painter.scale(tag.scale, tag.scale)
    size = tag.where.size() / tag.scale
    area = QRectF(QPointF(-size.width() / 2, -size.height() / 2), size)
    painter.setPen(rim)
    painter.setBrush(fill)
    painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
    painter.setPen(ink)
    painter.setFont(font(FONT))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, tag.text)
    painter.restore()


def paint_label(painter: QPainter, text: str, centre: QPointF, palette: Palette) -> None:
    """A quiet number on the paper's colour."""
    area = QRectF(0, 0, width(text, "small") + 6, LABEL_HEIGHT)
    area.moveCenter(centre)
    painter.fillRect(area, QColor(palette.panel))
    painter.setPen(QColor(palette.accent))
    painter.setFont(font("small"))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


def _sums(moment: Moment) -> Iterator[Tag]:
    """What came together at the node whose turn it is; in frame 0 the seeds."""
    walk, frame = moment.walk, moment.frame
    if walk.direction == "forward":
        return
    for node in (frame.node,) if frame.node >= 0 else walk.graph.roots:
        arrived = walk.fan_in(node, frame.index)
        if arrived is not None and (len(arrived.terms) > 1 or frame.node < 0):
            text = sum_text(arrived) if moment.wordy else brief(arrived.total)
            yield from (_at(moment, box, text, "sum") for box in moment.scene.boxes_of[node][:1])


def _waiting(moment: Moment) -> Iterator[Tag]:
    """What has arrived so far at nodes whose turn is still to come."""
    own = (moment.frame.node,) if moment.frame.node >= 0 else moment.walk.graph.roots
    for node, arrived in moment.settled.sums.items():
        for box in moment.scene.boxes_of[node] if node not in own else ():
            if any(wire in moment.carried for wire in moment.scene.outgoing.get(box, ())):
                yield _at(moment, box, waiting_text(arrived), "waiting")


def _flows(moment: Moment) -> Iterator[tuple[str, int]]:
    """What flows, and a wire of it; the same over parallel edges is told once."""
    edges = moment.walk.graph.edges

    def kind(step: Step) -> tuple[int, int, str]:
        return edges[step.edge].source, edges[step.edge].target, flow_text(step, moment.wordy)

    for (_, _, text), same in groupby(moment.frame.steps, key=kind):
        parallel = list(same)
        times = {1: "", 2: " twice"}.get(len(parallel), f" {len(parallel)} times")
        for wire in moment.wires[parallel[0].edge]:
            yield text + times, wire


def _at(moment: Moment, box: int, text: str, look: str) -> Tag:
    """On the lower rim of a box, where gradients arrive; on a leaf over its AccumulateGrad."""
    area, chip = moment.scene.area(box), moment.scene.placement.boxes[box].also is not None
    below = -STRIP_HEIGHT / 2 if chip else HEIGHT * moment.scale / 2 - RIM
    centre = QPointF(area.center().x(), area.bottom() + below)
    room, seen = _room(text, centre, moment.scale), moment.seen
    if chip:  # over all that is written there
        room.setWidth(max(room.width(), area.width() - 2 * PADDING))
        room.moveCenter(centre)
    room.moveLeft(min(max(room.left(), seen.left() + 4), max(seen.right() - room.width() - 4, seen.left())))
    return Tag(text, room, moment.scale, look)


def _room(text: str, centre: QPointF, scale: float) -> QRectF:
    room = QRectF(QPointF(0, 0), QSizeF(width(text, FONT) + 2 * PADDING, HEIGHT) * scale)
    room.moveCenter(centre)
    return room


def _overlaps(room: QRectF, placed: Sequence[Tag]) -> bool:
    trimmed = room.adjusted(0, TOUCH, 0, -TOUCH)
    return any(trimmed.intersects(tag.where) for tag in placed)


def _beside(room: QRectF, placed: Sequence[Tag]) -> QRectF:
    """Moved up until it overlaps none."""
    while _overlaps(room, placed):
        room = room.translated(0, TOUCH - room.height())
    return room


def _is_free(scene: Scene, area: QRectF) -> bool:
    x, y, right, bottom = area.getCoords()
    places = ((x, y), (right, y), (x, bottom), (right, bottom), (area.center().x(), area.center().y()))
    return all(scene.index.at(*place) < 0 for place in places)
