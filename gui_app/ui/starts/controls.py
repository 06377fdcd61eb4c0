"""The strip above the chart: what is studied, how finely, how far, and along which elements."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from gui_app.core.experiment import Experiment
from gui_app.ui.descent.elements import Element
from gui_app.ui.starts.choice import Choice
from gui_app.ui.theme import GRID, Palette

MOST_STEPS = 2000
"""Of the experiment's own steps; more can be chosen."""
STUDIES = {"Basin map": "basins", "Swarm": "swarm"}
COLOURS = {"by minimum": "minimum", "by steps needed": "needed", "by loss at the end": "loss"}
SIDES = {f"{side} × {side}": side for side in (32, 64, 128, 256, 512)}
COUNTS = {f"{count:,} points": count for count in (100, 1_000, 10_000, 100_000)}
STEPS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
ARRANGEMENTS = {
    "on a grid": ("grid", False),
    "evenly (Sobol)": ("sobol", False),
    "at random": ("uniform", False),
    "around the start": ("normal", False),
    "around it in all parameters": ("normal", True),
}


class Controls(QWidget):
    """Choices with their values; two lines where the elements can be chosen too."""

    study_changed = Signal()
    """Another question would be asked."""
    look_changed = Signal()
    """Only the picture is another one."""
    run_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.study = Choice("What to look at")
        self.colour = Choice("What the colours tell")
        self.arrangement = Choice("Where the points start")
        self.side = Choice("How many starts")
        self.count = Choice("How many points")
        self.steps = Choice("How many steps each start takes")
        self.across = Choice("Parameter along the horizontal axis")
        self.up = Choice("Parameter along the vertical axis")
        self.button = QToolButton()
        self.button.setObjectName("run")
        self.button.clicked.connect(self._on_pressed)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(3)
        for choice, values in (
            (self.study, STUDIES),
            (self.colour, COLOURS),
            (self.arrangement, ARRANGEMENTS),
        ):
            choice.offer(values)
        self.side.offer(SIDES, 256)
        self.count.offer(COUNTS, 10_000)
        self._axes = QWidget()
        self._lay_out()
        self._connect()
        self.apply_theme(palette)
        self.show_running(False)
        self._show_fitting()

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout(self._axes)
        for row in (first, second):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(GRID // 2)
        for widget in (self.study, self.colour, self.arrangement, self.side, self.count, self.steps):
            first.addWidget(widget)
        first.addStretch(1)
        first.addWidget(self.button)
        second.addWidget(self.across)
        second.addWidget(QLabel("across,"))
        second.addWidget(self.up)
        second.addWidget(QLabel("up; the others start where they start"))
        second.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, 0)
        layout.setSpacing(GRID // 2)
        layout.addLayout(first)
        layout.addWidget(self._axes)
        layout.addWidget(self.bar)

    def _connect(self) -> None:
        self.study.chosen.connect(self._show_fitting)
        for choice in (
            self.study,
            self.arrangement,
            self.side,
            self.count,
            self.steps,
            self.across,
            self.up,
        ):
            choice.chosen.connect(self.study_changed)
        self.colour.chosen.connect(self.look_changed)

    def set_experiment(self, experiment: Experiment, elements: Sequence[Element], *, fresh: bool) -> None:
        """Offer the steps and the elements of this experiment; what was chosen stays unless it is ``fresh``."""
        own = max(1, min(experiment.run.steps, MOST_STEPS))
        steps = {f"{own:,} steps": own} | {f"{each:,} steps": each for each in STEPS if each != own}
        self.steps.offer(steps, self.steps.value if self.steps.value in steps.values() and not fresh else own)
        columns = {element.name: element.column for element in elements}
        known = not fresh and {self.across.value, self.up.value} <= set(columns.values())
        self.across.offer(columns, self.across.value if known else 0)
        self.up.offer(columns, self.up.value if known else 1)
        self._axes.setVisible(len(elements) > 2)

    def show_running(self, running: bool, share: float = 0.0) -> None:
        """Whether a study is at work, and how far it is."""
        self._running = running
        self.button.setText("Stop" if running else "Run")
        self.button.setToolTip("Stop here" if running else "Take all steps from every start")
        self.button.setAccessibleName(self.button.toolTip())
        self.bar.setValue(round(1000 * share) if running else 0)

    def apply_theme(self, palette: Palette) -> None:
        """Use these colours."""
        self.setStyleSheet(
            f"QToolButton {{ color: {palette.text}; background: {palette.raised}; font-size: 12px;"
            f" border: 1px solid {palette.border}; border-radius: 4px; padding: 3px 4px; }}"
            f"QToolButton::menu-indicator {{ image: none; width: 0px; }}"
            f"QToolButton:hover {{ background: {palette.hover}; }}"
            f"QToolButton:focus {{ border-color: {palette.accent}; }}"
            f"QToolButton#run {{ color: {palette.on_accent}; background: {palette.accent};"
            f" border-color: {palette.accent}; font-weight: 600; padding: 3px 10px; }}"
            f"QToolButton#run:focus {{ border-color: {palette.text}; }}"
            f"QLabel {{ color: {palette.muted}; font-size: 12px; }}"
            f"QProgressBar {{ border: 0px; background: transparent; }}"
            f"QProgressBar::chunk {{ background: {palette.accent}; }}"
        )

    def _show_fitting(self) -> None:
        """Only the choices of this study."""
        mapped = self.study.value == "basins"
        for choice, on in (
            (self.colour, mapped),
            (self.side, mapped),
            (self.arrangement, not mapped),
            (self.count, not mapped),
        ):
            choice.setVisible(on)

    def _on_pressed(self) -> None:
        (self.stop_wanted if self._running else self.run_wanted).emit()
