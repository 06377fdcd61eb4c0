"""Which stretch of an axis to show: what is known at first, wider as the run leaves it, never clamped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui_app.ui.curves.span import HUGE, Span
from gui_app.ui.descent.elements import Element

FIRST_MARGIN = 0.35
"""Room around start and reference, as a share of their distance."""
MARGIN = 0.2
"""Room beyond the run where it has left the view: wide enough that a run rarely leaves it again."""


def first_extent(element: Element, start: float) -> Span:
    """The stretch before the run has moved."""
    if element.view is not None:
        return Span(*element.view)
    known = np.array([element.start, start, element.reference])
    known = known[np.isfinite(known) & (np.abs(known) < HUGE)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    length = high - low
    room = FIRST_MARGIN * length if length > 1e-9 * max(1.0, abs(high)) else max(1.0, 0.5 * abs(high))
    return Span(low - room, high + room)


def widened(span: Span, values: NDArray[np.floating], inner: float = 0.0) -> Span:
    """``span``, wide enough for all finite ``values``; the same object if it already is.

    It also grows where values come nearer to an end than the share ``inner`` of its length.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return span
    low, high = max(float(finite.min()), -HUGE), min(float(finite.max()), HUGE)
    edge = inner * span.length
    left, right = low < span.low + edge, high > span.high - edge
    if not (left or right):
        return span
    room = MARGIN * (max(high, span.high) - min(low, span.low))
    return Span(low - room if left else span.low, high + room if right else span.high)


def inner_margin(element: Element) -> float:
    """A stretch that was asked for is kept to its ends; one that was found keeps the run off its edges."""
    return 0.0 if element.view is not None else 0.03
