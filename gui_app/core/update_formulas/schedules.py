"""How the learning rate of a step came about, for every schedule: the closed formula, in its letters.

torch multiplies step by step what is there, which is the same but for rounding, and as long as nobody has changed the
learning rate on the way. Whoever shows a formula checks it against the learning rate that was really used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from gui_app.core.update_formulas.line import RATE, Line

Settings = Mapping[str, float]
_PLATEAU = ": It drops when {bad} goes beyond {patience}"

SCHEDULES: Mapping[str, tuple[Line, ...]] = {
    "StepLR": (Line("eta", "eta_0 * gamma**floor(epoch / every)", RATE),),
    "ExponentialLR": (Line("eta", "eta_0 * gamma**epoch", RATE),),
    "CosineAnnealingLR": (
        Line("eta", "eta_min + (eta_0 - eta_min) / 2 * (1 + cos(pi * epoch / length))", RATE),
    ),
    "LinearLR": (Line("eta", "eta_0 * (start + (end - start) * min(epoch, length) / length)", RATE),),
    "OneCycleLR": (
        Line("way", "(epoch - phase_begin) / (phase_end - phase_begin)", RATE),
        Line("eta", "eta_b + (eta_a - eta_b) / 2 * (cos(pi * way) + 1)", RATE, "cosine"),
        Line("eta", "eta_a + (eta_b - eta_a) * way", RATE, "!cosine"),
        Line("beta1", "mu_b + (mu_a - mu_b) / 2 * (cos(pi * way) + 1)", RATE, "cosine cycles_beta"),
        Line("beta1", "mu_a + (mu_b - mu_a) * way", RATE, "!cosine cycles_beta"),
        Line("mu", "mu_b + (mu_a - mu_b) / 2 * (cos(pi * way) + 1)", RATE, "cosine cycles_momentum"),
        Line("mu", "mu_a + (mu_b - mu_a) * way", RATE, "!cosine cycles_momentum"),
    ),
    "ReduceLROnPlateau": (
        Line("best", "", RATE, "improved"),
        Line("bad", "", RATE),
        Line("patience", "", RATE),
        Line("eta", "", RATE, "", _PLATEAU),
    ),
}
"""By torch.optim.lr_scheduler name."""

CHANGED = ": It was changed on the way, and the schedule went on from there"
"""Where the closed formula does not give the learning rate that is used."""

_LETTERS: Mapping[str, Mapping[str, str]] = {
    "StepLR": {"gamma": "gamma", "step_size": "every"},
    "ExponentialLR": {"gamma": "gamma"},
    "CosineAnnealingLR": {"T_max": "length", "eta_min": "eta_min"},
    "LinearLR": {"start_factor": "start", "end_factor": "end", "total_iters": "length"},
    "OneCycleLR": {},
    "ReduceLROnPlateau": {"patience": "patience"},
}


def letters_of(name: str, settings: Mapping[str, object], state: Mapping[str, float]) -> dict[str, float]:
    """Numbers of the letters of a schedule, from all its settings and what it remembers before an update."""
    known = {letter: _number(settings[key]) for key, letter in _LETTERS[name].items()}
    known["epoch"] = float(state["epoch"])
    return known | _MORE.get(name, _nothing)(settings, state)


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def _nothing(_settings: Mapping[str, object], _state: Mapping[str, float]) -> dict[str, float]:
    return {}


def _plateau(_settings: Mapping[str, object], state: Mapping[str, float]) -> dict[str, float]:
    return {"best": float(state["best"]), "bad": float(state["bad"])}


def _cycle(settings: Mapping[str, object], state: Mapping[str, float]) -> dict[str, float]:
    """Where the phase begins and ends that the update lies in, and what moves between which ends."""
    total, share = _number(settings["total_steps"]), _number(settings["pct_start"])
    first, last, top = state["initial_lr"], state["min_lr"], state["max_lr"]
    low, high = _number(settings["base_momentum"]), _number(settings["max_momentum"])
    points = [(0.0, first, high), (share * total - 1, top, low), (total - 1, last, high)]
    if settings["three_phase"]:
        points.insert(2, (2 * share * total - 2, first, high))
    epoch = min(float(state["epoch"]), total)  # beyond, the learning rate stays
    phases = list(pairwise(points))
    begin, end = next((phase for phase in phases if epoch <= phase[1][0]), phases[-1])
    way = (epoch - begin[0]) / (end[0] - begin[0]) if end[0] != begin[0] else 1.0
    names = ("phase_begin", "eta_a", "mu_a"), ("phase_end", "eta_b", "mu_b")
    known = {name: float(x) for each, point in zip(names, (begin, end), strict=True)
             for name, x in zip(each, point, strict=True)}  # fmt: skip
    return known | {"epoch": epoch, "way": way}


_MORE: Mapping[str, Callable[[Mapping[str, object], Mapping[str, float]], dict[str, float]]] = {
    "OneCycleLR": _cycle,
    "ReduceLROnPlateau": _plateau,
}
