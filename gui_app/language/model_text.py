"""A model -> the text of the program that fits it, as a person would type it, and its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from gui_app.core.data import ModelSpec
from gui_app.core.experiment import ExperimentError, ParameterSpec
from gui_app.core.layers import SEQUENTIAL, Layer, layer, parameter
from gui_app.core.prepared import Prepared

LINE = 88
"""Longest line that a network stands on alone."""

_LOSSES: Mapping[str, str] = {
    "mse": "loss = mse_loss(y_hat, y)",
    "mae": "loss = l1_loss(y_hat, y)",
    "huber": "loss = huber_loss(y_hat, y)",
    "cross_entropy": "loss = cross_entropy(y_hat, y)",
    "bce": "loss = binary_cross_entropy_with_logits(y_hat, y.to(y_hat.dtype))",
}
"""``y_hat`` are the predictions: numbers (rows,), scores (rows, classes), or one score a row."""
_CLASSES = (
    "so this needs a target of classes; set the target's type to category, or choose another model or loss"
)


def program_of(model: ModelSpec, data: Prepared) -> tuple[str, tuple[ParameterSpec, ...]]:
    """The program and its parameters, which start as those of torch.nn's modules do.

    Raises ExperimentError where the model does not suit the data.
    """
    loss = loss_of(model, data)
    outputs = len(data.classes or ()) if loss == "cross_entropy" else 1
    lines, parameters = _TEXTS[model.name](model, len(data.names), outputs)
    return "\n".join([*lines, _LOSSES[loss]]), parameters


def loss_of(model: ModelSpec, data: Prepared) -> str:
    """The loss that is meant, checked against the target. Raises ExperimentError."""
    if data.target is None:
        raise ExperimentError("data.target", "a model needs a target; name one of the columns")
    usual = {"linear": "mse", "polynomial": "mse", "logistic": "bce", "softmax": "cross_entropy"}
    loss = model.loss or usual.get(model.name) or ("mse" if data.classes is None else "cross_entropy")
    if loss == "cross_entropy" and data.classes is None:
        raise ExperimentError("model", f"the target is a number, {_CLASSES}")
    if loss == "bce" and not _is_yes_or_no(data):
        raise ExperimentError("model", "bce needs a target of two classes, or of 0 and 1")
    if loss not in ("cross_entropy", "bce") and data.classes is not None:
        message = f"the target is a category, which {loss} cannot measure; choose a model of classes, such as softmax"
        raise ExperimentError("model", message)
    return loss


def _is_yes_or_no(data: Prepared) -> bool:
    if data.classes is not None:
        return len(data.classes) == 2
    return data.target is not None and bool(np.isin(data.target, (0, 1)).all())


_Text = tuple[list[str], tuple[ParameterSpec, ...]]


def _plane(inputs: str, features: int, outputs: int) -> _Text:
    """One layer, whose weights are called weight and bias."""
    made = layer("Linear", [features, outputs], {})
    scores = f"{inputs} @ weight.T + bias"
    line = f"y_hat = ({scores}).squeeze(1)" if outputs == 1 else f"y_hat = {scores}"
    return [line], tuple(parameter(weight) for weight in made.named_weights())


def _linear(_model: ModelSpec, features: int, outputs: int) -> _Text:
    return _plane("X", features, outputs)


def _polynomial(model: ModelSpec, features: int, outputs: int) -> _Text:
    powers = ", ".join(["X", *(f"X**{power}" for power in range(2, model.degree + 1))])
    lines, parameters = _plane("powers", features * model.degree, outputs)
    return [f"powers = torch.cat([{powers}], dim=1)", *lines], parameters


def _perceptron(model: ModelSpec, features: int, outputs: int) -> _Text:
    sizes = [features, *model.layers]
    parts = []
    for inside, outside in zip(sizes, model.layers, strict=False):
        parts += [layer("Linear", [inside, outside], {}), layer(model.activation, [], {})]
    return _network([*parts, layer("Linear", [sizes[-1], outputs], {})], "X", outputs)


def _convolution(model: ModelSpec, features: int, outputs: int) -> _Text:
    side = math.isqrt(features)
    if side * side != features or side < 2:
        message = f"the features must be the pixels of square pictures, such as 64; there are {features}"
        raise ExperimentError("data.features", message)
    parts, channels, width = [], 1, side
    for filters in model.layers:
        parts += [layer("Conv2d", [channels, filters, 3], {"padding": 1}), layer(model.activation, [], {})]
        if width >= 2:
            parts.append(layer("MaxPool2d", [2], {}))
            width //= 2
        channels = filters
    parts += [layer("Flatten", [], {}), layer("Linear", [channels * width * width, outputs], {})]
    return _network(parts, f"X.reshape(-1, 1, {side}, {side})", outputs)


def _network(parts: list[Layer], inputs: str, outputs: int) -> _Text:
    made = layer(SEQUENTIAL, parts, {})
    texts = [_typed(part) for part in parts]
    lines = [f"net = nn.Sequential({', '.join(texts)})"]
    if len(lines[0]) > LINE:
        lines = ["net = nn.Sequential(", *(f"    {text}," for text in texts), ")"]
    lines.append(f"y_hat = net({inputs})" + ".squeeze(1)" * (outputs == 1))
    return lines, made.parameters("net")


_PLACES = {"Linear": 2, "Conv2d": 3, "MaxPool2d": 1}
"""Arguments that are typed without their names."""


def _typed(made: Layer) -> str:
    plain = _PLACES.get(made.kind, 0)
    given = list(made.settings.items())
    first = [str(value) for _, value in given[:plain]]
    rest = [f"padding={value}" for key, value in given[plain:] if key == "padding" and value]
    return f"nn.{made.kind}({', '.join([*first, *rest])})"


_TEXTS: Mapping[str, Callable[[ModelSpec, int, int], _Text]] = {
    "linear": _linear,
    "polynomial": _polynomial,
    "logistic": _linear,
    "softmax": _linear,
    "perceptron": _perceptron,
    "convolution": _convolution,
}
