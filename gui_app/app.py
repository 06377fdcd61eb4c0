"""The composition root: makes everything, joins it, and is the only way out.

The window is on the screen before torch is imported: only methods of ``TorchEngine``, which run on other threads,
import the engine.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from gui_app.core.experiment import Experiment
from gui_app.core.frames import Resume
from gui_app.core.graph import Graph
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.question import Question
from gui_app.core.resources import resource
from gui_app.core.runner import Run
from gui_app.files.lessons import lessons
from gui_app.language.limits import StopFlag
from gui_app.ui.actions import build_actions
from gui_app.ui.compare.panel import ComparePanel
from gui_app.ui.console.console import Console
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.data.form import DataForm
from gui_app.ui.data.panel import DataPanel
from gui_app.ui.descent.panel import DescentPanel
from gui_app.ui.documents import Documents
from gui_app.ui.editor.editor import ProgramEditor
from gui_app.ui.editor.parameter_table import ParameterTable
from gui_app.ui.editor.settings_form import SettingsForm
from gui_app.ui.engine import Engine, Ready
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.inspector.inspector import Inspector
from gui_app.ui.lens_view import LensView
from gui_app.ui.lenses.panel import LensesPanel
from gui_app.ui.lessons.miniatures import LessonCard
from gui_app.ui.lessons.notes_panel import NotesPanel
from gui_app.ui.lessons.start_page import StartPage
from gui_app.ui.main_window import MainWindow
from gui_app.ui.presenter import Presenter
from gui_app.ui.resources import Icons
from gui_app.ui.starts.panel import StartsPanel
from gui_app.ui.style import MODES, Theme
from gui_app.ui.theme import Palette
from gui_app.ui.transport.bar import TransportBar
from gui_app.ui.transport.timeline import Timeline
from gui_app.ui.update.panel import UpdatePanel
from gui_app.ui.views import Views

if TYPE_CHECKING:
    from gui_app.engine.lenses.questions import Questions


class TorchEngine:
    """The engine as the window asks for it. Questions come from one thread, runs from another."""

    def __init__(self) -> None:
        self._questions: Questions | None = None

    def warm_up(self) -> Ready:
        """Import torch and the engine; one intra-op thread is left to the window."""
        import torch

        from gui_app.engine import vocabulary
        from gui_app.engine.devices import devices

        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
        # What torch imports only when it is first asked for it: weights of a backward pass, the text of a tensor.
        made = torch.ones(2, requires_grad=True)
        torch.autograd.backward(made * 1, made.detach())
        str(made)
        torch.func.vmap(torch.sin)(made.detach())
        return Ready(tuple(devices()), vocabulary.words())

    def descend(self, experiment: Experiment, run: int, stop: StopFlag, resume: Resume | None = None) -> Run:
        """See ui.engine.Engine."""
        from gui_app.engine.descent import descend

        return descend(experiment, run=run, stop=stop, resume=resume)

    def graph(
        self,
        experiment: Experiment,
        step: int,
        row: NDArray[np.floating] | None,
        gradients: NDArray[np.floating] | None,
    ) -> Graph:
        """See ui.engine.Engine."""
        return self._asked().graph(experiment, step, row, gradients)

    def landscape(
        self,
        experiment: Experiment,
        step: int,
        row: NDArray[np.floating] | None,
        axes: tuple[Axis, ...],
        cancelled: Callable[[], bool],
    ) -> Landscape:
        """See ui.engine.Engine."""
        return self._asked().landscape(experiment, step, row, axes, cancelled)

    def answer(self, question: Question, cancelled: Callable[[], bool]) -> object:
        """See ui.engine.Engine. A long question shares nothing with the others: its thread is another."""
        if question.is_long:
            from gui_app.engine.lenses.questions import Questions

            return Questions().answer(question, cancelled)
        return self._asked().answer(question, cancelled)

    def close(self) -> None:
        """See ui.engine.Engine."""
        if self._questions is not None:
            self._questions.close()

    def _asked(self) -> Questions:
        from gui_app.engine.lenses.questions import Questions

        if self._questions is None:
            self._questions = Questions()
        return self._questions


def open_window(file: Path | None) -> int:
    """Show the window, with ``file`` open if one is given; returns the exit code when it has been closed."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Gradarium")
    app.setOrganizationName("Gradarium")
    app.setDesktopFileName("gradarium")
    # A collection in another thread would delete widgets there: the presenter collects instead.
    gc.disable()
    laboratory = build(app, QSettings(), TorchEngine())
    laboratory.views.window.show()
    # After the first paint, so that the window is there before anything else is loaded.
    QTimer.singleShot(0, laboratory.presenter.start)
    if file is not None:
        QTimer.singleShot(0, lambda: laboratory.documents.open_file(str(file)))
    code = app.exec()
    if not laboratory.presenter.close():
        # A long operation of torch cannot be interrupted: the settings are saved, leave without it.
        os._exit(code)
    return code


