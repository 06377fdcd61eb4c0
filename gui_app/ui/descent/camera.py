"""From where a surface is looked at: a parallel projection that is turned around the upright axis and tilted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating] | float
HEIGHT = 1.15
"""Height of the highest point over the lowest, where the ground is 2 × 2."""
LOWEST, HIGHEST = 4.0, 88.0
"""Degrees of elevation: never from below, never so steep that up and down could not be told."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Ground coordinates x and y run from -1 to 1, heights from 0 to 1."""

    azimuth: float = -125.0
    """Degrees around the upright axis; at -90 the x axis runs from left to right."""
    elevation: float = 34.0
    """Degrees above the ground."""
    zoom: float = 1.0

    def turned(self, right: float, up: float) -> Camera:
        """After a drag by so many degrees."""
        elevation = min(max(self.elevation + up, LOWEST), HIGHEST)
        return Camera((self.azimuth - right + 180) % 360 - 180, elevation, self.zoom)

    def nearer(self, factor: float) -> Camera:
        """After the wheel has been turned."""
        return Camera(self.azimuth, self.elevation, min(max(self.zoom * factor, 0.4), 12.0))

    @property
    def ground(self) -> tuple[float, float, float, float]:
        """Cosine and sine of azimuth and of elevation."""
        a, e = math.radians(self.azimuth), math.radians(self.elevation)
        return math.cos(a), math.sin(a), math.cos(e), math.sin(e)

    def across(self, x: Values, y: Values) -> Values:
        """To the right on the screen."""
        cos, sin, _, _ = self.ground
        return y * cos - x * sin

    def away(self, x: Values, y: Values) -> Values:
        """Along the ground, away from the eye."""
        cos, sin, _, _ = self.ground
        return -(x * cos + y * sin)

    def up(self, x: Values, y: Values, height: Values) -> Values:
        """Upwards on the screen; the middle of the box is at 0."""
        _, _, cos, sin = self.ground
        return (height - 0.5) * (HEIGHT * cos) + self.away(x, y) * sin
