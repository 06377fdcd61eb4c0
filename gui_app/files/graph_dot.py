"""A recorded graph in DOT, the language of Graphviz: everything that it holds.

Nodes are ``n0``, ``n1``, … by their ids. Whatever a program calls its variables comes out as text.
"""

from __future__ import annotations

from collections.abc import Mapping

from gui_app.core.graph import Edge, Graph, Node, NodeKind, TensorView

_STYLES: Mapping[NodeKind, str] = {
    "leaf": 'shape=ellipse, style=filled, fillcolor="#bfe3f2"',
    "accumulate": "shape=box, style=rounded",
    "grad_fn": "shape=box",
    "saved": 'shape=box, style="filled,dashed", fillcolor="#ffe9b8"',
    "ghost": 'shape=box, style=dotted, fontcolor="#666666"',
    "failed": 'shape=octagon, color="#d55e00", fontcolor="#d55e00"',
    "block": "shape=box3d",
}


def format_dot(graph: Graph) -> str:
    """Everything in a graph, from the leaves at the top to the roots; the same text for the same graph.

    Edges carry output and input slot where these are not 0, and what flows back; a dotted line joins a saved tensor to
    the node that it is the value of.
    """
    roots = set(graph.roots)
    lines = ["digraph {", "  rankdir=TB", '  node [fontname="Helvetica", fontsize=10]']
    lines += ['  edge [fontname="Helvetica", fontsize=8]']
    lines += [
        f"  n{node.id} [label={_quoted(_text(node))}, {_look(node, node.id in roots)}]"
        for node in graph.nodes
    ]
    lines += [f"  n{edge.source} -> n{edge.target}{_attributes(graph, edge)}" for edge in graph.edges]
    lines += [
        f"  n{node.id} -> n{node.alias} [style=dotted, arrowhead=none, constraint=false]"
        for node in graph.nodes
        if node.alias is not None
    ]
    return "\n".join([*lines, "}", ""])


def _text(node: Node) -> str:
    """What stands in a node, line by line."""
    name = f"{node.label} = {node.name}" if node.label not in ("", node.name) else node.name
    form = "" if node.shape is None else f"{node.dtype} {list(node.shape)}".strip()
    numbers = [
        f"{word} {_number(view)}"
        for word, view in (("value", node.value), ("gradient", node.gradient))
        if view
    ]
    remarks = [node.note]
    if node.version is not None and node.kind == "saved":
        remarks.append(
            f"version {node.version}" + (f", now {node.changed}" if node.changed is not None else "")
        )
    if node.hooks:
        remarks.append(f"hooks: {node.hooks}")
    if node.derivation:
        remarks.append(f"derivative {node.derivation}")
    return "\n".join(line for line in (name, form, *numbers, *remarks) if line)


def _number(view: TensorView) -> str:
    if view.elements is not None and view.elements.size == 1:
        return f"{view.mean:.6g}"
    return f"mean {view.mean:.4g}, norm {view.norm:.4g}"


def _look(node: Node, root: bool) -> str:
    return _STYLES[node.kind] + (", peripheries=2" if root else "")


def _attributes(graph: Graph, edge: Edge) -> str:
    kind = graph.nodes[edge.source].kind
    words = [f"{edge.output}→{edge.slot}"] if (edge.output or edge.slot) and kind != "saved" else []
    if edge.gradient is not None:
        words.append(_number(edge.gradient))
    parts = [f"label={_quoted(' · '.join(words))}"] if words else []
    parts += ["style=dashed"] if kind in ("saved", "ghost") else []
    return f" [{', '.join(parts)}]" if parts else ""


def _quoted(text: str) -> str:
    """A string of DOT: a backslash would begin an escape, a quotation mark end it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\r", " ").replace("\n", "\\n").replace("\0", " ") + '"'
