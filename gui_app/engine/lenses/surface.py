"""The objective along one or two parameter elements, the others held at a step."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.landscape import Axis, Landscape
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

LOOP_SECONDS = 2.0
"""Longest that a program which cannot be batched is evaluated point by point."""


def landscape_at(
    problem: Problem,
    parameters: NDArray[np.floating] | None,
    axes: tuple[Axis, ...],
    cancelled: Callable[[], bool] = lambda: False,
) -> Landscape:
    """The objective on the grid of one or two axes, through the recorded row ``parameters`` (``None``: the start).

    One batched call where the program allows it, else point by point (a program that branches on its
    values), on a coarser grid where that would take longer than LOOP_SECONDS. Points where the objective fails
    or is not finite are NaN.
    """
    if parameters is not None:
        problem.load(parameters)
    points = _grid(axes)
    with torch.no_grad():
        try:
            values = _batched(problem, axes, points)
        except Exception:
            # Whatever a batched evaluation does not like, the single ones decide.
            axes, values = _one_by_one(problem, axes, cancelled)
    shape = tuple(axis.count for axis in axes)
    values = np.where(np.isfinite(values), values, np.nan)
    return Landscape(axes, values.reshape(shape))


def _grid(axes: tuple[Axis, ...]) -> NDArray[np.float64]:
    """All points, (count, axes), the last axis fastest."""
    mesh = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    return np.stack([part.reshape(-1) for part in mesh], axis=1)


def _places(problem: Problem, axes: tuple[Axis, ...]) -> list[tuple[int, int]]:
    """For each axis the argument that it varies and the element within it."""
    names = [spec.name for spec in problem.experiment.parameters]
    places, first = [], 0
    extents = {}
    for spec in problem.experiment.trained:
        extents[spec.name] = (first, first + spec.size)
        first += spec.size
    for axis in axes:
        name = next(n for n, (low, high) in extents.items() if low <= axis.column < high)
        places.append((names.index(name), axis.column - extents[name][0]))
    return places


def _batched(problem: Problem, axes: tuple[Axis, ...], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every point in one call: the varied parameters get a leading axis, ``vmap`` carries it through."""
    arguments: list[Tensor] = [argument.detach() for argument in problem.arguments]
    dimensions: list[int | None] = [None] * len(arguments)
    for place, (argument, element) in enumerate(_places(problem, axes)):
        tensor = arguments[argument]
        if dimensions[argument] is None:
            tensor = tensor.expand(len(points), *tensor.shape).clone()
            arguments[argument], dimensions[argument] = tensor, 0
        column = torch.from_numpy(points[:, place].copy()).to(tensor)
        tensor.view(len(points), -1)[:, element] = column
    result = torch.func.vmap(lambda *given: problem.evaluate(given), in_dims=tuple(dimensions))(*arguments)
    if not isinstance(result, Tensor) or result.numel() != len(points):
        raise TypeError("not one number for each point")
    array: NDArray[np.float64] = result.reshape(-1).cpu().double().numpy()
    return array


def _one_by_one(
    problem: Problem, axes: tuple[Axis, ...], cancelled: Callable[[], bool]
) -> tuple[tuple[Axis, ...], NDArray[np.float64]]:
    """Every point in a call of its own, on a grid that can be afforded."""
    arguments = [argument.detach().clone() for argument in problem.arguments]
    flat = [(arguments[a].view(-1), element) for a, element in _places(problem, axes)]
    begin = time.perf_counter()
    _value(problem, arguments)
    affordable = int(LOOP_SECONDS / max(time.perf_counter() - begin, 1e-6))
    side = max(2, int(affordable ** (1 / len(axes))))
    axes = tuple(Axis(a.column, a.low, a.high, min(a.count, side)) for a in axes)
    points = _grid(axes)
    values = np.full(len(points), np.nan)
    for index, point in enumerate(points):
        if cancelled() or time.perf_counter() - begin > 2 * LOOP_SECONDS:
            break
        for (tensor, element), coordinate in zip(flat, point, strict=True):
            tensor[element] = coordinate
        values[index] = _value(problem, arguments)
    return axes, values


def _value(problem: Problem, arguments: list[Tensor]) -> float:
    try:
        value = problem.evaluate(arguments)
    except (ProgramError, RuntimeError, ArithmeticError, ValueError):
        return float("nan")
    return float(value) if isinstance(value, Tensor) and value.numel() == 1 else float("nan")
