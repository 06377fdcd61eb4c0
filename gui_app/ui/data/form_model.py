"""The model in the form: which one, its settings and its loss."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui_app.core.data import ACTIVATIONS, LOSSES, MODELS, ModelSpec
from gui_app.ui.data.form_fields import LayersField
from gui_app.ui.editor.controls import Choice
from gui_app.ui.editor.number_field import Number, NumberField, count
from gui_app.ui.editor.settings_block import add_row, name_label, settings_grid
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

TYPED, USUAL = "typed", "usual"
_TYPED_HELP = "the program as it stands in the editor"
_HELP = {
    "model": "Choosing a model writes its program into the editor. There it can be changed, and undone.",
    "degree": "Highest power of each feature.",
    "layers": "Neurons of each hidden layer, or filters of each convolution, separated by commas.",
    "activation": "What each layer's outputs go through.",
    "loss": "What the run makes small. Usual: the mean squared error of numbers, the cross-entropy of classes.",
}


class ModelBox(QWidget):
    """Edits a ModelSpec; ``chosen`` carries it, or None for a program that is typed."""

    chosen = Signal(object)
    problem_changed = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._spec: ModelSpec | None = None
        self._kept: dict[str, ModelSpec] = {}
        """Models as they were set when they were chosen last."""
        self.choice = Choice((TYPED, *MODELS))
        self.summary = QLabel()
        self.summary.setObjectName("muted")
        self.summary.setWordWrap(True)
        self.summary.setFont(font("small"))
        self.degree = NumberField(palette, ModelSpec().degree, _degree, count)
        self.layers = LayersField(palette)
        self.activation = Choice(ACTIVATIONS)
        self.loss = Choice((USUAL, *LOSSES))
        self.controls = {
            "degree": self.degree,
            "layers": self.layers,
            "activation": self.activation,
            "loss": self.loss,
        }
        self._labels: dict[str, QLabel] = {}
        self._build()
        self.choice.settled.connect(self._on_choice)
        for control in self.controls.values():
            control.settled.connect(self._on_settled)
            control.problem_changed.connect(self.problem_changed)
        self.display(None)

    def display(self, spec: ModelSpec | None) -> None:
        """Show a model, silently."""
        self._spec = spec
        if spec is not None:
            self._kept[spec.name] = spec
        self.choice.set_value(TYPED if spec is None else spec.name)
        self.summary.setText(_TYPED_HELP if spec is None else MODELS[spec.name].summary)
        known = () if spec is None else MODELS[spec.name].settings
        losses = () if spec is None else MODELS[spec.name].losses
        shown = {*known, *(["loss"] if len(losses) > 1 else [])}
        for name, control in self.controls.items():
            control.setVisible(name in shown)
            self._labels[name].setVisible(name in shown)
        if spec is None:
            return
        if [self.loss.itemText(at) for at in range(1, self.loss.count())] != list(losses):
            self.loss.clear()
            self.loss.addItems([USUAL, *losses])
        self.loss.set_value(spec.loss or USUAL)
        self.loss.setToolTip(LOSSES.get(spec.loss or "", _HELP["loss"]))
        self.degree.set_value(spec.degree)
        self.layers.set_value(spec.layers)
        self.activation.set_value(spec.activation)

    def problems(self) -> list[str]:
        """What is wrong with the fields that are shown, each with its name."""
        fields = (("degree", self.degree), ("layers", self.layers))
        return [f"{name} {field.problem}" for name, field in fields if field.problem and not field.isHidden()]

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        for control in self.controls.values():
            control.apply_theme(palette)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        top, rows = settings_grid(), settings_grid()
        label = name_label("Model", _HELP["model"])
        self.choice.setAccessibleName("Model")
        self.choice.setToolTip(_HELP["model"])
        add_row(top, 0, label, self.choice)
        for number, (name, control) in enumerate(self.controls.items()):
            label = name_label(name.capitalize(), _HELP[name])
            control.setAccessibleName(name.capitalize())
            self._labels[name] = label
            add_row(rows, number, label, control)
        column.addLayout(top)
        column.addWidget(self.summary)
        column.addLayout(rows)

    def _on_choice(self) -> None:
        name = self.choice.value
        if name == (TYPED if self._spec is None else self._spec.name):
            return
        self.chosen.emit(None if name == TYPED else self._kept.get(name, ModelSpec(name)))

    def _on_settled(self) -> None:
        if self._spec is None:
            return
        known = MODELS[self._spec.name].settings
        values = {
            "degree": int(self.degree.value),
            "layers": self.layers.value,
            "activation": self.activation.value,
        }
        own = {name: value for name, value in values.items() if name in known}
        loss = None if self.loss.value == USUAL or self.loss.isHidden() else self.loss.value
        changed = replace(self._spec, loss=loss, **own)  # type: ignore[arg-type]
        if changed != self._spec:
            self.chosen.emit(changed)


def _degree(value: Number) -> str | None:
    return None if 1 <= value <= 20 else "must lie between 1 and 20"
