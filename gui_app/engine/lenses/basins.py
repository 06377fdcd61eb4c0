"""The basin map: where each start of a grid ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.gathering import Gathering
from gui_app.core.starts_study import AHEAD, BasinMap, BasinsAsked, height
from gui_app.engine.batched import Batched
from gui_app.engine.flock import Flock
from gui_app.engine.lenses.starts import Cancelled, Ground
from gui_app.engine.problem import Problem

COARSEST = 64
"""Starts along each axis of the first picture."""
AT_REST = 1e-4
"""Share of the usual gradient at the starts that counts as none."""
SAME = 1e-6
"""Share of the objective's range over the plane by which the losses of equally deep minima may differ."""
PROBED = 16
"""Starts along each axis from which the usual gradient is found."""
ELEMENTS = 2**24
"""Parameter elements of all ends together that are kept."""


def basins(problem: Problem, asked: BasinsAsked, cancelled: Cancelled) -> Iterator[BasinMap]:
    """Answers BasinsAsked: coarse first, then finer, ever more complete. Raises EngineError and ProgramError."""
    ground = Ground(problem, asked)
    study = _Study(ground, asked, cancelled)
    yield study.map()
    for piece in study.pieces():
        if cancelled():
            return
        study.run(piece)
        yield study.map()


class _Study:
    """The map while it fills; starts are numbered x-first: index = i * side + j."""

    def __init__(self, ground: Ground, asked: BasinsAsked, cancelled: Cancelled) -> None:
        self._ground, self._asked, self._cancelled = ground, asked, cancelled
        x, y = asked.plane.centres(asked.side)
        self._x, self._y = (part.reshape(-1) for part in np.meshgrid(x, y, indexing="ij"))
        count = asked.side**2
        probe = self._columns(_spread(asked.side, PROBED))
        self._batched: Batched = ground.batched(probe, count)
        self.relief = ground.relief(cancelled)
        self._threshold = self._usual_gradient(probe) * AT_REST
        self._gathering = Gathering(*self._sight(), SAME * height(self.relief))
        self._labels = np.full(count, AHEAD, np.int16)
        self._ends = np.full((2, count), np.nan, np.float32)
        self._losses = np.full(count, np.nan, np.float32)
        self._needed = np.full(count, -1, np.int32)
        self._run = 0

    def pieces(self) -> Iterator[NDArray[np.intp]]:
        """The indices of starts that are run together: every 8th of each axis, then every 4th of the rest, …"""
        side = self._asked.side
        every = max(1, side // COARSEST)
        done = np.zeros((side, side), bool)
        most = min(self._batched.rows_at_once, max(1, ELEMENTS // len(self._ground.start)))
        while every >= 1:
            chosen = np.zeros_like(done)
            chosen[every // 2 :: every, every // 2 :: every] = True
            indices = np.flatnonzero(chosen & ~done)
            done |= chosen
            for part in np.array_split(indices, max(1, -(-len(indices) // most))):
                if len(part):
                    yield part
            every //= 2

    def run(self, piece: NDArray[np.intp]) -> None:
        """Take all steps of these starts, unless cancelled."""
        flock = Flock(self._ground.problem, self._batched, self._columns(piece))
        needed = torch.zeros_like(flock.loss)
        worst = flock.loss.clone()
        while True:
            moving = flock.gradient.abs().amax(dim=0) > self._threshold
            torch.maximum(needed, moving * float(flock.step + 1), out=needed)
            if flock.step == self._asked.steps:
                break
            if self._cancelled():
                return
            flock.advance()
            torch.maximum(worst, flock.loss, out=worst)
        lost = ~(worst.isfinite() & flock.position.isfinite().all(dim=0))
        needed[lost | (needed > self._asked.steps)] = -1
        self._keep(piece, flock, needed, lost)

    def map(self) -> BasinMap:
        """What is known now."""
        asked, side = self._asked, self._asked.side
        return BasinMap(
            asked.plane,
            self.relief,
            self._gathering.minima,
            self._labels.reshape(side, side).copy(),
            self._ends.reshape(2, side, side).copy(),
            self._losses.reshape(side, side).copy(),
            self._needed.reshape(side, side).copy(),
            asked.steps,
            self._threshold,
            self._batched.way,
            self._run / side**2,
        )

    def _keep(self, piece: NDArray[np.intp], flock: Flock, needed: Tensor, lost: Tensor) -> None:
        ends, losses = flock.position.cpu().numpy(), flock.loss.cpu().numpy()
        self._labels[piece] = self._gathering.add(ends, losses, lost.cpu().numpy())
        self._ends[:, piece] = ends[list(self._asked.plane.columns)]
        self._losses[piece] = losses
        self._needed[piece] = needed.cpu().numpy()
        self._run += len(piece)

    def _columns(self, indices: NDArray[np.intp]) -> Tensor:
        return self._ground.columns(self._x[indices], self._y[indices])

    def _usual_gradient(self, starts: Tensor) -> float:
        """The median over starts of the largest element of the gradient."""
        gradients = torch.empty_like(starts)
        self._batched.evaluate(starts, gradients)
        largest = gradients.abs().amax(dim=0)
        largest = largest[largest.isfinite()]
        return float(largest.median()) if len(largest) else 0.0

    def _sight(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What ends are compared with: lengths and the middle of what is looked at."""
        asked, plane = self._asked, self._asked.plane
        centre = self._ground.start.cpu().double().numpy()
        scale = np.full(len(centre), float(np.mean(asked.scale)))
        for column, length, (low, high) in zip(plane.columns, asked.scale, (plane.x, plane.y), strict=True):
            scale[column], centre[column] = length, (low + high) / 2
        return scale, centre


def _spread(side: int, most: int) -> NDArray[np.intp]:
    """Indices of about ``most`` by ``most`` starts of a square grid."""
    places = np.unique(np.linspace(0, side - 1, min(side, most)).round().astype(np.intp))
    return (places[:, None] * side + places).reshape(-1)
