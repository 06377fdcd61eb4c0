"""A moment: step k of a record, as every view of it is handed."""

from __future__ import annotations

from dataclasses import dataclass

from gui_app.core.branch import Branch
from gui_app.core.experiment import Experiment
from gui_app.core.history import History


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Which step of which record is shown. The record may still grow; copy what goes to another thread."""

    experiment: Experiment
    """With the optimizer as it is set now; ``history.changes`` tells of earlier ones."""
    history: History | None
    """``None``: nothing has been evaluated yet."""
    step: int
    branch: Branch
    """Number, start and label of what is shown."""
    branches: tuple[Branch, ...] = ()
    """What else was recorded of this experiment."""
    is_script: bool = False
    """The program takes its steps itself: nobody else knows its loss or its optimizer."""
    diverged: str = ""
    """In words what was not finite at the newest step, if the run ended there."""

    @property
    def is_recorded(self) -> bool:
        """Whether there are numbers of this step."""
        return self.history is not None and 0 <= self.step <= self.history.last
