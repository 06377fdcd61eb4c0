"""The start, dragged across a chart."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, Signal

from gui_app.ui.curves.chart import Chart
from gui_app.ui.descent.handle import REACH
from gui_app.ui.descent.mode import Mode


class Grip(QObject):
    """Takes the start where the mouse presses on it, and carries it."""

    moved = Signal()
    """It has been carried, or let go."""
    dragged = Signal(object)
    """dict[int, float]: it was let go at these values, by column."""

    def __init__(self, chart: Chart, mode: Callable[[], Mode | None]) -> None:
        super().__init__(chart)
        self._chart, self._mode = chart, mode
        chart.hovered.connect(self._on_hovered)
        chart.plot.seized.connect(self._on_seized)
        chart.plot.carried.connect(self.carry)
        chart.plot.dropped.connect(self._on_dropped)

    def _reaches(self, at: QPointF) -> bool:
        """Whether the start is there, and may be carried."""
        mode = self._mode()
        if mode is None or not mode.handle.is_free:
            return False
        place = mode.start_at(self._chart.frame())
        return place is not None and math.hypot(place.x() - at.x(), place.y() - at.y()) <= REACH

    def _on_hovered(self, at: QPointF | None) -> None:
        hand = at is not None and self._reaches(at)
        self._chart.plot.setCursor(Qt.CursorShape.OpenHandCursor if hand else Qt.CursorShape.CrossCursor)

    def _on_seized(self, at: QPointF) -> None:
        if self._reaches(at):
            self._chart.plot.take()

    def carry(self, at: QPointF) -> None:
        """Hold the start there, in pixels."""
        if (mode := self._mode()) is not None:
            self._chart.plot.setCursor(Qt.CursorShape.ClosedHandCursor)
            mode.handle.hold(at, self._chart.frame())
            self.moved.emit()

    def _on_dropped(self) -> None:
        self._chart.plot.setCursor(Qt.CursorShape.CrossCursor)
        mode = self._mode()
        values = mode.handle.release() if mode is not None else {}
        self.moved.emit()
        if values:
            self.dragged.emit(values)
