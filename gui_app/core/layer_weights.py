"""Which weights a layer of torch.nn has, and how each starts, under PyTorch's rules.

Drawn one after the other from a generator of the same seed, they are the very numbers that PyTorch's module has; a test
holds them against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gui_app.core.experiment import MAX_ELEMENTS, Distribution, ExperimentError

NUMBERS = (int, float, bool)
MAX_STACKED = 100
"""Most layers that one recurrent layer stacks, both directions counted."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor of a layer: drawn at random, or filled with one number."""

    name: str
    shape: tuple[int, ...]
    start: Distribution | float
    turn: int = 0
    """Those of a lower turn are drawn first, whatever the order of their names."""
    before: Distribution | None = None
    """What is drawn for it and thrown away, because PyTorch gives it two starts."""


Weights = tuple[Weight, ...]
Settings = Mapping[str, Any]
Rule = Callable[[Settings], Weights]
"""The weights of a layer with these settings. Raises ExperimentError for settings that make no sense."""


def whole(given: Settings, what: str, most: int = MAX_ELEMENTS) -> int:
    """A setting that counts something."""
    value = given[what]
    if type(value) is not int or not 1 <= value <= most:
        shown = f", not {value!r}" if type(value) in NUMBERS and abs(value) < 1e15 else ""
        raise ExperimentError("layer", f"{what} must be a whole number above 0, at most {most:,}{shown}")
    return value


def share(given: Settings, what: str) -> float:
    """A setting between 0 and 1."""
    value = given[what]
    if type(value) not in NUMBERS or not 0 <= value <= 1:
        raise ExperimentError("layer", f"{what} must be a number from 0 to 1")
    return float(value)


def _sizes(value: object, what: str) -> tuple[int, ...]:
    given = value if isinstance(value, tuple | list) else (value,)
    return tuple(whole({what: each}, what) for each in given)


def _within(bound: float) -> Distribution:
    return Distribution("uniform", -bound, bound)


def _kaiming(fan_in: int) -> Distribution:
    """``init.kaiming_uniform_(weight, a=math.sqrt(5))`` in its own order of operations."""
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    return _within(math.sqrt(3.0) * (gain / math.sqrt(fan_in)))


def _fanned(weight: tuple[int, ...], bias: object, outputs: int | None = None) -> Weights:
    """The weight (out, in, …) and the bias (out,) of a layer that adds up its inputs."""
    fan_in = math.prod(weight[1:])
    made = Weight("weight", weight, _kaiming(fan_in))
    size = (outputs or weight[0],)
    return (made, Weight("bias", size, _within(1 / math.sqrt(fan_in)))) if bias else (made,)


def linear(given: Settings) -> Weights:
    return _fanned((whole(given, "out_features"), whole(given, "in_features")), given["bias"])


def bilinear(given: Settings) -> Weights:
    names = ("out_features", "in1_features", "in2_features")
    outputs, first, second = (whole(given, name) for name in names)
    start = _within(1 / math.sqrt(first))
    made = Weight("weight", (outputs, first, second), start)
    return (made, Weight("bias", (outputs,), start)) if given["bias"] else (made,)


def _kernel(given: Settings, dimensions: int) -> tuple[int, int, tuple[int, ...]]:
    """Inputs and outputs that belong together, and the window of a convolution."""
    inputs, outputs = whole(given, "in_channels"), whole(given, "out_channels")
    parts, kernel = whole(given, "groups"), _sizes(given["kernel_size"], "kernel_size")
    if inputs % parts or outputs % parts:
        raise ExperimentError("layer", "in_channels and out_channels must be multiples of groups")
    if len(kernel) not in (1, dimensions):
        raise ExperimentError("layer", f"kernel_size must have {dimensions} numbers, not {len(kernel)}")
    return inputs, outputs, kernel if len(kernel) == dimensions else kernel * dimensions


