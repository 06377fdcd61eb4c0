"""The nodes behind some outputs, in an order in which each comes after everything it was computed from."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gui_app.core.fault import Fault
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.internals import AutogradNode, keep_in_order

MOST_NODES = 200_000
"""A graph of more nodes is not walked: nobody could read it, and it would take seconds and gigabytes."""


@contextmanager
def without_collection() -> Iterator[None]:
    """While very many objects are made that all stay: Python's collector would look at them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def topological(roots: Iterable[AutogradNode]) -> list[AutogradNode]:
    """All nodes behind the roots, inputs in the order of their slots; the same for the same graph.

    From now on the graph can be freed without recursion. Raises EngineError if there are more than MOST_NODES.
    """
    order: list[AutogradNode] = []
    path: list[AutogradNode] = []
    try:
        depth_first(roots, lambda fn: [inner for inner, _ in fn.next_functions], order, path)
    finally:
        keep_in_order(order + path[::-1])
    return order


def depth_first(
    roots: Iterable[Any],
    inputs: Callable[[Any], Sequence[Any]],
    order: list[Any],
    path: list[Any],
) -> None:
    """Append to ``order`` every node behind the roots, each after its inputs; ``None`` among these is skipped.

    ``path`` holds the nodes from a root to where the walk is, so that both are of use if it ends early.
    Iterative: recursion would end at about a thousand nodes.
    """
    seen: set[Any] = set()
    stack = list(roots)[::-1]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(path.pop())
            continue
        if node in seen:
            continue
        seen.add(node)
        if len(seen) > MOST_NODES:
            raise EngineError(
                Fault(
                    f"The graph has more than {MOST_NODES:,} nodes: too many to be drawn.",
                    hint="Let the loops take fewer rounds, or cut the graph with .detach().",
                )
            )
        path.append(node)
        stack.append(None)
        stack.extend([inner for inner in reversed(inputs(node)) if inner is not None and inner not in seen])
