"""The backward pass of one loss, straight through PyTorch's engine.

``torch.autograd.grad`` spends nearly as long on looking at its arguments as a small backward pass takes (42 of 99 µs
for (x − 2)²/2 on a busy machine). The arguments here never change their kind, so the engine is called as that
function calls it. ``_execution_engine`` is private: a test pins it, and without it the public function serves.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_ENGINE = getattr(torch.autograd.Variable, "_execution_engine", None)


class Backward:
    """Gradients of losses with respect to the same leaves, step after step."""

    def __init__(self, leaves: Sequence[Tensor]) -> None:
        self._leaves = tuple(leaves)
        self._seed: Tensor | None = None

    def __call__(self, loss: Tensor) -> tuple[Tensor | None, ...]:
        """∂loss/∂leaf for each leaf, ``None`` where the loss does not depend on it. The graph is freed.

        Raises RuntimeError as ``torch.autograd.grad`` does.
        """
        seed = self._seed
        if seed is None or seed.shape != loss.shape or seed.dtype != loss.dtype:
            seed = self._seed = torch.ones_like(loss)
        if _ENGINE is None:
            return torch.autograd.grad(loss, self._leaves, seed, allow_unused=True)
        found: tuple[Tensor | None, ...] = _ENGINE.run_backward(
            (loss,), (seed,), False, False, self._leaves, True, accumulate_grad=False
        )
        return found
