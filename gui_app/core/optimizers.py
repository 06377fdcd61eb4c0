"""The optimizers on offer and their settings, as a table: the form, the file and the engine read it.

Names, defaults and bounds are torch.optim's (2.10 to 2.13); a test holds them against its signatures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gui_app.core.experiment_error import ExperimentError

SettingValue = float | int | bool | str | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One knob of an optimizer: torch's default and the range torch accepts."""

    name: str
    default: SettingValue
    help: str
    low: float = 0.0
    high: float = math.inf
    below_high: bool = False
    """The upper bound itself is excluded (a beta of 1 would never forget)."""
    choices: tuple[str, ...] = ()
    pair_bounds: tuple[tuple[float, float], ...] = ()
    """Bounds of each entry, where the setting is a tuple and they differ."""

    def problem(self, value: object) -> str | None:
        """What is wrong with ``value``, in words; ``None`` if nothing is."""
        if isinstance(self.default, str):
            return None if value in self.choices else f"must be one of {', '.join(self.choices)}"
        if isinstance(self.default, bool):
            return None if isinstance(value, bool) else "must be true or false"
        if isinstance(self.default, tuple):
            if not isinstance(value, tuple) or len(value) != len(self.default):
                return f"must be {len(self.default)} numbers"
            return next(filter(None, map(self._number_problem, value, self._bounds())), None)
        return self._number_problem(value, (self.low, self.high))

    def _bounds(self) -> tuple[tuple[float, float], ...]:
        """Bounds of each entry of a pair."""
        assert isinstance(self.default, tuple)
        return self.pair_bounds or ((self.low, self.high),) * len(self.default)

    def _number_problem(self, value: object, bounds: tuple[float, float]) -> str | None:
        low, high = bounds
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if isinstance(self.default, int) and not isinstance(value, int):
            return "must be a whole number"
        if not math.isfinite(value):
            return "must be finite"
        if value < low or value > high or (self.below_high and value == high):
            lower = "" if math.isinf(low) else f"at least {low:g}"
            upper = "" if math.isinf(high) else f"{'below' if self.below_high else 'at most'} {high:g}"
            return "must be " + " and ".join(filter(None, (lower, upper)))
        return None


def check_settings(
    where: str, owner: str, known: Iterable[Setting], settings: Mapping[str, SettingValue]
) -> None:
    """Raises ExperimentError for a setting that ``owner`` does not have or a value that makes no sense."""
    by_name = {setting.name: setting for setting in known}
    for key, value in settings.items():
        if key not in by_name:
            message = f"{owner} has no such setting; it has {', '.join(by_name)}"
            raise ExperimentError(f"{where}.{key}", message)
        problem = by_name[key].problem(value)
        if problem:
            raise ExperimentError(f"{where}.{key}", problem)


@dataclass(frozen=True, slots=True)
class OptimizerInfo:
    """An optimizer as the form shows it."""

    name: str
    summary: str
    settings: tuple[Setting, ...]


def _lr(default: float) -> Setting:
    return Setting("lr", default, "learning rate: how far one step goes")


_EPS = Setting("eps", 1e-8, "added to the denominator, so that it is never 0")
_DECAY = Setting("weight_decay", 0.0, "pull towards 0, in proportion to the parameter")
_BETAS = Setting(
    "betas",
    (0.9, 0.999),
    "memory of the running means of the gradient and of its square",
    high=1.0,
    below_high=True,
)
_AMSGRAD = Setting("amsgrad", False, "divide by the largest second moment seen so far")
_ANY = -math.inf

