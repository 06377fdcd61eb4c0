"""Between the forms and the data: tables are read and programs of models are written off the GUI thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gui_app.core.data import DataSpec, ModelSpec
from gui_app.core.events import Event
from gui_app.core.experiment import Experiment, ExperimentError, ParameterSpec
from gui_app.core.fault import Fault
from gui_app.core.runner import Answer, Asker
from gui_app.core.session import Session
from gui_app.files.completing import with_columns
from gui_app.files.errors import FileError
from gui_app.files.experiment import read_experiment
from gui_app.ui.data.beginning import begun, remade
from gui_app.ui.data.form import DataForm
from gui_app.ui.data.reading import DataFacts, read

FACTS, MADE, OPENED = "facts of data", "model of data", "table"
_MOST_TEXTS = 50


@dataclass(frozen=True, slots=True)
class _Made:
    """A program has been written for the experiment."""

    experiment: Experiment
    facts: DataFacts
    before: Experiment
    """What was open when it was asked for."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What belonged to a program's text when another took its place."""

    model: ModelSpec | None
    parameters: tuple[ParameterSpec, ...]
    data: DataSpec | None


class DataLink:
    """Keeps the form and the program of the model in line with the data of the open experiment."""

    def __init__(
        self,
        form: DataForm,
        session: Session,
        mailbox: deque[Event | Answer],
        edit: Callable[[Experiment], None],
    ) -> None:
        self._form, self._session, self._edit = form, session, edit
        self._asker = Asker(mailbox, "data")
        self._read: object = None
        """What the facts in the form belong to."""
        self._names: tuple[str, ...] = ()
        """The columns of that table that can be used, where they are known."""
        self._source = ""
        self._opening: Callable[[Experiment], None] | None = None
        self._failing: Callable[[Fault], None] | None = None
        self._texts: dict[str, _Text] = {}
        """Programs that have been written or replaced here: when one comes back, so does what belonged to it."""
        form.experiment_changed.connect(self._on_form_changed)

    def show(self) -> None:
        """Hand the open experiment to the form; what is known about its table follows."""
        experiment = self._session.experiment
        self._form.set_experiment(experiment)
        wanted = _facts_of(experiment)
        if wanted == self._read:
            self._tell_names()
            return
        self._read, self._names = wanted, ()
        source = experiment.data.source if experiment.data else ""
        if source != self._source:  # else the form is kept as it is until more is known
            self._form.set_facts(None)
        self._source = source
        if experiment.data is None:
            self._asker.forget(FACTS)
        else:
            self._ask(FACTS, lambda cancelled: read(experiment, cancelled).facts)

    def open(
        self,
        experiment: Experiment,
        then: Callable[[Experiment], None],
        failed: Callable[[Fault], None],
    ) -> None:
        """Read the table of an experiment, give it a model if it has no program, and hand it on."""
        self._opening, self._failing = then, failed

        def work(cancelled: Callable[[], bool]) -> object:
            found = read(experiment, cancelled)
            return with_columns(experiment if experiment.program.strip() else begun(experiment, found.data))

        self._ask(OPENED, work)

    def open_file(
        self, path: Path, then: Callable[[Experiment], None], failed: Callable[[Fault], None]
    ) -> None:
        """Read an experiment file, which may leave its program and its steps to its data."""
        self._opening, self._failing = then, failed

        def work(_cancelled: Callable[[], bool]) -> object:
            try:
                return with_columns(read_experiment(path))
            except FileError as error:
                return Fault(str(error))

        self._ask(OPENED, work)

    def change(self, experiment: Experiment) -> None:
        """The data or the model of the open experiment are to be these."""
        self._on_form_changed(experiment)

    def typed(self, experiment: Experiment, text: str) -> Experiment:
        """The experiment whose program has been typed anew: it has no model, unless the text of one has come back.

        With the text of a model come the columns that it was written for.
        """
        self._asker.forget(MADE)
        self._form.set_busy(False)
        self._remember(experiment)
        known = self._texts.get(text)
        if known is None or known.data is None or experiment.data is None:
            return replace(experiment, program=text, model=None)
        data = _with_columns(experiment.data, known.data)
        return replace(experiment, program=text, model=known.model, parameters=known.parameters, data=data)

    def forget(self) -> None:
        """Another experiment is open."""
        self._texts.clear()
        self._asker.forget(MADE)

    def take(self, answer: Answer) -> bool:
        """What has been read or written; False if the answer is for somebody else."""
        if answer.key not in (FACTS, MADE, OPENED):
            return False
        if self._asker.is_current(answer):
            value = answer.value if answer.fault is None else answer.fault
            {FACTS: self._on_facts, MADE: self._on_made, OPENED: self._on_opened}[answer.key](value)
        return True

    def close(self) -> bool:
        """End the thread; True if it has ended."""
        return self._asker.close()

    def _ask(self, key: str, work: Callable[[Callable[[], bool]], object]) -> None:
        def guarded(cancelled: Callable[[], bool]) -> object:
            try:
                return work(cancelled)
            except (FileError, ExperimentError) as error:
                where = error.key if isinstance(error, FileError) else error.where
                return Fault(f"{error.message[:1].upper()}{error.message[1:].rstrip('.')}.", details=where)

        self._asker.ask(key, guarded)

    def _on_form_changed(self, experiment: Experiment) -> None:
        """An edit. Where model or columns are others now, the table is looked at first: a model's program is written
        anew, one that was typed may name other columns.
        """
        before = self._session.experiment
        same = experiment.model == before.model and _columns_of(experiment.data) == _columns_of(before.data)
        if same or experiment.data is None:
            self._asker.forget(MADE)
            self._edit(experiment)
            return
        self._form.set_busy(True)

        def work(cancelled: Callable[[], bool]) -> object:
            found = read(experiment, cancelled)
            if experiment.model is not None:
                made = remade(experiment, found.data, before)
            elif experiment.program.strip():
                made = experiment
            else:
                made = begun(experiment, found.data)
            return _Made(with_columns(made), found.facts, before)

        self._ask(MADE, work)

    def _on_facts(self, value: object) -> None:
        if isinstance(value, Fault):
            self._form.set_problem(value.message)
        elif isinstance(value, DataFacts):
            self._form.set_facts(value)
            usable = zip(value.columns, value.kinds, strict=True)
            self._names = tuple(name for name, kind in usable if kind != "text")
            self._tell_names()

    def _tell_names(self) -> None:
        """What is typed from now on can name the columns."""
        experiment = self._session.experiment
        if experiment.data is not None and self._names not in ((), experiment.data.columns):
            named = replace(experiment.data, columns=self._names)
            self._session.experiment = replace(experiment, data=named)

    def _on_made(self, value: object) -> None:
        """What has been changed elsewhere in the meantime stays."""
        self._form.set_busy(False)
        if not isinstance(value, _Made):
            self._form.set_experiment(self._session.experiment)
            self._form.set_problem(value.message if isinstance(value, Fault) else "")
            return
        made, before, now = value.experiment, value.before, self._session.experiment
        self._remember(now)
        self._read, self._source = _facts_of(made), made.data.source if made.data else ""
        self._on_facts(value.facts)
        self._edit(
            replace(
                now,
                program=made.program,
                parameters=made.parameters,
                data=made.data,
                model=made.model,
                optimizer=made.optimizer if now.optimizer == before.optimizer else now.optimizer,
                run=made.run if now.run == before.run else now.run,
            )
        )

    def _on_opened(self, value: object) -> None:
        then, failed = self._opening, self._failing
        self._opening = self._failing = None
        if isinstance(value, Fault) and failed is not None:
            failed(value)
        elif isinstance(value, Experiment) and then is not None:
            then(value)

    def _remember(self, experiment: Experiment) -> None:
        self._texts.pop(experiment.program, None)
        while len(self._texts) >= _MOST_TEXTS:
            del self._texts[next(iter(self._texts))]
        made = _Text(experiment.model, experiment.parameters, experiment.data)
        self._texts[experiment.program] = made


def _with_columns(spec: DataSpec, before: DataSpec) -> DataSpec:
    """The data with the columns that there were before; rows are used as they are now, unless the table is another."""
    if _columns_of(spec) == _columns_of(before):
        return spec
    if spec.source != before.source:
        return before
    used = ("standardize", "validation", "shuffle", "seed", "batch_size")
    return replace(before, **{name: getattr(spec, name) for name in used})


def _columns_of(spec: DataSpec | None) -> object:
    """What of the data a model's program depends on."""
    if spec is None:
        return None
    return replace(
        spec, standardize=False, validation=0.0, shuffle=False, seed=None, batch_size=None, missing="error"
    )


def _facts_of(experiment: Experiment) -> object:
    """What the facts about the data depend on."""
    spec = experiment.data
    if spec is None:
        return None
    return replace(spec, standardize=False, shuffle=False, batch_size=None), experiment.run.seed
