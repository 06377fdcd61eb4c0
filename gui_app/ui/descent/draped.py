"""Paths laid over a surface: cut fine enough to follow it, and told apart where it hides them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.ui.descent.box import Stage
from gui_app.ui.descent.relief import Relief

Places = NDArray[np.float64]
FINE = 0.04
"""Longest piece of a path, in units of the ground."""
MOST = 1500
"""About the most pieces."""
LIFT = 0.004
"""Over the surface, so that it does not cut what lies on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Draped:
    """Pixel positions of the points of a path on the surface, NaN where it is outside of it."""

    xs: Places
    ys: Places
    hidden: NDArray[np.bool_]
    steps: NDArray[np.intp]
    """The step that each point belongs to: its own, or the one before."""
    is_step: NDArray[np.bool_]
    """Whether the point is that of its step, and none in between."""

    @classmethod
    def of(cls, relief: Relief, stage: Stage, path: Places, steps: NDArray[np.intp]) -> Draped:
        """A path (n, 2) over the ground."""
        x, y, steps, is_step = _cut(path, steps)
        height = relief.at(x, y) + LIFT
        hidden = relief.hidden(stage.camera, x, y, height)
        xs, ys = stage.points(x, y, height)
        return cls(np.where(np.isnan(ys), np.nan, xs), ys, hidden, steps, is_step)

    def seen(self) -> tuple[Places, Places]:
        """The positions, NaN where the surface hides them."""
        return np.where(self.hidden, np.nan, self.xs), np.where(self.hidden, np.nan, self.ys)


def _cut(path: Places, steps: NDArray[np.intp]) -> tuple[Places, Places, NDArray[np.intp], NDArray[np.bool_]]:
    """Points along the straight pieces of a path, no further apart than FINE where they are on the ground."""
    if len(path) < 2:
        return path[:, 0], path[:, 1], steps, np.ones(len(path), bool)
    held = np.clip(path, -3.0, 3.0)  # what lies far outside need not be cut fine
    lengths = np.nan_to_num(np.abs(np.diff(held, axis=0)).max(axis=1))
    pieces = np.maximum(np.ceil(lengths / max(FINE, lengths.sum() / MOST)).astype(int), 1)
    begins = np.concatenate(([0], np.cumsum(pieces)))
    place = np.interp(np.arange(begins[-1] + 1), begins, np.arange(len(path)))
    whole = np.minimum(place.astype(int), len(path) - 2)
    share = (place - whole)[:, None]
    with np.errstate(invalid="ignore", over="ignore"):
        points = path[whole] * (1 - share) + path[whole + 1] * share
    points[begins] = path
    is_step = np.zeros(len(points), bool)
    is_step[begins] = True
    return points[:, 0], points[:, 1], steps[place.astype(int)], is_step
