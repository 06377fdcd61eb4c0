"""A training step of a typed program against the same step of the native Python function.

    python benchmarks/language.py [--steps 100] [--pairs 61] [--case NAME]

Both take the same steps from the same start in one process, turn by turn, and end with the same numbers; the ratio is
the typed program's time over the native function's (1.00: as fast), the median over the pairs.
Processor time of the one thread counts, so that other programs disturb less.
"""

# ruff: noqa: N803 - the names that one would write

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from gui_app.engine.vocabulary import namespace, words
from gui_app.language.compiler import compile_program
from gui_app.language.limits import StopFlag

X = ((0.2, 0.5, 0.7), (0.4, 0.6, 0.8), (0.3, 0.6, 0.9))
Y = ((0.8, 0.8), (0.7, 0.9), (0.9, 0.9))
PERCEPTRON = (
    "h = torch.tanh(F.linear(X, W1, b1))\nh = F.relu(F.linear(h, W2, b2))\nF.mse_loss(F.linear(h, W3, b3), Y)"
)
OPERATORS = "h = torch.relu(X @ W1 + b1)\nh = torch.relu(h @ W2 + b2)\n((h @ W3 + b3 - Y)**2).mean()"


@dataclass(frozen=True)
class Case:
    """One objective twice: as typed text and as the function one would write."""

    name: str
    program: str
    constants: Callable[[], dict[str, Tensor]]
    starts: Callable[[], dict[str, Tensor]]
    native: Callable[..., Tensor]
    rate: float


def _ten_terms(x: Tensor) -> Tensor:
    total = 0
    for i in range(1, 11):
        total = total + torch.sin(i * x) / i
    return total  # type: ignore[return-value]


def _perceptron(
    X: Tensor,
    Y: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    W3: Tensor,
    b3: Tensor,
) -> Tensor:
    h = torch.tanh(F.linear(X, W1, b1))
    h = F.relu(F.linear(h, W2, b2))
    return F.mse_loss(F.linear(h, W3, b3), Y)


def _operators(
    X: Tensor,
    Y: Tensor,
    W1: Tensor,
    b1: Tensor,
    W2: Tensor,
    b2: Tensor,
    W3: Tensor,
    b3: Tensor,
) -> Tensor:
    h = torch.relu(X @ W1 + b1)
    h = torch.relu(h @ W2 + b2)
    return ((h @ W3 + b3 - Y) ** 2).mean()


def _layers(*shapes: tuple[int, ...]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    names = ("W1", "b1", "W2", "b2", "W3", "b3")
    made = (torch.randn(shape, generator=generator) / shape[-1] ** 0.5 for shape in shapes)
    return dict(zip(names, made, strict=True))


def _data() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {"X": torch.rand(32, 2, generator=generator), "Y": torch.rand(32, 1, generator=generator)}


CASES = (
    Case(
        "C1",
        "(x - 2)**2 / 2",
        dict,
        lambda: {"x": torch.tensor([[0.0075]])},
        lambda x: (x - 2) ** 2 / 2,
        0.01,
    ),
    Case(
        "C4",
        "((X @ W - Y)**2).sum()",
        lambda: {"X": torch.tensor(X), "Y": torch.tensor(Y)},
        lambda: {"W": torch.ones(3, 2)},
        lambda X, Y, W: ((X @ W - Y) ** 2).sum(),
        0.01,
    ),
    Case(
        "Rosenbrock",
        "(1 - x)**2 + 100*(y - x**2)**2",
        dict,
        lambda: {"x": torch.tensor(-1.2), "y": torch.tensor(1.0)},
        lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        1e-4,
    ),
    Case(
        "loop of 10 terms",
        "total = 0\nfor i in range(1, 11):\n    total = total + torch.sin(i*x)/i\ntotal",
        dict,
        lambda: {"x": torch.tensor(0.3)},
        _ten_terms,
        1e-3,
    ),
    Case(
        "perceptron 2-64-64-1",
        PERCEPTRON,
        _data,
        lambda: _layers((64, 2), (64,), (64, 64), (64,), (1, 64), (1,)),
        _perceptron,
        1e-3,
    ),
    Case(
        "the same in operators",
        OPERATORS,
        _data,
        lambda: _layers((2, 64), (64,), (64, 64), (64,), (64, 1), (1,)),
        _operators,
        1e-3,
    ),
)


def trained(case: Case, function: Callable[..., object], steps: int) -> tuple[float, list[Tensor]]:
    """Processor seconds of so many steps, and the parameters after them."""
    parameters = [start.requires_grad_() for start in case.starts().values()]
    arguments = [*case.constants().values(), *parameters]
    gc.collect()
    begin = time.thread_time()
    for _ in range(steps):
        loss = function(*arguments)
        loss.backward()  # type: ignore[attr-defined]
        with torch.no_grad():
            for parameter in parameters:
                parameter -= case.rate * parameter.grad  # type: ignore[operator]
                parameter.grad = None
    return time.thread_time() - begin, [parameter.detach() for parameter in parameters]


def compare(case: Case, steps: int, pairs: int) -> tuple[list[float], list[float]]:
    """Microseconds a step, typed and native, of each pair; they take turns in going first."""
    names = [*case.constants(), *case.starts()]
    typed = compile_program(case.program, words(), names).bind(namespace(), StopFlag())
    times: dict[str, list[float]] = {"typed": [], "native": []}
    order = [("typed", typed), ("native", case.native)]
    for pair in range(pairs + 1):
        ends = {}
        for name, function in order if pair % 2 else order[::-1]:
            seconds, ends[name] = trained(case, function, steps)
            times[name].append(seconds / steps * 1e6)
        assert all(torch.equal(a, b) for a, b in zip(ends["typed"], ends["native"], strict=True)), case.name
    return times["typed"][1:], times["native"][1:]


def main() -> None:
    """Print a table row a case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=100)
    options.add_argument("--pairs", type=int, default=61)
    options.add_argument("--case", default="", help="only those whose name contains this")
    wanted = options.parse_args()
    torch.set_num_threads(1)
    print("| case | native, µs a step | typed, µs a step | ratio (median) | quartiles |")
    print("|---|---|---|---|---|")
    for case in CASES:
        if wanted.case not in case.name:
            continue
        typed, native = compare(case, wanted.steps, wanted.pairs)
        ratios = [a / b for a, b in zip(typed, native, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(
            f"| {case.name} | {statistics.median(native):.1f} | {statistics.median(typed):.1f} "
            f"| {middle:.3f} | {low:.3f} … {high:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
