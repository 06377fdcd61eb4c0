"""What the descent panel is made of: elements, stretches, levels, contours, labels."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.experiment import Distribution, Experiment, ParameterSpec
from gui_app.core.history import History
from gui_app.core.landscape import Axis, Landscape
from gui_app.ui.curves.reading import GAP, LEAST_GAP, placed
from gui_app.ui.curves.span import Span
from gui_app.ui.descent.elements import Element, count, first_elements
from gui_app.ui.descent.extent import first_extent, widened
from gui_app.ui.descent.field import Field
from gui_app.ui.descent.levels import VIRIDIS, colours, levels
from gui_app.ui.descent.record import Record
from gui_app.ui.descent.traces import spread
from gui_app.ui.descent.trail import FARTHEST, within_reach
from gui_app.ui.theme import GRID


def test_elements_are_the_trained_numbers_in_the_order_of_the_columns() -> None:
    experiment = Experiment(
        parameters=(
            ParameterSpec("a", 3.0, reference=4.0),
            ParameterSpec("c", 9.0, requires_grad=False),
            ParameterSpec("W", ((1.0, 2.0), (5.0, 6.0))),
            ParameterSpec("r", None, (2,), Distribution()),
        )
    )
    found = first_elements(experiment, 6)
    assert count(experiment) == 7
    assert [element.name for element in found] == ["a", "W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "r[0]"]
    assert [element.column for element in found] == [0, 1, 2, 3, 4, 5]
    assert [element.start for element in found[:5]] == [3.0, 1.0, 2.0, 5.0, 6.0]
    assert math.isnan(found[5].start)
    assert found[0].reference == 4.0
    names = [name for spec in experiment.trained for name in spec.element_names()]
    assert [element.name for element in first_elements(experiment, 99)] == names


def test_elements_of_a_huge_parameter_are_found_at_once() -> None:
    experiment = Experiment(parameters=(ParameterSpec("W", None, (3000, 3000), Distribution()),))
    assert [element.name for element in first_elements(experiment, 3)] == ["W[0,0]", "W[0,1]", "W[0,2]"]


def test_first_extent() -> None:
    assert first_extent(Element("x", 0, 1.0, view=(-2.0, 3.0)), 1.0) == Span(-2.0, 3.0)
    around = first_extent(Element("x", 0, 1.0, 3.0), 1.0)
    assert around.low < 1.0 < 3.0 < around.high
    assert first_extent(Element("x", 0), math.nan) == Span(-1.0, 1.0)
    assert first_extent(Element("x", 0), 100.0) == Span(50.0, 150.0)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20))
def test_extent_follows_the_run_and_never_clamps(values: list[float]) -> None:
    scale = widened(Span(-1.0, 1.0), np.array(values))
    assert scale.low <= -1.0
    assert scale.high >= 1.0
    assert math.isfinite(scale.length)
    for value in values:
        if abs(value) < 1e300:
            assert scale.low <= value <= scale.high


def test_extent_rests_while_the_run_stays_inside() -> None:
    scale = Span(-1.0, 1.0)
    assert widened(scale, np.array([0.5, math.nan, -1.0])) is scale


def grid(function: object, low: float, high: float, n: int = 64) -> Landscape:
    axes = (Axis(0, low, high, n), Axis(1, low, high, n))
    return Landscape(axes, np.asarray(function(axes[0].values[:, None], axes[1].values[None, :])))


SURFACES = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    "himmelblau": lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    "saddle": lambda x, y: x * x - y * y,
    "bowl": lambda x, y: x * x + y * y,
    "tiny": lambda x, y: 1e-30 * (x * x + y * y),
    "huge": lambda x, y: 1e290 * (x**4 + y),
    "lifted": lambda x, y: 1e6 + x * x * y * y,
}


@pytest.mark.parametrize("name", SURFACES)
def test_levels_divide_every_surface(name: str) -> None:
    values = grid(SURFACES[name], -3.0, 3.0).values
    chosen = levels(values)
    assert (np.diff(chosen) > 0).all()
    assert 6 <= len(chosen) <= 45
    shares = np.histogram(values, [-np.inf, *chosen[1:-1], np.inf])[0] / values.size
    assert shares.max() < 0.6


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40))
def test_levels_of_any_numbers_rise(values: list[float]) -> None:
    chosen = levels(np.array(values))
    assert np.isfinite(chosen).all()
    assert (np.diff(chosen) > 0).all()


def test_levels_of_a_plain_are_none() -> None:
    assert not len(levels(np.full((5, 5), 2.0)))
    assert not len(levels(np.full((5, 5), np.nan)))


def test_colours_run_from_end_to_end() -> None:
    made = colours(7)
    assert (made[0], made[-1], len(made)) == (VIRIDIS[0], VIRIDIS[-1], 7)


def test_contours_lie_on_their_level_and_leave_holes_where_nothing_is_defined() -> None:
    def objective(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(x < -1, np.nan, np.where(y > 2.5, np.inf, x * x + y * y))

    field = Field.of(grid(objective, -3.0, 3.0, 161))
    assert len(field.areas) == len(field.colours) == len(field.lines) + 1
    for level, lines in zip(field.levels[1:-1], field.lines, strict=True):
        for line in lines:
            assert np.hypot(line[:, 0], line[:, 1]) ** 2 == pytest.approx(level, abs=0.05)
    everything = np.concatenate(field.areas[0])
    assert everything[:, 0].min() == pytest.approx(-1.0, abs=0.05)
    assert everything[:, 1].max() == pytest.approx(2.5, abs=0.05)


def test_contours_of_nothing() -> None:
    field = Field.of(grid(lambda x, y: np.nan * x * y, -1.0, 1.0))
    assert field.areas == []


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30).map(sorted))
def test_labels_are_spread_in_order_and_inside(places: list[float]) -> None:
    moved = spread(places, 10.0, 0.0, 100.0)
    gap = min(10.0, 100.0 / max(len(places) - 1, 1))
    assert len(moved) == len(places)
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in moved)
    assert all(after - before >= gap - 1e-6 for before, after in pairwise(moved))


def test_labels_that_do_not_collide_stay() -> None:
    assert spread([10.0, 40.0, 41.0], 10.0, 0.0, 100.0) == pytest.approx([10.0, 35.5, 45.5])
    assert spread([], 10.0, 0.0, 100.0) == []


@given(st.lists(st.floats(1, 200), max_size=6), st.floats(10, 120), st.floats(130, 900))
def test_a_reading_shows_what_there_is_room_for(widths: list[float], left: float, right: float) -> None:
    shown = placed(widths, left, right)
    if sum(widths) + LEAST_GAP * max(len(widths) - 1, 0) <= right - GRID:
        assert [piece for piece, _ in shown] == list(range(len(widths)))
    for piece, x in shown:
        assert x >= GRID
        assert x + widths[piece] <= right + 0.5
    for (piece, x), (_, following) in pairwise(shown):
        assert x + widths[piece] + LEAST_GAP <= following + 1e-9


def test_a_reading_stands_above_the_plot_unless_it_is_too_long() -> None:
    assert placed([50, 50], 64, 400) == [(0, 64), (1, 64 + 50 + GAP)]
    assert [piece for piece, _ in placed([60, 500, 60], 64, 300)] == [0, 2]


def run(steps: int, columns: int = 2) -> History:
    history = History(tuple(f"p{i}" for i in range(columns)), "float64", row_budget=200_000)
    rows = np.linspace(0, 1, steps)[:, None] * np.ones(columns)
    history.extend(np.linspace(1, 0, steps), rows, rows)
    return history


def test_record_reads_the_nearest_step_that_has_a_row() -> None:
    record = Record([Element("p0", 0), Element("p1", 1)], run(100_001))
    assert record.history is not None
    assert record.history.stride > 1
    record.update(50_001)
    assert record.step % record.history.stride == 0
    assert abs(record.step - 50_001) <= record.history.stride
    values, gradients, loss = record.at(record.step)
    assert values[0] == gradients[0] == pytest.approx(1 - loss)
    assert record.steps[-1] == 100_000
    assert len(record.steps) <= record.most + 1
    steps, path = record.detailed(Span(20_000, 21_000))
    assert steps[0] <= 20_000
    assert steps[-1] >= 20_990
    assert len(steps) == len(path)
    assert np.diff(steps).max() == record.history.stride


def test_record_of_another_experiment_is_empty() -> None:
    record = Record([Element("p0", 0), Element("p5", 5)], run(10))
    record.update(3)
    assert not record.filled
    assert len(record.path) == 0
    assert np.isnan(record.at(3)[0]).all()


@given(
    st.lists(
        st.tuples(
            st.floats(-1e20, 1e20) | st.floats(-900, 900), st.floats(-1e20, 1e20) | st.floats(-900, 900)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_a_line_is_cut_where_it_goes_too_far(points: list[tuple[float, float]]) -> None:
    path = np.array(points)
    xs, ys = within_reach(path[:, 0], path[:, 1])
    known = np.isfinite(xs)
    assert np.all(np.abs(xs[known]) <= FARTHEST * 1.001)
    assert np.all(np.abs(ys[known]) <= FARTHEST * 1.001)
    if np.abs(path).max() <= FARTHEST:
        assert np.array_equal(np.stack((xs, ys), 1), path)
    kept = {tuple(point) for point in np.stack((xs, ys), 1)[known].tolist()}
    pairs = pairwise(points)
    near = [p for pair in pairs if all(max(map(abs, q)) <= FARTHEST for q in pair) for p in pair]
    assert all(any(np.allclose(p, q, atol=1e-6) for q in kept) for p in near)


def test_a_line_that_leaves_and_comes_back_keeps_both_ends() -> None:
    xs, ys = within_reach(np.array([0.0, 1e19, 10.0]), np.array([5.0, 5.0, 5.0]))
    assert np.nan_to_num(xs, nan=-1.0).tolist() == [0.0, FARTHEST, -1.0, 10.0, FARTHEST, -1.0]
    assert np.all(ys[np.isfinite(ys)] == 5.0)
