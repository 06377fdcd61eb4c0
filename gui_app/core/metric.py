"""A named number of some steps of a run, such as the loss on data that was held back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui_app.core.pyramid import GrowingArray


class Metric:
    """A number that is known of some steps."""

    def __init__(self) -> None:
        self._steps, self._values = GrowingArray((), "float64"), GrowingArray((), "float64")

    @property
    def steps(self) -> NDArray[np.floating]:
        """The steps, rising: (n,), float64."""
        return self._steps.array

    @property
    def values(self) -> NDArray[np.floating]:
        """What it was there: (n,), float64."""
        return self._values.array

    def append(self, step: int, value: float) -> None:
        """Add one; ValueError unless ``step`` comes after all others."""
        if len(self._steps) and step <= self.steps[-1]:
            raise ValueError(f"step {step} does not come after step {self.steps[-1]:g}")
        self._steps.extend(np.array([step], float))
        self._values.extend(np.array([value], float))

    def before(self, step: int) -> Metric:
        """A copy of what is known of the steps before that one."""
        past, end = Metric(), int(np.searchsorted(self.steps, step))
        past._steps.replace(self.steps[:end])
        past._values.replace(self.values[:end])
        return past
