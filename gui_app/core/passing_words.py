"""What is said about a frame of a pass: a line about what has arrived, and one for each thing that flows on.

``MulBackward0 · upstream 430`` and ``430 × local 40 = 17200 → x``; at a fan-in ``x.grad = 16000 + 1200 = 17200``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, groupby
from typing import Literal, NamedTuple

import numpy as np

from gui_app.core.graph import Node, TensorView
from gui_app.core.numbers import short
from gui_app.core.passing import Frame, Pass, Step, Sum

Role = Literal["name", "text", "muted", "gradient", "value"]
FEW_ELEMENTS = 4
"""A tensor of at most so many elements is written out."""
MOST_TERMS = 4
"""A sum of more terms is shortened in its middle."""
MOST_INPUTS = 3
MOST_LEAVES = 4


class Part(NamedTuple):
    """A few characters in one role: names bold, gradients and values in their colours."""

    text: str
    role: Role = "text"


Line = tuple[Part, ...]
DOT, TIMES, EQUALS, PLUS, ARROW = (Part(sign, "muted") for sign in (" · ", " × ", " = ", " + ", " → "))


def caption(walk: Pass, frame: Frame) -> tuple[Line, ...]:
    """The lines about the frame: its title, then one for each thing that flows."""
    if walk.direction == "forward":
        return _leaves(walk) if frame.node < 0 else _evaluated(walk, frame)
    if frame.node < 0:
        return _seeds(walk)
    node = walk.graph.nodes[frame.node]
    return _accumulated(walk, node) if node.kind == "accumulate" else _passed_on(walk, node, frame.steps)


def plain(lines: Sequence[Line]) -> str:
    """The lines as text, for tool tips and screen readers."""
    return "\n".join("".join(part.text for part in line) for line in lines)


def written(view: TensorView | None) -> str:
    """The number of a single element, the elements if they are few, else the shape with the norm."""
    if view is None:
        return "…"
    if 0 in view.shape:
        return f"{'×'.join(map(str, view.shape))} (empty)"
    if view.elements is not None and view.elements.size == 1:
        return short(view.mean)
    if view.elements is not None and view.elements.size <= FEW_ELEMENTS:
        return _listed(view.elements.tolist())
    return f"{'×'.join(map(str, view.shape))} (norm {short(view.norm, 3)})"


def brief(view: TensorView | None) -> str:
    """The same in few letters, for the picture: of many elements the norm alone."""
    if view is None or view.elements is None or view.elements.size > FEW_ELEMENTS:
        return "…" if view is None else f"norm {short(view.norm, 3)}"
    return written(view)


def name_of(walk: Pass, node: int) -> str:
    """What the program calls it: the variable or leaf, else PyTorch's own name."""
    found = walk.graph.nodes[node]
    if found.kind == "accumulate":
        leaf = leaf_of(walk, node)
        return leaf.label or leaf.name if leaf is not None else found.name
    if found.kind == "block":
        return f"{found.name} {found.label}"
    return found.label or found.name


def leaf_of(walk: Pass, accumulate: int) -> Node | None:
    """The leaf behind an AccumulateGrad."""
    sources = (walk.graph.nodes[walk.graph.edges[edge].source] for edge in walk.entering[accumulate])
    return next((source for source in sources if source.kind == "leaf"), None)


def total(arrived: Sum, shown: Callable[[TensorView | None], str] = written) -> Line:
    """``16000 + 1200 = 17200``, and only the number where there is one term; numbers as ``shown`` writes them."""
    terms = [Part(shown(term), "gradient") for term in arrived.terms]
    if len(terms) > MOST_TERMS:
        left_out = len(terms) - MOST_TERMS + 1
        terms = [*terms[: MOST_TERMS - 2], Part(f"… {left_out} more", "muted"), terms[-1]]
    if len(terms) == 1:
        return (terms[0],)
    return (*_joined(terms), EQUALS, Part(shown(arrived.total), "gradient"))


def _joined(terms: Sequence[Part]) -> Line:
    """The terms with plus signs; a minus of a number takes the place of its plus."""
    parts: list[Part] = [terms[0]]
    for term in terms[1:]:
        minus = term.text.startswith("-")
        parts += (
            [Part(" − ", "muted"), term._replace(text=term.text.removeprefix("-"))] if minus else [PLUS, term]
        )
    return tuple(parts)


def _title(node: Node) -> Line:
    if node.kind == "block":
        return (Part(f"{node.name} {node.label}", "name"),)
    label = (Part(f"{node.label} ", "name"),) if node.label and node.label != node.name else ()
    return (*label, Part(node.name, "text" if label else "name"))


def _passed_on(walk: Pass, node: Node, steps: Sequence[Step]) -> tuple[Line, ...]:
    arrived = walk.fan_in(node.id)
    upstream = (
        (DOT, Part("upstream ", "muted"), *total(arrived))
        if arrived
        else (DOT, Part("nothing arrives", "muted"))
    )
    if not steps:
        return ((*_title(node), *upstream), (Part("passes nothing on", "muted"),))
    inputs = [_step(walk, list(same)) for _, same in groupby(steps, key=lambda step: _receiver(walk, step))]
    rest = len(inputs) - MOST_INPUTS
    more = [(Part(f"… {rest} more inputs", "muted"),)] if rest > 0 else []
    return ((*_title(node), *upstream), *inputs[:MOST_INPUTS], *more)


def _receiver(walk: Pass, step: Step) -> tuple[int, int, str]:
    edge = walk.graph.edges[step.edge]
    return edge.source, edge.output, written(step.passed)


