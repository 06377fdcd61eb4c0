"""Programs end: when they are told to, and by themselves when they ask for too much."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from gui_app.engine.vocabulary import namespace, words
from gui_app.language.compiler import compile_program
from gui_app.language.limits import Meter, StopFlag, Stopped
from gui_app.language.refusal import Refusal
from tests.language.programs import NAMESPACE, failure, leaf

ENDLESS = (
    "while True:\n    pass\nx",
    "while True:\n    y = sin(x)\ny",
    "i = 0\nwhile i >= 0:\n    i += 1\nx",
    "def f(n):\n    if n == 0:\n        return x\n    return f(n - 1) + f(n - 1)\nf(100)",
    "for i in range(1000):\n    for j in range(1000):\n        y = x*j\ny",
    "sum([sum([x*j for j in range(1000)]) for i in range(1000)])",
)


@pytest.mark.parametrize("source", ENDLESS)
def test_a_set_flag_stops_any_loop(source: str) -> None:
    stop = StopFlag(max_rounds=10**12)
    bound = compile_program(source, words(), ["x"]).bind(namespace(), stop)
    stopped: list[float] = []

    def work() -> None:
        try:
            bound(leaf(1.0))
        except Stopped:
            stopped.append(time.perf_counter())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.05)
    asked = time.perf_counter()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert stopped
    assert stopped[0] - asked < 1  # 0.25 s on a machine of its own


@pytest.mark.parametrize("source", ENDLESS)
def test_a_program_ends_by_itself(source: str) -> None:
    bound = compile_program(source, words(), ["x"]).bind(NAMESPACE, StopFlag(max_rounds=20_000))
    with pytest.raises(Stopped, match="rounds"):
        bound(leaf(1.0))


def test_a_flag_may_be_set_by_the_clock() -> None:
    stop = StopFlag(max_rounds=10**12)
    bound = compile_program(ENDLESS[0], words(), ["x"]).bind(NAMESPACE, stop)
    with pytest.raises(Stopped, match="longer than"), stop.within(0.05):
        bound(leaf(1.0))
    assert not stop.is_set
    with stop.within(60):
        pass


def test_a_stop_from_outside_outlives_the_clock() -> None:
    stop = StopFlag()
    with stop.within(60):
        stop.set()
    assert stop.is_set
    with pytest.raises(Stopped):
        compile_program("x", words(), ["x"]).bind(NAMESPACE, stop)(leaf(1.0))
    stop.clear()
    assert compile_program("x", words(), ["x"]).bind(NAMESPACE, stop)(leaf(1.0)) == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("9**9**9*x", "whole number"),
        ("a = 3\nfor i in range(99):\n    a = a*a\nx", "whole number"),
        ("1 << 10**9", "shift"),
        ("a = 1\nfor i in range(10**9):\n    a = 2\nx", "rounds"),
        ("[0]*10**9", "list"),
        ("a = [1]\nfor i in range(99):\n    a = a + a\nx", "list"),
        ("a = [1]\nfor i in range(99):\n    a += a\nx", "list"),
        ("a = [1]\nfor b in a:\n    a.append(1)\nx", "list"),
        ("a = [1]\nfor i in range(50):\n    a = [a, a]\ntensor(a)", "list"),
        ("list(range(10**12))", "list"),
        ("sum(range(10**12))", "list"),
        ("max(range(10**12))", "list"),
        ("range(10**30)", "range"),
        ("torch.zeros(10**12)", "elements"),
        ("zeros(-1)", "negative"),
        ("zeros(0, 10**12)", "elements"),
        ("eye(10**6)", "elements"),
        ("ones(10**5, 10**5)", "elements"),
        ("full((10**9,), 1.0)", "elements"),
        ("arange(10**12)", "elements"),
        ("arange(0, 1, 1e-12)", "elements"),
        ("arange(0, 1, 0)", "step"),
        ("linspace(0, 1, 10**12)", "elements"),
        ("v.repeat(10**10)", "elements"),
        ("torch.tile(v, (10**10,))", "elements"),
        ("v.expand(10**12, 3).clone()", "elements"),
        ("v.repeat_interleave(10**10)", "elements"),
        ("zeros(0).view(0, 10**12).sum(0)", "elements"),
        ("zeros(0).reshape(10**12, 0).sum(1)", "elements"),
        ("F.one_hot(tensor([1]), 2**40)", "elements"),
        ("a = arange(1000000)\nouter(a, a)", "elements"),
        ("a = ones(1000000)\na[:, None]*a", "elements"),
        ("a = ones(1000000)\na[:, None] + a", "elements"),
        ("a = ones(1000000)\na[:, None] < a", "elements"),
        ("a = ones(1000000)\ntorch.where(a[:, None] > 0, a, a)", "elements"),
        ("a = ones(1000000)\ntorch.maximum(a[:, None], a)", "elements"),
        ("a = ones(1000000, 1)\na @ a.T", "elements"),
        ("a = ones(1000000, 0)\na @ a.T", "elements"),
        ("a = ones(0, 1, 3000000)\nb = ones(0, 3000000, 1)\n(a + b).sum(0)", "elements"),
        ("a = ones(1000000)\ntorch.diag(a)", "elements"),
        ("a = ones(3000, 3000)\ntorch.kron(a, a)", "elements"),
        ("a = ones(3000, 3000)\na @ a @ a", "too long"),
        ("a = ones(3000, 3000)\ntorch.linalg.svd(a)", "too long"),
        ("a = ones(100000, 2)\ntorch.linalg.svd(a)", "elements"),
        ("a = ones(3000, 3000)\na.inverse()", "too long"),
        ("a = ones(3000, 3000)\na.norm('nuc')", "too long"),
        ("a = ones(3000)\ntorch.einsum('i,j,k->', a, a, a)", "too long"),
        ("a = ones(100000)\na.diff(n=10**9)", "times"),
        ("a = ones(1, 1, 1000, 1000)\nF.max_pool2d(a, (900, 900), 1)", "too long"),
        ("a = ones(1, 1, 1000, 1000)\nF.conv2d(a, a, padding=900)", "too long"),
        ("a = ones(1000000)\nsum(a)\nfor i in a:\n    i\nx", "tensors"),
        ("a = ones(1000000)\na.split(1)", "tensors"),
        ("a = ones(1000000)\na.tolist()", "list"),
        ("a = ones(100)\nfor i in range(60):\n    a = cat([a, a])\na", "elements"),
        ("a = ones(1000)\na[[0]*100000][:, None] + a[[0]*100000]", "elements"),
        ("def f(n):\n    return f(n + 1)\nf(0)", "too often"),
    ],
)
def test_what_is_too_much_is_refused_before_it_is_done(source: str, message: str) -> None:
    start = time.perf_counter()
    fault = failure(source, x=leaf(1.0), v=leaf([1.0, 2.0, 3.0]))
    assert message in fault.message
    assert fault.span is not None
    assert time.perf_counter() - start < 20  # seconds: far from a hang on any machine


def test_large_parameters_are_seen_at_the_start() -> None:
    """Operators between small tensors go unguarded: a large one must change that."""
    bound = compile_program("a*b", words(), ["a", "b"]).bind(NAMESPACE, StopFlag())
    with pytest.raises(Refusal, match="elements"):
        bound(torch.ones(100_000, 1), torch.ones(100_000))
    with pytest.raises(Refusal, match="elements"):
        bound(torch.ones(0, 1, 9_000_000), torch.ones(0, 9_000_000, 1))
    assert bound(torch.ones(2), torch.ones(2)).tolist() == [1, 1]  # type: ignore[attr-defined]


def test_small_tensors_that_grow_by_broadcasting_are_seen() -> None:
    source = "c = a*b\nd = c.view(-1, 1)*c.view(1, -1)\nd"
    bound = compile_program(source, words(), ["a", "b"]).bind(NAMESPACE, StopFlag())
    with pytest.raises(Refusal, match="elements"):
        bound(torch.ones(2_000, 1), torch.ones(2_000))


GROWING = (
    "b = 0\nfor i in range(100):\n    b = b + a*2\nb",
    "a = sin(a)\n" * 100 + "a",
    "a = -a\n" * 100 + "a",
    "a = a/2\n" * 100 + "a",
    "a = a*a\n" * 100 + "a",
    "a = torch.exp(a)\n" * 100 + "a",
    "a = a.view(-1)*1\n" * 100 + "a",
    "[a > i for i in range(100)]",
    "[sin(a) for i in range(100)]",
    "def f(b):\n    return b + 1\n[f(a) for i in range(100)]",
    "sum([a for i in range(100)])",
)


@pytest.mark.parametrize("source", GROWING)
def test_one_evaluation_makes_only_so_many_numbers(source: str) -> None:
    space = namespace()
    meter = space["meter"]
    assert isinstance(meter, Meter)
    meter.most = 500_000
    bound = compile_program(source, words(), ["a"]).bind(space, StopFlag())
    with pytest.raises(Refusal, match="numbers"):
        bound(torch.ones(10_000))
    with pytest.raises(Refusal, match="numbers"):
        compile_program("a = ones(10000)\n" + source, words(), []).bind(space, StopFlag())()


def test_the_meter_counts_one_evaluation() -> None:
    meter = Meter(most=10)
    meter.spend(9)
    assert meter.large
    with pytest.raises(Refusal):
        meter.spend(2)
    meter.restart()
    assert not meter.large
    meter.spend(10)


def test_a_long_graph_without_detach_is_possible() -> None:
    source = "y = x\nfor i in range(100000):\n    y = y + x\ny"
    bound = compile_program(source, words(), ["x"]).bind(NAMESPACE, StopFlag())
    x = leaf(1.0)
    value = bound(x)
    assert isinstance(value, torch.Tensor)
    value.backward()
    assert x.grad == 100_001
