"""What is compared of several records: numbers at a step, ranked by any of them, and as a table to take away."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui_app.core.branch import FIRST, Branch
from gui_app.core.contenders import alike, described
from gui_app.core.experiment import Experiment
from gui_app.core.history import History

_SEVERAL = ("LBFGS",)
"""Optimizers whose updates evaluate the objective more than once."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Measures:
    """One record at a step. ``None`` stands for what is not known, or has not happened."""

    number: int
    """The branch's."""
    label: str
    step: int
    """The step that the numbers are of: the record's last one where it has no such step."""
    loss: float
    best: float | None
    """The least loss up to that step, …"""
    best_step: int | None
    """… and where it was first reached."""
    distance: float | None
    """From the best known point: the square root of the sum of the squares."""
    gradient: float | None
    """Length of the gradient."""
    evaluations: int | None
    """How often the updates have evaluated the objective and its gradient."""
    below: int | None
    """The first step whose loss is less than the threshold."""
    pace: float | None
    """Microseconds a step, on average over the whole record."""
    validation: float | None = None
    """The loss on the rows that are held out, where it was evaluated last up to that step."""
    ended: str = ""
    """Why the record is shorter than the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """A number of each record that the table shows."""

    key: str
    title: str
    explained: str
    get: Callable[[Measures], float | None]
    marks_best: bool = True
    """The least is the best. Fewest evaluations are no merit: a run that has diverged has them."""


COLUMNS = (
    Column("loss", "loss", "Loss at the step shown", lambda m: m.loss),
    Column("distance", "distance", "Distance from the best known point", lambda m: m.distance),
    Column("gradient", "|gradient|", "Length of the gradient", lambda m: m.gradient),
    Column(
        "evaluations",
        "eval.",
        "How often the updates have evaluated the objective and its gradient. LBFGS does so several times a step.",
        lambda m: m.evaluations,
        marks_best=False,
    ),
    Column("best", "best loss", "The least loss up to the step shown", lambda m: m.best),
    Column("below", "steps to", "The first step whose loss is below the threshold", lambda m: m.below),
    Column("pace", "µs/step", "Time in the loop, on average", lambda m: m.pace),
)
"""In the order of their weight: the last ones give way first where there is no room."""
VALIDATION = Column(
    "validation",
    "held out",
    "Loss on the rows that are held out, at the last evaluation",
    lambda m: m.validation,
)
"""There only where some record has it: see :func:`columns_of`."""
BY_KEY = {column.key: column for column in COLUMNS}
_ALL = (*COLUMNS, VALIDATION)


def measures(
    branch: Branch, step: int | None, goal: NDArray[np.floating] | None, threshold: float
) -> Measures:
    """``branch`` at ``step`` (``None``: at its end). ``goal`` (columns,) is the best known point.

    The record must hold at least step 0. Parameters and gradients are those of the nearest step that has a row.
    """
    history = branch.history
    at = history.last if step is None else min(max(step, 0), history.last)
    losses, near = history.losses[: at + 1], history.nearest(at)
    best = least(losses)
    below = int(np.argmax(losses < threshold))
    tally = branch.tally
    return Measures(
        branch.number,
        named(branch),
        at,
        float(losses[-1]),
        None if best is None else float(losses[best]),
        best,
        _distance(history.parameters(near), goal),
        _length(history.gradients(near)),
        _evaluations(branch, at),
        below if losses[below] < threshold else None,
        1e6 * tally.seconds / (len(tally.evaluations) - 1) if tally and len(tally.evaluations) > 1 else None,
        _validation(history, at),
        _ended(branch, at),
    )


def _validation(history: History, step: int) -> float | None:
    metric = history.metrics.get("validation loss")
    end = 0 if metric is None else int(np.searchsorted(metric.steps, step, "right"))
    return float(metric.values[end - 1]) if metric is not None and end else None


def columns_of(rows: Iterable[Measures]) -> tuple[Column, ...]:
    """What is shown of these: all COLUMNS, and the loss on what is held out, after the loss, where there is one."""
    held = any(row.validation is not None for row in rows)
    return (COLUMNS[0], VALIDATION, *COLUMNS[1:]) if held else COLUMNS


def _ended(branch: Branch, step: int) -> str:
    """Why there is nothing after ``step``, if that is not as it was meant to be."""
    history = branch.history
    if step < history.last:
        return ""
    if branch.tally is not None and branch.tally.ended:
        return branch.tally.ended
    loss = float(history.losses[step])
    return "" if math.isfinite(loss) else f"diverged at step {step:,}: the loss is {loss}"


def least(losses: NDArray[np.floating]) -> int | None:
    """The first step with the least loss that is finite; ``None`` where none is."""
    lowest = np.fmin.reduce(losses) if len(losses) else np.nan
    if not np.isfinite(lowest):  # minus infinity, or nothing but NaN and infinity
        finite = losses[np.isfinite(losses)]
        if not len(finite):
            return None
        lowest = finite.min()
    return int(np.argmax(losses == lowest))


def named(branch: Branch) -> str:
    """Its label; the first run is called by its settings, as long as they have not been changed on the way."""
    is_plain = branch.label == FIRST and not branch.history.changes
    return described(branch.optimizer) if is_plain else branch.label


def _length(row: NDArray[np.floating]) -> float | None:
    """Of a row (columns,), leaving out what is not there (NaN); ``None`` where nothing is."""
    there = row[~np.isnan(row)].astype(float)
    return float(np.linalg.norm(there)) if len(there) else None


def _distance(row: NDArray[np.floating], goal: NDArray[np.floating] | None) -> float | None:
    if goal is None or goal.shape != row.shape:
        return None
    return float(np.linalg.norm(row.astype(float) - goal))


def _evaluations(branch: Branch, step: int) -> int | None:
    """From the tally; else one for each update, unless some updates may have made several."""
    if branch.tally is not None and step < len(branch.tally.evaluations):
        return int(branch.tally.evaluations[step])
    history = branch.history
    used = [branch.optimizer, *history.changes.values(), *(frame.optimizer for frame in history.frames)]
    return None if any(optimizer.name in _SEVERAL for optimizer in used) else step


def goal_of(experiment: Experiment, branches: Sequence[Branch]) -> tuple[NDArray[np.floating] | None, str]:
    """The best known point (columns,), and in words what it is; ``None`` where there is none.

    The experiment's reference if every trained parameter has one, else the point of least loss that any record has.
    """
    references = [spec.reference for spec in experiment.trained]
    if references and all(reference is not None for reference in references):
        return np.concatenate([np.ravel(np.array(each, float)) for each in references]), "the reference"
    found: tuple[float, NDArray[np.floating]] | None = None
    for branch in branches:
        history = branch.history
        kept = history.losses[:: history.stride]
        for step in (_best_kept(kept, history.stride), history.last):
            if step is None or not math.isfinite(history.losses[step]):
                continue
            if found is None or history.losses[step] < found[0]:
                found = float(history.losses[step]), history.parameters(history.nearest(step))
    return (None, "") if found is None else (found[1], "the best point that any run has come to")


def _best_kept(kept: NDArray[np.floating], stride: int) -> int | None:
    """The step of least loss among those that have a row."""
    place = least(kept)
    return None if place is None else place * stride


def distinct(branches: Sequence[Branch]) -> list[Branch]:
    """Without those that are nothing but the beginning of another: the same settings, the same losses, fewer."""
    return [branch for branch in branches if not any(_begins(branch, other) for other in branches)]


def _begins(branch: Branch, other: Branch) -> bool:
    mine, its = branch.history, other.history
    if branch is other or branch.tally is not None or not alike(branch.optimizer, other.optimizer):
        return False
    if mine.changes or its.changes or mine.last > its.last or mine.columns != its.columns:
        return False
    return np.array_equal(mine.losses, its.losses[: len(mine)], equal_nan=True)


def budget_of(branches: Sequence[Branch]) -> str:
    """What all of these have used that were not ended by something else, in words."""
    whole = [branch for branch in branches if branch.tally is None or not branch.tally.ended]
    steps = {branch.history.last for branch in whole}
    if len(steps) == 1:
        return f"{steps.pop():,} steps each"
    used = [_evaluations(branch, branch.history.last) for branch in whole]
    known = [count for count in used if count is not None]
    each = "each" if len(set(used)) == 1 else "at most"
    return f"{max(known, default=0):,} evaluations {each}"


def ranked(rows: Iterable[Measures], key: str, *, descending: bool = False) -> list[Measures]:
    """By the column of that key, or by label; what is not known or not finite comes last either way."""
    if key == "label":
        return sorted(rows, key=lambda row: row.label.casefold(), reverse=descending)
    get = next(column.get for column in _ALL if column.key == key)
    known: list[tuple[float, Measures]] = []
    unknown = []
    for row in rows:
        value = get(row)
        if value is None or not math.isfinite(value):
            unknown.append(row)
        else:
            known.append((-value if descending else value, row))
    return [row for _, row in sorted(known, key=lambda pair: pair[0])] + unknown


def winners(rows: Sequence[Measures]) -> dict[str, set[int]]:
    """For each column the numbers of the branches that are best in it; nobody is where all are alike."""
    best = {}
    for column in _ALL:
        values = {row.number: column.get(row) for row in rows} if column.marks_best else {}
        known = [value for value in values.values() if value is not None and math.isfinite(value)]
        apart = len(rows) > 1 and (len(set(known)) > 1 or 0 < len(known) < len(rows))
        best[column.key] = (
            {n for n, value in values.items() if value == min(known)} if known and apart else set()
        )
    return best


_TABLE = {
    "loss": "loss",
    "best": "best loss",
    "best_step": "best at step",
    "distance": "distance",
    "gradient": "gradient norm",
    "evaluations": "evaluations",
    "below": "steps to threshold",
    "pace": "microseconds a step",
    "validation": "validation loss",
}
"""The numbers of a record and how they are called in a table to take away."""


def as_csv(rows: Iterable[Measures]) -> str:
    """Comma-separated, a row a record, every digit; no cell is one that a spreadsheet would compute."""
    text, given = io.StringIO(), list(rows)
    table = csv.writer(text, lineterminator="\n")
    keys = [key for key in _TABLE if key != "validation" or VALIDATION in columns_of(given)]
    table.writerow(["run", "step", *(_TABLE[key] for key in keys), "ended"])
    for row in given:
        numbers = ["" if getattr(row, key) is None else getattr(row, key) for key in keys]
        table.writerow([_inert(row.label), row.step, *numbers, _inert(row.ended)])
    return text.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
