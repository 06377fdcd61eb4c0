"""Batches are DataLoader's, in any order of asking."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

from gui_app.engine.batches import Batches


def batch(batches: Batches, step: int) -> list[int]:
    """The rows of a step."""
    epoch, first, end = batches.place(step)
    order = batches.order(epoch)
    return list(range(first, end)) if order is None else order[first:end].tolist()


@settings(deadline=None)
@given(
    st.integers(2, 40),
    st.integers(1, 45),
    st.booleans(),
    st.integers(0, 9),
    st.lists(st.integers(0, 150), min_size=1, max_size=12),
)
def test_the_batches_are_those_of_a_loader(
    rows: int, size: int, shuffle: bool, seed: int, steps: list[int]
) -> None:
    """Whatever the order of the questions; with one batch an epoch its rows stay as they are."""
    loader = DataLoader(
        TensorDataset(torch.arange(rows)),
        size,
        shuffle=shuffle,
        generator=torch.Generator().manual_seed(seed),
    )
    batches = Batches(rows, size, shuffle=shuffle, seed=seed)
    assert batches.count == len(loader)
    expected: list[list[int]] = []
    while len(expected) <= max(steps):
        expected += [rows.tolist() for (rows,) in loader]
    for step in steps:
        found = batch(batches, step)
        if batches.count == 1:
            assert found == list(range(rows))
        else:
            assert found == expected[step]


def test_all_rows_are_one_batch() -> None:
    batches = Batches(7, None, shuffle=True, seed=0)
    assert batches.count == 1
    assert batch(batches, 3) == list(range(7))
