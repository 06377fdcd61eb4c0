"""The whole window with the real engine."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from whole import WAIT

from gui_app.app import LaboratoryParts, TorchEngine, build


@pytest.fixture
def laboratory(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> Iterator[LaboratoryParts]:
    parts = build(qapp, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat), TorchEngine())
    parts.views.window.resize(1280, 800)
    parts.views.window.show()
    parts.presenter.start()
    qtbot.waitUntil(lambda: bool(parts.presenter.devices), timeout=WAIT)
    yield parts
    gc.enable()
    assert parts.presenter.close()
    parts.views.window.closing = lambda: True
    parts.views.window.close()
    parts.views.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
