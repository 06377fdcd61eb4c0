"""Frames: what is needed, besides the parameters, to go on from a recorded step bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.optimizers import SettingValue

FrameValue = SettingValue | NDArray[np.generic] | np.generic

_OVERHEAD = 200
"""Bytes that a value takes besides those of its array, about."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The state of a run on its arrival at ``step``, before anything is changed there.

    Keys of ``state``: ``group/lr`` … are the settings as the schedule has left them, ``schedule/…`` is what the
    schedule remembers, ``memory/…`` what the optimizer remembers, ``gradient/…`` and ``absent`` the kept
    ``.grad`` where gradients accumulate, ``waited/…`` the best loss so far where the run waits for a better one. The
    arrays are never written again.
    """

    step: int
    state: Mapping[str, FrameValue]
    optimizer: OptimizerSpec
    """The settings that were in force."""
    nbytes: int = field(init=False, default=0)
    """Bytes of memory, about."""

    def __post_init__(self) -> None:
        size = sum(_OVERHEAD + getattr(value, "nbytes", 0) for value in self.state.values())
        object.__setattr__(self, "nbytes", size)


@dataclass(frozen=True, slots=True, eq=False)
class Resume:
    """Where a run is to go on: at ``step``, with the experiment's optimizer.

    With a ``frame`` (at or before ``step``), ``row`` (columns,) holds the parameters at the frame's step; the way
    from there to ``step`` is taken again, with the ``changes`` made on it. Without one, ``row`` holds the parameters
    at ``step`` themselves, and the optimizer starts afresh: the start has been moved.
    """

    step: int
    row: NDArray[np.floating]
    frame: Frame | None = None
    changes: Mapping[int, OptimizerSpec] = field(default_factory=dict)
    """Settings by the step from which on they count."""

    def __post_init__(self) -> None:
        if self.frame is not None and self.frame.step > self.step:
            raise ValueError(f"step {self.step} comes before its frame at step {self.frame.step}")
