"""The start, held by the mouse and carried along the axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF

from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.numbers import said
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.record import Record

REACH = 11.0
"""Pixels around the marker in which it can be taken."""


@dataclass(slots=True)
class Handle:
    """The start of the first one or two trained numbers."""

    record: Record
    held: tuple[float, ...] | None = None
    """The values while the mouse holds them."""

    @property
    def values(self) -> tuple[float, ...]:
        """Where the start is, or is held; NaN where nobody knows."""
        if self.held is not None:
            return self.held
        if len(self.record.path):
            return tuple(float(value) for value in self.record.path[0])
        return tuple(element.start for element in self.record.elements)

    @property
    def is_free(self) -> bool:
        """Whether it can be carried: the axes are numbers, none of which is drawn at random."""
        return all(math.isfinite(element.start) for element in self.record.elements)

    def hold(self, at: QPointF, frame: Frame) -> None:
        """Carry the start to a pixel position: numbers no finer than the pixels, and inside of the plot."""
        rect = frame.rect
        x = min(max((at.x() - rect.left()) / max(rect.width(), 1.0), 0.0), 1.0)
        y = min(max((rect.bottom() - at.y()) / max(rect.height(), 1.0), 0.0), 1.0)
        places = ((frame.x, x, rect.width()), (frame.y, y, rect.height()))
        self.held = tuple(
            _rounded(span, share, pixels) for span, share, pixels in places[: len(self.record.elements)]
        )

    def release(self) -> dict[int, float]:
        """Let go: the values by column; empty if nothing was held."""
        held, self.held = self.held, None
        return dict(zip(self.record.columns, held, strict=True)) if held is not None else {}

    def words(self) -> str:
        """The held values."""
        pairs = zip(self.record.elements, self.values, strict=True)
        return "start at " + ", ".join(f"{element.name} = {said(value)}" for element, value in pairs)


def _rounded(span: Span, share: float, pixels: float) -> float:
    """The number there, with as many decimals as the pixels can tell apart."""
    value, pixel = span.low + share * span.length, span.length / max(pixels, 1.0)
    if not 1e-300 < pixel < math.inf:
        return value
    return float(f"{value:.{max(0, -math.floor(math.log10(pixel)))}f}")
