"""The layers of torch.nn as a table: how each is made and called, and which weights it has."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, Signature
from typing import Any

from gui_app.core import layer_weights as own
from gui_app.core.layer_weights import Rule, Settings


@dataclass(frozen=True)
class LayerKind:
    """A kind of layer: what a call that makes it takes, the weights that it then has, and what it is called with."""

    name: str
    help: str
    signature: str = ""
    """Its arguments in Python's notation."""
    weights: Rule | None = None
    """None: it has none."""
    inputs: int = 1
    """Tensors that it is called with."""
    state: bool = False
    """It may be given its state as well: what it remembers from before."""
    options: tuple[str, ...] = ()
    """What it may also be given by name."""
    draws: Callable[[Settings], bool] | None = None
    """Whether, with these settings, it draws random numbers when it is called; None: with none."""

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


def _always(_given: Settings) -> bool:
    return True


def _between_layers(given: Settings) -> bool:
    return bool(given["dropout"]) and given["num_layers"] > 1


def _inside(given: Settings) -> bool:
    return bool(given["dropout"])


_KERNEL = "kernel_size, stride=None, padding=0"
_CONVOLUTION = "in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True"
_TRANSPOSED = (
    "in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True,"
    " dilation=1"
)
_NORM = "num_features, eps=1e-05, momentum=0.1, affine=True"
_EACH_NORM = "num_features, eps=1e-05, momentum=0.1, affine=False"
_LAYER_NORM = "normalized_shape, eps=1e-05, elementwise_affine=True, bias=True"
_GROUP_NORM = "num_groups, num_channels, eps=1e-05, affine=True"
_BATCH_NORM = "each channel with mean 0 and variance 1 over the batch, scaled and moved"
_INSTANCE_NORM = "each channel of each sample with mean 0 and variance 1"
_MEAN = "*, reduction='mean'"
_STACK = "bias=True, batch_first=False, dropout=0.0, bidirectional=False"
_RECURRENT = f"input_size, hidden_size, num_layers=1, {_STACK}"
_RNN = f"input_size, hidden_size, num_layers=1, nonlinearity='tanh', {_STACK}"
_CELL = "input_size, hidden_size, bias=True"
_ATTENTION = "embed_dim, num_heads, dropout=0.0, bias=True, *, batch_first=False"
_ENCODER = (
    "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, batch_first=False,"
    " norm_first=False, bias=True"
)
_ALONG = {1: "one dimension", 2: "two dimensions", 3: "three dimensions"}
_MASKS = ("key_padding_mask", "attn_mask", "need_weights", "average_attn_weights", "is_causal")


def _sequence(name: str, help: str, signature: str, gates: int) -> LayerKind:
    return LayerKind(name, help, signature, own.recurrent(gates), state=True, draws=_between_layers)


def _windows(dimensions: int) -> tuple[LayerKind, ...]:
    """What slides along so many dimensions."""
    along, end = _ALONG[dimensions], f"{dimensions}d"
    several = "largest of so many windows", "mean of so many windows"
    return (
        LayerKind(f"Conv{end}", f"convolution along {along}", _CONVOLUTION, own.convolution(dimensions)),
        LayerKind(
            f"ConvTranspose{end}",
            f"a convolution's way back along {along}: more places than before",
            _TRANSPOSED,
            own.transposed(dimensions),
        ),
        LayerKind(f"MaxPool{end}", "largest of each window", _KERNEL),
        LayerKind(f"AvgPool{end}", "mean of each window", _KERNEL),
        LayerKind(f"AdaptiveMaxPool{end}", several[0], "output_size"),
        LayerKind(f"AdaptiveAvgPool{end}", several[1], "output_size"),
        LayerKind(f"BatchNorm{end}", _BATCH_NORM, _NORM, own.channel_norm),
        LayerKind(f"InstanceNorm{end}", _INSTANCE_NORM, _EACH_NORM, own.channel_norm),
    )


def _loss(name: str, help: str, signature: str = _MEAN, inputs: int = 2) -> LayerKind:
    return LayerKind(name, help, signature, inputs=inputs)


