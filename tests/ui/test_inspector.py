"""The inspector: what it says of a node, in words, formulas and pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication, QPushButton, QToolTip
from pytestqt.qtbot import QtBot

from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.rules import RULES
from gui_app.core.rules.maths import Cases, Fraction, Maths, Row, Text
from gui_app.core.rules.notation import typeset
from gui_app.ui.inspector.boxes import Box
from gui_app.ui.inspector.browser import SOFT
from gui_app.ui.inspector.charts import HeatMap, Histogram
from gui_app.ui.inspector.figures import Equation, Formula
from gui_app.ui.inspector.inspector import EMPTY, WIDE, Inspector
from gui_app.ui.inspector.subject import Subject
from gui_app.ui.inspector.typesetting import box_of, lines_of
from gui_app.ui.theme import DARK, LIGHT, Palette

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

PROGRAM = "y = 2*x*x\nz = 5*y"


def view(*elements: object) -> TensorView:
    array = np.array(elements[0] if len(elements) == 1 else elements, dtype=np.float64)
    with np.errstate(all="ignore"):
        numbers = array.min(), array.max(), array.mean(), float(np.linalg.norm(array))
    return TensorView(array.shape, "float32", "cpu", *numbers, array)


def chain() -> Graph:
    """z = 5*y with y = x*x, and what nobody knows of it: x enters a product twice."""
    nodes = (
        Node(0, "x", "leaf", (), "float32", "cpu", "x", value=view(10.0), gradient=view(100.0)),
        Node(1, "AccumulateGrad", "accumulate", (), "float32", "cpu", value=view(10.0), gradient=view(100.0), order=2),
        Node(2, "self", "saved", (), "float32", "cpu", value=view(10.0), version=0, alias=0),
        Node(3, "other", "saved", (), "float32", "cpu", value=view(10.0), version=0, changed=1, alias=0),
        Node(4, "MulBackward0", "grad_fn", (), "float32", "cpu", "y", Span(1, 4, 1, 9), view(100.0), view(5.0), order=1
        ),
        Node(5, "MulBackward0", "grad_fn", (), "float32", "cpu", "z", Span(2, 4, 2, 7), view(500.0), view(1.0), order=0
        ),
        Node(6, "other", "saved", (), "float32", "cpu", value=view(5.0), version=0),
        Node(7, "MysteryBackward0", "grad_fn", (2, 2), "float32", "cpu", value=view([[1.0, 2.0], [3.0, 1 / 3]])),
    )  # fmt: skip
    edges = (
        Edge(0, 1, 0, gradient=view(100.0)),
        Edge(1, 4, 0, gradient=view(50.0)),
        Edge(2, 4, 0),
        Edge(1, 4, 1, gradient=view(50.0)),
        Edge(3, 4, 1),
        Edge(4, 5, 0, gradient=view(5.0)),
        Edge(6, 5, 0),
        Edge(5, 7, 0),
    )
    return Graph(nodes, edges, (5,), (5, 4, 1))


def alone(node: Node, failure: Fault | None = None) -> Graph:
    return Graph((node,), (), failure=failure)


@pytest.fixture
def inspector(qtbot: QtBot) -> Inspector:
    made = Inspector(LIGHT)
    qtbot.addWidget(made)
    made.resize(320, 500)
    made.show()
    return made


def said(inspector: Inspector) -> str:
    """The page as it is copied, without its formulas and pictures."""
    return inspector.text.toPlainText().replace(SOFT, "")


def formulas(inspector: Inspector) -> str:
    figures = [figure for figure, _ in inspector.text.painter.figures.values()]
    return "\n".join(figure.plain() for figure in figures if isinstance(figure, Formula))


def copied(inspector: Inspector) -> str:
    inspector.text.selectAll()
    inspector.text.copy_selection()
    return QApplication.clipboard().text()


# Pages


def test_nothing_chosen_says_what_to_do(inspector: Inspector) -> None:
    assert inspector._empty.text() == EMPTY
    assert inspector._empty.isVisible()
    inspector.show_node(chain(), 4)
    assert not inspector._empty.isVisible()
    for graph, node in ((chain(), None), (None, 3), (chain(), 99), (chain(), -1)):
        inspector.show_node(graph, node)
        assert inspector._empty.isVisible()


def test_a_product_with_its_numbers(inspector: Inspector) -> None:
    inspector.show_node(chain(), 4)
    assert formulas(inspector).split("\n") == [
        "y = x · x",
        "= 10.0 · 10.0 = 100.0",
        "∂z/∂x += ∂z/∂y · x",
        "= 5.0 · 10.0 = 50.0",
        "∂z/∂x += ∂z/∂y · x",
        "= 5.0 · 10.0 = 50.0",
    ]
    text = said(inspector)
    for part in (
        "y",
        "Product · MulBackward0",
        "scalar · float32 · cpu",
        "Multiplies two tensors",
        "Gradient, ∂z/∂y",
    ):
        assert part in text
    assert "from\nvalue\nsends back\nx\nAccumulateGrad\n10\n50\nx\nAccumulateGrad\n10\n50" in text
    assert "other was saved at version 0 and is now at version 1: changed in place." in text
    assert "into\ngradient from there\nz · MulBackward0\n5" in text
    assert "Number 2 of 3 in the backward pass." in text
    assert "the value is used in several places" in text


def test_the_program_names_what_the_graph_cannot(inspector: Inspector) -> None:
    graph = chain()
    nodes = list(graph.nodes)
    nodes[6] = nodes[6]._replace(value=None)
    graph = replace(graph, nodes=tuple(nodes))
    inspector.show_node(graph, 5)
    assert "z = y · b" in formulas(inspector)
    assert "500.0" not in formulas(inspector)
    inspector.set_program(PROGRAM)
    assert "5*y" in said(inspector)
    assert "z = y · 5.0\n= 100.0 · 5.0 = 500.0\n" in formulas(inspector)
    inspector.set_program("y = 2*x*x\nz = 7*y")  # not what was recorded
    assert "= 100.0 · 7.0" not in formulas(inspector)


def test_matrices_are_put_in_where_they_are_not_repeated(inspector: Inspector) -> None:
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0], [6.0]])
    nodes = (
        Node(0, "A", "leaf", (2, 2), label="A", value=view(a)),
        Node(1, "B", "leaf", (2, 1), label="B", value=view(b)),
        Node(2, "MmBackward0", "grad_fn", (2, 1), value=view(a @ b), gradient=view(np.ones((2, 1)))),
    )
    back = (
        Edge(0, 2, 0, gradient=view(np.ones((2, 1)) @ b.T)),
        Edge(1, 2, 1, gradient=view(a.T @ np.ones((2, 1)))),
    )
    inspector.show_node(Graph(nodes, back, (2,)), 2)
    assert "= [[1.0, 2.0], [3.0, 4.0]]\u2009[[5.0], [6.0]] = [[17.0], [39.0]]" in formulas(inspector)
    assert "= [[1.0, 2.0], [3.0, 4.0]]ᵀ\u2009[[1.0], [1.0]] = [[4.0], [6.0]]" in formulas(inspector)
    product = nodes[2]._replace(
        name="MulBackward0", shape=(2, 2), value=view(a * b), gradient=view(np.ones((2, 2)))
    )
    back = (
        Edge(0, 2, 0, gradient=view(np.ones((2, 2)) * b)),
        Edge(1, 2, 1, gradient=view(a.sum(1, keepdims=True))),
    )
    inspector.show_node(Graph((*nodes[:2], product), back, (2,)), 2)
    assert "C" not in formulas(inspector).split("=")[0]
    assert "17.0" not in formulas(inspector)
    assert "5.0" not in formulas(inspector)
    assert "What goes to B is summed: B was repeated from 2×1 to 2×2." in said(inspector)


def test_letters_of_the_program_are_not_those_of_the_rule() -> None:
    nodes = (
        Node(0, "b", "leaf", (), label="b", value=view(3.0)),
        Node(1, "SinBackward0", "grad_fn", (), value=view(0.5), gradient=view(3.0)),
        Node(2, "MulBackward0", "grad_fn", (), label="a", value=view(1.5), gradient=view(1.0)),
        Node(3, "L", "leaf", (), label="L"),
    )
    graph = Graph(nodes, (Edge(1, 2, 0), Edge(0, 2, 1)), (1, 2))
    subject = Subject(graph, 2)
    assert [operand.name for operand in subject.operands] == ["u", "b"]
    assert (subject.result, subject.loss) == ("a", "ℒ")
    named = Subject(replace(graph, roots=(2,)), 2)
    assert named.loss == "a"
    assert Subject(replace(graph, roots=(1,)), 1).loss == "ℒ"


def test_the_sum_at_a_fan_in(inspector: Inspector) -> None:
    inspector.show_node(chain(), 1)
    text = said(inspector)
    assert text.startswith("x\nAdds what arrives to x.grad · AccumulateGrad")
    assert formulas(inspector) == "x.grad = 50.0 + 50.0 = 100.0"
    assert "their sum\n100" in text
    assert text.count("y · MulBackward0") == 2


def test_an_operation_that_is_not_in_the_table(inspector: Inspector) -> None:
    inspector.show_node(chain(), 7)
    assert "Rule" not in said(inspector)
    assert " 1 \n 2 \n 3 \n 0.33333" in said(inspector)
    assert "min 0.33333" in said(inspector)
    assert "z · MulBackward0\n500" in said(inspector)


def test_a_leaf(inspector: Inspector) -> None:
    inspector.show_node(alone(Node(0, "w", "leaf", (2,), value=view(1.0, -2.0), version=3, hooks=2)), 0)
    text = said(inspector)
    for part in ("Leaf tensor", "Changed in place 3 times.", "2 hooks watch it.", "mean −0.5"):
        assert part in text
    inspector.show_node(
        alone(Node(0, "w", "leaf", (), value=view(1.0), note="not tracked", version=1, hooks=1)), 0
    )
    for part in ("Not tracked: no gradient", "Changed in place once.", "One hook watches it."):
        assert part in said(inspector)


def test_a_saved_tensor(inspector: Inspector) -> None:
    inspector.show_node(chain(), 2)
    assert "kept by\ny · MulBackward0\nis\nthe leaf x\nversion\nsaved at 0, not changed since" in said(
        inspector
    )
    inspector.show_node(chain(), 3)
    assert "saved at 0, now 1" in said(inspector)
    graph = chain()
    gone = graph.nodes[2]._replace(value=None, note="freed")
    graph = replace(graph, nodes=(*graph.nodes[:2], gone, *graph.nodes[3:]))
    inspector.show_node(graph, 2)
    assert "Freed: the backward pass has used it." in said(inspector)
    inspector.show_node(graph, 4)
    assert "self\nfreed" in said(inspector)


def test_what_failed(inspector: Inspector) -> None:
    nodes = (Node(0, "A", "leaf", (2, 3), label="A"), Node(1, "matmul", "failed", span=Span(1, 0, 1, 5)))
    fault = Fault("A has 3 columns, B has 2 rows.", None, "Try A.T @ B.", "mat1 and mat2 shapes …")
    inspector.set_program("A @ B")
    inspector.show_node(Graph(nodes, (Edge(0, 1, 0),), failure=fault), 1)
    for part in ("This operation failed", "A @ B", fault.message, fault.hint, fault.details, "A\n2×3"):
        assert part in said(inspector)
    inspector.show_node(alone(Node(0, "matmul", "failed", note="too large")), 0)
    assert "too large" in said(inspector)


def test_what_is_not_tracked(inspector: Inspector) -> None:
    nodes = (
        Node(0, "cut", "ghost", (), label="cut", value=view(2.0), note="not tracked"),
        Node(1, "AddBackward0", "grad_fn", (), label="s", value=view(3.0), gradient=view(1.0)),
        Node(2, "ExpBackward0", "grad_fn", (), value=view(1.0), gradient=view(1.0)),
    )
    graph = Graph(nodes, (Edge(2, 1, 0, gradient=view(1.0)), Edge(0, 1, 1)), (1,))
    inspector.show_node(graph, 0)
    assert "Outside the graph: not tracked" in said(inspector)
    inspector.show_node(graph, 1)
    assert formulas(inspector).startswith("s = a + cut\n= 1.0 + 2.0 = 3.0\n∂s/∂a = ∂s/∂s\n= 1.0")
    assert "∂cut" not in formulas(inspector)


def test_derivatives_say_of_what(inspector: Inspector) -> None:
    nodes = (
        Node(0, "TanhBackward0", "grad_fn", (), label="y", value=view(0.5)),
        Node(1, "TanhBackwardBackward0", "grad_fn", (), derivation=1, derivative_of=0, repeat=2),
        Node(2, "MulBackward0", "grad_fn", (), derivation=7),
    )
    graph = Graph(nodes, (Edge(0, 1, 1),), (1,))
    inspector.show_node(graph, 1)
    assert "Part of the first derivative: it differentiates y · TanhBackward0." in said(inspector)
    assert "The 3rd evaluation of this place" in said(inspector)
    inspector.show_node(graph, 0)
    assert "Its derivative: TanhBackwardBackward0." in said(inspector)
    inspector.show_node(graph, 2)
    assert "Part of the 7th derivative." in said(inspector)


def test_a_block(inspector: Inspector) -> None:
    """Its parameters are those that it uses, though they lie outside of it where all its rounds share them."""
    nodes = (
        Node(0, "W", "leaf", (4, 3)),
        Node(1, "AccumulateGrad", "accumulate", (4, 3)),
        chain().nodes[4]._replace(id=2),
        chain().nodes[5]._replace(id=3),
    )
    graph = Graph(nodes, (Edge(0, 1), Edge(1, 2), Edge(2, 3)))
    block = Node(0, "layers", "block", label="× 50", note="2 nodes", value=view(500.0))
    inspector.show_block(graph, block, (2, 3))
    text = said(inspector)
    for part in (
        "layers\nA repeated part",
        "repeated\n50 times",
        "parameters\n12 in 1 tensors",
        "MulBackward0\n× 2",
    ):
        assert part in text
    assert "Value that leaves it\n500" in text
    inspector.show_node(alone(block), 0)
    assert "× 50 · 2 nodes" in said(inspector)
    inspector.show_block(graph, block._replace(label="3 of 50"), ())
    assert "round\n3 of 50\nnodes\n0\noperations\n0\nparameters\nnone" in said(inspector)


def test_every_rule_fits_a_narrow_page(inspector: Inspector) -> None:
    bar = inspector.text.horizontalScrollBar()
    for name, rule in RULES.items():
        many = len(rule.back)
        leaves = [Node(k, f"t{k}", "leaf", (3,), label=f"t{k}") for k in range(many)]
        stem, digit = (name[:-1], name[-1]) if name[-1] in "012" else (name, "0")
        own = name in ("CopySlices", "CopyBackwards", "NotImplemented")
        operation = Node(many, name if own else f"{stem}Backward{digit}", "grad_fn", (3,))
        edges = tuple(Edge(k, many, k) for k in range(many))
        inspector.show_node(Graph((*leaves, operation), edges, (many,)), many)
        assert rule.title in said(inspector)
        figure, _ = inspector.text.painter.figures["figure 0"]
        assert figure.size(290.0).width() <= 290.5, name
        assert figure.size(290.0).height() < 600.0, name
        assert bar.maximum() == 0, name


def test_many_neighbours_are_counted(inspector: Inspector) -> None:
    hub = Node(0, "W", "leaf", (), label="W", value=view(1.0), gradient=view(40.0))
    users = tuple(Node(k, "ExpBackward0", "grad_fn", (), label=f"y{k}") for k in range(1, 41))
    inspector.show_node(Graph((hub, *users), tuple(Edge(0, k, gradient=view(1.0)) for k in range(1, 41))), 0)
    assert "and 28 more" in said(inspector)
    assert "their sum\n40" in said(inspector)
    inspector.show_node(Graph((hub, *users), tuple(Edge(0, k) for k in range(1, 41))), 0)
    assert "and 28 more" in said(inspector)


# Numbers and tensors


def test_numbers_are_copied_in_full(inspector: Inspector) -> None:
    inspector.show_node(chain(), 7)
    assert repr(1 / 3) in copied(inspector)
    cursor = inspector.text.document().find("0.33333")
    assert cursor.charFormat().toolTip() == repr(1 / 3)
    cursor.setPosition(cursor.selectionEnd() - 2)
    cursor.movePosition(cursor.MoveOperation.Right, cursor.MoveMode.KeepAnchor, 2)
    inspector.text.setTextCursor(cursor)
    inspector.text.copy_selection()
    assert QApplication.clipboard().text() == "33"


def test_formulas_are_copied_as_text(inspector: Inspector) -> None:
    inspector.show_node(chain(), 4)
    assert "∂z/∂x += ∂z/∂y · x\n= 5.0 · 10.0 = 50.0" in copied(inspector)
    assert "\ufffc" not in copied(inspector)


def test_long_names_are_broken_and_copied_whole(inspector: Inspector) -> None:
    name = "a_name_that_is_much_longer_than_any_panel_is_wide_and_then_goes_on"
    inspector.show_node(alone(Node(0, name, "leaf", (), value=view(1.0))), 0)
    assert inspector.text.horizontalScrollBar().maximum() == 0
    assert name in copied(inspector)


@pytest.mark.parametrize("number", [1e-300, -1e300, 5e-324, np.inf, -np.inf, np.nan, 0.0, -1.5e-7])
def test_any_number_can_be_shown(inspector: Inspector, number: float) -> None:
    graph = chain()
    odd = [node._replace(value=view(number), gradient=view(number)) for node in graph.nodes]
    edges = tuple(edge._replace(gradient=view(number)) for edge in graph.edges)
    for node in range(len(odd)):
        inspector.show_node(replace(graph, nodes=tuple(odd), edges=edges), node)
        assert not inspector.grab().isNull()
        assert inspector.text.horizontalScrollBar().maximum() == 0
    inspector.show_node(alone(Node(0, "w", "leaf", (4, 7), value=view(np.full((4, 7), number)))), 0)
    assert not inspector.grab().isNull()


def test_what_is_not_finite_is_counted(inspector: Inspector) -> None:
    inspector.show_node(alone(Node(0, "w", "leaf", (4,), value=view(1.0, np.nan, -np.inf, 3.0))), 0)
    assert "1 of 4 are NaN; 1 of 4 are infinite." in said(inspector)
    assert "least finite 1 " in said(inspector)
    assert "largest finite 3" in said(inspector)


def test_few_elements_are_written_out_and_many_are_drawn(inspector: Inspector) -> None:
    inspector.show_node(alone(Node(0, "W", "leaf", (8, 5), value=view(np.arange(40.0).reshape(8, 5)))), 0)
    assert " 38 \n 39 \n" in said(inspector)
    assert "elements" not in said(inspector)
    kinds = {type(figure) for figure, _ in inspector.text.painter.figures.values()}
    assert kinds == {Histogram}
    inspector.show_node(
        alone(Node(0, "W", "leaf", (20, 20), value=view(np.arange(400.0).reshape(20, 20)))), 0
    )
    kinds = {type(figure) for figure, _ in inspector.text.painter.figures.values()}
    assert kinds == {HeatMap, Histogram}
    assert "All 400 elements" in said(inspector)
    inspector.show_node(alone(Node(0, "v", "leaf", (12,), value=view(*range(12)))), 0)
    assert " 10 \n 11 \n" in said(inspector)


def test_unknown_and_missing_elements(inspector: Inspector) -> None:
    huge = TensorView((5000, 2), "float32", "cpu", -1.0, 2.0, 0.5, 3.0, None)
    inspector.show_node(alone(Node(0, "W", "leaf", (5000, 2), value=huge)), 0)
    assert "max 2" in said(inspector)
    empty = TensorView((0, 3), "float32", "cpu", np.nan, np.nan, np.nan, 0.0, np.zeros((0, 3)))
    inspector.show_node(alone(Node(0, "W", "leaf", (0, 3), value=empty)), 0)
    assert "0×3: no elements" in said(inspector)


def test_all_elements_as_a_table(inspector: Inspector) -> None:
    elements = np.arange(60.0).reshape(3, 4, 5) / 7
    graph = alone(Node(0, "W", "leaf", (3, 4, 5), label="W", value=view(elements), gradient=view(-elements)))
    inspector.show_node(graph, 0)
    inspector.text.anchorClicked.emit(QUrl("elements:gradient"))
    pane = inspector.elements
    assert pane.isVisible()
    model = pane.model
    assert (model.rowCount(), model.columnCount()) == (12, 5)
    assert model.headerData(7, Qt.Orientation.Vertical) == "1, 3"
    assert model.headerData(4, Qt.Orientation.Horizontal) == "4"
    assert model.index(7, 4).data(Qt.ItemDataRole.ToolTipRole) == repr(-39 / 7)
    pane.copy_all()
    lines = QApplication.clipboard().text().split("\n")
    assert [float(cell) for line in lines for cell in line.split("\t")] == pytest.approx(
        (-elements).ravel(), rel=0
    )
    inspector.show_node(replace(graph, nodes=(graph.nodes[0]._replace(gradient=view(elements * 2)),)), 0)
    assert pane.isVisible()  # another step of the same node
    assert model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole) == repr(2 / 7)
    pane.findChildren(QPushButton)[0].click()
    assert inspector.text.isVisible()
    inspector.text.anchorClicked.emit(QUrl("elements:value"))
    inspector.show_node(chain(), 4)
    assert inspector.text.isVisible()


# Links and places


def test_neighbours_are_links(inspector: Inspector) -> None:
    chosen: list[int] = []
    hovered: list[int] = []
    inspector.node_chosen.connect(chosen.append)
    inspector.node_hovered.connect(hovered.append)
    inspector.show_node(chain(), 4)
    inspector.text.anchorClicked.emit(QUrl("node:5"))
    inspector.text.highlighted.emit(QUrl("node:1"))
    inspector.text.highlighted.emit(QUrl("elements:value"))
    inspector.text.highlighted.emit(QUrl(""))
    assert chosen == [5]
    assert hovered == [1, -1, -1]
    html = inspector.text.toHtml()
    for node in (1, 2, 3, 5):
        assert f"node:{node}" in html


def test_new_values_keep_the_place(inspector: Inspector) -> None:
    inspector.resize(320, 120)
    inspector.show_node(chain(), 4)
    bar = inspector.text.verticalScrollBar()
    bar.setValue(40)
    moved = chain()
    nodes = (*moved.nodes[:4], moved.nodes[4]._replace(value=view(1.0)), *moved.nodes[5:])
    inspector.show_node(replace(moved, nodes=nodes), 4)
    assert bar.value() == 40
    inspector.apply_theme(DARK)
    assert bar.value() == 40
    inspector.show_node(moved, 5)
    assert bar.value() == 0
    assert inspector.text.horizontalScrollBar().maximum() == 0


def test_names_are_text_and_not_markup(inspector: Inspector) -> None:
    inspector.set_program("<u>z</u>")
    node = Node(0, "<b>x</b>", "ghost", None, note="<i>cut</i>", span=Span(1, 0, 1, 8))
    inspector.show_node(alone(node), 0)
    for part in ("<b>x</b>", "<i>cut</i>", "<u>z</u>"):
        assert part in said(inspector)


def test_a_hidden_inspector_waits(qtbot: QtBot) -> None:
    made = Inspector(LIGHT)
    qtbot.addWidget(made)
    made.show_node(chain(), 4)
    assert made.text.toPlainText() == ""
    made.show()
    assert "Product" in said(made)


def test_a_wide_page_has_two_columns(inspector: Inspector) -> None:
    inspector.show_node(chain(), 4)
    narrow = inspector.text.document().size().height()
    inspector.resize(WIDE + 40, 500)
    assert inspector.text.document().size().height() < 0.75 * narrow
    assert {share for _, share in inspector.text.painter.figures.values()} == {0.5}
    assert inspector.text.horizontalScrollBar().maximum() == 0


# Formulas and figures


def ink(box: Box) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what the glyphs and lines of a box really cover."""
    edges: list[QRectF] = []
    for mark in box.marks:
        if hasattr(mark, "text"):
            edges.append(QFontMetricsF(mark.font).tightBoundingRect(mark.text).translated(mark.x, mark.y))
        else:
            edges.append(mark.path.boundingRect().translated(mark.x, mark.y))
    return (
        min(edge.left() for edge in edges),
        min(edge.top() for edge in edges),
        max(edge.right() for edge in edges),
        max(edge.bottom() for edge in edges),
    )


