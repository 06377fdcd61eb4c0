"""What a program does beyond computing values: it draws random numbers, prints, and runs backward passes.

Whoever evaluates a program decides where these go; the words of the vocabulary only call them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor


class RunsBackward(Protocol):
    """Runs one backward pass of a program."""

    def __call__(
        self,
        tensors: Sequence[Tensor],
        gradients: Sequence[Tensor | None] | None,
        *,
        retain_graph: bool | None,
        create_graph: bool,
        inputs: Sequence[Tensor] | None,
    ) -> None:
        """As ``torch.autograd.backward``, whose errors it raises."""


def plain_backward(
    tensors: Sequence[Tensor],
    gradients: Sequence[Tensor | None] | None,
    *,
    retain_graph: bool | None,
    create_graph: bool,
    inputs: Sequence[Tensor] | None,
) -> None:
    """The backward pass, and nothing else."""
    torch.autograd.backward(
        tensors, gradients, retain_graph=retain_graph, create_graph=create_graph, inputs=inputs
    )


def _nowhere(_text: str) -> None:
    """Nobody reads what is printed."""


@dataclass(slots=True)
class Effects:
    """Where the effects of one program go.

    Random numbers are drawn on the CPU, so that they are the same on every device.
    """

    generator: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))
    """What rand, randn … draw from; ``torch.manual_seed`` in a program seeds it."""
    masks: torch.Generator | None = None
    """What dropout draws from; ``None``: from ``generator`` too.

    An objective has masks of their own, so that they change from step to step while its data stay.
    """
    write: Callable[[str], None] = _nowhere
    """Is given each printed text, its newline included."""
    backward: RunsBackward = plain_backward
    training: bool = True
    """Dropout leaves something out."""
