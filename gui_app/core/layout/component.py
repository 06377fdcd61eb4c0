"""One connected piece of the picture, from its links to coordinates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gui_app.core.layout.beside import Hull, Size, corners
from gui_app.core.layout.chips import Link
from gui_app.core.layout.layers import MOST_DUMMIES, Strata, levels, strata, wrapped
from gui_app.core.layout.ordering import Held, ordered, walked
from gui_app.core.layout.placement import Points
from gui_app.core.layout.placing import DUMMY_HALF, Extents, aligned, least_distances, placed
from gui_app.core.layout.repetition import shortened
from gui_app.core.layout.routing import Pen, draw, draw_ties
from gui_app.core.layout.stacking import stacked

HALF_GAP = 12.0
"""Half of what separates two boxes of a row, px."""
DENSE = 8
"""Links for each box from which many links are no longer told apart: then a plain grid serves as well."""

SMALL = 400
"""Cells up to which a graph is tried twice."""
MOST_HELD = 5_000
"""Cells up to which boxes keep their order when a part of the graph is another."""
SAME_ROW = 8.0
"""Boxes whose middles were as near to each other along the flow stood side by side, px."""


@dataclass(slots=True)
class Part:
    """A component's boxes and links (indices of the whole picture), laid out from (0, 0)."""

    corners: dict[int, tuple[float, float]]
    """Top left corner of each box."""
    links: list[Link]
    points: Points
    """The points of all wires, one after the other."""
    ends: list[int]
    """Number of points up to and with the wire of each link."""
    size: Size


@dataclass(slots=True)
class Frame:
    """What all components share, by box of the whole picture."""

    sizes: Sequence[Size]
    hulls: Sequence[Hull]
    hosts: Mapping[int, int]
    """Box of a saved tensor → the box that it stands beside."""
    roots: set[int]
    """Boxes of the traced results."""
    near: Mapping[int, tuple[float, float]]
    """Where the middles of some boxes were before."""


@dataclass(slots=True)
class Piece:
    """The boxes and links of a component, not laid out yet; saved tensors come with their hosts."""

    boxes: list[int]
    links: list[Link]
    ties: list[Link]


def lay_out(piece: Piece, frame: Frame, check: Callable[[], None]) -> Part:
    """Positions of the boxes and wires of one component."""
    hulls, sizes = frame.hulls, frame.sizes
    own = {box: index for index, box in enumerate(piece.boxes)}
    links = [Link(edge, own[source], own[target]) for edge, source, target in piece.links]
    shapes = [hulls[box] for box in piece.boxes]
    roots = {own[box] for box in frame.roots & own.keys()}
    near = {own[box]: frame.near[box] for box in frame.near.keys() & own.keys()}
    grid, x = _arranged(links, shapes, roots, near, check)
    check()
    stack, x = stacked(grid, shapes, x)
    middles = [(x[cell], (stack.top[row] + stack.bottom[row]) / 2) for cell, row in enumerate(grid.level)]
    pen = Pen()
    draw(pen, grid, x, stack, shapes, check)
    places: dict[int, tuple[float, float]] = {}
    for box, shape, (cx, cy) in zip(piece.boxes, shapes, middles, strict=False):
        places[box] = cx - shape.size[0] / 2, cy - shape.size[1] / 2
        if any(shape.aside):
            places |= corners(shape, cx, cy, sizes)
    draw_ties(pen, piece.ties, frame.hosts, places, sizes)
    return _cropped(places, piece.links + piece.ties, pen, sizes)


def _arranged(
    links: list[Link],
    shapes: list[Hull],
    roots: set[int],
    near: Mapping[int, tuple[float, float]],
    check: Callable[[], None],
) -> tuple[Strata, list[float]]:
    """Rows and x of each cell; a plain grid where the graph is too dense to be more."""
    best: tuple[int, Strata, list[float]] | None = None
    for late in (False, True):
        widths = [shape.left + shape.right + 2 * HALF_GAP for shape in shapes]
        level = wrapped(levels(len(shapes), links, late), widths, links)
        check()
        needed = sum(level[target] - level[source] - 1 for _, source, target in links)
        if needed + len(links) > MOST_DUMMIES and len(links) > DENSE * len(shapes):
            grid = strata(level, links, 0)
            rows, extents = walked(grid, upward=True), _extents(grid, shapes)
            return grid, aligned(rows, [least_distances(row, extents) for row in rows])
        grid = strata(level, links)
        end = max(range(len(shapes)), key=lambda box: (box in roots, level[box], -box))
        crossed, x = _solved(grid, _extents(grid, shapes), end, _held(grid, near), check)
        if best is None or crossed < best[0]:
            best = crossed, grid, x
        if not crossed or len(grid.level) > SMALL:
            break
    assert best is not None
    return best[1], best[2]


def _extents(grid: Strata, shapes: list[Hull]) -> Extents:
    dummies = [DUMMY_HALF] * (len(grid.level) - len(shapes))
    return Extents(
        [HALF_GAP + shape.left for shape in shapes] + dummies,
        [HALF_GAP + shape.right for shape in shapes] + dummies,
    )


def _held(grid: Strata, near: Mapping[int, tuple[float, float]]) -> Held:
    """The boxes of each row that stood side by side before, in the order in which they stood."""
    if len(grid.level) > MOST_HELD:
        return {}
    beside: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for box, (_, along) in near.items():
        beside[grid.level[box], round(along / SAME_ROW)].append(box)
    longest: dict[int, list[int]] = {}
    for (row, _), boxes in sorted(beside.items()):
        if len(boxes) > max(1, len(longest.get(row, ()))):
            longest[row] = sorted(boxes, key=lambda box: (near[box][0], box))
    return longest


def _solved(
    grid: Strata, extents: Extents, end: int, held: Held, check: Callable[[], None]
) -> tuple[int, list[float]]:
    """Crossings and x of each cell; a graph that repeats itself is solved without its repetitions if that holds."""
    start = walked(grid, upward=True)
    short = None if held else shortened(grid, start, extents)
    if short is not None:
        first = walked(short.strata, upward=True)
        rows, crossed = ordered(short.strata, first, {}, check, cells=len(grid.level))
        shifts = [least_distances(row, short.extents) for row in rows]
        x = placed(short.strata, rows, shifts, short.standing_for(end, grid.level[end]), check)
        whole = short.expanded(rows, x)
        if whole is not None:
            return crossed, whole
    rows, crossed = ordered(grid, start, held, check)
    shifts = [least_distances(row, extents) for row in rows]
    return crossed, placed(grid, rows, shifts, end, check)


def _cropped(
    places: dict[int, tuple[float, float]], links: list[Link], pen: Pen, sizes: Sequence[Size]
) -> Part:
    """The part, moved so that it begins at (0, 0)."""
    points = np.array(pen.coordinates, dtype=np.float64).reshape(-1, 2)
    first = np.array(list(places.values()))
    last = first + np.array([sizes[box] for box in places])
    low = np.floor(np.vstack((first, points)).min(axis=0))
    high = np.vstack((last, points)).max(axis=0)
    moved = dict(zip(places, map(tuple, (first - low).tolist()), strict=True))
    width, height = (high - low).tolist()
    return Part(moved, links, points - low, pen.ends, (width, height))
