"""Which row each box stands in, and the places that long links keep free in the rows between."""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from gui_app.core.layout.chips import Link

MOST_DUMMIES = 50_000
"""Places kept free for long links in a component; past it the longest links become single curves."""
WIDEST = 4800.0
"""A row wider than this (px) is broken into several."""
ROW_PITCH, PASSING = 84.0, 12.0
"""Usual distance of two rows and of two passing links, px: only to guess the shape of a picture."""


@dataclass(slots=True)
class Strata:
    """A component in rows. Cells are its boxes, by index, and then the dummies of long links."""

    boxes: int
    level: list[int]
    """Row of each cell."""
    above: list[list[int]]
    below: list[list[int]]
    """Neighbours of each cell in the next row up and down, once per link, inputs in slot order."""
    paths: list[list[int]]
    """Cells from source to target of each link; only these two where the link is ``loose``."""
    loose: list[bool]

    @property
    def depth(self) -> int:
        """Number of rows."""
        return max(self.level) + 1

    def segments(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Upper and lower cell of every piece of a link between two rows, as (n,) each."""
        upper = np.repeat(np.arange(len(self.below)), [len(cells) for cells in self.below])
        return upper, np.fromiter(chain.from_iterable(self.below), np.intp, len(upper))


def topological(count: int, links: list[Link]) -> list[int]:
    """Boxes, each after all that feed it. Raises ValueError where links go in a circle."""
    waiting = [0] * count
    below: list[list[int]] = [[] for _ in range(count)]
    for _, source, target in links:
        below[source].append(target)
        waiting[target] += 1
    ready = deque(box for box in range(count) if not waiting[box])
    order = []
    while ready:
        box = ready.popleft()
        order.append(box)
        for target in below[box]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if len(order) < count:
        raise ValueError("the edges go in a circle")
    return order


def levels(count: int, links: list[Link], late: bool = False) -> list[int]:
    """Row of each box: below all its inputs, and beside its first use where nothing else holds it up.

    Rows follow the longest path. A box that would shorten more links than it lengthens by going down goes to
    its first consumer, and takes with it whatever feeds it alone. Where it makes no difference it stays up, or goes
    down if ``late``.
    """
    order = topological(count, links)
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for _, source, target in links:
        above[target].append(source)
        below[source].append(target)
    alone = [len(others) == 1 or len(set(others)) == 1 for others in below]
    level, held = [0] * count, [0] * count
    for box in order:
        for source in above[box]:
            level[box] = max(level[box], level[source] + 1)
            held[box] += not alone[source] or held[source] > 0
    for box in reversed(order):
        if below[box] and len(below[box]) + late > held[box]:
            level[box] = min(level[target] for target in below[box]) - 1
    return level


def wrapped(level: list[int], widths: list[float], links: list[Link]) -> list[int]:
    """The same rows, those wider than WIDEST broken into several, their boxes dealt out in turn.

    A row whose links would need as much room beside the boxes as is won stays whole.
    """
    passing = Counter(level[box] for link in links for box in (link.source, link.target))
    rows: list[list[int]] = [[] for _ in range(max(level) + 1)]
    for box, row in enumerate(level):
        rows[row].append(box)
    result, first = [0] * len(level), 0
    for row, boxes in enumerate(rows):
        wide = sum([widths[box] for box in boxes])
        parts = 1
        if wide > max(WIDEST, 2 * PASSING * passing[row]):
            parts = math.ceil(min(wide / WIDEST, math.sqrt(wide / ROW_PITCH)))
        for turn, box in enumerate(boxes):
            result[box] = first + turn % parts
        first += min(parts, len(boxes))
    return result


def strata(level: list[int], links: list[Link], most_dummies: int = MOST_DUMMIES) -> Strata:
    """Rows with a dummy in each row that a link passes, the shortest links first."""
    count = len(level)
    spans = [level[target] - level[source] for _, source, target in links]
    longest = _longest_span(spans, most_dummies)
    result = Strata(count, list(level), [[] for _ in level], [[] for _ in level], [], [])
    for (_, source, target), span in zip(links, spans, strict=True):
        result.loose.append(span > longest)
        path = [source]
        if span <= longest:
            for row in range(level[source] + 1, level[target]):
                path.append(len(result.level))
                result.level.append(row)
                result.above.append([path[-2]])
                result.below.append([])
                result.below[path[-2]].append(path[-1])
            result.above[target].append(path[-1])
            result.below[path[-1]].append(target)
        path.append(target)
        result.paths.append(path)
    return result


def _longest_span(spans: list[int], most_dummies: int) -> int:
    """The longest span whose links, with all shorter ones, need no more dummies than allowed."""
    longest, needed = 1, 0
    for span in sorted(spans):
        needed += span - 1
        if needed > most_dummies:
            return min(longest, max(span - 1, 1))
        longest = max(longest, span)
    return longest
