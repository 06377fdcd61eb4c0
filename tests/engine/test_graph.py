"""What a traced graph tells of its nodes: slots, aliases, versions, views, hooks, derivatives; of any model."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import pytest
import torch
from models import Halves, chain, lstm, tied_weights
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from gui_app.core.graph import Graph, Node
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.graph import MOST_NODES, Derivations, Deriving, trace

USUAL_STACK = 8 * 2**20


def of_kind(graph: Graph, kind: str) -> list[Node]:
    return [node for node in graph.nodes if node.kind == kind]


def named(graph: Graph, name: str) -> Node:
    (node,) = [node for node in graph.nodes if node.name == name]
    return node


def saved_by(graph: Graph, target: Node) -> list[Node]:
    entering = [edge.source for edge in graph.edges if edge.target == target.id]
    return [graph.nodes[source] for source in entering if graph.nodes[source].kind == "saved"]


def vector() -> Tensor:
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


# --- slots and aliases -------------------------------------------------------------------------------------


def test_a_times_a_is_one_leaf_two_edges_two_saved() -> None:
    a = vector()
    graph = trace((a * a).sum(), {"a": a})
    (leaf,), (accumulate,) = of_kind(graph, "leaf"), of_kind(graph, "accumulate")
    multiply = named(graph, "MulBackward0")
    assert (leaf.name, leaf.label, leaf.shape) == ("a", "a", (3,))
    into = [(e.source, e.slot) for e in graph.edges if e.target == multiply.id and e.source == accumulate.id]
    assert into == [(accumulate.id, 0), (accumulate.id, 1)]
    slots = saved_by(graph, multiply)
    assert [(s.name, s.label, s.alias, s.version) for s in slots] == [
        ("self", "a", leaf.id, 0),
        ("other", "a", leaf.id, 0),
    ]
    assert graph.nodes[graph.roots[0]].name == "SumBackward0"


def test_a_saved_tensor_is_the_value_of_another_node_or_of_its_own() -> None:
    x = vector()
    graph = trace(x.tanh().exp().sum())
    tanh, exp = named(graph, "TanhBackward0"), named(graph, "ExpBackward0")
    assert [slot.alias for slot in saved_by(graph, tanh)] == [tanh.id]
    assert [slot.alias for slot in saved_by(graph, exp)] == [exp.id]
    assert tanh.value is not None
    assert torch.equal(torch.tensor(tanh.value.elements), x.detach().tanh().double())
    product = trace(((x + 1) * x.tanh()).sum())
    factors = [
        product.nodes[slot.alias or 0].name for slot in saved_by(product, named(product, "MulBackward0"))
    ]
    assert factors == ["AddBackward0", "TanhBackward0"]
    assert named(product, "AddBackward0").value is not None  # told by the node that has saved it


def test_saved_tensors_come_in_the_order_of_the_signature() -> None:
    x, w, b = torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2), torch.ones(1)
    for tensor in (x, w, b):
        tensor.requires_grad_()
    graph = trace(nn.functional.conv2d(x, w, b).sum(), {"x": x, "w": w, "b": b})
    assert [s.name for s in saved_by(graph, named(graph, "ConvolutionBackward0"))] == ["input", "weight"]
    power = trace((x ** w[0, 0, 0, 0]).sum())
    assert [s.name for s in saved_by(power, named(power, "PowBackward1"))] == ["self", "exponent", "result"]


def test_outputs_of_a_split_differ() -> None:
    x = torch.arange(4.0, requires_grad=True)
    left, right = (x * 1).split(2)
    graph = trace((left * right).sum(), {"left": left, "right": right}, saved=False)
    multiply = next(node for node in graph.nodes if node.name == "MulBackward0" and node.shape == (2,))
    assert {(e.slot, e.output) for e in graph.edges if e.target == multiply.id} == {(0, 0), (1, 1)}
    assert named(graph, "SplitBackward0").label == "left, right"


def test_several_roots_and_a_root_that_is_a_leaf() -> None:
    x, alone, fixed = vector(), vector(), torch.ones(2)
    y = x * 2
    graph = trace([y.sum(), y, alone, y.exp(), fixed, y], {"x": x, "alone": alone})
    assert [graph.nodes[root].name for root in graph.roots] == [
        "SumBackward0",
        "MulBackward0",
        "alone",
        "ExpBackward0",
        "leaf",
    ]
    assert graph.nodes[graph.roots[4]].note == "not tracked"
    assert len(of_kind(graph, "accumulate")) == 1


def test_a_tied_weight_is_one_leaf() -> None:
    output, names = tied_weights()
    graph = trace(output, names)
    weights = [leaf for leaf in of_kind(graph, "leaf") if "weight" in leaf.name]
    assert [leaf.name for leaf in weights] == ["encoder.weight"]
    (edge,) = [edge for edge in graph.edges if edge.source == weights[0].id]
    assert len([e for e in graph.edges if e.source == edge.target]) == 2


def test_parameters_and_buffers_are_named() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    graph = trace(model(torch.randn(4, 3)).sum(), {"model": model})
    assert {leaf.name for leaf in of_kind(graph, "leaf")} == {
        f"model.{n}" for n, _ in model.named_parameters()
    }
    assert "model.1.running_mean" in {slot.label for slot in of_kind(graph, "saved")}


# --- custom functions --------------------------------------------------------------------------------------


def test_a_custom_function() -> None:
    x, y = vector(), vector()
    product, wave = Halves.apply(x, y)
    graph = trace((product * wave).sum(), {"x": x, "y": y})
    node = named(graph, "HalvesBackward")
    slots = saved_by(graph, node)
    assert [slot.name for slot in slots] == ["saved[0]", "saved[1]", "saved[2]"]
    assert [slot.alias for slot in slots] == [leaf.id for leaf in of_kind(graph, "leaf")] + [node.id]
    assert node.note == "once differentiable"
    multiply = named(graph, "MulBackward0")
    assert {(e.slot, e.output) for e in graph.edges if e.source == node.id and e.target == multiply.id} == {
        (0, 0),
        (1, 1),
    }


def test_what_a_custom_function_keeps_besides() -> None:
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, factor: Tensor) -> Tensor:
            ctx.factor = factor  # type: ignore[attr-defined]
            return x * factor

        @staticmethod
        def backward(ctx: torch.autograd.function.FunctionCtx, *upstream: Tensor) -> tuple[Tensor, None]:
            return upstream[0] * ctx.factor, None  # type: ignore[attr-defined]

    graph = trace(Scaled.apply(vector(), torch.tensor(3.0)).sum())
    (slot,) = saved_by(graph, named(graph, "ScaledBackward"))
    assert slot.name == "ctx.factor"
    assert slot.value is not None
    assert slot.value.mean == 3.0
    assert named(graph, "ScaledBackward").note == ""


# --- freed, changed, viewed, hooked ------------------------------------------------------------------------


def test_freed_saved_tensors_say_so() -> None:
    x = vector()
    product, _ = Halves.apply(x.exp(), x[torch.tensor([0, 1, 2])])
    output = product.sum()
    output.backward()
    freed = of_kind(trace(output), "saved")
    assert {slot.name for slot in freed} == {"result", "saved", "indices"}
    assert all((slot.note, slot.value, slot.shape) == ("freed", None, None) for slot in freed)


def test_what_was_changed_in_place_since_it_was_saved_is_marked() -> None:
    x = vector()
    out, kept = x.sigmoid(), x.exp()
    other = out * kept
    out.detach().zero_()
    graph = trace(other.sum(), {"out": out, "kept": kept})
    marks = {(s.label, s.name): (s.version, s.changed, s.note) for s in of_kind(graph, "saved")}
    changed, same = (0, 1, "changed in place since"), (0, None, "")
    assert marks == {
        ("out", "result"): changed,
        ("out", "self"): changed,
        ("kept", "result"): same,
        ("kept", "other"): same,
    }
    sigmoid = named(graph, "SigmoidBackward0")
    assert all(s.alias == sigmoid.id for s in of_kind(graph, "saved") if s.label == "out")


def test_a_constant_that_was_changed_is_no_value_of_the_node() -> None:
    fixed = torch.ones(3)
    y = vector() * fixed
    fixed.add_(1)
    (slot,) = of_kind(trace(y.sum(), {"fixed": fixed}), "saved")
    assert (slot.label, slot.version, slot.changed, slot.alias) == ("fixed", 0, 1, None)


def test_a_custom_function_whose_output_was_changed() -> None:
    x = vector()
    product, wave = Halves.apply(x, x * 2)
    wave.detach().add_(1)
    graph = trace((product + wave).sum())
    slots = saved_by(graph, named(graph, "HalvesBackward"))
    assert [slot.changed for slot in slots] == [None, None, 1]


def test_versions_of_leaves() -> None:
    x = vector()
    with torch.no_grad():
        x.add_(1)
        x.add_(1)
    (leaf,) = of_kind(trace((x * 2).sum()), "leaf")
    assert leaf.version == 2


def test_views_and_changes_of_a_part() -> None:
    x = vector()
    y = x * 1
    y[0] = 5.0
    graph = trace(y.view(3, 1).t().sum(), {"x": x})
    notes = {node.name: node.note for node in graph.nodes if node.note}
    assert notes == {
        "CopySlices": "a part of MulBackward0 is changed in place",
        "ViewBackward0": "view of CopySlices",
        "TBackward0": "view of ViewBackward0",
    }
    part = (x * 1)[1:]
    part.mul_(2)
    assert named(trace(part.sum()), "AsStridedBackward0").note == "view of CopySlices"


def test_what_a_hook_has_packed_is_not_unpacked() -> None:
    asked = 0

    def unpack(_packed: Tensor) -> Tensor:
        nonlocal asked
        asked += 1
        return _packed

    x = vector()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
        y = x.exp()
    (slot,) = of_kind(trace(y.sum()), "saved")
    assert (slot.note, slot.value) == ("packed by a hook", None)
    again = checkpoint(lambda t: t.sin().cos(), x, use_reentrant=False)
    assert {slot.note for slot in of_kind(trace(again.sum()), "saved")} == {"packed by a hook"}
    assert asked == 0


def test_hooks_are_counted() -> None:
    x = vector()
    y = x * 2
    x.register_hook(lambda gradient: gradient)
    x.register_post_accumulate_grad_hook(lambda _leaf: None)
    assert y.grad_fn is not None
    y.grad_fn.register_hook(lambda passed, _upstream: passed)
    y.grad_fn.register_prehook(lambda upstream: upstream)
    graph = trace((y + 1).sum(), {"x": x})
    assert {node.name: node.hooks for node in graph.nodes if node.hooks} == {"x": 2, "MulBackward0": 2}
    assert trace((y + 1).sum(), {"x": x}).nodes[0].hooks == 2  # counting leaves no hook behind


# --- derivatives -------------------------------------------------------------------------------------------


def curve(x: Tensor) -> Tensor:
    return (x.exp() * x).sum()


def twice(x: Tensor) -> list[Tensor]:
    """A function, its derivative and its second derivative, as in PyTorch's tutorial on double backward."""
    y = curve(x)
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), x, create_graph=True)
    return [y, slope, bend]


