"""Saved tensors: they stand left and right of the node that keeps them and travel with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gui_app.core.layout.chips import Cast

SIDE_GAP = 24.0
"""Between a box and the saved tensors beside it, px."""
STACK_GAP = 8.0

Size = tuple[float, float]


@dataclass(slots=True)
class Hull:
    """A box with all that stands beside it, px."""

    size: Size
    """Of the box itself."""
    left: float
    right: float
    """Reach from the middle of the box."""
    height: float
    aside: tuple[Sequence[int], Sequence[int]] = ((), ())
    """Boxes to the left and to the right, from above."""


def hulls(picture: Cast, sizes: Sequence[Size]) -> list[Hull]:
    """The hull of each box (a saved tensor that stands beside another box keeps a hull of its own)."""
    guests: dict[int, list[int]] = defaultdict(list)
    for saved, host in picture.hosts.items():
        guests[host].append(saved)
    return [_hull(size, guests.get(box, ()), sizes) for box, size in enumerate(sizes)]


def _hull(size: Size, guests: Sequence[int], sizes: Sequence[Size]) -> Hull:
    """The first half of the guests to the left, the others to the right: slot order from left to right."""
    hull = Hull(size, size[0] / 2, size[0] / 2, size[1])
    if not guests:
        return hull
    half = len(guests) // 2
    hull.aside = guests[:half], guests[half:]
    reach = [max((SIDE_GAP + sizes[guest][0] for guest in side), default=0.0) for side in hull.aside]
    stacks = [sum(sizes[guest][1] + STACK_GAP for guest in side) - STACK_GAP for side in hull.aside]
    hull.left += reach[0]
    hull.right += reach[1]
    hull.height = max(size[1], *stacks)
    return hull


def corners(hull: Hull, x: float, y: float, sizes: Sequence[Size]) -> dict[int, tuple[float, float]]:
    """Top left corner of each box beside a box whose middle is (x, y)."""
    found = {}
    for side, guests in enumerate(hull.aside):
        at = y - (sum(sizes[guest][1] + STACK_GAP for guest in guests) - STACK_GAP) / 2
        for guest in guests:
            width, height = sizes[guest]
            near = hull.size[0] / 2 + SIDE_GAP
            found[guest] = (x + near if side else x - near - width, at)
            at += height + STACK_GAP
    return found
