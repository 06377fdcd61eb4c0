"""The record of a run: complete losses, bounded rows, no spike lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.frames import Frame
from gui_app.core.history import MOST_FRAMES, History, Pyramid


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


def with_frames(count: int, every: int, **budgets: int) -> History:
    """A history of so many steps in stretches of 10, with a frame of 1,000 bytes and more at every so many."""
    history = History(("x",), "float64", **budgets)
    for first in range(0, count, 10):
        steps = np.arange(first, min(first + 10, count), dtype=float)[:, None]
        frames = [
            Frame(k, {"v": np.zeros(100)}, OptimizerSpec())
            for k in range(first, first + 10)
            if k % every == 0
        ]
        history.extend(steps[:, 0], steps, -steps, [f for f in frames if f.step < count])
    return history


def test_the_newest_frame_at_or_before_a_step() -> None:
    history = with_frames(100, 16)
    assert [history.frame(k).step for k in (0, 15, 16, 17, 50, 99)] == [0, 0, 16, 16, 48, 96]  # type: ignore[union-attr]
    assert History(("x",), "float64").frame(3) is None


@settings(deadline=None)
@given(
    count=st.integers(1, 2000),
    every=st.sampled_from([1, 4, 16, 64]),
    rows=st.integers(64, 20_000),
    frames=st.integers(1000, 100_000),
)
def test_frames_have_rows_and_keep_to_their_budget(count: int, every: int, rows: int, frames: int) -> None:
    history = with_frames(count, every, row_budget=rows, frame_budget=frames)
    assert sum(f.nbytes for f in history.frames[1:-1]) <= frames
    assert history.frames[0].step == 0
    for frame in history.frames:
        assert history.parameters(frame.step)[0] == frame.step
    steps = [frame.step for frame in history.frames]
    assert steps == sorted(set(steps))
    gaps = np.diff(steps[:-1])
    assert len(set(gaps.tolist())) <= 1  # evenly thinned
    found = history.frame(count - 1)
    assert found is history.frames[-1]


def test_there_are_never_too_many_frames() -> None:
    history = with_frames(3 * MOST_FRAMES, 1)
    assert MOST_FRAMES / 2 <= len(history.frames) <= MOST_FRAMES + 1


@settings(deadline=None)
@given(count=st.integers(1, 400), step=st.integers(0, 400), rows=st.integers(64, 20_000))
def test_a_branch_begins_with_everything_before_it(count: int, step: int, rows: int) -> None:
    whole = with_frames(count, 16, row_budget=rows)
    whole.changes = {3: OptimizerSpec("Adam"), 50: OptimizerSpec()}
    step = min(step, count)
    losses, before = whole.losses.copy(), len(whole.frames)
    branch = whole.before(step)
    assert branch.last == step - 1
    assert set(branch.changes) == {at for at in whole.changes if at < step}
    assert [f.step for f in branch.frames] == [f.step for f in whole.frames if f.step < step]
    more = np.arange(step, step + 30, dtype=float)[:, None]
    branch.extend(more[:, 0], more, -more)
    assert branch.losses.tolist() == list(range(step + 30))
    for k in {0, branch.last, branch.nearest(step), branch.nearest(step // 2)}:
        assert branch.parameters(k)[0] == k
        assert branch.gradients(k)[0] == -k
    _, y = branch.loss_curve(0, branch.last, 5)
    assert y.max() == branch.last
    assert np.array_equal(whole.losses, losses)
    assert len(whole.frames) == before


def test_columns_can_come_later() -> None:
    history = History(("x",), "float64")
    history.extend(np.array([1.0, 2.0]), np.array([[5.0], [6.0]]), np.array([[0.5], [0.6]]))
    history.widen(("x", "y"))
    history.extend(np.array([3.0]), np.array([[7.0, 8.0]]), np.array([[0.7, 0.8]]))
    assert history.columns == ("x", "y")
    assert np.array_equal(history.parameters(1), [6.0, np.nan], equal_nan=True)
    assert np.array_equal(history.gradients(2), [0.7, 0.8])
    assert history.last == 2


def test_an_empty_record_can_be_widened() -> None:
    history = History((), "float64")
    history.widen(("x",))
    history.extend(np.array([1.0]), np.array([[5.0]]), np.array([[0.5]]))
    assert history.parameters(0) == [5.0]