def _step(walk: Pass, same: Sequence[Step]) -> Line:
    """``430 × local 40 = 17200 → x``; the same thing sent twice is told once."""
    step = same[0]
    source = walk.graph.nodes[walk.graph.edges[step.edge].source]
    target = (Part(name_of(walk, source.id), "name"), *_told_apart(source))
    twice = (Part(" twice" if len(same) == 2 else f" {len(same)} times", "muted"),) if len(same) > 1 else ()
    passed = Part(written(step.passed), "gradient")
    product: Line = (Part(written(step.upstream), "gradient"), TIMES)
    if step.local is not None:
        product = (*product, Part("local ", "muted"), Part(written(step.local), "value"), EQUALS)
    elif step.upstream is not None and step.upstream.norm == 0:
        product = (*product, Part("local", "muted"), EQUALS)
    else:
        product = ()
    return (*product, passed, ARROW, *target, *twice)


def _told_apart(node: Node) -> Line:
    """The value of a node without a name of its own: there may be many like it in the picture."""
    single = node.value is not None and node.value.elements is not None and node.value.elements.size == 1
    nameless = node.kind == "grad_fn" and not node.label
    return (Part(f" ({written(node.value)})", "muted"),) if single and nameless else ()


def _accumulated(walk: Pass, node: Node) -> tuple[Line, ...]:
    """``x.grad = 16000 + 1200 = 17200``, after what was in ``.grad`` before."""
    leaf, arrived = leaf_of(walk, node.id), walk.fan_in(node.id)
    if arrived is None:
        return (_title(node),)
    name = Part(f"{name_of(walk, node.id)}.grad", "name")
    here = total(arrived)
    before = _before(leaf, arrived.total)
    if before is None or leaf is None:
        return ((Part("AccumulateGrad", "text"),), (name, EQUALS, *here))
    terms = _joined([Part(written(term), "gradient") for term in arrived.terms[:MOST_TERMS]])
    told = (before, Part(" before", "muted"), PLUS, *terms, EQUALS, Part(written(leaf.gradient), "gradient"))
    return (
        (Part("AccumulateGrad", "text"), DOT, Part("adds to what was there", "muted")),
        (name, EQUALS, *told),
    )


def _before(leaf: Node | None, arrived: TensorView | None) -> Part | None:
    """What ``.grad`` held before this pass, if it was not empty."""
    if leaf is None or leaf.gradient is None or arrived is None:
        return None
    now, new = leaf.gradient.elements, arrived.elements
    if now is None or new is None or now.shape != new.shape or np.array_equal(now, new, equal_nan=True):
        return None
    earlier = now - new
    if earlier.size == 1:
        return Part(short(float(earlier)), "gradient")
    return Part(f"norm {short(float(np.sqrt((earlier**2).sum())), 3)}", "gradient")


def _seeds(walk: Pass) -> tuple[Line, ...]:
    """``∂z/∂z = 1``, or the weights that a vector backward was given."""
    graph = walk.graph
    roots = [root for root in dict.fromkeys(graph.roots) if walk.fan_in(root, 0) is not None]
    lines = [_seed(name_of(walk, root), walk.fan_in(root, 0)) for root in roots[:MOST_LEAVES]]
    title = (Part("The backward pass begins at the result", "muted"),)
    return (title, *lines)


def _seed(name: str, seed: Sum | None) -> Line:
    assert seed is not None
    value = Part(written(seed.terms[0]), "gradient")
    if written(seed.terms[0]) == "1":
        name = name if "Backward" not in name else "result"
        return (Part(f"∂{name}/∂{name}", "name"), EQUALS, value)
    return (Part(name, "name"), Part(" gets the weights ", "muted"), value)


def _leaves(walk: Pass) -> tuple[Line, ...]:
    """``x = 10   a = 5``: what the program begins with."""
    leaves = [node for node in walk.graph.nodes if node.kind == "leaf"]
    lines = [_valued(node.label or node.name, node.value) for node in leaves[:MOST_LEAVES]]
    if len(leaves) > MOST_LEAVES:
        lines.append((Part(f"… {len(leaves) - MOST_LEAVES} more", "muted"),))
    title = (Part("The forward pass begins with the leaves", "muted"),)
    return (title, *lines)


def _evaluated(walk: Pass, frame: Frame) -> tuple[Line, ...]:
    """``MulBackward0`` and ``20 and x = 10 → 200``."""
    node, edges = walk.graph.nodes[frame.node], walk.graph.edges
    inputs = [_input(walk, edges[step.edge].source, step.passed) for step in frame.steps[:MOST_INPUTS]]
    if len(frame.steps) > MOST_INPUTS:
        inputs.append((Part(f"{len(frame.steps) - MOST_INPUTS} more", "muted"),))
    parts = chain.from_iterable(
        line if number == 0 else (Part(" and ", "muted"), *line) for number, line in enumerate(inputs)
    )
    result = (Part(written(node.value), "value"),) if node.value is not None else (Part("…", "muted"),)
    name = (Part(node.label, "name"), EQUALS) if node.label else ()
    return (_title(node), (*parts, ARROW, *name, *result) if inputs else (*name, *result))


def _input(walk: Pass, node: int, value: TensorView | None) -> Line:
    name = name_of(walk, node)
    return (
        (Part(written(value), "value"),)
        if name.endswith(tuple("0123456789")) and "Backward" in name
        else _valued(name, value)
    )


def _valued(name: str, value: TensorView | None) -> Line:
    return Part(name, "name"), EQUALS, Part(written(value), "value")


def _listed(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_listed, value))}]"
    assert isinstance(value, float)
    return short(value)
