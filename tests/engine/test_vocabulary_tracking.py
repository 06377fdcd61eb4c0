"""Gradients in programs: what they may read, set and change, and that nothing changes a parameter of an objective."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from gui_app.engine.vocabulary import namespace, words
from gui_app.engine.vocabulary.effects import Effects
from gui_app.engine.vocabulary.own import keep_parameters
from gui_app.engine.vocabulary.records import GradFn
from gui_app.language.compiler import compile_program
from gui_app.language.limits import Meter, StopFlag
from gui_app.language.refusal import Refusal

NAMESPACE = namespace(torch.float64)


def script(source: str, effects: Effects | None = None) -> object:
    """The last value of a program that has no parameters of the run."""
    space = namespace(torch.float64, effects=effects or Effects())
    return compile_program(source, words(), []).bind(space, StopFlag())()


def objective(source: str, **parameters: Tensor) -> object:
    """The value of an objective at its parameters."""
    bound = compile_program(source, words(), list(parameters)).bind(NAMESPACE, StopFlag())
    return bound(*parameters.values())


def leaf(value: object) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


START = "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("(x*x).sum().backward()\nx.grad.tolist()", [2, 4]),
        ("y = x*x\ny.backward(torch.tensor([1.0, 0.1]))\nx.grad.tolist()", [2, 0.4]),
        ("y = x*x\ny.backward(gradient=torch.ones(2))\nx.grad.tolist()", [2, 4]),
        ("y = (x*x).sum()\ny.backward(retain_graph=True)\ny.backward()\nx.grad.tolist()", [4, 8]),
        ("y = (x**3).sum()\ny.backward(create_graph=True)\nx.grad.sum().backward()\nx.grad.tolist()", [9, 24]),
        ("z = x*1\n(z*z).sum().backward(inputs=[z])\n[x.grad is None, z.grad.tolist()]", [True, [2, 4]]),
        ("torch.autograd.backward([x.sum(), (2*x).sum()])\nx.grad.tolist()", [3, 3]),
        ("torch.autograd.backward(x*x, torch.ones(2))\nx.grad.tolist()", [2, 4]),
        ("torch.autograd.backward([x, x.sum()], [torch.ones(2), None])\nx.grad.tolist()", [2, 2]),
        ("torch.autograd.backward(x.sum(), inputs=x)\nx.grad.tolist()", [1, 1]),
        ("g, = torch.autograd.grad((x*x).sum(), x)\n[x.grad is None, g.tolist()]", [True, [2, 4]]),
        ("from torch.autograd import grad\ngrad(x*x, x, torch.ones(2))[0].tolist()", [2, 4]),
        ("g = torch.autograd.grad((x**3).sum(), x, create_graph=True)[0]\n"
         "torch.autograd.grad(g.sum(), [x], retain_graph=True)[0].tolist()", [6, 12]),
        ("a = torch.ones(1, requires_grad=True)\n"
         "torch.autograd.grad(x.sum(), [x, a], allow_unused=True)[1] is None", True),
        ("y = x*2\ny.retain_grad()\n(y*y).sum().backward()\ny.grad.tolist()", [4, 8]),
        ("y = x*2\ny.sum().backward()\ny.grad is None", True),
        ("x.grad is None", True),
        ("[x.is_leaf, x.requires_grad, x.grad_fn is None, (x*2).is_leaf]", [True, True, True, False]),
        ("y = x*2\ny.detach_()\n[y.requires_grad, y.is_leaf]", [False, True]),
        ("y = x.detach()\ny.requires_grad_()\n(y*y).sum().backward()\n[x.grad is None, y.grad.tolist()]",
         [True, [2, 4]]),
        ("x.requires_grad_(False)\nx.requires_grad", False),
        ("[x][0].requires_grad = False\n[x][0].requires_grad = True\nx.requires_grad", True),
        ("x.data = torch.zeros(2)\nx.tolist()", [0, 0]),
        ("x.data -= 0.5\nx.data *= 2\nx.tolist()", [1, 3]),
        ("x.grad = torch.ones(2)\nx.grad += 1\nx.grad.tolist()", [2, 2]),
        ("x.sum().backward()\nx.grad = None\nx.grad is None", True),
        ("x.sum().backward()\nx.grad.zero_()\nx.grad.tolist()", [0, 0]),
        ("with torch.no_grad():\n    x -= 0.5\nx.tolist()", [0.5, 1.5]),
        ("with torch.no_grad():\n    x.sub_(1).mul_(3)\nx.tolist()", [0, 3]),
        ("with torch.no_grad():\n    x[0] = 7\nx.tolist()", [7, 2]),
        ("with torch.no_grad():\n    y = x*2\n    with torch.enable_grad():\n        z = x*2\n"
         "[y.requires_grad, z.requires_grad]", [False, True]),
        ("x.data.fill_(3)\nx.detach().add_(1)\nx.tolist()", [4, 4]),
        ("w = torch.nn.Parameter(torch.ones(2))\n(w*x).sum().backward()\n[w.grad.tolist(), w.is_leaf]",
         [[1, 2], True]),
        ("w = nn.Parameter(torch.ones(2), requires_grad=False)\nw.requires_grad", False),
        ("from torch.autograd import Variable\nw = Variable(torch.ones(2), requires_grad=True)\n"
         "(w*w).sum().backward()\nw.grad.tolist()", [2, 2]),
        ("torch.autograd.Variable(torch.ones(2)).requires_grad", False),
        ("torch.is_grad_enabled() and torch.is_tensor(x) and not torch.is_tensor(1)", True),
        ("x.clone().zero_().tolist()", [0, 0]),
        ("y = x.sigmoid()\nc = y.detach()\nc.zero_()\ny.tolist()", [0, 0]),
        ("torch.ones(2, 3).T.shape == (3, 2) and torch.ones(2, 3, 4).T.shape == (4, 3, 2)", True),
        ("torch.tensor(2.0).T.item() + torch.ones(2).T.sum().item()", 4),
        ("torch.max(x, 0).values.item() + torch.linalg.svd(torch.eye(2)).S.sum().item()", 4),
        ("torch.linalg.slogdet(torch.eye(2)).logabsdet.item()", 0),
        ("x.device == torch.device('cpu') and x.to(x.device) is None", False),
        ("x.to(torch.float32).dtype == torch.float32 and x.to(x.float()).dtype == torch.float32", True),
        ("x.to(device=x.device, dtype=torch.float16).dtype == torch.float16", True),
        ("torch.zeros(2, device=x.device).sum().item() + torch.ones(1, device='cpu').item()", 1),
        ("torch.cuda.is_available()", False),
    ],
)  # fmt: skip
def test_a_script_does_what_pytorch_does(source: str, value: object) -> None:
    assert script(START + source) == value


def test_the_setting_of_a_context_is_that_of_torch() -> None:
    space = namespace()
    for context, mode in (("with no_grad", False), ("with torch.enable_grad", True)):
        made = space[context]
        assert callable(made)
        with made():
            assert torch.is_grad_enabled() is mode
    choose = space["with torch.set_grad_enabled"]
    assert callable(choose)
    for mode in (False, True):
        with choose(mode):
            assert torch.is_grad_enabled() is mode
    assert torch.is_grad_enabled()


def test_the_passes_go_where_the_effects_say() -> None:
    seen: list[tuple[object, ...]] = []

    def backward(
        tensors: Sequence[Tensor],
        gradients: Sequence[Tensor | None] | None,
        *,
        retain_graph: bool | None,
        create_graph: bool,
        inputs: Sequence[Tensor] | None,
    ) -> None:
        seen.append((len(tensors), gradients, retain_graph, create_graph, inputs))

    effects = Effects(backward=backward)
    script(START + "x.sum().backward()\n(x*x).sum().backward(retain_graph=1)\nx.grad is None", effects)
    script(START + "torch.autograd.backward([x.sum(), x.sum()], create_graph=False)\n1", effects)
    assert seen == [
        (1, None, None, False, None),
        (1, None, True, False, None),
        (2, None, None, False, None),
    ]


def test_the_graph_is_seen_by_name_and_no_further() -> None:
    top = script(START + "y = (x + 1).sum()\ny.grad_fn")
    assert isinstance(top, GradFn)
    assert repr(top) == "<SumBackward0>"
    ((below, place),) = top.next_functions
    assert (repr(below), place) == ("<AddBackward0>", 0)
    assert below is not None
    assert [node and node.name() for node, _ in below.next_functions] == ["AccumulateGrad", None]
    assert top == script(START + "z = (x + 1).sum()\nz.grad_fn") or top != below
    assert len({top, below, top}) == 2
    assert [name for name in dir(top) if not name.startswith("_")] == ["name", "next_functions"]
    names = script(
        START + "y = x*x\n[y.grad_fn.name(), y.grad_fn.next_functions[0][0].name(), y.grad_fn == y.grad_fn]"
    )
    assert names == ["MulBackward0", "AccumulateGrad", True]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x.grad.zero_()", "There is no gradient yet"),
        ("x.grad*2", "There is no gradient yet"),
        ("2 - x.grad", "There is no gradient yet"),
        ("x - 0.1*x.grad", "There is no gradient yet"),
        ("x.grad.sum()", "There is no gradient yet"),
        ("x.grad.norm(2)", "There is no gradient yet"),
        ("torch.exp(x.grad)", "There is no gradient yet"),
        ("x.grad.data", "There is no gradient yet"),
        ("x.grad[0]", "There is no gradient yet"),
        ("len(x.grad)", "There is no gradient yet"),
        ("for i in x.grad:\n    i\n1", "There is no gradient yet"),
        ("x.backward([1.0, 1.0])", "must be a tensor"),
        ("x.backward(1.0)", "must be a tensor"),
        ("[1].backward()", "must be a tensor"),
        ("torch.autograd.grad(1, x)", "must be a tensor"),
        ("torch.autograd.grad(x, [1])", "must be a tensor"),
        ("x.data = 1", "must be a tensor"),
        ("x.grad = 1", "must be a tensor"),
        ("a = [1]\na.data = x\n1", "must be a tensor"),
        ("a = [1]\na.grad = x\n1", "must be a tensor"),
        ("[1][:].requires_grad = True\n1", "must be a tensor"),
        ("[1].requires_grad_()", "must be a tensor"),
        ("[1].detach_()", "must be a tensor"),
        ("[1].retain_grad()", "must be a tensor"),
        ("nn.Parameter([1.0])", "must be a tensor"),
        ("torch.autograd.Variable([1.0])", "must be a tensor"),
        ("[1].zero_()", "Only tensors can be changed"),
        ("(1).grad_fn", "has no .grad_fn"),
        ("x.name()", "has no method .name"),
        ("x.next_functions", "has no .next_functions"),
        ("x.values", "has no .values"),
        ("torch.max(x, 0).U", "has no .U"),
        ("x.mT", "Only matrices"),
        ("x.to(3)", "changes the dtype"),
        ("x.type(3)", "changes the dtype"),
        ("torch.zeros(1, device='cuda')", "computes on cpu, not on cuda"),
        ("torch.device('nowhere')", "no such device"),
        ("torch.zeros(1, device=3)", "computes on|no such device"),
    ],
)
def test_what_makes_no_sense_is_refused(source: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        script(START + source + ("\n1" if " = " in source else ""))


SHARED = (
    "x", "x.data", "x.detach()", "x.view(-1)", "x.data.view(-1)", "x[0]", "x.data[0]", "x.detach()[:1]", "x.T",
    "x.unbind(0)[0]", "x.detach().unbind(0)[0]", "x.data.split(1)[0]", "x.data.expand(2, 2, 2)[0, :1]", "x.data.t()",
    "x.data.data", "x.data.diagonal()", "x.detach().squeeze()", "x.data.reshape(4)", "x.data.contiguous()",
    "x.data.to(torch.float64)", "x.data.double()", "nn.Parameter(x)", "torch.autograd.Variable(x)", "c", "c.view(-1)",
    "c.detach()", "torch.atleast_3d(c)", "torch.broadcast_tensors(c, c)[0]", "c.chunk(2)[0]", "x.data.unfold(0, 1, 1)",
    "x.detach().requires_grad_().detach()",
    "torch.autograd.grad(x.sum(), x, grad_outputs=c[0, 0])[0].fill_(0)*0 + c.data",
)  # fmt: skip
CHANGES = (
    "{0} += 1", "{0} *= w", "y = [{0}][0]\ny -= 1", "y = [{0}][0]\ny[0] = 5", "({0}).zero_()", "({0}).fill_(3)",
    "({0}).copy_(w)",    "({0}).normal_()", "({0}).clamp_(0, 1)", "({0}).sub_(1)", "({0}).uniform_(0, 1)",
    "with torch.no_grad():\n    ({0}).add_(1)", "with torch.no_grad():\n    y = {0}\n    y /= 2",
    "y = zeros(2, 2)\ny.data = {0}\ny.data.mul_(2)",
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_no_objective_changes_a_parameter(change: str) -> None:
    """Through whatever shares its memory: either it is refused, by us or by torch, or it changes something else."""
    for shared in SHARED:
        x, c, w = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([[5.0, 6.0], [7.0, 8.0]]).detach(), leaf(2.0)
        before = x.tolist(), c.tolist(), w.tolist()
        try:
            source = change.format(shared if shared.isidentifier() or not change.startswith("{0}") else "z")
            objective(f"z = [{shared}][0]\n{source}\nx.sum()", x=x, c=c, w=w)
        except (Refusal, RuntimeError):
            refused = True
        else:
            refused = False
        assert (x.tolist(), c.tolist(), w.tolist()) == before, (change, shared)
        assert refused or "grad_outputs" in shared, (change, shared)


@pytest.mark.parametrize(
    "source",
    [
        "x.data = zeros(2, 2)",
        "x.grad = zeros(2, 2)",
        "x.grad = None",
        "x.requires_grad = False",
        "x.requires_grad_(False)",
        "c.requires_grad_()",
        "c.requires_grad = True",
        "x.detach_()",
        "x.data -= 1",
        "F.batch_norm(c, x.data[0], x.data[1], training=True)",
        "F.batch_norm(c, c[0], c[1], training=True)",
    ],
)
def test_no_objective_takes_a_parameter_from_the_run(source: str) -> None:
    x, c = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([[5.0, 6.0], [7.0, 8.0]]).detach()
    with pytest.raises(Refusal, match="parameter"):
        objective(f"{source}\nx.sum()", x=x, c=c)
    assert x.requires_grad
    assert x.grad is None
    assert not c.requires_grad
    assert c.tolist() == [[5, 6], [7, 8]]


def test_the_gradient_of_a_parameter_is_the_business_of_the_run() -> None:
    x = leaf([1.0, 2.0])
    x.grad = torch.ones(2, dtype=torch.float64)
    assert objective("1.0 if x.grad is None else 2.0", x=x) == 1


@pytest.mark.parametrize(
    "source",
    [
        "y = x.clone()\ny += 1\ny.sum()",
        "y = x*2\ny.zero_()\ny.sum() + x.sum()",
        "y = zeros(2, 2)\ny[0] = x[0]\ny.sum()",
        "y = x.detach().clone()\ny.fill_(2)\n(y*x).sum()",
        "y = [x.detach().requires_grad_()]\n(y[0]*x).sum()",
        "m, v = zeros(2), ones(2)\n(F.batch_norm(x, m, v, training=True)*c).sum() + m.sum()",
        "F.batch_norm(x, c[0], c[1]).sum()",
    ],
)
def test_an_objective_may_change_what_is_its_own(source: str) -> None:
    x, c = leaf([[1.0, 2.0], [3.0, 4.0]]), leaf([[5.0, 6.0], [7.0, 8.0]]).detach()
    value = objective(source, x=x, c=c)
    assert isinstance(value, Tensor)
    assert x.tolist() == [[1, 2], [3, 4]]


def test_tensors_without_memory_share_none() -> None:
    meter = Meter()
    meter.restart((torch.zeros(0), 3.0))
    keep_parameters(torch.zeros(0), meter)


def test_a_script_gives_the_numbers_of_pytorch() -> None:
    """A loop of one's own, in every way to write the update."""
    updates = (
        "with torch.no_grad():\n        x -= 0.1*x.grad",
        "x.data -= 0.1*x.grad",
        "x.data = x.data - 0.1*x.grad",
        "x.data.sub_(0.1*x.grad.data)",
        "with torch.no_grad():\n        x.sub_(x.grad, alpha=0.1)",
        "x = (x - 0.1*x.grad).detach().requires_grad_()",
    )
    clears = ("x.grad.zero_()", "x.grad = None", "x.grad.data.zero_()")
    found = {
        str(script(f"{START}for i in range(20):\n    y = ((x - 3)**4).sum()\n    y.backward()\n    {update}\n"
                   f"    {clear if 'detach' not in update else ''}\nx.tolist()"))
        for update, clear in itertools.product(updates, clears)
    }  # fmt: skip
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    for _ in range(20):
        ((x - 3) ** 4).sum().backward()
        assert x.grad is not None
        with torch.no_grad():
            x -= 0.1 * x.grad
        x.grad = None
    assert found == {str(x.tolist())}
