"""Tensors as they are shown: read together they are what each is alone, and what PyTorch and NumPy say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from gui_app.core.graph import PREVIEW
from gui_app.engine.lenses import tensors
from gui_app.engine.lenses.internals import tensors_in
from gui_app.engine.lenses.tensors import Views, tensor_view, tensor_views

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool, torch.complex64)
SHAPES = ((), (1,), (0,), (3, 0), (4, 5), (PREVIEW,), (PREVIEW + 1,), (65, 64))


def some(shape: tuple[int, ...], dtype: torch.dtype, seed: int) -> Tensor:
    numbers = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (3 * numbers).to(torch.complex64 if dtype.is_complex else dtype)


@given(st.lists(st.tuples(st.sampled_from(SHAPES), st.sampled_from(DTYPES), st.integers(0, 9)), max_size=8))
def test_together_as_alone(forms: list[tuple[tuple[int, ...], torch.dtype, int]]) -> None:
    given_tensors = [some(*form) for form in forms]
    for tensor, view in zip(given_tensors, tensor_views(given_tensors), strict=True):
        numbers = (tensor.abs() if tensor.is_complex() else tensor).to(torch.float64).numpy()
        assert view.shape == tuple(tensor.shape)
        assert view.dtype == str(tensor.dtype).removeprefix("torch.")
        if numbers.size <= PREVIEW:
            assert view.elements is not None
            np.testing.assert_array_equal(view.elements, numbers)
        else:
            assert view.elements is None
        if numbers.size:
            expected = numbers.min(), numbers.max(), numbers.mean(), np.linalg.norm(numbers)
            found = view.minimum, view.maximum, view.mean, view.norm
            assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
            assert found[:2] == expected[:2]
        else:
            assert all(map(math.isnan, (view.minimum, view.maximum, view.mean)))
            assert view.norm == 0


def test_what_is_not_finite_stays_with_its_tensor() -> None:
    fine, broken, endless = torch.ones(3), torch.tensor([1.0, math.nan]), torch.tensor([-math.inf, 2.0])
    views = tensor_views([fine, broken, endless])
    assert (views[0].minimum, views[0].maximum, views[0].norm) == (1, 1, pytest.approx(3**0.5))
    assert math.isnan(views[1].minimum)
    assert math.isnan(views[1].maximum)
    assert (views[2].minimum, views[2].maximum, views[2].norm) == (-math.inf, 2, math.inf)
    large = torch.ones(PREVIEW + 1)
    large[7] = math.nan
    assert math.isnan(tensor_view(large).maximum)


@pytest.mark.parametrize("number", [1e-200, -1e200, 0.0])
def test_the_norm_of_one_number_is_its_size(number: float) -> None:
    assert tensor_view(torch.tensor(number, dtype=torch.float64)).norm == abs(number)


def test_portions_do_not_change_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    several = [some((7,), torch.float32, seed) for seed in range(9)]
    whole = tensor_views(several)
    monkeypatch.setattr(tensors, "MOST_AT_ONCE", 10)
    for one, other in zip(whole, tensor_views(several), strict=True):
        np.testing.assert_array_equal(one.elements, other.elements)
        assert (one.mean, one.norm) == (other.mean, other.norm)


def test_views_are_of_the_moment_at_which_they_were_read() -> None:
    x, y = torch.ones(3, requires_grad=True), torch.ones(2)
    views = Views()
    views.want(x)
    views.read()
    with torch.no_grad():
        x.zero_()
    assert views.of(x).maximum == 1
    assert views.of(x) is views.of(x)
    y.zero_()
    assert views.of(y).maximum == 0, "it was not read before"
    y.add_(5)
    assert views.of(y).elements is not None
    assert views.of(y).maximum == 0


def test_tensors_of_a_module_have_the_names_that_it_gives_them() -> None:
    model = nn.Sequential(nn.Linear(2, 3, bias=False), nn.BatchNorm1d(3), nn.LSTM(3, 2), nn.Identity())
    model.register_parameter("none", None)
    model.register_buffer("own", torch.zeros(1))
    expected = dict((*model.named_parameters(), *model.named_buffers()))
    found = dict(tensors_in(model))
    assert list(found) == list(expected)
    assert all(found[name] is tensor for name, tensor in expected.items())
