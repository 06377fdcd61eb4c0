"""How far a file has come that takes long to write."""

from __future__ import annotations

from dataclasses import dataclass


class Cancelled(Exception):  # noqa: N818 - told by the user, not an error
    """The file was given up; nothing is left of it."""


@dataclass(slots=True)
class Progress:
    """Read and cancelled from another thread than the one that writes."""

    total: int = 0
    done: int = 0
    cancelled: bool = False

    def step(self) -> None:
        """One part more. Raises Cancelled."""
        self.done += 1
        if self.cancelled:
            raise Cancelled
