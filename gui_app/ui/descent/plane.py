"""The two directions in which a run of many numbers is drawn: found, kept while they serve, and told."""

from __future__ import annotations

import math

import numpy as np

from gui_app.core.directions import explained, principal, random_pair
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.landscape import Direction, places
from gui_app.ui.curves.span import Span, span_of
from gui_app.ui.descent.choice import Choice
from gui_app.ui.descent.elements import Element, directed, percent
from gui_app.ui.descent.extent import calm
from gui_app.ui.descent.record import whole

ROWS = 512
"""Most steps that directions are found from."""
AROUND = 1.0
"""How far random directions are shown to each side, in lengths of the parameters."""
MARGIN, FLATTEST = 0.25, 0.3
"""Room around the path along its main directions; and the least height, as a share of the width."""


def plane(experiment: Experiment, history: History | None, step: int, choice: Choice) -> list[Element]:
    """Two axes along directions, or none where there is nothing yet to find them from.

    Random ones go through the row of ``step``; main ones are those of the run as far as it does not run away.
    """
    rows = _rows(history)
    if history is None or not len(rows):
        return []
    if choice.axes == "random":
        row = np.asarray(history.parameters(history.nearest(step)), float)
        pair = random_pair(experiment, row, choice.seed)
        spans = [span_of(np.append(places(each, rows), (-AROUND, AROUND)), margin=0.05) for each in pair]
    elif not np.ptp(rows, axis=0).any():
        return []
    else:
        pair = principal(rows)
        spans = _around(pair, rows)
    return [
        directed(experiment, direction, axis, span)
        for axis, (direction, span) in enumerate(zip(pair, spans, strict=True))
    ]


def told(elements: list[Element], history: History | None) -> str:
    """How much of the path's variance the two directions hold; empty where there is none."""
    first, second = (element.direction for element in elements)
    if first is None or second is None:
        return ""
    share = sum(direction.explains for direction in explained((first, second), _rows(history)))
    return "" if math.isnan(share) else f"explains {percent(share)} of the path’s variance"


def _rows(history: History | None) -> np.ndarray:
    """The path as far as it does not run away, (steps, columns)."""
    if history is None or not len(history):
        return np.empty((0, 0))
    steps, rows = whole(history, ROWS)
    losses = np.asarray(history.losses[steps], float)
    return np.asarray(rows, float)[: calm(rows, losses, [Span(math.inf, -math.inf)] * rows.shape[1])]


def _around(pair: tuple[Direction, Direction], rows: np.ndarray) -> list[Span]:
    """The path with room around it, not flatter than can be read."""
    ends = [(float(at.min()), float(at.max())) for at in (places(direction, rows) for direction in pair)]
    lengths = [(high - low) * (1 + 2 * MARGIN) for low, high in ends]
    halves = [max(length, FLATTEST * max(lengths)) / 2 for length in lengths]
    middles = [(low + high) / 2 for low, high in ends]
    return [Span(middle - half, middle + half) for middle, half in zip(middles, halves, strict=True)]
