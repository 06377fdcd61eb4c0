"""Layers and networks as they were asked for: plain data, bounded, with the weights that they then have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gui_app.core.experiment import MAX_ELEMENTS, Distribution, ExperimentError, Nested, ParameterSpec
from gui_app.core.layer_kinds import LAYERS as LAYERS
from gui_app.core.layer_kinds import MASKING as MASKING
from gui_app.core.layer_kinds import SEQUENTIAL as SEQUENTIAL
from gui_app.core.layer_weights import NUMBERS, Weights
from gui_app.core.layer_weights import Weight as Weight

MAX_LAYERS = 500
"""Most layers of one network."""
MAX_FILLED = 100_000
"""Most elements of all weights of a network that start from one number: each is an entry of a parameter's value."""
_MOST_SIZES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer as it was asked for; of a Sequential, its parts."""

    kind: str
    settings: Mapping[str, Any]
    """By name, defaults filled in."""
    weights: Weights = ()
    """Its own, without those of its parts."""
    parts: tuple[Layer, ...] = ()

    def named_weights(self, prefix: str = "") -> Iterator[Weight]:
        """All weights, the parts' after their place: ``0.weight``, as ``named_parameters`` has them."""
        for weight in self.weights:
            yield replace(weight, name=prefix + weight.name)
        for place, part in enumerate(self.parts):
            yield from part.named_weights(f"{prefix}{place}.")

    @property
    def filled(self) -> int:
        """Elements of all weights that start from one number."""
        return _elements(w for w in self.named_weights() if not isinstance(w.start, Distribution))

    @property
    def draws(self) -> bool:
        """Whether it draws random numbers when it is called."""
        draws = None if self.kind == SEQUENTIAL else LAYERS[self.kind].draws
        return (draws is not None and draws(self.settings)) or any(part.draws for part in self.parts)

    def parameters(self, name: str) -> tuple[ParameterSpec, ...]:
        """The weights as parameters of an objective that calls the layer ``name``."""
        return tuple(parameter(weight, f"{name}.") for weight in self.named_weights())

    def __str__(self) -> str:
        """As it would be typed, without what is usual."""
        usual = {} if self.kind == SEQUENTIAL else _defaults(self.kind)
        given = [f"{k}={v!r}" for k, v in self.settings.items() if k not in usual or usual[k] != v]
        return f"{self.kind}({', '.join([*map(str, self.parts), *given])})"


def _defaults(kind: str) -> dict[str, Any]:
    known = LAYERS[kind].bindable.parameters.values()
    return {each.name: each.default for each in known if each.default is not each.empty}


def layer(kind: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Layer:
    """The layer that such a call makes.

    Raises ExperimentError for sizes that make no sense, TypeError for arguments that do not fit the signature.
    """
    if kind == SEQUENTIAL:
        return sequential(arguments)
    known = LAYERS[kind]
    bound = known.bindable.bind(*arguments, **keywords)
    bound.apply_defaults()
    settings = {name: _plain(value, name) for name, value in bound.arguments.items()}
    return _bounded(Layer(kind, settings, known.weights(settings) if known.weights else ()))


def _plain(value: object, what: str) -> Any:
    """A setting that nothing can change any more and that is short when it is shown."""
    if value is None or type(value) is str or type(value) in NUMBERS:
        return value
    if not isinstance(value, list | tuple) or len(value) > _MOST_SIZES:
        raise ExperimentError("layer", f"{what} must be a number, or up to {_MOST_SIZES} in brackets")
    if not all(each is None or type(each) in NUMBERS for each in value):
        raise ExperimentError("layer", f"{what} must hold nothing but numbers")
    return tuple(value)


def _elements(weights: Iterable[Weight]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _bounded(made: Layer) -> Layer:
    """``made``, if it has no more weights than an experiment may have."""
    if _elements(made.named_weights()) > MAX_ELEMENTS:
        raise ExperimentError("layer", f"all weights together may have at most {MAX_ELEMENTS:,} elements")
    if made.filled > MAX_FILLED:
        message = f"weights that start from one number may have at most {MAX_FILLED:,} elements together"
        raise ExperimentError("layer", message)
    return made


def sequential(parts: Sequence[Any]) -> Layer:
    """One layer after the other."""
    if not all(isinstance(part, Layer) for part in parts):
        raise ExperimentError("layer", "Sequential takes layers")
    for part in parts:
        if part.kind != SEQUENTIAL and LAYERS[part.kind].inputs != 1:
            raise ExperimentError(
                "layer", f"Sequential hands on one tensor, and {part.kind} is called with more"
            )
    made = Layer(SEQUENTIAL, {}, (), tuple(parts))
    if _count(made) > MAX_LAYERS:
        raise ExperimentError("layer", f"a network has at most {MAX_LAYERS} layers")
    return _bounded(made)


def _count(made: Layer) -> int:
    return 1 + sum(map(_count, made.parts))


def parameter(weight: Weight, prefix: str = "") -> ParameterSpec:
    """A weight as a parameter."""
    if isinstance(weight.start, Distribution):
        return ParameterSpec(prefix + weight.name, None, weight.shape, weight.start)
    value: Nested = weight.start
    for length in reversed(weight.shape):
        value = (value,) * length
    return ParameterSpec(prefix + weight.name, value, weight.shape)
