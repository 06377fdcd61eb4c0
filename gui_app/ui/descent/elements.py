"""The trained numbers of an experiment, one by one: names, starts and references."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gui_app.core.experiment import Experiment, Nested, ParameterSpec
from gui_app.core.landscape import Direction, places
from gui_app.ui.curves.span import Span


@dataclass(frozen=True, slots=True)
class Element:
    """One trained number; its column in the history and its colour have the same index."""

    name: str
    column: int
    start: float = math.nan
    """NaN where it is drawn at random."""
    reference: float = math.nan
    """NaN where none is known."""
    view: tuple[float, float] | None = None
    direction: Direction | None = None
    """What is shown instead of one number: places along this; ``column`` then only counts the axes."""

    @property
    def along(self) -> int | Direction:
        """What an axis of this runs along."""
        return self.column if self.direction is None else self.direction


def count(experiment: Experiment) -> int:
    """How many numbers are trained."""
    return sum(spec.size for spec in experiment.trained)


def first_elements(experiment: Experiment, most: int) -> list[Element]:
    """The first ``most`` trained numbers, in the order of the history's columns."""
    found: list[Element] = []
    column = 0
    for spec in experiment.trained:
        found.extend(_of_spec(spec, column, most - len(found)))
        column += spec.size
    return found


def element_at(experiment: Experiment, column: int) -> Element:
    """The trained number of that column; IndexError if there is none."""
    first = 0
    for spec in experiment.trained:
        if column < first + spec.size:
            return next(_of_spec(spec, first, spec.size, column - first))
        first += spec.size
    raise IndexError(column)


def column_of(experiment: Experiment, name: str) -> int | None:
    """The column of the trained number called ``name``, as in ``W[3,7]``; None if there is none."""
    base, _, inside = name.replace(" ", "").partition("[")
    first = 0
    for spec in experiment.trained:
        if spec.name == base:
            indices = [part for part in inside.removesuffix("]").split(",") if part]
            whole = all(part.isdecimal() and len(part) < 9 for part in indices)
            index = tuple(map(int, indices)) if whole else ()
            fits = len(index) == len(spec.shape) and all(map(int.__lt__, index, spec.shape))
            return (
                first + int(np.ravel_multi_index(index, spec.shape)) if whole and fits and spec.size else None
            )
        first += spec.size
    return None


def directed(experiment: Experiment, direction: Direction, axis: int, view: Span) -> Element:
    """A direction as an axis, with the place of the reference if every number has one."""
    known = [
        np.asarray(spec.reference, float).ravel() for spec in experiment.trained if spec.reference is not None
    ]
    reference = math.nan
    if len(known) == len(experiment.trained):
        reference = float(places(direction, np.concatenate(known)))
    share = "" if math.isnan(direction.explains) else f" · {percent(direction.explains)} of the variance"
    return Element(direction.name + share, axis, reference=reference, view=view, direction=direction)


def percent(share: float) -> str:
    """A share in words; what is not all of it is not called 100 %."""
    return f"{100 * share:.1f} %" if share < 0.9995 or share > 1 - 1e-9 else "over 99.9 %"


def _of_spec(spec: ParameterSpec, column: int, most: int, begin: int = 0) -> Iterator[Element]:
    room = max(0, min(most, spec.size))
    starts, references = _flat(spec.value, room), _flat(spec.reference, room)
    for index in range(begin, room):
        place = ",".join(str(at) for at in np.unravel_index(index, spec.shape)) if spec.shape else ""
        name = f"{spec.name}[{place}]" if place else spec.name
        yield Element(name, column + index, starts[index], references[index], spec.view)


def _flat(value: Nested | None, room: int) -> list[float]:
    if value is None:
        return [math.nan] * room
    flat: list[float] = np.asarray(value, float).ravel()[:room].tolist()
    return flat
