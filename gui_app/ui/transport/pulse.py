"""How often something is painted, and how fast a run goes."""

from __future__ import annotations

import math
import time


class Pulse:
    """Lets something through at most every ``interval`` seconds."""

    def __init__(self) -> None:
        self._last = -math.inf

    def due(self, interval: float) -> bool:
        """Whether it is time again; if so, the interval begins anew."""
        now = time.monotonic()
        if now - self._last < interval:
            return False
        self._last = now
        return True


class Thrift:
    """Lets something through once what was spent since the last time is made up for, or after ``patience`` seconds."""

    def __init__(self, share: float, patience: float) -> None:
        self._share, self._patience = share, patience
        self._last, self._spent = -math.inf, 0.0

    def allows(self, spent: float) -> bool:
        """Whether the seconds ``spent`` so far are at most the share of those since it last did."""
        now = time.monotonic()
        gone = now - self._last
        if gone < self._patience and spent - self._spent > self._share * gone:
            return False
        self._last, self._spent = now, spent
        return True


class Rate:
    """Steps a second, as a clock on the wall sees them."""

    def __init__(self) -> None:
        self._since: tuple[float, int] | None = None

    def of(self, step: int, running: bool) -> str:
        """In words, while the run is going; empty else and at first."""
        if not running:
            self._since = None
            return ""
        now = time.monotonic()
        if self._since is None:
            self._since = now, step
        begun, first = self._since
        if now - begun < 0.5:
            return ""
        self._since = now - 0.5 * (now - begun), step - (step - first) // 2  # a window that slides along
        return f"{(step - first) / (now - begun):,.0f} steps/s"
