"""Fields for choosing who takes part: a menu of names to tick, and a line of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton

from gui_app.core.numbers import short
from gui_app.ui.editor.number_field import parse_number
from gui_app.ui.style import monospace
from gui_app.ui.theme import Palette

MOST = 15
"""Runs of one comparison: as many branches as are kept beside the one that is shown."""


class CheckMenu(QMenu):
    """Stays open while its entries are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self.activeAction()
        if event.text() == " " and action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().keyPressEvent(event)


class NamesButton(QToolButton):
    """Says how many of its names are chosen; its menu ticks them."""

    changed = Signal()

    def __init__(self, names: Iterable[str], help_of: Callable[[str], str]) -> None:
        super().__init__()
        self.setAccessibleName("Optimizers that take part")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = CheckMenu(self)
        menu.setToolTipsVisible(True)
        menu.addAction("All", lambda: self._tick_all(on=True))
        menu.addAction("None", lambda: self._tick_all(on=False))
        menu.addSeparator()
        self._ticks = {}
        for name in names:
            tick = menu.addAction(name)
            tick.setCheckable(True)
            tick.setChecked(True)
            tick.setToolTip(help_of(name))
            tick.toggled.connect(self._on_toggled)
            self._ticks[name] = tick
        self.setMenu(menu)
        self._say()

    def apply_theme(self, palette: Palette) -> None:
        """Look like the fields beside it."""
        self.setStyleSheet(
            f"QToolButton {{ background: {palette.raised}; border: 1px solid {palette.border};"
            " border-radius: 4px; padding: 3px 6px; min-height: 18px; }"
            f"QToolButton:hover {{ border-color: {palette.muted}; }}"
            f"QToolButton:focus {{ border: 2px solid {palette.accent}; padding: 2px 5px; }}"
        )

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names that are ticked and possible."""
        return tuple(name for name, tick in self._ticks.items() if tick.isEnabled() and tick.isChecked())

    def set_possible(self, names: Sequence[str]) -> None:
        """Only these can be ticked now."""
        for name, tick in self._ticks.items():
            tick.setEnabled(name in names)
        self._say()

    def set_chosen(self, names: Sequence[str]) -> None:
        """Tick these and no others."""
        for name, tick in self._ticks.items():
            tick.setChecked(name in names)

    def _tick_all(self, *, on: bool) -> None:
        self.set_chosen(tuple(self._ticks) if on else ())

    def _on_toggled(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        possible = [name for name, tick in self._ticks.items() if tick.isEnabled()]
        chosen = self.chosen
        words = ", ".join(chosen) if 0 < len(chosen) <= 2 else f"{len(chosen)} of {len(possible)}"
        self.setText(f"{words} ▾")
        self.setToolTip(", ".join(chosen) or "None is chosen.")


class NumbersField(QLineEdit):
    """A few numbers in one line; what makes no sense is marked and says why.

    ``value`` are the numbers as they stand; empty while they make no sense.
    """

    changed = Signal()

    def __init__(self, palette: Palette, name: str) -> None:
        super().__init__()
        self._palette = palette
        self._check: Callable[[float], str | None] = lambda _number: None
        self._offered: tuple[float, ...] = ()
        self.value: tuple[float, ...] = ()
        self.setFont(monospace("small"))
        self.setAccessibleName(name)
        self.textChanged.connect(self._judge)

    def offer(self, values: tuple[float, ...], check: Callable[[float], str | None]) -> None:
        """Other numbers, unless somebody has typed some; ``check`` says what is wrong with one."""
        self._check = check
        untouched = self.value == self._offered
        self._offered = values
        if untouched:
            self.setText(", ".join(short(value, 12) for value in values))
            self.setCursorPosition(0)
        self._judge()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self._judge()

    def _judge(self) -> None:
        typed = [part for part in re.split(r"[,;\s]+", self.text()) if part]
        numbers = [parse_number(part, whole=False) for part in typed]
        problem = "" if typed else "Type a few numbers, such as 0.01, 0.1, 1"
        if len(typed) > MOST:
            problem = f"At most {MOST} at once"
        for part, number in zip(typed, numbers, strict=True):
            wrong = "is not a number" if number is None else self._check(float(number))
            problem = problem or (f"{part} {wrong}" if wrong else "")
        self.value = () if problem else tuple(float(number) for number in numbers if number is not None)
        ink = self._palette.error
        self.setStyleSheet(f"QLineEdit {{ border-color: {ink}; color: {ink}; }}" if problem else "")
        self.setToolTip(problem or "Numbers with commas between them")
        self.changed.emit()
