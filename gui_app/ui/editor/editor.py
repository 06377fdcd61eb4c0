"""Where the objective is typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui_app.core.fault import Fault, Span
from gui_app.language.names import Words
from gui_app.ui.editor import keys
from gui_app.ui.editor.code_area import CodeArea, sentence
from gui_app.ui.editor.completion import Completion
from gui_app.ui.editor.find_bar import FindBar
from gui_app.ui.editor.highlighter import ProgramHighlighter
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.editor.places import cursor_of
from gui_app.ui.theme import Palette, category

QUIET_MS = 150
"""So long after the last key the program is handed on."""


class ProgramEditor(QWidget):
    """Program text with colours, marks, completion, and the first fault's sentence beneath.

    ``program_changed`` carries what was typed, once per pause; it is silent about text set from outside.
    ``caret_moved`` counts lines from 1 and columns, in characters, from 0.
    """

    program_changed = Signal(str)
    caret_moved = Signal(int, int)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._told = ""
        self._first: Fault | None = None
        self._parameters: tuple[str, ...] = ()
        self.area = CodeArea(palette)
        self.area.setObjectName("program")
        self.area.setAccessibleName("Objective")
        self.area.setPlaceholderText("Type an objective, for example (x - 2)**2 / 2")
        self._colours = ProgramHighlighter(self.area.document(), palette)
        self._completion = Completion(self.area, palette)
        self._find = FindBar(self.area, palette)
        self._strip = MessageStrip(palette)
        self._strip.clicked.connect(self._show_first_fault)
        self._find.closed.connect(self.area.setFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._find)
        column.addWidget(self.area, 1)
        column.addWidget(self._strip)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self.flush)
        self.area.textChanged.connect(self._on_text)
        self.area.cursorPositionChanged.connect(lambda: self.caret_moved.emit(*self.area.caret()))
        self.area.installEventFilter(self)
        self.setFocusProxy(self.area)

    # The text

    def program(self) -> str:
        """The text as it stands."""
        return self.area.toPlainText()

    def set_program(self, text: str) -> None:
        """Replace the text without a signal; the text that is already there stays with its undo history."""
        echo = self._quiet.isActive() and text == self._told
        if text == self.program() or echo:
            return
        self.area.blockSignals(True)
        self.area.setPlainText(text)
        self.area.blockSignals(False)
        self._quiet.stop()
        self._told = self.program()
        self.set_faults(())
        self.highlight(None)

    def flush(self) -> None:
        """Hand on at once what was typed and not yet told."""
        self._quiet.stop()
        if self.program() != self._told:
            self._told = self.program()
            self.program_changed.emit(self._told)

    def _on_text(self) -> None:
        self._quiet.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.area and event.type() == QEvent.Type.FocusOut and self._quiet.isActive():
            self.flush()
        return super().eventFilter(watched, event)

    # What is shown

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Mark the faults in the text and say the first one beneath it."""
        self._first = faults[0] if faults else None
        self.area.set_faults(faults)
        self._strip.set_message(self._spoken(self._first), self._first.details if self._first else "")

    @staticmethod
    def _spoken(fault: Fault | None) -> str:
        if fault is None:
            return ""
        return f"Line {fault.span.line}: {sentence(fault)}" if fault.span else sentence(fault)

    def _show_first_fault(self) -> None:
        if self._first and self._first.span:
            self.select(self._first.span)
            self.area.setFocus()

    def select(self, span: Span) -> None:
        """Select a stretch of text and scroll to it."""
        self.area.setTextCursor(cursor_of(self.area.document(), span))
        self.area.ensureCursorVisible()

    def highlight(self, span: Span | None) -> None:
        """Let a stretch of text glow softly; ``None``: none."""
        self.area.glow(span)

    def set_words(self, words: Words | None) -> None:
        """What completion offers; ``None``: the program's own names only."""
        self._completion.set_words(words)

    def set_parameters(self, names: Sequence[str]) -> None:
        """Names that wear a parameter's colour, in the parameters' order."""
        self._parameters = tuple(names)
        self._colours.set_parameters({name: category(self._palette, i) for i, name in enumerate(names)})

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        for part in (self.area, self._find, self._strip, self._colours, self._completion):
            part.apply_theme(palette)
        self.set_parameters(self._parameters)

    # Acts of the Edit menu

    def undo(self) -> None:
        """Take back the last change."""
        self.area.undo()

    def redo(self) -> None:
        """Make the last change taken back again."""
        self.area.redo()

    def find(self) -> None:
        """Open the find bar."""
        self._find.open_bar()

    def toggle_comment(self) -> None:
        """Comment the selected lines out or in."""
        keys.toggle_comment(self.area)
