"""The picture of what is seen, kept between two paintings of the widget.

Moving scrolls it and paints only what comes in at the edge. Anything else that takes long is painted in slices of a few
milliseconds beside the old picture, which is shown meanwhile at its new place and size.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from gui_app.ui.graph.painting import Step
from gui_app.ui.graph.sheets import Sheets
from gui_app.ui.graph.view import View

SLICE = 0.005
"""Seconds of painting before the window has its turn again."""
AT_ONCE = 16
"""So few steps are painted without a pause, unless the old picture is shown in another size meanwhile."""


class Plan(NamedTuple):
    """What paints a part of the picture: ``ground`` stays when only the values change, ``top`` lies over it."""

    ground: list[Step]
    top: list[Step]


Planner = Callable[[View, QRectF], Plan]
"""What paints this part (px at 100 %) of the picture at this view."""


class Work(NamedTuple):
    """A step, and the part of the screen to which it is limited."""

    area: QRectF | None
    step: Step


@dataclass(slots=True)
class _Sheet:
    """A picture, finished or not."""

    view: View
    ground: QPixmap
    top: QPixmap | None = None


class Backing:
    """Keeps the picture for a widget; ``plan`` says how it is painted."""

    def __init__(self, plan: Planner) -> None:
        self._plan = plan
        self._shown: _Sheet | None = None
        self._made: _Sheet | None = None
        """What is painted beside it, and what is left to do."""
        self._below: deque[Work] = deque()
        self._above: deque[Work] = deque()
        self._stale_ground = self._stale_top = False
        self._hurried = False
        self._sheets = Sheets()

    def forget(self) -> None:
        """Nothing of the picture is true any more, and it must not be shown meanwhile."""
        old, self._shown = (self._shown, self._made), None
        self._made = None
        for sheet in old:
            self._let_go(sheet)

    def renew(self, ground: bool = True) -> None:
        """Paint it anew: all of it, or only what depends on the values; the old one is shown until then."""
        self._stale_top = True
        self._stale_ground = self._stale_ground or ground or self._made is not None
        unfinished, self._made = self._made, None
        self._let_go(unfinished)

    def finish(self) -> None:
        """The next painting paints all that is left to paint."""
        self._hurried = True

    def paint(self, painter: QPainter, view: View, size: QSize, paper: QColor) -> bool:
        """Show the picture for a widget of that size; True if it is to be called again soon."""
        ratio = painter.device().devicePixelRatioF()
        pixels = QSize(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
        if self._shown is not None and self._shown.ground.size() != pixels:
            self.forget()
        until = time.perf_counter() + SLICE
        if self._made is None and not self._is_true(view):
            self._begin(view, pixels, ratio, paper)
        if self._made is not None:
            self._go_on(until)
        if self._made is None and not self._is_true(view):
            self._begin(view, pixels, ratio, paper)
            self._go_on(until)
        self._hurried = False
        self._show(painter, view, size, paper)
        return self._made is not None

    def _is_true(self, view: View) -> bool:
        """The picture shows this view."""
        stale = self._stale_top or self._stale_ground
        return self._shown is not None and not stale and self._shown.view == view

    def _begin(self, view: View, pixels: QSize, ratio: float, paper: QColor) -> None:
        """Start a new picture from what can be used of the old one."""
        old = self._shown
        shift = None if old is None or self._stale_top or self._stale_ground else _shift(old, view, ratio)
        if old is not None and shift is not None:
            self._begin_moved(old, view, shift, ratio, paper)
            return
        plan = self._plan(view, view.seen(QSizeF(pixels) / ratio))
        kept = old is not None and old.view == view and not self._stale_ground
        if old is not None and kept:
            ground = old.ground
        else:
            ground = self._sheets.take(pixels, ratio)
            ground.fill(paper)
        self._made = _Sheet(view, ground)
        self._below = deque() if kept else deque(Work(None, step) for step in plan.ground)
        self._above = deque(Work(None, step) for step in plan.top)
        self._stale_ground = self._stale_top = False

    def _begin_moved(
        self, old: _Sheet, view: View, shift: tuple[int, int], ratio: float, paper: QColor
    ) -> None:
        """A copy of the picture at its new place; what comes in at the edge is left to do."""
        assert old.top is not None
        whole = old.ground.rect()
        ground, top = (self._copied(pixmap, ratio, shift) for pixmap in (old.ground, old.top))
        self._made = made = _Sheet(view, ground, top)
        self._below, self._above = deque(), deque()
        for pixels in QRegion(whole) - QRegion(whole.translated(*shift)):
            area = QRectF(QPointF(pixels.topLeft()) / ratio, QSizeF(pixels.size()) / ratio)
            plan = self._plan(view, QRectF(view.to_picture(area.topLeft()), area.size() / view.zoom))
            empty = partial(_fill, area=area, paper=paper)
            copy = partial(_copy, area=area, source=made.ground, pixels=QRectF(pixels))
            self._below += [Work(area, step) for step in (empty, *plan.ground)]
            self._above += [Work(area, step) for step in (copy, *plan.top)]

    def _go_on(self, until: float) -> None:
        """Paint until that time; once it is finished, this is the picture."""
        made = self._made
        assert made is not None
        zooming = self._shown is not None and self._shown.view.zoom != made.view.zoom
        few = len(self._below) + len(self._above) <= AT_ONCE and not zooming
        until = math.inf if self._hurried or few else until
        if _paint_some(made.ground, made.view, self._below, until):
            if made.top is None:
                made.top = (
                    self._copied(made.ground, made.ground.devicePixelRatio()) if self._above else made.ground
                )
            if _paint_some(made.top, made.view, self._above, until):
                old, self._shown, self._made = self._shown, made, None
                self._let_go(old)

    def _copied(self, pixmap: QPixmap, ratio: float, shift: tuple[int, int] = (0, 0)) -> QPixmap:
        """The same on another sheet, moved by so many pixels."""
        sheet = self._sheets.take(pixmap.size(), ratio)
        painter = QPainter(sheet)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawPixmap(QPointF(*shift) / ratio, pixmap)
        painter.end()
        return sheet

    def _let_go(self, sheet: _Sheet | None) -> None:
        """What is not shown may be used for the next picture."""
        shown = () if self._shown is None else (self._shown.ground, self._shown.top)
        for pixmap in () if sheet is None else (sheet.ground, sheet.top):
            if pixmap is not None and all(pixmap is not other for other in shown):
                self._sheets.give_back(pixmap)

    def _show(self, painter: QPainter, view: View, size: QSize, paper: QColor) -> None:
        """The finished picture, at the place and size at which this view has it; else the unfinished one."""
        sheet = self._shown or self._made
        assert sheet is not None
        if sheet.view != view:
            painter.fillRect(QRect(0, 0, size.width(), size.height()), paper)
        scale = view.zoom / sheet.view.zoom
        painter.save()
        painter.translate(view.dx - scale * sheet.view.dx, view.dy - scale * sheet.view.dy)
        painter.scale(scale, scale)
        painter.drawPixmap(0, 0, sheet.ground if sheet.top is None else sheet.top)
        painter.restore()


def _shift(sheet: _Sheet, view: View, ratio: float) -> tuple[int, int] | None:
    """How far the picture has moved, in pixels; ``None`` if it is another one, or half of it is gone."""
    exact = (view.dx - sheet.view.dx) * ratio, (view.dy - sheet.view.dy) * ratio
    dx, dy = map(round, exact)
    if sheet.view.zoom != view.zoom or abs(exact[0] - dx) + abs(exact[1] - dy) > 1e-6:
        return None
    size = sheet.ground.size()
    return (dx, dy) if 2 * abs(dx) <= size.width() and 2 * abs(dy) <= size.height() else None


def _paint_some(pixmap: QPixmap, view: View, left: deque[Work], until: float) -> bool:
    """Paint until that time; True if nothing is left."""
    if not left:
        return True
    painter = QPainter(pixmap)
    view.apply(painter)
    limit: QRectF | None = None
    while left and time.perf_counter() < until:
        area, step = left.popleft()
        if area is not limit and area is not None:
            painter.resetTransform()
            painter.setClipRect(area)
            view.apply(painter)
            limit = area
        step(painter)
    painter.end()
    return not left


def _fill(painter: QPainter, area: QRectF, paper: QColor) -> None:
    """Begin with an empty sheet; ``area`` in px on the screen."""
    painter.save()
    painter.resetTransform()
    painter.fillRect(area, paper)
    painter.restore()


def _copy(painter: QPainter, area: QRectF, source: QPixmap, pixels: QRectF) -> None:
    """Begin with what lies below."""
    painter.save()
    painter.resetTransform()
    painter.drawPixmap(area, source, pixels)
    painter.restore()
