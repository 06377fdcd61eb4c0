"""Losses: how far an output is from its target, as one number or element by element."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from gui_app.engine.vocabulary import sizes, work
from gui_app.engine.vocabulary.row import Row, Rule
from gui_app.language.refusal import Refusal

_MEAN = "*, reduction='mean'"
_SAME = sizes.same_shape
_BOTH = sizes.broadcast


def _kl_div(input: Any, target: Any, *, reduction: Any = "mean", log_target: Any = False) -> Tensor:
    """PyTorch's own steps without its advice against the mean."""
    if reduction not in ("mean", "batchmean", "sum", "none"):
        raise Refusal("There is no such reduction.", 'Write reduction="batchmean", "sum", "mean" or "none".')
    each = functional.kl_div(input, target, reduction="none", log_target=bool(log_target))
    if reduction == "none":
        return each
    if reduction == "mean":
        return each.mean()
    return each.sum() / input.shape[0] if reduction == "batchmean" and input.ndim else each.sum()


def _probabilities(*args: Any, **kwargs: Any) -> None:
    """Two logarithms of each element."""
    _SAME(*args, **kwargs)
    work.at_most(5_000_000)(*args, **kwargs)


def _reduced(rule: Rule | None) -> Rule:
    """``rule``, and one of PyTorch's reductions: whatever else is given, PyTorch would write out."""

    def checked(*args: Any, reduction: Any = "mean", **kwargs: Any) -> None:
        if type(reduction) is not str or reduction not in ("mean", "sum", "none"):
            raise Refusal("There is no such reduction.", 'Write reduction="mean", "sum" or "none".')
        if rule:
            rule(*args, **kwargs)

    return checked


_TABLE: dict[str, tuple[str, str, Rule | None]] = {
    "mse_loss": (f"input, target, {_MEAN}", "mean of the squared differences", _SAME),
    "l1_loss": (f"input, target, {_MEAN}", "mean of the absolute differences", _SAME),
    "smooth_l1_loss": (
        f"input, target, {_MEAN}, beta=1.0",
        "squares near 0, absolute values beyond",
        _SAME,
    ),
    "huber_loss": (f"input, target, {_MEAN}, delta=1.0", "squares near 0, absolute values beyond", _SAME),
    "cross_entropy": (
        f"input, target, weight=None, {_MEAN}, ignore_index=-100, label_smoothing=0.0",
        "classes against scores",
        None,
    ),
    "nll_loss": (
        f"input, target, weight=None, {_MEAN}, ignore_index=-100",
        "classes against log-probabilities",
        None,
    ),
    "binary_cross_entropy": (
        f"input, target, weight=None, {_MEAN}",
        "yes or no against probabilities",
        _probabilities,
    ),
    "binary_cross_entropy_with_logits": (
        f"input, target, weight=None, {_MEAN}, pos_weight=None",
        "yes or no against scores",
        _SAME,
    ),
    "soft_margin_loss": (f"input, target, {_MEAN}", "log(1 + exp(-target * input))", _SAME),
    "poisson_nll_loss": (
        f"input, target, log_input=True, full=False, {_MEAN}",
        "counts against their expectation",
        _SAME,
    ),
    "hinge_embedding_loss": (
        f"input, target, margin=1.0, {_MEAN}",
        "distances of pairs, alike or not",
        _SAME,
    ),
    "multi_margin_loss": (
        f"input, target, p=1, margin=1.0, weight=None, {_MEAN}",
        "classes against scores, with a margin",
        None,
    ),
    "gaussian_nll_loss": (
        f"input, target, var, full=False, {_MEAN}",
        "targets against a normal distribution",
        _BOTH,
    ),
    "margin_ranking_loss": (
        f"input1, input2, target, margin=0.0, {_MEAN}",
        "which of two should be larger",
        _BOTH,
    ),
    "cosine_embedding_loss": (
        f"input1, input2, target, margin=0.0, {_MEAN}",
        "cosines of pairs, alike or not",
        _BOTH,
    ),
    "triplet_margin_loss": (
        f"anchor, positive, negative, margin=1.0, p=2.0, {_MEAN}",
        "nearer to positive than to negative",
        _BOTH,
    ),
}

ROWS = (
    *(
        Row(name, signature, help, getattr(functional, name), "F bare", _reduced(rule), text=True)
        for name, (signature, help, rule) in _TABLE.items()
    ),
    Row(
        "kl_div",
        f"input, target, {_MEAN}, log_target=False",
        "distance of distributions, the first as logs",
        _kl_div,
        "F bare",
        _SAME,
        text=True,
    ),
    Row(
        "cosine_similarity",
        "x1, x2, dim=1, eps=1e-8",
        "cosine of the angle",
        torch.cosine_similarity,
        "F torch bare",
        _BOTH,
    ),
    Row(
        "pairwise_distance",
        "x1, x2, p=2.0, eps=1e-6, keepdim=False",
        "length of the difference of rows",
        functional.pairwise_distance,
        "F torch bare",
        _BOTH,
    ),
)
