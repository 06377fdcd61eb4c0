"""Where the legend and the scale of the gradients may stand over the graph."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize

BETWEEN = 4
"""Into so many parts a side is divided to find room for the scale or the legend."""


def spots(room: QRect, size: QSize, above: bool = False) -> list[QRect]:
    """Where a picture of that size may stand at the sides of ``room``: the corners first, then between them.

    From below on the left, or with ``above`` from above on the right.
    """
    across = (room.left(), max(room.left(), room.right() - size.width()))
    span = max(0, room.height() - size.height())
    down = [room.top() + span * part // BETWEEN for part in (BETWEEN, 0, *range(1, BETWEEN))]
    if above:
        across, down = across[::-1], [down[1], down[0], *down[2:]]
    return [QRect(QPoint(x, y), size) for ys in (down[:2], down[2:]) for x in across for y in ys]
