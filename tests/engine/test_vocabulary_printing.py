"""print writes what Python and PyTorch write, and never much."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest
import torch
from torch import Tensor

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.engine.vocabulary.printing import MAX_TEXT, written
from gui_app.language.compiler import compile_program
from gui_app.language.limits import StopFlag
from gui_app.language.refusal import Refusal


def printed(source: str, x: object = None) -> str:
    """What a program with a value named x prints."""
    texts: list[str] = []
    space = namespace(torch.float32, effects=Effects(write=texts.append))
    compile_program(f"{source}\n0.0", words(), ["x"]).bind(space, StopFlag())(
        x if x is not None else torch.ones(2)
    )
    return "".join(texts)


@pytest.mark.parametrize(
    "call",
    [
        "print()",
        "print(1, 2.5, True, None)",
        "print(x)",
        "print(x*2)",
        "print(x.detach(), [x.detach(), 1], (1,), (), [])",
        "print('x =', x.sum().item(), sep='', end='.')",
        "print(1, 2, sep=None, end=None)",
        "print(1, sep=', ')",
        "print(1, 2, 3, sep=', ')",
        "print(x.shape, x.dtype, x.device, [x.dtype, x.device])",
        "print(range(3), [range(2, 9, 3)], [[1, [2, (3, 4)]]])",
        "print(torch.max(x, 0), torch.linspace(0, 1, 3).sort(), torch.linalg.slogdet(torch.eye(2)))",
        "print(torch.zeros(50, 50), torch.zeros(2000), torch.zeros(0, 3), torch.tensor(3), torch.tensor([True]))",
        "print(torch.ones(2, dtype=torch.float64), -0.0, 1e300, float('nan'), float('inf'))",
        "print(torch.nn.Parameter(torch.ones(2)), torch.randn(0).grad)",
    ],
)
def test_print_writes_what_python_writes(call: str) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        exec(call, {"torch": torch, "x": x})
    assert printed(call, x) == told.getvalue()


def test_nodes_and_functions_have_no_address() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    assert printed("print((x*2).grad_fn, [(x*2).grad_fn])", x) == "<MulBackward0> [<MulBackward0>]\n"
    assert printed("def f():\n    return 1\nprint(f)") == "<function>\n"


@pytest.mark.parametrize(
    "source",
    [
        "a = [0]*100000\nprint(a)",
        "a = [1]\nfor i in range(60):\n    a = [a, a]\nprint(a)",
        "a = [1]\na[0] = a\nprint(a)",
        "a = [1]\na.append(a)\na.append(a)\nprint(a)",
        "a = [[[]]*300]*300\nprint(a)",
        "print(x, [torch.zeros(1000)]*1000)",
        "print([torch.ones(6, 6, 6, 6, 6, 6)]*9999)",
        "print(torch.ones(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2))",
    ],
)
def test_a_long_text_is_cut(source: str) -> None:
    text = printed(source)
    assert len(text) <= MAX_TEXT + 2
    assert text.endswith("\n")


def test_the_text_ends_where_it_is_cut() -> None:
    text = printed("print([0]*100000)")
    assert len(text) == MAX_TEXT + 2
    assert text.endswith("…\n")
    assert printed("print(torch.ones(7, 7, 7, 7, 7, 7))") == "tensor([...], size=(7, 7, 7, 7, 7, 7))\n"
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    assert "…" in "".join(written(deep))
    assert "".join(written([2**4096, 2**4095])) == f"[…, {2**4095}]"


def test_a_separator_is_a_text() -> None:
    show = namespace()[words().functions["print"].symbol]
    assert callable(show)
    for wrong in ({"sep": 1}, {"end": [1]}):
        with pytest.raises(Refusal, match="texts"):
            show(1, **wrong)


def test_printing_touches_no_file_and_imports_nothing() -> None:
    seen: list[str] = []
    listening = [False]

    def listen(event: str, _arguments: tuple[object, ...]) -> None:
        if listening[0] and event.startswith(("open", "import", "exec", "os.", "socket", "subprocess")):
            seen.append(event)

    show = namespace()[words().functions["print"].symbol]
    assert callable(show)
    x = torch.ones(3, requires_grad=True)
    values: list[Tensor | object] = [x, x * 2, (x * 2).detach(), torch.max(x, 0), torch.randn(0), x.dtype]
    show(*values)
    sys.addaudithook(listen)
    listening[0] = True
    show(*values)
    listening[0] = False
    assert seen == []
