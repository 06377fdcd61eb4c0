"""The table: every word works as torch's own function, and nothing else of torch can be reached."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from gui_app.engine.vocabulary import namespace
from gui_app.language import calls
from gui_app.language.compiler import check, compile_program
from gui_app.language.limits import StopFlag
from gui_app.language.names import GUARDS
from gui_app.language.refusal import Refusal
from tests.engine.vocabulary_samples import (
    ELSEWHERE,
    OPTIONS,
    SPACES,
    WORDS,
    all_words,
    function_of,
    method_sample,
    same,
    sample,
)


def test_every_word_is_there_with_its_signature_and_help() -> None:
    space = namespace()
    for word in all_words():
        assert word.symbol in space, word
        assert not word.bare or word.bare in space, word
        assert len(word.ways) == word.signature.count("|") + 1
        assert word.help or word.name in WORDS.contexts
        assert "\n" not in word.help
    assert set(GUARDS) <= set(space)


def test_no_module_and_no_unbounded_function_of_torch_is_in_the_namespace() -> None:
    harmless = {word.bare for word in all_words()}
    contexts = {word.symbol for word in WORDS.contexts.values()}
    for name, value in namespace().items():
        assert type(value) is not type(torch), name
        if name not in harmless | contexts and callable(value):
            assert value.__module__.startswith("gui_app."), name


TORCH_WORDS = [
    (space, name)
    for space in ("torch", "torch.nn.functional", "torch.linalg", "torch.nn", "torch.cuda")
    for name in WORDS.namespaces[space]
    if not (space == "torch.cuda" and torch.cuda.is_available())
    and (space != "torch.nn" or name == "Parameter")
    and not WORDS.namespaces[space][name].script
]


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    """Torch's own functions make the numbers that the run's dtype asks for."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(("space", "name"), TORCH_WORDS)
def test_a_word_gives_what_torch_gives(space: str, name: str) -> None:
    word = WORDS.namespaces[space][name]
    given, options = sample(name, word), OPTIONS.get(name, {})
    torch.manual_seed(0)
    ours = function_of(word.symbol)(*given, **options)
    theirs = ELSEWHERE.get(name) or getattr(SPACES[space], name)
    if name == "manual_seed":
        assert ours is None
        return
    torch.manual_seed(0)
    same(ours, theirs(*given, **options))
    if word.result == "tensor":
        assert type(ours) in (Tensor, torch.nn.Parameter)
    if word.bare and len(given) == 1:
        same(function_of(word.bare)(*given), ours)
    if word.reduces:
        assert torch.as_tensor(ours).numel() == 1


@pytest.mark.parametrize(
    "name",
    sorted(
        {name for name, word in WORDS.methods.items() if not word.script}
        - {"append", "extend", "pop", "name", "backward", "parameters", "train", "eval"}
    ),
)
def test_a_method_gives_what_torch_gives(name: str) -> None:
    word = WORDS.methods[name]
    torch.manual_seed(0)
    ours = function_of(word.symbol)(*method_sample(name, word))
    torch.manual_seed(0)
    first, *rest = method_sample(name, word)
    theirs = ELSEWHERE[name](first, *rest) if name in ELSEWHERE else getattr(first, name)(*rest)
    same(ours, theirs)


@pytest.mark.parametrize("name", sorted(WORDS.namespaces["math"]))
def test_a_function_of_math_gives_what_python_gives(name: str) -> None:
    word = WORDS.namespaces["math"][name]
    function = namespace()[word.symbol]
    assert callable(function)
    given = (1.5, 0.5)[: word.ways[0].required] if name not in ("acos", "asin", "atanh") else (0.5,)
    assert function(*given) == getattr(math, name)(*given)
    assert function(torch.tensor(given[0], dtype=torch.float64), *given[1:]) == getattr(math, name)(*given)
    with pytest.raises(Refusal):
        function(*[torch.tensor(0.5, requires_grad=True) for _ in given])
    with pytest.raises(Refusal):
        function(*[[1.0] for _ in given])


def bare_words_of_numbers() -> list[str]:
    return [name for name, word in WORDS.functions.items() if word.follows]


@pytest.mark.parametrize("name", bare_words_of_numbers())
def test_a_bare_function_takes_plain_numbers(name: str) -> None:
    """The compiler relies on it: of a float it gives a float, of a tensor a tensor."""
    function = namespace()[WORDS.functions[name].symbol]
    assert callable(function)
    value = 1.5 if name == "acosh" else 0.5
    options = {"min": 0.0} if name == "clamp" else {}
    function = partial(function, **options)
    assert type(function(value)) is float
    assert type(function(torch.tensor(value))) is Tensor
    assert function(value) == pytest.approx(
        function(torch.tensor(value, dtype=torch.float64)).item(), rel=1e-12
    )
    assert name == "atanh" or isinstance(function(1), int | float)


NAMES = sorted(
    {f"torch.{name}" for name in dir(torch)}
    | {f"F.{name}" for name in dir(F)}
    | {f"torch.nn.functional.{name}" for name in dir(F)}
    | {f"torch.linalg.{name}" for name in dir(torch.linalg)}
    | {f"math.{name}" for name in dir(math)}
    | {f"torch.{name}" for name in dir(torch.nn)}
)


def refused(sources: list[str]) -> None:
    """Each of the lines is a fault of its own. Names with two underscores are seen first, by the syntax."""
    hidden = [source for source in sources if re.search(r"\b__", source)]
    for group in (hidden, [source for source in sources if source not in hidden]):
        refused_lines(group)


