"""Files: opening and saving experiments, the recent ones, lessons, and taking pictures and tables away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QFileDialog

from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.lessons import LessonText
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError
from gui_app.files.experiment import PROGRAMS, read_experiment, write_experiment
from gui_app.files.history_csv import write_history
from gui_app.files.lessons import lesson
from gui_app.files.reading import read_text
from gui_app.files.script import companions_of, script_of
from gui_app.files.table_names import TABLES, is_table
from gui_app.files.toml import MOST_BYTES
from gui_app.language.errors import ProgramError
from gui_app.ui import errors
from gui_app.ui.data.opening import TableOpening
from gui_app.ui.figures import saving
from gui_app.ui.figures.export import copy, export
from gui_app.ui.figures.picture import Picture
from gui_app.ui.presenter import Presenter
from gui_app.ui.views import Views

EXPERIMENTS = "Experiments (*.toml)"
_ENDS = {"Programs": PROGRAMS, "Tables": TABLES}
OPENED = ";;".join(
    [
        EXPERIMENTS,
        *(f"{kind} ({' '.join(f'*{end}' for end in ends)})" for kind, ends in _ENDS.items()),
        "All files (*)",
    ]
)
FRESH = Experiment(optimizer=OptimizerSpec("SGD", {"lr": 0.1}))
"""A new experiment. torch's default learning rate, 0.001, would hardly move in the first hundred steps."""
MOST_RECENT = 10


class Pictured(Protocol):
    """A panel whose picture can be taken away."""

    def picture(self) -> Picture | None:
        """The picture; ``None`` while there is nothing to show."""


