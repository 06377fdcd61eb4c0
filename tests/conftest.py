"""Strictness for every test: no display needed, no leaked windows, no threads left alive."""

from __future__ import annotations

import faulthandler
import gc
import os
import threading
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
faulthandler.enable()


@pytest.fixture(autouse=True)
def no_live_threads() -> Iterator[None]:
    """A test that leaves a thread of its own running has failed."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert not left, f"threads left running: {left}"


@pytest.fixture
def no_leaked_windows(qapp: object) -> Iterator[None]:  # noqa: ARG001 - there must be an application
    """A test that leaves a top-level widget behind has failed."""
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    before = {id(widget) for widget in QApplication.topLevelWidgets()}
    yield
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [w for w in QApplication.topLevelWidgets() if id(w) not in before]
    assert not left, f"widgets left behind: {left}"


@pytest.fixture(autouse=True)
def _check_windows(request: pytest.FixtureRequest) -> None:
    """Every test that uses Qt gets the check for leaked windows."""
    if {"qtbot", "qapp"} & set(request.fixturenames):
        request.getfixturevalue("no_leaked_windows")
