"""The columns of recorded rows: one for each element, named ``x`` or ``W[0,1]``, row-major in each tensor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import ParameterSpec, element_names, nested

_ELEMENT = re.compile(r"([\w.]+)(?:\[([\d,]+)\])?")


def shapes(columns: Iterable[str]) -> Mapping[str, tuple[int, ...]]:
    """The smallest shape that holds all columns of each name, in the order in which the names come."""
    found: dict[str, tuple[int, ...]] = {}
    for column in columns:
        match = _ELEMENT.fullmatch(column)
        if match is None:
            raise ValueError(f"{column!r} names no element")
        name, index = match[1], tuple(int(i) + 1 for i in match[2].split(",")) if match[2] else ()
        known = found.get(name, index)
        if len(known) == len(index):
            found[name] = tuple(map(max, known, index))
    return found


def split(columns: tuple[str, ...], row: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
    """A row (columns,) as one array for each name, in its shape; NaN where there is no column."""
    place = {column: index for index, column in enumerate(columns)}
    parts = {}
    for name, shape in shapes(columns).items():
        values = [row[place[e]] if e in place else np.nan for e in element_names(name, shape)]
        parts[name] = np.array(values, row.dtype).reshape(shape)
    return parts


def recorded(
    columns: tuple[str, ...], row: NDArray[np.floating], known: Iterable[ParameterSpec] = ()
) -> tuple[ParameterSpec, ...]:
    """A parameter for each name: the ``known`` one if its shape fits, else one that starts as in ``row``."""
    by_name = {spec.name: spec for spec in known}
    found = []
    for name, value in split(columns, row).items():
        spec = by_name.get(name)
        if spec is None or spec.shape != value.shape:
            spec = ParameterSpec(name, nested(value), value.shape)
        found.append(spec)
    return tuple(found)
