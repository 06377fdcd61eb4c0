"""Which boxes hang together, and where the pieces stand: on shelves, the tallest first."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def shelves(sizes: Sequence[Size]) -> list[tuple[float, float]]:
    """Top left corner of each piece: side by side from the left, on as many shelves as look well together."""
    area = sum((width + SHELF_GAP) * (height + SHELF_GAP) for width, height in sizes)
    room = max([math.sqrt(ASPECT * area), *(width for width, _ in sizes)])
    places = [(0.0, 0.0)] * len(sizes)
    x = y = shelf = 0.0
    for index in sorted(range(len(sizes)), key=lambda i: -sizes[i][1]):
        width, height = sizes[index]
        if x and x + width > room:
            x, y, shelf = 0.0, y + shelf + SHELF_GAP, 0.0
        places[index] = x, y
        x += width + SHELF_GAP
        shelf = max(shelf, height)
    return places
