"""A surface of 512 × 512 points: our batched evaluation against a Python loop over the points.

    python benchmarks/surface.py

The loop is the one that one would write: an eager PyTorch function, called for every point. It is timed on a part of
the points and scaled. Each pair runs turn by turn; the ratio is the loop's time over ours, the median over the pairs.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.landscape import Axis, Landscape
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem


@dataclass(frozen=True)
class Case:
    """One function of two numbers twice: as typed text and as the function one would write."""

    name: str
    program: str
    function: Callable[[Tensor, Tensor], Tensor]
    span: float


CASES = (
    Case(
        "Rosenbrock",
        "(1 - x)**2 + 100*(y - x**2)**2",
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        2.0,
    ),
    Case(
        "Himmelblau",
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        5.0,
    ),
    Case(
        "Rastrigin",
        "20 + x**2 - 10*torch.cos(2*torch.pi*x) + y**2 - 10*torch.cos(2*torch.pi*y)",
        lambda x, y: 20 + x**2 - 10 * torch.cos(2 * math.pi * x) + y**2 - 10 * torch.cos(2 * math.pi * y),
        5.0,
    ),
)


def ours(problem: Problem, axes: tuple[Axis, Axis]) -> tuple[float, Landscape]:
    """Seconds and values of the whole surface."""
    begin = time.perf_counter()
    made = landscape_at(problem, None, axes)
    return time.perf_counter() - begin, made


def by_hand(case: Case, points: np.ndarray) -> tuple[float, list[float]]:
    """Seconds and values of the loop over ``points`` (n, 2)."""
    begin = time.perf_counter()
    with torch.no_grad():
        values = [float(case.function(torch.tensor(x), torch.tensor(y))) for x, y in points.tolist()]
    return time.perf_counter() - begin, values


def measure(case: Case, side: int, sample: int, pairs: int) -> None:
    """Print one row of the table."""
    problem = Problem(Experiment(case.program, (ParameterSpec("x", 0.5), ParameterSpec("y", 0.5))))
    axes = (Axis(0, -case.span, case.span, side), Axis(1, -case.span, case.span, side))
    chosen = np.random.default_rng(0).integers(0, side, (sample, 2))
    points = np.stack([axis.values[chosen[:, index]] for index, axis in enumerate(axes)], axis=1)
    ours(problem, axes)
    times = []
    for _ in range(pairs):
        seconds, made = ours(problem, axes)
        loop, values = by_hand(case, points)
        assert made.values.shape == (side, side)
        assert np.allclose(made.values[tuple(chosen.T)], values, rtol=1e-4, atol=1e-3)
        times.append((loop * side * side / sample, seconds))
    ratios = [loop / seconds for loop, seconds in times]
    print(
        f"| {case.name} | {statistics.median(loop for loop, _ in times):.1f} | "
        f"{statistics.median(seconds for _, seconds in times) * 1e3:.1f} | {statistics.median(ratios):,.0f} | "
        f"{min(ratios):,.0f} … {max(ratios):,.0f} |"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, default=512, help="points along each axis")
    parser.add_argument("--sample", type=int, default=4000, help="points that the loop evaluates")
    parser.add_argument("--pairs", type=int, default=9)
    given = parser.parse_args()
    torch.set_num_threads(1)  # as many as the window uses on two cores
    print("| function | loop, s (scaled) | ours, ms | ratio (median) | worst … best |\n|---|---|---|---|---|")
    for case in CASES:
        measure(case, given.side, given.sample, given.pairs)


if __name__ == "__main__":
    main()
