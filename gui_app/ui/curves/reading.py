"""The line above a plot that reads the step out: which of its pieces are shown, and where."""

from __future__ import annotations

from collections.abc import Sequence

from gui_app.ui.theme import GRID

Reading = Sequence[tuple[str, str]]
"""Pieces, the most important ones first: text and colour."""

GAP, LEAST_GAP = 2.0 * GRID, 1.25 * GRID
"""Pixels between two pieces, and where there is little room."""


def placed(widths: Sequence[float], left: float, right: float) -> list[tuple[int, float]]:
    """Index and left end of each piece that is shown.

    The line begins above the plot, at ``left``, and ends before ``right``. Where that is too short the pieces
    move together and begin further left, at the edge of the panel; what then finds no room is left out.
    """
    gap, start = GAP, left
    if start + _length(widths, gap) > right:
        gap = LEAST_GAP
        start = min(left, max(float(GRID), right - _length(widths, gap)))
    found: list[tuple[int, float]] = []
    for piece, width in enumerate(widths):
        if start + width <= right + 0.5:  # half a pixel: sums of fractions are not exact
            found.append((piece, start))
            start += width + gap
    return found


def _length(widths: Sequence[float], gap: float) -> float:
    return sum(widths) + gap * max(len(widths) - 1, 0)
