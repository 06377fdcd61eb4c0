"""A layer of torch.nn as programs have it: weights and what is done with them, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor

from gui_app.core.layers import LAYERS, SEQUENTIAL, Layer
from gui_app.language.refusal import Refusal

_COUNTED = {1: "one tensor", 2: "two tensors", 3: "three tensors"}
_EXAMPLES = {1: "net(x)", 2: "criterion(output, target)", 3: "layer(query, key, value)"}


def _calls(kind: str) -> tuple[int, int, tuple[str, ...]]:
    """How many tensors a kind of layer is called with, how many more it takes, and what it takes by name."""
    if kind == SEQUENTIAL:
        return 1, 0, ()
    known = LAYERS[kind]
    return known.inputs, int(known.state), known.options


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

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        wanted, more, known = _calls(self.layer.kind)
        if not wanted <= len(inputs) <= wanted + more:
            kind, values = self.layer.kind, _COUNTED[wanted]
            example = f"Write for example {_EXAMPLES[wanted]}."
            raise Refusal(f"nn.{kind} is called with {values}, not {len(inputs)}.", example)
        for name in options:
            if name not in known:
                there = f"It has {', '.join(known)}." if known else "Write for example net(x)."
                raise Refusal(f"A call of nn.{self.layer.kind} has no argument named {name}.", there)
        return self.forward(*inputs, **options)

    def _in_a_row(self, input: Any) -> Any:
        before = self
        for part in self.parts:
            if isinstance(input, tuple):
                message = (
                    f"nn.{before.layer.kind} gives several values, and nn.{part.layer.kind} takes one tensor."
                )
                raise Refusal(message, "End nn.Sequential there: out, state = lstm(x), and then net(out).")
            input, before = part.forward(input), part
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
