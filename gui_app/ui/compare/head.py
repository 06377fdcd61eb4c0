"""The strip above the table: back to the choice, which step, which page, and what can be done with the table."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui_app.ui.resources import Icons
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette


class ElidedLabel(QLabel):
    """One line, cut where it finds no room; all of it in its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setObjectName("muted")
        self.setFont(font("small"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        """Show this."""
        self._whole = text
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


class Head(QWidget):
    """Two lines: the buttons; and the terms, or how far a comparison has come."""

    new_wanted = Signal()
    cancelled = Signal()
    changed = Signal()
    """Another step or another page is to be shown."""

    def __init__(self, palette: Palette, icons: Icons, actions: dict[str, Callable[[], None]]) -> None:
        """``actions`` are the entries of the menu."""
        super().__init__()
        self._icons = icons
        self._new = _flat("New…", "Compare others, or on other terms")
        self._new.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._new.clicked.connect(self.new_wanted)
        self.at_step = _flat("at step 0", "The numbers of the step that every view shows")
        self.at_end = _flat("at the end", "The numbers of each run's last step")
        self.paths = _flat("Paths", "The paths of all runs over the objective, side by side")
        self.paths.setCheckable(True)
        self.paths.toggled.connect(self.changed)
        self._steps = self._group(self.at_step, self.at_end)
        self._more = _flat("", "More")
        menu = QMenu(self)
        for text, act in actions.items():
            menu.addAction(text, act)
        self._more.setMenu(menu)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.terms = ElidedLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.cancel = QPushButton("Cancel")
        self.cancel.setFont(font("small"))
        self.cancel.clicked.connect(self.cancelled)
        self._build()
        self.apply_theme(palette)
        self.set_share(None)

    def set_step(self, step: int) -> None:
        """The step that every view shows."""
        self.at_step.setText(f"at step {step:,}")

    def set_share(self, share: float | None) -> None:
        """How far the comparison has come; ``None``: none is under way."""
        running = share is not None
        self.terms.setVisible(not running)
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        self._new.setEnabled(not running)
        self.bar.setValue(round(1000 * (share or 0.0)))

    def set_paths(self, possible: bool) -> None:
        """Whether there are paths to be seen: two trained elements or more."""
        self.paths.setEnabled(possible)
        if not possible:
            self.paths.setChecked(False)

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        self._new.setIcon(self._icons("new"))
        self._more.setIcon(self._icons("more", palette.muted))
        self.setStyleSheet(
            f"QProgressBar {{ background: {palette.border}; border: none; border-radius: 3px; }}"
            f"QProgressBar::chunk {{ background: {palette.accent}; border-radius: 3px; }}"
            "QPushButton { padding: 0px 10px; min-height: 20px; }"
            "QPushButton:focus { padding: 0px 9px; min-height: 18px; }"
        )

    def _group(self, *buttons: QToolButton) -> QButtonGroup:
        """One of these is down, the last one at first."""
        made = QButtonGroup(self)
        for button in buttons:
            button.setCheckable(True)
            made.addButton(button)
        buttons[-1].setChecked(True)
        made.buttonToggled.connect(self._on_toggled)
        return made

    def _on_toggled(self, _button: QToolButton, on: bool) -> None:
        if on:
            self.changed.emit()

    def _build(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        above.setSpacing(2)
        above.addWidget(self._new)
        above.addStretch(1)
        for button in (self.at_step, self.at_end):
            above.addWidget(button)
        above.addSpacing(GRID)
        for button in (self.paths, self._more):
            above.addWidget(button)
        below.setSpacing(GRID)
        below.setContentsMargins(GRID, 0, GRID, 0)
        for widget in (self.terms, self.bar):
            below.addWidget(widget, 1)
        below.addWidget(self.cancel)
        line = QWidget()
        line.setLayout(below)
        line.setFixedHeight(3 * GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(line)


def _flat(text: str, tip: str) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setToolTip(tip)
    made.setAccessibleName(text or tip)
    made.setFont(font("small"))
    made.setIconSize(QSize(16, 16))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
