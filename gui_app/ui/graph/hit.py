"""Which box lies under a point: a grid of cells, each with the boxes that reach into it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gui_app.core.layout import Box

CELL = 256.0
"""Side of a grid cell, px at 100 %: about one box."""


class BoxIndex:
    """Answers in microseconds however many boxes there are."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._boxes = boxes
        self._cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for index, box in enumerate(boxes):
            for row in range(int(box.y // CELL), int((box.y + box.height) // CELL) + 1):
                for column in range(int(box.x // CELL), int((box.x + box.width) // CELL) + 1):
                    self._cells[column, row].append(index)

    def at(self, x: float, y: float) -> int:
        """Index of the box at the point in px at 100 %, -1 for none."""
        for index in self._cells.get((int(x // CELL), int(y // CELL)), ()):
            box = self._boxes[index]
            if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height:
                return index
        return -1
