"""How rows are used and how long they are trained on: the numbers and switches of the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gui_app.core.data import MISSING, DataSpec
from gui_app.core.experiment import ExperimentError, RunSpec
from gui_app.files.tables import GENERATORS
from gui_app.ui.data.form_fields import OpenField
from gui_app.ui.editor.controls import Choice, Control, Switch
from gui_app.ui.editor.number_field import Check, Number, NumberField, count, ladder
from gui_app.ui.editor.settings_block import add_row, name_label, settings_grid
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

_MISSING_WORDS = {"error": "are an error", "drop": "drop the row", "mean": "take the mean"}
_HELP: Mapping[str, tuple[str, str]] = {
    "missing": ("Missing values", "What is done with a row in which a value is missing."),
    "validation": ("Validation, %", "Percent of the rows that are not trained on."),
    "batch_size": ("Batch size", "Rows of one step. Empty: all of them."),
    "shuffle": ("Shuffle", "The batches take the rows in another random order each epoch."),
    "standardize": ("Standardise features", "Mean 0 and variance 1 over the training rows."),
    "seed": ("Data seed", "Of the split, of made-up data and of the order of rows. Empty: the run's."),
    "epochs": ("Epochs", "How often the run goes through all training rows."),
    "evaluate_every": ("Evaluate every", "Steps between looks at all rows. Empty: once an epoch."),
    "patience": ("Patience", "The run ends after so many looks without a smaller validation loss."),
}


class RowsBox(QWidget):
    """Edits a DataSpec's use of rows; ``settled`` says that ``values`` has changed."""

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.missing = Choice(tuple(_MISSING_WORDS.values()))
        self.missing.setToolTip("\n".join(f"{_MISSING_WORDS[key]}: {said}" for key, said in MISSING.items()))
        self.validation = NumberField(palette, 0.0, _percent, _by_five)
        self.batch_size = OpenField(palette, 0, "all rows", _data_check("batch_size"), _doubled)
        self.shuffle = Switch(palette, _HELP["shuffle"][0])
        self.standardize = Switch(palette, _HELP["standardize"][0])
        self.seed = OpenField(palette, -1, "the run's", _data_check("seed"), count)
        grid = _grid(self)
        names = ("missing", "validation", "batch_size", "shuffle", "standardize", "seed")
        self.controls: dict[str, Control] = {name: getattr(self, name) for name in names}
        _lay(grid, self.controls)
        for control in self.controls.values():
            control.settled.connect(self.settled)
            control.problem_changed.connect(self.problem_changed)

    def display(self, spec: DataSpec) -> None:
        """Show the data's settings, silently."""
        self.missing.set_value(_MISSING_WORDS[spec.missing])
        self.validation.set_value(float(f"{100 * spec.validation:.12g}"))
        self.batch_size.set_given(spec.batch_size)
        self.shuffle.set_value(spec.shuffle)
        self.shuffle.setEnabled(spec.batch_size is not None)
        self.standardize.set_value(spec.standardize)
        self.seed.set_given(spec.seed)

    def values(self) -> dict[str, Any]:
        """The DataSpec's fields by name."""
        return {
            "missing": tuple(_MISSING_WORDS)[self.missing.currentIndex()],
            "validation": float(f"{self.validation.value / 100:.12g}"),
            "batch_size": self.batch_size.given,
            "shuffle": self.shuffle.value,
            "standardize": self.standardize.value,
            "seed": self.seed.given,
        }


class LengthBox(QWidget):
    """How long the run is, in epochs, and when it looks at all rows; ``settled`` says that something has changed."""

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.epochs = NumberField(palette, 1.0, _length, ladder)
        self.evaluate_every = OpenField(palette, 0, "an epoch", _run_check("evaluate_every"), _doubled)
        self.patience = OpenField(palette, 0, "off", _run_check("patience"), count)
        self.steps = QLabel()
        self.steps.setObjectName("muted")
        self.steps.setFont(font("small"))
        self.controls: dict[str, Control] = {"epochs": self.epochs}
        grid = _grid(self)
        _lay(grid, self.controls)
        grid.addWidget(self.steps, 1, 0, 1, 2)
        rest: dict[str, Control] = {"evaluate_every": self.evaluate_every, "patience": self.patience}
        _lay(grid, rest, 2)
        self.controls |= rest
        for control in self.controls.values():
            control.settled.connect(self.settled)
            control.problem_changed.connect(self.problem_changed)

    def display(self, run: RunSpec, epochs: float | None) -> None:
        """Show the run's length, silently; ``epochs`` are None while the rows have not been counted."""
        self.epochs.setEnabled(epochs is not None)
        if epochs is not None:
            self.epochs.set_value(float(f"{epochs:.4g}"))
            self.steps.setText(_said(run.steps, epochs))
        self.steps.setVisible(epochs is not None)
        self.evaluate_every.set_given(run.evaluate_every)
        self.patience.set_given(run.patience)


