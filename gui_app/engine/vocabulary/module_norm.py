"""Batch normalisation, which in PyTorch remembers the batches that it has seen."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.row import Function, Setting


def batch_norm(module: Module, function: Function, setting: Setting, remembers: bool) -> Function:
    """BatchNorm1d, 2d and 3d: in training by the batch's own mean and variance, in evaluation by those remembered.

    The layers of an objective remember nothing (``remembers`` is false), or it would be another function at every step:
    in evaluation they have the mean 0 and the variance 1 that PyTorch's layers begin with.
    """
    given, weights = module.layer.settings, module.weights
    size, momentum, eps = given["num_features"], given["momentum"], given["eps"]
    seen = 0

    def begun() -> tuple[Tensor, Tensor]:
        setting.meter.spend(2 * size)
        options: dict[str, Any] = {"dtype": setting.dtype, "device": setting.device}
        return torch.zeros(size, **options), torch.ones(size, **options)

    mean, variance = begun() if remembers else (None, None)

    def forward(input: Any) -> Any:
        nonlocal seen
        if not module.training:
            known = (mean, variance) if remembers else begun()
            return function(input, *known, training=False, eps=eps, **weights)
        seen += 1
        share = 1.0 / seen if momentum is None else momentum
        return function(input, mean, variance, training=True, momentum=share, eps=eps, **weights)

    return forward
