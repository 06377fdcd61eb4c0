"""The autograd graph of a result, as plain data: what PyTorch recorded, node by node.

This is the one module that touches PyTorch's private attributes (``_saved_*``, ``_raw_saved_*``,
``_input_metadata``); each is pinned by a test. Everything is iterative: recursion would end at about a thousand nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.engine.devices import EngineError
from gui_app.engine.lenses.flow import AutogradNode, Flow
from gui_app.engine.lenses.tensors import array_view, plain, tensor_view
from gui_app.engine.problem import Problem

MOST_NODES = 200_000
"""A graph of more nodes is not walked: nobody could read it, and it would take seconds and gigabytes."""
MOST_WITH_NUMBERS = 20_000
"""A graph of more nodes is shown without what flows through it."""


@dataclass(slots=True)
class Notes:
    """What is known of the values of a program, by the grad_fn (or leaf) that holds them."""

    values: dict[tuple[AutogradNode, int], Tensor] = field(default_factory=dict)
    spans: dict[AutogradNode, Span] = field(default_factory=dict)
    labels: dict[AutogradNode, str] = field(default_factory=dict)
    leaves: dict[int, str] = field(default_factory=dict)
    """Names of leaf tensors, by id()."""

    def forget(self) -> None:
        """Let go of all nodes."""
        for known in (self.values, self.spans, self.labels):
            known.clear()

    def on_value(self, value: object, span: Span) -> None:
        """An expression of the program has this value. The first place that made a node is kept."""
        if isinstance(value, Tensor) and value.grad_fn is not None:
            self.spans.setdefault(value.grad_fn, span)
            self.values.setdefault((value.grad_fn, value.output_nr), value.detach())

    def on_name(self, name: str, value: object) -> None:
        """The program has called this value ``name``."""
        if isinstance(value, Tensor) and value.grad_fn is not None:
            self.labels.setdefault(value.grad_fn, name)


def trace(
    output: Tensor | Iterable[Tensor],
    names: Mapping[str, Tensor | torch.nn.Module] | None = None,
    *,
    saved: bool = True,
) -> Graph:
    """The graph behind ``output``, a tensor or several, of any model.

    Args:
        output: the tensor or tensors whose history is wanted.
        names: names of leaf tensors; a module gives the names of its parameters.
        saved: whether the tensors that nodes have saved for their backward pass become nodes too.

    Works before and after ``backward``; what has been freed says so.
    """
    outputs = [output] if isinstance(output, Tensor) else list(output)
    walk = Walk(outputs, Notes(leaves=_leaf_names(names or {})), saved)
    try:
        return walk.graph()
    finally:
        walk.release()


def graph_at(
    problem: Problem,
    parameters: NDArray[np.floating] | None = None,
    gradients: NDArray[np.floating] | None = None,
    *,
    saved: bool = False,
) -> Graph:
    """The graph of the loss at recorded parameters, with the values and gradients there.

    Args:
        problem: compiled with ``traced=True``, so that nodes can name their place in the text.
        parameters: a recorded row (columns,); ``None`` is the start.
        gradients: the recorded ``.grad`` (columns,), shown at the leaves; ``None`` shows this pass's own.
    """
    if parameters is not None:
        problem.load(parameters)
    notes = Notes(leaves={id(leaf): name for name, leaf in problem.leaves.items()})
    problem.listener = notes
    try:
        loss = problem.loss()
    finally:
        problem.listener = None
    for leaf in problem.leaves.values():
        leaf.grad = None
    walk = Walk([loss], notes, saved)
    flow = Flow()
    try:
        _backward(problem, loss, walk, flow)
        recorded = {} if gradients is None else problem.experiment.split_row(gradients)
        grads = {name: recorded.get(name, _gradient_array(leaf)) for name, leaf in problem.leaves.items()}
        return walk.graph(flow, grads)
    finally:
        del loss  # before the nodes: see Walk.release
        flow.forget()
        walk.release()
        for leaf in problem.leaves.values():
            leaf.grad = None


def _backward(problem: Problem, loss: Tensor, walk: Walk, flow: Flow) -> None:
    """Run the backward pass and record what flows."""
    if len(walk.order) <= MOST_WITH_NUMBERS:
        flow.watch(walk.order)
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        raise problem.failed_backward(error) from error
    finally:
        flow.unwatch()


def _gradient_array(leaf: Tensor) -> NDArray[np.floating] | None:
    if leaf.grad is None:
        return None
    array: NDArray[np.floating] = leaf.grad.detach().to(device="cpu", dtype=torch.float64).numpy()
    return array


def _leaf_names(names: Mapping[str, Tensor | torch.nn.Module]) -> dict[int, str]:
    found = {}
    for name, thing in names.items():
        if isinstance(thing, Tensor):
            found[id(thing)] = name
        else:
            prefix = f"{name}." if name else ""
            found.update({id(p): f"{prefix}{inner}" for inner, p in thing.named_parameters()})
    return found


def inputs_of(node: AutogradNode) -> list[tuple[int, AutogradNode, int]]:
    """(slot, node, output) for each tracked input of a node."""
    return [(slot, fn, output) for slot, (fn, output) in enumerate(node.next_functions) if fn is not None]


def topological(roots: Iterable[AutogradNode]) -> list[AutogradNode]:
    """All nodes behind the roots, each after everything it was computed from; the same for the same graph."""
    order: list[AutogradNode] = []
    seen: set[AutogradNode] = set()
    stack: list[tuple[AutogradNode, bool]] = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            if len(seen) > MOST_NODES:
                raise EngineError(
                    Fault(
                        f"The graph has more than {MOST_NODES:,} nodes: too many to be drawn.",
                        hint="Let the loops take fewer rounds, or cut the graph with .detach().",
                    )
                )
            stack.append((node, True))
            stack.extend((fn, False) for _, fn, _ in reversed(inputs_of(node)) if fn not in seen)
    return order


class Walk:
    """One walk over the graph of some outputs: what there is, before a backward pass frees it."""

    def __init__(self, outputs: list[Tensor], notes: Notes, saved: bool) -> None:
        self._notes = notes
        roots = list(dict.fromkeys(out.grad_fn for out in outputs if out.grad_fn is not None))
        self.order = topological(roots)
        self._nodes: list[Node] = []
        self._edges: list[tuple[int, int, int, int]] = []
        self.ids: dict[AutogradNode, int] = {}
        leaf_ids: dict[int, int] = {}
        for fn in self.order:
            variable = getattr(fn, "variable", None)
            if variable is not None:
                leaf = leaf_ids.setdefault(id(variable), len(self._nodes))
                if leaf == len(self._nodes):
                    self._add_leaf(variable)
                self._edges.append((leaf, len(self._nodes), 0, 0))
            saved_ids = [self._add_saved(*item) for item in saved_tensors(fn)] if saved else []
            self.ids[fn] = node = self._add_function(fn, variable)
            self._edges += [(self.ids[source], node, slot, output) for slot, source, output in inputs_of(fn)]
            self._edges += [(source, node, slot, 0) for slot, source in enumerate(saved_ids)]
        self._roots = [self.ids[root] for root in roots]
        for out in outputs:
            if out.grad_fn is None:
                self._roots.append(leaf_ids.setdefault(id(out), len(self._nodes)))
                if self._roots[-1] == len(self._nodes):
                    self._add_leaf(out)

    def release(self) -> None:
        """Let go of PyTorch's nodes, each result before what it was computed from.

        In any other order, and also where the traced output is freed after this, PyTorch 2.13 frees a chain by
        recursion once Python has looked at its nodes: see core.runner.STACK.
        """
        self.ids.clear()
        self._notes.forget()
        while self.order:
            self.order.pop()

    def _add_leaf(self, tensor: Tensor) -> None:
        name = self._notes.leaves.get(id(tensor), "")
        view = tensor_view(tensor)
        note = "" if tensor.requires_grad else "not tracked"
        self._nodes.append(
            Node(
                len(self._nodes),
                name or "leaf",
                "leaf",
                view.shape,
                view.dtype,
                view.device,
                name,
                None,
                view,
                note=note,
            )
        )

    def _add_function(self, fn: AutogradNode, variable: Tensor | None) -> int:
        form = _forward_form(fn)
        value = self._notes.values.get((fn, 0), variable)
        if value is None:  # an inner node of a composite operation: some have saved their result
            value = {name: tensor for name, tensor, _ in saved_tensors(fn)}.get("result")
        self._nodes.append(
            Node(
                id=len(self._nodes),
                name=fn.name().rpartition("::")[2],
                kind="grad_fn" if variable is None else "accumulate",
                shape=form[0],
                dtype=form[1],
                device=form[2],
                label=self._notes.labels.get(fn, ""),
                span=self._notes.spans.get(fn),
                value=None if value is None else tensor_view(value),
            )
        )
        return len(self._nodes) - 1

    def _add_saved(self, name: str, tensor: Tensor | None, note: str) -> int:
        view = None if tensor is None else tensor_view(tensor)
        shape, dtype, device = (view.shape, view.dtype, view.device) if view else (None, "", "")
        self._nodes.append(Node(len(self._nodes), name, "saved", shape, dtype, device, value=view, note=note))
        return len(self._nodes) - 1

    def graph(
        self,
        flow: Flow | None = None,
        leaf_gradients: Mapping[str, NDArray[np.floating] | None] | None = None,
    ) -> Graph:
        """Everything found, with the gradients of a backward pass if one was recorded."""
        nodes, flows = list(self._nodes), dict[tuple[int, int], TensorView]()
        if flow is not None:
            for fn, node in self.ids.items():
                upstream = flow.outputs.get(fn)
                nodes[node] = replace(
                    nodes[node], gradient=None if upstream is None else tensor_view(upstream)
                )
                for slot, passed in flow.inputs.get(fn, {}).items():
                    flows[node, slot] = tensor_view(passed)
        for name, gradient in (leaf_gradients or {}).items():
            if gradient is None:
                continue
            for leaf in [node for node in nodes if node.kind == "leaf" and node.label == name]:
                nodes[leaf.id] = replace(leaf, gradient=array_view(gradient, leaf.dtype, leaf.device))
        edges = [
            Edge(source, target, slot, output, self._flow(nodes, flows, source, target, slot))
            for source, target, slot, output in sorted(self._edges, key=lambda e: (e[1], e[2], e[0]))
        ]
        return Graph(tuple(nodes), tuple(edges), tuple(self._roots))

    @staticmethod
    def _flow(
        nodes: list[Node], flows: Mapping[tuple[int, int], TensorView], source: int, target: int, slot: int
    ) -> TensorView | None:
        """What flows back over an edge; into a leaf all that its AccumulateGrad was given."""
        if nodes[source].kind == "saved":
            return None
        return nodes[target].gradient if nodes[source].kind == "leaf" else flows.get((target, slot))


def saved_tensors(fn: AutogradNode) -> list[tuple[str, Tensor | None, str]]:
    """(name, tensor, note) of each tensor that a node has saved; the tensor is ``None`` once it is freed."""
    found: list[tuple[str, Tensor | None, str]] = []
    for attribute in dir(fn):
        if not attribute.startswith("_saved_"):
            continue
        name = attribute.removeprefix("_saved_")
        try:
            value = getattr(fn, attribute)
        except RuntimeError:
            if hasattr(type(fn), f"_raw_saved_{name}"):
                found.append((name, None, "freed"))
            continue
        if isinstance(value, Tensor):
            found.append((name, value.detach(), ""))
        elif isinstance(value, tuple):
            found += [(f"{name}[{i}]", t.detach(), "") for i, t in enumerate(value) if isinstance(t, Tensor)]
    return found


def _forward_form(fn: AutogradNode) -> tuple[tuple[int, ...] | None, str, str]:
    """Shape, dtype and device of a node's first forward output, as the engine will check them."""
    metadata = getattr(fn, "_input_metadata", None)
    if not metadata:
        return None, "", ""
    first = metadata[0]
    return tuple(first.shape), plain(first.dtype), str(first.device)
