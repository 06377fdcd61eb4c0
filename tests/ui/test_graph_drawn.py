"""What is drawn of a recorded graph, and how it is compared with that of another step."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from graph_parts import Builder, chain, kinds, view
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.fault import Span
from gui_app.core.graph import Edge, Graph
from gui_app.core.rolling import blocks
from gui_app.ui.graph.badges import NEW, spread
from gui_app.ui.graph.cards import measure, rows
from gui_app.ui.graph.changes import BlockKey, counted, keys, told
from gui_app.ui.graph.drawn import LONG, MANY, Folding, draw, plain, without_saved
from gui_app.ui.graph.flow import levels
from gui_app.ui.graph.ink import FLOW_LEVELS
from gui_app.ui.graph.search import BadPattern, matches, texts
from gui_app.ui.graph.shapes import styles

SIZES = st.floats(1e-30, 1e30)


def kinds_of(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes]


def test_saved_tensors_are_hidden_and_found_at_the_node_that_keeps_them() -> None:
    graph = kinds()
    bare, of, changed = without_saved(graph)
    assert "saved" not in kinds_of(bare)
    assert [node.id for node in bare.nodes] == list(range(len(bare.nodes)))
    names = [node.name for node in bare.nodes]
    assert [names[new] for new in of] == [
        n.name if n.kind != "saved" else "MulBackward0" for n in graph.nodes
    ]
    assert len(bare.edges) == len(graph.edges) - 2
    assert [bare.nodes[node].name for node in changed] == ["MulBackward0"]
    assert bare.nodes[of[8]].derivative_of == of[5]
    assert bare.roots == (of[10],)


def test_a_small_graph_starts_open_and_a_large_one_rolled_up() -> None:
    small, large = chain(LONG - 1), chain(MANY // 3 + 1)
    assert draw(small, Folding(), saved=False).closed == ()
    drawn = draw(large, Folding(), saved=False)
    assert kinds_of(drawn.graph).count("block") == len(drawn.closed) == 1
    block = next(node for node in drawn.graph.nodes if node.kind == "block")
    assert block.label == f"× {MANY // 3 + 1}"
    assert drawn.whole == len(large.nodes) - (MANY // 3 + 1)


def test_every_recorded_node_has_its_place_in_the_drawn_graph_and_back() -> None:
    graph = chain(60)
    for folding in (Folding(), Folding(all_shut=False)):
        drawn = draw(graph, folding, saved=False)
        assert sorted(node for own in drawn.members for node in own) == list(range(len(graph.nodes)))
        assert all(node in drawn.members[drawn.of[node]] for node in range(len(graph.nodes)))
        assert len(drawn.identity.keys) == len(drawn.identity.homes) == len(drawn.graph.nodes)


def test_opening_and_closing_by_the_users_word() -> None:
    graph = chain(60)
    found = blocks(without_saved(graph)[0])
    short = chain(2)
    outer = found[0].key
    everything = frozenset(block.key for block in found)
    folding = Folding()
    assert folding.closed(found, graph) == everything
    assert folding.closed(blocks(short), short) == frozenset()
    assert folding.open(outer).closed(found, graph) == everything - {outer}
    assert Folding(frozenset(), frozenset({outer}), False).closed(found, graph) == {outer}
    assert Folding(all_shut=False).closed(found, graph) == frozenset()
    opened = draw(graph, folding.open(outer), saved=False)
    assert {block.parent for block in opened.closed} == {outer}
    inside = [homes for homes in opened.identity.homes if homes]
    assert set(inside) == {(outer,)}
    assert BlockKey(outer) in draw(graph, folding, saved=False).identity.keys


def test_a_plain_graph_is_drawn_as_it_is() -> None:
    graph = kinds()
    drawn = plain(graph)
    assert drawn.graph is drawn.recorded is graph
    assert list(drawn.of) == [own[0] for own in drawn.members] == list(range(len(graph.nodes)))


def test_badges_tell_what_is_unusual() -> None:
    graph = kinds()
    shown = plain(graph).badges
    assert {node: [badge.text for badge in own] for node, own in shown.items()} == {
        0: ["hook"],
        3: ["! 0 → 1"],
        5: ["2 hooks"],
        8: ["f\u2009′"],
        9: ["f\u2009″"],
    }
    hidden = draw(graph, Folding(), saved=False)
    of_mul = hidden.badges[hidden.of[5]]
    assert [badge.text for badge in of_mul] == ["2 hooks", "! 0 → 1"], "the hidden tensor warns at its node"


def test_badges_stand_side_by_side_on_the_rim(qapp: object) -> None:  # noqa: ARG001 - fonts need it
    from PySide6.QtCore import QRectF

    shown = (*plain(kinds()).badges[5], *plain(kinds()).badges[3], NEW)
    areas = [area for area, _ in spread(QRectF(0, 0, 160, 48), shown)]
    assert all(not a.intersects(b) for a in areas for b in areas if a is not b)
    assert all(area.top() < 0 < area.bottom() < 8 for area in areas)


def test_a_longer_loop_has_new_nodes_and_says_so() -> None:
    before, now = chain(3), chain(5)
    new = counted(now) - counted(before)
    assert len(new) == 6
    assert told(counted(now), counted(before), 41) == "6 nodes more than at step 41"
    assert told(counted(before), counted(now), 7) == "6 nodes fewer than at step 7"
    assert told(counted(now), counted(now), 7) == ""
    other = replace(now, nodes=(*now.nodes[:-1], now.nodes[-1]._replace(name="MeanBackward0")))
    assert told(counted(other), counted(now), 1_000) == "1 node new and 1 gone since step 1,000"
    drawn = draw(now, Folding(all_shut=False), saved=False, before=counted(before))
    marked = [node for node, own in drawn.badges.items() if NEW in own]
    assert {drawn.graph.nodes[node].repeat for node in marked} == {3, 4}
    assert len(marked) == 6


def test_a_script_that_does_the_same_at_every_step_has_nothing_new() -> None:
    before = chain(2)
    now = replace(
        before,
        nodes=tuple(n if n.repeat is None else n._replace(repeat=n.repeat + 2) for n in before.nodes),
    )
    assert told(counted(now), counted(before), 3) == ""
    assert not draw(now, Folding(), saved=False, before=counted(before)).badges


@pytest.mark.parametrize("again", [LONG - 1, LONG])
def test_a_long_loop_starts_rolled_up_and_keeps_the_colour_of_the_result(again: int) -> None:
    b = Builder()
    last = b.leaf("x")
    for number in range(again):
        at = {"span": Span(3, 8, 3, 13), "value": view(2.0**number), "gradient": view(1.0)}
        last = b("MulBackward0", ins=(last,), label="y", repeat=number, **at)
    drawn = draw(b.graph(last), Folding(), saved=False)
    assert len(drawn.closed) == (again == LONG)
    if again == LONG:
        block = drawn.graph.nodes[drawn.graph.roots[0]]
        assert (block.kind, block.label) == ("block", f"× {LONG}")
        assert styles(drawn.graph)[block.id] == "root block"
        written = [cell.text for row in rows(block) for cell in (*row.left, *row.right)]
        assert written == [f"× {LONG}", "Mul", str(2 ** (LONG - 1)), "grad", "1"]
        assert measure(block) == measure(block._replace(value=None, gradient=None))


def test_keys_tell_equal_nodes_apart() -> None:
    graph = kinds()
    assert len(set(keys(graph))) == len(graph.nodes)


@given(st.lists(st.one_of(st.none(), SIZES, st.just(0.0)), min_size=1, max_size=30))
def test_levels_rise_with_the_gradient(sizes: list[float | None]) -> None:
    b = Builder()
    end = b("AddBackward0")
    edges = tuple(Edge(end, end, slot, 0, None if s is None else view(s)) for slot, s in enumerate(sizes))
    (least, most), found = levels(Graph(tuple(b.nodes), edges))
    assert [level == -1 for level in found] == [size is None for size in sizes]
    known = sorted((size, int(level)) for size, level in zip(sizes, found, strict=True) if size is not None)
    assert [level for _, level in known] == sorted(level for _, level in known)
    assert all(0 <= level < FLOW_LEVELS for _, level in known)
    positive = [size for size, _ in known if size > 0]
    if positive:
        assert most == pytest.approx(max(positive))
        assert least >= most * 1e-12 * 0.999
        assert dict(known)[max(positive)] == FLOW_LEVELS - 1


def test_what_is_not_finite_is_shown_as_the_strongest() -> None:
    b = Builder()
    end = b("AddBackward0")
    bad = [view(1.0), view(2.0), replace(view(1.0), norm=np.inf), replace(view(1.0), norm=np.nan)]
    edges = tuple(Edge(end, end, slot, 0, gradient) for slot, gradient in enumerate(bad))
    top = FLOW_LEVELS - 1
    assert levels(Graph(tuple(b.nodes), edges))[1].tolist() == [0, top, top, top]


def test_nodes_are_found_by_name_variable_note_and_shape() -> None:
    b = Builder()
    b("w", "leaf", label="w", shape=(3, 2))
    b("MulBackward0", label="loss")
    b("detach", "ghost", note="not tracked")
    written = texts(b.graph())
    for wanted, found in (
        ("mul", [1]),
        ("LOSS", [1]),
        ("tracked", [2]),
        ("3×2", [0]),
        ("[3, 2]", [0]),
        ("", []),
    ):
        assert matches(written, wanted, pattern=False) == found
    assert matches(written, ".", pattern=False) == []


def test_letters_within_accumulate_grad_are_not_found() -> None:
    written = ["x", "AccumulateGrad", "MulBackward0\nMul", "× 3\nAccumulateGrad\nMul"]
    assert matches(written, "mul", pattern=False) == [2, 3]
    assert matches(written, "m.l", pattern=True) == [2, 3]
    for wanted in ("acc", "grad", "AccumulateGrad"):
        assert matches(written, wanted, pattern=False) == [1, 3]


def test_a_pattern_is_matched_line_by_line() -> None:
    written = ["w", "MulBackward0", "detach"]
    assert matches(written, "^(w|mul.*0)$", pattern=True) == [0, 1]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(mul", "( is not closed"), ("mul)", ") without"), ("[ab", "[ is not closed"), ("*", "nothing before")],
)
def test_a_bad_pattern_is_told_in_words(pattern: str, words: str) -> None:
    with pytest.raises(BadPattern, match=words.replace("(", r"\(").replace(")", r"\)").replace("[", r"\[")):
        matches(["a"], pattern, pattern=True)


@given(st.text(max_size=12))
def test_any_pattern_is_read_or_explained(pattern: str) -> None:
    with suppress(BadPattern):
        assert matches(["MulBackward0\nMul"], pattern, pattern=True) in ([], [0])


def test_what_is_rolled_up_is_found_at_its_block() -> None:
    drawn = draw(chain(60), Folding(), saved=False)
    written = texts(drawn.graph, drawn.members, drawn.recorded)
    found = matches(written, "tanh", pattern=False)
    assert [drawn.graph.nodes[node].kind for node in found] == ["block"]
