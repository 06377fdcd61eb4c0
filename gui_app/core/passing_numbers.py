"""What a pass computes itself: running sums as the engine adds them, and local derivatives told by the numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gui_app.core.graph import PREVIEW, TensorView

ELEMENTWISE = frozenset(
    (
        *("Add", "Sub", "Rsub", "Mul", "Div", "Neg", "Pow", "Reciprocal", "Sqrt"),
        *("Rsqrt", "Exp", "Exp2", "Expm1", "Log", "Log2", "Log10", "Log1P", "Abs"),
        *("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Tanh"),
        *("Sigmoid", "Relu", "LeakyRelu", "Elu", "Silu", "Gelu", "Softplus", "Erf", "Clamp"),
    )
)
"""Operations (without ``Backward0``) that pass on upstream × local element by element."""


def local(upstream: TensorView | None, passed: TensorView | None, elementwise: bool) -> TensorView | None:
    """passed / upstream, where that is the local derivative and nothing has to be divided by 0."""
    if upstream is None or passed is None or upstream.elements is None or passed.elements is None:
        return None
    if math.prod(upstream.shape) != 1 and not (elementwise and upstream.shape == passed.shape):
        return None
    if not np.isfinite(upstream.elements).all() or (upstream.elements == 0).any():
        return None
    divisor = upstream.elements.reshape(()) if math.prod(upstream.shape) == 1 else upstream.elements
    with np.errstate(all="ignore"):
        return view(passed.elements / divisor, passed)


def added(first: TensorView | None, second: TensorView | None) -> TensorView | None:
    """The sum of two gradients as the engine adds them; ``None`` where the elements are not known."""
    if first is None or second is None or first.shape != second.shape:
        return None
    if first.elements is None or second.elements is None:
        return None
    if second.dtype.startswith("complex"):  # of these only the absolute values have travelled
        return None
    precise = second.dtype if second.dtype in ("float16", "float32") else "float64"
    with np.errstate(all="ignore"):
        total = first.elements.astype(precise) + second.elements.astype(precise)
    return view(total.astype(np.float64), second)


def view(elements: NDArray[np.float64], like: TensorView) -> TensorView:
    """Elements with their statistics, in the dtype and on the device of ``like``."""
    with np.errstate(all="ignore"):
        low, high, mean = (
            (float(elements.min()), float(elements.max()), float(elements.mean()))
            if elements.size
            else (math.nan, math.nan, math.nan)
        )
        norm = float(np.sqrt((elements**2).sum()))
    kept = np.asarray(elements) if elements.size <= PREVIEW else None
    return TensorView(elements.shape, like.dtype, like.device, low, high, mean, norm, kept)
