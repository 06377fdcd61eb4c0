"""The stretch of a timeline that is played round and round: a band with two handles and a cross."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui_app.ui.theme import Palette

NEAR = 6.0
"""Pixels beside a handle within which it is taken."""
TALL = 13.0
"""Half of a handle's height."""
CROSS = 6.0
"""Radius of the button that clears the stretch."""

LABEL = 44.0
"""Half of the room that the words above the cursor take, in pixels."""

XOf = Callable[[int], float]
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the band lies on, in pixels."""

    x_of: XOf
    line: float
    """The height of the line."""
    width: float
    """From edge to edge."""
    cursor: float
    """Where the cursor stands on the line, with words above it."""


def stretched(anchor: int, step: int, last: int) -> Stretch | None:
    """From one to the other, whichever comes first; None unless that is a step at least."""
    low, high = sorted((min(max(anchor, 0), last), min(max(step, 0), last)))
    return (low, high) if high > low else None


def with_in(stretch: Stretch | None, step: int, last: int) -> Stretch | None:
    """The stretch that begins there, to where it ended, or to the newest step."""
    end = stretch[1] if stretch is not None and stretch[1] > step else last
    return stretched(step, end, last)


def with_out(stretch: Stretch | None, step: int, last: int) -> Stretch | None:
    """The stretch that ends there, from where it began, or from the start."""
    begin = stretch[0] if stretch is not None and stretch[0] < step else 0
    return stretched(begin, step, last)


def part_at(stretch: Stretch | None, at: QPointF, ground: Ground) -> str:
    """``in`` or ``out`` (the handles), ``clear`` (the cross), or nothing."""
    if stretch is None:
        return ""
    if (_cross(stretch, ground) - at).manhattanLength() <= 1.5 * CROSS:
        return "clear"
    if abs(at.y() - ground.line) > TALL:
        return ""
    gaps = {"in": ground.x_of(stretch[0]) - at.x(), "out": at.x() - ground.x_of(stretch[1])}
    beside = {name: gap for name, gap in gaps.items() if -NEAR / 2 <= gap <= NEAR + 3}
    return min(beside, key=lambda name: abs(beside[name]), default="")


def words(stretch: Stretch, part: str) -> str:
    """What would happen there, in a sentence."""
    if part == "clear":
        return "Clear the loop (Esc)"
    return f"Loop from step {stretch[0]:,} to {stretch[1]:,}. Drag to change it."


def paint(painter: QPainter, palette: Palette, stretch: Stretch, ground: Ground, pointed: str) -> None:
    """The band behind the line, a flag at each end, the cross at the upper right."""
    left, right, line = ground.x_of(stretch[0]), ground.x_of(stretch[1]), ground.line
    tint = QColor(palette.good)
    tint.setAlphaF(0.2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawRect(QRectF(left, line - TALL + 3, right - left, 2 * TALL - 6))
    for x, outwards, part in ((left, -1, "in"), (right, 1, "out")):
        _paint_handle(painter, palette, x, outwards, line, strong=pointed == part)
    at = _cross(stretch, ground)
    painter.setPen(QPen(QColor(palette.good), 1.25))
    painter.setBrush(QColor(palette.good if pointed == "clear" else palette.window))
    painter.drawEllipse(at, CROSS, CROSS)
    painter.setPen(QPen(QColor(palette.window if pointed == "clear" else palette.good), 1.5))
    for slope in (-1, 1):
        painter.drawLine(at + QPointF(-2.4, -2.4 * slope), at + QPointF(2.4, 2.4 * slope))


def _paint_handle(
    painter: QPainter, palette: Palette, x: float, outwards: int, line: float, *, strong: bool
) -> None:
    """A flag that stands outside of the stretch, so that the cursor at its end does not hide it."""
    wide = 9.0 if strong else 7.0
    box = QRectF(x if outwards > 0 else x - wide, line - TALL, wide, 2 * TALL)
    painter.setPen(QPen(QColor(palette.window), 1.0))
    painter.setBrush(QColor(palette.good))
    painter.drawRoundedRect(box, 2.5, 2.5)
    painter.setPen(QPen(QColor(palette.window), 1.25))
    middle = box.center()
    painter.drawLine(middle - QPointF(0, 5), middle + QPointF(0, 5))


def _cross(stretch: Stretch, ground: Ground) -> QPointF:
    """Beside the upper end of the right handle, and of the words above the cursor."""
    x, edge = ground.x_of(stretch[1]) + 9.0 + CROSS, ground.width - CROSS - 2
    if abs(x - ground.cursor) < LABEL:
        x = ground.cursor + LABEL
    if x > edge:
        x = edge if abs(edge - ground.cursor) >= LABEL else ground.cursor - LABEL
    return QPointF(x, ground.line - TALL - 2.0)
