"""Formatted strings are written by print as Python writes them, and mean nothing elsewhere."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import check, compile_program
from gui_app.language.limits import StopFlag
from tests.language.programs import failure


def given_values() -> dict[str, object]:
    return {
        "x": torch.tensor(1.23456, requires_grad=True),
        "v": torch.tensor([1.0, 2.5]),
        "k": torch.tensor(7),
        "M": torch.ones(2, 2),
    }


def printed(source: str) -> str:
    """What a program prints."""
    texts: list[str] = []
    values = given_values()
    program = compile_program(f"{source}\nx", words(), list(values))
    program.bind(namespace(effects=Effects(write=texts.append)), StopFlag())(*values.values())
    return "".join(texts)


def plainly(source: str) -> str:
    """The same by Python itself."""
    texts: list[str] = []

    def show(*values: object, sep: str | None = " ", end: str | None = "\n") -> None:
        between, last = " " if sep is None else sep, "\n" if end is None else end
        texts.append(between.join(map(str, values)) + last)

    exec(source, {**given_values(), "print": show, "torch": torch})
    return "".join(texts)


@pytest.mark.parametrize(
    "source",
    [
        'print("text", x, 3)',
        'print("a\\n\\tb", \'it\\\'s\', "\\\\")',
        'print(f"x = {x}")',
        'print(f"{x:.3f} {x:8.2f}| {x:<9.1e}| {x:+.2g} {x:%} {x:>12.4f} {x:^12}|")',
        'print(f"{k} {k:5d} {k:05d} {k:.1f}")',
        'print(f"{3} {3:5d} {2.5:g} {True} {None} {[1, x]} {v} {M} {(1,)}")',
        'print(f"{{}} {{{x:.1f}}} größe")',
        'print(f"a" "b" f"{x}", "c", f"{k}", sep="; ")',
        'print(f"{x}", k, sep="", end="!")',
        'print(f"{x}", end="")',
        'print(f"{v.sum():.1f} {x if k > 3 else v} {[i*2 for i in range(3)]} {v[0]:.2f} {torch.sin(x):.3f}")',
        'print(f"""one\n{x:.1f}\n  {k}""")',
        "print(f'{x:.1f}')",
        'for i in range(3):\n    print(f"step {i}: {i*0.5:.2f}")',
        "print()",
    ],
)
def test_what_is_printed(source: str) -> None:
    assert printed(source) == plainly(source)


SPECS = st.tuples(
    st.sampled_from(["", "<", ">", "^"]),
    st.sampled_from(["", "+"]),
    st.sampled_from(["", "0", "7", "12"]),
    st.sampled_from(["", ".0", ".3", ".12"]),
    st.sampled_from([*"deEfgG%", ""]),
).map("".join)


@given(SPECS, st.sampled_from(["x", "k", "2.5", "12345", "-0.1", "v[1]"]))
@settings(max_examples=150, deadline=None)
def test_every_format_is_pythons(spec: str, value: str) -> None:
    source = f'print(f"{{{value}:{spec}}}")'
    try:
        expected = plainly(source)
    except ValueError:
        fault = failure(f"{source}\nx", **given_values())  # type: ignore[arg-type]
        assert "format" in fault.message
        return
    assert printed(source) == expected


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ('y = f"{x}"', "can only be printed", "print("),
        ('sin(f"{x}")', "can only be printed", "print("),
        ('print([f"{x}"])', "can only be printed", "print("),
        ('def print(a):\n    return a\nprint(f"{x}")', "can only be printed", "print("),
        ('print("a", sep=f"{x}")', "can only be printed", "print("),
        ('print(f"{x!r}")', "Only a format may follow", "{x:.3f}"),
        ('print(f"{x=}")', "Only a format may follow", "{x:.3f}"),
        ('print(f"{x:{k}}")', "format is not understood", "{x:.3f}"),
        ('print(f"{x:9999d}")', "format is not understood", "{x:.3f}"),
        ('print(f"{x:.999f}")', "format is not understood", "{x:.3f}"),
        ('print(f"{x:,}")', "format is not understood", "{x:.3f}"),
        ('print(f"{x}", sep=x)', "must be a plain text", 'sep=", "'),
        ('print(f"{v:.2f}")', "Only a single number", "{x}"),
        ('print(f"{[1]:.2f}")', "Only a single number", "{x}"),
        ('print(f"{x:d}")', "for whole numbers", "{x:.3f}"),
        ('print(f"{x.nope}")', ".nope is not part", ""),
        ('print(f"{nope}")', "nope is not defined", ""),
        ('print(f"{x + v + M + torch.ones(5)}")', "shapes do not match", ""),
        ('print("\\d")', "backslash has no meaning", "Leave"),
        ('print("abc', "string has no end", "quote"),
        ('print("""abc', "string has no end", "quote"),
        ('print(f"{")', "", ""),
        ('print(f"{x")', "", ""),
        ('print(f"}")', "", ""),
        ('print(f"{}")', "", ""),
    ],
)
def test_what_is_not_understood_is_told(source: str, message: str, hint: str) -> None:
    fault = failure(f"{source}\nx", **given_values())  # type: ignore[arg-type]
    assert message in fault.message
    assert hint in fault.hint
    assert fault.span is not None
    assert fault.span.line == source.count("\n") + 1


@pytest.mark.parametrize(
    "inside", ["(" * 60 + "x" + ")" * 60, "-" * 50 + "x", "9" * 5_000, "x" + "[0]" * 60 * 60, "{" * 400]
)
def test_braces_hide_nothing_from_the_first_look(inside: str) -> None:
    for source in (f'print(f"{{{inside}}}")\nx', f"print(rf'''{{{inside}}}''')\nx"):
        faults = check(source, words(), ["x"]).faults
        assert faults
        assert faults[0].message.endswith(".")
