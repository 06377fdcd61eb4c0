"""The descent: a generator that takes steps, records each of them, and reports in stretches.

Step 0 is the start. Step k is what k updates have led to: the parameters, and the loss and the gradient there.
Recording is a copy into scratch rows that are handed out, once per stretch, as arrays of their own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from gui_app.core.console import Console
from gui_app.core.events import Changed, Diverged, Event, Failed, Finished, Printed, Started, StepsTaken
from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.fault import Fault
from gui_app.core.frames import Frame, Resume
from gui_app.core.precedence import WINDOW
from gui_app.core.runner import Allowance, Run
from gui_app.engine import vocabulary
from gui_app.engine.backward import Backward
from gui_app.engine.devices import EngineError
from gui_app.engine.frames import FrameClock, host
from gui_app.engine.lenses.culprit import told
from gui_app.engine.lenses.origin import origin, origin_in_script
from gui_app.engine.methods import updates_for
from gui_app.engine.metrics import Evaluator
from gui_app.engine.problem import Problem, widest
from gui_app.engine.scratch import Scratch, not_finite, on_host
from gui_app.engine.scripts import run_script
from gui_app.language.compiler import check
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag, Stopped

SCRATCH_ELEMENTS = 2**18
MOST_ROWS = 1024


def descend(
    experiment: Experiment, *, run: int = 0, stop: StopFlag | None = None, resume: Resume | None = None
) -> Run:
    """Run the experiment: Started first, then StepsTaken for each allowance sent, then how it ended.

    With data, an allowance may be answered by Evaluated instead; the steps follow with the next one.

    An allowance with other settings is answered by Changed, the next one by the steps. After Finished the run can go
    on if it is sent an allowance with ``beyond``. Raising the stop flag ends the generator without a further event.

    With ``resume`` the run goes on from there: the first step that it reports is ``resume.step``, as it was then.
    """
    stop = stop or StopFlag(memory_mib=experiment.run.memory)
    if check(experiment.program, vocabulary.words()).kind == "script":
        if resume is None:
            yield from run_script(
                experiment,
                run=run,
                stop=stop,
                told=lambda error: told(experiment, error, stop),
                origin=lambda step: origin_in_script(experiment, step, stop),
            )
        else:
            yield Failed(run, _NO_BRANCHES)
        return
    try:
        descent = Descent(Problem(experiment, stop=stop))
        yield Started(run, descent.problem.columns, descent.dtype, str(descent.problem.device))
        yield from _steps(descent, run, resume)
    except EngineError as error:
        yield Failed(run, error.fault)
    except ProgramError as error:
        yield Failed(run, told(experiment, error, stop))
    except Stopped:
        return


_OTHER_PARAMETERS = Fault(
    "The step to go on from has other parameters than the experiment has now.",
    hint="Run the experiment from its start.",
)
_NO_BRANCHES = Fault(
    "A script takes its steps itself, so it cannot go on from one of them with something changed.",
    hint="Change the script and run it from its start.",
)


def _steps(descent: Descent, run: int, resume: Resume | None) -> Run:
    """The first step, then as many as each allowance permits."""
    experiment = descent.problem.experiment
    event: Event
    event, trouble = descent.start(run, resume)
    wanted = experiment.optimizer
    evaluator = descent.evaluator
    while True:
        if evaluator and isinstance(event, StepsTaken) and not trouble and evaluator.is_due(descent.step):
            sent = (yield evaluator.at(run, descent.step)) or Allowance()
            wanted = sent.optimizer or wanted
        allowance = (yield event) or Allowance()
        wanted = allowance.optimizer or wanted
        if trouble and isinstance(event, StepsTaken):
            where = origin(experiment, event.parameters[-1], descent.problem.stop, descent.step)
            yield Diverged(run, descent.step, trouble, where)
            return
        if isinstance(event, Finished) and not allowance.beyond:
            return
        planned = 0 if evaluator and evaluator.has_waited_enough else experiment.run.steps - descent.step
        left = allowance.steps if allowance.beyond else min(allowance.steps, planned)
        if left <= 0:
            event = Finished(run, descent.step)
            continue
        if descent.change(wanted):
            allowance = (yield Changed(run, descent.step, wanted)) or allowance
            wanted = allowance.optimizer or wanted
        event, trouble = descent.take(run, max(1, min(left, allowance.steps)), allowance.seconds)


class Descent:
    """Takes the steps of one problem. Row 0 of the scratch is the step that the last stretch ended at.

    A stretch has fewer steps than ``most_rows``, which are at least 2.
    """

    def __init__(self, problem: Problem, most_rows: int = MOST_ROWS) -> None:
        self.problem = problem
        problem.write = self._on_printed
        self.step = 0
        self._printed: list[Printed] = []
        self._console = Console()
        self._row = 0
        """The row that is being evaluated."""
        self._told_from = 0
        """Steps before this one are taken silently."""
        self._frames = FrameClock()
        self.dtype = widest(store.dtype for store in problem.stores)
        self._stores = problem.stores
        self._leaves = [leaf for store in self._stores for leaf in store.leaves]
        self._backward = Backward(self._leaves)
        elements = max(1, sum(len(store.flat) for store in self._stores))
        self._rows = max(2, min(most_rows, SCRATCH_ELEMENTS // elements))
        self._scratch = [Scratch(store, self._rows) for store in self._stores]
        self._gradient_rows = [[s.gradient_rows[at] for s in self._scratch] for at in range(self._rows)]
        precise = torch.float32 if problem.device.type == "mps" else torch.float64
        self._losses = torch.empty(self._rows, dtype=precise, device=problem.device)
        self._loss_rows = self._losses.unbind(0)
        self._absent: dict[int, list[bool]] = {}
        self.evaluator = None if problem.data is None else Evaluator(problem)
        """What evaluates all rows of the data at intervals."""
        self._begin(problem.experiment.optimizer)

    def _begin(self, spec: OptimizerSpec) -> None:
        """Make the updates with ``spec``, from a fresh start of the optimizer."""
        self._updates = updates_for(spec, self.problem, self._gradients)
        self._accumulate = self._updates.accumulates and not self.problem.experiment.run.clear_gradients

    def change(self, spec: OptimizerSpec) -> bool:
        """Make the following updates with ``spec``; True if that is something else than before.

        Other settings of the same optimizer leave it what it remembers; another optimizer begins afresh.
        """
        before = self._updates.spec
        if spec == before:
            return False
        if spec.name == before.name:
            self._updates.change(spec)
        else:
            self._begin(spec)
        return True

    def _go_to(self, resume: Resume) -> None:
        """Go to the step to go on from: back to its frame, and from there forward as it was. Raises as the program."""
        if resume.row.shape != (len(self.problem.columns),):
            raise EngineError(_OTHER_PARAMETERS)
        self.problem.load(resume.row)
        self._told_from = self.step = resume.step
        frame = resume.frame
        if frame is None:
            self._evaluate(0)
            return
        self.step = frame.step
        self._begin(frame.optimizer)
        self._updates.load(frame.state)
        self._evaluate(0)
        self._take_up_gradients(frame)
        waits = self.evaluator if self.evaluator and self.evaluator.state() else None
        if waits:
            waits.load(frame.state)
        while self.step < resume.step:
            if self.problem.stop.is_set:
                raise Stopped("It was ended from outside.")
            if waits and waits.is_due(self.step):
                waits.at(0, self.step)
            self.change(resume.changes.get(self.step, self._updates.spec))
            self._update(0)
            self._evaluate(1)
            self._carry(1)
            self.step += 1
        if waits:
            waits.go_on_from(self.step)

    def _frame(self, at: int, step: int) -> Frame:
        """What is needed to go on from row ``at``, which is that step."""
        state = self._updates.state()
        if self._accumulate:
            state |= {f"gradient/{i}": host(s.gradient_rows[at]) for i, s in enumerate(self._scratch)}
            state["absent"] = tuple(self._absent.get(at, ()))
        if self.evaluator:
            state |= self.evaluator.state()
        return Frame(step, state, self._updates.spec)

    def _take_up_gradients(self, frame: Frame) -> None:
        """Put the kept ``.grad`` of a frame into row 0."""
        absent = frame.state.get("absent")
        if not self._accumulate or not isinstance(absent, tuple):
            return
        self._absent = {0: [bool(gone) for gone in absent]} if absent else {}
        for i, scratch in enumerate(self._scratch):
            scratch.gradient_rows[0].copy_(torch.tensor(frame.state[f"gradient/{i}"]))

    def _on_printed(self, text: str) -> None:
        if self.step + self._row >= self._told_from:
            self._printed += self._console.take([Printed(self.step + self._row, text)])

    def start(self, run: int, resume: Resume | None) -> tuple[StepsTaken, str]:
        """Record the first step; returns the event and what is not finite in it, in words."""
        if resume is None:
            self._evaluate(0)
        else:
            self._go_to(resume)
        return self._report(run, 0, 1, 0.0, (self._frame(0, self.step),))

    def take(self, run: int, steps: int, seconds: float) -> tuple[StepsTaken, str]:
        """Take up to ``steps`` steps, or as many as fit into ``seconds`` (at least one)."""
        due = self._frames.due(self.step)
        steps = min(steps, self._rows - 1, due - self.step)
        if self.evaluator is not None:
            steps = min(steps, self.evaluator.due(self.step) - self.step)
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
        self._frames.took(taken, spent)
        frames = (self._frame(taken, due),) if self.step + taken == due else ()
        event, trouble = self._report(run, 1, taken + 1, spent, frames)
        self._carry(taken)
        return event, trouble

    def _update(self, at: int) -> None:
        """One update from the gradient in row ``at``."""
        WINDOW.give_way()
        self._updates.step(self._gradient_rows[at], self._absent.get(at), self._loss_rows[at])

    def _evaluate(self, at: int) -> None:
        """Record parameters, loss and gradient in row ``at``."""
        self._row = at
        self.problem.step = self.step + at
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
        previous = self._updates.clipped
        if previous is None:
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
            scratch.carry(at)
        self._loss_rows[0].copy_(self._loss_rows[at])
        last = self._absent.get(at)
        self._absent = {} if last is None else {0: last}

    def _report(
        self, run: int, first: int, end: int, seconds: float, frames: tuple[Frame, ...]
    ) -> tuple[StepsTaken, str]:
        """Rows ``first`` … ``end - 1`` as an event, up to the first that is not finite; and that one in words."""
        losses = self._losses[first:end].to("cpu", torch.float64, copy=True).numpy()
        parameters = self.problem.in_columns(
            [on_host(s.parameters[first:end], self.dtype) for s in self._scratch]
        )
        gradients = self.problem.in_columns(
            [on_host(s.gradients[first:end], self.dtype) for s in self._scratch]
        )
        absent = [row - first for row in self._absent if first <= row < end]
        found = not_finite(self.problem.columns, losses, parameters, gradients, absent)
        count, trouble = (end - first, "") if found is None else (found[0] + 1, found[1])
        if first:
            self.step += count
        event = StepsTaken(
            run,
            self.step - count + 1,
            losses[:count],
            parameters[:count],
            gradients[:count],
            seconds,
            tuple(self._printed),
            () if trouble else frames,
        )
        self._printed.clear()
        return event, trouble
