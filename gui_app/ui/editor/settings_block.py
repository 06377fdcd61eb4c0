"""A choice by name, what it does in a sentence, and a field for each of its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from gui_app.core.optimizers import Setting, SettingValue
from gui_app.ui.editor.controls import Choice, Control, PairField, Switch, control_for
from gui_app.ui.editor.number_field import DragLabel, NumberField
from gui_app.ui.editor.rate_slider import RateSlider
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

NOTHING = "none"


class Info(Protocol):
    """What can be chosen."""

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What can be set."""


class SettingsBlock(QWidget):
    """Chooses an entry of ``table`` (or none, if that is ``optional``) and sets its settings.

    ``chosen`` says that another name has been chosen: whoever listens calls ``display`` with its settings.
    """

    chosen = Signal()
    settled = Signal()
    problem_changed = Signal()

    def __init__(
        self, palette: Palette, title: str, help_: str, table: Mapping[str, Info], *, optional: bool = False
    ) -> None:
        super().__init__()
        self._palette, self._table = palette, table
        self._kept: dict[str, Mapping[str, SettingValue]] = {}
        self.name = ""
        """What is chosen; empty for none."""
        self.controls: dict[str, Control] = {}
        self.slider: RateSlider | None = None
        """Of the learning rate, where there is one."""
        self._limit: float | None = None
        self.choice = Choice((NOTHING, *table) if optional else tuple(table))
        self.choice.setAccessibleName(title)
        self.choice.settled.connect(self._on_choice)
        self.summary = QLabel()
        self.summary.setObjectName("muted")
        self.summary.setWordWrap(True)
        self.summary.setFont(font("small"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        top, self._rows = settings_grid(), settings_grid()
        add_row(top, 0, name_label(title, help_), self.choice)
        column.addLayout(top)
        column.addWidget(self.summary)
        column.addLayout(self._rows)
        self.name = "" if optional else next(iter(table))
        self._lay()
        self.display(self.name, {})

    @property
    def chosen_name(self) -> str:
        """The name in the choice, which may not be displayed yet; empty for none."""
        return "" if self.choice.value == NOTHING else self.choice.value

    def display(self, name: str, values: Mapping[str, SettingValue]) -> None:
        """Show this entry with these settings, the others at their defaults; silent."""
        if name != self.name:
            self.name = name
            self._lay()
        self.choice.set_value(name or NOTHING)
        for setting in self._settings():
            self.controls[setting.name].set_value(values.get(setting.name, setting.default))
        self._follow_rate()

    def set_limit(self, limit: float | None) -> None:
        """Mark the largest stable learning rate on its slider; ``None``: it is not known."""
        self._limit = limit
        if self.slider is not None:
            self.slider.set_limit(limit)

    def _on_choice(self) -> None:
        if self.chosen_name != self.name:
            self._kept[self.name] = self.given()
            self.chosen.emit()

    def kept(self, name: str) -> Mapping[str, SettingValue] | None:
        """The settings that ``name`` had when something else was chosen instead; None if that never was."""
        return self._kept.get(name)

    def given(self) -> dict[str, SettingValue]:
        """The settings that make sense and differ from the defaults."""
        found = {}
        for setting in self._settings():
            control = self.controls[setting.name]
            lonely = isinstance(control, Switch) and control.problem
            if control.value != setting.default and not lonely:
                found[setting.name] = control.value
        return found

    def problems(self) -> Iterator[str]:
        """What makes no sense, each with the name of its field."""
        return (f"{name} {control.problem}" for name, control in self.controls.items() if control.problem)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        for part in (*self.controls.values(), *filter(None, (self.slider,))):
            part.apply_theme(palette)

    def _settings(self) -> tuple[Setting, ...]:
        return self._table[self.name].settings if self.name else ()

    def _lay(self) -> None:
        """A row for each setting of what is chosen."""
        while (item := self._rows.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        self.summary.setText(self._table[self.name].summary if self.name else "")
        self.summary.setVisible(bool(self.name))
        self.controls = {setting.name: control_for(setting, self._palette) for setting in self._settings()}
        self.slider = None
        for number, setting in enumerate(self._settings()):
            control = self.controls[setting.name]
            add_row(
                self._rows, 2 * number, name_label(setting.name, setting.help, control, code=True), control
            )
            control.settled.connect(self.settled)
            control.problem_changed.connect(self.problem_changed)
            if setting.name == "lr":
                self._add_slider(2 * number + 1, control)

    def _add_slider(self, row: int, rate: Control) -> None:
        """The learning rate is moved more often than anything else: below its field it can be dragged."""
        assert isinstance(rate, NumberField)
        self.slider = RateSlider(self._palette)
        self.slider.set_limit(self._limit)
        self.slider.dragged.connect(rate.enter)
        rate.settled.connect(self._follow_rate)
        self._rows.addWidget(self.slider, row, 0, 1, 2)

    def _follow_rate(self) -> None:
        if self.slider is not None:
            self.slider.show_rate(float(self.controls["lr"].value))


def settings_grid() -> QGridLayout:
    """Names on the left, fields on the right, in the same shares everywhere."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID)
    grid.setVerticalSpacing(GRID // 2)
    grid.setColumnStretch(0, 2)
    grid.setColumnStretch(1, 3)
    return grid


def name_label(text: str, help_: str, control: Control | None = None, *, code: bool = False) -> QLabel:
    """The name of a field; that of a number can be dragged. Long names break after an underscore."""
    shown = text.replace("_", "_\u200b")
    if isinstance(control, NumberField | PairField):
        label: QLabel = DragLabel(shown)
        label.stepped.connect(control.step_by)
    else:
        label = QLabel(shown)
    label.setWordWrap(True)
    label.setToolTip(help_)
    label.setMinimumWidth(9 * GRID)
    if code:
        label.setFont(monospace())
    if control is not None:
        control.setAccessibleName(text)
        control.setAccessibleDescription(help_)
    return label


def add_row(grid: QGridLayout, number: int, label: QLabel, control: QWidget) -> None:
    """A field with its name; more than two numbers take the next row for themselves."""
    label.setBuddy(control)
    grid.addWidget(label, number, 0)
    if isinstance(control, PairField) and len(control.fields) > 2:
        grid.addWidget(control, number + 1, 0, 1, 2)
    else:
        grid.addWidget(control, number, 1)
