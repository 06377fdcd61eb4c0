"""What is said of a node in a few letters on the rim of its box."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from PySide6.QtCore import QRectF

from gui_app.core.graph import Graph, Node
from gui_app.ui.graph.fonts import FontKey, width

HEIGHT, PADDING, GAP = 16.0, 5.0, 3.0
"""Of a badge, px at 100 %."""
ABOVE, BEYOND = 11.0, 5.0
"""How far it reaches beyond the upper rim, and beyond the corner: what stands in the box stays readable."""
NOTABLE = frozenset({"new", "warning", "error", "broken"})
"""Roles of what is unusual."""
BROKEN = "broken"
"""Role of what stands at the first number that is not finite."""
UNCOUNTED = ".data"
"""What changes a tensor without a new version."""
PRIMES = "′″‴"
FONT: FontKey = "badge"


class Badge(NamedTuple):
    """A few letters and the role that gives their colours."""

    text: str
    role: str


NEW = Badge("new", "new")


def badges(
    graph: Graph, changed: Mapping[int, Node], new: Collection[int], broken: Mapping[int, str] | None = None
) -> dict[int, tuple[Badge, ...]]:
    """The badges of each node that has any.

    Args:
        graph: the graph as it is drawn.
        changed: by node, one of its saved tensors that was changed in place and is not drawn itself.
        new: the nodes that the step before did not have.
        broken: what of the first node that is not finite.
    """
    found = {}
    for node in graph.nodes:
        own = (*_of(node), *([_change(changed[node.id])] if node.id in changed else []))
        if node.id in new:
            own = (*own, NEW)
        if broken is not None and node.id in broken:
            own = (Badge(f"first {broken[node.id]}", BROKEN), *own)
        if own:
            found[node.id] = own
    return found


def _of(node: Node) -> list[Badge]:
    made = []
    if node.derivation:
        order = PRIMES[node.derivation - 1] if node.derivation <= len(PRIMES) else f"({node.derivation})"
        made.append(Badge(f"f\u2009{order}", "derivative"))
    if node.hooks:
        made.append(Badge("hook" if node.hooks == 1 else f"{node.hooks} hooks", "plain"))
    if node.changed is not None:
        made.append(_change(node))
    if node.kind == "failed":
        made.append(Badge("!", "error"))
    return made


def _change(saved: Node) -> Badge:
    counted = f"{saved.version} → {saved.changed}" if saved.changed != saved.version else UNCOUNTED
    return Badge(f"! {counted}", "warning")


def spread(area: QRectF, shown: tuple[Badge, ...]) -> list[tuple[QRectF, Badge]]:
    """Where they stand on the upper rim: from the left corner what is to be noticed, up to the right one the rest."""
    places, left, right = [], area.left() - BEYOND, area.right() + BEYOND
    for badge in shown:
        wide = max(width(badge.text, FONT) + 2 * PADDING, HEIGHT)
        notable = badge.role in NOTABLE
        right -= 0 if notable else wide
        places.append((QRectF(left if notable else right, area.top() - ABOVE, wide, HEIGHT), badge))
        left += wide + GAP if notable else 0
        right -= 0 if notable else GAP
    return places
