"""A recorded autograd graph as plain data.

Edges point with the data: from what was computed first (a leaf) to what was computed from it (the loss).
Node ids are a topological order, the same for the same program and values, so they can be kept across steps.

Nodes and edges are named tuples: these are made five times as fast as frozen dataclasses, and there are many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gui_app.core.fault import Fault, Span

NodeKind = Literal["leaf", "accumulate", "grad_fn", "saved", "ghost", "failed", "block"]
"""``ghost``: a value of the program that was not tracked. ``failed``: the operation that raised.
``block``: a rolled-up group of nodes, made by core/rolling.py."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorView:
    """What is shown of a tensor: its form, statistics over all elements, and the elements if they are few."""

    shape: tuple[int, ...]
    dtype: str
    device: str
    minimum: float
    maximum: float
    mean: float
    norm: float
    elements: NDArray[np.float64] | None
    """All elements, in ``shape``, if there are at most ``PREVIEW`` of them; else ``None``."""

    @property
    def has_numbers(self) -> bool:
        """Whether there is anything to tell but the form: not of an empty tensor, nor of one without memory."""
        return not (math.isnan(self.minimum) and self.norm == 0)


PREVIEW = 4096
"""Most elements of a tensor that travel with a graph."""


class Node(NamedTuple):
    """A grad_fn Node, a leaf tensor, its AccumulateGrad, a saved tensor, or what stands beside the recorded graph."""

    id: int
    name: str
    """PyTorch's name (``AddBackward0``), or a leaf's or saved slot's own (``x``, ``self``)."""
    kind: NodeKind
    shape: tuple[int, ...] | None = None
    """Shape of the forward value; ``None`` where PyTorch does not tell."""
    dtype: str = ""
    device: str = ""
    label: str = ""
    """The variable of the program that holds this value, if any (``y``)."""
    span: Span | None = None
    """The subexpression that made it, if known."""
    value: TensorView | None = None
    """The forward value, where it is known."""
    gradient: TensorView | None = None
    """∂loss/∂value; for a leaf and its AccumulateGrad what ends in ``.grad``."""
    note: str = ""
    """A remark such as ``freed`` or ``not tracked``."""
    order: int | None = None
    """Position in the order in which the engine really ran the backward pass, 0 first; ``None``: not run or not
    recorded."""
    version: int | None = None
    """Of a saved tensor: the version at which it was saved. Of a leaf: its version now."""
    changed: int | None = None
    """Of a saved tensor: its version now, if it was changed in place since it was saved; the same as ``version`` where
    it was changed through ``.data``, which does not count."""
    alias: int | None = None
    """Of a saved tensor: the leaf that it is, or the grad_fn whose output it is."""
    hooks: int = 0
    """Hooks on it: on the tensor, on the node, after accumulation."""
    derivative_of: int | None = None
    """In a graph made with ``create_graph``: the node whose backward made this node."""
    derivation: int = 0
    """0: made forward; 1: part of a first derivative; …"""
    repeat: int | None = None
    """How many times its span had been evaluated before (the round of a loop), if the program is ours."""


class Edge(NamedTuple):
    """The value of ``source`` enters ``target``."""

    source: int
    target: int
    slot: int = 0
    """Input slot of the target: the index in its ``next_functions``."""
    output: int = 0
    """Output slot of the source (a split has several)."""
    gradient: TensorView | None = None
    """What flows back over this edge: upstream gradient × local derivative."""


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Nodes by id (``nodes[i].id == i``), edges in the order of (target, slot).

    The gradient of a node is the sum of ``gradient`` over the edges that leave its output 0; the terms arrive in the
    order in which the targets ran. At a root the gradient that the backward pass began with comes first.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    roots: tuple[int, ...] = ()
    """The nodes of the traced outputs."""
    order: tuple[int, ...] = ()
    """Node ids in the order in which the engine ran them."""
    failure: Fault | None = None
    """Why the program failed: the graph is what it had built until then, the node of kind ``failed`` marks where."""

    def structure(self) -> tuple[object, ...]:
        """What a layout depends on, without values: equal for equal pictures."""
        nodes = tuple((n.name, n.kind, n.shape, n.label) for n in self.nodes)
        return nodes, tuple((e.source, e.target, e.slot, e.output) for e in self.edges), self.roots
