"""Table -> the numbers that an objective sees: columns chosen, categories coded, gaps filled, rows split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gui_app.core.data import COLUMN_TYPES, DataSpec, is_name
from gui_app.core.experiment_error import ExperimentError
from gui_app.core.table import MAX_LABELS, Column, ReadingStopped, Table

T = TypeVar("T")
MAX_NUMBERS = 100_000_000
"""Most numbers in X: categories become a column for each label."""

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the program calls ``X``, ``y`` and by the names of columns, for all rows that are used."""

    features: Numbers
    """Shape (rows, features)."""
    names: tuple[str, ...]
    """What each column of ``features`` is: ``age``, or ``colour = red`` of a category."""
    target: Numbers | NDArray[np.int64] | None
    """Shape (rows,): numbers, or class indices."""
    classes: tuple[str, ...] | None
    """What the class indices stand for; None: the target is a number."""
    columns: Mapping[str, Numbers | NDArray[np.int64]]
    """Shape (rows,) each: columns by their own name, numbers as in ``features``, categories as class indices."""
    means: Numbers
    """Shape (features,): what was subtracted from each column of ``features``; 0 where nothing was."""
    stds: Numbers
    """Shape (features,): what it was then divided by; 1 where it was not."""
    rows: Rows
    """Which rows of the table these are."""
    training: Rows
    """Which of these rows are trained on, in order."""
    validation: Rows

    def original(self, standardized: Numbers) -> Numbers:
        """Features (…, features) in the table's units."""
        units: Numbers = standardized * self.stds + self.means
        return units


def prepared(
    table: Table, spec: DataSpec, seed: int, cancelled: Callable[[], bool] = lambda: False
) -> Prepared:
    """The numbers of a table as ``spec`` wants them. Raises ExperimentError where they cannot be made.

    Raises ReadingStopped where they are not wanted any more: that is asked after each column and each pass over all.
    The split is ``numpy.random.default_rng(seed).permutation(rows)``: its first rows are held out.
    """
    wanted, target = _wanted(cancelled), spec.target or table.target
    chosen = [wanted(_column(table, name, spec)) for name in _features(table, spec, target)]
    aim = _column(table, target, spec, "data.target") if target else None
    kept = _kept(chosen, aim, spec)
    chosen = [wanted(_filled(_taken(column, kept), spec)) for column in chosen]
    aim = aim and _taken(aim, kept)
    training, validation = _split(len(kept), spec.validation, seed)
    names, features, numeric = _matrix(chosen, len(kept), wanted)
    means, stds = _as_they_are(features)
    if spec.standardize:
        means, stds = _standardized(features, numeric, training, wanted)
    columns = {c.name: c.values.astype(np.int64) for c in chosen if c.labels is not None and is_name(c.name)}
    numbers = {name: features[:, at] for at, name in enumerate(names) if is_name(name)}
    goal = None if aim is None else _aimed(aim)
    own = {aim.name: goal} if aim is not None and goal is not None and is_name(aim.name) else {}
    return Prepared(
        features=features,
        names=names,
        target=goal,
        classes=None if aim is None else aim.labels,
        columns={**numbers, **columns, **own},
        means=means,
        stds=stds,
        rows=kept,
        training=training,
        validation=validation,
    )


def _wanted(cancelled: Callable[[], bool]) -> Callable[[T], T]:
    """What hands on what has been made, unless it is not wanted any more."""

    def wanted(made: T) -> T:
        if cancelled():
            raise ReadingStopped
        return made

    return wanted


def batches_of(rows: int, batch_size: int | None) -> int:
    """Steps of one epoch: batches of ``rows`` rows, the last of which may be smaller."""
    return 1 if batch_size is None else max(1, math.ceil(rows / batch_size))


def _features(table: Table, spec: DataSpec, target: str | None) -> tuple[str, ...]:
    if spec.features:
        if target in spec.features:
            raise ExperimentError("data.target", f"{target!r} is one of the features; name another target")
        return spec.features
    names = tuple(name for name in table.names if name != target)
    if not names:
        raise ExperimentError(
            "data.features", f"{table.source or 'the table'} has no column besides its target"
        )
    return names


def _column(table: Table, name: str, spec: DataSpec, where: str = "data.features") -> Column:
    try:
        column = table.column(name)
    except KeyError:
        reason = table.left_out.get(name)
        known = ", ".join(map(repr, table.names[:20]))
        message = (
            f"the column {name!r} is not used: it {reason}" if reason else f"there is no column {name!r}"
        )
        raise ExperimentError(where, f"{message}; there are {known}") from None
    wanted = spec.types.get(name)
    if wanted is None or wanted == COLUMN_TYPES[column.labels is not None]:
        return column
    return _as_category(column) if wanted == "category" else _as_number(column)


