"""Layers as functions: of their input and of weights that are given."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional

from gui_app.engine.vocabulary import extents, windows, work
from gui_app.engine.vocabulary.own import keep_parameters
from gui_app.engine.vocabulary.row import Row, Setting

_CONVOLUTION = "input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1"
_TRANSPOSED = "input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1"
_ALONG = {1: "one dimension", 2: "two dimensions", 3: "three dimensions"}
_POOL = "input, kernel_size, stride=None, padding=0"


def layers(setting: Setting) -> tuple[Row, ...]:
    """The layer that changes what it is given."""
    meter = setting.meter

    def batch_norm(
        input: Any,
        running_mean: Any,
        running_var: Any,
        weight: Any = None,
        bias: Any = None,
        training: Any = False,
        momentum: Any = 0.1,
        eps: Any = 1e-5,
    ) -> Tensor:
        """In training it changes the running mean and variance in place."""
        for value in (running_mean, running_var) if training else ():
            if isinstance(value, Tensor):
                keep_parameters(value, meter)
        return functional.batch_norm(
            input, running_mean, running_var, weight, bias, bool(training), momentum, eps
        )

    return (
        Row(
            "batch_norm",
            "input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5",
            "each channel with mean 0 and variance 1 over the batch",
            batch_norm,
            "F bare",
        ),
    )


ROWS = (
    Row(
        "linear",
        "input, weight, bias=None",
        "input @ weight.T + bias",
        functional.linear,
        "F bare",
        work.linear,
    ),
    Row(
        "bilinear",
        "input1, input2, weight, bias=None",
        "products of two inputs, weighted and summed",
        functional.bilinear,
        "F bare",
        work.bilinear,
    ),
    Row(
        "layer_norm",
        "input, normalized_shape, weight=None, bias=None, eps=1e-5",
        "mean 0, variance 1",
        functional.layer_norm,
        "F bare",
    ),
    Row(
        "rms_norm",
        "input, normalized_shape, weight=None, eps=None",
        "root of the mean square 1",
        functional.rms_norm,
        "F bare",
    ),
    Row(
        "group_norm",
        "input, num_groups, weight=None, bias=None, eps=1e-5",
        "groups of channels with mean 0 and variance 1",
        functional.group_norm,
        "F bare",
    ),
    Row(
        "instance_norm",
        "input, *, weight=None, bias=None, eps=1e-5",
        "each channel of each sample with mean 0 and variance 1",
        functional.instance_norm,
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
        "embedding",
        "input, weight",
        "rows of weight at these indices",
        functional.embedding,
        "F bare",
        extents.embedded,
    ),
    Row(
        "pad",
        "input, pad, mode='constant', value=None",
        "more elements at the borders",
        functional.pad,
        "F bare",
        extents.padded,
        text=True,
    ),
    *(
        Row(
            f"conv{dims}d",
            _CONVOLUTION,
            f"convolution along {word}",
            getattr(functional, f"conv{dims}d"),
            "F torch bare",
            windows.convolution,
            text=True,
        )
        for dims, word in _ALONG.items()
    ),
    *(
        Row(
            f"conv_transpose{dims}d",
            _TRANSPOSED,
            f"a convolution's way back along {word}",
            getattr(functional, f"conv_transpose{dims}d"),
            "F torch bare",
            windows.transposed_convolution,
        )
        for dims, word in _ALONG.items()
    ),
    *(
        Row(
            f"{kind}_pool{dims}d",
            _POOL,
            f"{help} of each window",
            getattr(functional, f"{kind}_pool{dims}d"),
            "F bare",
            windows.pooled(dims),
        )
        for kind, help in (("max", "largest"), ("avg", "mean"))
        for dims in _ALONG
    ),
    *(
        Row(
            f"adaptive_{kind}_pool{dims}d",
            "input, output_size",
            f"{help} of so many windows",
            getattr(functional, f"adaptive_{kind}_pool{dims}d"),
            "F bare",
            windows.pooled_to(dims),
        )
        for kind, help in (("max", "largest"), ("avg", "mean"))
        for dims in _ALONG
    ),
)
