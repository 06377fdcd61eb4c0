"""The arrows of step k over two axes: against the gradient, to the next step, and on from the last update."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter

from gui_app.ui.curves import marks
from gui_app.ui.curves.frame import Frame, pen
from gui_app.ui.descent.key import Entry
from gui_app.ui.descent.levels import SHADE
from gui_app.ui.descent.record import Record
from gui_app.ui.theme import CATEGORY_DARK, DARK

GRADIENT = 52.0
"""Pixels of the gradient's arrow: it shows the direction only."""
LEAST = 9.0
"""Pixels of an arrow that is long enough to be seen."""
GRADIENT_INK, UPDATE_INK, LAST_INK = DARK.cursor, CATEGORY_DARK[3], CATEGORY_DARK[0]
"""The field is as dark in both themes."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From step k to a point in pixels."""

    label: str
    tip: QPointF
    ink: str
    dashed: bool = False

    @property
    def entry(self) -> Entry:
        """The arrow in the key."""
        return Entry(self.label, partial(_sample, self))

    def paint(self, painter: QPainter, at: QPointF) -> None:
        """With an outline that sets it off."""
        _paint(painter, at, self.tip, self.ink, self.dashed)


def arrows(record: Record, frame: Frame, at: QPointF) -> list[Arrow]:
    """Those of the step that is shown, which is drawn at ``at``, the longest first."""
    here, gradients, _ = record.at(record.step)
    made = []
    across = -float(gradients[0]) * frame.rect.width() / frame.x.length
    down = float(gradients[1]) * frame.rect.height() / frame.y.length
    length = math.hypot(across, down)
    if 0 < length < math.inf:
        tip = at + QPointF(across, down) * (GRADIENT / length)
        made.append(Arrow("−gradient", tip, GRADIENT_INK))
    if record.has_memory and record.step > 0:
        moved = here + (here - record.at(record.step - 1)[0])
        made += _seen("last update", frame, at, moved, LAST_INK, dashed=True)
    following = record.next_step()
    if following > 0:
        made += _seen("next update", frame, at, record.at(following)[0], UPDATE_INK)
    return made


def _seen(
    label: str, frame: Frame, at: QPointF, place: np.ndarray, ink: str, *, dashed: bool = False
) -> list[Arrow]:
    if not np.isfinite(place).all():
        return []
    tip = frame.point(float(place[0]), float(place[1]))
    return [Arrow(label, tip, ink, dashed)] if math.hypot(tip.x() - at.x(), tip.y() - at.y()) >= LEAST else []


def _sample(arrow: Arrow, painter: QPainter, at: QPointF) -> None:
    _paint(painter, at - QPointF(12, 0), at + QPointF(12, 0), arrow.ink, arrow.dashed)


def _paint(painter: QPainter, start: QPointF, tip: QPointF, ink: str, dashed: bool) -> None:
    if not dashed:
        marks.arrow(painter, start, tip, SHADE, 5.0)
        marks.arrow(painter, start, tip, ink, 2.5)
        return
    painter.setPen(pen(SHADE, 4.5, 0.7))
    painter.drawLine(start, tip)
    painter.setPen(pen(ink, 2.0, 1.0, Qt.PenStyle.DotLine))
    painter.drawLine(start, tip)
    painter.setBrush(QColor(ink))
    marks.dot(painter, tip, 3.5, ink, SHADE, 1.0)
