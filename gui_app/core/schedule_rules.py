"""The schedules, each as short as its formula, in torch.optim.lr_scheduler's own order of operations.

A schedule moves the settings of the optimizer's group (``lr``, sometimes ``momentum`` or ``betas``) after each
update. Most of torch's multiply what is there, step by step, which is not the same bits as the closed formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, SupportsFloat

from gui_app.core.schedules import ScheduleSpec

Settings = dict[str, Any]
State = dict[str, Any]
"""What a schedule remembers: numbers by name. ``epoch`` counts the updates."""


def _as_it_is(_group: Settings, _o: Settings, _state: State) -> None:
    """The first update has the learning rate that was given."""


def _step(group: Settings, o: Settings, state: State, _loss: SupportsFloat) -> None:
    if state["epoch"] % o["step_size"] == 0:
        group["lr"] *= o["gamma"]


def _exponential(group: Settings, o: Settings, _state: State, _loss: SupportsFloat) -> None:
    group["lr"] *= o["gamma"]


def _begin_cosine(group: Settings, _o: Settings, state: State) -> None:
    state["initial_lr"] = group["lr"]


def _cosine(group: Settings, o: Settings, state: State, _loss: SupportsFloat) -> None:
    t, end, least = state["epoch"], o["T_max"], o["eta_min"]
    if (t - 1 - end) % (2 * end) == 0:
        group["lr"] += (state["initial_lr"] - least) * (1 - math.cos(math.pi / end)) / 2
        return
    ratio = (1 + math.cos(math.pi * t / end)) / (1 + math.cos(math.pi * (t - 1) / end))
    group["lr"] = ratio * (group["lr"] - least) + least


def _begin_linear(group: Settings, o: Settings, _state: State) -> None:
    group["lr"] *= o["start_factor"]


def _linear(group: Settings, o: Settings, state: State, _loss: SupportsFloat) -> None:
    t, start, total = state["epoch"], o["start_factor"], o["total_iters"]
    gain = o["end_factor"] - start
    if t <= total:
        group["lr"] *= 1.0 + gain / (total * start + (t - 1) * gain)


def _begin_one_cycle(group: Settings, o: Settings, state: State) -> None:
    first = o["max_lr"] / o["div_factor"]
    state |= {"initial_lr": first, "max_lr": o["max_lr"], "min_lr": first / o["final_div_factor"]}
    _place_in_cycle(group, o, state)


def _one_cycle(group: Settings, o: Settings, state: State, _loss: SupportsFloat) -> None:
    if state["epoch"] <= o["total_steps"]:  # beyond, torch refuses to go on; here the learning rate stays
        _place_in_cycle(group, o, state)


def _place_in_cycle(group: Settings, o: Settings, state: State) -> None:
    """Learning rate and momentum of the phase that the step lies in."""
    t, total, share = state["epoch"], o["total_steps"], o["pct_start"]
    ends = [float(share * total) - 1, total - 1]
    rates = ["initial_lr", "max_lr", "min_lr"]
    momenta = ["max_momentum", "base_momentum", "max_momentum"]
    if o["three_phase"]:
        ends.insert(1, float(2 * share * total) - 2)
        rates.insert(2, "initial_lr")
        momenta.append("max_momentum")
    phase = next((i for i, end in enumerate(ends) if t <= end), len(ends) - 1)
    begin, end = ends[phase - 1] if phase else 0.0, ends[phase]
    # A phase of no length, at which torch divides by zero, is over at once.
    way = (t - begin) / (end - begin) if end != begin else 1.0
    between = _SHAPES[o["anneal_strategy"]]
    group["lr"] = between(state[rates[phase]], state[rates[phase + 1]], way)
    if o["cycle_momentum"]:
        momentum = between(o[momenta[phase]], o[momenta[phase + 1]], way)
        if "betas" in group:
            group["betas"] = (momentum, *group["betas"][1:])
        elif "momentum" in group:
            group["momentum"] = momentum


def _along_cosine(start: float, end: float, way: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * way) + 1)


def _along_line(start: float, end: float, way: float) -> float:
    return (end - start) * way + start


_SHAPES = {"cos": _along_cosine, "linear": _along_line}


def _begin_plateau(_group: Settings, _o: Settings, state: State) -> None:
    state |= {"best": math.inf, "bad": 0, "cooldown": 0}


def _plateau(group: Settings, o: Settings, state: State, loss: SupportsFloat) -> None:
    current, best, threshold = float(loss), state["best"], o["threshold"]
    if current < (best * (1.0 - threshold) if o["threshold_mode"] == "rel" else best - threshold):
        state["best"], state["bad"] = current, 0
    else:
        state["bad"] += 1
    if state["cooldown"] > 0:
        state["cooldown"] -= 1
        state["bad"] = 0
    if state["bad"] > o["patience"]:
        lower = max(group["lr"] * o["factor"], o["min_lr"])
        if group["lr"] - lower > o["eps"]:
            group["lr"] = lower
        state["cooldown"], state["bad"] = o["cooldown"], 0


Begin = Callable[[Settings, Settings, State], None]
Advance = Callable[[Settings, Settings, State, SupportsFloat], None]

RULES: dict[str, tuple[Begin, Advance]] = {
    "StepLR": (_as_it_is, _step),
    "ExponentialLR": (_as_it_is, _exponential),
    "CosineAnnealingLR": (_begin_cosine, _cosine),
    "OneCycleLR": (_begin_one_cycle, _one_cycle),
    "LinearLR": (_begin_linear, _linear),
    "ReduceLROnPlateau": (_begin_plateau, _plateau),
}
"""By torch.optim.lr_scheduler name: what it does to the settings at the start and after each update."""


class Schedule:
    """A schedule at work on the settings of one optimizer."""

    def __init__(self, spec: ScheduleSpec, group: Settings) -> None:
        begin, self._advance = RULES[spec.name]
        self._settings = dict(spec.complete())
        self.state: State = {"epoch": 0}
        begin(group, self._settings, self.state)

    def step(self, group: Settings, loss: SupportsFloat) -> None:
        """After an update: move ``group`` on; ``loss`` (one number) is that before the update."""
        self.state["epoch"] += 1
        self._advance(group, self._settings, self.state, loss)
