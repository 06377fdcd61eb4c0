"""Which stretches become blocks, and which lies in which: intervals of the line, nested or apart."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise

from gui_app.core.rolling.line import Line
from gui_app.core.rolling.loops import LEAST_NODES, loop
from gui_app.core.rolling.periods import Stretch, repeats

MOST_SEARCHES = 100
"""Intervals that are searched; of a program with thousands of different rounds the later ones stay whole."""
DEEPEST = 4
"""Searches within searches."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A block on the line."""

    start: int
    stop: int
    parent: int
    """Index of the interval around it, -1 for none."""
    rounds: int
    """How many rounds it has; 0: it is a round itself."""
    number: int = 0
    """Of a round: which of its parent's, from 1."""
    size: int = 0
    """Places of its first round."""
    model: tuple[int, int] | None = None
    """Where a usual round stands, if the first is none."""


@dataclass(slots=True)
class _Group:
    stretch: Stretch
    inner: dict[int, list[_Group]] = field(default_factory=dict)
    """What is found within a round, for the first of those that are alike and for each that is not."""


def intervals(line: Line) -> list[Interval]:
    """All blocks, each after the one it lies in."""
    result: list[Interval] = []
    waiting = [(group, 0, -1) for group in reversed(_Finder(line).groups(0, len(line.nodes), 0))]
    while waiting:
        group, moved, parent = waiting.pop()
        bounds, alike = group.stretch.bounds, group.stretch.alike
        own, size = len(result), bounds[1] - bounds[0]
        model = (bounds[alike.start] + moved, bounds[alike.start + 1] + moved) if alike.start else None
        result.append(
            Interval(bounds[0] + moved, bounds[-1] + moved, parent, len(bounds) - 1, 0, size, model)
        )
        if len(bounds) - 1 == group.stretch.length:
            continue  # a round of one node is no block
        deeper: list[tuple[_Group, int, int]] = []
        for number, (start, stop) in enumerate(pairwise(bounds)):
            result.append(Interval(start + moved, stop + moved, own, 0, number + 1, stop - start))
            known = alike.start if number in alike else number
            further = moved + start - bounds[known]
            deeper += [(inner, further, len(result) - 1) for inner in group.inner.get(known, ())]
        waiting += reversed(deeper)
    return result


class _Finder:
    def __init__(self, line: Line) -> None:
        self._line, self._live, self._left = line, line.live(), MOST_SEARCHES

    def groups(self, low: int, high: int, depth: int) -> list[_Group]:
        """The stretches within [low, high), from left to right, and those within their rounds."""
        if high - low < LEAST_NODES or depth > DEEPEST or not self._left:
            return []
        self._left -= 1
        chosen = self._chosen(low, high)
        found, end = [], low
        for stretch in chosen:
            found += self.groups(end, stretch.bounds[0], depth + 1)
            found.append(_Group(stretch, self._inner(stretch, depth)))
            end = stretch.bounds[-1]
        return found + (self.groups(end, high, depth + 1) if chosen else [])

    def _inner(self, stretch: Stretch, depth: int) -> dict[int, list[_Group]]:
        first = stretch.alike.start
        rounds = enumerate(pairwise(stretch.bounds))
        models = ((n, bounds) for n, bounds in rounds if n not in stretch.alike or n == first)
        return {n: self.groups(low, high, depth + 1) for n, (low, high) in models}

    def _chosen(self, low: int, high: int) -> list[Stretch]:
        """The longest stretches that do not meet, from left to right."""
        candidates = list(repeats(self._line, self._live, low, high))
        turns = loop(self._line, low, high)
        candidates += [turns] if turns else []
        candidates.sort(key=lambda stretch: -stretch.length)  # of equals those with the shorter rounds
        taken: list[Stretch] = []
        for stretch in candidates:
            at = bisect_left(taken, stretch.bounds[0], key=lambda other: other.bounds[0])
            free_before = at == 0 or taken[at - 1].bounds[-1] <= stretch.bounds[0]
            if free_before and (at == len(taken) or stretch.bounds[-1] <= taken[at].bounds[0]):
                taken.insert(at, stretch)
        return taken
