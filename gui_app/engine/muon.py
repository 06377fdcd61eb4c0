"""Muon: momentum made orthogonal, one matrix at a time, in torch.optim.Muon's own order of operations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def orthogonal(g: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """About U Vᵀ where g = U S Vᵀ, by Newton–Schulz iterations in bfloat16; works in place if g has that dtype."""
    a, b, c = coefficients
    x = g.bfloat16()
    if tall := g.size(0) > g.size(1):
        x = x.T
    x.div_(x.norm().clamp(min=eps))
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


def rate_for(lr: float, shape: tuple[int, ...], adjustment: str) -> float:
    """The learning rate for a matrix of that shape."""
    rows, columns = shape
    if adjustment == "match_rms_adamw":
        return lr * (0.2 * math.sqrt(max(rows, columns)))
    return lr * math.sqrt(max(1, rows / columns))


def muon(o: dict[str, Any]) -> Callable[[Tensor, Tensor, dict[str, Any]], None]:
    """The rule; unlike the others it is called with one matrix, not with a flat stretch of parameters."""
    lr, momentum, nesterov, decay = o["lr"], o["momentum"], o["nesterov"], o["weight_decay"]
    coefficients, steps, eps, adjustment = o["ns_coefficients"], o["ns_steps"], o["eps"], o["adjust_lr_fn"]

    def update(p: Tensor, g: Tensor, state: dict[str, Any]) -> None:
        buffer = state.get("momentum_buffer")
        if buffer is None:
            buffer = state["momentum_buffer"] = torch.zeros_like(p)
        buffer.lerp_(g, 1 - momentum)
        direction = g.lerp(buffer, momentum) if nesterov else buffer
        direction = orthogonal(direction, coefficients, steps, eps)
        p.mul_(1 - lr * decay)
        p.add_(direction, alpha=-rate_for(lr, tuple(p.shape), adjustment))

    return update
