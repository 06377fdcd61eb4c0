"""A control for each kind of setting. All of them have ``value``, ``set_value``, ``mark``, ``settled``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QSizePolicy, QWidget

from gui_app.core.optimizers import Setting
from gui_app.ui.editor.number_field import Number, NumberField, Step, count, ladder, memory
from gui_app.ui.theme import GRID, Palette


class PairField(QWidget):
    """Several numbers side by side."""

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, fields: Sequence[NumberField]) -> None:
        super().__init__()
        self.fields = tuple(fields)
        self.problem = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        for field in self.fields:
            row.addWidget(field, 1)
            field.settled.connect(self.settled)
            field.problem_changed.connect(self._on_problem)
        self.setFocusProxy(self.fields[0])

    @property
    def value(self) -> tuple[Number, ...]:
        """The numbers."""
        return tuple(field.value for field in self.fields)

    def set_value(self, value: Sequence[Number]) -> None:
        """Show other numbers, silently."""
        for field, number in zip(self.fields, value, strict=True):
            field.set_value(number)

    def step_by(self, direction: int) -> None:
        """Step the first number."""
        self.fields[0].step_by(direction)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        for field in self.fields:
            field.apply_theme(palette)

    def _on_problem(self) -> None:
        self.problem = next((field.problem for field in self.fields if field.problem), "")
        self.problem_changed.emit()


class Switch(QCheckBox):
    """On or off."""

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, palette: Palette, text: str = "") -> None:
        super().__init__(text)
        self._palette = palette
        self.problem = ""
        self.clicked.connect(self.settled)

    @property
    def value(self) -> bool:
        """Whether it is on."""
        return self.isChecked()

    def set_value(self, value: bool) -> None:
        """Turn it on or off, silently."""
        self.setChecked(value)

    def mark(self, problem: str) -> None:
        """Mark it with a sentence, or take the mark away."""
        changed, self.problem = problem != self.problem, problem
        colour = self._palette.error
        self.setStyleSheet(f"QCheckBox::indicator {{ border: 2px solid {colour}; }}" if problem else "")
        if changed:
            self.problem_changed.emit()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self.mark(self.problem)


class Choice(QComboBox):
    """One of several words."""

    settled = Signal()
    problem_changed = Signal()
    problem = ""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self.addItems(list(words))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(8 * GRID)
        self.activated.connect(self.settled)

    @property
    def value(self) -> str:
        """The chosen word."""
        return self.currentText()

    def set_value(self, value: str) -> None:
        """Choose another word, silently."""
        self.setCurrentText(value)

    def apply_theme(self, palette: Palette) -> None:
        """Nothing of its own to paint."""

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]  # a form that is scrolled must not change


Control = NumberField | PairField | Switch | Choice


def control_for(setting: Setting, palette: Palette) -> Control:
    """The control that suits a setting of an optimizer, at the setting's default."""
    default = setting.default
    if isinstance(default, bool):
        return Switch(palette)
    if isinstance(default, str):
        return Choice(setting.choices)
    if isinstance(default, tuple):
        bounds = setting.pair_bounds or ((setting.low, setting.high),) * len(default)
        return PairField(
            [
                NumberField(
                    palette, number, _entry_check(setting, place), _step(setting, number, bounds[place][1])
                )
                for place, number in enumerate(default)
            ]
        )
    return NumberField(palette, default, setting.problem, _step(setting, default, setting.high))


def _entry_check(setting: Setting, place: int) -> Callable[[Number], str | None]:
    """Checks one number of a pair, the others at their defaults."""
    assert isinstance(setting.default, tuple)
    before, after = setting.default[:place], setting.default[place + 1 :]
    return lambda number: setting.problem((*before, number, *after))


def _step(setting: Setting, default: Number, high: float) -> Step:
    if isinstance(default, int):
        return count
    return memory if high <= 1 or setting.name in ("momentum", "dampening") else ladder
