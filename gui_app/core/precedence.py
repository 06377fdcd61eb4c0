"""Which thread goes first where several want Python's interpreter at once: the one that paints the window.

CPython hands its lock on late, and to whoever comes: a picture that takes the window 10 ms takes it 40 ms beside two
busy threads. So the others let it pass, at points of their choice. There is one lock in a process, and one of these.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SHORT = 0.008
"""Seconds for which nobody need wait: what takes the window no longer is better done side by side."""
PATIENCE = 0.05
"""Most seconds to wait at once."""
OWN_TURN = 0.5
"""A thread that has waited goes on for so many times as long before it waits again, however busy the window is."""


class Precedence:
    """One thread goes first, for stretches of a few milliseconds; any number of others give way to it."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()
        self._taken = 0
        self._since = 0.0
        self.spent = 0.0
        """Seconds for which it has been taken so far."""
        self._own = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """The thread that calls this goes first meanwhile. Stretches may be nested."""
        if not self._taken:
            self._since = time.perf_counter()
        self._taken += 1
        self._free.clear()
        try:
            yield
        finally:
            self._taken -= 1
            if not self._taken:
                self.spent += time.perf_counter() - self._since
                self._free.set()

    def give_way(self) -> None:
        """Wait while another thread goes first for longer than SHORT; cheap enough (50 ns) for every step of a run."""
        if not self._taken:
            return
        begun = time.perf_counter()
        if begun > self._since + SHORT and begun > getattr(self._own, "turn_ends", 0.0):
            self._free.wait(PATIENCE)
            now = time.perf_counter()
            self._own.turn_ends = now + OWN_TURN * (now - begun)


WINDOW = Precedence()
"""Taken by the window where it paints, and where it takes in what has happened."""
