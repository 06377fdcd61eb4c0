"""Geometry of the graph panel: zoom and offset, the grid of boxes, the tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF

from gui_app.core.layout import Box
from gui_app.ui.graph.hit import BoxIndex
from gui_app.ui.graph.labels import along, spots
from gui_app.ui.graph.minimap import is_worthwhile
from gui_app.ui.graph.scene import halved
from gui_app.ui.graph.view import LARGEST, LARGEST_FIT, SMALLEST, View, fitted

numbers = st.floats(-5_000, 5_000)
views = st.builds(View, st.floats(0.02, 5), numbers, numbers)
points = st.builds(QPointF, numbers, numbers)


@given(views, points, st.floats(0.1, 10))
def test_zoom_keeps_the_point_under_the_cursor(view: View, about: QPointF, factor: float) -> None:
    zoomed = view.zoomed(factor, about)
    before, after = view.to_picture(about), zoomed.to_picture(about)
    assert SMALLEST <= zoomed.zoom <= LARGEST
    assert after.x() == pytest.approx(before.x(), abs=1e-6 * (1 + abs(before.x())))
    assert after.y() == pytest.approx(before.y(), abs=1e-6 * (1 + abs(before.y())))


@given(st.floats(50, 20_000), st.floats(50, 20_000), st.floats(120, 2_000), st.floats(120, 2_000))
def test_a_fitted_picture_is_seen_whole_and_centred(pw: float, ph: float, sw: float, sh: float) -> None:
    picture, screen = QSizeF(pw, ph), QSizeF(sw, sh)
    view = fitted(picture, screen)
    shown = view.to_screen(QRectF(QPointF(0, 0), picture))
    assert view.zoom <= LARGEST_FIT
    assert shown.center().x() == pytest.approx(sw / 2)
    assert shown.center().y() == pytest.approx(sh / 2)
    if view.zoom > SMALLEST:
        assert QRectF(0, 0, sw, sh).contains(shown)


@given(views, numbers, numbers)
def test_what_is_revealed_is_seen(view: View, x: float, y: float) -> None:
    screen = QSizeF(800, 600)
    area = QRectF(x, y, 60, 40)
    moved = view.revealing(area, screen)
    assert moved.zoom == view.zoom
    assert moved.seen(screen).contains(area)
    assert moved.revealing(area, screen).dx == pytest.approx(moved.dx), "what is seen stays where it is"


@given(
    st.lists(st.tuples(numbers, numbers, st.floats(1, 900), st.floats(1, 900)), max_size=30),
    st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20),
)
def test_the_grid_finds_what_a_search_finds(
    areas: list[tuple[float, float, float, float]], places: list[tuple[float, float]]
) -> None:
    boxes = [Box(i, None, *area) for i, area in enumerate(areas)]
    index = BoxIndex(boxes)
    for x, y in places + [(box.x, box.y) for box in boxes]:
        there = [i for i, b in enumerate(boxes) if b.x <= x <= b.x + b.width and b.y <= y <= b.y + b.height]
        assert index.at(x, y) == (there[0] if there else -1)


@given(st.lists(st.tuples(numbers, numbers), max_size=200), st.integers(1, 40))
def test_halving_deals_out_every_point_once(centres: list[tuple[float, float]], most: int) -> None:
    groups = halved(np.array(centres).reshape(-1, 2), most)
    assert sorted(i for group in groups for i in group) == list(range(len(centres)))
    assert all(0 < len(group) <= most for group in groups)


def test_a_map_is_for_pictures_much_larger_than_the_screen() -> None:
    assert not is_worthwhile(QSizeF(1000, 800), QSizeF(1000, 800))
    assert is_worthwhile(QSizeF(4000, 800), QSizeF(1000, 800))


def test_the_way_along_a_wire() -> None:
    straight = np.array([[0, 0], [10, 0], [20, 0], [30, 0], [40, 0], [50, 0], [60, 0]], float)
    assert [along(straight, share) for share in (0, 0.25, 0.5, 1)] == [(0, 0), (15, 0), (30, 0), (60, 0)]


def test_numbers_on_wires_keep_clear_of_boxes_and_of_each_other() -> None:
    down = np.array([[0, 0], [0, 100], [0, 200], [0, 300]], float)
    middle = QRectF(-5, 140, 10, 20)
    found = spots([down, down], lambda room: not room.intersects(middle))
    assert found[0] != found[1]
    assert all(not middle.intersects(QRectF(x - 28, y - 7, 56, 14)) for x, y in found)
    assert spots([down], lambda _room: False) == [(0.0, 150.0)], "the middle where nothing is free"
