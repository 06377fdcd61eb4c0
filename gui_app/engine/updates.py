"""From gradients to the next parameters, as the loop that one would write does it: clip, step, schedule.

torch.nn.utils.clip_grad_norm_(parameters, amount)
optimizer.step()
scheduler.step()
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.frames import FrameValue
from gui_app.core.schedule_rules import Schedule
from gui_app.engine.clipping import Clipping
from gui_app.engine.frames import packed, under, unpacked
from gui_app.engine.optimizers import Optimizer
from gui_app.engine.problem import Problem


class Updates(ABC):
    """An optimizer at work: its settings, which a schedule or the user may change, and what it remembers."""

    accumulates = True
    """Whether ``.grad`` may be the sum of several steps' gradients."""

    def __init__(self, spec: OptimizerSpec) -> None:
        self.spec = spec
        self.group: dict[str, Any] = {}
        """The settings as the next update uses them: torch's param_group."""
        self._begin()

    def _begin(self) -> None:
        """The settings as they are given, the schedule at its start."""
        self.group = dict(self.spec.complete())
        schedule = self.spec.schedule
        self._schedule = None if schedule is None else Schedule(schedule, self.group)

    @abstractmethod
    def step(self, rows: Sequence[Tensor], absent: Sequence[bool] | None, loss: Tensor) -> None:
        """One update of the parameters from flat gradients, one for each store.

        ``absent`` says which leaves have no gradient (``None``: each has one); ``loss`` is that of this step.
        """

    def change(self, spec: OptimizerSpec) -> None:
        """Other settings of the same optimizer from the next update on; what it remembers stays.

        Only what differs is set, as ``group["lr"] = …`` would; a schedule goes on from there. Another schedule
        begins anew, from the settings that are given.
        """
        before, self.spec = self.spec, spec
        if spec.schedule != before.schedule:
            self._begin()
        else:
            old = before.complete()
            self.group |= {key: value for key, value in spec.complete().items() if value != old[key]}
        self._settle()

    @property
    def clipped(self) -> Sequence[Tensor] | None:
        """The gradient of each leaf as the newest update has clipped it; ``None`` where nothing is clipped."""
        return None

    @abstractmethod
    def _settle(self) -> None:
        """``group`` or ``spec`` has other settings: the next update uses them."""

    def _advance_schedule(self, loss: Tensor) -> None:
        if self._schedule is not None:
            self._schedule.step(self.group, loss)
            self._settle()

    def state(self) -> dict[str, FrameValue]:
        """Everything that the next updates depend on besides parameters and gradients."""
        schedule = {} if self._schedule is None else self._schedule.state
        return packed("group", self.group) | packed("schedule", schedule)

    def load(self, state: Mapping[str, FrameValue]) -> None:
        """Go back to such a state, of the same spec."""
        self.group = under("group", state)
        if self._schedule is not None:
            self._schedule.state = under("schedule", state)
        self._settle()


class FlatUpdates(Updates):
    """The rules of our own, each over one flat tensor of parameters."""

    def __init__(self, spec: OptimizerSpec, problem: Problem) -> None:
        super().__init__(spec)
        self._problem = problem
        self._stores = problem.stores
        self._optimizers = [
            Optimizer(spec, store.extents, [leaf.shape for leaf in store.leaves]) for store in self._stores
        ]
        self._clip = self._clipping()
        self._settle()

    def _clipping(self) -> Clipping | None:
        names = [spec.name for spec in self._problem.experiment.trained]
        return None if self.spec.clip is None else Clipping(self.spec.clip, self._stores, names)

    @property
    def clipped(self) -> Sequence[Tensor] | None:
        """See Updates."""
        return None if self._clip is None else self._clip.views

    def step(self, rows: Sequence[Tensor], absent: Sequence[bool] | None, loss: Tensor) -> None:
        """See Updates."""
        if self._clip is not None:
            rows = self._clip(rows, absent)
        first = 0
        for optimizer, store, row in zip(self._optimizers, self._stores, rows, strict=True):
            end = first + len(store.leaves)
            present = None if absent is None else [not gone for gone in absent[first:end]]
            optimizer.step(store.flat, row, present)
            first = end
        self._advance_schedule(loss)

    def change(self, spec: OptimizerSpec) -> None:
        """See Updates."""
        super().change(spec)
        self._clip = self._clipping()

    def _settle(self) -> None:
        for optimizer in self._optimizers:
            optimizer.use(self.group)

    def state(self) -> dict[str, FrameValue]:
        """See Updates. The memory of the j-th group of the i-th store is under ``memory/i/j``."""
        found = super().state()
        for i, optimizer in enumerate(self._optimizers):
            found[f"groups/{i}"] = len(optimizer.memories)
            for j, memory in enumerate(optimizer.memories):
                found |= packed(f"memory/{i}/{j}", memory)
        return found

    def load(self, state: Mapping[str, FrameValue]) -> None:
        """See Updates."""
        super().load(state)
        for i, (optimizer, store) in enumerate(zip(self._optimizers, self._stores, strict=True)):
            count = state[f"groups/{i}"]
            assert isinstance(count, int)
            optimizer.recall(
                [unpacked(f"memory/{i}/{j}", state, store.dtype, store.flat.device) for j in range(count)]
            )
