"""torch's own LBFGS: each step evaluates the objective several times by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.frames import FrameValue
from gui_app.engine.frames import packed, unpacked
from gui_app.engine.problem import Problem
from gui_app.engine.updates import Updates

_LISTS = ("old_dirs", "old_stps", "ro")
"""What LBFGS remembers of several past updates, oldest first."""
_SCRATCH = "al"
"""Room that LBFGS keeps from step to step but never reads before it has written it."""


class LBFGSUpdates(Updates):
    """LBFGS as torch has it.

    Its model of the curvature is made of differences of gradients, so they are fresh even where they should
    accumulate. ``gradients`` gives those of a loss, one for each leaf.
    """

    accumulates = False

    def __init__(
        self,
        spec: OptimizerSpec,
        problem: Problem,
        gradients: Callable[[Tensor], Sequence[Tensor | None]],
    ) -> None:
        super().__init__(spec)
        self._problem, self._gradients = problem, gradients
        self._leaves = [leaf for store in problem.stores for leaf in store.leaves]
        self._in_order = [problem.leaves[trained.name] for trained in problem.experiment.trained]
        self._lbfgs = self._made({})

    def _made(self, memory: Mapping[str, Any]) -> torch.optim.LBFGS:
        """One with the present settings that remembers ``memory``."""
        settings = dict(self.group)
        if settings["line_search_fn"] == "none":
            settings["line_search_fn"] = None
        lbfgs = torch.optim.LBFGS(self._leaves, **settings)
        if memory:
            kept = {key: value for key, value in memory.items() if key != _SCRATCH}
            for name in _LISTS:
                if name in kept:
                    kept[name] = kept[name][-settings["history_size"] :]
            lbfgs.state[self._leaves[0]] = kept
        return lbfgs

    def _memory(self) -> dict[str, Any]:
        memory: dict[str, Any] = self._lbfgs.state.get(self._leaves[0], {})
        return memory

    def _settle(self) -> None:
        self._lbfgs = self._made(self._memory())

    def _advance_schedule(self, loss: Tensor) -> None:
        if self._schedule is not None:
            self._schedule.step(self.group, loss)
            self._lbfgs.param_groups[0]["lr"] = self.group["lr"]

    def step(self, rows: Sequence[Tensor], absent: Sequence[bool] | None, loss: Tensor) -> None:  # noqa: ARG002
        """See Updates; the gradients are taken anew. What the program prints is told of recorded evaluations only."""
        write, self._problem.write = self._problem.write, None
        try:
            self._lbfgs.step(self._closure)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise self._problem.failed_backward(error) from error
        finally:
            self._problem.write = write
        self._advance_schedule(loss)

    def _closure(self) -> float:
        loss = self._problem.loss()
        for leaf, gradient in zip(self._leaves, self._gradients(loss), strict=True):
            leaf.grad = gradient
        clip = self.spec.clip
        if clip is not None and clip.name == "norm":
            torch.nn.utils.clip_grad_norm_(self._in_order, clip.amount)
        elif clip is not None:
            torch.nn.utils.clip_grad_value_(self._in_order, clip.amount)
        return float(loss.detach())

    def state(self) -> dict[str, FrameValue]:
        """See Updates. Lists are under ``memory`` as arrays whose first axis is the list's."""
        memory = {key: value for key, value in self._memory().items() if key != _SCRATCH}
        for name in _LISTS:
            if memory.get(name):
                memory[name] = torch.stack(memory[name])
        return super().state() | packed("memory", {k: v for k, v in memory.items() if not _is_empty(v)})

    def load(self, state: Mapping[str, FrameValue]) -> None:
        """See Updates."""
        dtype = torch.cat([store.flat[:0] for store in self._problem.stores]).dtype
        memory = unpacked("memory", state, dtype, self._leaves[0].device)
        if "d" in memory:
            # Each its own memory: the last bits of a product of vectors depend on where they begin.
            memory |= {name: [row.clone() for row in memory.get(name, ())] for name in _LISTS}
        self._lbfgs.state[self._leaves[0]] = memory
        super().load(state)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, list) and not value)
