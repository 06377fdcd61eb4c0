"""The descent: a generator that takes steps, records each of them, and reports in stretches.

Step 0 is the start. Step k is what k updates have led to: the parameters, and the loss and the gradient there.
Recording is a copy into scratch rows that are handed out, once per stretch, as arrays of their own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.events import Diverged, Event, Failed, Finished, Started, StepsTaken
from gui_app.core.experiment import Experiment
from gui_app.core.runner import Allowance, Run
from gui_app.engine.backward import Backward
from gui_app.engine.devices import EngineError
from gui_app.engine.optimizers import Optimizer
from gui_app.engine.problem import Problem, Store, widest
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag, Stopped

SCRATCH_ELEMENTS = 2**18
MOST_ROWS = 1024


def descend(experiment: Experiment, *, run: int = 0, stop: StopFlag | None = None) -> Run:
    """Run the experiment: Started first, then StepsTaken for each allowance sent, then how it ended.

    After Finished the run can go on if it is sent an allowance with ``beyond``. Raising the stop flag ends the
    generator without a further event.
    """
    try:
        problem = Problem(experiment, stop=stop)
        descent = LBFGSDescent(problem) if experiment.optimizer.name == "LBFGS" else Descent(problem)
        yield Started(run, problem.columns, descent.dtype, str(problem.device))
        yield from _steps(descent, run, experiment.run.steps)
    except (EngineError, ProgramError) as error:
        yield Failed(run, error.fault)
    except Stopped:
        return


def _steps(descent: Descent, run: int, planned: int) -> Run:
    """Step 0, then as many steps as each allowance permits."""
    event: Event
    event, trouble = descent.start(run)
    while True:
        allowance = (yield event) or Allowance()
        if trouble:
            yield Diverged(run, descent.step, trouble)
            return
        if isinstance(event, Finished) and not allowance.beyond:
            return
        left = allowance.steps if allowance.beyond else min(allowance.steps, planned - descent.step)
        if left > 0:
            event, trouble = descent.take(run, left, allowance.seconds)
        else:
            event = Finished(run, descent.step)


class Scratch:
    """Rows for one store's parameters and gradients, with views in each parameter's shape."""

    def __init__(self, store: Store, rows: int) -> None:
        size = (rows, len(store.flat))
        self.parameters = torch.empty(size, dtype=store.dtype, device=store.flat.device)
        self.gradients = torch.empty(size, dtype=store.dtype, device=store.flat.device)
        self.parameter_rows = self.parameters.unbind(0)
        self.gradient_rows = self.gradients.unbind(0)
        self.gradient_views = [
            [
                row[first:last].view(leaf.shape)
                for (first, last), leaf in zip(store.extents, store.leaves, strict=True)
            ]
            for row in self.gradient_rows
        ]


class Descent:
    """Takes the steps of one problem. Row 0 of the scratch is the step that the last stretch ended at."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.step = 0
        self.dtype = widest(store.dtype for store in problem.stores)
        self._stores = problem.stores
        self._leaves = [leaf for store in self._stores for leaf in store.leaves]
        self._backward = Backward(self._leaves)
        elements = max(1, sum(len(store.flat) for store in self._stores))
        self._rows = max(2, min(MOST_ROWS, SCRATCH_ELEMENTS // elements))
        self._scratch = [Scratch(store, self._rows) for store in self._stores]
        precise = torch.float32 if problem.device.type == "mps" else torch.float64
        self._losses = torch.empty(self._rows, dtype=precise, device=problem.device)
        self._loss_rows = self._losses.unbind(0)
        self._accumulate = not problem.experiment.run.clear_gradients
        self._absent: dict[int, list[bool]] = {}
        self._optimizers = self._make_optimizers()

    def _make_optimizers(self) -> list[Optimizer]:
        spec = self.problem.experiment.optimizer
        return [Optimizer(spec, store.extents) for store in self._stores]

    def start(self, run: int) -> tuple[StepsTaken, str]:
        """Evaluate and record the start; returns the event and what is not finite in it, in words."""
        self._evaluate(0)
        return self._report(run, 0, 1, 0.0)

    def take(self, run: int, steps: int, seconds: float) -> tuple[StepsTaken, str]:
        """Take up to ``steps`` steps, or as many as fit into ``seconds`` (at least one)."""
        steps = min(steps, self._rows - 1)
        begin = time.perf_counter()
        end = begin + seconds
        taken = 0
        while taken < steps:
            self._update(taken)
            taken += 1
            self._evaluate(taken)
            if time.perf_counter() > end:
                break
        spent = time.perf_counter() - begin
        event, trouble = self._report(run, 1, taken + 1, spent)
        self._carry(taken)
        return event, trouble

    def _update(self, at: int) -> None:
        """One update from the gradient in row ``at``."""
        for optimizer, store, scratch in zip(self._optimizers, self._stores, self._scratch, strict=True):
            optimizer.step(store.flat, scratch.gradient_rows[at], self._present(store, at))

    def _present(self, store: Store, at: int) -> list[bool] | None:
        """Which parameters of the store have a gradient in row ``at``; ``None``: all."""
        absent = self._absent.get(at)
        if absent is None:
            return None
        first = next(i for i, leaf in enumerate(self._leaves) if leaf is store.leaves[0])
        return [not gone for gone in absent[first : first + len(store.leaves)]]

    def _evaluate(self, at: int) -> None:
        """Record parameters, loss and gradient in row ``at``."""
        loss = self.problem.loss()
        gradients = self._gradients(loss)
        loss = loss.detach()
        self._loss_rows[at].copy_(loss if loss.dim() == 0 else loss.view(()))
        index, special = 0, self._accumulate
        for store, scratch in zip(self._stores, self._scratch, strict=True):
            scratch.parameter_rows[at].copy_(store.flat)
            for view in scratch.gradient_views[at]:
                gradient = gradients[index]
                if gradient is None:
                    special = True
                else:
                    view.copy_(gradient)
                index += 1
        if special:
            self._keep_or_mark(at, gradients)

    def _gradients(self, loss: Tensor) -> Sequence[Tensor | None]:
        try:
            return self._backward(loss)
        except RuntimeError as error:
            raise self.problem.failed_backward(error) from error

    def _keep_or_mark(self, at: int, gradients: Sequence[Tensor | None]) -> None:
        """What ``.grad`` holds where gradients accumulate, or where a parameter has not been used.

        Accumulating adds to what was there. A parameter that was not used keeps what it has, or has none (NaN
        in the record), and then the optimizer passes over it as torch.optim does.
        """
        before = self._absent.get(at - 1, [False] * len(gradients)) if at else [True] * len(gradients)
        views = [view for scratch in self._scratch for view in scratch.gradient_views[at]]
        previous = [view for scratch in self._scratch for view in scratch.gradient_views[max(at - 1, 0)]]
        absent = []
        for view, old, gradient, was_absent in zip(views, previous, gradients, before, strict=True):
            kept = self._accumulate and not was_absent
            if gradient is None:
                view.copy_(old) if kept else view.fill_(float("nan"))
            elif kept:
                torch.add(old, view, out=view)
            absent.append(gradient is None and not kept)
        if any(absent):
            self._absent[at] = absent

    def _carry(self, at: int) -> None:
        """Make row ``at`` row 0 of the next stretch."""
        for scratch in self._scratch:
            scratch.gradient_rows[0].copy_(scratch.gradient_rows[at])
        last = self._absent.get(at)
        self._absent = {} if last is None else {0: last}

    def _report(self, run: int, first: int, end: int, seconds: float) -> tuple[StepsTaken, str]:
        """Rows ``first`` … ``end - 1`` as an event, up to the first that is not finite; and that one in words."""
        losses = self._losses[first:end].to("cpu", torch.float64, copy=True).numpy()
        parameters = self.problem.in_columns(
            [_host(s.parameters[first:end], self.dtype) for s in self._scratch]
        )
        gradients = self.problem.in_columns(
            [_host(s.gradients[first:end], self.dtype) for s in self._scratch]
        )
        bad = {
            "loss": ~np.isfinite(losses),
            "parameters": ~np.isfinite(parameters).all(axis=1),
            "gradient": ~np.isfinite(gradients).all(axis=1),
        }
        for row in self._absent:
            if first <= row < end:
                bad["gradient"][row - first] = np.isinf(gradients[row - first]).any()
        trouble = ""
        any_bad = bad["loss"] | bad["parameters"] | bad["gradient"]
        if any_bad.any():
            at = int(any_bad.argmax())
            end = first + at + 1
            trouble = self._words(bad, at, losses, parameters, gradients)
        count = end - first
        if first:
            self.step += count
        event = StepsTaken(
            run,
            self.step - count + 1 if first else 0,
            losses[:count],
            parameters[:count],
            gradients[:count],
            seconds,
        )
        return event, trouble

    def _words(
        self,
        bad: dict[str, NDArray[np.bool_]],
        at: int,
        losses: NDArray[np.float64],
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating],
    ) -> str:
        """What is not finite in row ``at``."""
        if bad["loss"][at]:
            return f"the loss is {losses[at]}"
        rows, what = (parameters, "") if bad["parameters"][at] else (gradients, "the gradient of ")
        column = int((~np.isfinite(rows[at])).argmax())
        return f"{what}{self.problem.columns[column]} is {rows[at][column]}"


class LBFGSDescent(Descent):
    """torch's own LBFGS: each step evaluates the objective several times by itself.

    Its model of the curvature is made of differences of gradients, so they are fresh even where they should accumulate.
    """

    def _make_optimizers(self) -> list[Optimizer]:
        settings = self.problem.experiment.optimizer.complete()
        if settings["line_search_fn"] == "none":
            settings["line_search_fn"] = None  # type: ignore[assignment]
        self._accumulate = False
        self._lbfgs = torch.optim.LBFGS(self._leaves, **settings)  # type: ignore[arg-type]
        return []

    def _update(self, at: int) -> None:  # noqa: ARG002 - LBFGS takes its gradients itself
        try:
            self._lbfgs.step(self._closure)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise self.problem.failed_backward(error) from error

    def _closure(self) -> float:
        loss = self.problem.loss()
        for leaf, gradient in zip(self._leaves, self._gradients(loss), strict=True):
            leaf.grad = gradient
        return float(loss.detach())


def _host(rows: Tensor, dtype: str) -> NDArray[np.floating]:
    """Rows as a numpy array of their own."""
    wide = rows.detach().to(device="cpu", dtype=getattr(torch, dtype), copy=True)
    array: NDArray[np.floating] = wide.numpy()
    return array
