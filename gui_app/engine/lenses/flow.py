"""What a backward pass sends into and out of each node, recorded by hooks while PyTorch's engine runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor

AutogradNode = Any
"""torch.autograd.graph.Node; Any, since its attributes depend on the operation."""


class Flow:
    """Records what a backward pass sends into and out of each node."""

    def __init__(self) -> None:
        self.outputs: dict[AutogradNode, Tensor] = {}
        self.inputs: dict[AutogradNode, dict[int, Tensor]] = {}
        self._handles: list[Any] = []

    def watch(self, nodes: Iterable[AutogradNode]) -> None:
        """Record what passes through these nodes from now on."""
        self._handles = [handle for fn in nodes for handle in self._hooks(fn)]

    def _hooks(self, fn: AutogradNode) -> list[Any]:
        def before(upstream: tuple[Tensor | None, ...]) -> None:
            if upstream and upstream[0] is not None:
                self.outputs[fn] = upstream[0].detach()

        def after(passed: tuple[Tensor | None, ...], _upstream: tuple[Tensor | None, ...]) -> None:
            self.inputs[fn] = {slot: t.detach() for slot, t in enumerate(passed) if t is not None}

        handles = [fn.register_prehook(before)]
        if fn.next_functions:
            handles.append(fn.register_hook(after))
        return handles

    def unwatch(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def forget(self) -> None:
        """Let go of all nodes."""
        self.outputs.clear()
        self.inputs.clear()
