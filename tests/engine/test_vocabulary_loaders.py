"""Data sets and loaders in scripts: the rows of torch.utils.data, in its order after the same seed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import compile_program
from gui_app.language.limits import Meter, StopFlag
from gui_app.language.refusal import Refusal
from tests.engine.training import refusal, same_bits

HEAD = """
import torch
from torch.utils.data import DataLoader, TensorDataset, random_split
torch.manual_seed(5)
X = torch.randn(11, 2)
y = torch.arange(11)
data = TensorDataset(X, y)
generator = torch.Generator()
w = torch.ones(1, requires_grad=True)
w.sum().backward()
seen = []
"""


def same(body: str) -> None:
    same_bits(HEAD + body)


@pytest.mark.parametrize(
    "shuffle", ["", ", shuffle=True", ", shuffle=True, generator=generator.manual_seed(7)"]
)
@pytest.mark.parametrize("drop", ["", ", drop_last=True"])
@pytest.mark.parametrize("size", [1, 4, 11, 30])
def test_two_epochs_and_what_is_drawn_between_them(shuffle: str, drop: str, size: int) -> None:
    same(
        f"loader = DataLoader(data, batch_size={size}{shuffle}{drop})\nlength = len(loader)\nfor epoch in range(2):\n"
        "    for xb, yb in loader:\n        seen.append((xb, yb, torch.rand(1)))\nafter = torch.rand(2)"
    )


@pytest.mark.parametrize("drop", ["", ", drop_last=True"])
@pytest.mark.parametrize("size", [2, 3, 5, 11])
def test_a_generator_that_is_shared(size: int, drop: str) -> None:
    """What is drawn from a generator when the rows are used up is drawn at the same moment."""
    same(
        "generator.manual_seed(3)\n"
        f"loader = DataLoader(data, {size}, True, generator=generator{drop})\n"
        "other = DataLoader(X, 3, True, generator=generator)\n"
        "for xb, yb in loader:\n    seen.append((xb, next(iter(other))))\n"
        "for a, b in zip(loader, other):\n    seen.append((a, b))"
    )


@pytest.mark.parametrize(
    "body",
    [
        "for i, (xb, yb) in enumerate(DataLoader(data, 3, shuffle=True)):\n    seen.append((i, xb, yb, torch.rand(1)))",
        "for i, batch in enumerate(DataLoader(data, 3), 5):\n    seen.append((i, batch, len(batch)))",
        "xb, yb = next(iter(DataLoader(data, 4, shuffle=True)))",
        "it = iter(DataLoader(data, 4, shuffle=True))\na = next(it)\nfor rest in it:\n    seen.append(rest)",
        "for xb in DataLoader(X, batch_size=3):\n    seen.append(xb)",
        "seen = [xb.sum() for xb, yb in DataLoader(data, 3)]",
        "seen = list(DataLoader(data, 3, shuffle=True))",
        "total = sum(len(yb) for xb, yb in DataLoader(data, 3))",
        "seen = [data[0], data[-1], data[2:5], len(data), data.tensors]",
        "for row in data:\n    seen.append(row)",
        "loader = DataLoader(data, 3)\nn = len(loader.dataset)\nm = loader.batch_size",
        "train, test = random_split(data, [8, 3])\nsizes = len(train), len(test)\nrow = test[0]\nrows = train[1:3]\n"
        "for xb, yb in DataLoader(train, 3, shuffle=True):\n    seen.append((xb, yb))",
        "parts = random_split(data, [0.5, 0.3, 0.2], generator=torch.Generator().manual_seed(1))\n"
        "a, b = random_split(parts[0], [2, 4])\nseen = list(DataLoader(a)), list(DataLoader(b, 3))",
        "only, = random_split(data, [1.0])\nseen = list(only)",
        "X.mul_(2)\nfor xb, yb in DataLoader(data, 4):\n    xb.zero_()\nkept = X",
        "for a, (b, c) in zip(range(2), DataLoader(data, 4, shuffle=True)):\n    seen.append((a, b, c))",
        "Z = torch.ones(5, 2, requires_grad=True)\nrows = TensorDataset(Z, torch.arange(5))\n"
        "for zb in DataLoader(rows, 2, shuffle=True):\n"
        "    out = (zb[0]**2).sum()\n    out.backward()",
        "import torch.utils.data\nrows = torch.utils.data.TensorDataset(X[:, 0], y.float())\n"
        "seen = list(torch.utils.data.DataLoader(rows, 6))",
        "it = iter([1, 2])\na, b = next(it), next(it)",
    ],
)
def test_a_script_gets_torchs_rows(body: str) -> None:
    same(body)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12),
    st.integers(1, 14),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from(["", ", generator=g"]),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
def test_any_loader(
    rows: int, size: int, shuffle: bool, drop: bool, epochs: int, own: str, parts: list[int]
) -> None:
    lengths = [*parts, rows]
    same(
        f"g = torch.Generator().manual_seed({rows})\nZ = torch.randn({sum(lengths)}, 2)\n"
        f"for part in random_split(TensorDataset(Z), {lengths}):\n"
        f"    loader = DataLoader(part, {size}, {shuffle}, drop_last={drop}{own})\n"
        f"    for epoch in range({epochs}):\n        for batch in loader:\n"
        "            seen.append((batch, torch.rand(1)))"
    )


def test_arguments_by_place_are_torchs() -> None:
    for name in ("DataLoader", "random_split"):
        (way,) = words().functions[name].ways
        theirs = [
            each for each in inspect.signature(getattr(torch.utils.data, name)).parameters if each != "self"
        ]
        assert list(way.positional) == theirs[: len(way.positional)]
        assert set(way.keyword_only) <= set(theirs)


D = "X = torch.ones(4, 2)\ny = torch.ones(4)\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (D + "TensorDataset()", "needs tensors"),
        (D + "TensorDataset(X, [1, 2, 3, 4])", "must be a tensor, not a list"),
        (D + "TensorDataset(X, y[:3])", "as many rows each; these have 4 and 3"),
        (D + "TensorDataset(y.sum())", "has no rows"),
        (D + "DataLoader([X, y])", "takes a data set, not a list"),
        (D + "DataLoader(y.sum())", "takes a data set"),
        (D + "DataLoader(X, batch_size=0)", "at least 1"),
        (D + "DataLoader(X, batch_size=None)", "at least 1"),
        (D + "DataLoader(X, batch_size=2.5)", "whole number"),
        (D + "DataLoader(X, batch_size=2**70)", "at least 1"),
        (D + "DataLoader(X, num_workers=2)", "no worker is needed"),
        (D + "DataLoader(X, pin_memory=True)", "no worker is needed"),
        (D + "DataLoader(X, generator=3)", "A generator is needed"),
        (D + "DataLoader(X[:0], shuffle=True)", "no rows to shuffle"),
        (D + "def f(b):\n    return b\nDataLoader(X, collate_fn=f)", "no argument named collate_fn"),
        (D + "DataLoader(X, sampler=[1])", "no argument named sampler.*Rows are taken in order"),
        (D + "DataLoader(X, prefetch_factor=3)", "It changes the speed|it changes the speed"),
        (D + "DataLoader(X)[0]", "A data loader has no items"),
        (D + "DataLoader(X)[0] = X", "Items of a data loader cannot be set"),
        (D + "DataLoader(X).tensors", "A data loader has no .tensors"),
        (D + "TensorDataset(X).batch_size", "A data set has no .batch_size"),
        (D + "DataLoader(X).sum()", "PyTorch cannot|data loader|tensor"),
        (D + "DataLoader(X) + 1", "cannot be done with a data loader"),
        (D + "TensorDataset(X)[7]", "There is no index 7"),
        (D + "random_split(TensorDataset(X), [3, 1])[0][3]", "There is no row 3"),
        (D + "random_split(X, [3, 2])", "The parts have 5 rows, the data set 4"),
        (D + "random_split(X, [-1, 5])", "must add up"),
        (D + "random_split(X, [1.5, -0.5])", "between 0 and 1"),
        (D + "random_split(X, [])", "needs the lengths"),
        (D + "random_split(X, 3)", "needs the lengths"),
        (D + "random_split(X, [float('nan')])", "whole number"),
        (D + "X.manual_seed(1)", "A tensor has no method .manual_seed"),
        (D + "torch.Generator().manual_seed(2**70)", "seed is too large"),
        (D + "torch.Generator().manual_seed(0.5)", "whole number"),
        (D + "torch.randn(3, generator=torch.Generator())", "no argument named generator"),
        (D + "next(DataLoader(X))", "next takes an iterator, not a data loader"),
        (D + "next([1])", "next takes an iterator"),
        (D + "it = iter(DataLoader(X, 4))\nnext(it)\nnext(it)", "come to its end"),
        (D + "iter(3)", "cannot run over a whole number"),
        (D + "a, b, c = DataLoader(X, 2)", "cannot be split"),
        (D + "for a, b, c in DataLoader(TensorDataset(X, y)):\n    pass", "unpack|values|names"),
        (D + "DataLoader(X)(3)", "called|callable"),
        (D + "torch.tensor(DataLoader(X))", "numbers|PyTorch"),
        (D + "TensorDataset(X).dataset", "A data set has no .dataset"),
        (D + "class Mine(Dataset):\n    pass", "Classes"),
        (D + "Subset(X, [1])", "not part"),
        ("from torch.utils.data import Subset", "cannot be imported. Put the tensors"),
        ("from torch.utils.data import WeightedRandomSampler", "cannot be imported"),
    ],
)
def test_what_makes_no_sense_is_refused(source: str, message: str) -> None:
    assert re.search(message, refusal(source)), refusal(source)


def bound(source: str) -> Callable[[], object]:
    program = compile_program(source + "\nif False:\n    torch.ones(1).backward()", words(), ())
    return program.bind(namespace(effects=Effects(torch.Generator())), StopFlag())  # type: ignore[return-value]


def test_batches_are_made_when_they_are_needed() -> None:
    """The largest batch is no larger than the data; a loader costs nothing before it is run through."""
    bound("X = torch.ones(10, 2)\nfor xb in DataLoader(X, batch_size=10**9):\n    n = len(xb)")()
    bound("X = torch.ones(1000000, 2)\nfor epoch in range(10000):\n    loader = DataLoader(X, 1000000)")()


@pytest.mark.parametrize(
    "line",
    [
        "for xb in DataLoader(X, 5000):\n        pass",
        "random_split(X, [4000, 1000])",
        "next(iter(DataLoader(X, 2, shuffle=True)))",
    ],
)
def test_what_batches_hold_is_counted(line: str) -> None:
    space = namespace(effects=Effects(torch.Generator()))
    meter = space["meter"]
    assert isinstance(meter, Meter)
    meter.most = 50_000
    source = f"X = torch.ones(5000, 2)\nfor k in range(12):\n    {line}\nX.sum().backward()"
    with pytest.raises(Refusal, match="makes more than"):
        compile_program(source, words(), ()).bind(space, StopFlag())()


def test_a_list_of_all_batches_is_bounded() -> None:
    with pytest.raises(Refusal, match="at most 100,000 items"):
        bound("X = torch.ones(100001)\nlist(DataLoader(X))")()


def test_a_batch_of_many_rows_with_a_history_is_refused() -> None:
    assert "have a history" in refusal(
        "X = torch.ones(200000, requires_grad=True)\nnext(iter(DataLoader(X, 200000)))"
    )


def test_printed_values_have_no_address() -> None:
    lines: list[str] = []
    program = compile_program(
        "X = torch.ones(4, 2, requires_grad=True)\ndata = TensorDataset(X)\no = torch.optim.SGD([X], lr=0.5)\n"
        "s = torch.optim.lr_scheduler.StepLR(o, 3)\nd = {'a': [1], 'b': o}\n"
        "print(data, DataLoader(data), iter([1]), torch.Generator(), s)\nprint(o)\nprint(o.param_groups, d)\n"
        "d['c'] = d\nprint(f'{d}')\nX.sum().backward()",
        words(),
        (),
    )
    program.bind(namespace(effects=Effects(torch.Generator(), None, lines.append)), StopFlag())()
    text = "".join(lines)
    rule = "SGD(lr=0.5, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False)"
    assert text.splitlines()[0] == "<data set> <data loader> <iterator> <generator> StepLR(step_size=3)"
    assert text.splitlines()[1:3] == [rule, f"[{rule}] {{'a': [1], 'b': {rule}}}"]
    assert "0x" not in text
    assert "…" in text
