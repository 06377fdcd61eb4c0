"""A value of each step at the resolution of a picture, also where the steps are drawn on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter

from gui_app.ui.curves.frame import Frame

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Steps and values, (n,) each; a value that is not finite is NaN."""
Envelope = Callable[[int, int, int], Line]
"""First step, last step and about how many points: see ``History.loss_curve``."""


def sampled(envelope: Envelope, frame: Frame, density: float, first: int = 0, most: int = 0) -> Line:
    """The line over the shown steps from ``first`` on, with all its spikes, for each pixel or in ``most`` points."""
    most = most or max(64, int(frame.rect.width() * density))
    low, high = max(math.floor(frame.steps.low) - 1, first), math.ceil(min(frame.steps.high, 1e12)) + 1
    steps, values = _by_octaves(envelope, low, high, most) if frame.log_x else envelope(low, high, most)
    if len(steps) and steps[0] < low:  # a bucket begins before the stretch
        steps = np.maximum(steps, low)
    return steps, np.where(np.isfinite(values), values, np.nan)


def density_of(painter: QPainter) -> float:
    """Device pixels to a pixel, at least 1."""
    return max(abs(painter.deviceTransform().m11()), 1.0)


def _by_octaves(envelope: Envelope, low: int, high: int, most: int) -> Line:
    """Each doubling of the step read by itself: one bucket size for all would be far too coarse at the left."""
    cuts = [max(low, 1)]
    while cuts[-1] < high:
        cuts.append(min(2 * cuts[-1], high))
    each = max(16, 2 * most // len(cuts))
    parts = [envelope(first, last, each) for first, last in pairwise(cuts)]
    steps = np.concatenate([part[0] for part in parts] or [np.empty(0)])
    values = np.concatenate([part[1] for part in parts] or [np.empty(0)])
    return np.maximum.accumulate(np.maximum(steps, cuts[0])), values
