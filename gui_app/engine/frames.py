"""Frames in the engine: when they are made, and tensors as plain data and back, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gui_app.core.frames import FrameValue

State = dict[str, Any]

MOST_BETWEEN, LEAST_BETWEEN = 1024, 16
"""Steps from one frame to the next."""
SECONDS_BETWEEN = 0.04


def packed(prefix: str, state: Mapping[str, Any]) -> dict[str, FrameValue]:
    """``state`` under keys that begin with ``prefix/``: tensors as arrays of their own, numbers as they are."""
    return {
        f"{prefix}/{key}": host(value) if isinstance(value, Tensor) else value for key, value in state.items()
    }


def under(prefix: str, state: Mapping[str, FrameValue]) -> State:
    """The entries whose keys begin with ``prefix/``, by the rest of their keys."""
    start = f"{prefix}/"
    return {key.removeprefix(start): value for key, value in state.items() if key.startswith(start)}


def unpacked(prefix: str, state: Mapping[str, FrameValue], dtype: torch.dtype, device: torch.device) -> State:
    """What ``packed`` has put under ``prefix``, its arrays as tensors of that dtype and device."""
    return {
        key: torch.tensor(value, dtype=dtype, device=device) if isinstance(value, np.ndarray) else value
        for key, value in under(prefix, state).items()
    }


def host(tensor: Tensor) -> NDArray[np.floating]:
    """A copy as an array; bfloat16, which numpy does not have, as float32, into which it fits."""
    dtype = torch.float32 if tensor.dtype == torch.bfloat16 else tensor.dtype
    array: NDArray[np.floating] = tensor.detach().to("cpu", dtype, copy=True).numpy()
    return array


class FrameClock:
    """At which steps frames are made.

    Often enough that the way from one to the next is taken again in a twentieth of a second, seldom enough that
    nobody waits for them, and at multiples of powers of two: those steps keep their rows the longest.
    """

    def __init__(self) -> None:
        self._seconds_a_step = 0.0

    def took(self, steps: int, seconds: float) -> None:
        """So long have the newest steps taken."""
        self._seconds_a_step = seconds / steps

    def due(self, step: int) -> int:
        """The first step after ``step`` at which a frame is made."""
        every = MOST_BETWEEN
        while every > LEAST_BETWEEN and every * self._seconds_a_step > SECONDS_BETWEEN:
            every //= 2
        return (step // every + 1) * every
