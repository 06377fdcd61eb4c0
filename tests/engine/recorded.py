"""A run as the window records it, with the frames that going on from a step needs."""

from __future__ import annotations

from gui_app.core.events import Diverged, Finished, Started, StepsTaken
from gui_app.core.experiment import Experiment
from gui_app.core.history import History
from gui_app.core.runner import Allowance
from gui_app.engine.descent import descend


def recorded(experiment: Experiment) -> History:
    """Everything up to its end, also if that is a divergence."""
    run = descend(experiment)
    started = next(run)
    assert isinstance(started, Started)
    history = History(started.columns, started.dtype)
    while not isinstance(event := run.send(Allowance(seconds=60.0)), Finished | Diverged):
        if isinstance(event, StepsTaken):
            history.extend(event.losses, event.parameters, event.gradients, event.frames)
    run.close()
    return history
