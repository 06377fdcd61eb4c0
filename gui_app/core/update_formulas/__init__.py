"""The arithmetic of an update as formulas: which lines apply to which optimizer with which settings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

from gui_app.core.experiment import OptimizerSpec
from gui_app.core.rules.evaluation import value_of
from gui_app.core.update_formulas.line import Line
from gui_app.core.update_formulas.rules import DECAYS_VALUE, HEAD, RULES
from gui_app.core.update_formulas.schedules import CHANGED, SCHEDULES

Values = Mapping[str, float]
SETTINGS: Mapping[str, str] = {
    "lr": "eta",
    "momentum": "mu",
    "dampening": "tau",
    "weight_decay": "lam",
    "eps": "eps",
    "alpha": "alpha",
    "rho": "rho",
    "momentum_decay": "psi",
    "lr_decay": "zeta",
    "lambd": "lambd",
    "t0": "t0",
}
"""Letters of the settings that are one number."""
PAIRS: Mapping[str, tuple[str, str]] = {
    "betas": ("beta1", "beta2"),
    "etas": ("shrink", "grow"),
    "step_sizes": ("low", "high"),
}
"""Letters of the settings that are two."""
CLOSE = 1e-6
"""Relative difference up to which a closed formula agrees with the step by step product: 10⁵ roundings."""


def setting_letters(name: str, settings: Mapping[str, object]) -> dict[str, float]:
    """The settings of an optimizer as the numbers of letters."""
    known = {letter: settings[key] for key, letter in SETTINGS.items() if key in settings}
    for key, letters in PAIRS.items():
        if key in settings:
            known |= dict(zip(letters, settings[key], strict=True))  # type: ignore[call-overload]
    if name == "ASGD":
        known["power"] = known.pop("alpha")
    return {letter: float(value) for letter, value in known.items()}  # type: ignore[arg-type]


def lines_for(
    spec: OptimizerSpec, settings: Mapping[str, object], values: Values, *, fresh: bool = True
) -> tuple[Line, ...]:
    """The lines of one update.

    ``settings`` are all those of the optimizer as this update uses them, ``values`` the numbers of the letters.
    ``fresh``: the gradient is that of this step alone.
    """
    facts = dict(settings) | _facts(spec, settings, values) | {"fresh": fresh}
    gradient = "g_clip" if spec.clip else "g_k"
    names = {"G": gradient, "Theta": "theta_decay" if facts["decays_value"] else "theta_k"}
    lines = [_named(line, names) for line in HEAD if line.applies(facts)]
    if facts["decays_gradient"]:
        names["G"] = "g_decay"
    if spec.schedule is not None:
        lines += [_checked(line, values) for line in SCHEDULES[spec.schedule.name] if line.applies(facts)]
    return (*lines, *(_named(line, names) for line in RULES[spec.name] if line.applies(facts)))


def _facts(spec: OptimizerSpec, settings: Mapping[str, object], values: Values) -> dict[str, bool]:
    """What decides which lines apply, besides the settings themselves."""
    decays, clip = bool(settings.get("weight_decay")), spec.clip.name if spec.clip else ""
    cycle = spec.schedule.complete() if spec.schedule and spec.schedule.name == "OneCycleLR" else {}
    cycles = bool(cycle.get("cycle_momentum"))
    return {
        "clip_norm": clip == "norm",
        "clip_value": clip == "value",
        "decays_value": decays and spec.name in DECAYS_VALUE,
        "decays_gradient": decays and spec.name not in DECAYS_VALUE,
        "first": "b_k" not in values,
        "trusted": values.get("rho_t", 0.0) > 5.0,
        "turned": values.get("turn", 0.0) < 0,
        "averages": values.get("mu_k", 1.0) != 1.0,
        "matches_adamw": settings.get("adjust_lr_fn") == "match_rms_adamw",
        "cosine": cycle.get("anneal_strategy") == "cos",
        "cycles_beta": cycles and "betas" in settings,
        "cycles_momentum": cycles and "momentum" in settings,
        "improved": math.isfinite(values.get("best", math.inf)),
    }


def _named(line: Line, names: Mapping[str, str]) -> Line:
    """With the letters that stand for others replaced."""
    return replace(line, formula=re.sub(r"\b(G|Theta)\b", lambda found: names[found[0]], line.formula))


def _checked(line: Line, values: Values) -> Line:
    """Without its formula where that is not how the number came about."""
    if not line.formula:
        return line
    value = value_of(line.formula, values)
    if value is not None and math.isclose(value, values[line.letter], rel_tol=CLOSE):
        return line
    return replace(line, formula="", remark=CHANGED if line.letter == "eta" else "")
