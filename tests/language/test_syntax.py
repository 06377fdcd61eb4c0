"""Hostile and clumsy texts: a fault for each, quickly, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.engine.vocabulary import words
from gui_app.language.compiler import check

HOSTILE = {
    "unary": "-" * 100_000 + "1",
    "short unary": "-" * 15_000 + "1",
    "not": "not " * 4_000 + "x",
    "attributes": "x" + ".b" * 100_000,
    "short attributes": "x" + ".b" * 9_000,
    "parentheses": "(" * 250 + "x" + ")" * 250,
    "open": "(" * 19_000,
    "brackets": "x" + "[0]" * 6_000,
    "calls": "x" + "()" * 9_000,
    "elif": "if x:\n    x\n" + "elif x:\n    x\n" * 1_200 + "x",
    "long elif": "if x:\n    x\n" + "elif x:\n    x\n" * 5_000 + "x",
    "digits": "9" * 5_000,
    "hex": "0x" + "f" * 19_000,
    "long hex": "0x" + "f" * 1_000_000,
    "long": "x=1\n" * 2_500_000,
    "sums": "+".join("x" * 9_000),
    "powers": "**".join("x" * 6_000),
    "choices": "x if x else " * 1_500 + "x",
    "lambda": "lambda: " * 2_000 + "x",
    "indents": "\n".join(" " * i + "if x:" for i in range(180)),
    "nul": "x\x00+1",
    "bom": "\ufeffx",
    "surrogate": "x + '\ud800'",
    "bidi": "x # \u202e",
    "fullwidth": "ｘ + 1",
    "tabs": "if x:\n\tx\n        x\nx",
    "assign nothing": "x=",
    "open bracket": "f(x",
    "open string": "'abc",
    "many nodes": "[" + "1," * 6_000 + "]",
    "strings": "'" * 9_999,
    "backslash": "x = 1 \\",
    "complex": "3j*x",
    "bytes": "b'x'",
    "f-string": "f'{x}'",
    "walrus": "(y := x)",
    "star": "[*x]",
    "dict": "{1: x}",
    "decorator": "@sin\ndef f(a):\n    return a\nf(x)",
    "nonlocal": "nonlocal x",
    "del": "del x",
    "await": "await x",
    "ellipsis call": "...(x)",
    "double underscore": "__x + 1",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_a_fault(source: str) -> None:
    start = time.perf_counter()
    for vocabulary in (None, words()):
        faults = check(source, vocabulary).faults
        assert faults or vocabulary is None
        assert all(fault.message.endswith(".") for fault in faults)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("source", "message", "hint", "place"),
    [
        ("2x + 1", "runs into the name x", "2*x", (1, 1)),
        ("y = 1\n3(x)", "cannot be called", "*", (2, 0)),
        ("x × 2", "×", "Write *", (1, 2)),
        ("x² + 1", "²", "**2", (1, 1)),
        ("α + 1", "α", "alpha", (1, 0)),
        ("ｓｉｎ(x)", "ｓ", "Write s", (1, 0)),
        ("sin（x)", "（", "Write (", (1, 3)),
        ("(x + 1", "never closed", "bracket", (1, 0)),
        ("x + 1)", "no partner", "brackets", (1, 5)),
        ("if x > 0\n    x\nx", "colon", ":", (1, 8)),
        ("if x > 0:\nx\nx", "indented", "four spaces", (2, 0)),
        ("x\n  y\nx", "indented for no reason", "left", (2, 1)),
        ("try:\n    x\nexcept Exception:\n    x\nx", "try", "shown at its place", (1, 0)),
        ("class A:\n    pass\nx", "Classes", "def f(x)", (1, 0)),
        ("f = lambda x: x\nf(x)", "lambda", "def f(x)", (1, 4)),
        ("return x", "return belongs", "last line", (1, 0)),
        ("break\nx", "inside a loop", "delete", (1, 0)),
        ("'text'*2", "Text has no meaning", "option", (1, 0)),
        ("if 1 in x:\n    x\nx", "operator in", "==", (1, 3)),
    ],
)
def test_a_clumsy_text_is_told_what_to_do(
    source: str, message: str, hint: str, place: tuple[int, int]
) -> None:
    fault = check(source, words()).faults[0]
    assert message in fault.message
    assert hint in fault.hint
    assert fault.span is not None
    assert (fault.span.line, fault.span.column) == place


def test_windows_and_old_line_ends_are_lines() -> None:
    for end in ("\r\n", "\r"):
        fault = check(f"a = 1{end}b = x.nope{end}a", words()).faults[0]
        assert fault.span is not None
        assert fault.span.line == 2


ALPHABET = st.sampled_from(
    [
        *"xyvM_0129.+-*/%@()[]{}:,=<>!&|^~ \n\t'\"#\\;",
        "def ",
        "for ",
        " in ",
        "if ",
        "sin",
        "torch",
        "\x00",
        "é",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(ALPHABET, max_size=40).map("".join)))
@settings(max_examples=400, deadline=None)
def test_any_text_is_checked_without_an_exception(source: str) -> None:
    for vocabulary in (None, words()):
        checked = check(source, vocabulary)
        assert all(name.isascii() and name.isidentifier() for name in checked.free_names)
