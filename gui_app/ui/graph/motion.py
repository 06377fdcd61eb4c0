"""A short move from one picture to another: what both have glides to its new place, what is new fades in."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSizeF, QVariantAnimation
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from gui_app.ui.graph.badges import Badge
from gui_app.ui.graph.changes import BlockKey
from gui_app.ui.graph.ink import Ink
from gui_app.ui.graph.painting import paint
from gui_app.ui.graph.scene import Scene
from gui_app.ui.graph.tiles import BoxView, Tile, WireView
from gui_app.ui.graph.view import View

MILLISECONDS = 200
MOST_BOXES = 2_000
"""Larger graphs do not move: they would stutter."""

Offset = NDArray[np.float64]
"""(2,): from a place in the new picture to where it was in the old one, px at 100 %."""


class Motion:
    """Runs for ``MILLISECONDS`` after ``start`` and asks ``canvas`` to be painted meanwhile."""

    def __init__(self, canvas: QWidget) -> None:
        self._clock = QVariantAnimation(canvas)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setDuration(MILLISECONDS)
        self._clock.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._clock.valueChanged.connect(lambda _value: canvas.update())
        self._clock.finished.connect(canvas.update)
        self._way: _Way | None = None

    @property
    def running(self) -> bool:
        """The picture is on its way."""
        return self._way is not None and self._clock.state() == QVariantAnimation.State.Running

    def start(self, old: Scene | None, old_view: View, new: Scene | None, view: View, visible: bool) -> None:
        """Move from one scene to another, if they have something in common and anybody sees it."""
        self.stop()
        if old is None or new is None or not visible or max(map(_size, (old, new))) > MOST_BOXES:
            return
        offsets = _offsets(old, new)
        if any(offset.any() for offset in offsets.values()) or 0 < len(offsets) < _size(new):
            self._way = _Way(new, offsets, old_view, view)
            self._clock.start()

    def stop(self) -> None:
        """Be there."""
        self._clock.stop()
        self._way = None

    def paint(self, painter: QPainter, ink: Ink, screen: QSizeF) -> None:
        """The picture at this moment."""
        assert self._way is not None
        painter.save()
        self._way.paint(painter, ink, screen, float(self._clock.currentValue()))
        painter.restore()


class _Way:
    """The boxes and wires of the new scene between where they were and where they will be."""

    def __init__(self, scene: Scene, offsets: dict[int, Offset], start: View, end: View) -> None:
        self._scene, self._offsets, self._start, self._end = scene, offsets, start, end
        self._left = 1.0
        """Share of the way that is still to go."""

    def paint(self, painter: QPainter, ink: Ink, screen: QSizeF, share: float) -> None:
        self._left = 1.0 - share
        view = self._start.between(self._end, share)
        view.apply(painter)
        seen = view.seen(screen)
        boxes = [box for box in range(len(self._scene.placement.boxes)) if self.area(box).intersects(seen)]
        wires = {wire for box in boxes for wire in (*self._scene.incoming[box], *self._scene.outgoing[box])}
        for known, opacity in ((False, share), (True, 1.0)):
            tile = Tile(
                [box for box in boxes if (box in self._offsets) is known],
                [wire for wire in wires if self._is_known(wire) is known],
                self,
            )
            painter.setOpacity(opacity)
            paint(painter, [tile], ink, view.zoom)

    def area(self, index: int) -> QRectF:
        """Where the box is now."""
        offset = self._left * self._offsets.get(index, self._zero)
        return self._scene.area(index).translated(QPointF(*offset))

    def box(self, index: int) -> BoxView:
        return self._scene.box(index)._replace(area=self.area(index))

    def wire(self, index: int) -> WireView:
        """The wire, bent so that its ends stay at their boxes."""
        view, placed = self._scene.wire(index), self._scene.placement.wires[index]
        source, target = (self._offsets.get(box, self._zero) for box in (placed.source, placed.target))
        along = np.linspace(0.0, 1.0, len(view.points))[:, None]
        return view._replace(points=view.points + self._left * ((1 - along) * source + along * target))

    def spots(self, _wires: list[int]) -> list[tuple[float, float]]:
        """What moves has no numbers on its wires."""
        return []

    def level(self, wire: int) -> int:
        return self._scene.level(wire)

    def badges(self, index: int) -> tuple[Badge, ...]:
        return self._scene.badges(index)

    @cached_property
    def _zero(self) -> Offset:
        return np.zeros(2)

    def _is_known(self, wire: int) -> bool:
        placed = self._scene.placement.wires[wire]
        return placed.source in self._offsets and placed.target in self._offsets


def _size(scene: Scene) -> int:
    return len(scene.placement.boxes)


def _offsets(old: Scene, new: Scene) -> dict[int, Offset]:
    """Of each box of the new scene that the old one had too: itself, the block it was in, or what is in it now."""
    places: dict[Hashable, Offset] = {}
    inside: dict[str, list[Offset]] = {}
    for index in range(_size(old)):
        middle = _middle(old, index)
        places.setdefault(_key(old, index), middle)
        for home in old.identity.homes[old.placement.boxes[index].node]:
            inside.setdefault(home, []).append(middle)
    places.update({BlockKey(home): np.mean(middles, axis=0) for home, middles in inside.items()})
    found = {}
    for index in range(_size(new)):
        homes = new.identity.homes[new.placement.boxes[index].node]
        candidates = (_key(new, index), *(BlockKey(home) for home in homes))
        start = next((places[key] for key in candidates if key in places), None)
        if start is not None:
            found[index] = start - _middle(new, index)
    return found


def _key(scene: Scene, box: int) -> Hashable:
    """What the box is in every picture: its node, and the consumer beside which a leaf is drawn."""
    node = scene.placement.boxes[box].node
    own = scene.identity.keys[node]
    if len(scene.boxes_of[node]) == 1:
        return own
    consumers = [scene.placement.wires[wire].target for wire in scene.outgoing.get(box, ())]
    return own, tuple(scene.identity.keys[scene.placement.boxes[other].node] for other in consumers)


def _middle(scene: Scene, box: int) -> Offset:
    centre = scene.area(box).center()
    return np.array([centre.x(), centre.y()])
