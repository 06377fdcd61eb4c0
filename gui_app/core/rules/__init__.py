"""The rules of differentiation: for every operation that PyTorch records, its formula and its derivatives.

The table is data; a test evaluates what it says and compares it with PyTorch.
"""

from __future__ import annotations

import re

from gui_app.core.rules import (
    activations,
    arithmetic,
    decompositions,
    flat,
    functions,
    layers,
    losses,
    matrices,
    reductions,
    second,
    shapes,
    special,
)
from gui_app.core.rules.rule import Rule

__all__ = ["RULES", "Rule", "rule_of"]

RULES: dict[str, Rule] = {
    **arithmetic.RULES,
    **functions.RULES,
    **special.RULES,
    **activations.RULES,
    **reductions.RULES,
    **matrices.RULES,
    **decompositions.RULES,
    **shapes.RULES,
    **losses.RULES,
    **layers.RULES,
    **second.RULES,
    **flat.RULES,
}
"""By the name of the operation (``Mul``), or of one of its forms with the number of PyTorch's (``Max0``)."""

_RECORDED = re.compile(r"(\w+)Backward(\d+)(_copy)?$")
_NAMED = ("CopySlices", "CopyBackwards", "AccumulateGrad", "NotImplemented")
"""Nodes of the engine itself, whose names follow no pattern."""


def rule_of(name: str) -> Rule | None:
    """The rule of a grad_fn by PyTorch's name, ``MulBackward0``; ``None`` if the table has none.

    PyTorch numbers its own; a name without a number, ``ExpBackward``, is a custom Function's.
    """
    if name in _NAMED:
        return RULES.get(name)
    found = _RECORDED.fullmatch(name)
    if found is None:
        return None
    own = RULES.get(found[1] + found[2]) or RULES.get(found[1])
    if own is None and found[1].endswith("Backward"):
        passed = found[1].removesuffix("Backward")
        return second.derived(passed, RULES[passed]) if passed in RULES else None
    return own
