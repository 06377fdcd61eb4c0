"""Optimizers and schedules in scripts: the bits of torch.optim, and what cannot be is said in words."""

from __future__ import annotations

import inspect
import re
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.optimizers import OPTIMIZERS
from gui_app.core.schedules import SCHEDULES
from gui_app.engine.vocabulary import words
from gui_app.engine.vocabulary.optimizers import signature_of
from gui_app.engine.vocabulary.schedulers import SIGNATURES
from gui_app.language.names import parameters_of
from tests.engine.training import refusal, same_bits

ALL = tuple(name for name in OPTIMIZERS if name not in ("Muon", "LBFGS"))
LOOP = """
import torch
from torch import nn, optim
torch.manual_seed(3)
X = torch.randn(12, 3)
y = X.sum(1, keepdim=True).sin()
net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
b = torch.tensor(0.5, requires_grad=True)
unused = torch.ones(2, requires_grad=True)
{make}
rates = []
for step in range({steps}):
    loss = ((net(X) + b - y)**2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {after}
    rates.append(optimizer.param_groups[0]["lr"])
"""
PARAMS = "[*] + [b, unused]".replace("[*]", "list(net.parameters())")


def loop(make: str, after: str = "pass", steps: int = 12) -> str:
    return LOOP.format(make=make, after=after, steps=steps)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("more", ["", ", lr=0.03, maximize=True", ", weight_decay=0.1"])
def test_an_optimizer_takes_torchs_steps(name: str, more: str) -> None:
    if name == "Rprop" and "decay" in more:
        more = ", step_sizes=(1e-3, 0.1)"
    same_bits(loop(f"optimizer = optim.{name}({PARAMS}{more})"))


@pytest.mark.parametrize(
    "call",
    [
        "SGD({0}, 0.1, 0.9)",
        "SGD({0}, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)",
        "SGD({0}, lr=0.1, momentum=0.8, dampening=0.5)",
        "Adam({0}, 0.01, [0.8, 0.9], 1e-6)",
        "Adam({0}, lr=0.1, amsgrad=True)",
        "AdamW({0}, lr=0.1, amsgrad=True, maximize=True)",
        "RMSprop({0}, 0.01, 0.9, centered=True, momentum=0.5)",
        "Adagrad({0}, lr=0.5, lr_decay=0.1, initial_accumulator_value=0.2)",
        "ASGD({0}, lr=0.1, t0=2, lambd=0.01)",
        "NAdam({0}, lr=0.1, weight_decay=0.1, momentum_decay=0.01)",
    ],
)
def test_settings_are_torchs(call: str) -> None:
    same_bits(loop(f"optimizer = torch.optim.{call.format(PARAMS)}"))


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["SGD", "Adam", "Adagrad", "Adamax"])
def test_every_dtype(name: str, dtype: str) -> None:
    same_bits(
        f"w = torch.ones(5, dtype=torch.{dtype}, requires_grad=True)\n"
        f"optimizer = torch.optim.{name}([w], lr=0.1)\n"
        "for i in range(6):\n    optimizer.zero_grad()\n    (w**2).sum().backward()\n    optimizer.step()"
    )


def test_muon() -> None:
    same_bits(
        "torch.manual_seed(1)\nw = torch.randn(3, 5, requires_grad=True)\nv = torch.randn(4, 2, requires_grad=True)\n"
        "optimizer = torch.optim.Muon([w, v], lr=0.1)\nfor i in range(6):\n    optimizer.zero_grad()\n"
        "    ((w**2).sum() + (v**3).sum()).backward()\n    optimizer.step()"
    )


CLOSURE = """
torch.manual_seed(0)
x = torch.tensor([-1.5, 2.0], requires_grad=True)
optimizer = torch.optim.{0}
losses = []
def closure():
    optimizer.zero_grad()
    loss = (1 - x[0])**2 + 100*(x[1] - x[0]**2)**2
    loss.backward()
    return loss
for step in range(5):
    losses.append(optimizer.step(closure).item())
"""


