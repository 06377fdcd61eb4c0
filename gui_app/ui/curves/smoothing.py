"""The exponential moving average of the losses, kept up as they come, to be drawn at any length."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gui_app.core.history import GrowingArray, History, Pyramid
from gui_app.ui.curves.sampling import Line

CHUNK = 1 << 15
NEGLIGIBLE = 1e-17


class Smoothing:
    """Each loss and those before it, weighted by ``factor`` to the power of their age.

    The weights sum to 1 from the first step on (the correction of Adam's averages). Losses that are not finite
    have no weight.
    """

    def __init__(self, history: History, factor: float) -> None:
        self.factor = factor
        self._history = history
        self._values = GrowingArray((), "float64")
        self._pyramid = Pyramid()
        self._state = np.zeros((2, 1))
        """Sum and weight so far."""

    @property
    def values(self) -> NDArray[np.floating]:
        """One for each step that ``update`` has seen; NaN before the first finite loss."""
        return self._values.array

    def update(self) -> None:
        """Take in the steps recorded since the last call."""
        losses = self._history.losses
        while len(self._values) < len(losses):
            first = len(self._values)
            self._values.extend(self._next(np.asarray(losses[first : first + CHUNK], float)))
        self._pyramid.update(self.values)

    def line(self, first: int, last: int, most: int) -> Line:
        """As ``History.loss_curve``."""
        return self._pyramid.envelope(self.values, first, last, most)

    def _next(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """The averages of a chunk, by doubling the reach of each sum: log₂ of the memory passes, no loop over steps."""
        finite = np.isfinite(losses)
        sums = np.stack((np.where(finite, losses, 0.0), finite.astype(float))) * (1.0 - self.factor)
        sums[:, 0] += self.factor * self._state[:, 0]
        reach = 1
        while reach < len(losses) and self.factor**reach > NEGLIGIBLE:
            sums[:, reach:] += self.factor**reach * sums[:, :-reach]
            reach *= 2
        self._state = sums[:, -1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            return sums[0] / np.where(sums[1] > 0, sums[1], math.nan)
