"""How a number is written: a sensible precision to look at, the full one to hover over and to copy."""

from __future__ import annotations

import math

DIGITS = 5
"""Significant digits of :func:`short`."""


def short(x: float, digits: int = DIGITS) -> str:
    """``x`` in about ``digits`` significant digits: ``40``, ``0.33333``, ``1.2e-5``, ``inf``, ``nan``.

    Plain decimals from 1e-4 up to below 1e6, a power of ten outside; no trailing zeros, no minus before zero.
    """
    x = float(x)
    if not math.isfinite(x) or x == 0:
        return repr(x) if x else "0"
    mantissa, _, power = f"{x:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if -4 <= exponent <= 5:
        return _trimmed(f"{x:.{max(0, digits - 1 - exponent)}f}")
    return f"{_trimmed(mantissa)}e{exponent}"


def full(x: float) -> str:
    """``x`` with every digit it takes to get the same float back."""
    return repr(float(x))


def _trimmed(decimals: str) -> str:
    return decimals.rstrip("0").rstrip(".") if "." in decimals else decimals
