"""Many starts of one experiment: what is asked of them, and what is answered while they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from gui_app.core.landscape import Axis, Landscape
from gui_app.core.question import Question

Arrangement = Literal["grid", "uniform", "sobol", "normal"]

AHEAD, DIVERGED, UNDERWAY = -1, -2, -3
"""Labels of starts that reach no minimum: not run yet; not finite or out of sight; not at rest after the last step."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The rectangle of starts over two trained elements; the others start where the experiment starts them."""

    columns: tuple[int, int]
    """Of the element along x and of that along y."""
    x: tuple[float, float]
    y: tuple[float, float]
    """Low and high ends."""

    def centres(self, side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The middles of ``side`` equal parts of each axis: (side,) along x, (side,) along y."""
        shares = (np.arange(side) + 0.5) / side
        x, y = (low + shares * (high - low) for low, high in (self.x, self.y))
        return x, y

    def axes(self, count: int) -> tuple[Axis, Axis]:
        """Both axes with ``count`` places each."""
        return Axis(self.columns[0], *self.x, count), Axis(self.columns[1], *self.y, count)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StartsAsked(Question):
    """What both studies need."""

    is_long: ClassVar[bool] = True

    plane: Plane
    steps: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BasinsAsked(StartsAsked):
    """Where does each start of a grid end? Answered by BasinMaps, each more complete than the one before."""

    side: int
    """The grid has side · side starts, in the middles of equal cells."""
    scale: tuple[float, float]
    """Lengths along x and y beside which ends are near or far, whatever part of the plane is looked at."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SwarmAsked(StartsAsked):
    """Where are many starts at each step? Answered by Swarms, each with more frames than the one before."""

    arrangement: Arrangement
    count: int
    """About so many starts (a grid is square)."""
    spread: float = 1.0
    """Standard deviation of ``normal``, around the experiment's start, as a share of a quarter of the plane."""
    everywhere: bool = False
    """``normal`` also varies all other elements, by the mean of the deviations along x and y."""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where many starts end."""

    point: NDArray[np.float64]
    """(columns,): the end with the lowest loss among them."""
    loss: float
    share: float
    """Of the starts that have been run."""


@dataclass(frozen=True, slots=True, eq=False)
class BasinMap:
    """What is known of the starts of a grid; arrays (side, side) have their first index along x."""

    plane: Plane
    relief: Landscape
    """The objective over the plane, the other elements at their start."""
    minima: tuple[Minimum, ...]
    labels: NDArray[np.int16]
    """Index of the minimum that is reached, or AHEAD, DIVERGED, UNDERWAY."""
    ends: NDArray[np.float32]
    """(2, side, side): both elements after the last step."""
    losses: NDArray[np.float32]
    needed: NDArray[np.int32]
    """The step from which on the gradient is at most ``threshold``; -1 where it is not by the end."""
    steps: int
    threshold: float
    """Largest element of a gradient that counts as 0."""
    way: str
    """How the starts were evaluated: broadcast, vmap or loop."""
    done: float
    """Share of the starts that have been run."""


@dataclass(frozen=True, slots=True, eq=False)
class SwarmFrame:
    """All starts after some step."""

    step: int
    points: NDArray[np.float32]
    """(2, n): both elements."""
    losses: NDArray[np.float32]
    """(n,)"""


@dataclass(frozen=True, slots=True, eq=False)
class Swarm:
    """The frames so far, by rising step."""

    plane: Plane
    relief: Landscape
    """The objective over the plane, the other elements at their start."""
    frames: tuple[SwarmFrame, ...]
    steps: int
    """Where the last frame will be."""
    way: str

    @property
    def done(self) -> float:
        """Share of the steps that have been taken."""
        return self.frames[-1].step / self.steps if self.steps else 1.0

    def at(self, step: int) -> SwarmFrame:
        """The last frame that is not after ``step``."""
        index = int(np.searchsorted([frame.step for frame in self.frames], step, side="right"))
        return self.frames[max(index - 1, 0)]


def height(relief: Landscape) -> float:
    """From the lowest to the highest finite value; 0 where there is none."""
    there = relief.values[np.isfinite(relief.values)]
    return float(np.ptp(there)) if len(there) else 0.0
