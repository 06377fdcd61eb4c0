"""Who stands left of whom: the order of the cells in each row, with few crossings.

Sugiyama's scheme: starts from depth-first walks (which have no crossing on trees and on most series-parallel
graphs), barycentre sweeps down and up, then swaps of neighbours. The work is bounded by a count, never by a clock,
so the same graph has the same picture on every machine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from operator import itemgetter
from random import Random

from gui_app.core.layout.layers import Strata

Rows = list[list[int]]
Check = Callable[[], None]
"""Raises Cancelled when nobody waits any more."""

EFFORT = 400_000
"""Cells and links that the sweeps from one start may visit."""
MOST_RESTARTS = 20
EFFORT_OF_RESTARTS = 1_000
"""Cells that starts by chance (the same in every run) may place, once the two good starts have failed."""
FEW_CROSSINGS = 12
"""With more than these chance does not help; with more than there are cells the second start does not either."""
MOST_SWEEPS = 24
PATIENCE = 4
"""Sweeps without progress before giving up."""


Held = Mapping[int, Sequence[int]]
"""By row: cells that must stand in this order, whatever stands between them."""


class Order:
    """The rows of a component, with the place of each cell in its row and the crossings below each row."""

    def __init__(self, strata: Strata, rows: Rows, held: Held) -> None:
        self.strata = strata
        self._held = held
        self._fast = {cell for cells in held.values() for cell in cells}
        self.rows = [self._obedient(index, row) for index, row in enumerate(rows)]
        self.place = [0] * len(strata.level)
        for row in self.rows:
            self._number(row)
        self._below = [self._crossings_below(index) for index in range(len(rows))]

    @property
    def crossings(self) -> int:
        """Pairs of links that cross between two rows."""
        return sum(self._below)

    def _obedient(self, index: int, row: list[int]) -> list[int]:
        """The row with its held cells in their order, on the places that they take together."""
        if index not in self._held:
            return list(row)
        waiting = iter(self._held[index])
        return [next(waiting) if cell in self._fast else cell for cell in row]

    def _number(self, row: list[int]) -> None:
        for place, cell in enumerate(row):
            self.place[cell] = place

    def _crossings_below(self, index: int) -> int:
        if index + 1 == len(self.rows) or len(self.rows[index]) < 2 or len(self.rows[index + 1]) < 2:
            return 0
        place, below = self.place, self.strata.below
        return inversions([at for cell in self.rows[index] for at in sorted([place[o] for o in below[cell]])])

    def recount(self, changed: Iterable[int]) -> None:
        """Count the crossings above and below the changed rows again."""
        for index in sorted({near for row in changed for near in (row - 1, row) if near >= 0}):
            self._below[index] = self._crossings_below(index)

    def sweep(self, up: bool, flip: bool) -> None:
        """Sort each row by the mean place of its neighbours in the row before it; ``flip`` turns equals round."""
        neighbours = self.strata.below if up else self.strata.above
        last = len(self.rows) - 1
        changed = []
        for index in range(last - 1, -1, -1) if up else range(1, last + 1):
            row = self.rows[index]
            if len(row) > 1:
                groups = _groups(row, neighbours, self.place)
                if flip:
                    groups.reverse()
                groups.sort(key=itemgetter(0))
                moved = self._obedient(index, [cell for _, group in groups for cell in group])
                if moved != row:
                    self.rows[index] = moved
                    self._number(moved)
                    changed.append(index)
        self.recount(changed)

    def swap(self) -> int:
        """Swap neighbours in every row where that removes crossings; how many it removed."""
        before, changed = self.crossings, []
        for index, row in enumerate(self.rows):
            crossed = self._below[index] or (index and self._below[index - 1])
            if crossed and self._swap_row(row):
                self._number(row)
                changed.append(index)
        self.recount(changed)
        return before - self.crossings

    def _swap_row(self, row: list[int]) -> bool:
        """One pass over a row, from left to right; whether anything moved."""
        moved, place, sides = False, self.place, (self.strata.above, self.strata.below)
        lists = {cell: [sorted([place[o] for o in near[cell]]) for near in sides] for cell in row}
        for at in range(len(row) - 1):
            left, right = row[at], row[at + 1]
            if left in self._fast and right in self._fast:
                continue
            pairs = zip(lists[left], lists[right], strict=True)
            if sum(_crossed(a, b) - _crossed(b, a) for a, b in pairs if a and b) > 0:
                row[at], row[at + 1] = right, left
                moved = True
        return moved


def ordered(strata: Strata, start: Rows, held: Held, check: Check, cells: int = 0) -> tuple[Rows, int]:
    """The cells of each row from left to right, and how many pairs of links cross.

    Args:
        start: a walk upward.
        held: what must stay in order.
        cells: how many the graph has, if ``strata`` is a part of it: chance is for small graphs.
    """
    first = Order(strata, start, held)
    best, fewest = first.rows, first.crossings
    chance = Random(0)
    for attempt in range(2 + min(MOST_RESTARTS, EFFORT_OF_RESTARTS // max(cells, len(strata.level)))):
        if not fewest or fewest > (inf, len(strata.level), FEW_CROSSINGS)[min(attempt, 2)]:
            break
        if attempt:
            start = walked(strata, upward=attempt % 2 == 0, chance=chance if attempt > 1 else None)
        rows, count = _improved(Order(strata, start, held), held, check)
        if count < fewest:
            best, fewest = rows, count
    return best, fewest


def walked(strata: Strata, upward: bool, chance: Random | None = None) -> Rows:
    """Cells in the order in which a depth-first walk from the results (or from the sources) meets them.

    The inputs of a cell come in the order of their slots, or as ``chance`` wants it.
    """
    onward, back = (strata.above, strata.below) if upward else (strata.below, strata.above)
    rows: Rows = [[] for _ in range(strata.depth)]
    seen = bytearray(len(strata.level))
    ends = [cell for cell in range(len(strata.level)) if not back[cell]]
    ends.sort(key=lambda cell: -strata.level[cell] if upward else strata.level[cell])
    stack = ends[::-1]
    while stack:
        cell = stack.pop()
        if not seen[cell]:
            seen[cell] = True
            rows[strata.level[cell]].append(cell)
            near = onward[cell]
            stack.extend(chance.sample(near, len(near)) if chance else reversed(near))
    return rows


def inversions(sequence: Iterable[int]) -> int:
    """Number of pairs in the wrong order."""
    seen: list[int] = []
    total = 0
    for index, value in enumerate(sequence):
        if seen and value < seen[-1]:
            at = bisect_right(seen, value)
            total += index - at
            seen.insert(at, value)
        else:
            seen.append(value)
    return total


def _improved(order: Order, held: Held, check: Check) -> tuple[Rows, int]:
    """The best rows of several sweeps, neighbours then swapped, and their crossings."""
    best, fewest, idle = [list(row) for row in order.rows], order.crossings, 0
    size = len(order.place) + sum(map(len, order.strata.below))
    for sweep in range(max(2, min(MOST_SWEEPS, EFFORT // size))):
        check()
        order.sweep(up=sweep % 2 == 1, flip=sweep % 4 > 1)
        idle += 1
        if order.crossings < fewest:
            best, fewest, idle = [list(row) for row in order.rows], order.crossings, 0
        if not fewest or idle == PATIENCE:
            break
    order = Order(order.strata, best, held)
    for _ in range(max(1, EFFORT // size // 2)):
        check()
        if not order.swap():
            break
    return order.rows, order.crossings


def _groups(row: list[int], neighbours: Rows, place: list[int]) -> list[tuple[float, list[int]]]:
    """Cells with the mean place of their neighbours; those without any go with the one to their left."""
    groups: list[tuple[float, list[int]]] = []
    homeless: list[int] = []
    for cell in row:
        near = neighbours[cell]
        if len(near) == 1:
            groups.append((place[near[0]], [*homeless, cell]))
            homeless = []
        elif near:
            groups.append((sum([place[other] for other in near]) / len(near), [*homeless, cell]))
            homeless = []
        elif groups:
            groups[-1][1].append(cell)
        else:
            homeless.append(cell)
    return groups or [(0.0, homeless)]


def _crossed(left: list[int], right: list[int]) -> int:
    """Crossings of the links of two cells, ``left`` standing left of ``right``; places sorted."""
    if left[-1] <= right[0]:
        return 0
    return sum([len(left) - bisect_right(left, place) for place in right])
