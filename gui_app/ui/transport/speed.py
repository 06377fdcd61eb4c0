"""How fast a run goes: one slider from a step a second to as fast as it goes."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from gui_app.ui.theme import GRID

FASTEST = 1000.0
"""Highest speed with a number, in steps a second; the place above it has none."""
PLACES = 60
"""Places of the slider with a number; the next one is the last."""


def speed_at(place: int) -> float:
    """Steps per second at a place of the slider: 1 … 1000 evenly in the logarithm, then infinity."""
    return math.inf if place > PLACES else FASTEST ** (place / PLACES)


def place_of(speed: float) -> int:
    """The place whose speed is nearest. Raises ValueError for a speed that is not positive."""
    if not speed > 0:
        raise ValueError(f"a speed is positive, not {speed}")
    if math.isinf(speed):
        return PLACES + 1
    return min(PLACES, max(0, round(PLACES * math.log(speed, FASTEST))))


def in_words(speed: float) -> str:
    """``1.5 steps/s``, ``60 steps/s``, ``full speed``."""
    return "full speed" if math.isinf(speed) else f"{float(f'{speed:.2g}'):g} steps/s"


class SpeedControl(QWidget):
    """The slider and its reading. ``speed_changed`` carries steps per second, infinity at the end."""

    speed_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, PLACES + 1)
        self._slider.setAccessibleName("Speed")
        self._slider.setToolTip("Speed of a run, up to as fast as it goes")
        self._slider.setMinimumWidth(8 * GRID)
        self._label = QLabel()
        self._label.setObjectName("muted")
        widths = (
            self._label.fontMetrics().horizontalAdvance(in_words(speed_at(p))) for p in range(PLACES + 2)
        )
        self._label.setFixedWidth(max(widths) + GRID)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self._slider, 1)
        row.addWidget(self._label)
        self.setMaximumWidth(16 * GRID + self._label.width())
        self._slider.valueChanged.connect(self._on_moved)
        self.set_speed(10.0)

    @property
    def speed(self) -> float:
        """Steps per second; infinity for as fast as it goes."""
        return speed_at(self._slider.value())

    def set_speed(self, speed: float) -> None:
        """Show a speed without announcing it. Raises ValueError for one that is not positive."""
        self._slider.blockSignals(True)
        self._slider.setValue(place_of(speed))
        self._slider.blockSignals(False)
        self._label.setText(in_words(self.speed))

    def _on_moved(self) -> None:
        self._label.setText(in_words(self.speed))
        self.speed_changed.emit(self.speed)
