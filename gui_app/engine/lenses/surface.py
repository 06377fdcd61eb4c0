"""The objective on the grid of one or two axes through a step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import reduce

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.landscape import Axis, Landscape, grid, rows_at
from gui_app.engine.batched import Batched, sample_of
from gui_app.engine.problem import Problem

SECONDS = 2.0
"""About the longest that a landscape may take: where it would take longer, its grid is made coarser."""
NUMBERS = 2**23
"""Most parameter elements that are laid out at once."""
PROBE = 1024
"""Points that are evaluated to see what one of them costs, where there are many more."""


def landscape_at(
    problem: Problem,
    parameters: NDArray[np.floating] | None,
    axes: tuple[Axis, ...],
    cancelled: Callable[[], bool] = lambda: False,
) -> Landscape:
    """The objective on the grid of one or two axes, through the recorded row ``parameters`` (``None``: the start).

    One batched call where the program allows it and the rows fit; on a coarser grid where that would take longer than
    SECONDS. Points where the objective fails or is not finite are NaN. Raises ProgramError where it fails everywhere.
    """
    if parameters is not None:
        problem.load(parameters)
    line = _Rows(problem, axes)
    batched = Batched(problem, line.columns(line.spread(sample_of(len(line.base)))), gradients=False)
    axes = _affordable(batched, line, axes)
    points = grid(axes)
    most = max(1, NUMBERS // max(1, len(line.base)))
    values = np.full(len(points), np.nan)
    end = time.perf_counter() + 2 * SECONDS
    for first in range(0, len(points), most):
        if cancelled() or time.perf_counter() > end:
            break
        columns = line.columns(points[first : first + most])
        values[first : first + most] = batched.evaluate(columns, None, cancelled, 2 * SECONDS).cpu().double()
    values = np.where(np.isfinite(values), values, np.nan)
    return Landscape(axes, values.reshape([axis.count for axis in axes]))


class _Rows:
    """Places along the axes as parameters of the problem."""

    def __init__(self, problem: Problem, axes: tuple[Axis, ...]) -> None:
        stores = problem.stores
        self.base = problem.in_columns([store.flat.detach().cpu().double().numpy() for store in stores])
        self._axes, self._device = axes, problem.device
        self._dtype = reduce(torch.promote_types, (store.dtype for store in stores))

    def columns(self, points: NDArray[np.float64]) -> Tensor:
        """(columns, points) for places (points, axes)."""
        columns = rows_at(self._axes, self.base, points).T
        return torch.from_numpy(columns).to(self._device, self._dtype).contiguous()

    def spread(self, count: int) -> NDArray[np.float64]:
        """``count`` places (count, axes), strewn evenly over the whole."""
        shares = np.modf(np.arange(count)[:, None] * (0.5, 0.7548776662466927)[: len(self._axes)])[0]
        low, high = np.array([(axis.low, axis.high) for axis in self._axes]).T
        return np.asarray(low + shares * (high - low))


def _affordable(batched: Batched, line: _Rows, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The same axes, with as many points as can be paid for."""
    each, count = batched.seconds, int(np.prod([axis.count for axis in axes]))
    if batched.way != "loop":
        if count <= PROBE:
            return axes
        probe = line.columns(line.spread(min(PROBE, max(1, NUMBERS // max(1, len(line.base))))))
        each = min(_seconds(batched, probe) for _ in range(2)) / probe.shape[1]  # one may have had to wait
    side = max(2, int((SECONDS / max(each, 1e-9)) ** (1 / len(axes))))
    return tuple(replace(axis, count=min(axis.count, side)) for axis in axes)


def _seconds(batched: Batched, columns: Tensor) -> float:
    begin = time.perf_counter()
    batched.evaluate(columns, None)
    return time.perf_counter() - begin
