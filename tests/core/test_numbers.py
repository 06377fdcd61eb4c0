"""Numbers as they are shown."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.numbers import DIGITS, full, short


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (40, "40"),
        (40.0, "40"),
        (-3.5, "-3.5"),
        (1 / 3, "0.33333"),
        (0.1 + 0.2, "0.3"),
        (100.0, "100"),
        (-0.0, "0"),
        (1.2e-5, "1.2e-5"),
        (0.000123456, "0.00012346"),
        (123456.78, "123457"),
        (999999.7, "1e6"),
        (99999.96, "100000"),
        (-1.23456789e20, "-1.2346e20"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_short(x: float, text: str) -> None:
    assert short(x) == text


def test_short_with_fewer_digits() -> None:
    assert short(1.23456, 3) == "1.23"
    assert short(-123456.0, 3) == "-123456", "whole digits are never replaced by zeros"


@given(st.floats(-1.7976e308, 1.7976e308))
def test_short_is_close_and_narrow(x: float) -> None:
    text = short(x)
    assert len(text) <= 13
    assert math.isclose(float(text), x, rel_tol=0.6 * 10 ** (1 - DIGITS), abs_tol=0.0)


@given(st.floats())
def test_full_gives_the_same_float_back(x: float) -> None:
    assert float(full(x)).hex() == x.hex()


def test_full_is_a_plain_number_for_numpy_scalars() -> None:
    import numpy as np

    assert full(np.float64(0.1)) == "0.1"
    assert short(np.float32(0.5)) == "0.5"
