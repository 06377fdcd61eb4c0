"""Layers of torch.nn: the words that make them, and what each does when it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gui_app.core.experiment import Distribution, ExperimentError
from gui_app.core.layers import DROPOUT, LAYERS, SEQUENTIAL, Layer, Weight, layer, sequential
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.row import Function, Row, Setting
from gui_app.engine.vocabulary.sequences import described
from gui_app.language.names import Table, Word
from gui_app.language.refusal import Refusal

SPACE = "torch.nn.functional"
_WINDOW = ("kernel_size", "stride", "padding")
_CONVOLUTION = ("stride", "padding", "dilation", "groups")

FORWARD: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Linear": ("linear", ()),
    "Conv1d": ("conv1d", _CONVOLUTION),
    "Conv2d": ("conv2d", _CONVOLUTION),
    "Embedding": ("embedding", ()),
    "BatchNorm1d": ("batch_norm", ("eps",)),
    "BatchNorm2d": ("batch_norm", ("eps",)),
    "LayerNorm": ("layer_norm", ("normalized_shape", "eps")),
    "GroupNorm": ("group_norm", ("num_groups", "eps")),
    "PReLU": ("prelu", ()),
    "MaxPool1d": ("max_pool1d", _WINDOW),
    "MaxPool2d": ("max_pool2d", _WINDOW),
    "AvgPool1d": ("avg_pool1d", _WINDOW),
    "AvgPool2d": ("avg_pool2d", _WINDOW),
    "AdaptiveMaxPool1d": ("adaptive_max_pool1d", ("output_size",)),
    "AdaptiveMaxPool2d": ("adaptive_max_pool2d", ("output_size",)),
    "AdaptiveAvgPool1d": ("adaptive_avg_pool1d", ("output_size",)),
    "AdaptiveAvgPool2d": ("adaptive_avg_pool2d", ("output_size",)),
    "Flatten": ("flatten", ("start_dim", "end_dim")),
    "Dropout": ("dropout", ("p",)),
    "Identity": ("", ()),
    "Softmax": ("softmax", ("dim",)),
    "LogSoftmax": ("log_softmax", ("dim",)),
    "ReLU": ("relu", ()),
    "ReLU6": ("relu6", ()),
    "LeakyReLU": ("leaky_relu", ("negative_slope",)),
    "ELU": ("elu", ("alpha",)),
    "CELU": ("celu", ("alpha",)),
    "SELU": ("selu", ()),
    "GELU": ("gelu", ("approximate",)),
    "SiLU": ("silu", ()),
    "Mish": ("mish", ()),
    "Softplus": ("softplus", ("beta", "threshold")),
    "Softsign": ("softsign", ()),
    "Tanh": ("tanh", ()),
    "Tanhshrink": ("tanhshrink", ()),
    "Hardtanh": ("hardtanh", ("min_val", "max_val")),
    "Hardsigmoid": ("hardsigmoid", ()),
    "Hardswish": ("hardswish", ()),
    "Sigmoid": ("sigmoid", ()),
    "LogSigmoid": ("logsigmoid", ()),
    "MSELoss": ("mse_loss", ("reduction",)),
    "L1Loss": ("l1_loss", ("reduction",)),
    "HuberLoss": ("huber_loss", ("reduction", "delta")),
    "SmoothL1Loss": ("smooth_l1_loss", ("reduction", "beta")),
    "CrossEntropyLoss": ("cross_entropy", ("reduction", "label_smoothing")),
    "NLLLoss": ("nll_loss", ("reduction",)),
    "BCELoss": ("binary_cross_entropy", ("reduction",)),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", ("reduction",)),
}
"""By kind of layer: the word that does its work, and the settings that this is given besides the weights."""
_ALWAYS: Mapping[str, Mapping[str, object]] = {
    "batch_norm": {"running_mean": None, "running_var": None, "training": True},
}
"""What a word is given in any case: batches are normalised by their own mean, so that no layer remembers anything."""


def words() -> dict[str, Word]:
    """What makes layers, by its name in torch.nn."""
    made = {
        name: Word(
            f"nn.{name}", f"nn.{name}", kind.signature, kind.help, "any", text=True, draws=name == DROPOUT
        )
        for name, kind in LAYERS.items()
    }
    help = "layers one after the other"
    return made | {SEQUENTIAL: Word(f"nn.{SEQUENTIAL}", f"nn.{SEQUENTIAL}", "*layers", help, "any")}


class Modules:
    """Makes layers for one namespace, ``made``, whose words do their work."""

    def __init__(self, made: Mapping[str, Any], functions: tuple[Table, ...], setting: Setting) -> None:
        self._setting = setting
        self._functions: dict[str, Function] = {}
        for name in {name for name, _ in FORWARD.values() if name}:
            word = next(table[name] for table in functions if name in table)
            self._functions[name] = made[word.symbol]

    def symbols(self) -> dict[str, Function]:
        """What programs call, and what a compiled program asks for the networks that its text declares."""
        constructors = {f"nn.{kind}": self._constructor(kind) for kind in LAYERS}
        return {
            **constructors,
            f"nn.{SEQUENTIAL}": self._sequential,
            "network": self.weighed,
            "drawn": self.drawn,
        }

    def weighed(self, made: Layer) -> Callable[..., Module]:
        """A function of the weights of ``made``, in the order of ``named_weights``."""

        def network(*weights: Tensor) -> Module:
            return self._built(made, iter(weights))

        return network

    def drawn(self, made: Layer) -> Module:
        """The layer with weights of its own, drawn as PyTorch draws them."""
        return self._built(made, map(self._start, made.named_weights()))

    def _start(self, weight: Weight) -> Tensor:
        effects, start = self._setting.effects, weight.start
        tensor = torch.empty(weight.shape, dtype=self._setting.dtype)
        if not isinstance(start, Distribution):
            tensor.fill_(start)
        elif start.name == "normal":
            tensor.normal_(start.first, start.second, generator=effects.generator)
        else:
            tensor.uniform_(start.first, start.second, generator=effects.generator)
        self._setting.meter.spend(tensor.numel())
        return tensor.to(self._setting.device).requires_grad_()

    def _built(self, made: Layer, weights: Iterator[Tensor]) -> Module:
        own = {weight.name: next(weights) for weight in made.weights}
        module = Module(made, own, tuple([self._built(part, weights) for part in made.parts]))
        if made.kind != SEQUENTIAL:
            module.forward = self._forward(module)
        return module

    def _forward(self, module: Module) -> Function:
        name, settings = FORWARD[module.layer.kind]
        if not name:
            return _unchanged
        function, given = self._functions[name], module.layer.settings
        if name == "dropout":
            return lambda input: function(input, given["p"], module.training)
        keywords = {key: given[key] for key in settings}
        if type(sizes := keywords.get("normalized_shape")) is int:
            keywords["normalized_shape"] = (sizes,)
        return partial(function, **keywords, **module.weights, **_ALWAYS.get(name, {}))

    def _constructor(self, kind: str) -> Function:
        def construct(*arguments: Any, **keywords: Any) -> Module:
            try:
                return self.drawn(layer(kind, arguments, keywords))
            except ExperimentError as error:
                message = f"{error.message[:1].upper()}{error.message[1:]}."
                raise Refusal(message, f"It is called as nn.{kind}({LAYERS[kind].signature}).") from error

        return construct

    def _sequential(self, *parts: Any) -> Module:
        for part in parts:
            if type(part) is not Module:
                raise Refusal(
                    f"Sequential takes layers, not {described(part)}.", "Write nn.ReLU() with brackets."
                )
        try:
            made = sequential([part.layer for part in parts])
        except ExperimentError as error:
            raise Refusal(f"{error.message[:1].upper()}{error.message[1:]}.", "Use fewer.") from error
        return Module(made, {}, parts)


def _unchanged(input: Any) -> Any:
    return input


def _module(value: Any, method: str) -> Module:
    if type(value) is not Module:
        raise Refusal(f"{described(value).capitalize()} has no method .{method}().", "Only layers have.")
    return value


def _parameters(input: Any) -> list[Tensor]:
    return [weight for _, weight in _module(input, "parameters").named_weights()]


def _switch(name: str, training: bool) -> Function:
    def switch(input: Any) -> Module:
        _module(input, name).switch(training)
        return _module(input, name)

    return switch


ROWS = (
    Row("parameters", "input", "the weights of a layer, as a list", _parameters, "method", result="any"),
    Row("train", "input", "dropout leaves something out", _switch("train", True), "method", result="any"),
    Row("eval", "input", "dropout leaves nothing out", _switch("eval", False), "method", result="any"),
)
