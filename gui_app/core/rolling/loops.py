"""Loops of our own program: the rounds may differ, but the text says where each begins."""

from __future__ import annotations

import numpy as np

from gui_app.core.rolling.line import Line
from gui_app.core.rolling.periodicity import Ints
from gui_app.core.rolling.periods import Stretch

LEAST_NODES = 3
"""Of a loop that is worth a block."""


def loop(line: Line, low: int, high: int) -> Stretch | None:
    """The rounds of what was evaluated most often within [low, high); ``None`` where nothing was evaluated twice.

    A round begins where the line of text with the most evaluations is evaluated again. What lies between belongs to
    the loop: its text lies between that of the loop, or it is the lesser part of at least three rounds (a branch taken
    once, not the text between two calls of a function).
    """
    text, repeat = line.text[low:high], line.repeat[low:high]
    if text.max() < 0:
        return None
    evaluated = np.unique(np.stack((text, repeat))[:, text >= 0], axis=1)
    lines, times = np.unique(evaluated[0], return_counts=True)
    if times.max(initial=0) < 2:
        return None
    starts = _starts(text, repeat, int(lines[np.argmax(times)]))
    if (np.diff(starts) <= 0).any():
        return None
    between = text[starts[0] : starts[-1] + 1]
    body = between[np.isin(between, lines[times > 1])]
    strange = (between >= 0) & ((between < body.min()) | (between > body.max()))
    if strange.any():
        if len(starts) < 3 or 2 * strange.sum() > len(between):
            return None
        body = between[between >= 0]
    begin, end = _extent(text, body, int(starts[0]), int(starts[-1]))
    if end - begin < LEAST_NODES:
        return None
    bounds = (low + begin, *(low + int(start) for start in starts[1:]), low + end)
    return Stretch(bounds, range(0))


def _starts(text: Ints, repeat: Ints, anchor: int) -> Ints:
    """Where each evaluation of a line begins, in the order of evaluation."""
    places = np.flatnonzero(text == anchor)
    _, first = np.unique(repeat[places], return_index=True)
    return places[first]


def _extent(text: Ints, body: Ints, first: int, last: int) -> tuple[int, int]:
    """From where to where the text is that of the loop, whose rounds begin at ``first`` … ``last``."""
    outside = np.flatnonzero((text < body.min()) | (text > body.max()))
    before, after = outside[outside < first], outside[outside > last]
    return int(before.max(initial=-1)) + 1, int(after.min(initial=len(text)))
