"""Arrays in a cell: scalars as numbers, a few elements written out, many as their form and range.

A number is never cut off: where there is little room it is rounded further.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import nested
from gui_app.core.numbers import short
from gui_app.ui.editor.starts import nested_text, shape_text

WRITTEN_OUT = 4
"""Most elements of a tensor that a cell writes out."""
COPIED = 10_000
"""Most elements that are written in full, to copy or to hover over."""
ABSENT = "–"
"""Where there is nothing to show."""
_FEWER_DIGITS = (4, 3, 2, 1)
"""A number alone may be rounded to one digit; of several the range says more than that."""


def brief_text(array: NDArray[np.floating]) -> str:
    """``1.5``, ``[1, 2]`` or ``2×3 · -1 … 4``: what a cell shows if it has the room."""
    return next(choices(array))


def choices(array: NDArray[np.floating]) -> Iterator[str]:
    """Ways to write ``array``, ever shorter: fewer digits, then the range alone, then the form."""
    if array.size == 0:
        yield f"{shape_text(array.shape)}, empty"
    elif array.size == 1 and array.ndim:
        yield nested_text(nested(array), brief=True)
        yield from choices(array.reshape(()))
    elif array.size <= WRITTEN_OUT:
        yield nested_text(nested(array), brief=True)
        for digits in _FEWER_DIGITS[: None if array.size == 1 else -1]:
            yield nested_text(nested(_rounded(array, digits)), brief=True)
    if array.size > 1:
        ends = np.array([array.min(), array.max()])
        form = form_text(array.shape)
        yield f"{form} · {_range(ends)}"
        for digits in (3, 2):
            yield f"{form} · {_range(_rounded(ends, digits))}"
        for digits in (3, 2):
            yield _range(_rounded(ends, digits)).replace(" ", "")
        yield form
        yield str(array.shape).replace(" ", "")
        yield "…"


def form_text(shape: tuple[int, ...]) -> str:
    """``2×3``; a vector says ``4 values``, since a bare 4 would look like a number."""
    return f"{shape[0]} values" if len(shape) == 1 else shape_text(shape)


def _range(ends: NDArray[np.floating]) -> str:
    return f"{short(float(ends[0]))} … {short(float(ends[1]))}"


def _rounded(array: NDArray[np.floating], digits: int) -> NDArray[np.float64]:
    """Each element with that many significant digits."""
    flat = [float(f"{x:.{digits - 1}e}") if math.isfinite(x) else x for x in array.ravel().tolist()]
    return np.array(flat).reshape(array.shape)


def full_text(array: NDArray[np.floating]) -> str:
    """All elements in full precision, or form and range where there are too many."""
    return nested_text(nested(array)) if array.size <= COPIED else brief_text(array)


def all_finite(array: NDArray[np.floating]) -> bool:
    """No NaN and no Inf among the elements."""
    return bool(np.isfinite(array).all())
