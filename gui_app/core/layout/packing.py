"""Which boxes hang together, and where the pieces stand: on shelves, the tallest first."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

from gui_app.core.layout.beside import Size
from gui_app.core.layout.chips import Cast
from gui_app.core.layout.component import Piece

SHELF_GAP = 48.0
"""Between two components, px."""
ASPECT = 1.5
"""Width of a full set of shelves over its height."""


def pieces(picture: Cast) -> list[Piece]:
    """The connected components, in the order of their first boxes."""
    leader = list(range(len(picture.boxes)))

    def find(box: int) -> int:
        while leader[box] != box:
            leader[box] = leader[leader[box]]
            box = leader[box]
        return box

    for _, source, target in (*picture.links, *picture.ties):
        first, second = sorted((find(source), find(target)))
        leader[second] = first
    found: dict[int, Piece] = {}
    for box in range(len(picture.boxes)):
        piece = found.setdefault(find(box), Piece([], [], []))
        if box not in picture.hosts:
            piece.boxes.append(box)
    for link in picture.links:
        found[find(link.source)].links.append(link)
    for link in picture.ties:
        found[find(link.source)].ties.append(link)
    return list(found.values())


def shelves(
    sizes: Sequence[Size], former: Sequence[tuple[float, float] | None] | None = None
) -> list[tuple[float, float]]:
    """Top left corner of each piece: side by side from the left, on as many shelves as look well together.

    Args:
        former: where the pieces were before, if at all: they come first, in the order in which one reads.
    """
    area = sum((width + SHELF_GAP) * (height + SHELF_GAP) for width, height in sizes)
    room = max([sqrt(ASPECT * area), *(width for width, _ in sizes)])

    def turn(index: int) -> tuple[float, float, float]:
        before = former[index] if former else None
        return (
            (inf, 0.0, -sizes[index][1]) if before is None else (round(before[1] / SHELF_GAP), before[0], 0.0)
        )

    places = [(0.0, 0.0)] * len(sizes)
    x = y = shelf = 0.0
    for index in sorted(range(len(sizes)), key=turn):
        width, height = sizes[index]
        if x and x + width > room:
            x, y, shelf = 0.0, y + shelf + SHELF_GAP, 0.0
        places[index] = x, y
        x += width + SHELF_GAP
        shelf = max(shelf, height)
    return places
