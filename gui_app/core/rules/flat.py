"""What is recorded but has no slope: random numbers, comparisons, choices."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule, elementwise

_DRAWN = {
    "Bernoulli": "0 or 1 by chance",
    "Binomial": "how many of some tries succeed",
    "Cauchy": "numbers of a Cauchy distribution",
    "Exponential": "waiting times",
    "Geometric": "tries until a success",
    "LogNormal": "numbers whose logarithms are normal",
    "Normal": "normal numbers",
    "Poisson": "counts",
    "Random": "whole numbers",
    "Uniform": "numbers between two bounds",
}
_COMPARED = {"Eq": "a == b", "Ne": "a != b", "Gt": "a > b", "Ge": "a >= b", "Lt": "a < b", "Le": "a <= b"}
_LOGICAL = ("LogicalAnd", "LogicalOr", "LogicalXor", "LogicalNot")
_NONE = ": no derivative is known to PyTorch"

RULES: dict[str, Rule] = {
    **{
        name: elementwise(
            "Random numbers", f"Draws {what}; what they replace has no influence.", f": {what}", "0", "0"
        )
        for name, what in _DRAWN.items()
    },
    **{
        name: elementwise(
            "Comparison",
            "1 where it holds, else 0; its derivative is 0.",
            f"where({formula}, 1, 0)",
            "0",
            "0",
        )
        for name, formula in _COMPARED.items()
    },
    **{
        name: elementwise(
            "Logic", "1 where it holds, else 0; its derivative is 0.", ": {a} and {b} as yes or no", "0"
        )
        for name in _LOGICAL
    },
    **{
        name: Rule("Distinct values", "Each value once.", ": the distinct values of {a}", (_NONE,))
        for name in ("Unique2", "UniqueDim", "UniqueConsecutive")
    },
}
