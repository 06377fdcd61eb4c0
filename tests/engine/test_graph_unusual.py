"""Graphs of tensors that are not like others: sparse, nested, without memory, wrapped, made in inference mode."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from gui_app.core.graph import Graph, Node, TensorView
from gui_app.engine.lenses.graph import captured, trace
from gui_app.engine.lenses.notes import Notes
from gui_app.engine.lenses.tensors import tensor_view

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*beta state:UserWarning", "ignore:Sparse invariant:UserWarning"
)


def leaf(graph: Graph) -> Node:
    (found,) = [node for node in graph.nodes if node.kind == "leaf"]
    return found


def told(view: TensorView | None) -> tuple[float, float, float, float]:
    assert view is not None
    return view.minimum, view.maximum, view.mean, view.norm


@pytest.mark.parametrize("layout", [Tensor.to_sparse, Tensor.to_sparse_csr])
@pytest.mark.parametrize(("rows", "sign"), [(3, 1.0), (3, -2.0), (100, 1.5), (100, -1.5)])
def test_a_sparse_tensor_is_told_with_its_zeros(
    layout: Callable[[Tensor], Tensor], rows: int, sign: float
) -> None:
    dense = sign * torch.eye(rows) * torch.arange(1.0, rows + 1)
    view = tensor_view(layout(dense))
    assert view.shape == (rows, rows)
    assert told(view) == pytest.approx(told(tensor_view(dense)))
    assert (view.elements is None) == (rows == 100)
    assert view.elements is None or view.elements.tolist() == dense.tolist()


def test_a_large_sparse_tensor_without_elements_and_with_nothing_else() -> None:
    empty = torch.sparse_coo_tensor(torch.empty(2, 0, dtype=torch.int64), torch.empty(0), (100, 100))
    assert told(tensor_view(empty)) == (0.0, 0.0, 0.0, 0.0)
    full = torch.full((80, 80), 3.0)
    assert told(tensor_view(full.to_sparse())) == pytest.approx(told(tensor_view(full)))


def test_an_ordinary_tensor_beside_a_sparse_one_is_read_as_always() -> None:
    v = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    d = torch.arange(6.0).reshape(3, 2).requires_grad_()
    indices = torch.tensor([[0, 1, 1], [2, 0, 2]])
    graph = trace(torch.sparse.mm(torch.sparse_coo_tensor(indices, v, (2, 3)), d).sum(), {"v": v, "d": d})
    shown = {node.label: node.value for node in graph.nodes if node.kind == "leaf"}
    assert shown["d"] is not None
    assert shown["d"].elements is not None
    assert shown["d"].elements.tolist() == d.tolist()


def test_the_gradient_of_an_embedding_may_be_sparse() -> None:
    weight = torch.ones(5, 2, requires_grad=True)
    rows = torch.tensor([1, 3, 3])
    loss = torch.nn.functional.embedding(rows, weight, sparse=True).sum()
    graph = captured([loss], Notes({id(weight): "w"}), loss.backward, dict)
    found = leaf(graph).gradient
    assert found is not None
    assert found.elements is not None
    assert weight.grad is not None
    assert found.elements.tolist() == weight.grad.to_dense().tolist()


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_a_nested_tensor_is_shown_as_its_parts_joined(layout: torch.layout) -> None:
    parts = [torch.ones(2, 3), torch.full((4, 3), 2.0)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nested = torch.nested.nested_tensor(parts, layout=layout, requires_grad=True)
    graph = trace(nested * 2, {"n": nested})
    assert told(leaf(graph).value) == pytest.approx(told(tensor_view(torch.cat(parts))))
    assert all(node.shape is None for node in graph.nodes if node.kind == "grad_fn")


def on_meta() -> Tensor:
    return torch.ones(3, device="meta", requires_grad=True)


def fake() -> Tensor:
    with FakeTensorMode():
        return torch.ones(3, requires_grad=True)


@pytest.mark.parametrize("make", [on_meta, fake])
def test_of_a_tensor_without_memory_there_is_the_form(make: Callable[[], Tensor]) -> None:
    x = make()
    graph = trace((x * x).sum(), {"x": x})
    assert [node.name for node in graph.nodes if node.kind == "grad_fn"] == ["MulBackward0", "SumBackward0"]
    value = leaf(graph).value
    assert value is not None
    assert (value.shape, value.dtype, value.elements) == ((3,), "float32", None)
    assert not value.has_numbers
    assert math.isnan(value.minimum)


def test_inside_a_transformation_of_torch_func() -> None:
    graphs: list[Graph] = []

    def loss(t: Tensor) -> Tensor:
        result = (t * t).sum()
        graphs.append(trace(result))
        return result

    torch.func.grad(loss)(torch.ones(3))
    torch.func.vmap(loss)(torch.ones(2, 3))
    assert "MulBackward0" in [node.name for node in graphs[0].nodes]
    assert len(graphs) == 2


def test_a_tensor_made_in_inference_mode_has_no_versions() -> None:
    with torch.inference_mode():
        y = torch.ones(2) * 3
    graph = trace(y)
    assert (leaf(graph).note, leaf(graph).version, told(leaf(graph).value)[2]) == ("not tracked", 0, 3.0)


def test_empty_tensors_have_no_numbers_and_zeros_have() -> None:
    assert not tensor_view(torch.ones(0, 3)).has_numbers
    assert tensor_view(torch.zeros(2)).has_numbers
    assert tensor_view(torch.full((2,), math.nan)).has_numbers