FORMULAS = sorted({formula for rule in RULES.values() for formula in (rule.formula, *rule.back)})


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("pixels", [12, 18, 40])
def test_boxes_hold_their_ink(pixels: int) -> None:
    for formula in FORMULAS:
        box = box_of(typeset(formula, {}), pixels)
        left, top, right, bottom = ink(box)
        slack = 0.12 * pixels
        assert left >= -slack, formula
        assert right <= box.width + slack, formula
        assert top >= -box.ascent - slack, formula
        assert bottom <= box.descent + slack, formula


@pytest.mark.usefixtures("qapp")
def test_a_fraction_is_higher_than_its_parts_and_scales() -> None:
    one, two = Text("a", "italic"), Text("b", "italic")
    fraction, part = box_of(Fraction(one, two), 18), box_of(one, 18)
    assert fraction.height > 2 * part.height
    assert fraction.width < 2.5 * part.width
    double = box_of(Fraction(one, two), 36)
    assert double.height == pytest.approx(2 * fraction.height, rel=0.1)
    cases = box_of(Cases(((one, two), (two, one))), 18)
    assert cases.height > 1.8 * part.height


@pytest.mark.usefixtures("qapp")
def test_long_formulas_are_broken_before_signs() -> None:
    terms: list[Maths] = []
    for k in range(20):
        terms += [Text("+", "operator")] * bool(terms) + [Text(f"term{k}")]
    lines = lines_of(Row(tuple(terms)), 18, 300.0)
    assert len(lines) > 3
    assert all(line.width <= 300.0 for line in lines)
    formula = Formula((Equation(Text("s"), (Row(tuple(terms)),)),), 18)
    assert formula.size(300.0).width() <= 300.0
    assert formula.size(300.0).height() > formula.size(3000.0).height()
    assert formula.plain().startswith("s = term0 + term1")
    assert formula.tip(QPointF(5, 5), QSizeF(300, 100)) == formula.plain()


