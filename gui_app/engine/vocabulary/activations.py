"""Activations and the softmax family: functions of each element, or along one dimension."""

from __future__ import annotations

import torch
from torch.nn import functional

from gui_app.engine.vocabulary import sizes
from gui_app.engine.vocabulary.row import Row

_ONE = {
    "relu6": "relu, at most 6",
    "logsigmoid": "log of sigmoid",
    "silu": "x * sigmoid(x)",
    "mish": "x * tanh(softplus(x))",
    "hardsigmoid": "straight pieces in place of sigmoid",
    "hardswish": "straight pieces in place of silu",
    "softsign": "x / (1 + |x|)",
    "tanhshrink": "x - tanh(x)",
}
_MORE = {
    "leaky_relu": ("input, negative_slope=0.01", "relu with a small slope below 0"),
    "elu": ("input, alpha=1.0", "relu with an exponential below 0"),
    "celu": ("input, alpha=1.0", "a smooth elu"),
    "softplus": ("input, beta=1, threshold=20", "log(1 + exp(x)): a smooth relu"),
    "hardtanh": ("input, min_val=-1.0, max_val=1.0", "kept between two values"),
    "softshrink": ("input, lambd=0.5", "moved towards 0"),
    "hardshrink": ("input, lambd=0.5", "0 where it is near 0"),
    "threshold": ("input, threshold, value", "value where it is at most threshold"),
    "glu": ("input, dim=-1", "one half times the sigmoid of the other"),
    "softmin": ("input, dim", "softmax of -x"),
    "normalize": ("input, p=2.0, dim=1, eps=1e-12", "scaled to length 1"),
}
_ALSO = ("relu", "sigmoid", "tanh", "selu")
"""In torch and, the same, in torch.nn.functional."""

ROWS = (
    *(Row(name, "input", help, getattr(functional, name), "F bare") for name, help in _ONE.items()),
    *(
        Row(name, signature, help, getattr(functional, name), "F bare")
        for name, (signature, help) in _MORE.items()
    ),
    *(Row(name, "input", f"{name} of each element", getattr(torch, name), "F") for name in _ALSO),
    Row(
        "gelu",
        "input, *, approximate='none'",
        "x times the normal distribution at x",
        functional.gelu,
        "F bare",
        text=True,
    ),
    Row(
        "prelu", "input, weight", "relu with this slope below 0", functional.prelu, "F bare", sizes.broadcast
    ),
    Row("softmax", "input, dim", "positive shares that sum to 1", torch.softmax, "torch method bare"),
    Row("log_softmax", "input, dim", "log of softmax", torch.log_softmax, "torch method bare"),
    Row("softmax", "input, dim", "positive shares that sum to 1", functional.softmax, "F"),
    Row("log_softmax", "input, dim", "log of softmax", functional.log_softmax, "F"),
)
