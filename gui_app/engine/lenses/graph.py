"""The autograd graph of a result, as plain data: what PyTorch recorded, node by node.

What of it is where: ``internals`` reads PyTorch's nodes, ``notes`` hears what a traced program tells, ``walk`` and
``flow`` record what there is before and during a backward pass, ``assembly`` joins it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.fault import Fault
from gui_app.core.graph import Graph
from gui_app.engine.lenses.assembly import Assembly, Gradients
from gui_app.engine.lenses.derivations import Derivations, Deriving
from gui_app.engine.lenses.flow import Flow
from gui_app.engine.lenses.internals import reset_versions, slot_of, tensors_in
from gui_app.engine.lenses.notes import Notes
from gui_app.engine.lenses.order import MOST_NODES
from gui_app.engine.lenses.partial import partial
from gui_app.engine.lenses.passed_on import InnerValues
from gui_app.engine.lenses.walk import MOST_WITH_SAVED, Walk
from gui_app.engine.problem import Problem
from gui_app.language.errors import ProgramError

__all__ = [
    "MOST_NODES",
    "Derivations",
    "Deriving",
    "Notes",
    "captured",
    "graph_at",
    "listening",
    "partial",
    "trace",
]


def trace(
    output: Tensor | Iterable[Tensor],
    names: Mapping[str, Tensor | torch.nn.Module] | None = None,
    *,
    saved: bool = True,
    derivations: Derivations | None = None,
) -> Graph:
    """The graph behind ``output``, a tensor or several, of any model.

    Args:
        output: the tensor or tensors whose history is wanted.
        names: names of tensors; a module gives the names of its parameters and buffers.
        saved: whether the tensors that nodes have saved for their backward pass become nodes too.
        derivations: which node's backward made which node, as noted by ``with Deriving(derivations):`` around the
            computation. Without them it is known only where PyTorch's anomaly mode was on.

    Works before and after ``backward``; what has been freed says so. Raises EngineError above MOST_NODES.
    """
    outputs = [output] if isinstance(output, Tensor) else list(output)
    return Assembly(
        Walk(outputs, _named(names or {}, derivations), MOST_NODES if saved else -1), Flow(), None
    ).graph()


def captured(
    outputs: Sequence[Tensor],
    notes: Notes,
    backward: Callable[[], object] | None,
    gradients: Callable[[], Gradients],
    *,
    saved: bool = False,
    failed: Callable[[RuntimeError], Fault] | None = None,
) -> Graph:
    """The graph behind ``outputs`` with what its backward pass sends through it.

    Args:
        outputs: what is differentiated.
        notes: what the traced program has told.
        backward: runs the backward pass; ``None``: there is none.
        gradients: asked after it for what is in ``.grad`` of the named leaves.
        saved: whether saved tensors become nodes too, if there are not too many.
        failed: says what it means that the pass raises; the graph then shows how far it came. Without it the error
            is raised.
    """
    walk, flow = Walk(outputs, notes, MOST_WITH_SAVED if saved else -1), Flow()
    failure = None
    try:
        if backward is not None:
            flow.watch(walk.order if walk.few else ())
            try:
                backward()
            except RuntimeError as error:
                if failed is None:
                    raise
                failure = failed(error)
            finally:
                flow.unwatch()
        return Assembly(walk, flow, gradients()).graph(failure)
    finally:
        flow.forget()


def graph_at(
    problem: Problem,
    parameters: NDArray[np.floating] | None = None,
    gradients: NDArray[np.floating] | None = None,
    *,
    saved: bool = False,
) -> Graph:
    """The graph of the loss at recorded parameters, with the values and gradients there.

    Of a program that fails, what it has built until then: see ``Graph.failure``.

    Args:
        problem: compiled with ``traced=True``, so that nodes can name their place in the text.
        parameters: a recorded row (columns,); ``None`` is the start.
        gradients: the recorded ``.grad`` (columns,), shown at the leaves; ``None`` shows this pass's own.
        saved: as in ``captured``.
    """
    if parameters is not None:
        problem.load(parameters)
    leaves, source = problem.leaves, problem.experiment.program
    reset_versions(leaves.values())
    for leaf in leaves.values():
        leaf.grad = None
    notes = Notes({id(leaf): name for name, leaf in leaves.items()}, source, problem.inputs)
    problem.listener = notes
    try:
        with listening(notes):
            loss = problem.loss()
        recorded = {} if gradients is None else problem.experiment.split_row(gradients)
        return captured(
            [loss],
            notes,
            loss.backward,
            lambda: {name: recorded.get(name, _gradient(leaf)) for name, leaf in leaves.items()},
            saved=saved,
            failed=lambda error: problem.failed_backward(error).fault,
        )
    except ProgramError as error:
        return partial(notes, error.fault, error)
    finally:
        problem.listener = None
        notes.forget()
        for leaf in leaves.values():
            leaf.grad = None


def listening(notes: Notes) -> ExitStack:
    """While it is entered, ``notes`` hear what a program does not tell by itself, as far as its text needs that."""
    stack = ExitStack()
    if "create_graph" in notes.source:
        stack.enter_context(Deriving(notes.derivations))
    if "nn." in notes.source:
        stack.enter_context(InnerValues(notes))
    return stack


def _gradient(leaf: Tensor) -> NDArray[np.floating] | None:
    if leaf.grad is None:
        return None
    array: NDArray[np.floating] = leaf.grad.detach().to(device="cpu", dtype=torch.float64).numpy()
    return array


def _named(names: Mapping[str, Tensor | torch.nn.Module], derivations: Derivations | None) -> Notes:
    """Notes of nothing but names. A tensor of several names, as a tied weight, keeps the first."""
    notes = Notes()
    if derivations is not None:
        notes.derivations = derivations
    for name, thing in names.items():
        if isinstance(thing, Tensor):
            inner = {name: thing}
        else:
            prefix = f"{name}." if name else ""
            inner = {f"{prefix}{within}": tensor for within, tensor in tensors_in(thing)}
        for full, tensor in inner.items():
            if tensor.grad_fn is None:
                notes.leaves.setdefault(id(tensor), full)
            else:
                key, output = slot_of(tensor)
                notes.labels.setdefault(key, {}).setdefault(output, full)
    return notes
