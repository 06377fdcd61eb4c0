"""A graph goes to JSON and comes back; and to DOT."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui_app.core.fault import Fault, Span
from gui_app.core.graph import Edge, Graph, Node, TensorView
from gui_app.files.errors import FileError
from gui_app.files.graph_dot import format_dot
from gui_app.files.graph_json import format_graph, parse_graph

VIEW = TensorView((2, 1), "float32", "cpu", -np.inf, 2.0, np.nan, 2.0, np.array([[-np.inf], [2.0]]))
LARGE = TensorView((9999,), "float32", "cpu", 0.0, 1.0, 0.5, 3.0, None)
EVIL = 'evil"];</script>\\N\n'
GRAPH = Graph(
    (
        Node(0, "x", "leaf", (2, 1), "float32", "cpu", "x", Span(1, 0, 1, 1), VIEW, VIEW, version=2, hooks=1),
        Node(1, "AccumulateGrad", "accumulate", (2, 1), order=1),
        Node(2, "self", "saved", (2, 1), version=0, changed=3, alias=0),
        Node(3, "MulBackward0", "grad_fn", None, note="freed", value=LARGE, order=0, repeat=0),
        Node(4, EVIL, "ghost", (), note="not tracked"),
        Node(5, "SinBackward0", "grad_fn", derivative_of=3, derivation=1, repeat=4),
        Node(6, "matmul", "failed", note=EVIL),
        Node(7, "layers", "block", label="× 50"),
    ),
    (Edge(0, 1), Edge(1, 3, 0, 0, VIEW), Edge(2, 3), Edge(1, 3, 1), Edge(4, 5, 2, 1), Edge(5, 6)),
    (3, 6),
    (3, 1),
    Fault("It failed.", Span(1, 2, 3, 4), "Try again.", "raw"),
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
    assert data["nodes"][3]["shape"] is None
    assert data["edges"][3] == {"source": 1, "target": 3, "slot": 1, "output": 0}
    assert data["nodes"][1] == {
        "id": 1,
        "name": "AccumulateGrad",
        "kind": "accumulate",
        "shape": [2, 1],
        "order": 1,
    }
    assert data["nodes"][2] | {"version": 0, "changed": 3, "alias": 0} == data["nodes"][2]
    assert (data["roots"], data["order"], data["failure"]["message"]) == ([3, 6], [3, 1], "It failed.")
    assert data["nodes"][0]["value"]["elements"] == [["-inf"], [2.0]]


@pytest.mark.parametrize("field", Node._fields)
def test_every_field_of_a_node_comes_back(field: str) -> None:
    again = parse_graph(format_graph(GRAPH))
    values = [
        (repr(getattr(old, field)), repr(getattr(new, field)))
        for old, new in zip(GRAPH.nodes, again.nodes, strict=True)
    ]
    assert len({old for old, _ in values}) > 1  # it is tried with more than its default
    assert all(old == new for old, new in values)


def test_what_others_have_written_before_is_read() -> None:
    node = '{"id": 0, "name": "x", "kind": "leaf", "shape": null, "something": "new"}'
    graph = parse_graph(f'{{"format": 1, "nodes": [{node}], "edges": [], "roots": [0]}}')
    assert plain(graph) == plain(Graph((Node(0, "x", "leaf"),), (), (0,)))


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
        '{"format": 1, "nodes": [], "edges": [], "roots": [], "order": [0]}',
        '{"format": 1, "nodes": [], "edges": [], "roots": [], "failure": {}}',
        '{"format": 1, "nodes": [{"id": 0, "name": "", "kind": "leaf", "shape": null, "alias": 5}], "edges": [], '
        '"roots": []}',
        '{"format": 1, "nodes": [{"id": 0, "name": "", "kind": "leaf", "shape": null, "order": "a"}], "edges": [], '
        '"roots": []}',
        '{"format": 1, "nodes": [{"id": 0, "name": "", "kind": "leaf", "shape": null}], "edges": [{"source": 0, '
        '"target": 0, "slot": 0, "output": 0}], "roots": []}',
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


def test_dot_holds_everything_and_stays_inert() -> None:
    text = format_dot(GRAPH)
    assert format_dot(parse_graph(format_graph(GRAPH))) == text
    assert len(re.findall(r"\n  n\d", text)) == len(GRAPH.nodes) + len(GRAPH.edges) + 1  # and one alias
    assert 'label="evil\\"];</script>\\\\N\\n' in text
    for word in ("version 0, now 3", "hooks: 1", "derivative 1", "not tracked", "0→1", "1→2", "style=dashed"):
        assert word in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it() -> None:
    done = subprocess.run(
        ["dot", "-Tplain"], input=format_dot(GRAPH), capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert sum(line.startswith("node ") for line in lines) == len(GRAPH.nodes)
    assert sum(line.startswith("edge ") for line in lines) == len(GRAPH.edges) + 1
