"""Order and counts: sorting, ranks, running extremes, how often what is there."""

from __future__ import annotations

from typing import Any

import torch

from gui_app.engine.vocabulary import extents, work
from gui_app.engine.vocabulary.row import Row, Rule

_DIM = "input | input, dim, keepdim=False"
_QUANTILE = "input, q, dim=None, keepdim=False, *, interpolation='linear'"
_SORTED = work.sorted_through


def _ranked(input: Any, q: Any, *args: Any, **kwargs: Any) -> None:
    """All elements are sorted, and each quantile of each row is found."""
    _SORTED(input)
    extents.ranked(input, q, *args, **kwargs)


_IN_PARTS: dict[str, tuple[str, str, Rule | None]] = {
    "sort": ("input, dim=-1, descending=False", "sorted values and their indices", _SORTED),
    "topk": ("input, k, dim=-1, largest=True, sorted=True", "the k largest and their indices", _SORTED),
    "kthvalue": ("input, k, dim=-1, keepdim=False", "the k-th smallest and its index", None),
    "median": (_DIM, "middle element", None),
    "nanmedian": (_DIM, "middle of the elements that are numbers", None),
    "mode": ("input, dim=-1, keepdim=False", "most frequent element and its index", _SORTED),
    "cummax": ("input, dim", "running maximum and its index", None),
    "cummin": ("input, dim", "running minimum and its index", None),
    "unique": (
        "input, sorted=True, return_inverse=False, return_counts=False",
        "the different elements",
        _SORTED,
    ),
    "unique_consecutive": (
        "input, return_inverse=False, return_counts=False",
        "elements that differ from the one before",
        None,
    ),
}
_PLACES = "torch bare"

ROWS = (
    *(
        Row(name, signature, help, getattr(torch, name), rule=rule, result="any")
        for name, (signature, help, rule) in _IN_PARTS.items()
    ),
    Row("argsort", "input, dim=-1, descending=False", "indices that sort", torch.argsort, rule=_SORTED),
    Row("msort", "input", "rows sorted along the first dimension", torch.msort, rule=_SORTED),
    *(
        Row(name, _QUANTILE, help, getattr(torch, name), rule=_ranked, text=True)
        for name, help in (
            ("quantile", "value below which a share q lies"),
            ("nanquantile", "value below which a share q of the numbers lies"),
        )
    ),
    Row(
        "searchsorted",
        "sorted_sequence, input, *, right=False",
        "where input belongs in a sorted sequence",
        torch.searchsorted,
        _PLACES,
        work.searched,
    ),
    Row(
        "bucketize",
        "input, boundaries, *, right=False",
        "between which boundaries it lies",
        torch.bucketize,
        _PLACES,
        work.bucketed,
    ),
    Row("isin", "elements, test_elements", "whether it is one of these", torch.isin, _PLACES, _SORTED),
    Row(
        "bincount",
        "input, weights=None, minlength=0",
        "how often each whole number occurs",
        torch.bincount,
        rule=extents.counted,
    ),
    Row(
        "histc",
        "input, bins=100, min=0, max=0",
        "how many elements lie in each bin",
        torch.histc,
        rule=extents.bins,
    ),
)
