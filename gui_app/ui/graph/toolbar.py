"""The thin bar above the graph: how large it is, and what can be done with the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from gui_app.ui.theme import GRID, Palette

BUTTONS: dict[str, tuple[str, str, bool]] = {
    "zoom-out": ("−", "Zoom out (−)", False),
    "zoom-in": ("+", "Zoom in (+)", False),
    "fit": ("▣", "Show the whole graph (F)", False),
    "orientation": ("⇄", "Turn the graph: downwards or to the right", True),
    "shared": ("Y", "Draw a leaf once for all its uses", True),
    "rolled": ("⊞", "Roll repeated parts up; a double click opens one", True),
    "saved": ("S", "Show the tensors saved for the backward pass", True),
    "lineage": ("⋔", "Light up where the chosen node comes from and where it goes", True),
    "flow": ("≋", "Colour the edges by the size of the gradient that flows back over them", True),
    "walk": ("∂", "Walk the passes: forward and backward, node by node", True),
    "export": ("⇩", "Save pictures, the graph for other tools, and animations", False),
    "search": ("⌕", "Find a node (Ctrl+F)", False),
    "legend": ("?", "What the shapes mean", True),
}
"""By icon name: the sign where there is no icon, the tooltip, and whether it stays down."""


class Toolbar(QWidget):
    """A remark on the left, the buttons on the right."""

    def __init__(self, icons: Callable[[str], QIcon] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._remarks: tuple[str, ...] = ("",)
        self._remark = QLabel(self)
        self._remark.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        row.setSpacing(GRID // 4)
        row.addWidget(self._remark, 1)
        self.buttons = {name: self._button(name) for name in BUTTONS}
        self.set_checked("lineage", True)
        for button in self.buttons.values():
            row.addWidget(button)

    def apply_theme(self, palette: Palette) -> None:
        """Icons of the theme, and its secondary text colour for the remark."""
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.WindowText, palette.muted)
        colours.setColor(QPalette.ColorRole.ButtonText, palette.text)
        colours.setColor(QPalette.ColorRole.Button, palette.hover)
        self.setPalette(colours)
        if self._icons is not None:
            for name, button in self.buttons.items():
                button.setIcon(self._icons(name))

    def set_remark(self, *forms: str) -> None:
        """A few words on the left: the first of these forms that there is room for."""
        self._remarks = forms
        self._choose_remark()

    def set_checked(self, name: str, on: bool) -> None:
        """Put a switch where it belongs, without a signal."""
        self.buttons[name].blockSignals(True)
        self.buttons[name].setChecked(on)
        self.buttons[name].blockSignals(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more or fewer words."""
        super().resizeEvent(event)
        self._choose_remark()

    def _choose_remark(self) -> None:
        room, metrics = self._remark.contentsRect().width(), self._remark.fontMetrics()
        fitting = (form for form in self._remarks if metrics.horizontalAdvance(form) <= room)
        self._remark.setText(next(fitting, ""))

    def _button(self, name: str) -> QToolButton:
        sign, tip, checkable = BUTTONS[name]
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(checkable)
        button.setFixedSize(QSize(3 * GRID, 3 * GRID))
        button.setIconSize(QSize(2 * GRID, 2 * GRID))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if self._icons is None:
            button.setText(sign)
        return button
