"""Hostile and clumsy texts: a fault for each, quickly, and never an exception."""

from __future__ import annotations

import ast
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.engine.vocabulary import words
from gui_app.language.compiler import _compiled, check
from gui_app.language.errors import ProgramError
from gui_app.language.meaning import same_meaning
from gui_app.language.scan import indented
from gui_app.language.syntax import _problem, _tree, parse

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
    "form feed": "x\x0c+ 1",
    "open triple": '"""abc',
    "triples": "'''" * 3_001,
    "quotes": '"' * 9_999,
    "escapes": "'" + "\\'" * 8_000,
    "braces": "print(f'" + "{" * 9_000 + "')",
    "f-strings": "print(" + "f'{x}' " * 2_000 + ")",
    "nested f-string": "print(f'{f\"{x}\"}')",
    "fields": "print(f'" + "{x}" * 5_000 + "')",
    "specs": "print(f'{x:" + "{x:" * 3_000 + "')",
    "loops": "\n".join("  " * i + "while x:" for i in range(60)) + " x",
    "declarations": "w = torch.zeros(9999, requires_grad=True)\n" * 400 + "w",
    "setters": "w = torch.zeros(2)\n" * 400 + "w.requires_grad_()\n" * 400 + "w",
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
        ("x*1if x > 0 else x", "runs into if", "space", (1, 3)),
        ("  x", "indented for no reason", "left", (1, 2)),
        ("# remark\n\n  x", "indented for no reason", "left", (3, 2)),
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
        ("for i in x:\n    i\nelse:\n    x\nx", "cannot have an else", "after the loop", (1, 0)),
        ("[i async for i in x]", "Asynchronous loops", "Use for", (1, 0)),
        ('print(f"{größe}")\nx', "größe is not understood", "a to z", (1, 9)),
        ("[i for i in x if 0 < i*2 < 3]", "in a row", "a < b and b < c", (1, 17)),
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


OWN = sorted(Path(__file__).parents[2].glob("gui_app/*/*.py"))


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_the_tree_and_its_places_are_pythons(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    ours, theirs = _tree(*indented(source)), ast.parse(source)
    assert ast.dump(ours, include_attributes=True) == ast.dump(theirs, include_attributes=True)


@pytest.mark.parametrize(
    "source",
    [
        "x = (1,\n2)\ny = f(\n  3)\n",
        "if x:\n\ty\n\tif z:\n\t\tw\n",
        "s = '''a\nb'''\nt = 1 + \\\n2\n# remark\n\n   # another\nu",
        "'a\\'b'; \"c\\\"(\"\nx = 'd'\ny",
        "for i in [1,\n 2]:\n  x\n  # remark\n\n  y\nz",
        'print(f\'{x:.1f} {y}\', f"""{x}\n{y}""")',
        "",
        "x\n\n\n",
    ],
)
def test_odd_layouts_are_read_as_python_reads_them(source: str) -> None:
    ours, theirs = _tree(*indented(source)), ast.parse(source)
    assert ast.dump(ours, include_attributes=True) == ast.dump(theirs, include_attributes=True)


BROKEN = [
    *(
        "x +",
        "x = (",
        "x)",
        "if x:\ny",
        "if x\n    y",
        "x\n  y",
        "if x:\n    y\n  z",
        "'abc",
        "1 2",
        "f(x y)",
    ),
    *(
        "if x:\n\ty\n        z",
        "for x\n",
        "def f(:\n    x",
        "def f(a, a=1, b):\n    x",
        "x\n= 2",
        "else:\n    x",
    ),
    *(
        "0777",
        "1__0",
        "x = [1,\n2\ny",
        "while True:\nx",
        "a b\nc",
        "f(a=1, 2)",
        "x if y",
        "'a' 'b",
        "print(f'{')",
    ),
    *(
        "return = 3",
        "None = 3",
        "f() = 3",
        "(a, b) += 1",
        "x: int = ",
        "import",
        "from x import",
        "x ? y",
        "def f():",
    ),
    *("x = = 2", "print(f'{x')", "$", "x = 1\n\nif y:\n\nz", "a = (1,\n    2]\n"),
]


@pytest.mark.parametrize("source", BROKEN)
def test_a_text_with_an_error_is_marked_where_python_marks_it(source: str) -> None:
    fault = parse(source)[1][0]
    with pytest.raises(SyntaxError) as caught:
        ast.parse(source)
    assert fault.span is not None
    if (
        fault.details
        and "IndentationError" not in repr(caught.value)
        and "TabError" not in repr(caught.value)
    ):
        assert fault.details == caught.value.msg
        assert (fault.span.line, fault.span.column) == (caught.value.lineno, (caught.value.offset or 1) - 1)


OPENED: list[str] = []
LISTENING = [False]


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if LISTENING[0] and event == "open":
        OPENED.append(str(arguments[0]))


def test_a_text_with_an_error_opens_no_file() -> None:
    """Python's parser would look for a file of the program's name, to quote the line."""
    sys.addaudithook(_listen)
    LISTENING[0] = True
    try:
        for source in (*BROKEN, *HOSTILE.values()):
            check(source, words())
    finally:
        LISTENING[0] = False
    assert OPENED == []


def test_what_no_text_can_be_is_refused_all_the_same() -> None:
    assert _problem(ast.Expression(ast.Constant(1))) == ("Expression is not part of the language.", "")
    with pytest.raises(ProgramError, match="nested too deeply"):
        _compiled(ast.fix_missing_locations(ast.Module([ast.Break()], [])))


def test_texts_that_mean_the_same() -> None:
    assert same_meaning("x + 1", "(x+1)  # remark")
    assert not same_meaning("x + 1", "x + 2")
    assert not same_meaning("x +", "x +")


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
