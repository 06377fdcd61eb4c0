"""Which stretch of an axis to show: what is known at first, wider as the run leaves it, never clamped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gui_app.ui.curves.span import HUGE, Span
from gui_app.ui.descent.elements import Element

FIRST_MARGIN = 0.35
"""Room around start and reference, as a share of their distance."""
MARGIN = 0.2
"""Room beyond the run where it has left the view: wide enough that a run rarely leaves it again."""


def first_extent(element: Element, start: float) -> Span:
    """The stretch before the run has moved."""
    if element.view is not None:
        return Span(*element.view)
    known = np.array([element.start, start, element.reference])
    known = known[np.isfinite(known) & (np.abs(known) < HUGE)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    length = high - low
    room = FIRST_MARGIN * length if length > 1e-9 * max(1.0, abs(high)) else max(1.0, 0.5 * abs(high))
    return Span(low - room, high + room)


def widened(span: Span, values: NDArray[np.floating], inner: float = 0.0) -> Span:
    """``span``, wide enough for all finite ``values``; the same object if it already is.

    It also grows where values come nearer to an end than the share ``inner`` of its length.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return span
    low, high = max(float(finite.min()), -HUGE), min(float(finite.max()), HUGE)
    edge = inner * span.length
    left, right = low < span.low + edge, high > span.high - edge
    if not (left or right):
        return span
    room = MARGIN * (max(high, span.high) - min(low, span.low))
    return Span(low - room if left else span.low, high + room if right else span.high)


def inner_margin(element: Element) -> float:
    """A stretch that was asked for is kept to its ends; one that was found keeps the run off its edges."""
    return 0.0 if element.view is not None else 0.03


GROWN = 4.0
"""A run that grows by this factor from its middle to its end, in extent and in loss, runs away."""


def calm(path: NDArray[np.floating], losses: NDArray[np.float64], first: Sequence[Span]) -> int:
    """How many leading points of a path (steps, axes) the whole of it is shown by: not those where it runs away.

    A run that explodes would leave nothing to be seen of where it came from. ``first`` is what is shown in any case.
    """
    if not len(path):
        return 0
    path = np.asarray(path, float)
    wild = ~(np.abs(path) < HUGE).all(axis=1)
    known = int(np.argmax(wild)) if wild.any() else len(path)
    held = path[:known]
    ends = np.array(first)
    high = np.maximum.accumulate(np.maximum(held, ends[:, 1]), axis=0)
    low = np.minimum.accumulate(np.minimum(held, ends[:, 0]), axis=0)
    size = high - low
    with np.errstate(over="ignore"):
        loss = np.maximum.accumulate(np.where(np.isnan(losses[:known]), np.inf, np.abs(losses[:known])))
    count = known
    while count > 2:
        last, middle = count - 1, count // 2
        further = bool((size[last] > GROWN * size[middle]).any())
        worse = not math.isfinite(loss[last]) or loss[last] > GROWN * loss[middle]
        if not (further and worse):
            break
        count = last
    return count


EDGE = 0.04
"""Share of an axis, at both ends, within which a point that is followed counts as gone."""
Spans = tuple[Span, Span]


def followed(view: Spans, place: tuple[float, float]) -> Spans | None:
    """The view moved so that ``place`` is in its middle where it has gone out of sight; None if it has not."""
    gone = [
        not span.low + EDGE * span.length <= at <= span.high - EDGE * span.length
        for span, at in zip(view, place, strict=True)
    ]
    if not any(gone) or any(abs(at) > HUGE for at in place):
        return None
    x, y = (
        Span(at - span.length / 2, at + span.length / 2) if is_gone else span
        for span, at, is_gone in zip(view, place, gone, strict=True)
    )
    return x, y


def reaching(view: Spans, place: tuple[float, float]) -> Spans:
    """The view, wide enough for ``place`` as well."""
    x, y = (widened(span, np.array([at]), EDGE) for span, at in zip(view, place, strict=True))
    return x, y