class MadeBox(QWidget):
    """The settings of made-up data; ``settled`` says that ``values`` has changed."""

    settled = Signal()
    problem_changed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._name = ""
        self._grid = _grid(self)
        self.controls: dict[str, NumberField] = {}

    def display(self, spec: DataSpec) -> None:
        """Show the generator's settings, silently; nothing for a table that is not made up."""
        name = spec.generate if spec.generate in GENERATORS else ""
        if name != self._name:
            self._name = name or ""
            self._lay_out()
        self.setVisible(bool(self.controls))
        for key, control in self.controls.items():
            default = GENERATORS[self._name].settings[key].default
            control.set_value(spec.settings.get(key, default))  # type: ignore[arg-type]

    def values(self, spec: DataSpec) -> dict[str, Any]:
        """The settings that differ from the defaults, and those that have no field here."""
        if not self._name:
            return dict(spec.settings)
        known = GENERATORS[self._name].settings
        other = {key: value for key, value in spec.settings.items() if key not in self.controls}
        own = {key: control.value for key, control in self.controls.items()}
        return other | {key: value for key, value in own.items() if value != known[key].default}

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        for control in self.controls.values():
            control.apply_theme(palette)

    def _lay_out(self) -> None:
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            widget.hide()
            widget.deleteLater()
        self.controls = {}
        settings = GENERATORS[self._name].settings if self._name else {}
        for key, span in settings.items():
            if isinstance(span.default, tuple):
                continue  # as many numbers as one likes: the experiment file says them
            step = count if isinstance(span.default, int) else ladder
            field = NumberField(self._palette, span.default, _within(span.low, span.high), step)
            field.settled.connect(self.settled)
            field.problem_changed.connect(self.problem_changed)
            add_row(self._grid, len(self.controls), name_label(key.capitalize(), span.help, field), field)
            self.controls[key] = field


def _lay(grid: QGridLayout, controls: Mapping[str, Control], first: int = 0) -> None:
    for row, (name, control) in enumerate(controls.items(), first):
        title, help_ = _HELP[name]
        if isinstance(control, Switch):
            control.setToolTip(help_)
            grid.addWidget(control, row, 0, 1, 2)
        else:
            add_row(grid, row, name_label(title, help_, control), control)


def _grid(parent: QWidget) -> QGridLayout:
    grid = settings_grid()
    grid.setContentsMargins(0, 0, 0, 0)
    parent.setLayout(grid)
    grid.setVerticalSpacing(GRID // 2)
    return grid


def _said(steps: int, epochs: float) -> str:
    each = steps / epochs if epochs else 0
    batches = round(each) if each else 0
    if batches <= 1:
        return f"{steps:,} steps, each of all training rows"
    return f"{steps:,} steps, {batches:,} to an epoch"


def _percent(value: Number) -> str | None:
    return None if 0 <= value <= 95 else "must lie between 0 and 95"


def _length(value: Number) -> str | None:
    return None if 0 <= value <= 1_000_000_000 else "must lie between 0 and 1,000,000,000"


def _within(low: float, high: float) -> Check:
    return lambda value: None if low <= value <= high else f"must lie between {low:,g} and {high:,.15g}"


def _data_check(name: str) -> Check:
    """DataSpec's own word on one of its numbers."""

    def check(value: Number) -> str | None:
        try:
            replace(DataSpec(builtin="iris"), **{name: value})  # type: ignore[arg-type]
        except ExperimentError as error:
            return error.message
        return None

    return check


def _run_check(name: str) -> Check:
    """RunSpec's own word on one of its numbers."""

    def check(value: Number) -> str | None:
        try:
            replace(RunSpec(), **{name: value})  # type: ignore[arg-type]
        except ExperimentError as error:
            return error.message
        return None

    return check


def _by_five(value: Number, direction: int) -> Number:
    return value + 5 * direction


def _doubled(value: Number, direction: int) -> Number:
    if direction > 0:
        return int(value) * 2 if value else 1
    return int(value) // 2
