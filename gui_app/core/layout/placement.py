"""What a layout is: where every box stands and how every wire runs. Pixels at 100 %, y downwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gui_app.core.graph import Node

Orientation = Literal["down", "right"]
"""Where the data flows: leaves at the top and the loss at the bottom, or left to right."""

Measure = Callable[[Node], tuple[float, float]]
"""Width and height of the box that shows a node."""

Points = NDArray[np.float64]


class Cancelled(Exception):  # noqa: N818 - told by someone else, not an error
    """The layout was given up because nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn box. A leaf that is drawn beside each of its consumers has several."""

    node: int
    """Id of the node shown."""
    also: int | None
    """Id of a second node merged into this box: the leaf's AccumulateGrad."""
    x: float
    y: float
    """Top left corner."""
    width: float
    height: float


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """A drawn edge, from the border of its source's box to the border of its target's box."""

    edge: int
    """Index into the graph's edges."""
    source: int
    target: int
    """Indices into the boxes."""
    points: Points
    """(3n + 1, 2): the start, then n cubic Bézier triples (first control, second control, end)."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """The whole picture: boxes and wires lie inside [0, width] × [0, height]."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    width: float
    height: float


Near = Mapping[int, tuple[float, float]] | Placement
"""Where boxes were before: middles by node id, or a placement."""


def only_middles(placement: Placement) -> dict[int, tuple[float, float]]:
    """Middles of the boxes by node id, for nodes with one box."""
    drawn = Counter(box.node for box in placement.boxes)
    return {
        box.node: (box.x + box.width / 2, box.y + box.height / 2)
        for box in placement.boxes
        if drawn[box.node] == 1
    }
