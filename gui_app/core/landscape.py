"""The objective seen along one or two parameter elements, the others held: plain data for a curve or a contour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Axis:
    """``count`` evenly spaced values of one column (parameter element) from ``low`` to ``high``, both included."""

    column: int
    low: float
    high: float
    count: int

    @property
    def values(self) -> NDArray[np.float64]:
        """The positions, (count,)."""
        return np.linspace(self.low, self.high, self.count)


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """The objective on the grid of one or two axes; not finite where it is not defined."""

    axes: tuple[Axis, ...]
    values: NDArray[np.float64]
    """(axes[0].count,) or (axes[0].count, axes[1].count): the first index runs along the first axis."""
