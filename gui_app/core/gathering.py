"""Where runs end: ends that lie together are one minimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui_app.core.starts_study import DIVERGED, UNDERWAY, Minimum

NEAR = 0.015
"""Ends within this share of the scale belong to one minimum."""
APART = 2.0
"""Minima are so many times as far apart; ends that trail off from one are still under way."""
OUT_OF_SIGHT = 1000.0
"""Times the scale."""
FEWEST = 3
"""Ends that make a minimum."""
MOST = 150
"""Minima that are told apart."""
TRIES = 250
"""Places that are looked at as minima before the rest counts as under way."""


class Gathering:
    """Finds minima among the ends of runs that come in parts; a minimum that was found keeps its index.

    ``scale`` (columns,) is what distances in each column are compared with, ``centre`` (columns,) what lies in sight;
    losses that differ by less than ``tolerance`` are the same.
    """

    def __init__(
        self, scale: NDArray[np.float64], centre: NDArray[np.float64], tolerance: float = 0.0
    ) -> None:
        self._scale, self._centre = scale, centre
        self._tolerance = max(tolerance, 1e-300)
        self._places: list[NDArray[np.float64]] = []
        """Of all leaders, scaled."""
        self._labels: list[int] = []
        """Of each leader: its minimum, or UNDERWAY."""
        self._best: list[tuple[NDArray[np.float64], float]] = []
        self._counts: list[int] = []
        self._seen = 0

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """Those found so far."""
        return tuple(
            Minimum(point, loss, count / self._seen)
            for (point, loss), count in zip(self._best, self._counts, strict=True)
        )

    def add(
        self, ends: NDArray[np.floating], losses: NDArray[np.floating], lost: NDArray[np.bool_]
    ) -> NDArray[np.int16]:
        """The labels (n,) of more ends (columns, n) with their losses (n,); ``lost`` are those that have diverged."""
        labels = np.full(len(losses), UNDERWAY, np.int16)
        with np.errstate(all="ignore"):
            at = (ends.T.astype(np.float64) - self._centre) / self._scale
            lost = lost | ~np.isfinite(losses) | ~(np.abs(at).max(axis=1, initial=0.0) < OUT_OF_SIGHT)
        labels[lost] = DIVERGED
        self._seen += len(losses)
        open_ = np.flatnonzero(~lost)
        for place, label in zip(self._places, self._labels, strict=True):
            open_ = self._take(at, open_, place, label, labels)
        self._lead(at, losses, open_, labels)
        self._remember(ends, losses, labels)
        return labels

    def _take(
        self,
        at: NDArray[np.float64],
        open_: NDArray[np.intp],
        place: NDArray[np.float64],
        label: int,
        labels: NDArray[np.int16],
    ) -> NDArray[np.intp]:
        """Give the ends near ``place`` that label; returns those that are left."""
        near = np.abs(at[open_] - place).max(axis=1, initial=0.0) <= NEAR
        labels[open_[near]] = label
        left: NDArray[np.intp] = open_[~near]
        return left

    def _lead(
        self,
        at: NDArray[np.float64],
        losses: NDArray[np.floating],
        open_: NDArray[np.intp],
        labels: NDArray[np.int16],
    ) -> None:
        """Find new places, each time from the end with the lowest loss that is left."""
        open_ = open_[np.argsort(losses[open_], kind="stable")]
        first, found = len(self._places), len(self._best)
        for _ in range(TRIES - len(self._places)):
            if not len(open_):
                break
            place = at[open_[0]]
            away = np.abs(np.array(self._places or [place + 1.0]) - place).max(axis=1)
            beside = bool(away.min() <= APART * NEAR)
            count = int(np.count_nonzero(np.abs(at[open_] - place).max(axis=1) <= NEAR))
            label = UNDERWAY if beside or count < FEWEST or len(self._best) >= MOST else len(self._best)
            if label >= 0:
                self._best.append((np.zeros(at.shape[1]), np.inf))
                self._counts.append(0)
            self._places.append(place)
            self._labels.append(label)
            open_ = self._take(at, open_, place, label, labels)
        self._order(losses, labels, first, found)

    def _order(self, losses: NDArray[np.floating], labels: NDArray[np.int16], first: int, found: int) -> None:
        """Of the minima that were just found the lowest come first; of equally low ones those with the most ends."""
        fresh = range(found, len(self._best))
        depths = {label: losses[labels == label].min() // self._tolerance for label in fresh}
        counts = {label: np.count_nonzero(labels == label) for label in fresh}
        order = sorted(fresh, key=lambda label: (depths[label], -counts[label]))
        new = dict(zip(order, fresh, strict=True))
        before = labels.copy()
        for old, label in new.items():
            labels[before == old] = label
        self._labels[first:] = [new.get(label, label) for label in self._labels[first:]]

    def _remember(
        self, ends: NDArray[np.floating], losses: NDArray[np.floating], labels: NDArray[np.int16]
    ) -> None:
        """Count the ends of each minimum, and keep the lowest."""
        for label in range(len(self._best)):
            members = np.flatnonzero(labels == label)
            if not len(members):
                continue
            self._counts[label] += len(members)
            lowest = members[np.argmin(losses[members])]
            if losses[lowest] < self._best[label][1]:
                self._best[label] = ends[:, lowest].astype(np.float64), float(losses[lowest])