def convolution(dimensions: int) -> Rule:
    def weights(given: Settings) -> Weights:
        inputs, outputs, window = _kernel(given, dimensions)
        return _fanned((outputs, inputs // given["groups"], *window), given["bias"])

    return weights


def transposed(dimensions: int) -> Rule:
    def weights(given: Settings) -> Weights:
        inputs, outputs, window = _kernel(given, dimensions)
        return _fanned((inputs, outputs // given["groups"], *window), given["bias"], outputs)

    return weights


def embedding(given: Settings) -> Weights:
    shape = whole(given, "num_embeddings"), whole(given, "embedding_dim")
    return (Weight("weight", shape, Distribution("normal", 0.0, 1.0)),)


def _scaled(shape: tuple[int, ...], affine: object, bias: object = True) -> Weights:
    """1 to multiply with and 0 to add."""
    made = (Weight("weight", shape, 1.0), *((Weight("bias", shape, 0.0),) if bias else ()))
    return made if affine else ()


def channel_norm(given: Settings) -> Weights:
    return _scaled((whole(given, "num_features"),), given["affine"])


def layer_norm(given: Settings) -> Weights:
    shape = _sizes(given["normalized_shape"], "normalized_shape")
    return _scaled(shape, given["elementwise_affine"], given["bias"])


def rms_norm(given: Settings) -> Weights:
    shape = _sizes(given["normalized_shape"], "normalized_shape")
    return _scaled(shape, given["elementwise_affine"], bias=False)


def group_norm(given: Settings) -> Weights:
    if whole(given, "num_channels") % whole(given, "num_groups"):
        raise ExperimentError("layer", "num_channels must be a multiple of num_groups")
    return _scaled((given["num_channels"],), given["affine"])


def prelu(given: Settings) -> Weights:
    start = given["init"]
    if type(start) not in NUMBERS or not abs(start) < math.inf:
        raise ExperimentError("layer", "init must be a number")
    return (Weight("weight", (whole(given, "num_parameters"),), float(start)),)


def _gates(given: Settings, gates: int, inputs: int, suffix: str = "") -> Iterator[Weight]:
    """What one recurrent layer has for its input and for its own last output."""
    if given.get("nonlinearity", "tanh") not in ("tanh", "relu"):
        raise ExperimentError("layer", 'nonlinearity must be "tanh" or "relu"')
    hidden = whole(given, "hidden_size")
    rows, start = gates * hidden, _within(1.0 / math.sqrt(hidden))
    yield Weight(f"weight_ih{suffix}", (rows, inputs), start)
    yield Weight(f"weight_hh{suffix}", (rows, hidden), start)
    if given["bias"]:
        yield Weight(f"bias_ih{suffix}", (rows,), start)
        yield Weight(f"bias_hh{suffix}", (rows,), start)


def recurrent(gates: int) -> Rule:
    """Of layers that run along a sequence."""

    def weights(given: Settings) -> Weights:
        share(given, "dropout")
        directions = ("", "_reverse") if given["bidirectional"] else ("",)
        layers = whole(given, "num_layers", MAX_STACKED // len(directions))
        later = whole(given, "hidden_size") * len(directions)
        return tuple(
            weight
            for layer in range(layers)
            for direction in directions
            for weight in _gates(
                given, gates, later if layer else whole(given, "input_size"), f"_l{layer}{direction}"
            )
        )

    return weights


def cell(gates: int) -> Rule:
    """Of one step of such a layer."""
    return lambda given: tuple(_gates(given, gates, whole(given, "input_size")))


def _attending(width: int, bias: object) -> Weights:
    """Of queries, keys and values in one, and of what mixes the heads."""
    mixing = _fanned((width, width), bias)
    both = _within(math.sqrt(3.0) * math.sqrt(2.0 / float(width + 3 * width)))
    made = [Weight("in_proj_weight", (3 * width, width), both, turn=1)]
    if bias:
        made.append(Weight("in_proj_bias", (3 * width,), 0.0))
    made.append(Weight("out_proj.weight", (width, width), mixing[0].start))
    if bias:
        made.append(Weight("out_proj.bias", (width,), 0.0, before=_distribution(mixing[1])))
    return tuple(made)


def _distribution(weight: Weight) -> Distribution:
    assert isinstance(weight.start, Distribution)
    return weight.start


def _headed(given: Settings, width: str, heads: str) -> int:
    size = whole(given, width)
    if size % whole(given, heads):
        raise ExperimentError("layer", f"{width} must be a multiple of {heads}")
    share(given, "dropout")
    return size


def attention(given: Settings) -> Weights:
    return _attending(_headed(given, "embed_dim", "num_heads"), given["bias"])


def encoder_layer(given: Settings) -> Weights:
    """Attention, two linear layers, and a norm after each of both, in that order of names and of draws."""
    width, inner, bias = _headed(given, "d_model", "nhead"), whole(given, "dim_feedforward"), given["bias"]
    if given["activation"] not in ("relu", "gelu"):
        raise ExperimentError("layer", 'activation must be "relu" or "gelu"')
    parts: dict[str, Sequence[Weight]] = {
        "self_attn": _attending(width, bias),
        "linear1": _fanned((inner, width), bias),
        "linear2": _fanned((width, inner), bias),
        "norm1": _scaled((width,), True, bias),
        "norm2": _scaled((width,), True, bias),
    }
    return tuple(
        Weight(f"{part}.{w.name}", w.shape, w.start, w.turn if part == "self_attn" else 2, w.before)
        for part, weights in parts.items()
        for w in weights
    )
