"""What stands in a formula: names, gradients, numbers and small matrices, as notation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gui_app.core.numbers import full, short
from gui_app.core.rules.maths import Fence, Fraction, Maths, Matrix, Row, Script, Text, Tint, row

COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly a piece of notation holds together."""

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eps": "ε",
    "lam": "λ",
    "mu": "μ",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "pi": "π",
    "inf": "∞",
}
"""Letters by the names that formulas have for them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Notation with how tightly it holds, the rank of the tensor it stands for, and whether it is a number."""

    maths: Maths
    level: int = ATOM
    rank: int = 0
    number: bool = False

    def within(self, level: int) -> Maths:
        """In brackets where the surroundings hold more tightly."""
        return self.maths if self.level >= level else Fence("(", self.maths, ")")


@dataclass(frozen=True, slots=True)
class Quantity:
    """What stands for a letter: its notation, and for a gradient (∂L/∂c) that of L and c apart."""

    piece: Piece
    of: tuple[Maths, Maths] | None = None

    def at(self, index: Maths) -> Maths:
        """One element of it."""
        if self.of is not None:
            return Tint(derivative(self.of[0], Script(_thin(self.of[1]), sub=index)), "upstream")
        return Script(_thin(self.piece.maths), sub=index)


def variable(name: str, rank: int = 0) -> Quantity:
    """A quantity by its name: italic, bold where it is a vector or more; a longer name upright."""
    return Quantity(Piece(written(name, rank), rank=rank))


def written(name: str, rank: int = 0) -> Maths:
    """A name as it is written in a formula; a number at its end is an index."""
    found = re.fullmatch(r"([A-Za-zα-ωΑ-Ω])_?(\d{1,2})", name)
    if found:
        return Script(written(found[1], rank), sub=Text(found[2]))
    if len(name) == 1:
        return Text(name, "bold" if rank else "italic")
    return Text(name)


def derivative(of: Maths, by: Maths) -> Maths:
    """∂of/∂by."""
    return Fraction(row(Text("∂"), of), row(Text("∂"), by))


def gradient(of: Maths, by: Maths, rank: int = 0) -> Quantity:
    """The gradient ∂of/∂by that arrives, as a quantity."""
    return Quantity(Piece(Tint(derivative(of, by), "upstream"), PRODUCT, rank), (of, by))


def number(value: float, tinted: bool = False) -> Quantity:
    """A number as a quantity, in a sensible precision; copied in full."""
    maths = number_maths(value)
    level = SIGN if value < 0 else PRODUCT if isinstance(maths, Row) else ATOM
    return Quantity(Piece(Tint(maths, "upstream") if tinted else maths, level, number=True))


def number_maths(value: float) -> Maths:
    """``−2.5``, ``1.2 · 10⁻⁵``, ``∞``."""
    text = short(value).replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
    mantissa, _, power = text.partition("e")
    if not power:
        return Text(text, exact=full(value))
    return Row(
        (
            Text(mantissa, exact=full(value)),
            Text("·", exact=""),
            Script(Text("10", exact=""), sup=Text(power, exact="")),
        )
    )


def matrix(entries: list[list[float]]) -> Quantity:
    """Numbers in brackets."""
    return Quantity(
        Piece(
            Matrix(tuple(tuple(number_maths(value) for value in line) for line in entries)),
            rank=2,
            number=True,
        )
    )


def _thin(maths: Maths) -> Maths:
    """An element of a bold quantity is not bold."""
    match maths:
        case Text(text, "bold", exact):
            return Text(text, "italic", exact)
        case Script(base, sup, sub):
            return Script(_thin(base), sup, sub)
        case Tint(body, role):
            return Tint(_thin(body), role)
    return maths
