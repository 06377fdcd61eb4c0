"""The rules of the picture, one by one: chips, rows, spine, saved tensors, columns, and the bounds on the work."""

from __future__ import annotations

import gc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_layout import chain, check, crossings, line, made, overlaps, runs_through

from gui_app.core.graph import Graph
from gui_app.core.layout import Box, Cancelled, Placement, component, layout, usual_size
from gui_app.core.layout.chips import FEW_CONSUMERS, FEW_NODES, Link
from gui_app.core.layout.layers import Strata, levels, strata
from gui_app.core.layout.ordering import inversions
from gui_app.core.layout.packing import shelves
from gui_app.core.layout.placing import isotonic
from gui_app.core.layout.repetition import shortened
from gui_app.core.layout.routing import spread


def shared_weight(uses: int, length: int) -> Graph:
    """A chain of ``length`` nodes; a leaf enters every one of the first ``uses`` through its AccumulateGrad."""
    kinds = ["leaf", "accumulate", *["grad_fn"] * length]
    entries = [(1, 2 + index) for index in range(uses)]
    return made(kinds, [(0, 1), *entries, *((index, index + 1) for index in range(2, length + 1))])


def boxes_of(picture: Placement, node: int) -> list[Box]:
    return [box for box in picture.boxes if node in (box.node, box.also)]


def middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def straight(picture: Placement, edge: int) -> bool:
    wire = next(wire for wire in picture.wires if wire.edge == edge)
    return bool(np.ptp(wire.points[:, 0]) < 1e-9)


def test_a_leaf_and_its_accumulate_grad_are_one_box() -> None:
    picture = layout(shared_weight(1, 2))
    assert [(box.node, box.also) for box in picture.boxes] == [(0, 1), (2, None), (3, None)]
    assert [wire.edge for wire in picture.wires] == [1, 2]


@pytest.mark.parametrize(
    ("uses", "length", "shared", "chips"),
    [
        (FEW_CONSUMERS, 20, False, 1),
        (FEW_CONSUMERS + 1, 20, False, FEW_CONSUMERS + 1),
        (2, FEW_NODES, False, 2),
        (FEW_CONSUMERS + 1, FEW_NODES, True, 1),
    ],
)
def test_a_leaf_is_drawn_beside_each_of_many_consumers(
    uses: int, length: int, shared: bool, chips: int
) -> None:
    graph = shared_weight(uses, length)
    picture = layout(graph, shared=shared)
    check(graph, picture)
    found = boxes_of(picture, 0)
    assert len(found) == chips
    assert all(box.also == 1 for box in found)
    if chips == uses:
        for wire in picture.wires:
            source, target = picture.boxes[wire.source], picture.boxes[wire.target]
            if source.node == 0:
                assert 0 < target.y - source.y - source.height < 100


def test_saved_tensors_do_not_change_how_leaves_are_drawn() -> None:
    plain = shared_weight(2, FEW_NODES - 2)
    kinds = [node.kind for node in plain.nodes]
    edges = [(edge.source, edge.target) for edge in plain.edges]
    saved = made([*kinds, *["saved"] * 30], edges + [(len(kinds) + index, 5) for index in range(30)])
    assert len(boxes_of(layout(plain), 0)) == len(boxes_of(layout(saved), 0)) == 1


def test_two_uses_by_one_node_are_one_chip_and_two_wires_apart() -> None:
    picture = layout(made(["leaf", "accumulate", "grad_fn"], [(0, 1), (1, 2), (1, 2)]))
    assert len(picture.boxes) == 2
    first, second = (line(wire) for wire in picture.wires)
    assert np.hypot(*(first - second).T).min() >= 8


def test_coincident_edges_further_apart_are_both_seen() -> None:
    graph = made(["grad_fn"] * 4, [(0, 1), (1, 2), (0, 3), (0, 3), (2, 3)])
    picture = layout(graph)
    check(graph, picture)
    first, second = (
        line(wire) for wire in picture.wires if picture.boxes[wire.source].node == 0 and wire.edge > 0
    )
    assert min(np.hypot(*(point - second).T).min() for point in first) >= 4


