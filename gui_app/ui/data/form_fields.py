"""Fields of the form of data and model: numbers that may be left open, sizes of layers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from gui_app.ui.editor.number_field import Check, NumberField, Step, number_text
from gui_app.ui.style import monospace
from gui_app.ui.theme import Palette


class OpenField(NumberField):
    """A whole number, or nothing, which is shown as a word; ``value`` is then ``nothing``."""

    def __init__(self, palette: Palette, nothing: int, word: str, check: Check, step: Step) -> None:
        self._nothing, self._word = nothing, word
        super().__init__(palette, nothing, lambda value: None if value == nothing else check(value), step)
        self.setPlaceholderText(word)

    @property
    def given(self) -> int | None:
        """The number; None if it is left open."""
        return None if self.value == self._nothing else int(self.value)

    def set_given(self, given: int | None) -> None:
        """Show a number or nothing, silently."""
        self.set_value(self._nothing if given is None else given)

    def setText(self, text: str) -> None:
        super().setText("" if text == number_text(self._nothing) else text)


class LayersField(QLineEdit):
    """Sizes of layers as people write them: ``16, 16``. ``value`` is always the last that made sense."""

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self.value: tuple[int, ...] = ()
        self.problem = ""
        self.setFont(monospace())
        self.setPlaceholderText("none")
        self.textEdited.connect(lambda _text: self._judge())
        self.editingFinished.connect(self._on_finished)

    def set_value(self, value: tuple[int, ...]) -> None:
        """Show other sizes, silently; what is just being typed stays if it means the same."""
        if value != self.value or not self.hasFocus():
            self.value = value
            self.setText(", ".join(map(str, value)))
            self.mark("")

    def mark(self, problem: str) -> None:
        """Mark the field with a sentence, or take the mark away."""
        changed, self.problem = problem != self.problem, problem
        colour = self._palette.error
        self.setStyleSheet(f"QLineEdit {{ border-color: {colour}; color: {colour}; }}" if problem else "")
        if changed:
            self.problem_changed.emit()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self.mark(self.problem)

    def _judge(self) -> tuple[int, ...] | None:
        words = self.text().replace(",", " ").replace(";", " ").split()
        plain = all(word.isascii() and word.isdigit() and len(word) <= 9 for word in words)
        sizes = tuple(map(int, words)) if plain else ()
        sensible = plain and len(sizes) <= 50 and all(1 <= size <= 10_000 for size in sizes)
        self.mark("" if sensible else "must be up to 50 whole numbers between 1 and 10,000, such as 16, 16")
        return sizes if sensible else None

    def _on_finished(self) -> None:
        found = self._judge()
        if found is None:
            return
        self.setText(", ".join(map(str, found)))
        if found != self.value:
            self.value = found
            self.settled.emit()
