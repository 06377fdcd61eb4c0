"""What networks are made of: activations, softmax, losses, layers as functions."""

from __future__ import annotations

import torch
from torch.nn import functional

from gui_app.engine.vocabulary import extents, sizes
from gui_app.engine.vocabulary.row import Row

_REDUCTION = "*, reduction='mean'"
_SAME = sizes.same_shape

_PLAIN = {
    "relu6": "relu, at most 6",
    "logsigmoid": "log of sigmoid",
    "silu": "x * sigmoid(x)",
    "mish": "x * tanh(softplus(x))",
    "hardsigmoid": "straight pieces in place of sigmoid",
    "hardswish": "straight pieces in place of silu",
    "softsign": "x / (1 + |x|)",
    "tanhshrink": "x - tanh(x)",
}
_LOSSES = {
    "mse_loss": "mean of the squared differences",
    "l1_loss": "mean of the absolute differences",
}

ROWS = (
    *(Row(name, "input", help, getattr(functional, name), "F bare") for name, help in _PLAIN.items()),
    Row(
        "leaky_relu",
        "input, negative_slope=0.01",
        "relu with a small slope below 0",
        functional.leaky_relu,
        "F bare",
    ),
    Row("elu", "input, alpha=1.0", "relu with an exponential below 0", functional.elu, "F bare"),
    Row("celu", "input, alpha=1.0", "a smooth elu", functional.celu, "F bare"),
    Row(
        "gelu",
        "input, *, approximate='none'",
        "x times the normal distribution at x",
        functional.gelu,
        "F bare",
        text=True,
    ),
    Row(
        "softplus",
        "input, beta=1, threshold=20",
        "log(1 + exp(x)): a smooth relu",
        functional.softplus,
        "F bare",
    ),
    Row(
        "hardtanh",
        "input, min_val=-1.0, max_val=1.0",
        "kept between two values",
        functional.hardtanh,
        "F bare",
    ),
    Row("softshrink", "input, lambd=0.5", "moved towards 0", functional.softshrink, "F bare"),
    Row("softmax", "input, dim", "positive shares that sum to 1", torch.softmax, "torch method bare"),
    Row("log_softmax", "input, dim", "log of softmax", torch.log_softmax, "torch method bare"),
    Row("softmax", "input, dim", "positive shares that sum to 1", functional.softmax, "F"),
    Row("log_softmax", "input, dim", "log of softmax", functional.log_softmax, "F"),
    Row("softmin", "input, dim", "softmax of -x", functional.softmin, "F bare"),
    Row("normalize", "input, p=2.0, dim=1, eps=1e-12", "scaled to length 1", functional.normalize, "F bare"),
    *(
        Row(name, f"input, target, {_REDUCTION}", help, getattr(functional, name), "F bare", _SAME, text=True)
        for name, help in _LOSSES.items()
    ),
    Row(
        "smooth_l1_loss",
        f"input, target, {_REDUCTION}, beta=1.0",
        "squares near 0, absolute values beyond",
        functional.smooth_l1_loss,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "huber_loss",
        f"input, target, {_REDUCTION}, delta=1.0",
        "squares near 0, absolute values beyond",
        functional.huber_loss,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "cross_entropy",
        f"input, target, {_REDUCTION}, label_smoothing=0.0, weight=None",
        "classes against scores",
        functional.cross_entropy,
        "F bare",
        None,
        text=True,
    ),
    Row(
        "nll_loss",
        f"input, target, {_REDUCTION}, weight=None",
        "classes against log-probabilities",
        functional.nll_loss,
        "F bare",
        None,
        text=True,
    ),
    Row(
        "binary_cross_entropy",
        f"input, target, {_REDUCTION}",
        "yes or no against probabilities",
        functional.binary_cross_entropy,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "binary_cross_entropy_with_logits",
        f"input, target, {_REDUCTION}, pos_weight=None",
        "yes or no against scores",
        functional.binary_cross_entropy_with_logits,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "kl_div",
        "input, target, *, reduction, log_target=False",
        "distance of distributions, the first as logs",
        functional.kl_div,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "soft_margin_loss",
        f"input, target, {_REDUCTION}",
        "log(1 + exp(-target * input))",
        functional.soft_margin_loss,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "cosine_similarity",
        "x1, x2, dim=1, eps=1e-8",
        "cosine of the angle",
        functional.cosine_similarity,
        "F torch bare",
        sizes.broadcast,
    ),
    Row(
        "pairwise_distance",
        "x1, x2, p=2.0, eps=1e-6, keepdim=False",
        "length of the difference of rows",
        functional.pairwise_distance,
        "F torch bare",
        sizes.broadcast,
    ),
    Row(
        "linear",
        "input, weight, bias=None",
        "input @ weight.T + bias",
        functional.linear,
        "F bare",
        sizes.linear,
    ),
    Row(
        "layer_norm",
        "input, normalized_shape, weight=None, bias=None, eps=1e-5",
        "mean 0, variance 1",
        functional.layer_norm,
        "F bare",
    ),
    Row(
        "one_hot",
        "tensor, num_classes",
        "a 1 in the column of the class",
        functional.one_hot,
        "F bare",
        extents.one_hot,
    ),
    Row(
        "conv1d",
        "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1",
        "convolution along one dimension",
        functional.conv1d,
        "F torch bare",
        extents.convolution,
        text=True,
    ),
    Row(
        "conv2d",
        "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1",
        "convolution along two dimensions",
        functional.conv2d,
        "F torch bare",
        extents.convolution,
        text=True,
    ),
    Row(
        "max_pool1d",
        "input, kernel_size, stride=None, padding=0",
        "largest of each window",
        functional.max_pool1d,
        "F bare",
        extents.pooled(1),
    ),
    Row(
        "max_pool2d",
        "input, kernel_size, stride=None, padding=0",
        "largest of each window",
        functional.max_pool2d,
        "F bare",
        extents.pooled(2),
    ),
    Row(
        "avg_pool1d",
        "input, kernel_size, stride=None, padding=0",
        "mean of each window",
        functional.avg_pool1d,
        "F bare",
        extents.pooled(1),
    ),
    Row(
        "avg_pool2d",
        "input, kernel_size, stride=None, padding=0",
        "mean of each window",
        functional.avg_pool2d,
        "F bare",
        extents.pooled(2),
    ),
)
_ALSO = ("relu", "sigmoid", "tanh", "selu")
ROWS += tuple(Row(name, "input", f"{name} of each element", getattr(torch, name), "F") for name in _ALSO)
