"""The small menu of a loss plot: its axes, what else is drawn, and how strongly the line is smoothed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget, QWidgetAction

from gui_app.ui.theme import GRID

TIPS = {
    "gradient norm": "Length of the gradient at each step",
    "update size": "How far each update moves the parameters",
    "learning rate": "That of each update, with its schedule",
    "distance": "From the reference of the parameters, or from the newest step if they have none",
}
PLACES = 60
"""Of the slider; each 20 make the memory of the average ten times as long."""


def factor_at(place: int) -> float:
    """The weight of the past at a place of the slider: 0 at 0, then 1 - 10^(-place/20)."""
    return 1.0 - 10.0 ** (-place / 20)


class ViewMenu(QMenu):
    """Emits what was chosen; keeps nothing."""

    smoothing_chosen = Signal(float)
    """The weight of the past, from 0 (off) to 0.999."""
    beside_chosen = Signal(str, bool)
    """Draw the numbers of that name at the right axis, or no longer."""

    def __init__(self, button: QToolButton) -> None:
        super().__init__(button)
        self.setToolTipsVisible(True)
        button.setMenu(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._slider, self._words = QSlider(Qt.Orientation.Horizontal), QLabel()
        self._end = QAction(self)
        self._beside: dict[str, QAction] = {}

    def choice(self, text: str, tip: str, toggled: Callable[[bool], object]) -> QAction:
        """Add an entry that is on or off."""
        made = self.addAction(text)
        made.setCheckable(True)
        made.setToolTip(tip)
        made.toggled.connect(toggled)
        return made

    def add_beside(self) -> None:
        """From here on stands what can be drawn beside the loss: see ``offer``."""
        self.addSection("Right axis")
        self._end = self.addSeparator()

    def offer(self, names: Sequence[str], chosen: Collection[str]) -> None:
        """Numbers that can be drawn at the right axis."""
        if list(self._beside) != list(names):
            for entry in self._beside.values():
                self.removeAction(entry)
                entry.deleteLater()
            self._beside = {name: self._entry(name) for name in names}
        for name, entry in self._beside.items():
            entry.blockSignals(True)
            entry.setChecked(name in chosen)
            entry.blockSignals(False)

    def _entry(self, name: str) -> QAction:
        made = QAction(name[:1].upper() + name[1:], self)
        made.setCheckable(True)
        made.setToolTip(TIPS.get(name, "Recorded by the run"))
        made.toggled.connect(partial(self.beside_chosen.emit, name))
        self.insertAction(self._end, made)
        return made

    def add_smoothing(self) -> None:
        """Add the slider of the smoothing."""
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, GRID // 2)
        self._slider.setRange(0, PLACES)
        self._slider.setMinimumWidth(15 * GRID)
        self._slider.setAccessibleName("Smoothing")
        self._slider.setToolTip("Exponential moving average: the weight of the past")
        self._words.setMinimumWidth(self._words.fontMetrics().horizontalAdvance("Smoothing 0.999 ") + 4)
        layout.addWidget(self._words)
        layout.addWidget(self._slider, 1)
        self._slider.valueChanged.connect(self._on_slid)
        action = QWidgetAction(self)
        action.setDefaultWidget(row)
        self.addSeparator()
        self.addAction(action)
        self._say()

    def set_smoothing(self, place: int) -> None:
        """Put the slider there."""
        self._slider.setValue(place)

    def _say(self) -> None:
        place = self._slider.value()
        self._words.setText(f"Smoothing {factor_at(place):.3g}" if place else "Smoothing off")

    def _on_slid(self, place: int) -> None:
        self._say()
        self.smoothing_chosen.emit(factor_at(place))
