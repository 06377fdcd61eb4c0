"""Experiment -> Problem: the objective as a function of parameters that live on a device.

The parameters of one dtype are views of one flat tensor, so that an update is one call, recording a step is
one copy, and going back to a step is one copy too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault, Span
from gui_app.engine import vocabulary
from gui_app.engine.data import Data, Split
from gui_app.engine.devices import dtype_of, resolve
from gui_app.engine.start_values import start_values
from gui_app.engine.vocabulary.effects import Effects
from gui_app.engine.vocabulary.module import Module
from gui_app.language.compiler import Program, check, compile_program
from gui_app.language.errors import ProgramError, explain
from gui_app.language.limits import StopFlag, Stopped
from gui_app.language.programs import names_in


class Listener(Protocol):
    """Is told what the expressions of a traced program are worth and what the program calls them."""

    def on_value(self, value: object, span: Span) -> None:
        """The expression at ``span`` has this value."""

    def on_name(self, name: str, value: object) -> None:
        """The program has assigned this value to ``name``."""


ALIGNED = 64
"""Bytes at multiples of which PyTorch lays tensors; products of others may end in other last bits."""


class Store:
    """All trained parameters of one dtype, as one flat tensor and as leaves that share its memory.

    Leaves of more than one element begin at multiples of ALIGNED; what lies between them is zero and stays unused.
    """

    def __init__(self, specs: list[ParameterSpec], starts: dict[str, Tensor], dtype: torch.dtype) -> None:
        self.specs = specs
        self.dtype = dtype
        self.extents: list[tuple[int, int]] = []
        every, end = ALIGNED // dtype.itemsize, 0
        for spec in specs:
            first = -(-end // every) * every if spec.size > 1 else end
            end = first + spec.size
            self.extents.append((first, end))
        self.flat = torch.zeros(end, dtype=dtype, device=starts[specs[0].name].device)
        for spec, (first, last) in zip(specs, self.extents, strict=True):
            self.flat[first:last] = starts[spec.name].reshape(-1)
        self.leaves = [
            self.flat[first:last].view(spec.shape).detach().requires_grad_()
            for spec, (first, last) in zip(specs, self.extents, strict=True)
        ]

    @property
    def elements(self) -> Tensor:
        """A copy of the parameters, one after the other, (elements,)."""
        return torch.cat([self.flat[first:last] for first, last in self.extents])


class Problem:
    """A compiled objective with its parameters at their start.

    Raises EngineError or ProgramError from the constructor where the experiment cannot work.
    """

    def __init__(
        self,
        experiment: Experiment,
        *,
        stop: StopFlag | None = None,
        traced: bool = False,
        data: Data | None = None,
    ) -> None:
        self.experiment = experiment
        self.device = resolve(experiment.run.device)
        self.stop = stop or StopFlag(memory_mib=experiment.run.memory)
        self.listener: Listener | None = None
        self.write: Callable[[str], None] | None = None
        """Is given what the program prints; ``None``: nobody reads it."""
        names = [spec.name for spec in experiment.parameters]
        self.data = data or self._read_data(names)
        """What the program is fitted to; ``None``: it reads no data."""
        given = [*names, *(self.data.names if self.data else ())]
        self.program: Program = compile_program(experiment.program, vocabulary.words(), given, traced=traced)
        self._generator = torch.Generator().manual_seed(experiment.run.seed)
        self.step = 0
        """The step that is evaluated: it decides on the batch, and dropout takes another share at each."""
        self._split: Split | None = None
        """Evaluate all rows of this split instead of a batch."""
        self._masks = torch.Generator()
        self._effects = Effects(self._generator, self._masks, self._on_printed)
        namespace = vocabulary.namespace(dtype_of(experiment.run.dtype), str(self.device), self._effects)
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
        self._places = self._column_places()

    def _read_data(self, parameters: Sequence[str]) -> Data | None:
        """The data that the program names; a parameter of the same name comes first."""
        spec, run = self.experiment.data, self.experiment.run
        used = set(spec.names if spec else ()) & names_in(self.experiment.program) - set(parameters)
        if not used:
            return None
        return Data(self.experiment, used, dtype_of(run.dtype), self.device, lambda: self.stop.is_set)

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
        # A start that was set in the table of parameters is not the text's any more.
        names = {
            each.spec.name
            for each in declared
            if each.spec.name in random
            and each.spec.distribution == experiment.parameter(each.spec.name).distribution
        }
        if not names:
            return {}
        found: dict[str, Tensor] = {}
        rows = dict(zip(self.data.names, self.data.at(0), strict=True)) if self.data else {}
        given = [*starts, *rows]
        program = compile_program(experiment.program, vocabulary.words(), given, declaring=True)

        def on_declared(name: str, value: object) -> None:
            if isinstance(value, Module):
                found.update(value.named_weights(f"{name}."))
            elif isinstance(value, Tensor):
                found[name] = value

        function = program.bind(namespace, self.stop, on_declared=on_declared)
        # The draws that a declaration stands for were not made yet where it is the text that declares.
        self._generator.manual_seed(experiment.run.seed)
        others = start_values(experiment, self.device, self._generator, without=names)
        if self._drawn is not None:
            self._drawn = self._generator.get_state()
        try:
            function(*starts.values(), *rows.values())
        except Exception:  # what is wrong with the program is told where it is evaluated
            return {}
        return others | {name: found[name].detach().to(starts[name]) for name in names & found.keys()}

    def _on_printed(self, text: str) -> None:
        if self.write is not None:
            self.write(text)

    def _on_value(self, value: object, span: Span) -> None:
        if self.listener is not None:
            self.listener.on_value(value, span)

    def _on_name(self, name: str, value: object) -> None:
        if self.listener is not None:
            self.listener.on_name(name, value)

    def _column_places(self) -> list[tuple[int, slice]]:
        """Of each trained parameter, in the order of ``columns``, its store and its place in it; empty: as they are."""
        places = {
            spec.name: (number, slice(*extent))
            for number, store in enumerate(self.stores)
            for spec, extent in zip(store.specs, store.extents, strict=True)
        }
        found = [places[spec.name] for spec in self.experiment.trained]
        as_they_are = len(self.stores) == 1 and len(self.stores[0].flat) == len(self.columns)
        return [] if as_they_are else found

    def in_columns(self, parts: list[NDArray[np.floating]]) -> NDArray[np.floating]:
        """Rows of each store, (…, size), as rows in the order of ``columns``."""
        if not self._places:
            return parts[0] if parts else np.empty(0)
        joined: NDArray[np.floating] = np.concatenate(
            [parts[store][..., place] for store, place in self._places], axis=-1
        )
        return joined

    def stored(self, row: NDArray[np.floating]) -> list[Tensor]:
        """A recorded row, (columns,), as one flat tensor for each store."""
        if not self._places:
            return [torch.tensor(row, dtype=store.dtype, device=store.flat.device) for store in self.stores]
        made, first = [torch.zeros_like(store.flat) for store in self.stores], 0
        for store, place in self._places:
            last = first + place.stop - place.start
            made[store][place] = torch.tensor(row[first:last])
            first = last
        return made

    def load(self, row: NDArray[np.floating]) -> None:
        """Set the trained parameters to a recorded row, (columns,)."""
        with torch.no_grad():
            for store, values in zip(self.stores, self.stored(row), strict=True):
                store.flat.copy_(values)

    def evaluate(self, arguments: Sequence[Tensor]) -> object:
        """What the program gives at these values; what it draws is the same at every call. Raises as it does."""
        if self._drawn is not None:
            self._generator.set_state(self._drawn)
            self._masks.manual_seed(self.experiment.run.seed + self.step)
        if self.data is None:
            return self.function(*arguments)
        data = self.data
        return self.function(
            *arguments, *(data.at(self.step) if self._split is None else data.whole(self._split))
        )

    @property
    def inputs(self) -> dict[str, Tensor]:
        """What the program is called with at ``step``, by name: the parameters, then the rows of the data."""
        named = dict(zip((spec.name for spec in self.experiment.parameters), self.arguments, strict=True))
        return (
            named
            if self.data is None
            else named | dict(zip(self.data.names, self.data.at(self.step), strict=True))
        )

    def batch(self, step: int) -> NDArray[np.intp]:
        """Which rows of the table the loss of a step is computed from; none without data."""
        return np.arange(0) if self.data is None else self.data.rows(step)

    @contextmanager
    def on(self, split: Split) -> Iterator[None]:
        """Evaluate all rows of a split, leave nothing out at random, and print nothing."""
        before = self._split, self._effects.training, self.write
        self._split, self._effects.training, self.write = split, False, None
        try:
            yield
        finally:
            self._split, self._effects.training, self.write = before

    def full(self, split: Split = "train") -> float:
        """The loss over all rows of a split at the parameters' present values. Raises ProgramError."""
        with self.on(split), torch.no_grad():
            return float(self.one_number(self.value()))

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
        if not isinstance(value, Tensor) or not value.requires_grad:
            raise ProgramError(
                Fault(
                    "The last line does not depend on any parameter that is trained, so there is no gradient.",
                    self.program.last,
                    "Let the last line be the loss, computed from the parameters.",
                )
            )
        return self.one_number(value)

    def one_number(self, value: object) -> Tensor:
        """``value`` if it is one number."""
        if not isinstance(value, Tensor):
            value = torch.as_tensor(value)
        if value.numel() != 1:
            raise ProgramError(
                Fault(
                    f"The loss must be one number, but the last line has shape {tuple(value.shape)}.",
                    self.program.last,
                    "Reduce it with .sum() or .mean().",
                )
            )
        return value

    def failed_backward(self, error: RuntimeError) -> ProgramError:
        """What PyTorch says against a backward pass, as a ProgramError."""
        return ProgramError(explain(error, self.program))


def widest(dtypes: Iterable[torch.dtype]) -> str:
    """The numpy dtype that holds all of these exactly."""
    return "float64" if torch.float64 in set(dtypes) else "float32"
