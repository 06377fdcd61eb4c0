"""Whether a program treats the elements of its parameters one by one: then many starts are one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_ALSO = frozenset(
    {"detach", "alias", "lift_fresh", "_to_copy", "zeros_like", "ones_like", "full_like", "scalar_tensor"}
)
"""Operations that keep the elements apart without being tagged as pointwise."""


class Mixed(Exception):  # noqa: N818 - it is an answer
    """An operation lets the elements of a varied tensor meet, or reads them as plain numbers."""


class Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows what is computed from ``varied`` tensors, all of one shape (n,), and counts what is made.

    Raises Mixed at the first operation on any of them that is not pointwise or whose result has another shape. What
    does not depend on them is free. With ``varied`` empty it only counts.
    """

    def __init__(self, varied: Iterable[Tensor] = ()) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        # Kept alive, so that no other tensor gets the identity of one of them.
        self._varied = {id(tensor): tensor for tensor in varied}
        self._shape = next((tensor.shape for tensor in self._varied.values()), torch.Size())
        self.elements = 0
        """Of all tensors that were made."""

    def __torch_dispatch__(
        self, func: Any, _types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        touched = any(id(each) in self._varied for each in _tensors((args, tuple(given.values()))))
        if touched and not (torch.Tag.pointwise in func.tags or func.overloadpacket.__name__ in _ALSO):
            raise Mixed(str(func))
        made = func(*args, **given)
        for tensor in _tensors(made):
            self.elements += tensor.numel()
            if touched:
                if tensor.shape != self._shape:
                    raise Mixed(str(func))
                self._varied[id(tensor)] = tensor
        return made


class Watch(TorchFunctionMode):
    """Lets ``Operations`` follow what a typed program calls.

    A mode of operations alone would be called from within the program's own frame, which has no builtins to import
    with; this one has a frame between the two.
    """

    def __init__(self, varied: Iterable[Tensor] = ()) -> None:
        super().__init__()
        self._operations = Operations(varied)

    @property
    def elements(self) -> int:
        """Elements of all tensors that were made."""
        return self._operations.elements

    def __torch_function__(
        self, func: Any, _types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        with self._operations:
            return func(*args, **(kwargs or {}))


def _tensors(value: object) -> Iterable[Tensor]:
    """All tensors in nested sequences."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(each)


def is_elementwise(function: Callable[[Sequence[Tensor]], object], columns: Sequence[Tensor]) -> bool:
    """Whether ``function`` of tensors (n,) gives n numbers, each of which depends only on the elements at its place."""
    try:
        with torch.no_grad(), Watch(columns):
            value = function(columns)
    except Exception:  # whatever a program does not like about tensors of this shape
        return False
    return isinstance(value, Tensor) and value.shape == columns[0].shape
