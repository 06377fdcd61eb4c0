"""Levels and colours of a contour plot."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.core.landscape import Landscape
from gui_app.ui.curves.numbers import nice_step
from gui_app.ui.curves.span import HUGE

# fmt: off
VIRIDIS = (
    "#440154", "#481467", "#482576", "#463480", "#414487", "#3b528b", "#355f8d",
    "#2f6c8e", "#2a788e", "#25848e", "#21918c", "#1e9c89", "#22a884", "#2fb47c",
    "#44bf70", "#5ec962", "#7ad151", "#9bd93c", "#bddf26", "#dfe318", "#fde725",
)
# fmt: on
"""The perceptually even map of van der Walt and Smith, from low to high."""
INK = "#ffffff"
"""What is drawn over the field, …"""
SHADE = "#0d1117"
"""… and its outline."""
LOOKED = 48
"""About so many points along each axis are looked at for hollows."""
WANTED = 18
"""About so many bands."""
SKEWED = 0.2
"""Where the median lies lower than this share of the range, even levels would leave the valley blank."""
_DIGITS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))


def levels(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rising levels for the finite ``values`` of a grid; empty where there is nothing to tell apart.

    Even steps of a round size; for a skewed objective (a narrow valley between high walls) round numbers
    that grow by about the same factor, counted from the lowest value seen unless that is near 0.
    """
    scale = Scale.of(values)
    if scale is None:
        return np.empty(0)
    if scale.rise is None:
        return _even(scale.low, scale.high)
    return scale.base + _growing(scale.rise, scale.high - scale.base)


@dataclass(frozen=True, slots=True)
class Scale:
    """How values become heights from 0 to 1: evenly, or by their logarithm where they are skewed."""

    low: float
    high: float
    base: float = 0.0
    """From where a skewed objective is counted."""
    rise: float | None = None
    """Over which it grows evenly at first; None: all of it does."""

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Scale | None:
        """The scale of the finite ``values`` of a grid; None where there is nothing to tell apart."""
        data = values[np.abs(values) < HUGE]
        if not len(data):
            return None
        low, high = float(data.min()), float(data.max())
        if not high - low > 1e-12 * max(abs(low), abs(high), 1e-300):
            return None
        middle = float(np.median(data))
        if middle - low >= SKEWED * (high - low):
            return cls(low, high)
        base = 0.0 if 0 <= low <= 0.05 * (middle - low) else low
        rises = data[data > base] - base
        return cls(low, high, base, float(np.quantile(rises, 0.002)))

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """From 0 at ``low`` to 1 at ``high``; NaN stays NaN."""
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = self._bent(np.array([self.low, self.high]))
            made: NDArray[np.float64] = (self._bent(values) - low) / (high - low)
        return made

    def _bent(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.rise is None:
            return values / max(abs(self.low), abs(self.high))
        rise = max(self.rise, 1e-12 * (self.high - self.base), 1e-300)
        return np.log1p(np.maximum(values - self.base, 0.0) / rise)

    def ticks(self, most: int) -> NDArray[np.float64]:
        """About ``most`` round values between ``low`` and ``high``."""
        if self.rise is None:
            step = nice_step(self.high - self.low, most)
            return step * np.arange(math.ceil(self.low / step), math.floor(self.high / step) + 1)
        first = math.ceil(math.log10(max(self.rise, 1e-12 * (self.high - self.base), 1e-300)))
        last = math.floor(math.log10(self.high - self.base))
        every = max(1, -(-(last - first + 1) // most))
        return self.base + 10.0 ** np.arange(last, first - 1, -every, dtype=float)[::-1]


def _even(low: float, high: float) -> NDArray[np.float64]:
    step = nice_step(high - low, WANTED)
    return step * np.arange(math.floor(low / step), math.ceil(high / step) + 1)


def _growing(low: float, high: float) -> NDArray[np.float64]:
    """Round numbers from below ``low`` to above ``high``."""
    low = max(low, 1e-12 * high, 1e-300)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in _DIGITS:
        every = max(1, -(-(last - first) // (2 * WANTED))) if digits == (1,) else 1
        made = np.array([digit * 10.0**power for power in range(first, last + 1, every) for digit in digits])
        begin, end = np.searchsorted(made, [low, high])
        made = made[max(begin - 1, 0) : end + 1]
        if len(made) >= 0.7 * WANTED:
            break
    return made


def colours(number: int) -> list[str]:
    """``number`` colours, evenly along viridis."""
    at = np.linspace(0, len(VIRIDIS) - 1, max(number, 1))
    return [_between(VIRIDIS[int(place)], VIRIDIS[math.ceil(place)], float(place % 1)) for place in at]


def _between(first: str, second: str, share: float) -> str:
    channels = (
        round(int(first[at : at + 2], 16) * (1 - share) + int(second[at : at + 2], 16) * share)
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def hollows(landscape: Landscape) -> NDArray[np.float64]:
    """The places (n, 2) that lie lower than all around them, as far as a coarse look tells."""
    every = max(1, landscape.values.shape[0] // LOOKED)
    values = landscape.values[::every, ::every]
    low = np.where(np.isfinite(values), values, np.inf)
    wide, tall = low.shape
    padded = np.pad(low, 1, constant_values=np.inf)
    around = [padded[i : i + wide, j : j + tall] for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    at = np.nonzero(low < np.min(around, axis=0))
    return np.column_stack(
        [axis.values[::every][index] for axis, index in zip(landscape.axes, at, strict=True)]
    )
