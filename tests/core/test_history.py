"""The record of a run: complete losses, bounded rows, no spike lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gui_app.core.history import History, Pyramid


def filled(losses: NDArray[np.float64], chunk: int, budget: int = 2**30) -> History:
    """A history whose one parameter is the step and whose gradient is its negative."""
    history = History(("x",), "float64", row_budget=budget)
    steps = np.arange(len(losses), dtype=float)[:, None]
    for first in range(0, len(losses), chunk):
        part = slice(first, first + chunk)
        history.extend(losses[part], steps[part], -steps[part])
    return history


@settings(deadline=None)
@given(
    losses=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=2000).map(np.array),
    chunk=st.integers(1, 300),
    most=st.integers(1, 50),
    data=st.data(),
)
def test_an_envelope_has_every_extreme(
    losses: NDArray[np.float64], chunk: int, most: int, data: st.DataObject
) -> None:
    pyramid = Pyramid()
    for end in range(chunk, len(losses) + chunk, chunk):
        pyramid.update(losses[:end])
    first = data.draw(st.integers(0, len(losses) - 1))
    last = data.draw(st.integers(first, len(losses) - 1))
    x, y = pyramid.envelope(losses, first, last, most)
    shown = losses[first : last + 1]
    assert y.min() <= shown.min()
    assert y.max() >= shown.max()
    assert set(y) <= set(losses)
    assert (np.diff(x) >= 0).all()
    assert len(x) <= 2 * max(2 * most, 16 * most) + 16


def test_one_spike_in_a_million_stays() -> None:
    losses = np.ones(1_000_003)
    losses[654_321] = 7.0
    x, y = filled(losses, 10_000).loss_curve(0, 1_000_002, 800)
    assert y.max() == 7.0
    assert len(x) < 30_000
    assert abs(x[y.argmax()] - 654_321) <= 1_000_003 / 800


def test_not_a_number_hides_no_neighbour() -> None:
    losses = np.arange(1000.0)
    losses[500] = np.nan
    _, y = filled(losses, 100).loss_curve(0, 999, 20)
    assert np.nanmax(y) == 999
    assert np.isfinite(y).all()


@settings(deadline=None)
@given(count=st.integers(1, 3000), chunk=st.integers(1, 500), budget=st.integers(64, 20_000))
def test_rows_are_those_of_their_steps(count: int, chunk: int, budget: int) -> None:
    history = filled(np.zeros(count), chunk, budget)
    assert history.last == count - 1
    for step in {0, history.last, history.nearest(count // 2), history.nearest(count // 3)}:
        assert history.parameters(step)[0] == step
        assert history.gradients(step)[0] == -step
    assert history.steps().nbytes <= max(budget, 64)


def test_every_step_is_there_below_the_budget() -> None:
    history = filled(np.zeros(500), 7)
    assert history.stride == 1
    assert [history.nearest(k) for k in range(500)] == list(range(500))
    assert history.neighbour(3, 1) == 4
    assert history.neighbour(3, -1) == 2
    assert history.neighbour(0, -1) == 0
    assert history.neighbour(499, 1) == 499


def test_thinned_rows_say_so() -> None:
    history = filled(np.zeros(1000), 10, budget=16 * 100)
    assert history.stride > 1
    step = history.nearest(777)
    assert step % history.stride == 0
    with pytest.raises(IndexError):
        history.parameters(step + 1)
    assert history.neighbour(step, 1) == step + history.stride
    assert history.neighbour(step + 1, -1) == step


@settings(deadline=None)
@given(count=st.integers(1, 2000), most=st.integers(2, 100), data=st.data())
def test_a_path_begins_at_the_start_and_ends_where_it_is_asked_to(
    count: int, most: int, data: st.DataObject
) -> None:
    history = filled(np.zeros(count), 64)
    last = data.draw(st.integers(0, count - 1))
    steps, values = history.path([0], last, most)
    assert steps[0] == 0
    assert steps[-1] == last
    assert (values[:, 0] == steps).all()
    assert len(steps) <= most + 1
