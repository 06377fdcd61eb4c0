"""What the program prints, each text with the step at which it was printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QStackedWidget, QVBoxLayout, QWidget

from gui_app.core.console import Console as Kept
from gui_app.core.events import Printed
from gui_app.core.fault import Fault
from gui_app.files.atomic import write_atomically
from gui_app.files.errors import FileError
from gui_app.ui import errors
from gui_app.ui.console.transcript import Transcript
from gui_app.ui.theme import GRID, Palette

EMPTY = "What the program prints appears here: print(x.grad)"
CHUNK = 8 * 1024
"""Characters that are laid out at a time: a frame is not missed for them."""


class Console(QWidget):
    """The console panel. ``step_chosen`` carries the step whose number was clicked."""

    step_chosen = Signal(int)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = Kept()
        self._laid = 0
        """How many of the kept texts are laid out."""
        self.transcript = Transcript(palette)
        self.transcript.step_chosen.connect(self.step_chosen)
        self.transcript.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.transcript.customContextMenuRequested.connect(self._on_menu)
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(2 * GRID)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.transcript)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._lay)
        self.setFocusProxy(self.transcript)
        self._show_state()

    # From outside

    def set_lines(self, lines: Sequence[Printed]) -> None:
        """Show these texts; what is there already is not laid out again."""
        there = self._kept.lines
        if list(lines[: len(there)]) != there:
            self.clear()
        self.append(lines[len(self._kept.lines) :])

    def append(self, lines: Sequence[Printed]) -> None:
        """More texts, in the order in which they were printed; past 64 KB only a line that says so."""
        if self._kept.take(lines) and not self._next.isActive():
            self._lay()

    def clear(self) -> None:
        """Nothing is printed yet."""
        self._next.stop()
        self._kept, self._laid = Kept(), 0
        self.transcript.wipe()
        self._show_state()

    def set_step(self, step: int) -> None:
        """Dim what was printed after that step, and bring what was printed up to it into sight."""
        self.transcript.set_step(step)

    def text(self) -> str:
        """All that is kept."""
        return "".join(each.text for each in self._kept.lines)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.transcript.apply_theme(palette)

    # Its own doing

    def _lay(self) -> None:
        """Lay out the next chunk; the rest when the window has had its turn."""
        chunk: list[Printed] = []
        room = CHUNK
        while room > 0 and self._laid < len(self._kept.lines):
            chunk.append(self._kept.lines[self._laid])
            room -= len(chunk[-1].text)
            self._laid += 1
        if chunk:
            self.transcript.add(chunk)
        if self._laid < len(self._kept.lines):
            self._next.start()
        self._show_state()

    def _show_state(self) -> None:
        self._pages.setCurrentWidget(self.transcript if self._kept.lines else self._empty)

    def menu(self) -> QMenu:
        """What can be done with the text."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction("Copy", self.transcript.copy)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setEnabled(self.transcript.textCursor().hasSelection())
        chosen = menu.addAction("Select all", self.transcript.selectAll)
        chosen.setShortcut(QKeySequence.StandardKey.SelectAll)
        menu.addSeparator()
        menu.addAction("Save as text…", self.save)
        return menu

    def _on_menu(self, place: QPoint) -> None:
        self.menu().popup(self.transcript.viewport().mapToGlobal(place))

    def save(self) -> None:
        """Ask for a file and write all that is kept."""
        start = str(Path.home() / "printed.txt")
        name, _ = QFileDialog.getSaveFileName(self, "Save as text", start, "Text (*.txt)")
        if not name:
            return
        try:
            write_atomically(Path(name), self.text().encode(errors="replace"))
        except FileError as error:
            errors.show_fault(self, "The text is not saved", Fault(str(error)))
