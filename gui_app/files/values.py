"""What may stand in a TOML table: a converter for each kind of value, and unknown keys refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gui_app.core.experiment import Nested
from gui_app.core.optimizers import SettingValue
from gui_app.files.errors import FileError, nearest

Convert = Callable[[object], Any]
"""A TOML value as the program holds it; ValueError says what it must be."""

MOST_DIMENSIONS = 16


def as_it_is(value: object) -> object:
    """A table that is read further on."""
    return value


def text(value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return value


def flag(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def whole(value: object) -> int:
    """An integer."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return value


def number(value: object) -> float:
    """An integer or a decimal, as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("is too large for a number") from None


def seed(value: object) -> int:
    """A seed as torch takes it."""
    if not 0 <= whole(value) < 2**63:
        raise ValueError("must lie between 0 and 2^63 - 1")
    return whole(value)


def numbers(value: object, depth: int = 0) -> Nested:
    """A number, or lists of numbers nested like the rows of a tensor."""
    if not isinstance(value, list):
        try:
            return number(value)
        except ValueError as error:
            raise ValueError(f"{error}, or lists of numbers like [[1, 2], [3, 4]]") from None
    if depth == MOST_DIMENSIONS:
        raise ValueError(f"has more than {MOST_DIMENSIONS} dimensions")
    return tuple(numbers(row, depth + 1) for row in value)


def pair(value: object) -> tuple[float, float]:
    """Two numbers."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be two numbers in brackets")
    return number(value[0]), number(value[1])


def shape(value: object) -> tuple[int, ...]:
    """Sizes of the dimensions, none for a scalar."""
    if not isinstance(value, list) or len(value) > MOST_DIMENSIONS:
        raise ValueError("must be whole numbers in brackets, like [3, 2]")
    return tuple(whole(size) for size in value)


def setting(value: object) -> SettingValue:
    """A setting of an optimizer, still without its bounds."""
    if isinstance(value, list):
        return tuple(number(entry) for entry in value)
    if isinstance(value, int) and not isinstance(value, bool):
        number(value)
    if isinstance(value, bool | int | float | str):
        return value
    raise ValueError("must be a number, true or false, text, or numbers in brackets")


def read_table(table: object, kinds: Mapping[str, Convert], where: str = "") -> dict[str, Any]:
    """The converted entries of a table; FileError for a key that is not in ``kinds`` or a wrong value."""
    if not isinstance(table, dict):
        raise FileError(f"This must be a table: write it as [{where}].", key=where)
    found: dict[str, Any] = {}
    for key, value in table.items():
        full = f"{where}.{key}" if where else key
        if key not in kinds:
            known = ", ".join(kinds)
            raise FileError(f"There is no such key.{nearest(key, kinds)} Known here: {known}.", key=full)
        try:
            found[key] = kinds[key](value)
        except ValueError as error:
            raise FileError(f"The value {error}.", key=full) from error
    return found
