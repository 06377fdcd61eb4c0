"""The optimizer with its schedule and clipping, and the run: how far, from which seed, in which precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui_app.core.experiment import DTYPES, Experiment, ExperimentError, OptimizerSpec, RunSpec
from gui_app.core.optimizers import OPTIMIZERS, SettingValue
from gui_app.core.schedules import CLIPS, SCHEDULES, ClipSpec, ScheduleSpec
from gui_app.ui.editor.controls import Choice, Control, Switch
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.editor.number_field import Number, NumberField, count, ladder
from gui_app.ui.editor.settings_block import SettingsBlock, add_row, name_label, settings_grid
from gui_app.ui.style import font
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
_MEMORY_HELP = (
    "MiB by which the process may grow while the program is evaluated; a program that takes more is stopped."
)
OWN_UPDATES = (
    "A script makes its updates itself: how many there are and with which optimizer stands in its text."
)


class SettingsForm(QWidget):
    """Edits an experiment's optimizer and run; ``experiment_changed`` carries the Experiment after an edit.

    A field that makes no sense is marked and says why; the experiment keeps its last value that did.
    """

    experiment_changed = Signal(object)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = Experiment()
        self.method = SettingsBlock(palette, "Optimizer", "Turns gradients into updates.", OPTIMIZERS)
        self.schedule = SettingsBlock(
            palette, "Schedule", "Moves the learning rate from step to step.", SCHEDULES, optional=True
        )
        self.clip = SettingsBlock(
            palette, "Clipping", "Holds back gradients that are too large.", CLIPS, optional=True
        )
        self._blocks = (self.method, self.schedule, self.clip)
        self.run: dict[str, Control] = {
            "steps": NumberField(palette, RunSpec().steps, _run_check("steps"), _whole_ladder),
            "seed": NumberField(palette, RunSpec().seed, _run_check("seed"), count),
            "dtype": Choice(DTYPES),
            "clear_gradients": Switch(palette, "Clear gradients each step"),
            "memory": NumberField(palette, RunSpec().memory, _run_check("memory"), _doubling),
        }
        self._lines = (_line(), _line())
        self._own = QLabel(OWN_UPDATES)
        self._own.setObjectName("muted")
        self._own.setWordWrap(True)
        self._own.hide()
        self._strip = MessageStrip(palette)
        self._build()
        for control in self.run.values():
            control.settled.connect(self._on_settled)
            control.problem_changed.connect(self._say)
        for block in self._blocks:
            block.settled.connect(self._on_settled)
            block.problem_changed.connect(self._say)
        self.method.chosen.connect(self._on_optimizer)
        self.schedule.chosen.connect(self._on_schedule)
        self.clip.chosen.connect(self._on_clip)
        self._show()
        self.apply_theme(palette)

    def set_script(self, on: bool) -> None:
        """Whether the program makes its updates itself: then there is nothing to choose for them."""
        for part in (*self._blocks, *self._lines):
            part.setVisible(not on)
        self._own.setVisible(on)
        for name in ("steps", "clear_gradients"):
            self.run[name].setEnabled(not on)

    def set_limit(self, limit: float | None) -> None:
        """Mark the largest stable learning rate on its slider; ``None``: it is not known."""
        self.method.set_limit(limit)

    @property
    def optimizer(self) -> Choice:
        """The choice of the optimizer."""
        return self.method.choice

    @property
    def settings(self) -> dict[str, Control]:
        """The fields of the optimizer's settings."""
        return self.method.controls

    # Layout

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        first, second = self._lines
        for part in (self._own, self.method, first, self.schedule, self.clip, second):
            column.addWidget(part)
        run = settings_grid()
        for number, (name, help_) in enumerate(_RUN_HELP.items()):
            add_row(run, number, name_label(name.capitalize(), help_, self.run[name]), self.run[name])
        self.run["clear_gradients"].setToolTip(CLEAR_HELP)
        run.addWidget(self.run["clear_gradients"], 3, 0, 1, 2)
        memory = name_label("Memory, MiB", _MEMORY_HELP, self.run["memory"])
        memory.setObjectName("muted")
        memory.setFont(font("small"))
        add_row(run, 4, memory, self.run["memory"])
        column.addLayout(run)
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

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 44 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(22 * GRID, 12 * GRID)

    # From outside

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the optimizer and run of ``experiment``; silent."""
        old, self._experiment = self._experiment, experiment
        if (experiment.optimizer, experiment.run) != (old.optimizer, old.run):
            self._show()  # else what is typed and marked stays

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        self._strip.apply_theme(palette)
        for line in self._lines:
            line.setStyleSheet(f"background: {palette.border};")
        for part in (*self._blocks, *self.run.values()):
            part.apply_theme(palette)

    def _show(self) -> None:
        """The experiment's values into the controls."""
        spec = self._experiment.optimizer
        self.method.display(spec.name, spec.settings)
        self.schedule.display(*((spec.schedule.name, spec.schedule.settings) if spec.schedule else ("", {})))
        self.clip.display(*((spec.clip.name, {"amount": spec.clip.amount}) if spec.clip else ("", {})))
        for name, control in self.run.items():
            control.set_value(getattr(self._experiment.run, name))
        self._judge()

    # Edits

    def _on_optimizer(self) -> None:
        """Another optimizer, with the settings that it had when it was last chosen."""
        name = self.method.chosen_name
        self._change_optimizer(name=name, settings=self.method.kept(name) or {})

    def _on_schedule(self) -> None:
        """Another schedule, with the settings that it had; one never seen before is as long as the run."""
        name = self.schedule.chosen_name
        kept = self.schedule.kept(name)
        if kept is None and name:
            length, steps = SCHEDULES[name].length, self._experiment.run.steps
            usual = ScheduleSpec(name).complete().get(length, steps)
            kept = {length: steps} if steps and steps != usual else {}
        self._change_optimizer(schedule=ScheduleSpec(name, kept or {}) if name else None)

    def _on_clip(self) -> None:
        """Another way to clip, with the bound that it had."""
        name = self.clip.chosen_name
        self._change_optimizer(clip=_clip(name, self.clip.kept(name) or {}))

    def _change_optimizer(self, **changes: object) -> None:
        changed = replace(self._experiment, optimizer=replace(self._experiment.optimizer, **changes))
        self.set_experiment(changed)
        self.experiment_changed.emit(changed)

    def _on_settled(self) -> None:
        self._judge()
        run = replace(self._experiment.run, **{name: control.value for name, control in self.run.items()})
        schedule = ScheduleSpec(self.schedule.name, self.schedule.given()) if self.schedule.name else None
        clip = _clip(self.clip.name, self.clip.given())
        optimizer = OptimizerSpec(self.method.name, self.method.given(), schedule, clip)
        changed = replace(self._experiment, optimizer=optimizer, run=run)
        if changed != self._experiment:
            self._experiment = changed
            self.experiment_changed.emit(changed)

    def _judge(self) -> None:
        """Mark a switch that makes no sense beside the other settings."""
        values = {name: control.value for name, control in self.settings.items()}
        found = _problem(self.method.name, values)
        for name, control in self.settings.items():
            if isinstance(control, Switch):
                control.mark(found.message if found and found.where == f"optimizer.{name}" else "")
        self._say()

    def _say(self) -> None:
        """The first problem, with the name of its field."""
        run = (f"{name} {control.problem}" for name, control in self.run.items() if control.problem)
        found = next(chain(*(block.problems() for block in self._blocks), run), "")
        self._strip.set_message(f"{found}." if found else "")


def _clip(name: str, settings: Mapping[str, SettingValue]) -> ClipSpec | None:
    return ClipSpec(name, **settings) if name else None


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


def _doubling(value: Number, direction: int) -> Number:
    return int(value) * 2 if direction > 0 else int(value) // 2


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    return line
