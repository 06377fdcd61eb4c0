"""Programs end: when they are told to, and by themselves when they ask for too much."""

from __future__ import annotations

import random
import threading
import time

import pytest
import torch

from gui_app.engine.vocabulary import namespace, words
from gui_app.language import limits
from gui_app.language.compiler import check, compile_program
from gui_app.language.errors import explain
from gui_app.language.limits import Memory, Meter, StopFlag, Stopped
from gui_app.language.refusal import Refusal
from gui_app.language.statements import MAX_BLOCKS
from tests.language.programs import NAMESPACE, failure, leaf

ENDLESS = (
    "while True:\n    pass\nx",
    "while True:\n    y = sin(x)\ny",
    "i = 0\nwhile i >= 0:\n    i += 1\nx",
    "def f(n):\n    if n == 0:\n        return x\n    return f(n - 1) + f(n - 1)\nf(100)",
    "for i in range(1000):\n    for j in range(1000):\n        y = x*j\ny",
    "sum([sum([x*j for j in range(1000)]) for i in range(1000)])",
)


LONG = (
    "a = ones(700, 700)\n" + "b = a @ a\n" * 400 + "b",
    "a = ones(3000, 1000)\n" + "b = a*2 + a\n" * 300 + "b",
    "a = ones(3000, 1000)\ndef f():\n    return (a*2).sum()\n" + "b = f()\n" * 400 + "b",
    "a = ones(3000, 3000)\n" + "b = a.sum()\n" * 400 + "b",
    "[[x*k for k in range(1000)] for j in range(1000)]",
    "[x for i in range(3000) for j in range(3000) if i > j]",
    "x.zero_()\nwhile True:\n    y = x*2\n    y.sum().backward()",
)
"""Straight lines that take long, comprehensions and scripts."""
RACES = 100
"""Races between Stop and Run that are tried; 1,000 were once."""


def started(source: str, stop: StopFlag) -> tuple[threading.Thread, list[object], list[float]]:
    """A thread that runs a program, what it ends with, and when."""
    space = namespace()
    meter = space["meter"]
    assert isinstance(meter, Meter)
    meter.most = 10**15
    text = source.replace("x.zero_()", "x = ones(3, requires_grad=True)")
    program = compile_program(text, words(), ["x"])
    bound = program.bind(space, stop)
    outcome: list[object] = []
    ended: list[float] = []

    def work() -> None:
        try:
            outcome.append(bound(*([leaf(1.0)] if program.kind == "objective" else [])))
        except BaseException as error:
            outcome.append(error)
        ended.append(time.perf_counter())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread, outcome, ended


@pytest.mark.parametrize("source", [*ENDLESS, *LONG])
def test_a_set_flag_stops_any_program(source: str) -> None:
    stop = StopFlag(max_rounds=10**12)
    thread, outcome, ended = started(source, stop)
    time.sleep(0.05)
    asked = time.perf_counter()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert isinstance(outcome[0], Stopped)
    assert ended[0] - asked < 1  # 0.25 s on a machine of its own


def test_a_stop_at_any_moment_leaves_no_other_exception() -> None:
    chosen = random.Random(5)
    for _ in range(RACES):
        stop = StopFlag(max_rounds=10**12)
        source = chosen.choice([*ENDLESS, *LONG[4:], "x*2", "y = x\nfor i in range(40):\n    y = y + i\ny"])
        thread, outcome, _ = started(source, stop)
        time.sleep(chosen.choice([0, 0, 0.0005, 0.002]))
        stop.set()
        thread.join(10)
        assert len(outcome) == 1
        assert isinstance(outcome[0], Stopped | torch.Tensor), source


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ("y = x\nwhile y > -1:\n    y = y*1\ny", "while y > -1"),
        ("y = x\nfor i in range(10):\n    for j in range(10**6):\n        y = y*1\ny", "range(10**6)"),
        ("def f(n):\n    if n == 0:\n        return x\n    return f(n - 1) + f(n - 1)\nf(60)", "def f"),
        ("[x*i for i in range(10**7)]", "range(10**7)"),
        ("while True:\n    while True:\n        pass\nx", "while True"),
    ],
)
def test_the_loop_that_does_not_end_is_marked(source: str, marked: str) -> None:
    program = compile_program(source, words(), ["x"])
    with pytest.raises(Stopped) as caught:
        program.bind(NAMESPACE, StopFlag(max_rounds=5_000))(leaf(1.0))
    fault = explain(caught.value, program)
    span = fault.span
    assert span is not None
    assert source.split("\n")[span.line - 1][span.column : span.end_column] == marked
    assert "rounds" in fault.message
    assert "never end" in fault.hint


def test_the_memory_of_a_run_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOK_EVERY", 0.0)
    source = "kept = []\nwhile True:\n    kept.append(ones(1000, 1000))\nx"
    program = compile_program(source, words(), ["x"])
    with pytest.raises(Stopped, match="more than 100 MB of memory") as caught:
        program.bind(namespace(), StopFlag(memory_mib=100))(leaf(1.0))
    fault = explain(caught.value, program)
    assert "smaller tensors" in fault.hint
    assert fault.span is not None


def test_memory_is_measured_from_the_least_that_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    used = [300, 100, 150, 201]
    monkeypatch.setattr(limits, "LOOK_EVERY", 0.0)
    memory = Memory(most=100)
    monkeypatch.setattr(memory, "used", lambda: used.pop(0) * 2**20)
    for _ in range(3):
        memory.look()
    with pytest.raises(Stopped, match="100 MB"):
        memory.look()


def test_the_memory_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    looks: list[int] = []
    monkeypatch.setattr(memory, "used", lambda: len(looks.append(1) or looks))
    for _ in range(1000):
        memory.look()
    assert 1 <= len(looks) < 500


def test_lists_are_counted_together() -> None:
    meter = Meter(most_items=100)
    meter.spend_items(60)
    with pytest.raises(Refusal, match="lists of more than 100 items"):
        meter.spend_items(41)
    meter.restart()
    meter.spend_items(60)


@pytest.mark.parametrize("block", ["while x > 0:", "for i in range(2):", "with torch.no_grad():"])
def test_blocks_in_one_another_have_an_end(block: str) -> None:
    def nested(depth: int) -> str:
        return "".join("    " * level + f"{block}\n" for level in range(depth)) + "    " * depth + "y = x\nx"

    assert compile_program(nested(MAX_BLOCKS), words(), ["x"])
    fault = check(nested(MAX_BLOCKS + 1), words(), ["x"]).faults[0]
    assert "too many loops in one another" in fault.message
    assert fault.span is not None
    assert fault.span.line == MAX_BLOCKS + 1
    inside = nested(MAX_BLOCKS).removesuffix("\nx").replace("\n", "\n    ")
    assert compile_program(f"def f(x):\n    {inside}\n    return y\nf(x)", words(), ["x"])


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
        ("for i in range(10**30):\n    x\nx", "range"),
        ("for i in range(10**9):\n    x\nx", "rounds"),
        ("for i in range(0.5):\n    x\nx", "whole number"),
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
