"""Gradients: what is recorded, backward passes, and what they leave behind."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.own import is_parameter, keep_itself
from gui_app.engine.vocabulary.records import GradFn
from gui_app.engine.vocabulary.row import Row, Setting
from gui_app.engine.vocabulary.sequences import described, tensor_of
from gui_app.language.refusal import Refusal

CONTEXTS: dict[str, tuple[str, str, Callable[..., AbstractContextManager[object]]]] = {}
"""By the name as typed: signature, help, and what makes the context."""


def _context(name: str, signature: str, help: str, function: Callable[..., Any]) -> None:
    for spelling in (name, f"torch.{name}", f"torch.autograd.{name}"):
        CONTEXTS[spelling] = signature, help, function


def _no_grad() -> AbstractContextManager[object]:
    return torch.no_grad()


def _enable_grad() -> AbstractContextManager[object]:
    return torch.enable_grad()


def _set_grad_enabled(mode: Any) -> AbstractContextManager[object]:
    return torch.set_grad_enabled(bool(mode))


_context("no_grad", "", "nothing inside is recorded", _no_grad)
_context("enable_grad", "", "what is inside is recorded again", _enable_grad)
_context("set_grad_enabled", "mode", "what is inside is recorded or not", _set_grad_enabled)


def _all(values: Any, what: str) -> list[Tensor]:
    """One tensor or several, as a list."""
    several = values if isinstance(values, list | tuple) else (values,)
    return [tensor_of(value, what) for value in several]


def _weights(values: Any) -> list[Tensor | None] | None:
    """Gradients that a backward pass starts from; None where the start is 1."""
    if values is None:
        return None
    several = values if isinstance(values, list | tuple) else (values,)
    return [None if value is None else tensor_of(value, "A gradient") for value in several]


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def gradients(setting: Setting) -> tuple[Row, ...]:
    """Backward passes, and switching the recording for one tensor."""
    effects, meter = setting.effects, setting.meter

    def run(
        tensors: Sequence[Tensor], weights: Any, retain_graph: Any, create_graph: Any, inputs: Any
    ) -> None:
        if create_graph:
            # PyTorch's advice on its reference cycle; the engine drops the gradients when it is done with them.
            warnings.filterwarnings("ignore", "Using backward")
        effects.backward(
            tensors,
            _weights(weights),
            retain_graph=_flag(retain_graph),
            create_graph=bool(create_graph),
            inputs=None if inputs is None else _all(inputs, "An input"),
        )

    def backward(
        input: Any,
        gradient: Any = None,
        retain_graph: Any = None,
        create_graph: Any = False,
        inputs: Any = None,
    ) -> None:
        run([tensor_of(input, "What backward() is called on")], gradient, retain_graph, create_graph, inputs)

    def backward_of(
        tensors: Any,
        grad_tensors: Any = None,
        retain_graph: Any = None,
        create_graph: Any = False,
        inputs: Any = None,
    ) -> None:
        run(_all(tensors, "What backward() starts from"), grad_tensors, retain_graph, create_graph, inputs)

    def track(input: Any, requires_grad: Any = True) -> Tensor:
        tensor = tensor_of(input, "What records gradients")
        if not requires_grad and is_parameter(tensor, meter):
            raise Refusal("Recording cannot be switched off for a parameter.", "Use x.detach().")
        if not tensor.requires_grad:
            keep_itself(tensor, meter)
        return Tensor.requires_grad_(tensor, bool(requires_grad))

    def cut(input: Any) -> Tensor:
        keep_itself(tensor_of(input, "What is cut from the graph"), meter)
        return Tensor.detach_(input)

    return (
        Row(
            "backward",
            "input, gradient=None, retain_graph=None, create_graph=False, inputs=None",
            "run the backward pass: .grad of the leaves grows by the gradient",
            backward,
            "method",
            result="any",
        ),
        Row(
            "backward",
            "tensors, grad_tensors=None, retain_graph=None, create_graph=False, inputs=None",
            "run one backward pass from several tensors",
            backward_of,
            "autograd bare",
            result="any",
        ),
        Row("requires_grad_", "input, requires_grad=True", "record gradients from here", track, "method"),
        Row("detach_", "input", "cut from the graph, in place", cut, "method"),
    )


def _gradients_of(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: Any = None,
    create_graph: Any = False,
    allow_unused: Any = None,
) -> tuple[Tensor | None, ...]:
    return torch.autograd.grad(
        _all(outputs, "What is differentiated"),
        _all(inputs, "What it is differentiated by"),
        _weights(grad_outputs),
        retain_graph=_flag(retain_graph),
        create_graph=bool(create_graph),
        allow_unused=_flag(allow_unused),
    )


def _parameter(data: Any, requires_grad: Any = True) -> Tensor:
    return torch.nn.Parameter(tensor_of(data, "A parameter"), bool(requires_grad))


def _variable(data: Any, requires_grad: Any = False) -> Tensor:
    return tensor_of(data, "A variable").detach().requires_grad_(bool(requires_grad))


def _keep_gradient(input: Any) -> None:
    Tensor.retain_grad(tensor_of(input, "What keeps its gradient"))


def _node_name(input: Any) -> str:
    if not isinstance(input, GradFn):
        raise Refusal(f"{described(input).capitalize()} has no method .name().", "Only a .grad_fn has.")
    return input.name()


ROWS = (
    Row(
        "grad",
        "outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=None",
        "the gradients of outputs with respect to inputs, as a tuple",
        _gradients_of,
        "autograd bare",
        result="any",
    ),
    Row(
        "Parameter", "data, requires_grad=True", "the tensor as a leaf that is trained", _parameter, "nn bare"
    ),
    Row(
        "Variable",
        "data, requires_grad=False",
        "the tensor as a leaf (old spelling)",
        _variable,
        "autograd bare",
    ),
    Row(
        "retain_grad",
        "input",
        "keep .grad of a tensor that is no leaf",
        _keep_gradient,
        "method",
        result="any",
    ),
    Row("name", "input", "the name of a node of the graph", _node_name, "method", result="any"),
)