def _as_category(column: Column) -> Column:
    known = column.values[~column.missing]
    values = np.unique(known)
    if len(values) > MAX_LABELS:
        message = f"has {len(values):,} different values; a category has at most {MAX_LABELS:,}"
        raise ExperimentError(f"data.types.{column.name}", message)
    codes = np.searchsorted(values, column.values).astype(np.int32)
    codes[column.missing] = -1
    return Column(column.name, codes, tuple(f"{value:.15g}" for value in values))


def _as_number(column: Column) -> Column:
    assert column.labels is not None
    try:
        values = np.array([float(label) for label in column.labels] or [math.nan])
    except ValueError as error:
        message = f"holds text: {str(error).partition(': ')[2]} is not a number"
        raise ExperimentError(f"data.types.{column.name}", message) from error
    return Column(column.name, np.where(column.missing, math.nan, values[column.values]))


def _kept(features: Iterable[Column], target: Column | None, spec: DataSpec) -> Rows:
    """The rows that are used. A missing target cannot be filled: its row is left out."""
    columns = [*features, *([target] if target else [])]
    gaps = [column for column in columns if column.missing.any()]
    if gaps and spec.missing == "error":
        row = int(np.flatnonzero(gaps[0].missing)[0]) + 1
        others = f" (and {len(gaps) - 1} more columns have gaps)" if len(gaps) > 1 else ""
        message = f'row {row} has no value in column {gaps[0].name!r}{others}; choose "drop" or "mean"'
        raise ExperimentError("data.missing", message)
    complete = np.ones(len(columns[0].values), dtype=bool)
    for column in gaps:
        if spec.missing == "drop" or column is target:
            complete &= ~column.missing
    if not complete.any():
        raise ExperimentError("data", "there is no complete row")
    return np.flatnonzero(complete)


def _aimed(column: Column) -> Numbers | NDArray[np.int64]:
    return column.values.astype(np.float64) if column.labels is None else column.values.astype(np.int64)


def _taken(column: Column, rows: Rows) -> Column:
    values = column.values if len(rows) == len(column.values) else column.values[rows]
    return Column(column.name, values, column.labels)


def _filled(column: Column, spec: DataSpec) -> Column:
    gaps = column.missing
    if spec.missing != "mean" or not gaps.any():
        return column
    known = column.values[~gaps]
    if not len(known):
        raise ExperimentError("data.missing", f"column {column.name!r} is empty; leave it out")
    if column.labels is None:
        return Column(column.name, np.where(gaps, known.mean(dtype=np.float64), column.values))
    most = np.bincount(known.astype(np.int64)).argmax()
    return Column(column.name, np.where(gaps, most, column.values).astype(np.int32), column.labels)


def _split(rows: int, share: float, seed: int) -> tuple[Rows, Rows]:
    """Rows that are trained on and rows that are held out, both in order."""
    held = round(rows * share)
    if held >= rows:
        raise ExperimentError("data.validation", f"of {rows} rows none would be left to train on")
    if not held:
        return np.arange(rows), np.arange(0)
    order = np.random.default_rng(seed).permutation(rows)
    return np.sort(order[held:]), np.sort(order[:held])


def _matrix(
    columns: list[Column], rows: int, wanted: Callable[[Column], Column]
) -> tuple[tuple[str, ...], Numbers, NDArray[np.bool_]]:
    """The columns' names, their numbers (rows, features), and which of them are numbers."""
    widths = [1 if column.labels is None else len(column.labels) for column in columns]
    if sum(widths) * rows > MAX_NUMBERS:
        message = f"X would have {sum(widths):,} columns and {rows:,} rows; at most {MAX_NUMBERS:,} numbers"
        raise ExperimentError("data.features", message)
    features = np.zeros((rows, sum(widths)))
    names: list[str] = []
    for column in map(wanted, columns):
        first = len(names)
        if column.labels is None:
            features[:, first] = column.values
            names.append(column.name)
        else:
            features[np.arange(rows), first + column.values.astype(np.intp)] = 1.0
            names += [f"{column.name} = {label}" for label in column.labels]
    numeric = np.repeat([column.labels is None for column in columns], widths)
    return tuple(names), features, numeric


def _as_they_are(features: Numbers) -> tuple[Numbers, Numbers]:
    return np.zeros(features.shape[1]), np.ones(features.shape[1])


def _standardized(
    features: Numbers, numeric: NDArray[np.bool_], training: Rows, wanted: Callable[[Numbers], Numbers]
) -> tuple[Numbers, Numbers]:
    """Standardise the numbers in place by the training rows; a column that never changes is only moved to 0."""
    means, stds = _as_they_are(features)
    seen = wanted(features[training])
    means[numeric] = wanted(seen[:, numeric]).mean(0)
    spread = wanted(seen).std(0)
    varies = numeric & (spread > 1e-12 * np.maximum(np.abs(means), 1e-300))
    stds[varies] = spread[varies]
    features -= wanted(means)
    features /= wanted(stds)
    return means, stds