def painted(figure: Formula | HeatMap | Histogram, palette: Palette) -> QImage:
    size = figure.size(300.0)
    image = QImage(int(size.width()) + 1, int(size.height()) + 1, QImage.Format.Format_RGB32)
    image.fill(QColor(palette.panel))
    painter = QPainter(image)
    try:
        figure.paint(painter, QRectF(QPointF(0, 0), size), palette)
    finally:
        painter.end()
    return image


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_figures_are_painted_in_the_theme(palette: Palette) -> None:
    formula = Formula((Equation(Text("c"), (Fraction(Text("1"), Text("n")),)),), 30)
    image = painted(formula, palette)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert palette.text in colours
    assert palette.panel in colours


@pytest.mark.usefixtures("qapp")
def test_a_heat_map_tells_its_elements() -> None:
    elements = np.array([[1.0, -2.0, 0.0], [np.nan, 2.0, np.inf]])
    heat = HeatMap(elements)
    size = heat.size(300.0)
    cell = size.width() / 3
    assert heat.tip(QPointF(cell * 1.5, 3.0), size) == "[0, 1] = -2.0"
    assert heat.tip(QPointF(cell * 0.5, cell * 1.5), size) == "[1, 0] = nan"
    assert heat.tip(QPointF(cell, size.height() - 1), size) == ""
    image = painted(heat, LIGHT)
    colour = [image.pixelColor(int(cell * (k + 0.5)), int(cell * 1.5)).name() for k in range(3)]
    assert colour[0] == colour[2] == LIGHT.error
    assert image.pixelColor(int(cell * 2.5), int(cell / 2)).name() == LIGHT.panel
    assert image.pixelColor(int(cell / 2), int(cell / 2)) != image.pixelColor(int(cell * 1.5), int(cell / 2))
    deep = HeatMap(np.arange(12.0).reshape(2, 3, 2))
    size = deep.size(300.0)
    assert deep.tip(QPointF(size.width() - 1, size.height() - 20), size) == "[1, 2, 1] = 11.0"


