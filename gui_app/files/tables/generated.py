"""Data that are made up from a seed: shapes to classify, and a plane with noise whose true values are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui_app.core.table import Column, ReadingStopped, Table
from gui_app.files.errors import FileError, nearest
from gui_app.files.tables.opening import Cancelled, Progress

MOST_ROWS = 1_000_000
MOST_CELLS = 20_000_000
_PIECE = 2**19
"""Numbers that are drawn at once: so often it is asked whether they are still wanted."""
Setting = int | float | tuple[float, ...]
Pace = Callable[[int], None]
"""Is told how many numbers have been made. Raises ReadingStopped where they are not wanted any more."""
_Settings = Mapping[str, Any]
"""Complete, and of the types of the defaults."""
_Array = NDArray[np.float64]
_Points = tuple[_Array, NDArray[np.int64]]
"""Points (rows, features) and the class of each."""


@dataclass(frozen=True, slots=True)
class Range:
    """One setting of a generator. A tuple as default: as many numbers as one likes, each within the bounds."""

    default: Setting
    low: float
    high: float
    help: str


@dataclass(frozen=True, slots=True)
class Generator:
    """One kind of made-up data."""

    title: str
    summary: str
    settings: Mapping[str, Range]
    make: Callable[[np.random.Generator, _Settings, Pace], Table]


def generate(
    name: str,
    settings: Mapping[str, object],
    seed: int,
    on_progress: Progress = lambda _: None,
    cancelled: Cancelled = lambda: False,
) -> Table:
    """The data of that name; settings that are not given have their defaults.

    The same seed gives the same numbers. Raises FileError, with the key that it is about, and ReadingStopped.
    """
    if name not in GENERATORS:
        raise FileError(f"There is no generator '{name}'.{nearest(name, GENERATORS)}", key="data.generate")
    known = GENERATORS[name]
    for key in settings:
        if key not in known.settings:
            raise FileError(
                f"{name} has no such setting.{nearest(key, known.settings)}", key=f"data.settings.{key}"
            )
    complete = {
        key: _checked(key, settings.get(key, span.default), span) for key, span in known.settings.items()
    }
    features = complete.get("features", complete.get("weights", 2))
    columns = 1 + (len(features) if isinstance(features, tuple) else int(features))
    rows = complete["rows"]
    assert isinstance(rows, int)
    if rows * columns > MOST_CELLS:
        message = (
            f"{rows:,} rows of {columns:,} columns are too many: at most {MOST_CELLS:,} numbers are made."
        )
        raise FileError(message, key="data.settings.rows")
    pace = _paced(on_progress, cancelled, rows * columns)
    made = known.make(np.random.default_rng(seed), complete, pace)
    on_progress(1.0)
    return replace(made, source=name)


def _paced(on_progress: Progress, cancelled: Cancelled, numbers: int) -> Pace:
    """Tells the share that is done; each number is drawn, moved about, and copied to its column."""
    done = 0

    def pace(made: int) -> None:
        nonlocal done
        if cancelled():
            raise ReadingStopped
        done += made
        on_progress(min(1.0, done / (3 * numbers)))

    return pace


def _normal(random: np.random.Generator, scale: float, rows: int, columns: int, pace: Pace) -> _Array:
    """What ``random.normal(0, scale, (rows, columns))`` gives."""
    made = np.empty((rows, columns))
    height = max(1, _PIECE // columns)
    for first in range(0, rows, height):
        piece = made[first : first + height]
        piece[...] = random.normal(0.0, scale, piece.shape)
        pace(piece.size)
    return made


def _checked(key: str, value: object, span: Range) -> Setting:
    """The value, of the type and within the bounds of its setting."""
    many = isinstance(span.default, tuple)
    whole = isinstance(span.default, int)
    numbers = value if isinstance(value, tuple | list) and many else (value,)
    fitting = all(
        isinstance(number, int | float)
        and not isinstance(number, bool)
        and span.low <= number <= span.high
        and (not whole or number == int(number))
        for number in numbers
    )
    if not fitting or (many and not 1 <= len(numbers) <= 1_000):
        kind = "numbers" if many else "a whole number" if whole else "a number"
        raise FileError(
            f"It must be {kind} from {_said(span.low)} to {_said(span.high)}.", key=f"data.settings.{key}"
        )
    if many:
        return tuple(float(number) for number in numbers)
    return int(numbers[0]) if whole else float(numbers[0])


def _said(bound: float) -> str:
    return f"{bound:,.0f}" if bound == int(bound) else f"{bound:g}"


def _shape(draw: Callable[[np.random.Generator, _Settings, Pace], _Points]) -> Callable[..., Table]:
    """Classes of points, with noise added to them, in random order."""

    def make(random: np.random.Generator, settings: _Settings, pace: Pace) -> Table:
        points, classes = draw(random, settings, pace)
        points += _normal(random, settings.get("noise", 0.0), len(points), points.shape[1], pace)
        order = random.permutation(len(points))
        labels = tuple(map(str, range(int(classes.max()) + 1)))
        target = Column("y", classes[order].astype(np.int32), labels)
        return Table((*_columns(points, order, pace), target), len(points), target="y")

    return make


def _columns(points: _Array, order: NDArray[np.int64], pace: Pace) -> list[Column]:
    """``x1``, ``x2`` … of the rows in that order."""
    columns = np.empty(points.shape[::-1])
    height = max(1, _PIECE // points.shape[1])
    for first in range(0, len(points), height):
        rows = slice(first, first + height)
        columns[:, rows] = points[order[rows]].T
        pace(columns[:, rows].size)
    return [Column(f"x{place}", values) for place, values in enumerate(columns, start=1)]


def _halves(settings: _Settings) -> tuple[int, int]:
    rows = settings["rows"]
    return rows - rows // 2, rows // 2


def _two(first: _Array, second: _Array) -> _Points:
    classes = np.repeat(np.array([0, 1]), [len(first), len(second)])
    return np.concatenate([first, second]), classes


def _circle(angles: _Array, radius: float | _Array = 1.0) -> _Array:
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def _moons(_random: np.random.Generator, settings: _Settings, _pace: Pace) -> _Points:
    outer, inner = _halves(settings)
    lower = _circle(np.linspace(0, math.pi, inner))
    return _two(_circle(np.linspace(0, math.pi, outer)), np.array([1.0, 0.5]) - lower)


def _circles(_random: np.random.Generator, settings: _Settings, _pace: Pace) -> _Points:
    outer, inner = _halves(settings)
    around = 2 * math.pi
    return _two(
        _circle(np.linspace(0, around, outer, endpoint=False)),
        _circle(np.linspace(0, around, inner, endpoint=False), settings["factor"]),
    )


def _spirals(_random: np.random.Generator, settings: _Settings, _pace: Pace) -> _Points:
    rows, arms, turns = settings["rows"], settings["classes"], settings["turns"]
    classes = np.arange(rows) * arms // rows
    radius = np.concatenate([np.linspace(0.05, 1, count) for count in np.bincount(classes, minlength=arms)])
    return _circle(2 * math.pi * (turns * radius + classes / arms), radius), classes


def _blobs(random: np.random.Generator, settings: _Settings, pace: Pace) -> _Points:
    rows, classes, features = settings["rows"], settings["classes"], settings["features"]
    centres = random.uniform(-10, 10, (classes, features))
    which = np.arange(rows) * classes // rows
    points = _normal(random, settings["spread"], rows, features, pace)
    for place in range(features):
        points[:, place] += centres[which, place]
        pace(0)
    return points, which


def _regression(random: np.random.Generator, settings: _Settings, pace: Pace) -> Table:
    """y = x·weights + bias + noise, x standard normal."""
    weights = np.array(settings["weights"])
    bias, rows = settings["bias"], settings["rows"]
    x = _normal(random, 1.0, rows, len(weights), pace)
    y = x @ weights + bias + _normal(random, settings["noise"], rows, 1, pace)[:, 0]
    columns = _columns(x, np.arange(rows), pace)
    true = {"weight": weights, "bias": np.array(bias)}
    return Table((*columns, Column("y", y)), rows, target="y", true_values=true)


def _rows(default: int) -> Range:
    return Range(default, 2, MOST_ROWS, "how many points")


def _noise(default: float) -> Range:
    return Range(default, 0.0, 1e6, "standard deviation of the noise")


_FACTOR = Range(0.5, 0.0, 1.0, "radius of the inner circle")
_TURNS = Range(1.5, 0.1, 20.0, "how often an arm goes around")
GENERATORS: Mapping[str, Generator] = {
    "moons": Generator(
        "Moons",
        "two half circles that reach into each other",
        {"rows": _rows(200), "noise": _noise(0.1)},
        _shape(_moons),
    ),
    "circles": Generator(
        "Circles",
        "a circle within a circle",
        {"rows": _rows(200), "noise": _noise(0.05), "factor": _FACTOR},
        _shape(_circles),
    ),
    "spirals": Generator(
        "Spirals",
        "arms wound around each other",
        {
            "rows": _rows(300),
            "noise": _noise(0.02),
            "classes": Range(2, 2, 10, "how many arms"),
            "turns": _TURNS,
        },
        _shape(_spirals),
    ),
    "blobs": Generator(
        "Blobs",
        "round clouds of points",
        {
            "rows": _rows(300),
            "classes": Range(3, 2, 100, "how many clouds"),
            "features": Range(2, 1, 100, "how many dimensions"),
            "spread": Range(1.0, 0.0, 1e6, "standard deviation of each cloud"),
        },
        _shape(_blobs),
    ),
    "regression": Generator(
        "Regression",
        "a plane with noise; the true weights are known",
        {
            "rows": _rows(1000),
            "weights": Range((2.0, -3.4), -1e6, 1e6, "slope of the plane along each feature"),
            "bias": Range(4.2, -1e6, 1e6, "height of the plane at 0"),
            "noise": _noise(0.01),
        },
        _regression,
    ),
}
