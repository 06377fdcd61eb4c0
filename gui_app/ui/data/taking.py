"""What can be taken away of the shown step: predictions, weights, the picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.fit import Fit
from gui_app.files.errors import FileError
from gui_app.files.predictions import write_predictions, write_weights
from gui_app.ui import errors
from gui_app.ui.figures import saving
from gui_app.ui.figures.job import Job
from gui_app.ui.figures.progress import Progress

PREDICTIONS: saving.Kinds = {"Table, comma-separated (*.csv)": (".csv", 1.0)}
WEIGHTS: saving.Kinds = {
    "safetensors, by PyTorch's names (*.safetensors)": (".safetensors", 1.0),
    "Table, comma-separated (*.csv)": (".csv", 1.0),
}
BUSY = Fault("Another file is still being saved.", hint="Wait until it is done.")


class Taking(QObject):
    """The menu “Take away”, and the writing of what it offers, on a thread of its own."""

    told = Signal(str)
    """A file was saved: a short sentence."""
    picture_wanted = Signal(str)
    """``save`` or ``copy``."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self.folder = Path.home()
        """Where files are suggested."""
        self.fit: Fit | None = None
        self.experiment: Experiment | None = None
        self.job: Job | None = None
        self.button = QToolButton()
        self.button.setText("Take away ▾")
        self.button.setToolTip("Save the predictions, the weights or the picture of this step")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self.button)
        self.predictions_action = menu.addAction("Predictions…", self.take_predictions)
        self.weights_action = menu.addAction("Weights…", self.take_weights)
        menu.addSeparator()
        menu.addAction("Save picture…", lambda: self.picture_wanted.emit("save"))
        menu.addAction("Copy picture", lambda: self.picture_wanted.emit("copy"))
        self.button.setMenu(menu)

    def offer(self, fit: Fit, experiment: Experiment) -> None:
        """What would be taken away now."""
        self.fit, self.experiment = fit, experiment
        self.predictions_action.setEnabled(not fit.notice)
        self.weights_action.setEnabled(len(fit.parameters) > 0)

    def take_predictions(self) -> None:
        """Ask where, and save the predictions."""
        fit = self.fit
        if fit is not None:
            self._ask("predictions", PREDICTIONS, lambda path, step: write_predictions(path, fit, step))

    def take_weights(self) -> None:
        """Ask where, and save the parameters."""
        fit, experiment = self.fit, self.experiment
        if fit is not None and experiment is not None:
            row = fit.parameters
            self._ask("weights", WEIGHTS, lambda path, step: write_weights(path, experiment, row, step))

    def _ask(
        self, what: str, kinds: saving.Kinds, write: Callable[[Path, Callable[[], object]], None]
    ) -> None:
        assert self.fit is not None
        if self.job is not None:
            errors.show_fault(self._owner, "Save", BUSY)
            return
        start = self.folder / f"{what}-step-{self.fit.step}"
        found = saving.ask_target(self._owner, start, kinds, f"Save {what}")
        if found is None:
            return
        path = found[0]
        self.folder = path.parent

        def work(progress: Progress) -> None:
            try:
                write(path, progress.step)
            except FileError as error:
                raise ValueError(str(error)) from error

        self.job = Job(path, work, self._owner)
        self.job.ended.connect(partial(self._on_ended, path))

    def _on_ended(self, path: Path, fault: str) -> None:
        job, self.job = self.job, None
        if fault:
            errors.show_fault(self._owner, "The file is not saved", Fault(fault))
        elif job is not None and not job.cancelled:
            self.told.emit(f"Saved {path.name}.")
