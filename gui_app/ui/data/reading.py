"""An experiment's data, read for the form: the numbers, and what is known about the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gui_app.core.data import DataSpec
from gui_app.core.experiment import Experiment
from gui_app.core.prepared import Prepared, batches_of, prepared
from gui_app.core.table import Kind, Table
from gui_app.files import tables


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What the form says about a table and its use."""

    rows: int
    """Of the table."""
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    target: str
    """Empty: there is none."""
    left_out: Mapping[str, str]
    """Columns that cannot be used, each with the reason."""
    training: int
    """Rows that are trained on."""
    held_out: int
    classes: tuple[str, ...] | None
    """Of the target; None: it is a number, or there is none."""

    def steps(self, epochs: float, batch_size: int | None) -> int:
        """Steps of so many epochs."""
        return round(epochs * batches_of(self.training, batch_size))

    def epochs(self, steps: int, batch_size: int | None) -> float:
        """Epochs of so many steps."""
        return steps / batches_of(self.training, batch_size)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Data that have been read."""

    data: Prepared
    facts: DataFacts


def read(experiment: Experiment, cancelled: Callable[[], bool]) -> Reading:
    """The data of an experiment that has some. Raises FileError, ExperimentError, ReadingStopped."""
    spec = experiment.data
    assert spec is not None
    seed = experiment.run.seed if spec.seed is None else spec.seed
    table = tables.load(replace(spec, seed=seed), Path(), cancelled=cancelled)
    data = prepared(table, spec, seed, cancelled)
    return Reading(data, _facts(table, spec, data))


def _facts(table: Table, spec: DataSpec, data: Prepared) -> DataFacts:
    kinds: list[Kind] = ["number" if column.labels is None else "category" for column in table.columns]
    kinds = [spec.types.get(name, kind) for name, kind in zip(table.names, kinds, strict=True)]
    return DataFacts(
        rows=table.rows,
        columns=(*table.names, *table.left_out),
        kinds=(*kinds, *("text" for _ in table.left_out)),
        target=spec.target or table.target or "",
        left_out=dict(table.left_out),
        training=len(data.training),
        held_out=len(data.validation),
        classes=data.classes,
    )