def test_the_longest_path_is_a_straight_line_and_side_branches_stand_beside_it() -> None:
    graph = made(["grad_fn"] * 6, [(0, 1), (1, 2), (2, 4), (3, 4), (4, 5)])
    picture = layout(graph)
    boxes = {box.node: box for box in picture.boxes}
    assert len({middle(boxes[node])[0] for node in (0, 1, 2, 4, 5)}) == 1
    assert all(straight(picture, edge) for edge in (0, 1, 2, 4))
    assert boxes[3].y == boxes[2].y


def test_equal_branches_are_symmetric() -> None:
    picture = layout(made(["leaf", "leaf", "grad_fn", "grad_fn"], [(0, 2), (1, 2), (2, 3)]))
    left, right, join, _ = (middle(box)[0] for box in picture.boxes)
    assert left < join < right
    assert join - left == right - join


def test_inputs_stand_in_slot_order() -> None:
    picture = layout(made(["leaf"] * 5 + ["grad_fn"], [(index, 5) for index in (3, 1, 4, 0, 2)]))
    order = sorted((box for box in picture.boxes if box.node < 5), key=lambda box: box.x)
    assert [box.node for box in order] == [3, 1, 4, 0, 2]
    entries = [wire.points[-1, 0] for wire in picture.wires]
    assert entries == sorted(entries)
    assert len(set(entries)) == 5


def test_rows_and_boxes_keep_the_distances_of_the_grid() -> None:
    picture = layout(made(["leaf", "leaf", "grad_fn", "grad_fn"], [(0, 2), (1, 2), (2, 3)]))
    left, right, join, result = picture.boxes
    assert right.x - left.x - left.width == 24
    assert join.y - left.y - left.height == result.y - join.y - join.height == 40


def test_saved_tensors_stand_beside_their_node() -> None:
    graph = made(["grad_fn", "saved", "saved", "grad_fn"], [(0, 3), (1, 3), (2, 3)])
    picture = layout(graph)
    check(graph, picture)
    _, self_, other, host = picture.boxes
    assert middle(self_)[1] == middle(other)[1] == middle(host)[1]
    assert self_.x + self_.width < host.x
    assert other.x > host.x + host.width
    assert self_.height < host.height


def test_a_leaf_with_a_saved_tensor_beside_it_stays_one_box() -> None:
    graph = made(["leaf", "saved", *["grad_fn"] * 6], [(0, 1), *((0, index) for index in range(2, 8))])
    picture = layout(graph)
    check(graph, picture)
    assert len(boxes_of(picture, 0)) == 1


def test_to_the_right_is_down_turned_by_a_quarter() -> None:
    graph = shared_weight(3, 12)

    def turned(node: object) -> tuple[float, float]:
        width, height = usual_size(node)  # type: ignore[arg-type]
        return height, width

    down, right = layout(graph, measure=turned), layout(graph, orientation="right")
    assert (down.width, down.height) == (right.height, right.width)
    assert [(b.x, b.y) for b in down.boxes] == [(b.y, b.x) for b in right.boxes]
    assert all(
        np.array_equal(a.points, b.points[:, ::-1]) for a, b in zip(down.wires, right.wires, strict=True)
    )


def test_pieces_share_the_sheet_the_tallest_first() -> None:
    graph = made(["leaf", *["grad_fn"] * 5], [(index, index + 1) for index in range(1, 5)])
    picture = layout(graph)
    alone, first = picture.boxes[0], picture.boxes[1]
    assert first.x < alone.x
    assert first.y == alone.y == 0


def test_a_tall_picture_is_folded_into_columns_that_keep_its_direction() -> None:
    graph = chain(400)
    picture = layout(graph)
    assert 1 / 3 < picture.width / picture.height < 3
    columns = {box.x for box in picture.boxes}
    assert len(columns) > 5
    for x in columns:
        nodes = [box.node for box in sorted(picture.boxes, key=lambda box: box.y) if box.x == x]
        assert nodes == list(range(nodes[0], nodes[-1] + 1))


