"""``gradarium render``: one view at one step, as a picture, as an animation, or for other tools."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gui_app import platform_check
from gui_app.commands.opening import opened
from gui_app.commands.recording import record, rows_of
from gui_app.core.experiment import Experiment
from gui_app.core.graph import Graph
from gui_app.core.history import History
from gui_app.core.runner import on_deep_stack
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError
from gui_app.files.graph_dot import format_dot
from gui_app.files.graph_json import format_graph, parse_graph
from gui_app.files.graph_torchviz import format_torchviz
from gui_app.files.reading import read_text

if TYPE_CHECKING:
    from gui_app.commands.pictures import Look

PICTURES = (".png", ".svg", ".pdf")
FILMS = (".gif", ".mp4")
GRAPH_TEXTS: dict[str, Callable[[Graph], str]] = {
    ".dot": format_dot,
    ".gv": format_torchviz,
    ".json": format_graph,
}
"""What writes the graph for other tools."""
VIEWS: dict[str, tuple[str, ...]] = {
    "graph": (*PICTURES, *GRAPH_TEXTS),
    "loss": PICTURES,
    "descent": PICTURES,
    "window": (".png",),
    "backward": (*FILMS, *PICTURES),
    "forward": (*FILMS, *PICTURES),
}
"""The suffixes of each."""
OF_ONE_STEP = ("graph", "backward", "forward")
"""Views that show nothing of later steps."""
MOST_WINDOW_SCALE = 8.0
SAVED_GRAPH = ".json"
"""Suffix of a graph that was saved, which can be drawn instead of an experiment's."""
MOST_GRAPH_BYTES = 1_000_000_000


def render(arguments: argparse.Namespace) -> int:
    """Write the file that was asked for. Returns the exit code."""
    output: Path = arguments.output
    suffix = output.suffix.lower()
    view = f"{arguments.view} pass" if arguments.view in ("backward", "forward") else arguments.view
    if suffix not in VIEWS[arguments.view]:
        raise FileError(f"The {view} is written as {', '.join(VIEWS[arguments.view])}.", path=output)
    if arguments.view == "window" and arguments.scale > MOST_WINDOW_SCALE:
        raise FileError(f"A display has a scale of at most {MOST_WINDOW_SCALE:g}.", key="--scale")
    problem = None if suffix in GRAPH_TEXTS else platform_check.explain(window=False)
    if problem:
        print(f"gradarium: {problem}", file=sys.stderr)
        return 1
    if Path(arguments.experiment).suffix.lower() == SAVED_GRAPH:
        return _redraw(arguments)
    experiment = planned(arguments)
    if arguments.view == "window":
        return _window(experiment, arguments)
    result = record(experiment, progress=True)
    history, built = result.history, arguments.view == "graph" and result.history.last < 0
    if not built and history.last < (arguments.at or 0):
        print(f"gradarium: {result.fault}", file=sys.stderr)
        return 1
    step = 0 if built else history.last if arguments.at is None else history.nearest(arguments.at)
    if suffix in GRAPH_TEXTS:
        _write_text(on_deep_stack(lambda: _graph(experiment, history, step)), output)
    else:
        _paint(experiment, history, step, arguments)
    if built:
        print(f"gradarium: This is what was built before it failed. {result.fault}", file=sys.stderr)
        return 1
    _tell_nearest(arguments.at, step)
    return 0


def _write_text(graph: Graph, output: Path) -> None:
    write_atomically(output, GRAPH_TEXTS[output.suffix.lower()](graph).encode())


def _redraw(arguments: argparse.Namespace) -> int:
    """Draw a graph that was saved, perhaps one of a model that this program has never run."""
    path, output = Path(arguments.experiment), arguments.output
    if arguments.view not in OF_ONE_STEP:
        raise FileError(
            f"Of a saved graph there is {', '.join(OF_ONE_STEP)}, not {arguments.view}.", path=path
        )
    if arguments.set or arguments.at is not None or arguments.steps is not None:
        raise FileError("A saved graph is of one step, and has no settings.", path=path)
    text = read_text(path, MOST_GRAPH_BYTES)
    try:
        graph = on_deep_stack(lambda: parse_graph(text))
    except FileError as error:
        raise error.at(path) from error
    if not graph.nodes:
        raise FileError("There are no nodes in it.", path=path)
    if output.suffix.lower() in GRAPH_TEXTS:
        _write_text(graph, output)
        return 0
    from gui_app.commands.pictures import redraw

    with _writing(output):
        redraw(graph, arguments.view, output, _look(arguments))
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
    if at is None or arguments.view not in OF_ONE_STEP:
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

    output: Path = arguments.output
    with _writing(output):
        paint(experiment, history, arguments.view, step, output, _look(arguments))


def _look(arguments: argparse.Namespace) -> Look:
    from gui_app.commands.pictures import Look
    from gui_app.ui.theme import DARK, LIGHT

    return Look(
        size=arguments.size,
        scale=arguments.scale,
        palette={"light": LIGHT, "dark": DARK}[arguments.theme],
        saved=arguments.saved,
        unrolled=arguments.unrolled,
        frame=arguments.frame,
        fps=arguments.fps,
    )


@contextmanager
def _writing(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(f"It cannot be written: {error.strerror or error}.", path=output) from error


def _graph(experiment: Experiment, history: History, step: int) -> Graph:
    from gui_app.engine.lenses.questions import Questions

    questions = Questions()
    try:
        return questions.graph(experiment, step, *rows_of(history, step))
    finally:
        questions.close()
