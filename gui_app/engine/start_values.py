"""Where the parameters of an experiment start, as tensors."""

from __future__ import annotations

from collections.abc import Container

import torch
from torch import Tensor

from gui_app.core.experiment import Experiment, ParameterSpec
from gui_app.core.fault import Fault
from gui_app.engine.devices import EngineError, dtype_of


def start_values(
    experiment: Experiment, device: torch.device, shared: torch.Generator, without: Container[str] = ()
) -> dict[str, Tensor]:
    """Every parameter's start as a tensor on ``device``.

    Random starts are drawn on the CPU, so that they are the same everywhere: from a generator of their own
    where the parameter has a seed, else from the run's, ``shared``, one after the other.
    """
    starts = {}
    for spec in experiment.parameters:
        if spec.name in without:
            continue
        dtype = dtype_of(spec.dtype or experiment.run.dtype)
        try:
            starts[spec.name] = _start(spec, dtype, shared).to(device)
        except (RuntimeError, TypeError, MemoryError) as error:
            name = str(dtype).removeprefix("torch.")
            message = f"The start of {spec.name} cannot be made as {name} on {device}."
            raise EngineError(
                Fault(message, hint="Change its start, shape or dtype.", details=str(error))
            ) from error
    return starts


def _start(spec: ParameterSpec, dtype: torch.dtype, shared: torch.Generator) -> Tensor:
    drawn = spec.distribution
    if drawn is None:
        # Through float64, so that a decimal is rounded once, to the parameter's own precision.
        return torch.tensor(spec.value, dtype=torch.float64).to(dtype)
    generator = shared if drawn.seed is None else torch.Generator().manual_seed(drawn.seed)
    tensor = torch.empty(spec.shape, dtype=dtype)
    if drawn.name == "normal":
        return tensor.normal_(drawn.first, drawn.second, generator=generator)
    return tensor.uniform_(drawn.first, drawn.second, generator=generator)
