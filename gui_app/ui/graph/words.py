"""What the graph says about a node: names and numbers as text, without any drawing."""

from __future__ import annotations

import html
import math
import re
from functools import lru_cache

from gui_app.core.graph import Node, TensorView
from gui_app.core.numbers import DIGITS, full, short

KINDS = {
    "leaf": "Leaf tensor",
    "accumulate": "Adds what arrives into the leaf's .grad",
    "grad_fn": "Recorded operation",
    "saved": "Tensor saved for the backward pass",
    "ghost": "Outside the graph: not tracked",
    "failed": "The operation that failed",
    "block": "A repeated part of the graph: double-click to open it",
}
ORDINALS = ("", "first", "second", "third", "fourth")
_BACKWARD = re.compile(r"Backward\d*$")


@lru_cache(maxsize=1024)
def operation(name: str) -> str:
    """``Add`` for ``AddBackward0``: the operation of the forward pass."""
    return _BACKWARD.sub("", name) or name


def shape_text(shape: tuple[int, ...]) -> str:
    """``3×2``; ``scalar`` for ()."""
    return "×".join(map(str, shape)) or "scalar"


def is_single(shape: tuple[int, ...] | None) -> bool:
    """One element, so that one number says it all; an unknown shape counts as one."""
    return shape is None or math.prod(shape) == 1


def value_text(view: TensorView | None, digits: int = DIGITS) -> str:
    """The number of a single element, the range of several (in 3 digits at most), nothing of none."""
    if view is None or not view.has_numbers:
        return ""
    if is_single(view.shape):
        return short(view.mean, digits)
    least, most = short(view.minimum, min(digits, 3)), short(view.maximum, min(digits, 3))
    return f"all {least}" if least == most else f"{least} … {most}"


def flow_text(view: TensorView) -> str:
    """What flows back over an edge, in a few characters."""
    return value_text(view) if is_single(view.shape) else f"norm {short(view.norm, 3)}"


def tooltip(node: Node) -> str:
    """Everything that is known of the node, as rich text with the numbers in full."""
    rows = [
        ("variable", node.label),
        ("shape", "" if node.shape is None else str(list(node.shape))),
        ("dtype", node.dtype),
        ("device", node.device),
        ("value", _numbers(node.value)),
        ("gradient", _numbers(node.gradient)),
        *remarks(node),
        ("note", node.note),
    ]
    body = "".join(
        f"<tr><td>{name}&nbsp;&nbsp;</td><td>{html.escape(text)}</td></tr>" for name, text in rows if text
    )
    return f"<b>{html.escape(node.name)}</b><br>{KINDS[node.kind]}<table>{body}</table>"


def summary(node: Node) -> str:
    """The node in one plain line, for screen readers."""
    value, gradient = value_text(node.value), value_text(node.gradient)
    parts = (
        node.label,
        node.name,
        value and f"value {value}",
        gradient and f"gradient {gradient}",
        *(f"{name} {text}" for name, text in remarks(node)),
        node.note,
    )
    return ", ".join(filter(None, parts))


def remarks(node: Node) -> list[tuple[str, str]]:
    """What is unusual about the node, each with its name."""
    told = []
    if node.changed is not None:
        counted = f"saved at version {node.version}, now {node.changed}"
        told.append(("changed in place", "not counted" if node.changed == node.version else counted))
    if node.hooks:
        told.append(("hooks", str(node.hooks)))
    if node.derivation:
        told.append(("derivative", ordinal(node.derivation)))
    if node.repeat is not None and node.repeat > 0:
        told.append(("round", str(node.repeat + 1)))
    return told


def ordinal(order: int) -> str:
    """``first`` for 1."""
    return ORDINALS[order] if order < len(ORDINALS) else f"{order}th"


def _numbers(view: TensorView | None) -> str:
    if view is None:
        return ""
    if not view.has_numbers:
        return "empty" if 0 in view.shape else "unknown"
    if is_single(view.shape):
        return full(view.mean)
    named = (("min", view.minimum), ("max", view.maximum), ("mean", view.mean), ("norm", view.norm))
    return " · ".join(f"{name} {full(number)}" for name, number in named)
