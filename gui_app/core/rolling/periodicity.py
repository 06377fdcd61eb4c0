"""Where a sequence repeats itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Span = tuple[int, int]
"""From a place to before another."""

WINDOWS = (1, 2, 4, 8, 16, 32, 64)
"""Lengths of the stretches whose reappearance suggests a period."""
MOST_GUESSES = 6
"""Periods for each window, those with the most evidence."""
MOST_SPANS = 100


def periods(sequence: NDArray[np.integer]) -> list[int]:
    """Periods for which there is evidence in (n,) numbers: how long ago the same stretch was seen last. Rising."""
    count = len(sequence)
    found: set[int] = set()
    window = sequence.astype(np.uint64)
    for width in WINDOWS:
        if 2 * width > count:
            break
        order = window.argsort(kind="stable")
        ordered = window[order]
        distance = (order[1:] - order[:-1])[ordered[1:] == ordered[:-1]]
        if not len(distance):
            break
        seen = np.bincount(distance)
        lengths = seen.nonzero()[0]
        found.update(lengths[(-seen[lengths]).argsort(kind="stable")[:MOST_GUESSES]].tolist())
        spread = mixed(window)
        window = spread[:-width] + np.uint64(3) * spread[width:]
    return sorted(period for period in found if 2 * period <= count)


def spans(flags: NDArray[np.bool_], least: int) -> list[Span]:
    """The stretches of at least ``least`` true flags, the longest MOST_SPANS of them."""
    if np.count_nonzero(flags) < least:
        return []
    framed = np.zeros(len(flags) + 2, np.bool_)
    framed[1:-1] = flags
    edges = (framed[1:] != framed[:-1]).nonzero()[0]
    starts, stops = edges[::2], edges[1::2]
    longest = (starts - stops).argsort(kind="stable")[:MOST_SPANS]
    longest = longest[(stops - starts)[longest] >= least]
    return list(zip(starts[longest].tolist(), stops[longest].tolist(), strict=True))


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Well-spread numbers, equal for equal ones (the last step of splitmix64): sums of them are as good as unique."""
    result = (numbers + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        result = (result ^ (result >> np.uint64(shift))) * np.uint64(factor)
    return result ^ (result >> np.uint64(31))
