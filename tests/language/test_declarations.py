"""Parameters that a text declares are read from it, and written back into it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gui_app.core.experiment import Distribution, Nested, ParameterSpec
from gui_app.core.fault import Span
from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import check, compile_program
from gui_app.language.declarations import redeclared, reseeded
from gui_app.language.limits import StopFlag
from tests.language.programs import failure


def declared(source: str) -> dict[str, ParameterSpec]:
    checked = check(f"{source}\nx*1 if True else 0", words(), ["x"])
    assert checked.faults == (), source
    assert {d.spec for d in checked.declared} == {d.spec for d in check(source, None).declared}
    return {d.spec.name: d.spec for d in checked.declared}


NORMAL, UNIFORM = Distribution("normal"), Distribution("uniform", 0.0, 1.0)
ASKING = "requires_grad=True"


@pytest.mark.parametrize(
    ("start", "spec"),
    [
        (f"torch.tensor(1.5, {ASKING})", ParameterSpec("w", 1.5)),
        (f"tensor(1.5, {ASKING})", ParameterSpec("w", 1.5)),
        (f"torch.tensor([1, 2.0], {ASKING})", ParameterSpec("w", (1.0, 2.0))),
        (f"torch.tensor([[1.], [-2.]], {ASKING})", ParameterSpec("w", ((1.0,), (-2.0,)))),
        (
            f"torch.tensor([1, 2], dtype=torch.float64, {ASKING})",
            ParameterSpec("w", (1.0, 2.0), dtype="float64"),
        ),
        (
            f"torch.tensor([1, 2], dtype=torch.double, {ASKING})",
            ParameterSpec("w", (1.0, 2.0), dtype="float64"),
        ),
        (f"torch.tensor(2.0, dtype=None, {ASKING})", ParameterSpec("w", 2.0)),
        (f"torch.tensor([], {ASKING})", ParameterSpec("w", ())),
        (f"torch.zeros((), device=torch.device('cpu'), {ASKING})", ParameterSpec("w", 0.0)),
        (f"torch.tensor(1e3*2 - 3**2/4 + (+1), {ASKING})", ParameterSpec("w", 1998.75)),
        (f"torch.tensor(math.pi, {ASKING})", ParameterSpec("w", torch.pi)),
        (f"torch.zeros(2, {ASKING})", ParameterSpec("w", (0.0, 0.0))),
        (f"torch.zeros(2, 1, {ASKING})", ParameterSpec("w", ((0.0,), (0.0,)))),
        (f"torch.ones((2, 1), {ASKING})", ParameterSpec("w", ((1.0,), (1.0,)))),
        (f"torch.ones(size=[2], {ASKING})", ParameterSpec("w", (1.0, 1.0))),
        (f"torch.zeros((), {ASKING})", ParameterSpec("w", 0.0)),
        (f"torch.full((2,), 0.5, {ASKING})", ParameterSpec("w", (0.5, 0.5))),
        (f"torch.full([1, 1], fill_value=0.5, {ASKING})", ParameterSpec("w", ((0.5,),))),
        (f"torch.eye(2, {ASKING})", ParameterSpec("w", ((1.0, 0.0), (0.0, 1.0)))),
        (f"torch.eye(1, m=2, {ASKING})", ParameterSpec("w", ((1.0, 0.0),))),
        (f"torch.arange(3.0, {ASKING})", ParameterSpec("w", (0.0, 1.0, 2.0))),
        (f"torch.arange(1, 2, 0.5, {ASKING})", ParameterSpec("w", (1.0, 1.5))),
        (f"torch.linspace(0, 1, 3, {ASKING})", ParameterSpec("w", (0.0, 0.5, 1.0))),
        (f"torch.linspace(2, 9, 1, {ASKING})", ParameterSpec("w", (2.0,))),
        (f"torch.rand(2, 3, {ASKING})", ParameterSpec("w", None, (2, 3), UNIFORM)),
        (f"torch.randn((2, 3), {ASKING})", ParameterSpec("w", None, (2, 3), NORMAL)),
        (f"torch.randn((), {ASKING})", ParameterSpec("w", None, (), NORMAL)),
        (f"torch.randn(size=(4,), {ASKING})", ParameterSpec("w", None, (4,), NORMAL)),
        (
            f"torch.normal(0, 0.01, (2, 1), {ASKING})",
            ParameterSpec("w", None, (2, 1), Distribution("normal", 0.0, 0.01)),
        ),
        (
            f"torch.normal(mean=1.0, std=2.0, size=(2,), {ASKING})",
            ParameterSpec("w", None, (2,), Distribution("normal", 1.0, 2.0)),
        ),
        ("torch.zeros(2).requires_grad_()", ParameterSpec("w", (0.0, 0.0))),
        (
            "(2*torch.randn(2) + 1).requires_grad_()",
            ParameterSpec("w", None, (2,), Distribution("normal", 1.0, 2.0)),
        ),
        (
            "(-torch.rand(2)).requires_grad_(True)",
            ParameterSpec("w", None, (2,), Distribution("uniform", -1.0, 0.0)),
        ),
        (
            "(torch.rand(2)*4 - 2).requires_grad_()",
            ParameterSpec("w", None, (2,), Distribution("uniform", -2.0, 2.0)),
        ),
        (
            "torch.zeros(2).uniform_(-1, 1).requires_grad_()",
            ParameterSpec("w", None, (2,), Distribution("uniform", -1.0, 1.0)),
        ),
        (
            "torch.zeros(2).normal_(1, 0.5).requires_grad_()",
            ParameterSpec("w", None, (2,), Distribution("normal", 1.0, 0.5)),
        ),
        ("(torch.ones(2)/4).requires_grad_()", ParameterSpec("w", (0.25, 0.25))),
        ("(torch.tensor([1, 2])/4).requires_grad_()", ParameterSpec("w", (0.25, 0.5))),
        ("nn.Parameter(torch.ones(2))", ParameterSpec("w", (1.0, 1.0))),
        (
            "torch.nn.Parameter(torch.randn(2)*3)",
            ParameterSpec("w", None, (2,), Distribution("normal", 0.0, 3.0)),
        ),
        ("nn.Parameter(torch.ones(1), requires_grad=False)", ParameterSpec("w", (1.0,), requires_grad=False)),
        (f"Variable(torch.tensor([2.0]), {ASKING})", ParameterSpec("w", (2.0,))),
        (f"torch.autograd.Variable(torch.tensor([2.0]), {ASKING})", ParameterSpec("w", (2.0,))),
        ("torch.tensor([2.0], requires_grad=False)", ParameterSpec("w", (2.0,), requires_grad=False)),
    ],
)
def test_a_start_is_read(start: str, spec: ParameterSpec) -> None:
    assert declared(f"w = {start}") == {"w": spec}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("w = torch.zeros(2)\nw.requires_grad_()", ["w"]),
        ("w = torch.zeros(2)\nw.requires_grad = True", ["w"]),
        (
            "w = torch.zeros(2)\nv = torch.ones(1)\nw.requires_grad_(True)\nv.requires_grad_(requires_grad=True)",
            ["w", "v"],
        ),
        ("w = torch.zeros(2)\nw.requires_grad_(False)", ["w"]),
        ("n = 2\nm = [n, n + 1]\nw = torch.zeros(m, requires_grad=True)", ["w"]),
        ("d = torch.float64\nw = torch.randn((), device=x, dtype=d, requires_grad=True)", ["w"]),
        ("w = torch.zeros(2)", []),
        ("w = x*2\nw.requires_grad = False", []),
        ("w = torch.zeros(x.shape, requires_grad=False)", []),
        ("w = torch.tensor(3, requires_grad=False)", []),
        ("w = Variable(torch.ones(2))", []),
        ("w = v = torch.zeros(2)", []),
        ("if x > 0:\n    w = torch.zeros(2, requires_grad=True)", []),
        ("def f():\n    w = torch.zeros(2, requires_grad=True)", []),
        ("def make(n, requires_grad):\n    return x\nw = make(3, requires_grad=True)", []),
        ("x.requires_grad_()", []),
    ],
)
def test_what_is_a_declaration(source: str, names: list[str]) -> None:
    assert list(declared(source)) == names


READABLE = "plain numbers"


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("w = torch.tensor(10, requires_grad=True)", "Whole numbers", "10.0 instead of 10"),
        ("w = torch.arange(3, requires_grad=True)", "Whole numbers", "3.0 instead of 3"),
        ("w = torch.tensor(True, requires_grad=True)", "Whole numbers", "1.0 for yes"),
        ("w = torch.zeros(2, dtype=torch.long, requires_grad=True)", "Whole numbers", "dtype=torch.float32"),
        ("w = torch.full((2,), 3, requires_grad=True)", "Whole numbers", "instead of"),
        ("w = torch.zeros(x.shape, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.zeros(k, requires_grad=True)", "start of w cannot be read", READABLE),
        ("n = 1\nn = 2\nw = torch.zeros(n, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.zeros(-1, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.zeros(10**9, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.randn(10**9, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.zeros(0, 3, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.zeros(1.5, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor(9**9**9, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor(1/0, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor((-8)**0.5, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor([1.0] + [2.0], requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor([[1.0], 2.0], requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor(torch.float64, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor(1.0, dtype=x.dtype, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.tensor(1.0, dtype=3, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.zeros(2, dtype=torch.bool, requires_grad=True)", "Whole numbers", "dtype=torch.float32"),
        ("w = torch.arange(0, 1, 0.0, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.normal(0.0, -1.0, (2,), requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = (x*2).requires_grad_()", "start of w cannot be read", READABLE),
        ("w = (1/torch.ones(2)).requires_grad_()", "start of w cannot be read", READABLE),
        ("w = torch.relu(x).requires_grad_()", "start of w cannot be read", READABLE),
        ("w = torch.zeros(2).requires_grad_(x)", "", ""),
        ("w = torch.eye(10**5, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.linspace(0, 1, 10**9, requires_grad=True)", "start of w cannot be read", READABLE),
        ("w = torch.ones(2)\ny = w*2\nw.requires_grad_()", "asked for too late", "right after w = …"),
        (
            "w = torch.ones(2, requires_grad=True)\nw = torch.ones(2, requires_grad=True)",
            "declared twice",
            "own name",
        ),
        ("y = w*2\nw = torch.ones(2, requires_grad=True)", "used before it is set", "above"),
    ],
)
def test_what_cannot_be_a_parameter_is_told(source: str, message: str, hint: str) -> None:
    faults = check(f"{source}\nx*1", words(), ["x"]).faults
    if not message:
        assert faults == ()
        return
    assert message in faults[0].message
    assert hint in faults[0].hint
    assert faults[0].span is not None
    assert failure(f"{source}\nx*1", x=torch.ones(1)) == faults[0]
    assert check(f"{source}\n(x*1).backward()", words()).declared in ((), check(source, None).declared)


def test_lists_that_contain_one_another_are_given_up() -> None:
    doubled = "a0 = [1.0]\n" + "\n".join(f"a{i + 1} = [a{i}, a{i}]" for i in range(12))
    source = f"{doubled}\nw = torch.tensor(a12, requires_grad=True)\nw"
    assert check(source, words()).faults == ()
    source = source.replace("a12", "a12, a12, a12") + "\n"
    assert "cannot be read" in check(source, words()).faults[0].message
    deep = "a0 = [1.0]\n" + "\n".join(f"a{i + 1} = [a{i}]" for i in range(300))
    assert (
        "cannot be read"
        in check(f"{deep}\nw = torch.tensor(a300, requires_grad=True)\nw", words()).faults[0].message
    )


def test_where_it_stands() -> None:
    checked = check("# Größe\nw = torch.zeros(2,\n  requires_grad=True)\nw", words())
    assert checked.declared[0].span == Span(2, 4, 3, 21)
    assert checked.faults == ()


def test_seeds_are_read() -> None:
    assert check("torch.manual_seed(42)\nx", words()).seed == 42
    assert check("manual_seed(42)\ntorch.manual_seed(3)\nx", words()).seed == 42
    for other in (
        "x",
        "torch.manual_seed(-1)\nx",
        "n = 3\ntorch.manual_seed(n)\nx",
        "if x:\n    torch.manual_seed(1)\nx",
    ):
        assert check(other, words()).seed is None


# --- running -------------------------------------------------------------------------------------------------------

DRAWING = (
    "torch.manual_seed(5)\nk = 2\nW = torch.randn(3, k, requires_grad=True)\nnoise = torch.rand(3)\n"
    "b = (torch.rand(k)*2 - 1)\nb.requires_grad_()\nc = nn.Parameter(torch.zeros(1))\n"
    "d = torch.tensor([1.0, 2.0], requires_grad=True)\nX = torch.randn(4, 3)\n"
    "loss = ((X + noise) @ W + b + c + d).sum() + t"
)


def drawn_by_torch() -> dict[str, Tensor]:
    """DRAWING, as PyTorch runs it."""
    with torch.random.fork_rng():
        scope = {"torch": torch, "nn": torch.nn, "t": torch.tensor(1.0)}
        exec(DRAWING, scope)
    return {name: scope[name] for name in ("W", "b", "c", "d", "loss")}


def test_the_true_starts_are_declared_in_the_order_of_the_text() -> None:
    found: dict[str, object] = {}
    program = compile_program(DRAWING, words(), ["W", "b", "c", "d", "t"], declaring=True)
    space = namespace(effects=Effects(torch.Generator()))
    bound = program.bind(space, StopFlag(), on_declared=lambda name, value: found.update({name: value}))
    bound(*(torch.ones(()) for _ in range(5)))
    assert list(found) == ["W", "b", "c", "d"]
    theirs = drawn_by_torch()
    for name, value in found.items():
        assert isinstance(value, Tensor)
        assert torch.equal(value, theirs[name])


def test_a_declared_start_comes_in_as_an_argument_and_still_draws() -> None:
    checked = check(DRAWING, words())
    assert checked.faults == ()
    assert checked.free_names == ("t",)
    theirs = drawn_by_torch()
    program = compile_program(DRAWING, words(), ["W", "b", "c", "d", "t"])
    assert program.draws
    bound = program.bind(namespace(effects=Effects(torch.Generator())), StopFlag())
    for factor in (1.0, 3.0):
        given_ = [theirs[name].detach() * factor for name in ("W", "b", "c", "d")]
        value = bound(*given_, torch.tensor(1.0))
        with torch.random.fork_rng():
            expected = DRAWING.splitlines()
            scope: dict[str, object] = {"torch": torch, "t": torch.tensor(1.0), "k": 2}
            torch.manual_seed(5)
            torch.randn(3, 2)
            exec(expected[3], scope)
            torch.rand(2)
            exec(expected[-2], scope)
            scope.update(dict(zip("Wbcd", given_, strict=True)))
            exec(expected[-1], scope)
        assert torch.equal(value, scope["loss"])  # type: ignore[arg-type]


def test_without_other_draws_nothing_is_drawn() -> None:
    generator = torch.Generator()
    before = generator.get_state()
    source = "torch.manual_seed(3)\nW = torch.randn(2, requires_grad=True)\nW.sum()"
    program = compile_program(source, words(), ["W"])
    assert not program.draws
    bound = program.bind(namespace(effects=Effects(generator)), StopFlag())
    assert bound(torch.ones(2)) == 2
    assert torch.equal(generator.get_state(), before)


def test_a_name_that_is_no_argument_is_made_as_written() -> None:
    program = compile_program("w = torch.ones(2, requires_grad=True)\nw", words(), [])
    value = program.bind(namespace(), StopFlag())()
    assert isinstance(value, Tensor)
    assert value.requires_grad


def test_a_declaration_may_be_the_last_line() -> None:
    source = "w = torch.ones(2, requires_grad=True)"
    assert check(source, words()).faults == ()
    value = compile_program(source, words(), ["w"]).bind(namespace(), StopFlag())(torch.zeros(2))
    assert torch.equal(value, torch.zeros(2))  # type: ignore[arg-type]
    found: list[str] = []
    program = compile_program(source, words(), ["w"], declaring=True)
    assert (
        program.bind(namespace(), StopFlag(), on_declared=lambda n, _v: found.append(n))(torch.zeros(2))
        is None
    )
    assert found == ["w"]
    assert program.bind(namespace(), StopFlag())(torch.zeros(2)) is None


def test_a_declared_parameter_may_be_set_again() -> None:
    source = "w = torch.ones(2, requires_grad=True)\nfor i in range(2):\n    w = w*2\nw"
    value = compile_program(source, words(), ["w"]).bind(namespace(), StopFlag())(torch.ones(2))
    assert value.tolist() == [4, 4]  # type: ignore[attr-defined]


# --- writing -------------------------------------------------------------------------------------------------------

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SOME = st.one_of(st.sampled_from([0.0, 1.0, -0.0, 0.1, float("inf"), -float("inf"), 1e-7]), FINITE)


@st.composite
def values(draw: st.DrawFn) -> Nested:
    shape = draw(st.sampled_from([(), (1,), (3,), (2, 2), (1, 3), (0,), (2, 0), (6,), (2, 1, 2)]))
    same = draw(st.booleans())
    number = draw(SOME)

    def fill(sizes: tuple[int, ...]) -> Nested:
        if not sizes:
            return number if same else draw(SOME)
        return tuple(fill(sizes[1:]) for _ in range(sizes[0]))

    return fill(shape)


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    first = draw(st.one_of(st.sampled_from([0.0, -1.0]), st.floats(-1e6, 1e6)))
    more = draw(st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1e6)))
    first += 0.0  # a zero without a sign: with one it is the same distribution
    if draw(st.booleans()):
        return Distribution("normal", first, more)
    return Distribution("uniform", first, max(first, first + more))


@st.composite
def specs(draw: st.DrawFn) -> ParameterSpec:
    dtype = draw(st.sampled_from([None, "float32", "float64", "float16", "bfloat16"]))
    tracked = draw(st.booleans())
    if draw(st.booleans()):
        return ParameterSpec("w", draw(values()), dtype=dtype, requires_grad=tracked)
    shape = draw(st.sampled_from([(), (3,), (2, 3), (0, 4), (1, 1, 1)]))
    return ParameterSpec("w", None, shape, draw(distributions()), dtype, tracked)


FRAMES = (
    "w = torch.tensor(2.0, requires_grad=True)\nloss = w*2",
    "# ∂\nw = tensor([1.0,\n    2.0], requires_grad=True)  # start\nv = w",
    "w = torch.randn(2)  # start\nw.requires_grad_()\nw",
    "w = torch.randn(2)\nw.requires_grad = True\nw",
    "w = (torch.randn(2)*3).requires_grad_()\nw",
    "w = nn.Parameter(torch.ones(2))\nw",
    "w = Variable(torch.ones(2), requires_grad=True)\nw",
    "w = torch.ones(3, requires_grad=True)\ny = (w**2).sum()\ny.backward()",
)


@pytest.mark.parametrize("frame", FRAMES)
@given(specs(), specs())
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_again(frame: str, spec: ParameterSpec, other: ParameterSpec) -> None:
    text = redeclared(frame, spec)
    checked = check(text, words())
    assert checked.faults == ()
    assert [repr(d.spec) for d in checked.declared] == [repr(spec)]
    assert redeclared(text, spec) == text
    again = check(redeclared(text, other), words())
    assert [repr(d.spec) for d in again.declared] == [repr(other)]
    remarks = [line.partition("#")[2] for line in text.split("\n") if "#" in line]
    assert remarks == [line.partition("#")[2] for line in frame.split("\n") if "#" in line]


@pytest.mark.parametrize(
    ("frame", "spec", "text"),
    [
        (FRAMES[0], ParameterSpec("w", 3.0), "w = torch.tensor(3.0, requires_grad=True)\nloss = w*2"),
        (FRAMES[0], ParameterSpec("w", ((0.0,),)), "w = torch.zeros(1, 1, requires_grad=True)\nloss = w*2"),
        (FRAMES[0], ParameterSpec("w", (1.0, 1.0)), "w = torch.ones(2, requires_grad=True)\nloss = w*2"),
        (
            FRAMES[0],
            ParameterSpec("w", (0.5,) * 9),
            "w = torch.full((9,), 0.5, requires_grad=True)\nloss = w*2",
        ),
        (
            FRAMES[0],
            ParameterSpec("w", (0.5, 0.5)),
            "w = torch.tensor([0.5, 0.5], requires_grad=True)\nloss = w*2",
        ),
        (
            FRAMES[0],
            ParameterSpec("w", None, (2, 3), NORMAL, "float64"),
            "w = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)\nloss = w*2",
        ),
        (
            FRAMES[0],
            ParameterSpec("w", None, (), UNIFORM),
            "w = torch.rand((), requires_grad=True)\nloss = w*2",
        ),
        (
            FRAMES[0],
            ParameterSpec("w", None, (2,), Distribution("normal", 0.0, 0.1, seed=7)),
            "w = torch.normal(0.0, 0.1, (2,), requires_grad=True)\nloss = w*2",
        ),
        (
            FRAMES[0],
            ParameterSpec("w", None, (2,), Distribution("uniform", -1.0, 1.0)),
            "w = torch.zeros(2).uniform_(-1.0, 1.0).requires_grad_()\nloss = w*2",
        ),
        (FRAMES[1], ParameterSpec("w", 3.0), "# ∂\nw = tensor(3.0, requires_grad=True)  # start\nv = w"),
        (
            FRAMES[2],
            ParameterSpec("w", 3.0, requires_grad=False),
            "w = torch.tensor(3.0)  # start\nw.requires_grad_(False)\nw",
        ),
        (FRAMES[3], ParameterSpec("w", 3.0), "w = torch.tensor(3.0)\nw.requires_grad = True\nw"),
        (FRAMES[4], ParameterSpec("w", 3.0), "w = torch.tensor(3.0).requires_grad_()\nw"),
        (FRAMES[5], ParameterSpec("w", 3.0), "w = nn.Parameter(torch.tensor(3.0))\nw"),
        (FRAMES[6], ParameterSpec("w", 3.0), "w = Variable(torch.tensor(3.0), requires_grad=True)\nw"),
        ("w = 3\nx", ParameterSpec("w", 3.0), "w = 3\nx"),
        ("w = (", ParameterSpec("w", 3.0), "w = ("),
        (FRAMES[0], ParameterSpec("v", 3.0), FRAMES[0]),
    ],
)
def test_a_start_is_written_as_one_would(frame: str, spec: ParameterSpec, text: str) -> None:
    assert redeclared(frame, spec) == text


def test_not_a_number_is_written_too() -> None:
    text = redeclared(FRAMES[0], ParameterSpec("w", (float("nan"), 1.0)))
    assert "torch.nan" in text
    assert repr(check(text, words()).declared[0].spec.value) == "(nan, 1.0)"


def test_a_seed_is_written() -> None:
    source = "torch.manual_seed(1)  # seed\nx = torch.randn(2)\ntorch.manual_seed(2)"
    assert reseeded(source, 70) == source.replace("(1)", "(70)")
    assert check(reseeded(source, 70), words()).seed == 70
    assert reseeded("x", 70) == "x"
    assert reseeded("x = (", 70) == "x = ("
