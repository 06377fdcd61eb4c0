"""The settings of the import dialog: how the file is read, and how its rows are used."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from gui_app.core.data import DataSpec
from gui_app.core.table import DELIMITERS, ENCODINGS, MISSING, Preview
from gui_app.ui.editor.controls import Switch
from gui_app.ui.editor.number_field import Number, NumberField
from gui_app.ui.editor.settings_block import name_label
from gui_app.ui.theme import GRID, Palette

_MISSING = {"error": "are an error", "drop": "drop the row", "mean": "take the mean"}
_HELP = {
    "words": "Further texts that stand for a missing value, separated by commas.",
    "missing": "What is done with a row in which a value is missing.",
    "validation": "Percent of the rows that are not trained on, to see how the model does on new ones.",
    "batch": "Each step sees only so many rows. Off: every step sees all of them.",
    "shuffle": "The batches take the rows in another order each epoch.",
    "standardize": (
        "Features of mean 0 and variance 1 descend faster. Coefficients are shown in original units as well."
    ),
}


class OptionsBar(QWidget):
    """How a file of text or a workbook is read; only what applies to the file is there."""

    chosen = Signal(object)
    """dict of TableOptions' fields that the user has changed."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.combos = {
            "sheet": _Combo({}),
            "delimiter": _Combo(DELIMITERS),
            "decimal": _Combo({".": "1.5", ",": "1,5"}),
            "encoding": _Combo({name: name for name in ENCODINGS}),
        }
        self.header = Switch(palette, "Names in the first row")
        self.words = QLineEdit()
        self.words.setPlaceholderText("-, 999")
        self.words.setFixedWidth(9 * GRID)
        self.words.setToolTip(_HELP["words"])
        self._missing = MISSING
        self._boxes = {name: _labelled(name.capitalize(), combo) for name, combo in self.combos.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + GRID // 2)
        for name, box in self._boxes.items():
            row.addWidget(box)
            box.hide()
            combo = self.combos[name]
            combo.activated.connect(
                lambda _index, key=name, of=combo: self.chosen.emit({key: of.currentData()})
            )
        row.addWidget(self.header)
        row.addStretch(1)
        self._words_box = _labelled("Also missing", self.words)
        row.addWidget(self._words_box)
        self.words.editingFinished.connect(self._on_words)
        self.header.settled.connect(lambda: self.chosen.emit({"header": self.header.value}))

    def show_found(self, preview: Preview) -> None:
        """Show how the file is read, silently."""
        options = preview.options
        if preview.sheets:
            self.combos["sheet"].set_choices({name: name for name in preview.sheets})
        for name, combo in self.combos.items():
            value = getattr(options, name)
            self._boxes[name].setVisible(value is not None)
            combo.setCurrentIndex(max(0, combo.findData(value)))
        for part in (self.header, self._words_box):
            part.setVisible(options.header is not None)
        self.header.set_value(bool(options.header))
        self.setVisible(options.header is not None)
        self._missing = options.missing
        if not self.words.hasFocus():
            self.words.setText(", ".join(word for word in options.missing if word not in MISSING))

    def _on_words(self) -> None:
        """Words beside the usual ones, separated by commas."""
        typed = (word.strip() for word in self.words.text().split(","))
        wanted = tuple(dict.fromkeys((*MISSING, *filter(None, typed))))
        if wanted != self._missing:
            self._missing = wanted
            self.chosen.emit({"missing": wanted})

    def show_unfound(self, message: str) -> None:
        """Offer, for a file of which nothing could be found, what the message speaks of."""
        for name, box in self._boxes.items():
            box.setVisible(name in message.lower())
        self.header.hide()
        self._words_box.hide()
        self.show()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self.header.apply_theme(palette)


class UseForm(QWidget):
    """How the rows are used: the fields of a DataSpec that do not concern the columns."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.missing = _Combo(_MISSING)
        self.validation = NumberField(palette, 0, _percent, _by_five)
        self.batched = Switch(palette, "Mini-batches, rows")
        self.batch = NumberField(palette, 32, _size, _doubled)
        self.shuffle = Switch(palette, "Shuffle")
        self.standardize = Switch(palette, "Standardise the features")
        grid = QGridLayout(self)
        grid.setContentsMargins(GRID, GRID, GRID, GRID)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.addWidget(_named("Missing values", "missing", self.missing), 0, 0)
        grid.addWidget(self.missing, 0, 1)
        grid.addWidget(_named("Validation, %", "validation", self.validation), 1, 0)
        grid.addWidget(self.validation, 1, 1)
        grid.addWidget(self.batched, 2, 0)
        grid.addWidget(self.batch, 2, 1)
        grid.addWidget(self.shuffle, 3, 0, 1, 2)
        grid.addWidget(self.standardize, 4, 0, 1, 2)
        for switch, key in (
            (self.batched, "batch"),
            (self.shuffle, "shuffle"),
            (self.standardize, "standardize"),
        ):
            switch.setToolTip(_HELP[key])
        self.batch.setAccessibleName("Rows of a mini-batch")
        self.batched.toggled.connect(self._follow)
        self._follow(False)

    def values(self) -> dict[str, Any]:
        """The DataSpec's fields by name."""
        batched = self.batched.value
        return {
            "missing": self.missing.currentData(),
            "validation": self.validation.value / 100,
            "batch_size": int(self.batch.value) if batched else None,
            "shuffle": batched and self.shuffle.value,
            "standardize": self.standardize.value,
        }

    def set_values(self, spec: DataSpec) -> None:
        """Show how rows have been used before."""
        self.missing.setCurrentIndex(self.missing.findData(spec.missing))
        self.validation.set_value(round(100 * spec.validation))
        self.batched.set_value(spec.batch_size is not None)
        self.batch.set_value(spec.batch_size or 32)
        self.shuffle.set_value(spec.shuffle)
        self.standardize.set_value(spec.standardize)

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        for part in (self.validation, self.batched, self.batch, self.shuffle, self.standardize):
            part.apply_theme(palette)

    def _follow(self, on: bool) -> None:
        self.batch.setEnabled(on)
        self.shuffle.setEnabled(on)


class _Combo(QComboBox):
    """A choice of values, each with a word."""

    def __init__(self, choices: dict[str, str] | Any) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_choices(choices)

    def set_choices(self, choices: Any) -> None:
        """Offer other values."""
        if [self.itemData(index) for index in range(self.count())] != list(choices):
            self.clear()
            for value, word in choices.items():
                self.addItem(word, value)


def _labelled(text: str, control: QWidget) -> QWidget:
    """A control after its name."""
    box, label = QWidget(), QLabel(text)
    label.setObjectName("muted")
    label.setBuddy(control)
    control.setAccessibleName(text)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(label)
    row.addWidget(control)
    return box


def _named(text: str, key: str, control: QWidget) -> QLabel:
    label = name_label(text, _HELP[key])
    label.setBuddy(control)
    control.setAccessibleName(text)
    control.setToolTip(_HELP[key])
    return label


def _percent(value: Number) -> str | None:
    return None if 0 <= value <= 95 else "must lie between 0 and 95"


def _by_five(value: Number, direction: int) -> Number:
    return int(value) + 5 * direction


def _size(value: Number) -> str | None:
    return None if 1 <= value <= 1_000_000_000 else "must be at least 1"


def _doubled(value: Number, direction: int) -> Number:
    return int(value) * 2 if direction > 0 else max(1, int(value) // 2)
