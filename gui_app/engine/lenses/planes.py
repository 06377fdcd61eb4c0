"""The axes that data are looked at along: one or two features, or principal components."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from gui_app.core.prepared import Numbers, Prepared

ALONG, ACROSS = 240, 72
"""Places of the grid along a single axis, and along each of two."""
MARGIN = 0.08
"""Of the data's range, on either side."""
SEEN = 2_000_000
"""Numbers from which principal components are found; of more, evenly spread rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """One or two axes through the data, in the units that they are shown in."""

    names: tuple[str, ...]
    ticks: tuple[Numbers, ...]
    places: Callable[[Numbers], Numbers]
    """Of rows of X (n, features), along the axes: (n, axes)."""
    rows: Callable[[Numbers], Numbers]
    """Back: rows of X at places (n, axes), everything else at its mean."""
    explained: tuple[float, ...] = ()
    others: int = 0

    def grid(self) -> Numbers:
        """Rows of X at all places of the grid, the last axis fastest."""
        meshes = np.meshgrid(*self.ticks, indexing="ij")
        return self.rows(np.stack([mesh.ravel() for mesh in meshes], axis=1))


def axes_of(data: Prepared, chosen: tuple[int, int] | None) -> Axes:
    """Two features by number; None: those that there are, or from three on the principal components."""
    count = data.features.shape[1]
    if chosen is not None and all(0 <= at < count for at in chosen) and chosen[0] != chosen[1]:
        return _features(data, chosen)
    return _features(data, tuple(range(count))) if count <= 2 else _components(data)


def _features(data: Prepared, chosen: tuple[int, ...]) -> Axes:
    columns = list(chosen)
    means, stds = data.means[columns], data.stds[columns]
    centre = data.features[data.training].mean(0)

    def places(rows: Numbers) -> Numbers:
        shown: Numbers = rows[:, columns] * stds + means
        return shown

    def rows(at: Numbers) -> Numbers:
        made = np.repeat(centre[None], len(at), 0)
        made[:, columns] = (at - means) / stds
        return made

    names = tuple(data.names[at] for at in columns)
    return Axes(names, _ticks(places(data.features)), places, rows, (), len(centre) - len(columns))


def _components(data: Prepared) -> Axes:
    """The two directions along which the training rows vary most, as the program sees them."""
    training = data.training
    every = max(1, -(-len(training) * data.features.shape[1] // SEEN))
    seen = data.features[training[::every]]
    centre = seen.mean(0)
    variances, directions = np.linalg.eigh(np.cov(seen - centre, rowvar=False))
    chosen = directions[:, :-3:-1].copy()
    # The sign of a direction is free: the largest share of each points up, so that pictures stay the same.
    chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(0), np.arange(2)])
    total = float(np.maximum(variances, 0).sum()) or 1.0

    def places(rows: Numbers) -> Numbers:
        # Not by NumPy, whose threads for products go on spinning beside the run.
        shown: Numbers = (torch.from_numpy(rows - centre) @ torch.from_numpy(chosen)).numpy()
        return shown

    def rows(at: Numbers) -> Numbers:
        made: Numbers = centre + (torch.from_numpy(at) @ torch.from_numpy(chosen.T)).numpy()
        return made

    explained = tuple((np.maximum(variances[:-3:-1], 0) / total).tolist())
    names = "component 1", "component 2"
    return Axes(names, _ticks(places(data.features)), places, rows, explained, len(centre) - 2)


def _ticks(places: Numbers) -> tuple[Numbers, ...]:
    """The grid along each axis: all data and a margin."""
    made = []
    for column in places.T:
        low, high = float(column.min()), float(column.max())
        room = MARGIN * (high - low) or max(abs(low), 1.0) * 0.5
        made.append(np.linspace(low - room, high + room, ALONG if places.shape[1] == 1 else ACROSS))
    return tuple(made)
