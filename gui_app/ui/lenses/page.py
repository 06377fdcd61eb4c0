"""What the pages of the lenses have in common: each asks one kind of question and shows its answer."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication, QLabel, QStackedLayout, QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.core.fault import Fault
from gui_app.core.moment import Moment
from gui_app.core.question import Question
from gui_app.ui.inspector.browser import ExactBrowser
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

FORMULA = 1.35
"""Size of a formula against the text around it."""


class Page(QWidget):
    """One of the lenses. Override ``build``, ``subject``, ``question``, ``accept``, ``forget`` and ``paint_anew``."""

    experiment_edited = Signal(object)
    step_chosen = Signal(int)
    question_changed = Signal()
    """Something was chosen here that needs another answer."""

    title: ClassVar[str]
    help: ClassVar[str]
    for_scripts: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    """The answer is long and comes in parts: it is asked for when the step has come to rest."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette_ = palette
        self.moment: Moment | None = None
        self._message = QLabel()
        self._message.setObjectName("muted")
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setContentsMargins(3 * GRID, GRID, 3 * GRID, GRID)
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.build(column)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._message)
        self._stack.addWidget(self._content)

    def build(self, column: QVBoxLayout) -> None:
        """Lay out what shows an answer."""
        raise NotImplementedError

    def subject(self, moment: Moment) -> Hashable:
        """What the answer depends on: it is asked for anew only where this has changed."""
        return id(moment.history), moment.step, moment.experiment.optimizer

    def question(self, moment: Moment) -> Question | None:
        """What to ask about a recorded moment; ``None``: nothing, and ``tell`` has said why."""
        raise NotImplementedError

    def accept(self, answer: object) -> bool:
        """Whether ``answer`` is one to this page's question, which is then shown."""
        raise NotImplementedError

    def forget(self) -> None:
        """Another record: what was answered is no longer true."""

    def paint_anew(self) -> None:
        """Show the newest answer, in the colours of the palette."""
        raise NotImplementedError

    def show_answer(self) -> None:
        """Show the newest answer instead of a sentence."""
        self.paint_anew()
        self._stack.setCurrentWidget(self._content)

    def tell(self, message: str) -> None:
        """Show a sentence instead of an answer."""
        self._message.setText(message)
        self._stack.setCurrentWidget(self._message)

    @property
    def message(self) -> str:
        """The sentence that is shown instead of an answer; empty where there is one."""
        return self._message.text() if self._stack.currentWidget() is self._message else ""

    def fail(self, fault: Fault) -> None:
        """There is no answer, and why."""
        self.tell(str(fault))

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.palette_ = palette
        if self._stack.currentWidget() is self._content:
            self.paint_anew()


class TextPage(Page):
    """A page that is written. Override ``write`` instead of ``paint_anew``."""

    def __init__(self, palette: Palette) -> None:
        self.text = ExactBrowser(palette)
        self.text.setAccessibleName(self.title)
        self.text.anchorClicked.connect(self._on_anchor)
        super().__init__(palette)

    def build(self, column: QVBoxLayout) -> None:
        """The text alone."""
        column.addWidget(self.text, 1)

    def write(self, writer: Writer) -> str:
        """The text about the newest answer."""
        raise NotImplementedError

    def paint_anew(self) -> None:
        """Write anew, at the same place of the text."""
        self.text.painter.palette = self.palette_
        pixels = round(QFontInfo(QApplication.font()).pixelSize() * FORMULA)
        writer = Writer(self.palette_, QFontInfo(monospace()).family(), pixels)
        html = self.write(writer)
        bar = self.text.verticalScrollBar()
        place = bar.value()
        self.text.write(html, writer.figures)
        bar.setValue(place)

    def _on_anchor(self, url: QUrl) -> None:
        """A link ``step:12`` shows that step."""
        if url.scheme() == "step":
            self.step_chosen.emit(int(url.path()))


def row_of(moment: Moment) -> tuple[int, NDArray[np.floating]]:
    """The recorded step that is nearest to the shown one, and a copy of its parameters (columns,)."""
    assert moment.history is not None
    step = moment.history.nearest(moment.step)
    return step, moment.history.parameters(step).copy()


def with_rate(moment: Moment, rate: float) -> Experiment:
    """The experiment of a moment with another learning rate."""
    optimizer = moment.experiment.optimizer
    changed = replace(optimizer, settings={**optimizer.settings, "lr": rate})
    return replace(moment.experiment, optimizer=changed)
