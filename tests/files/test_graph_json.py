"""A graph goes to JSON and comes back."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.fault import Span
from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.files.errors import FileError
from gui_app.files.graph_json import format_graph, parse_graph

VIEW = TensorView((2, 1), "float32", "cpu", -np.inf, 2.0, np.nan, 2.0, np.array([[-np.inf], [2.0]]))
LARGE = TensorView((9999,), "float32", "cpu", 0.0, 1.0, 0.5, 3.0, None)
GRAPH = Graph(
    (
        Node(0, "x", "leaf", (2, 1), "float32", "cpu", "x", Span(1, 0, 1, 1), VIEW, VIEW),
        Node(1, "AccumulateGrad", "accumulate", (2, 1)),
        Node(2, "MulBackward0", "grad_fn", None, note="freed", value=LARGE),
        Node(3, 'evil"];</script>\n', "saved", ()),
    ),
    (Edge(0, 1), Edge(1, 2, 0, 0, VIEW), Edge(1, 2, 1), Edge(3, 2, 2, 1)),
    (2,),
)


def plain(graph: Graph) -> str:
    """Everything in a graph, comparable: the dataclasses hold arrays and nan."""
    return repr(dataclasses.asdict(graph))


def test_there_and_back() -> None:
    written = format_graph(GRAPH)
    again = parse_graph(written)
    assert plain(again) == plain(GRAPH)
    assert again.structure() == GRAPH.structure()
    assert format_graph(again) == written


def test_it_is_strict_json_with_the_promised_keys() -> None:
    def refuse(word: str) -> float:
        raise AssertionError(word)

    data = json.loads(format_graph(GRAPH), parse_constant=refuse)
    assert {"id", "name", "kind", "shape"} <= set(data["nodes"][2])
    assert data["nodes"][2]["shape"] is None
    assert data["edges"][2] == {"source": 1, "target": 2, "slot": 1, "output": 0}
    assert data["nodes"][0]["value"]["elements"] == [["-inf"], [2.0]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[" * 100_000,
        '{"format": 2}',
        '{"format": 1, "nodes": 3, "edges": [], "roots": []}',
        '{"format": 1, "nodes": [{"id": 0, "name": "", "kind": "alien", "shape": null}], "edges": [], "roots": []}',
        '{"format": 1, "nodes": [{"id": 7, "name": "", "kind": "leaf", "shape": null}], "edges": [], "roots": []}',
        '{"format": 1, "nodes": [], "edges": [{"source": 0, "target": 1, "slot": 0, "output": 0}], "roots": []}',
        '{"format": 1, "nodes": [], "edges": [], "roots": [0]}',
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(FileError):
        parse_graph(text)


@settings(deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_json_is_refused_in_words(data: object) -> None:
    with pytest.raises(FileError):
        parse_graph(json.dumps(data))
