"""What is asked for the choices that were made, and what of an experiment an answer depends on."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF

from gui_app.core.experiment import Experiment
from gui_app.core.starts_study import BasinMap, BasinsAsked, Plane, StartsAsked, SwarmAsked
from gui_app.ui.curves.frame import Frame
from gui_app.ui.curves.span import Span
from gui_app.ui.starts.controls import Controls


def question(
    experiment: Experiment, controls: Controls, view: tuple[Span, Span], home: tuple[Span, Span]
) -> StartsAsked:
    """About the rectangle that is looked at; ``home`` is the whole plane."""
    x, y = view
    plane = Plane((controls.across.value, controls.up.value), (x.low, x.high), (y.low, y.high))
    if controls.study.value == "basins":
        return BasinsAsked(
            experiment=experiment,
            plane=plane,
            steps=controls.steps.value,
            side=controls.side.value,
            scale=(home[0].length, home[1].length),
        )
    arrangement, everywhere = controls.arrangement.value
    return SwarmAsked(
        experiment=experiment,
        plane=plane,
        steps=controls.steps.value,
        arrangement=arrangement,
        count=controls.count.value,
        everywhere=everywhere,
    )


def essence(asked: StartsAsked, experiment: Experiment) -> Experiment:
    """What the answer depends on: not the start in the plane, unless the points lie around it."""
    if not (isinstance(asked, SwarmAsked) and asked.arrangement == "normal"):
        experiment = experiment.started_at(dict.fromkeys(asked.plane.columns, 0.0))
    return replace(experiment, run=replace(experiment.run, steps=0), title="", notes="")


def place(frame: Frame, at: QPointF) -> tuple[float, float]:
    """The values of both elements at a pixel."""
    share = (at.y() - frame.rect.top()) / max(frame.rect.height(), 1.0)
    return frame.x_at(at), frame.y.high - share * frame.y.length


def cell(answer: BasinMap, at: tuple[float, float]) -> tuple[int, int] | None:
    """The cell of a place; ``None`` outside."""
    side = len(answer.labels)
    shares = [
        (value - low) / (high - low)
        for value, (low, high) in zip(at, (answer.plane.x, answer.plane.y), strict=True)
    ]
    if not all(0 <= share < 1 for share in shares):
        return None
    i, j = (int(share * side) for share in shares)
    return i, j


def middle(answer: BasinMap, at: tuple[float, float]) -> tuple[float, float] | None:
    """The start of the cell of a place; ``None`` outside."""
    found = cell(answer, at)
    if found is None:
        return None
    xs, ys = answer.plane.centres(len(answer.labels))
    return float(xs[found[0]]), float(ys[found[1]])
