"""The views of the laboratory, by name: what the presenter paints and listens to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction

from gui_app.ui.console.console import Console
from gui_app.ui.curves.loss_panel import LossPanel
from gui_app.ui.data.form import DataForm
from gui_app.ui.descent.panel import DescentPanel
from gui_app.ui.editor.editor import ProgramEditor
from gui_app.ui.editor.parameter_table import ParameterTable
from gui_app.ui.editor.settings_form import SettingsForm
from gui_app.ui.graph.panel import GraphPanel
from gui_app.ui.inspector.inspector import Inspector
from gui_app.ui.lens_view import LensView
from gui_app.ui.lessons.notes_panel import NotesPanel
from gui_app.ui.lessons.start_page import StartPage
from gui_app.ui.main_window import MainWindow
from gui_app.ui.transport.bar import TransportBar
from gui_app.ui.transport.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Views:
    """One of each."""

    window: MainWindow
    actions: dict[str, QAction]
    start_page: StartPage
    transport: TransportBar
    timeline: Timeline
    editor: ProgramEditor
    parameters: ParameterTable
    settings: SettingsForm
    model: DataForm
    """Data and model."""
    descent: DescentPanel
    loss: LossPanel
    console: Console
    graph: GraphPanel
    inspector: Inspector
    notes: NotesPanel
    lenses: Mapping[str, LensView]
    """The panels that ask about a step, by the name of their dock."""