def check_derivations(graph: Graph) -> None:
    forward = {node.id for node in graph.nodes if node.kind == "grad_fn" and not node.derivation}
    assert [node.name for node in graph.nodes if node.id in forward] == [
        "ExpBackward0",
        "MulBackward0",
        "SumBackward0",
    ]
    for node in graph.nodes:
        if node.kind != "grad_fn" or node.id in forward:
            continue
        assert node.derivative_of is not None
        assert graph.nodes[node.derivative_of].derivation < node.derivation
    of_first = {n.derivative_of for n in graph.nodes if n.derivation == 1}
    assert of_first == {named_id for named_id in forward if graph.nodes[named_id].name != "SumBackward0"}
    bend = graph.nodes[graph.roots[2]]
    assert (bend.name, bend.derivation) == ("AddBackward0", 2)
    levels = [n.derivation for n in graph.nodes if n.kind == "grad_fn"]
    assert {level: levels.count(level) for level in set(levels)} == {0: 3, 1: 4, 2: levels.count(2)}


def test_what_makes_a_derivative_is_noted() -> None:
    derivations = Derivations()
    with Deriving(derivations):
        outputs = twice(vector())
    check_derivations(trace(outputs, derivations=derivations))


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_anomaly_mode_tells_the_same() -> None:
    with torch.autograd.detect_anomaly(check_nan=False):
        outputs = twice(vector())
    check_derivations(trace(outputs))


