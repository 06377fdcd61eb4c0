"""Who is compared, and on which terms: one click starts a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui_app.core.comparison import Budget
from gui_app.core.contenders import (
    MOMENTA,
    Contender,
    each_learning_rate,
    each_momentum,
    each_optimizer,
    possible,
    rates_around,
    terms,
)
from gui_app.core.experiment import Experiment
from gui_app.core.numbers import short
from gui_app.core.optimizers import OPTIMIZERS, Setting
from gui_app.ui.compare.choosing import NamesButton, NumbersField
from gui_app.ui.editor.number_field import Number, NumberField, ladder
from gui_app.ui.style import font
from gui_app.ui.theme import GRID, Palette

EXPLAINED = "The same start, seed and budget for all; one thing differs. Every view then shows all of them."
MOST_STEPS = 10_000_000
THRESHOLD = 1e-3
UNITS = ("steps", "evaluations")
UNITS_HELP = (
    "Steps: all take as many updates.\n"
    "Evaluations: all may evaluate the objective and its gradient as often; LBFGS does so several times a step."
)


class Setup(QWidget):
    """``wanted`` carries the contenders and the Budget. Nothing is run here."""

    wanted = Signal(object, object)
    threshold_changed = Signal()
    back_wanted = Signal()
    """The table is to be seen again."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = Experiment()
        self._ready = False
        self.names = NamesButton(OPTIMIZERS, lambda name: OPTIMIZERS[name].summary)
        self.same_rate = QComboBox()
        self.same_rate.addItems(("same lr", "torch's default lr"))
        self.same_rate.setToolTip("The learning rate that every optimizer gets")
        self.rates = NumbersField(palette, "Learning rates to compare")
        self.momenta = NumbersField(palette, "Momenta to compare")
        self.count = NumberField(palette, 100, _budget_problem, _whole_ladder)
        self.unit = QComboBox()
        self.unit.addItems(UNITS)
        self.unit.setToolTip(UNITS_HELP)
        self.limit = NumberField(palette, THRESHOLD, lambda _number: None, ladder)
        self.limit.setToolTip("The table tells after how many steps the loss is below this.")
        self._told = QLabel(EXPLAINED)
        self._terms = QLabel()
        self.back = QPushButton("Back to the table")
        self.back.hide()
        self._starters: dict[QPushButton, Callable[[], list[Contender]]] = {
            _button("Each optimizer"): self._optimizers,
            _button("Each learning rate"): self._rates,
            _button("Each momentum"): self._momenta,
        }
        self._build()
        self._connect()
        self.apply_theme(palette)

    @property
    def starters(self) -> list[QPushButton]:
        """The buttons: each optimizer, each learning rate, each momentum."""
        return list(self._starters)

    @property
    def budget(self) -> Budget:
        """What every run may use."""
        return Budget(int(self.count.value), UNITS[self.unit.currentIndex()])

    @property
    def threshold(self) -> float:
        """The loss that is to be fallen below."""
        return float(self.limit.value)

    def set_experiment(self, experiment: Experiment, obstacle: str) -> None:
        """What is to be compared; ``obstacle`` says why it cannot be, if it cannot."""
        self._ready = not obstacle
        self._told.setText(obstacle or EXPLAINED)
        self._form.setVisible(self._ready)
        self._terms.setVisible(self._ready)
        if experiment is not self._experiment:
            if experiment.run.steps != self._experiment.run.steps or self._experiment == Experiment():
                self.count.set_value(max(experiment.run.steps, 1))
            self._experiment = experiment
            settings = {each.name: each for each in OPTIMIZERS[experiment.optimizer.name].settings}
            self.names.set_possible(possible(experiment))
            self.rates.offer(rates_around(experiment), settings["lr"].problem)
            momentum = settings.get("momentum", Setting("momentum", 0.0, ""))
            self.momenta.offer(MOMENTA, momentum.problem)
            rate = experiment.optimizer.complete()["lr"]
            self.same_rate.setItemText(0, f"lr {short(float(str(rate)))} for all")
        self._update()

    def apply_theme(self, palette: Palette) -> None:
        """Use other colours from now on."""
        for field in (self.names, self.rates, self.momenta, self.count, self.limit):
            field.apply_theme(palette)

    def _build(self) -> None:
        self._told.setWordWrap(True)
        self._terms.setWordWrap(True)
        self._terms.setObjectName("muted")
        self._terms.setFont(font("small"))
        first, second, third = self.starters
        first.setProperty("primary", True)
        self._form = QWidget()
        grid = QGridLayout(self._form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(1, 1)
        rows: Sequence[tuple[QWidget, QWidget]] = (
            (first, _row(self.names, self.same_rate)),
            (second, self.rates),
            (third, self.momenta),
            (QLabel("Budget of each"), _row(self.count, self.unit)),
            (QLabel("Steps until loss is below"), _row(self.limit, self.back)),
        )
        for place, (left, right) in enumerate(rows):
            grid.addWidget(left, place, 0)
            grid.addWidget(right, place, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2 * GRID, GRID + 4, 2 * GRID, GRID + 4)
        column.setSpacing(GRID + 4)
        column.addWidget(self._told)
        column.addWidget(self._form)
        column.addWidget(self._terms)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _connect(self) -> None:
        for button in self._starters:
            button.clicked.connect(self._on_clicked)
        for changed in (self.names.changed, self.rates.changed, self.momenta.changed):
            changed.connect(self._update)
        self.limit.settled.connect(self.threshold_changed)
        self.back.clicked.connect(self.back_wanted)

    def _update(self) -> None:
        """Which buttons have something to start, and what they would keep the same."""
        for button, make in self._starters.items():
            button.setEnabled(self._ready and len(make()) > 0)
        told = terms(self._experiment, [self._experiment.optimizer])
        self._terms.setText(
            "The same for all:  " + "  ·  ".join(t for t in told if not t.endswith("for all"))
        )

    def _on_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton) and not self.count.problem:
            self.wanted.emit(tuple(self._starters[button]()), self.budget)

    def _optimizers(self) -> list[Contender]:
        default_rates = self.same_rate.currentIndex() == 1
        return each_optimizer(self._experiment, self.names.chosen, default_rates=default_rates)

    def _rates(self) -> list[Contender]:
        return each_learning_rate(self._experiment, self.rates.value)

    def _momenta(self) -> list[Contender]:
        return each_momentum(self._experiment, self.momenta.value)


def _button(text: str) -> QPushButton:
    return QPushButton(text)


def _row(*widgets: QWidget) -> QWidget:
    """Side by side, the room that is left on the right."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return made


def _budget_problem(count: Number) -> str | None:
    return None if 1 <= count <= MOST_STEPS else f"must lie between 1 and {MOST_STEPS:,}"


def _whole_ladder(value: Number, direction: int) -> Number:
    return max(1, int(ladder(value, direction)))
