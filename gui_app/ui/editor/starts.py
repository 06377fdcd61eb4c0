"""Where a parameter starts, as text: typed by a person, shown to a person, and the same after the round trip."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from gui_app.core.experiment import Distribution, ExperimentError, Nested, ParameterSpec, shape_of
from gui_app.core.numbers import full, short

MAX_TEXT = 1_000_000
"""Most characters of a start: what is longer belongs in a data file."""

EXPECTED = "Type a number, rows like [[1, 2], [3, 4]], or normal(0, 1) or uniform(-1, 1)."
SHAPE_EXPECTED = "Type the sizes, for example 3×2, or scalar."

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*({_NUMBER}|[\[\](),])\s*", re.ASCII)
_CALL = re.compile(
    rf"\s*(?P<name>[A-Za-z_]+)\s*\(\s*(?P<first>{_NUMBER})\s*,\s*(?P<second>{_NUMBER})\s*"
    r"(?:,\s*seed\s*=\s*(?P<seed>\d{1,19})\s*)?\)\s*",
    re.ASCII,
)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*", re.ASCII)


class StartError(ValueError):
    """Text that is not a start, a shape or a number; the message is a sentence to show."""


def parse_start(text: str) -> Nested | Distribution:
    """A number, nested numbers or a distribution from what was typed. Raises StartError."""
    if len(text) > MAX_TEXT:
        raise StartError(f"A start may have at most {MAX_TEXT:,} characters.")
    if text.strip()[:1].isalpha():
        return _distribution(text)
    return parse_numbers(text)


def parse_numbers(text: str) -> Nested:
    """A number or nested numbers, ``[[1, 2], [3, 4]]``. Raises StartError."""
    if _DECIMAL_COMMA.fullmatch(text):
        raise StartError("Write decimals with a point, for example 0.5.")
    value = _build(_tokens(text))
    try:
        shape_of(value)
    except ExperimentError as error:
        raise StartError(f"All rows need the same length: {error.message}.") from None
    return value


def _distribution(text: str) -> Distribution:
    match = _CALL.fullmatch(text)
    if match is None or match["name"] not in ("normal", "uniform"):
        raise StartError(EXPECTED)
    seed = None if match["seed"] is None else int(match["seed"])
    try:
        return Distribution(match["name"], _finite(match["first"]), _finite(match["second"]), seed)  # type: ignore[arg-type]
    except ExperimentError as error:
        raise StartError(f"{error.message[0].upper()}{error.message[1:]}.") from error


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise StartError(EXPECTED)
        found.append(match[1])
        position = match.end()
    return found


def _build(tokens: list[str]) -> Nested:
    """Nested tuples from tokens, without recursion: the depth of the text is the typist's, not ours."""
    open_rows: list[list[Nested]] = [[]]
    closers: list[str] = []
    after_value = False
    for token in tokens:
        if token in "[(":
            if after_value or len(closers) >= 32:
                raise StartError(EXPECTED)
            open_rows.append([])
            closers.append("]" if token == "[" else ")")
        elif token == ",":
            if not after_value or not closers:
                raise StartError(EXPECTED)
            after_value = False
        elif token in "])":
            if not closers or closers.pop() != token or (not after_value and open_rows[-1]):
                raise StartError(EXPECTED)
            row = open_rows.pop()
            open_rows[-1].append(tuple(row))
            after_value = True
        else:
            if after_value:
                raise StartError(EXPECTED)
            open_rows[-1].append(_finite(token))
            after_value = True
    if closers or len(open_rows[0]) != 1:
        raise StartError(EXPECTED)
    return open_rows[0][0]


def _finite(token: str) -> float:
    value = float(token)
    if not math.isfinite(value):
        raise StartError(f"{token} is too large for a floating point number.")
    return value


def start_text(spec: ParameterSpec, *, brief: bool = False) -> str:
    """The start of ``spec`` as it would be typed; ``brief`` writes about five digits of each number."""
    if spec.distribution is None:
        assert spec.value is not None
        return nested_text(spec.value, brief=brief)
    drawn = spec.distribution
    number = short if brief else exact
    seed = "" if drawn.seed is None else f", seed={drawn.seed}"
    return f"{drawn.name}({number(drawn.first)}, {number(drawn.second)}{seed})"


def nested_text(value: Nested, *, brief: bool = False) -> str:
    """Nested numbers in square brackets."""
    if isinstance(value, tuple):
        return f"[{', '.join(nested_text(row, brief=brief) for row in value)}]"
    return short(value) if brief else exact(value)


def exact(value: float) -> str:
    """The number with every digit it needs, whole ones without ``.0``."""
    return full(value).removesuffix(".0")


def with_start(spec: ParameterSpec, text: str) -> ParameterSpec:
    """``spec`` with the start that was typed; a distribution keeps the shape. Raises StartError."""
    start = parse_start(text)
    if isinstance(start, Distribution):
        return _changed(spec, value=None, distribution=start)
    shape = shape_of(start)
    if spec.reference is not None and shape != spec.shape:
        raise StartError(
            f"The reference of {spec.name} has the shape {shape_text(spec.shape)}: clear it first."
        )
    return _changed(spec, value=start, distribution=None, shape=shape)


def with_shape(spec: ParameterSpec, text: str) -> ParameterSpec:
    """``spec``, whose start is a distribution, with the shape that was typed. Raises StartError."""
    return _changed(spec, shape=parse_shape(text))


def with_reference(spec: ParameterSpec, text: str) -> ParameterSpec:
    """``spec`` with the reference that was typed; nothing typed removes it. Raises StartError."""
    return _changed(spec, reference=parse_numbers(text) if text.strip() else None)


def _changed(spec: ParameterSpec, **changes: object) -> ParameterSpec:
    try:
        return replace(spec, **changes)  # type: ignore[arg-type]
    except ExperimentError as error:
        raise StartError(f"The {error.where.rpartition('.')[2]} is refused: {error.message}.") from None


def parse_shape(text: str) -> tuple[int, ...]:
    """Sizes from ``3×2``, ``3x2``, ``3, 2``, ``(3, 2)``, ``3`` or ``scalar``. Raises StartError."""
    inner = text.strip().lower()
    if inner in ("scalar", "()", "[]", ""):
        return ()
    if inner[0] + inner[-1] in ("()", "[]"):
        inner = inner[1:-1].removesuffix(",")
    sizes = [part.strip() for part in re.split(r"[×x*,]", inner)]
    if not all(re.fullmatch(r"[0-9]{1,12}", size) for size in sizes):
        raise StartError(SHAPE_EXPECTED)
    return tuple(map(int, sizes))


def shape_text(shape: tuple[int, ...]) -> str:
    """``scalar``, ``3`` or ``3×2``."""
    return "×".join(map(str, shape)) or "scalar"
