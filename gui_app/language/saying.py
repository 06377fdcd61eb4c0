"""One text of the library and what it means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Saying:
    """A text of the library and its meaning; ``{0}`` is the pattern's first group."""

    pattern: str
    message: str
    hint: str
    shapes: bool = False
    """Name the operands with their shapes."""
    at_last: bool = False
    """Where nothing else is known it concerns the program's last value."""
