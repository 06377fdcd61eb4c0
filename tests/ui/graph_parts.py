"""Graphs made by hand, and a panel that shows them as the laboratory does."""

from __future__ import annotations

from typing import Any

import numpy as np

from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Edge, Graph, Node, NodeKind, TensorView
from gui_app.ui.graph.link import Known, Shown, place
from gui_app.ui.graph.panel import GraphPanel


def view(value: object) -> TensorView:
    """All that is told of a tensor with these elements."""
    array = np.array(value, dtype=np.float64)
    numbers = array.min(), array.max(), array.mean(), np.sqrt((array**2).sum())
    return TensorView(array.shape, "float32", "cpu", *map(float, numbers), array)


class Builder:
    """Adds nodes one after the other; each call returns the id."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def __call__(self, name: str, kind: NodeKind = "grad_fn", ins: tuple[int, ...] = (), **more: Any) -> int:
        """``ins``: where the inputs come from, in the order of their slots; ``flow``: what flows back over each."""
        number, flow = len(self.nodes), more.pop("flow", None)
        self.nodes.append(Node(number, name, kind, **{"shape": (), **more}))
        gradient = None if flow is None else view(flow)
        self.edges += [Edge(source, number, slot, 0, gradient) for slot, source in enumerate(ins)]
        return number

    def leaf(self, name: str, **more: Any) -> int:
        """A parameter with its AccumulateGrad, whose id it returns."""
        leaf = self(name, "leaf", label=name, **more)
        return self("AccumulateGrad", "accumulate", (leaf,))

    def graph(self, *roots: int, failure: Fault | None = None) -> Graph:
        """What has been built."""
        return Graph(tuple(self.nodes), tuple(self.edges), roots, (), failure)


def chain(rounds: int) -> Graph:
    """``y = x``, and as often as ``rounds`` says ``y = (y * y + x).tanh()``: the rounds of a loop."""
    b = Builder()
    x = last = b.leaf("x")
    for number in range(rounds):
        at = {"repeat": number}
        saved = b("self", "saved", note="freed")
        mul = b("MulBackward0", ins=(last, last, saved), span=Span(3, 8, 3, 13), **at)
        add = b("AddBackward0", ins=(mul, x), span=Span(3, 8, 3, 17), **at)
        last = b("TanhBackward0", ins=(add,), span=Span(3, 4, 3, 24), label="y", **at)
    root = b("SumBackward0", ins=(last,), span=Span(4, 0, 4, 7), label="loss")
    return b.graph(root)


def kinds() -> Graph:
    """One of everything: see the names."""
    b = Builder()
    w = b("w", "leaf", label="w", hooks=1)
    grad = b("AccumulateGrad", "accumulate", (w,))
    constant = b("k", "leaf", label="k")
    changed = b("self", "saved", version=0, changed=1)
    aliased = b("other", "saved", version=0, alias=w)
    mul = b("MulBackward0", ins=(grad, constant, changed, aliased), label="y", hooks=2)
    ghost = b("detach", "ghost", (mul,), label="c", note="not tracked")
    power = b("PowBackward0", ins=(mul, ghost))
    first = b("MulBackward0", ins=(power,), derivative_of=mul, derivation=1)
    second = b("AddBackward0", ins=(first,), derivative_of=first, derivation=2)
    root = b("SumBackward0", ins=(second,))
    return b.graph(root)


def failed() -> Graph:
    """A program that has come as far as ``x * x`` and cannot go on."""
    b = Builder()
    x = b.leaf("x", shape=(2, 3))
    square = b("MulBackward0", ins=(x, x), shape=(2, 3))
    message = "The shapes 2×3 and 2×3 do not fit for @: the inner sizes differ."
    fault = Fault(message, Span(2, 0, 2, 5), "Transpose one of them.", "mat1 and mat2 shapes")
    end = b("matmul", "failed", (square, x), shape=None, note=message, span=fault.span)
    return b.graph(end, failure=fault)


def show(panel: GraphPanel, graph: Graph, step: int = 0, before: Shown | None = None, **seen: Any) -> Shown:
    """Show the graph as the laboratory does, and let it arrive."""
    known = Known(panel.shared, panel.orientation, panel.saved, panel.folding, before)
    shown = place(graph, step, known, seen.get("seen", {}), lambda: False)
    panel.set_message("")
    panel.show_drawn(shown.drawn, shown.scene, shown.change)
    panel.finish()
    return shown
