"""The page about one node, as rich text: everything that is known of it, every number with its full form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape

import numpy as np

from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.core.numbers import full, short
from gui_app.ui.editor.starts import shape_text
from gui_app.ui.inspector.operations import letters, meanings, operation, plain, written
from gui_app.ui.theme import Palette

GRID_ROWS, GRID_COLUMNS = 8, 5
"""Most of a matrix that is written out; the rest is told by its range."""

KINDS = {
    "leaf": "Leaf tensor",
    "accumulate": "Adds what arrives to {name}.grad",
    "grad_fn": "Operation",
    "saved": "Saved for the backward pass",
    "ghost": "Outside the graph",
}


class Page:
    """Writes about one node of a graph with the colours and fonts it is given."""

    def __init__(self, graph: Graph, node_id: int, palette: Palette, monospace: str) -> None:
        self._graph = graph
        self._node = graph.nodes[node_id]
        self._palette = palette
        self._mono = monospace
        names = " ".join(node.label or node.name for node in graph.nodes)
        self._letters = letters(set(re.findall(r"\w+", names)))
        self._arriving = [e for e in graph.edges if e.source == node_id and e.gradient is not None]
        entering = [e for e in graph.edges if e.target == node_id]
        self._saved = [e for e in entering if graph.nodes[e.source].kind == "saved"]
        self._entering = [e for e in entering if graph.nodes[e.source].kind != "saved"]

    def html(self) -> str:
        """The whole page."""
        parts = (
            self._head(),
            self._operation(),
            self._tensor("Value", self._node.value),
            self._tensor(self._gradient_title(), self._node.gradient),
            self._flow("Gradient that arrives", self._arriving, lambda e: e.target, total=True),
            self._flow(
                "Gradient that goes on", [e for e in self._entering if e.gradient], lambda e: e.source
            ),
            self._neighbours(),
        )
        return "".join(filter(None, parts))

    # Parts

    def _head(self) -> str:
        node, name = self._node, self._name(self._node)
        known = operation(node.name) if node.kind == "grad_fn" else None
        title = known.title if known else KINDS[node.kind].format(name=name)
        called = "" if name == node.name else f" {self._muted(escape(node.name))}"
        form = " · ".join(filter(None, (self._form(node), node.dtype, node.device)))
        warned = f"margin:4px 0 0 0; color:{self._palette.warning}"
        note = f"<p style='{warned}'>{escape(node.note)}</p>" if node.note else ""
        return (
            f"<p style='margin:0; font-size:x-large; font-weight:600'>{self._code(escape(name))}</p>"
            f"<p style='margin:2px 0 0 0'>{escape(title)}{called}</p>"
            f"<p style='margin:2px 0 0 0'>{self._muted(escape(form))}</p>{note}"
        )

    def _name(self, node: Node) -> str:
        """The program's name of a node; an AccumulateGrad goes by its leaf's, the unnamed by PyTorch's."""
        if node.kind == "accumulate":
            leaves = (self._graph.nodes[e.source] for e in self._graph.edges if e.target == node.id)
            return next((leaf.label or leaf.name for leaf in leaves if leaf.kind == "leaf"), node.name)
        return node.label or node.name

    def _gradient_title(self) -> str:
        name = self._name(self._node)
        if self._node.kind in ("leaf", "accumulate"):
            return f"Gradient, {escape(name)}.grad"
        return f"Gradient, ∂loss/∂{escape(name) if self._node.label else self._letters['r']}"

    @staticmethod
    def _form(node: Node) -> str:
        return "" if node.shape is None else shape_text(node.shape)

    def _operation(self) -> str:
        known = operation(self._node.name) if self._node.kind == "grad_fn" else None
        if known is None:
            return ""
        rows = [("r", plain(known.formula))]
        rows += [(f"∂r/∂{name}", plain(text)) for name, text in zip("uv", known.local, strict=False)]
        rows += [
            (where or "passes on", text) for where, _, text in (line.rpartition(": ") for line in known.flow)
        ]
        told = meanings([text for row in rows for text in row], self._letters)
        return (
            self._section("Formula")
            + self._table(
                [
                    (self._muted(written(name, self._letters)), self._code(written(text, self._letters)))
                    for name, text in rows
                ]
            )
            + f"<p style='margin:2px 0 0 0; font-size:small'>{self._muted(told)}</p>"
        )

    def _tensor(self, title: str, view: TensorView | None) -> str:
        if view is None:
            return ""
        shown = view.elements
        if shown is not None and shown.size == 1:
            return (
                self._section(title)
                + f"<p style='margin:0; font-size:large'>{self._number(float(shown.item()))}</p>"
            )
        body = self._matrix(shown) if shown is not None and 1 <= shown.ndim <= 2 and shown.size else ""
        statistics = (("min", view.minimum), ("max", view.maximum), ("mean", view.mean), ("norm", view.norm))
        told = "&nbsp;&nbsp; ".join(
            f"{self._muted(name)}&nbsp;{self._number(value)}" for name, value in statistics
        )
        return self._section(title) + body + f"<p style='margin:4px 0 0 0'>{told}</p>"

    def _matrix(self, elements: np.ndarray) -> str:
        """The elements as a grid, its first rows and columns where there are more."""
        grid = np.atleast_2d(elements)
        rows, columns = grid.shape
        dots = self._muted("…")
        lines = []
        for line in grid[:GRID_ROWS, :GRID_COLUMNS].tolist():
            lines.append([self._number(value) for value in line] + [dots] * (columns > GRID_COLUMNS))
        if rows > GRID_ROWS:
            lines.append([dots] * len(lines[0]))
        cells = "".join(
            f"<tr>{''.join(f'<td align=right>{cell}</td>' for cell in line)}</tr>" for line in lines
        )
        border = f"border:1px solid {self._palette.grid}; border-collapse:collapse"
        return f"<table cellspacing='0' cellpadding='4' style='{border}'>{cells}</table>"

    def _flow(
        self, title: str, edges: list[Edge], other: Callable[[Edge], int], *, total: bool = False
    ) -> str:
        """One line an edge: ``from PowBackward0   5 × 40 = 200``; the sum where several meet."""
        if not edges:
            return ""
        rows = [(self._link(other(edge)), self._product(edge)) for edge in edges]
        if total and len(edges) > 1 and self._node.gradient is not None:
            rows.append((self._muted("their sum"), self._told(self._node.gradient)))
        return self._section(title) + self._table(rows)

    def _product(self, edge: Edge) -> str:
        """``upstream × local = result`` for single numbers, the result alone otherwise."""
        upstream, passed = self._graph.nodes[edge.target].gradient, edge.gradient
        assert passed is not None
        before, after = _scalar(upstream), _scalar(passed)
        if before is None or after is None or self._graph.nodes[edge.target].kind == "accumulate":
            return self._told(passed)
        if before == 0 or not np.isfinite([before, after]).all():
            return f"{self._number(before)} × {self._muted('local')} = {self._number(after)}"
        return f"{self._number(before)} × {self._number(after / before)} = {self._number(after)}"

    def _told(self, view: TensorView) -> str:
        number = _scalar(view)
        if number is not None:
            return self._number(number)
        ends = f"{self._number(view.minimum)} … {self._number(view.maximum)}"
        return f"{self._code(shape_text(view.shape))} · {ends}"

    def _neighbours(self) -> str:
        """Links to what enters the node, what it enters and what it has saved."""
        around = {
            "from": [edge.source for edge in self._entering],
            "into": [edge.target for edge in self._graph.edges if edge.source == self._node.id],
            "saved": [edge.source for edge in self._saved],
        }
        rows = [(self._muted(name), self._links(ids)) for name, ids in around.items() if ids]
        return self._section("Neighbours") + self._table(rows) if rows else ""

    def _links(self, ids: list[int]) -> str:
        """Each node once; how often, where it is more than once."""
        times = Counter(ids)
        return ", ".join(self._link(node) + (f"&nbsp;×{n}" if n > 1 else "") for node, n in times.items())

    # Pieces

    def _section(self, title: str) -> str:
        return f"<p style='margin:14px 0 3px 0; font-size:small; color:{self._palette.muted}'>{title}</p>"

    def _table(self, rows: list[tuple[str, str]]) -> str:
        cells = "".join(
            f"<tr><td style='padding-right:12px; vertical-align:middle'>{name}</td><td>{text}</td></tr>"
            for name, text in rows
        )
        return f"<table cellspacing='0' cellpadding='1'>{cells}</table>"

    def _muted(self, text: str) -> str:
        return f"<span style='color:{self._palette.muted}'>{text}</span>"

    def _code(self, text: str) -> str:
        return f"<span style='font-family:\"{self._mono}\"'>{text}</span>"

    def _number(self, value: float) -> str:
        colour = "" if np.isfinite(value) else f"; color:{self._palette.error}"
        style = f'font-family:"{self._mono}"{colour}'
        return f"<span title='{full(value)}' style='{style}'>{short(value)}</span>"

    def _link(self, node_id: int) -> str:
        """The node's names; one that the program did not name also shows its value, to be told from others."""
        node = self._graph.nodes[node_id]
        own = self._name(node)
        text = own if own == node.name else f"{own} {node.name}"
        value = _scalar(node.value)
        if own == node.name and value is not None:
            text += f" = {short(value)}"
        style = f"color:{self._palette.accent}; text-decoration:none"
        return f"<a href='node:{node_id}' style='{style}'>{escape(text)}</a>"


def _scalar(view: TensorView | None) -> float | None:
    if view is None or view.elements is None or view.elements.size != 1:
        return None
    return float(view.elements.item())
