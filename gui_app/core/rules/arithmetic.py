"""Arithmetic, element by element."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule, elementwise

_POW = ("self", "exponent")
_RELATIONS = "its derivative is 0 everywhere"

RULES: dict[str, Rule] = {
    "Add": elementwise("Sum", "Adds two tensors.", "a + b", "g", "g"),
    "Sub": elementwise("Difference", "Subtracts the second from the first.", "a - b", "g", "-g"),
    "Rsub": elementwise("Difference", "Subtracts the first from the second.", "b - a", "-g", "g"),
    "Mul": elementwise("Product", "Multiplies two tensors, element by element.", "a * b", "g * b", "g * a"),
    "Div": elementwise(
        "Quotient", "Divides the first by the second.", "a / b", "g * (1 / b)", "-g * (a / b**2)"
    ),
    "Div2": elementwise("Rounded quotient", "Divides and rounds.",
        ": {floor(a / b)} or {a / b} cut to a whole number",
                        ": {0}, since rounding is flat", ": {0}"),
    "Neg": elementwise("Negative", "Changes the sign.", "-a", "-g"),
    "Reciprocal": elementwise("Reciprocal", "One over each element.", "1 / a", "-g * c**2"),
    "Pow": elementwise(
        "Power", "Raises the first to the power of the second.", "a**b", "g * b * a**(b - 1)", "g * c * log(a)",
        saved=_POW,
    ),
    "Pow2": elementwise(
        "Power", "Raises a number to the power of each element.", "b**a", "g * c * log(b)",
        saved=("exponent", "self"),
    ),
    "Remainder": elementwise(
        "Remainder", "The remainder of a division, with the sign of the divisor.", "a - b * floor(a / b)", "g",
        "-g * floor(a / b)",
    ),
    "Fmod": elementwise(
        "Remainder", "The remainder of a division, with the sign of what is divided.", "a - b * trunc(a / b)", "g",
        "-g * trunc(a / b)",
    ),
    "Abs": elementwise("Absolute value", "The size without the sign.", "abs(a)", "g * sign(a)"),
    "Maximum": elementwise(
        "Larger of two", "The larger of each pair.", "max(a, b)",
        "where(a > b, g, where(a == b, g * (1 / 2), 0))", "where(b > a, g, where(a == b, g * (1 / 2), 0))",
    ),
    "Minimum": elementwise(
        "Smaller of two", "The smaller of each pair.", "min(a, b)",
        "where(a < b, g, where(a == b, g * (1 / 2), 0))", "where(b < a, g, where(a == b, g * (1 / 2), 0))",
    ),
    "Fmax": elementwise(
        "Larger of two", "The larger of each pair; NaN is passed over.", "max(a, b)",
        "where(a >= b, g, 0)", "where(a < b, g, 0)",
    ),
    "Fmin": elementwise(
        "Smaller of two", "The smaller of each pair; NaN is passed over.", "min(a, b)",
        "where(a <= b, g, 0)", "where(a > b, g, 0)",
    ),
    "Clamp": elementwise(
        "Clamp", "Keeps each element between two bounds.", "min(max(a, l), u)",
        "where(l <= a <= u, g, 0)", "where(a < l, g, 0)", "where(a > u, g, 0)",
        inputs=("a", "l", "u"), saved=("self", "min", "max"), where="l and u: the bounds, l ≤ u",
    ),
    "ClampMin": elementwise(
        "Clamp from below", "Lifts what is below a bound to the bound.", "max(a, l)",
        "where(a >= l, g, 0)", "where(a < l, g, 0)",
        inputs=("a", "l"), saved=("self", "min"), where="l: the bound",
    ),
    "ClampMax": elementwise(
        "Clamp from above", "Lowers what is above a bound to the bound.", "min(a, u)",
        "where(a <= u, g, 0)", "where(a > u, g, 0)",
        inputs=("a", "u"), saved=("self", "max"), where="u: the bound",
    ),
    "Where": elementwise(
        "Choice", "Takes the first where a condition holds, else the second.", "where(m, a, b)",
        "where(m, g, 0)", "where(m, 0, g)", where="m: the condition",
    ),
    "Lerp": elementwise(
        "Interpolation", "Goes from the first towards the second by a weight.", "a + w * (b - a)",
        "g * (1 - w)", "g * w", "g * (b - a)",
        inputs=("a", "b", "w"), saved=("self", "end", "weight"), where="w: the weight",
    ),
    "Addcmul": elementwise(
        "Sum with a product", "Adds a scaled product.", "a + v * b * d", "g", "g * v * d", "g * v * b",
        saved=("self", "tensor1", "tensor2"), where="v: the factor given as value, 1 if none is",
    ),
    "Addcdiv": elementwise(
        "Sum with a quotient", "Adds a scaled quotient.", "a + v * (b / d)",
        "g", "g * (v / d)", "-g * (v * b / d**2)",
        saved=("self", "tensor1", "tensor2"), where="v: the factor given as value, 1 if none is",
    ),
    "Atan2": elementwise(
        "Angle", "The angle of the point (b, a).", "atan(a / b)", "g * (b / (a**2 + b**2))",
        "-g * (a / (a**2 + b**2))", where="in the quadrant of the point",
    ),
    "Hypot": elementwise(
        "Hypotenuse", "The root of the sum of two squares.", "sqrt(a**2 + b**2)", "g * (a / c)", "g * (b / c)"
    ),
    "Copysign": elementwise(
        "Size and sign", "The size of the first with the sign of the second.", "abs(a) * sign(b)",
        "g * sign(a) * sign(b)", "0",
    ),
    "Ldexp": elementwise(
        "Scaled by powers of two", "Multiplies by 2 to the power of the second.", "a * 2**b", "g * 2**b",
        "g * c * log(2)",
    ),
    "Nextafter": elementwise("Next number", "The next floating-point number towards another.",
        ": {a} moved to its neighbour",
                             "g", "0"),
    "Floor": elementwise("Rounded down", f"The next whole number below; {_RELATIONS}.", "floor(a)", "0"),
    "Ceil": elementwise("Rounded up", f"The next whole number above; {_RELATIONS}.", "ceil(a)", "0"),
    "Round": elementwise("Rounded", f"The nearest whole number; {_RELATIONS}.", "round(a)", "0"),
    "Trunc": elementwise("Whole part", f"Cuts off the decimals; {_RELATIONS}.", "trunc(a)", "0"),
    "Sign": elementwise("Sign", f"−1, 0 or 1; {_RELATIONS}.", "sign(a)", "0"),
    "Sgn": elementwise("Sign", f"−1, 0 or 1; {_RELATIONS}.", "sign(a)", "0"),
    "Frac": elementwise("Decimals", "What remains without the whole part.", "a - trunc(a)", "g"),
    "NanToNum": elementwise(
        "NaN replaced", "Puts numbers in place of NaN and infinities.",
        ": {a}, with a number where it was not finite",
        ": {g} where {a} was finite, {0} elsewhere",
    ),
    "Deg2Rad": elementwise("Degrees to radians", "Scales an angle.", "a * (pi / 180)", "g * (pi / 180)"),
    "Rad2Deg": elementwise("Radians to degrees", "Scales an angle.", "a * (180 / pi)", "g * (180 / pi)"),
    "MaskedFill": elementwise(
        "Filled where masked", "Puts a number where a mask holds.", "where(m, v, a)", "where(m, 0, g)",
        ": the sum of {g} where {m} holds", inputs=("a", "v"), where="m: the mask; v: the number",
    ),
    "Frexp": elementwise("Mantissa", "Splits into mantissa and exponent of 2.", "a / 2**e", "g * (1 / 2**e)",
                         saved=("self",), where="e: the exponent"),
}  # fmt: skip
