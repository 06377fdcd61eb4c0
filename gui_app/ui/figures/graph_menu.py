"""What can be taken away of the graph: pictures, the graph itself for other tools, and its passes as animations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from gui_app.core.fault import Fault
from gui_app.core.graph import Graph
from gui_app.core.passing import Direction
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError
from gui_app.files.graph_dot import format_dot
from gui_app.files.graph_json import format_graph
from gui_app.files.graph_torchviz import format_torchviz
from gui_app.ui import errors
from gui_app.ui.figures import png
from gui_app.ui.figures.animation import FilmPicture, write_animation
from gui_app.ui.figures.export import copy, export
from gui_app.ui.figures.job import Counted, Job
from gui_app.ui.figures.picture import Picture
from gui_app.ui.figures.progress import Progress
from gui_app.ui.figures.saving import FILM_KINDS, GRAPH_KINDS, SCALE, ask_target

TEXTS: dict[str, Callable[[Graph], str]] = {
    ".json": format_graph,
    ".dot": format_dot,
    ".gv": format_torchviz,
}
"""By suffix: what writes the graph for other tools."""
NOTHING = Fault("There is nothing to export yet.", hint="Type an objective first.")
BUSY = Fault("Another file is still being written.", hint="Wait for it, or cancel it.")
LARGE = 20_000_000
"""Pixels of a PNG that is written on a thread of its own."""
NO_PASS = Fault("No backward pass was recorded.", hint="Choose a step whose graph has gradients.")


class Source(Protocol):
    """A panel that shows a graph."""

    def picture(self) -> Picture | None:
        """What is shown; ``None`` while there is nothing."""

    def film(self, direction: Direction) -> tuple[FilmPicture, int] | None:
        """A pass and how many frames it has; ``None`` where there is none."""

    def recorded(self) -> Graph | None:
        """The whole graph; ``None`` while there is none."""


class GraphMenu(QMenu):
    """The export menu of the graph panel."""

    told = Signal(str)
    """What has been done, in a sentence."""

    def __init__(self, source: Source, owner: QWidget) -> None:
        super().__init__("Export", owner)
        self._source, self._owner = source, owner
        self.folder = Path.home()
        """Where the next file is suggested."""
        self.job: Job | None = None
        """What is being written on a thread of its own; one thing at a time."""
        self.addAction("Save picture…", self.save_picture)
        self.addAction("Copy picture", self.copy_picture)
        self.addSeparator()
        self.addAction("Save graph for other tools…", self.save_graph)
        self.addSeparator()
        self.addAction("Save animation of the backward pass…", partial(self.save_film, "backward"))
        self.addAction("Save animation of the forward pass…", partial(self.save_film, "forward"))

    def save_picture(self) -> None:
        """As PNG, SVG or PDF; while a pass is walked, this moment of it."""
        picture = self._source.picture()
        if picture is None:
            self._fail(NOTHING)
        elif found := ask_target(self._owner, self.folder / picture.name):
            self._save_picture(picture, *found)

    def copy_picture(self) -> None:
        """Onto the clipboard."""
        picture = self._source.picture()
        if picture is None:
            self._fail(NOTHING)
        else:
            self._try(lambda: copy(picture, SCALE), None)

    def save_graph(self) -> None:
        """As JSON or DOT."""
        graph = self._source.recorded()
        if graph is None:
            self._fail(NOTHING)
        elif found := ask_target(self._owner, self.folder / "graph", GRAPH_KINDS, "Save graph"):
            path = found[0]
            write = TEXTS[path.suffix.lower()]
            self._try(lambda: write_atomically(path, write(graph).encode()), path)

    def save_film(self, direction: Direction) -> None:
        """As GIF or MP4."""
        film = self._source.film(direction)
        if film is None:
            self._fail(NOTHING if self._source.picture() is None else NO_PASS)
        elif found := ask_target(self._owner, self.folder / direction, FILM_KINDS, "Save animation"):
            path, scale = found
            self._begin(path, lambda p: write_animation(*film, path, scale=scale, progress=p))

    def _save_picture(self, picture: Picture, path: Path, scale: float) -> None:
        """A large PNG takes long; everything else is written at once."""
        width, height = picture.size().width() * scale, picture.size().height() * scale
        if path.suffix.lower() != ".png" or width * height < LARGE:
            self._try(lambda: export(picture, path, scale=scale, title=picture.name), path)
            return

        def write(progress: Progress) -> None:
            progress.total = png.parts(picture.size(), scale)
            export(Counted(picture, progress), path, scale=scale, title=picture.name)

        self._begin(path, write)

    def _begin(self, path: Path, work: Callable[[Progress], None]) -> None:
        """Write on a thread of its own, unless that is busy."""
        if self.job is not None:
            self._fail(BUSY)
            return
        self.folder = path.parent
        self.job = Job(path, work, self._owner)
        self.job.ended.connect(partial(self._on_ended, path))

    def _on_ended(self, path: Path, fault: str) -> None:
        job, self.job = self.job, None
        if fault:
            self._fail(Fault(fault))
        elif job is not None and not job.cancelled:
            self.told.emit(f"Saved {path.name}.")

    def _try(self, action: Callable[[], None], path: Path | None) -> None:
        """Do it and tell, or say why not in a dialog."""
        try:
            action()
        except (FileError, OSError, ValueError, MemoryError) as error:
            self._fail(Fault(str(error)))
            return
        if path is not None:
            self.folder = path.parent
        self.told.emit("Copied the picture." if path is None else f"Saved {path.name}.")

    def _fail(self, fault: Fault) -> None:
        errors.show_fault(self._owner, "Export", fault)