@pytest.mark.usefixtures("qapp")
def test_a_histogram_counts_every_finite_element() -> None:
    elements = np.concatenate([np.linspace(-1, 3, 97), [np.nan, np.inf, -np.inf]])
    histogram = Histogram(elements)
    assert histogram.counts.sum() == 97
    assert (histogram.edges[0], histogram.edges[-1]) == (-1.0, 3.0)
    size = histogram.size(300.0)
    assert "of 97" in histogram.tip(QPointF(1.0, 10.0), size)
    assert histogram.tip(QPointF(400.0, 10.0), size) == ""
    for odd in ([5.0, 5.0], [np.nan], [1e308, -1e308], [0.0, 5e-324]):
        made = Histogram(np.array(odd))
        assert made.counts.sum() == np.isfinite(odd).sum()
        assert not painted(made, LIGHT).isNull()


def test_hovering_a_figure_explains_it(inspector: Inspector) -> None:
    inspector.show_node(chain(), 4)
    inspector.grab()
    place = inspector.text.painter._places["figure 0"]
    at = QPoint(int(place.left()) + 4, int(place.top()) + 4 - inspector.text.verticalScrollBar().value())
    viewport = inspector.text.viewport()
    QApplication.sendEvent(viewport, QHelpEvent(QEvent.Type.ToolTip, at, viewport.mapToGlobal(at)))
    assert QToolTip.text() == "y = x · x\n= 10.0 · 10.0 = 100.0"
    QToolTip.hideText()


