"""Attributes that a program may read, and those that it may set."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from torch import Tensor

from gui_app.engine.vocabulary import records
from gui_app.engine.vocabulary.groups import Optimizer
from gui_app.engine.vocabulary.loaders import DataLoader, Dataset
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.own import is_parameter, keep_itself, keep_memory, nothing
from gui_app.engine.vocabulary.row import Function, Setting
from gui_app.engine.vocabulary.sequences import described, tensor_of
from gui_app.language.names import Kind, Word
from gui_app.language.refusal import Refusal

READ: dict[str, tuple[str, Kind]] = {
    "shape": ("the sizes of the dimensions", "any"),
    "T": ("matrix turned over", "tensor"),
    "mT": ("the last two dimensions exchanged", "tensor"),
    "ndim": ("number of dimensions", "int"),
    "dtype": ("kind of the elements", "any"),
    "device": ("where it is computed", "any"),
    "requires_grad": ("whether gradients are recorded", "any"),
    "is_leaf": ("whether it was not computed from others", "any"),
    "grad": ("what backward() has found; None before", "any"),
    "grad_fn": ("the operation it comes from; None of a leaf", "any"),
    "data": ("the same memory, outside the graph", "tensor"),
}
"""Of tensors: help and what is known of the value."""
SET = {
    "data": "give it other values behind autograd's back",
    "grad": "set the gradient, or None to forget it",
    "requires_grad": "whether gradients are recorded",
}
_PARTS = {
    "values": "max, min, sort and topk with a dimension give it.",
    "indices": "max, min, sort and topk with a dimension give it.",
    **dict.fromkeys(("U", "S", "Vh"), "torch.linalg.svd gives it."),
    **dict.fromkeys(("Q", "R"), "torch.linalg.qr gives it."),
    **dict.fromkeys(("eigenvalues", "eigenvectors"), "torch.linalg.eigh gives it."),
    "logabsdet": "torch.linalg.slogdet gives it.",
}
"""Of results with several parts: where each comes from."""
_OF_STEPS = {
    "weight_ih": "what a recurrent layer multiplies its input with",
    "weight_hh": "what a recurrent layer multiplies its last output with",
    "bias_ih": "what a recurrent layer adds to its input's share",
    "bias_hh": "what a recurrent layer adds to its last output's share",
}
WEIGHTS = {
    "weight": "what a layer multiplies with",
    "bias": "what a layer adds",
    **{f"{name}{layer}": help for name, help in _OF_STEPS.items() for layer in ("", "_l0", "_l1")},
    "in_proj_weight": "what attention makes queries, keys and values with",
    "in_proj_bias": "what attention adds to queries, keys and values",
}
"""Of layers."""
OWN: dict[str, tuple[str, type, str]] = {
    "param_groups": ("the parameter groups of an optimizer, with their settings", Optimizer, "optimizers"),
    "dataset": ("what a data loader takes its rows from", DataLoader, "data loaders"),
    "batch_size": ("rows of one batch", DataLoader, "data loaders"),
    "tensors": ("what a data set holds", Dataset, "data sets"),
}
"""Of the vocabulary's own values: help, whose they are, and what that is called."""
_NEXT = "the nodes that get its gradients"


def words() -> dict[str, Word]:
    """The attributes that may be read, as words."""
    made = {name: Word(f".{name}", f"attribute {name}", "", *about) for name, about in READ.items()}
    parts = {name: Word(f".{name}", f"attribute {name}", "", origin) for name, origin in _PARTS.items()}
    layers = {
        name: Word(f".{name}", f"attribute {name}", "", help, "tensor") for name, help in WEIGHTS.items()
    }
    own = {name: Word(f".{name}", f"attribute {name}", "", help) for name, (help, _, _) in OWN.items()}
    return (
        made
        | parts
        | layers
        | own
        | {"next_functions": Word(".next_functions", "attribute next_functions", "", _NEXT)}
    )


def writable_words() -> dict[str, Word]:
    """The attributes that may be set, as words."""
    return {name: Word(f".{name}", f"set {name}", "", help) for name, help in SET.items()}