class Documents(QObject):
    """Decides what is opened and saved, asks before anything is lost, remembers where files lie."""

    def __init__(self, views: Views, presenter: Presenter, settings: QSettings) -> None:
        super().__init__()
        self._views, self._presenter, self._settings = views, presenter, settings
        actions = views.actions
        actions["new"].triggered.connect(self.new)
        actions["open"].triggered.connect(self.ask_open)
        actions["save"].triggered.connect(self.save)
        actions["save_as"].triggered.connect(self.save_as)
        actions["start_page"].triggered.connect(self._show_start_page)
        actions["back"].triggered.connect(views.window.show_laboratory)
        actions["export_history"].triggered.connect(self.export_history)
        actions["export_script"].triggered.connect(self.export_script)
        self.tables = TableOpening(
            views,
            presenter,
            fresh=FRESH,
            may_close=self.may_close,
            show=self._show_unsaved,
            remember=self._remember,
            folder=self._folder,
            bring_forward=self.bring_data_forward,
        )
        self._pictured: dict[str, Pictured] = {
            "graph": views.graph,
            "loss": views.loss,
            "descent": views.descent,
        }
        for panel in self._pictured:
            actions[f"export_{panel}"].triggered.connect(partial(self._on_picture_wanted, panel, "save"))
        for name in ("data", "starts"):
            self._pictured[name] = views.lenses[name]
            views.lenses[name].picture_wanted.connect(partial(self._on_picture_wanted, name))
        views.lenses["data"].taking.told.connect(views.window.show_message)
        for name in ("undo", "redo", "find", "toggle_comment"):
            actions[name].triggered.connect(getattr(views.editor, name))
        views.graph.exports.told.connect(views.window.show_message)
        page = views.start_page
        page.new_requested.connect(self.new)
        page.open_requested.connect(self.ask_open)
        page.table_requested.connect(self.tables.ask_open)
        page.lesson_chosen.connect(self.open_lesson)
        page.recent_chosen.connect(self.open_file)
        views.window.file_dropped.connect(self.open_file)
        views.window.recent_chosen.connect(self.open_file)
        views.window.picture_wanted.connect(self._on_picture_wanted)
        views.loss.picture_wanted.connect(partial(self._on_picture_wanted, "loss"))
        views.descent.picture_wanted.connect(partial(self._on_picture_wanted, "descent"))
        presenter.experiment_replaced.connect(self._show_title)
        self._suggest(self._folder())
        self._show_recent()

    # ---- opening

    def new(self) -> None:
        """An empty experiment."""
        if self.may_close():
            self.open_experiment(FRESH)

    def ask_open(self) -> None:
        """Let the user choose a file."""
        name, _ = QFileDialog.getOpenFileName(
            self._views.window, "Open experiment", str(self._folder()), OPENED
        )
        if name:
            self.open_file(name)

    def open_file(self, name: str) -> None:
        """Open an experiment file; what is wrong with it is said in words and nothing changes."""
        path = Path(name)
        if is_table(path):
            self.tables.open_file(path)
            return
        if not self.may_close():
            return
        try:
            if path.suffix.lower() not in PROGRAMS and "data" in read_text(path, MOST_BYTES):
                before = self._presenter.session.experiment
                show = partial(self._on_read, path, before)
                self._presenter.data.open_file(path, show, self._refuse)
                return
            experiment = read_experiment(path)
        except FileError as error:
            self._refuse(Fault(str(error)))
            return
        self._on_read(path, self._presenter.session.experiment, experiment)

    def _on_read(self, path: Path, before: Experiment, experiment: Experiment) -> None:
        """A file has been read; its table, if it has one, took its time."""
        if self._presenter.session.experiment is not before and not self.may_close():
            return
        # The text of a program alone cannot hold what is set in the forms: it is saved under another name.
        self.open_experiment(experiment, None if path.suffix.lower() in PROGRAMS else path, asleep=True)
        self._remember(path)

    def _refuse(self, fault: Fault) -> None:
        errors.show_fault(self._views.window, "This file cannot be opened", fault)

    def open_lesson(self, identifier: str) -> None:
        """Open a lesson: an experiment without a file of the user's."""
        if self.may_close():
            chosen = lesson(identifier)
            self.open_experiment(chosen.experiment, None, chosen.told_in("en"))

    def _show_unsaved(self, experiment: Experiment) -> None:
        """An experiment that has been made here, and lies nowhere."""
        self.open_experiment(experiment)
        if experiment.data is not None and experiment.data.path is not None:
            self._presenter.session.saved = FRESH
        self._show_title()

    def _show_start_page(self) -> None:
        """The lessons; what is open stays open and waits."""
        self._presenter.pause()
        self._views.window.show_start_page()

    def open_experiment(
        self,
        experiment: Experiment,
        path: Path | None = None,
        story: LessonText | None = None,
        asleep: bool = False,
    ) -> None:
        """Show an experiment in the laboratory.

        Args:
            path: where it lies.
            story: what a lesson tells.
            asleep: nothing of it is evaluated before the user begins.
        """
        had_data = self._presenter.session.experiment.data is not None
        self._presenter.open(experiment, asleep)
        self._views.notes.set_story(story)
        self._presenter.session.path = path
        self._views.window.show_laboratory()
        self._views.window.laboratory.show_panel("notes" if story else "step")
        if experiment.data is not None:
            self.bring_data_forward()
        elif had_data:
            for name in ("parameters", "descent"):
                self._views.window.laboratory.bring_forward(name)
        if not experiment.program.strip():
            self._views.editor.area.setFocus()
        self._show_title()

    def bring_data_forward(self) -> None:
        """The form of data and model, and the picture of the fit, in front of what lies beside them."""
        self._views.window.laboratory.make_room("model")
        self._views.window.laboratory.bring_forward("data")

    # ---- saving

    def save(self) -> bool:
        """Save under the name it has, else ask for one; True if it is on disk."""
        path = self._presenter.session.path
        return self.save_as() if path is None else self._write(path)

    def save_as(self) -> bool:
        """Ask for a name and save under it; True if it is on disk."""
        start = self._presenter.session.path or self._folder() / f"{self._file_name()}.toml"
        name, _ = QFileDialog.getSaveFileName(self._views.window, "Save experiment", str(start), EXPERIMENTS)
        if not name:
            return False
        path = Path(name)
        is_own = path.suffix and path.suffix.lower() not in PROGRAMS
        return self._write(path if is_own else path.with_suffix(".toml"))

    def _write(self, path: Path) -> bool:
        self._flush()
        session = self._presenter.session
        try:
            write_experiment(path, session.experiment)
        except FileError as error:
            errors.show_fault(self._views.window, "The experiment is not saved", Fault(str(error)))
            return False
        session.mark_saved(path)
        self._remember(path)
        self._show_title()
        return True

    def _flush(self) -> None:
        """What has just been typed counts."""
        self._views.editor.flush()
        self._views.notes.flush()

    def may_end(self) -> bool:
        """Whether the window may close; a table that is just being read is not waited for."""
        self.tables.close()
        return self.may_close()

    def may_close(self) -> bool:
        """Whether what is open may be given up: nothing is lost, or the user says so."""
        self._flush()
        session = self._presenter.session
        if not session.is_modified:
            return True
        answer = errors.ask_unsaved(self._views.window, session.experiment.title or "Untitled")
        return answer == "discard" or (answer == "save" and self.save())

    # ---- taking away

    def export_history(self) -> None:
        """Every recorded step as a CSV file."""
        session = self._presenter.session
        if session.history is None or session.last < 0:
            self._nothing_yet()
            return
        history, start = session.history, str(self._folder() / "history.csv")
        name, _ = QFileDialog.getSaveFileName(self._views.window, "Export", start, "Table (*.csv)")
        if name:
            path = Path(name)
            self._try(lambda: write_history(path, history), f"Saved {path.name}.", "The history is not saved")

    def export_script(self) -> None:
        """The run as a plain PyTorch script, with what was changed on its way."""
        session, words, window = self._presenter.session, self._presenter.words, self._views.window
        if words is None:
            self._nothing_yet()
            return
        experiment, changes = session.experiment, {}
        if session.history is not None and session.history.frames:
            experiment = replace(experiment, optimizer=session.history.frames[0].optimizer)
            changes = session.history.changes
        start = str(self._folder() / f"{self._file_name()}.py")
        name, _ = QFileDialog.getSaveFileName(window, "Export", start, "Python (*.py)")
        if not name:
            return
        path = Path(name)
        try:
            text = script_of(experiment, words, changes, path.parent)
            companions = companions_of(experiment)
        except ProgramError as error:
            errors.show_fault(window, "There is no script of this", error.fault)
            return

        def write() -> None:
            write_atomically(path, text.encode())
            for beside, content in companions.items():
                write_atomically(path.with_name(beside), content)

        self._try(write, f"Saved {' and '.join((path.name, *companions))}.", "The script is not saved")

    def _on_picture_wanted(self, panel: str, how: str) -> None:
        """Save or copy the picture of a panel."""
        picture = self._pictured[panel].picture()
        if picture is None:
            self._nothing_yet()
        elif how == "copy":
            self._try(lambda: copy(picture, saving.SCALE), "Copied the picture.", "The picture is not copied")
        else:
            start = self._folder() / f"{self._file_name()}-{picture.name}"
            if found := saving.ask_target(self._views.window, start):
                path, scale = found
                self._try(
                    lambda: export(picture, path, scale=scale, title=picture.name),
                    f"Saved {path.name}.",
                    "The picture is not saved",
                )

    def _nothing_yet(self) -> None:
        fault = Fault("There is nothing to export yet.", hint="Type an objective first.")
        errors.show_fault(self._views.window, "Export", fault)

    def _try(self, action: Callable[[], None], success: str, failure: str) -> None:
        """Do it and say so in the status bar, or say why not in a dialog."""
        try:
            action()
        except (FileError, OSError, ValueError, MemoryError) as error:
            errors.show_fault(self._views.window, failure, Fault(str(error)))
        else:
            self._views.window.show_message(success)

    # ---- names and places

    def _file_name(self) -> str:
        title = self._presenter.session.experiment.title or "experiment"
        return "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-") or "experiment"

    def _folder(self) -> Path:
        return Path(str(self._settings.value("folder", str(Path.home()))))

    def recent(self) -> list[Path]:
        """The experiment files used last that are still there, newest first."""
        stored = self._settings.value("recent", [])
        names = [stored] if isinstance(stored, str) else list(stored or [])
        return [path for path in map(Path, names) if path.exists()]

    def _remember(self, path: Path) -> None:
        path = path.absolute()
        names = [str(path), *(str(old) for old in self.recent() if old != path)]
        self._settings.setValue("recent", names[:MOST_RECENT])
        self._settings.setValue("folder", str(path.parent))
        self._suggest(path.parent)
        self._show_recent()

    def _suggest(self, folder: Path) -> None:
        """Where the panels that save by themselves begin."""
        for saves in (self._views.graph.exports, self._views.lenses["data"].taking):
            saves.folder = folder

    def _show_recent(self) -> None:
        paths = self.recent()
        self._views.start_page.set_recent(paths)
        self._views.window.set_recent(paths)

    def _show_title(self) -> None:
        session = self._presenter.session
        title = session.experiment.title or (session.path.stem if session.path else "Untitled")
        self._views.window.set_title(title, modified=session.is_modified)
