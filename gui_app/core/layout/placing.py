"""Where each cell stands: x by weighted isotonic regression, row by row, anchored on the spine.

In a row the cells keep their order and their distances; under that, the weighted squares of their distances from
where others want them are least, which pool-adjacent-violators solves exactly. Sweeps go up and down; the best of
them counts. The spine, the longest path to the result, stands still at x = 0, so pictures cannot drift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np

from gui_app.core.layout.layers import Strata
from gui_app.core.layout.ordering import Check, Rows

MOST_ROUNDS = 10
"""Sweeps up and down in which everything may move; as many again keep straight lines straight."""
EFFORT = 4_000
"""Cells that all rounds of one kind may visit, if there is more than one."""
ANCHOR = 1e7
"""Weight of the spine."""
STRAIGHT = 16.0
"""Weight of a link that continues the longest path through both its ends."""
ENDS = 0.1
"""Weight of a cell that has nobody ahead."""
DUMMY_HALF = 6.0
"""Half the room of a passing link, px."""


Pulls = list[tuple[int, float, list[int], float]]
"""Of each cell of a row: itself, its least distance from the first, whom it follows, and with what weight."""
ANCHORED: list[int] = []
"""Whom the spine follows."""


@dataclass(slots=True)
class Extents:
    """Room of each cell left and right of its middle, px, half the gap to the neighbour included."""

    left: list[float]
    right: list[float]


@dataclass(slots=True)
class Leads:
    """Whom each cell follows sideways: its deepest inputs when a sweep goes down, its longest outputs when up."""

    above: list[list[int]]
    below: list[list[int]]
    hold_above: list[float]
    hold_below: list[float]
    """Weights: two cells that follow each other, and nobody else, should be in line."""

    def chosen(self, up: bool, firm: bool) -> list[tuple[list[int], float]]:
        """Whom each cell follows in one sweep, and with what weight: those ahead; the ends of the graph those behind.

        In a ``firm`` sweep a cell that is in line with one behind it stays in that line.
        """
        ahead, strength = (self.below, self.hold_below) if up else (self.above, self.hold_above)
        behind, grip = (self.above, self.hold_above) if up else (self.below, self.hold_below)
        return [
            (after, back) if firm and back > hold else ((near, hold) if near else (after, ENDS))
            for near, hold, after, back in zip(ahead, strength, behind, grip, strict=True)
        ]


def placed(strata: Strata, rows: Rows, shifts: list[list[float]], end: int, check: Check) -> list[float]:
    """x of the middle of each cell, whole px; the spine leads to the box ``end``."""
    leads = leads_of(strata, rows)
    spine = spine_of(strata, leads, end)
    x = aligned(rows, shifts)
    moving = [index for index, row in enumerate(rows) if len(row) > 1 or row[0] not in spine]
    if not moving:
        return x
    bend = _bend(strata, leads)
    best, least = list(x), bend(x)
    rounds = max(1, min(MOST_ROUNDS, EFFORT // len(x)))
    for firm in (False, True):
        sweeps = []
        for up in (True, False):
            chosen = leads.chosen(up, firm)
            pulls = [_pulls(rows[index], shifts[index], chosen, spine) for index in moving]
            sweeps.append(pulls[::-1] if up else pulls)
        for _ in range(rounds):
            before = list(x)
            for sweep in sweeps:
                check()
                for row in sweep:
                    _settle(row, x)
                cost = bend(x)
                if cost < least - 0.5:
                    best, least = list(x), cost
            if x == before:
                break
    return [float(round(value)) for value in best]


def leads_of(strata: Strata, rows: Rows) -> Leads:
    """Whom each cell follows, and how strongly."""
    depth, height = [0] * len(strata.level), [0] * len(strata.level)
    above: list[list[int]] = [[] for _ in depth]
    below: list[list[int]] = [[] for _ in depth]
    for order, longest, inputs, leads in (
        (rows, depth, strata.above, above),
        (rows[::-1], height, strata.below, below),
    ):
        for row in order:
            for cell in row:
                leads[cell] = near = inputs[cell]
                most = max([longest[other] for other in near], default=0)
                longest[cell] = most + (cell < strata.boxes)
                if len(near) > 1:
                    leads[cell] = [other for other in dict.fromkeys(near) if longest[other] == most]
    return Leads(above, below, _holds(above, below), _holds(below, above))


def _holds(leads: list[list[int]], back: list[list[int]]) -> list[float]:
    return [
        STRAIGHT if len(near) == 1 and back[near[0]] == [cell] else 1.0 for cell, near in enumerate(leads)
    ]


def spine_of(strata: Strata, leads: Leads, end: int) -> set[int]:
    """The cells that every longest path to the box ``end`` passes, row by row."""
    critical: dict[int, list[int]] = defaultdict(list)
    seen, stack = {end}, [end]
    while stack:
        cell = stack.pop()
        critical[strata.level[cell]].append(cell)
        fresh = [other for other in leads.above[cell] if other not in seen]
        seen.update(fresh)
        stack += fresh
    return {cells[0] for cells in critical.values() if len(cells) == 1}


def least_distances(row: list[int], extents: Extents) -> list[float]:
    """Least distance of each cell of a row from its first."""
    shifts, at = [0.0], 0.0
    for cell, following in pairwise(row):
        at += extents.right[cell] + extents.left[following]
        shifts.append(at)
    return shifts


def aligned(rows: Rows, shifts: list[list[float]]) -> list[float]:
    """x of each cell where every row stands as close as it can, its middle at 0."""
    x = [0.0] * sum(map(len, rows))
    for row, shift in zip(rows, shifts, strict=True):
        for cell, at in zip(row, shift, strict=True):
            x[cell] = float(round(at - shift[-1] / 2))
    return x


def _pulls(
    row: list[int], shifts: list[float], chosen: list[tuple[list[int], float]], spine: set[int]
) -> Pulls:
    """What draws the cells of a row in one sweep."""
    return [
        (cell, shift, ANCHORED, ANCHOR) if cell in spine else (cell, shift, *chosen[cell])
        for cell, shift in zip(row, shifts, strict=True)
    ]


def _settle(pulls: Pulls, x: list[float]) -> None:
    """Move the cells of a row to where those whom they follow want them."""
    wanted: list[float] = []
    last, rising = -inf, True
    for cell, shift, near, _ in pulls:
        if len(near) == 1:
            target = x[near[0]] - shift
        elif near:
            target = sum([x[other] for other in near]) / len(near) - shift
        else:
            target = (0.0 if near is ANCHORED else x[cell]) - shift
        rising = rising and target > last
        last = target
        wanted.append(target)
    values = wanted if rising else isotonic(wanted, [weight for _, _, _, weight in pulls])
    for (cell, shift, _, _), value in zip(pulls, values, strict=True):
        x[cell] = value + shift


def isotonic(wanted: list[float], weights: list[float]) -> Iterable[float]:
    """The non-decreasing numbers with the least weighted squares of distance from ``wanted``."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(wanted, weights, strict=True):
        count = 1
        while pools and pools[-1][0] >= value:
            above, heavy, many = pools.pop()
            value = (above * heavy + value * weight) / (heavy + weight)
            weight += heavy
            count += many
        pools.append((value, weight, count))
    return [value for value, _, count in pools for _ in range(count)]


def _bend(strata: Strata, leads: Leads) -> Callable[[list[float]], float]:
    """Tells how far the links run sideways in all; those that should be straight count more."""
    upper, lower = strata.segments()
    first = np.array([led[0] if led else -1 for led in leads.below])
    weights = np.where(first[upper] == lower, np.array(leads.hold_below)[upper], 1.0)

    def bend(x: list[float]) -> float:
        places = np.array(x)
        return float(weights @ np.abs(places[upper] - places[lower]))

    return bend
