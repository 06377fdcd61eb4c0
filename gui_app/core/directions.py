"""Two directions through the space of all trained numbers, in which a run of many of them can be drawn.

Principal components of the trajectory, and random directions with the filter normalisation of Li et al.
(“Visualizing the Loss Landscape of Neural Nets”, 2018).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import Experiment
from gui_app.core.landscape import Direction, Vector, shifts

MAIN = "main direction"
RANDOM = "random direction"


def principal(rows: NDArray[np.floating]) -> tuple[Direction, Direction]:
    """The two main directions of a path, rows (steps, columns) with at least two columns; place 0 is its first row.

    Unit vectors, perpendicular, the one with the larger share of the variance first; the largest number in each is
    positive. Rows that are not finite are passed over. Where the path has fewer directions than two, the rest is
    filled with any perpendicular one.
    """
    path = _finite(rows)
    columns = rows.shape[1]
    centre = path[0] if len(path) else np.zeros(columns)
    moved = path - path.mean(axis=0) if len(path) else path
    largest = float(np.abs(moved).max(initial=0.0))
    unit = moved / largest if largest > 0 else moved
    found = _leading(unit)
    total = float(np.square(unit).sum())
    while len(found) < 2:
        found.append(_perpendicular(found, columns))
    shares = [float(np.square(unit @ vector).sum()) / total if total > 0 else math.nan for vector in found]
    first, second = (
        Direction(f"{MAIN} {index + 1}", found[index], centre, shares[index]) for index in range(2)
    )
    return first, second


def _leading(unit: Vector) -> list[Vector]:
    """Up to two right singular vectors of (steps, columns), found from the smaller of its two Gram matrices."""
    steps, columns = unit.shape
    if not steps or not unit.any():
        return []
    gram = unit @ unit.T if steps < columns else unit.T @ unit
    values, vectors = np.linalg.eigh(gram)
    found: list[Vector] = []
    for index in range(len(values) - 1, max(len(values) - 3, -1), -1):
        if values[index] <= 1e-12 * values[-1]:
            break
        vector = unit.T @ vectors[:, index] if steps < columns else vectors[:, index]
        found.append(_signed(_without(vector, found)))
    return found


def random_pair(experiment: Experiment, row: NDArray[np.floating], seed: int) -> tuple[Direction, Direction]:
    """Two random directions through ``row`` (columns,), which is place 0.

    Each filter (a row of a matrix, a slice of a tensor along its first dimension, a whole vector) is drawn from a
    normal distribution and made as long as the same filter of ``row``, so that a step of 1 means as much to each. The
    second one is made perpendicular to the first. The same seed gives the same directions.
    """
    generator, centre = np.random.default_rng(seed), np.nan_to_num(np.asarray(row, float))
    made: list[Vector] = []
    for _ in range(2):
        vector = _normalised(experiment, centre, generator.normal(size=len(centre)))
        length = float(np.linalg.norm(vector))
        made.append(_without(vector, made) * (length or 1.0))
    first, second = (Direction(f"{RANDOM} {index + 1}", vector, centre) for index, vector in enumerate(made))
    return first, second


def _normalised(experiment: Experiment, row: Vector, drawn: Vector) -> Vector:
    """``drawn`` with filters as long as those of ``row``; unchanged, with length 1, where all of those are 0."""
    vector = np.zeros_like(drawn)
    first = 0
    for spec in experiment.trained:
        shape = (spec.shape[0], -1) if len(spec.shape) > 1 and spec.size else (1, spec.size)
        part = slice(first, first + spec.size)
        noise, weights = drawn[part].reshape(shape), row[part].reshape(shape)
        lengths = np.linalg.norm(noise, axis=1, keepdims=True)
        scale = np.linalg.norm(weights, axis=1, keepdims=True) / np.where(lengths > 0, lengths, 1.0)
        vector[part] = (noise * scale).reshape(-1)
        first += spec.size
    if not vector.any():
        vector = drawn / np.linalg.norm(drawn)
    return vector


def explained(pair: tuple[Direction, Direction], rows: NDArray[np.floating]) -> tuple[Direction, Direction]:
    """The same perpendicular directions with their shares of the variance of a path, rows (steps, columns)."""
    path = _finite(rows)
    if not len(path):
        return pair
    largest = float(np.abs(path - path[0]).max()) or 1.0
    unit = (path - path[0]) / largest
    total = float(unit.var(axis=0).sum())
    shares = [
        float(shifts(each, unit).var() * (each.vector @ each.vector)) / total if total > 0 else math.nan
        for each in pair
    ]
    return replace(pair[0], explains=shares[0]), replace(pair[1], explains=shares[1])


def _finite(rows: NDArray[np.floating]) -> Vector:
    """The rows that a variance can be taken of."""
    found: Vector = np.asarray(rows, float)
    kept: Vector = found[(np.abs(found) < 1e150).all(axis=1)]
    return kept


def _without(vector: Vector, others: list[Vector]) -> Vector:
    """The part of ``vector`` that is perpendicular to ``others``, with length 1."""
    for _ in range(2):  # twice: the first pass leaves rounding behind
        for other in others:
            vector = vector - (vector @ other) / (other @ other) * other
    length = float(np.linalg.norm(vector))
    if not length > 0:
        return _perpendicular(others, len(vector))
    unit: Vector = vector / length
    return unit


def _perpendicular(others: list[Vector], columns: int) -> Vector:
    """Of the axes the one that is least like ``others``, made perpendicular to them."""
    likeness = sum((np.abs(other) / np.linalg.norm(other) for other in others), np.zeros(columns))
    return _without(np.eye(1, columns, int(np.argmin(likeness)))[0], others)


def _signed(vector: Vector) -> Vector:
    """The same direction with its largest number positive."""
    signed: Vector = vector * np.copysign(1.0, vector[int(np.argmax(np.abs(vector)))])
    return signed
