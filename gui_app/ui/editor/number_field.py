"""A field for one number: typed in any notation, stepped with the arrows, never raising."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from gui_app.ui.editor.starts import exact
from gui_app.ui.style import monospace
from gui_app.ui.theme import GRID, Palette

Number = int | float
Check = Callable[[Number], str | None]
"""What is wrong with a number, in words; None if nothing is."""
Step = Callable[[Number, int], Number]
"""The next number up (+1) or down (-1)."""

_RUNGS = (1.0, 2.0, 5.0)
_TINIEST = 1e-10


def parse_number(text: str, *, whole: bool) -> Number | None:
    """The number that was typed: ``1e-3``, ``.5``, ``10 000``; None if it is none.

    A whole number may be written as ``1e4``; long ones keep every digit.
    """
    plain = text.strip().replace("_", "").replace(" ", "")
    if not plain.isascii() or len(plain) > 40:
        return None
    if plain.lstrip("+-").isdigit():
        return int(plain) if whole else float(plain)
    try:
        value = float(plain)
    except ValueError:
        return None
    if not whole:
        return value
    return int(value) if math.isfinite(value) and value == int(value) else None


def number_text(value: Number) -> str:
    """The number as the field shows it, with every digit."""
    return str(value) if isinstance(value, int) else exact(value)


def ladder(value: Number, direction: int) -> Number:
    """The next of … 0.1 0.2 0.5 1 2 5 …, mirrored below 0; 0 leads to 1e-4 and everything tiny to 0."""
    if value == 0:
        return direction * 1e-4
    outward = direction if value > 0 else -direction
    size = abs(value)
    power = math.floor(math.log10(size))
    rungs = [rung * 10.0**exponent for exponent in (power - 1, power, power + 1) for rung in _RUNGS]
    beyond = (
        [r for r in rungs if r > size * (1 + 1e-9)]
        if outward > 0
        else [r for r in rungs if r < size * (1 - 1e-9)]
    )
    found = float(f"{(beyond[0] if outward > 0 else beyond[-1]):.0e}")
    return math.copysign(found, value) if found >= _TINIEST else 0.0


def memory(value: Number, direction: int) -> Number:
    """The ladder of 1 - value, for what forgets at that rate: … 0.5 0.8 0.9 0.95 0.98 0.99 …"""
    return float(f"{1 - ladder(max(1 - value, 1e-9), -direction):.12g}")


def count(value: Number, direction: int) -> Number:
    """The next whole number."""
    return int(value) + direction


class NumberField(QLineEdit):
    """Shows a number; ``settled`` says that another one that makes sense has been entered.

    ``value`` is always the last number that made sense. Text that makes none stays, marked, with the
    sentence in ``problem``; an emptied field goes back to ``default``.
    """

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, palette: Palette, default: Number, check: Check, step: Step) -> None:
        super().__init__()
        self._palette = palette
        self._default, self._check, self._step = default, check, step
        self.value: Number = default
        self.problem = ""
        self.setFont(monospace())
        self.setPlaceholderText(number_text(default))
        self.setMinimumWidth(6 * GRID)
        self.textEdited.connect(lambda _: self._judge())
        self.editingFinished.connect(self._on_finished)
        self.set_value(default)

    def set_value(self, value: Number) -> None:
        """Show ``value``, silently; a field that has it already keeps what is just being typed into it."""
        if value != self.value or not self.hasFocus():
            self.value = value
            self.setText(number_text(value))
            self._judge()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self.mark(self.problem)

    def mark(self, problem: str) -> None:
        """Mark the field with a sentence, or take the mark away."""
        changed, self.problem = problem != self.problem, problem
        self.setStyleSheet(
            f"QLineEdit {{ border-color: {self._palette.error}; color: {self._palette.error}; }}"
            if problem
            else ""
        )
        self.setToolTip(problem)
        if changed:
            self.problem_changed.emit()

    def step_by(self, direction: int) -> None:
        """To the next sensible number, if it is allowed."""
        self.enter(self._step(self.value, direction))

    def enter(self, value: Number) -> None:
        """As if ``value`` had been typed; nothing if it is not allowed."""
        if self._check(value) is None:
            self.setText(number_text(value))
            self._on_finished()

    def _judge(self) -> Number | None:
        """The number in the field, None if it makes no sense; the field is marked accordingly."""
        if not self.text().strip():
            self.mark("")
            return self._default
        typed = parse_number(self.text(), whole=isinstance(self._default, int))
        wanted = (
            "must be a whole number"
            if isinstance(self._default, int)
            else "must be a number, such as 0.1 or 1e-3"
        )
        problem = wanted if typed is None else self._check(typed)
        self.mark(problem or "")
        return None if problem else typed

    def _on_finished(self) -> None:
        found = self._judge()
        if found is None:
            return
        self.setText(number_text(found))
        if found != self.value:
            self.value = found
            self.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if direction:
            self.step_by(direction)
        elif event.key() == Qt.Key.Key_Escape and self.problem:
            self.setText(number_text(self.value))
            self._judge()
        else:
            super().keyPressEvent(event)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.problem:
                self.clearFocus()  # it is entered: the next key is for the window, Space plays

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() and event.angleDelta().y():
            self.step_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()  # an unfocused field must not change while a form is scrolled


class DragLabel(QLabel):
    """The name of a number; dragging it sideways steps the number."""

    stepped = Signal(int)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._from: float | None = None
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().x()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        steps = int((event.position().x() - self._from) / (2 * GRID))
        self._from += steps * 2 * GRID
        for _ in range(abs(steps)):
            self.stepped.emit(1 if steps > 0 else -1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None
        event.accept()
