"""Who takes part in a comparison: one optimizer's settings each, everything else the same for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gui_app.core.experiment import Experiment, OptimizerSpec
from gui_app.core.numbers import short
from gui_app.core.optimizers import OPTIMIZERS, SettingValue

MATRICES_ONLY = ("Muon",)
"""Optimizers that update nothing but matrices."""
SPREAD = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Learning rates that are tried unless others are asked for, as multiples of the present one."""
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
"""Momenta that are tried unless others are asked for."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One run of a comparison."""

    label: str
    optimizer: OptimizerSpec


def contender(optimizer: OptimizerSpec) -> Contender:
    """These settings, named after what they are."""
    return Contender(described(optimizer), optimizer)


def described(optimizer: OptimizerSpec) -> str:
    """The name, the learning rate, and what else is not torch's default: ``SGD lr 0.1 momentum 0.9``."""
    defaults = {setting.name: setting.default for setting in OPTIMIZERS[optimizer.name].settings}
    complete = optimizer.complete()
    parts = [f"lr {_shown(complete.pop('lr'))}"]
    parts += [f"{key} {_shown(value)}" for key, value in complete.items() if value != defaults[key]]
    return " ".join((optimizer.name, *parts))


def alike(one: OptimizerSpec, other: OptimizerSpec) -> bool:
    """Whether they make the same updates: a setting that is not given is one at torch's default."""
    return one.complete() == other.complete() and replace(one, settings={}) == replace(other, settings={})


def possible(experiment: Experiment) -> tuple[str, ...]:
    """The optimizers that can update every trained parameter of the experiment."""
    matrices = all(len(spec.shape) == 2 for spec in experiment.trained)
    return tuple(name for name in OPTIMIZERS if matrices or name not in MATRICES_ONLY)


def each_optimizer(
    experiment: Experiment, names: Iterable[str] | None = None, *, default_rates: bool = False
) -> list[Contender]:
    """The same with each optimizer of ``names``; ``None``: with all that can do it.

    All get the present learning rate, or torch's default for each if ``default_rates``. The present optimizer keeps
    its other settings, the others have torch's defaults; schedule and clipping stay.
    """
    present = experiment.optimizer
    made = []
    for name in possible(experiment) if names is None else names:
        settings = dict(present.settings) if name == present.name else {}
        if default_rates:
            settings.pop("lr", None)
        else:
            settings["lr"] = present.complete()["lr"]
        made.append(contender(replace(present, name=name, settings=settings)))
    return made


def each_learning_rate(experiment: Experiment, rates: Iterable[float] | None = None) -> list[Contender]:
    """The present optimizer with each learning rate; ``None``: those of :func:`rates_around`."""
    return _each(experiment, "lr", rates_around(experiment) if rates is None else rates)


def each_momentum(experiment: Experiment, momenta: Iterable[float] = MOMENTA) -> list[Contender]:
    """The present optimizer with each momentum; empty if it has none, or asks for one above 0 (Nesterov)."""
    present = experiment.optimizer
    if "momentum" not in present.complete():
        return []
    needed = present.name == "SGD" and bool(present.settings.get("nesterov"))
    return _each(experiment, "momentum", [value for value in momenta if value or not needed])


def rates_around(experiment: Experiment) -> tuple[float, ...]:
    """Learning rates from a hundredth of the present one to thirty times as much."""
    optimizer = experiment.optimizer
    present = float(str(optimizer.complete()["lr"])) or float(
        str(OptimizerSpec(optimizer.name).complete()["lr"])
    )
    return tuple(float(f"{factor * present:.6g}") for factor in SPREAD)


def _each(experiment: Experiment, key: str, values: Iterable[float]) -> list[Contender]:
    """The present settings with each value of one of them, in rising order, none twice."""
    present = experiment.optimizer
    return [
        contender(replace(present, settings={**present.settings, key: value}))
        for value in sorted(set(values))
    ]


def terms(experiment: Experiment, optimizers: Sequence[OptimizerSpec]) -> list[str]:
    """What is the same for all of these, and what is not, in a few words each."""
    run = experiment.run
    told = [f"start {_start(experiment)}", f"seed {run.seed}", run.dtype]
    rates = {optimizer.complete()["lr"] for optimizer in optimizers}
    if len(rates) == 1:
        told.append(f"lr {_shown(rates.pop())} for all")
    clips = {
        "no clipping" if o.clip is None else f"clip {o.clip.name} {short(o.clip.amount)}" for o in optimizers
    }
    schedules = {"no schedule" if o.schedule is None else o.schedule.name for o in optimizers}
    told += [_one(clips, "clipping differs"), _one(schedules, "schedules differ")]
    if not run.clear_gradients:
        told.append("gradients accumulate")
    return told


def _one(words: set[str], otherwise: str) -> str:
    return words.pop() if len(words) == 1 else otherwise


def _start(experiment: Experiment) -> str:
    """``(-1.5, 2)``, or in words where that would be long."""
    values = [spec.value for spec in experiment.trained]
    numbers = [short(value) for value in values if isinstance(value, float | int)]
    if len(numbers) < len(values) or not 0 < len(values) <= 3:
        return "as set"
    return numbers[0] if len(numbers) == 1 else f"({', '.join(numbers)})"


def _shown(value: SettingValue) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    return short(value) if isinstance(value, float) else str(value)