@pytest.mark.parametrize(
    "call",
    [
        "LBFGS([x])",
        "LBFGS([x], 0.5, 5, line_search_fn='strong_wolfe')",
        "LBFGS([x], lr=0.1, max_iter=4, max_eval=3, history_size=2)",
        "SGD([x], lr=1e-4)",
        "Adam([x], lr=0.1)",
    ],
)
def test_a_closure_is_evaluated_as_torch_does(call: str) -> None:
    same_bits(CLOSURE.format(call))


def test_settings_that_are_changed_on_the_way() -> None:
    same_bits(
        loop(
            "optimizer = optim.SGD(net.parameters(), lr=0.1)",
            "for group in optimizer.param_groups:\n        group['lr'] *= 0.9\n        group['momentum'] = 0.5",
        )
    )


def test_groups_have_settings_of_their_own() -> None:
    same_bits(
        loop(
            "optimizer = optim.Adam([{'params': net[0].parameters()}, {'params': b, 'lr': 0.5, 'betas': (0.5, 0.6)}],"
            " lr=0.01)\noptimizer.add_param_group({'params': [unused, net[2].weight], 'weight_decay': 0.2})\n"
            "count = len(optimizer.param_groups)",
            "second = optimizer.param_groups[1]['lr']",
        )
    )


@pytest.mark.parametrize("to_none", ["", "set_to_none=True", "set_to_none=False", "False"])
@pytest.mark.parametrize("owner", ["optimizer", "net"])
def test_gradients_are_cleared_as_torch_clears_them(owner: str, to_none: str) -> None:
    source = loop(f"optimizer = optim.SGD({PARAMS}, lr=0.1)").replace(
        "optimizer.zero_grad()", f"{owner}.zero_grad({to_none})"
    )
    same_bits(source)


@pytest.mark.parametrize(
    "clip",
    [
        "torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)",
        "total = nn.utils.clip_grad_norm_(net.parameters(), max_norm=0.5, norm_type=float('inf'))",
        "torch.nn.utils.clip_grad_norm_(b, 1e-3)",
        "torch.nn.utils.clip_grad_value_([b, unused], clip_value=0.01)",
    ],
)
def test_gradients_are_clipped(clip: str) -> None:
    same_bits(
        loop(f"optimizer = optim.SGD({PARAMS}, lr=0.1)").replace(
            "optimizer.step()", f"{clip}\n    optimizer.step()"
        )
    )


SCHEDULED = [
    "StepLR(optimizer, step_size=3, gamma=0.5)",
    "StepLR(optimizer, 2)",
    "ExponentialLR(optimizer, 0.9)",
    "CosineAnnealingLR(optimizer, T_max=5)",
    "CosineAnnealingLR(optimizer, 4, 0.01)",
    "LinearLR(optimizer)",
    "LinearLR(optimizer, 0.1, total_iters=7)",
    "OneCycleLR(optimizer, max_lr=0.5, total_steps=12)",
    "OneCycleLR(optimizer, 0.5, epochs=3, steps_per_epoch=4, anneal_strategy='linear', three_phase=True)",
    "OneCycleLR(optimizer, max_lr=0.5, total_steps=20, cycle_momentum=False)",
]


@pytest.mark.parametrize("call", SCHEDULED)
@pytest.mark.parametrize("rule", ["SGD({0}, lr=0.1, momentum=0.9)", "Adam({0}, lr=0.1)"])
def test_a_schedule_moves_the_rate_as_torchs_does(call: str, rule: str) -> None:
    same_bits(
        loop(
            f"optimizer = optim.{rule.format(PARAMS)}\nscheduler = torch.optim.lr_scheduler.{call}",
            "scheduler.step()\n    last = scheduler.get_last_lr()",
        )
    )


