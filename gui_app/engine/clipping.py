"""Gradient clipping in torch's own order of operations: torch.nn.utils.clip_grad_norm_ and clip_grad_value_."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from gui_app.core.schedules import ClipSpec
from gui_app.engine.problem import Store


class Clipping:
    """Clipped copies of the gradients of some stores; the gradients themselves stay as they are.

    ``names`` are all parameters in the order of the experiment: the length of the gradient is a sum, whose last
    bits depend on it.
    """

    def __init__(self, spec: ClipSpec, stores: Sequence[Store], names: Iterable[str]) -> None:
        self._spec = spec
        self._rows = [torch.zeros_like(store.flat) for store in stores]
        self.views = [
            row[first:last].view(leaf.shape)
            for row, store in zip(self._rows, stores, strict=True)
            for (first, last), leaf in zip(store.extents, store.leaves, strict=True)
        ]
        """The clipped gradient of each leaf, in the order of the stores."""
        place = {spec.name: i for i, spec in enumerate(spec for store in stores for spec in store.specs)}
        self._order = [place[name] for name in names]

    def __call__(self, rows: Sequence[Tensor], absent: Sequence[bool] | None) -> Sequence[Tensor]:
        """Flat gradients, one for each store, clipped; ``absent`` says which parameters have none."""
        for clipped, row in zip(self._rows, rows, strict=True):
            clipped.copy_(row)
        if self._spec.name == "value":
            for clipped in self._rows:
                clipped.clamp_(-self._spec.amount, self._spec.amount)
            return self._rows
        there = [self.views[i] for i in self._order if absent is None or not absent[i]]
        coefficient = self._spec.amount / (torch.nn.utils.get_total_norm(there) + 1e-6)
        coefficient.clamp_(max=1.0)
        for clipped in self._rows:
            clipped.mul_(coefficient)
        return self._rows