def test_a_change_through_data_is_warned_of(inspector: Inspector) -> None:
    """PyTorch does not count it: the version is the same."""
    inspector.show_node(alone(Node(0, "result", "saved", (), value=view(0.0), version=0, changed=0)), 0)
    text = said(inspector)
    assert "result was changed through .data. That is not counted, so the gradient is silently wrong." in text
    assert "saved at 0, changed since without being counted" in text


def test_a_tensor_without_numbers_has_its_form_alone(inspector: Inspector) -> None:
    bare = TensorView((3, 2), "float32", "meta", np.nan, np.nan, np.nan, 0.0, None)
    inspector.show_node(alone(Node(0, "x", "leaf", (3, 2), "float32", "meta", "x", value=bare)), 0)
    assert "3×2: without numbers" in said(inspector)
    assert "nan" not in said(inspector).lower()


def test_a_bias_is_told_by_its_leaf_and_is_summed(inspector: Inspector) -> None:
    """``net.0.bias`` is too long for a formula, where a letter stands for it."""
    nodes = (
        Node(0, "net.0.bias", "leaf", (2,), label="net.0.bias"),
        Node(1, "AccumulateGrad", "accumulate", (2,)),
        Node(2, "net.0.weight", "leaf", (3, 2), label="net.0.weight"),
        Node(3, "AccumulateGrad", "accumulate", (3, 2)),
        Node(4, "AddmmBackward0", "grad_fn", (4, 2), gradient=view(np.ones((4, 2)))),
    )
    bias, weight = view([4.0, 4.0]), view(np.ones((3, 2)))
    edges = (
        Edge(0, 1, 0, 0, bias),
        Edge(2, 3, 0, 0, weight),
        Edge(1, 4, 0, 0, bias),
        Edge(3, 4, 2, 0, weight),
    )
    inspector.show_node(Graph(nodes, edges, (4,)), 4)
    text = said(inspector)
    assert "net.0.bias · AccumulateGrad" in text
    assert "What goes to M is summed: M was repeated from 2 to 4×2." in text
    assert text.count("is summed") == 1, "the weight is not repeated"
