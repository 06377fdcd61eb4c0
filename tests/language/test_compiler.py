"""Programs compute what Python and PyTorch compute, and nothing is free that has been defined."""

from __future__ import annotations

import math
import re

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.fault import Span
from gui_app.engine.vocabulary import namespace, words
from gui_app.language.compiler import check, compile_program
from gui_app.language.errors import ProgramError
from gui_app.language.limits import StopFlag
from tests.language.programs import NAMESPACE, failure, leaf, run

PLAIN = {
    **{
        name: getattr(torch, name)
        for name in ("sin", "exp", "tanh", "sigmoid", "relu", "where", "stack", "cos", "outer")
    },
    "torch": torch,
    "F": F,
    "math": math,
    "pi": math.pi,
}

PROGRAMS = (
    "(x - 2)**2 / 2",
    "100*(y - x**2)**2 + (1 - x)**2",
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    "s = 0\nfor i in range(1, 6):\n    s = s + sin(i*x)/i\ns",
    "z = x\nwhile z < 100:\n    z = z*2 + 1\nz",
    "if x > 0:\n    z = x*y\nelse:\n    z = -x\nz",
    "def f(a, b=2.0):\n    return a**2 + b\nf(x) + f(y, b=3.0)",
    "def fact(n):\n    if n == 0:\n        return 1\n    return n*fact(n - 1)\nx*fact(6)",
    "terms = []\nfor i in range(3):\n    terms.append(v[i]**2)\nstack(terms).sum()",
    "sum([v[i]**2 for i in range(3) if i != 1])",
    "total = 0\nfor e in v:\n    total = total + e**3\ntotal",
    "total = 0\nfor i, e in enumerate(v):\n    total = total + i*e\ntotal",
    "a, (b, c) = x, (y, x*y)\na + b*c",
    "a = b = x*2\na*b",
    "(M @ v).sum() + M.t()[0, 1] + (M.T @ M).trace()",
    "torch.mm(M, M).mean() + torch.matmul(M, v).norm()",
    "((M @ v - v)**2).sum()",
    "F.mse_loss(M @ v, v) + F.softplus(x)",
    "F.softmax(v, dim=0).max() * torch.logsumexp(M, 1).sum()",
    "torch.where(v > 2, v, -v).sum()",
    "v.max(0).values + v.min(dim=0)[0]",
    "v[1:].sum() + v[-1]*v[[0, 2]].prod()",
    "w = v*1\nw[1] = x*y\nw.sum()",
    "w = v*1\nw += x\nw *= 2\nw.sum()",
    "w = v*1\nw[0] += x\nw.sum()",
    "v.view(3, 1).expand(3, 2).reshape(-1).sum()",
    "torch.cat([v, v*2]).std() + torch.stack([v, v]).var(dim=0, unbiased=False).sum()",
    "torch.tensor([[1.0, 2.0, 3.0]]).double() @ v",
    "(x.detach() * x + y.item() * y)",
    "with torch.no_grad():\n    z = x**3\nx**2 + z",
    "x if 0 < x < 2 <= y + 3 else y",
    "i = 0\nwhile True:\n    i += 1\n    if i == 2:\n        continue\n    if i > 4:\n        break\nx*i",
    "import torch\nimport math\nimport torch.nn.functional as F\nfrom torch import nn\n\nx * math.pi + math.sqrt(2)",
    '"""A remark."""\nx*1\n"another"\n',
    "torch.einsum('ij,j->i', M, v).sum()",
    "M.sum(dim=1, keepdim=True).squeeze().dot(v)",
    "n = 3\nm = n*n + n//2 - n % 2\nx*m*2**n",
    "x*len(v)*v.shape[0]*M.size(1)*v.ndim",
    "f = x\ng = 3.5*2\n(f*g) / (1 + abs(y))",
    "(x > 0) * x + (not False) * y",
    "-x + +y - (-2)*x",
    "sigmoid(x)*torch.tanh(y)*torch.exp(-x**2)*math.exp(1.5)",
    "torch.linalg.solve(M, v).sum() + torch.det(M) + torch.linalg.inv(M).sum()",
    "F.cross_entropy(M, torch.tensor([0, 2, 1]))",
    "def f(a, *, b, c=2.0):\n    return a*b + c\nf(x, b=y)",
    "def f(a=None):\n    return x if a is None else a\nf() + (y if v is not None else x)",
    "[x*i for i in range(4) if 0 < i <= 2][1] + (1 if 0 < x*1 < 2 else 0)",
    "s = 0\nfor i in range(torch.tensor(3)):\n    for j in range(i, 7, 2):\n        s = s + x*i*j\ns",
    "range(5)[2]*x + list(range(3))[1]*y + [1, 2, 3][-1]",
)


