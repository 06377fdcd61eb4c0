"""Where the engine can compute, and getting torch ready."""

from __future__ import annotations

import torch

from gui_app.core.fault import Fault


class EngineError(Exception):
    """Something the engine cannot do, told as a Fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def devices() -> list[str]:
    """Names of the devices that are there: ``cpu`` first, then each ``cuda:N`` and ``mps``."""
    found = ["cpu"]
    found += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return found


def resolve(name: str) -> torch.device:
    """The device of that name; EngineError if it is not on this machine."""
    there = devices()
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in there:
        raise EngineError(
            Fault(f"This machine has no device {name!r}.", hint=f"Choose one of: {', '.join(there)}.")
        )
    return torch.device(wanted)


def dtype_of(name: str) -> torch.dtype:
    """The torch dtype of that name."""
    dtype = getattr(torch, name)
    assert isinstance(dtype, torch.dtype)
    return dtype
