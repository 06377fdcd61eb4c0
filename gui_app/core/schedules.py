"""Learning-rate schedules and gradient clipping as tables: the form, the file and the engine read them.

Names, settings and defaults are torch.optim.lr_scheduler's (2.10 to 2.13); a test holds them against its
signatures. Where torch has no default, ours suits a run of 100 steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from gui_app.core.experiment_error import ExperimentError
from gui_app.core.optimizers import Setting, SettingValue, check_settings


@dataclass(frozen=True, slots=True)
class ScheduleInfo:
    """A schedule as the form shows it."""

    name: str
    summary: str
    settings: tuple[Setting, ...]
    length: str = ""
    """The setting that is the number of steps of the whole run, if there is one."""


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """A way to clip as the form shows it."""

    summary: str
    settings: tuple[Setting, ...]


_ANY = -math.inf
_TINY = 1e-9

_TABLE = (
    ScheduleInfo(
        "StepLR",
        "The learning rate drops by a factor every so many steps.",
        (
            Setting("step_size", 30, "steps from one drop to the next", low=1),
            Setting("gamma", 0.1, "factor at each drop"),
        ),
    ),
    ScheduleInfo(
        "ExponentialLR",
        "The learning rate shrinks by the same factor at every step.",
        (Setting("gamma", 0.99, "factor at each step"),),
    ),
    ScheduleInfo(
        "CosineAnnealingLR",
        "The learning rate falls along half a cosine.",
        (
            Setting("T_max", 100, "steps down to the smallest learning rate", low=1),
            Setting("eta_min", 0.0, "smallest learning rate"),
        ),
        length="T_max",
    ),
    ScheduleInfo(
        "OneCycleLR",
        "Up to a large learning rate and down to a tiny one; the momentum moves the other way.",
        (
            Setting("max_lr", 0.1, "largest learning rate; lr itself does not count"),
            Setting("total_steps", 100, "steps of the cycle; then the learning rate stays", low=1),
            Setting("pct_start", 0.3, "share of the steps on the way up", high=1.0),
            Setting("anneal_strategy", "cos", "shape of the way", choices=("cos", "linear")),
            Setting("cycle_momentum", True, "move momentum or the first beta too, where there is one"),
            Setting(
                "base_momentum",
                0.85,
                "momentum where the learning rate is largest",
                high=1.0,
                below_high=True,
            ),
            Setting("max_momentum", 0.95, "momentum at the start and at the end", high=1.0, below_high=True),
            Setting("div_factor", 25.0, "max_lr over the first learning rate", low=_TINY),
            Setting("final_div_factor", 1e4, "first learning rate over the last one", low=_TINY),
            Setting("three_phase", False, "down to the first learning rate before the last descent"),
        ),
        length="total_steps",
    ),
    ScheduleInfo(
        "LinearLR",
        "Warm-up: from a share of the learning rate to all of it, in equal steps.",
        (
            Setting("start_factor", 1.0 / 3, "factor at the start", low=_TINY, high=1.0),
            Setting("end_factor", 1.0, "factor at the end", high=1.0),
            Setting("total_iters", 5, "steps from one to the other"),
        ),
    ),
    ScheduleInfo(
        "ReduceLROnPlateau",
        "The learning rate drops when the loss has stopped falling.",
        (
            Setting("factor", 0.1, "factor at each drop", high=1.0, below_high=True),
            Setting("patience", 10, "steps without improvement that are put up with"),
            Setting("threshold", 1e-4, "least improvement that counts", low=_ANY),
            Setting(
                "threshold_mode", "rel", "relative to the best loss, or absolute", choices=("rel", "abs")
            ),
            Setting("cooldown", 0, "steps to wait after a drop"),
            Setting("min_lr", 0.0, "smallest learning rate"),
            Setting("eps", 1e-8, "smaller drops are left out"),
        ),
    ),
)

SCHEDULES: dict[str, ScheduleInfo] = {info.name: info for info in _TABLE}
"""By torch.optim.lr_scheduler name, in the order in which a form lists them."""

CLIPS: dict[str, ClipInfo] = {
    "norm": ClipInfo(
        "A gradient that is longer is scaled down to this length.",
        (Setting("amount", 1.0, "greatest length of all gradients together", low=_TINY),),
    ),
    "value": ClipInfo(
        "Each element of the gradient is held between minus and plus this.",
        (Setting("amount", 1.0, "greatest size of an element", low=_TINY),),
    ),
}
"""The ways to clip: torch.nn.utils.clip_grad_norm_ and clip_grad_value_."""


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A schedule by its torch.optim.lr_scheduler name; settings that are not given have their defaults."""

    name: str
    settings: Mapping[str, SettingValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in SCHEDULES:
            raise ExperimentError(
                "optimizer.schedule.name", f"{self.name!r} is none of {', '.join(SCHEDULES)}"
            )
        check_settings("optimizer.schedule", self.name, SCHEDULES[self.name].settings, self.settings)

    def complete(self) -> dict[str, SettingValue]:
        """All settings by name, defaults filled in."""
        return {s.name: self.settings.get(s.name, s.default) for s in SCHEDULES[self.name].settings}


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """Clipping of the gradient before each update, by ``norm`` or by ``value``; ``amount`` is the bound."""

    name: str = "norm"
    amount: float = 1.0

    def __post_init__(self) -> None:
        if self.name not in CLIPS:
            raise ExperimentError("optimizer.clip.name", f"{self.name!r} is none of {', '.join(CLIPS)}")
        check_settings("optimizer.clip", self.name, CLIPS[self.name].settings, {"amount": self.amount})
