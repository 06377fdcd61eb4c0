"""What a program may change in place: everything but the parameters of an objective, which belong to the run.

An objective that changed them would be another function at every call. A script has no such parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gui_app.language.limits import LARGE, Meter
from gui_app.language.refusal import Refusal

_TENSOR = "Only tensors can be changed in place."


def nothing() -> Refusal:
    """About a None where a value is needed."""
    return Refusal(
        "There is no gradient yet: this is None.",
        "Call backward() first. A function without return gives None, too.",
    )


def is_parameter(value: object, meter: Meter) -> bool:
    """Whether the evaluation was called with this very tensor."""
    return any(value is parameter for parameter in meter.parameters)


def keep_parameters(value: Tensor, meter: Meter) -> None:
    """Raise Refusal where a change of ``value`` in place would change a parameter, unless torch itself refuses it.

    Whatever shares memory with a parameter is looked at: views, ``.data``, ``.detach()``, rows.
    """
    if value.requires_grad and value.is_leaf and torch.is_grad_enabled():
        return
    keep_memory(value, meter)


def keep_memory(value: Tensor, meter: Meter) -> None:
    """Raise Refusal if ``value`` lies in the memory of a parameter."""
    memory = value.untyped_storage().data_ptr()
    for parameter in meter.parameters:
        if isinstance(parameter, Tensor) and parameter.untyped_storage().data_ptr() == memory != 0:
            raise Refusal("This would change a parameter itself.", "Change a copy: y = x.clone()")


def keep_itself(value: Tensor, meter: Meter) -> None:
    """Raise Refusal if ``value`` is a parameter: its ``.data``, ``.grad`` and ``requires_grad`` are the run's."""
    if is_parameter(value, meter):
        raise Refusal("This would change a parameter itself.", "Change a copy: y = x.detach().clone()")


def changing(
    function: Callable[..., Any], rule: Callable[..., None] | None, meter: Meter
) -> Callable[..., Any]:
    """A method that changes its tensor, behind its rule and kept off the parameters."""

    def call(input: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Tensor):
            raise nothing() if input is None else Refusal(_TENSOR, "Write y = … with a name for the result.")
        keep_parameters(input, meter)
        if rule:
            rule(input, *args, **kwargs)
        result = function(input, *args, **kwargs)
        if input.numel() >= LARGE:
            meter.look()
        return result

    return call
