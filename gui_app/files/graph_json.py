"""A recorded graph as JSON, for other tools; it can be read back. The same graph is always the same text.

The object has ``format`` (1), ``nodes``, ``edges``, ``roots``, and where there is one ``order`` and ``failure``.

- ``nodes``, in topological order: ``id`` (counting up from 0), ``name``, ``kind`` (leaf | accumulate | grad_fn |
  saved | ghost | failed | block) and ``shape`` (null where PyTorch does not tell). Where known: ``dtype``, ``device``,
  ``label`` (the variable of the program), ``note``, ``span`` (place in the program: ``line``, ``column``,
  ``end_line``, ``end_column``), ``value`` and ``gradient``; ``order`` (position in the backward pass), ``version`` and
  ``changed`` (of a saved tensor: its version when it was saved, and now if it was changed since; the same where that
  was not counted), ``alias`` (id of the node that a saved tensor is the value of), ``hooks`` (how many),
  ``derivative_of`` (id of the node whose backward made this one), ``derivation`` (1: part of a first derivative),
  ``repeat`` (round of a loop). What is missing is unknown; of ``hooks`` and ``derivation`` it is 0.
- ``edges``, in the order of (target, slot): ``source``, ``target``, ``slot`` (input of the target), ``output`` (of the
  source) and where known ``gradient``, what flows back over it.
- ``roots`` are ids; ``order`` are ids in the order in which the backward pass ran them.
- ``failure``, of a program that failed: ``message``, and where known ``span``, ``hint`` and ``details``.

A value or gradient has ``shape``, ``dtype``, ``device``, ``minimum``, ``maximum``, ``mean``, ``norm`` and, if they are
few, ``elements`` as nested lists. JSON has no such numbers, so ``"nan"``, ``"inf"`` and ``"-inf"`` are written as text.
A reader must expect further keys: they may come without a new ``format``.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any, cast, get_args

import numpy as np

from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Edge, Graph, Node, NodeKind, TensorView
from gui_app.files.errors import FileError

FORMAT = 1
_WORDS = ("dtype", "device", "label", "note")
_COUNTS = ("order", "version", "changed", "alias", "hooks", "derivative_of", "derivation", "repeat")
_DEFAULTS = Node._field_defaults
_STATISTICS = ("minimum", "maximum", "mean", "norm")


def plain_numbers(value: Any) -> Any:
    """Nested lists of numbers with those that JSON does not have as text."""
    if isinstance(value, list | tuple):
        return [plain_numbers(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def format_graph(graph: Graph) -> str:
    """The JSON text of a graph; the same for the same graph."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "nodes": [_node(node) for node in graph.nodes],
        "edges": [_edge(edge) for edge in graph.edges],
        "roots": list(graph.roots),
    }
    if graph.order:
        data["order"] = list(graph.order)
    if graph.failure is not None:
        data["failure"] = _fault(graph.failure)
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def parse_graph(text: str) -> Graph:
    """The graph in a JSON text. Raises FileError."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise FileError(f"It has format {data['format']}; this program reads {FORMAT}.", key="format")
        nodes = tuple(_read_node(entry) for entry in data["nodes"])
        edges = tuple(_read_edge(entry) for entry in data["edges"])
        roots, order = (tuple(map(int, data.get(key, ()))) for key in ("roots", "order"))
        graph = Graph(nodes, edges, roots, order, _read_fault(data.get("failure")))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise FileError(
            f"This is not a graph saved by Gradarium ({type(error).__name__}: {error})."
        ) from error
    _check_ids(graph)
    return graph


def _node(node: Node) -> dict[str, Any]:
    data: dict[str, Any] = {"id": node.id, "name": node.name, "kind": node.kind, "shape": _sizes(node.shape)}
    data |= {key: word for key in _WORDS if (word := getattr(node, key))}
    data |= {key: count for key in _COUNTS if (count := getattr(node, key)) != _DEFAULTS[key]}
    if node.span is not None:
        data["span"] = asdict(node.span)
    if node.value is not None:
        data["value"] = _tensor(node.value)
    if node.gradient is not None:
        data["gradient"] = _tensor(node.gradient)
    return data


def _fault(fault: Fault) -> dict[str, Any]:
    return {key: value for key, value in asdict(fault).items() if value}


def _edge(edge: Edge) -> dict[str, Any]:
    data: dict[str, Any] = {
        "source": edge.source,
        "target": edge.target,
        "slot": edge.slot,
        "output": edge.output,
    }
    if edge.gradient is not None:
        data["gradient"] = _tensor(edge.gradient)
    return data


def _tensor(view: TensorView) -> dict[str, Any]:
    data: dict[str, Any] = {"shape": list(view.shape), "dtype": view.dtype, "device": view.device}
    data |= {key: plain_numbers(float(getattr(view, key))) for key in _STATISTICS}
    if view.elements is not None:
        data["elements"] = plain_numbers(view.elements.tolist())
    return data


def _sizes(shape: tuple[int, ...] | None) -> list[int] | None:
    return None if shape is None else list(shape)


def _read_node(entry: dict[str, Any]) -> Node:
    if entry["kind"] not in get_args(NodeKind):
        raise FileError(f"{entry['kind']!r} is no kind of node.", key="nodes.kind")
    shape = entry["shape"]
    words: dict[str, Any] = {key: str(entry[key]) for key in _WORDS if key in entry}
    counts: dict[str, Any] = {key: int(entry[key]) for key in _COUNTS if key in entry}
    return Node(
        int(entry["id"]),
        str(entry["name"]),
        cast(NodeKind, entry["kind"]),
        None if shape is None else tuple(map(int, shape)),
        **words,
        **counts,
        span=Span(**entry["span"]) if "span" in entry else None,
        value=_read_tensor(entry.get("value")),
        gradient=_read_tensor(entry.get("gradient")),
    )


def _read_fault(entry: dict[str, Any] | None) -> Fault | None:
    if entry is None:
        return None
    words = {key: str(entry[key]) for key in ("hint", "details") if key in entry}
    return Fault(str(entry["message"]), Span(**entry["span"]) if "span" in entry else None, **words)


def _read_edge(entry: dict[str, Any]) -> Edge:
    source, target, slot, output = (int(entry[key]) for key in ("source", "target", "slot", "output"))
    return Edge(source, target, slot, output, _read_tensor(entry.get("gradient")))


def _read_tensor(entry: dict[str, Any] | None) -> TensorView | None:
    if entry is None:
        return None
    shape = tuple(map(int, entry["shape"]))
    elements = entry.get("elements")
    return TensorView(
        shape,
        str(entry["dtype"]),
        str(entry["device"]),
        **{key: float(entry[key]) for key in _STATISTICS},
        elements=None if elements is None else np.array(elements, dtype=np.float64).reshape(shape),
    )


def _check_ids(graph: Graph) -> None:
    if any(node.id != place for place, node in enumerate(graph.nodes)):
        raise FileError("The ids of the nodes must count up from 0.", key="nodes.id")
    ends = {end for edge in graph.edges for end in (edge.source, edge.target)} | set(graph.roots)
    ends |= set(graph.order)
    ends |= {end for node in graph.nodes for end in (node.alias, node.derivative_of) if end is not None}
    if ends and not 0 <= min(ends) <= max(ends) < len(graph.nodes):
        raise FileError("An edge, a root or a node names a node that is not there.", key="edges")
    if any(edge.source >= edge.target for edge in graph.edges):
        raise FileError("An edge must lead from a node to a later one.", key="edges")
