"""The objective seen along one or two axes through a point: plain data for a curve, a contour or a surface."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """A straight line through the space of all trained numbers; two are equal only if they are the same object."""

    name: str
    vector: Vector
    """(columns,), not 0: the step from one whole place to the next."""
    centre: Vector
    """(columns,): place 0."""
    explains: float = math.nan
    """The share of the path's variance that lies along it; NaN where that was not asked."""


@dataclass(frozen=True, slots=True)
class Axis:
    """``count`` evenly spaced places from ``low`` to ``high``, both included."""

    along: int | Direction
    """A column (one parameter element, its places are its values), or a direction."""
    low: float
    high: float
    count: int
    values: Vector = field(init=False, repr=False, compare=False)
    """The places, (count,)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.linspace(self.low, self.high, self.count))


def shifts(along: int | Direction, moves: NDArray[np.floating]) -> Vector:
    """How far moves (…, columns) lead along a column or a direction, (…), whatever they do besides."""
    if isinstance(along, int):
        return np.asarray(moves[..., along], float)
    with np.errstate(over="ignore", invalid="ignore"):
        found: Vector = moves @ (along.vector / (along.vector @ along.vector))
    return found


def places(along: int | Direction, rows: NDArray[np.floating]) -> Vector:
    """Where rows (…, columns) lie along a column or a direction, (…): each by its nearest point on the line."""
    return shifts(along, rows if isinstance(along, int) else rows - along.centre)


def grid(axes: tuple[Axis, ...]) -> Vector:
    """The places of all points, (points, axes), the last axis fastest."""
    mesh = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    return np.stack([part.reshape(-1) for part in mesh]).T


def rows_at(axes: tuple[Axis, ...], base: NDArray[np.floating], points: Vector) -> Vector:
    """The rows (points, columns) at places (points, axes): ``base`` (columns,) moved along the axes only.

    Directions must be perpendicular to each other; columns are set to their values exactly.
    """
    rows = np.repeat(np.asarray(base, float)[:, None], len(points), axis=1).T  # each column in one piece
    for axis, at in zip(axes, points.T, strict=True):
        if isinstance(axis.along, int):
            rows[:, axis.along] = at
        else:
            rows += (at - places(axis.along, base))[:, None] * axis.along.vector
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """The objective on the grid of one or two axes; not finite where it is not defined."""

    axes: tuple[Axis, ...]
    values: Vector
    """(axes[0].count,) or (axes[0].count, axes[1].count): the first index runs along the first axis."""


@dataclass(frozen=True, slots=True, eq=False)
class Quadratic:
    """The second-order Taylor polynomial of the objective at a recorded row."""

    centre: Vector
    """(columns,): the row."""
    loss: float
    gradient: Vector
    """(columns,)."""
    hessian: Vector
    """(columns, columns)."""

    def on(self, axes: tuple[Axis, ...]) -> Landscape:
        """Its values on the grid of one or two axes through its centre."""
        along = [_vector(axis.along, len(self.centre)) for axis in axes]
        moved = grid(axes) - [float(places(axis.along, self.centre)) for axis in axes]
        slope = np.array([vector @ self.gradient for vector in along])
        bend = np.array([[one @ self.hessian @ other for other in along] for one in along])
        with np.errstate(over="ignore", invalid="ignore"):
            values = self.loss + moved @ slope + 0.5 * np.einsum("pi,ij,pj->p", moved, bend, moved)
        return Landscape(axes, values.reshape([axis.count for axis in axes]))


def _vector(along: int | Direction, columns: int) -> Vector:
    return np.eye(1, columns, along)[0] if isinstance(along, int) else along.vector