def parameters() -> dict[str, Tensor]:
    return {
        "x": leaf(0.7),
        "y": leaf(-1.3),
        "v": leaf([1.0, 2.5, 3.0]),
        "M": leaf([[2.0, 0.5, 0.1], [0.3, 1.5, -0.2], [0.0, 0.4, 3.0]]),
    }


def plainly(source: str, given: dict[str, Tensor]) -> Tensor:
    """The same by Python itself: the last line that is an expression or assignment is the value."""
    lines = [line for line in source.rstrip().split("\n") if not line.startswith('"')]
    scope = {**PLAIN, **given}
    exec("\n".join(lines[:-1]), scope)
    return eval(lines[-1], scope)


def with_gradients(value: object, given: dict[str, Tensor]) -> list[Tensor | None]:
    assert isinstance(value, Tensor)
    gradients = torch.autograd.grad(value, list(given.values()), allow_unused=True)
    return [value.detach(), *gradients]


def assert_same(ours: list[Tensor | None], theirs: list[Tensor | None]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.dtype == other.dtype
            assert torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))


@pytest.mark.parametrize("source", PROGRAMS)
@pytest.mark.parametrize("traced", [False, True])
def test_a_program_gives_what_python_and_torch_give(source: str, traced: bool) -> None:
    ours, theirs = parameters(), parameters()
    program = compile_program(source, words(), list(ours), traced)
    value = program.bind(NAMESPACE, StopFlag())(*ours.values())
    assert_same(with_gradients(value, ours), with_gradients(plainly(source, theirs), theirs))


ATOMS = st.sampled_from(
    ["x", "y", "v", "v[1]", "2", "0.5", "3.0", "pi", "-1", "M[0]", "1e-3", "v.sum()", "len(v)"]
)


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "//", "%"]), inner)
    compare = st.tuples(inner, st.sampled_from(["<", ">=", "==", "!="]), inner, inner)
    return st.one_of(
        two.map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["torch.sin", "torch.exp", "torch.tanh", "F.relu"]), inner).map(
            lambda t: f"{t[0]}({t[1]} + x)"
        ),
        st.tuples(st.sampled_from(["mean()", "abs()", "detach()", "t()", "norm()"]), inner).map(
            lambda t: f"({t[1]} + x).{t[0]}"
        ),
        compare.map(lambda t: f"torch.where({t[0]} {t[1]} x, {t[2]} + x, {t[3]} * x)"),
        st.tuples(inner, inner).map(lambda t: f"(lambda_({t[0]}) - {t[1]})"),
    )


@given(expression=st.recursive(ATOMS, grow, max_leaves=8))
@settings(max_examples=100, deadline=None)
def test_random_expressions_agree_with_python(expression: str) -> None:
    source = f"def lambda_(a):\n    return a * 2 + x\nr = {expression}\n(r + x + v.sum() * 0).sum()"
    ours, theirs = parameters(), parameters()
    try:
        value = plainly(source, theirs)
    except Exception:
        assert failure(source, **ours).message
        return
    try:
        expected = with_gradients(value, theirs)
    except RuntimeError as error:
        with pytest.raises(RuntimeError, match=re.escape(str(error))):
            with_gradients(run(source, **ours), ours)
        return
    assert_same(with_gradients(run(source, **ours), ours), expected)


@pytest.mark.parametrize(
    ("source", "free"),
    [
        ("(x - 2)**2", ("x",)),
        ("b*a + a", ("b", "a")),
        ("y = a*2\ny + c", ("a", "c")),
        ("def f(t):\n    return t*w\nf(x)", ("w", "x")),
        ("s = 0\nfor i in range(n.shape[0]):\n    s = s + i*k\ns", ("n", "k")),
        ("sum(q*i for i in range(3))", ("q",)),
        ("sin(x) + torch.pi + math.e + pi", ("x",)),
        ("e + T", ("e", "T")),
        ("x = x_0*2\nx", ("x_0",)),
    ],
)
def test_names_that_nobody_defines_become_parameters(source: str, free: tuple[str, ...]) -> None:
    checked = check(source, words())
    assert checked.faults == ()
    assert checked.free_names == free