def test_otherwise_only_names_tell() -> None:
    x = vector()
    (slope,) = torch.autograd.grad(x.sigmoid().sum(), x, create_graph=True)
    graph = trace(slope.sum())
    node = named(graph, "SigmoidBackwardBackward0")
    assert (node.derivation, node.derivative_of) == (1, None)
    assert named(graph, "SigmoidBackward0").derivation == 0


@pytest.mark.filterwarnings("ignore:Using backward")
def test_every_way_to_differentiate_is_noted() -> None:
    x = vector()
    derivations = Derivations()
    with Deriving(derivations):
        curve(x).backward(create_graph=True)
        torch.autograd.backward([curve(x)], create_graph=True)
        torch.autograd.grad(curve(x), x)  # without a graph there is nothing to note
    assert x.grad is not None
    graph = trace(x.grad.sum(), derivations=derivations)
    x.grad = None
    made = [node for node in graph.nodes if node.kind == "grad_fn" and node.derivation]
    assert {node.derivation for node in made} == {1}
    accumulated = [node for node in made if node.derivative_of is not None]
    assert graph.nodes[accumulated[-1].derivative_of or 0].kind == "accumulate"


# --- size --------------------------------------------------------------------------------------------------


def on_usual_stack(work: Callable[[], None]) -> None:
    """Run ``work`` with 8 MiB of stack; recursion through a deep graph would end the process."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    before = threading.stack_size(USUAL_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]


def test_deep_graphs_are_freed_without_recursion_by_whoever_drops_them_last() -> None:
    def work() -> None:
        output, _ = chain(150_000)
        inner = output.grad_fn
        for _ in range(70_321):
            assert inner is not None
            inner = inner.next_functions[0][0]
        assert len(trace(output, saved=False).nodes) == 150_001
        del output  # before what was traced: the upper half
        assert inner is not None
        del inner
        state, _ = lstm(3_000)
        graphs = [trace(state, saved=False), trace([state * 2, state], saved=False)]  # in two orders
        assert len(graphs[1].nodes) == len(graphs[0].nodes) + 1

    on_usual_stack(work)


def test_too_large_graphs_are_refused_and_freed() -> None:
    def work() -> None:
        output, _ = chain(MOST_NODES + 1_000)
        with pytest.raises(EngineError, match="nodes"):
            trace(output)

    on_usual_stack(work)


def test_the_collector_is_left_as_it_was() -> None:
    before = gc.isenabled()
    try:
        for switch, expected in ((gc.disable, False), (gc.enable, True)):
            switch()
            trace(vector().sum())
            assert gc.isenabled() is expected
    finally:
        (gc.enable if before else gc.disable)()
