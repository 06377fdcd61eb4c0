"""The whole window as a picture, for a handout or a README: ``gradarium render --view window``."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSettings, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from gui_app.app import TorchEngine, build
from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.graph import Graph
from gui_app.core.session import Session, Status
from gui_app.files.errors import FileError
from gui_app.ui.presenter import Presenter

SIZE = (1440, 900)
PATIENCE = 120.0
"""Seconds until a window that shows nothing is given up."""
SETTLING = 1.0
"""Seconds in which the last answers (the landscape) come in once the step is shown."""
Row = NDArray[np.floating] | None


class WatchedEngine(TorchEngine):
    """Remembers what the newest graph was made from, so that one can wait for the graph of a step."""

    def __init__(self) -> None:
        super().__init__()
        self._newest: tuple[Row, Row, Graph | None] = (None, None, None)

    def graph(self, experiment: Experiment, step: int, row: Row, gradients: Row) -> Graph:
        """See ui.engine.Engine."""
        made = None
        try:
            made = super().graph(experiment, step, row, gradients)
        finally:
            self._newest = row, gradients, made
        return made

    @property
    def newest(self) -> Graph | None:
        """The newest graph; ``None`` where it could not be made."""
        return self._newest[2]

    def has_answered(self, presenter: Presenter) -> bool:
        """Whether the graph on the screen is that of the step that is shown, or there is none."""
        numbers = presenter.session.at_cursor()
        row, gradients, made = self._newest
        if numbers is None or presenter.session.fault is not None:
            return True
        if row is None or gradients is None or made not in (None, presenter.graph):
            return False
        return np.array_equal(row, numbers.parameters) and np.array_equal(
            gradients, numbers.gradients, equal_nan=True
        )


def window_picture(
    experiment: Experiment,
    step: int | None,
    size: tuple[int, int] | None,
    output: Path,
    theme: str,
    scale: float,
) -> tuple[Fault | None, int]:
    """Run the experiment to its end in a real window off screen, and write what it shows of ``step`` as PNG.

    ``step`` None is the last one; ``theme`` is light or dark; ``scale`` is that of the display. Returns what went
    wrong, if anything did (the picture shows it too), and the step that is shown: the nearest one that has a row.
    Raises FileError where it cannot be written.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    # The offscreen platform says for every window that it has no frame; nobody can do anything about that.
    qInstallMessageHandler(lambda _kind, _context, _text: None)
    app = QApplication(["gradarium"])
    engine = WatchedEngine()
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        settings.setValue("theme", theme)
        parts = build(app, settings, engine)
        window, presenter = parts.views.window, parts.presenter
        window.resize(*(size or SIZE))
        window.show()
        presenter.start()
        parts.documents.open_experiment(experiment)
        _go_to(step, presenter, engine)
        written = window.grab().save(str(output), "PNG")
        presenter.close()
        window.closing = lambda: True
        window.close()
    if not written:
        raise FileError("It cannot be written.", path=output)
    return _trouble(presenter.session, step), presenter.session.cursor


def _go_to(step: int | None, presenter: Presenter, engine: WatchedEngine) -> None:
    """Run to the end, show the step, and wait until every view shows it."""
    session = presenter.session
    _turn(PATIENCE, lambda: bool(presenter.devices) and (session.last >= 0 or session.fault is not None))
    presenter.run_to_end()
    _turn(PATIENCE, lambda: session.status is not Status.RUNNING)
    if step is not None:
        presenter.jump(step)
    _turn(PATIENCE, lambda: engine.has_answered(presenter))
    _turn(SETTLING, lambda: False)


def _turn(seconds: float, until: Callable[[], bool]) -> None:
    """Let the event loop turn until something holds."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def _trouble(session: Session, step: int | None) -> Fault | None:
    """Why the picture is not that of the step, if it is not."""
    if session.fault is None and step is not None and session.last < step:
        return Fault(session.message or f"The run was given up at step {max(session.last, 0):,}.")
    return session.fault
