"""Where the other branches lie below the line of a timeline: each in a lane, from its beginning to its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPainterPath

from gui_app.core.branch import Branch
from gui_app.core.numbers import short
from gui_app.ui.curves.branch_ink import branch_colour, branch_pen
from gui_app.ui.theme import Palette

LANE = 8.0
"""Pixels from one lane to the next, …"""
ALL_LANES = 56.0
"""… and at most for all of them: more would take the window's height, so that many lanes are narrower."""
FIRST = 11
"""Pixels from the line to the first lane."""
MOST_LANES = 16
"""What finds no lane of its own lies in the last one."""
REACH = 4.5
"""Pixels within which a lane is pointed at."""
APART = 12.0
"""Pixels between two branches that share a lane."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A branch in its lane."""

    branch: Branch
    lane: int


def arranged(branches: Sequence[Branch], x_of: Callable[[int], float]) -> list[Fork]:
    """Each branch in the first lane that is free where it lies, the earliest first."""
    ends: list[float] = []
    made = []
    for branch in sorted(branches, key=lambda branch: (branch.start, branch.number)):
        left, right = x_of(branch.start), x_of(branch.history.last)
        free = (lane for lane, end in enumerate(ends) if end + APART <= left)
        lane = next(free, min(len(ends), MOST_LANES - 1))
        if lane == len(ends):
            ends.append(right)
        ends[lane] = max(ends[lane], right)
        made.append(Fork(branch, lane))
    return made


def height(forks: Sequence[Fork]) -> int:
    """Pixels that the lanes take below the line."""
    return math.ceil(pitch(forks) * _count(forks))


def pitch(forks: Sequence[Fork]) -> float:
    """Pixels from one lane to the next."""
    return min(LANE, ALL_LANES / max(_count(forks), 1))


def _count(forks: Sequence[Fork]) -> int:
    return 1 + max((fork.lane for fork in forks), default=-1)


def paint(
    painter: QPainter,
    palette: Palette,
    forks: Sequence[Fork],
    x_of: Callable[[int], float],
    line: float,
    pointed: Branch | None,
) -> None:
    """A curve from the line at ``line`` down to each lane, and the lane to its end; the one pointed at is on top."""
    each = pitch(forks)
    for fork in sorted(forks, key=lambda fork: fork.branch is pointed):
        branch, strong = fork.branch, fork.branch is pointed
        left, right, y = x_of(branch.start), x_of(branch.history.last), _level(fork, line, each)
        bend = min(y - line, max(right - left, 1.0))
        path = QPainterPath(QPointF(left, line + 2))
        path.quadTo(QPointF(left, y), QPointF(left + bend, y))
        path.lineTo(QPointF(max(right, left + bend), y))
        painter.setBrush(QColor(0, 0, 0, 0))
        painter.setPen(
            branch_pen(
                palette, branch.number, 3.0 if strong else 1.75, 1.0 if strong or pointed is None else 0.35
            )
        )
        painter.drawPath(path)
        painter.setPen(QColor(palette.window))
        painter.setBrush(QColor(branch_colour(palette, branch.number)))
        radius = 3.5 if strong else min(3.0, each / 2)
        painter.drawEllipse(QPointF(max(right, left + bend), y), radius, radius)


def hit(forks: Sequence[Fork], x_of: Callable[[int], float], line: float, at: QPointF) -> Branch | None:
    """The branch whose lane is pointed at: the nearest one."""
    each, found = pitch(forks), []
    for fork in forks:
        left, right = x_of(fork.branch.start), x_of(fork.branch.history.last)
        if left - REACH <= at.x() <= max(right, left + FIRST) + REACH:
            found.append((abs(at.y() - _level(fork, line, each)), fork.branch.number, fork.branch))
    gap, _, branch = min(found, key=lambda entry: entry[:2], default=(REACH + 1, 0, None))
    return branch if gap <= REACH else None


def words(branch: Branch) -> str:
    """The branch in a sentence."""
    last = branch.history.last
    loss = short(float(branch.history.losses[last])) if last >= 0 else "none"
    return f"{branch.label}: from step {branch.start:,} to {last:,}, loss {loss}. Click to go to it."


def _level(fork: Fork, line: float, each: float) -> float:
    return line + FIRST + each * fork.lane
