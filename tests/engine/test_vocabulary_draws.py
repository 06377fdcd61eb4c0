"""Random words give the numbers of torch itself after the same seed, to the last bit."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.language.compiler import compile_program
from gui_app.language.limits import StopFlag
from gui_app.language.refusal import Refusal

SPACES = {"torch": torch, "F": F}
SEQUENCES = [
    "torch.rand(3)",
    "torch.rand(2, 3), torch.rand((4,)), torch.rand(size=(5, 1)), torch.rand(())",
    "torch.randn(1), torch.randn(15), torch.randn(16), torch.randn(17), torch.randn(3, 5, 7)",
    "torch.randn(40000), torch.rand(40000), torch.randn(2)",
    "torch.rand(4, dtype=torch.float32), torch.randn(20, dtype=torch.float16), torch.rand(3, dtype=torch.bfloat16)",
    "torch.randint(10, (3,)), torch.randint(-5, 5, (2, 2)), torch.randint(low=2, high=9, size=(4,))",
    "torch.randint(high=7, size=(3,)), torch.randint(0, 9, [2]), torch.randint(3, 9, size=(2,), dtype=torch.int32)",
    "torch.randint(0, 2**40, (30000,)), torch.randint(0, 3, (2,), dtype=torch.float32)",
    "torch.randperm(1), torch.randperm(20), torch.randperm(40000), torch.randperm(5, dtype=torch.int32)",
    "torch.normal(0.0, 1.0, (3,)), torch.normal(2, 3, size=(20, 2)), torch.normal(mean=1.0, std=0.5, size=(2,))",
    "torch.normal(torch.zeros(5), torch.ones(5)), torch.normal(torch.ones(30)), torch.normal(1.0, torch.ones(3))",
    "torch.normal(torch.arange(4.0), 0.5)",
    "torch.bernoulli(torch.full((30,), 0.3)), torch.bernoulli(torch.zeros(20), 0.5), torch.full((7,), 0.3).bernoulli()",
    "torch.multinomial(torch.arange(1.0, 9.0), 3), torch.multinomial(torch.ones(2, 5), 7, replacement=True)",
    "torch.ones(4, 3).multinomial(2)",
    "torch.rand_like(torch.ones(3, 2).T), torch.randn_like(torch.ones(20))",
    "torch.rand_like(torch.ones(2, dtype=torch.float32))",
    "torch.randint_like(torch.ones(6), 9), torch.randint_like(torch.ones(2, 2), 3, 8)",
    "torch.randint_like(torch.ones(3), high=4), torch.randint_like(torch.ones(3), low=2, high=4)",
    "F.dropout(torch.ones(30)), F.dropout(torch.arange(6.0).view(2, 3).T, 0.25), torch.rand(2)",
    "F.dropout(torch.ones(5), p=0.0), F.dropout(torch.ones(5), p=1.0), F.dropout(torch.ones(5), training=False)",
    "torch.dropout(torch.ones(9), 0.5, True), F.dropout(torch.ones(0)), torch.rand(1)",
    "torch.zeros(20).normal_(), torch.zeros(3).normal_(2, 3), torch.zeros(5).uniform_()",
    "torch.zeros(5).uniform_(-1, 2), torch.zeros(20).uniform_(0, 3)",
    "torch.zeros(8).bernoulli_(), torch.zeros(8).bernoulli_(0.2)",
    "torch.zeros(4).random_(9), torch.zeros(4).random_(2, 5)",
    "torch.zeros(6).exponential_(), torch.zeros(6).exponential_(3.0)",
    "torch.manual_seed(7), torch.rand(3), torch.manual_seed(-1), torch.randn(3)",
    "torch.manual_seed(2**64 - 1), torch.rand(2)",
]


def typed(source: str, seed: int) -> object:
    """The value of a program whose generator begins with ``seed``."""
    space = namespace(torch.float64, effects=Effects(torch.Generator().manual_seed(seed)))
    return compile_program(source, words(), []).bind(space, StopFlag())()


@pytest.mark.parametrize("source", SEQUENCES)
def test_a_sequence_of_draws_is_that_of_torch(source: str) -> None:
    for seed in (0, 12345):
        before = torch.get_rng_state()
        ours = typed(f"[{source}]", seed)
        assert torch.equal(torch.get_rng_state(), before)  # torch's own generator is left alone
        torch.manual_seed(seed)
        torch.set_default_dtype(torch.float64)
        try:
            theirs = eval(f"[{source}]", dict(SPACES))
        finally:
            torch.set_default_dtype(torch.float32)
        assert isinstance(ours, list)
        for one, other in zip(ours, theirs, strict=True):
            if isinstance(one, Tensor):
                assert one.dtype == other.dtype
                assert one.shape == other.shape
                assert one.stride() == other.stride()
                assert torch.equal(one, other)
            else:
                assert one is None


def test_dropout_has_the_gradient_and_the_graph_of_torch() -> None:
    found = []
    for run in ("ours", "torch"):
        x = torch.linspace(-1, 1, 12, dtype=torch.float64).view(3, 4).requires_grad_()
        if run == "ours":
            space = namespace(torch.float64, effects=Effects(torch.Generator().manual_seed(3)))
            y = compile_program("F.dropout(x*2, 0.3)", words(), ["x"]).bind(space, StopFlag())(x)
        else:
            torch.manual_seed(3)
            y = F.dropout(x * 2, 0.3)
        assert isinstance(y, Tensor)
        assert y.grad_fn is not None
        y.pow(2).sum().backward()
        assert x.grad is not None
        found.append((y.grad_fn.name(), y.tolist(), x.grad.tolist()))
    assert found[0] == found[1]


def test_what_is_drawn_may_be_a_leaf() -> None:
    for source in ("randn(3, requires_grad=True)", "torch.normal(0.0, 1.0, (2,), requires_grad=True)"):
        value = typed(source, 0)
        assert isinstance(value, Tensor)
        assert value.requires_grad
        assert value.is_leaf


def test_numbers_are_drawn_on_the_cpu_and_moved() -> None:
    """The meta device stands for any other one: shapes without numbers."""
    space = namespace(torch.float64, "meta")
    run = {
        "rand(3)": (3,),
        "rand_like(zeros(2))": (2,),
        "randint(3, (4,))": (4,),
        "randperm(5)": (5,),
        "zeros(6).normal_()": (6,),
        "F.dropout(zeros(2, 2))": (2, 2),
    }
    for source, shape in run.items():
        value = compile_program(source, words(), []).bind(space, StopFlag())()
        assert isinstance(value, Tensor)
        assert value.device.type == "meta"
        assert value.shape == shape


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("torch.manual_seed(1.5)", "whole number"),
        ("torch.manual_seed(2**64)", "seed is too large"),
        ("torch.manual_seed(-2**64)", "seed is too large"),
        ("torch.normal(0.0, 1.0)", "size"),
        ("torch.normal([0.0], 1.0, (2,))", "number"),
        ("F.dropout(torch.ones(3), 1.5)", "share"),
        ("F.dropout(3.0)", "tensor"),
        ("F.dropout(torch.ones(3), [1])", "number"),
        ("torch.rand_like(3)", "tensor"),
        ("torch.randint_like([3], 3)", "tensor"),
        ("torch.bernoulli(0.5)", "tensor"),
        ("torch.multinomial([1.0], 1)", "tensor"),
        ("torch.randint(1.5, (3,))", "whole number"),
        ("torch.rand(-1)", "negative"),
        ("torch.rand(10**9)", "elements"),
        ("torch.randn(10**5, 10**5)", "elements"),
        ("torch.randint(3, (10**9,))", "elements"),
        ("torch.randperm(10**9)", "elements"),
        ("torch.normal(0.0, 1.0, (10**9,))", "elements"),
        ("torch.normal(ones(10**6, 1), ones(10**6))", "elements"),
        ("torch.multinomial(ones(3), 10**9, True)", "too long"),
        ("torch.multinomial(ones(4*10**6), 1)", "too long"),
        ("torch.rand(3, device='cuda')", "computes on"),
    ],
)
def test_draws_that_make_no_sense_are_refused(source: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        typed(source, 0)


def test_every_word_that_draws_says_so() -> None:
    drawing = {
        name
        for table in (*words().namespaces.values(), words().methods, words().functions)
        for name, word in table.items()
        if word.draws
    }
    assert drawing == {
        *("rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "normal"),
        *(
            "bernoulli",
            "multinomial",
            *(f"{word}{end}" for word in ("dropout", "Dropout") for end in ("", "1d", "2d", "3d")),
            "normal_",
            "uniform_",
            "bernoulli_",
            "random_",
            "exponential_",
            "DataLoader",
            "random_split",
        ),
    }
