"""Values of nodes that nobody tells: those inside a layer, and those that only show another value in another form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode

from gui_app.engine.lenses.internals import AutogradNode, form_of
from gui_app.engine.lenses.notes import Notes


class InnerValues(TorchFunctionMode):
    """While it is entered, ``notes`` hear the result of every tracked operation, also of those inside a layer."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self._notes = notes

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Every call of a function of torch comes through here."""
        result = func(*args, **(kwargs or {}))
        for each in result if isinstance(result, tuple) else (result,):
            if isinstance(each, Tensor) and each.grad_fn is not None:
                self._notes.keep(each)
        return result


def is_form(fn: AutogradNode) -> bool:
    """Whether the elements of a node's result are those of what enters it, in another form."""
    return fn.name() in _FORMS


def reshaped(fn: AutogradNode, value: Tensor) -> Tensor | None:
    """The result of such a node, ``value`` being what enters it; ``None`` where its form is not known."""
    shape = form_of(fn)[0]
    return None if shape is None else _FORMS[fn.name()](value.detach(), shape)


_FORMS: dict[str, Callable[[Tensor, tuple[int, ...]], Tensor]] = {
    "TBackward0": lambda value, _: value.t(),
    "ViewBackward0": Tensor.reshape,
    "UnsafeViewBackward0": Tensor.reshape,
    "ReshapeAliasBackward0": Tensor.reshape,
    "CloneBackward0": lambda value, _: value,
    "ExpandBackward0": Tensor.expand,
}
"""By PyTorch's name of the node."""
