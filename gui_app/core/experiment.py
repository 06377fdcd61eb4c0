"""An experiment: what the user asked for, complete and frozen.

Everything here is plain data that can be compared, saved and sent to another thread. What the request
*leads to* (tensors, steps, pictures) is made elsewhere, from this alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gui_app.core.data import DataSpec as DataSpec
from gui_app.core.data import ModelSpec as ModelSpec
from gui_app.core.experiment_error import ExperimentError as ExperimentError
from gui_app.core.optimizers import OPTIMIZERS, SettingValue, check_settings
from gui_app.core.schedules import ClipSpec, ScheduleSpec

FORMAT = 1
"""Version of the experiment file format that this program writes."""

DTYPES = ("float32", "float64", "float16", "bfloat16")
MAX_ELEMENTS = 10_000_000
"""Most elements of all parameters together: bounds memory before anything is allocated."""
MAX_PARAMETERS = 1_000

_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*", re.ASCII)
"""A name, or that of a parameter inside a network as PyTorch spells it: ``net.0.weight``."""

DistributionName = Literal["normal", "uniform"]
Nested = float | tuple["Nested", ...]
"""A number, or numbers nested like the rows of a tensor."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Seeded random start: ``normal`` (mean, standard deviation) or ``uniform`` (low, high)."""

    name: DistributionName = "normal"
    first: float = 0.0
    second: float = 1.0
    seed: int | None = None
    """Own generator with this seed; ``None`` draws from the run's, in the order of the parameters."""

    def __post_init__(self) -> None:
        reach = self.second - self.first if self.name == "uniform" else self.second
        if not all(map(math.isfinite, (self.first, self.second, reach))):
            raise ExperimentError("distribution", "its numbers and the distance between them must be finite")
        if self.name == "normal" and self.second < 0:
            raise ExperimentError("std", "the standard deviation must be at least 0")
        if self.name == "uniform" and self.second < self.first:
            raise ExperimentError("high", "the smaller bound comes first")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ExperimentError("seed", "the seed must lie between 0 and 2^63 - 1")


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One named tensor of the objective and where it starts.

    Exactly one of ``value`` and ``distribution`` decides the start. ``shape`` is () for a scalar; with a
    ``value`` it is the shape of that value.
    """

    name: str
    value: Nested | None = 1.0
    shape: tuple[int, ...] = ()
    distribution: Distribution | None = None
    dtype: str | None = None
    """``None``: the run's."""
    requires_grad: bool = True
    """``False`` makes it a constant: it enters the objective, stays as it is and has no gradient."""
    reference: Nested | None = None
    """A known best or true value, shown beside the fitted one."""
    view: tuple[float, float] | None = None
    """The stretch of its axis that the descent panel shows first; ``None``: found from the run."""

    def __post_init__(self) -> None:
        where = f"parameters.{self.name}"
        if not _NAME.fullmatch(self.name) or iskeyword(self.name):
            raise ExperimentError(
                where, "a parameter's name is letters, digits and _, and starts with a letter"
            )
        if (self.value is None) == (self.distribution is None):
            raise ExperimentError(where, "give either value or distribution")
        if self.value is not None:
            shape = shape_of(self.value, f"{where}.value")
            if self.shape not in ((), shape):
                raise ExperimentError(f"{where}.shape", f"the value has shape {shape}, not {self.shape}")
            object.__setattr__(self, "shape", shape)
        sensible = all(0 <= size <= MAX_ELEMENTS for size in self.shape)
        if not sensible or math.prod(self.shape) > MAX_ELEMENTS:
            raise ExperimentError(f"{where}.shape", f"at most {MAX_ELEMENTS:,} elements, no negative sizes")
        if self.dtype is not None and self.dtype not in DTYPES:
            raise ExperimentError(f"{where}.dtype", f"{self.dtype!r} is none of {', '.join(DTYPES)}")
        if self.reference is not None and shape_of(self.reference, f"{where}.reference") != self.shape:
            raise ExperimentError(f"{where}.reference", f"must have the parameter's shape {self.shape}")
        if self.view is not None and not self.view[0] < self.view[1]:
            raise ExperimentError(f"{where}.view", "must be two numbers, the smaller first")

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def element_names(self) -> list[str]:
        """One name for each element: see :func:`element_names`."""
        return element_names(self.name, self.shape)


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """An optimizer by its torch.optim name; settings that are not given have torch's defaults."""

    name: str = "SGD"
    settings: Mapping[str, SettingValue] = field(default_factory=dict)
    schedule: ScheduleSpec | None = None
    """How the learning rate moves from step to step; ``None``: it stays."""
    clip: ClipSpec | None = None
    """What is done to gradients that are too large, before each update."""

    def __post_init__(self) -> None:
        if self.name not in OPTIMIZERS:
            raise ExperimentError("optimizer.name", f"{self.name!r} is none of {', '.join(OPTIMIZERS)}")
        check_settings("optimizer", self.name, OPTIMIZERS[self.name].settings, self.settings)
        given = self.settings
        needs_momentum = self.name == "SGD" and given.get("nesterov")
        if needs_momentum and (not given.get("momentum") or given.get("dampening")):
            raise ExperimentError("optimizer.nesterov", "needs a momentum above 0 and a dampening of 0")

    def complete(self) -> dict[str, SettingValue]:
        """All settings by name, defaults filled in."""
        return {s.name: self.settings.get(s.name, s.default) for s in OPTIMIZERS[self.name].settings}


