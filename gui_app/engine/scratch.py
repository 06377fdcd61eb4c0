"""Rows that steps are recorded in before they are handed out, and what in them is not finite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.engine.problem import Store


class Scratch:
    """Rows for one store's parameters and gradients, with views in each parameter's shape."""

    def __init__(self, store: Store, rows: int) -> None:
        size = (rows, len(store.flat))
        self.parameters = torch.empty(size, dtype=store.dtype, device=store.flat.device)
        self.gradients = torch.zeros(size, dtype=store.dtype, device=store.flat.device)
        self.parameter_rows = self.parameters.unbind(0)
        self.gradient_rows = self.gradients.unbind(0)
        self.gradient_views = [
            [
                row[first:last].view(leaf.shape)
                for (first, last), leaf in zip(store.extents, store.leaves, strict=True)
            ]
            for row in self.gradient_rows
        ]

    def carry(self, at: int) -> None:
        """Make row ``at`` row 0."""
        self.parameter_rows[0].copy_(self.parameter_rows[at])
        self.gradient_rows[0].copy_(self.gradient_rows[at])


def on_host(rows: Tensor, dtype: str) -> NDArray[np.floating]:
    """Rows as a numpy array of their own."""
    wide = rows.detach().to(device="cpu", dtype=getattr(torch, dtype), copy=True)
    array: NDArray[np.floating] = wide.numpy()
    return array


def not_finite(
    columns: Sequence[str],
    losses: NDArray[np.float64],
    parameters: NDArray[np.floating],
    gradients: NDArray[np.floating],
    absent: Iterable[int],
) -> tuple[int, str] | None:
    """The first row with NaN or Inf in it, and what is, in words; ``None``: all are finite.

    In the rows ``absent`` some parameters have no gradient, which is recorded as NaN.
    """
    bad_loss, bad_parameters = ~np.isfinite(losses), ~np.isfinite(parameters).all(axis=1)
    bad_gradient = ~np.isfinite(gradients).all(axis=1)
    for row in absent:
        bad_gradient[row] = np.isinf(gradients[row]).any()
    any_bad = bad_loss | bad_parameters | bad_gradient
    if not any_bad.any():
        return None
    at = int(any_bad.argmax())
    if bad_loss[at]:
        return at, f"the loss is {losses[at]}"
    rows, what = (parameters, "") if bad_parameters[at] else (gradients, "the gradient of ")
    column = int((~np.isfinite(rows[at])).argmax())
    return at, f"{what}{columns[column]} is {rows[at][column]}"
