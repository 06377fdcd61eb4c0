"""Networks that the text of an objective declares: ``net = nn.Sequential(nn.Linear(2, 64), nn.ReLU())``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from gui_app.core.experiment import ExperimentError, ParameterSpec
from gui_app.core.layers import LAYERS, SEQUENTIAL, Layer, layer
from gui_app.language.folding import Unreadable, Value, fold
from gui_app.language.scopes import dotted

MODULES = ("nn.", "torch.nn.")
_HINT = "Use plain numbers: {0} = nn.Linear(2, 1)"
_NAMELESS = "Give it a name at the beginning of the program: net = nn.{0}(…)"


@dataclass(frozen=True, slots=True)
class Network:
    """An assignment that makes a layer with weights."""

    name: str
    statement: ast.Assign
    layer: Layer | None = None
    fault: tuple[str, str] | None = None
    """Why its weights cannot be parameters of an objective, and what to do."""

    @property
    def specs(self) -> tuple[ParameterSpec, ...]:
        """Its weights as parameters, under PyTorch's names after the network's own: ``net.0.weight``."""
        return self.layer.parameters(self.name) if self.layer else ()


def network(name: str, statement: ast.Assign, names: Mapping[str, Value]) -> Network | None:
    """The network that an assignment declares; None where no layer with weights is made. ``names`` are plain values."""
    if not kind_of_layer(statement.value) or not any(map(has_weights, ast.walk(statement.value))):
        return None
    try:
        return Network(name, statement, _read(statement.value, names))
    except Unreadable:
        message = f"The sizes of {name} cannot be read from the text."
    except ExperimentError as error:
        message = f"{error.message[:1].upper()}{error.message[1:]}."
    except TypeError as error:
        message = f"This layer cannot be made: {error}."
    return Network(name, statement, fault=(message, _HINT.format(name)))


def kind_of_layer(node: ast.AST) -> str:
    """``Linear`` of a call of ``nn.Linear``; empty for anything else."""
    if isinstance(node, ast.Call):
        path = dotted(node.func)
        kind = path.rpartition(".")[2]
        if path in (f"{module}{kind}" for module in MODULES) and (kind in LAYERS or kind == SEQUENTIAL):
            return kind
    return ""


def has_weights(node: ast.AST) -> bool:
    """Whether a call makes a layer with weights of its own."""
    kind = kind_of_layer(node)
    return bool(kind) and kind != SEQUENTIAL and LAYERS[kind].has_weights


def nameless(node: ast.Call) -> tuple[str, str]:
    """What is said against a layer with weights that no name is given to, and what to do."""
    kind = kind_of_layer(node)
    return f"In an objective the weights of nn.{kind} are parameters, which need a name.", _NAMELESS.format(
        kind
    )


def _read(node: ast.expr, names: Mapping[str, Value]) -> Layer:
    kind = kind_of_layer(node)
    if not kind or not isinstance(node, ast.Call):
        raise Unreadable
    if kind == SEQUENTIAL:
        if node.keywords:
            raise Unreadable
        return layer(kind, [_read(argument, names) for argument in node.args], {})
    return layer(
        kind,
        [_value(argument, names) for argument in node.args],
        {keyword.arg or "": _value(keyword.value, names) for keyword in node.keywords},
    )


def _value(node: ast.expr, names: Mapping[str, Value]) -> Value:
    """A plain value, a text such as 'same', or None."""
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str)):
        return node.value
    return fold(node, names)
