"""What the experiment is about: its title and notes, and above them the story of a lesson."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QMimeData, QTimer, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.lessons import LessonText
from gui_app.ui.theme import GRID, Palette

PATIENCE = 400
"""Milliseconds after the last keystroke until the experiment is changed."""


class Notes(QPlainTextEdit):
    """Plain text; a file that is dropped on it is for the window to open."""

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return not source.hasUrls() and super().canInsertFromMimeData(source)


class NotesPanel(QWidget):
    """Title and notes can be edited; the story of a lesson is for reading."""

    experiment_changed = Signal(object)
    """The Experiment with another title or other notes."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._experiment = Experiment()
        self._story = QLabel()
        self._story.setWordWrap(True)
        self._story.setTextInteractionFlags(self._story.textInteractionFlags().TextSelectableByMouse)
        self._title, self._notes = QLineEdit(), Notes()
        self._title.setPlaceholderText("Title")
        self._title.setAccessibleName("Title of the experiment")
        self._notes.setPlaceholderText("Notes: what you want to see, what you have seen.")
        self._notes.setAccessibleName("Notes")
        self._notes.setTabChangesFocus(True)
        self._notes.setMinimumHeight(8 * GRID)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(GRID + 4, GRID, GRID + 4, GRID)
        column.setSpacing(GRID)
        column.addWidget(self._story)
        column.addWidget(self._title)
        column.addWidget(self._notes, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE)
        self._timer.timeout.connect(self.flush)
        self._title.textEdited.connect(self._on_typed)
        self._notes.textChanged.connect(self._on_typed)
        self.apply_theme(palette)
        self.set_story(None)

    def apply_theme(self, palette: Palette) -> None:
        """Colours of another palette."""
        self._story.setStyleSheet(f"color: {palette.text};")

    def set_story(self, text: LessonText | None) -> None:
        """Show the story of a lesson, or none."""
        self._story.setVisible(text is not None)
        if text is not None:
            paragraphs = "".join(
                f"<p style='line-height: 135%'>{_escaped(p)}</p>" for p in text.text.split("\n\n")
            )
            self._story.setText(f"<h3>{_escaped(text.title)}</h3>{paragraphs}")

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the title and notes of another experiment."""
        self._experiment = experiment
        if self._title.text() != experiment.title:
            self._title.setText(experiment.title)
        if self._notes.toPlainText() != experiment.notes:
            self._notes.blockSignals(True)
            self._notes.setPlainText(experiment.notes)
            self._notes.blockSignals(False)

    def flush(self) -> None:
        """Hand on at once what has been typed."""
        self._timer.stop()
        edited = replace(self._experiment, title=self._title.text(), notes=self._notes.toPlainText())
        if edited != self._experiment:
            self._experiment = edited
            self.experiment_changed.emit(edited)

    def _on_typed(self) -> None:
        self._timer.start()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
