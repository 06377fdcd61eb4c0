"""A data set on a device, and what the program is handed of it at each step."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.data import FEATURES, TARGET, DataSpec
from gui_app.core.experiment import Experiment
from gui_app.core.experiment_error import ExperimentError
from gui_app.core.fault import Fault
from gui_app.core.prepared import Prepared, prepared
from gui_app.core.table import ReadingStopped, Table
from gui_app.engine.batches import Batches
from gui_app.engine.devices import EngineError
from gui_app.files.errors import FileError
from gui_app.language.limits import Stopped

STRETCH, STRETCH_ROWS = 256, 16_384
"""Most batches that are cut at once, and about how many rows: who asks for one step need not wait for an epoch."""
Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")


class Data:
    """The data of an experiment as the arguments of its program.

    Args:
        experiment: one that has data.
        dtype: of columns of numbers; class indices are int64.
        used: the names of data that the program reads; only these are handed to it.
        cancelled: whether it is not wanted any more.

    Raises EngineError where the table cannot be read or used, Stopped where it is not wanted any more.
    """

    def __init__(
        self,
        experiment: Experiment,
        used: Collection[str],
        dtype: torch.dtype,
        device: torch.device,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        spec = experiment.data
        assert spec is not None
        seed = experiment.run.seed if spec.seed is None else spec.seed
        self.table, self.prepared = read_prepared(spec, seed, cancelled)
        columns = _columns(self.prepared)
        self.names = tuple(name for name in spec.names if name in used and name in columns)
        """Of the arguments, in their order."""
        whole = [_tensor(columns[name], dtype) for name in self.names]
        rows = {"train": self.prepared.training, "validation": self.prepared.validation}
        self._splits = {
            split: tuple(each[torch.from_numpy(rows[split])].to(device) for each in whole) for split in SPLITS
        }
        goal = None if self.prepared.target is None else _tensor(self.prepared.target, dtype)
        self._targets = {
            split: None if goal is None else goal[torch.from_numpy(rows[split])].to(device)
            for split in SPLITS
        }
        self.batches = Batches(len(self.prepared.training), spec.batch_size, shuffle=spec.shuffle, seed=seed)
        self._stretch = max(1, min(STRETCH, STRETCH_ROWS // self.batches.size))
        self._epoch = -1
        self._order: Tensor | None = None
        self._cut = -1, -1
        self._pieces: list[tuple[Tensor, ...]] = []
        """The batches of one stretch of an epoch."""

    def at(self, step: int) -> tuple[Tensor, ...]:
        """The arguments of a step: its batch of training rows."""
        if self.batches.count == 1:
            return self._splits["train"]
        stretch, place = divmod(step % self.batches.count, self._stretch)
        epoch = step // self.batches.count
        if (epoch, stretch) != self._cut:
            self._cut_up(epoch, stretch)
        return self._pieces[place]

    def _cut_up(self, epoch: int, stretch: int) -> None:
        """Cut a stretch of an epoch into its batches at once: one by one they would take several times as long."""
        size, order = self.batches.size, self._order_of(epoch)
        first, end = stretch * self._stretch * size, (stretch + 1) * self._stretch * size
        training = self._splits["train"]
        if order is None:
            cut = [each[first:end] for each in training]
        else:
            cut = [each.index_select(0, order[first:end].to(each.device)) for each in training]
        parts = [torch.split(each, size) for each in cut]
        self._pieces = list(zip(*parts, strict=True))
        self._cut = epoch, stretch

    def whole(self, split: Split) -> tuple[Tensor, ...]:
        """The arguments for all rows of a split."""
        return self._splits[split]

    def target(self, split: Split) -> Tensor | None:
        """The target of all rows of a split, (rows,); None if there is none."""
        return self._targets[split]

    def rows(self, step: int) -> NDArray[np.intp]:
        """Which rows of the table the batch of a step holds."""
        epoch, first, end = self.batches.place(step)
        training, order = self.prepared.training, self._order_of(epoch)
        taken = training[first:end] if order is None else training[order[first:end].numpy()]
        found: NDArray[np.intp] = self.prepared.rows[taken]
        return found

    def _order_of(self, epoch: int) -> Tensor | None:
        """Of the training rows, kept until another epoch is asked for; None: as they are."""
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self.batches.order(epoch)
        return self._order


def _columns(data: Prepared) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Everything that a program can name, the target and X before columns of the same name."""
    found = dict(data.columns) | {FEATURES: data.features}
    return found if data.target is None else found | {TARGET: data.target}


def _tensor(column: NDArray[np.float64] | NDArray[np.int64], dtype: torch.dtype) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(column))
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


_READ: dict[str, tuple[Table, Prepared]] = {}
_READING = Lock()
_MOST_KEPT = 2


def read_prepared(
    spec: DataSpec, seed: int, cancelled: Callable[[], bool] = lambda: False
) -> tuple[Table, Prepared]:
    """The table of ``spec`` and its numbers. Raises EngineError in the words of the reader, and Stopped.

    The last ones are kept, because each lens makes a problem of its own.
    """
    from gui_app.files.tables import load  # a library of tables is loaded where there is data, not before

    key = f"{spec!r} {seed}"
    try:
        with _READING:
            table = load(replace(spec, seed=seed), Path(), cancelled=cancelled)
            known = _READ.get(key)
            if known is not None and known[0] is table:
                return known
            made = table, prepared(table, spec, seed, cancelled)
            while len(_READ) >= _MOST_KEPT:
                del _READ[next(iter(_READ))]
            _READ[key] = made
            return made
    except ReadingStopped as error:
        raise Stopped("It was ended from outside.") from error
    except FileError as error:
        raise EngineError(Fault(str(error), hint="Choose the data again, or correct the file.")) from error
    except ExperimentError as error:
        message = f"{error.message[:1].upper()}{error.message[1:]}."
        raise EngineError(Fault(message, hint=f"Change it under “Data” ({error.where}).")) from error
