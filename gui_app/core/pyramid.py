"""Numbers that come step by step: arrays that grow, and lines through millions of them at the cost of a picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FACTOR = 16
"""How many buckets of one pyramid level make a bucket of the next."""


class GrowingArray:
    """An array that grows at its first axis, at amortised constant cost per row."""

    def __init__(self, width: tuple[int, ...], dtype: str) -> None:
        rows = min(256, 2**20 // max(1, math.prod(width)) + 2)
        self._data = np.empty((rows, *width), dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def array(self) -> NDArray[np.floating]:
        """What is there so far; a view that stays valid, but does not grow."""
        return self._data[: self._length]

    def extend(self, rows: NDArray[np.floating]) -> None:
        """Append rows."""
        end = self._length + len(rows)
        if end > len(self._data):
            grown = np.empty((max(end, 2 * len(self._data)), *self._data.shape[1:]), self._data.dtype)
            grown[: self._length] = self.array
            self._data = grown
        self._data[self._length : end] = rows
        self._length = end

    def replace(self, rows: NDArray[np.floating]) -> None:
        """Keep ``rows`` (copied) instead of everything so far."""
        self._data = rows.copy()
        self._length = len(rows)


class Pyramid:
    """Smallest and largest value of 16, 256, 4096 … consecutive entries, kept up to date as entries come.

    A curve of any length is drawn from the level that has about as many buckets as there are pixels, so no
    spike is ever lost. NaN is passed over where a bucket holds anything else.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[GrowingArray, GrowingArray]] = []

    def update(self, values: NDArray[np.floating]) -> None:
        """Take in what has been appended to ``values`` since the last call."""
        low = high = values
        depth = 0
        while len(low) >= FACTOR:
            if depth == len(self._levels):
                self._levels.append((GrowingArray((), "float64"), GrowingArray((), "float64")))
            lows, highs = self._levels[depth]
            start, end = len(lows) * FACTOR, len(low) // FACTOR * FACTOR
            if end > start:
                lows.extend(np.fmin.reduce(low[start:end].reshape(-1, FACTOR), axis=1))
                highs.extend(np.fmax.reduce(high[start:end].reshape(-1, FACTOR), axis=1))
            low, high = lows.array, highs.array
            depth += 1

    def envelope(
        self, values: NDArray[np.floating], first: int, last: int, most: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A line through entries ``first`` … ``last`` of ``values`` with about ``most`` to 16 × ``most`` points.

        Returns positions and values. Below ``2 * most`` entries they are the entries themselves; above, each
        bucket gives its smallest and its largest value.
        """
        first, last = max(first, 0), min(last, len(values) - 1)
        count = last - first + 1
        if count <= 0:
            return np.empty(0), np.empty(0)
        depth, size = 0, 1
        while depth < len(self._levels) and count > 2 * most * size * FACTOR:
            depth, size = depth + 1, size * FACTOR
        if depth == 0:
            if count <= 2 * most:
                return np.arange(first, last + 1, dtype=float), np.asarray(
                    values[first : last + 1], dtype=float
                )
            low = high = values
        else:
            low, high = (level.array for level in self._levels[depth - 1])
        return self._buckets(values, low, high, size, first, last, most)

    @staticmethod
    def _buckets(
        values: NDArray[np.floating],
        low: NDArray[np.floating],
        high: NDArray[np.floating],
        size: int,
        first: int,
        last: int,
        most: int,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Merge ``low`` and ``high`` (buckets of ``size`` entries) into about ``most`` buckets."""
        begin, end = first // size, min(last // size + 1, len(low))
        group = max(1, (end - begin) // most)
        starts = np.arange(begin, end, group)
        lows = np.fmin.reduceat(low[:end], starts)
        highs = np.fmax.reduceat(high[:end], starts)
        centres = starts * size
        positions = np.repeat(centres.astype(float), 2)
        positions[1::2] += size * group / 2
        line = np.empty(2 * len(starts))
        falls = _falling(lows, highs)
        line[0::2], line[1::2] = np.where(falls, highs, lows), np.where(falls, lows, highs)
        tail = end * size
        if tail <= last:  # entries that fill no bucket yet
            positions = np.concatenate((positions, np.arange(tail, last + 1)))
            line = np.concatenate((line, values[tail : last + 1]))
        return positions, line


def _falling(lows: NDArray[np.floating], highs: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where values go down from bucket to bucket: with the highest first a falling line has no saw teeth."""
    with np.errstate(over="ignore", invalid="ignore"):
        around = np.pad(lows / 2 + highs / 2, 1, mode="edge")
        falls: NDArray[np.bool_] = around[2:] < around[:-2]
    return falls
