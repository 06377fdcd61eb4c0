"""The inspector: what it says of a node, and its table of derivatives against PyTorch's own."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch.nn import functional

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.ui.inspector.inspector import EMPTY, Inspector
from gui_app.ui.inspector.operations import known, letters, meanings, operation, plain, written
from gui_app.ui.theme import DARK, LIGHT

# Remarks of the offscreen platform about windows that are shown.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def view(*elements: object) -> TensorView:
    array = np.array(elements[0] if len(elements) == 1 else elements, dtype=np.float64)
    return TensorView(
        array.shape,
        "float32",
        "cpu",
        array.min(),
        array.max(),
        array.mean(),
        float(np.linalg.norm(array)),
        array,
    )


def chain() -> Graph:
    """z = 5*y + 6 with y = 2*x*x + 3, told in part: x enters a product twice."""
    nodes = (
        Node(0, "x", "leaf", (), "float32", "cpu", "x", value=view(10.0), gradient=view(200.0)),
        Node(1, "AccumulateGrad", "accumulate", (), "float32", "cpu", value=view(10.0), gradient=view(200.0)),
        Node(2, "self", "saved", (), "float32", "cpu", value=view(10.0)),
        Node(3, "MulBackward0", "grad_fn", (), "float32", "cpu", "y", value=view(200.0), gradient=view(5.0)),
        Node(4, "MulBackward0", "grad_fn", (), "float32", "cpu", value=view(1000.0), gradient=view(1.0)),
        Node(
            5, "MysteryBackward0", "grad_fn", (2, 2), "float32", "cpu", value=view([[1.0, 2.0], [3.0, 1 / 3]])
        ),
    )
    edges = (
        Edge(0, 1, 0, gradient=view(200.0)),
        Edge(1, 3, 0, gradient=view(100.0)),
        Edge(1, 3, 1, gradient=view(100.0)),
        Edge(2, 3, 0),
        Edge(3, 4, 0, gradient=view(5.0)),
        Edge(4, 5, 0),
    )
    return Graph(nodes, edges, (4,))


@pytest.fixture
def inspector(qtbot: QtBot) -> Inspector:
    made = Inspector(LIGHT)
    qtbot.addWidget(made)
    made.resize(320, 500)
    made.show()
    return made


def lines(inspector: Inspector) -> str:
    return inspector.text.toPlainText().replace("\xa0", " ")


def test_nothing_chosen_says_what_to_do(inspector: Inspector) -> None:
    assert inspector._empty.text() == EMPTY
    assert inspector._empty.isVisible()
    inspector.show_node(chain(), 3)
    assert not inspector._empty.isVisible()
    for graph, node in ((chain(), None), (None, 3), (chain(), 99), (chain(), -1)):
        inspector.show_node(graph, node)
        assert inspector._empty.isVisible()


def test_a_product(inspector: Inspector) -> None:
    inspector.show_node(chain(), 3)
    said = lines(inspector)
    for part in ("y", "Product", "MulBackward0", "scalar · float32 · cpu", "u · v", "∂r/∂u", "∂loss/∂y"):
        assert part in said
    assert "u, v: the inputs by slot; r: the result" in said
    assert "1 × 5 = 5" in said  # what arrives from the root
    assert said.count("5 × 20 = 100") == 2  # what goes on to the leaf, over both edges
    assert "saved\nself = 10" in said


def test_the_sum_at_a_fan_in(inspector: Inspector) -> None:
    inspector.show_node(chain(), 1)
    said = lines(inspector)
    assert said.startswith("x\nAdds what arrives to x.grad AccumulateGrad")
    assert said.count("5 × 20 = 100") == 2
    assert "their sum\n200" in said


def test_a_tensor_as_a_grid_and_an_operation_that_is_not_in_the_table(inspector: Inspector) -> None:
    inspector.show_node(chain(), 5)
    said = lines(inspector)
    assert "MysteryBackward0" in said
    assert "Formula" not in said
    assert "1\n2\n3\n0.33333" in said
    assert "min 0.33333" in said


def test_a_large_tensor_shows_its_corner(inspector: Inspector) -> None:
    big = Node(0, "W", "leaf", (20, 20), "float32", "cpu", "W", value=view(np.arange(400.0).reshape(20, 20)))
    inspector.show_node(Graph((big,), ()), 0)
    said = lines(inspector)
    assert "144" in said
    assert "145" not in said
    assert "…" in said
    huge = TensorView((5000, 2), "float32", "cpu", -1.0, 2.0, 0.5, 3.0, None)
    inspector.show_node(Graph((Node(0, "W", "leaf", (5000, 2), value=huge),), ()), 0)
    assert "max 2" in lines(inspector)


def test_names_are_text_and_not_markup(inspector: Inspector) -> None:
    inspector.show_node(Graph((Node(0, "<b>x</b>", "ghost", None, note="<i>cut</i>"),), ()), 0)
    assert "<b>x</b>" in lines(inspector)
    assert "<i>cut</i>" in lines(inspector)


def test_numbers_are_copied_in_full(inspector: Inspector) -> None:
    inspector.show_node(chain(), 5)
    inspector.text.selectAll()
    inspector.text.copy_selection()
    copied = QApplication.clipboard().text()
    assert repr(1 / 3) in copied
    cursor = inspector.text.document().find("0.33333")
    assert cursor.charFormat().toolTip() == repr(1 / 3)
    cursor.setPosition(cursor.selectionEnd() - 2)
    cursor.movePosition(cursor.MoveOperation.Right, cursor.MoveMode.KeepAnchor, 2)
    inspector.text.setTextCursor(cursor)
    inspector.text.copy_selection()
    assert QApplication.clipboard().text() == "33"


def test_neighbours_are_links(inspector: Inspector) -> None:
    chosen: list[int] = []
    hovered: list[int] = []
    inspector.node_chosen.connect(chosen.append)
    inspector.node_hovered.connect(hovered.append)
    inspector.show_node(chain(), 3)
    inspector.text.anchorClicked.emit(QUrl("node:4"))
    inspector.text.highlighted.emit(QUrl("node:1"))
    inspector.text.highlighted.emit(QUrl(""))
    assert chosen == [4]
    assert hovered == [1, -1]
    assert "node:4" in inspector.text.toHtml()


def test_new_values_keep_the_place(inspector: Inspector) -> None:
    inspector.resize(320, 120)
    inspector.show_node(chain(), 3)
    bar = inspector.text.verticalScrollBar()
    bar.setValue(40)
    moved = chain()
    inspector.show_node(
        Graph(
            (*moved.nodes[:3], Node(3, "MulBackward0", "grad_fn", (), value=view(1.0)), *moved.nodes[4:]),
            moved.edges,
        ),
        3,
    )
    assert bar.value() == 40
    inspector.apply_theme(DARK)
    inspector.show_node(moved, 4)
    assert bar.value() == 0
    assert inspector.text.horizontalScrollBar().maximum() == 0


ELEMENTWISE = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Rsub": torch.rsub,
    "Mul": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "Neg": lambda a: -a,
    "Pow": lambda a, b: a**b,
    "Reciprocal": torch.reciprocal,
    "Sqrt": torch.sqrt,
    "Rsqrt": torch.rsqrt,
    "Exp": torch.exp,
    "Exp2": torch.exp2,
    "Expm1": torch.expm1,
    "Log": torch.log,
    "Log2": torch.log2,
    "Log10": torch.log10,
    "Log1P": torch.log1p,
    "Abs": torch.abs,
    "Sin": torch.sin,
    "Cos": torch.cos,
    "Tan": torch.tan,
    "Asin": torch.asin,
    "Acos": torch.acos,
    "Atan": torch.atan,
    "Atan2": torch.atan2,
    "Sinh": torch.sinh,
    "Cosh": torch.cosh,
    "Tanh": torch.tanh,
    "Asinh": torch.asinh,
    "Acosh": torch.acosh,
    "Atanh": torch.atanh,
    "Erf": torch.erf,
    "Sigmoid": torch.sigmoid,
    "LogSigmoid": functional.logsigmoid,
    "Softplus": functional.softplus,
    "Relu": torch.relu,
    "Elu": functional.elu,
    "Silu": functional.silu,
}
MATHS = {
    **vars(torch),
    "log": lambda x: torch.log(torch.as_tensor(x, dtype=torch.float64)),
    "sqrt": lambda x: torch.sqrt(torch.as_tensor(x, dtype=torch.float64)),
    "where": lambda c, x, y: x if c else y,
    "pi": math.pi,
}


def test_every_derivative_is_checked() -> None:
    assert {name for name, row in known().items() if row.local} == set(ELEMENTWISE)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("numbers", [(0.7, 1.3), (0.2, -2.5), (-0.6, 0.4), (1.9, 3.0)])
def test_formulas_are_pytorchs(name: str, numbers: tuple[float, float]) -> None:
    row = known()[name]
    inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers[: len(row.local)]]
    y = ELEMENTWISE[name](*inputs)
    assert operation(y.grad_fn.name()) == row
    if not torch.isfinite(y):
        return  # outside the function's domain
    names = dict(zip("uv", (x.detach() for x in inputs), strict=False)) | {"r": y.detach()}
    assert float(eval(row.formula, MATHS, names)) == pytest.approx(y.item(), rel=1e-12)
    for formula, gradient in zip(row.local, torch.autograd.grad(y, inputs), strict=True):
        assert float(eval(formula, MATHS, names)) == pytest.approx(gradient.item(), rel=1e-9)


def test_other_rows_are_known_under_pytorchs_names() -> None:
    a, m = torch.rand(3, requires_grad=True), torch.rand(2, 3, requires_grad=True)
    s = torch.rand(3, 3, requires_grad=True)
    made = [
        a.sum(), a.mean(), a.prod(), a.var(), a.std(), torch.linalg.vector_norm(a), a.max(), a.min(), a.amax(),
        a.amin(), a.logsumexp(0), a.softmax(0), a.log_softmax(0), a.cumsum(0), m @ s, m @ a, a @ a, m.t(),
        m.transpose(0, 1), m.permute(1, 0), m.view(6), a.unsqueeze(0), m[:1].squeeze(0), a.expand(2, 3), a.repeat(2),
        a[0], a[:2], a[torch.tensor([0, 2])], torch.cat([a, a]), torch.stack([a, a]), a.clone(), a.double(),
        functional.mse_loss(a, a * 2), functional.l1_loss(a, a * 2), functional.leaky_relu(a), functional.gelu(a),
        a.clamp(0, 1), torch.maximum(a, a * 2), torch.minimum(a, a * 2), torch.where(a > 0.5, a, -a), a.unbind()[0],
        functional.binary_cross_entropy(a, a.detach()), functional.binary_cross_entropy_with_logits(a, a.detach()),
        functional.nll_loss(m, torch.tensor([0, 1])), torch.addmm(a, m, s), torch.bmm(m[None], s[None]),
    ]  # fmt: skip
    unknown = [y.grad_fn.name() for y in made if operation(y.grad_fn.name()) is None]
    assert unknown == []


def test_plain_notation() -> None:
    assert plain("v * u**(v - 1)") == "v · u<sup>v − 1</sup>"
    assert plain("-u / v**2") == "−u / v<sup>2</sup>"
    assert plain("where(u > 0, 1, r + 1)") == "1 if u &gt; 0, else r + 1"
    assert plain("1 / sqrt(u)") == "1 / √u"


def test_letters_of_the_program_are_not_those_of_the_formula(inspector: Inspector) -> None:
    nodes = (
        Node(0, "u", "leaf", (), label="u", value=view(2.0)),
        Node(1, "r", "leaf", (), label="r", value=view(3.0)),
        Node(2, "MulBackward0", "grad_fn", (), label="y", value=view(6.0), gradient=view(1.0)),
    )
    inspector.show_node(Graph(nodes, (Edge(0, 2, 0), Edge(1, 2, 1)), (2,)), 2)
    said = lines(inspector)
    assert "q\np · v\n∂q/∂p\nv\n∂q/∂v\np\n\np, v: the inputs by slot; q: the result" in said


def test_letters_are_chosen_in_one_way_and_all_different() -> None:
    assert letters(set()) == {letter: letter for letter in "uvwrgn"}
    assert letters({"u", "p", "w"}) == {"u": "q", "v": "v", "w": "s", "r": "r", "g": "g", "n": "n"}
    every = letters({chr(code) for code in (*range(97, 123), *range(0x3B1, 0x3CA))})
    assert len(set(every.values())) == len(every)


def test_formulas_in_other_letters() -> None:
    chosen = letters({"u", "g"})
    assert written("log(sigmoid(u)) · uᵢ + uᵀ @ g", chosen) == "log(sigmoid(p)) · pᵢ + pᵀ @ q"
    assert meanings(["Σ uᵢ / n", "g / n to every element"], chosen) == (
        "p: the inputs by slot; r: the result; q: the gradient that arrives; n: the number of elements"
    )
