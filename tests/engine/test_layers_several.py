"""Layers that are called with several tensors, or give several: recurrent ones, attention, products of two inputs."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from gui_app.core.experiment import Experiment, RunSpec
from gui_app.core.layers import LAYERS
from gui_app.core.rules import rule_of
from gui_app.engine import vocabulary
from gui_app.engine.problem import Problem
from gui_app.language.compiler import check
from gui_app.language.resolving import resolved
from tests.engine.test_models import CALLS, LOSSES, SEVERAL, _events
from tests.engine.test_rules_hold import behind
from tests.language.programs import failure, run


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    dtype, state = torch.get_default_dtype(), torch.get_rng_state()
    yield
    torch.set_default_dtype(dtype)
    torch.set_rng_state(state)


def problem(program: str, dtype: str, seed: int) -> Problem:
    """The objective with everything that it declares."""
    experiment, found = resolved(Experiment(program, run=RunSpec(seed=seed, dtype=dtype)), vocabulary.words())
    assert not found.faults, found.faults
    return Problem(experiment)


def agrees(text: str, rest: str, dtype: str = "float64", seed: int = 0) -> None:
    """Assert that a layer has torch's weights, and a program with it torch's value and gradients, bit for bit.

    ``rest`` is what is done with ``net``; its last line is the loss. The weights are copied: where they lie in memory
    decides on the last bit of some of torch's products.
    """
    torch.set_default_dtype(getattr(torch, dtype))
    torch.manual_seed(seed)
    theirs: nn.Module = eval(text, {"nn": nn})
    ours = problem(f"net = {text}\n{rest}", dtype, seed)
    weights = dict(theirs.named_parameters())
    assert [name.removeprefix("net.") for name in ours.leaves] == list(weights)
    for name, weight in weights.items():
        assert torch.equal(ours.leaves[f"net.{name}"], weight), name
    *body, last = rest.split("\n")
    known: dict[str, Any] = {"torch": torch, "nn": nn, "net": theirs}
    torch.manual_seed(seed)  # what drops out is that of the run's seed at step 0
    exec("\n".join(body), known)
    copies = [leaf.detach().clone().requires_grad_() for leaf in ours.arguments]
    wanted, value = eval(last, known), ours.evaluate(copies)
    assert isinstance(value, Tensor)
    assert torch.equal(value, wanted) or (value.isnan() and wanted.isnan())
    if not weights:
        return
    expected = torch.autograd.grad(wanted, list(weights.values()), allow_unused=True)
    found = torch.autograd.grad(value, copies, allow_unused=True)
    for name, one, other in zip(weights, found, expected, strict=True):
        assert (one is None) == (other is None), name
        assert one is None or other is None or torch.equal(one.nan_to_num(7), other.nan_to_num(7)), name


def filled(*shape: int) -> str:
    """A tensor of that shape, as it is typed."""
    size = 1
    for each in shape:
        size *= each
    return f"torch.linspace(-2, 2, {size}).reshape({list(shape)}).sin()"


OF_STATE = {
    "LSTM": "out, (h, c) = net({0})\nout.square().sum() + (h*1.5).sum() + c.sin().sum()",
    "GRU": "out, h = net({0})\nout.square().sum() + h.sin().sum()",
    "RNN": "out, h = net({0})\nout.square().sum() + h.sin().sum()",
    "LSTMCell": "h, c = net({0})\nh.square().sum() + c.sin().sum()",
    "GRUCell": "net({0}).square().sum()",
    "RNNCell": "net({0}).square().sum()",
}
DTYPES = st.sampled_from(["float32", "float64"])


@st.composite
def sequences(draw: st.DrawFn) -> tuple[str, str]:
    """A recurrent layer as it is typed, and a program that calls it."""
    kind = draw(st.sampled_from(["RNN", "LSTM", "GRU"]))
    features, hidden, layers = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    both, first, bias = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    given = [str(features), str(hidden), f"num_layers={layers}", f"bias={bias}"]
    given += ["batch_first=True"] * first + ["bidirectional=True"] * both
    given += ["dropout=0.4"] * (layers > 1 and draw(st.booleans()))
    given += ["nonlinearity='relu'"] * (kind == "RNN" and draw(st.booleans()))
    steps, batch = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    single = draw(st.booleans())
    shape = (steps, features) if single else (batch, steps, features) if first else (steps, batch, features)
    state = (layers * (1 + both), hidden) if single else (layers * (1 + both), batch, hidden)
    called = filled(*shape)
    if draw(st.booleans()):
        begun = filled(*state)
        called += f", ({begun}, {begun}*0.5)" if kind == "LSTM" else f", {begun}"
    return f"nn.{kind}({', '.join(given)})", OF_STATE[kind].format(called)


@given(sequences(), DTYPES, st.integers(0, 999))
@settings(max_examples=25, deadline=None)
def test_a_recurrent_layer_is_that_of_torch(made: tuple[str, str], dtype: str, seed: int) -> None:
    agrees(*made, dtype, seed)


@given(
    st.sampled_from(["RNNCell", "LSTMCell", "GRUCell"]),
    *(st.integers(1, 4) for _ in range(3)),
    *(st.booleans() for _ in range(3)),
    DTYPES,
)
@settings(max_examples=12, deadline=None)
def test_a_cell_is_that_of_torch(
    kind: str, features: int, hidden: int, batch: int, bias: bool, single: bool, begun: bool, dtype: str
) -> None:
    called = filled(*(() if single else (batch,)), features)
    if begun:
        state = filled(*(() if single else (batch,)), hidden)
        called += f", ({state}, {state}*0.5)" if kind == "LSTMCell" else f", {state}"
    agrees(f"nn.{kind}({features}, {hidden}, bias={bias})", OF_STATE[kind].format(called), dtype)


@st.composite
def attentions(draw: st.DrawFn) -> tuple[str, str]:
    """Attention as it is typed, and a program that calls it."""
    heads, each = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    width, first, bias = heads * each, draw(st.booleans()), draw(st.booleans())
    share = draw(st.sampled_from([0.0, 0.0, 0.3]))
    steps, others, batch = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    single, same = draw(st.booleans()), draw(st.booleans())
    others = steps if same else others

    def shape(length: int) -> tuple[int, ...]:
        return (length, width) if single else (batch, length, width) if first else (length, batch, width)

    lines = [f"q = {filled(*shape(steps))}", f"k = {'q' if same else filled(*shape(others)) + '*2'}"]
    options = [f"need_weights={draw(st.booleans())}", f"average_attn_weights={draw(st.booleans())}"]
    if draw(st.booleans()):
        causal = f"torch.triu(torch.ones({steps}, {others}), 1)"
        options.append(f"attn_mask={causal}" + (" > 0" if draw(st.booleans()) else "*-3.0"))
    lines += [f"out, shares = net(q, k, {draw(st.sampled_from(['k', 'k*0.5']))}, {', '.join(options)})"]
    seen = "need_weights=True" in options
    lines.append("out.square().sum()" + " + shares.square().sum()" * seen)
    text = f"nn.MultiheadAttention({width}, {heads}, dropout={share}, bias={bias}, batch_first={first})"
    return text, "\n".join(lines)


@given(attentions(), DTYPES)
@settings(max_examples=20, deadline=None)
def test_attention_is_that_of_torch(made: tuple[str, str], dtype: str) -> None:
    agrees(*made, dtype)


@given(
    st.sampled_from(["relu", "gelu"]), *(st.booleans() for _ in range(4)), st.sampled_from([0.0, 0.2]), DTYPES
)
@settings(max_examples=10, deadline=None)
def test_a_layer_of_a_transformer_is_that_of_torch(
    activation: str, bias: bool, first: bool, norm_first: bool, masked: bool, share: float, dtype: str
) -> None:
    text = (
        f"nn.TransformerEncoderLayer(4, 2, 6, dropout={share}, activation={activation!r}, batch_first={first},"
        f" norm_first={norm_first}, bias={bias})"
    )
    mask = ", src_mask=torch.triu(torch.full((3, 3), -1e9), 1), is_causal=True" if masked else ""
    shape = (2, 3, 4) if first else (3, 2, 4)
    agrees(text, f"net({filled(*shape)}{mask}).square().sum()", dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("nn.Bilinear(3, 2, 4)", f"net({filled(5, 3)}, {filled(5, 2)}).square().sum()"),
        ("nn.Bilinear(3, 2, 4, bias=False)", f"net({filled(3)}, {filled(2)}).square().sum()"),
        (
            "nn.Sequential(nn.Linear(3, 3), nn.TransformerEncoderLayer(3, 1, 4), nn.PReLU())",
            f"net({filled(2, 3)}).square().sum()",
        ),
    ],
)
def test_other_layers_of_several_tensors(text: str, call: str, dtype: str) -> None:
    agrees(text, call, dtype)


@pytest.mark.parametrize("text", ["nn.CosineSimilarity(0)", "nn.PairwiseDistance(p=1.0)"])
def test_distances_of_two_inputs(text: str) -> None:
    x, y = torch.tensor([[1.0, 2.0], [0.5, -1.0]]), torch.tensor([[0.3, 0.1], [2.0, 1.0]])
    made = run(f"{text}(x, y)", x=x, y=y)
    assert isinstance(made, Tensor)
    assert torch.equal(made, eval(text, {"nn": nn})(x, y))


# --- their graphs --------------------------------------------------------------------------------------------------


def test_every_node_that_layers_leave_has_a_rule() -> None:
    """Of all layers of the vocabulary, of those with a fused node in both precisions."""
    nodes: set[str] = set()
    for text, rest in GRAPHS:
        for dtype in ("float32", "float64")[: 1 + ("dropout" in text)]:
            loss = problem(f"net = {text}\n{rest}", dtype, 0).loss()
            nodes |= {node.name() for node in behind([loss.grad_fn])}
    names = {name.rpartition("::")[2] for name in nodes} - {"AccumulateGrad"}
    assert {"MkldnnRnnLayerBackward0", "TrilinearBackward0", "SafeSoftmaxBackward0"} <= names
    assert len(names) > 60
    assert {name for name in names if rule_of(name) is None} == set()


GRAPHS = [
    *(
        (f"nn.{kind}(2, 3, 2, bidirectional=True, dropout=0.3)", OF_STATE[kind].format(filled(2, 1, 2)))
        for kind in ("RNN", "LSTM", "GRU")
    ),
    *(
        (f"nn.{kind}(2, 3)", OF_STATE[kind].format(filled(1, 2)))
        for kind in ("RNNCell", "LSTMCell", "GRUCell")
    ),
    *(
        (
            f"nn.MultiheadAttention(4, 2, dropout={share})",
            f"x = {filled(3, 2, 4)}\nnet(x, x, x*2, need_weights={seen})[0].square().sum()",
        )
        for share in (0.0, 0.2)
        for seen in (True, False)
    ),
    ("nn.TransformerEncoderLayer(4, 2, 5)", f"net({filled(3, 2, 4)}).square().sum()"),
    ("nn.Bilinear(3, 2, 4)", f"net({filled(5, 3)}, {filled(5, 2)}).square().sum()"),
    *(
        (text, f"scale = torch.tensor(1.0, requires_grad=True)\nnet({filled(*shape)}*scale).square().sum()")
        for text, shape in CALLS.values()
        if shape
    ),
    *(
        (
            f"nn.{kind}()",
            f"scale = torch.tensor(1.0, requires_grad=True)\nnet({filled(3, 4)}*scale).square().sum()",
        )
        for kind in LAYERS.keys() - CALLS.keys() - LOSSES.keys() - SEVERAL
    ),
    *(
        (text, f"p = torch.tensor(0.5, requires_grad=True)\nnet(torch.ones(3, 4)*p, {target})")
        for text, target in LOSSES.values()
    ),
]
"""Each layer, and what is done with it as ``net``."""


# --- what cannot be done -------------------------------------------------------------------------------------------

END = "\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "net = nn.LSTM(1, 10**9)",
            "hidden_size must be a whole number above 0, at most 10,000,000, not 1000000000",
        ),
        ("net = nn.LSTM(10**9, 1)", "input_size must be"),
        ("net = nn.LSTM(1, 10**7)", "All weights together may have at most 10,000,000 elements"),
        ("net = nn.LSTM(1, 1, num_layers=10**7)", "num_layers must be a whole number above 0, at most 100"),
        (
            "net = nn.GRU(1, 1, 51, bidirectional=True)",
            "num_layers must be a whole number above 0, at most 50",
        ),
        ("net = nn.GRU(1, 1, dropout=1.5)", "Dropout must be a number from 0 to 1"),
        ("net = nn.GRU(1, 1, dropout='x')", "Dropout must be a number from 0 to 1"),
        ("net = nn.RNN(1, 1, nonlinearity='sigmoid')", "Nonlinearity must be"),
        ("net = nn.RNNCell(1, 1, nonlinearity=3)", "Nonlinearity must be"),
        ("net = nn.LSTM(1, 1, proj_size=1)", "proj_size"),
        ("net = nn.MultiheadAttention(5, 2)", "Embed_dim must be a multiple of num_heads"),
        ("net = nn.MultiheadAttention(10**7, 1)", "All weights together"),
        ("net = nn.TransformerEncoderLayer(4, 2, activation='sin')", "Activation must be"),
        ("net = nn.TransformerEncoderLayer(4, 2, 10**8)", "dim_feedforward must be"),
        ("net = nn.Bilinear(10**6, 10**6, 1)", "All weights together"),
        ("net = nn.ConvTranspose2d(3, 4, 3, groups=2)", "multiples of groups"),
        ("net = nn.Conv3d(1, 1, (2, 2))", "kernel_size must have 3 numbers, not 2"),
        ("net = nn.Sequential(nn.Linear(1, 1), nn.Bilinear(1, 1, 1))", "Sequential hands on one tensor"),
    ],
)
def test_a_layer_too_large_or_senseless_is_refused_while_it_is_typed(text: str, message: str) -> None:
    found = [
        f"{fault.message} {fault.hint}" for fault in check(f"{text}\nx", vocabulary.words(), ["x"]).faults
    ]
    assert message.casefold() in " ".join(found).casefold()
    assert message.casefold() in str(failure(text + END)).casefold()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("nn.LSTM(2, 3)(x)", "reads 2 or 3 dimensions, not the shape (2,)"),
        ("nn.LSTM(3, 3)(x[None])", "reads 3 features, but the last dimension of (1, 2) has 2"),
        ("nn.LSTM(2, 3)(x[None], x)", "The state of an LSTM is two tensors, not a tensor"),
        ("nn.LSTM(2, 3)(x[None], (x,))", "two tensors, not a tuple"),
        ("nn.LSTM(2, 3)(x[None], (x, x))", "The state has the shape (2,); here it must be (1, 3)"),
        ("nn.GRU(2, 3)(x[None, None], torch.ones(1, 2, 3))", "here it must be (1, 1, 3)"),
        ("nn.GRU(2, 3)(x[None], 3.0)", "The state must be a tensor, not a number"),
        ("nn.GRU(2, 3)(x[None], torch.ones(1, 3, dtype=torch.float16))", "different dtypes"),
        ("nn.GRU(2, 3)(x[None].half())", "The input is float16 and the weights are float64"),
        ("nn.GRU(2, 3)(x[None][:0])", "There is nothing to read: the shape is (0, 2)"),
        ("nn.GRU(2, 3)(x[None], x, x)", "is called with one tensor, not 3"),
        ("nn.GRU(2, 3)(x[None], hx=x)", "A call of nn.GRU has no argument named hx"),
        ("nn.GRUCell(2, 3)(x, x)", "The state has the shape (2,); here it must be (3,)"),
        ("nn.LSTMCell(2, 3)(x[None, None])", "reads 1 or 2 dimensions"),
        ("nn.GRU(2, 3)([x])", "must be a tensor, not a list"),
        ("nn.Sequential(nn.LSTM(2, 3), nn.Linear(3, 1))(x[None])", "nn.LSTM gives several values"),
        ("nn.ReLU()(x, inplace=True)", "has no argument named inplace"),
        ("nn.MultiheadAttention(2, 1)(x[None], x[None], x[None], mask=x)", "no argument named mask"),
        ("nn.MultiheadAttention(2, 1)(x[None], x[None], x[None], attn_mask=[1])", "A mask must be a tensor"),
        (
            "nn.MultiheadAttention(2, 1)(x[None], x[None], torch.ones(2, 2))",
            "do not fit: (1, 2), (1, 2), (2, 2)",
        ),
        ("nn.MultiheadAttention(2, 1)(x, x, x)", "cannot read the shape (2,)"),
        ("nn.MultiheadAttention(2, 1)(x[None], x[None], x[None], attn_mask=torch.ones(5, 5))", "do not fit"),
        ("nn.MultiheadAttention(2, 1)(x[None], x[None], x[None], is_causal=True)", "Need attn_mask"),
        ("nn.TransformerEncoderLayer(2, 1, 4)(x)", "cannot read the shape (2,)"),
        ("nn.Bilinear(2, 2, 1)(x)", "is called with two tensors, not 1"),
        ("nn.Dropout2d(0.5)(x)", "takes 4 dimensions, or 3 without a batch"),
        ("nn.Transformer(2)", "nn.TransformerEncoderLayer"),
        ("lstm = nn.LSTM(2, 3)\nlstm.weight_ih_l1", "has no .weight_ih_l1"),
        ("lstm = nn.LSTM(2, 3)\nlstm.flatten_parameters()", "flatten_parameters"),
        ("lstm = nn.LSTM(2, 3)\nlstm._flat_weights", "not part"),
        ("lstm = nn.LSTM(2, 3)\nlstm.weight_ih_l0 = x", "cannot be set"),
    ],
)
def test_what_cannot_be_done_is_said(program: str, message: str) -> None:
    fault = failure(f"x = torch.tensor([1.0, 2.0])\n{program}{END.replace('x', 'y')}")
    assert message in f"{fault.message} {fault.hint} {fault.details}"


@pytest.mark.parametrize(
    "program",
    [
        "nn.LSTM(1, 1)(torch.ones(30000, 1, 1))",
        "nn.RNN(1, 1400)(torch.ones(2000, 1, 1))",
        "nn.GRU(4, 500)(torch.ones(100, 1000, 4))",
        "nn.LSTM(1, 100, 50)(torch.ones(1000, 2, 1))",
        "nn.LSTMCell(1, 1000)(torch.ones(100000, 1))",
        "nn.MultiheadAttention(2, 1)(a, a, a)",
        "nn.TransformerEncoderLayer(2, 1, 2)(a)",
        "nn.Bilinear(1000, 1000, 5)(torch.ones(5000, 1000), torch.ones(5000, 1000))",
        "nn.ConvTranspose2d(1, 1, 3, stride=10000)(torch.ones(1, 1, 9, 9))",
        "nn.ConvTranspose1d(1, 1, 3, stride=5, dilation=10**9)(torch.ones(1, 1, 9))",
        "nn.ConvTranspose1d(1, 1, 3, output_padding=10**9)(torch.ones(1, 1, 9))",
        "nn.Conv3d(1, 100, 1)(torch.ones(1, 1, 100, 100, 100))",
        "nn.MaxPool3d(100)(torch.ones(1, 1, 100, 100, 100))",
        "nn.AdaptiveAvgPool3d(1000)(torch.ones(1, 1, 2, 2, 2))",
        "nn.Unflatten(0, (10**6, 10**6, 0))(torch.ones(0))",
        "nn.ZeroPad2d(10**5)(torch.ones(1, 1, 2, 2))",
    ],
)
def test_a_call_too_large_is_refused_before_it_is_computed(program: str) -> None:
    fault = failure(f"a = torch.ones(5000, 2)\n{program}{END}")
    assert "elements" in fault.message or "too long" in fault.message


def test_pytorchs_own_random_numbers_stay_as_they_are() -> None:
    before = torch.get_rng_state()
    text = "nn.TransformerEncoderLayer(4, 2, 5, dropout=0.5)"
    ours = problem(f"net = {text}\nnet({filled(3, 2, 4)}).square().sum()", "float32", 1)
    first, again = ours.loss().item(), ours.loss().item()
    ours.step = 1
    other = ours.loss().item()
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("momentum", ["0.1", "0.7", "None"])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_in_a_script_remembers_as_that_of_torch(momentum: str, affine: bool) -> None:
    program = (
        f"net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, momentum={momentum}, affine={affine}))\n"
        "x = torch.linspace(-2, 2, 8).reshape(4, 2)\n"
        "for k in range(3):\n    net(x.sin()*(k + 1)).square().sum().backward()\n    with torch.no_grad():\n"
        "        for p in net.parameters():\n            p -= 0.1*p.grad\n            p.grad = None\n"
        "    net.eval()\n    print(net(x).sum().item(), net(x[:1]).sum().item())\n    net.train()\n"
    )
    printed = [line.text for event in _events(Experiment(program)) for line in getattr(event, "printed", ())]
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(program, {"torch": torch, "nn": nn})
    assert "".join(printed) == said.getvalue()


def test_batch_norm_in_an_objective_remembers_nothing() -> None:
    text = "net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))\nnet.eval()\nnet(torch.ones(4, 2)).square().sum()"
    ours = problem(text, "float32", 0)
    torch.manual_seed(0)
    theirs = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval()
    expected = theirs(torch.ones(4, 2)).square().sum().item()
    assert [ours.loss().item() for _ in range(2)] == [expected, expected]
