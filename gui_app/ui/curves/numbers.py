"""How numbers are written in a chart: at the ticks of an axis, and to be read."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gui_app.core.numbers import DIGITS, short

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def said(value: float, digits: int = DIGITS) -> str:
    """A number to be read in the picture: short, with a real minus sign."""
    return short(value, digits).replace("-", "−")


def nice_step(length: float, most: int) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that cuts ``length`` into at most ``most`` pieces."""
    rough = max(length / max(most, 1), 1e-307)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(digit * power for digit in (1, 2, 5, 10, 20) if digit * power >= rough * (1 - 1e-9))


def linear_labels(values: Sequence[float], step: float) -> list[str]:
    """One label for each of ``values``, which are multiples of ``step``; all with the same decimals."""
    largest = max(map(abs, values), default=0.0)
    exponent = math.floor(math.log10(step) + 1e-9)
    if 1e-3 <= largest < 1e7 or largest < step / 2:
        return [_fixed(value, max(0, -exponent)) for value in values]
    top = math.floor(math.log10(largest) + 1e-9)
    power = f"×10{_raised(top)}"
    return [
        _fixed(value / 10.0**top, max(0, top - exponent)) + power if abs(value) > step / 2 else "0"
        for value in values
    ]


def log_labels(exponents: Sequence[float]) -> list[str]:
    """Labels of 10 to these powers: plain numbers where all are of a handy size."""
    if all(-3 <= exponent <= 4 for exponent in exponents):
        return [f"{10.0**exponent:,.6g}" for exponent in exponents]
    return [_power(*f"{10.0**exponent:.5e}".split("e")) for exponent in exponents]


def _power(digits: str, exponent: str) -> str:
    digits, power = digits.rstrip("0").rstrip("."), f"10{_raised(int(exponent))}"
    return power if digits == "1" else f"{digits}×{power}"


def _raised(exponent: int) -> str:
    return str(exponent).translate(_SUPERSCRIPT)


def _fixed(value: float, decimals: int) -> str:
    """Fixed decimals, thousands apart, a real minus sign and no negative zero."""
    text = f"{value:,.{decimals}f}"
    if not text.strip("-0.,"):
        text = text.removeprefix("-")
    return text.replace("-", "−")
