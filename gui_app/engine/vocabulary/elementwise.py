"""Functions of each element by itself."""

from __future__ import annotations

import math
from typing import Any

import torch

from gui_app.engine.vocabulary import sizes, work
from gui_app.engine.vocabulary.row import Function, Row

_UNARY: dict[str, tuple[str, Function | None]] = {
    "abs": ("size without sign", abs),
    "absolute": ("size without sign", None),
    "acos": ("inverse cosine", math.acos),
    "acosh": ("inverse hyperbolic cosine", math.acosh),
    "arccos": ("inverse cosine", None),
    "arccosh": ("inverse hyperbolic cosine", None),
    "arcsin": ("inverse sine", None),
    "arcsinh": ("inverse hyperbolic sine", None),
    "arctan": ("inverse tangent", None),
    "arctanh": ("inverse hyperbolic tangent", None),
    "asin": ("inverse sine", math.asin),
    "asinh": ("inverse hyperbolic sine", math.asinh),
    "atan": ("inverse tangent", math.atan),
    "atanh": ("inverse hyperbolic tangent", math.atanh),
    "bitwise_not": ("every bit turned over", None),
    "ceil": ("the next whole number above", math.ceil),
    "cos": ("cosine", math.cos),
    "cosh": ("hyperbolic cosine", math.cosh),
    "deg2rad": ("degrees to radians", math.radians),
    "digamma": ("derivative of lgamma", None),
    "erf": ("error function", math.erf),
    "erfc": ("1 - erf", math.erfc),
    "erfinv": ("inverse of erf", None),
    "exp": ("e to the power of the element", math.exp),
    "exp2": ("2 to the power of the element", None),
    "expm1": ("exp(x) - 1, exact near 0", math.expm1),
    "fix": ("the whole part", None),
    "floor": ("the next whole number below", math.floor),
    "frac": ("what remains without the whole part", None),
    "i0": ("modified Bessel function of order 0", None),
    "isfinite": ("whether it is neither inf nor nan", None),
    "isinf": ("whether it is infinite", None),
    "isneginf": ("whether it is -inf", None),
    "isposinf": ("whether it is +inf", None),
    "isnan": ("whether it is not a number", None),
    "lgamma": ("logarithm of the gamma function", math.lgamma),
    "log": ("natural logarithm", math.log),
    "log10": ("logarithm to base 10", math.log10),
    "log1p": ("log(1 + x), exact near 0", math.log1p),
    "log2": ("logarithm to base 2", math.log2),
    "logical_not": ("true where it is 0", None),
    "logit": ("inverse of sigmoid", None),
    "neg": ("the element with its sign changed", None),
    "negative": ("the element with its sign changed", None),
    "positive": ("the element itself", None),
    "rad2deg": ("radians to degrees", math.degrees),
    "reciprocal": ("1 / x", None),
    "relu": ("the element, 0 where it is negative", lambda x: max(x, 0.0)),
    "rsqrt": ("1 / sqrt(x)", None),
    "selu": ("scaled exponential linear unit", None),
    "sgn": ("sign: -1, 0 or 1", None),
    "sigmoid": ("1 / (1 + exp(-x))", lambda x: 1 / (1 + math.exp(-x))),
    "sign": ("-1, 0 or 1", lambda x: float((x > 0) - (x < 0))),
    "signbit": ("whether it is negative", None),
    "sin": ("sine", math.sin),
    "sinc": ("sin(pi x) / (pi x)", None),
    "sinh": ("hyperbolic sine", math.sinh),
    "sqrt": ("square root", math.sqrt),
    "square": ("x * x", lambda x: x * x if isinstance(x, float) else float(x) * x),
    "tan": ("tangent", math.tan),
    "tanh": ("hyperbolic tangent", math.tanh),
    "trunc": ("the whole part", math.trunc),
}
_NOT_METHODS = {"selu"}
_SLOW = {"i0", "logit", "lgamma", "digamma", "sinc"}
_LONG = work.at_most(5_000_000)