def test_a_parameter_may_have_the_name_of_a_function_and_be_set_again() -> None:
    assert run("sin = sin*2\nsin + 1", sin=leaf(2.0)) == 5
    assert run("F + torch", F=leaf(2.0), torch=leaf(1.0)) == 3
    assert check("x = x*2\nx", words(), ["x"]).faults == ()


def test_what_becomes_a_parameter_is_known_to_be_a_tensor() -> None:
    assert "value, not a function" in check("b = a\nb(2)", words()).faults[0].message


def test_a_function_may_be_used_before_its_name_is_set() -> None:
    assert run("sum = sum(v)\nsum*2", v=leaf([1.0, 2.0])) == 6


def test_without_the_vocabulary_only_the_syntax_is_checked() -> None:
    assert check("anything(x)", None).faults == ()
    assert check("anything(x)", None).free_names == ()
    assert check("x +", None).faults
    assert check("# nothing", None).faults
    assert check("x.__class__", None).faults


@pytest.mark.parametrize("source", ["", "   \n", "# a remark", "import torch", '"""text"""', "pass"])
def test_an_empty_program_is_a_fault(source: str) -> None:
    assert "no objective" in failure(source).message
    assert "no objective" in check(source, words()).faults[0].message


@pytest.mark.parametrize("source", ["z = x*2", "z = x\nz = z + x", "z = 0*x\nz += 2*x", "a = z = 2*x"])
def test_an_assignment_on_the_last_line_is_the_value(source: str) -> None:
    assert run(source, x=leaf(3.0)) == 6


def test_a_traced_program_reports_every_value_and_name() -> None:
    source = "y = sin(x)**2\nfor i in range(2):\n    y = y + i\ny*v[0]"
    values: list[tuple[str, object]] = []
    names: list[tuple[str, object]] = []
    lines = source.split("\n")

    def on_value(value: object, span: Span) -> None:
        assert span.line == span.end_line
        values.append((lines[span.line - 1][span.column : span.end_column], value))

    program = compile_program(source, words(), ["x", "v"], traced=True)
    bound = program.bind(NAMESPACE, StopFlag(), on_value, lambda name, value: names.append((name, value)))
    result = bound(leaf(1.0), leaf([2.0]))
    assert [text for text, _ in values] == [
        *("sin(x)", "sin(x)**2", "range(2)", "y + i", "y + i", "v[0]", "y*v[0]"),
    ]
    assert values[-1][1] is result
    assert [name for name, _ in names] == ["y", "i", "y", "i", "y"]
    assert names[0][1] is values[1][1]


def test_numbers_with_a_fraction_follow_the_dtype_of_the_run() -> None:
    source = (
        "[tensor([1.0, 2.0]), tensor([1, 2]), zeros(2), ones(2, 2), eye(2), linspace(0, 1, 3), arange(3),"
        " arange(0.0, 1.0, 0.5), full((2,), 1.5)]"
    )
    program = compile_program(source, words(), [])
    for dtype in (torch.float64, torch.float32, torch.float16):
        made = program.bind(namespace(dtype), StopFlag())()
        assert isinstance(made, list)
        whole = [1, 6]
        assert [value.dtype for i, value in enumerate(made) if i not in whole] == [dtype] * 7
        assert [made[i].dtype for i in whole] == [torch.int64] * 2
    assert torch.get_default_dtype() == torch.float32


def test_a_program_is_compiled_once_and_runs_often() -> None:
    program = compile_program("s = x\nfor i in range(10):\n    s = s + i\ns", words(), ["x"])
    bound = program.bind(NAMESPACE, StopFlag(max_rounds=15))
    assert [bound(leaf(float(k))) for k in range(20)] == [k + 45 for k in range(20)]


def test_faults_carry_the_place_in_characters() -> None:
    with pytest.raises(ProgramError) as caught:
        compile_program("# ∂ Größe\nx + x.foo(1)", words(), ["x"])
    assert caught.value.fault.span == Span(2, 6, 2, 9)
    with pytest.raises(ProgramError) as caught:
        compile_program("F.relu('äöü') + nope", words(), [])
    assert caught.value.fault.span is not None


def test_several_faults_are_found_at_once() -> None:
    faults = check("a = x.foo\nb = torch.bar(a)\nc = nothing(b)\nc", words()).faults
    assert [fault.span.line for fault in faults if fault.span] == [1, 2, 3]
