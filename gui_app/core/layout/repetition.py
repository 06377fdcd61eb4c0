"""Long graphs that repeat themselves are ordered and placed once: most of their rounds are copies of one.

Rows that are like others, cell by cell and link by link, in the order in which a depth-first walk meets them, are
left out before the cells are ordered and placed. What is found for one round then holds for all that were left out,
provided that the rounds before and after the gap have come out the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from gui_app.core.layout.layers import Strata
from gui_app.core.layout.ordering import Rows
from gui_app.core.layout.placing import Extents
from gui_app.core.rolling.periodicity import mixed, periods, spans

LEAST_KEPT = 3
LEAST_KEPT_ROWS = 16
"""Rounds and rows that stay on each side of a gap, so that the ends of the graph are not felt there."""
WORTHWHILE = 40
"""Rows that a gap spans at least."""
SAME = 1.5
"""Places of cells that are taken as equal, px."""


@dataclass(frozen=True, slots=True)
class _Gap:
    """Rows ``start`` … ``stop`` are left out: rounds of ``period`` rows, like the one before them and the one after."""

    start: int
    stop: int
    period: int


@dataclass(slots=True)
class Shortened:
    """A component without the rows that only repeat others."""

    strata: Strata
    extents: Extents
    rows: Rows
    """Of the whole component, as the walk has met them."""
    gaps: list[_Gap]
    cells: dict[int, int]
    """Cell of the whole → cell of the short one, for rows that are kept."""
    like: list[int]
    """By row of the whole: the row that stands for it."""

    def standing_for(self, cell: int, row: int) -> int:
        """The cell of the short component that stands for a cell of the whole in that row."""
        return self.cells[self.rows[self.like[row]][self.rows[row].index(cell)]]

    def expanded(self, rows: Rows, x: list[float]) -> list[float] | None:
        """x of all cells from that of the short component; ``None`` if the rounds at a gap do not agree."""
        place = {cell: at for row in rows for at, cell in enumerate(row)}
        if not all(self._agree(gap, place, x) for gap in self.gaps):
            return None
        wide = [0.0] * sum(map(len, self.rows))
        for row, model in zip(self.rows, self.like, strict=True):
            for cell, other in zip(row, self.rows[model], strict=True):
                wide[cell] = x[self.cells[other]]
        return wide

    def _agree(self, gap: _Gap, place: dict[int, int], x: list[float]) -> bool:
        """Whether the round before the gap has come out like that after it."""
        for turn in range(gap.period):
            before, after = self.rows[gap.start - gap.period + turn], self.rows[gap.stop + turn]
            for one, other in zip(before, after, strict=True):
                a, b = self.cells[one], self.cells[other]
                if place[a] != place[b] or abs(x[a] - x[b]) > SAME:
                    return False
        return True


def shortened(strata: Strata, rows: Rows, extents: Extents) -> Shortened | None:
    """The component without its repetitions; ``None`` where there are too few. ``rows`` as the walk meets them."""
    if strata.depth < WORTHWHILE:
        return None
    gaps = _gaps(_marks(strata, rows, extents))
    if not gaps:
        return None
    like = list(range(len(rows)))
    for gap in gaps:
        for row in range(gap.start, gap.stop):
            like[row] = gap.start - gap.period + (row - gap.start) % gap.period
    kept = [row for row, model in enumerate(like) if row == model]
    cells = sorted(cell for row in kept for cell in rows[row])
    short = {cell: index for index, cell in enumerate(cells)}
    part = Strata(
        sum(cell < strata.boxes for cell in cells),
        [0] * len(cells),
        [[] for _ in cells],
        [[] for _ in cells],
        [],
        [],
    )
    for level, row in enumerate(kept):
        for cell in rows[row]:
            part.level[short[cell]] = level
            part.below[short[cell]] = [short[other] for other in strata.below[cell] if other in short]
            part.above[short[cell]] = [short[other] for other in strata.above[cell] if other in short]
    for gap in gaps:
        _join(strata, part, short, rows, gap)
    wide = Extents([extents.left[cell] for cell in cells], [extents.right[cell] for cell in cells])
    return Shortened(part, wide, rows, gaps, short, like)


def _marks(strata: Strata, rows: Rows, extents: Extents) -> NDArray[np.uint64]:
    """(rows,): equal for rows with the same cells that are linked in the same way to the next row."""
    place = np.empty(len(strata.level), np.uint64)
    order = np.fromiter(chain.from_iterable(rows), np.intp, len(place))
    lengths = np.array([len(row) for row in rows])
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    level = np.array(strata.level)
    kind = np.arange(len(place)) < strata.boxes
    sides = [np.array(side).astype(np.uint64) for side in (extents.left, extents.right)]
    cell = mixed(mixed(mixed(mixed(place) + kind) + sides[0]) + sides[1])
    upper, lower = strata.segments()
    link = mixed(mixed(place[upper]) + place[lower] + np.uint64(1))
    marks = np.zeros(len(rows), np.uint64)
    np.add.at(marks, level, cell)
    np.add.at(marks, level[upper], link)
    return marks


def _gaps(marks: NDArray[np.uint64]) -> list[_Gap]:
    """The longest stretches of rows that can be left out, from above; they do not meet."""
    found: list[_Gap] = []
    for period in periods(marks):
        kept = max(LEAST_KEPT, -(-LEAST_KEPT_ROWS // period)) * period
        for start, stop in spans(marks[period:] == marks[:-period], 2 * kept + WORTHWHILE):
            rounds = (stop + period - start - 2 * kept) // period
            if rounds * period >= WORTHWHILE:
                found.append(_Gap(start + kept, start + kept + rounds * period, period))
    found.sort(key=lambda gap: gap.start - gap.stop)
    taken: list[_Gap] = []
    for gap in found:
        if all(_apart(gap, other) for other in taken):
            taken.append(gap)
    return sorted(taken, key=lambda gap: gap.start)


def _apart(gap: _Gap, other: _Gap) -> bool:
    """Whether the rounds around each of two gaps are none of the other's."""
    near = max(2 * gap.period, 2 * other.period, LEAST_KEPT_ROWS)
    return gap.stop + near <= other.start or other.stop + near <= gap.start


def _join(strata: Strata, part: Strata, short: dict[int, int], rows: Rows, gap: _Gap) -> None:
    """Link the rows before and after a gap as they are linked to the rows in it."""
    opening, following = rows[gap.start], rows[gap.stop]
    closing, leading = rows[gap.stop - 1], rows[gap.start - 1]
    forward = dict(zip(opening, following, strict=True))
    backward = dict(zip(closing, leading, strict=True))
    for cell in leading:
        part.below[short[cell]] = [short[forward[other]] for other in strata.below[cell]]
    for cell in following:
        part.above[short[cell]] = [short[backward[other]] for other in strata.above[cell]]
