"""One panel as a picture, without a window: ``gradarium render --view graph|loss|descent``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSizeF
from PySide6.QtWidgets import QApplication

from gui_app.app import TorchEngine
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.landscape import Axis
from gui_app.core.layout import layout
from gui_app.core.runner import on_deep_stack
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.descent.panel import DescentPanel
from gui_app.ui.figures.export import export
from gui_app.ui.graph.cards import measure
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.theme import LIGHT, Palette

Size = tuple[int, int] | None


def render(
    experiment: Experiment,
    history: History,
    view: str,
    step: int,
    size: Size,
    output: Path,
    scale: float = 1.0,
    palette: Palette = LIGHT,
) -> None:
    """Write the picture of a view of the whole run with step ``step`` shown, as in the window.

    Args:
        view: ``graph``, ``loss`` or ``descent``.
        step: one that has a row in ``history``.
        size: width and height in pixels of the layout; ``None`` takes the view's own.
        output: .png, .svg or .pdf.
        scale: magnifies a PNG.

    Raises ValueError for another suffix, OSError where the file cannot be written, EngineError or ProgramError where
    the view cannot be made.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["gradarium"])
    panel = PAINTED[view](experiment, history, step, TorchEngine(), size, palette)
    picture = panel.picture()
    assert picture is not None
    export(picture, output, scale=scale, size=None if size is None else QSizeF(*size), title=experiment.title)
    panel.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _graph(
    experiment: Experiment, history: History, step: int, engine: TorchEngine, _size: Size, palette: Palette
) -> GraphPanel:
    panel = GraphPanel(palette)
    row, gradients = history.parameters(step), history.gradients(step)
    graph = on_deep_stack(lambda: engine.graph(experiment, row, gradients))
    panel.set_graph(graph, layout(graph, measure=measure))
    return panel


def _loss(
    _experiment: Experiment, history: History, step: int, _engine: TorchEngine, _size: Size, palette: Palette
) -> LossPanel:
    panel = LossPanel(palette)
    panel.set_history(history)
    panel.set_step(step)
    return panel


def _descent(
    experiment: Experiment, history: History, step: int, engine: TorchEngine, size: Size, palette: Palette
) -> DescentPanel:
    panel, row = DescentPanel(palette), history.parameters(step)

    def answer(axes: tuple[Axis, ...]) -> None:
        panel.set_landscape(engine.landscape(experiment, row, axes, lambda: False))

    panel.landscape_wanted.connect(answer)
    panel.set_experiment(experiment)
    panel.set_history(history)
    panel.set_step(step)
    if size is not None:
        panel.resize(*size)
    panel.request_landscape()
    return panel


Painter = Callable[
    [Experiment, History, int, TorchEngine, Size, Palette], GraphPanel | LossPanel | DescentPanel
]
PAINTED: dict[str, Painter] = {
    "graph": _graph,
    "loss": _loss,
    "descent": _descent,
}
