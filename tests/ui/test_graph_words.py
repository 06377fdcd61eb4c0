"""What stands in the boxes of the graph, and how large they are."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PySide6.QtCore import QRectF

from gui_app.core.graph import Graph, Node, TensorView
from gui_app.ui.graph.badges import badges
from gui_app.ui.graph.cards import far_rows, measure, rows, strip_row
from gui_app.ui.graph.fonts import width
from gui_app.ui.graph.heat import MOST_COLUMNS, MOST_ROWS, cells_of, scale
from gui_app.ui.graph.notices import fitting
from gui_app.ui.graph.typeset import typeset
from gui_app.ui.graph.words import operation, shape_text, summary, tooltip, value_text
from gui_app.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")


def view(values: object) -> TensorView:
    array = np.array(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        numbers = array.min(), array.max(), array.mean(), np.sqrt((array**2).sum())
    return TensorView(array.shape, "float32", "cpu", *map(float, numbers), array)


def node(name: str = "AddBackward0", kind: str = "grad_fn", **rest: object) -> Node:
    return Node(0, name, kind, **{"shape": (), **rest})  # type: ignore[arg-type]


def texts_of(shown: Node, area: QRectF | None = None) -> list[str]:
    area = area or QRectF(0, 0, *measure(shown))
    return [text.text for text in typeset(rows(shown), area)[0]]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("AddBackward0", "Add"),
        ("NllLossBackward0", "NllLoss"),
        ("MyExpBackward", "MyExp"),
        ("Backward0", "Backward0"),
        ("CppFunction", "CppFunction"),
    ],
)
def test_the_operation_is_the_name_without_backward(name: str, told: str) -> None:
    assert operation(name) == told


def test_values_are_told_by_their_number_or_their_range() -> None:
    assert value_text(None) == ""
    assert value_text(view(40.0)) == "40"
    assert value_text(view([[2.5]])) == "2.5"
    assert value_text(view([1.0, -2.25])) == "-2.25 … 1"
    assert value_text(view([0.5, 0.5])) == "all 0.5"
    assert value_text(TensorView((0,), "float32", "cpu", np.nan, np.nan, np.nan, 0.0, None)) == ""
    assert shape_text((3, 2)) == "3×2"
    assert shape_text(()) == "scalar"


def test_an_operation_shows_its_variable_its_name_in_full_its_value_and_gradient() -> None:
    shown = node(label="y", value=view(8.0), gradient=view(16.0))
    assert texts_of(shown) == ["y", "Add", "AddBackward0", "8", "grad", "16"]


def test_a_long_name_is_said_once_in_full() -> None:
    shown = node("BinaryCrossEntropyBackward0", label="loss")
    assert texts_of(shown) == ["loss", "BinaryCrossEntropyBackward0"]


def test_a_tensor_shows_shape_range_and_heat() -> None:
    shown = node("MmBackward0", shape=(2, 2), value=view([[1, -2], [3, 4]]), gradient=view([[0, 1], [0, 0]]))
    texts, heats = typeset(rows(shown), QRectF(0, 0, *measure(shown)))
    assert [text.text for text in texts] == ["Mm", "MmBackward0", "2×2", "-2 … 4", "grad", "0 … 1"]
    assert [heat.cells.tolist() for heat in heats] == [[[0.25, -0.5], [0.75, 1.0]], [[0, 1], [0, 0]]]
    assert heats[0].where.left() == heats[1].where.left(), "the strips stand in one column"


def test_a_leaf_and_its_strip() -> None:
    leaf = node("x", "leaf", value=view(1.0), gradient=view(64.0))
    assert texts_of(leaf) == ["x", "1"]
    assert [cell.text for cell in strip_row(leaf).right] == ["64"]
    quiet = node("AccumulateGrad", "accumulate")
    assert [cell.text for cell in strip_row(quiet).left] == ["AccumulateGrad"], "no gradient yet"
    assert texts_of(quiet) == ["AccumulateGrad"]


def test_far_numbers_are_rounded_rather_than_left_out() -> None:
    shown = node("MulBackward0", value=view(64500.0), gradient=view(-2.4037e-10))
    texts = typeset(far_rows(shown), QRectF(0, 0, *measure(shown)))[0]
    assert [text.text for text in texts] == ["Mul", "64500", "-2.4e-10"]


def test_saved_and_ghost_tell_their_remark() -> None:
    assert texts_of(node("self", "saved", shape=(8, 3), note="freed")) == ["self", "8×3", "freed"]
    assert texts_of(node("target", "ghost", note="not tracked")) == ["target", "not tracked"]


NODES = [
    node(),
    node(label="loss"),
    node("ScaledDotProductFlashAttentionForCpuBackward0", label="attention_output"),
    node("MmBackward0", shape=(128, 256)),
    node("x", "leaf"),
    node("weight", "leaf", shape=(64, 3, 7, 7)),
    node("AccumulateGrad", "accumulate"),
    node("AccumulateGrad", "accumulate", shape=(3, 2)),
    node("self", "saved", shape=(3, 2)),
    node("y", "ghost", shape=None, note="not tracked"),
]


@pytest.mark.parametrize("shown", NODES, ids=lambda n: f"{n.kind}-{n.name[:6]}-{n.shape}")
def test_the_size_does_not_depend_on_the_values_and_holds_them(shown: Node) -> None:
    values = view(np.full(shown.shape or (), -1.23456e-20))
    full = shown._replace(value=values, gradient=values)
    assert measure(full) == measure(shown)
    wide, high = measure(shown)
    area = QRectF(0, 0, wide, high)
    for text in typeset(rows(full), area)[0] + typeset(far_rows(full), area)[0]:
        assert text.x >= 0
        assert text.x + width(text.text, text.font) <= wide, text
        assert 0 < text.y < high


def test_a_number_is_never_cut() -> None:
    tiny = view(-1.23456e-20)
    for shown in (node(value=tiny, gradient=tiny), node(shape=(2,), value=view([-1.23e-20, 4.56e-19]))):
        for text in texts_of(shown):
            assert text == "Add" or "…" not in text.replace(" … ", "")
    assert texts_of(node(value=tiny, gradient=tiny))[2:] == ["-1.2e-20", "grad", "-1.2e-20"]


def test_the_size_is_the_same_from_another_thread() -> None:
    found: list[tuple[float, float]] = []
    thread = threading.Thread(target=lambda: found.extend(map(measure, NODES)))
    thread.start()
    thread.join()
    assert found == list(map(measure, NODES))


def test_the_tooltip_has_every_digit_and_no_markup_of_others() -> None:
    shown = node(
        "A<b>", label="y", dtype="float32", value=view(1 / 3), gradient=view([1.0, 2.5]), note="a & b"
    )
    text = tooltip(shown)
    for part in ("A&lt;b&gt;", "0.3333333333333333", "float32", "a &amp; b", "max 2.5", "mean 1.75"):
        assert part in text
    assert summary(shown) == "y, A<b>, value 0.33333, gradient 1 … 2.5, a & b"


@given(arrays(np.float64, array_shapes(max_dims=4, max_side=20)))
def test_heat_cells_are_few_and_bounded(elements: np.ndarray) -> None:
    cells = cells_of(view(elements))
    if elements.size < 2:
        assert cells is None
        return
    assert cells is not None
    assert 1 <= len(cells) <= MOST_ROWS
    assert 1 <= len(cells[0]) <= MOST_COLUMNS
    shown = cells[~np.isnan(cells)]
    assert ((shown >= -1) & (shown <= 1)).all()


@given(st.sampled_from([LIGHT, DARK]))
def test_the_heat_scale_tells_signs_apart(palette: object) -> None:
    colours = [colour.name() for colour in scale(palette)]  # type: ignore[arg-type]
    assert len(set(colours)) == len(colours) == 18


def test_a_tensor_without_numbers_has_its_form_alone() -> None:
    bare = TensorView((3,), "float32", "meta", np.nan, np.nan, np.nan, 0.0, None)
    shown = node("x", "leaf", shape=(3,), value=bare)
    assert value_text(bare) == ""
    assert "nan" not in "".join(texts_of(shown)).lower()
    assert "unknown" in tooltip(shown)


def test_a_change_that_was_not_counted_is_told_as_such() -> None:
    saved = node("result", "saved", version=0, changed=0)
    assert "not counted" in tooltip(saved)
    assert [badge.text for badge in badges(Graph((saved,), ()), {}, ())[0]] == ["! .data"]


@pytest.mark.parametrize(
    ("room", "told"),
    [
        (600.0, "Made from 5 nodes (solid lines), goes into 5 nodes (dashed lines)"),
        (300.0, "Made from 5 nodes, goes into 5 nodes"),
    ],
)
def test_a_caption_leaves_out_what_is_in_brackets_where_room_is_short(room: float, told: str) -> None:
    text = "Made from 5 nodes (solid lines), goes into 5 nodes (dashed lines)"
    assert fitting(text, room) == told
    short = fitting(text, 120.0)
    assert short.endswith("…")
    assert width(short, "value") <= 120.0