_BINARY = {
    "arctan2": "angle of the point (other, input)",
    "atan2": "angle of the point (other, input)",
    "bitwise_and": "bits that are set in both",
    "bitwise_or": "bits that are set in one of them",
    "bitwise_xor": "bits that are set in exactly one",
    "copysign": "size of the first, sign of the second",
    "eq": "whether both are equal",
    "floor_divide": "quotient, rounded down",
    "fmax": "the larger one, ignoring nan",
    "fmin": "the smaller one, ignoring nan",
    "fmod": "remainder with the sign of the first",
    "ge": "whether the first is at least the second",
    "greater": "whether the first is larger",
    "greater_equal": "whether the first is at least the second",
    "gt": "whether the first is larger",
    "heaviside": "0 below 0, 1 above, the second at 0",
    "hypot": "root of the sum of the squares",
    "le": "whether the first is at most the second",
    "ldexp": "input * 2**other",
    "less": "whether the first is smaller",
    "less_equal": "whether the first is at most the second",
    "logaddexp2": "log2(2**a + 2**b), without overflow",
    "logaddexp": "log(exp(a) + exp(b)), without overflow",
    "logical_and": "whether both are not 0",
    "logical_or": "whether one of them is not 0",
    "logical_xor": "whether exactly one is not 0",
    "lt": "whether the first is smaller",
    "maximum": "the larger of each pair",
    "minimum": "the smaller of each pair",
    "ne": "whether they differ",
    "not_equal": "whether they differ",
    "remainder": "remainder with the sign of the second",
    "true_divide": "quotient",
    "xlogy": "x * log(y), 0 where x is 0",
}
_SCALED = {
    "add": "input + alpha * other",
    "sub": "input - alpha * other",
    "subtract": "input - alpha * other",
}


def _clamp_number(input: float, min: Any = None, max: Any = None) -> float:
    low = input if min is None or input >= min else min
    return low if max is None or low <= max else max


def _where(input: Any, condition: Any, other: Any) -> torch.Tensor:
    """``x.where(condition, other)``."""
    return torch.where(condition, input, other)


ROWS = (
    *(
        Row(
            name,
            "input",
            help,
            getattr(torch, name),
            places="torch bare" if name in _NOT_METHODS else "torch method bare",
            rule=_LONG if name in _SLOW else None,
            number=number,
        )
        for name, (help, number) in _UNARY.items()
    ),
    *(
        Row(name, "input, other", help, getattr(torch, name), rule=sizes.broadcast)
        for name, help in _BINARY.items()
    ),
    *(
        Row(name, "input, other, *, alpha=1", help, getattr(torch, name), rule=sizes.broadcast)
        for name, help in _SCALED.items()
    ),
    Row("mul", "input, other", "input * other", torch.mul, rule=sizes.broadcast),
    Row("multiply", "input, other", "input * other", torch.multiply, rule=sizes.broadcast),
    Row(
        "div",
        "input, other, *, rounding_mode=None",
        "input / other",
        torch.div,
        rule=sizes.broadcast,
        text=True,
    ),
    Row(
        "divide",
        "input, other, *, rounding_mode=None",
        "input / other",
        torch.divide,
        rule=sizes.broadcast,
        text=True,
    ),
    Row("pow", "input, exponent", "input ** exponent", torch.pow, "torch method", rule=sizes.broadcast),
    Row(
        "float_power",
        "input, exponent",
        "input ** exponent in double precision",
        torch.float_power,
        rule=sizes.broadcast,
    ),
    Row("round", "input, *, decimals=0", "the nearest whole number", torch.round, "torch method"),
    Row("lerp", "input, end, weight", "input + weight * (end - input)", torch.lerp, rule=sizes.broadcast),
    Row(
        "clamp",
        "input, min=None, max=None",
        "the element, kept between min and max",
        torch.clamp,
        rule=sizes.broadcast,
        number=_clamp_number,
    ),
    Row(
        "clip",
        "input, min=None, max=None",
        "the element, kept between min and max",
        torch.clip,
        rule=sizes.broadcast,
    ),
    Row("clamp_min", "input, min", "the element, at least min", torch.clamp_min, rule=sizes.broadcast),
    Row("clamp_max", "input, max", "the element, at most max", torch.clamp_max, rule=sizes.broadcast),
    Row(
        "where",
        "condition, input, other",
        "input where the condition holds, else other",
        torch.where,
        "torch bare",
        rule=sizes.broadcast,
    ),
    Row(
        "where",
        "input, condition, other",
        "input where the condition holds, else other",
        _where,
        "method",
        rule=sizes.broadcast,
    ),
    *(
        Row(
            name,
            "input, tensor1, tensor2, *, value=1",
            f"input + value * tensor1 {sign} tensor2",
            getattr(torch, name),
            rule=sizes.broadcast,
        )
        for name, sign in (("addcmul", "*"), ("addcdiv", "/"))
    ),
    Row(
        "nan_to_num",
        "input, nan=0.0, posinf=None, neginf=None",
        "numbers in place of nan and inf",
        torch.nan_to_num,
    ),
    Row(
        "isclose",
        "input, other, rtol=1e-5, atol=1e-8, equal_nan=False",
        "whether both are nearly equal",
        torch.isclose,
        rule=sizes.broadcast,
    ),
    Row(
        "allclose",
        "input, other, rtol=1e-5, atol=1e-8, equal_nan=False",
        "whether all are nearly equal",
        torch.allclose,
        rule=sizes.broadcast,
        result="any",
    ),
    Row("equal", "input, other", "whether shape and elements are equal", torch.equal, result="any"),
)
