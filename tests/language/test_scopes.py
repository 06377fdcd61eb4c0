"""What is known of values before a program runs must be true when it runs: operators go unguarded by it."""

from __future__ import annotations

import ast
import warnings
from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.fault import Span
from gui_app.engine.vocabulary import namespace, words
from gui_app.language.compiler import check, compile_program
from gui_app.language.limits import StopFlag
from gui_app.language.scopes import MAX_PASSES, Kinds, Scope, assigned
from tests.language.test_compiler import PROGRAMS, parameters

KIND_OF = {torch.Tensor: "tensor", int: "int", bool: "int", float: "float"}


def learnt(source: str, *names: str) -> dict[str, str]:
    body = ast.parse(source).body
    scope = Scope({*names, *assigned(body)}, set(names), dict.fromkeys(names, "tensor"))
    Kinds(words()).learn(scope, body)
    return {name: scope.kind(name) for name in scope.names}


@pytest.mark.parametrize(
    ("source", "name", "kind"),
    [
        ("a = 1", "a", "int"),
        ("a = 1.5", "a", "float"),
        ("a = 1/2", "a", "float"),
        ("a = 2**-1", "a", "any"),
        ("a = x*2", "a", "tensor"),
        ("a = [x]", "a", "any"),
        ("a = [1]*x", "a", "any"),
        ("a = 1\na = 1.5", "a", "mixed"),
        ("a = 0\na = a + x", "a", "mixed"),
        ("a = 0\nfor i in range(3):\n    a = a + x*i", "a", "mixed"),
        ("a = 0\na = a + [x]", "a", "any"),
        ("a = 0\na = x\nb = a*2.5", "b", "mixed"),
        ("a = 0\na = x\nb = a*x", "b", "tensor"),
        ("a = 0\na = x\nb = a**2", "b", "any"),
        ("a = 0\na = x\nb = sin(a)", "b", "any"),
        ("a = 0\na = x\nb = a[0]", "b", "any"),
        ("a = 1 if x > 0 else [1]", "a", "any"),
        ("a = x\nfor i in range(3):\n    a = a + i", "a", "tensor"),
        ("for i in range(3):\n    x", "i", "int"),
        ("for i in [1, x]:\n    x", "i", "any"),
        ("x = [1]", "x", "any"),
        ("a = sin(x)\nb = sin(1.0)", "b", "float"),
        ("a = sin(x)", "a", "tensor"),
        ("a = abs(1)", "a", "any"),
        ("sin = 1\na = sin(x)", "a", "any"),
        ("a = x.sum()", "a", "tensor"),
        ("a = x.max(0)", "a", "any"),
        ("a = x.T[0]", "a", "tensor"),
        ("a = torch.pi", "a", "float"),
        ("a = x if x > 0 else 1", "a", "mixed"),
        ("a = x if x > 0 else -x", "a", "tensor"),
        ("a, b = x, x", "a", "any"),
        ("a = b\nb = a", "a", "any"),
        ("a = x\na += [1]", "a", "any"),
        ("def f():\n    return 1\na = f()", "a", "any"),
    ],
)
def test_the_kind_of_a_name_is_what_all_its_assignments_share(source: str, name: str, kind: str) -> None:
    assert learnt(source, "x")[name] == kind


def test_a_program_in_order_is_learnt_whatever_its_length() -> None:
    source = "a0 = x*1\n" + "\n".join(f"a{i + 1} = a{i}*2" for i in range(300))
    assert set(learnt(source, "x").values()) == {"tensor"}


def test_nothing_is_claimed_where_the_search_is_cut_short() -> None:
    chain = "\n".join(f"    a{i} = a{i + 1} + x" for i in range(3 * MAX_PASSES))
    source = f"while x > 0:\n{chain}\n    a{3 * MAX_PASSES} = [1]"
    assert set(learnt(source, "x").values()) == {"any"}


NAMES = ("a", "b", "c", "x")
VALUES = st.recursive(
    st.sampled_from([*NAMES, "1", "2.5", "[1]", "(1, 2)", "True", "v", "pi", "range(3)"]),
    lambda inner: st.one_of(
        st.tuples(
            inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "&", "<<", "<", "=="]), inner
        ).map(lambda t: f"({' '.join(t)})"),
        st.tuples(st.sampled_from(["-", "~", "not "]), inner).map(lambda t: f"({t[0]}{t[1]})"),
        st.tuples(
            st.sampled_from(["sin", "abs", "floor", "sum", "max", "len", "int", "relu", "square"]), inner
        ).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, st.sampled_from([".sum()", ".T", ".shape", "[0]", ".item()", ".norm()"])).map(
            "".join
        ),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
    ),
    max_leaves=4,
)
LINES = st.one_of(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["=", "+=", "*=", "="]), VALUES).map(" ".join),
    st.tuples(st.sampled_from(NAMES), VALUES).map(lambda t: f"for {t[0]} in {t[1]}:\n    {t[0]} = {t[0]}"),
    st.tuples(VALUES, st.sampled_from(NAMES), VALUES).map(lambda t: f"if {t[0]}:\n    {t[1]} = {t[2]}"),
)


def spans_of_kinds(source: str) -> dict[tuple[int, int, int, int], set[str]]:
    """What is claimed of each expression of the program, by its place."""
    tree = ast.parse(source)
    scope = Scope({"x", "v", *assigned(tree.body)}, set(), {"x": "tensor", "v": "tensor"})
    kinds = Kinds(words())
    kinds.learn(scope, tree.body)
    claimed: dict[tuple[int, int, int, int], set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            place = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
            claimed.setdefault(place, set()).add(kinds.of(node, scope) or "any")
    return claimed


def hold(source: str) -> None:
    """Run a program and compare every value with what was claimed of it."""
    claimed = spans_of_kinds(source)
    wrong: list[tuple[Span, object, str]] = []

    def on_value(value: object, span: Span) -> None:
        for kind in claimed.get((span.line, span.column, span.end_line, span.end_column), {"any"}):
            actual = KIND_OF.get(type(value), "any")
            if kind != "any" and actual != kind and (kind != "mixed" or actual == "any"):
                wrong.append((span, value, kind))

    given_ = {name: value for name, value in parameters().items() if name in "xv"}
    bound = compile_program(source, words(), list(given_), traced=True).bind(
        namespace(torch.float64), StopFlag(max_rounds=1_000), on_value
    )
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore")  # torch's advice on odd calls
        bound(*given_.values())
    assert not wrong, source


@given(st.lists(LINES, min_size=1, max_size=6))
@settings(max_examples=120, deadline=None)
def test_what_is_claimed_is_true(lines: list[str]) -> None:
    source = "\n".join(["a = b = c = x", *lines, "x"])
    if not check(source, words(), ["x", "v"]).faults:
        hold(source)


@pytest.mark.parametrize("source", [p for p in PROGRAMS if "M" not in p and "y" not in p and "def" not in p])
def test_what_is_claimed_of_ordinary_programs_is_true(source: str) -> None:
    hold(source)
