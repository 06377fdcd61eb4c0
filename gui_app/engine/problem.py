"""Experiment -> Problem: the objective as a function of parameters that live on a device.

The parameters of one dtype are views of one flat tensor, so that an update is one call, recording a step is
one copy, and going back to a step is one copy too.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault, Span
from gui_app.engine import vocabulary
from gui_app.engine.devices import EngineError, dtype_of, resolve
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import Program, check, compile_program
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import StopFlag, Stopped


class Listener(Protocol):
    """Is told what the expressions of a traced program are worth and what the program calls them."""

    def on_value(self, value: object, span: Span) -> None:
        """The expression at ``span`` has this value."""

    def on_name(self, name: str, value: object) -> None:
        """The program has assigned this value to ``name``."""


class Store:
    """All trained parameters of one dtype, as one flat tensor and as leaves that share its memory."""

    def __init__(self, specs: list[ParameterSpec], starts: dict[str, Tensor], dtype: torch.dtype) -> None:
        self.specs = specs
        self.dtype = dtype
        self.flat = torch.cat([starts[spec.name].reshape(-1) for spec in specs])
        ends = np.cumsum([spec.size for spec in specs]).tolist()
        self.extents = list(zip([0, *ends], ends, strict=False))
        self.leaves = [
            self.flat[first:last].view(spec.shape).detach().requires_grad_()
            for spec, (first, last) in zip(specs, self.extents, strict=True)
        ]


class Problem:
    """A compiled objective with its parameters at their start.

    Raises EngineError or ProgramError from the constructor where the experiment cannot work.
    """

    def __init__(self, experiment: Experiment, *, stop: StopFlag | None = None, traced: bool = False) -> None:
        self.experiment = experiment
        self.device = resolve(experiment.run.device)
        self.stop = stop or StopFlag(memory_mib=experiment.run.memory)
        self.listener: Listener | None = None
        self.write: Callable[[str], None] | None = None
        """Is given what the program prints; ``None``: nobody reads it."""
        names = [spec.name for spec in experiment.parameters]
        self.program: Program = compile_program(experiment.program, vocabulary.words(), names, traced=traced)
        self._generator = torch.Generator().manual_seed(experiment.run.seed)
        self.step = 0
        """The step that is evaluated: dropout takes another share at each."""
        self._masks = torch.Generator()
        effects = Effects(self._generator, self._masks, self._on_printed)
        namespace = vocabulary.namespace(dtype_of(experiment.run.dtype), str(self.device), effects)
        self.function: Callable[..., object] = self.program.bind(
            namespace, self.stop, on_value=self._on_value, on_name=self._on_name
        )
        starts = start_values(experiment, self.device, self._generator)
        self._drawn = self._generator.get_state() if self.program.draws else None
        starts |= self._declared_starts(namespace, starts)
        self.stores = self._make_stores(starts)
        self.leaves = {
            spec.name: leaf
            for store in self.stores
            for spec, leaf in zip(store.specs, store.leaves, strict=True)
        }
        self.arguments = [self.leaves.get(name, starts[name]) for name in names]
        self.columns = tuple(name for spec in experiment.trained for name in spec.element_names())
        self._order = self._column_order()

    def _make_stores(self, starts: dict[str, Tensor]) -> list[Store]:
        by_dtype: dict[torch.dtype, list[ParameterSpec]] = {}
        for spec in self.experiment.trained:
            by_dtype.setdefault(starts[spec.name].dtype, []).append(spec)
        return [Store(specs, starts, dtype) for dtype, specs in by_dtype.items()]

    def _declared_starts(
        self, namespace: Mapping[str, object], starts: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Random starts that the text declares, drawn in the order in which the program draws."""
        experiment = self.experiment
        random = {
            spec.name
            for spec in experiment.parameters
            if spec.distribution and spec.distribution.seed is None
        }
        declared = check(experiment.program, vocabulary.words(), list(starts)).declared
        names = random & {each.spec.name for each in declared}
        if not names:
            return {}
        found: dict[str, Tensor] = {}
        program = compile_program(experiment.program, vocabulary.words(), list(starts), declaring=True)

        def on_declared(name: str, value: object) -> None:
            if isinstance(value, Tensor):
                found[name] = value

        function = program.bind(namespace, self.stop, on_declared=on_declared)
        # The draws that a declaration stands for were not made yet where it is the text that declares.
        self._generator.manual_seed(experiment.run.seed)
        start_values(experiment, self.device, self._generator, without=names)
        if self._drawn is not None:
            self._drawn = self._generator.get_state()
        try:
            function(*starts.values())
        except Exception:  # what is wrong with the program is told where it is evaluated
            return {}
        return {name: found[name].detach().to(starts[name]) for name in names & found.keys()}

    def _on_printed(self, text: str) -> None:
        if self.write is not None:
            self.write(text)

    def _on_value(self, value: object, span: Span) -> None:
        if self.listener is not None:
            self.listener.on_value(value, span)

    def _on_name(self, name: str, value: object) -> None:
        if self.listener is not None:
            self.listener.on_name(name, value)

    def _column_order(self) -> NDArray[np.intp] | None:
        """Where each column stands in the stores laid end to end; ``None`` where they already agree."""
        if len(self.stores) <= 1:
            return None
        stored = [name for store in self.stores for spec in store.specs for name in spec.element_names()]
        place = {name: index for index, name in enumerate(stored)}
        return np.array([place[name] for name in self.columns])

    def in_columns(self, parts: list[NDArray[np.floating]]) -> NDArray[np.floating]:
        """Rows of each store, (…, size), as rows in the order of ``columns``."""
        if self._order is None:
            return parts[0]
        joined: NDArray[np.floating] = np.concatenate(parts, axis=-1)[..., self._order]
        return joined

    def load(self, row: NDArray[np.floating]) -> None:
        """Set the trained parameters to a recorded row, (columns,)."""
        stored = row if self._order is None else row[np.argsort(self._order)]
        first = 0
        with torch.no_grad():
            for store in self.stores:
                part = np.array(stored[first : first + len(store.flat)])
                store.flat.copy_(torch.from_numpy(part))
                first += len(store.flat)

    def evaluate(self, arguments: Sequence[Tensor]) -> object:
        """What the program gives at these values; what it draws is the same at every call. Raises as it does."""
        if self._drawn is not None:
            self._generator.set_state(self._drawn)
            self._masks.manual_seed(self.experiment.run.seed + self.step)
        return self.function(*arguments)

    def value(self) -> object:
        """What the program gives at the parameters' present values. Raises ProgramError where it fails."""
        try:
            return self.evaluate(self.arguments)
        except Stopped as stopped:
            if self.stop.is_set:
                raise
            raise ProgramError(explain(stopped, self.program)) from stopped
        except Exception as error:
            raise ProgramError(explain(error, self.program)) from error

    def loss(self) -> Tensor:
        """The value as a loss: one number that depends on a trained parameter. Raises ProgramError if not."""
        return self.checked(self.value())

    def checked(self, value: object) -> Tensor:
        """``value`` if gradients can be taken of it."""
        span = self.program.last
        if not isinstance(value, Tensor) or not value.requires_grad:
            raise ProgramError(
                Fault(
                    "The last line does not depend on any parameter that is trained, so there is no gradient.",
                    span,
                    "Let the last line be the loss, computed from the parameters.",
                )
            )
        if value.numel() != 1:
            raise ProgramError(
                Fault(
                    f"The loss must be one number, but the last line has shape {tuple(value.shape)}.",
                    span,
                    "Reduce it with .sum() or .mean().",
                )
            )
        return value

    def failed_backward(self, error: RuntimeError) -> ProgramError:
        """What PyTorch says against a backward pass, as a ProgramError."""
        return ProgramError(explain(error, self.program))


