"""Axes through parameter space, and the directions that a path is drawn along."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gui_app.core.directions import explained, principal, random_pair
from gui_app.core.experiment import Distribution, Experiment, ParameterSpec
from gui_app.core.landscape import Axis, Direction, Quadratic, grid, places, rows_at, shifts

PATHS = arrays(
    float,
    st.tuples(st.integers(1, 12), st.integers(2, 9)),
    elements=st.floats(-1e6, 1e6, allow_nan=False, width=32),
)
NETWORK = Experiment(
    parameters=(
        ParameterSpec("W", None, (4, 3), Distribution()),
        ParameterSpec("c", 2.0, requires_grad=False),
        ParameterSpec("b", (0.0, 3.0, 4.0)),
        ParameterSpec("a", -2.0),
    )
)


@given(PATHS)
def test_main_directions_are_those_of_the_singular_value_decomposition(rows: np.ndarray) -> None:
    first, second = principal(rows)
    assert np.linalg.norm(first.vector) == pytest.approx(1)
    assert np.linalg.norm(second.vector) == pytest.approx(1)
    assert first.vector @ second.vector == pytest.approx(0, abs=1e-9)
    moved = rows - rows.mean(axis=0)
    largest = np.abs(moved).max()
    if largest == 0:
        assert math.isnan(first.explains)
        return
    sizes = np.linalg.svd(moved / largest, compute_uv=False) ** 2
    expected = np.append(sizes, 0.0)[:2] / sizes.sum()
    assert [first.explains, second.explains] == pytest.approx(expected, abs=1e-6)
    again = explained((first, second), rows)
    assert [each.explains for each in again] == pytest.approx(expected, abs=1e-6)


def test_more_columns_than_steps_give_the_same_directions() -> None:
    path = np.cumsum(np.random.default_rng(1).normal(size=(30, 200)), axis=0)
    _, _, expected = np.linalg.svd(path - path.mean(axis=0))
    for direction, vector in zip(principal(path), expected, strict=False):
        assert abs(direction.vector @ vector) == pytest.approx(1, abs=1e-9)
        assert direction.vector[np.argmax(np.abs(direction.vector))] > 0
        assert places(direction, path[0]) == pytest.approx(0)


def test_what_is_not_finite_has_no_part() -> None:
    rows = np.array([[0.0, 0.0, 0.0], [3.0, 4.0, 0.0], [np.nan, 1.0, 1.0], [1e200, 0.0, 0.0]])
    first, second = principal(rows)
    assert first.vector == pytest.approx([0.6, 0.8, 0.0])
    assert (first.explains, second.explains) == pytest.approx((1.0, 0.0))
    assert math.isnan(principal(np.full((3, 3), np.inf))[0].explains)


def test_random_directions_are_as_long_as_the_filters() -> None:
    row = np.random.default_rng(3).normal(size=16)
    first, second = random_pair(NETWORK, row, 7)
    for part in (slice(0, 3), slice(3, 6), slice(6, 9), slice(9, 12), slice(12, 15), slice(15, 16)):
        assert np.linalg.norm(first.vector[part]) == pytest.approx(np.linalg.norm(row[part]))
    assert np.linalg.norm(second.vector) == pytest.approx(np.linalg.norm(row))
    assert first.vector @ second.vector == pytest.approx(0, abs=1e-9)
    assert (random_pair(NETWORK, row, 7)[1].vector == second.vector).all()
    assert (random_pair(NETWORK, row, 8)[1].vector != second.vector).any()
    assert places(first, row) == 0


def test_random_directions_from_nothing_have_length_one() -> None:
    first, second = random_pair(NETWORK, np.zeros(16), 0)
    assert np.linalg.norm(first.vector) == pytest.approx(1)
    assert np.linalg.norm(second.vector) == pytest.approx(1)


@given(st.integers(0, 99))
def test_rows_lie_where_the_axes_say_and_nowhere_else(seed: int) -> None:
    generator = np.random.default_rng(seed)
    base = generator.normal(size=6)
    first, second = principal(generator.normal(size=(9, 6)))
    axes = (Axis(first, -1, 2, 4), Axis(second, 0, 5, 3))
    points = grid(axes)
    rows = rows_at(axes, base, points)
    assert points.shape == (12, 2)
    assert np.stack([places(first, rows), places(second, rows)], axis=1) == pytest.approx(points)
    across = rows - base
    rest = (
        across
        - np.outer(shifts(first, across), first.vector)
        - np.outer(shifts(second, across), second.vector)
    )
    assert rest == pytest.approx(0, abs=1e-12)


def test_columns_are_set_and_the_others_held() -> None:
    axes = (Axis(2, -1, 1, 3), Axis(0, 7, 8, 2))
    rows = rows_at(axes, np.array([1.0, 2.0, 3.0]), grid(axes))
    assert rows.tolist() == [[7, 2, -1], [8, 2, -1], [7, 2, 0], [8, 2, 0], [7, 2, 1], [8, 2, 1]]


def test_axes_along_one_direction_are_equal_and_along_its_copy_are_not() -> None:
    direction = Direction("d", np.ones(3), np.zeros(3))
    assert Axis(direction, 0, 1, 5) == Axis(direction, 0, 1, 5)
    assert Axis(direction, 0, 1, 5) != Axis(Direction("d", np.ones(3), np.zeros(3)), 0, 1, 5)


def test_a_quadratic_is_the_function_itself_where_that_is_one() -> None:
    generator = np.random.default_rng(0)
    root, slope = generator.normal(size=(5, 5)), generator.normal(size=5)
    hessian, centre = root @ root.T, generator.normal(size=5)

    def function(rows: np.ndarray) -> np.ndarray:
        return 2 + rows @ slope + 0.5 * np.einsum("...i,ij,...j", rows, hessian, rows)

    quadratic = Quadratic(centre, float(function(centre)), slope + hessian @ centre, hessian)
    for axes in (
        (Axis(3, -2, 2, 7),),
        (Axis(1, -2, 2, 5), Axis(4, 0, 1, 4)),
        tuple(Axis(each, -1, 1, 6) for each in principal(generator.normal(size=(9, 5)))),
    ):
        expected = function(rows_at(axes, centre, grid(axes))).reshape([axis.count for axis in axes])
        assert quadratic.on(axes).values == pytest.approx(expected)
