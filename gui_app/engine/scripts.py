"""Scripts: programs that do their own backward passes and updates.

Each backward pass is a step: the leaves that the program has named, as they are at that pass, their ``.grad`` after it,
and what was differentiated as the loss. A script runs on a thread of its own and halts before a backward pass once
enough has been recorded, so that what it prints after a pass is told with that pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.console import Console
from gui_app.core.events import Failed, Finished, Printed, Started, StepsTaken, Widened
from gui_app.core.experiment import Experiment, element_names
from gui_app.core.fault import Fault, Span
from gui_app.core.halting import Halting
from gui_app.core.precedence import WINDOW
from gui_app.core.runner import Allowance, Run
from gui_app.engine import vocabulary
from gui_app.engine.data import Data
from gui_app.engine.devices import EngineError, dtype_of, resolve
from gui_app.engine.vocabulary.effects import Effects, plain_backward
from gui_app.engine.vocabulary.module import Module
from gui_app.language.compiler import compile_program
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import Meter, StopFlag, Stopped
from gui_app.language.programs import names_in

MOST_ROWS = 1024
DTYPE = "float64"
"""Of rows: leaves of every dtype fit into it exactly."""
FIRST = Allowance(steps=1)

Pass = Callable[[], None]


class Leaves:
    """The tensors that a script has given names and that need no history of their own, as they are now."""

    def __init__(self) -> None:
        self._named: dict[str, Tensor] = {}
        self.newest: Tensor | None = None
        """The tensor with a history that was named last."""

    def on_name(self, name: str, value: object) -> None:
        """The program has set ``name``. A leaf keeps it until it is given to another leaf."""
        if isinstance(value, Module):
            self._named.update(value.named_weights(f"{name}."))
            return
        if not isinstance(value, Tensor):
            return
        if not value.is_leaf:
            self.newest = value
        elif value.is_floating_point():
            self._named[name] = value

    def tracked(self) -> dict[str, Tensor]:
        """Those that require a gradient; each tensor under its first name."""
        found, seen = {}, set()
        for name, tensor in self._named.items():
            if tensor.is_leaf and tensor.requires_grad and id(tensor) not in seen:
                seen.add(id(tensor))
                found[name] = tensor
        return found


class Script:
    """A compiled script and what it does. ``on_pass`` is asked to make each backward pass.

    Raises EngineError or ProgramError from the constructor where the experiment cannot work.
    """

    def __init__(self, experiment: Experiment, stop: StopFlag, *, traced: bool = False) -> None:
        self.device = resolve(experiment.run.device)
        self.leaves = Leaves()
        self.step = -1
        """The newest backward pass."""
        self.write: Callable[[str], None] = lambda _text: None
        self.on_pass: Callable[[Sequence[Tensor], Sequence[Tensor | None] | None, Pass], None]
        self.on_value: Callable[[object, Span], None] = lambda _value, _span: None
        self.on_name: Callable[[str, object], None] = lambda _name, _value: None
        self._stop = stop
        data = self._read(experiment)
        names = data.names if data else ()
        self._columns = data.whole("train") if data else ()
        self._program = compile_program(experiment.program, vocabulary.words(), (), traced, data=names)
        generator = torch.Generator().manual_seed(experiment.run.seed)
        effects = Effects(generator, None, lambda text: self.write(text), self._backward)
        namespace = vocabulary.namespace(dtype_of(experiment.run.dtype), str(self.device), effects)
        meter = namespace["meter"]
        assert isinstance(meter, Meter)
        self._meter = meter
        self._function = self._program.bind(
            namespace,
            stop,
            on_value=lambda value, span: self.on_value(value, span),
            on_name=self._named,
        )

    def _read(self, experiment: Experiment) -> Data | None:
        """The data that the program names: all rows that are not held out, in their order."""
        used = set(experiment.data.names if experiment.data else ()) & names_in(experiment.program)
        return Data(experiment, used, dtype_of(experiment.run.dtype), self.device) if used else None

    def _named(self, name: str, value: object) -> None:
        self.leaves.on_name(name, value)
        self.on_name(name, value)

    def _backward(
        self,
        tensors: Sequence[Tensor],
        gradients: Sequence[Tensor | None] | None,
        *,
        retain_graph: bool | None,
        create_graph: bool,
        inputs: Sequence[Tensor] | None,
    ) -> None:
        def make() -> None:
            plain_backward(
                tensors, gradients, retain_graph=retain_graph, create_graph=create_graph, inputs=inputs
            )
            self.step += 1

        self.on_pass(tensors, gradients, make)
        # The rounds, numbers and items of a script are bounded from one pass to the next. What is large stays guarded.
        self._stop.restart()
        self._meter.used = self._meter.items = 0

    def run(self) -> None:
        """Run to the end. Raises ProgramError, and Stopped if the stop flag is set."""
        try:
            self._function(*self._columns)
        except Stopped as stopped:
            if self._stop.is_set:
                raise
            raise ProgramError(explain(stopped, self._program)) from stopped
        except Exception as error:
            raise ProgramError(explain(error, self._program)) from error


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Some recorded steps that have the same columns."""

    columns: tuple[str, ...]
    losses: NDArray[np.float64]
    parameters: NDArray[np.floating]
    gradients: NDArray[np.floating]
    printed: tuple[Printed, ...]
    seconds: float


