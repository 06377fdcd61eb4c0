"""How a branch looks in every view: a colour and dashes by its number."""

from __future__ import annotations

from PySide6.QtGui import QPen

from gui_app.ui.curves.frame import mixed, pen
from gui_app.ui.theme import Palette, category

_ORDER = (2, 3, 4, 6, 5, 0, 1)
"""The categories, those last that look like the accent and the cursor."""
_DASHES = ((7.0, 3.0), (2.0, 2.5), (9.0, 3.0, 2.0, 3.0), (14.0, 4.0))
"""Pixels on and off. As many as share no factor with the colours: a pair comes back after 28 branches."""


def branch_colour(palette: Palette, number: int) -> str:
    """The branch's colour."""
    return category(palette, _ORDER[number % len(_ORDER)])


def branch_pen(palette: Palette, number: int, width: float, strength: float = 1.0) -> QPen:
    """The branch's colour and dashes; a weak one is mixed with the ground."""
    ink = pen(mixed(branch_colour(palette, number), palette.panel, strength), width)
    ink.setDashPattern([length / width for length in _DASHES[number % len(_DASHES)]])
    return ink
