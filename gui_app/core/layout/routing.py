"""The wires: where they leave and enter a box, and their way from row to row.

Between two rows a wire is an S that begins and ends upright; all of them share the same heights there, so two wires
cross only if their ends change sides. Through a row a wire runs straight down in the place that a dummy keeps free.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gui_app.core.layout.beside import Hull, Size
from gui_app.core.layout.chips import Link
from gui_app.core.layout.layers import Strata
from gui_app.core.layout.stacking import LANE, TURN, Stack

PORT_PITCH = 12.0
"""Between two wires at the same side of a box, px."""
CORNER = 16.0
"""Least distance of a wire from the corner of its box, px: corners may be round."""
RADIUS = 8.0
"""Of a wire's turn, px."""


@dataclass(slots=True)
class Pen:
    """Draws one wire after the other into flat coordinates."""

    coordinates: list[float] = field(default_factory=list)
    """x, y of all points of all wires, in turn."""
    ends: list[int] = field(default_factory=list)
    """Number of points up to and with each wire."""
    x: float = 0.0
    y: float = 0.0

    def begin(self, x: float, y: float) -> None:
        """Start a wire."""
        self.coordinates += (x, y)
        self.x, self.y = x, y

    def end(self) -> None:
        """Finish a wire."""
        self.ends.append(len(self.coordinates) // 2)

    def line(self, x: float, y: float) -> None:
        """Straight on to (x, y)."""
        dx, dy = (x - self.x) / 3, (y - self.y) / 3
        self.coordinates += (self.x + dx, self.y + dy, x - dx, y - dy, x, y)
        self.x, self.y = x, y

    def swing(self, x: float, y: float) -> None:
        """An S to (x, y), upright at both ends."""
        middle = (self.y + y) / 2
        self.coordinates += (self.x, middle, x, middle, x, y)
        self.x, self.y = x, y

    def slide(self, x: float, y: float) -> None:
        """An S to (x, y), level at both ends."""
        middle = (self.x + x) / 2
        self.coordinates += (middle, self.y, middle, y, x, y)
        self.x, self.y = x, y

    def bend(self, x: float, y: float, level: bool) -> None:
        """A quarter turn to (x, y), ``level`` at its end, else upright there."""
        corner = (self.x, y) if level else (x, self.y)
        first = _towards((self.x, self.y), corner)
        second = _towards((x, y), corner)
        self.coordinates += (*first, *second, x, y)
        self.x, self.y = x, y


def _towards(
    point: tuple[float, float], corner: tuple[float, float], share: float = 0.55
) -> tuple[float, float]:
    """A quarter circle's control point."""
    return point[0] + share * (corner[0] - point[0]), point[1] + share * (corner[1] - point[1])


def ports(strata: Strata, x: list[float], hulls: list[Hull]) -> tuple[list[float], list[float]]:
    """Sideways distance from the middle of its box at which each link leaves and enters, px."""
    leave, enter = [0.0] * len(strata.paths), [0.0] * len(strata.paths)
    for offsets, here, there in ((leave, 0, 1), (enter, -1, -2)):
        at: dict[int, list[tuple[float, int]]] = defaultdict(list)
        number = Counter(path[here] for path in strata.paths)
        for link, path in enumerate(strata.paths):
            if number[path[here]] > 1:
                at[path[here]].append((x[path[there]] - x[path[here]], link))
        for box, links in at.items():
            links.sort()
            places = spread([aside for aside, _ in links], hulls[box].size[0] / 2)
            for (_, link), place in zip(links, places, strict=True):
                offsets[link] = place
    return leave, enter


def spread(aside: list[float], half: float) -> list[float]:
    """Places of wires along the side of a box, in order; one that comes straight from the front has the middle.

    Args:
        aside: how far sideways the other end of each wire lies, sorted.
        half: half the width of the box.
    """
    front = [index for index, distance in enumerate(aside) if abs(distance) < 1]
    middle = (front[0] + front[-1]) / 2 if front else (len(aside) - 1) / 2
    most = max(middle, len(aside) - 1 - middle)
    pitch = min(PORT_PITCH, max(half - CORNER, 0.0) / most) if most else 0.0
    return [(index - middle) * pitch for index in range(len(aside))]


Knot = tuple[float, float, float, int]
"""An upright stretch of a wire: x, from y, to y, its last row."""


def draw(
    pen: Pen, strata: Strata, x: list[float], stack: Stack, hulls: list[Hull], check: Callable[[], None]
) -> None:
    """All links of a component, in order."""
    leave, enter = ports(strata, x, hulls)
    for link, path in enumerate(strata.paths):
        if not link % 1000:
            check()
        knots = _knots(strata, path, x, stack, hulls, (leave[link], enter[link]))
        at, start, stop, row = knots[0]
        pen.begin(at, start)
        if stop > start:
            pen.line(at, stop)
        for at, start, stop, last in knots[1:]:
            lane = stack.lanes.get((link, row))
            if lane is None:
                pen.swing(at, start)
            else:
                _change_column(pen, stack, row, lane, at, start)
            if stop > start:
                pen.line(at, stop)
            row = last
        pen.end()


def _knots(
    strata: Strata,
    path: list[int],
    x: list[float],
    stack: Stack,
    hulls: list[Hull],
    offsets: tuple[float, float],
) -> list[Knot]:
    """The upright stretches of a link's wire; those in line with each other are one."""
    knots: list[Knot] = []
    for index, cell in enumerate(path):
        row, at = strata.level[cell], x[cell]
        start, stop = stack.top[row], stack.bottom[row]
        if cell < strata.boxes:
            middle, half = (start + stop) / 2, hulls[cell].size[1] / 2
            if index == 0:
                at, start = at + offsets[0], middle + half
            else:
                at, stop = at + offsets[1], middle - half
        if knots and abs(knots[-1][0] - at) < 0.5 and stack.column[knots[-1][3]] == stack.column[row]:
            knots[-1] = (knots[-1][0], knots[-1][1], stop, row)
        else:
            knots.append((at, start, stop, row))
    return knots


def _change_column(pen: Pen, stack: Stack, row: int, lane: tuple[int, int], x: float, y: float) -> None:
    """Below a column, up between it and the next, and over to (x, y); lanes nest, so they never cross."""
    lowest, right = stack.ends[stack.column[row]]
    number, lanes = lane
    below, above = lowest + TURN + LANE * number, y - TURN - LANE * (lanes - 1 - number)
    gutter, r = right + TURN + LANE * number, RADIUS
    pen.line(pen.x, below - r)
    pen.bend(pen.x + r, below, level=True)
    pen.line(gutter - r, below)
    pen.bend(gutter, below - r, level=False)
    pen.line(gutter, above + r)
    pen.bend(gutter + r, above, level=True)
    pen.line(x - r, above)
    pen.bend(x, above + r, level=False)
    pen.line(x, y)


def draw_ties(
    pen: Pen,
    ties: Sequence[Link],
    hosts: Mapping[int, int],
    corners: Mapping[int, tuple[float, float]],
    sizes: Sequence[Size],
) -> None:
    """Short level wires between saved tensors and their hosts, spread over the host's side."""
    sides: dict[tuple[int, bool], list[tuple[float, int]]] = defaultdict(list)
    for index, (_, source, target) in enumerate(ties):
        guest, host = (source, target) if hosts.get(source) == target else (target, source)
        aside = corners[guest][1] - corners[host][1] + (sizes[guest][1] - sizes[host][1]) / 2
        sides[host, corners[guest][0] > corners[host][0]].append((aside, index))
    heights = [0.0] * len(ties)
    for (host, _), found in sides.items():
        places = spread([aside for aside, _ in sorted(found)], sizes[host][1] / 2)
        for (_, index), place in zip(sorted(found), places, strict=True):
            heights[index] = place
    for (_, source, target), height in zip(ties, heights, strict=True):
        outward = hosts.get(target) == source
        guest, host = (target, source) if outward else (source, target)
        ends = _tie(corners[host], sizes[host], corners[guest], sizes[guest], height)
        start, stop = ends if outward else ends[::-1]
        pen.begin(*start)
        pen.slide(*stop)
        pen.end()


Point = tuple[float, float]


def _tie(host: Point, host_size: Size, guest: Point, guest_size: Size, height: float) -> tuple[Point, Point]:
    """Where a tie touches its host, ``height`` below the middle, and its guest."""
    right = guest[0] > host[0]
    at_host = host[0] + (host_size[0] if right else 0.0), host[1] + host_size[1] / 2 + height
    at_guest = guest[0] + (0.0 if right else guest_size[0]), guest[1] + guest_size[1] / 2
    return at_host, at_guest
