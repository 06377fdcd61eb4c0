"""Where the objective is typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui_app.core.fault import Fault, Span
from gui_app.language.names import Words
from gui_app.ui.editor import keys
from gui_app.ui.editor.code_area import CodeArea, sentence
from gui_app.ui.editor.completion import Completion
from gui_app.ui.editor.examples import ExamplesMenu
from gui_app.ui.editor.find_bar import FindBar
from gui_app.ui.editor.highlighter import ProgramHighlighter
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.editor.places import cursor_of
from gui_app.ui.editor.rewriting import common_ends, rewrite
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette, category

QUIET_MS = 50
"""So long after the last key the program is handed on: what is wrong is marked within 100 ms."""
KINDS = {
    "": "",
    "objective": "Objective: the last line is the loss",
    "script": "Script: each backward pass is a step",
}
"""What is said of each kind of program."""


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
        self._silent = False
        self._first: Fault | None = None
        self._parameters: tuple[str, ...] = ()
        self.area = CodeArea(palette)
        self.area.setObjectName("program")
        self.area.setAccessibleName("Objective")
        self.area.setPlaceholderText("Type an objective:\n(x - 2)**2 / 2\nor paste a PyTorch script.")
        self._colours = ProgramHighlighter(self.area.document(), palette)
        self._completion = Completion(self.area, palette)
        self._find = FindBar(self.area, palette)
        self._strip = MessageStrip(palette)
        self._strip.clicked.connect(self._show_first_fault)
        self._kind = _footer()
        self._find.closed.connect(self.area.setFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._find)
        column.addWidget(self.area, 1)
        column.addWidget(self._strip)
        column.addWidget(self._kind)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self.flush)
        self.area.textChanged.connect(self._on_text)
        self.area.cursorPositionChanged.connect(lambda: self.caret_moved.emit(*self.area.caret()))
        self.area.installEventFilter(self)
        self.setFocusProxy(self.area)
        # After the parts have been laid out: a menu that is there before them breaks the way of the focus.
        self.examples = ExamplesMenu(self)
        self.examples.chosen.connect(self.replace_program)

    # The text

    def program(self) -> str:
        """The text as it stands."""
        return self.area.toPlainText()

    def open_program(self, text: str) -> None:
        """Show another document without a signal: nothing of the one before can be taken back."""
        self._silent = True
        self.area.setPlainText(text)
        self._silent = False
        self._settle()

    def set_program(self, text: str) -> None:
        """Bring the text up to date without a signal.

        A change of less than half of it is one step that can be undone, caret and scroll stay; a text that has
        little in common with what is there is another document.
        """
        old = self.program()
        if text == old or (self._quiet.isActive() and text == self._told):
            return
        if 2 * sum(common_ends(old, text)) < max(len(old), len(text)):
            self.open_program(text)
            return
        self._silent = True
        rewrite(self.area.document(), text)
        self._silent = False
        self._settle()

    def replace_program(self, text: str) -> None:
        """Type ``text`` in place of all that is there: it is told, and can be undone."""
        rewrite(self.area.document(), text)
        self.area.moveCursor(QTextCursor.MoveOperation.End)
        self.flush()

    def _settle(self) -> None:
        """What is there is known; marks of the text before are gone."""
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
        if not self._silent:
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
        self._show_kind()

    def mark_failure(self, span: Span | None) -> None:
        """Warn behind the place where the run failed, until the next faults are set."""
        self.area.fail(span)

    def set_kind(self, kind: str) -> None:
        """Say what kind of program this is: a key of ``KINDS``."""
        self._kind.setText(KINDS[kind])
        self._show_kind()

    def _show_kind(self) -> None:
        """An error needs the room more than this."""
        self._kind.setVisible(bool(self._kind.text()) and self._first is None)

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


def _footer() -> QLabel:
    label = QLabel()
    label.setObjectName("muted")
    label.setFont(font("small"))
    label.setContentsMargins(GRID + 4, GRID // 4, GRID, GRID // 2)
    label.hide()
    return label
