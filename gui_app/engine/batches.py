"""Which rows each step sees: DataLoader's order, found for any step from its number alone."""

from __future__ import annotations

import torch
from torch import Tensor

from gui_app.core.prepared import batches_of

EPOCHS_BETWEEN_STATES = 16
"""Epochs whose order is drawn again, at most, when a run goes back."""


class Batches:
    """The batches of ``rows`` rows: those of ``DataLoader(shuffle=…, generator=torch.Generator().manual_seed(seed))``.

    The last batch of an epoch may be smaller.
    """

    def __init__(self, rows: int, batch_size: int | None, *, shuffle: bool, seed: int) -> None:
        self.rows = rows
        self.size = min(batch_size or rows, rows)
        self.count = batches_of(rows, batch_size)
        """Steps of an epoch."""
        self.shuffles = shuffle and self.count > 1
        """With one batch an epoch the order of its rows is the table's: shuffled, it would be the same sum."""
        self._generator = torch.Generator().manual_seed(seed)
        self._next = 0
        """The epoch that the generator draws next."""
        self._states = {0: self._generator.get_state()}

    def place(self, step: int) -> tuple[int, int, int]:
        """The epoch of a step, and the first place and the end of its batch in the epoch's order."""
        epoch, batch = divmod(step, self.count)
        first = batch * self.size
        return epoch, first, min(first + self.size, self.rows)

    def order(self, epoch: int) -> Tensor | None:
        """The rows in the order of an epoch, (rows,) int64 on the CPU; None: as they are."""
        if not self.shuffles:
            return None
        if not self._next <= epoch < self._next + EPOCHS_BETWEEN_STATES:
            known = max(at for at in self._states if at <= epoch)
            if known > self._next or epoch < self._next:
                self._generator.set_state(self._states[known])
                self._next = known
        while self._next < epoch:
            self._draw()
        return self._draw()

    def _draw(self) -> Tensor:
        """An epoch as DataLoader draws it: a seed for its workers, the order, and another order that is not used."""
        if self._next % EPOCHS_BETWEEN_STATES == 0:
            self._states.setdefault(self._next, self._generator.get_state())
        torch.empty((), dtype=torch.int64).random_(generator=self._generator)
        order = torch.randperm(self.rows, generator=self._generator)
        torch.randperm(self.rows, generator=self._generator)
        self._next += 1
        return order
