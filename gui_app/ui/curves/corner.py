"""The few small buttons that lie over the upper right corner of a chart."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from gui_app.ui.theme import GRID, Palette


class Corner(QWidget):
    """A row of flat text buttons, laid out inside of ``owner``."""

    def __init__(self, owner: QWidget, palette: Palette) -> None:
        super().__init__(owner)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID // 2)
        above = QVBoxLayout(owner)
        above.setContentsMargins(0, 5, GRID, 0)
        above.addWidget(self, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.apply_theme(palette)

    def button(self, text: str, tip: str, pressed: Callable[[], object]) -> QToolButton:
        """Add a button that does something."""
        made = self._added(text, tip)
        made.clicked.connect(lambda _checked: pressed())
        return made

    def menu(self, text: str, tip: str) -> QToolButton:
        """Add a button that opens a menu, which the caller sets."""
        return self._added(f"{text} ▾", tip)

    def toggle(self, text: str, tip: str, toggled: Callable[[bool], object]) -> QToolButton:
        """Add a button that is on or off."""
        made = self._added(text, tip)
        made.setCheckable(True)
        made.toggled.connect(toggled)
        return made

    def _added(self, text: str, tip: str) -> QToolButton:
        made = QToolButton(self)
        made.setText(text)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setCursor(Qt.CursorShape.ArrowCursor)
        self._row.addWidget(made)
        return made

    def apply_theme(self, palette: Palette) -> None:
        """Use these colours."""
        self.setStyleSheet(
            f"QToolButton {{ color: {palette.muted}; background: {palette.panel}; font-size: 12px;"
            f" border: 1px solid transparent; border-radius: 4px; padding: 2px 8px; }}"
            f"QToolButton::menu-indicator {{ image: none; width: 0px; }}"
            f"QToolButton:hover {{ background: {palette.hover}; color: {palette.text}; }}"
            f"QToolButton:focus {{ border-color: {palette.accent}; }}"
            f"QToolButton:checked {{ color: {palette.accent}; background: {palette.hover}; }}"
        )