_KINDS = (
    LayerKind("Linear", "input @ weight.T + bias", "in_features, out_features, bias=True", own.linear),
    LayerKind(
        "Bilinear",
        "products of two inputs, weighted and summed",
        "in1_features, in2_features, out_features, bias=True",
        own.bilinear,
        inputs=2,
    ),
    LayerKind("Embedding", "a row of weight for each index", "num_embeddings, embedding_dim", own.embedding),
    *_windows(1),
    *_windows(2),
    *_windows(3),
    LayerKind(
        "LayerNorm", "each sample with mean 0 and variance 1, scaled and moved", _LAYER_NORM, own.layer_norm
    ),
    LayerKind(
        "RMSNorm",
        "each sample with a mean square of 1, scaled",
        "normalized_shape, eps=None, elementwise_affine=True",
        own.rms_norm,
    ),
    LayerKind("GroupNorm", "groups of channels with mean 0 and variance 1", _GROUP_NORM, own.group_norm),
    LayerKind("PReLU", "relu with a slope below 0 that is learnt", "num_parameters=1, init=0.25", own.prelu),
    _sequence("RNN", "tanh of input and last output, along a sequence: out, h = rnn(x)", _RNN, 1),
    _sequence("LSTM", "a memory with gates, along a sequence: out, (h, c) = lstm(x)", _RECURRENT, 4),
    _sequence("GRU", "two gates on the last output, along a sequence: out, h = gru(x)", _RECURRENT, 3),
    LayerKind(
        "RNNCell",
        "one step of RNN: h = cell(x, h)",
        f"{_CELL}, nonlinearity='tanh'",
        own.cell(1),
        state=True,
    ),
    LayerKind("LSTMCell", "one step of LSTM: h, c = cell(x, (h, c))", _CELL, own.cell(4), state=True),
    LayerKind("GRUCell", "one step of GRU: h = cell(x, h)", _CELL, own.cell(3), state=True),
    LayerKind(
        "MultiheadAttention",
        "mixes values by how well queries fit keys: out, shares = layer(query, key, value)",
        _ATTENTION,
        own.attention,
        inputs=3,
        options=_MASKS,
        draws=_inside,
    ),
    LayerKind(
        "TransformerEncoderLayer",
        "attention among the parts of a sequence, then two linear layers for each of them",
        _ENCODER,
        own.encoder_layer,
        options=("src_mask", "src_key_padding_mask", "is_causal"),
        draws=_inside,
    ),
    LayerKind("Flatten", "one row of numbers for each sample", "start_dim=1, end_dim=-1"),
    LayerKind("Unflatten", "one dimension split into several", "dim, unflattened_size"),
    LayerKind("ZeroPad2d", "zeros around each picture", "padding"),
    LayerKind("Dropout", "a random share of the elements set to 0", "p=0.5", draws=_always),
    LayerKind("Dropout1d", "a random share of the channels set to 0", "p=0.5", draws=_always),
    LayerKind("Dropout2d", "a random share of the channels set to 0", "p=0.5", draws=_always),
    LayerKind("Dropout3d", "a random share of the channels set to 0", "p=0.5", draws=_always),
    LayerKind("Identity", "its input"),
    LayerKind("Softmax", "positive parts that sum to 1", "dim"),
    LayerKind("Softmin", "softmax of -x", "dim"),
    LayerKind("LogSoftmax", "logs of positive parts that sum to 1", "dim"),
    LayerKind("ReLU", "max(x, 0)"),
    LayerKind("ReLU6", "relu, at most 6"),
    LayerKind("LeakyReLU", "relu with a small slope below 0", "negative_slope=0.01"),
    LayerKind("ELU", "relu with an exponential below 0", "alpha=1.0"),
    LayerKind("CELU", "a smooth elu", "alpha=1.0"),
    LayerKind("SELU", "elu with fixed constants"),
    LayerKind("GELU", "x weighted by the normal distribution", "approximate='none'"),
    LayerKind("GLU", "one half times the sigmoid of the other", "dim=-1"),
    LayerKind("SiLU", "x * sigmoid(x)"),
    LayerKind("Mish", "x * tanh(softplus(x))"),
    LayerKind("Softplus", "log(1 + exp(x)): a smooth relu", "beta=1.0, threshold=20.0"),
    LayerKind("Softsign", "x / (1 + |x|)"),
    LayerKind("Tanh", "between -1 and 1"),
    LayerKind("Tanhshrink", "x - tanh(x)"),
    LayerKind("Softshrink", "moved towards 0", "lambd=0.5"),
    LayerKind("Hardshrink", "0 where it is near 0", "lambd=0.5"),
    LayerKind("Hardtanh", "kept between two values", "min_val=-1.0, max_val=1.0"),
    LayerKind("Hardsigmoid", "straight pieces in place of sigmoid"),
    LayerKind("Hardswish", "straight pieces in place of silu"),
    LayerKind("Threshold", "value where it is at most threshold", "threshold, value"),
    LayerKind("Sigmoid", "between 0 and 1"),
    LayerKind("LogSigmoid", "log of sigmoid"),
    LayerKind("CosineSimilarity", "cosine of the angle of two inputs", "dim=1, eps=1e-08", inputs=2),
    LayerKind("PairwiseDistance", "length of the difference of rows", "p=2.0, eps=1e-06", inputs=2),
    _loss("MSELoss", "mean of the squared differences"),
    _loss("L1Loss", "mean of the absolute differences"),
    _loss("HuberLoss", "squares near 0, then straight", f"{_MEAN}, delta=1.0"),
    _loss("SmoothL1Loss", "squares near 0, then straight", f"{_MEAN}, beta=1.0"),
    _loss("CrossEntropyLoss", "classes against scores", f"{_MEAN}, ignore_index=-100, label_smoothing=0.0"),
    _loss("NLLLoss", "classes against log-probabilities", f"{_MEAN}, ignore_index=-100"),
    _loss("BCELoss", "yes or no against probabilities"),
    _loss("BCEWithLogitsLoss", "yes or no against scores"),
    _loss("KLDivLoss", "distance of distributions, the first as logs", f"{_MEAN}, log_target=False"),
    _loss("PoissonNLLLoss", "counts against their expectation", f"log_input=True, full=False, {_MEAN}"),
    _loss("GaussianNLLLoss", "targets against a normal distribution", f"full=False, {_MEAN}", 3),
    _loss("SoftMarginLoss", "log(1 + exp(-target * input))"),
    _loss("HingeEmbeddingLoss", "distances of pairs, alike or not", f"margin=1.0, {_MEAN}"),
    _loss("MultiMarginLoss", "classes against scores, with a margin", f"p=1, margin=1.0, {_MEAN}"),
    _loss("MarginRankingLoss", "which of two should be larger", f"margin=0.0, {_MEAN}", 3),
    _loss("CosineEmbeddingLoss", "cosines of pairs, alike or not", f"margin=0.0, {_MEAN}", 3),
    _loss("TripletMarginLoss", "nearer to positive than to negative", f"margin=1.0, p=2.0, {_MEAN}", 3),
)

SEQUENTIAL = "Sequential"
LAYERS: Mapping[str, LayerKind] = {kind.name: kind for kind in _KINDS}
"""Every layer but Sequential, by its name in torch.nn."""
MASKING = frozenset(kind.name for kind in _KINDS if kind.draws)
"""Layers that may leave something out at random."""
