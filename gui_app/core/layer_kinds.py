"""The layers of torch.nn as a table: how each is called, and which weights it starts with, under PyTorch's rules.

A weight's distribution, drawn in the order of this table from a generator of the same seed, gives the very numbers
that PyTorch's module has; a test holds them against each other.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, Signature
from typing import Any

from gui_app.core.experiment import MAX_ELEMENTS, Distribution, ExperimentError

NUMBERS = (int, float, bool)


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor of a layer: drawn at random, or filled with one number."""

    name: str
    shape: tuple[int, ...]
    start: Distribution | float


Weights = tuple[Weight, ...]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer: what a call of it takes, and the weights that it then has."""

    name: str
    help: str
    signature: str = ""
    """Its arguments in Python's notation."""
    weights: Callable[[Settings], Weights] | None = None
    """None: it has none."""

    @property
    def has_weights(self) -> bool:
        """Whether it has anything to train."""
        return self.weights is not None

    @cached_property
    def bindable(self) -> Signature:
        """The signature as Python binds arguments to it."""
        arguments = ast.parse(f"def f({self.signature}): pass").body[0].args  # type: ignore[attr-defined]
        plain = [*arguments.args]
        required = len(plain) - len(arguments.defaults)
        defaults = [None] * required + arguments.defaults
        made = [
            _argument(a.arg, Parameter.POSITIONAL_OR_KEYWORD, d) for a, d in zip(plain, defaults, strict=True)
        ]
        only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return Signature(made + [_argument(a.arg, Parameter.KEYWORD_ONLY, d) for a, d in only])


def _argument(name: str, kind: Any, default: ast.expr | None) -> Parameter:
    return Parameter(name, kind, default=Parameter.empty if default is None else ast.literal_eval(default))


def _whole(given: Settings, what: str) -> int:
    value = given[what]
    if type(value) is not int or not 1 <= value <= MAX_ELEMENTS:
        shown = f", not {value!r}" if type(value) in NUMBERS and abs(value) < 1e15 else ""
        raise ExperimentError(
            "layer", f"{what} must be a whole number above 0, at most {MAX_ELEMENTS:,}{shown}"
        )
    return value


def _sizes(value: object, what: str) -> tuple[int, ...]:
    given = value if isinstance(value, tuple | list) else (value,)
    return tuple(_whole({what: each}, what) for each in given)


def _within(bound: float) -> Distribution:
    return Distribution("uniform", -bound, bound)


def _kaiming(fan_in: int) -> Distribution:
    """``init.kaiming_uniform_(weight, a=math.sqrt(5))`` in its own order of operations."""
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    return _within(math.sqrt(3.0) * (gain / math.sqrt(fan_in)))


def _fanned(weight: tuple[int, ...], bias: object) -> Weights:
    """The weight (out, in, …) and the bias (out,) of a layer that adds up its inputs."""
    fan_in = math.prod(weight[1:])
    made = Weight("weight", weight, _kaiming(fan_in))
    return (made, Weight("bias", weight[:1], _within(1 / math.sqrt(fan_in)))) if bias else (made,)


def _linear(given: Settings) -> Weights:
    return _fanned((_whole(given, "out_features"), _whole(given, "in_features")), given["bias"])