_TABLE = (
    OptimizerInfo(
        "SGD",
        "Step against the gradient, with momentum if asked.",
        (
            _lr(1e-3),
            Setting("momentum", 0.0, "share of the last update that is kept"),
            Setting("dampening", 0.0, "share of the gradient kept out of the momentum", low=_ANY),
            _DECAY,
            Setting("nesterov", False, "look ahead along the momentum (needs momentum, no dampening)"),
        ),
    ),
    OptimizerInfo(
        "Adam",
        "Running mean of the gradient over the root of the running mean of its square.",
        (_lr(1e-3), _BETAS, _EPS, _DECAY, _AMSGRAD),
    ),
    OptimizerInfo(
        "AdamW",
        "Adam with the weight decay applied to the parameter itself.",
        (_lr(1e-3), _BETAS, _EPS, Setting("weight_decay", 1e-2, _DECAY.help), _AMSGRAD),
    ),
    OptimizerInfo(
        "NAdam",
        "Adam with Nesterov's look-ahead.",
        (
            _lr(2e-3),
            _BETAS,
            _EPS,
            _DECAY,
            Setting("momentum_decay", 4e-3, "how fast the momentum schedule moves"),
        ),
    ),
    OptimizerInfo(
        "RAdam",
        "Adam that waits until its second moment can be trusted.",
        (_lr(1e-3), _BETAS, _EPS, _DECAY),
    ),
    OptimizerInfo(
        "Adamax",
        "Adam with the largest gradient instead of the mean square.",
        (_lr(2e-3), _BETAS, _EPS, _DECAY),
    ),
    OptimizerInfo(
        "RMSprop",
        "Gradient over the root of the running mean of its square.",
        (
            _lr(1e-2),
            Setting("alpha", 0.99, "memory of the squared gradient's running mean", high=1.0),
            _EPS,
            _DECAY,
            Setting("momentum", 0.0, "share of the last update that is kept"),
            Setting("centered", False, "subtract the squared mean of the gradient"),
        ),
    ),
    OptimizerInfo(
        "Adagrad",
        "Gradient over the root of the sum of all its squares: steps only ever shrink.",
        (
            _lr(1e-2),
            Setting("lr_decay", 0.0, "shrinks the learning rate with the steps"),
            _DECAY,
            Setting("initial_accumulator_value", 0.0, "the sum of squares at the start"),
            Setting("eps", 1e-10, _EPS.help),
        ),
    ),
    OptimizerInfo(
        "Adadelta",
        "Step sizes from the ratio of past updates to past gradients.",
        (
            _lr(1.0),
            Setting("rho", 0.9, "memory of both running means", high=1.0),
            Setting("eps", 1e-6, _EPS.help),
            _DECAY,
        ),
    ),
    OptimizerInfo(
        "Rprop",
        "Only the sign of the gradient counts; the step grows while the sign holds.",
        (
            _lr(1e-2),
            Setting(
                "etas",
                (0.5, 1.2),
                "factors after the sign has changed and while it holds",
                pair_bounds=((1e-9, 1.0 - 1e-9), (1.0 + 1e-9, math.inf)),
            ),
            Setting("step_sizes", (1e-6, 50.0), "smallest and largest step"),
        ),
    ),
    OptimizerInfo(
        "ASGD",
        "Gradient descent that also keeps the average of its path.",
        (
            _lr(1e-2),
            Setting("lambd", 1e-4, "decay term"),
            Setting("alpha", 0.75, "power of the learning rate's decrease"),
            Setting("t0", 1e6, "step at which averaging starts"),
            _DECAY,
        ),
    ),
    OptimizerInfo(
        "Muon",
        "Momentum made orthogonal: for matrices only, all directions of one weigh the same.",
        (
            _lr(1e-3),
            Setting("weight_decay", 0.1, _DECAY.help),
            Setting("momentum", 0.95, "memory of the running mean of the gradient"),
            Setting("nesterov", True, "look ahead along the momentum"),
            Setting(
                "ns_coefficients",
                (3.4445, -4.775, 2.0315),
                "coefficients of the Newton-Schulz polynomial",
                low=_ANY,
            ),
            Setting("eps", 1e-7, "smallest length that the momentum is divided by"),
            Setting("ns_steps", 5, "Newton-Schulz iterations a step", high=99),
            Setting(
                "adjust_lr_fn",
                "original",
                "how the learning rate follows the shape of a matrix",
                choices=("original", "match_rms_adamw"),
            ),
        ),
    ),
    OptimizerInfo(
        "LBFGS",
        "Quasi-Newton: several evaluations a step, a model of the curvature from past gradients.",
        (
            _lr(1.0),
            Setting("max_iter", 20, "most inner iterations a step", low=1),
            Setting("history_size", 100, "past updates that are remembered", low=1, high=1000),
            Setting("tolerance_grad", 1e-7, "stop the step below this gradient"),
            Setting("tolerance_change", 1e-9, "stop the step below this change"),
            Setting(
                "line_search_fn",
                "none",
                "how far to go along the direction",
                choices=("none", "strong_wolfe"),
            ),
        ),
    ),
)

OPTIMIZERS: dict[str, OptimizerInfo] = {info.name: info for info in _TABLE}
"""By torch.optim name, in the order in which a form lists them."""
