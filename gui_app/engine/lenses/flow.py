"""What a backward pass sends into and out of each node, and in which order, recorded by hooks while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch import Tensor

from gui_app.engine.lenses.internals import AutogradNode


class Flow:
    """Records what a backward pass sends into and out of each node."""

    def __init__(self) -> None:
        self.order: dict[AutogradNode, int] = {}
        """Nodes in the order in which the engine ran them, with their position."""
        self.outputs: dict[AutogradNode, Tensor] = {}
        """Gradient with respect to output 0."""
        self.inputs: dict[AutogradNode, dict[int, Tensor]] = {}
        """Gradient with respect to each input slot."""
        self._handles: list[Any] = []

    def watch(self, nodes: Iterable[AutogradNode]) -> None:
        """Record what passes through these nodes from now on."""
        self._handles = [handle for fn in nodes for handle in self._hooks(fn)]

    def _hooks(self, fn: AutogradNode) -> list[Any]:
        def before(upstream: tuple[Tensor | None, ...]) -> None:
            self.order.setdefault(fn, len(self.order))
            if upstream and upstream[0] is not None:
                self.outputs[fn] = upstream[0].detach()

        def after(passed: tuple[Tensor | None, ...], _upstream: tuple[Tensor | None, ...]) -> None:
            self.inputs[fn] = {slot: t.detach() for slot, t in enumerate(passed) if t is not None}

        handles = [fn.register_prehook(before)]
        if fn.next_functions:
            handles.append(fn.register_hook(after))
        return handles

    def tensors(self) -> Iterator[Tensor]:
        """All that was recorded, in no order."""
        yield from self.outputs.values()
        for passed in self.inputs.values():
            yield from passed.values()

    def unwatch(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def halted(self) -> AutogradNode | None:
        """The node in which the pass ended early."""
        last = next(reversed(self.order), None)
        return None if last is None or last in self.inputs or not last.next_functions else last

    def forget(self) -> None:
        """Let go of all nodes."""
        for known in (self.order, self.outputs, self.inputs):
            known.clear()
