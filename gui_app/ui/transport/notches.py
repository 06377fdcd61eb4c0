"""Steps of a timeline that are worth a mark: where something went wrong, and where other settings begin."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from gui_app.ui.curves import marks
from gui_app.ui.theme import Palette
from gui_app.ui.transport.loop_band import XOf

NEAR = 6
"""Pixels within which a mark counts as pointed at."""
DIAMOND = 6.0


class Notches:
    """The marks and what they say, by step."""

    def __init__(self) -> None:
        self.faults: Mapping[int, str] = {}
        self.changes: Mapping[int, str] = {}

    def nearest(self, x: float, x_of: XOf) -> int | None:
        """The step of the mark that is pointed at."""
        near = (step for step in (*self.faults, *self.changes) if abs(x_of(step) - x) <= NEAR)
        return min(near, key=lambda step: abs(x_of(step) - x), default=None)

    def words(self, step: int) -> list[str]:
        """What is to be told of that step."""
        return [texts[step] for texts in (self.faults, self.changes) if step in texts]

    def paint(self, painter: QPainter, palette: Palette, x_of: XOf, line: float) -> None:
        """Upright bars, longer than the cursor is high, so that it never hides one; and diamonds."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.error))
        for step in self.faults:
            painter.drawRoundedRect(QRectF(x_of(step) - 1.5, line - 10, 3, 20), 1.5, 1.5)
        for step in self.changes:
            marks.diamond(painter, QPointF(x_of(step), line), DIAMOND, palette.warning, palette.window)