class Recorder:
    """Records the passes of a script, and hands them out in stretches where it halts."""

    def __init__(self, script: Script) -> None:
        self.halt: Callable[[Stretch], None]
        self.allowance = FIRST
        self._script = script
        self._form: tuple[tuple[str, torch.Size], ...] = ()
        self._columns: tuple[str, ...] = ()
        self._rows: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = []
        self._printed: list[Printed] = []
        self._console = Console()
        self._begun = time.perf_counter()
        script.on_pass, script.write = self._pass, self._write

    def _write(self, text: str) -> None:
        self._printed += self._console.take([Printed(max(self._script.step, 0), text)])
        if time.perf_counter() - self._begun > self.allowance.seconds:
            self.deliver()

    def _pass(self, tensors: Sequence[Tensor], gradients: Sequence[Tensor | None] | None, make: Pass) -> None:
        WINDOW.give_way()
        taken, spent = len(self._rows), time.perf_counter() - self._begun
        if taken >= min(self.allowance.steps, MOST_ROWS) or (taken and spent > self.allowance.seconds):
            self.deliver()
        make()
        leaves = self._script.leaves.tracked()
        form = tuple((name, leaf.shape) for name, leaf in leaves.items())
        if form != self._form:
            if self._rows:
                self.deliver()
            self._form = form
            self._columns = tuple(e for name, shape in form for e in element_names(name, tuple(shape)))
        slopes = [
            leaf.new_full(leaf.shape, np.nan) if leaf.grad is None else leaf.grad for leaf in leaves.values()
        ]
        self._rows.append((_worth(tensors, gradients), _row(leaves.values()), _row(slopes)))

    def deliver(self) -> None:
        """Hand out what is recorded and printed, if there is any."""
        rows, printed = self._rows, tuple(self._printed)
        if not rows and not printed:
            return
        self._rows, self._printed = [], []
        size = (len(rows), len(self._columns))
        self.halt(
            Stretch(
                self._columns,
                np.array([loss for loss, _, _ in rows]),
                np.concatenate([np.empty(0), *(values for _, values, _ in rows)]).reshape(size),
                np.concatenate([np.empty(0), *(slopes for _, _, slopes in rows)]).reshape(size),
                printed,
                time.perf_counter() - self._begun,
            )
        )
        self._begun = time.perf_counter()

    def finish(self) -> None:
        """The script has come to its end; one without a backward pass has one step all the same, for its graph."""
        if self._script.step < 0:
            newest = self._script.leaves.newest
            self._rows.append(
                (np.nan if newest is None else _worth([newest], None), np.empty(0), np.empty(0))
            )
        self.deliver()


