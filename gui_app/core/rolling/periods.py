"""Repeats: stretches of the line that are made of the same operations, joined in the same way, again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.core.rolling.line import Line
from gui_app.core.rolling.periodicity import Ints, Span, periods, spans

LEAST_ROUNDS = 3
LEAST_NODES = 6
"""Less than that is not worth a block."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive rounds: the i-th is bounds[i] … bounds[i + 1]."""

    bounds: tuple[int, ...]
    alike: range
    """The rounds that are the same node by node; the first and the last may differ in how they are joined."""

    @property
    def length(self) -> int:
        """Places from the first to the last round."""
        return self.bounds[-1] - self.bounds[0]


def repeats(line: Line, live: Ints, low: int, high: int) -> Iterator[Stretch]:
    """Candidates within [low, high), which may overlap; ``live`` as the line tells it."""
    for period in periods(line.form[low:high]):
        least = max(period, LEAST_NODES - 3 * period)
        for start, stop in spans(_same(line, period, low, high, least), least):
            # the flag at start compares low + start with low + start + period
            found = _rounds(line, live, (low + start, low + stop + period), period, (low, high))
            if found is not None:
                yield found


def _same(line: Line, period: int, low: int, high: int, least: int) -> NDArray[np.bool_]:
    """Whether place low + i and the one a period later are the same and take the same values, or each its own.

    If not even ``least`` have the same form, that is all that is told.
    """
    same: NDArray[np.bool_] = line.fit[low : high - period] == line.fit[low + period : high]
    if np.count_nonzero(same) < least:
        return same
    begin, end = line.first[low], line.first[high - period]
    place = line.place[begin:end]
    later = np.arange(begin, end) + (line.first[place + period] - line.first[place])
    # Of places that are not the same this may be the input of another place, even of one beyond the last.
    moved = line.source[np.minimum(later, len(line.source) - 1)] - line.source[begin:end]
    same[place[(moved != period) & (moved != 0)] - low] = False
    return same


def _rounds(line: Line, live: Ints, span: Span, period: int, within: Span) -> Stretch | None:
    """The most rounds that fit into the exact repeat ``span``, cut where the fewest values are passed on.

    A round before it and one after may join in if they have the same operations: what enters the first round and
    what leaves the last is seldom like the rest.
    """
    begin, end = span
    starts = begin + np.arange(min(period, end - begin - 2 * period + 1))
    rounds = (end - starts) // period
    before, after = _joining(line, starts, starts + rounds * period, period, within)
    total = rounds + before + after
    most = int(total.max())
    if most < LEAST_ROUNDS or most * period < LEAST_NODES:
        return None
    passed, reaching = _cuts(line, live, span, period)
    phase = np.lexsort((starts, reaching[: len(starts)], passed[: len(starts)], -total))[0]
    lead = int(before[phase])
    first = int(starts[phase]) - lead * period
    alike = range(lead, most - int(after[phase]))
    bounds = list(range(first, first + most * period + 1, period))
    if not lead and _is_start_of(line, within[0], first, period):
        bounds.insert(0, within[0])
        alike = range(1, alike.stop + 1)
    return Stretch(tuple(bounds), alike)


def _joining(
    line: Line, starts: Ints, stops: Ints, period: int, within: Span
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the rounds before ``starts`` and after ``stops`` have the same operations as that at ``starts``."""
    low, high = within
    latest = high - period
    sums = line.sums
    own = sums[starts + period] - sums[starts]
    ahead, behind = starts - period, np.minimum(stops, latest)
    before = (ahead >= low) & (sums[starts] - sums[np.maximum(ahead, 0)] == own)
    after = (stops <= latest) & (sums[behind + period] - sums[behind] == own)
    return before, after


def _cuts(line: Line, live: Ints, span: Span, period: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(period,) each: mean number of values that pass the cuts of each phase, and how far modules reach across."""
    begin, end = span
    phase = np.arange(end + 1 - begin) % period
    many = np.bincount(phase)
    passed, reaching = (
        np.bincount(phase, cost[begin : end + 1], period) / many for cost in (live, line.joint)
    )
    return passed, reaching


def _is_start_of(line: Line, low: int, first: int, period: int) -> bool:
    """Whether what stands before the first round is most of a round: without gradient some operations go unrecorded."""
    if not period / 2 <= first - low < period:
        return False
    here, usual = Counter(line.name[low:first].tolist()), Counter(line.name[first : first + period].tolist())
    return here <= usual
