"""Data and model: which table the objective is fitted to, how its rows are used, and which model is fitted."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.experiment import Experiment, ExperimentError
from gui_app.core.table import Kind
from gui_app.ui.data.form_model import ModelBox
from gui_app.ui.data.form_rows import LengthBox, MadeBox, RowsBox
from gui_app.ui.data.form_source import NoData, SourceBox
from gui_app.ui.data.importing_columns import ColumnsModel, ColumnsView
from gui_app.ui.data.reading import DataFacts
from gui_app.ui.editor.message_strip import MessageStrip
from gui_app.ui.theme import GRID, Palette

_MOST_COLUMNS = 6
"""Rows of the list of columns that are seen at once."""


class DataForm(QWidget):
    """Edits an experiment's data and model; ``experiment_changed`` carries the Experiment as it is wanted.

    The program of a model, and an experiment on another table, are made by whoever listens.
    """

    experiment_changed = Signal(object)
    import_wanted = Signal()
    """The file is to be looked at again: how it is read, what its columns are used for."""
    open_wanted = Signal()
    set_wanted = Signal(str, str)
    """``builtin`` or ``generate``, and the name."""

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment = Experiment()
        self._facts: DataFacts | None = None
        self._problem = ""
        """What is wrong with the data, as it was found when they were read."""
        self.source, self.empty = SourceBox(), NoData()
        self.model, self.made = ModelBox(palette), MadeBox(palette)
        self.rows, self.length = RowsBox(palette), LengthBox(palette)
        self.columns = ColumnsModel()
        self.list = ColumnsView(self.columns, palette)
        self._lines = tuple(_line() for _ in range(3))
        self._strip = MessageStrip(palette)
        self._pages = QStackedWidget()
        self._build()
        self._connect()
        self.apply_theme(palette)
        self._show()

    @property
    def problem(self) -> str:
        """The sentence beneath the form; empty if nothing is wrong."""
        return self._strip.text

    # From outside

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the data and the model of ``experiment``; silent."""
        self._experiment = experiment
        self._show()

    def set_facts(self, facts: DataFacts | None) -> None:
        """What has been found in the table; None while it is being read."""
        self._facts, self._problem = facts, ""
        self._show_columns()
        self._show()

    def set_problem(self, problem: str) -> None:
        """Say what is wrong with the data or with the model that was asked for."""
        self._problem = problem
        self._say()
        if problem and self._facts is None and self._experiment.data is not None:
            self.source.size.setText("It cannot be used as it is.")

    def set_busy(self, busy: bool) -> None:
        """The program of another model is being written."""
        self.model.summary.setText("Writing its program…") if busy else self.model.display(
            self._experiment.model
        )

    def apply_theme(self, palette: Palette) -> None:
        """Paint with another palette."""
        for part in (self.list, self.model, self.made, self._strip):
            part.apply_theme(palette)
        for box in (self.rows, self.length):
            for control in box.controls.values():
                control.apply_theme(palette)
        for line in self._lines:
            line.setStyleSheet(f"background: {palette.border};")
        self.list.setStyleSheet(f"QTableView {{ border: 1px solid {palette.border}; border-radius: 4px; }}")

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 44 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(28 * GRID, 12 * GRID)

    # Layout

    def _build(self) -> None:
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        inside = QWidget()
        inside.setBackgroundRole(QPalette.ColorRole.Base)
        column = QVBoxLayout(inside)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID - 2)
        first, second, third = self._lines
        for part in (
            *(self.source, self.made, first, self.model, second),
            *(self.list, self.rows, third, self.length),
        ):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(scroll)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._pages, 1)
        whole.addWidget(self._strip)

    def _connect(self) -> None:
        self.source.import_wanted.connect(self.import_wanted)
        for box in (self.source, self.empty):
            box.open_wanted.connect(self.open_wanted)
            box.set_wanted.connect(self.set_wanted)
        self.model.chosen.connect(self._on_model)
        self.columns.changed.connect(self._on_columns)
        self.columns.kind_wanted.connect(self._on_kind)
        for box in (self.rows, self.made):
            box.settled.connect(self._on_rows)
        self.length.epochs.settled.connect(self._on_epochs)
        self.length.evaluate_every.settled.connect(self._on_looks)
        self.length.patience.settled.connect(self._on_looks)
        for box in (self.model, self.rows, self.made, self.length):
            box.problem_changed.connect(self._say)

    def _show(self) -> None:
        """The experiment's values into the controls."""
        spec, run, facts = self._experiment.data, self._experiment.run, self._facts
        self._pages.setCurrentIndex(int(spec is not None))
        if spec is None:
            self._problem = ""
        else:
            self.source.display(spec, facts)
            self.made.display(spec)
            self.model.display(self._experiment.model)
            self.rows.display(spec)
            self.length.display(run, facts and facts.epochs(run.steps, spec.batch_size))
            self.list.setVisible(facts is not None)
        self._say()

    def _show_columns(self) -> None:
        spec, facts = self._experiment.data, self._facts
        if spec is None or facts is None:
            return
        usable = [name for name, kind in zip(facts.columns, facts.kinds, strict=True) if kind != "text"]
        features = spec.features or tuple(name for name in usable if name != facts.target)
        self.columns.show_use(facts.columns, facts.kinds, features, facts.target)
        shown = min(len(facts.columns), _MOST_COLUMNS)
        head, row = self.list.horizontalHeader().sizeHint().height(), self.list.verticalHeader()
        self.list.setFixedHeight(head + shown * row.defaultSectionSize() + 4)

    def _say(self) -> None:
        """What is wrong with a field, or else with the data."""
        problems = self.model.problems()
        for box in (self.rows, self.made, self.length):
            problems += [
                f"{name.replace('_', ' ')} {control.problem}"
                for name, control in box.controls.items()
                if control.problem
            ]
        own = f"{problems[0][:1].upper()}{problems[0][1:]}." if problems else ""
        self._strip.set_message(own or self._problem)

    # Edits

    def _on_model(self, model: ModelSpec | None) -> None:
        self._problem = ""
        self.experiment_changed.emit(replace(self._experiment, model=model))

    def _on_columns(self) -> None:
        """Features and target as they are marked in the list; the last feature stays."""
        spec, facts, model = self._experiment.data, self._facts, self.columns
        if spec is None or facts is None or not model.names:
            return
        if not model.features:
            self._show_columns()
            self.set_problem("At least one column is a feature.")
            return
        features = () if model.takes_all() else model.chosen()
        self._change(replace(spec, features=(), target=None), features=features, target=model.target or None)

    def _on_kind(self, name: str, kind: Kind) -> None:
        spec = self._experiment.data
        assert spec is not None
        self._change(spec, types={**spec.types, name: kind})

    def _on_rows(self) -> None:
        spec = self._experiment.data
        if spec is not None:
            self._change(spec, settings=self.made.values(spec), **self.rows.values())

    def _change(self, spec: DataSpec, **changes: object) -> None:
        """Other data, if they make sense and are others."""
        try:
            changed = replace(spec, **changes)  # type: ignore[arg-type]
        except ExperimentError as error:
            self.set_problem(f"{error.message[:1].upper()}{error.message[1:]}.")
            return
        if changed == self._experiment.data:
            self._show_columns()  # a set that names its target keeps it
            return
        self._problem = ""
        self.experiment_changed.emit(replace(self._experiment, data=changed))

    def _on_epochs(self) -> None:
        spec, facts = self._experiment.data, self._facts
        if spec is not None and facts is not None:
            self._change_run(steps=facts.steps(self.length.epochs.value, spec.batch_size))

    def _on_looks(self) -> None:
        self._change_run(evaluate_every=self.length.evaluate_every.given, patience=self.length.patience.given)

    def _change_run(self, **changes: int | None) -> None:
        try:
            run = replace(self._experiment.run, **changes)  # type: ignore[arg-type]
        except ExperimentError as error:
            self.set_problem(f"{error.message[:1].upper()}{error.message[1:]}.")
            return
        if run != self._experiment.run:
            self.experiment_changed.emit(replace(self._experiment, run=run))


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    return line
