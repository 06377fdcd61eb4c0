"""What is chosen for each kind of experiment, and the way of drawing that follows from it."""

from __future__ import annotations

from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.ui.descent.along import Along
from gui_app.ui.descent.choice import Choice, first_choice
from gui_app.ui.descent.elements import Element, count, element_at, first_elements
from gui_app.ui.descent.mode import Mode
from gui_app.ui.descent.over import Over
from gui_app.ui.descent.plane import plane, told
from gui_app.ui.descent.record import Record
from gui_app.ui.descent.traces import LINES, Traces

HELD = "the others held at this step"


class Chosen:
    """Remembers, by names and shapes of the trained parameters, what was chosen; keeps the directions found."""

    def __init__(self) -> None:
        self.experiment = Experiment()
        self._choices: dict[object, Choice] = {}
        self._plane: list[Element] = []
        self._planned = 0
        """How many steps the directions were found from."""

    @property
    def shapes(self) -> object:
        """What experiments with the same choice have in common."""
        return tuple((spec.name, spec.shape) for spec in self.experiment.trained)

    @property
    def choice(self) -> Choice:
        """What is shown."""
        return self._choices.get(self.shapes) or first_choice(count(self.experiment))

    def choose(self, choice: Choice) -> None:
        """Show this from now on."""
        if (choice.axes, choice.seed) != (self.choice.axes, self.choice.seed):
            self._plane = []
        self._choices[self.shapes] = choice

    def set_experiment(self, experiment: Experiment) -> bool:
        """Another experiment; whether its parameters have other names or shapes."""
        before = self.shapes
        self.experiment = experiment
        if self.shapes == before:
            return False
        self._plane = []
        return True

    @property
    def is_directed(self) -> bool:
        """Whether the axes are directions."""
        return count(self.experiment) > 2 and self.choice.is_field and self.choice.axes != "numbers"

    def restart(self) -> bool:
        """Another run begins: its main directions are others. Whether there is another way of drawing."""
        if not self.is_directed or self.choice.axes == "random":
            return False
        self._plane = []
        return True

    def is_outgrown(self, history: History | None, *, settled: bool) -> bool:
        """Whether the directions should be found anew: of a path twice as long, or of any other once it rests."""
        length = len(history) if history is not None else 0
        if not self.is_directed or length == self._planned:
            return False
        if not self._plane:
            return True
        return self.choice.axes == "main" and (settled or length >= 2 * self._planned)

    def mode(self, history: History | None, step: int) -> Mode | None:
        """The way of drawing; None where there is nothing to draw, or to find directions from."""
        experiment, choice, total = self.experiment, self.choice, count(self.experiment)
        if total == 0:
            return None
        if choice.view == "curve":
            return Along(Record(first_elements(experiment, 1)))
        if not choice.is_field:
            record = Record(first_elements(experiment, LINES), gradients=choice.view == "gradients")
            return Traces(record, total)
        if not self.is_directed:
            elements = [element_at(experiment, column) for column in choice.columns]
            note = HELD if total > 2 else ""
            return Over(Record(elements), is_slice=total > 2, note=note, key=choice.key)
        if not self._plane:
            self._planned = len(history) if history is not None else 0
            self._plane = plane(experiment, history, step, choice)
        if not self._plane:
            return None
        return Over(Record(self._plane), is_slice=True, note=self.note(history), key=choice.key)

    def renew(self) -> None:
        """Find the directions anew the next time."""
        self._plane = []

    def note(self, history: History | None) -> str:
        """What directions leave out."""
        return told(self._plane, history) if self._plane else ""
