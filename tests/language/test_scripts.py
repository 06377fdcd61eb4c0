"""Scripts: programs that do their own backward passes and updates compute what Python and PyTorch compute."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.autograd import Variable, grad

from gui_app.core.fault import Span
from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import check, compile_program
from gui_app.language.errors import explain
from gui_app.language.limits import StopFlag
from gui_app.language.refusal import Refusal
from tests.language.programs import failure

PLAIN = {"torch": torch, "F": F, "nn": nn, "math": math, "Variable": Variable, "grad": grad}

SCRIPTS = {
    "one backward": "x = torch.tensor(2.0, requires_grad=True)\ny = x**2\ny.backward()",
    "a loop of updates": (
        "import torch\ntorch.manual_seed(0)\nW = torch.randn(3, 2, requires_grad=True)\nX = torch.rand(5, 3)\n"
        "losses = []\nfor step in range(4):\n    loss = ((X @ W)**2).mean()\n    loss.backward()\n"
        "    with torch.no_grad():\n        W -= 0.1 * W.grad\n    W.grad.zero_()\n    losses.append(loss.item())"
    ),
    "data": (
        "x = torch.ones(2, requires_grad=True)\nfor i in range(3):\n    y = (x**3).sum()\n    y.backward()\n"
        "    x.data -= 0.01 * x.grad.data\n    x.grad.data.zero_()"
    ),
    "gradients set": (
        "x = torch.ones(2, requires_grad=True)\n(x*2).sum().backward()\nx.grad *= 0\nx.grad = None\n"
        "(x*3).sum().backward()\nx.grad -= 1\nx.grad[0] = 7\nx.grad[1] += 1\nx.data[0] = 5\nx.data[1] *= 2"
    ),
    "weights": "x = torch.ones(2, 2, requires_grad=True)\ny = 2*x\ny.backward(torch.tensor([[1, 0.1], [0.01, 0.0]]))",
    "retained": "x = torch.ones(2, requires_grad=True)\ny = (x**2).sum()\ny.backward(retain_graph=True)\ny.backward()",
    "several": (
        "a = torch.ones(2, requires_grad=True)\nb = (a*2).sum()\nc = (a**2).sum()\n"
        "torch.autograd.backward([b, c])\ng = torch.autograd.grad((a**3).sum(), a)[0]"
    ),
    "second derivative": (
        "x = torch.tensor(3.0, requires_grad=True)\nd, = torch.autograd.grad(x**3, x, create_graph=True)\nd.backward()"
    ),
    "switched": (
        "x = torch.tensor(1.0, requires_grad=True)\ny1 = x**2\nwith torch.no_grad():\n    y2 = x**3\n"
        "with torch.set_grad_enabled(True):\n    y3 = y1 + y2\nflag = y2.requires_grad\ny3.backward()"
    ),
    "later leaf": (
        "torch.manual_seed(3)\na = torch.randn(2, 2)\na = (a * 3) / (a - 1)\nbefore = a.requires_grad\n"
        "a.requires_grad_(True)\nb = (a * a).sum()\nb.backward()\na.requires_grad = False"
    ),
    "wrappers": (
        "from torch.autograd import Variable, grad\nw = nn.Parameter(torch.ones(2))\n"
        "v = Variable(torch.ones(2), requires_grad=True)\n(w*v*3).sum().backward()\ng = grad((w*v).sum(), v)[0]"
    ),
    "functions": (
        "def f(x, w):\n    h = torch.matmul(x, w)\n    return torch.tanh(h)\n"
        "def update(p, lr=0.5):\n    with torch.no_grad():\n        p -= lr * p.grad\n        p.grad.zero_()\n"
        "x = torch.ones(2, 3)\nw = torch.full((3, 1), 0.1, requires_grad=True)\n"
        "while f(x, w).sum() > 0.1:\n    f(x, w).sum().backward()\n    update(w)"
    ),
    "detached": (
        "a = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\nc = out.data\nc.zero_()\nout.sum().backward()"
    ),
    "no value": "a, b = 1.5, [2, 3]\nfor i in b:\n    a = a * i",
    "draws": (
        "torch.manual_seed(7)\na = torch.randn(3)\nb = torch.rand(2, 2)\nc = torch.normal(1.0, 2.0, (3,))\n"
        "d = torch.zeros(4).uniform_(-1, 1)\ne = torch.randperm(5)\nf = F.dropout(torch.ones(6), 0.5)\na.add_(1)"
    ),
}


def ours(source: str) -> dict[str, object]:
    """What each name of a script is worth in the end."""
    program = compile_program(source, words(), ())
    assert program.kind == "script"
    assert program.parameters == ()
    names: dict[str, object] = {}
    bound = program.bind(
        namespace(effects=Effects(torch.Generator())),
        StopFlag(),
        on_name=lambda name, value: names.update({name: value}),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on graphs that refer to themselves
        bound()
    return names


def plainly(source: str) -> dict[str, object]:
    """The same by Python and PyTorch themselves."""
    scope = dict(PLAIN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(source, scope)
    return scope


def assert_same(one: object, other: object) -> None:
    assert type(one) is type(other)
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        assert one.dtype == other.dtype
        assert one.requires_grad == other.requires_grad
        assert torch.equal(one, other)
        if one.is_leaf:
            assert_same(one.grad, other.grad)
    elif isinstance(one, list) and isinstance(other, list):
        for item, twin in zip(one, other, strict=True):
            assert_same(item, twin)
    elif not callable(one):
        assert one == other


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_script_gives_what_python_and_torch_give(source: str) -> None:
    checked = check(source, words())
    assert checked.kind == "script"
    assert checked.faults == ()
    assert checked.free_names == ()
    theirs = plainly(source)
    names = ours(source)
    assert names
    for name, value in names.items():
        if name in theirs:  # not inside a function
            assert_same(value, theirs[name])


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("x**2", "objective"),
        ("y = x**2", "objective"),
        ("y = x\ny += 1", "objective"),
        ("(x**2).sum()", "objective"),
        ("print(x)\nx", "objective"),
        ("x.add_(1)\nx", "objective"),
        ("g = torch.autograd.grad(x**2, x)[0]\ng", "objective"),
        ("", "objective"),
        ("import torch", "objective"),
        ("return x", "objective"),
        ("backward = 2\nbackward*x", "objective"),
        ("x**2\nprint(x)", "script"),
        ("y = x**2\ny.backward()", "script"),
        ("def f(a):\n    a.backward()\nf(x)", "script"),
        ("torch.autograd.backward(x)\nx", "script"),
        ("from torch.autograd import backward\nbackward(x)\nx", "script"),
        ("for i in range(3):\n    x", "script"),
        ("while x > 3:\n    x = x/2", "script"),
        ("if x > 0:\n    x", "script"),
        ("with torch.no_grad():\n    x", "script"),
        ("def f(a):\n    return a", "script"),
        ("v[0] = x", "script"),
        ("v[0] += x", "script"),
        ("x.data = y", "script"),
        ("x.grad.zero_()", "script"),
        ("a, b = 1, 2", "script"),
        ("print(x)\npass\nimport torch\n'remark'", "script"),
    ],
)
def test_the_kind_of_a_program_is_seen_in_its_text(source: str, kind: str) -> None:
    assert check(source, words()).kind == kind
    assert check(source, None).kind == kind


def test_a_script_needs_its_names() -> None:
    fault = check("y = (w*2).sum()\ny.backward()", words(), ["w"]).faults[0]
    assert fault.message == "w is not defined."
    assert "w = torch.tensor(1.0, requires_grad=True)" in fault.hint
    assert "value to minimize" in check("for i in range(3):\n    w", words()).faults[0].hint
    fault = check("weight = torch.ones(1)\n(weigth*2).backward()", words()).faults[0]
    assert fault.hint == "Do you mean weight?"


def test_a_script_gives_its_last_value() -> None:
    program = compile_program(
        "x = torch.ones(2, requires_grad=True)\nx.sum().backward()\nx.grad", words(), ["w"]
    )
    assert program.bind(namespace(), StopFlag())().tolist() == [1, 1]  # type: ignore[attr-defined]
    assert program.last == Span(3, 0, 3, 6)
    program = compile_program("x = torch.ones(2, requires_grad=True)\nx.sum().backward()", words(), ())
    assert program.bind(namespace(), StopFlag())() is None


def test_every_name_that_is_set_is_reported() -> None:
    source = (
        "a = b = 1.0\n(c, d), e = (2, 3), 4\na += 1\ndef f(p):\n    q = p\n    return q\n"
        "for i, j in [(0, 1)]:\n    k = f(i)\nx = torch.ones(1, requires_grad=True)\nx.sum().backward()"
    )
    seen: list[tuple[str, object]] = []
    for traced in (False, True):
        seen.clear()
        program = compile_program(source, words(), (), traced)
        program.bind(namespace(), StopFlag(), on_name=lambda name, value: seen.append((name, value)))()
        assert [name for name, _ in seen] == [*"abcdeaijqkx"]
        assert seen[5] == ("a", 2.0)
    assert isinstance(seen[-1][1], Tensor)


def test_an_objective_reports_its_names_only_when_traced() -> None:
    seen: list[str] = []
    for traced in (False, True):
        program = compile_program("y = 1.0\ny*2", words(), (), traced)
        program.bind(namespace(), StopFlag(), on_name=lambda name, _value: seen.append(name))()
    assert seen == ["y"]


@pytest.mark.parametrize(
    ("source", "message", "hint", "line"),
    [
        ("x = torch.tensor(10, requires_grad=True)\nx.backward()", "Whole numbers cannot", "10.0", 1),
        (
            "x = torch.ones(2, requires_grad=True)\ny = x*2\ny.backward()",
            "single number",
            "backward(weights)",
            3,
        ),
        ("x = torch.ones(2)\nx.sum().backward()", "depends on a parameter", "requires_grad=True", 2),
        (
            "x = torch.ones(1, requires_grad=True)\ny = x*x\ny.backward()\ny.backward()",
            "second time",
            "retain_graph",
            4,
        ),
        ("x = torch.ones(1, requires_grad=True)\nx += 1\nx.backward()", "changed in place", "no_grad", 2),
        ("x = torch.ones(1, requires_grad=True)\nx[0] = 1\nx.backward()", "changed in place", "no_grad", 2),
        (
            "a = torch.ones(3, requires_grad=True)\no = a.sigmoid()\nc = o.detach()\nc.zero_()\no.sum().backward()",
            "changed in place",
            "clone",
            5,
        ),
        (
            "x = torch.ones(1, requires_grad=True)\nx.data -= 0.1*x.grad\nx.backward()",
            "x has no gradient yet",
            "",
            2,
        ),
        ("x = torch.ones(1, requires_grad=True)\nx -= x.grad\nx.backward()", "x has no gradient yet", "", 2),
        ("x = torch.ones(1, requires_grad=True)\nx.grad.zero_()", "x has no gradient yet", "depends on x", 2),
        (
            "x = torch.ones(2, requires_grad=True)\nx.grad = torch.ones(3)",
            "shape of its tensor, [2], not [3]",
            "",
            2,
        ),
        (
            "x = torch.ones(2, requires_grad=True)\ny = x*2\ny.requires_grad = False",
            "Only a leaf",
            "detach",
            3,
        ),
        (
            "x = torch.ones(2, requires_grad=True)\n(x*2).backward(torch.ones(3))",
            "weights have shape [3]",
            "",
            2,
        ),
        ("def f(x):\n    x.backward()\nf(torch.ones(2, requires_grad=True)*1)", "single number", "", 2),
    ],
)
def test_an_error_of_a_script_is_told_at_its_place(source: str, message: str, hint: str, line: int) -> None:
    fault = failure(source)
    assert message in fault.message
    assert hint in fault.hint
    assert fault.span is not None
    assert fault.span.line == line


NUMBERS = st.sampled_from(["0.5", "2.0", "1", "3", "-1.5", "0.1"])
TENSORS = st.sampled_from(["x", "w", "h", "x.detach()", "w.data", "torch.ones(3)", "torch.randn(3)", "x*w"])
VALUES = st.one_of(
    st.tuples(TENSORS, st.sampled_from("+-*"), st.one_of(TENSORS, NUMBERS)).map(
        lambda t: f"{t[0]} {t[1]} {t[2]}"
    ),
    st.tuples(st.sampled_from(["torch.tanh", "torch.sin", "torch.sigmoid", "F.relu"]), TENSORS).map(
        lambda t: f"{t[0]}({t[1]})"
    ),
    st.tuples(TENSORS, st.sampled_from([".abs()", ".clone()", ".exp()", "**2"])).map("".join),
)
LINES = st.one_of(
    VALUES.map("h = {}".format),
    VALUES.map("h = h + {}".format),
    VALUES.map("with torch.no_grad():\n    w -= 0.1*({})".format),
    VALUES.map("x.data *= ({}).detach()".format),
    VALUES.map("({}).sum().backward()".format),
    VALUES.map("((h + x + w)*({})).mean().backward()".format),
    VALUES.map("for i in range(2):\n    h = ({})*i + w\n    h.sum().backward()".format),
    VALUES.map("if (h.sum() > 0).item():\n    h = {}".format),
    VALUES.map("def f(a):\n    return a*({})\nh = f(h)".format),
    VALUES.map("g = torch.autograd.grad((h*x + ({}) + w).sum(), w, allow_unused=True)[0]".format),
    st.sampled_from(
        [
            "x.grad = None",
            "w.grad = None",
            "w.grad.zero_()",
            "x.grad *= 0.5",
            "x.grad[0] = 1",
            "h = h.detach().requires_grad_()",
            "h += 1",
            "h.mul_(2)",
            "w.data[1] = 3",
            "x.requires_grad = True",
            "torch.manual_seed(5)",
            "print(x, h)",
        ]
    ),
)


@given(st.lists(LINES, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_random_scripts_agree_with_python(lines: list[str]) -> None:
    leaves = "x = torch.randn(3, requires_grad=True)\nw = torch.rand(3, requires_grad=True)"
    source = "\n".join(["torch.manual_seed(1)", leaves, "h = x*1", *lines, "(x*w).sum().backward()"])
    try:
        with torch.random.fork_rng():
            theirs = plainly(source.replace("print(x, h)", "pass"))
    except (RuntimeError, TypeError, AttributeError, ValueError):
        with pytest.raises((RuntimeError, TypeError, Refusal)) as caught:
            ours(source)
        assert explain(caught.value, compile_program(source, words(), ())).span is not None
        return
    names = ours(source)
    for name in ("x", "w", "h", "g"):
        if name in names:
            assert_same(names[name], theirs[name])
