"""The thin bar at the foot of the graph with which a pass is walked, and what is said about the node it is at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.passing import Direction
from gui_app.core.passing_words import Line
from gui_app.ui.graph.pass_caption import Caption
from gui_app.ui.theme import GRID, Palette

DIRECTIONS: dict[Direction, tuple[str, str]] = {
    "forward": ("Forward", "Values appear in the order in which they were computed"),
    "backward": ("Backward", "Gradients flow back in the order in which PyTorch ran the nodes"),
}
BUTTONS: dict[str, tuple[str, str, str]] = {
    "first": ("to-start", "⏮", "To the beginning (Home)"),
    "back": ("step-back", "◀", "One node back (,)"),
    "play": ("play", "▶", "Play or pause (Space)"),
    "on": ("step-forward", "▶", "One node on (.)"),
    "last": ("to-end", "⏭", "To the end (End)"),
}
"""By what they ask for: icon, the sign where there is no icon, and the tool tip."""
BUTTON = 3 * GRID
"""Height of a button, px."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Factors of the usual speed."""
KEYS: dict[int, str] = {
    Qt.Key.Key_Space: "play",
    Qt.Key.Key_Comma: "back",
    Qt.Key.Key_Period: "on",
    Qt.Key.Key_Home: "first",
    Qt.Key.Key_End: "last",
    Qt.Key.Key_Escape: "close",
}
"""What keys ask for while a pass is walked, on the graph as well."""
ARROWS: dict[int, str] = {
    Qt.Key.Key_Left: "back",
    Qt.Key.Key_Right: "on",
    Qt.Key.Key_Up: "first",
    Qt.Key.Key_Down: "last",
}
"""The same on the bar alone: on the graph the arrow keys walk along its edges."""


class PassBar(QWidget):
    """Only says what is wished and shows what it is told."""

    wished = Signal(str)
    """A key of BUTTONS, or ``close``."""
    frame_wished = Signal(int)
    direction_wished = Signal(str)
    speed_changed = Signal(float)

    def __init__(self, palette: Palette, icons: Callable[[str], QIcon] | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._playing = self._ring = False
        self.setObjectName("pass-bar")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Walk the passes")
        self.setAutoFillBackground(True)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setFixedHeight(2 * GRID)
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setAccessibleName("Node of the pass")
        self.slider.valueChanged.connect(self.frame_wished)
        self.position = QLabel(self)
        self.position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.caption = Caption(palette, self)
        self.buttons = {name: self._button(*look) for name, look in BUTTONS.items()}
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, name=name: self.wished.emit(name))
        self._close = self._button("close", "×", "Close (Esc)")
        self._close.clicked.connect(lambda: self.wished.emit("close"))
        self.directions = self._direction_buttons()
        self.speed = self._speed_button()
        self._fill()
        self.apply_theme(palette)

    def apply_theme(self, palette: Palette) -> None:
        """Icons and colours of the theme."""
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.Window, palette.raised)
        self.setPalette(colours)
        self._accent = QColor(palette.accent)
        self.caption.apply_theme(palette)
        self._show_icons()

    def set_frames(self, count: int) -> None:
        """The pass has so many frames."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(count - 1, 0))
        self.slider.blockSignals(False)
        widest = self._place(self.slider.maximum())
        self.position.setMinimumWidth(self.position.fontMetrics().horizontalAdvance(widest))

    def show_frame(self, index: int, lines: tuple[Line, ...]) -> None:
        """That frame is on the screen."""
        self.slider.blockSignals(True)
        self.slider.setValue(index)
        self.slider.blockSignals(False)
        self.position.setText(self._place(index))
        self.caption.set_lines(lines)

    def _place(self, index: int) -> str:
        last = self.slider.maximum()
        return f"node {index:,} of {last:,}" if index else f"{last:,} nodes"

    def show_direction(self, direction: Direction, usable: frozenset[Direction]) -> None:
        """That pass is walked; those that are not ``usable`` cannot be."""
        for name, button in self.directions.items():
            button.setEnabled(name in usable)
            button.setChecked(name == direction)

    def show_playing(self, playing: bool) -> None:
        """Play turns into pause and back."""
        if playing != self._playing:
            self._playing = playing
            self._show_icons()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A ring for those who came by the keyboard."""
        super().focusInEvent(event)
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No ring without the focus."""
        super().focusOutEvent(event)
        self._ring = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ring, if there is one."""
        super().paintEvent(event)
        if self._ring:
            with QPainter(self) as painter:
                painter.setPen(self._accent)
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def event(self, event: QEvent) -> bool:
        """Claims its keys before the window's shortcuts."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and wish(event, ARROWS)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Play, step and close."""
        asked = wish(event, ARROWS)
        if asked:
            self.wished.emit(asked)
        else:
            super().keyPressEvent(event)

    def _fill(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(GRID, 0, GRID // 2, 0)
        row.setSpacing(2)
        for button in self.directions.values():
            row.addWidget(button)
        row.addSpacing(GRID)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.speed)
        row.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(0)
        slot = QHBoxLayout()
        slot.setContentsMargins(GRID, 0, GRID, 0)
        slot.setSpacing(GRID)
        slot.addWidget(self.slider, 1)
        slot.addWidget(self.position)
        column.addLayout(slot)
        column.addLayout(row)
        column.addWidget(self.caption)

    def _button(self, icon: str, sign: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("icon-name", icon)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setFixedSize(QSize(BUTTON, BUTTON))
        button.setIconSize(QSize(2 * GRID, 2 * GRID))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if self._icons is None:
            button.setText(sign)
        return button

    def _direction_buttons(self) -> dict[Direction, QToolButton]:
        group = QButtonGroup(self)
        made: dict[Direction, QToolButton] = {}
        for name, (title, tip) in DIRECTIONS.items():
            button = QToolButton(self)
            button.setText(title)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setFixedHeight(BUTTON)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, name=name: self.direction_wished.emit(name))
            group.addButton(button)
            made[name] = button
        return made

    def _speed_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText("1×")
        button.setToolTip("Speed")
        button.setAccessibleName("Speed")
        button.setAutoRaise(True)
        button.setFixedHeight(BUTTON)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for factor in SPEEDS:
            menu.addAction(f"{factor:g}×", lambda factor=factor: self._on_speed(factor))
        button.setMenu(menu)
        return button

    def _on_speed(self, factor: float) -> None:
        self.speed.setText(f"{factor:g}×")
        self.speed_changed.emit(factor)

    def _show_icons(self) -> None:
        if self._icons is None:
            self.buttons["play"].setText("⏸" if self._playing else "▶")
            return
        for button in (*self.buttons.values(), self._close):
            button.setIcon(self._icons(str(button.property("icon-name"))))
        self.buttons["play"].setIcon(self._icons("pause" if self._playing else "play"))


def wish(event: QKeyEvent, more: dict[int, str] | None = None) -> str:
    """What a key asks for while a pass is walked; nothing with a modifier."""
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return ""
    return KEYS.get(event.key(), "") or (more or {}).get(event.key(), "")
