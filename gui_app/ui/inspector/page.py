"""The page about one node, as rich text: what it is by its kind, section by section."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape

from gui_app.core.graph import Graph, Node
from gui_app.ui.inspector import neighbours
from gui_app.ui.inspector.equations import accumulated, equations
from gui_app.ui.inspector.facts import facts
from gui_app.ui.inspector.figures import Formula
from gui_app.ui.inspector.subject import Subject
from gui_app.ui.inspector.tensors import tensor, written_out
from gui_app.ui.inspector.writer import Writer, shape_text

Section = Callable[[Subject, Writer], str]

KINDS = {
    "leaf": "Leaf tensor",
    "accumulate": "Adds what arrives to {name}.grad",
    "grad_fn": "Operation",
    "saved": "Saved for the backward pass",
    "ghost": "Outside the graph: not tracked",
    "failed": "This operation failed",
    "block": "A repeated part of the graph",
}


WITH_BIAS = frozenset({"Addmm", "Addmv", "Baddbmm"})
"""Operations to whose result the first input is added, repeated to fit."""


def page(subject: Subject, writer: Writer) -> str:
    """All that is known of a node; in two columns where the writer has them."""
    made = []
    for columns in _SECTIONS[subject.node.kind]:
        both = writer.wide and len(columns) == 2
        texts = _texts(columns, subject, writer, 0.5 if both else 1.0)
        if both and not all(texts):
            texts, both = _texts(columns, subject, writer, 1.0), False
        made.append(writer.columns(*texts, above=10 if made else 0) if both else "".join(texts))
    return "".join(made)


def _texts(
    columns: tuple[tuple[Section, ...], ...], subject: Subject, writer: Writer, share: float
) -> list[str]:
    writer.share = share
    return ["".join(section(subject, writer) for section in sections) for sections in columns]


def block_page(graph: Graph, block: Node, members: Sequence[int], writer: Writer) -> str:
    """What a rolled-up block repeats: ``members`` are node ids of ``graph``."""
    nodes = [graph.nodes[member] for member in members]
    counts = Counter(node.name for node in nodes if node.kind == "grad_fn")
    inside = set(members)
    used = {edge.source for edge in graph.edges if edge.target in inside} | inside
    leaves = [graph.nodes[node] for node in used if graph.nodes[node].kind == "accumulate"]
    parameters = sum(math.prod(leaf.shape or ()) for leaf in leaves)
    repeated = "×" in block.label
    facts = [
        [
            writer.muted("repeated" if repeated else "round"),
            escape(block.label.strip("× ") + " times" * repeated),
        ],
        [writer.muted("nodes"), f"{len(nodes):,}"],
        [writer.muted("operations"), f"{sum(counts.values()):,}"],
        [writer.muted("parameters"), f"{parameters:,} in {len(leaves):,} tensors" if leaves else "none"],
    ]
    made = [[writer.code(name), f"× {many:,}"] for name, many in counts.most_common(neighbours.MOST)]
    first = [node.id for node in nodes[: neighbours.MOST]]
    subject = Subject(graph, members[-1]) if members else None
    return (
        _title(writer, block.name, KINDS["block"], "")
        + writer.table(facts)
        + (writer.section("What it is made of") + writer.table(made) if made else "")
        + tensor(writer, "Value that leaves it", block.value, "value")
        + tensor(writer, "Gradient that arrives", block.gradient, "gradient")
        + (
            writer.section("Its first nodes") + writer.line(neighbours.links(subject, writer, first), above=0)
            if subject
            else ""
        )
    )


# Sections


def _head(subject: Subject, writer: Writer) -> str:
    node, name = subject.node, subject.name(subject.node)
    rule = subject.rule
    title = rule.title if rule else KINDS[node.kind].format(name=name)
    return _title(writer, name, title, node.name if name != node.name else "") + _form(subject, writer)


def _title(writer: Writer, name: str, title: str, called: str) -> str:
    own = f" {writer.muted('·')} {writer.muted(writer.code(called))}" if called else ""
    return (
        f"<p style='margin:0; font-size:x-large; font-weight:600'>{writer.code(name)}</p>"
        f"<p style='margin:2px 0 0 0'><b>{escape(title)}</b>{own}</p>"
    )


def _form(subject: Subject, writer: Writer) -> str:
    node = subject.node
    shape = "" if node.shape is None else shape_text(node.shape)
    form = " · ".join(filter(None, (shape, node.dtype, node.device)))
    return writer.line(writer.muted(escape(form))) if form else ""


def _words(subject: Subject, writer: Writer) -> str:
    """Its place in the program, and what it computes."""
    text = writer.line(writer.code(subject.excerpt), above=6) if subject.excerpt else ""
    return text + (writer.line(escape(subject.rule.words), above=6) if subject.rule else "")


def _note(subject: Subject, writer: Writer) -> str:
    """A remark of the recording; a saved tensor that is gone, or no longer what it was."""
    node = subject.node
    if node.changed is not None:
        return writer.warning(neighbours.changed(node))
    told = {
        "freed": "Freed: the backward pass has used it.",
        "not tracked": "Not tracked: no gradient flows through it.",
    }
    if node.note in told:
        return writer.warning(told[node.note])
    return writer.line(writer.muted(escape(node.note))) if node.note else ""


def _rule(subject: Subject, writer: Writer) -> str:
    rule, made = subject.rule, equations(subject)
    if rule is None or not made:
        return ""
    remarks = ["Element by element"] if rule.elementwise and subject.node.shape else []
    remarks += [rule.where] if rule.where else []
    remarks += _broadcast(subject)
    if any(equation.sign == "+=" for equation in made):
        remarks.append("+=: the value is used in several places, whose gradients add up")
    told = "".join(
        writer.remark(f"{escape(remark)}.", above=2 if place else 8) for place, remark in enumerate(remarks)
    )
    return writer.section("Rule") + writer.figure(Formula(made, writer.pixels), above=4) + told


def _broadcast(subject: Subject) -> list[str]:
    """Inputs that were repeated to fit the other: their gradient is summed over the repeats."""
    shape, added = subject.node.shape, subject.node.name.partition("Backward")[0] in WITH_BIAS
    if subject.rule is None or not (subject.rule.elementwise or added) or shape is None:
        return []
    names = {operand.slot: operand.name for operand in subject.operands}
    repeated = {
        names[edge.slot]: edge.gradient.shape
        for edge in subject.entering
        if edge.slot in names and edge.gradient is not None and edge.gradient.shape != shape
        if not (added and edge.slot)
    }
    return [
        f"What goes to {name} is summed: {name} was repeated from {shape_text(own)} to {shape_text(shape)}"
        for name, own in repeated.items()
    ]


def _value(subject: Subject, writer: Writer) -> str:
    return tensor(writer, "Value", subject.node.value, "value") + _all_elements(subject, writer, "value")


def _gradient(subject: Subject, writer: Writer) -> str:
    node = subject.node
    if node.kind in ("leaf", "accumulate"):
        title = f"Gradient, {writer.name(subject.name(node))}.grad"
    else:
        name = subject.name(node) if node.label else subject.result if subject.rule else "value"
        title = f"Gradient, ∂{writer.name(subject.loss)}/∂{writer.name(name)}"
    sums = accumulated(subject)
    total = writer.figure(Formula(sums, writer.pixels)) if sums else ""
    return (
        tensor(writer, title, node.gradient, "gradient") + total + _all_elements(subject, writer, "gradient")
    )


def _all_elements(subject: Subject, writer: Writer, which: str) -> str:
    view = subject.node.value if which == "value" else subject.node.gradient
    if view is None or view.elements is None or written_out(view.elements):
        return ""
    return writer.line(writer.anchor(f"elements:{which}", f"All {view.elements.size:,} elements"), above=6)


def _saved_by(subject: Subject, writer: Writer) -> str:
    """Whose saved tensor it is, and which tensor it is."""
    rows = [[writer.muted("kept by"), neighbours.links(subject, writer, [e.target for e in subject.leaving])]]
    node = subject.node
    if node.alias is not None:
        alias = subject.graph.nodes[node.alias]
        what = "the leaf" if alias.kind == "leaf" else "the result of"
        rows.append([writer.muted("is"), f"{what} {neighbours.links(subject, writer, [node.alias])}"])
    if node.version is not None:
        now = "not changed since" if node.changed is None else f"now {node.changed}"
        now = "changed since without being counted" if node.changed == node.version else now
        rows.append([writer.muted("version"), f"saved at {node.version}, {now}"])
    return writer.section("Saved tensor") + writer.table(rows)


def _failure(subject: Subject, writer: Writer) -> str:
    """What PyTorch refused, in plain words, and what to do."""
    fault = subject.graph.failure
    message = fault.message if fault else subject.node.note
    text = writer.warning(escape(message), error=True) if message else ""
    if fault and fault.hint:
        text += writer.line(escape(fault.hint), above=6)
    if fault and fault.details:
        text += writer.remark(escape(fault.details))
    return text


def _block(subject: Subject, writer: Writer) -> str:
    return writer.line(escape(" · ".join(filter(None, (subject.node.label, subject.node.note)))))


_SECTIONS: dict[str, tuple[tuple[tuple[Section, ...], ...], ...]] = {
    "grad_fn": (
        ((_head, _note), (_words,)),
        ((_rule,), (_value, _gradient)),
        ((neighbours.inputs, neighbours.saved), (neighbours.outputs, facts)),
    ),
    "leaf": (((_head, _note),), ((_value,), (_gradient,)), ((neighbours.outputs,), (facts,))),
    "accumulate": (
        ((_head, _note),),
        ((_gradient,), (_value,)),
        ((neighbours.entering, neighbours.outputs), (facts,)),
    ),
    "saved": (((_head, _note),), ((_saved_by,), (_value,))),
    "ghost": (((_head, _note, _words),), ((_value,), (neighbours.entering, neighbours.outputs, facts))),
    "failed": (((_head, _words, _failure, neighbours.entering),),),
    "block": (((_head, _block),), ((_value,), (_gradient,)), ((neighbours.entering,), (neighbours.outputs,))),
}
"""By kind of node the rows of the page, each of one column or of two that a narrow page has below each other."""