@dataclass(frozen=True, slots=True)
class RunSpec:
    """How far, from which seed, where and in which precision."""

    steps: int = 100
    seed: int = 0
    device: str = "cpu"
    dtype: str = "float32"
    clear_gradients: bool = True
    """``False`` lets ``.grad`` accumulate over the steps, as PyTorch does without ``zero_grad``."""
    memory: int = 4096
    """MiB by which the process may grow while the program is evaluated."""
    evaluate_every: int | None = None
    """Steps between evaluations on all rows of the data; ``None``: an epoch, but 100 evaluations at most."""
    patience: int | None = None
    """Evaluations without a smaller validation loss (training loss, if no row is held out) after which the run ends;
    ``None``: it goes on."""

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= 1_000_000_000:
            raise ExperimentError("run.steps", "must lie between 0 and 1,000,000,000")
        if not 0 <= self.seed < 2**63:
            raise ExperimentError("run.seed", "must lie between 0 and 2^63 - 1")
        if not 64 <= self.memory <= 2**20:
            raise ExperimentError("run.memory", "must lie between 64 and 1,048,576 MiB")
        for name in ("evaluate_every", "patience"):
            given = getattr(self, name)
            if given is not None and not 1 <= given <= 1_000_000_000:
                raise ExperimentError(f"run.{name}", "must lie between 1 and 1,000,000,000")
        if self.dtype not in DTYPES:
            raise ExperimentError("run.dtype", f"{self.dtype!r} is none of {', '.join(DTYPES)}")
        if self.device.partition(":")[0] not in ("cpu", "cuda", "mps"):
            raise ExperimentError("run.device", f"{self.device!r} is not cpu, cuda, cuda:N or mps")


