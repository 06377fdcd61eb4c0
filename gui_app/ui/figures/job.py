"""A file that takes long to write: on a thread of its own, with its progress shown and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QProgressDialog, QWidget

from gui_app.core.runner import internal_fault, start_thread
from gui_app.ui.figures.picture import Picture
from gui_app.ui.figures.progress import Cancelled, Progress

POLL_MS = 80
PATIENCE_MS = 400
"""A file that is written sooner shows no dialog."""


class Job(QObject):
    """Writes one file; ``ended`` carries what went wrong, empty if nothing did, and comes in the GUI's thread.

    Args:
        work: writes it, tells the progress how far it is, and leaves nothing behind when that raises Cancelled.
    """

    ended = Signal(str)

    def __init__(self, path: Path, work: Callable[[Progress], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._progress = Progress()
        self._fault: str | None = None
        self.cancelled = False
        """The user has stopped it: there is no file."""
        self._dialog = QProgressDialog(f"Saving {path.name}", "Cancel", 0, 0, parent)
        self._dialog.setWindowTitle("Save")
        self._dialog.setWindowModality(Qt.WindowModality.WindowModal)
        self._dialog.setMinimumDuration(PATIENCE_MS)
        self._dialog.setAutoClose(False)
        self._dialog.setAutoReset(False)
        self._dialog.canceled.connect(self.cancel)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_poll)
        self._timer.start(POLL_MS)
        self._thread = start_thread("export", lambda: self._run(work))

    def cancel(self) -> None:
        """Stop soon."""
        self._progress.cancelled = True

    def wait(self) -> None:
        """Come back once the thread has ended."""
        self._thread.join()

    def _run(self, work: Callable[[Progress], None]) -> None:
        fault = ""
        try:
            work(self._progress)
        except Cancelled:
            self.cancelled = True
        except (OSError, ValueError, MemoryError) as error:
            fault = str(error)
        except BaseException as error:
            fault = internal_fault(error).message
        self._fault = fault

    def _on_poll(self) -> None:
        progress = self._progress
        if self._fault is None:
            # The last stretch, in which an animation is packed, has no steps of its own.
            counted = progress.done < progress.total
            self._dialog.setMaximum(progress.total if counted else 0)
            self._dialog.setValue(progress.done if counted else 0)
            return
        self._timer.stop()
        self._thread.join()
        self._dialog.close()
        self._dialog.deleteLater()
        self.ended.emit(self._fault)
        self.deleteLater()


class Counted:
    """A picture that tells the progress each time that it is painted."""

    def __init__(self, picture: Picture, progress: Progress) -> None:
        self.name: str = picture.name
        self._picture, self._progress = picture, progress

    def size(self) -> QSizeF:
        """See Picture."""
        return self._picture.size()

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """See Picture. Raises Cancelled."""
        self._progress.step()
        self._picture.paint(painter, target)
