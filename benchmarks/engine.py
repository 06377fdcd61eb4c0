"""A recorded run against the torch.optim loop that one would write by hand, and whose numbers it equals.

    python benchmarks/engine.py [--steps 4000] [--pairs 15]

Both take the same steps from the same start in one process, turn by turn; the ratio is the hand-written loop's
time over ours (above 1: ours is faster), the median over the pairs. Ours records every step, the loop nothing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gui_app.core.events import StepsTaken
from gui_app.core.experiment import Distribution, Experiment, OptimizerSpec, ParameterSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend

X = ((0.2, 0.5, 0.7), (0.4, 0.6, 0.8), (0.3, 0.6, 0.9))
Y = ((0.8, 0.8), (0.7, 0.9), (0.9, 0.9))


@dataclass(frozen=True)
class Case:
    """One experiment twice: as typed text and as the function one would write."""

    name: str
    program: str
    parameters: tuple[ParameterSpec, ...]
    function: Callable[..., Tensor]
    optimizer: OptimizerSpec


def cases() -> list[Case]:
    """C1, C4 and Rosenbrock, each with SGD and Adam."""
    c1 = (
        "C1",
        "(x - 2)**2 / 2",
        (ParameterSpec("x", ((0.007588282693177462,),)),),
        lambda x: (x - 2) ** 2 / 2,
    )
    c4 = (
        "C4",
        "((X @ W - Y)**2).sum()",
        (
            ParameterSpec("X", X, requires_grad=False),
            ParameterSpec("Y", Y, requires_grad=False),
            ParameterSpec("W", None, (3, 2), Distribution("normal", 0.0, 1.0, 0)),
        ),
        lambda x, y, w: ((x @ w - y) ** 2).sum(),
    )
    rosenbrock = (
        "Rosenbrock",
        "(1 - x)**2 + 100*(y - x**2)**2",
        (ParameterSpec("x", -1.2), ParameterSpec("y", 1.0)),
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    )
    rates = {"C1": 0.4, "C4": 0.25, "Rosenbrock": 0.001}
    return [
        Case(
            name,
            program,
            parameters,
            function,
            OptimizerSpec(rule, {"lr": rates[name] if rule == "SGD" else 0.01}),
        )
        for name, program, parameters, function in (c1, c4, rosenbrock)
        for rule in ("SGD", "Adam")
    ]


def by_hand(case: Case, steps: int) -> tuple[float, dict[str, Tensor]]:
    """Seconds and final values of the loop one would write."""
    torch.manual_seed(0)
    tensors = {
        p.name: (torch.randn(p.shape) if p.value is None else torch.tensor(p.value)).requires_grad_(
            p.requires_grad
        )
        for p in case.parameters
    }
    trained = [t for t in tensors.values() if t.requires_grad]
    optimizer = getattr(torch.optim, case.optimizer.name)(trained, **case.optimizer.settings)
    arguments, function = list(tensors.values()), case.function
    begin = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = function(*arguments)
        loss.backward()
        optimizer.step()
    return time.perf_counter() - begin, tensors


def recorded(case: Case, steps: int) -> tuple[float, list[float]]:
    """Seconds and the last row of a recorded run of as many steps."""
    experiment = Experiment(case.program, case.parameters, case.optimizer, RunSpec(steps=steps))
    run = descend(experiment)
    next(run)
    next(run)
    begin = time.perf_counter()
    last: StepsTaken | None = None
    while not last or last.first + len(last.losses) <= steps:
        event = run.send(Allowance(seconds=0.015))
        assert isinstance(event, StepsTaken), event
        last = event
    seconds = time.perf_counter() - begin
    return seconds, last.parameters[-1].tolist()


def main() -> None:
    """Print a table row a case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=4000)
    options.add_argument("--pairs", type=int, default=15)
    wanted = options.parse_args()
    print("| case | optimizer | by hand, µs a step | ours, recording, µs | ratio (median) | worst … best |")
    print("|---|---|---|---|---|---|")
    for case in cases():
        by_hand(case, 200), recorded(case, 200)
        loops, ours = [], []
        for _ in range(wanted.pairs):
            seconds, tensors = by_hand(case, wanted.steps)
            loops.append(seconds)
            seconds, row = recorded(case, wanted.steps)
            ours.append(seconds)
            final = torch.cat([t.detach().reshape(-1) for t in tensors.values() if t.requires_grad]).tolist()
            assert final == row, (case.name, final, row)
        ratios = [a / b for a, b in zip(loops, ours, strict=True)]
        micro = 1e6 / wanted.steps
        print(
            f"| {case.name} | {case.optimizer.name} | {statistics.median(loops) * micro:.1f} "
            f"| {statistics.median(ours) * micro:.1f} | {statistics.median(ratios):.2f} "
            f"| {min(ratios):.2f} … {max(ratios):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
