"""What goes wrong when a program runs is told at its place, in plain words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from gui_app.core.fault import Span
from gui_app.engine.vocabulary import words
from gui_app.language.compiler import compile_program
from gui_app.language.errors import ProgramError, _span, explain
from gui_app.language.limits import StopFlag
from gui_app.language.names import SYMBOL, nearest, parameters_of
from tests.language.programs import NAMESPACE, compiled, failure, leaf


def parameters() -> dict[str, Tensor]:
    return {
        "x": leaf(0.7),
        "v": leaf([1.0, 2.5, 3.0]),
        "u": leaf([1.0, 2.0]),
        "M": leaf([[2.0, 0.5, 0.1], [0.3, 1.5, -0.2]]),
        "k": torch.tensor([1, 2, 3]),
        "c": torch.tensor([1.0, 2.0]),
    }


@pytest.mark.parametrize(
    ("source", "message", "hint", "marked"),
    [
        (
            "x\nv + u",
            "The shapes do not match: v has shape (3,) and u has shape (2,).",
            "equal or 1",
            "v + u",
        ),
        ("(v*2) * (u + 1)", "v*2 has shape (3,) and u + 1 has shape (2,).", "equal or 1", "(v*2) * (u + 1)"),
        (
            "def f(a):\n    return a + u\nf(v)",
            "a has shape (3,) and u has shape (2,).",
            "equal or 1",
            "a + u",
        ),
        ("v < u", "v has shape (3,) and u has shape (2,).", "equal or 1", "v < u"),
        ("M @ u", "M has shape (2, 3) and u has shape (2,).", "inner sizes", "M @ u"),
        (
            "torch.mm(M, M)",
            "cannot be multiplied: M has shape (2, 3) and M has shape (2, 3).",
            ".t()",
            "torch.mm(M, M)",
        ),
        ("M.mm(M)", "M has shape (2, 3) and M has shape (2, 3).", ".t()", "M.mm(M)"),
        (
            "torch.mm(v, v)",
            "not made for this operation: v has shape (3,)",
            "two dimensions",
            "torch.mm(v, v)",
        ),
        ("x @ x", "not made for this operation: x has shape () and x", "element by element", "x @ x"),
        (
            "torch.dot(M, M)",
            "not made for this operation: M has shape (2, 3)",
            "dot needs one",
            "torch.dot(M, M)",
        ),
        ("cat([M, v])", "different shapes", "agree", "cat([M, v])"),
        ("stack([v, u])", "different shapes", "agree", "stack([v, u])"),
        ("M.view(4)", "6 elements do not fill the shape (4)", "must be 6", "M.view(4)"),
        ("v.sum(3)", "no dimension 3: v has shape (3,).", "-1 and 0", "v.sum(3)"),
        ("v[5]", "no index 5 in dimension 0, which has size 3", "first index is 0", "v[5]"),
        ("v[0, 1]", "more indices than dimensions", "each dimension", "v[0, 1]"),
        ("x[0]", "more indices than dimensions", "", "x[0]"),
        ("[1, 2][5]*x", "no item 5 in a list of 2", "first item is 0", "[1, 2][5]"),
        ("[1, 2][-3]*x", "no item -3 in a list of 2", "first item is 0", "[1, 2][-3]"),
        ("a = [x]\nwhile True:\n    a[1]\nx", "no item 1 in a list of 1", "first item is 0", "a[1]"),
        ("1 << -1", "shift cannot be negative", "", "1 << -1"),
        ("1 >> -1", "shift cannot be negative", "2.0**n", "1 >> -1"),
        ("for i in range(0, 1, 0):\n    x\nx", "step of a range", "range(10)", "range(0, 1, 0)"),
        ("v[::0]*x", "step of a slice cannot be 0", "", "::0"),
        ("float('abc')*x", "not a number", "", "float('abc')"),
        ("stack([v, u*1])", "v has shape (3,) and u*1 has shape (2,)", "agree", "stack([v, u*1])"),
        ("a = [v, u]\nstack(a)", "a[0] has shape (3,) and a[1] has shape (2,)", "agree", "stack(a)"),
        ("v + x.grad", "x has no gradient yet.", "backward() first", "v + x.grad"),
        ("-v.grad", "v has no gradient yet.", "depends on v", "-v.grad"),
        ("v.grad.norm()", "v has no gradient yet.", "depends on v", "v.grad.norm()"),
        ("v.grad[0]", "v has no gradient yet.", "depends on v", "v.grad[0]"),
        ("v.grad.T", "v has no gradient yet.", "depends on v", "v.grad.T"),
        ("torch.sin(v.grad)", "v has no gradient yet.", "depends on v", "torch.sin(v.grad)"),
        (
            "torch.normal(0.0, -1.0, (2,))*x",
            "no such distribution",
            "negative",
            "torch.normal(0.0, -1.0, (2,))",
        ),
        ("grad((x*2).sum(), v)", "does not enter", "allow_unused", "grad((x*2).sum(), v)"),
        ("grad(v*2, v)", "single number", "weights", "grad(v*2, v)"),
        ("grad(v*2, v, u)", "weights have shape [2]", "ones_like", "grad(v*2, v, u)"),
        ("if v > 1:\n    x\nx", "one yes or no", ".all()", "v > 1"),
        ("x and v and x", "one yes or no", ".any()", ""),
        ("v.item()", "one element", ".sum()", "v.item()"),
        ("x += 1\nx", "in place while gradients", "x = x + …", "x += 1"),
        ("v[0] = 1\nv", "in place while gradients", "", "v[0] = 1"),
        ("y = x.sum()*1\ny += v\ny", "cannot grow", "y = y + …", "y += v"),
        ("y = k*1\ny += 0.5\ny", "does not fit", "y = y + …", "y += 0.5"),
        ("k.mean()", "numbers with a fraction", ".float()", "k.mean()"),
        ("k ** -1", "negative power", "2.0", "k ** -1"),
        ("(v > 1) - (v > 2)", "true and false", ".float()", "(v > 1) - (v > 2)"),
        ("M @ k", "different dtypes", ".double()", "M @ k"),
        (
            "tensor(10, requires_grad=True)",
            "Whole numbers cannot have a gradient",
            "10.0",
            "tensor(10, requires_grad=True)",
        ),
        (
            "(k*1).requires_grad_()*1",
            "Whole numbers cannot have a gradient",
            "10.0",
            "(k*1).requires_grad_()",
        ),
        ("tensor([[1.0, 2.0], [3.0]])", "rows differ", "same number", "tensor([[1.0, 2.0], [3.0]])"),
        ("tensor([x, x])", "plain numbers", "stack", "tensor([x, x])"),
        ("torch.sin(2.0)", "input must be Tensor, not float", "torch.tensor(2.0)", "torch.sin(2.0)"),
        ("x + [1]", "a tensor and a list", "torch.tensor", "x + [1]"),
        ("[1] * x", "a list and a tensor", "torch.tensor", "[1] * x"),
        ("def f(a):\n    b = a\nf(x) + 1", "None", "return", "f(x) + 1"),
        ("def f(a):\n    return a\nf(x, x)", "arguments do not fit", "", "f(x, x)"),
        ("def f(a):\n    return a\nf()", "arguments do not fit", "", "f()"),
        ("def f(a):\n    return a\nf(x, a=x)", "arguments do not fit", "", "f(x, a=x)"),
        ("y = 1/0\nx", "divides by zero", "start value", "1/0"),
        ("y = math.log(-1)\nx", "not defined", "positive", "math.log(-1)"),
        ("y = math.exp(1e9)\nx", "too large", "smaller", "math.exp(1e9)"),
        ("y = 10.0**1000\nx", "too large", "smaller", "10.0**1000"),
        ("y = (-8)**0.5\nx", "negative number", "abs", "(-8)**0.5"),
        ("int(inf)*x", "not finite", "whole", "int(inf)"),
        ("math.sin(x)", "cut the tensor", "torch.sin", "math.sin(x)"),
        ("if x > 9:\n    y = 1\ny", "y is used before it is set", "always runs", "y"),
        ("def f():\n    return y\nz = f()\ny = 1\nx", "y is used before it is set", "", "y"),
        ("for i in x:\n    x\nx", "cannot run over a tensor", "range", "x"),
        ("for i in 3:\n    x\nx", "cannot run over a whole number", "range", "3"),
        ("a, b = v\nx", "3 values for 2 names", "each value", "v"),
        ("a, b = 1\nx", "cannot be split into 2 names", "one name", "1"),
        ("x.append(1)", "no method .append", "lists", "x.append(1)"),
        ("[1].T", "no .T", "tensors", "[1].T"),
        ("v.values", "no .values", "max", "v.values"),
        ("(1, 2)[0] = 3\nx", "cannot be set", "lists", ""),
        (
            "torch.linalg.inv(torch.zeros(2, 2))",
            "cannot be inverted",
            "independent",
            "torch.linalg.inv(torch.zeros(2, 2))",
        ),
        ("M.expand(5, 3)", "cannot be expanded", "size 1", "M.expand(5, 3)"),
        ("M.t().view(6)", "view", "reshape", "M.t().view(6)"),
        ("F.mse_loss(v, u)", "shapes differ", ".view(-1)", "F.mse_loss(v, u)"),
        ("y = v.detach()\ny += 1\nx", "change a parameter itself", "clone", "y += 1"),
        ("y = v.view(3, 1).detach()\ny[0] = 1\nx", "change a parameter itself", "clone", "y[0] = 1"),
        ("with torch.no_grad():\n    x += 1\nx", "change a parameter itself", "clone", "x += 1"),
        ("k[0] = 5\nx", "change a parameter itself", "clone", "k[0] = 5"),
        ("c.requires_grad_()\nx", "change a parameter itself", "clone", "c.requires_grad_()"),
        ("x.requires_grad_(False)\nx", "cannot be switched off", "detach", "x.requires_grad_(False)"),
        ("v[::-1]", "cannot go backwards", "flip", "v[::-1]"),
    ],
)
def test_an_error_is_told_at_its_place(source: str, message: str, hint: str, marked: str) -> None:
    fault = failure(source, **parameters())
    assert message in fault.message
    assert hint in fault.hint
    assert SYMBOL not in str(fault)
    span = fault.span
    assert span is not None
    line = source.split("\n")[span.line - 1]
    assert marked == "" or line[span.column : span.end_column] == marked


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("torch.foo(x)", "torch.foo is not part", ""),
        ("torch.sinn(x)", "torch.sinn is not part", "sin"),
        ("x.summ()", ".summ is not part", ".sum"),
        ("sinn(x)", "no function sinn", "sin"),
        ("x.sum", "sum is a method", ".sum(…)"),
        ("x.T()", "T is a value", "brackets"),
        ("torch.pi(2)", "torch.pi is a value", "brackets"),
        ("pi(x + 1)", "pi is a value", "pi*(…)"),
        ("x(v)", "x is a value", "x*(…)"),
        ("sin + 1", "sin is a function", "sin(…)"),
        ("torch + 1", "torch is a module", "torch."),
        ("torch.linalg(x)", "torch.linalg is a module", "torch.linalg."),
        ("xx + 1", "xx is not defined", ""),
        ("vv + weight", "vv is not defined", ""),
        ("y = z\nz = 1\nx", "z is used before", "parameter z"),
        ("sin(x, x)", "at most 1 argument, not 2", "sin(input)"),
        ("sin()", "sin needs input", "sin(input)"),
        ("x.sum(axis=0)", "no argument named axis", "dim"),
        ("clamp(x, 0, min=1)", "gets min twice", "clamp"),
        ("np.sin(x)", "np.sin is not part", "torch.sin"),
        ("nn.Transformer(2, 1)", "nn.Transformer is not part", "TransformerEncoderLayer"),
        ("Linear(2, 1)", "Linear is not part", "nn.Linear"),
        ("nn.Linear(2, 1)(x)", "need a name", "net = nn.Linear("),
        ("x.numpy()", ".numpy is not part", "Tensors stay"),
        ("import numpy\nx", "numpy cannot be imported", "torch.sin"),
        ("import numpy as np\nx", "numpy cannot be imported", "torch.linspace"),
        ("import matplotlib.pyplot as plt\nx", "matplotlib.pyplot cannot be imported", "window draws"),
        ("from matplotlib import pyplot\nx", "matplotlib.pyplot cannot be imported", "window draws"),
        ("import os", "os cannot be imported", "files"),
        ("torch.no_grad()", "torch.no_grad is not part", "with torch.no_grad():"),
        ("with torch.set_grad_enabled():\n    y = x\nx", "needs mode", "set_grad_enabled(mode)"),
        ("with torch.no_grad(1):\n    y = x\nx", "at most 0", "torch.no_grad()"),
        ("x is 3", "is can only ask", "=="),
        ("def f(a, a):\n    return a\nf(1, 2)", "two arguments named a", "own name"),
        ("def f(a, b):\n    return a\nf(a=x, a=x, b=1)", "f gets a twice", "once"),
        ("open('f')", "open is not part", "files"),
    ],
)
def test_what_is_not_there_is_named(source: str, message: str, hint: str) -> None:
    fault = failure(source, **parameters())
    assert message in fault.message
    assert hint in fault.hint
    assert fault.span is not None


@pytest.mark.parametrize(
    ("source", "message"),
    [("v*2", "single number"), ("x.detach()*2", "depends on a parameter")],
)
def test_errors_of_the_backward_pass_mark_the_last_line(source: str, message: str) -> None:
    given = parameters()
    program = compiled(f"y = 1\n{source}", given)
    value = program.bind(NAMESPACE, StopFlag())(*given.values())
    assert isinstance(value, Tensor)
    with pytest.raises(RuntimeError) as caught:
        value.backward()
    fault = explain(caught.value, program)
    assert message in fault.message
    assert fault.span == program.last
    assert fault.span is not None
    assert fault.span.line == 2
    assert fault.details


def test_a_saved_value_changed_in_place_is_explained() -> None:
    given = parameters()
    program = compiled("out = torch.sigmoid(v)\nout += 1\nout.sum()", given)
    value = program.bind(NAMESPACE, StopFlag())(*given.values())
    assert isinstance(value, Tensor)
    with pytest.raises(RuntimeError) as caught:
        value.backward()
    fault = explain(caught.value, program)
    assert "changed in place" in fault.message
    assert "version" in fault.details


@pytest.mark.parametrize(
    ("position", "span"),
    [
        ((2, 2, 4, 9), Span(2, 4, 2, 9)),
        ((2, None, None, None), Span(2, 0, 2, 10)),
        ((None, None, None, None), None),
    ],
)
def test_without_columns_the_line_is_marked(position: tuple[int | None, ...], span: Span | None) -> None:
    """Python can be told to keep no columns."""
    frame = SimpleNamespace(f_code=SimpleNamespace(co_positions=lambda: [position]))
    assert _span((frame, 0), "x = 1\nabcd = efg") == span  # type: ignore[arg-type]


def test_an_unknown_error_keeps_its_own_words() -> None:
    fault = explain(ValueError("something odd"), compiled("x", parameters()))
    assert fault.details == "ValueError: something odd"
    assert fault.span is None


def test_a_program_error_explains_itself() -> None:
    with pytest.raises(ProgramError) as caught:
        compile_program("x.foo", words(), ["x"])
    assert explain(caught.value, compiled("x", parameters())) is caught.value.fault
    assert "line 1" in str(caught.value)


def test_nearest_names_read_as_words() -> None:
    assert nearest("sinn", ["cos", "sin"]) == "sin"
    assert nearest("zzzzz", ["sin"]) == ""
    assert nearest("tanhh", ["tanh", "tan", "atanh", "x"]).count(" or ") == 1


def test_signatures_know_what_fits() -> None:
    one, other = parameters_of("a, b=1, *, c, d=2 | *a")
    assert one.problem(1, ["c"]) is None
    assert one.problem(1, []) == "needs c"
    assert one.problem(0, ["b", "c"]) == "needs a"
    assert one.problem(3, ["c"]) == "takes at most 2 arguments, not 3"
    assert one.problem(1, ["c", "e"]) == "has no argument named e; it has a, b, c, d"
    assert one.problem(1, ["c", "a"]) == "gets a twice"
    assert other.problem(99, []) is None
