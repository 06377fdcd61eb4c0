"""The swarm: where many starts are at each step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.starts_study import Swarm, SwarmAsked, SwarmFrame
from gui_app.engine.flock import Flock
from gui_app.engine.lenses.starts import Cancelled, Ground, Pace
from gui_app.engine.problem import Problem

NUMBERS = 2**25
"""Most numbers that all frames together hold."""


def swarm(problem: Problem, asked: SwarmAsked, cancelled: Cancelled) -> Iterator[Swarm]:
    """Answers SwarmAsked: step 0 at once, then more and more frames. Raises EngineError and ProgramError."""
    ground = Ground(problem, asked)
    starts = _starts(ground, asked)
    count = starts.shape[1]
    batched = ground.batched(starts, count)
    relief, way = ground.relief(cancelled), batched.way
    flocks = [
        Flock(ground.problem, batched, part.contiguous())
        for part in torch.split(starts, batched.rows_at_once, dim=1)
    ]
    every = max(1, -(-(asked.steps + 1) * 3 * count // NUMBERS))
    frames = [_frame(flocks, asked)]
    yield Swarm(asked.plane, relief, tuple(frames), asked.steps, way)
    pace = Pace()
    while frames[-1].step < asked.steps:
        for flock in flocks:
            for _ in range(min(every, asked.steps - frames[-1].step)):
                if cancelled():
                    return
                flock.advance()
        frames.append(_frame(flocks, asked))
        if pace.is_due() or frames[-1].step == asked.steps:
            yield Swarm(asked.plane, relief, tuple(frames), asked.steps, way)


def _frame(flocks: list[Flock], asked: SwarmAsked) -> SwarmFrame:
    columns = list(asked.plane.columns)
    points = torch.cat([flock.position[columns] for flock in flocks], dim=1)
    losses = torch.cat([flock.loss for flock in flocks])
    # astype copies: the positions move on.
    return SwarmFrame(
        flocks[0].step, points.cpu().numpy().astype(np.float32), losses.cpu().numpy().astype(np.float32)
    )


def _starts(ground: Ground, asked: SwarmAsked) -> Tensor:
    """The starts in their arrangement, (columns, n)."""
    plane, generator = asked.plane, np.random.default_rng(asked.seed)
    if asked.arrangement == "normal":
        return _cloud(ground, asked, generator)
    if asked.arrangement == "grid":
        centres = plane.centres(max(1, round(asked.count**0.5)))
        x, y = (part.reshape(-1) for part in np.meshgrid(*centres, indexing="ij"))
        return ground.columns(x, y)
    if asked.arrangement == "sobol":
        engine = torch.quasirandom.SobolEngine(2, True, asked.seed)  # type: ignore[no-untyped-call]
        shares = engine.draw(asked.count, dtype=torch.float64).numpy().T
    else:
        shares = generator.random((2, asked.count))
    x, y = (low + share * (high - low) for share, (low, high) in zip(shares, (plane.x, plane.y), strict=True))
    return ground.columns(x, y)


def _cloud(ground: Ground, asked: SwarmAsked, generator: np.random.Generator) -> Tensor:
    """Normally distributed around the start."""
    plane = asked.plane
    deviations = [asked.spread * (high - low) / 4 for low, high in (plane.x, plane.y)]
    start = ground.start.cpu().double().numpy()

    def around(column: int, deviation: float) -> NDArray[np.float64]:
        places: NDArray[np.float64] = start[column] + deviation * generator.standard_normal(asked.count)
        return places

    x, y = (around(column, deviation) for column, deviation in zip(plane.columns, deviations, strict=True))
    found = ground.columns(x, y)
    if asked.everywhere:
        for column in set(range(len(start))) - set(plane.columns):
            found[column] = torch.from_numpy(around(column, float(np.mean(deviations)))).to(found)
    return found
