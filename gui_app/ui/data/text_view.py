"""Views of the data that are written: text with figures in it."""

from __future__ import annotations

from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication, QVBoxLayout

from gui_app.core.experiment import Experiment
from gui_app.core.fit import Fit
from gui_app.ui.data.view import DataView
from gui_app.ui.inspector.browser import ExactBrowser
from gui_app.ui.inspector.writer import Writer
from gui_app.ui.style import monospace
from gui_app.ui.theme import Palette


class TextView(DataView):
    """Override ``suits`` and ``write``."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(palette)
        self.text = ExactBrowser(palette)
        self.text.setAccessibleName(self.name)
        self._experiment: Experiment | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)

    def write(self, writer: Writer, fit: Fit, experiment: Experiment) -> str:
        """The text about a Fit."""
        raise NotImplementedError

    def show_fit(self, fit: Fit, experiment: Experiment) -> None:
        """Write anew, at the same place of the text."""
        self.fit, self._experiment = fit, experiment
        self.text.painter.palette = self.palette_
        pixels = QFontInfo(QApplication.font()).pixelSize()
        writer = Writer(self.palette_, QFontInfo(monospace()).family(), pixels)
        html = self.write(writer, fit, experiment)
        bar = self.text.verticalScrollBar()
        place = bar.value()
        self.text.write(html, writer.figures)
        bar.setValue(place)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        super().apply_theme(palette)
        if self.fit is not None and self._experiment is not None:
            self.show_fit(self.fit, self._experiment)
