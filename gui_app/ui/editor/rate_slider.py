"""A logarithmic slider for a learning rate, with a mark where it becomes too large."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider

from gui_app.ui.theme import GRID, Palette

LOW, HIGH = -6, 1
"""Powers of ten at the ends."""
PER_DECADE = 40
HANDLE = 14.0
"""Pixels of the handle, which does not reach over the ends."""
EVERY_MS = 40
"""Between two learning rates that are told while it is dragged."""


class RateSlider(QSlider):
    """Shows a rate; one beyond its ends stands at the end. ``dragged`` carries the rate while the user moves it."""

    dragged = Signal(float)

    def __init__(self, palette: Palette) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._palette = palette
        self._limit: float | None = None
        self.setRange(0, (HIGH - LOW) * PER_DECADE)
        self.setSingleStep(2)
        self.setPageStep(PER_DECADE // 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(8 * GRID)
        self.setAccessibleName("Learning rate")
        self._wait = QTimer(self, singleShot=True, interval=EVERY_MS)
        self._wait.timeout.connect(self._tell)
        self.valueChanged.connect(self._on_moved)
        self.sliderReleased.connect(self._tell)
        self.set_limit(None)

    @property
    def rate(self) -> float:
        """The rate at the handle, in two digits."""
        return float(f"{10.0 ** (LOW + self.value() / PER_DECADE):.1e}")

    def show_rate(self, rate: float) -> None:
        """Put the handle at ``rate``, silently; not while it is held."""
        if not self.isSliderDown():
            self.blockSignals(True)
            self.setValue(round((math.log10(rate) - LOW) * PER_DECADE) if rate > 0 else 0)
            self.blockSignals(False)
            self.update()

    def set_limit(self, limit: float | None) -> None:
        """Mark the largest stable rate; ``None``: it is not known."""
        self._limit = limit
        told = (
            ""
            if limit is None
            else f"\nBeyond the mark, {limit:.3g}, steps grow where it bends as it does now."
        )
        self.setToolTip(f"Drag the learning rate.{told}")
        self.update()

    @property
    def limit(self) -> float | None:
        """Where the mark stands."""
        return self._limit

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, 20)

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # a form that is scrolled must not change

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._limit is None:
            return
        place, middle = self._across(self._limit), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        beyond = QColor(self._palette.error)
        if self._across(self.rate) < place:
            painter.fillRect(QRectF(place, middle - 2, self.width() - place - 1, 4), _faded(beyond, 0.35))
        painter.setPen(QPen(beyond, 2.0))
        painter.drawLine(QPointF(place, middle - 8), QPointF(place, middle + 8))

    def _across(self, rate: float) -> float:
        share = (math.log10(rate) - LOW) / (HIGH - LOW)
        return HANDLE / 2 + min(max(share, 0.0), 1.0) * (self.width() - HANDLE)

    def _on_moved(self) -> None:
        if not self._wait.isActive():
            self._wait.start()

    def _tell(self) -> None:
        self._wait.stop()
        self.dragged.emit(self.rate)


def _faded(colour: QColor, alpha: float) -> QColor:
    colour = QColor(colour)
    colour.setAlphaF(alpha)
    return colour
