"""The typed text, the table of parameters and the experiment, kept in line with one another."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QTextCursor

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault
from gui_app.core.session import Session
from gui_app.language.names import Words
from gui_app.language.resolving import resolved, written
from gui_app.ui.views import Views


class ProgramLink:
    """Reads the text whenever it has changed, and writes it where a form has changed what the text says."""

    def __init__(self, views: Views, session: Session) -> None:
        self._views, self._session = views, session
        self.words: Words | None = None
        """The vocabulary; until the engine is warm only the syntax can be checked."""
        self.faults: tuple[Fault, ...] = ()
        """What keeps the program from being run."""
        self._declared: set[str] = set()
        """Parameters that the text made itself when it was read last: without their line nothing of them stays."""

    def read(self) -> None:
        """Mark what is wrong in the text; bring the experiment into line with it."""
        session, editor = self._session, self._views.editor
        experiment = session.experiment
        touched = [
            spec.name
            for spec in experiment.parameters
            if spec != ParameterSpec(spec.name) and spec.name not in self._declared
        ]
        experiment, checked = resolved(experiment, self.words, touched)
        self.faults = checked.faults if experiment.program.strip() else ()
        editor.set_faults(self.faults)
        if self.words is not None and not self.faults:
            self._declared = {each.spec.name for each in checked.declared}
            session.experiment = experiment
            session.is_script = checked.kind == "script"
            editor.set_kind(checked.kind)

    def write(self, experiment: Experiment) -> Experiment:
        """``experiment`` as a form has changed it, with a text that says the same; the editor shows that text."""
        before = self._session.experiment
        if self._session.is_script:  # what the forms show besides are its leaves, which only the text can set
            declared = {spec.name for spec in before.parameters}
            kept = tuple(spec for spec in experiment.parameters if spec.name in declared)
            experiment = replace(experiment, parameters=kept)
        experiment = written(before, experiment)
        if experiment.program == before.program:
            return experiment
        if experiment.model == before.model:
            self._views.editor.set_program(experiment.program)
        else:  # a model's program is typed in place of the old one, so that it can be undone
            self._session.experiment = experiment
            self._views.editor.replace_program(experiment.program)
            self._views.editor.area.moveCursor(QTextCursor.MoveOperation.Start)
        return experiment

    def show(self) -> None:
        """Hand the experiment to every view that shows it."""
        v, session = self._views, self._session
        shown, experiment = session.shown, session.experiment
        v.editor.set_parameters([spec.name for spec in shown.parameters])
        for view in (v.parameters, v.settings, v.notes, v.descent, v.loss):
            view.set_experiment(shown)
        for form in (v.settings, v.descent):
            form.set_script(session.is_script)
        if session.is_script:
            known = {spec.name for spec in experiment.parameters}
            v.parameters.set_read_only([spec.name for spec in shown.parameters if spec.name not in known])
        v.transport.set_device(experiment.run.device)
        v.actions["clear_gradients"].setChecked(experiment.run.clear_gradients)
