"""The rows from top to bottom, and pictures that would be far too tall cut into columns, like a newspaper."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gui_app.core.layout.beside import Hull
from gui_app.core.layout.layers import Strata
from gui_app.core.layout.placing import DUMMY_HALF

ROW_GAP = 40.0
"""Between two rows, px."""
WIDER_GAP = 160.0
"""At most, where links have far to go sideways."""
TALL = 3200.0
"""Pictures up to this height (px) are never folded, nor those less than SLENDER times as tall as wide."""
SLENDER = 2.5
LANE = 8.0
"""Between two links that run side by side from one column to the next, px."""
TURN = 24.0
"""Room for a link to turn, px."""


@dataclass(slots=True)
class Stack:
    """Where the rows stand."""

    top: list[float]
    bottom: list[float]
    """Band of each row."""
    column: list[int]
    """Column of each row."""
    lanes: dict[tuple[int, int], tuple[int, int]]
    """By (link, row), for links that leave a column there: their number from the right, and how many leave."""
    ends: list[tuple[float, float]]
    """Lowest and rightmost px of each column."""


def stacked(strata: Strata, hulls: list[Hull], x: list[float]) -> tuple[Stack, list[float]]:
    """Bands of the rows, and x of each cell, which changes only where the picture is folded."""
    level, middles = np.array(strata.level), np.array(x, dtype=np.float64)
    segments = strata.segments()
    heights, far = np.zeros(strata.depth), np.zeros(strata.depth)
    np.maximum.at(heights, level[: strata.boxes], [hull.height for hull in hulls])
    np.maximum.at(far, level[segments[0]], np.abs(middles[segments[0]] - middles[segments[1]]))
    pitch = heights + np.clip(8 * np.round(far / 64), ROW_GAP, WIDER_GAP)
    top = np.cumsum(pitch) - pitch
    sheet = Sheet(level, middles, top, top + heights, *_reach(strata, hulls, level, middles))
    cuts = _cuts(sheet, np.bincount(level[segments[0]], minlength=strata.depth))
    lanes = _lanes(strata, x, set(cuts))
    leaving = Counter(row for _, row in lanes)
    columns, ends = _fold(sheet, cuts, [leaving[cut] for cut in cuts])
    stack = Stack(sheet.top.tolist(), sheet.bottom.tolist(), columns.tolist(), lanes, ends)
    return stack, sheet.x.tolist()


Floats = NDArray[np.float64]


@dataclass(slots=True)
class Sheet:
    """The picture before and after it is folded."""

    level: NDArray[np.intp]
    """Row of each cell."""
    x: Floats
    """Middle of each cell."""
    top: Floats
    bottom: Floats
    left: Floats
    right: Floats
    """Reach of each row."""


def _reach(strata: Strata, hulls: list[Hull], level: NDArray[np.intp], x: Floats) -> tuple[Floats, Floats]:
    """Leftmost and rightmost px of each row."""
    left, right = np.full(strata.depth, np.inf), np.full(strata.depth, -np.inf)
    aside = np.full((2, len(x)), DUMMY_HALF)
    aside[:, : strata.boxes] = [[hull.left for hull in hulls], [hull.right for hull in hulls]]
    np.minimum.at(left, level, x - aside[0])
    np.maximum.at(right, level, x + aside[1])
    return left, right


def _cuts(sheet: Sheet, passing: NDArray[np.intp]) -> list[int]:
    """Last row of each column but the last one; none where the picture needs no folding.

    A cut lies where the fewest links pass, near the height that makes the whole about square.
    """
    height = float(sheet.bottom[-1])
    width = float(sheet.right.max() - sheet.left.min()) + 4 * TURN
    if height <= TALL or height < SLENDER * width:
        return []
    columns = max(2, round(math.sqrt(height / width)))
    cuts: list[int] = []
    start = 0.0
    while len(cuts) < columns - 1:
        ideal = (height - start) / (columns - len(cuts))
        low, high = np.searchsorted(sheet.bottom[:-1], (start + 0.8 * ideal, start + 1.15 * ideal))
        if low >= high:
            break
        nearness = np.abs(sheet.bottom[low:high] - start - ideal)
        cuts.append(int(low + np.lexsort((nearness, passing[low:high]))[0]))
        start = float(sheet.top[cuts[-1] + 1])
    return cuts


def _fold(
    sheet: Sheet, cuts: list[int], lanes: list[int]
) -> tuple[NDArray[np.intp], list[tuple[float, float]]]:
    """Set the rows after each cut beside the rows before it; the column of each row, and where columns end."""
    columns = np.searchsorted(cuts, np.arange(len(sheet.top)))
    aside, ends, edge = np.zeros(len(cuts) + 1), [], 0.0
    firsts, lasts = [0, *(cut + 1 for cut in cuts)], [*cuts, len(sheet.top) - 1]
    head = 2 * TURN + LANE * max(lanes) if lanes else 0.0
    down = head - sheet.top[firsts]
    for column, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        aside[column] = edge - sheet.left[first : last + 1].min()
        right = float(sheet.right[first : last + 1].max() + aside[column])
        ends.append((float(sheet.bottom[last] + down[column]), right))
        edge = right + 2 * TURN + LANE * (lanes[column] if column < len(cuts) else 0)
    sheet.x += aside[columns[sheet.level]]
    sheet.top += down[columns]
    sheet.bottom += down[columns]
    return columns, ends


def _lanes(strata: Strata, x: list[float], cuts: set[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Number the links that pass each cut from right to left."""
    passing: dict[int, list[tuple[float, float, int]]] = {cut: [] for cut in cuts}
    for link, path in enumerate(strata.paths if cuts else []):
        if strata.loose[link]:
            continue
        for cell, other in pairwise(path):
            if strata.level[cell] in cuts:
                passing[strata.level[cell]].append((x[cell], x[other], link))
    return {
        (link, cut): (lane, len(links))
        for cut, links in passing.items()
        for lane, (_, _, link) in enumerate(sorted(links, reverse=True))
    }