@dataclass(frozen=True, slots=True)
class LaboratoryParts:
    """What ``build`` has joined; whoever holds it keeps it alive."""

    views: Views
    presenter: Presenter
    documents: Documents
    theme: Theme


def build(app: QApplication, settings: QSettings, engine: Engine) -> LaboratoryParts:
    """Make all widgets and join them to the engine."""
    theme = Theme(app, settings)
    views = make_views(theme.palette, settings)
    presenter = Presenter(views, engine)
    documents = Documents(views, presenter, settings)
    views.window.closing = documents.may_end
    views.start_page.set_lessons(cards())
    theme.changed.connect(views.window.apply_theme)
    for mode in MODES:
        action = views.actions[f"theme_{mode}"]
        action.setChecked(mode == theme.mode)
        action.triggered.connect(partial(theme.set_mode, mode))
    return LaboratoryParts(views, presenter, documents, theme)


def make_views(palette: Palette, settings: QSettings) -> Views:
    """Every view, in the window where it stands."""
    icons = Icons(palette)
    owner = QObject()
    actions = build_actions(icons, owner)
    editor, parameters, form = ProgramEditor(palette), ParameterTable(palette), SettingsForm(palette)
    model = DataForm(palette)
    descent, loss, console = DescentPanel(palette), LossPanel(palette), Console(palette)
    inspector, notes = Inspector(palette), NotesPanel(palette)
    looking, fit = LensesPanel(palette, icons), DataPanel(palette, icons)
    fit.open_wanted.connect(model.open_wanted)
    fit.builtin_wanted.connect(partial(model.set_wanted.emit, "builtin"))
    fit.generate_wanted.connect(partial(model.set_wanted.emit, "generate"))
    looking.quadratic_found.connect(descent.set_quadratic)
    looking.limit_found.connect(form.set_limit)
    lenses: dict[str, LensView] = {
        "step": UpdatePanel(palette, icons),
        "lenses": looking,
        "data": fit,
        "compare": ComparePanel(palette, icons),
        "starts": StartsPanel(palette, icons),
    }
    graph, start_page = GraphPanel(palette, icons=icons), StartPage(palette)
    transport, timeline = TransportBar(palette, icons, actions), Timeline(palette)
    window = MainWindow(
        panels={
            "objective": editor,
            "parameters": parameters,
            "model": model,
            "settings": form,
            "descent": descent,
            "loss": loss,
            "console": console,
            "graph": graph,
            "inspector": inspector,
            "notes": notes,
            **lenses,
        },
        start_page=start_page,
        transport=transport,
        timeline=timeline,
        examples=editor.examples,
        actions=actions,
        icons=icons,
        settings=settings,
    )
    owner.setParent(window)
    return Views(
        window=window,
        actions=actions,
        start_page=start_page,
        transport=transport,
        timeline=timeline,
        editor=editor,
        parameters=parameters,
        settings=form,
        model=model,
        descent=descent,
        loss=loss,
        console=console,
        graph=graph,
        inspector=inspector,
        notes=notes,
        lenses=lenses,
    )


def cards() -> list[LessonCard]:
    """The lessons as the start page shows them."""
    drawn: dict[str, list[float]] = json.loads(
        resource("lessons/miniatures.json").read_text(encoding="utf-8")
    )
    return [
        LessonCard(
            each.id,
            each.told_in("en").title,
            each.told_in("en").summary,
            each.section,
            tuple(drawn.get(each.id, ())),
        )
        for each in lessons()
    ]
