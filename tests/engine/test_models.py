"""Layers of torch.nn: the same start, the same values, the same gradients; and nothing else can be reached by them."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gui_app.core.data import ACTIVATIONS, MODELS, ModelSpec
from gui_app.core.experiment import (
    Distribution,
    Experiment,
    ExperimentError,
    OptimizerSpec,
    ParameterSpec,
    RunSpec,
)
from gui_app.core.layers import LAYERS, MASKING
from gui_app.core.prepared import Prepared
from gui_app.core.runner import Allowance
from gui_app.engine import vocabulary
from gui_app.engine.descent import descend
from gui_app.engine.problem import Problem
from gui_app.engine.vocabulary.modules import FORWARD, OWN
from gui_app.language.compiler import check
from gui_app.language.errors import ProgramError
from gui_app.language.model_text import program_of
from gui_app.language.resolving import resolved
from tests.language.programs import failure, leaf, run

CALLS = {
    "Linear": ("nn.Linear(3, 4)", (5, 3)),
    "Conv1d": ("nn.Conv1d(2, 4, 3, stride=2, padding=1, groups=2)", (2, 2, 9)),
    "Conv2d": ("nn.Conv2d(2, 3, (3, 1), padding='same', bias=False)", (2, 2, 6, 6)),
    "Conv3d": ("nn.Conv3d(2, 3, 2, dilation=2)", (2, 2, 4, 4, 4)),
    "ConvTranspose1d": ("nn.ConvTranspose1d(4, 2, 3, stride=2, output_padding=1, groups=2)", (2, 4, 5)),
    "ConvTranspose2d": ("nn.ConvTranspose2d(2, 3, (3, 2), padding=1, bias=False)", (2, 2, 4, 4)),
    "ConvTranspose3d": ("nn.ConvTranspose3d(2, 3, 2, dilation=2)", (1, 2, 3, 3, 3)),
    "Embedding": ("nn.Embedding(7, 3)", ()),
    "BatchNorm1d": ("nn.BatchNorm1d(3)", (6, 3)),
    "BatchNorm2d": ("nn.BatchNorm2d(3, eps=0.01)", (2, 3, 4, 4)),
    "BatchNorm3d": ("nn.BatchNorm3d(2, affine=False)", (2, 2, 3, 3, 3)),
    "InstanceNorm1d": ("nn.InstanceNorm1d(3)", (2, 3, 5)),
    "InstanceNorm2d": ("nn.InstanceNorm2d(3, affine=True)", (2, 3, 4, 4)),
    "InstanceNorm3d": ("nn.InstanceNorm3d(2, eps=0.1)", (2, 2, 3, 3, 3)),
    "LayerNorm": ("nn.LayerNorm([3, 4])", (2, 3, 4)),
    "RMSNorm": ("nn.RMSNorm(4)", (3, 4)),
    "GroupNorm": ("nn.GroupNorm(2, 4)", (2, 4, 3)),
    "PReLU": ("nn.PReLU()", (4,)),
    **{
        f"{kind}{dims}d": (f"nn.{kind}{dims}d({setting})", (2, 2, 8, 6, 6)[: dims + 2])
        for kind, setting in (
            ("MaxPool", "2, stride=1"),
            ("AvgPool", "3, padding=1"),
            ("AdaptiveMaxPool", "3"),
            ("AdaptiveAvgPool", "2"),
        )
        for dims in (1, 2, 3)
    },
    "Flatten": ("nn.Flatten()", (2, 3, 4)),
    "Unflatten": ("nn.Unflatten(1, (2, -1))", (3, 4)),
    "ZeroPad2d": ("nn.ZeroPad2d((1, 2, 0, 1))", (2, 3, 4)),
    "Dropout": ("nn.Dropout(0.3)", (20,)),
    "Dropout1d": ("nn.Dropout1d(0.3)", (2, 9, 4)),
    "Dropout2d": ("nn.Dropout2d(0.3)", (2, 9, 4, 2)),
    "Dropout3d": ("nn.Dropout3d(0.3)", (9, 4, 2, 2)),
    "Softmax": ("nn.Softmax(dim=1)", (3, 4)),
    "Softmin": ("nn.Softmin(0)", (3, 4)),
    "LogSoftmax": ("nn.LogSoftmax(1)", (3, 4)),
    "Threshold": ("nn.Threshold(0.1, -2.0)", (3, 4)),
    "TransformerEncoderLayer": ("nn.TransformerEncoderLayer(4, 2, 5)", (3, 2, 4)),
}
"""By kind: a call and the shape of an input; other layers take (3, 4)."""
RECURRENT = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")
SEVERAL = {*RECURRENT, "MultiheadAttention", "Bilinear", "CosineSimilarity", "PairwiseDistance"}
"""Layers that are called with more than one tensor, or give more: tested in a file of their own."""
LOSSES = {
    "NLLLoss": ("nn.NLLLoss()", "torch.tensor([1, 0, 3])"),
    "CrossEntropyLoss": ("nn.CrossEntropyLoss(label_smoothing=0.1)", "torch.tensor([1, 0, 3])"),
    "BCELoss": ("nn.BCELoss(reduction='sum')", "torch.ones(3, 4)"),
    "MultiMarginLoss": ("nn.MultiMarginLoss(p=2)", "torch.tensor([1, 0, 3])"),
    "GaussianNLLLoss": ("nn.GaussianNLLLoss(full=True)", "torch.ones(3, 4), torch.full((3, 4), 0.3)"),
    "MarginRankingLoss": ("nn.MarginRankingLoss(0.2)", "torch.zeros(3, 4), torch.ones(3, 4)"),
    "CosineEmbeddingLoss": ("nn.CosineEmbeddingLoss(0.2)", "torch.ones(3, 4), -torch.ones(3)"),
    "TripletMarginLoss": ("nn.TripletMarginLoss(p=1.5)", "torch.ones(3, 4), torch.zeros(3, 4)"),
    "PoissonNLLLoss": ("nn.PoissonNLLLoss(False, reduction='sum')", "torch.ones(3, 4)"),
    "KLDivLoss": ("nn.KLDivLoss(reduction='batchmean', log_target=True)", "-torch.ones(3, 4)"),
}
LOSSES |= {
    name: (f"nn.{name}()", "torch.ones(3, 4)")
    for name in LAYERS
    if name.endswith("Loss") and name not in LOSSES
}


@pytest.fixture(autouse=True)
def _doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def made(text: str) -> nn.Module:
    """The module of torch itself."""
    module = eval(text, {"nn": nn})
    assert isinstance(module, nn.Module)
    return module


def problem(program: str, dtype: str = "float64", seed: int = 0, **more: Any) -> Problem:
    """The objective with everything that it declares."""
    experiment, found = resolved(
        Experiment(program, run=RunSpec(seed=seed, dtype=dtype), **more), vocabulary.words()
    )
    assert not found.faults, found.faults
    return Problem(experiment)


def test_every_layer_has_its_work_and_a_test() -> None:
    assert not FORWARD.keys() & OWN.keys()
    assert FORWARD.keys() | OWN.keys() == LAYERS.keys()
    for kind in LAYERS.values():
        assert list(kind.bindable.parameters) == [
            p
            for way in vocabulary.words().namespaces["torch.nn"][kind.name].ways
            for p in (*way.positional, *way.keyword_only)
        ]


@pytest.mark.parametrize("kind", sorted(LAYERS.keys() - LOSSES.keys() - SEVERAL))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_layer_is_that_of_torch(kind: str, dtype: str) -> None:
    """Weights, output and gradients, bit for bit."""
    text, shape = CALLS.get(kind, (f"nn.{kind}()", (3, 4)))
    torch.set_default_dtype(getattr(torch, dtype))
    torch.manual_seed(3)
    theirs = made(text)
    if kind == "Embedding":
        values: Tensor = torch.tensor([[1, 6], [0, 1]])
        source = "torch.tensor([[1, 6], [0, 1]])"
    else:
        values = torch.linspace(-2, 2, math.prod(shape)).reshape(shape).sin()
        source = f"torch.linspace(-2, 2, {math.prod(shape)}).reshape({list(shape)}).sin()"
    program = f"net = {text}\nA = torch.tensor(1.0, requires_grad=True)\n(net({source})*A).square().sum()"
    ours = problem(program, dtype, 3)
    assert {name.removeprefix("net.") for name in ours.leaves} - {"A"} == dict(
        theirs.named_parameters()
    ).keys()
    if kind in MASKING:
        torch.manual_seed(3)  # masks are those of the run's seed at step 0
    expected = theirs(values).square().sum()
    loss = ours.loss()
    assert loss.item() == expected.item()
    loss.backward()
    if expected.requires_grad:
        expected.backward()
    for name, weight in theirs.named_parameters():
        assert torch.equal(ours.leaves[f"net.{name}"], weight)
        ours_grad = ours.leaves[f"net.{name}"].grad
        assert ours_grad is not None
        assert weight.grad is not None
        assert torch.equal(ours_grad, weight.grad)


@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_a_loss_is_that_of_torch(kind: str) -> None:
    text, target = LOSSES[kind]
    value = torch.linspace(0.1, 0.9, 12).reshape(3, 4).requires_grad_()
    ours = run(f"criterion = {text}\ncriterion(x, {target})", x=value)
    inline = run(f"{text}(x, {target})", x=value)
    targets = eval(f"({target},)", {"torch": torch})
    theirs = made(text)(value, *targets)
    assert isinstance(ours, Tensor)
    assert ours.item() == theirs.item()
    assert isinstance(inline, Tensor)
    assert inline.item() == theirs.item()


DEEP = """
torch.manual_seed(5)
hidden = 2*4
A = torch.randn(6, 2)
first = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Sequential(nn.Linear(hidden, 3), nn.LayerNorm(3)))
w = torch.randn(3, requires_grad=True)
B = torch.randn(6)
out = nn.Linear(3, 1, bias=False)
(first(A) @ w + out(first(A)).squeeze(1) - B).square().mean()
"""


def test_networks_and_other_draws_keep_the_order_of_the_text() -> None:
    ours = problem(DEEP)
    namespace: dict[str, Any] = {"torch": torch, "nn": nn}
    *body, last = ast.parse(DEEP).body
    exec(compile(ast.Module(body, []), "deep", "exec"), namespace)
    assert isinstance(last, ast.Expr)
    expected = eval(compile(ast.Expression(last.value), "deep", "eval"), namespace)
    assert ours.loss().item() == expected.item()
    names = [f"first.{name}" for name, _ in namespace["first"].named_parameters()]
    assert list(ours.leaves) == [*names, "w", "out.weight"]
    assert ours.columns[:2] == ("first.0.weight[0,0]", "first.0.weight[0,1]")
    assert ours.loss().item() == expected.item()


def test_the_weights_descend() -> None:
    net_text = "nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))"
    program = f"torch.manual_seed(1)\nA = torch.randn(9, 2)\nnet = {net_text}\n"
    experiment, _ = resolved(
        Experiment(f"{program}net(A).square().mean()", (), OptimizerSpec("SGD", {"lr": 0.1}), RunSpec(5)),
        vocabulary.words(),
    )
    steps = descend(experiment)
    next(steps)
    steps.send(Allowance())
    event: Any = steps.send(Allowance(5, seconds=1e9))
    steps.close()
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(1)
    rows = torch.randn(9, 2)
    net = made(net_text)
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    for _ in range(5):
        optimizer.zero_grad()
        net(rows).square().mean().backward()
        optimizer.step()
    last = torch.cat([p.detach().reshape(-1) for p in net.parameters()]).numpy()
    assert np.array_equal(event.parameters[-1], last)


def test_a_start_that_is_set_in_the_table_stays() -> None:
    own = ParameterSpec("net.weight", None, (1, 2), Distribution("normal", 0.0, 0.01))
    ours = problem("net = nn.Linear(2, 1)\nnet(torch.ones(2)).sum()", parameters=(own,))
    torch.manual_seed(0)
    assert torch.equal(ours.leaves["net.weight"], torch.empty(1, 2).normal_(0, 0.01))
    other = problem("net = nn.Linear(3, 1)\nnet(torch.ones(3)).sum()", parameters=(own,))
    assert other.leaves["net.weight"].shape == (1, 3)


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("net[0].weight.sum()*0 + net[1](torch.tensor(-1.0)) + net[0].bias.sum()*0", 0.0),
        ("len_ = 0.0\nfor part in net:\n    len_ = len_ + 1\nlen_ + net[0].bias.sum()*0", 2.0),
        ("net[0:0] if False else net[-1](torch.tensor(3.0)) + net[0].bias.sum()*0", 3.0),
        ("sum([p.numel() for p in net.parameters()]) + net[0].bias.sum()*0", 9.0),
    ],
)
def test_parts_and_weights_can_be_named(program: str, value: float) -> None:
    assert problem(f"net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())\n{program}").loss().item() == value


def test_dropout_stops_in_evaluation() -> None:
    always = problem(
        "net = nn.Sequential(nn.Linear(1, 50), nn.Dropout(0.5))\nnet.eval()\nnet(torch.ones(1)).sum()"
    )
    plain = problem("net = nn.Linear(1, 50)\nnet(torch.ones(1)).sum()")
    assert always.loss().item() == plain.loss().item()


def test_a_script_trains_a_network() -> None:
    program = (
        "net = nn.Linear(2, 1)\nnet.weight.data.normal_(0, 0.01)\nprint(net)\n"
        "for k in range(3):\n    loss = net(torch.ones(4, 2)).square().mean()\n    loss.backward()\n"
        "    with torch.no_grad():\n        for p in net.parameters():\n"
        "            p -= 0.1*p.grad\n            p.grad = None\n"
    )
    events = list(_events(Experiment(program)))
    widened, printed = events[0].columns, [line.text for e in events for line in getattr(e, "printed", ())]
    assert widened == ("net.weight[0,0]", "net.weight[0,1]", "net.bias[0]")
    assert printed == ["Linear(in_features=2, out_features=1)\n"]
    losses = np.concatenate([e.losses for e in events if hasattr(e, "losses")])
    torch.set_default_dtype(torch.float32)
    torch.manual_seed(0)
    net, expected = nn.Linear(2, 1), []
    net.weight.data.normal_(0, 0.01)
    for _ in range(3):
        loss = net(torch.ones(4, 2)).square().mean()
        expected.append(loss.item())
        net.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in net.parameters():
                assert p.grad is not None
                p -= 0.1 * p.grad
    assert losses.tolist() == expected


def _events(experiment: Experiment) -> Iterator[Any]:
    steps = descend(experiment)
    yield next(steps)
    while True:
        event = steps.send(Allowance())
        yield event
        if type(event).__name__ in ("Finished", "Failed"):
            steps.close()
            return


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("net = nn.Linear(2)\nnet(x)", "missing a required argument"),
        ("net = nn.Linear(2, 0)\nnet(x)", "above 0"),
        ("n = x.sum()\nnet = nn.Linear(n, 1)\nnet(x)", "sizes of net cannot be read"),
        ("net = nn.Linear(2, 1)\nnet = nn.Linear(2, 1)\nnet(x)", "declared twice"),
        ("net = nn.Sequential(nn.Linear(2, 1), x)\nnet(x)", "sizes of net cannot be read"),
        ("net = nn.Linear(100000, 100000)\nnet(x)", "at most 10,000,000"),
        ("net = nn.Conv2d(3, 4, 3, groups=2)\nnet(x)", "multiples of groups"),
        ("nn.Linear(2, 1)(x)", "need a name"),
        ("for k in range(2):\n    net = nn.Linear(2, 1)\nnet(x)", "need a name"),
        ("nn.ReLU(1)(x)", "takes at most 0"),
        ("nn.Sequential(x)(x)", "Sequential takes layers"),
        ("r = nn.ReLU()\nr.weight", "has no .weight"),
        ("x.weight", "Only layers have"),
        ("x.parameters()", "has no method"),
        ("a = [x]\na[0](x)", "cannot be called"),
        ("r = nn.ReLU()\nr + 1", "cannot be done"),
        ("r = nn.ReLU()\nr.forward(x)", "forward is not part"),
        ("r = nn.ReLU()\nr.layer", "layer is not part"),
        ("r = nn.ReLU()\nr.__call__(x)", "__call__"),
        ("r = nn.ReLU()\nr.weights = x\nx.sum()", "cannot be set"),
        ("r = nn.ReLU()\nr[0]", "no item 0"),
        ("nn.modules.Linear(2, 1)", "is not part"),
        ("nn.init.normal_(x)", "is not part"),
    ],
)
def test_what_cannot_be_done_with_layers_is_said(program: str, message: str) -> None:
    found = check(program, vocabulary.words(), ["x"]).faults
    fault = found[0] if found else failure(program, x=leaf([1.0, 2.0]))
    assert message in f"{fault.message} {fault.hint} {fault.details}"


def test_a_layer_too_large_is_refused_before_it_is_computed() -> None:
    program = "net = nn.Conv2d(1, 1000, 1)\nnet(torch.ones(100, 1, 100, 1000)).sum()"
    with pytest.raises(ProgramError, match="elements"):
        problem(program).loss()


# --- the texts of models -------------------------------------------------------------------------------------------


def prepared(features: int, classes: int = 0) -> Prepared:
    """Made-up data of that many columns."""
    random = np.random.default_rng(0)
    rows = np.arange(12)
    target = random.integers(0, classes, 12) if classes else random.normal(size=12)
    return Prepared(
        random.normal(size=(12, features)),
        tuple(f"x{k}" for k in range(features)),
        target,
        tuple(map(str, range(classes))) or None,
        {},
        np.zeros(features),
        np.ones(features),
        rows,
        rows,
        rows[:0],
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("classes", [0, 2, 4])
def test_every_model_is_a_program_that_runs(name: str, classes: int) -> None:
    for loss in (None, *MODELS[name].losses):
        data = prepared(16, classes)
        try:
            text, parameters = program_of(ModelSpec(name, loss), data)
        except ExperimentError:
            continue
        known = {"X": torch.from_numpy(data.features), "y": torch.from_numpy(np.asarray(data.target))}
        leaves = {spec.name: torch.ones(spec.shape, requires_grad=True) for spec in parameters}
        value = run(text, **known, **leaves)
        assert isinstance(value, Tensor)
        assert value.ndim == 0
        assert value.requires_grad
        declared = {each.spec for each in check(text, vocabulary.words()).declared}
        assert not declared or declared == set(parameters)


@pytest.mark.parametrize(
    ("model", "classes"),
    [("linear", 2), ("softmax", 0), ("logistic", 3), ("convolution", 3), ("perceptron", 0)],
)
def test_a_model_that_does_not_suit_the_target_says_why(model: str, classes: int) -> None:
    loss = "cross_entropy" if model == "perceptron" else None
    with pytest.raises(ExperimentError) as caught:
        program_of(ModelSpec(model, loss), prepared(15, classes))
    assert len(caught.value.message) > 20


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_perceptron_starts_as_the_module_of_torch(activation: str) -> None:
    spec = ModelSpec("perceptron", layers=(5, 4), activation=activation)
    text, parameters = program_of(spec, prepared(3))
    declaration = text[: text.index("y_hat")]
    torch.manual_seed(8)
    theirs = made(declaration.removeprefix("net = "))
    experiment = Experiment(
        f"{declaration}net(torch.ones(3)).sum()", parameters, run=RunSpec(seed=8, dtype="float64")
    )
    starts = Problem(experiment).leaves
    for name, weight in theirs.named_parameters():
        assert torch.equal(starts[f"net.{name}"], weight)


def test_a_plane_is_typed_as_its_formula() -> None:
    text, (weight, bias) = program_of(ModelSpec("polynomial", degree=3), prepared(2))
    assert text == (
        "powers = torch.cat([X, X**2, X**3], dim=1)\n"
        "y_hat = (powers @ weight.T + bias).squeeze(1)\n"
        "loss = mse_loss(y_hat, y)"
    )
    assert (weight.shape, bias.shape) == ((1, 6), (1,))
