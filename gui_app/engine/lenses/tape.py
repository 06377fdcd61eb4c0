"""What autograd has recorded of a program, kept so that it can be evaluated again at other leaf values.

A tape holds every tracked operation with its operands as they were when it ran. What a program has changed since,
behind autograd's back, is not in it: the tape is what the graph claims to be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gui_app.core.fault import Fault
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.precise import doubled, has_tensor, mapped, widened

MOST_OPERATIONS = 2_000
"""More are kept only until the next backward pass."""
MOST_ELEMENTS = 20_000_000
"""Of all operands that are kept."""
LONGEST = Fault(
    "This pass has too many operations to be evaluated again.",
    hint="Check a shorter program, or an earlier pass.",
)
UNKNOWN = Fault(
    "The graph of this pass cannot be evaluated again: it goes on from something that was changed in place.",
    hint="Give results of in-place changes a name of their own.",
)


@dataclass(frozen=True, slots=True)
class Made:
    """Stands for the result of an earlier operation."""

    slot: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """Stands for a leaf with the value that it had."""

    which: int
    """Its id()."""
    place: int
    """Number of its value among those that leaves have had."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One operation: what it was called with, and which slots its results go to."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    results: tuple[int, ...]
    in_place: bool
    """Its first operand is the result."""


class Tape(TorchFunctionMode):
    """While it is entered, tracked operations of this thread are kept."""

    def __init__(self) -> None:
        super().__init__()
        self._clear()

    def _clear(self) -> None:
        self._steps: list[Step] = []
        self._slots: dict[int, int] = {}
        self._held: list[Tensor] = []
        """Keeps the ids in ``_slots`` from being given to others."""
        self._leaves: list[tuple[Tensor, Tensor]] = []
        """Each leaf with a copy of a value that it had."""
        self._elements = 0
        self._fault: Fault | None = None
        """Why it cannot be evaluated again."""

    def forget(self) -> None:
        """A backward pass is over: what it went through is freed, unless it is so little that it may be kept."""
        if len(self._steps) > MOST_OPERATIONS:
            self._clear()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Every call of a function of torch comes through here."""
        kwargs = kwargs or {}
        if (
            self._fault is LONGEST
            or not torch.is_grad_enabled()
            or not has_tensor((args, kwargs), _is_tracked)
        ):
            return func(*args, **kwargs)
        kept = mapped(self._kept, args), mapped(self._kept, kwargs)
        result = func(*args, **kwargs)
        in_place = getattr(func, "__name__", "") == "__setitem__"
        made = [args[0]] if in_place else _tensors(result)
        if any(tensor.grad_fn is not None for tensor in made):
            self._steps.append(Step(func, *kept, tuple(map(self._slot, made)), in_place))
        return result

    def replay(self, shifts: Mapping[int, Tensor], roots: Sequence[Tensor]) -> list[Tensor]:
        """The values of ``roots`` in float64, where leaves are moved by ``shifts``, by id().

        Raises EngineError where not all of it was recorded.
        """
        if self._fault or any(root.grad_fn is not None and id(root) not in self._slots for root in roots):
            raise EngineError(self._fault or UNKNOWN)
        leaves = [_moved(value, shifts.get(id(leaf))) for leaf, value in self._leaves]
        values: dict[int, Tensor] = {}

        def real(value: Any) -> Any:
            if isinstance(value, Made):
                return values[value.slot]
            return leaves[value.place] if isinstance(value, Leaf) else value

        for step in self._steps:
            # Copies: an in-place operation must not reach the tape.
            args, kwargs = mapped(Tensor.clone, (step.args, step.kwargs), real)
            function, args, kwargs = widened(step.function, args, kwargs)
            result = function(*args, **kwargs)
            values.update(zip(step.results, [args[0]] if step.in_place else _tensors(result), strict=True))
        return [
            values[self._slots[id(root)]].detach()
            if id(root) in self._slots
            else _moved(root.detach().clone(), shifts.get(id(root))).detach()
            for root in roots
        ]

    def _slot(self, tensor: Tensor) -> int:
        self._held.append(tensor)
        self._slots[id(tensor)] = len(self._held)
        return len(self._held)

    def _kept(self, tensor: Tensor) -> Any:
        """What stands for an operand: a slot, a leaf, or a copy."""
        if id(tensor) in self._slots:
            return Made(self._slots[id(tensor)])
        if tensor.grad_fn is not None:
            self._fault = self._fault or UNKNOWN
        if tensor.requires_grad:
            return self._leaf(tensor)
        return doubled(self._copied(tensor))

    def _leaf(self, tensor: Tensor) -> Leaf:
        for place, (leaf, value) in reversed(list(enumerate(self._leaves))):
            if leaf is tensor:
                if torch.equal(value, tensor.detach()):
                    return Leaf(id(tensor), place)
                break
        self._leaves.append((tensor, self._copied(tensor)))
        return Leaf(id(tensor), len(self._leaves) - 1)

    def _copied(self, tensor: Tensor) -> Tensor:
        self._elements += tensor.numel()
        if self._elements > MOST_ELEMENTS:
            self._fault = LONGEST
        return tensor.detach().clone()


def _moved(value: Tensor, shift: Tensor | None) -> Tensor:
    moved = value.double() if value.is_floating_point() else value
    return (moved if shift is None else moved + shift).detach().requires_grad_(moved.is_floating_point())


def _tensors(value: Any) -> list[Tensor]:
    """The tensors in a result, in their order."""
    if isinstance(value, Tensor):
        return [value]
    return [tensor for item in value for tensor in _tensors(item)] if isinstance(value, tuple | list) else []


def _is_tracked(tensor: Tensor) -> bool:
    return tensor.requires_grad
