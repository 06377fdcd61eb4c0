"""Thin lines through one step and its loss, with both in words. For the screen only."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtGui import QColor

from gui_app.ui.curves.chart import Chart
from gui_app.ui.curves.frame import TICK_PIXELS, sized
from gui_app.ui.curves.numbers import said


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

    def show(self, step: int, loss: float) -> None:
        """Show this step."""
        self.step = step
        palette, frame = self._chart.theme, self._chart.frame()
        at = frame.point(step, loss)
        drawn = frame.rect.top() <= at.y() <= frame.rect.bottom()
        height = (math.log10(loss) if frame.log else loss) if drawn else frame.y.low + frame.y.length / 2
        ink, back = QColor(palette.muted), QColor(palette.panel)
        ink.setAlphaF(0.7)
        back.setAlphaF(0.85)
        for line, where in ((self._upright, step), (self._level, height)):
            line.setPen(ink)
            line.setValue(where)
        words = self._words
        words.fill = pg.mkBrush(back)
        words.setFont(sized(frame.font, TICK_PIXELS))
        words.setText(f"step {step:,}   loss {said(loss)}", palette.text)
        room = words.textItem.boundingRect()
        left, below = at.x() + room.width() > frame.rect.right(), at.y() - room.height() < frame.rect.top()
        words.setAnchor((float(left), float(not below)))
        words.setPos(step, height)
        self._upright.show()
        self._level.setVisible(drawn)
        words.show()
