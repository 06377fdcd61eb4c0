"""Layers of torch.nn: the words that make them, and what each does when it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import is_
from typing import Any

import torch
from torch import Tensor

from gui_app.core.experiment import Distribution, ExperimentError
from gui_app.core.layers import LAYERS, MASKING, SEQUENTIAL, Layer, Weight, layer, sequential
from gui_app.engine.vocabulary import module_attention, module_recurrent
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.module_masks import Masks
from gui_app.engine.vocabulary.module_norm import batch_norm
from gui_app.engine.vocabulary.row import Function, Row, Setting, counter
from gui_app.engine.vocabulary.sequences import described
from gui_app.language.names import Table, Word
from gui_app.language.refusal import Refusal

SPACE = "torch.nn.functional"
_WINDOW = ("kernel_size", "stride", "padding")
_CONVOLUTION = ("stride", "padding", "dilation", "groups")
_ENDS = ("1d", "2d", "3d")

FORWARD: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Linear": ("linear", ()),
    "Bilinear": ("bilinear", ()),
    "Embedding": ("embedding", ()),
    **{f"Conv{end}": (f"conv{end}", _CONVOLUTION) for end in _ENDS},
    **{f"ConvTranspose{end}": (f"conv_transpose{end}", (*_CONVOLUTION, "output_padding")) for end in _ENDS},
    **{f"MaxPool{end}": (f"max_pool{end}", _WINDOW) for end in _ENDS},
    **{f"AvgPool{end}": (f"avg_pool{end}", _WINDOW) for end in _ENDS},
    **{f"AdaptiveMaxPool{end}": (f"adaptive_max_pool{end}", ("output_size",)) for end in _ENDS},
    **{f"AdaptiveAvgPool{end}": (f"adaptive_avg_pool{end}", ("output_size",)) for end in _ENDS},
    **{f"BatchNorm{end}": ("batch_norm", ()) for end in _ENDS},
    **{f"InstanceNorm{end}": ("instance_norm", ("eps",)) for end in _ENDS},
    "LayerNorm": ("layer_norm", ("normalized_shape", "eps")),
    "RMSNorm": ("rms_norm", ("normalized_shape", "eps")),
    "GroupNorm": ("group_norm", ("num_groups", "eps")),
    "PReLU": ("prelu", ()),
    "Flatten": ("flatten", ("start_dim", "end_dim")),
    "Unflatten": ("unflatten", ("dim", "unflattened_size")),
    "ZeroPad2d": ("pad", ("padding",)),
    **{name: (name.lower(), ("p",)) for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")},
    "Identity": ("", ()),
    "Softmax": ("softmax", ("dim",)),
    "Softmin": ("softmin", ("dim",)),
    "LogSoftmax": ("log_softmax", ("dim",)),
    "ReLU": ("relu", ()),
    "ReLU6": ("relu6", ()),
    "LeakyReLU": ("leaky_relu", ("negative_slope",)),
    "ELU": ("elu", ("alpha",)),
    "CELU": ("celu", ("alpha",)),
    "SELU": ("selu", ()),
    "GELU": ("gelu", ("approximate",)),
    "GLU": ("glu", ("dim",)),
    "SiLU": ("silu", ()),
    "Mish": ("mish", ()),
    "Softplus": ("softplus", ("beta", "threshold")),
    "Softsign": ("softsign", ()),
    "Tanh": ("tanh", ()),
    "Tanhshrink": ("tanhshrink", ()),
    "Softshrink": ("softshrink", ("lambd",)),
    "Hardshrink": ("hardshrink", ("lambd",)),
    "Hardtanh": ("hardtanh", ("min_val", "max_val")),
    "Hardsigmoid": ("hardsigmoid", ()),
    "Hardswish": ("hardswish", ()),
    "Threshold": ("threshold", ("threshold", "value")),
    "Sigmoid": ("sigmoid", ()),
    "LogSigmoid": ("logsigmoid", ()),
    "CosineSimilarity": ("cosine_similarity", ("dim", "eps")),
    "PairwiseDistance": ("pairwise_distance", ("p", "eps")),
    "MSELoss": ("mse_loss", ("reduction",)),
    "L1Loss": ("l1_loss", ("reduction",)),
    "HuberLoss": ("huber_loss", ("reduction", "delta")),
    "SmoothL1Loss": ("smooth_l1_loss", ("reduction", "beta")),
    "CrossEntropyLoss": ("cross_entropy", ("reduction", "ignore_index", "label_smoothing")),
    "NLLLoss": ("nll_loss", ("reduction", "ignore_index")),
    "BCELoss": ("binary_cross_entropy", ("reduction",)),
    "BCEWithLogitsLoss": ("binary_cross_entropy_with_logits", ("reduction",)),
    "KLDivLoss": ("kl_div", ("reduction", "log_target")),
    "PoissonNLLLoss": ("poisson_nll_loss", ("reduction", "log_input", "full")),
    "GaussianNLLLoss": ("gaussian_nll_loss", ("reduction", "full")),
    "SoftMarginLoss": ("soft_margin_loss", ("reduction",)),
    "HingeEmbeddingLoss": ("hinge_embedding_loss", ("reduction", "margin")),
    "MultiMarginLoss": ("multi_margin_loss", ("reduction", "p", "margin")),
    "MarginRankingLoss": ("margin_ranking_loss", ("reduction", "margin")),
    "CosineEmbeddingLoss": ("cosine_embedding_loss", ("reduction", "margin")),
    "TripletMarginLoss": ("triplet_margin_loss", ("reduction", "margin", "p")),
}
"""By kind of layer: the word that does its work, and the settings that this is given besides the weights."""
OWN: Mapping[str, Callable[[Module, Masks], Function]] = {
    **dict.fromkeys(module_recurrent.SEQUENCES, module_recurrent.sequence),
    **dict.fromkeys(module_recurrent.CELLS, module_recurrent.cell),
    "MultiheadAttention": module_attention.attention,
    "TransformerEncoderLayer": module_attention.encoder_layer,
}
"""Layers that no single word does the work of."""


def words() -> dict[str, Word]:
    """What makes layers, by its name in torch.nn."""
    made = {
        name: Word(
            f"nn.{name}",
            f"nn.{name}",
            kind.signature,
            kind.help,
            text=True,
            draws=name in MASKING and not kind.has_weights,
        )
        for name, kind in LAYERS.items()
    }
    help = "layers one after the other"
    return made | {SEQUENTIAL: Word(f"nn.{SEQUENTIAL}", f"nn.{SEQUENTIAL}", "*layers", help, "any")}


class Modules:
    """Makes layers for one namespace, ``made``, whose words do their work."""

    def __init__(self, made: Mapping[str, Any], functions: tuple[Table, ...], setting: Setting) -> None:
        self._setting = setting
        self._masks = Masks(setting)
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

        # Training hands over the same tensors at every step: the layers are made of them once.
        last: tuple[tuple[Tensor, ...], Module] | None = None

        def network(*weights: Tensor) -> Module:
            nonlocal last
            if last is None or len(last[0]) != len(weights) or not all(map(is_, last[0], weights)):
                last = weights, self._built(made, iter(weights))
            last[1].switch(True)
            return last[1]

        return network

    def drawn(self, made: Layer) -> Module:
        """The layer with weights of its own, drawn as PyTorch draws them."""
        return self._built(made, self._starts(made), remembers=True)

    def _starts(self, made: Layer) -> Iterator[Tensor]:
        """The weights in the order of their names, drawn in the order in which PyTorch draws them."""
        drawn = {weight.name: self._start(weight) for weight in sorted(made.weights, key=lambda w: w.turn)}
        yield from (drawn[weight.name] for weight in made.weights)
        for part in made.parts:
            yield from self._starts(part)

    def _start(self, weight: Weight) -> Tensor:
        tensor = torch.empty(weight.shape, dtype=self._setting.dtype)
        self._setting.meter.spend(tensor.numel())
        if weight.before is not None:
            self._fill(tensor, weight.before)
        return self._fill(tensor, weight.start).to(self._setting.device).requires_grad_()

    def _fill(self, tensor: Tensor, start: Distribution | float) -> Tensor:
        generator = self._setting.effects.generator
        if not isinstance(start, Distribution):
            return tensor.fill_(start)
        if start.name == "normal":
            return tensor.normal_(start.first, start.second, generator=generator)
        return tensor.uniform_(start.first, start.second, generator=generator)

    def _built(self, made: Layer, weights: Iterator[Tensor], *, remembers: bool = False) -> Module:
        """``remembers``: it belongs to a program that keeps it for all its steps."""
        own = {weight.name: next(weights) for weight in made.weights}
        parts = tuple([self._built(part, weights, remembers=remembers) for part in made.parts])
        module = Module(made, own, parts)
        if made.kind != SEQUENTIAL:
            module.forward = self._forward(module, remembers)
        return module

    def _forward(self, module: Module, remembers: bool) -> Function:
        kind, given = module.layer.kind, module.layer.settings
        if kind in OWN:
            return self._own(OWN[kind](module, self._masks))
        name, settings = FORWARD[kind]
        if not name:
            return _unchanged
        function = self._functions[name]
        if kind in MASKING:
            return lambda input: function(input, given["p"], module.training)
        if name == "batch_norm":
            return batch_norm(module, function, self._setting, remembers)
        keywords = {key: given[key] for key in settings}
        if type(sizes := keywords.get("normalized_shape")) is int:
            keywords["normalized_shape"] = (sizes,)
        if name == "unflatten":
            keywords = {"dim": given["dim"], "sizes": given["unflattened_size"]}
        if name == "pad":
            keywords = {"pad": _four(given["padding"])}
        return partial(function, **keywords, **module.weights)

    def _own(self, forward: Function) -> Function:
        """Its result counted, as that of any word."""
        count = counter(self._setting.meter)
        return lambda *inputs, **options: count(forward(*inputs, **options))

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


def _four(padding: Any) -> Any:
    return padding if isinstance(padding, tuple) else (padding,) * 4


def _unchanged(input: Any) -> Any:
    return input


def _module(value: Any, method: str) -> Module:
    if type(value) is not Module:
        raise Refusal(f"{described(value).capitalize()} has no method .{method}().", "Only layers have.")
    return value


def _parameters(input: Any) -> list[Tensor]:
    """Each tensor once, as PyTorch gives them: a layer may stand in a network twice."""
    weights = _module(input, "parameters").named_weights()
    return [*{id(weight): weight for _, weight in weights}.values()]


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
