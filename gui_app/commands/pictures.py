"""One panel as a picture, or a pass over the graph as an animation, without a window: ``gradarium render``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QSizeF
from PySide6.QtWidgets import QApplication

from gui_app.app import TorchEngine
from gui_app.commands.recording import rows_of
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.graph import Graph
from gui_app.core.history import History
from gui_app.core.landscape import Axis
from gui_app.core.layout import layout
from gui_app.core.passing import Direction
from gui_app.core.runner import on_deep_stack
from gui_app.engine.devices import EngineError
from gui_app.files.errors import FileError
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.descent.panel import DescentPanel
from gui_app.ui.figures.animation import FPS, WRITERS, write_animation
from gui_app.ui.figures.export import export
from gui_app.ui.figures.progress import Progress
from gui_app.ui.graph.cards import measure
from gui_app.ui.graph.drawn import Folding, draw
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.graph.pass_picture import PassPicture
from gui_app.ui.graph.scene import Scene
from gui_app.ui.theme import LIGHT, Palette

DIRECTIONS: tuple[Direction, ...] = ("backward", "forward")
Panel = GraphPanel | LossPanel | DescentPanel


@dataclass(frozen=True, slots=True)
class Look:
    """How a view is to be drawn."""

    size: tuple[int, int] | None = None
    """Width and height in pixels of the layout; ``None`` takes the view's own."""
    scale: float = 1.0
    """Magnifies pixels."""
    palette: Palette = LIGHT
    saved: bool = False
    """The graph shows the tensors saved for the backward pass."""
    unrolled: bool = False
    """The graph shows every repeated part in full, however large it is."""
    frame: int | None = None
    """Of a pass that is written as one picture; ``None`` is the last."""
    fps: float = FPS


def render(
    experiment: Experiment, history: History, view: str, step: int, output: Path, look: Look | None = None
) -> None:
    """Write the picture of a view of the whole run with step ``step`` shown, as in the window.

    Args:
        view: ``graph``, ``loss``, ``descent``, or ``backward`` or ``forward``: a pass over the graph.
        step: one that has a row in ``history``.
        output: .png, .svg or .pdf; for a pass .gif or .mp4 too.

    Raises ValueError for another suffix, FileError for a frame that there is not, OSError where the file cannot be
    written, EngineError or ProgramError where the view cannot be made.
    """
    _paint(
        lambda look: PAINTED[view](experiment, history, step, TorchEngine(), look),
        view,
        output,
        look,
        experiment.title,
    )


def redraw(graph: Graph, view: str, output: Path, look: Look | None = None) -> None:
    """The same of a recorded graph: ``view`` is ``graph``, ``backward`` or ``forward``."""
    _paint(lambda look: graph_panel(graph, look), view, output, look, output.stem)


def _paint(make: Callable[[Look], Panel], view: str, output: Path, look: Look | None, title: str) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["gradarium"])
    look = look or Look()
    panel = make(look)
    try:
        if view in DIRECTIONS:
            assert isinstance(panel, GraphPanel)
            _write_pass(panel, view, output, look, title)
        else:
            picture = panel.picture()
            assert picture is not None
            export(picture, output, scale=look.scale, size=_size(look), title=title)
    finally:
        panel.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def graph_of(experiment: Experiment, history: History, step: int, engine: TorchEngine) -> Graph:
    """The whole recorded graph of a step; of a program that has failed at once, what it has built until then.

    Raises EngineError or ProgramError.
    """
    rows = rows_of(history, step)
    try:
        return on_deep_stack(lambda: engine.graph(experiment, step, *rows))
    finally:
        engine.close()


def _write_pass(panel: GraphPanel, direction: Direction, output: Path, look: Look, title: str) -> None:
    film = panel.film(direction)
    if film is None:
        raise EngineError(Fault(f"The graph of this step has no {direction} pass."))
    picture, count = film
    if output.suffix.lower() in WRITERS:
        progress = _Told() if sys.stderr.isatty() else Progress()
        write_animation(
            picture, count, output, fps=look.fps, scale=look.scale, size=_size(look), progress=progress
        )
        return
    picture.show(_frame(look.frame, picture), 1.0)
    export(picture, output, scale=look.scale, size=_size(look), title=title)


def _frame(wanted: int | None, picture: PassPicture) -> int:
    last = len(picture.walk) - 1
    if wanted is not None and wanted > last:
        raise FileError(f"The pass has frames 0 to {last:,}.", key=f"--frame {wanted}")
    return last if wanted is None else wanted


class _Told(Progress):
    """Tells how far it is in one line on the terminal, gone at the end."""

    def step(self) -> None:
        Progress.step(self)
        text = f"picture {self.done:,} of {self.total:,}" if self.done < self.total else ""
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _size(look: Look) -> QSizeF | None:
    return None if look.size is None else QSizeF(*look.size)


def _graph(
    experiment: Experiment, history: History, step: int, engine: TorchEngine, look: Look
) -> GraphPanel:
    return graph_panel(graph_of(experiment, history, step, engine), look)


def graph_panel(graph: Graph, look: Look) -> GraphPanel:
    """The panel of a recorded graph."""
    panel = GraphPanel(look.palette)
    drawn = draw(graph, Folding(all_shut=False if look.unrolled else None), look.saved)
    scene = Scene(drawn.graph, layout(drawn.graph, measure=measure), drawn.badges, drawn.identity)
    panel.show_drawn(drawn, scene)
    return panel


def _loss(
    _experiment: Experiment, history: History, step: int, _engine: TorchEngine, look: Look
) -> LossPanel:
    panel = LossPanel(look.palette)
    panel.set_history(history)
    panel.set_step(step)
    return panel


def _descent(
    experiment: Experiment, history: History, step: int, engine: TorchEngine, look: Look
) -> DescentPanel:
    panel, row = DescentPanel(look.palette), history.parameters(step)

    def answer(axes: tuple[Axis, ...]) -> None:
        panel.set_landscape(engine.landscape(experiment, step, row, axes, lambda: False))

    panel.landscape_wanted.connect(answer)
    panel.set_experiment(experiment)
    panel.set_history(history)
    panel.set_step(step)
    if look.size is not None:
        panel.resize(*look.size)
    panel.request_landscape()
    return panel


Painter = Callable[[Experiment, History, int, TorchEngine, Look], Panel]
PAINTED: dict[str, Painter] = {
    "graph": _graph,
    "loss": _loss,
    "descent": _descent,
    "backward": _graph,
    "forward": _graph,
}
