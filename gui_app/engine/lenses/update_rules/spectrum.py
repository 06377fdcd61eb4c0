"""What Muon does to a matrix, with its singular values."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from gui_app.core.arithmetic import Orthogonal

LARGEST = 32
"""Most rows and columns that are given of a matrix."""
MOST_LENGTHS = 256
"""Rows or columns beyond which singular values take too long."""


def spectrum(letters: dict[str, Any], index: int) -> Orthogonal:
    """The direction and what it is made to, around the element with that index."""
    before, after = letters["direction"], letters["o"]
    rows, columns = before.shape
    first = _first(index // columns, rows), _first(index % columns, columns)
    part = tuple(slice(start, start + LARGEST) for start in first)
    small = 0 < min(rows, columns) <= MOST_LENGTHS and max(rows, columns) <= 4 * MOST_LENGTHS
    lengths = (_lengths(before), _lengths(after)) if small else ((), ())
    return Orthogonal(_host(before[part]), _host(after[part]), first, (rows, columns), lengths)


def _first(place: int, size: int) -> int:
    """Where a part of LARGEST begins that has ``place`` about in its middle."""
    return max(0, min(place - LARGEST // 2, size - LARGEST))


def _host(matrix: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    array: np.ndarray[Any, np.dtype[np.float64]] = matrix.to("cpu", torch.float64, copy=True).numpy()
    return array


def _lengths(matrix: Tensor) -> tuple[float, ...]:
    found = torch.linalg.svdvals(matrix.to("cpu", torch.float64))
    return tuple(float(length) for length in found)
