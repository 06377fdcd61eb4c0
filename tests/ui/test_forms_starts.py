"""Starts as text: what is typed is understood or refused in words, and the round trip keeps every bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gui_app.core.experiment import Distribution, Nested, ParameterSpec, nested, shape_of
from gui_app.ui.editor.starts import (
    StartError,
    parse_numbers,
    parse_shape,
    parse_start,
    shape_text,
    start_text,
    with_reference,
    with_shape,
    with_start,
)
from gui_app.ui.editor.values import brief_text, choices, full_text

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.one_of(
    finite,
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=4, max_side=4, min_side=0), elements=finite).map(nested),
)
distributions = st.one_of(
    st.builds(
        lambda mean, spread, seed: Distribution("normal", mean, abs(spread), seed),
        finite,
        finite,
        st.none() | st.integers(0, 2**63 - 1),
    ),
    st.builds(
        lambda a, b, seed: Distribution("uniform", min(a, b), max(a, b), seed),
        st.floats(-1e307, 1e307),
        st.floats(-1e307, 1e307),
        st.none() | st.integers(0, 2**63 - 1),
    ),
)


@given(values)
def test_values_survive_the_round_trip(value: Nested) -> None:
    spec = ParameterSpec("w", value)
    again = with_start(ParameterSpec("w"), start_text(spec))
    assert again == spec
    assert str(again.value) == str(value)  # also the sign of zero


@given(distributions, st.lists(st.integers(0, 9), max_size=3).map(tuple))
def test_distributions_survive_the_round_trip(drawn: Distribution, shape: tuple[int, ...]) -> None:
    spec = ParameterSpec("w", None, shape, drawn)
    plain = ParameterSpec("w", None, (), Distribution())
    assert with_shape(with_start(plain, start_text(spec)), shape_text(shape)) == spec


@given(
    st.text(st.sampled_from("[](),. 0123456789eE+-normaluif=sd\t\nx×"), max_size=60) | st.text(max_size=40)
)
@settings(max_examples=300)
def test_any_text_is_understood_or_refused_in_words(text: str) -> None:
    for parse in (parse_start, parse_shape):
        try:
            found: object = parse(text)
        except StartError as error:
            found = str(error).endswith(".")
        assert found is True or isinstance(found, float | tuple | Distribution)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        (" -.5 ", -0.5),
        ("1e-3", 0.001),
        ("[1, 2]", (1.0, 2.0)),
        ("[[1,2],[3,4]]", ((1.0, 2.0), (3.0, 4.0))),
        ("((1, 2), (3, 4))", ((1.0, 2.0), (3.0, 4.0))),
        ("normal(0, 1)", Distribution("normal", 0.0, 1.0)),
        ("normal( 0,0.01 , seed = 3 )", Distribution("normal", 0.0, 0.01, 3)),
        ("uniform(-1, 1)", Distribution("uniform", -1.0, 1.0)),
    ],
)
def test_what_people_type(text: str, value: object) -> None:
    assert parse_start(text) == value


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "number"),
        ("abc", "normal(0, 1)"),
        ("0,5", "point"),
        ("[1, 2", "rows"),
        ("[1, 2)", "rows"),
        ("[[1], [2, 3]]", "same length"),
        ("[1, [2]]", "same length"),
        ("1 2", "rows"),
        ("1e999", "too large"),
        ("normal(0, -1)", "deviation"),
        ("uniform(2, 1)", "smaller"),
        ("normal(0, 1, seed=9999999999999999999)", "seed"),
        ("cauchy(0, 1)", "uniform"),
        ("[" * 100_000, "number"),
        ("1" * 2_000_000, "characters"),
        ("٣", "number"),
        ("nan", "number"),
    ],
)
def test_what_is_refused_says_what_is_expected(text: str, word: str) -> None:
    with pytest.raises(StartError, match=word.replace("(", r"\(").replace(")", r"\)")):
        parse_start(text)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", ()),
        ("scalar", ()),
        ("3", (3,)),
        ("3×2", (3, 2)),
        ("3x2", (3, 2)),
        ("(3, 2)", (3, 2)),
        ("(3,)", (3,)),
    ],
)
def test_shapes(text: str, shape: tuple[int, ...]) -> None:
    assert parse_shape(text) == shape


@pytest.mark.parametrize("text", ["-1", "3×", "two", "1.5", "3 2", "10000000000000"])
def test_shapes_that_are_none(text: str) -> None:
    with pytest.raises(StartError, match="3×2"):
        parse_shape(text)


def test_too_many_elements_are_refused_before_anything_is_made() -> None:
    spec = ParameterSpec("w", None, (), Distribution())
    with pytest.raises(StartError, match="10,000,000"):
        with_shape(spec, "100000×100000")


def test_a_reference_keeps_its_shape() -> None:
    spec = with_reference(ParameterSpec("w", (1.0, 2.0)), "[3, 4]")
    assert spec.reference == (3.0, 4.0)
    with pytest.raises(StartError, match="clear it first"):
        with_start(spec, "[1, 2, 3]")
    with pytest.raises(StartError, match="shape"):
        with_reference(spec, "5")
    assert with_start(with_reference(spec, ""), "[1, 2, 3]").shape == (3,)


def test_numbers_are_parsed_where_no_distribution_is_expected() -> None:
    with pytest.raises(StartError):
        parse_numbers("normal(0, 1)")


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=0, max_dims=3, max_side=3),
        elements=st.floats(allow_subnormal=False),
    )
)
def test_ways_to_write_an_array_end_short_and_start_full(array: np.ndarray) -> None:
    ways = list(choices(array))
    assert ways[0] == brief_text(array)
    assert min(map(len, ways)) <= 10
    if np.isfinite(array).all():
        again = np.array(parse_numbers(full_text(array)))
        assert np.array_equal(again.reshape(array.shape), array)


def test_brief_forms() -> None:
    assert brief_text(np.array(1 / 3)) == "0.33333"
    assert brief_text(np.array([[1.0, 2.0], [3.0, 4.0]])) == "[[1, 2], [3, 4]]"
    assert brief_text(np.arange(6.0).reshape(2, 3)) == "2×3 · 0 … 5"
    assert list(choices(np.arange(10.0)))[-3:] == ["10 values", "(10,)", "…"]
    assert brief_text(np.zeros((0, 3))) == "0×3, empty"
    assert math.isnan(float(brief_text(np.array(np.nan))))
    assert shape_of(parse_numbers("[[], []]")) == (2, 0)
