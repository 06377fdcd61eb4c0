"""Work of a dialog on a thread of its own: watched by a timer, stopped when the dialog goes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from gui_app.core.runner import start_thread
from gui_app.core.table import ReadingStopped
from gui_app.files.errors import FileError

Work = Callable[[Callable[[float], None], Callable[[], bool]], object]
"""Takes where to tell its progress, 0 … 1, and whether it is still wanted. May raise FileError and ReadingStopped."""
_PATIENCE = 10.0
"""Seconds that the end of a stopped task is waited for; all of them look often whether they are wanted."""


class Task(QObject):
    """Runs one piece of work at a time; a new one takes the place of the last, of which nothing is heard any more."""

    progressed = Signal(float)
    done = Signal(object)
    failed = Signal(str)
    """A sentence."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._mail: queue.SimpleQueue[tuple[Signal, object]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._drain)

    @property
    def is_busy(self) -> bool:
        """Something is being worked on."""
        return self._thread is not None

    def start(self, work: Work) -> None:
        """Do ``work``; exactly one of ``done`` and ``failed`` follows, unless it is stopped."""
        self.stop()
        mail: queue.SimpleQueue[tuple[Signal, object]] = queue.SimpleQueue()
        stop = threading.Event()
        self._mail, self._stop = mail, stop

        def run() -> None:
            try:
                mail.put((self.done, work(lambda share: mail.put((self.progressed, share)), stop.is_set)))
            except ReadingStopped:
                pass
            except FileError as error:
                mail.put((self.failed, error.message))
            except Exception as error:  # whatever a library stumbles over must be seen
                mail.put((self.failed, f"It cannot be read: {error or type(error).__name__}."))

        self._thread = start_thread("import", run)
        self._timer.start()

    def stop(self) -> None:
        """Nothing of it is wanted any more; its thread is gone when this returns."""
        self._timer.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)
            self._thread = None

    def _drain(self) -> None:
        over = self._thread is not None and not self._thread.is_alive()
        last: tuple[Signal, object] | None = None
        while not self._mail.empty():
            last = self._mail.get()  # of several shares only the newest is of interest
        if over:
            self._timer.stop()
            self._thread = None
        if last is not None:
            signal, value = last
            signal.emit(value)
