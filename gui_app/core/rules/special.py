"""Special functions: error, gamma and Bessel functions, entropies."""

from __future__ import annotations

from gui_app.core.rules.rule import Rule, elementwise

_GAUSS = "exp(-a**2)"
_NORMAL = "φ: the density of the normal distribution; Φ: its cumulative distribution"

RULES: dict[str, Rule] = {
    "Erf": elementwise("Error function", "The error function.", "erf(a)", f"g * (2 / sqrt(pi)) * {_GAUSS}"),
    "Erfc": elementwise(
        "Complementary error function", "One minus the error function.", "1 - erf(a)",
        f"-g * (2 / sqrt(pi)) * {_GAUSS}",
    ),
    "Erfinv": elementwise(
        "Inverse error function", "The inverse of the error function.", "erfinv(a)",
        "g * (sqrt(pi) / 2) * exp(c**2)",
    ),
    "SpecialErfcx": elementwise(
        "Scaled complementary error function", "erfc without its fast decay.", "exp(a**2) * (1 - erf(a))",
        "g * (2 * a * c - 2 / sqrt(pi))",
    ),
    "SpecialNdtri": elementwise(
        "Normal quantile", "The inverse of the normal distribution.", ": {inv(Phi)} of {a}", "g * (1 / density(c))",
        where=_NORMAL,
    ),
    "SpecialLogNdtr": elementwise(
        "Logarithm of the normal distribution", "log Φ, without underflow.", "log(Phi(a))",
        "g * (density(a) / Phi(a))", where=_NORMAL,
    ),
    "Lgamma": elementwise(
        "Logarithm of gamma", "The logarithm of the gamma function.", "log(abs(gammaf(a)))", "g * digamma(a)",
        where="ψ: the derivative of ln Γ",
    ),
    "Digamma": elementwise(
        "Digamma", "The derivative of ln Γ.", "digamma(a)", "g * trigamma(a)",
        where="trigamma: the derivative of ψ",
    ),
    "Polygamma": elementwise(
        "Polygamma", "The n-th derivative of the digamma function.", "polygamma(n, a)", "g * polygamma(n + 1, a)",
        where="n: the order",
    ),
    "Mvlgamma": elementwise(
        "Multivariate log gamma", "The logarithm of the gamma function of p dimensions.",
        "p * (p - 1) / 4 * log(pi) + Sum(j, log(gammaf(a + (1 - j) / 2)))",
        "g * Sum(j, digamma(a + (1 - j) / 2))", where="p: the dimensions; j runs from 1 to p",
    ),
    "I0": elementwise("Bessel function", "The modified Bessel function of order 0.", "i0(a)", "g * i1(a)",
                      where="I₁: the one of order 1"),
    "SpecialI1": elementwise(
        "Bessel function", "The modified Bessel function of order 1.", "i1(a)", "g * (i0(a) - c / a)"
    ),
    "SpecialI0E": elementwise(
        "Scaled Bessel function", "The Bessel function of order 0 over its growth.", "exp(-abs(a)) * i0(a)",
        "g * (exp(-abs(a)) * i1(a) - sign(a) * c)",
    ),
    "SpecialI1E": elementwise(
        "Scaled Bessel function", "The Bessel function of order 1 over its growth.", "exp(-abs(a)) * i1(a)",
        "g * (exp(-abs(a)) * i0(a) - c * (sign(a) + 1 / a))",
    ),
    "SpecialEntr": elementwise(
        "Entropy", "What each probability adds to the entropy.", "-a * log(a)", "-g * (1 + log(a))"
    ),
    "Xlogy": elementwise(
        "Times a logarithm", "a · ln b, and 0 where a is 0.", "a * log(b)", "g * log(b)", "g * (a / b)"
    ),
    "SpecialXlog1Py": elementwise(
        "Times a logarithm", "a · ln (1 + b), and 0 where a is 0.", "a * log(1 + b)", "g * log(1 + b)",
        "g * (a / (1 + b))",
    ),
    "Logaddexp": elementwise(
        "Sum in the logarithm", "Adds two numbers that are given as logarithms.", "log(exp(a) + exp(b))",
        "g * exp(a - c)", "g * exp(b - c)",
    ),
    "Logaddexp2": elementwise(
        "Sum in the logarithm", "Adds two numbers that are given as logarithms to base 2.", "log2(2**a + 2**b)",
        "g * 2**(a - c)", "g * 2**(b - c)",
    ),
    "SpecialZeta": elementwise(
        "Zeta function", "Hurwitz' zeta function.", "zeta(a, b)", ": no derivative is known to PyTorch",
        "-g * a * zeta(a + 1, b)",
    ),
    "Igamma": elementwise(
        "Incomplete gamma function", "The lower one, as a share.", ": {P(a, b)}, a share between {0} and {1}",
        ": no derivative is known to PyTorch", "g * (b**(a - 1) * exp(-b) / gammaf(a))",
    ),
    "Igammac": elementwise(
        "Incomplete gamma function", "The upper one, as a share.", ": {1 - P(a, b)}, a share between {0} and {1}",
        ": no derivative is known to PyTorch", "-g * (b**(a - 1) * exp(-b) / gammaf(a))",
    ),
}  # fmt: skip
