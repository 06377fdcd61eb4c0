"""The words of torch.optim and torch.nn.utils: for scripts, whose updates are their own."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType
from typing import Any

import torch
from torch import Tensor

from gui_app.core.optimizers import OPTIMIZERS, OptimizerInfo
from gui_app.engine.vocabulary.groups import MAX_TENSORS, Optimizer, QuasiNewton, clear
from gui_app.engine.vocabulary.module import Module
from gui_app.engine.vocabulary.own import keep_itself, keep_memory
from gui_app.engine.vocabulary.row import Function, Row, Setting
from gui_app.engine.vocabulary.schedulers import Scheduler
from gui_app.engine.vocabulary.sequences import described, each
from gui_app.engine.vocabulary.values import number
from gui_app.language.limits import Meter
from gui_app.language.refusal import Refusal

_LBFGS = (
    "params, lr=1.0, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9, history_size=100,"
    " line_search_fn=None"
)
"""torch has these in another order than the table."""
_NO_MAXIMIZE = ("Muon", "LBFGS")


def optimizers(setting: Setting) -> tuple[Row, ...]:
    """What makes optimizers, and what they do."""
    meter = setting.meter
    return (
        *(_maker(info, meter) for info in OPTIMIZERS.values()),
        _method(
            "step",
            "input | input, closure | input, metrics",
            "change the parameters by their gradients; of a schedule: move the learning rate on",
            _step,
        ),
        _method(
            "zero_grad",
            "input, set_to_none=True",
            "forget the gradients of all parameters",
            _zero_grad(meter),
        ),
        _method("add_param_group", "input, param_group", "one more group of parameters", _add_group),
        *_clipping(meter),
    )


def _method(name: str, signature: str, help: str, function: Function) -> Row:
    return Row(name, signature, help, function, "method", result="any", script=True)


def signature_of(info: OptimizerInfo) -> str:
    """The arguments of an optimizer, in torch's order."""
    if info.name == "LBFGS":
        return _LBFGS
    settings = ", ".join(f"{setting.name}={setting.default!r}" for setting in info.settings)
    return f"params, {settings}{'' if info.name in _NO_MAXIMIZE else ', *, maximize=False'}"


def _maker(info: OptimizerInfo, meter: Meter) -> Row:
    signature = signature_of(info)
    names = [part.partition("=")[0].strip() for part in _parts(signature)][1:]

    def make(params: Any, *values: Any, **settings: Any) -> Optimizer:
        given = dict(zip(names, values, strict=False)) | settings
        if info.name != "LBFGS":
            return Optimizer(info.name, params, given, meter)
        if given.get("max_eval") is None:
            steps = given.get("max_iter", 20)
            given["max_eval"] = max(steps * 5 // 4, 1) if type(steps) is int else steps
        return QuasiNewton(params, given, meter)

    return Row(info.name, signature, info.summary, make, "optim bare", result="any", text=True, script=True)


def _parts(signature: str) -> list[str]:
    """The arguments of a signature; a default may be a tuple."""
    parts, depth = [""], 0
    for character in signature:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _step(input: Any, value: Any = None, *, closure: Any = None, metrics: Any = None) -> Any:
    if isinstance(input, Scheduler):
        if closure is not None:
            raise Refusal("A schedule has no closure.", "Write scheduler.step().")
        return input.step(metrics if value is None else value)
    if not isinstance(input, Optimizer):
        raise _only(input, "step", "optimizers and schedules")
    given = closure if value is None else value
    if metrics is not None or (given is not None and type(given) is not FunctionType):
        raise Refusal(
            "An optimizer's step takes a function of your own, or nothing.", "Write optimizer.step()."
        )
    return input.step(given)


def _only(value: Any, method: str, who: str) -> Refusal:
    return Refusal(f"{described(value).capitalize()} has no method .{method}().", f"Only {who} have.")


def _zero_grad(meter: Meter) -> Function:
    def zero_grad(input: Any, set_to_none: Any = True) -> None:
        if isinstance(input, Optimizer):
            input.clear(bool(set_to_none))
        elif isinstance(input, Module):
            clear([weight for _, weight in input.named_weights()], bool(set_to_none), meter)
        else:
            hint = (
                "optimizers and layers"
                if not isinstance(input, Tensor)
                else "optimizers and layers; write x.grad = None"
            )
            raise _only(input, "zero_grad", hint)

    return zero_grad


def _add_group(input: Any, param_group: Any) -> None:
    if not isinstance(input, Optimizer):
        raise _only(input, "add_param_group", "optimizers")
    input.add(param_group)


def _clipping(meter: Meter) -> Iterable[Row]:
    def slopes(parameters: Any) -> list[Tensor]:
        """The tensors that have a gradient, which may be changed."""
        found = [parameters] if isinstance(parameters, Tensor) else [*each(parameters)]
        if len(found) > MAX_TENSORS:
            raise Refusal(f"At most {MAX_TENSORS:,} tensors are clipped.", "Use fewer, larger ones.")
        for tensor in found:
            if not isinstance(tensor, Tensor):
                raise Refusal(
                    f"Gradients of tensors are clipped, not of {described(tensor)}.",
                    "Give it net.parameters() or [w, b].",
                )
            if tensor.grad is not None:
                keep_itself(tensor, meter)
                keep_memory(tensor.grad, meter)
        meter.look()
        return found

    def norm(parameters: Any, max_norm: Any, norm_type: Any = 2.0, error_if_nonfinite: Any = False) -> Tensor:
        return torch.nn.utils.clip_grad_norm_(
            slopes(parameters), float(number(max_norm)), float(number(norm_type)), bool(error_if_nonfinite)
        )

    def value(parameters: Any, clip_value: Any) -> None:
        found = slopes(parameters)
        if all(tensor.grad is None for tensor in found):
            raise Refusal("There are no gradients to clip.", "Call loss.backward() first.")
        torch.nn.utils.clip_grad_value_(found, float(number(clip_value)))

    return (
        Row(
            "clip_grad_norm_",
            "parameters, max_norm, norm_type=2.0, error_if_nonfinite=False",
            "scale gradients down to this length, all together; their length before",
            norm,
            "utils bare",
            script=True,
        ),
        Row(
            "clip_grad_value_",
            "parameters, clip_value",
            "hold each element of the gradients between minus and plus this",
            value,
            "utils bare",
            result="any",
            script=True,
        ),
    )