def test_a_wide_row_is_broken() -> None:
    count = 400
    graph = made(["leaf"] * count + ["grad_fn"], [(index, count) for index in range(count)])
    picture = layout(graph)
    check(graph, picture)
    assert overlaps(picture) == 0
    assert picture.width < count * (usual_size(graph.nodes[0])[0] + 24) / 4


def test_a_hundred_thousand_nodes() -> None:
    picture = layout(chain(100_000))
    assert len(picture.boxes) == 100_000
    assert len(picture.wires) == 99_999
    assert 1 / 3 < picture.width / picture.height < 3


def test_a_dense_graph_falls_back_to_a_grid() -> None:
    graph = made(["grad_fn"] * 150, [(s, t) for t in range(150) for s in range(t)])
    picture = layout(graph)
    check(graph, picture)
    assert overlaps(picture) == 0
    long = [
        wire for wire in picture.wires if graph.edges[wire.edge].target - graph.edges[wire.edge].source > 1
    ]
    assert max(len(wire.points) for wire in long) <= 10


@pytest.mark.parametrize("after", [0, 1, 5, 10])
def test_it_can_be_cancelled(after: int) -> None:
    asked = iter(range(1_000_000))
    with pytest.raises(Cancelled):
        layout(
            made(["grad_fn"] * 40, [(s, t) for t in range(40) for s in range(t % 7, t, 5)]),
            cancelled=lambda: next(asked) >= after,
        )


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        levels(2, [Link(0, 0, 1), Link(1, 1, 0)])


def test_private_subtrees_go_down_to_their_consumer() -> None:
    links = [(0, 1), (1, 2), (2, 3), (3, 6), (4, 5), (5, 6)]
    assert levels(7, [Link(i, *link) for i, link in enumerate(links)]) == [0, 1, 2, 3, 2, 3, 4]


def test_the_longest_links_get_no_dummies_once_there_are_too_many() -> None:
    level = [0, 1, 2, 3, 4]
    links = [Link(0, 0, 2), Link(1, 1, 3), Link(2, 0, 4), *(Link(3 + i, i, i + 1) for i in range(4))]
    assert strata(level, links, 5).loose == [False] * 7
    assert strata(level, links, 4).loose == [False, False, True, *[False] * 4]
    assert strata(level, links, 1).loose == [True, True, True, *[False] * 4]


@given(st.lists(st.integers(0, 9), max_size=30))
def test_inversions_are_counted(sequence: list[int]) -> None:
    pairs = ((i, j) for j in range(len(sequence)) for i in range(j))
    assert inversions(sequence) == sum(sequence[i] > sequence[j] for i, j in pairs)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 10)), max_size=12))
def test_isotonic_regression_rises_and_cannot_be_improved(pairs: list[tuple[float, float]]) -> None:
    wanted, weights = [value for value, _ in pairs], [weight for _, weight in pairs]
    found = list(isotonic(wanted, weights))
    assert all(b - a >= -1e-9 for a, b in pairwise(found))
    # Optimal: within each level set the residuals balance, and no upper part of one wants to go down alone.
    for value in set(found):
        pulls = [w * (d - f) for d, w, f in zip(wanted, weights, found, strict=True) if f == value]
        sums = np.cumsum(pulls)
        assert abs(sums[-1]) < 1e-6
        assert (sums > -1e-6).all()


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=9).map(sorted), st.floats(4, 200))
def test_wires_keep_their_order_and_stay_on_their_side(aside: list[float], half: float) -> None:
    places = spread(aside, half)
    assert places == sorted(places)
    assert all(abs(place) <= half for place in places)


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 500)), min_size=1, max_size=12))
def test_shelves_do_not_overlap(sizes: list[tuple[float, float]]) -> None:
    areas = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(shelves(sizes), sizes, strict=True)]
    for index, a in enumerate(areas):
        for b in areas[:index]:
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]


def boxes_at(picture: Placement) -> list[tuple[int, float, float]]:
    return sorted((box.node, box.x, box.y) for box in picture.boxes)


