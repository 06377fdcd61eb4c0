"""Learning-rate schedules of torch.optim.lr_scheduler as programs have them."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from gui_app.core.experiment import ExperimentError
from gui_app.core.schedule_rules import Schedule
from gui_app.core.schedules import SCHEDULES, ScheduleSpec
from gui_app.engine.vocabulary.groups import Optimizer, said
from gui_app.engine.vocabulary.items import Own
from gui_app.engine.vocabulary.row import Function, Row
from gui_app.engine.vocabulary.sequences import described
from gui_app.engine.vocabulary.values import number
from gui_app.language.refusal import Refusal

_PLATEAU, _CYCLE, _COSINE = "ReduceLROnPlateau", "OneCycleLR", "CosineAnnealingLR"
SIGNATURES = {
    "StepLR": "optimizer, step_size, gamma=0.1",
    "ExponentialLR": "optimizer, gamma",
    _COSINE: "optimizer, T_max, eta_min=0.0",
    _CYCLE: (
        "optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,"
        " anneal_strategy='cos', cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0,"
        " final_div_factor=10000.0, three_phase=False"
    ),
    "LinearLR": "optimizer, start_factor=0.3333333333333333, end_factor=1.0, total_iters=5",
    _PLATEAU: (
        "optimizer, mode='min', factor=0.1, patience=10, threshold=0.0001, threshold_mode='rel', cooldown=0,"
        " min_lr=0.0, eps=1e-08"
    ),
}
"""By name the arguments, as torch has them."""
_MOST_BITS = 63


class Scheduler(Own):
    """A schedule at work on the learning rates of an optimizer's groups."""

    __slots__ = ("_optimizer", "_schedules", "_sign", "_spec", "_taken", "rates")
    kind = "a schedule"

    def __init__(self, optimizer: Optimizer, spec: ScheduleSpec, sign: float) -> None:
        self._optimizer = optimizer
        self._spec = spec
        self._sign = sign
        self._taken = 0
        self._schedules: list[Schedule] = []
        for group in optimizer.groups:
            if group.initial_rate is None:
                group.initial_rate = group.settings["lr"]
            schedule = Schedule(spec, group.settings)
            if spec.name == _COSINE:
                schedule.state["initial_lr"] = group.initial_rate
            elif spec.name == _CYCLE:
                group.initial_rate = schedule.state["initial_lr"]
            self._schedules.append(schedule)
        self.rates: list[float] = []
        """The learning rates as the last step left them."""
        self._look()

    def __repr__(self) -> str:
        return f"{self._spec.name}({', '.join(f'{k}={v}' for k, v in self._spec.settings.items())})"

    def _look(self) -> None:
        self.rates = [group.settings["lr"] for group in self._optimizer.groups]

    def step(self, metrics: Any) -> None:
        """Move the learning rates on. Raises Refusal where the schedule needs a loss, or has come to its end."""
        loss = 0.0
        if self._spec.name == _PLATEAU:
            if metrics is None:
                raise Refusal(f"{_PLATEAU} needs the loss.", "Write scheduler.step(loss).")
            loss = self._sign * _loss(metrics)
        elif metrics is not None:
            raise Refusal(f"The step of {self._spec.name} takes nothing.", "Write scheduler.step().")
        self._taken += 1
        if self._spec.name == _CYCLE and self._taken > self._spec.settings["total_steps"]:  # type: ignore[operator]
            raise Refusal(
                f"The cycle of OneCycleLR has {self._spec.settings['total_steps']:,} steps; this is one more.",
                "Give it more total_steps.",
            )
        for group, schedule in zip(self._optimizer.groups, self._schedules, strict=False):
            schedule.step(group.settings, loss)
        self._look()


def _loss(value: Any) -> float:
    return float(number(value.detach() if isinstance(value, Tensor) else value))


def _maker(name: str) -> Row:
    signature = SIGNATURES[name]
    names = [part.partition("=")[0].strip() for part in signature.split(",")][1:]

    def make(optimizer: Any, *values: Any, **settings: Any) -> Scheduler:
        if not isinstance(optimizer, Optimizer):
            raise Refusal(
                f"A schedule is made for an optimizer, not for {described(optimizer)}.",
                f"Write torch.optim.lr_scheduler.{name}(optimizer, …).",
            )
        given = dict(zip(names, values, strict=False)) | settings
        sign = _turned(given) if name == _PLATEAU else 1.0
        if name == _CYCLE:
            _count_steps(given)
            _need_momentum(optimizer, given)
        for key, value in given.items():
            if type(value) is int and value.bit_length() > _MOST_BITS:
                raise Refusal(f"{key} is too large.", "Choose another value.")
        try:
            return Scheduler(optimizer, ScheduleSpec(name, given), sign)
        except ExperimentError as error:
            raise said(error) from error

    return Row(
        name, signature, SCHEDULES[name].summary, make, "schedules bare", result="any", text=True, script=True
    )


def _turned(given: dict[str, Any]) -> float:
    """The sign with which the loss of a plateau is looked at.

    The largest value is looked for as the smallest of its negative; what counts relative to it turns round too.
    """
    mode = given.pop("mode", "min")
    if mode not in ("min", "max"):
        raise Refusal('mode must be "min" or "max".', "Choose another value.")
    if mode == "max" and given.get("threshold_mode", "rel") == "rel":
        given["threshold"] = -number(given.get("threshold", 1e-4))
    return -1.0 if mode == "max" else 1.0


def _count_steps(given: dict[str, Any]) -> None:
    """``total_steps`` from the epochs and their steps."""
    epochs, each = given.pop("epochs", None), given.pop("steps_per_epoch", None)
    if given.get("total_steps") is None:
        if type(epochs) is not int or type(each) is not int:
            raise Refusal(
                "OneCycleLR needs its number of steps.", "Give it total_steps, or epochs and steps_per_epoch."
            )
        given["total_steps"] = epochs * each


def _need_momentum(optimizer: Optimizer, given: dict[str, Any]) -> None:
    settings = optimizer.groups[0].settings
    if given.get("cycle_momentum", True) and "momentum" not in settings and "betas" not in settings:
        raise Refusal(f"{optimizer.name} has no momentum to cycle.", "Give OneCycleLR cycle_momentum=False.")


def _rates(input: Any) -> list[float]:
    if not isinstance(input, Scheduler):
        raise Refusal(
            f"{described(input).capitalize()} has no method .get_last_lr().", "Only schedules have."
        )
    return [*input.rates]


def _method(name: str, signature: str, help: str, function: Function) -> Row:
    return Row(name, signature, help, function, "method", result="any", script=True)


ROWS = (
    *map(_maker, SIGNATURES),
    _method("get_last_lr", "input", "the learning rates, one for each parameter group", _rates),
)
