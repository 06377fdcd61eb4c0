"""Axes: stretches, positions and ticks hold for any numbers."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont

from gui_app.ui.curves.axis import Axis
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.numbers import linear_labels, log_labels, nice_step, said
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.theme import LIGHT

numbers = st.floats(-1e200, 1e200, allow_subnormal=False)


def frame(y: Span, *, log: bool = False) -> Frame:
    """A plot with its top at 0 and its bottom at 1."""
    return Frame(QRectF(0, 0, 1, 1), Span(0.0, 1.0), y, log, LIGHT, QFont())


@given(st.lists(numbers, min_size=1, max_size=20))
def test_linear_stretch_holds_all_values(values: list[float]) -> None:
    places = frame(span_of(values, margin=0.05)).down(np.array(values))
    assert ((places >= 0) & (places <= 1)).all()


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=20))
def test_log_stretch_holds_all_positive_values(values: list[float]) -> None:
    span = span_of([*values, 0.0, -3.0, math.nan, math.inf], log=True, margin=0.05)
    places = frame(span, log=True).down(np.array(values))
    assert ((places >= 0) & (places <= 1)).all()


def test_log_axis_puts_what_is_not_positive_far_below_and_keeps_nan() -> None:
    places = frame(Span(-3.0, 2.0), log=True).down(np.array([0.0, -1.0, math.nan, 1.0]))
    assert places[0] == places[1] > 100
    assert math.isnan(places[2])
    assert places[3] == pytest.approx(0.4)


@pytest.mark.parametrize(
    "values", [[], [math.nan], [math.inf, -math.inf], [0.0], [5.0, 5.0], [1e308, -1e308]]
)
@pytest.mark.parametrize("log", [False, True])
def test_stretch_of_odd_values_has_a_length(values: list[float], log: bool) -> None:
    span = span_of(values, log=log, margin=0.05)
    assert 0 < span.length < math.inf
    assert all(map(math.isfinite, span))


def ticks(low: float, high: float, room: int, *, log: bool = False, whole: bool = False) -> dict[float, str]:
    """Where a left axis with room for so many ticks has them, and what is written there."""
    view = pg.ViewBox(enableMenu=False)
    axis = Axis("left", view)
    axis.whole = whole
    axis.setLogMode(log)
    axis.resize(60.0, 44.0 * room)
    found = axis.tickValues(low, high)
    return {
        value: text
        for step, values in found
        for value, text in zip(values, axis.tickStrings(values, 1.0, step), strict=True)
    }


quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


@quick
@given(numbers, st.floats(1e-6, 1e100), st.integers(2, 12))
def test_ticks_lie_on_the_axis_and_rise(qapp: object, low: float, length: float, room: int) -> None:  # noqa: ARG001
    if abs(low) * 1e-9 > length:
        return
    found = ticks(low, low + length, room)
    values = list(found)
    assert values == sorted(set(values))
    assert len(values) <= room + 1
    assert all(low - 1e-6 * length <= value <= low + length * (1 + 1e-6) for value in values)
    assert len(set(found.values())) == len(values)


@quick
@given(st.floats(-307, 300), st.floats(1e-3, 200), st.integers(2, 12))
def test_log_ticks_lie_on_the_axis_and_differ(qapp: object, low: float, length: float, room: int) -> None:  # noqa: ARG001
    high = min(low + length, 308.0)
    found = ticks(low, high, room, log=True)
    assert all(low - 1e-9 <= exponent <= high + 1e-9 for exponent in found)
    assert len(set(found.values())) == len(found)
    assert len(found) <= room + 4


@pytest.mark.usefixtures("qapp")
def test_ticks_that_a_person_would_choose() -> None:
    def labels(*given: float, **kind: bool) -> list[str]:
        return list(ticks(*given, **kind).values())

    assert labels(0, 2, 4) == ["0.0", "0.5", "1.0", "1.5", "2.0"]
    assert labels(-0.2, 3.4, 8, whole=True) == ["0", "1", "2", "3"]
    assert labels(0, 250_000, 3) == ["0", "100,000", "200,000"]
    assert labels(-2e-6, 2e-6, 2) == ["−2×10⁻⁶", "0", "2×10⁻⁶"]
    assert labels(-6, 0, 4, log=True) == ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"]
    assert labels(-1, 1, 8, log=True) == ["0.1", "0.2", "0.5", "1", "2", "5", "10"]
    assert labels(3.0, 3.2, 6, log=True) == ["1,000", "1,100", "1,200", "1,300", "1,400", "1,500"]


def test_steps_and_numbers() -> None:
    assert nice_step(10, 5) == 2
    assert nice_step(0.7, 3) == 0.5
    assert linear_labels([-0.0001, 1234.5], 0.5) == ["0.0", "1,234.5"]
    assert linear_labels([-1234.5], 0.5) == ["−1,234.5"]
    assert log_labels([-7.0, math.log10(2e-7)]) == ["10⁻⁷", "2×10⁻⁷"]
    assert said(-1.5e-9) == "−1.5e−9"