@pytest.mark.parametrize(
    "call",
    [
        "ReduceLROnPlateau(optimizer, 'min', factor=0.5, patience=1)",
        "ReduceLROnPlateau(optimizer, mode='max', patience=0, threshold=0.01)",
        "ReduceLROnPlateau(optimizer, 'max', 0.5, 1, threshold_mode='abs', cooldown=2)",
        "ReduceLROnPlateau(optimizer, patience=0, threshold=0.5, min_lr=0.01)",
    ],
)
@pytest.mark.parametrize("metric", ["loss", "loss.item()", "metrics=-loss.detach()"])
def test_a_plateau_is_seen(call: str, metric: str) -> None:
    same_bits(
        loop(
            f"optimizer = optim.SGD({PARAMS}, lr=0.4)\nscheduler = optim.lr_scheduler.{call}",
            f"scheduler.step({metric})",
            25,
        )
    )


def test_two_schedules_and_groups_with_rates_of_their_own() -> None:
    same_bits(
        loop(
            "optimizer = optim.SGD([{'params': [b], 'lr': 0.2}, {'params': net.parameters()}], lr=0.1)\n"
            "warm = optim.lr_scheduler.LinearLR(optimizer, total_iters=3)\n"
            "slow = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=9)",
            "warm.step()\n    slow.step()\n    both = slow.get_last_lr()\n"
            "    first = optimizer.param_groups[0]['initial_lr']",
        )
    )


def _torchs(owner: object, name: str) -> list[str]:
    return list(inspect.signature(getattr(owner, name).__init__).parameters)[1:]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_arguments_by_place_are_torchs(name: str) -> None:
    (way,) = parameters_of(signature_of(OPTIMIZERS[name]))
    assert list(way.positional) == _torchs(torch.optim, name)[: len(way.positional)]
    assert set(way.keyword_only) <= set(_torchs(torch.optim, name))


@pytest.mark.parametrize("name", SCHEDULES)
def test_arguments_of_schedules_by_place_are_torchs(name: str) -> None:
    (way,) = parameters_of(SIGNATURES[name])
    assert list(way.positional) == _torchs(torch.optim.lr_scheduler, name)[: len(way.positional)]


def test_every_optimizer_and_schedule_is_a_word() -> None:
    known = words()
    assert set(known.namespaces["torch.optim"]) == set(OPTIMIZERS)
    assert set(known.namespaces["torch.optim.lr_scheduler"]) == set(SCHEDULES)
    assert all(known.functions[name].script for name in (*OPTIMIZERS, *SCHEDULES))


