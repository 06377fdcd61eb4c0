"""The transport bar: play, step, speed, the step itself, the state and the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui_app.ui.resources import Icons
from gui_app.ui.theme import GRID, Palette
from gui_app.ui.transport.badge import StateBadge
from gui_app.ui.transport.speed import SpeedControl
from gui_app.ui.transport.step_field import StepField

_BUTTONS = ("reset", "to_start", "step_back", "play", "step", "to_end")


class TransportBar(QWidget):
    """Buttons of the given actions and the setters of everything else; decides nothing."""

    speed_changed = Signal(float)
    """Steps per second, infinity for as fast as it goes."""
    step_chosen = Signal(int)
    device_chosen = Signal(str)

    def __init__(self, palette: Palette, icons: Icons, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._icons, self._actions, self._running = icons, actions, False
        self._speed, self._step, self._badge = SpeedControl(), StepField(), StateBadge(palette)
        self._device, self._device_icon = QComboBox(), QLabel()
        self._device.setAccessibleName("Device")
        self._device.setToolTip("Where the run computes")
        self._fill()
        self._speed.speed_changed.connect(self.speed_changed)
        self._step.step_chosen.connect(self.step_chosen)
        self._device.textActivated.connect(self.device_chosen)
        self.set_devices(["cpu"])
        self.apply_theme(palette)

    @property
    def speed(self) -> float:
        """Steps per second; infinity for as fast as it goes."""
        return self._speed.speed

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette from now on; ``icons`` must have it already."""
        self._badge.apply_theme(palette)
        self._device_icon.setPixmap(self._icons("device", palette.muted).pixmap(QSize(16, 16)))
        self._show_running()

    def set_state(self, state: str, text: str = "") -> None:
        """Show one of ``badge.STATES``; Play turns into Pause while ``running``. KeyError for another one."""
        self._badge.set_state(state, text)
        self._running = state == "running"
        self._show_running()

    def set_speed(self, speed: float) -> None:
        """Steps per second; infinity for as fast as it goes."""
        self._speed.set_speed(speed)

    def set_step(self, step: int) -> None:
        """Show that step."""
        self._step.set_step(step)

    def set_range(self, recorded_last: int, planned: int) -> None:
        """The last step that is recorded, and how many are planned."""
        self._step.set_range(recorded_last, planned)

    def set_devices(self, devices: Sequence[str]) -> None:
        """Offer these devices, keeping the chosen one if it is among them."""
        chosen = self._device.currentText()
        self._device.clear()
        self._device.addItems(list(devices))
        self.set_device(chosen)

    def set_device(self, device: str) -> None:
        """Show that device as chosen, if it is offered."""
        self._device.setCurrentIndex(max(0, self._device.findText(device)))

    def _fill(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2 + 2, GRID + 4, GRID // 2 + 2)
        row.setSpacing(2)
        row.addWidget(self._button("start_page"))
        row.addWidget(_line())
        self._play = self._play_button()
        for name in _BUTTONS:
            row.addWidget(self._play if name == "play" else self._button(name))
        row.addWidget(_line())
        row.addWidget(self._speed, 2)
        row.addWidget(_line())
        row.addWidget(self._step)
        row.addSpacing(2 * GRID)
        row.addWidget(self._badge)
        row.addStretch(1)
        row.addWidget(self._device_icon)
        row.addSpacing(GRID // 2)
        row.addWidget(self._device)

    def _button(self, name: str) -> QToolButton:
        button = self._plain_button(name)
        button.setDefaultAction(self._actions[name])
        return button

    def _plain_button(self, name: str) -> QToolButton:
        """A button for an action. A click on it takes the focus from the text to the bar, so that Space means Play."""
        button = QToolButton()
        button.setObjectName(f"{name.replace('_', '-')}-button")
        button.setIconSize(QSize(20, 20))
        button.setFixedSize(32, 32)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(self._actions[name].text())
        button.pressed.connect(self.setFocus)
        return button

    def _play_button(self) -> QToolButton:
        """The one large button; not by ``setDefaultAction``, which would take the action's icon and its colour."""
        play, button = self._actions["play"], self._plain_button("play")
        button.setProperty("primary", True)
        button.setFixedSize(44, 32)
        button.setToolTip(play.toolTip())
        button.clicked.connect(play.trigger)
        play.enabledChanged.connect(button.setEnabled)
        return button

    def _show_running(self) -> None:
        name, title = ("pause", "Pause") if self._running else ("play", "Play")
        self._actions["play"].setIcon(self._icons(name))
        self._actions["play"].setText(title)
        self._play.setIcon(self._icons(name, self._icons.palette.on_accent))
        self._play.setAccessibleName(title)


def _line() -> QFrame:
    """A thin upright line with room on both sides."""
    line = QFrame()
    line.setObjectName("divider")
    line.setFixedSize(2 * GRID + 1, 20)
    return line
