"""Names of elements and the tensors that they make."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui_app.core.columns import recorded, shapes, split
from gui_app.core.experiment import ParameterSpec, element_names

SHAPES = st.lists(st.integers(1, 4), max_size=3).map(tuple)


@given(st.dictionaries(st.sampled_from("abcxW"), SHAPES, min_size=1))
def test_columns_tell_the_shapes_that_they_were_made_from(tensors: dict[str, tuple[int, ...]]) -> None:
    columns = tuple(name for key, shape in tensors.items() for name in element_names(key, shape))
    assert shapes(columns) == tensors
    row = np.arange(len(columns), dtype=float)
    parts = split(columns, row)
    assert list(parts) == list(tensors)
    assert np.array_equal(np.concatenate([part.reshape(-1) for part in parts.values()]), row)


def test_a_missing_element_is_nan() -> None:
    assert np.array_equal(split(("w[1]",), np.array([2.0]))["w"], [np.nan, 2.0], equal_nan=True)


def test_no_element_has_such_a_name() -> None:
    with pytest.raises(ValueError, match="names no element"):
        shapes(("w[",))


def test_known_parameters_are_kept_where_their_shape_fits() -> None:
    known = (ParameterSpec("x", 5.0, reference=1.0), ParameterSpec("W", (1.0, 2.0)))
    found = recorded(("x", "W"), np.array([5.0, 3.0]), known)
    assert found == (known[0], ParameterSpec("W", 3.0))
