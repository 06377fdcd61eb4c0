"""A window of stand-in panels, with the real start page, transport bar and timeline."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QMenu, QPlainTextEdit, QTableWidget, QWidget

from gui_app.ui.actions import build_actions
from gui_app.ui.docks import PANELS
from gui_app.ui.lessons.start_page import StartPage
from gui_app.ui.main_window import MainWindow
from gui_app.ui.resources import Icons
from gui_app.ui.theme import LIGHT, Palette
from gui_app.ui.transport.bar import TransportBar
from gui_app.ui.transport.timeline import Timeline


class Text(QPlainTextEdit):
    """A panel with examples of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.examples = QMenu("Insert example", self)


class Plot(QWidget):
    """A panel that can be taken away as a picture and told of a theme."""

    def __init__(self) -> None:
        super().__init__()
        self.palettes: list[Palette] = []

    def picture(self) -> None:
        """Nothing to see; that there is such a method is what counts."""

    def apply_theme(self, palette: Palette) -> None:
        self.palettes.append(palette)


@dataclass
class Shell:
    """The parts that a test talks to."""

    window: MainWindow
    actions: dict[str, QAction]
    panels: dict[str, QWidget]
    transport: TransportBar
    timeline: Timeline
    start_page: StartPage


def make_shell(settings: QSettings) -> Shell:
    """A window with all panels."""
    owner, icons = QObject(), Icons(LIGHT)
    actions = build_actions(icons, owner)
    names = ("descent", "loss", "graph")
    panels: dict[str, QWidget] = {spec.id: QWidget() for spec in PANELS}
    panels |= {name: Plot() for name in names}
    panels |= {
        "objective": Text(),
        "parameters": QTableWidget(3, 3),
        "settings": QCheckBox("Clear gradients"),
    }
    transport, timeline, start_page = TransportBar(LIGHT, icons, actions), Timeline(LIGHT), StartPage(LIGHT)
    window = MainWindow(
        panels=panels,
        start_page=start_page,
        transport=transport,
        timeline=timeline,
        examples=panels["objective"].examples,
        actions=actions,
        icons=icons,
        settings=settings,
    )
    owner.setParent(window)
    return Shell(window, actions, panels, transport, timeline, start_page)