def start_values(
    experiment: Experiment, device: torch.device, shared: torch.Generator, without: Container[str] = ()
) -> dict[str, Tensor]:
    """Every parameter's start as a tensor on ``device``.

    Random starts are drawn on the CPU, so that they are the same everywhere: from a generator of their own
    where the parameter has a seed, else from the run's, ``shared``, one after the other.
    """
    starts = {}
    for spec in experiment.parameters:
        if spec.name in without:
            continue
        dtype = dtype_of(spec.dtype or experiment.run.dtype)
        try:
            starts[spec.name] = _start(spec, dtype, shared).to(device)
        except (RuntimeError, TypeError, MemoryError) as error:
            name = str(dtype).removeprefix("torch.")
            message = f"The start of {spec.name} cannot be made as {name} on {device}."
            raise EngineError(
                Fault(message, hint="Change its start, shape or dtype.", details=str(error))
            ) from error
    return starts


def _start(spec: ParameterSpec, dtype: torch.dtype, shared: torch.Generator) -> Tensor:
    drawn = spec.distribution
    if drawn is None:
        # Through float64, so that a decimal is rounded once, to the parameter's own precision.
        return torch.tensor(spec.value, dtype=torch.float64).to(dtype)
    generator = shared if drawn.seed is None else torch.Generator().manual_seed(drawn.seed)
    tensor = torch.empty(spec.shape, dtype=dtype)
    if drawn.name == "normal":
        return tensor.normal_(drawn.first, drawn.second, generator=generator)
    return tensor.uniform_(drawn.first, drawn.second, generator=generator)


def widest(dtypes: Iterable[torch.dtype]) -> str:
    """The numpy dtype that holds all of these exactly."""
    return "float64" if torch.float64 in set(dtypes) else "float32"
