"""Functions of one number, element by element."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule, elementwise

_ROWS = (
    ("Sqrt", "Square root", "The square root of each element.", "sqrt(a)", "g * (1 / (2 * c))"),
    ("Rsqrt", "Reciprocal square root", "One over the square root.", "1 / sqrt(a)", "-g * (c**3 / 2)"),
    ("Exp", "Exponential", "e to the power of each element.", "exp(a)", "g * c"),
    ("Exp2", "Power of two", "2 to the power of each element.", "2**a", "g * c * log(2)"),
    ("Expm1", "Exponential minus one", "exp(a) − 1, exact near 0.", "exp(a) - 1", "g * (c + 1)"),
    ("Log", "Natural logarithm", "The logarithm to base e.", "log(a)", "g * (1 / a)"),
    ("Log2", "Logarithm to base 2", "The logarithm to base 2.", "log2(a)", "g * (1 / (a * log(2)))"),
    ("Log10", "Logarithm to base 10", "The logarithm to base 10.", "log10(a)", "g * (1 / (a * log(10)))"),
    ("Log1P", "Logarithm of one plus", "log(1 + a), exact near 0.", "log(1 + a)", "g * (1 / (1 + a))"),
    ("Sin", "Sine", "The sine of each element.", "sin(a)", "g * cos(a)"),
    ("Cos", "Cosine", "The cosine of each element.", "cos(a)", "-g * sin(a)"),
    ("Tan", "Tangent", "The tangent of each element.", "tan(a)", "g * (1 + c**2)"),
    ("Asin", "Arc sine", "The inverse of the sine.", "asin(a)", "g * (1 / sqrt(1 - a**2))"),
    ("Acos", "Arc cosine", "The inverse of the cosine.", "acos(a)", "-g * (1 / sqrt(1 - a**2))"),
    ("Atan", "Arc tangent", "The inverse of the tangent.", "atan(a)", "g * (1 / (1 + a**2))"),
    ("Sinh", "Hyperbolic sine", "The hyperbolic sine.", "sinh(a)", "g * cosh(a)"),
    ("Cosh", "Hyperbolic cosine", "The hyperbolic cosine.", "cosh(a)", "g * sinh(a)"),
    ("Tanh", "Hyperbolic tangent", "Squeezes each element into (−1, 1).", "tanh(a)", "g * (1 - c**2)"),
    ("Asinh", "Inverse hyperbolic sine", "The inverse of sinh.", "asinh(a)", "g * (1 / sqrt(a**2 + 1))"),
    ("Acosh", "Inverse hyperbolic cosine", "The inverse of cosh.", "acosh(a)", "g * (1 / sqrt(a**2 - 1))"),
    ("Atanh", "Inverse hyperbolic tangent", "The inverse of tanh.", "atanh(a)", "g * (1 / (1 - a**2))"),
    ("Sigmoid", "Sigmoid", "Squeezes each element into (0, 1).", "1 / (1 + exp(-a))", "g * c * (1 - c)"),
    ("Logit", "Logit", "The inverse of the sigmoid.", "log(a / (1 - a))", "g * (1 / (a * (1 - a)))"),
    ("Sinc", "Cardinal sine", "The sine over its angle, 1 at 0.", "sin(pi * a) / (pi * a)",
     "g * ((cos(pi * a) - c) / a)"),
)  # fmt: skip
RULES: dict[str, Rule] = {
    name: elementwise(title, words, formula, back) for name, title, words, formula, back in _ROWS
}
