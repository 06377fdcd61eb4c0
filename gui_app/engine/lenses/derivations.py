"""Which nodes were made while which node's backward ran: the order of differentiation of ``create_graph``.

PyTorch does not keep it, except in its anomaly mode. It can be had while it happens: nodes are numbered in the order
in which they are made, so that a hook before each node tells where the nodes begin that its backward makes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gui_app.engine.lenses.internals import (
    AutogradNode,
    Key,
    key_of,
    leaf_of,
    maker_of,
    newest_sequence,
    was_watched,
)
from gui_app.engine.lenses.order import topological
from gui_app.engine.lenses.remarks import named

_CREATE_GRAPH = {torch.autograd.grad: 4, torch.autograd.backward: 3, Tensor.backward: 3}
"""Functions that run a backward pass, with the place of ``create_graph`` among their arguments."""


class Derivations:
    """What backward passes with ``create_graph`` have made, by sequence number."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._makers: list[tuple[Key, int] | None] = []

    def __bool__(self) -> bool:
        return bool(self._starts)

    def forget(self) -> None:
        """Let go of everything."""
        self._starts.clear()
        self._makers.clear()

    def of(self, key: Key) -> tuple[Key, int] | None:
        """The key of the node whose backward made this one, and its derivation; ``None`` of one made forward."""
        index = bisect_right(self._starts, key[0]) - 1
        return self._makers[index] if index >= 0 else None

    def during(self, outputs: Iterable[Tensor], backward: Callable[[], Any]) -> Any:
        """What ``backward`` returns, which differentiates ``outputs``; what it makes is noted."""
        keys = {
            fn: key_of(fn, leaf_of(fn))
            for fn in topological(out.grad_fn for out in outputs if out.grad_fn is not None)
        }
        level = 1 + max((known[1] for key in keys.values() if (known := self.of(key))), default=0)

        def hook(fn: AutogradNode, key: Key) -> Any:
            return fn.register_prehook(lambda _upstream: self._note((key, level)))

        handles = [hook(fn, key) for fn, key in keys.items()]
        try:
            with torch.autograd.set_multithreading_enabled(False):  # numbers are counted by thread
                return backward()
        finally:
            self._note(None)
            for handle in handles:
                handle.remove()

    def _note(self, maker: tuple[Key, int] | None) -> None:
        self._starts.append(newest_sequence())
        self._makers.append(maker)


class Deriving(TorchFunctionMode):
    """While it is entered, backward passes of this thread with ``create_graph`` are noted."""

    def __init__(self, derivations: Derivations) -> None:
        super().__init__()
        self._derivations = derivations

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Every call of a function of torch comes through here."""
        kwargs = kwargs or {}
        place = _CREATE_GRAPH.get(func)
        if place is None or not (args[place] if len(args) > place else kwargs.get("create_graph")):
            return func(*args, **kwargs)
        outputs: Any = args[0] if args else kwargs.get("outputs", kwargs.get("tensors"))
        outputs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        return self._derivations.during(outputs, lambda: func(*args, **kwargs))


def origins(
    order: Sequence[AutogradNode],
    keys: Mapping[AutogradNode, Key],
    by_key: Mapping[Key, AutogradNode],
    derivations: Derivations,
) -> dict[AutogradNode, tuple[AutogradNode | None, int]]:
    """(node whose backward made it, derivation) of each node of a graph that was not made forward.

    From what was noted; else from PyTorch's anomaly mode, if it was on; else only a name such as
    ``SigmoidBackwardBackward0`` tells of a derivative, and not of which node.
    """
    if derivations:
        noted = ((fn, derivations.of(keys[fn])) for fn in order)
        return {fn: (by_key.get(known[0]), known[1]) for fn, known in noted if known is not None}
    if order and was_watched(order[-1]):
        return _by_anomaly(order)
    return {fn: (None, level) for fn in order if (level := named(fn.name()).derivation)}


def _by_anomaly(order: Sequence[AutogradNode]) -> dict[AutogradNode, tuple[AutogradNode | None, int]]:
    """A node made by another's backward is one derivative further, and not before what it was computed from."""
    levels: dict[AutogradNode, int] = {}
    found: dict[AutogradNode, tuple[AutogradNode | None, int]] = {}
    for fn in sorted(order, key=lambda fn: key_of(fn, leaf_of(fn))[0]):
        maker = maker_of(fn)
        if maker is None:
            continue
        level, further = 1, maker
        while further not in levels and maker_of(further) is not None:  # a maker outside of the graph
            level, further = level + 1, maker_of(further)
        level += levels.get(further, 0)
        levels[fn] = level = max(level, *(levels.get(inner, 0) for inner, _ in fn.next_functions), 0)
        found[fn] = maker, level
    return found