@pytest.mark.parametrize("rounds", [60, 200])
def test_a_graph_that_repeats_itself_looks_as_if_all_of_it_had_been_placed(
    rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds of a spine of two nodes, a side branch and a link past them."""
    kinds, edges = ["grad_fn"], []
    for turn in range(rounds):
        first = 4 * turn + 1
        kinds += ["grad_fn", "leaf", "grad_fn", "grad_fn"]
        last = first - 1
        edges += [
            (last, first),
            (first + 1, first + 2),
            (first, first + 3),
            (first + 2, first + 3),
            (last, first + 3),
        ]
    graph = made(kinds, edges)
    short = layout(graph)
    monkeypatch.setattr(component, "shortened", lambda *_: None)
    full = layout(graph)
    assert boxes_at(short) == boxes_at(full)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(short.wires, full.wires, strict=True))


def test_repetitions_are_left_out_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(grid: Strata, *others: object) -> object:
        found = shortened(grid, *others)  # type: ignore[arg-type]
        seen.append(len(found.strata.level) if found else -1)
        return found

    monkeypatch.setattr(component, "shortened", watched)
    check(chain(2000), layout(chain(2000)))
    assert 0 < seen[0] < 100


def test_several_repetitions_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain, rounds with a way around, and a chain of other boxes: each is left out for itself."""
    kinds, edges = ["grad_fn"] * 101, [(index, index + 1) for index in range(100)]
    for _ in range(60):
        last = len(kinds) - 1
        kinds += ["grad_fn"] * 3
        edges += [(last, last + 1), (last + 1, last + 2), (last + 2, last + 3), (last, last + 3)]
    first = len(kinds) - 1
    kinds += ["saved", "grad_fn"] * 80
    for index in range(first + 1, len(kinds), 2):
        edges += [(index, index + 1), (max(index - 1, first), index + 1)]
    graph = made(kinds, edges)
    gaps: list[int] = []

    def watched(*asked: object) -> object:
        found = shortened(*asked)  # type: ignore[arg-type]
        gaps.append(len(found.gaps) if found else 0)
        return found

    monkeypatch.setattr(component, "shortened", watched)
    picture = layout(graph)
    assert gaps == [3]
    check(graph, picture)
    assert overlaps(picture) == runs_through(picture) == crossings(picture) == 0


def test_what_was_untracked_is_drawn_beside_each_consumer() -> None:
    kinds = ["ghost", *["grad_fn"] * 50]
    entries = [(0, index) for index in range(1, 51)]
    graph = made(kinds, entries + [(index, index + 1) for index in range(1, 50)])
    picture = layout(graph)
    check(graph, picture)
    assert len(boxes_of(picture, 0)) == 50


def test_a_failed_operation_stands_below_its_operands() -> None:
    graph = made(["leaf", "leaf", "grad_fn", "failed"], [(0, 2), (1, 3), (2, 3)])
    boxes = {box.node: box for box in layout(graph).boxes}
    assert boxes[3].y > boxes[2].y > boxes[0].y


def test_pieces_keep_their_order_where_they_were() -> None:
    """A piece that has become the tallest does not go to the front."""
    before = layout(made(["grad_fn"] * 6, [(1, 2), (3, 4), (4, 5)]))
    longer = made(["grad_fn"] * 9, [(1, 2), (3, 4), (4, 5), (2, 6), (6, 7), (7, 8)])

    def read(picture: Placement) -> list[int]:
        return sorted((0, 1, 3), key=lambda node: (picture.boxes[node].y, picture.boxes[node].x))

    assert read(before) == read(layout(longer, near=before)) == [3, 1, 0]
    assert read(layout(longer)) == [1, 3, 0]


@pytest.mark.parametrize("searching", [True, False])
def test_the_search_for_garbage_rests_during_a_layout(searching: bool) -> None:
    seen: list[bool] = []

    def cancelled() -> bool:
        seen.append(gc.isenabled())
        return len(seen) > 3

    before = gc.isenabled()
    try:
        (gc.enable if searching else gc.disable)()
        with pytest.raises(Cancelled):
            layout(shared_weight(1, 40), cancelled=cancelled)
        assert gc.isenabled() == searching
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [searching, False, False, False]
