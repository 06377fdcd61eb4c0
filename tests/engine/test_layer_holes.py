"""What an attack on layers in programs has found once, and must not find again."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from gui_app.core.experiment import MAX_ELEMENTS
from gui_app.engine.vocabulary import words
from gui_app.engine.vocabulary.losses import ROWS
from gui_app.language.compiler import check
from gui_app.language.limits import StopFlag
from tests.language.programs import NAMESPACE, compiled, failure, leaf, run

BOMB = "l = [1]\nfor i in range(60):\n    l = [l, l]\n"
"""A list that nobody can write out: it has 2**60 items, in 61 lists."""
END = "\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()"


def said(program: str) -> str:
    fault = failure(program + END)
    return f"{fault.message} {fault.hint}"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("nn.Dropout(l)", "p must hold nothing but numbers"),
        ("nn.Linear(l, 2)", "in_features must hold nothing but numbers"),
        ("nn.LayerNorm(l)", "normalized_shape must hold nothing but numbers"),
        ("nn.Conv2d(1, 1, l)", "kernel_size must hold nothing but numbers"),
        ("nn.PReLU(1, l)", "init must hold nothing but numbers"),
        ("nn.Flatten(l)", "start_dim must hold nothing but numbers"),
        ("nn.Flatten([1]*17)", "start_dim must be a number, or up to 16"),
        ("nn.Flatten(nn.ReLU())", "start_dim must be a number"),
        ("nn.Linear(torch.ones(3), 2)", "in_features must be a number"),
        ("nn.MSELoss(reduction=l)", "reduction must hold nothing but numbers"),
        ("nn.PReLU(1, 1.5, 2)", "at most 2"),
    ],
)
def test_a_setting_of_a_layer_is_short_and_plain(call: str, message: str) -> None:
    """Else printing the layer, or the message about it, would never end."""
    assert message.casefold() in said(f"{BOMB}a = {call}\nprint(a)").casefold()


def test_a_setting_does_not_change_with_the_list_it_came_from() -> None:
    program = "k = [3, 3]\nc = nn.Conv2d(1, 1, k)\nk[0] = 100\nc(torch.ones(1, 1, 5, 5))" + END
    assert run(program) is None


LOSSES = tuple(row.name for row in ROWS if "reduction" in row.signature)


@pytest.mark.parametrize("name", LOSSES)
def test_a_reduction_that_cannot_be_written_out_is_refused(name: str) -> None:
    """PyTorch writes it into its error: with the interpreter's lock held, and for ever."""
    (row,) = (row for row in ROWS if row.name == name)
    required = [part for part in row.signature.split(", ") if "=" not in part and part != "*"]
    inputs = ", ".join("torch.ones(3)" for _ in required)
    for reduction in ("l", "3", "None", "[0]", '"evil"'):
        assert "no such reduction" in said(f"{BOMB}a = F.{name}({inputs}, reduction={reduction})")


def test_layers_are_called_with_what_they_take() -> None:
    x = leaf([1.0, 2.0])
    for call, wanted in (
        ("nn.ReLU()(x, True)", "nn.ReLU is called with one tensor, not 2."),
        ("nn.MSELoss()(x)", "nn.MSELoss is called with two tensors, not 1."),
        ("nn.MSELoss()(x, x, True)", "nn.MSELoss is called with two tensors, not 3."),
        ("nn.Sequential(nn.Tanh())()", "nn.Sequential is called with one tensor, not 0."),
    ):
        assert failure(f"{call}\nx.sum()", x=x).message == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("net = nn.PReLU(1, init='abc')", "Init must be a number."),
        ("net = nn.PReLU(1, init=None)", "Init must be a number."),
        (
            f"net = nn.LayerNorm(({'1, ' * 4000}))",
            "Normalized_shape must be a number, or up to 16 in brackets.",
        ),
        (
            "net = nn.LayerNorm(4*10**6)",
            "Weights that start from one number may have at most 100,000 elements together.",
        ),
        (
            f"net = nn.Sequential({', '.join(['nn.LayerNorm(40000)'] * 100)})",
            "Weights that start from one number may have at most 100,000 elements together.",
        ),
        (
            "\n".join(f"n{k} = nn.LayerNorm(30000)" for k in range(400)),
            "With n1 too many weights start from one number: at most 100,000 may.",
        ),
        (
            f"net = nn.Sequential({', '.join(['nn.Linear(3000, 3000)'] * 60)})",
            f"All weights together may have at most {MAX_ELEMENTS:,} elements.",
        ),
        (
            "net = nn.Embedding(10**12, 1)",
            f"Num_embeddings must be a whole number above 0, at most {MAX_ELEMENTS:,}, not 1000000000000.",
        ),
    ],
)
def test_a_text_is_checked_quickly_whatever_layers_it_declares(text: str, message: str) -> None:
    """The check runs with every key that is typed."""
    assert message in [fault.message for fault in check(f"{text}\nx", words(), ["x"]).faults]


# --- against torch.nn ----------------------------------------------------------------------------------------------

_ACTIVATIONS = ("ReLU()", "Tanh()", "LeakyReLU(0.2)", "ELU()", "GELU()", "SiLU()", "Sigmoid()", "Softplus()")


@st.composite
def sequentials(draw: st.DrawFn) -> tuple[int, str]:
    """The width of the input and a network as it is typed, with networks inside it."""
    first = width = draw(st.integers(1, 5))
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(("linear", "plain", "activation", "norm", "batch", "prelu", "nested")))
        if kind in ("linear", "plain"):
            after = draw(st.integers(1, 5))
            parts.append(f"nn.Linear({width}, {after}{', bias=False' * (kind == 'plain')})")
            width = after
        elif kind == "nested":
            parts.append(
                f"nn.Sequential(nn.Linear({width}, {width}), nn.{draw(st.sampled_from(_ACTIVATIONS))})"
            )
        else:
            made = {
                "norm": f"LayerNorm({width})",
                "batch": f"BatchNorm1d({width})",
                "prelu": f"PReLU({width})",
            }
            parts.append(f"nn.{made.get(kind) or draw(st.sampled_from(_ACTIVATIONS))}")
    return first, f"nn.Sequential({', '.join(parts)})"


@given(sequentials(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_any_network_gives_torchs_output_and_gradients_bit_for_bit(
    network: tuple[int, str], seed: int
) -> None:
    width, text = network
    torch.manual_seed(seed)
    theirs: nn.Module = eval(text, {"nn": nn})
    theirs.double()
    inputs = torch.randn(4, width, dtype=torch.float64)
    names = [f"net.{name}" for name, _ in theirs.named_parameters()]
    ours = [value.detach().clone().requires_grad_() for _, value in theirs.named_parameters()]
    source = f"net = {text}\n(net(x)**2).sum()"
    program = compiled(source, dict(zip(("x", *names), (inputs, *ours), strict=True)))

    loss = program.bind(NAMESPACE, StopFlag())(inputs, *ours)
    wanted = (theirs(inputs) ** 2).sum()
    assert isinstance(loss, Tensor)
    assert torch.equal(loss, wanted) or (loss.isnan() and wanted.isnan())
    if not ours:
        return
    found = torch.autograd.grad(loss, ours)
    expected = torch.autograd.grad(wanted, list(theirs.parameters()))
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one, other) or torch.equal(one.isnan(), other.isnan())
