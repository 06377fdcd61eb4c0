"""Where the number of a wire stands: near its middle, clear of boxes and of other numbers.

The places do not depend on the numbers, so nothing jumps when the step changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF

from gui_app.core.graph import Edge
from gui_app.ui.graph.fonts import width
from gui_app.ui.graph.typeset import Text, centred
from gui_app.ui.graph.words import flow_text

USUAL = QSizeF(56.0, 14.0)
"""Room for a usual number, px at 100 %."""
PLACES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)
"""Shares of the way along a wire, the best first."""


def spots(
    wires: Sequence[NDArray[np.float64]], is_free: Callable[[QRectF], bool]
) -> list[tuple[float, float]]:
    """A place on each wire, (3n + 1, 2): the first that is free and overlaps none before it, else its middle."""
    taken: list[QRectF] = []
    found = []
    for points in wires:
        candidates = (_room(points, share) for share in PLACES)
        room = next(
            (r for r in candidates if is_free(r) and not any(r.intersects(other) for other in taken)),
            None,
        ) or _room(points, PLACES[0])
        taken.append(room)
        found.append((room.center().x(), room.center().y()))
    return found


def label(edge: Edge, spot: tuple[float, float]) -> Text | None:
    """The gradient that flows back over the edge, if it is known."""
    text = flow_text(edge.gradient) if edge.gradient is not None else ""
    return centred(text, "small", "gradient", *spot) if text else None


def halo(written: Text) -> QRectF:
    """What is cleared behind a label."""
    return QRectF(written.x - 3, written.y - 11, width(written.text, "small") + 6, USUAL.height())


def along(points: NDArray[np.float64], share: float) -> tuple[float, float]:
    """The point at that share of the way along a chain of cubic Béziers, (3n + 1, 2)."""
    segments = (len(points) - 1) // 3
    number = min(int(share * segments), segments - 1)
    t = share * segments - number
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    corners = points[3 * number : 3 * number + 4].tolist()
    x, y = (sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1))
    return x, y


def _room(points: NDArray[np.float64], share: float) -> QRectF:
    room = QRectF(QPointF(0, 0), USUAL)
    room.moveCenter(QPointF(*along(points, share)))
    return room