def _worth(tensors: Sequence[Tensor], gradients: Sequence[Tensor | None] | None) -> float:
    """What is differentiated: the number itself, of a vector its product with the weights given."""
    total = 0.0
    for tensor, weight in zip(tensors, gradients or [None] * len(tensors), strict=True):
        part = tensor.detach() if weight is None else (tensor.detach() * weight.detach()).sum()
        total += float(part) if part.numel() == 1 else np.nan
    return total


def _row(tensors: Iterable[Tensor]) -> NDArray[np.float64]:
    """All elements, one tensor after the other."""
    parts = [tensor.detach().to("cpu", torch.float64).reshape(-1) for tensor in tensors]
    row: NDArray[np.float64] = torch.cat(parts).numpy() if parts else np.empty(0)
    return row


def run_script(
    experiment: Experiment,
    *,
    run: int,
    stop: StopFlag,
    told: Callable[[ProgramError], Fault],
    origin: Callable[[int], Fault | None],
) -> Run:
    """Run the script: Started first, then StepsTaken and Widened, then how it ended. See engine.descent.descend.

    ``told`` says what an error of the program means, ``origin`` where the first number came from that is not finite at
    a step: a script goes on with it, as PyTorch does, and the console tells it.
    """
    try:
        script = Script(experiment, stop)
    except (EngineError, ProgramError) as error:
        yield Failed(run, error.fault)
        return
    recorder = Recorder(script)

    def work(halt: Callable[[Stretch], None]) -> None:
        recorder.halt = halt
        try:
            script.run()
        except ProgramError:
            recorder.deliver()
            raise
        recorder.finish()

    halting = Halting("script", work)
    try:
        yield from _events(halting, recorder, run, str(script.device), origin)
    except ProgramError as error:
        yield Failed(run, told(error))
    except Stopped:
        return
    finally:
        halting.close()


def _events(
    halting: Halting[Stretch],
    recorder: Recorder,
    run: int,
    device: str,
    origin: Callable[[int], Fault | None],
) -> Run:
    """What each stretch of a script reports, and its end."""
    steps, warned = 0, False
    stretch = halting.advance()
    known = stretch.columns if stretch else ()
    yield Started(run, known, DTYPE, device)
    while stretch is not None:
        before = set(known)
        new = tuple(column for column in stretch.columns if column not in before)
        if new:
            known += new
            yield Widened(run, known)
        printed, bad = stretch.printed, np.isinf(stretch.gradients).any(axis=1) | ~np.isfinite(stretch.losses)
        if bad.any() and stretch.columns and not warned:
            warned, step = True, steps + int(bad.argmax())
            fault = origin(step)
            printed += () if fault is None else (Printed(step, f"Not finite: {fault}\n"),)
        event = StepsTaken(
            run,
            steps,
            stretch.losses,
            _spread(stretch.parameters, stretch.columns, known),
            _spread(stretch.gradients, stretch.columns, known),
            stretch.seconds,
            printed,
        )
        steps += len(stretch.losses)
        recorder.allowance = (yield event) or Allowance()
        stretch = halting.advance()
    allowance: Allowance | None = Allowance(beyond=True)
    while allowance is None or allowance.beyond:
        allowance = yield Finished(run, steps - 1)


def _spread(
    rows: NDArray[np.floating], columns: tuple[str, ...], known: tuple[str, ...]
) -> NDArray[np.floating]:
    """Rows (n, columns) with all ``known`` columns; NaN in those that they do not have."""
    if columns == known:
        return rows
    place = {column: index for index, column in enumerate(known)}
    wide = np.full((len(rows), len(known)), np.nan)
    wide[:, [place[column] for column in columns]] = rows
    return wide
