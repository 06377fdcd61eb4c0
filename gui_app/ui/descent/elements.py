"""The trained numbers of an experiment, one by one: names, starts and references."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gui_app.core.experiment import Experiment, Nested, ParameterSpec


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


def _of_spec(spec: ParameterSpec, column: int, most: int) -> Iterator[Element]:
    room = max(0, min(most, spec.size))
    starts, references = _flat(spec.value, room), _flat(spec.reference, room)
    for index in range(room):
        place = ",".join(str(at) for at in np.unravel_index(index, spec.shape)) if spec.shape else ""
        name = f"{spec.name}[{place}]" if place else spec.name
        yield Element(name, column + index, starts[index], references[index], spec.view)


def _flat(value: Nested | None, room: int) -> list[float]:
    if value is None:
        return [math.nan] * room
    flat: list[float] = np.asarray(value, float).ravel()[:room].tolist()
    return flat