W = "w = torch.ones(2, requires_grad=True)\nM = torch.ones(2, 2, requires_grad=True)\n"
S = W + "optimizer = torch.optim.SGD([w], lr=0.1)\n"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (W + "torch.optim.SGD(w, lr=0.1)", "takes a list of tensors"),
        (W + "torch.optim.SGD([], lr=0.1)", "nothing to optimize"),
        (W + "torch.optim.SGD([w, w], lr=0.1)", "given twice"),
        (W + "torch.optim.SGD([w * 2], lr=0.1)", "Only leaves"),
        (W + "torch.optim.SGD([1.0], lr=0.1)", "changes tensors, not a number"),
        (W + "torch.optim.SGD(nn.ReLU(), lr=0.1)", "nothing to optimize"),
        (W + "torch.optim.SGD({'params': [w]}, lr=0.1)", "stand in a list"),
        (W + "torch.optim.SGD([{'lr': 0.1}])", 'needs "params"'),
        (W + "torch.optim.SGD([w, {'params': [M]}])", "both tensors and parameter groups"),
        (W + "torch.optim.SGD([{'params': [w]}, {'params': [w]}])", "given twice"),
        (W + "torch.optim.SGD([{'params': [w], 'momentun': 1}])", "no such setting"),
        (W + "torch.optim.SGD([w], lr=-0.1)", "lr must be at least 0"),
        (W + "torch.optim.SGD([w], lr=w)", "lr must be a number"),
        (W + "torch.optim.SGD([w], lr=10**400)", "lr is too large"),
        (W + "torch.optim.Adam([w], betas=(0.9, 1.5))", "betas must be"),
        (W + "torch.optim.Adam([w], betas=[0.9]*50000)", "betas must be 2 numbers"),
        (W + "torch.optim.SGD([w], nesterov=True)", "nesterov needs a momentum"),
        (W + "torch.optim.Muon([w])", "for matrices only"),
        (W + "torch.optim.LBFGS([w]).step()", "evaluates the loss several times"),
        (
            W + "torch.optim.LBFGS([w], history_size=10**9)",
            "history_size must be at least 1 and at most 1000",
        ),
        (W + "torch.optim.LBFGS([w], max_iter=10**400)", "max_iter is too large|max_eval must be"),
        (W + "torch.optim.LBFGS([w], max_iter=w)", "max_iter must be|max_eval must be"),
        (W + "torch.optim.LBFGS([{'params': [w]}, {'params': [M]}])", "one parameter group"),
        (W + "def f():\n    return None\ntorch.optim.LBFGS([w]).step(f)", "returns no loss"),
        (W + "def f():\n    return M\ntorch.optim.LBFGS([w]).step(f)", "returns no loss"),
        (
            W
            + "o = torch.optim.LBFGS([w])\no.param_groups[0]['history_size'] = 3\ndef f():\n    return 1.0\no.step(f)",
            "cannot be changed",
        ),
        (S + "optimizer.step(nn.ReLU())", "a function of your own"),
        (S + "optimizer.step(w)", "a function of your own"),
        (S + "w.step()", "A tensor has no method"),
        (S + "w.zero_grad()", "A tensor has no method"),
        (S + "optimizer.param_groups[0]['params'] = [M]", "Only settings"),
        (S + "optimizer.param_groups[0]['lr'] = 'x'", "Text has no meaning"),
        (S + "optimizer.param_groups[0]['lr'] = -1", "lr must be"),
        (S + "optimizer.param_groups[0]['nothing']", "no such setting"),
        (S + "optimizer.param_groups[0][0]", "no such setting"),
        (S + "optimizer(w)", "cannot|called|callable"),
        (S + "optimizer + 1", "cannot be done with an optimizer"),
        (S + "optimizer.state_dict()", "not part"),
        (S + "optimizer.lr", "not part"),
        (S + "optimizer.grad", "An optimizer has no .grad"),
        (S + "w.param_groups", "A tensor has no .param_groups"),
        (S + "optimizer.param_groups = []", "cannot be set"),
        (S + "for x in optimizer:\n    pass", "cannot run over an optimizer"),
        (S + "optimizer.add_param_group([M])", "is a dictionary, not a list"),
        (W + "torch.optim.SGD([w], foreach=True)", "no argument named foreach"),
        (W + "torch.optim.Adam([w], fused=True)", "no argument named fused"),
        (W + "torch.optim.Foo([w])", "not part"),
        (W + "torch.optim.lr_scheduler.StepLR(w, 3)", "made for an optimizer, not for a tensor"),
        (S + "torch.optim.lr_scheduler.StepLR(optimizer, 0)", "step_size must be"),
        (S + "torch.optim.lr_scheduler.StepLR(optimizer, 10**400)", "step_size is too large"),
        (S + "torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1)", "needs its number of steps"),
        (S + "torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=2.5)", "total_steps must be"),
        (
            S + "s = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 1)\ns.step()\ns.step()",
            "has 1 steps; this is one more",
        ),
        (
            W + "o = torch.optim.Adagrad([w])\ntorch.optim.lr_scheduler.OneCycleLR(o, 0.1, 9)",
            "has no momentum to cycle",
        ),
        (S + "torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode='mid')", "mode must be"),
        (S + "torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer).step()", "needs the loss"),
        (S + "torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer).step(optimizer)", "a number is needed"),
        (S + "torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9).step(3)", "takes nothing"),
        (S + "torch.optim.lr_scheduler.LambdaLR(optimizer, 0.9)", "not part"),
        (S + "optimizer.get_last_lr()", "has no method .get_last_lr"),
        (S + "torch.nn.utils.clip_grad_norm_([1.0], 1.0)", "not of a number"),
        (
            S + "w.sum().backward()\ntorch.nn.utils.clip_grad_value_([w], 1e308)",
            "too large for the elements|no gradients",
        ),
        (S + "int(float('nan'))", "not finite"),
        (S + "for a, b in [1]:\n    pass", "does not fit the names"),
        (S + "torch.nn.utils.clip_grad_value_([w], 1.0)", "no gradients to clip"),
        (S + "torch.nn.utils.clip_grad_norm_(w, w)", "a number is needed"),
    ],
)
def test_what_makes_no_sense_is_refused(source: str, message: str) -> None:
    assert re.search(message, refusal(source)), refusal(source)


