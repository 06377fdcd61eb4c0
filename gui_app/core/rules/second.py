"""Backward passes as operations of their own: what a graph made with ``create_graph`` consists of.

The first input is the gradient that arrived in the first pass, written ``u``.
"""

from __future__ import annotations

import re

from gui_app.core.rules.rule import Rule, elementwise

PLACES = ("Select", "Slice", "Diagonal", "Unfold", "Index", "Embedding", "Trace", "AsStrided")
"""Operations that pick elements: their backward pass puts them back."""
_SELF = ("grad_output", "self")
_RESULT = ("grad_output", "result")


def _pass(
    title: str, formula: str, *back: str, inputs: str = "u a", saved: tuple[str, ...] = _SELF, where: str = ""
) -> Rule:
    return elementwise(
        f"Backward of {title}", f"What the backward pass of {title} sends on.", formula, *back,
        inputs=tuple(inputs.split()), saved=saved, where=where,
    )  # fmt: skip


def derived(name: str, rule: Rule) -> Rule:
    """The backward pass of ``rule`` as an operation of its own; it is linear in what arrives, ``u``."""
    title, words = f"Backward of {name}", f"What the backward pass of {name} sends on."
    names, saved = ("u", *rule.inputs), ("grad_output", *rule.saved)
    if rule.elementwise:
        return elementwise(
            title, words, re.sub(r"\bg\b", "u", rule.flow(0)), rule.flow(0), ": {g * u} times the second derivative",
            inputs=names, saved=saved, where=rule.where,
        )  # fmt: skip
    return Rule(
        title,
        words,
        ": the gradient that {u} makes",
        (": its derivative in the direction of {g}",),
        names,
        saved=saved,
    )


RULES: dict[str, Rule] = {
    **{
        f"{name}Backward": Rule(
            f"Backward of {name}", "Puts a gradient back to the places that were taken.",
            ": {u} at the places that were taken, {0} elsewhere", (": {g} at those places",), inputs=("u",),
        )
        for name in PLACES
    },
    "TanhBackward": _pass("tanh", "u * (1 - r**2)", "g * (1 - r**2)", "-g * 2 * u * r", inputs="u r", saved=_RESULT,
                          where="r: the result of tanh"),
    "SigmoidBackward": _pass("sigmoid", "u * r * (1 - r)", "g * r * (1 - r)", "g * u * (1 - 2 * r)", inputs="u r",
                             saved=_RESULT, where="r: the result of the sigmoid"),
    "ThresholdBackward": _pass("relu", "where(a > 0, u, 0)", "where(a > 0, g, 0)", "0"),
    "LeakyReluBackward": _pass("leaky_relu", "where(a > 0, u, s * u)", "where(a > 0, g, s * g)", "0",
                               where="s: the slope below 0"),
    "EluBackward": _pass(
        "elu", "where(a > 0, lam * u, lam * q * alpha * u * exp(q * a))",
            "where(a > 0, lam * g, lam * q * alpha * g * exp(q * a))",
        "where(a > 0, 0, lam * q**2 * alpha * g * u * exp(q * a))", saved=("grad_output", "self_or_result"),
        where="α: the bound; λ and q: scales of the output and of the input",
    ),
    "GeluBackward": _pass(
        "gelu", "u * (Phi(a) + a * density(a))", "g * (Phi(a) + a * density(a))", "g * u * density(a) * (2 - a**2)",
        where="φ: the density of the normal distribution; Φ: its cumulative distribution",
    ),
    "SoftplusBackward": _pass("softplus", "u * sigmoid(beta * a)", "g * sigmoid(beta * a)",
                              "g * u * beta * sigmoid(beta * a) * (1 - sigmoid(beta * a))",
                              where="β: the sharpness; σ: the sigmoid"),
    "LogSigmoidBackward": _pass("logsigmoid", "u * sigmoid(-a)", "g * sigmoid(-a)",
        "-g * u * sigmoid(a) * sigmoid(-a)",
                                where="σ: the sigmoid"),
    "MseLossBackward": Rule(
        "Backward of mse_loss", "What the backward pass of the mean squared error sends on.",
        "u * (2 / n) * (y[i] - t[i])",
        ("Sum(i, g[i] * (2 / n) * (y[i] - t[i]))", "g[i] * u * (2 / n)", "-g[i] * u * (2 / n)"),
        inputs=("u", "y", "t"), index=("", "i", "i"), saved=("grad_output", "self", "target"),
        where="n: the number of elements, 1 with reduction='sum'",
    ),
    "SoftmaxBackwardData": Rule(
        "Backward of softmax", "What the backward pass of the softmax sends on.",
        "r[i] * (u[i] - Sum(j, u[j] * r[j]))",
        ("r[i] * (g[i] - Sum(j, g[j] * r[j]))",
         "g[i] * u[i] - g[i] * Sum(j, u[j] * r[j]) - u[i] * Sum(j, g[j] * r[j])"),
        inputs=("u", "r"), index=("i",), saved=("grad_output", "output"), where="r: the result of the softmax",
    ),
    "LogSoftmaxBackwardData": Rule(
        "Backward of log_softmax", "What the backward pass of the logarithm of the softmax sends on.",
        "u[i] - exp(r[i]) * Sum(j, u[j])",
        ("g[i] - Sum(j, exp(r[j]) * g[j])", "-g[i] * exp(r[i]) * Sum(j, u[j])"),
        inputs=("u", "r"), index=("i",), saved=("grad_output", "output"), where="r: the result",
    ),
    "ConvolutionBackward": Rule(
        "Backward of a convolution", "What the backward pass of a convolution sends on.",
        ": the gradients of the input, the kernel and the bias",
        (": the convolution of {g0} with {W}, plus that of {x} with {g1}, plus {g2}",
         ": the correlation of {u} with {g1}, turned round", ": the correlation of {g0} with {u}"),
        inputs=("u", "x", "W"), saved=("grad_output", "input", "weight"),
    ),
}  # fmt: skip
