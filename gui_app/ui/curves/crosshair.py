"""Thin lines through one step and its loss, with both in words. For the screen only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import TICK_PIXELS, Frame, sized


class Crosshair:
    """pyqtgraph's lines and text in the plot of ``chart``."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self.step: int | None = None
        self._upright, self._level = pg.InfiniteLine(angle=90), pg.InfiniteLine(angle=0)
        self._words = pg.TextItem()
        for item in (self._upright, self._level, self._words):
            item.setZValue(1)
            chart.plot.addItem(item, ignoreBounds=True)
        self.hide()

    def hide(self) -> None:
        """Show nothing."""
        self.step = None
        for item in (self._upright, self._level, self._words):
            item.hide()

    def show(self, step: int, loss: float, lines: Sequence[tuple[str, str]], avoided: QRectF) -> None:
        """Show this step. ``lines`` are words, each with its colour; they keep out of ``avoided`` if they can."""
        self.step = step
        palette, frame = self._chart.theme, self._chart.frame()
        step = max(step, 1) if frame.log_x else step
        at, place = frame.point(step, loss), math.log10(step) if frame.log_x else step
        drawn = frame.rect.top() <= at.y() <= frame.rect.bottom()
        if not drawn:
            at.setY(frame.rect.center().y())
        height = (math.log10(loss) if frame.log else loss) if drawn else frame.y.low + frame.y.length / 2
        ink = QColor(palette.muted)
        ink.setAlphaF(0.7)
        for line, where in ((self._upright, place), (self._level, height)):
            line.setPen(ink)
            line.setValue(where)
        self._write(lines, at, frame, avoided)
        self._words.setPos(place, height)
        self._upright.show()
        self._level.setVisible(drawn)
        self._words.show()

    def _write(self, lines: Sequence[tuple[str, str]], at: QPointF, frame: Frame, avoided: QRectF) -> None:
        """Put the words beside ``at``: to its right and above it where there is room and nothing to be avoided."""
        words, back = self._words, QColor(frame.palette.panel)
        back.setAlphaF(0.85)
        words.fill = pg.mkBrush(back)
        words.setFont(sized(frame.font, TICK_PIXELS))
        words.setHtml("<br>".join(_coloured(*line) for line in lines))
        size, rect = words.textItem.boundingRect().size(), frame.rect
        room = QRectF(
            rect.left(), rect.top(), max(rect.width() - size.width(), 1.0), rect.height() - size.height()
        )
        lefts = [at.x(), at.x() - size.width(), rect.left()]
        tops = [at.y() - size.height(), at.y(), avoided.bottom() + 2.0, avoided.top() - size.height() - 2.0]
        places = [QPointF(left, top) for top in tops for left in lefts]
        places = [place for place in places if room.contains(place)] or [QPointF(rect.left(), rect.top())]
        free = (place for place in places if not QRectF(place, size).intersects(avoided))
        left, top = next(free, places[0]).toTuple()
        words.setAnchor(((at.x() - left) / size.width(), (at.y() - top) / size.height()))


def _coloured(text: str, ink: str) -> str:
    """A line of HTML that is not wrapped."""
    return f'<span style="color: {ink}">{escape(text).replace(" ", "&nbsp;")}</span>'
