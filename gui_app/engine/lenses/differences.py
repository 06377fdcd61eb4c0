"""Derivatives of a function of one number by finite differences: as exact as float64 allows, with their own error."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FACTOR = 4.0
"""From one step size to the next smaller one."""
ROUNDS = 8
FIRST = 1e-2
"""The first step, against the size of the number."""
ROUNDING = 4e-16
"""Of one evaluation, relative."""
NOISE = 50.0
"""A difference of slopes counts from this multiple of what rounding makes of it."""

Function = Callable[[float], float]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative: NaN where the function is not finite around the place."""

    value: float
    error: float
    """Estimate of what is wrong with it."""
    scale: float = 0.0
    """How steep the function is at most around the place."""
    left: float = math.nan
    right: float = math.nan
    """The slopes of both sides where they differ: a kink, or a jump where they are large."""

    @property
    def is_kink(self) -> bool:
        """Whether there is no derivative."""
        return not math.isnan(self.left)


def slope(function: Function, shift: float = 1.0) -> Slope:
    """The derivative at 0 of ``function``, whose argument is about as large as ``shift`` where it counts.

    Central differences with steps from FIRST · ``shift`` down, refined by Richardson's extrapolation. Kinks show in
    the differences from both sides, which do not come closer to each other as the steps get smaller.
    """
    middle = function(0.0)
    steps, below, above = [], [], []
    step = FIRST * shift
    with np.errstate(over="ignore", invalid="ignore"):  # from an infinite place there is no way
        for _ in range(ROUNDS):
            steps.append(step)
            below.append(function(-step))
            above.append(function(step))
            step /= FACTOR
    h, low, high = np.array(steps), np.array(below), np.array(above)
    good = np.isfinite(low) & np.isfinite(high)
    good &= np.cumprod(good[::-1])[::-1].astype(bool)  # from the first step on that stays where it is defined
    if not math.isfinite(middle) or good.sum() < 3:
        return Slope(math.nan, math.nan)
    h, low, high = h[good], low[good], high[good]
    largest = max(abs(middle), float(np.abs(low).max()), float(np.abs(high).max()))
    rounding = ROUNDING * max(abs(middle), np.abs(low[-1]), np.abs(high[-1]), 1e-300) / h
    sides = (middle - low) / h, (high - middle) / h
    apart = np.abs(sides[1] - sides[0])
    if _is_kink(apart, rounding, largest):
        # The second smallest step: the smallest has the most rounding.
        return Slope(math.nan, math.nan, left=float(sides[0][-2]), right=float(sides[1][-2]))
    value, error = _refined((high - low) / (2 * h), rounding)
    return Slope(value, error, float(np.abs(sides).max()))


def _is_kink(apart: Vector, rounding: Vector, largest: float) -> bool:
    """Whether the slopes of both sides stay apart: of a smooth function the gap shrinks with the step."""
    small = apart[-3:]
    if not (small > NOISE * rounding[-3:]).all() or not largest:
        return False
    return bool((small[1:] > 0.6 * small[:-1]).all())


def _refined(central: Vector, rounding: Vector) -> tuple[float, float]:
    """Neville's tableau in h²: its entry with the smallest estimated error, and that error."""
    best, least = float(central[-1]), math.inf
    before: list[float] = []
    for row, first in enumerate(central.tolist()):
        current, power = [first], 1.0
        for column in range(1, row + 1):
            power *= FACTOR**2
            entry = current[-1] + (current[-1] - before[column - 1]) / (power - 1)
            apart = max(abs(entry - current[-1]), abs(entry - before[column - 1]))
            error = apart + float(rounding[row])
            if error < least:
                best, least = entry, error
            current.append(entry)
        before = current
    return best, least
