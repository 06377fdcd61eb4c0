"""The drawings on the lesson cards, made from the lessons themselves.

    python tests/miniatures.py      writes resources/lessons/miniatures.json anew

A test holds the file against what the engine gives.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from gui_app.commands.opening import in_line
from gui_app.commands.recording import record
from gui_app.core.landscape import Axis
from gui_app.core.lessons import Lesson
from gui_app.engine.lenses.questions import Questions
from gui_app.engine.lenses.surface import landscape_at
from gui_app.engine.problem import Problem
from gui_app.files.lessons import lessons

FILE = Path(__file__).resolve().parent.parent / "resources" / "lessons" / "miniatures.json"
SIDE = 40
POINTS = 24
SHOWN = ("leaf", "grad_fn", "ghost", "failed")


def layers(lesson: Lesson) -> list[float]:
    """How many operations stand in each layer of the graph, leaves first."""
    questions = Questions()
    graph = questions.graph(lesson.experiment, 0, None, None)
    questions.close()
    depth: dict[int, int] = {}
    for node in graph.nodes:
        inputs = [depth[e.source] for e in graph.edges if e.target == node.id]
        depth[node.id] = max(inputs, default=-1) + (node.kind in SHOWN)
    kept = [depth[node.id] for node in graph.nodes if node.kind in SHOWN]
    return [float(kept.count(layer)) for layer in range(max(kept) + 1)]


def losses(lesson: Lesson) -> list[float]:
    """The loss at steps that lie ever farther apart, so that a fast fall is seen too."""
    recorded = record(in_line(lesson.experiment)).history.losses
    last = min(len(recorded) - 1, 400)
    steps = np.unique(np.geomspace(1, last + 1, POINTS).astype(int) - 1)
    return [float(f"{loss:.4g}") for loss in recorded[steps]]


def surface(lesson: Lesson) -> list[float]:
    """The objective on a square grid over the first view, row by row from the bottom."""
    views = [spec.view or (-2.0, 2.0) for spec in lesson.experiment.trained]
    axes = tuple(Axis(column, low, high, SIDE) for column, (low, high) in enumerate(views))
    values = landscape_at(Problem(lesson.experiment), None, axes).values
    return [float(f"{value:.3g}") for value in values.T.ravel()]


MADE = {"graph": layers, "gradients": layers, "descent": losses, "surfaces": surface}


def miniatures() -> dict[str, list[float]]:
    """The numbers of every card, by lesson."""
    return {lesson.id: MADE[lesson.section](lesson) for lesson in lessons()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(miniatures()) + "\n", encoding="utf-8")
