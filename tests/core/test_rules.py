"""The table of rules as data, its notation, and the numbers that are put into it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.rules import RULES, Rule, rule_of
from gui_app.core.rules.evaluation import agrees, value_of
from gui_app.core.rules.formulas import free, is_sentence, letters, parsed
from gui_app.core.rules.maths import Fraction, Script, Text, plain
from gui_app.core.rules.notation import typeset
from gui_app.core.rules.quantities import gradient, matrix, number, variable, written

L = Text("L", "italic")


def shown(formula: str, **known: object) -> str:
    return plain(typeset(formula, known))  # type: ignore[arg-type]


def formulas(rule: Rule) -> list[str]:
    return [rule.formula, *rule.back]


@pytest.mark.parametrize("name", RULES)
def test_every_row_can_be_read_and_written(name: str) -> None:
    rule = RULES[name]
    assert rule.title[0].isupper()
    assert rule.title[-1] != "."
    assert rule.words[-1] == "."
    for formula in formulas(rule):
        text = shown(formula)
        assert text
        assert "{" not in text
        assert "**" not in text
        if not is_sentence(formula):
            assert not letters(formula) & {"Sum", "Prod", "where"}


@pytest.mark.parametrize("name", RULES)
def test_every_letter_of_a_row_is_explained(name: str) -> None:
    rule = RULES[name]
    many = {f"{letter}{k}" for letter in (*rule.inputs, "g") for k in range(3)}
    known = {*rule.inputs, *rule.results, *many, "g", "pi", *"ijkos"}
    greek = {"alpha": "α", "beta": "β", "delta": "δ", "lam": "λ", "mu": "μ", "sigma": "σ", "gamma": "γ"}
    for formula in formulas(rule):
        for letter in letters(formula) - known:
            assert (
                greek.get(letter, letter)
                in f"{rule.where} {rule.words} {formula if is_sentence(formula) else ''}"
            )


def test_rows_are_found_by_pytorchs_names() -> None:
    assert rule_of("MulBackward0") is rule_of("MulBackward1") is RULES["Mul"]
    assert rule_of("MaxBackward0") is RULES["Max"]
    assert rule_of("MaxBackward1") is RULES["Max1"]
    assert rule_of("DiagonalBackward0_copy") is RULES["Diagonal"]
    assert rule_of("TanhBackwardBackward0") is RULES["TanhBackward"]
    assert rule_of("CopySlices") is RULES["CopySlices"]
    for name in ("MulBackward", "ExpBackward", "Mul", "MysteryBackward0", "", "NobodyBackwardBackward0"):
        assert rule_of(name) is None, name


def test_a_backward_pass_without_a_row_of_its_own_is_read_off_the_operation() -> None:
    made = rule_of("HardswishBackwardBackward0")
    assert made is not None
    assert made.title == "Backward of Hardswish"
    assert made.inputs[0] == "u"
    assert made.formula == RULES["Hardswish"].back[0].replace("g", "u")
    assert made.flow(0) == RULES["Hardswish"].back[0]
    other = rule_of("AvgPool2DBackwardBackward0")
    assert other is not None
    assert is_sentence(other.formula)


def test_slots_of_a_row() -> None:
    cat = RULES["Cat"]
    assert [cat.input(slot) for slot in range(4)] == ["a1", "a2", "a", "a4"]
    assert cat.flow(7) == cat.back[-1]
    assert RULES["Softmax"].indices(0) == "i"
    assert RULES["Add"].indices(1) == ""


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("g * b", "g · b"),
        ("-g * (a / b**2)", "−g · a/b²"),
        ("(a + b) * (a - b)", "(a + b) · (a − b)"),
        ("a - (b - d)", "a − (b − d)"),
        ("(a / b)**2", "(a/b)²"),
        ("2 * a * b", "2\u2009a · b"),
        ("g @ B.T", "g\u2009Bᵀ"),
        ("inv(A).T @ g", "A⁻ᵀ\u2009g"),
        ("(F * A) @ B", "(F ⊙ A)\u2009B"),
        ("F * (A @ B)", "F ⊙ A\u2009B"),
        ("sqrt(1 - a**2)", "√(1 − a²)"),
        ("exp(-a)", "e^(−a)"),
        ("log(1 + a)", "ln(1 + a)"),
        ("abs(a) + norm(a)", "|a| + ‖a‖"),
        ("Sum(i, a[i] * b[i])", "Σᵢ aᵢ · bᵢ"),
        ("Sum(j >= i, g[j])", "Σ_(j ≥ i) gⱼ"),
        ("where(a > 0, g, 0)", "g if a > 0; 0 otherwise"),
        ("W[o, k, s] * x[k, i + s]", "Wₒₖₛ · x_(k,i + s)"),
        (": {g} in the shape of {a}", "g in the shape of a"),
        (": {a1}, {a2}, … joined", "a₁, a₂, … joined"),
    ],
)
def test_notation(formula: str, text: str) -> None:
    assert shown(formula).replace(" ", " ") == text


def test_quantities_take_the_place_of_letters() -> None:
    known = {
        "g": gradient(L, written("y")),
        "a": variable("x1"),
        "b": variable("hidden", 2),
        "c": variable("y"),
    }
    assert shown("g * a", **known) == "∂L/∂y · x₁"
    assert shown("g[i] * a[i]", **known) == "∂L/∂yᵢ · x₁ᵢ"
    assert shown("a * b", **known) == "x₁ · hidden"
    assert shown("b * b", **known) == "hidden ⊙ hidden"
    assert shown("(g * a).T", **known) == "(∂L/∂y · x₁)ᵀ"


def test_a_gradient_is_set_apart_and_vectors_are_bold() -> None:
    assert variable("x").piece.maths == Text("x", "italic")
    assert variable("x", 1).piece.maths == Text("x", "bold")
    assert variable("x_12").piece.maths == Script(Text("x", "italic"), sub=Text("12"))
    assert variable("loss").piece.maths == Text("loss")
    piece = gradient(L, written("y")).piece.maths
    assert piece.role == "upstream"  # type: ignore[union-attr]
    assert isinstance(piece.body, Fraction)  # type: ignore[union-attr]


def test_numbers_in_formulas() -> None:
    known = {"g": number(430.0, tinted=True), "a": number(-40.0), "b": number(1.5e-7)}
    assert shown("g * a", **known) == "430.0 · (-40.0)"
    assert shown("a**2", **known) == "(-40.0)²"
    assert shown("-a", **known) == "−(-40.0)"
    assert shown("g * b", **known) == "430.0 · (1.5e-07)"
    assert shown("a @ b", a=matrix([[1.0, 2.0]]), b=matrix([[0.5], [3.0]])) == (
        "[[1.0, 2.0]]\u2009[[0.5], [3.0]]"
    )


def test_indices() -> None:
    assert free("exp(a[i]) / Sum(j, exp(a[j]))") == ("i",)
    assert free("b[o] + Sum(k, s, W[o, k, s] * x[k, i + s])") == ("o", "i")
    assert free("Sum(j <= i, a[j])") == ()
    assert free("-Sum(i, y[i, t[i]])") == ()
    assert free("Sum(k, A[i, k] * B[j, k])") == ("i", "j")
    assert free(": {a[i]}") == ()
    assert letters("g * sin(a[i]) + t") == {"g", "a", "i", "t"}


@given(st.floats(-3, 3), st.floats(0.1, 3), st.floats(-5, 5))
def test_scalar_formulas_are_evaluated(a: float, b: float, g: float) -> None:
    known = {"a": np.asarray(a), "b": np.asarray(b), "g": np.asarray(g)}
    assert value_of("g * (a / b**2)", known) == pytest.approx(g * a / b**2)
    assert value_of("where(a > 0, g, 0)", known) == (g if a > 0 else 0)
    assert value_of("max(a, b)", known) == max(a, b)
    assert value_of("exp(a) * erf(b)", known) == pytest.approx(math.exp(a) * math.erf(b))


def test_what_cannot_be_evaluated_is_not_put_in() -> None:
    known = {"a": np.asarray(2.0)}
    for formula in ("a * b", "Sum(i, a[i])", "a[i]", ": {a} again", "unknown(a)", "gammaf(a)"):
        assert value_of(formula, known) is None, formula
    assert value_of("inv(A)", {"A": np.zeros((2, 2))}) is None


def test_numbers_must_be_those_that_were_recorded() -> None:
    known = {"a": np.asarray(2.0), "b": np.asarray(3.0)}
    assert agrees("a + b", known, np.asarray(5.0))
    assert not agrees("a + b", known, np.asarray(8.0))  # torch.add(a, b, alpha=2)
    assert agrees("A @ B", {"A": np.eye(2), "B": np.ones((2, 2))}, np.ones((2, 2)))
    assert not agrees("A @ B", {"A": np.eye(2), "B": np.ones((2, 2))}, np.asarray(1.0))
    assert (
        agrees("a / 0", {"a": np.asarray(0.0)}, np.asarray(math.nan)) or value_of("a / 0", known) is not None
    )


def test_a_formula_is_read_once() -> None:
    assert parsed("g * b") is parsed("g * b")
    with pytest.raises(SyntaxError):
        parsed("g *")
