"""What a formula of the table gives for numbers: to put them in only where the formula is what really happened."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from gui_app.core.rules.formulas import is_sentence, letters, parsed

_SAME = [
    "sqrt",
    "exp",
    "log",
    "log2",
    "log10",
    "abs",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "sign",
    "floor",
    "ceil",
    "trunc",
    "round",
]
_FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in _SAME},
    **{name: getattr(np, f"arc{name[1:]}") for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "max": max,
    "min": min,
    "where": lambda condition, one, other: one if condition else other,
    "erf": np.vectorize(math.erf),
    "Phi": lambda a: (1 + math.erf(a / math.sqrt(2))) / 2,
    "density": lambda a: math.exp(-a * a / 2) / math.sqrt(2 * math.pi),
    "pi": math.pi,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "outer": np.outer,
    "cross": np.cross,
}
_INDEXED = re.compile(r"\bSum\(|\bProd\(|\[")


def value_of(formula: str, known: Mapping[str, Any]) -> Any | None:
    """The number or array that a formula gives; ``None`` if it takes more than the ``known`` letters."""
    if is_sentence(formula) or _INDEXED.search(formula) or letters(formula) - known.keys() - {"pi"}:
        return None
    parsed(formula)
    try:
        with np.errstate(all="ignore"):
            return eval(formula, {"__builtins__": {}}, {**_FUNCTIONS, **known})
    except (ArithmeticError, NameError, TypeError, ValueError, np.linalg.LinAlgError):
        return None


def agrees(formula: str, known: Mapping[str, Any], recorded: Any) -> bool:
    """Whether a formula gives what was recorded, to the precision of short floating-point formats."""
    value = value_of(formula, known)
    if value is None or np.shape(value) != np.shape(recorded):
        return False
    scale = float(np.max(np.abs(np.nan_to_num(recorded)), initial=0.0))
    return bool(np.allclose(value, recorded, rtol=2e-2, atol=1e-2 * scale, equal_nan=True))
