"""What tests of the whole window do again and again; the window itself is the fixture ``laboratory``."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui_app.app import LaboratoryParts
from gui_app.core.experiment import Experiment

WAIT = 20_000


def open_and_wait(parts: LaboratoryParts, qtbot: QtBot, experiment: Experiment) -> None:
    """Open an experiment and wait for its start and its graph."""
    parts.documents.open_experiment(experiment)
    qtbot.waitUntil(lambda: parts.presenter.session.last >= 0, timeout=WAIT)
    qtbot.waitUntil(lambda: parts.views.graph.picture() is not None, timeout=WAIT)
