"""Steps from which on other settings count: small diamonds at the lower edge of a plot."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import Frame, pen

NEAR = 7.0
"""Pixels within which a diamond is pointed at."""
SIZE = 5.0


class ChangeMarks:
    """A diamond for each step of ``texts``, which say what has changed."""

    def __init__(self) -> None:
        self.texts: Mapping[int, str] = {}

    def paint(self, painter: QPainter, frame: Frame) -> None:
        """A faint upright line each, and its diamond on the axis."""
        for step in self.texts:
            at = self._place(step, frame)
            if frame.rect.left() - 1 <= at.x() <= frame.rect.right() + 1:
                painter.setPen(pen(frame.palette.warning, 1.0, 0.45))
                painter.drawLine(QPointF(at.x(), frame.rect.top()), at)
                marks.diamond(painter, at, SIZE, frame.palette.warning, frame.palette.panel)

    def nearest(self, at: QPointF, frame: Frame) -> int | None:
        """The step whose diamond is pointed at."""
        for step in self.texts:
            gap = self._place(step, frame) - at
            if max(abs(gap.x()), abs(gap.y())) <= NEAR:
                return step
        return None

    @staticmethod
    def _place(step: int, frame: Frame) -> QPointF:
        return QPointF(float(frame.across(step)), frame.rect.bottom() - SIZE - 2)
