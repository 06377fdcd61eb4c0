"""Runs side by side: made with one click, ranked in a table, their paths next to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gui_app.core.branch import Branch
from gui_app.core.comparison import Budget, CompareAsked, Comparison, FieldAsked, Progress, outdated
from gui_app.core.contenders import Contender, terms
from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.landscape import Axis, Landscape
from gui_app.core.measures import as_csv, budget_of, distinct, goal_of, measures
from gui_app.core.moment import Moment
from gui_app.ui.compare.head import Head
from gui_app.ui.compare.paths import Paths, axes_for
from gui_app.ui.compare.runs_view import RunsView
from gui_app.ui.compare.saving import save_table
from gui_app.ui.compare.setup import Setup
from gui_app.ui.compare.table import Failure, RunsModel, Trends
from gui_app.ui.lens_view import LensView
from gui_app.ui.resources import Icons
from gui_app.ui.theme import GRID, Palette

ASLEEP = "Nothing of this file has been run. Play or step to begin."
SCRIPT = (
    "A script takes its steps itself, so its runs cannot be compared. Write the loss alone, as an objective."
)
NOTHING = "Type an objective to compare runs of it."


class ComparePanel(LensView):
    """Every branch of the session is a row; a comparison makes more of them."""

    def __init__(self, palette: Palette, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(palette, parent)
        self._comparison: Comparison | None = None
        """The one under way."""
        self._made: tuple[Branch, ...] = ()
        """Its records, until the next moment has them."""
        self._replaced: set[int] = set()
        """Numbers of branches that it makes again."""
        self._wants_setup = False
        self._failures: list[Failure] = []
        self._subject: Experiment | None = None
        self._branches: list[Branch] = []
        self._field_of: tuple[Experiment | None, tuple[Axis, ...] | None] | None = None
        """Of what the field below the paths was asked."""
        self.model = RunsModel()
        self.setup = Setup(palette)
        self.runs, self.paths = RunsView(self.model, palette), Paths(palette)
        menu: dict[str, Callable[[], None]] = {
            "Copy table as CSV": self.copy_table,
            "Save table…": self.save_table,
            "Clear all compared runs": self.clear,
        }
        self.head = Head(palette, icons, menu)
        self.message = QLabel()
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.message.setWordWrap(True)
        self.message.setContentsMargins(2 * GRID, GRID, 2 * GRID, 0)
        self.message.hide()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.paths)
        self._page = QStackedWidget()
        self._page.addWidget(self.runs)
        self._page.addWidget(area)
        result = QWidget()
        column = QVBoxLayout(result)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._page, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.setup)
        self._stack.addWidget(result)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.message)
        outer.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.setup.wanted.connect(self.compare)
        self.setup.threshold_changed.connect(self._show_rows)
        self.setup.back_wanted.connect(partial(self._show_setup, on=False))
        self.head.new_wanted.connect(partial(self._show_setup, on=True))
        self.head.cancelled.connect(self.cancel)
        self.head.changed.connect(self._on_page_changed)
        for view in (self.runs, self.paths):
            view.chosen.connect(self._on_chosen)
        self.runs.dropped.connect(self._on_dropped)
        self.runs.pointed.connect(self.paths.point_at)
        self.paths.pointed.connect(self.runs.point_at)

    # What is shown

    def set_moment(self, moment: Moment) -> None:
        """See LensView. What was made of another experiment is forgotten, even while nobody looks."""
        self._made = ()
        if self._comparison is None:
            self._replaced = set()
        subject = _subject(moment.experiment)
        if subject != self._subject:
            self._subject = subject
            self._forget()
        super().set_moment(moment)

    def refresh(self) -> None:
        """See LensView."""
        moment = self.moment
        experiment = Experiment() if moment is None else moment.experiment
        self.setup.set_experiment(experiment, self._obstacle())
        self.head.set_step(0 if moment is None else moment.step)
        self._show_rows()

    def apply_theme(self, palette: Palette) -> None:
        """See LensView."""
        super().apply_theme(palette)
        for part in (self.setup, self.runs, self.head):
            part.apply_theme(palette)
        self.paths.theme = palette
        self.paths.update()

    def _obstacle(self) -> str:
        moment = self.moment
        if moment is None or not moment.experiment.program.strip():
            return NOTHING
        if moment.is_script:
            return SCRIPT
        return ASLEEP if moment.history is None else ""

    def _recorded(self, moment: Moment) -> list[Branch]:
        """All branches that hold a step, the one that is shown first."""
        others = [branch for branch in moment.branches if branch.number not in self._replaced]
        if moment.history is not None:
            optimizer = moment.experiment.optimizer
            others.insert(0, replace(moment.branch, history=moment.history, optimizer=optimizer))
        return [branch for branch in others if len(branch.history)]

    def _fresh(self) -> tuple[Branch, ...]:
        """What was made and is no branch yet, with the numbers that it will have as one: they are its colours."""
        return self._made if self._comparison is None else self._comparison.branches(self._first_number())

    def _first_number(self) -> int:
        known = () if self.moment is None else (self.moment.branch, *self.moment.branches)
        return 1 + max((b.number for b in known if b.number not in self._replaced), default=0)

    def _show_rows(self) -> None:
        """Measure all records, where they stand now."""
        moment = self.moment
        self._branches = [] if moment is None else distinct([*self._recorded(moment), *self._fresh()])
        busy, few = self._comparison is not None, len(self._branches) < 2 and not self._failures
        self._stack.setCurrentIndex(1 if busy or not (few or self._wants_setup) else 0)
        self.setup.back.setVisible(not few)
        if moment is None or (not self._branches and not self._failures):
            return
        step = moment.step if self.head.at_step.isChecked() else None
        goal, words = goal_of(moment.experiment, self._branches)
        limit = self.setup.threshold
        rows = [measures(branch, step, goal, limit) for branch in self._branches]
        self.model.explain(moment.branch.number, step, words, limit)
        self.model.replace(rows, self._failures, Trends.of(self._branches))
        self.runs.fit_columns()
        self.head.terms.say(self._terms(moment.experiment))
        self._show_paths(moment)

    def _terms(self, experiment: Experiment) -> str:
        """What is the same for all rows."""
        compared = [branch for branch in self._branches if branch.tally is not None] or self._branches
        optimizers = [branch.optimizer for branch in compared]
        return "  ·  ".join([budget_of(compared), *terms(experiment, optimizers)])

    def _show_paths(self, moment: Moment) -> None:
        self.head.set_paths(sum(spec.size for spec in moment.experiment.trained) == 2)
        if self._page.currentIndex() != 1:
            return
        axes = axes_for(moment.experiment, self._branches)
        key = self._subject, axes
        if axes is not None and self._comparison is None and self._field_of != key:
            self._field_of = key
            self.asked.emit(FieldAsked(experiment=moment.experiment, axes=axes))
        self.paths.replace(moment.experiment, self._branches, self.model.rows, self.model.shown)

    def _on_page_changed(self) -> None:
        self._page.setCurrentIndex(1 if self.head.paths.isChecked() else 0)
        self._show_rows()

    def _show_setup(self, *, on: bool) -> None:
        """The choice, or the table again."""
        self._wants_setup = on
        self._show_rows()

    # A comparison

    def compare(self, contenders: tuple[Contender, ...], budget: Budget) -> None:
        """Run all of these."""
        moment = self.moment
        if moment is None or not contenders:
            return
        asked = CompareAsked(experiment=moment.experiment, contenders=contenders, budget=budget)
        self._replaced = outdated(moment.branches, [each.optimizer for each in contenders])
        self._say(None)
        self._failures, self._wants_setup = [], False
        self._comparison = Comparison(asked)
        self.head.at_end.setChecked(True)
        self.head.set_share(0.0)
        self._stack.setCurrentIndex(1)
        self.asked.emit(asked)
        self._show_rows()

    def cancel(self) -> None:
        """End the comparison; what it has recorded stays."""
        if self._comparison is not None:
            self.withdrawn.emit()
            self._finish(self._comparison)

    def take(self, answer: object) -> None:
        """See LensView."""
        if isinstance(answer, Landscape):
            self.paths.set_landscape(answer)
        elif isinstance(answer, Progress) and self._comparison is not None:
            self._comparison.take(answer)
            self.head.set_share(self._comparison.share)
            if self._comparison.is_over:
                self._finish(self._comparison)
            elif self.is_seen:
                self._show_rows()

    def fail(self, fault: Fault) -> None:
        """See LensView."""
        if self._comparison is not None:
            self._forget()
            self._show_rows()
        self._say(fault)

    def _finish(self, comparison: Comparison) -> None:
        """Its records become branches; those that they replace go."""
        self._comparison = None
        self.head.set_share(None)
        self._failures = [_failure(trial.contender, trial.fault) for trial in comparison.failed()]
        others = () if self.moment is None else self.moment.branches
        self._replaced = outdated(others, [branch.optimizer for branch in comparison.branches()])
        made = self._made = comparison.branches(self._first_number())
        if self._replaced:
            self.branches_dropped.emit(self._replaced)
        if made:
            self.branches_made.emit(made)
        self._show_rows()

    def _forget(self) -> None:
        """Nothing of the comparison under way or of the last one is wanted any more."""
        if self._comparison is not None:
            self._comparison = None
            self.withdrawn.emit()
            self.head.set_share(None)
        self._made, self._failures, self._wants_setup = (), [], False
        self._field_of = None
        self.paths.set_landscape(None)
        self._say(None)

    def _say(self, fault: Fault | None) -> None:
        self.message.setText("" if fault is None else str(fault))
        self.message.setVisible(fault is not None)

    # The rows

    def _on_chosen(self, number: int) -> None:
        if self.moment is not None and self._comparison is None and number != self.moment.branch.number:
            self.branch_chosen.emit(number)

    def _on_dropped(self, number: int) -> None:
        if self._comparison is None:
            self.branches_dropped.emit({number})

    def clear(self) -> None:
        """Forget all branches but the one that is shown."""
        self.cancel()
        self._failures = []
        if self.moment is not None:
            made = {branch.number for branch in (*self.moment.branches, *self._made)}
            self._made = ()
            self.branches_dropped.emit(made)
            self._show_rows()

    def copy_table(self) -> None:
        """The table as CSV on the clipboard."""
        QGuiApplication.clipboard().setText(as_csv(self.model.rows))

    def save_table(self) -> None:
        """Ask for a name and save the table as CSV."""
        save_table(self, as_csv(self.model.rows))


def _subject(experiment: Experiment) -> Experiment:
    """What two records must share to be compared: everything but the optimizer and the length of the run."""
    run = replace(experiment.run, steps=0)
    return replace(experiment, optimizer=OptimizerSpec(), run=run, title="", notes="")


def _failure(contender: Contender, fault: Fault | None) -> Failure:
    return Failure(contender.label, "" if fault is None else str(fault))
