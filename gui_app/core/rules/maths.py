"""Mathematical notation as plain data: what a typesetter draws and what is copied as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Style = Literal["italic", "bold", "roman", "operator", "relation", "space"]
"""``italic``: a quantity; ``bold``: a vector or matrix; ``operator`` and ``relation`` have space around them;
``space`` is where a line may be broken."""


THIN = "\u2009"
"""The space between what is multiplied."""


@dataclass(frozen=True, slots=True)
class Text:
    """A symbol, a number or a word; ``exact`` is what is copied for it, where that is more."""

    text: str
    style: Style = "roman"
    exact: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other."""

    items: tuple[Maths, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """``top`` over ``bottom``."""

    top: Maths
    bottom: Maths


@dataclass(frozen=True, slots=True)
class Script:
    """``base`` with something small above or below its right end."""

    base: Maths
    sup: Maths | None = None
    sub: Maths | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """The square root of ``body``."""

    body: Maths


@dataclass(frozen=True, slots=True)
class Fence:
    """``body`` between two fences, each one of ``( ) [ ] | ‖`` or nothing."""

    left: str
    body: Maths
    right: str


@dataclass(frozen=True, slots=True)
class Big:
    """A large operator, Σ or Π, and what it runs over."""

    symbol: str
    below: Maths


@dataclass(frozen=True, slots=True)
class Cases:
    """One of several, each with its condition, behind a brace."""

    rows: tuple[tuple[Maths, Maths], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Entries in brackets, row by row."""

    rows: tuple[tuple[Maths, ...], ...]


@dataclass(frozen=True, slots=True)
class Tint:
    """``body`` in the colour of a role."""

    body: Maths
    role: Literal["upstream", "muted"]


Maths = Text | Row | Fraction | Script | Root | Fence | Big | Cases | Matrix | Tint

_UP: Mapping[int, int | None] = str.maketrans("0123456789−+T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀ")
_DOWN: Mapping[int, int | None] = str.maketrans("0123456789−+ijklmnopst", "₀₁₂₃₄₅₆₇₈₉₋₊ᵢⱼₖₗₘₙₒₚₛₜ", THIN)
_SPACED = ("operator", "relation")


def row(*items: Maths) -> Maths:
    """The items in a row, rows among them dissolved; a single one is itself."""
    flat = [part for item in items for part in (item.items if isinstance(item, Row) else (item,))]
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def plain(maths: Maths) -> str:
    """In one line of characters, numbers in full: ``∂L/∂a = ∂L/∂c · b``, ``(1 − c²)/2``."""
    match maths:
        case Text(text, style, exact):
            return f" {text} " if style in _SPACED else text if exact is None else exact
        case Row(items):
            return "".join(map(plain, items))
        case Fraction(top, bottom):
            return f"{_closed(top)}/{_closed(bottom)}"
        case Script(base, sup, sub):
            return plain(base) + _small(sub, "_", _DOWN) + _small(sup, "^", _UP)
        case Root(body):
            return f"√{_closed(body)}"
        case Fence(left, body, right):
            return f"{left}{plain(body)}{right}"
        case Big(symbol, below):
            return symbol + _small(below, "_", _DOWN) + " "
        case Cases(rows):
            return "; ".join(f"{plain(value)} {plain(condition)}" for value, condition in rows)
        case Matrix(rows):
            lines = ", ".join("[" + ", ".join(map(plain, line)) + "]" for line in rows)
            return f"[{lines}]"
        case Tint(body, _):
            return plain(body)


def _small(maths: Maths | None, mark: str, raised: Mapping[int, int | None]) -> str:
    if maths is None:
        return ""
    text = plain(maths)
    if all(ord(character) in raised for character in text):
        return text.translate(raised)
    return f"{mark}{text}" if text.isalnum() else f"{mark}({text})"


def _closed(maths: Maths) -> str:
    """In brackets, unless it is read as one thing without."""
    text = plain(maths)
    whole = isinstance(maths, Text | Script | Fence | Matrix | Root) or (
        isinstance(maths, Row) and not any(_parts(item) for item in maths.items)
    )
    return text if whole or isinstance(maths, Tint) else f"({text})"


def _parts(maths: Maths) -> bool:
    """Whether it separates what stands on its two sides."""
    return isinstance(maths, Fraction | Big) or (
        isinstance(maths, Text) and (maths.style in ("operator", "relation", "space") or maths.text == THIN)
    )