def test_too_many_tensors_are_refused() -> None:
    assert "at most 10,000" in refusal(
        "many = [torch.ones(1, requires_grad=True) for i in range(10001)]\ntorch.optim.SGD(many, lr=0.1)"
    )
    assert "at most 1,000 parameter groups" in refusal(
        "many = [{'params': [torch.ones(1, requires_grad=True)]} for i in range(1001)]\ntorch.optim.SGD(many)"
    )


def test_muon_with_large_matrices_takes_too_long() -> None:
    assert "take too long" in refusal(
        "M = torch.ones(3000, 3000, requires_grad=True)\nM.grad = torch.ones(3000, 3000)\ntorch.optim.Muon([M]).step()"
    )


@pytest.mark.parametrize(
    "line",
    [
        "torch.optim.SGD([x], lr=0.1)",
        "DataLoader(x)",
        "torch.nn.utils.clip_grad_norm_(x, 1.0)",
        "x.zero_grad()",
        "x.step()",
        "next(iter([x]))",
    ],
)
def test_an_objective_has_no_loop_of_its_own(line: str) -> None:
    message = refusal(f"{line}\n(x**2).sum()", "x")
    assert "belongs in a loop of your own" in message


def test_a_graph_of_before_the_step_tells_that_a_parameter_has_changed() -> None:
    """The update counts as one in place, as in PyTorch."""
    message = refusal(
        "w = torch.ones(2, requires_grad=True)\noptimizer = torch.optim.SGD([w], lr=0.1)\nloss = (w**3).sum()\n"
        "loss.backward(retain_graph=True)\noptimizer.step()\nloss.backward()"
    )
    assert "changed" in message


NUMBERS = st.sampled_from(
    ["0", "1", "-1", "0.5", "1e30", "-0.0", "None", "True", "(1, 2)", "[0.5]", "w", "'x'", "2**70"]
)
KEYS = st.sampled_from(
    sorted(
        {s.name for info in (*OPTIMIZERS.values(), *SCHEDULES.values()) for s in info.settings}
        | {"params", "foreach"}
    )
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(OPTIMIZERS)),
    st.sampled_from(sorted(SCHEDULES)),
    st.dictionaries(KEYS, NUMBERS, max_size=3),
    st.dictionaries(KEYS, NUMBERS, max_size=3),
)
def test_junk_settings_work_or_are_refused(
    rule: str, schedule: str, ours: dict[str, str], theirs: dict[str, str]
) -> None:
    first = ", ".join(["[M]", *(f"{key}={value}" for key, value in ours.items() if key != "params")])
    second = ", ".join(["o", *(f"{key}={value}" for key, value in theirs.items())])
    source = (
        f"{W}def f():\n    loss = (M**2).sum()\n    loss.backward()\n    return loss\n"
        f"o = torch.optim.{rule}({first})\ns = torch.optim.lr_scheduler.{schedule}({second})\n"
        "o.step(f)\ns.step(1.0)"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        message = refusal(source, missing="ran")
    assert message
    assert "PyTorch cannot do this" not in message
