"""Losses: how far predictions are from targets."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule

_N = "n: the number of elements, 1 with reduction='sum'"
_PAIR = ("y", "t")
_SAVED = ("self", "target")


def _loss(title: str, words: str, formula: str, *back: str, where: str = _N, **more: object) -> Rule:
    settings: dict[str, object] = {"inputs": _PAIR, "saved": _SAVED, "index": ("i",), **more}
    return Rule(title, words, formula, back, where=where, **settings)  # type: ignore[arg-type]


_SMOOTH = "z = y − t; n: the number of elements, 1 with reduction='sum'"
_SMOOTH_BACK = "g * (1 / n) * where(abs(z[i]) < beta, z[i] / beta, sign(z[i]))"
_HUBER_BACK = "g * (1 / n) * where(abs(z[i]) < delta, z[i], delta * sign(z[i]))"

RULES: dict[str, Rule] = {
    "MseLoss": _loss(
        "Mean squared error", "The mean of the squared differences.", "1 / n * Sum(i, (y[i] - t[i])**2)",
        "g * (2 / n) * (y[i] - t[i])", "-g * (2 / n) * (y[i] - t[i])",
    ),
    "L1Loss": _loss(
        "Mean absolute error", "The mean of the absolute differences.", "1 / n * Sum(i, abs(y[i] - t[i]))",
        "g * (1 / n) * sign(y[i] - t[i])", "-g * (1 / n) * sign(y[i] - t[i])",
    ),
    "SmoothL1Loss": _loss(
        "Smooth absolute error", "Squares near 0, absolute values beyond.",
        "1 / n * Sum(i, where(abs(z[i]) < beta, z[i]**2 / (2 * beta), abs(z[i]) - beta / 2))",
        _SMOOTH_BACK, f"-{_SMOOTH_BACK}", where=f"β: where it changes; {_SMOOTH}",
    ),
    "HuberLoss": _loss(
        "Huber loss", "Squares near 0, straight lines beyond.",
        "1 / n * Sum(i, where(abs(z[i]) < delta, z[i]**2 / 2, delta * (abs(z[i]) - delta / 2)))",
        _HUBER_BACK, f"-{_HUBER_BACK}", where=f"δ: where it changes; {_SMOOTH}",
    ),
    "BinaryCrossEntropy": _loss(
        "Binary cross-entropy", "Yes or no against probabilities.",
        "-1 / n * Sum(i, t[i] * log(y[i]) + (1 - t[i]) * log(1 - y[i]))",
        "g * (1 / n) * ((y[i] - t[i]) / (y[i] * (1 - y[i])))",
        "g * (1 / n) * (log(1 - y[i]) - log(y[i]))",
    ),
    "BinaryCrossEntropyWithLogits": _loss(
        "Binary cross-entropy of scores", "Yes or no against scores.",
        "-1 / n * Sum(i, t[i] * log(sigmoid(y[i])) + (1 - t[i]) * log(1 - sigmoid(y[i])))",
        "g * (1 / n) * (sigmoid(y[i]) - t[i])", "-g * (1 / n) * y[i]", where=f"σ: the sigmoid; {_N}",
    ),
    "NllLoss": _loss(
        "Negative log-likelihood", "Classes against log-probabilities.", "-1 / n * Sum(i, y[i, t[i]])",
        "where(k == t[i], -g * (1 / n), 0)", index=("i k",),
        where="t: the class of each row; n: the number of rows, or the sum of their classes' weights",
    ),
    "NllLoss2D": _loss(
        "Negative log-likelihood", "Classes against log-probabilities, for each pixel.",
        ": {-1 / n} times the sum of {y} at the class of each pixel",
        ": {-g * (1 / n)} at the class of each pixel, {0} elsewhere",
        index=(), where="n: the number of pixels, or the sum of their classes' weights",
    ),
    "SoftMarginLoss": _loss(
        "Soft margin", "Two classes, −1 and 1, against scores.", "1 / n * Sum(i, log(1 + exp(-t[i] * y[i])))",
        "-g * (1 / n) * t[i] * sigmoid(-t[i] * y[i])", where=f"σ: the sigmoid; {_N}",
    ),
    "MultiMarginLoss": _loss(
        "Margin of classes", "The class must win by a margin.",
        ": {max(0, m - y[t] + y[k])**p} over all other classes {k}, averaged",
        ": {g * (1 / n)} times the derivative for every class inside the margin, its negative to the class {t}",
        index=(),
        where="m: the margin, 1 unless told otherwise; p: 1 or 2",
    ),
    "MultilabelMarginLoss": _loss(
        "Margin of labels", "Each label must win by a margin.",
        ": {max(0, 1 - y[t] + y[k])} over all labels {t} and other classes {k}, averaged",
        ": {g * (1 / n)} for every class inside the margin, its negative to the label", index=(),
    ),
    "CtcLoss": _loss(
        "Connectionist temporal classification", "All ways to align a sequence with its labels.",
        ": {-log(P(t))}, the probability of the labels over all alignments",
        ": {g} times the share of the alignments that pass each place, minus its probability", index=(),
        where="probabilities are given as logarithms",
    ),
}  # fmt: skip