@dataclass(frozen=True, slots=True)
class Experiment:
    """A whole experiment: the objective's text, its parameters, the optimizer and the run."""

    program: str = ""
    parameters: tuple[ParameterSpec, ...] = ()
    optimizer: OptimizerSpec = OptimizerSpec()
    run: RunSpec = RunSpec()
    title: str = ""
    notes: str = ""
    data: DataSpec | None = None
    """What the objective is fitted to: the program reads it as ``X``, ``y`` and by the names of columns."""
    model: ModelSpec | None = None
    """The model that the program's text was made from; ``None``: it was typed."""

    def __post_init__(self) -> None:
        if len(self.parameters) > MAX_PARAMETERS:
            raise ExperimentError("parameters", f"there may be at most {MAX_PARAMETERS:,}")
        if sum(spec.size for spec in self.parameters) > MAX_ELEMENTS:
            raise ExperimentError("parameters", f"all together may have at most {MAX_ELEMENTS:,} elements")
        seen: set[str] = set()
        for spec in self.parameters:
            if spec.name in seen:
                raise ExperimentError(f"parameters.{spec.name}", "is given twice")
            seen.add(spec.name)

    @property
    def trained(self) -> tuple[ParameterSpec, ...]:
        """The parameters that descend: those with ``requires_grad``."""
        return tuple(spec for spec in self.parameters if spec.requires_grad)

    def parameter(self, name: str) -> ParameterSpec:
        """The parameter of that name; KeyError if there is none."""
        for spec in self.parameters:
            if spec.name == name:
                return spec
        raise KeyError(name)

    def with_parameter(self, spec: ParameterSpec) -> Experiment:
        """The same experiment with ``spec`` in place of the parameter of its name, or added."""
        if any(old.name == spec.name for old in self.parameters):
            kept = tuple(spec if old.name == spec.name else old for old in self.parameters)
        else:
            kept = (*self.parameters, spec)
        return replace(self, parameters=kept)

    def using(self, names: tuple[str, ...]) -> Experiment:
        """The same experiment with a parameter for each of ``names``, which its program uses without defining.

        New ones are scalars that start at 1.0. One that is no longer used is dropped if nothing was set on it,
        so that a name leaves no trace while it is being typed.
        """
        kept = tuple(p for p in self.parameters if p.name in names or p != ParameterSpec(p.name))
        known = {spec.name for spec in kept}
        known |= set(self.data.names if self.data else ())
        fresh = tuple(ParameterSpec(name) for name in names if name not in known)
        return self if kept == self.parameters and not fresh else replace(self, parameters=kept + fresh)

    def started_at(self, values: Mapping[int, float]) -> Experiment:
        """The same experiment with other start values of some trained elements, by column.

        A parameter that is drawn at random has no start values to change, and stays.
        """
        changed, first = self, 0
        for spec in self.trained:
            inside = {
                column - first: value for column, value in values.items() if 0 <= column - first < spec.size
            }
            if inside and spec.value is not None:
                start = np.array(spec.value, dtype=float)
                start.reshape(-1)[list(inside)] = list(inside.values())
                changed = changed.with_parameter(replace(spec, value=nested(start)))
            first += spec.size
        return changed

    def split_row(self, row: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
        """A recorded row (columns,) as one array for each trained parameter, in its shape."""
        parts, first = {}, 0
        for spec in self.trained:
            parts[spec.name] = row[first : first + spec.size].reshape(spec.shape)
            first += spec.size
        return parts


def element_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """``x`` for a scalar, ``W[0,1]`` … in row-major order otherwise."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(shape)]


def shape_of(value: Nested, where: str = "value") -> tuple[int, ...]:
    """Shape of nested numbers. Raises ExperimentError where rows differ in length."""
    if not isinstance(value, tuple):
        return ()
    inner = {shape_of(row, where) for row in value}
    if len(inner) > 1:
        raise ExperimentError(where, "the rows differ in length")
    return (len(value), *(inner.pop() if inner else ()))


def nested(values: object) -> Nested:
    """Nested tuples of Python floats from an array, a number or nested lists."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, list | tuple):
        return tuple(nested(row) for row in values)
    return float(values)  # type: ignore[arg-type]


def difference(before: OptimizerSpec, after: OptimizerSpec) -> str:
    """What has changed, in a few words."""
    if before.name != after.name:
        return f"{before.name} → {after.name}"
    old, new = before.complete(), after.complete()
    parts = [f"{key} {_shown(old[key])} → {_shown(new[key])}" for key in new if old.get(key) != new[key]]
    for what in ("schedule", "clip"):
        was, now = getattr(before, what), getattr(after, what)
        if was != now:
            parts.append(f"{what} {was.name if was else 'off'} → {now.name if now else 'off'}")
    return ", ".join(parts)


def _shown(setting: SettingValue | None) -> str:
    return f"{setting:g}" if isinstance(setting, float) else str(setting)