def _convolution(dimensions: int) -> Callable[[Settings], Weights]:
    def weights(given: Settings) -> Weights:
        inputs, outputs = _whole(given, "in_channels"), _whole(given, "out_channels")
        parts, kernel = _whole(given, "groups"), _sizes(given["kernel_size"], "kernel_size")
        if inputs % parts or outputs % parts:
            raise ExperimentError("layer", "in_channels and out_channels must be multiples of groups")
        if len(kernel) not in (1, dimensions):
            raise ExperimentError("layer", f"kernel_size must have {dimensions} numbers, not {len(kernel)}")
        window = kernel if len(kernel) == dimensions else kernel * dimensions
        return _fanned((outputs, inputs // parts, *window), given["bias"])

    return weights


def _embedding(given: Settings) -> Weights:
    shape = _whole(given, "num_embeddings"), _whole(given, "embedding_dim")
    return (Weight("weight", shape, Distribution("normal", 0.0, 1.0)),)


def _scaled(shape: tuple[int, ...], affine: object, bias: object = True) -> Weights:
    """1 to multiply with and 0 to add."""
    made = (Weight("weight", shape, 1.0), *((Weight("bias", shape, 0.0),) if bias else ()))
    return made if affine else ()


def _batch_norm(given: Settings) -> Weights:
    return _scaled((_whole(given, "num_features"),), given["affine"])


def _layer_norm(given: Settings) -> Weights:
    shape = _sizes(given["normalized_shape"], "normalized_shape")
    return _scaled(shape, given["elementwise_affine"], given["bias"])


def _group_norm(given: Settings) -> Weights:
    if _whole(given, "num_channels") % _whole(given, "num_groups"):
        raise ExperimentError("layer", "num_channels must be a multiple of num_groups")
    return _scaled((given["num_channels"],), given["affine"])


def _prelu(given: Settings) -> Weights:
    start = given["init"]
    if type(start) not in NUMBERS or not abs(start) < math.inf:
        raise ExperimentError("layer", "init must be a number")
    return (Weight("weight", (_whole(given, "num_parameters"),), float(start)),)


_KERNEL = "kernel_size, stride=None, padding=0"
_CONVOLUTION = "in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True"
_NORM = "num_features, eps=1e-05, momentum=0.1, affine=True"
_LAYER_NORM = "normalized_shape, eps=1e-05, elementwise_affine=True, bias=True"
_GROUP_NORM = "num_groups, num_channels, eps=1e-05, affine=True"
_BATCH_NORM = "each channel with mean 0 and variance 1 over the batch, scaled and moved"
_MEAN = "*, reduction='mean'"

_KINDS = (
    LayerKind("Linear", "input @ weight.T + bias", "in_features, out_features, bias=True", _linear),
    LayerKind("Conv1d", "convolution along one dimension", _CONVOLUTION, _convolution(1)),
    LayerKind("Conv2d", "convolution along two dimensions", _CONVOLUTION, _convolution(2)),
    LayerKind("Embedding", "a row of weight for each index", "num_embeddings, embedding_dim", _embedding),
    LayerKind("BatchNorm1d", _BATCH_NORM, _NORM, _batch_norm),
    LayerKind("BatchNorm2d", _BATCH_NORM, _NORM, _batch_norm),
    LayerKind(
        "LayerNorm", "each sample with mean 0 and variance 1, scaled and moved", _LAYER_NORM, _layer_norm
    ),
    LayerKind("GroupNorm", "groups of channels with mean 0 and variance 1", _GROUP_NORM, _group_norm),
    LayerKind("PReLU", "relu with a slope below 0 that is learnt", "num_parameters=1, init=0.25", _prelu),
    LayerKind("MaxPool1d", "largest of each window", _KERNEL),
    LayerKind("MaxPool2d", "largest of each window", _KERNEL),
    LayerKind("AvgPool1d", "mean of each window", _KERNEL),
    LayerKind("AvgPool2d", "mean of each window", _KERNEL),
    LayerKind("AdaptiveMaxPool1d", "largest of so many windows", "output_size"),
    LayerKind("AdaptiveMaxPool2d", "largest of so many windows", "output_size"),
    LayerKind("AdaptiveAvgPool1d", "mean of so many windows", "output_size"),
    LayerKind("AdaptiveAvgPool2d", "mean of so many windows", "output_size"),
    LayerKind("Flatten", "one row of numbers for each sample", "start_dim=1, end_dim=-1"),
    LayerKind("Dropout", "a random share of the elements set to 0", "p=0.5"),
    LayerKind("Identity", "its input"),
    LayerKind("Softmax", "positive parts that sum to 1", "dim"),
    LayerKind("LogSoftmax", "logs of positive parts that sum to 1", "dim"),
    LayerKind("ReLU", "max(x, 0)"),
    LayerKind("ReLU6", "relu, at most 6"),
    LayerKind("LeakyReLU", "relu with a small slope below 0", "negative_slope=0.01"),
    LayerKind("ELU", "relu with an exponential below 0", "alpha=1.0"),
    LayerKind("CELU", "a smooth elu", "alpha=1.0"),
    LayerKind("SELU", "elu with fixed constants"),
    LayerKind("GELU", "x weighted by the normal distribution", "approximate='none'"),
    LayerKind("SiLU", "x * sigmoid(x)"),
    LayerKind("Mish", "x * tanh(softplus(x))"),
    LayerKind("Softplus", "log(1 + exp(x)): a smooth relu", "beta=1.0, threshold=20.0"),
    LayerKind("Softsign", "x / (1 + |x|)"),
    LayerKind("Tanh", "between -1 and 1"),
    LayerKind("Tanhshrink", "x - tanh(x)"),
    LayerKind("Hardtanh", "kept between two values", "min_val=-1.0, max_val=1.0"),
    LayerKind("Hardsigmoid", "straight pieces in place of sigmoid"),
    LayerKind("Hardswish", "straight pieces in place of silu"),
    LayerKind("Sigmoid", "between 0 and 1"),
    LayerKind("LogSigmoid", "log of sigmoid"),
    LayerKind("MSELoss", "mean of the squared differences", _MEAN),
    LayerKind("L1Loss", "mean of the absolute differences", _MEAN),
    LayerKind("HuberLoss", "squares near 0, then straight", f"{_MEAN}, delta=1.0"),
    LayerKind("SmoothL1Loss", "squares near 0, then straight", f"{_MEAN}, beta=1.0"),
    LayerKind("CrossEntropyLoss", "classes against scores", f"{_MEAN}, label_smoothing=0.0"),
    LayerKind("NLLLoss", "classes against log-probabilities", _MEAN),
    LayerKind("BCELoss", "yes or no against probabilities", _MEAN),
    LayerKind("BCEWithLogitsLoss", "yes or no against scores", _MEAN),
)

SEQUENTIAL, DROPOUT = "Sequential", "Dropout"
LAYERS: Mapping[str, LayerKind] = {kind.name: kind for kind in _KINDS}
"""Every layer but Sequential, by its name in torch.nn."""
