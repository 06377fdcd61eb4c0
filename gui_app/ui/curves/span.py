"""A stretch of an axis, and the stretch that holds given numbers. Plain arithmetic, no Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HUGE = 1e300
"""Ends beyond this would overflow when they are subtracted."""


class Span(NamedTuple):
    """From ``low`` to ``high``; on a logarithmic axis both are log10 of the values."""

    low: float
    high: float

    @property
    def length(self) -> float:
        """High minus low."""
        return self.high - self.low


def span_of(values: Sequence[float] | NDArray[np.floating], *, log: bool = False, margin: float) -> Span:
    """The stretch that holds all finite ``values`` (all positive ones if ``log``) with a margin.

    ``margin`` is a share of its length, which is never 0: where all values agree it is about their size.
    """
    data = np.asarray(values, float)
    data = data[np.isfinite(data) & (data > 0 if log else True)]
    if not len(data):
        return Span(-1.0, 1.0) if log else Span(0.0, 1.0)
    low, high = float(data.min()), float(data.max())
    if log:
        low, high = math.log10(low), math.log10(high)
    low, high = max(low, -HUGE), min(high, HUGE)
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        half = 0.5 if log else 0.5 * (abs(low) or 1.0)
        low, high = low - half, high + half
    room = margin * (high - low)
    return Span(low - room, high + room)
