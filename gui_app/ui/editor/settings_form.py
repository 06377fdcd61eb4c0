"""The optimizer with its settings, and the run: how far, from which seed, in which precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui_app.core.experiment import DTYPES, Experiment, ExperimentError, OptimizerSpec, RunSpec
from gui_app.core.optimizers import OPTIMIZERS, SettingValue
from gui_app.ui.editor.controls import Choice, Control, PairField, Switch, control_for
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.editor.number_field import DragLabel, Number, NumberField, count, ladder
from gui_app.ui.style import font, monospace
from gui_app.ui.theme import GRID, Palette

CLEAR_HELP = (
    "On: .grad is set to zero before each backward pass, as optimizer.zero_grad() does.\n"
    "Off: every step adds its gradient to the sum of all steps before."
)
_RUN_HELP = {
    "steps": "How many updates the run takes.",
    "seed": "Start of the random numbers: the same seed gives the same run.",
    "dtype": "Precision of all parameters that have none of their own.",
}


class SettingsForm(QWidget):
    """Edits an experiment's optimizer and run; ``experiment_changed`` carries the Experiment after an edit.

    A field that makes no sense is marked and says why; the experiment keeps its last value that did.
    """

    experiment_changed = Signal(object)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette
        self._experiment = Experiment()
        self._kept: dict[str, Mapping[str, SettingValue]] = {}
        self.settings: dict[str, Control] = {}
        self.optimizer = Choice(tuple(OPTIMIZERS))
        self.run: dict[str, Control] = {
            "steps": NumberField(palette, RunSpec().steps, _run_check("steps"), _whole_ladder),
            "seed": NumberField(palette, RunSpec().seed, _run_check("seed"), count),
            "dtype": Choice(DTYPES),
            "clear_gradients": Switch(palette, "Clear gradients each step"),
        }
        self._summary = QLabel()
        self._line = QFrame()
        self._strip = MessageStrip(palette)
        self._build()
        self.optimizer.setAccessibleName("Optimizer")
        self.optimizer.settled.connect(self._on_optimizer)
        for control in self.run.values():
            self._listen(control)
        self._lay_settings()
        self._show()
        self.apply_theme(palette)

    # Layout

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        top, self._rows, run = _grid(), _grid(), _grid()
        _row(top, 0, _label("Optimizer", "Turns gradients into updates."), self.optimizer)
        self._summary.setObjectName("muted")
        self._summary.setWordWrap(True)
        self._summary.setFont(font("small"))
        for number, (name, help_) in enumerate(_RUN_HELP.items()):
            _row(run, number, _label(name.capitalize(), help_, self.run[name]), self.run[name])
        self.run["clear_gradients"].setToolTip(CLEAR_HELP)
        run.addWidget(self.run["clear_gradients"], 3, 0, 1, 2)
        self._line.setFixedHeight(1)
        for part in (top, self._summary, self._rows, self._line, run):
            column.addLayout(part) if isinstance(part, QGridLayout) else column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside.setBackgroundRole(QPalette.ColorRole.Base)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addWidget(self._strip)

    def _lay_settings(self) -> None:
        """A row for each setting of the optimizer that is chosen."""
        while (item := self._rows.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        info = OPTIMIZERS[self._experiment.optimizer.name]
        self._summary.setText(info.summary)
        self.settings = {setting.name: control_for(setting, self._palette) for setting in info.settings}
        for number, setting in enumerate(info.settings):
            control = self.settings[setting.name]
            _row(self._rows, number, _label(setting.name, setting.help, control, code=True), control)
            self._listen(control)

    def _listen(self, control: Control) -> None:
        control.settled.connect(self._on_settled)
        control.problem_changed.connect(self._say)

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 44 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(22 * GRID, 12 * GRID)

    # From outside

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the optimizer and run of ``experiment``; silent."""
        old, self._experiment = self._experiment, experiment
        if (experiment.optimizer, experiment.run) == (old.optimizer, old.run):
            return  # what is typed and marked stays
        if experiment.optimizer.name != old.optimizer.name:
            self._lay_settings()
        self._show()

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._palette = palette
        self._strip.apply_theme(palette)
        self._line.setStyleSheet(f"background: {palette.border};")
        for control in (*self.settings.values(), *self.run.values()):
            control.apply_theme(palette)

    def _show(self) -> None:
        """The experiment's values into the controls."""
        self.optimizer.set_value(self._experiment.optimizer.name)
        for name, value in self._experiment.optimizer.complete().items():
            self.settings[name].set_value(value)
        for name, control in self.run.items():
            control.set_value(getattr(self._experiment.run, name))
        self._judge()

    # Edits

    def _on_optimizer(self) -> None:
        """Another optimizer, with the settings that it had when it was last chosen."""
        old, name = self._experiment.optimizer, self.optimizer.value
        if name != old.name:
            self._kept[old.name] = old.settings
            self._change(OptimizerSpec(name, self._kept.get(name, {})), self._experiment.run)

    def _on_settled(self) -> None:
        self._judge()
        run = replace(self._experiment.run, **{name: control.value for name, control in self.run.items()})
        self._change(OptimizerSpec(self._experiment.optimizer.name, self._chosen()), run)

    def _chosen(self) -> dict[str, SettingValue]:
        """The settings that make sense and differ from torch's defaults."""
        defaults = {s.name: s.default for s in OPTIMIZERS[self._experiment.optimizer.name].settings}
        lonely = {
            name for name, control in self.settings.items() if isinstance(control, Switch) and control.problem
        }
        return {
            name: control.value
            for name, control in self.settings.items()
            if control.value != defaults[name] and name not in lonely
        }

    def _change(self, optimizer: OptimizerSpec, run: RunSpec) -> None:
        changed = replace(self._experiment, optimizer=optimizer, run=run)
        if changed != self._experiment:
            if optimizer.name != self._experiment.optimizer.name:
                self.set_experiment(changed)
            self._experiment = changed
            self.experiment_changed.emit(changed)

    def _judge(self) -> None:
        """Mark a switch that makes no sense beside the other settings."""
        values = {name: control.value for name, control in self.settings.items()}
        found = _problem(self._experiment.optimizer.name, values)
        for name, control in self.settings.items():
            if isinstance(control, Switch):
                control.mark(found.message if found and found.where == f"optimizer.{name}" else "")
        self._say()

    def _say(self) -> None:
        """The first problem, with the name of its field."""
        controls = {**self.settings, **self.run}
        name = next((name for name, control in controls.items() if control.problem), None)
        self._strip.set_message(f"{name} {controls[name].problem}." if name else "")


def _problem(optimizer: str, values: Mapping[str, SettingValue]) -> ExperimentError | None:
    """OptimizerSpec's own word on the settings together."""
    try:
        OptimizerSpec(optimizer, values)
    except ExperimentError as error:
        return error
    return None


def _run_check(name: str) -> Callable[[Number], str | None]:
    """RunSpec's own word on one of its numbers."""

    def check(value: Number) -> str | None:
        try:
            replace(RunSpec(), **{name: value})
        except ExperimentError as error:
            return error.message
        return None

    return check


def _whole_ladder(value: Number, direction: int) -> Number:
    return max(int(ladder(value, direction)), 1 if direction > 0 else 0)


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID)
    grid.setVerticalSpacing(GRID // 2)
    grid.setColumnStretch(0, 2)
    grid.setColumnStretch(1, 3)
    return grid


def _label(text: str, help_: str, control: Control | None = None, *, code: bool = False) -> QLabel:
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


def _row(grid: QGridLayout, number: int, label: QLabel, control: QWidget) -> None:
    label.setBuddy(control)
    grid.addWidget(label, number, 0)
    grid.addWidget(control, number, 1)
