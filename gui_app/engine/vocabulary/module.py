"""A layer of torch.nn as programs have it: weights and what is done with them, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor

from gui_app.core.layers import Layer
from gui_app.language.refusal import Refusal


class Module:
    """A layer with its weights, or several in a row. It is called with its inputs.

    It is no ``torch.nn.Module``: the vocabulary's own functions do the work, behind their rules.
    """

    __slots__ = ("forward", "layer", "parts", "training", "weights")

    def __init__(self, layer: Layer, weights: Mapping[str, Tensor], parts: tuple[Module, ...]) -> None:
        self.layer = layer
        self.weights = weights
        """Its own, by name."""
        self.parts = parts
        self.training = True
        """Dropout leaves something out."""
        self.forward: Callable[..., Any] = self._in_a_row

    def __call__(self, *inputs: Any) -> Any:
        wanted = 2 if self.layer.is_loss else 1
        if len(inputs) != wanted:
            kind, values = self.layer.kind, "two tensors" if wanted == 2 else "one tensor"
            raise Refusal(
                f"nn.{kind} is called with {values}, not {len(inputs)}.", "Write for example net(x)."
            )
        return self.forward(*inputs)

    def _in_a_row(self, input: Any) -> Any:
        for part in self.parts:
            input = part.forward(input)
        return input

    def __repr__(self) -> str:
        return str(self.layer)

    def switch(self, training: bool) -> None:
        """Train or evaluate, with all parts."""
        self.training = training
        for part in self.parts:
            part.switch(training)

    def named_weights(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """All weights with PyTorch's names: ``0.weight``."""
        for name, weight in self.weights.items():
            yield prefix + name, weight
        for place, part in enumerate(self.parts):
            yield from part.named_weights(f"{prefix}{place}.")
