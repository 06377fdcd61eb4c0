"""What a program may see of the graph that its values come from."""

from __future__ import annotations

from typing import Any


class GradFn:
    """A node of the autograd graph: its name and where its gradients go, nothing else of PyTorch's own."""

    __slots__ = ("_node",)

    def __init__(self, node: Any) -> None:
        self._node = node

    def name(self) -> str:
        """Such as ``AddBackward0``."""
        name: str = self._node.name()
        return name.removeprefix("torch::autograd::")

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """The nodes that get its gradients, in the order of its inputs, each with the number of that node's output."""
        return tuple((of(node), place) for node, place in self._node.next_functions)

    def __repr__(self) -> str:
        return f"<{self.name()}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and self._node is other._node

    def __hash__(self) -> int:
        return hash(self._node)


def of(node: Any) -> GradFn | None:
    """The record of a node; None for None."""
    return None if node is None else GradFn(node)
