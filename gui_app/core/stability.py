"""How far a learning rate may go: what each optimizer bears in a quadratic bowl.

An optimizer that multiplies the gradient by a matrix D is stable where lr · λmax(D H) stays below a bound that its
memory of past updates decides. Plain gradient descent: D = 1, bound 2. Momentum β: 2(1 + β). Running means with
β (Adam): 2(1 + β)/(1 − β), as in Cohen et al., Adaptive gradient methods at the edge of stability, 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Settings = Mapping[str, Any]
Memory = Mapping[str, Any]
"""What the optimizer remembers, as arrays (columns,) and counters by torch's names; empty at its start."""
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What an optimizer bears at its next update."""

    scale: Vector | None
    """The diagonal of D, (columns,); ``None``: 1."""
    bound: float
    """Largest lr · λmax(D H)."""
    formula: str
    """The limit in the letters ``lam`` (λmax), ``beta`` …, as Python would write it."""
    letters: Mapping[str, float]
    """What the letters of the formula are worth, besides ``lam``."""
    words: str = ""


def reach(name: str, settings: Settings, memory: Memory, gradient: Vector) -> Reach | None:
    """That of an optimizer with these settings as the next update uses them; ``None`` where no such limit is known."""
    found = _RULES.get(name)
    return None if found is None else found(settings, memory, gradient)


def decay_of(name: str, settings: Settings) -> float:
    """What weight decay adds to every eigenvalue of the Hessian."""
    return 0.0 if name == "AdamW" else float(settings.get("weight_decay", 0.0))


def _sgd(o: Settings, _memory: Memory, _gradient: Vector) -> Reach:
    beta, kept = float(o["momentum"]), 1.0 - float(o["dampening"])
    if not beta:
        return Reach(None, 2.0, "2 / lam", {})
    if o["nesterov"]:
        bound = 2 * (1 + beta) / (1 + 2 * beta)
        return Reach(None, bound, "2 * (1 + beta) / ((1 + 2 * beta) * lam)", {"beta": beta}, _MOMENTUM)
    if kept == 1.0:
        return Reach(None, 2 * (1 + beta), "2 * (1 + beta) / lam", {"beta": beta}, _MOMENTUM)
    if kept <= 0:
        return Reach(None, np.inf, "", {}, "The dampening keeps the whole gradient out of the momentum.")
    letters = {"beta": beta, "d": 1.0 - kept}
    formula = "2 * (1 + beta) / ((1 - d) * lam)"
    return Reach(None, 2 * (1 + beta) / kept, formula, letters, f"{_MOMENTUM} d is the dampening.")


def _adam(o: Settings, memory: Memory, gradient: Vector) -> Reach:
    beta1, beta2 = o["betas"]
    step = int(memory.get("step", 0)) + 1
    square = beta2 * memory.get("exp_avg_sq", 0.0) + (1 - beta2) * gradient**2
    if o["amsgrad"]:
        square = np.maximum(square, memory.get("max_exp_avg_sq", 0.0))
    scale = 1.0 / (np.sqrt(square / (1 - beta2**step)) + o["eps"])
    formula = "2 * (1 + beta_1) / ((1 - beta_1) * lam)"
    return Reach(scale, 2 * (1 + beta1) / (1 - beta1), formula, {"beta_1": beta1}, _SCALED)


def _rmsprop(o: Settings, memory: Memory, gradient: Vector) -> Reach:
    alpha, beta = float(o["alpha"]), float(o["momentum"])
    square = alpha * memory.get("square_avg", 0.0) + (1 - alpha) * gradient**2
    if o["centered"]:
        mean = alpha * memory.get("grad_avg", 0.0) + (1 - alpha) * gradient
        square = np.maximum(square - mean**2, 0.0)
    formula, letters = ("2 * (1 + beta) / lam", {"beta": beta}) if beta else ("2 / lam", {})
    return Reach(1.0 / (np.sqrt(square) + o["eps"]), 2 * (1 + beta), formula, letters, _SCALED)


def _adagrad(o: Settings, memory: Memory, gradient: Vector) -> Reach:
    total = memory.get("sum", float(o["initial_accumulator_value"])) + gradient**2
    shrunk = 1.0 + int(memory.get("step", 0)) * float(o["lr_decay"])
    formula, letters = ("2 * s / lam", {"s": shrunk}) if shrunk != 1.0 else ("2 / lam", {})
    words = f"{_SCALED} s is how much lr_decay has shrunk the steps." if letters else _SCALED
    return Reach(1.0 / (np.sqrt(total) + o["eps"]), 2.0 * shrunk, formula, letters, words)


_MOMENTUM = "β is the momentum."
_SCALED = (
    "λmax is that of the Hessian as the optimizer rescales it: each element divided by its own denominator, as it "
    "is at this step."
)
_RULES: Mapping[str, Callable[[Settings, Memory, Vector], Reach]] = {
    "SGD": _sgd,
    "Adam": _adam,
    "AdamW": _adam,
    "RMSprop": _rmsprop,
    "Adagrad": _adagrad,
}
