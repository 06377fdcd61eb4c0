"""A thin strip above a partial graph: what went wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui_app.core.fault import Fault
from gui_app.ui.graph.ink import mixed
from gui_app.ui.theme import GRID, Palette


class FailureStrip(QWidget):
    """Hidden while there is nothing to tell."""

    def __init__(self, palette: Palette, icons: Callable[..., QIcon] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._sign, self._text = QLabel("!", self), QLabel(self)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        self.apply_theme(palette)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty for nothing."""
        return self._text.text()

    def apply_theme(self, palette: Palette) -> None:
        """Show in these colours from now on."""
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.WindowText, QColor(palette.text))
        self.setPalette(colours)
        self._ground, self._edge = QColor(mixed(palette.panel, palette.error, 0.13)), QColor(palette.error)
        if self._icons is not None:
            self._sign.setPixmap(self._icons("error", palette.error).pixmap(QSize(2 * GRID, 2 * GRID)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A tinted ground with a bar at its left end."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ground)
        painter.fillRect(0, 0, 3, self.height(), self._edge)

    def set_failure(self, failure: Fault | None) -> None:
        """Say what went wrong and what to do; ``None``: nothing did."""
        self._text.setText("" if failure is None else f"{failure.message} {failure.hint}".strip())
        self._text.setToolTip("" if failure is None else failure.details)
        self.setAccessibleName(self._text.text())
        self.setVisible(failure is not None)
