"""What lenses/internals.py relies on: a PyTorch without it must fail here, not in the window."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.function import BackwardCFunction, once_differentiable

from gui_app.engine import lenses
from gui_app.engine.lenses import internals


@pytest.fixture
def x() -> Tensor:
    return torch.tensor([1.0, 2.0], requires_grad=True)


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return 2 * x

    @staticmethod
    @once_differentiable
    def backward(ctx: torch.autograd.function.FunctionCtx, *upstream: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return 2 * upstream[0] * x.sign().abs()


def test_saved_tensors(x: Tensor) -> None:
    fn = (x * x).grad_fn
    assert fn._saved_self is x  # type: ignore[union-attr]
    raw = fn._raw_saved_self  # type: ignore[union-attr]
    assert raw.data is x
    assert raw.unpack_hook is None
    assert "_raw_saved_self" in vars(type(fn))
    picked = x[torch.tensor([0])].grad_fn
    (one,) = picked._raw_saved_indices  # type: ignore[union-attr]
    assert torch.equal(one.unpack(), torch.tensor([0]))
    own = x.exp()
    assert own.grad_fn._raw_saved_result.data.grad_fn is None  # type: ignore[union-attr]
    assert own.grad_fn._saved_result.grad_fn is own.grad_fn  # type: ignore[union-attr]
    own.sum().backward()
    assert own.grad_fn._raw_saved_result.data is None  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="second time"):
        _ = own.grad_fn._saved_result  # type: ignore[union-attr]
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        packed = x.exp()
    assert packed.grad_fn._raw_saved_result.unpack_hook is not None  # type: ignore[union-attr]


def test_versions(x: Tensor) -> None:
    out = x.sigmoid()
    out.detach().zero_()
    message = r"which is output 0 of Sigmoid, is at version 1; expected version 0"
    with pytest.raises(RuntimeError, match=message):
        _ = out.grad_fn._saved_result  # type: ignore[union-attr]
    with torch.no_grad():
        x.add_(1)
    internals.reset_versions([x])
    assert x._version == 0


def test_custom_functions(x: Tensor) -> None:
    fn = Twice.apply(x).grad_fn
    assert isinstance(fn, BackwardCFunction)
    assert fn._raw_saved_tensors[0].data is x
    assert fn._forward_cls is Twice
    assert internals.is_once_differentiable(fn)
    assert not internals.is_once_differentiable((x * 2).grad_fn)


def test_forms_leaves_and_sequence_numbers(x: Tensor) -> None:
    first = x * x
    expected = internals.newest_sequence()
    second = first.double()
    assert internals.form_of(second.grad_fn) == ((2,), "float64", "cpu")
    assert second.grad_fn._sequence_nr() == expected  # type: ignore[union-attr]
    assert internals.newest_sequence() == expected + 1
    accumulate = first.grad_fn.next_functions[0][0]  # type: ignore[union-attr]
    assert internals.leaf_of(accumulate) is x
    assert internals.leaf_of(first.grad_fn) is None
    assert internals.key_of(accumulate, x) == (-1, id(x))
    assert internals.key_of(second.grad_fn, None) == (expected, 0)


def test_hooks(x: Tensor) -> None:
    x.register_hook(lambda gradient: gradient)
    x.register_post_accumulate_grad_hook(lambda _leaf: None)
    assert (len(x._backward_hooks or ()), len(x._post_accumulate_grad_hooks or ())) == (1, 1)  # type: ignore[attr-defined]
    fn = (x * 2).grad_fn
    assert fn is not None
    assert internals.node_hooks(fn) == 0
    handle = fn.register_prehook(lambda upstream: upstream)
    assert len(handle.hooks_dict_ref()) == 1
    assert internals.node_hooks(fn) == 1


def test_anomaly_mode_notes_makers(x: Tensor) -> None:
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        y = x.exp()
        (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert internals.was_watched(slope.grad_fn)
    assert internals.maker_of(slope.grad_fn) is y.grad_fn
    assert not internals.was_watched(x.exp().grad_fn)


def test_metadata_dies_after_what_the_node_holds(x: Tensor) -> None:
    """``keep_in_order`` lets a list there outlive the edges of its node."""
    gone: list[str] = []

    class Last:
        def __del__(self) -> None:
            gone.append("metadata")

    class Mark(torch.autograd.Function):
        @staticmethod
        def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
            ctx.last = Inner()  # type: ignore[attr-defined]
            return x * 1

        @staticmethod
        def backward(ctx: torch.autograd.function.FunctionCtx, *upstream: Tensor) -> Tensor:  # noqa: ARG004
            return upstream[0]

    class Inner:
        def __del__(self) -> None:
            gone.append("input")

    y = Mark.apply(x) + 1
    y.grad_fn.metadata["last"] = Last()
    del y
    assert gone == ["input", "metadata"]


def test_operators_by_the_names_of_nodes(x: Tensor) -> None:
    schemas = torch._C._jit_get_schemas_for_operator("aten::addmm")
    assert [argument.name for argument in schemas[0].arguments][:3] == ["self", "mat1", "mat2"]
    assert internals.saved_tensors((x / x).grad_fn)[0].name == "self"  # alphabetically it is the last
    image = torch.ones(1, 1, 4, 4, requires_grad=True)
    pooled = nn.functional.max_pool2d(image, 2).grad_fn
    assert [saved.name for saved in internals.saved_tensors(pooled)] == ["self", "result1"]


def test_private_attributes_are_read_in_one_module_only() -> None:
    """Except ``_version`` of a tensor, which is how PyTorch's own documentation shows versions."""
    folder = Path(inspect.getfile(lenses)).parent
    private = re.compile(
        r"\._(?:saved_\w+|raw_saved_\w+|input_metadata|sequence_nr|C|backward_hooks|forward_cls)\b"
    )
    offenders = [
        path.name for path in folder.glob("*.py") if private.search(path.read_text(encoding="utf-8"))
    ]
    assert offenders == ["internals.py"]
