"""A recorded graph in DOT, the way torchviz writes it: for those who have tools or habits built on that.

The same boxes, colours and edges as ``torchviz.make_dot(output, params)``; only its names of the nodes, which are
addresses in memory there, are ``n0``, ``n1``, … here.
"""

from __future__ import annotations

from gui_app.core.graph import Graph, Node

_HEAD = """digraph {
\tgraph [size="%s,%s"]
\tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box style=filled]
"""
_LEAST_SIZE, _SIZE_PER_LINE = 12.0, 0.15
"""Inches."""
_SHOWN = frozenset({"grad_fn", "accumulate", "leaf"})


def format_torchviz(graph: Graph) -> str:
    """The DOT text of a graph; saved tensors and what was not tracked are left out, as torchviz does by default."""
    tracked = {edge.source for edge in graph.edges if graph.nodes[edge.target].kind == "accumulate"}
    kept = {
        node.id
        for node in graph.nodes
        if node.kind in _SHOWN and (node.kind != "leaf" or node.id in tracked or node.id in graph.roots)
    }
    nodes = [_node(node, node.id in graph.roots) for node in graph.nodes if node.id in kept]
    edges = [
        f"\tn{edge.source} -> n{edge.target}" for edge in graph.edges if {edge.source, edge.target} <= kept
    ]
    for root in dict.fromkeys(graph.roots):
        if root in kept and graph.nodes[root].kind != "leaf":
            name = _quoted(f"\n {_size(graph.nodes[root])}")
            nodes.append(f"\tout{root} [label={name} fillcolor=darkolivegreen1]")
            edges.append(f"\tn{root} -> out{root}")
    size = f"{max(_LEAST_SIZE, (len(nodes) + len(edges)) * _SIZE_PER_LINE):g}"
    return _HEAD % (size, size) + "\n".join([*nodes, *edges, "}", ""])


def _node(node: Node, root: bool) -> str:
    if node.kind != "leaf":
        return f"\tn{node.id} [label={_quoted(node.name)}]"
    fill = "darkolivegreen1" if root else "lightblue"
    name = f"{node.label}\n {_size(node)}"
    return f"\tn{node.id} [label={_quoted(name)} fillcolor={fill}]"


def _size(node: Node) -> str:
    return f"({', '.join(map(str, node.shape or ()))})"


def _quoted(text: str) -> str:
    """A string of DOT; what the user has typed stays text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\0", " ") + '"'
