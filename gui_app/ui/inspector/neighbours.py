"""What a page says of the nodes around: inputs, saved tensors, and where the gradient comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gui_app.core.graph import Edge, Node
from gui_app.ui.inspector.subject import Operand, Subject
from gui_app.ui.inspector.writer import Writer, shape_text

MOST = 12
"""Neighbours that are listed one by one."""


def inputs(subject: Subject, writer: Writer) -> str:
    """Where the operands come from, what they are, and what is sent back to them."""
    if subject.rule is None:
        return entering(subject, writer)
    back = {edge.slot: edge for edge in subject.entering}
    rows = [_operand(subject, writer, operand, back.get(operand.slot)) for operand in subject.operands[:MOST]]
    rows = [row for row in rows if row]
    heads = ("", "from", "value", "sends back" if any(row[3] for row in rows) else "")
    return (
        writer.section("Inputs") + writer.table(rows, heads) + _more(writer, len(subject.operands))
        if rows
        else ""
    )


def _operand(subject: Subject, writer: Writer, operand: Operand, edge: Edge | None) -> list[str]:
    if operand.source is None or edge is None:
        value = (
            writer.sized(operand.value)
            if operand.value or operand.literal is None
            else writer.number(operand.literal)
        )
        return (
            [writer.symbol(operand.name, operand.rank), writer.muted("not tracked"), value, ""]
            if operand.name
            else []
        )
    source = subject.graph.nodes[operand.source]
    value = writer.sized(operand.value) if operand.value else _brief(writer, source, edge)
    text = source.name if operand.name == subject.name(source) else called(subject, source)
    return [
        writer.symbol(operand.name, operand.rank),
        _link(writer, source, text, edge),
        value,
        writer.flowing(edge.gradient),
    ]


def entering(subject: Subject, writer: Writer) -> str:
    """The same for an operation that no rule is known of."""
    rows = [
        [
            _link(
                writer,
                subject.graph.nodes[edge.source],
                called(subject, subject.graph.nodes[edge.source]),
                edge,
            ),
            _brief(writer, subject.graph.nodes[edge.source], edge),
            writer.flowing(edge.gradient),
        ]
        for edge in subject.entering[:MOST]
    ]
    heads = ("from", "value", "sends back" if any(row[2] for row in rows) else "")
    return (
        writer.section("Inputs") + writer.table(rows, heads) + _more(writer, len(subject.entering))
        if rows
        else ""
    )


def outputs(subject: Subject, writer: Writer) -> str:
    """What the value goes into, and the gradient that comes back from there; their sum where they are several."""
    node, edges = subject.node, subject.leaving
    if not edges:
        return ""
    back = any(edge.gradient is not None for edge in edges)
    if not back and len(edges) > 1:
        times = Counter(edge.target for edge in edges)
        links = [
            writer.link(target, called(subject, subject.graph.nodes[target]))
            + (f"&nbsp;×{many}" if many > 1 else "")
            for target, many in list(times.items())[:MOST]
        ]
        return (
            writer.section("Goes into") + writer.line(", ".join(links), above=0) + _more(writer, len(times))
        )
    rows = [
        [writer.link(e.target, called(subject, subject.graph.nodes[e.target])), writer.flowing(e.gradient)]
        for e in edges[:MOST]
    ]
    more = _more(writer, len(edges))
    if back and len(edges) > 1 and node.gradient is not None:
        rows.append([writer.muted("their sum"), f"<b>{writer.flowing(node.gradient)}</b>"])
    return (
        writer.section("Goes into")
        + writer.table(rows, ("into", "gradient from there") if back else ())
        + more
    )


def saved(subject: Subject, writer: Writer) -> str:
    """What the operation has kept for its backward pass."""
    nodes = [subject.graph.nodes[edge.source] for edge in subject.saved]
    if not nodes:
        return ""
    rows = [
        [writer.link(node.id, node.name), _kept(writer, node), _version(writer, node)]
        for node in nodes[:MOST]
    ]
    warned = "".join(writer.warning(changed(node)) for node in nodes if node.changed is not None)
    return (
        writer.section("Saved for the backward pass")
        + writer.table(rows)
        + _more(writer, len(nodes))
        + warned
    )


def _kept(writer: Writer, node: Node) -> str:
    if node.value is None:
        return writer.muted(node.note or (shape_text(node.shape) if node.shape is not None else "not known"))
    return writer.sized(node.value)


def _version(writer: Writer, node: Node) -> str:
    return "" if not node.version and node.changed is None else writer.muted(f"version {node.version or 0}")


def changed(node: Node) -> str:
    """That a saved tensor is no longer what was saved."""
    then = node.version or 0
    if node.changed == then:
        return (
            f"{node.name} was changed through .data. That is not counted, so the gradient is silently wrong."
        )
    return f"{node.name} was saved at version {then} and is now at version {node.changed}: changed in place."


def called(subject: Subject, node: Node) -> str:
    """The names by which a node is told from others: the program's, then PyTorch's."""
    own = subject.name(node)
    return own if own == node.name else f"{own} · {node.name}"


def _link(writer: Writer, node: Node, text: str, edge: Edge) -> str:
    part = f" {writer.muted(f'output {edge.output}')}" if edge.output else ""
    return writer.link(node.id, text) + part


def _brief(writer: Writer, source: Node, edge: Edge) -> str:
    """The value of an input, or its shape."""
    if source.value is not None and edge.output == 0:
        return writer.sized(source.value)
    return writer.muted(shape_text(source.shape)) if source.shape is not None and edge.output == 0 else ""


def _more(writer: Writer, count: int) -> str:
    return writer.remark(f"and {count - MOST:,} more", above=2) if count > MOST else ""


def links(subject: Subject, writer: Writer, nodes: Sequence[int]) -> str:
    """Links to nodes in one line."""
    return ", ".join(writer.link(node, called(subject, subject.graph.nodes[node])) for node in nodes)