def refused_lines(sources: list[str]) -> None:
    for first in range(0, len(sources), 200):
        lines = sources[first : first + 200]
        faults = check("\n".join([*lines, "x"]), WORDS, ["x"]).faults
        missing = set(range(1, len(lines) + 1)) - {fault.span.line for fault in faults if fault.span}
        assert not missing, [lines[line - 1] for line in missing]


def test_what_is_not_in_the_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "nearest", lambda *_: "")
    known = [name for name in NAMES if WORDS.member(name) or name in WORDS.constants]
    unknown = [name for name in NAMES if name not in known]
    assert len(unknown) > 1500
    refused(unknown)
    refused([f"{name}(x)" for name in unknown])
    refused([f"{name}.x" for name in unknown])
    refused([f"{name}.x(1)" for name in unknown])
    functions = [name for name in known if WORDS.member(name)]
    refused([name for name in functions if name not in WORDS.constants])
    refused([f"{name}.__self__" for name in functions])
    refused([f"{name}.x" for name in functions])
    refused([f"{name}(x, out=x)" for name in functions])


def test_methods_and_attributes_outside_the_table_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "nearest", lambda *_: "")
    names = {
        *dir(Tensor),
        *dir(torch.nn.Parameter),
        *dir(list),
        *dir(tuple),
        *dir(float),
        *dir(torch.float64),
    }
    names |= {
        *dir(torch.sum),
        *dir(refused),
        *dir(type),
        *dir(range(3)),
        *dir(torch.tensor(1.0, requires_grad=True) * 2),
    }
    refused([f"x.{name}" for name in names - WORDS.attributes.keys()])
    refused([f"x.{name}()" for name in names - WORDS.methods.keys()])
    refused([f"x.{name} = x" for name in names - WORDS.writable.keys()])
    refused([f"x.{name} += x" for name in names - WORDS.writable.keys()])
    refused([f"x.{name}(out=x)" for name in names])
    assert len(names) > 700


def test_python_builtins_outside_the_table_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    monkeypatch.setattr(calls, "nearest", lambda *_: "")
    names = [
        name
        for name in dir(builtins)
        if name not in WORDS.functions and name not in ("True", "False", "None")
    ]
    refused([f"{name}(x)" for name in names])


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("len([1, 2]) + len(v) + len(range(3))", 8),
        ("list(range(3)) + [7]", [0, 1, 2, 7]),
        ("(1, 2) + (3,)", (1, 2, 3)),
        ("[1, 2]*2 + 1*[3]", [1, 2, 1, 2, 3]),
        ("tuple([1, 2])", (1, 2)),
        ("list(reversed([1, 2]))", [2, 1]),
        ("list(zip([1, 2], [3, 4]))", [(1, 3), (2, 4)]),
        ("enumerate([5, 6], 1)", [(1, 5), (2, 6)]),
        ("sum([1, 2], 3)", 6),
        ("sum([1, 2.5])", 3.5),
        ("max(1, 2.5) + min([4, 3])", 5.5),
        ("float('inf')", math.inf),
        ("float('-1.5') + float(v[0])", -0.5),
        ("int(2.7) + int(v[1])", 4),
        ("bool(v[0]) and bool([])", False),
        ("round(2.567, 1) + round(3.2)", 5.6),
        ("all([1, 2]) and not any([0, 0])", True),
        ("any([0, 1]) and all(range(0))", True),
        ("pow(2, 10) + 2**3 + 7 // 2 + 7 % 4", 1024 + 8 + 3 + 3),
        ("1 << 4 | 3 & 2 ^ 1", 1 << 4 | 3 & 2 ^ 1),
        ("clamp(5, 0, 1) + clamp(-5.0, 0) + clip(v, 0, 0).sum().item()", 1.0),
        ("abs(-2) + floor(2.5) + square(3.0)", 13.0),
        ("[1, 2, 3, 4][1:3] + [0][::-1]", [2, 3, 0]),
        ("None is None", True),
        ("1 if None == None else 2", 1),
        ("v.shape == (3,) and v.dtype == torch.float64", True),
        ("v.tolist()", [1.0, 2.5, 3.0]),
        ("max(0, v[0] - 2).item() + max([v[0], v[1]]).item() + min(v).item()", 3.5),
        ("max(v, dim=0).indices.item()", 2),
        ("sum(v).item() + sum(v, 0).item() + sum(v, dim=0).item()", 19.5),
        ("(v > 2).any().item() and not all(v > 2).item()", True),
        ("round(v).sum().item()", 6.0),
        ("stack([v.max(0).values, v.min()]).tolist()", [3.0, 1.0]),
        ("a = [1]\na[0] += 4\na", [5]),
        ("a = [1]\nb = a\nb += [2]\na", [1, 2]),
        ("v.requires_grad, v.is_leaf, v.ndim", (False, True, 1)),
        ("torch.numel(v) + v.numel() + v.dim() + v.size(0)", 10),
        ("v.mT.shape if v.ndim == 2 else v[None].mT.shape", (3, 1)),
        ("~(v > 2)", [True, False, False]),
        ("(v > 2) & (v < 3) | (v == 1) ^ False", [True, True, False]),
        ("-(+v)", [-1.0, -2.5, -3.0]),
        ("+True + (-True) + ~2", -3),
    ],
)
def test_python_values(source: str, value: object) -> None:
    bound = compile_program(source, WORDS, ["v"]).bind(namespace(torch.float64), StopFlag())
    result = bound(torch.tensor([1.0, 2.5, 3.0], dtype=torch.float64))
    assert (result.tolist() if isinstance(result, Tensor) else result) == value
