"""Opening a table: from a file through the import dialog, or one that is always there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from gui_app.core.data import FEATURES, DataSpec
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.language.scan import tokens
from gui_app.ui import errors
from gui_app.ui.data.beginning import title_of
from gui_app.ui.data.importing import FILTER, ImportDialog
from gui_app.ui.presenter import Presenter
from gui_app.ui.views import Views


class TableOpening:
    """Leads from a table to an experiment on it: the open one if it waits for data, else a new one.

    Args:
        fresh: an experiment to begin with.
        may_close: whether what is open may be given up.
        show: shows another experiment in the laboratory.
        remember: notes that a file has been used.
        folder: where files are looked for first.
        bring_forward: brings the panels of data in front.
    """

    def __init__(
        self,
        views: Views,
        presenter: Presenter,
        *,
        fresh: Experiment,
        may_close: Callable[[], bool],
        show: Callable[[Experiment], None],
        remember: Callable[[Path], None],
        folder: Callable[[], Path],
        bring_forward: Callable[[], None],
    ) -> None:
        self._views, self._presenter = views, presenter
        self._fresh, self._may_close, self._show = fresh, may_close, show
        self._remember, self._folder, self._bring_forward = remember, folder, bring_forward
        self.dialog: ImportDialog | None = None
        """The import dialog, while it is open."""
        self._changes = False
        """The table is to take the place of the open experiment's."""
        views.actions["open_table"].triggered.connect(lambda: self.ask_open())
        views.window.set_chosen.connect(self.open_set)
        views.model.open_wanted.connect(lambda: self.ask_open(changes=True))
        views.model.set_wanted.connect(lambda kind, name: self.open_set(kind, name, changes=True))
        views.model.import_wanted.connect(self._on_import_wanted)

    def ask_open(self, *, changes: bool = False) -> None:
        """Let the user choose a file."""
        name, _ = QFileDialog.getOpenFileName(self._views.window, "Open table", str(self._folder()), FILTER)
        if name:
            self.open_file(Path(name), changes=changes)

    def open_file(self, path: Path, *, changes: bool = False) -> None:
        """Look at a file in the import dialog."""
        if self._begins(changes):
            self._import(path)

    def open_set(self, kind: str, name: str, *, changes: bool = False) -> None:
        """Take a ``builtin`` set or what the generator of that name makes (``generate``)."""
        if self._begins(changes):
            self._take(DataSpec(**{kind: name}, standardize=True))  # type: ignore[arg-type]

    def close(self) -> None:
        """Close the dialog, whatever it is doing."""
        if self.dialog is not None:
            self.dialog.close()

    def _begins(self, changes: bool) -> bool:
        """Note where the table is to go; False if what is open is not to be given up for it."""
        self._presenter.pause()
        self._views.editor.flush()
        experiment = self._presenter.session.experiment
        self._changes = (changes and experiment.data is not None) or (
            not self._views.window.on_start_page and _waits_for_data(experiment)
        )
        return self._changes or self._may_close()

    def _on_import_wanted(self) -> None:
        spec = self._presenter.session.experiment.data
        if spec is not None and spec.path is not None and self._begins(True):
            self._import(Path(spec.path), spec)

    def _import(self, path: Path, spec: DataSpec | None = None, problem: str = "") -> None:
        self.close()
        dialog = ImportDialog(self._views.window.theme, path, self._views.window)
        if spec is None:
            dialog.form.standardize.set_value(True)
        else:
            dialog.set_spec(spec)
        dialog.strip.set_message(problem)
        dialog.imported.connect(self._take)
        dialog.finished.connect(self._on_finished)
        self.dialog = dialog
        dialog.open()

    def _on_finished(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _take(self, spec: DataSpec) -> None:
        """Make the experiment on that table; it is read off the GUI thread."""
        experiment = self._presenter.session.experiment
        if self._changes and experiment.data is not None:
            self._used(spec)
            kept = replace(spec, seed=experiment.data.seed)
            self._presenter.data.change(replace(experiment, data=kept))
            return
        wanted = replace(
            experiment if self._changes else self._fresh,
            data=spec,
            title=(experiment.title if self._changes else "") or title_of(spec),
        )
        self._views.window.show_message(f"Reading {title_of(spec)}…")

        def then(made: Experiment) -> None:
            self._views.window.show_message("")
            self._on_made(made, experiment)

        def failed(fault: Fault) -> None:
            self._views.window.show_message("")
            self._on_failed(fault, spec)

        self._presenter.data.open(wanted, then, failed)

    def _on_made(self, made: Experiment, before: Experiment) -> None:
        now = self._presenter.session.experiment
        if self._changes and now.data is None:
            if now != before:  # it has been typed on in the meantime
                made = replace(now, data=made.data, title=made.title)
            self._views.window.show_laboratory()
            self._presenter.edit(made)
            self._bring_forward()
        elif now == before or self._may_close():
            self._show(made)
        else:
            return
        assert made.data is not None
        self._used(made.data)

    def _on_failed(self, fault: Fault, spec: DataSpec) -> None:
        """What a file's columns cannot be used for is changed where it was chosen."""
        if spec.path is None:
            errors.show_fault(self._views.window, "This table cannot be used", fault)
        else:
            self._import(Path(spec.path), spec, fault.message)

    def _used(self, spec: DataSpec) -> None:
        if spec.path is not None:
            self._remember(Path(spec.path))


def _waits_for_data(experiment: Experiment) -> bool:
    """Whether a table belongs into the open experiment: it is empty, or reads features that it does not have."""
    if experiment.data is not None:
        return False
    found = list(tokens(experiment.program))
    return not experiment.program.strip() or ("name", FEATURES) in [each[:2] for each in found]
