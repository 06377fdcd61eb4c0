"""The arithmetic of an update as what stands on a sheet: headings, formulas, the same with numbers, remarks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

from gui_app.core.arithmetic import Arithmetic, InnerSteps, Orthogonal
from gui_app.core.numbers import full
from gui_app.core.rules.formulas import is_sentence, letters
from gui_app.core.rules.maths import Fence, Fraction, Maths, Root, Row, Script, Text, Tint, plain, row
from gui_app.core.rules.notation import typeset
from gui_app.core.rules.quantities import POWER, Quantity, matrix, number, number_maths
from gui_app.core.update_formulas.line import GRADIENT, STEP, VALUE, Line
from gui_app.core.update_formulas.symbols import SYMBOLS
from gui_app.ui.inspector.charts import HeatMap
from gui_app.ui.inspector.figures import Equation, Figure

WRITTEN = 4
"""Most rows and columns of a matrix that is written out in numbers."""
MOST_LENGTHS = 8
"""Most singular values that are written out."""
_POWER = re.compile(r"(-?[\d.]+e[-+]\d+)(.*)")
_EQUALS = Text("=", "relation")
_HEADINGS = {GRADIENT: "Gradient of {told.name}", STEP: "Update with {told.optimizer.name}"}
"""What stands above a section, where it is more than its name."""


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True)
class Remark:
    """A sentence, set small."""

    maths: Maths


@dataclass(frozen=True)
class Result:
    """The equation that everything leads to."""

    equation: Equation


@dataclass(frozen=True)
class Picture:
    """A figure with a name above it."""

    name: Maths
    figure: Figure


@dataclass(frozen=True)
class Grid:
    """Numbers in columns."""

    heads: tuple[Maths, ...]
    rows: tuple[tuple[Maths, ...], ...]

    def plain(self) -> str:
        """Tab-separated, numbers in full."""
        return "\n".join("\t".join(map(plain, line)) for line in (self.heads, *self.rows))


Block = Heading | Equation | Remark | Result | Picture | Grid


def title_of(told: Arithmetic) -> str:
    """What the update is, in a line."""
    return f"{told.name} from step {told.step:,} to {told.step + 1:,}, with {told.optimizer.name}"


def blocks_of(told: Arithmetic) -> list[Block]:
    """An update as blocks from top to bottom."""
    made: list[Block] = []
    for section, lines in groupby(told.lines, lambda line: line.section):
        if section == VALUE and told.inner is not None:
            made += _inner(told.inner)
        made.append(Heading(_HEADINGS.get(section, section).format(told=told)))
        for line in lines:
            equation = Equation(symbol(line.letter), rights(line, told.values))
            made.append(Result(equation) if line.letter == "theta_next" else equation)
            if line.letter == "o" and told.matrix is not None:
                made += _matrices(told.matrix)
            if line.remark:
                made.append(Remark(row(typeset(line.remark, _SYMBOLS), Text("."))))
    return made


def symbol(letter: str) -> Maths:
    """A letter that can be pointed at."""
    return Tint(SYMBOLS[letter].maths, letter)  # type: ignore[arg-type]


def explained(letter: str, values: Mapping[str, float]) -> str:
    """What a letter is, with its number in full."""
    known = SYMBOLS[letter]
    value = f" = {full(values[letter])}" if letter in values else ""
    return f"{plain(known.maths)}{value}\n{known.words[0].upper()}{known.words[1:]}"


def rights(line: Line, values: Mapping[str, float]) -> tuple[Maths, ...]:
    """What stands on the right: the formula, and below it the same in numbers with what they give."""
    value = _value(line.letter, values)
    if not line.formula:
        return () if value is None else (value,)
    general = _general(line.formula)
    if value is None:
        return (general,)
    used = letters(line.formula) - {"pi"}
    if is_sentence(line.formula) or line.formula in SYMBOLS or not used:
        return (row(general, _EQUALS, value),)
    if used - values.keys():
        return (general, value)
    numbers = {letter: _tinted(_figure(values[letter]), letter) for letter in used}
    return (general, row(_tidied(typeset(line.formula, numbers)), _EQUALS, value))


@cache
def _general(formula: str) -> Maths:
    """A formula in letters, the same at every step."""
    return _tidied(typeset(formula, _SYMBOLS))


def _value(letter: str, values: Mapping[str, float]) -> Maths | None:
    return _tinted(_figure(values[letter]), letter).piece.maths if letter in values else None


def _figure(value: float) -> Quantity:
    """A number: a whole one is copied as such, and a power of ten is written without its 1."""
    made = number(value)
    maths = made.piece.maths
    if isinstance(maths, Text) and float(value).is_integer():
        return Quantity(replace(made.piece, maths=Text(maths.text)))
    if isinstance(maths, Row) and maths.items[0] == Text("1", exact=full(value)):
        power = maths.items[-1]
        assert isinstance(power, Script)
        ten = Script(Text("10", exact=full(value)), power.sup)
        return Quantity(replace(made.piece, maths=ten, level=POWER))
    return made


def _tidied(maths: Maths) -> Maths:
    """With index and power above each other, β₁ᵗ, and brackets around a minus that follows another sign."""
    match maths:
        case Row(items):
            return Row(tuple(map(_apart, ("", *items), items)))
        case Fraction(top, bottom):
            return Fraction(_tidied(top), _tidied(bottom))
        case Root(body):
            return Root(_tidied(body))
        case Fence(left, body, right):
            return Fence(left, _tidied(body), right)
        case Script(Tint(Script(base, None, sub), role), sup, None):
            return Tint(Script(base, sup, sub), role)
    return maths


def _apart(before: Maths | str, item: Maths) -> Maths:
    """One item of a row, after another one."""
    tidied = _tidied(item)
    follows = isinstance(before, Text) and before.style == "operator"
    is_negative = not isinstance(tidied, Fraction) and plain(tidied).startswith(("−", "-"))
    return Fence("(", tidied, ")") if follows and is_negative else tidied


def _tinted(quantity: Quantity, letter: str) -> Quantity:
    piece = quantity.piece
    return Quantity(replace(piece, maths=Tint(piece.maths, letter)))  # type: ignore[arg-type]


_SYMBOLS = {letter: _tinted(known.quantity, letter) for letter, known in SYMBOLS.items()}


def _inner(inner: InnerSteps) -> list[Block]:
    """The inner steps of LBFGS."""
    heads = (
        Text("inner step"),
        symbol("t_i"),
        symbol("slope_i"),
        Text("pairs"),
        Text("loss"),
        row(Text("max "), Fence("|", Text("g", "italic"), "|")),
        Text("θ", "italic"),
    )
    rows = tuple(
        (
            Text("start" if each.length is None else str(each.iteration)),
            *(Text("") if x is None else number_maths(x) for x in (each.length, each.slope)),
            Text("" if each.length is None else str(each.pairs)),
            *(number_maths(x) for x in (each.loss, each.largest, each.value)),
        )
        for each in inner.evaluations
    )
    memory = f"At most {inner.most_pairs} pairs of changes are remembered."
    return [Heading("Inner steps"), Grid(heads, rows), _sentence(f"{inner.stopped} {memory}")]


def _sentence(words: str) -> Remark:
    """Words, with powers of ten as such."""
    items: list[Maths] = []
    for word in words.split():
        items += [Text(" ", "space")] if items else []
        power = _POWER.fullmatch(word)
        items += [_figure(float(power[1])).piece.maths, Text(power[2])] if power else [Text(word)]
    return Remark(row(*items))


def _matrices(orthogonal: Orthogonal) -> list[Block]:
    """What Muon makes of a matrix: written out where it is small, else as a picture, with its singular values."""
    named = (("D", orthogonal.before), ("O", orthogonal.after))
    made: list[Block] = []
    for name, elements in named:
        bold = Text(name, "bold")
        if max(orthogonal.shape) <= WRITTEN:
            made.append(Equation(bold, (matrix(elements.tolist()).piece.maths,)))
        else:
            made.append(Picture(row(bold, Text(_part(orthogonal))), HeatMap(elements)))
    for (name, _), lengths in zip(named, orthogonal.lengths, strict=True):
        if lengths:
            left = Script(Text("σ", "italic"), sub=Text(name, "bold"))
            made.append(Equation(left, (_listed(lengths),)))
    if orthogonal.lengths[0]:
        made.append(_sentence("The singular values σ of O are all near 1: every direction weighs the same."))
    return made


def _part(orthogonal: Orthogonal) -> str:
    (top, left), (rows, columns) = orthogonal.first, orthogonal.before.shape
    whole = f", {orthogonal.shape[0]} × {orthogonal.shape[1]}"
    if (rows, columns) == orthogonal.shape:
        return whole
    return f"{whole}: rows {top}–{top + rows - 1}, columns {left}–{left + columns - 1}"


def _listed(lengths: tuple[float, ...]) -> Maths:
    """The first ones and the last one."""
    cut = len(lengths) > MOST_LENGTHS
    shown = [*lengths[: MOST_LENGTHS - 1], lengths[-1]] if cut else list(lengths)
    items: list[Maths] = []
    for place, length in enumerate(shown):
        if place:
            items += [Text(",")] + [Text(" …,")] * (cut and place == len(shown) - 1) + [Text(" ", "space")]
        items.append(number_maths(length))
    return row(*items)
