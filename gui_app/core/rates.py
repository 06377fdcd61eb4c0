"""The learning rate of each update, taken from the record: settings, changes and the schedule, replayed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.history import History
from gui_app.core.schedule_rules import Schedule, Settings


class Rates:
    """Replays the settings from step to step in the engine's own order of operations, and so to the same bits."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._at = 0
        self._spec = OptimizerSpec()
        self._group: Settings = {}
        self._schedule: Schedule | None = None

    def following(self, count: int) -> NDArray[np.float64]:
        """Of the next ``count`` updates: that from step 0 to step 1 first."""
        made = np.empty(count)
        changes = sorted(self._history.changes)
        done = 0
        while done < count:
            self._enter()
            ahead = next((step - self._at for step in changes if step > self._at), count)
            part = made[done : done + min(ahead, count - done)]
            self._fill(part)
            done += len(part)
        return made

    def _enter(self) -> None:
        """Take the settings that count from this step on."""
        if self._at == 0:
            self._begin(self._history.frames[0].optimizer)
        if (after := self._history.changes.get(self._at)) is not None:
            self._change(after)

    def _begin(self, spec: OptimizerSpec) -> None:
        self._spec, self._group = spec, dict(spec.complete())
        self._schedule = None if spec.schedule is None else Schedule(spec.schedule, self._group)

    def _change(self, after: OptimizerSpec) -> None:
        """Another optimizer or schedule begins anew; else only what differs is set."""
        before = self._spec
        if after.name != before.name or after.schedule != before.schedule:
            self._begin(after)
            return
        old, self._spec = before.complete(), after
        self._group |= {key: value for key, value in after.complete().items() if value != old[key]}

    def _fill(self, part: NDArray[np.float64]) -> None:
        """One after the other, without a change."""
        if self._schedule is None:
            part[:] = self._group["lr"]
        else:
            losses = self._history.losses[self._at : self._at + len(part)].tolist()
            for i, loss in enumerate(losses):
                part[i] = self._group["lr"]
                self._schedule.step(self._group, loss)
        self._at += len(part)
