"""Activation functions, element by element."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule, elementwise

_NORMAL = "φ: the density of the normal distribution; Φ: its cumulative distribution"

RULES: dict[str, Rule] = {
    "Relu": elementwise(
        "Rectifier", "Keeps what is positive, 0 for the rest.", "max(a, 0)", "where(a > 0, g, 0)"
    ),
    "Threshold": elementwise(
        "Threshold", "Puts a number where an element is not above a threshold.", "where(a > t, a, v)",
        "where(a > t, g, 0)", where="t: the threshold; v: the number",
    ),
    "LeakyRelu": elementwise(
        "Leaky rectifier", "A small slope below 0.", "where(a > 0, a, s * a)", "where(a > 0, g, s * g)",
        where="s: the slope below 0",
    ),
    "PreluKernel": elementwise(
        "Leaky rectifier, learned", "A slope below 0 that is learned.", "where(a > 0, a, w * a)",
        "where(a > 0, g, w * g)", "where(a > 0, 0, g * a)", inputs=("a", "w"), saved=("self", "weight"),
    ),
    "RreluWithNoise": elementwise(
        "Leaky rectifier, random", "A random slope below 0.", "where(a > 0, a, s * a)", "where(a > 0, g, s * g)",
        where="s: the slope that was drawn",
    ),
    "Elu": elementwise(
        "Exponential rectifier", "Bends to a bound below 0.",
        "where(a > 0, lam * a, lam * alpha * (exp(q * a) - 1))",
        "where(a > 0, g * lam, g * lam * q * alpha * exp(q * a))",
        where="α: the bound; λ and q: scales of the output and of the input, 1 unless it is a SELU",
    ),
    "Celu": elementwise(
        "Smooth exponential rectifier", "Bends smoothly to a bound below 0.",
        "where(a > 0, a, alpha * (exp(a / alpha) - 1))", "where(a > 0, g, g * exp(a / alpha))",
        where="α: the bound",
    ),
    "Silu": elementwise(
        "Sigmoid-weighted", "Each element times its sigmoid.", "a * sigmoid(a)",
        "g * sigmoid(a) * (1 + a * (1 - sigmoid(a)))", where="σ: the sigmoid",
    ),
    "Gelu": elementwise(
        "Gaussian rectifier", "Each element times the normal distribution there.", "a * Phi(a)",
        "g * (Phi(a) + a * density(a))", where=f"{_NORMAL}, or an approximation by tanh",
    ),
    "Mish": elementwise(
        "Mish", "Each element times the tanh of its softplus.", "a * tanh(p)",
        "g * (tanh(p) + a * sigmoid(a) * (1 - tanh(p)**2))", where="p = ln(1 + eᵃ); σ: the sigmoid",
    ),
    "Softplus": elementwise(
        "Softplus", "A smooth rectifier.", "log(1 + exp(beta * a)) / beta", "g * sigmoid(beta * a)",
        where="β: the sharpness, 1 if none is given; σ: the sigmoid",
    ),
    "LogSigmoid": elementwise(
        "Logarithm of the sigmoid", "ln σ, without underflow.", "log(sigmoid(a))", "g * (1 - sigmoid(a))",
        where="σ: the sigmoid",
    ),
    "Hardtanh": elementwise(
        "Clamp", "Keeps each element between two bounds.", "min(max(a, l), u)", "where(l < a < u, g, 0)",
        where="l and u: the bounds",
    ),
    "Hardsigmoid": elementwise(
        "Straight sigmoid", "Straight pieces in place of the sigmoid.", "min(max(a / 6 + 1 / 2, 0), 1)",
        "where(-3 < a < 3, g * (1 / 6), 0)",
    ),
    "Hardswish": elementwise(
        "Straight swish", "Straight pieces in place of the sigmoid-weighted.", "a * (min(max(a + 3, 0), 6) / 6)",
        "where(a <= -3, 0, where(a < 3, g * (a / 3 + 1 / 2), g))",
    ),
    "Hardshrink": elementwise(
        "Hard shrinkage", "Puts 0 where an element is small.", "where(abs(a) > lam, a, 0)",
        "where(abs(a) > lam, g, 0)", where="λ: what counts as small",
    ),
    "Softshrink": elementwise(
        "Soft shrinkage", "Moves each element towards 0.", "where(abs(a) > lam, a - lam * sign(a), 0)",
        "where(abs(a) > lam, g, 0)", where="λ: by how much",
    ),
    "Glu": Rule(
        "Gate", "One half times the sigmoid of the other.", ": {a1 * sigmoid(a2)}, the two halves of {a}",
        (": {g * sigmoid(a2)} to the first half, {g * a1 * sigmoid(a2) * (1 - sigmoid(a2))} to the second",),
        where="σ: the sigmoid",
    ),
}  # fmt: skip
