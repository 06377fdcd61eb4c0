"""Mini-batch steps of a recorded run against the DataLoader loop that one would write by hand.

    python benchmarks/data.py [--epochs 3] [--pairs 7]

Both fit the same rows in the same batches from the same start in one process, turn by turn, and end at the same
parameters; the ratio is the hand-written loop's time over ours (above 1: ours is faster), the median over the pairs.
Ours records every step; the loop, which holds the same tensors in memory, records nothing. Wanted: at least 2.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from gui_app.core.events import StepsTaken
from gui_app.core.experiment import DataSpec, Experiment, ModelSpec, OptimizerSpec, RunSpec
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend
from gui_app.files.completing import completed, read_data


@dataclass(frozen=True)
class Case:
    """A data set, a model and the size of its batches."""

    name: str
    data: DataSpec
    model: ModelSpec


def cases() -> list[Case]:
    """A plane and a perceptron; few and many rows a batch."""
    plane = DataSpec(generate="regression", settings={"rows": 10_000}, shuffle=True, seed=0)
    moons = DataSpec(generate="moons", settings={"rows": 10_000}, shuffle=True, seed=0)
    digits = DataSpec(builtin="digits", shuffle=True, seed=0)
    perceptron = ModelSpec("perceptron", layers=(16, 16))
    return [
        Case(f"{name}, batches of {size}", replace(data, batch_size=size), model)
        for name, data, model in (
            ("plane", plane, ModelSpec("linear")),
            ("moons, perceptron", moons, perceptron),
            ("digits, softmax", digits, ModelSpec("softmax")),
        )
        for size in (10, 100)
    ]


def ours(experiment: Experiment) -> tuple[float, np.ndarray]:
    """Seconds in the loop, and the last parameters."""
    run = descend(experiment)
    next(run)
    run.send(Allowance())
    seconds, last = 0.0, None
    begin = time.perf_counter()
    for event in iter(lambda: run.send(Allowance()), None):
        if isinstance(event, StepsTaken):
            last = event
        elif last is not None and last.first + len(last.losses) > experiment.run.steps:
            break
    seconds = time.perf_counter() - begin
    run.close()
    assert last is not None
    return seconds, last.parameters[-1]


class Plane(nn.Module):
    """The model that its text spells as ``X @ weight.T + bias``."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        made = nn.Linear(features, outputs)
        self.weight, self.bias = made.weight, made.bias

    def forward(self, rows: Tensor) -> Tensor:
        """Numbers (rows, outputs)."""
        return rows @ self.weight.T + self.bias


def theirs(case: Case, experiment: Experiment, epochs: int) -> tuple[float, np.ndarray]:
    """The loop of the tutorials, over the same tensors."""
    found = read_data(experiment)
    assert found.target is not None
    features = torch.from_numpy(found.features).float()
    target = torch.from_numpy(found.target)
    outputs = len(found.classes or (1,))
    torch.manual_seed(experiment.run.seed)
    model: nn.Module = Plane(features.shape[1], outputs)
    if case.model.name == "perceptron":
        torch.manual_seed(experiment.run.seed)
        sizes = [features.shape[1], *case.model.layers]
        hidden = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.ReLU())]
        model = nn.Sequential(*hidden, nn.Linear(sizes[-1], outputs))
    measure = nn.MSELoss() if found.classes is None else nn.CrossEntropyLoss()
    rows = TensorDataset(features, target.float() if found.classes is None else target)
    generator = torch.Generator().manual_seed(0)
    loader = DataLoader(rows, experiment.data.batch_size, shuffle=True, generator=generator)  # type: ignore[union-attr]
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    begin = time.perf_counter()
    for _ in range(epochs):
        for batch, truth in loader:
            predicted = model(batch)
            loss = measure(predicted.squeeze(1) if outputs == 1 else predicted, truth)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    seconds = time.perf_counter() - begin
    return seconds, torch.cat([p.detach().reshape(-1) for p in model.parameters()]).numpy()


def main() -> None:
    """Measure and print one line a case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for case in cases():
        # The metrics at the end of each epoch are left out: the loop by hand has none.
        run = RunSpec(evaluate_every=10**9)
        bare = Experiment(
            data=case.data, model=case.model, optimizer=OptimizerSpec("SGD", {"lr": 0.01}), run=run
        )
        experiment = completed(bare, False, arguments.epochs)
        ratios, speeds = [], []
        for _ in range(arguments.pairs):
            by_hand, expected = theirs(case, experiment, arguments.epochs)
            recorded, found = ours(experiment)
            same = np.array_equal(found, expected)
            ratios.append(by_hand / recorded)
            speeds.append(experiment.run.steps / recorded)
        print(
            f"{case.name:36} {statistics.median(ratios):5.2f} x  {statistics.median(speeds):9,.0f} steps/s"
            f"  {'same numbers' if same else 'OTHER NUMBERS'}"
        )


if __name__ == "__main__":
    main()