def attributes(setting: Setting) -> dict[str, Function]:
    """What reads and what sets each attribute, by symbol."""
    made: dict[str, Function] = {f"attribute {name}": _reader(name, _plain(name)) for name in READ}
    made |= {f"attribute {name}": _part(name, origin) for name, origin in _PARTS.items()}
    made |= {f"attribute {name}": _weight(name) for name in WEIGHTS}
    made |= {f"attribute {name}": _own(name, kind, who) for name, (_, kind, who) in OWN.items()}
    made |= {f"set {name}": function for name, function in _setters(setting).items()}
    made["attribute grad"] = _reader("grad", _gradient(setting))
    made["attribute T"] = _reader("T", _turned)
    made["attribute mT"] = _reader("mT", _matrices_turned)
    made["attribute grad_fn"] = _reader("grad_fn", lambda value: records.of(value.grad_fn))
    made["attribute next_functions"] = _next_functions
    return made


def _plain(name: str) -> Callable[[Tensor], object]:
    return operator.attrgetter(name)


def _reader(name: str, read: Callable[[Tensor], object]) -> Function:
    def reader(value: object) -> object:
        if isinstance(value, Tensor):
            return read(value)
        if value is None:
            raise nothing()
        raise Refusal(f"{described(value).capitalize()} has no .{name}.", "Only tensors have.")

    return reader


def _gradient(setting: Setting) -> Callable[[Tensor], Tensor | None]:
    meter = setting.meter

    def read(value: Tensor) -> Tensor | None:
        """None of a parameter of an objective: what the run has left there is not the program's."""
        if is_parameter(value, meter) or not (value.is_leaf or value.retains_grad):
            return None
        return value.grad

    return read


def _turned(value: Tensor) -> Tensor:
    return value.T if value.ndim == 2 else value.permute(tuple(reversed(range(value.ndim))))


def _matrices_turned(value: Tensor) -> Tensor:
    if value.ndim < 2:
        raise Refusal("Only matrices can be turned over.", "A vector becomes a column with x[:, None].")
    return value.mT


def _part(name: str, origin: str) -> Function:
    def read(value: object) -> object:
        names = getattr(type(value), "__match_args__", ())
        if isinstance(value, tuple) and type(value).__module__ == "torch.return_types" and name in names:
            return getattr(value, name)
        raise Refusal(f"{described(value).capitalize()} has no .{name}.", origin)

    return read


def _weight(name: str) -> Function:
    def read(value: object) -> Tensor:
        if type(value) is not Module:
            raise Refusal(f"{described(value).capitalize()} has no .{name}.", "Only layers have.")
        if name not in value.weights:
            first = "Write for example net[0].weight." if value.parts else "It was made without."
            raise Refusal(f"This layer has no .{name}.", first)
        return value.weights[name]

    return read


def _own(name: str, kind: type, who: str) -> Function:
    read = operator.attrgetter(name)

    def reader(value: object) -> object:
        if not isinstance(value, kind):
            raise Refusal(f"{described(value).capitalize()} has no .{name}.", f"Only {who} have.")
        found: object = read(value)
        return found

    return reader


def _next_functions(value: object) -> object:
    if isinstance(value, records.GradFn):
        return value.next_functions
    raise Refusal(f"{described(value).capitalize()} has no .next_functions.", "Only a .grad_fn has.")


def _setters(setting: Setting) -> dict[str, Function]:
    meter = setting.meter

    def data(value: Any, owner: Any) -> None:
        keep_itself(tensor_of(owner, "The owner of .data"), meter)
        made = tensor_of(value, ".data")
        if made.shape != owner.shape:
            # What saved the owner for its backward pass reads as many elements as there were then.
            raise Refusal(
                f".data keeps its shape {tuple(owner.shape)}; this has {tuple(made.shape)}.",
                "Give the new tensor a name of its own.",
            )
        keep_memory(made, meter)
        owner.data = made

    def grad(value: Any, owner: Any) -> None:
        keep_itself(tensor_of(owner, "The owner of .grad"), meter)
        owner.grad = None if value is None else tensor_of(value, ".grad")

    def requires_grad(value: Any, owner: Any) -> None:
        keep_itself(tensor_of(owner, "The owner of .requires_grad"), meter)
        owner.requires_grad = bool(value)

    return {"data": data, "grad": grad, "requires_grad": requires_grad}
