"""``gradarium render``: one view at one step, as a picture or for other tools."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from gui_app import platform_check
from gui_app.commands.opening import opened
from gui_app.commands.recording import record
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.runner import on_deep_stack
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError
from gui_app.files.graph_json import format_graph

VIEWS = ("graph", "loss", "descent", "window")
PICTURES = (".png", ".svg", ".pdf")
GRAPH_TEXTS = (".dot", ".json")


def render(arguments: argparse.Namespace) -> int:
    """Write the file that was asked for. Returns the exit code."""
    output: Path = arguments.output
    suffix = output.suffix.lower()
    allowed = {"graph": PICTURES + GRAPH_TEXTS, "window": (".png",)}.get(arguments.view, PICTURES)
    if suffix not in allowed:
        raise FileError(f"The {arguments.view} is written as {', '.join(allowed)}.", path=output)
    problem = None if suffix in GRAPH_TEXTS else platform_check.explain(window=False)
    if problem:
        print(f"gradarium: {problem}", file=sys.stderr)
        return 1
    experiment = planned(arguments)
    if arguments.view == "window":
        return _window(experiment, arguments)
    result = record(experiment, progress=True)
    history = result.history
    if history.last < 0 or (arguments.at is not None and history.last < arguments.at):
        print(f"gradarium: {result.fault}", file=sys.stderr)
        return 1
    step = history.last if arguments.at is None else history.nearest(arguments.at)
    if suffix in GRAPH_TEXTS:
        text = on_deep_stack(lambda: _text(experiment, history, step, suffix))
        write_atomically(output, text.encode())
    else:
        _paint(experiment, history, step, arguments)
    _tell_nearest(arguments.at, step)
    return 0


def planned(arguments: argparse.Namespace) -> Experiment:
    """The experiment as it is to be run: whole, or for the graph of one step only as far as that.

    Raises FileError where ``--at`` lies beyond the run.
    """
    settings = list(arguments.set)
    if arguments.steps is not None:
        settings.append(f"run.steps={arguments.steps}")
    experiment = opened(arguments.experiment, settings)
    at, steps = arguments.at, experiment.run.steps
    if at is not None and at > steps:
        message = f"The run has {steps:,} steps; plan more with --steps {at} or --set run.steps={at}."
        raise FileError(message, key=f"--at {at}")
    if at is None or arguments.view != "graph":
        return experiment
    return replace(experiment, run=replace(experiment.run, steps=at))


def _tell_nearest(wanted: int | None, step: int) -> None:
    """Say so where the record has no row of the step that was asked for."""
    if wanted is not None and wanted != step:
        note = f"Step {wanted:,} is not kept in the record of so long a run: step {step:,} is shown."
        print(f"gradarium: {note}", file=sys.stderr)


def _window(experiment: Experiment, arguments: argparse.Namespace) -> int:
    from gui_app.commands.whole_window import window_picture

    fault, step = window_picture(
        experiment, arguments.at, arguments.size, arguments.output, arguments.theme, arguments.scale
    )
    if fault is not None:
        print(f"gradarium: {fault}", file=sys.stderr)
        return 1
    _tell_nearest(arguments.at, step)
    return 0


def _paint(experiment: Experiment, history: History, step: int, arguments: argparse.Namespace) -> None:
    from gui_app.commands.pictures import render as paint
    from gui_app.ui.theme import DARK, LIGHT

    palette = {"light": LIGHT, "dark": DARK}[arguments.theme]
    output: Path = arguments.output
    try:
        paint(experiment, history, arguments.view, step, arguments.size, output, arguments.scale, palette)
    except OSError as error:
        raise FileError(f"It cannot be written: {error.strerror or error}.", path=output) from error


def _text(experiment: Experiment, history: History, step: int, suffix: str) -> str:
    from gui_app.engine.lenses.dot import dot_at
    from gui_app.engine.lenses.graph import graph_at
    from gui_app.engine.problem import Problem

    row = history.parameters(step)
    if suffix == ".dot":
        return dot_at(Problem(experiment), row)
    gradients = history.gradients(step)
    return format_graph(graph_at(Problem(experiment, traced=True), row, gradients, saved=True))
